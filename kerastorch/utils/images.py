"""Images as files, as Pillow images, as arrays."""

import importlib
import importlib.util
import io
import os
import pathlib
import warnings

import numpy as np

from kerastorch.core.edge import to_numpy
from kerastorch.core.settings import floatx, standardize_data_format

_MODES = {"grayscale": ("L", "I;16", "I"), "rgba": ("RGBA",), "rgb": ("RGB",)}
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def pillow(caller):
    """Return the module `PIL.Image`, or say what needs it."""
    if importlib.util.find_spec("PIL") is None:
        raise ImportError(
            f"Could not import PIL.Image. The use of `{caller}` requires PIL: `pip install pillow`, or "
            "`pip install kerastorch[images]`."
        )
    return importlib.import_module("PIL.Image")


def array_to_img(x, data_format=None, scale=True, dtype=None):
    """An array as a Pillow image.

    Args:
        x: One image, (height, width, channels) with 1, 3 or 4 channels.
        data_format: "channels_last", "channels_first" or None for the default.
        scale: Whether values are stretched to 0 ... 255.
        dtype: What values are computed in, the default float type if None.

    >>> keras.utils.array_to_img(np.zeros((2, 3, 3))).size
    (3, 2)
    """
    image = pillow("array_to_img")
    x = to_numpy(x).astype(dtype or floatx())
    if x.ndim != 3:
        raise ValueError(
            f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}"
        )
    if standardize_data_format(data_format) == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - x.min()
        x = x / (x.max() or 1) * 255
    channels = x.shape[2]
    if channels not in (1, 3, 4):
        raise ValueError(f"Unsupported channel number: {channels}. It must be 1, 3 or 4.")
    if channels == 1:
        return image.fromarray(x[:, :, 0].astype("int32" if x.max() > 255 else "uint8"))
    return image.fromarray(x.astype("uint8"))


def img_to_array(img, data_format=None, dtype=None):
    """A Pillow image as an array with three axes.

    Args:
        img: The image.
        data_format: "channels_last", "channels_first" or None for the default.
        dtype: Of the array, the default float type if None.

    >>> keras.utils.img_to_array(np.zeros((2, 3))).shape
    (2, 3, 1)
    """
    x = np.asarray(img, dtype=dtype or floatx())
    if x.ndim not in (2, 3):
        raise ValueError(f"Unsupported image shape: {x.shape}. An image has 2 or 3 axes.")
    x = x if x.ndim == 3 else x[:, :, None]
    return x.transpose(2, 0, 1) if standardize_data_format(data_format) == "channels_first" else x


def save_img(path, x, data_format=None, file_format=None, scale=True, **kwargs):
    """Write an array as an image file.

    Args:
        path: The path, or an open file.
        x: One image.
        data_format: "channels_last", "channels_first" or None for the default.
        file_format: By default that of the path's ending; needed for an open file.
        scale: Whether values are stretched to 0 ... 255.
        **kwargs: What Pillow's `save` takes.

    >>> import io
    >>> file = io.BytesIO()
    >>> keras.utils.save_img(file, np.zeros((2, 3, 3)), file_format="png")
    >>> keras.utils.load_img(file).size
    (3, 2)
    """
    if file_format is None and isinstance(path, (str, os.PathLike)):
        file_format = pathlib.Path(path).suffix[1:]
    file_format = file_format.lower() if file_format else None
    file_format = "jpeg" if file_format == "jpg" else file_format
    img = array_to_img(x, data_format=data_format, scale=scale)
    if img.mode == "RGBA" and file_format == "jpeg":
        warnings.warn("The JPEG format does not support RGBA images, converting to RGB.", stacklevel=2)
        img = img.convert("RGB")
    img.save(path, format=file_format, **kwargs)


def load_img(path, color_mode="rgb", target_size=None, interpolation="nearest", keep_aspect_ratio=False):
    """Read an image file as a Pillow image.

    Args:
        path: The path, or an `io.BytesIO`.
        color_mode: "rgb", "rgba" or "grayscale".
        target_size: (height, width) to resize to, or None.
        interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".
        keep_aspect_ratio: Whether the image is cut to the proportions of the target first.

    >>> import io
    >>> file = io.BytesIO()
    >>> keras.utils.save_img(file, np.zeros((2, 4, 3)), file_format="png")
    >>> keras.utils.load_img(file, "grayscale", target_size=(5, 6)).size
    (6, 5)
    """
    image = pillow("load_img")
    if color_mode not in _MODES:
        raise ValueError(
            f'color_mode must be "grayscale", "rgb", or "rgba". Received: color_mode={color_mode!r}'
        )
    if not isinstance(path, (io.BytesIO, str, bytes, os.PathLike)):
        raise TypeError(f"path should be path-like or io.BytesIO, not {type(path)}")
    with image.open(path) as opened:
        opened.load()
        img = opened.copy()
    if img.mode not in _MODES[color_mode]:
        img = img.convert(_MODES[color_mode][0])
    if target_size is None or img.size == (target_size[1], target_size[0]):
        return img
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"Invalid interpolation method {interpolation} specified. "
            f"Supported methods are {', '.join(INTERPOLATIONS)}"
        )
    box = _window(img.size, target_size) if keep_aspect_ratio else None
    resample = image.Resampling[interpolation.upper()]
    return img.resize((target_size[1], target_size[0]), resample, box=box)


def _window(size, target_size):
    """Return the largest middle part (left, top, right, bottom) with the proportions of the target."""
    (width, height), (target_height, target_width) = size, target_size
    part_height = min(height, width * target_height // target_width)
    part_width = min(width, height * target_width // target_height)
    left, top = (width - part_width) // 2, (height - part_height) // 2
    return left, top, left + part_width, top + part_height
