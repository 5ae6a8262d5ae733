"""Convolution and pooling of `tf.nn`, with TensorFlow's layouts and its "SAME" padding.

Legend: N batch, C channels; the spatial axes stand between them (NHWC) or behind them (NCHW).
"""

import torch
from torch.nn import functional as F

from ._elementwise import REALS
from ._failure import invalid
from ._wrap import Same, op

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
_MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def per_axis(value, n, channels_first, name):
    """Return a strides or sizes argument as one number for each spatial axis."""
    if value is None:
        return [1] * n
    value = [int(v) for v in value] if isinstance(value, (list, tuple)) else [int(value)]
    if len(value) == 1:
        return value * n
    if len(value) == n:
        return value
    if len(value) == n + 2:
        return value[2:] if channels_first else value[1:-1]
    raise ValueError(f"{name} should be of length 1, {n} or {n + 2} but was {len(value)}")


def _is_first(data_format, n):
    layouts = {
        None: False,
        "NHWC": False,
        "NWC": False,
        "NDHWC": False,
        "NCHW": True,
        "NCW": True,
        "NCDHW": True,
    }
    if data_format not in layouts:
        raise ValueError(
            f"data_format must be one of {sorted(k for k in layouts if k)}. Received: data_format={data_format!r}"
        )
    return layouts[data_format]


