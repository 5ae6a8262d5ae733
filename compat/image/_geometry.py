"""Images in another size or place: `resize`, crops, flips, turns. Images are (height, width, channels), or batches."""

import torch

from kerastorch.ops.image import resize as _resize

from .. import random
from .._failure import invalid
from .._make import sizes
from .._wrap import Own, Same, op, tensor


class ResizeMethod:
    """The names of the methods of `resize`."""

    AREA = "area"
    BICUBIC = "bicubic"
    BILINEAR = "bilinear"
    GAUSSIAN = "gaussian"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    MITCHELLCUBIC = "mitchellcubic"
    NEAREST_NEIGHBOR = "nearest"


_METHODS = ("area", "bicubic", "bilinear", "lanczos3", "lanczos5", "nearest")


@op("Resize")
def _resized(images: Own, size, method, keep_ratio, antialias):
    size = list(size)
    if keep_ratio:
        height, width = images.shape[-3:-1]
        scale = min(size[0] / height, size[1] / width)
        size = [round(scale * height), round(scale * width)]
    if method == "nearest":
        return _resize.fn(images, size, interpolation="nearest")
    return _resize.fn(images.float(), size, interpolation=method, antialias=antialias)


def resize(images, size, method="bilinear", preserve_aspect_ratio=False, antialias=False, name=None):
    """Return images of the size (height, width), as float32 unless the method is "nearest".

    TensorFlow takes the weights of "bicubic" from a table; its values are within 1e-4 of these.

    >>> tf.image.resize(tf.ones([2, 2, 1]), [4, 6]).shape
    TensorShape([4, 6, 1])
    """
    if method not in _METHODS:
        raise ValueError(f"method must be one of {_METHODS}. Received: method={method!r}")
    size = sizes(size)
    if len(size) != 2:
        raise ValueError(
            f"'size' must be a 1-D Tensor of 2 elements: new_height, new_width. Received: size={size}"
        )
    return _resized(images, size, method, preserve_aspect_ratio, antialias)


@op("PadToBoundingBox")
def _padded(image: Own, top, left, height, width):
    old_height, old_width = image.shape[-3:-1]
    bottom, right = height - top - old_height, width - left - old_width
    if min(top, left, bottom, right) < 0:
        raise invalid(
            "Pad",
            f"the image of {old_height} x {old_width} does not fit into {height} x {width} at {top}, {left}",
        )
    return torch.nn.functional.pad(image, [0, 0, left, right, top, bottom])


def pad_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """Return the image with zeros around it: `offset_height` rows above, `offset_width` columns on the left."""
    return _padded(image, *map(int, (offset_height, offset_width, target_height, target_width)))


@op("CropToBoundingBox")
def _cropped(image: Own, top, left, height, width):
    old_height, old_width = image.shape[-3:-1]
    if min(top, left) < 0 or top + height > old_height or left + width > old_width:
        raise invalid(
            "Slice",
            f"the box of {height} x {width} at {top}, {left} lies outside of {old_height} x {old_width}",
        )
    return image[..., top : top + height, left : left + width, :]


def crop_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """Return the part of the image that starts at the offsets."""
    return _cropped(image, *map(int, (offset_height, offset_width, target_height, target_width)))


def resize_with_crop_or_pad(image, target_height, target_width):
    """Return the middle of the image, or the image in the middle of zeros, in the target size."""
    image = tensor(image)
    height, width = image._t.shape[-3:-1]
    cut = max(height - target_height, 0) // 2, max(width - target_width, 0) // 2
    image = _cropped(image, *cut, min(height, target_height), min(width, target_width))
    pad = max(target_height - height, 0) // 2, max(target_width - width, 0) // 2
    return _padded(image, *pad, target_height, target_width)


def resize_with_pad(image, target_height, target_width, method="bilinear", antialias=False):
    """Return the image resized without changing its proportions, in the middle of zeros."""
    image = tensor(image)
    height, width = image._t.shape[-3:-1]
    ratio = max(width / target_width, height / target_height)
    image = resize(image, [int(height / ratio), int(width / ratio)], method, antialias=antialias)
    top, left = (target_height - height / ratio) / 2, (target_width - width / ratio) / 2
    return _padded(image, max(int(top), 0), max(int(left), 0), target_height, target_width)


def central_crop(image, central_fraction):
    """Return the middle of the image, this fraction of its height and width."""
    fraction = float(central_fraction)
    if not 0 < fraction <= 1:
        raise ValueError("central_fraction must be within (0, 1]")
    image = tensor(image)
    height, width = image._t.shape[-3:-1]
    top, left = int((height - height * fraction) / 2), int((width - width * fraction) / 2)
    return _cropped(image, top, left, height - 2 * top, width - 2 * left)


@op("ReverseV2")
def _flipped(image: Own, axis):
    return image.flip(axis)


def flip_left_right(image):
    """Return the image, or images, with the columns in the other order."""
    return _flipped(image, -2)


def flip_up_down(image):
    """Return the image, or images, with the rows in the other order."""
    return _flipped(image, -3)


@op("Transpose")
def transpose(image: Own, name=None):
    """Return the image, or images, with rows and columns exchanged."""
    return image.transpose(-3, -2)


@op("Rot90")
def rot90(image: Own, k=1, name=None):
    """Return the image, or images, turned k times by 90 degrees against the clock."""
    return torch.rot90(image, int(k), dims=(-3, -2))


def _random_flip(image, seed, flip):
    image = tensor(image)
    if image.ndim == 3:
        return flip(image) if float(random.uniform([], seed=seed)) < 0.5 else image
    chosen = random.uniform([image._t.shape[0]], seed=seed)._t < 0.5
    return _mixed(flip(image), image, tensor(chosen.reshape(-1, 1, 1, 1)))


@op("Select")
def _mixed(a: Same, b: Same, chosen: Own):
    return torch.where(chosen, a, b)


def random_flip_left_right(image, seed=None):
    """Return each image flipped left to right with probability 1/2."""
    return _random_flip(image, seed, flip_left_right)


def random_flip_up_down(image, seed=None):
    """Return each image flipped upside down with probability 1/2."""
    return _random_flip(image, seed, flip_up_down)


@op("Slice")
def _block(value: Own, start, size):
    return value[tuple(slice(int(a), int(a) + n) for a, n in zip(start, size))]


def random_crop(value, size, seed=None, name=None):
    """Return a block of this size from a place drawn at random."""
    value, size = tensor(value), sizes(size)
    size = [n if m == -1 else m for m, n in zip(size, value._t.shape)]
    limit = [n - m + 1 for m, n in zip(size, value._t.shape)]
    if min(limit) < 1:
        raise invalid("Assert", f"Need value.shape >= size, got {list(value._t.shape)} and {size}")
    words = random.uniform([len(size)], maxval=2**31 - 1, dtype="int32", seed=seed).numpy().tolist()
    return _block(value, [w % n for w, n in zip(words, limit)], size)
