"""RandomBrightness, RandomContrast, RandomHue, RandomSaturation, RandomColorJitter."""

import torch

from kerastorch.core.settings import epsilon
from kerastorch.layers.preprocessing.image.arguments import check_factor, check_value_range
from kerastorch.layers.preprocessing.image.base import RandomImageLayer, batch_size, per_image, to_range
from kerastorch.ops.filtering import hsv_to_rgb, rgb_to_hsv


class RandomBrightness(RandomImageLayer):
    """In training, add one random number to all the values of an image.

    Args:
        factor: What is added, as a part of the range of values: a number f for [-f, f], or (lower, upper), in [-1, 1].
        value_range: The range of values, to which results are limited.
        seed: An integer for draws that are the same in every run.

    >>> keras.layers.RandomBrightness((0.5, 0.5), value_range=(0, 1))([[[0.25, 0.5, 0.75]]])
    tensor([[[0.7500, 1.0000, 1.0000]]])
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.factor, self.value_range = check_factor(factor), check_value_range(value_range)

    def _draw(self, images, seed):
        low, high = self.value_range
        delta = self._uniform(images, (batch_size(images), 1, 1, 1), *self.factor, seed)
        return {"rgb_delta": delta * (high - low)}

    def _apply(self, images, transformation, interpolation):
        delta = per_image(transformation["rgb_delta"], images.dtype)
        return (images + delta).clamp(*self.value_range)


class RandomContrast(RandomImageLayer):
    """In training, multiply the differences of values from their mean, channel by channel: (x - mean) * f + mean.

    Args:
        factor: A pair (lower, upper) in [0, 1], for f in [1 - lower, 1 + upper], or a number u, for f in [1, 1 + u].
        value_range: The range of values, to which results are limited.
        seed: An integer for draws that are the same in every run.

    >>> layer = keras.layers.RandomContrast(0.5)
    >>> layer.transform_images([[[1.0], [3.0]]], {"contrast_factor": np.array(2.0)})[..., 0]
    tensor([[0., 4.]])
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.factor, self.value_range = check_factor(factor, (0, 1)), value_range

    def _draw(self, images, seed):
        low, high = 1 - self.factor[0], 1 + self.factor[1]
        shape = (batch_size(images), 1, 1, 1)
        return {"contrast_factor": self._uniform(images, shape, low, high, seed, self.compute_dtype)}

    def _apply(self, images, transformation, interpolation):
        mean = images.mean((self._height_axis, self._width_axis), keepdim=True)
        factor = per_image(transformation["contrast_factor"], images.dtype)
        return ((images - mean) * factor + mean).clamp(*self.value_range)


class RandomHue(RandomImageLayer):
    """In training, turn the colours of an image around the colour wheel.

    Args:
        factor: How far, 1 being half a turn: a number f for [0, f], or (lower, upper), in [0, 1]; the direction is
            drawn too.
        value_range: The range of values.
        data_format: "channels_last", "channels_first" or None for the default.
        seed: An integer for draws that are the same in every run.

    >>> layer = keras.layers.RandomHue(0.5, value_range=(0, 1))
    >>> layer.transform_images([[[1.0, 0.0, 0.0]]], {"factor": np.array([1 / 3], "float32")}).round()
    tensor([[[0., 1., 0.]]])
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor, self.value_range = check_factor(factor, (0, 1)), value_range

    def _draw(self, images, seed):
        count = (batch_size(images),)
        sign = 1 - 2 * (self._uniform(images, count, 0.0, 1.0, seed) > 0.5).float()
        return {"factor": sign * self._uniform(images, count, *self.factor, seed) * 0.5}

    def _apply(self, images, transformation, interpolation):
        turn = transformation["factor"].reshape(-1, 1, 1).to(images.dtype)
        colours = rgb_to_hsv(to_range(images, self.value_range, (0, 1)), self.data_format)
        hue, saturation, value = colours.unbind(self._channel_axis)
        hue = hue + turn
        hue = torch.where(hue > 1, hue - 1, torch.where(hue < 0, hue + 1, hue))
        images = hsv_to_rgb(torch.stack([hue, saturation, value], self._channel_axis), self.data_format)
        return to_range(images.clamp(0, 1), (0, 1), self.value_range)


class RandomSaturation(RandomImageLayer):
    """In training, multiply the saturation of the colours of an image by f / (1 - f).

    Args:
        factor: f: a number u for [-u, u], or (lower, upper); 0.5 leaves images as they are, 0 gives grey.
        value_range: The range of values.
        data_format: "channels_last", "channels_first" or None for the default.
        seed: An integer for draws that are the same in every run.

    >>> layer = keras.layers.RandomSaturation((0.0, 0.0), value_range=(0, 1))
    >>> layer([[[1.0, 0.5, 0.0]]])
    tensor([[[1., 1., 1.]]])
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor, self.value_range = check_factor(factor), check_value_range(value_range)

    def _draw(self, images, seed):
        factor = self._uniform(images, (batch_size(images),), *self.factor, seed)
        return {"factor": factor / (1 - factor + epsilon())}

    def _apply(self, images, transformation, interpolation):
        factor = transformation["factor"].reshape(-1, 1, 1).to(images.dtype)
        hue, saturation, value = rgb_to_hsv(images, self.data_format).unbind(self._channel_axis)
        saturation = (saturation * factor).clamp(*self.value_range)
        return hsv_to_rgb(torch.stack([hue, saturation, value], self._channel_axis), self.data_format)


class RandomColorJitter(RandomImageLayer):
    """In training, change brightness, contrast, saturation and hue, one after the other.

    Args:
        value_range: The range of values.
        brightness_factor: As `RandomBrightness` takes it, or None to leave this out.
        contrast_factor: As `RandomContrast` takes it, or None.
        saturation_factor: As `RandomSaturation` takes it, or None.
        hue_factor: As `RandomHue` takes it, or None.
        seed: An integer for draws that are the same in every run.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.RandomColorJitter(brightness_factor=0.1, seed=1)(np.ones((2, 4, 4, 3))).shape
    torch.Size([2, 4, 4, 3])
    """

    draws = False

    def __init__(
        self,
        value_range=(0, 255),
        brightness_factor=None,
        contrast_factor=None,
        saturation_factor=None,
        hue_factor=None,
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.value_range = value_range
        self.brightness_factor, self.contrast_factor = brightness_factor, contrast_factor
        self.saturation_factor, self.hue_factor = saturation_factor, hue_factor
        options = {
            "value_range": value_range,
            "seed": seed,
            "data_format": self.data_format,
            "dtype": self.dtype_policy,
        }

        def make(cls, factor):
            return None if factor is None else cls(factor, **options)

        self.random_brightness = make(RandomBrightness, brightness_factor)
        self.random_contrast = make(RandomContrast, contrast_factor)
        self.random_saturation = make(RandomSaturation, saturation_factor)
        self.random_hue = make(RandomHue, hue_factor)

    def _steps(self):
        names = ("random_brightness", "random_contrast", "random_saturation", "random_hue")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def _draw(self, images, seed):
        return {
            name: step.get_random_transformation(images, seed=seed) for name, step in self._steps().items()
        }

    def _apply(self, images, transformation, interpolation):
        if transformation is None:
            transformation = self._draw(images, self.generator)
        for name, step in self._steps().items():
            images = step.transform_images(images, transformation[name])
        return images