def pads_of(padding, sizes, windows, strides, dilations, channels_first=False):
    """Return the pairs (before, after) of each spatial axis for "VALID", "SAME" or explicit padding."""
    if isinstance(padding, (list, tuple)):
        pairs = [tuple(int(v) for v in pair) for pair in padding]
        return pairs[2:] if channels_first else pairs[1:-1]
    kind = str(padding).upper()
    if kind == "VALID":
        return [(0, 0)] * len(sizes)
    if kind != "SAME":
        allowed = "SAME, VALID, EXPLICIT"
        raise invalid(
            "Conv2D", f"Value for attr 'padding' of {padding} is not in the list of allowed values: {allowed}"
        )
    pairs = []
    for n, k, s, d in zip(sizes, windows, strides, dilations):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        pairs.append((total // 2, total - total // 2))
    return pairs


def _padded(x, pairs, value=0.0):
    if not any(a or b for a, b in pairs):
        return x
    return F.pad(x, [v for pair in reversed(pairs) for v in pair], value=value)


def _convolve(x, w, strides, padding, data_format, dilations, n, depthwise=False):
    first = _is_first(data_format, n)
    x = x if first else x.movedim(-1, 1)
    if x.ndim != n + 2:
        raise invalid(f"Conv{n}D", f"input must be {n + 2}-dimensional: {list(x.shape)}")
    strides, dilations = per_axis(strides, n, first, "strides"), per_axis(dilations, n, first, "dilations")
    pairs = pads_of(padding, x.shape[2:], w.shape[:n], strides, dilations, first)
    if depthwise:
        groups = x.shape[1]
        w = w.permute(2, 3, 0, 1).reshape(-1, 1, *w.shape[:2])
    else:
        if x.shape[1] % w.shape[n]:
            raise invalid(
                f"Conv{n}D",
                f"input depth must be evenly divisible by filter depth: {x.shape[1]} vs {w.shape[n]}",
            )
        groups = x.shape[1] // w.shape[n]
        w = w.movedim((-1, -2), (0, 1))
    if all(a == b for a, b in pairs):
        out = _CONV[n](x, w, None, strides, [a for a, _ in pairs], dilations, groups)
    else:
        out = _CONV[n](_padded(x, pairs), w, None, strides, 0, dilations, groups)
    return out if first else out.movedim(1, -1)


@op("Conv2D", allowed=REALS)
def conv2d(input: Same, filters: Same, strides, padding, data_format="NHWC", dilations=None, name=None):
    """Return the 2D convolution of images (N, H, W, C) with filters (h, w, C, out)."""
    return _convolve(input, filters, strides, padding, data_format, dilations, 2)


@op("Conv1D", allowed=REALS)
def conv1d(input: Same, filters: Same, stride, padding, data_format="NWC", dilations=None, name=None):
    """Return the 1D convolution of sequences (N, W, C) with filters (w, C, out)."""
    return _convolve(input, filters, stride, padding, data_format, dilations, 1)


@op("Conv3D", allowed=REALS)
def conv3d(input: Same, filters: Same, strides, padding, data_format="NDHWC", dilations=None, name=None):
    """Return the 3D convolution of volumes (N, D, H, W, C) with filters (d, h, w, C, out)."""
    return _convolve(input, filters, strides, padding, data_format, dilations, 3)


@op("Conv", allowed=REALS)
def convolution(
    input: Same, filters: Same, strides=None, padding="VALID", data_format=None, dilations=None, name=None
):
    """Return the convolution over as many axes as the filters have."""
    return _convolve(input, filters, strides, padding, data_format, dilations, filters.ndim - 2)


@op("Conv2D", allowed=REALS)
def atrous_conv2d(value: Same, filters: Same, rate, padding, name=None):
    """Return the 2D convolution with gaps of `rate` between the filter's elements."""
    return _convolve(value, filters, 1, padding, "NHWC", int(rate), 2)


@op("DepthwiseConv2dNative", allowed=REALS)
def depthwise_conv2d(
    input: Same, filter: Same, strides, padding, data_format=None, dilations=None, name=None
):
    """Return the convolution of each channel with its own filters (h, w, C, multiplier)."""
    return _convolve(input, filter, strides, padding, data_format, dilations, 2, depthwise=True)


@op("SeparableConv2d", allowed=REALS)
def separable_conv2d(
    input: Same,
    depthwise_filter: Same,
    pointwise_filter: Same,
    strides,
    padding,
    data_format=None,
    dilations=None,
    name=None,
):
    """Return the depthwise convolution, then the mixing of channels by a 1 x 1 convolution."""
    between = _convolve(input, depthwise_filter, strides, padding, data_format, dilations, 2, depthwise=True)
    return _convolve(between, pointwise_filter, 1, "VALID", data_format, None, 2)


def _transposed(x, w, output_shape, strides, padding, data_format, dilations, n):
    """The gradient of the convolution by its input: it turns (N, spatial, out) into `output_shape`."""
    first = _is_first(data_format, n)
    x = x if first else x.movedim(-1, 1)
    strides, dilations = per_axis(strides, n, first, "strides"), per_axis(dilations, n, first, "dilations")
    shape = [int(v) for v in (output_shape.tolist() if hasattr(output_shape, "tolist") else output_shape)]
    spatial = shape[2:] if first else shape[1:-1]
    pairs = pads_of(padding, spatial, w.shape[:n], strides, dilations, first)
    out = _TRANSPOSED[n](x, w.movedim((-1, -2), (0, 1)), None, strides, 0, 0, 1, dilations)
    for axis, ((before, _), size) in enumerate(zip(pairs, spatial), 2):
        missing = before + size - out.shape[axis]
        if missing > 0:
            out = _padded(out, [(0, missing if a == axis else 0) for a in range(2, 2 + n)])
        out = out.narrow(axis, before, size)
    return out if first else out.movedim(1, -1)


def conv2d_transpose(
    input, filters, output_shape, strides, padding="SAME", data_format="NHWC", dilations=None, name=None
):
    """Return the transposed 2D convolution with filters (h, w, out, C)."""
    shape = output_shape.numpy() if hasattr(output_shape, "numpy") else output_shape
    return _conv_transpose(input, filters, shape, strides, padding, data_format, dilations, 2)


def conv1d_transpose(
    input, filters, output_shape, strides, padding="SAME", data_format="NWC", dilations=None, name=None
):
    """Return the transposed 1D convolution with filters (w, out, C)."""
    shape = output_shape.numpy() if hasattr(output_shape, "numpy") else output_shape
    return _conv_transpose(input, filters, shape, strides, padding, data_format, dilations, 1)


def conv3d_transpose(
    input, filters, output_shape, strides, padding="SAME", data_format="NDHWC", dilations=None, name=None
):
    """Return the transposed 3D convolution with filters (d, h, w, out, C)."""
    shape = output_shape.numpy() if hasattr(output_shape, "numpy") else output_shape
    return _conv_transpose(input, filters, shape, strides, padding, data_format, dilations, 3)


@op("Conv2DBackpropInput", allowed=REALS)
def _conv_transpose(input: Same, filters: Same, output_shape, strides, padding, data_format, dilations, n):
    return _transposed(input, filters, output_shape, strides, padding, data_format, dilations, n)


def _pool(x, window, strides, padding, data_format, kind, n):
    first = _is_first(data_format, n)
    x = x if first else x.movedim(-1, 1)
    window = per_axis(window, n, first, "ksize")
    strides = per_axis(strides, n, first, "strides") if strides is not None else window
    pairs = pads_of(padding, x.shape[2:], window, strides, [1] * n, first)
    padded = any(a or b for a, b in pairs)
    if kind == "MAX":
        out = _MAX[n](_padded(x, pairs, -torch.inf), window, strides)
    else:
        out = _AVERAGE[n](_padded(x, pairs), window, strides)
        if padded:
            ones = torch.ones((1, 1, *x.shape[2:]), dtype=x.dtype, device=x.device)
            out = out / _AVERAGE[n](_padded(ones, pairs), window, strides)
    return out if first else out.movedim(1, -1)


def _pooling(name, kernel, kind, n, layout, meaning):
    @op(kernel, allowed=REALS)
    def pool(input: Same, ksize, strides, padding, data_format=layout, name=None):
        return _pool(input, ksize, strides, padding, data_format, kind, n or input.ndim - 2)

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = f"Return the {meaning} of each window of `ksize`, every `strides` elements."
    return pool


max_pool1d = _pooling("max_pool1d", "MaxPool", "MAX", 1, "NWC", "maximum")
max_pool2d = _pooling("max_pool2d", "MaxPool", "MAX", 2, "NHWC", "maximum")
max_pool3d = _pooling("max_pool3d", "MaxPool3D", "MAX", 3, "NDHWC", "maximum")
max_pool = _pooling("max_pool", "MaxPool", "MAX", None, None, "maximum")
avg_pool1d = _pooling("avg_pool1d", "AvgPool", "AVG", 1, "NWC", "mean")
avg_pool2d = _pooling("avg_pool2d", "AvgPool", "AVG", 2, "NHWC", "mean")
avg_pool3d = _pooling("avg_pool3d", "AvgPool3D", "AVG", 3, "NDHWC", "mean")
avg_pool = _pooling("avg_pool", "AvgPool", "AVG", None, None, "mean")


@op("Pool", allowed=REALS)
def pool(
    input: Same,
    window_shape,
    pooling_type,
    strides=None,
    padding="VALID",
    data_format=None,
    dilations=None,
    name=None,
):
    """Return the maximum ("MAX") or mean ("AVG") of each window."""
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f"pooling_type must be 'MAX' or 'AVG'. Received: pooling_type={pooling_type!r}")
    n = input.ndim - 2
    return _pool(
        input, window_shape, [1] * n if strides is None else strides, padding, data_format, pooling_type, n
    )


@op("SpaceToDepth")
def space_to_depth(input: Same, block_size, data_format="NHWC", name=None):
    """Return blocks of pixels moved to the channels."""
    x = input if data_format == "NHWC" else input.movedim(1, -1)
    n, h, w, c = x.shape
    x = x.reshape(n, h // block_size, block_size, w // block_size, block_size, c).permute(0, 1, 3, 2, 4, 5)
    x = x.reshape(n, h // block_size, w // block_size, block_size * block_size * c)
    return x if data_format == "NHWC" else x.movedim(-1, 1)


@op("DepthToSpace")
def depth_to_space(input: Same, block_size, data_format="NHWC", name=None):
    """Return channels moved to blocks of pixels."""
    x = input if data_format == "NHWC" else input.movedim(1, -1)
    n, h, w, c = x.shape
    x = x.reshape(n, h, w, block_size, block_size, c // block_size**2).permute(0, 1, 3, 2, 4, 5)
    x = x.reshape(n, h * block_size, w * block_size, c // block_size**2)
    return x if data_format == "NHWC" else x.movedim(-1, 1)
