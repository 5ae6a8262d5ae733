"""RandomElasticTransform."""

import torch

from kerastorch.layers.preprocessing.image.arguments import (
    FILL_MODES,
    INTERPOLATIONS,
    check_choice,
    check_factor,
)
from kerastorch.layers.preprocessing.image.base import RandomImageLayer, batch_size, per_image
from kerastorch.ops.warping import elastic_transform


class RandomElasticTransform(RandomImageLayer):
    """In training, move the pixels of images by smooth random amounts. Simard et al., 2003.

    Args:
        factor: The probability for an image: a number p for [0, p], or (lower, upper), from which it is drawn.
        scale: How strong, from 0 to 1: a number s for [0, s], or (lower, upper).
        interpolation: "bilinear" or "nearest".
        fill_mode: What is outside: "reflect", "wrap", "constant", "nearest" or "mirror" (as "reflect").
        fill_value: The constant.
        value_range: The range of values, to which results are limited.
        seed: An integer for draws that are the same in every run.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.RandomElasticTransform(scale=0.0)(np.ones((2, 2, 1))).flatten()
    tensor([1., 1., 1., 1.])
    """

    moves_pixels = True

    def __init__(
        self,
        factor=1.0,
        scale=1.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = check_factor(factor, (0, 1))
        self.scale = check_factor(scale, (0, 1), "scale")
        check_choice("interpolation", interpolation, INTERPOLATIONS)
        check_choice("fill_mode", fill_mode, (*FILL_MODES, "mirror"))
        self.interpolation, self.fill_mode, self.fill_value = interpolation, fill_mode, fill_value
        self.value_range = value_range

    def _draw(self, images, seed):
        if self.scale[1] == 0 or self.factor[1] == 0:
            return None
        count = batch_size(images)
        probability = self._uniform(images, (count,), *self.factor, seed)
        return {
            "apply_transform": self._uniform(images, (count,), 0.0, 1.0, seed) < probability,
            "distortion_factor": self._uniform(images, (), *self.scale, seed, self.compute_dtype),
            "seed": seed,
        }

    def get_elastic_transform_params(self, height, width, factor):
        """Return how far pixels move, and over how many they move together."""
        return max(height, width) * 0.1 * factor, min(height, width) * 0.05 * factor

    def _apply(self, images, transformation, interpolation):
        strength = float(transformation["distortion_factor"])
        alpha, sigma = self.get_elastic_transform_params(*self._size(images.shape), strength)
        moved = elastic_transform(
            images,
            alpha,
            sigma,
            interpolation,
            "reflect" if self.fill_mode == "mirror" else self.fill_mode,
            self.fill_value,
            seed=transformation["seed"],
            data_format=self.data_format,
        )
        chosen = per_image(transformation["apply_transform"].to(torch.bool))
        return torch.where(chosen, moved, images).clamp(*self.value_range)
