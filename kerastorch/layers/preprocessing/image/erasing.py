"""RandomErasing, and the random windows that it shares with CutMix."""

import torch

from kerastorch import random
from kerastorch.core.edge import as_tensor
from kerastorch.layers.preprocessing.image.arguments import check_factor
from kerastorch.layers.preprocessing.image.base import RandomImageLayer, batch_size, per_image


class WindowLayer(RandomImageLayer):
    """A layer that changes a random window of each image."""

    def _side(self, images, length, part, seed):
        """Return start and end (batch,) of windows that are a part (batch,) of a side."""
        size = part * length
        start = self._uniform(images, part.shape, 0.0, 1.0, seed, self.compute_dtype) * (length - size)
        return start, start + size

    def _window_mask(self, shape, x_ends, y_ends):
        """Return the mask of windows, (batch, height, width, 1) or (batch, 1, height, width)."""
        height, width = self._size(shape)
        x0, x1, y0, y1 = (x.reshape(-1, 1, 1) for x in (*x_ends, *y_ends))
        x = torch.arange(width, dtype=x0.dtype, device=x0.device)
        y = torch.arange(height, dtype=x0.dtype, device=x0.device)[:, None]
        return ((x >= x0) & (x < x1) & (y >= y0) & (y < y1)).unsqueeze(self._channel_axis)


class RandomErasing(WindowLayer):
    """In training, fill a random window of each image. Zhong et al., 2020.

    Args:
        factor: The probability for an image: a number p for [0, p], or (lower, upper), from which it is drawn.
        scale: The square of each side of the window, as a part of the image's: a number s for [0, s], or
            (lower, upper), in [0, 1].
        fill_value: A number, one for each of three channels, or None for noise.
        value_range: The range of values, to which the filling is limited.
        seed: An integer for draws that are the same in every run.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> layer = keras.layers.RandomErasing(scale=(1.0, 1.0), fill_value=7)
    >>> drawn = {**layer.get_random_transformation(np.ones((2, 2, 1))), "apply_erasing": np.array([True])}
    >>> layer.transform_images(np.ones((2, 2, 1)), drawn).flatten()
    tensor([7., 7., 7., 7.])
    """

    makes_batch = True

    def __init__(
        self,
        factor=1.0,
        scale=(0.02, 0.33),
        fill_value=None,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor, self.scale = check_factor(factor, (0, 1)), check_factor(scale, (0, 1), "scale")
        pair = isinstance(fill_value, (tuple, list)) and len(fill_value) != 3
        if pair or not isinstance(fill_value, (tuple, list, int, float, type(None))):
            raise ValueError(
                "The `fill_value` argument should be a number (or a list of three numbers). "
                f"Received: fill_value={fill_value}"
            )
        self.fill_value, self.value_range = fill_value, value_range

    def _draw(self, images, seed):
        count, (height, width) = batch_size(images), self._size(images.shape)
        parts = self._uniform(images, (count, 2), *self.scale, seed, self.compute_dtype).sqrt()
        x_ends = self._side(images, width, parts[:, 0], seed)
        y_ends = self._side(images, height, parts[:, 1], seed)
        probability = self._uniform(images, (count,), *self.factor, seed)
        return {
            "apply_erasing": self._uniform(images, (count,), 0.0, 1.0, seed) < probability,
            "batch_masks": self._window_mask(images.shape, x_ends, y_ends),
            "fill_value": self._filling(images.shape, seed, parts).clamp(*self.value_range),
        }

    def _filling(self, shape, seed, like):
        if self.fill_value is None:
            noise = random.normal(shape, dtype=self.compute_dtype, seed=seed) * self.value_range[1]
            return noise.to(like.device)
        filling = torch.tensor(self.fill_value, dtype=like.dtype, device=like.device)
        return filling.reshape(-1, 1, 1) if self.data_format == "channels_first" else filling

    def _apply(self, images, transformation, interpolation):
        chosen = per_image(transformation["apply_erasing"]) & transformation["batch_masks"]
        filling = as_tensor(transformation["fill_value"], images.dtype)
        return torch.where(chosen, filling.to(images.device), images)
