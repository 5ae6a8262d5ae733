"""Images with other values: dtype, brightness, contrast, saturation, hue, grey."""

import torch

from kerastorch.ops.image import hsv_to_rgb as _hsv_to_rgb
from kerastorch.ops.image import rgb_to_hsv as _rgb_to_hsv

from .. import random
from .._dtypes import as_dtype
from .._wrap import Own, Same, op, tensor


@op("ConvertImageDtype")
def _scaled_cast(image: Own, dtype, saturate):
    given, wanted = image.dtype, dtype._torch
    if given is wanted:
        return image.view_as(image)
    if not given.is_floating_point and not wanted.is_floating_point:
        top_in, top_out = torch.iinfo(given).max, torch.iinfo(wanted).max
        if top_in > top_out:
            return torch.div(image, (top_in + 1) // (top_out + 1), rounding_mode="floor").to(wanted)
        return image.to(wanted) * ((top_out + 1) // (top_in + 1))
    if given.is_floating_point and wanted.is_floating_point:
        return image.to(wanted)
    if wanted.is_floating_point:
        return image.to(wanted) * (1.0 / torch.iinfo(given).max)
    scaled = image * (torch.iinfo(wanted).max + 0.5)
    if saturate:
        scaled = scaled.clamp(torch.iinfo(wanted).min, torch.iinfo(wanted).max)
    return scaled.to(wanted)


def convert_image_dtype(image, dtype, saturate=False, name=None):
    """Return the image in another dtype: integers from 0 to their greatest value, floats from 0 to 1.

    >>> tf.image.convert_image_dtype(tf.constant([[[255]]], tf.uint8), tf.float32).numpy().max()
    np.float32(1.0)
    """
    return _scaled_cast(image, as_dtype(dtype), saturate)


def _as_float(image, change):
    """Change an image as floats from 0 to 1, and give it back in its own dtype."""
    image = tensor(image)
    own = image.dtype
    if own.is_floating:
        return change(image)
    return convert_image_dtype(change(convert_image_dtype(image, "float32")), own, saturate=True)


@op("AddV2")
def _brighter(image: Own, delta):
    return image + delta


def adjust_brightness(image, delta):
    """Return the image with `delta` added to values from 0 to 1."""
    return _as_float(image, lambda x: _brighter(x, float(delta)))


@op("AdjustContrastv2")
def _contrasted(images: Own, factor):
    mean = images.mean(dim=(-3, -2), keepdim=True)
    return (images - mean) * factor + mean


def adjust_contrast(images, contrast_factor):
    """Return the images with the distance of each channel from its mean multiplied."""
    return _as_float(images, lambda x: _contrasted(x, float(contrast_factor)))


@op("AdjustSaturation")
def _saturated(image: Own, factor):
    h, s, v = _rgb_to_hsv.fn(image).unbind(-1)
    return _hsv_to_rgb.fn(torch.stack([h, (s * factor).clamp(0, 1), v], dim=-1))


def adjust_saturation(image, saturation_factor, name=None):
    """Return the image with its saturation multiplied."""
    return _as_float(image, lambda x: _saturated(x, float(saturation_factor)))


@op("AdjustHue")
def _hued(image: Own, delta):
    h, s, v = _rgb_to_hsv.fn(image).unbind(-1)
    return _hsv_to_rgb.fn(torch.stack([torch.remainder(h + delta, 1.0), s, v], dim=-1))


def adjust_hue(image, delta, name=None):
    """Return the image with its hue moved by `delta` of the circle."""
    return _as_float(image, lambda x: _hued(x, float(delta)))


def adjust_gamma(image, gamma=1, gain=1):
    """Return gain * image**gamma, for values from 0 to 1."""
    return _as_float(image, lambda x: x**gamma * float(gain))


@op("RGBToGrayscale")
def _grey(images: Own):
    weights = torch.tensor([0.2989, 0.587, 0.114], dtype=images.dtype, device=images.device)
    return (images * weights).sum(-1, keepdim=True)


def rgb_to_grayscale(images, name=None):
    """Return the images with one channel, 0.2989 R + 0.587 G + 0.114 B."""
    return _as_float(images, _grey)


@op("Tile")
def grayscale_to_rgb(images: Own, name=None):
    """Return the images with the one channel three times."""
    return images.expand(*images.shape[:-1], 3)


@op("RGBToHSV")
def rgb_to_hsv(images: Same, name=None):
    """Return hue, saturation and value, each from 0 to 1."""
    return _rgb_to_hsv.fn(images)


@op("HSVToRGB")
def hsv_to_rgb(images: Same, name=None):
    """Return red, green and blue, each from 0 to 1."""
    return _hsv_to_rgb.fn(images)


@op("PerImageStandardization")
def per_image_standardization(image: Own):
    """Return the image with mean 0 and variance 1 (the deviation being at least 1 / sqrt(elements))."""
    image = image if image.dtype.is_floating_point else image.float()
    axes = (-3, -2, -1)
    count = image.shape[-1] * image.shape[-2] * image.shape[-3]
    deviation = image.std(dim=axes, keepdim=True, correction=0).clamp(min=count**-0.5)
    return (image - image.mean(dim=axes, keepdim=True)) / deviation


@op("TotalVariation")
def total_variation(images: Own, name=None):
    """Return the sum of the distances between neighbouring pixels."""
    down = (images[..., 1:, :, :] - images[..., :-1, :, :]).abs().sum(dim=(-3, -2, -1))
    right = (images[..., :, 1:, :] - images[..., :, :-1, :]).abs().sum(dim=(-3, -2, -1))
    return down + right


def _drawn(low, high, seed):
    return float(random.uniform([], low, high, seed=seed))


def random_brightness(image, max_delta, seed=None):
    """Return the image with a number from -max_delta to max_delta added."""
    return adjust_brightness(image, _drawn(-max_delta, max_delta, seed))


def random_contrast(image, lower, upper, seed=None):
    """Return the image with its contrast multiplied by a number from lower to upper."""
    return adjust_contrast(image, _drawn(lower, upper, seed))


def random_saturation(image, lower, upper, seed=None):
    """Return the image with its saturation multiplied by a number from lower to upper."""
    return adjust_saturation(image, _drawn(lower, upper, seed))


def random_hue(image, max_delta, seed=None):
    """Return the image with its hue moved by a number from -max_delta to max_delta."""
    return adjust_hue(image, _drawn(-max_delta, max_delta, seed))
