"""UpSampling1D, UpSampling2D, UpSampling3D."""

import torch
import torch.nn.functional as F

from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.core.data_format import channels_first, restore
from kerastorch.layers.core.window import sizes

INTERPOLATIONS = ("bicubic", "bilinear", "lanczos3", "lanczos5", "nearest")


class UpSampling1D(Layer):
    """Repeat each step `size` times.

    Args:
        size: The number of times.

    Shapes: (batch, length, channels) to the same with larger sizes. Raises ValueError for a size that is not
    positive, or unless the input has 3 axes.

    >>> keras.layers.UpSampling1D(2)(np.ones((1, 3, 1))).shape
    torch.Size([1, 6, 1])
    """

    def __init__(self, size=2, **kwargs):
        super().__init__(**kwargs)
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError(f"Expected an integer value for `size`, got {type(size)}.")
        if size <= 0:
            raise ValueError(f"Argument `size` should be a positive integer. Received: size={size}")
        self.size = size
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs):
        return inputs.repeat_interleave(self.size, 1)


class UpSampling2D(Layer):
    """Enlarge images.

    Args:
        size: The factor, or (rows, columns).
        data_format: "channels_last" or "channels_first".
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".

    Shapes: (batch, rows, columns, channels) to the same with larger sizes. With "channels_first" the channels
    come second. Raises ValueError for a size that is not positive, or unless the input has 4 axes.

    >>> keras.layers.UpSampling2D((2, 3))(np.ones((1, 4, 4, 1))).shape
    torch.Size([1, 8, 12, 1])
    """

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.size = sizes(size, 2, "size")
        self.interpolation = str(interpolation).lower()
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(
                f"`interpolation` must be one of {INTERPOLATIONS}. Received: interpolation={interpolation!r}"
            )
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs):
        if self.interpolation == "nearest":
            x = channels_first(inputs, self.data_format)
            if not x.is_floating_point():
                rows, columns = self.size
                x = x.repeat_interleave(rows, 2).repeat_interleave(columns, 3)
            else:
                x = F.interpolate(x, size=self._output_size(x), mode="nearest")
            return restore(x, self.data_format)
        x = channels_first(inputs, self.data_format)
        if not x.is_floating_point():
            return restore(self._interpolate(x.float()).to(x.dtype), self.data_format)
        return restore(self._interpolate(x), self.data_format)

    def _interpolate(self, x):
        if self.interpolation == "bilinear":
            x = F.interpolate(x, size=self._output_size(x), mode="bilinear")
        else:
            for axis, factor in zip((2, 3), self.size):
                x = _resample(x, axis, factor, _KERNELS[self.interpolation])
        return x

    def _output_size(self, x):
        return [n * factor for n, factor in zip(x.shape[2:], self.size)]


class UpSampling3D(Layer):
    """Repeat each voxel along every spatial axis.

    Args:
        size: The number of times, or one for each of the three axes.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, depth, rows, columns, channels) to the same with larger sizes. With "channels_first" the
    channels come second. Raises ValueError for a size that is not positive, or unless the input has 5 axes.

    >>> keras.layers.UpSampling3D(2)(np.ones((1, 2, 3, 4, 1))).shape
    torch.Size([1, 4, 6, 8, 1])
    """

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.size = sizes(size, 3, "size")
        self.input_spec = InputSpec(ndim=5)

    def call(self, inputs):
        first = 2 if self.data_format == "channels_first" else 1
        for axis, times in enumerate(self.size, first):
            if times > 1:
                inputs = inputs.repeat_interleave(times, axis)
        return inputs


def _cubic(t):
    """Keys's cubic kernel with a = -0.5."""
    t = t.abs()
    near = (1.5 * t - 2.5) * t * t + 1
    far = ((-0.5 * t + 2.5) * t - 4) * t + 2
    return torch.where(t < 1, near, torch.where(t < 2, far, 0.0))


def _lanczos(radius):
    def kernel(t):
        return torch.where(t.abs() < radius, torch.sinc(t) * torch.sinc(t / radius), 0.0)

    return kernel


_KERNELS = {"bicubic": (2, _cubic), "lanczos3": (3, _lanczos(3)), "lanczos5": (5, _lanczos(5))}


def _resample(x, axis, factor, kernel):
    """Enlarge one axis, with a kernel's weights over the pixels inside the image, made to sum to 1."""
    radius, weight = kernel
    size = x.shape[axis]
    centers = (torch.arange(size * factor, device=x.device) + 0.5) / factor - 0.5
    taps = torch.arange(1 - radius, radius + 1, device=x.device)
    whole = centers.floor()
    index = whole.long().unsqueeze(-1) + taps
    if weight is _cubic:  # TensorFlow looks these weights up in a table of 1024 positions
        centers = whole + ((centers - whole) * 1024).round() / 1024
    weights = weight(centers.unsqueeze(-1) - index) * ((index >= 0) & (index < size))
    weights = (weights / weights.sum(-1, keepdim=True)).to(x.dtype)
    picked = x.movedim(axis, -1)[..., index.clamp(0, size - 1)]
    return (picked * weights).sum(-1).movedim(-1, axis)
