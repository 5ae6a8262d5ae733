"""Convolutions and pooling, in Keras's layouts and with TensorFlow's padding.

"same" gives ceil(size / stride) outputs; an odd number of zeros puts the extra one last.
"""

import torch
import torch.nn.functional as F

from kerastorch.core.infer import is_inferring, known
from kerastorch.core.op import Tensor, op
from kerastorch.core.settings import standardize_data_format
from kerastorch.ops.common import promote_tensors
from kerastorch.ops.padding import pad_same, same_padding, transposed

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
_MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
_ADAPTIVE_AVERAGE = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}
_ADAPTIVE_MAX = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}


def _tuple(value, n, name):
    value = (value,) * n if isinstance(value, int) else tuple(value)
    if len(value) == 1:
        value = value * n
    if len(value) != n:
        raise ValueError(f"`{name}` must be an integer or {n} integers. Received: {name}={value}")
    return value


def _first(x, data_format):
    """Return x with its channels second, as torch wants them; no copy."""
    return x.movedim(-1, 1) if data_format == "channels_last" else x


def _back(x, data_format):
    return x.movedim(1, -1) if data_format == "channels_last" else x


def _padding_name(padding):
    name = padding.lower() if isinstance(padding, str) else padding
    if name not in ("valid", "same"):
        raise ValueError(f"`padding` must be 'valid' or 'same'. Received: padding={padding!r}")
    return name


def _check_channels(x, kernel, of_kernel, fit):
    """Check that x (batch, channels, ...) has channels that `fit` the kernel's; an unknown number of them does."""
    if is_inferring() and known(x.shape)[1] is None:
        return x.new_empty((x.shape[0], of_kernel, *x.shape[2:]))
    if not fit:
        raise ValueError(
            "The input channels must match the kernel (or be a multiple of its channels, for groups). "
            f"Received: inputs of {x.shape[1]} channels, kernel.shape={tuple(kernel.shape)}"
        )
    return x


def _convolve(x, kernel, strides, padding, dilation, groups):
    """Convolve x (batch, channels, ...) with a kernel in torch's layout (out, in, ...)."""
    n = x.ndim - 2
    strides, dilation = _tuple(strides, n, "strides"), _tuple(dilation, n, "dilation_rate")
    padding = _padding_name(padding)
    amount = (0,) * n
    if padding == "same":
        x, amount = pad_same(x, kernel.shape[2:], strides, dilation)
    return _CONV[n](x, kernel, None, strides, amount, dilation, groups)


