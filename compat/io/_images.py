"""Images from files and to files: JPEG, PNG, GIF, BMP, through Pillow.

https://www.tensorflow.org/api_docs/python/tf/io/decode_image
"""

import io
import warnings

import numpy as np
import torch

from .._convert import convert, dtype_of
from .._dtypes import as_dtype, int32, uint8, uint16
from .._failure import invalid
from .._tensor import EagerTensor, to_array
from .._wrap import wrap_all
from ._codec import each, scalar_text

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_CHANNELS = {
    "1": 1,
    "L": 1,
    "LA": 2,
    "P": 3,
    "PA": 4,
    "RGB": 3,
    "RGBA": 4,
    "I;16": 1,
    "I": 1,
    "CMYK": 3,
    "YCbCr": 3,
}
_MAX_PIXELS = 2**28


def _open(data, kernel, formats):
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=formats)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise invalid(kernel, _unknown(data, kernel, formats)) from error
    if image.width * image.height > _MAX_PIXELS:
        raise invalid(kernel, f"Image too large: {image.width} x {image.height}")
    return image


def _unknown(data, kernel, formats):
    if kernel == "DecodeImage":
        return "Unknown image file format. One of JPEG, PNG, GIF, BMP required."
    start = "" if data else " Input is empty."
    return f"Invalid {'/'.join(formats)} data, size {len(data)}{start}"


def _pixels(image, channels, kernel):
    """Return a frame as (height, width, channels)."""
    try:
        if channels == 0:
            channels = _natural(image)
        if image.mode.startswith("I"):
            array = np.asarray(image).astype(np.uint16)[..., None]
            return np.repeat(array, channels, axis=-1) if channels > 1 else array
        return np.array(image.convert(_MODES[channels])).reshape(image.height, image.width, channels)
    except (OSError, SyntaxError, ValueError) as error:
        raise invalid(kernel, f"Invalid image data: {error}") from error


def _natural(image):
    if image.mode == "P" and "transparency" in image.info:
        return 4
    return _CHANNELS.get(image.mode, 3)


def _checked(channels, allowed, kernel):
    if channels not in allowed:
        raise ValueError(f"channels must be one of {', '.join(map(str, allowed))}. Received: {channels}")
    return int(channels)


def _cast(array, dtype):
    """Return pixels in another dtype, the full range kept."""
    dtype = as_dtype(dtype)
    if dtype is uint8:
        array = array if array.dtype == np.uint8 else (array >> 8).astype(np.uint8)
    elif dtype is uint16:
        array = array if array.dtype == np.uint16 else array.astype(np.uint16) * 257
    else:
        top = 255.0 if array.dtype == np.uint8 else 65535.0
        array = (array / top).astype(np.float32)
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    return wrap_all(tensor if dtype in (uint8, uint16) else tensor.to(dtype._torch))


