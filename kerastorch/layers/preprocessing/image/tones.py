"""RandomColorDegeneration, RandomGrayscale, RandomInvert, RandomPosterization, Solarization: pixel by pixel."""

import torch

from kerastorch import random
from kerastorch.layers.preprocessing.image.arguments import check_factor, check_range, check_value_range
from kerastorch.layers.preprocessing.image.base import RandomImageLayer, batch_size, per_image, to_range
from kerastorch.ops.filtering import rgb_to_grayscale


class RandomColorDegeneration(RandomImageLayer):
    """In training, mix an image with itself in grey: x + f (grey - x).

    Args:
        factor: f: a number u for [-u, u], or (lower, upper); 1 gives grey, 0 changes nothing.
        value_range: The range of values, to which results are limited.
        data_format: "channels_last", "channels_first" or None for the default.
        seed: An integer for draws that are the same in every run.

    >>> keras.layers.RandomColorDegeneration((1.0, 1.0))([[[100.0, 100.0, 0.0]]])
    tensor([[[88.5900, 88.5900, 88.5900]]])
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor, self.value_range = check_factor(factor), check_value_range(value_range)

    def _draw(self, images, seed):
        return {"factor": self._uniform(images, (batch_size(images), 1, 1, 1), *self.factor, seed)}

    def _apply(self, images, transformation, interpolation):
        grey = rgb_to_grayscale(images, self.data_format)
        factor = per_image(transformation["factor"], images.dtype)
        return (images + factor * (grey - images)).clamp(*self.value_range)

    def compute_output_shape(self, input_shape):
        """Return the shape of the output: that of the input."""
        shape = input_shape["images"] if isinstance(input_shape, dict) else input_shape
        if len(shape) not in (3, 4):
            raise ValueError(
                "Invalid images rank: expected rank 3 (single image) or rank 4 (batch of images). "
                f"Received: input_shape={shape}"
            )
        channels = shape[self._channel_axis]
        if channels not in (None, 3):
            raise ValueError(
                f"Input images must have 3 channels, but received images with {channels} channels. "
                f"Received: input_shape={shape}"
            )
        return input_shape


class RandomGrayscale(RandomImageLayer):
    """In training, some of the images in grey, in as many channels.

    Args:
        factor: The probability, from 0 to 1.
        data_format: "channels_last", "channels_first" or None for the default.
        seed: An integer for draws that are the same in every run.

    >>> keras.layers.RandomGrayscale(1.0)([[[100.0, 100.0, 0.0]]])
    tensor([[[88.5900, 88.5900, 88.5900]]])
    """

    def __init__(self, factor=0.5, data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        if not 0 <= factor <= 1:
            raise ValueError(f"`factor` should be between 0 and 1. Received: factor={factor}")
        self.factor = factor

    def get_random_transformation(self, images, training=True, seed=None):
        """Return which images become grey, drawn with a seed or with the layer's own."""
        return super().get_random_transformation(images, training, seed)

    def _draw(self, images, seed):
        return self._uniform(images, (batch_size(images), 1, 1, 1), 0.0, 1.0, seed) < self.factor

    def _apply(self, images, transformation, interpolation):
        return torch.where(per_image(transformation), rgb_to_grayscale(images, self.data_format), images)

    def transform_labels(self, labels, transformations=None, **kwargs):
        """Return labels as they are."""
        return labels

    def transform_bounding_boxes(self, bounding_boxes, *args, **kwargs):
        """Return bounding boxes as they are."""
        return bounding_boxes

    def transform_segmentation_masks(self, segmentation_masks, transformations=None, **kwargs):
        """Return segmentation masks as they are."""
        return segmentation_masks


class RandomInvert(RandomImageLayer):
    """In training, subtract some of the images from the greatest value.

    Args:
        factor: The probability for an image: a number p for [0, p], or (lower, upper), from which it is drawn.
        value_range: The range of values.
        seed: An integer for draws that are the same in every run.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> layer = keras.layers.RandomInvert(1.0)
    >>> layer.transform_images([[[55.0]]], {"apply_inversion": np.array([True])})
    tensor([[[200.]]])
    """

    def __init__(self, factor=1.0, value_range=(0, 255), seed=None, data_format=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor, self.value_range = check_factor(factor, (0, 1)), value_range

    def _draw(self, images, seed):
        count = (batch_size(images),)
        probability = self._uniform(images, count, *self.factor, seed)
        return {"apply_inversion": self._uniform(images, count, 0.0, 1.0, seed) < probability}

    def _apply(self, images, transformation, interpolation):
        chosen = per_image(transformation["apply_inversion"])
        return torch.where(chosen, self.value_range[1] - images, images)


class RandomPosterization(RandomImageLayer):
    """In training, keep only the first bits of values.

    Args:
        factor: How many of eight: a number n for [1, n), or (lower, upper), the upper one left out.
        value_range: The range of values.
        data_format: "channels_last", "channels_first" or None for the default.
        seed: An integer for draws that are the same in every run.

    >>> keras.layers.RandomPosterization(1)([[[100.0, 200.0]]])
    tensor([[[  0., 128.]]])
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor, self.value_range = check_factor(factor, (1, 8)), check_value_range(value_range)

    def _draw(self, images, seed):
        low, high = self.factor
        if low == high:
            bits = torch.full((batch_size(images),), low, dtype=torch.uint8)
        else:
            bits = random.randint((batch_size(images),), low, high, dtype="uint8", seed=seed)
        return {"shift_factor": (8 - bits).to(getattr(images, "device", bits.device))}

    def _apply(self, images, transformation, interpolation):
        step = 2.0 ** per_image(transformation["shift_factor"], torch.float32)
        values = to_range(images, self.value_range, (0, 255)).float().trunc()
        values = (torch.div(values, step, rounding_mode="floor") * step).to(images.dtype)
        return to_range(values, (0, 255), self.value_range)


class Solarization(RandomImageLayer):
    """In training, add a number to values, then invert those that reach a threshold.

    Args:
        addition_factor: What is added, as a part of the range: a number u for [0, u], or (lower, upper), in [0, 1].
        threshold_factor: The threshold, likewise; with 0 all values are inverted.
        value_range: The range of values.
        seed: An integer for draws that are the same in every run.

    >>> keras.layers.Solarization()([[[55.0]]])
    tensor([[[200.]]])
    """

    def __init__(self, addition_factor=0.0, threshold_factor=0.0, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.addition_factor = _part(addition_factor, "addition_factor")
        self.threshold_factor = _part(threshold_factor, "threshold_factor")
        self.value_range = check_value_range(value_range)

    def _draw(self, images, seed):
        shape = (batch_size(images), 1, 1, 1)

        def draw(low, high):
            return self._uniform(images, shape, low, high * 255, seed, self.compute_dtype)

        return {"additions": draw(*self.addition_factor), "thresholds": draw(*self.threshold_factor)}

    def _apply(self, images, transformation, interpolation):
        additions, thresholds = (
            per_image(transformation[name], images.dtype) for name in ("additions", "thresholds")
        )
        values = (to_range(images, self.value_range, (0, 255)) + additions).clamp(0, 255)
        values = torch.where(values < thresholds, values, 255 - values)
        return to_range(values, (0, 255), self.value_range)


def _part(factor, name):
    words = (
        "`addition_factor` and `threshold_factor` arguments should be a number (or a list of two numbers) in the "
        "range [0, 1]"
    )
    low, high = check_range(factor, name, lambda x: 0 <= x <= 1, words)
    return max(low, 0), high