@op
def conv(inputs: Tensor, kernel: Tensor, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """The convolution of inputs with a kernel, in 1, 2 or 3 dimensions.

    Args:
        inputs: Shape (batch, *sizes, channels), or channels second with "channels_first".
        kernel: Shape (*window, channels in a group, filters).
        strides, dilation_rate: One integer, or one for each dimension.
        padding: "valid" or "same".
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.ops.conv(torch.ones(1, 5, 5, 1), torch.ones(3, 3, 1, 2)).shape
    torch.Size([1, 3, 3, 2])
    """
    inputs, kernel = promote_tensors(inputs, kernel)
    data_format = standardize_data_format(data_format)
    x = _first(inputs, data_format)
    in_group = kernel.shape[-2]
    x = _check_channels(x, kernel, in_group, x.shape[1] % in_group == 0)
    channels = x.shape[1]
    kernel = kernel.movedim((-1, -2), (0, 1))
    return _back(_convolve(x, kernel, strides, padding, dilation_rate, channels // in_group), data_format)


def _depthwise_kernel(kernel):
    """Return a kernel (*window, channels, multiplier) as torch's (channels * multiplier, 1, *window)."""
    window = kernel.shape[:-2]
    return kernel.reshape(*window, 1, -1).movedim((-1, -2), (0, 1))


@op
def depthwise_conv(
    inputs: Tensor, kernel: Tensor, strides=1, padding="valid", data_format=None, dilation_rate=1
):
    """The convolution of each channel with filters of its own, a kernel (*window, channels, multiplier).

    >>> keras.ops.depthwise_conv(torch.ones(1, 5, 5, 2), torch.ones(3, 3, 2, 1)).shape
    torch.Size([1, 3, 3, 2])
    """
    inputs, kernel = promote_tensors(inputs, kernel)
    data_format = standardize_data_format(data_format)
    x = _first(inputs, data_format)
    x = _check_channels(x, kernel, kernel.shape[-2], x.shape[1] == kernel.shape[-2])
    kernel = _depthwise_kernel(kernel)
    return _back(_convolve(x, kernel, strides, padding, dilation_rate, x.shape[1]), data_format)


@op
def separable_conv(
    inputs: Tensor,
    depthwise_kernel: Tensor,
    pointwise_kernel: Tensor,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
):
    """A depthwise convolution, then one over channels alone.

    >>> keras.ops.separable_conv(torch.ones(1, 5, 5, 2), torch.ones(3, 3, 2, 1), torch.ones(1, 1, 2, 4)).shape
    torch.Size([1, 3, 3, 4])
    """
    x = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(x, pointwise_kernel, 1, "valid", data_format)


@op
def conv_transpose(
    inputs: Tensor,
    kernel: Tensor,
    strides=1,
    padding="valid",
    output_padding=None,
    data_format=None,
    dilation_rate=1,
):
    """The transpose of a convolution: each input spreads the kernel over the outputs.

    Args:
        inputs: Shape (batch, *sizes, channels).
        kernel: Shape (*window, filters, channels).
        strides, dilation_rate: One integer, or one for each dimension.
        padding: "valid" (size * stride + max(window - stride, 0) outputs) or "same" (size * stride).
        output_padding: How many more outputs, instead of these.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.ops.conv_transpose(torch.ones(1, 2, 2, 1), torch.ones(3, 3, 1, 1), strides=2).shape
    torch.Size([1, 5, 5, 1])
    """
    inputs, kernel = promote_tensors(inputs, kernel)
    data_format = standardize_data_format(data_format)
    x = _first(inputs, data_format)
    n = x.ndim - 2
    strides, dilation = _tuple(strides, n, "strides"), _tuple(dilation_rate, n, "dilation_rate")
    extra = None if output_padding is None else _tuple(output_padding, n, "output_padding")
    padding = _padding_name(padding)
    x = _check_channels(x, kernel, kernel.shape[-1], x.shape[1] == kernel.shape[-1])
    kernel = kernel.movedim((-1, -2), (0, 1))
    full = transposed(
        _TRANSPOSE[n], x, kernel, None, strides, dilation, kernel.shape[2:], padding, extra or (None,) * n
    )
    return _back(full, data_format)


def _pooled(inputs, pool_size, strides, padding, data_format, average):
    data_format = standardize_data_format(data_format)
    x = _first(inputs, data_format)
    n = x.ndim - 2
    window = _tuple(pool_size, n, "pool_size")
    strides = window if strides is None else _tuple(strides, n, "strides")
    padding = _padding_name(padding)
    pairs = [(0, 0)] * n
    if padding == "same":
        pairs = [same_padding(*each, 1) for each in zip(x.shape[2:], window, strides)]
    flat = [size for pair in reversed(pairs) for size in pair]
    if not average:
        symmetric = all(before == after and before <= w // 2 for (before, after), w in zip(pairs, window))
        if symmetric:
            return _back(_MAX[n](x, window, strides, [before for before, _ in pairs]), data_format)
        lowest = float("-inf") if x.is_floating_point() else torch.iinfo(x.dtype).min
        return _back(_MAX[n](F.pad(x, flat, value=lowest), window, strides), data_format)
    if (
        n == 3 and x.dtype in (torch.float16, torch.bfloat16) and x.device.type == "cpu"
    ):  # torch has no kernel
        return _pooled(inputs.float(), pool_size, strides, padding, data_format, True).to(x.dtype)
    if all(before == after for before, after in pairs):
        amount = [before for before, _ in pairs]
        return _back(_AVERAGE[n](x, window, strides, amount, count_include_pad=False), data_format)
    # Zeros do not count: divide by the share of real values in each window.
    share = _AVERAGE[n](F.pad(torch.ones_like(x[:1, :1]), flat), window, strides)
    return _back(_AVERAGE[n](F.pad(x, flat), window, strides) / share, data_format)


@op
def max_pool(inputs: Tensor, pool_size, strides=None, padding="valid", data_format=None):
    """The largest value of each window.

    Args:
        inputs: Shape (batch, *sizes, channels).
        pool_size: The window, one integer or one for each dimension.
        strides: The steps, by default the window.
        padding: "valid" or "same".
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.ops.max_pool(torch.ones(1, 4, 4, 1), 2).shape
    torch.Size([1, 2, 2, 1])
    """
    return _pooled(inputs, pool_size, strides, padding, data_format, False)


@op
def average_pool(inputs: Tensor, pool_size, strides=None, padding="valid", data_format=None):
    """The mean of each window; padding does not count.

    >>> keras.ops.average_pool(torch.ones(1, 4, 4, 1), 2).shape
    torch.Size([1, 2, 2, 1])
    """
    return _pooled(inputs, pool_size, strides, padding, data_format, True)


def _adaptive(inputs, output_size, data_format, functions):
    data_format = standardize_data_format(data_format)
    x = _first(inputs, data_format)
    n = x.ndim - 2
    return _back(functions[n](x, _tuple(output_size, n, "output_size")), data_format)


@op
def adaptive_average_pool(inputs: Tensor, output_size, data_format=None):
    """The means of as many windows as there are outputs.

    >>> keras.ops.adaptive_average_pool(torch.ones(1, 5, 5, 1), 2).shape
    torch.Size([1, 2, 2, 1])
    """
    return _adaptive(inputs, output_size, data_format, _ADAPTIVE_AVERAGE)


@op
def adaptive_max_pool(inputs: Tensor, output_size, data_format=None):
    """The largest values of as many windows as there are outputs.

    >>> keras.ops.adaptive_max_pool(torch.ones(1, 5, 5, 1), 2).shape
    torch.Size([1, 2, 2, 1])
    """
    return _adaptive(inputs, output_size, data_format, _ADAPTIVE_MAX)


@op
def unfold(x: Tensor, kernel_size, dilation=1, padding=0, stride=1):
    """The windows of images (batch, channels, height, width), flattened: (batch, channels * window, windows).

    >>> keras.ops.unfold(torch.ones(1, 1, 4, 4), 2).shape
    torch.Size([1, 4, 9])
    """
    return F.unfold(x, kernel_size, dilation, padding, stride)


@op
def fold(x: Tensor, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """The sum of windows put back in their places: the inverse of `unfold` where windows do not overlap.

    >>> keras.ops.fold(torch.ones(1, 4, 4), (4, 4), 2, stride=2).shape
    torch.Size([1, 1, 4, 4])
    """
    if x.ndim != 3:
        raise ValueError(
            f"`x` must be a 3D tensor (batch, channels * window, windows). Received: shape {tuple(x.shape)}"
        )
    return F.fold(x, output_size, kernel_size, dilation, padding, stride)