def decode_jpeg(
    contents,
    channels=0,
    ratio=1,
    fancy_upscaling=True,
    try_recover_truncated=False,
    acceptable_fraction=1,
    dct_method="",
    name=None,
):
    """Return the image of a JPEG file: uint8 of shape (height, width, channels).

    Args:
        contents: The file's contents, a scalar string.
        channels: 1 for grey, 3 for colour, 0 for what the file has.
        ratio: 1, 2, 4 or 8: by how much to shrink while decoding.
    """
    channels = _checked(channels, (0, 1, 3), "DecodeJpeg")
    if ratio not in (1, 2, 4, 8):
        raise ValueError(f"ratio must be 1, 2, 4 or 8. Received: {ratio}")
    image = _open(scalar_text(contents, "DecodeJpeg"), "DecodeJpeg", ["JPEG", "PNG", "GIF", "BMP"])
    if ratio != 1:
        image.draft(None, (image.width // ratio, image.height // ratio))
    return _cast(_pixels(image, channels, "DecodeJpeg"), uint8)


def decode_png(contents, channels=0, dtype=uint8, name=None):
    """Return the image of a PNG file: uint8 or uint16 of shape (height, width, channels).

    Args:
        contents: The file's contents, a scalar string.
        channels: 1 for grey, 2 for grey with alpha, 3 for RGB, 4 for RGBA, 0 for what the file has.
        dtype: uint8 or uint16.
    """
    channels = _checked(channels, (0, 1, 2, 3, 4), "DecodePng")
    image = _open(scalar_text(contents, "DecodePng"), "DecodePng", ["PNG", "JPEG", "GIF", "BMP"])
    return _cast(_pixels(image, channels, "DecodePng"), dtype)


def decode_bmp(contents, channels=0, name=None):
    """Return the image of a BMP file: uint8 of shape (height, width, channels)."""
    channels = _checked(channels, (0, 1, 3, 4), "DecodeBmp")
    image = _open(scalar_text(contents, "DecodeBmp"), "DecodeBmp", ["BMP"])
    return _cast(_pixels(image, channels, "DecodeBmp"), uint8)


def decode_gif(contents, name=None):
    """Return the frames of a GIF file: uint8 of shape (frames, height, width, 3)."""
    return _cast(_frames(_open(scalar_text(contents, "DecodeGif"), "DecodeGif", ["GIF"])), uint8)


def _frames(image):
    count = getattr(image, "n_frames", 1)
    if count * image.width * image.height > _MAX_PIXELS:
        raise invalid("DecodeGif", f"GIF too large: {count} frames of {image.width} x {image.height}")
    frames = []
    for i in range(count):
        image.seek(i)
        frames.append(_pixels(image, 3, "DecodeGif"))
    return np.stack(frames)


def decode_image(contents, channels=None, dtype=uint8, name=None, expand_animations=True):
    """Return the image of a JPEG, PNG, BMP or GIF file.

    Args:
        contents: The file's contents, a scalar string.
        channels: How many colour channels, 0 or None for what the file has.
        dtype: uint8, uint16, or a floating point type with values from 0 to 1.
        expand_animations: Whether a GIF gives all its frames, with one more axis in front.
    """
    channels = _checked(channels or 0, (0, 1, 3, 4), "DecodeImage")
    image = _open(scalar_text(contents, "DecodeImage"), "DecodeImage", ["JPEG", "PNG", "GIF", "BMP"])
    if image.format == "GIF":
        if channels not in (0, 3):
            raise invalid("DecodeImage", "channels must be 0, 1, or 3 for GIF")
        frames = _frames(image)
        return _cast(frames if expand_animations else frames[0], dtype)
    return _cast(_pixels(image, channels, "DecodeImage"), dtype)


def decode_and_crop_jpeg(
    contents,
    crop_window,
    channels=0,
    ratio=1,
    fancy_upscaling=True,
    try_recover_truncated=False,
    acceptable_fraction=1,
    dct_method="",
    name=None,
):
    """Return the part [y, x, height, width] of the image of a JPEG file."""
    image = decode_jpeg(contents, channels, ratio)._t
    y, x, height, width = (int(n) for n in convert(crop_window).tolist())
    if y < 0 or x < 0 or y + height > image.shape[0] or x + width > image.shape[1]:
        raise invalid("DecodeAndCropJpeg", f"Invalid crop window [{y}, {x}, {height}, {width}]")
    return EagerTensor(image[y : y + height, x : x + width].contiguous())


def extract_jpeg_shape(contents, output_type=int32, name=None):
    """Return [height, width, channels] of the image of a JPEG file, without decoding it."""
    image = _open(scalar_text(contents, "ExtractJpegShape"), "ExtractJpegShape", ["JPEG"])
    shape = [image.height, image.width, _natural(image)]
    return EagerTensor(torch.tensor(shape, dtype=as_dtype(output_type)._torch))


def is_jpeg(contents, name=None):
    """Whether the contents begin as a JPEG file does."""
    return EagerTensor(torch.tensor(scalar_text(contents, "Substr")[:3] == b"\xff\xd8\xff"))


def _encode(array, kernel, allowed, **options):
    from PIL import Image

    if array.ndim != 3 or array.shape[-1] not in allowed:
        raise invalid(
            kernel,
            f"image must be 3-dimensional with {', '.join(map(str, allowed))} channels. Received: shape "
            f"{list(array.shape)}",
        )
    out = io.BytesIO()
    if array.dtype == np.uint16:
        if array.shape[-1] != 1:
            raise invalid(
                kernel, "Pillow writes 16-bit images with one channel only; convert to uint8 first."
            )
        image = Image.fromarray(array[..., 0])
    else:
        image = Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array)
    image.save(out, **options)
    return out.getvalue()


def encode_jpeg(
    image,
    format="",
    quality=95,
    progressive=False,
    optimize_size=False,
    chroma_downsampling=True,
    density_unit="in",
    x_density=300,
    y_density=300,
    xmp_metadata="",
    name=None,
):
    """Return an image as the contents of a JPEG file, a scalar string.

    Args:
        image: uint8 of shape (height, width, 1 or 3).
        format: "", "grayscale" or "rgb".
        quality: From 0 to 100.
        progressive: Whether the file shows coarse first.
        optimize_size: Whether to spend time on a smaller file.
        chroma_downsampling: Whether colours have half the resolution.
    """
    raw = convert(image)
    if dtype_of(raw) is not uint8:
        raise invalid("EncodeJpeg", f"image must have dtype uint8. Received: {dtype_of(raw).name}")
    if not 0 <= quality <= 100:
        raise invalid("EncodeJpeg", f"quality must be in [0,100], got {quality}")
    allowed = {"": (1, 3), "grayscale": (1,), "rgb": (3,)}[format]
    data = _encode(
        to_array(raw),
        "EncodeJpeg",
        allowed,
        format="JPEG",
        quality=quality,
        progressive=progressive,
        optimize=optimize_size,
        subsampling=2 if chroma_downsampling else 0,
        dpi=(x_density, y_density),
    )
    return EagerTensor(np.array(data, object))


def encode_png(image, compression=-1, name=None):
    """Return an image, or each of several, as the contents of a PNG file.

    Args:
        image: uint8 or uint16 of shape (..., height, width, 1 to 4).
        compression: From 0 to 9, -1 for the default.
    """
    raw = convert(image)
    if dtype_of(raw) not in (uint8, uint16):
        raise invalid("EncodePng", f"image must have dtype uint8 or uint16. Received: {dtype_of(raw).name}")
    array = to_array(raw)
    options = {} if compression < 0 else {"compress_level": compression}
    if array.ndim <= 3:
        return EagerTensor(
            np.array(_encode(array, "EncodePng", (1, 2, 3, 4), format="PNG", **options), object)
        )
    flat = array.reshape(-1, *array.shape[-3:])
    places = np.arange(len(flat)).reshape(array.shape[:-3])
    return EagerTensor(
        each(lambda i: _encode(flat[i], "EncodePng", (1, 2, 3, 4), format="PNG", **options), places)
    )
