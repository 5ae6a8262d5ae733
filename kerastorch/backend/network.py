"""Activations, convolutions, pooling and dropout."""

import torch
import torch.nn.functional as F

from kerastorch import ops, random
from kerastorch.backend.arrange import is_channels_first
from kerastorch.core.op import Tensor, op


@op
def relu(x: Tensor, alpha=0.0, max_value=None, threshold=0.0):
    """x where it is at least `threshold`, alpha * (x - threshold) elsewhere, at most `max_value`.

    >>> keras.backend.relu([-2.0, 3.0, 9.0], alpha=0.1, max_value=6.0)
    tensor([-0.2000,  3.0000,  6.0000])
    """
    positive = torch.where(x > threshold, x, 0) if threshold else torch.relu(x)
    if max_value is not None:
        positive = positive.clamp(max=max_value)
    return positive - alpha * torch.relu(threshold - x) if alpha else positive


@op
def elu(x: Tensor, alpha=1.0):
    """x where it is positive, alpha * (exp(x) - 1) elsewhere."""
    return F.elu(x, alpha)


@op
def hard_sigmoid(x: Tensor):
    """0.2 * x + 0.5, kept between 0 and 1.

    >>> keras.backend.hard_sigmoid([-3.0, 0.0, 1.0])
    tensor([0.0000, 0.5000, 0.7000])
    """
    return (0.2 * x + 0.5).clamp(0, 1)


@op
def in_top_k(predictions: Tensor, targets: Tensor, k):
    """Whether the prediction for each row's target is among its k largest."""
    return ops.in_top_k(targets, predictions, k)


@op
def dropout(x: Tensor, level, noise_shape=None, seed=None):
    """x with a fraction `level` of its elements set to 0, the others scaled by 1 / (1 - level)."""
    return random.dropout(x, level, noise_shape=noise_shape, seed=seed)


@op
def batch_normalization(
    x: Tensor, mean: Tensor, var: Tensor, beta: Tensor, gamma: Tensor, axis=-1, epsilon=1e-3
):
    """gamma * (x - mean) / sqrt(var + epsilon) + beta."""
    flat = (v if v is None else v.reshape(-1) for v in (mean, var, beta, gamma))
    mean, var, beta, gamma = flat
    return ops.batch_normalization(x, mean, var, axis, offset=beta, scale=gamma, epsilon=epsilon)


@op
def bias_add(x: Tensor, bias: Tensor, data_format=None):
    """x plus a bias, which has one axis (the channels), or all but the batch axis.

    >>> keras.backend.bias_add([[1.0, 2.0]], [10.0, 20.0])
    tensor([[11., 22.]])
    """
    if bias.ndim not in (1, x.ndim - 1):
        raise ValueError(
            f"Unexpected bias dimensions {bias.ndim}: `bias` must have 1 axis, or {x.ndim - 1} axes."
        )
    if is_channels_first(data_format) and x.ndim > 2:
        # As TensorFlow does it: the numbers of a bias for each place are read in their order, not transposed.
        bias = bias.reshape(bias.shape[-1], *(bias.shape[:-1] if bias.ndim > 1 else [1] * (x.ndim - 2)))
    return x + bias


def _convolve(x, kernel, strides, padding, data_format, dilation_rate, convolution=ops.conv):
    return convolution(x, kernel, strides, padding, _format(data_format), dilation_rate)


def _format(data_format):
    return "channels_first" if is_channels_first(data_format) else "channels_last"


@op
def conv1d(x: Tensor, kernel: Tensor, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """A convolution over time; with padding "causal" no output depends on later inputs.

    >>> keras.backend.conv1d(np.ones((1, 5, 2)), np.ones((3, 2, 4)), padding="causal").shape
    torch.Size([1, 5, 4])
    """
    if padding == "causal":
        before = dilation_rate * (kernel.shape[0] - 1)
        x = F.pad(x, (before, 0) if is_channels_first(data_format) else (0, 0, before, 0))
        padding = "valid"
    return _convolve(x, kernel, strides, padding, data_format, dilation_rate)


@op
def conv2d(
    x: Tensor, kernel: Tensor, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)
):
    """A convolution of images with a kernel (height, width, channels, new channels)."""
    return _convolve(x, kernel, strides, padding, data_format, dilation_rate)


@op
def conv3d(
    x: Tensor,
    kernel: Tensor,
    strides=(1, 1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1, 1),
):
    """A convolution of volumes with a kernel (depth, height, width, channels, new channels)."""
    return _convolve(x, kernel, strides, padding, data_format, dilation_rate)


@op
def depthwise_conv2d(
    x: Tensor,
    depthwise_kernel: Tensor,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """A convolution of each channel with kernels of its own."""
    return _convolve(x, depthwise_kernel, strides, padding, data_format, dilation_rate, ops.depthwise_conv)


@op
def separable_conv2d(
    x: Tensor,
    depthwise_kernel: Tensor,
    pointwise_kernel: Tensor,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """A convolution of each channel, then one over the channels at each place."""
    x = depthwise_conv2d(x, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv2d(x, pointwise_kernel, data_format=data_format)


@op
def conv2d_transpose(
    x: Tensor,
    kernel: Tensor,
    output_shape,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """The gradient of a convolution with respect to images of `output_shape`.

    Args:
        kernel: (height, width, channels of the output, channels of x).
        output_shape: The whole shape, with the batch axis.

    >>> keras.backend.conv2d_transpose(
    ...     np.ones((1, 2, 2, 3)), np.ones((3, 3, 5, 3)), (1, 4, 4, 5), strides=(2, 2), padding="same"
    ... ).shape
    torch.Size([1, 4, 4, 5])
    """
    first = is_channels_first(data_format)
    x = x if first else x.movedim(-1, 1)
    sizes = output_shape[2:] if first else output_shape[1:-1]
    strides, dilation = tuple(strides), tuple(dilation_rate)
    y = F.conv_transpose2d(x, kernel.permute(3, 2, 0, 1), stride=strides, dilation=dilation)
    for axis, size in enumerate(sizes, 2):
        surplus = y.shape[axis] - int(size)
        # With "same", the images had been padded by as much as the full result is larger than they are.
        start = max(surplus, 0) // 2 if padding == "same" else 0
        y = y.narrow(axis, start, min(int(size), y.shape[axis] - start))
        if surplus < 0:
            y = F.pad(y, (0, -surplus) if axis == 3 else (0, 0, 0, -surplus))
    return y if first else y.movedim(1, -1)


def _pool(x, pool_size, strides, padding, data_format, pool_mode):
    if pool_mode not in ("max", "avg"):
        raise ValueError(f"`pool_mode` must be 'max' or 'avg'. Received: pool_mode={pool_mode}")
    pool = ops.max_pool if pool_mode == "max" else ops.average_pool
    return pool(x, pool_size, strides, padding, _format(data_format))


@op
def pool2d(x: Tensor, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    """The largest ("max") or mean ("avg") value of each window of images."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


@op
def pool3d(x: Tensor, pool_size, strides=(1, 1, 1), padding="valid", data_format=None, pool_mode="max"):
    """The largest ("max") or mean ("avg") value of each window of volumes."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)
