"""RandomSharpness, RandomGaussianBlur."""

import torch
import torch.nn.functional as F

from kerastorch.layers.preprocessing.image.arguments import check_factor, check_value_range
from kerastorch.layers.preprocessing.image.base import RandomImageLayer, batch_size, per_image
from kerastorch.ops.filtering import gaussian_blur


class RandomSharpness(RandomImageLayer):
    """In training, mix an image with itself smoothed: x + (1 - 2 f) (smooth - x).

    Args:
        factor: f: a number u for [0, u], or (lower, upper), in [0, 1]; 0 smooths, 0.5 changes nothing, 1 sharpens.
        value_range: The range of values, to which results are limited.
        data_format: "channels_last", "channels_first" or None for the default.
        seed: An integer for draws that are the same in every run.

    >>> image = np.ones((3, 3, 1), "float32")
    >>> keras.layers.RandomSharpness((0.0, 0.0))(image)[1, 1]
    tensor([1.])
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor, self.value_range = check_factor(factor, (0, 1)), check_value_range(value_range)

    def _draw(self, images, seed):
        return {"factor": self._uniform(images, (batch_size(images),), *self.factor, seed)}

    def _apply(self, images, transformation, interpolation):
        sharpness = per_image(transformation["factor"], images.dtype) * 2
        x = images.movedim(self._channel_axis, 1)
        kernel = torch.full((3, 3), 1 / 13, dtype=x.dtype, device=x.device)
        kernel[1, 1] = 5 / 13
        channels = x.shape[1]
        smooth = F.conv2d(x, kernel.expand(channels, 1, 3, 3), padding=1, groups=channels)
        smooth = smooth.movedim(1, self._channel_axis)
        return (images + (1 - sharpness) * (smooth - images)).clamp(*self.value_range)


class RandomGaussianBlur(RandomImageLayer):
    """In training, smooth some of the images with a Gaussian.

    Args:
        factor: The probability for an image: a number p for [0, p], or (lower, upper), from which it is drawn.
        kernel_size: The size of the window, an odd number or two (height, width).
        sigma: The standard deviation in pixels: a number s for [0, s], or (lower, upper), in [0, 1]; drawn for each
            direction.
        value_range: The range of values, to which results are limited.
        data_format: "channels_last", "channels_first" or None for the default.
        seed: An integer for draws that are the same in every run.

    >>> keras.layers.RandomGaussianBlur(seed=1)(np.ones((2, 8, 8, 3), "float32")).shape
    torch.Size([2, 8, 8, 3])
    """

    def __init__(
        self,
        factor=1.0,
        kernel_size=3,
        sigma=1.0,
        value_range=(0, 255),
        data_format=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor, self.sigma = check_factor(factor, (0, 1)), check_factor(sigma, (0, 1), "sigma")
        self.kernel_size = _window(kernel_size)
        self.value_range = value_range

    def _draw(self, images, seed):
        count = (batch_size(images),)
        probability = self._uniform(images, count, *self.factor, seed)
        chosen = self._uniform(images, count, 0.0, 1.0, seed) < probability
        sigma = self._uniform(images, (2,), *self.sigma, seed, self.compute_dtype) + 1e-6
        return {"should_apply_blur": chosen, "blur_factor": sigma}

    def _apply(self, images, transformation, interpolation):
        sigma = transformation["blur_factor"].tolist()
        blurred = gaussian_blur(images, self.kernel_size, sigma, self.data_format)
        images = torch.where(per_image(transformation["should_apply_blur"]), blurred, images)
        return images.clamp(*self.value_range)


def _window(size):
    if (isinstance(size, (tuple, list)) and len(size) != 2) or not isinstance(
        size, (tuple, list, int, float)
    ):
        raise ValueError(
            "The `kernel_size` argument should be a number (or a list of two numbers). "
            f"Received: kernel_size={size}"
        )
    pair = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
    if any(x % 2 == 0 for x in pair):
        raise ValueError(f"kernel_size must be an odd number. Received: kernel_size={size}")
    return pair
