"""Changes of images drawn from a seed alone, a pair of whole numbers: equal seeds give equal images."""

import torch

from .. import random
from .._failure import invalid
from .._make import sizes
from .._wrap import tensor
from ..io._images import decode_jpeg, encode_jpeg
from ._color import adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation, convert_image_dtype
from ._geometry import _block, _mixed, flip_left_right, flip_up_down


def _drawn(low, high, seed):
    return float(random.stateless_uniform([], seed, low, high))


def _ordered(low, high):
    if high <= low:
        raise ValueError(f"upper must be > lower. Received: lower={low}, upper={high}")
    if low < 0:
        raise ValueError(f"lower must be non-negative. Received: lower={low}")


def stateless_random_brightness(image, max_delta, seed):
    """Return the image with a number from -max_delta to max_delta added.

    >>> x = tf.ones([2, 2, 1]) / 2
    >>> bool(tf.reduce_all(tf.image.stateless_random_brightness(x, 0.2, (1, 2)) ==
    ...                    tf.image.stateless_random_brightness(x, 0.2, (1, 2))))
    True
    """
    if max_delta < 0:
        raise ValueError(f"max_delta must be non-negative. Received: max_delta={max_delta}")
    return adjust_brightness(image, _drawn(-max_delta, max_delta, seed))


def stateless_random_contrast(image, lower, upper, seed):
    """Return the image with its contrast multiplied by a number from lower to upper."""
    _ordered(lower, upper)
    return adjust_contrast(image, _drawn(lower, upper, seed))


def stateless_random_saturation(image, lower, upper, seed=None):
    """Return the image with its saturation multiplied by a number from lower to upper."""
    _ordered(lower, upper)
    return adjust_saturation(image, _drawn(lower, upper, seed))


def stateless_random_hue(image, max_delta, seed):
    """Return the image with its hue moved by a number from -max_delta to max_delta."""
    if not 0 <= max_delta <= 0.5:
        raise ValueError(f"max_delta must be from 0 to 0.5. Received: max_delta={max_delta}")
    return adjust_hue(image, _drawn(-max_delta, max_delta, seed))


def _flip(image, seed, flip):
    image = tensor(image)
    if image.ndim == 3:
        return flip(image) if _drawn(0.0, 1.0, seed) < 0.5 else image
    chosen = random.stateless_uniform([image._t.shape[0]], seed)._t < 0.5
    return _mixed(flip(image), image, tensor(chosen.reshape(-1, 1, 1, 1)))


def stateless_random_flip_left_right(image, seed):
    """Return each image flipped left to right with probability 1/2."""
    return _flip(image, seed, flip_left_right)


def stateless_random_flip_up_down(image, seed):
    """Return each image flipped upside down with probability 1/2."""
    return _flip(image, seed, flip_up_down)


def stateless_random_crop(value, size, seed, name=None):
    """Return a block of this size from a place drawn from the seed."""
    value, size = tensor(value), sizes(size)
    size = [n if m == -1 else m for m, n in zip(size, value._t.shape)]
    limit = [n - m + 1 for m, n in zip(size, value._t.shape)]
    if min(limit) < 1:
        raise invalid("Assert", f"Need value.shape >= size, got {list(value._t.shape)} and {size}")
    words = random.stateless_uniform([len(size)], seed, maxval=2**31 - 1, dtype="int32")
    return _block(value, torch.remainder(words._t.cpu(), torch.tensor(limit)).tolist(), size)


def adjust_jpeg_quality(image, jpeg_quality, dct_method="", name=None):
    """Return the image as it is after JPEG compression with a quality from 0 to 100."""
    image = tensor(image)
    data = encode_jpeg(convert_image_dtype(image, "uint8", saturate=True), quality=int(jpeg_quality))
    return convert_image_dtype(decode_jpeg(data), image.dtype, saturate=True)


def stateless_random_jpeg_quality(image, min_jpeg_quality, max_jpeg_quality, seed):
    """Return the image after JPEG compression, with a quality drawn from the seed."""
    _qualities(min_jpeg_quality, max_jpeg_quality)
    drawn = random.stateless_uniform([], seed, min_jpeg_quality, max_jpeg_quality, dtype="int32")
    return adjust_jpeg_quality(image, drawn)


def random_jpeg_quality(image, min_jpeg_quality, max_jpeg_quality, seed=None):
    """Return the image after JPEG compression, with a quality drawn at random."""
    _qualities(min_jpeg_quality, max_jpeg_quality)
    drawn = random.uniform([], min_jpeg_quality, max_jpeg_quality, dtype="int32", seed=seed)
    return adjust_jpeg_quality(image, drawn)


def _qualities(low, high):
    if not 0 <= low < high <= 100:
        raise ValueError(
            "min_jpeg_quality must be less than max_jpeg_quality, both from 0 to 100. Received: "
            f"min_jpeg_quality={low}, max_jpeg_quality={high}"
        )
