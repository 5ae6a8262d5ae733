"""Numbers in few bits, and back."""

import torch
import torch.nn.functional as F

from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.edge import as_tensor
from kerastorch.core.op import Tensor, op


@op
def abs_max_quantize(
    inputs: Tensor, axis, value_range=(-127, 127), dtype="int8", epsilon=1e-7, to_numpy=False
):
    """round(inputs * scale), with scale = value_range[1] / (max(|inputs|) + epsilon).

    Args:
        inputs: Floats.
        axis: The axes that one scale is for.
        value_range: The range of the results.
        dtype: The dtype of the results.
        epsilon: What keeps the scale finite.
        to_numpy: Whether to compute on the CPU.

    Returns:
        The quantized inputs, and the scale, of size 1 along `axis`.

    >>> keras.quantizers.abs_max_quantize([[1.0, -2.0]], axis=-1)
    (tensor([[  64, -127]], dtype=torch.int8), tensor([[63.5000]]))
    """
    device = inputs.device
    x = inputs.cpu() if to_numpy else inputs
    x = x if x.dtype == torch.float64 else x.float()
    scale = value_range[1] / (x.abs().amax(axis, keepdim=True) + epsilon)
    scale = scale.to(inputs.dtype if inputs.is_floating_point() else scale.dtype)
    quantized = torch.round(x * scale.to(x.dtype)).clamp(*value_range).to(to_torch_dtype(dtype))
    return quantized.to(device), scale.to(device)


@op
def abs_max_quantize_grouped_with_zero_point(
    inputs: Tensor, block_size, value_range=(-8, 7), dtype="int8", epsilon=1e-7, to_numpy=False
):
    """round(inputs / scale) + zero point, each block of rows having its own scale and zero point per column.

    With low and high the limits of a block, (a, b) the value range: scale = (high - low + epsilon) / (b - a),
    zero point = round(a - low / scale). A block of one value counts as reaching from 1 below it to 1 above.

    Args:
        inputs: Floats (rows, columns).
        block_size: How many rows share a scale; the last block is filled up with zeros.
        value_range: The range of the results and zero points.
        dtype: The dtype of the results.
        epsilon: What keeps the scale positive.
        to_numpy: Whether to compute on the CPU.

    Returns:
        The quantized inputs, the scales and the zero points (blocks, columns), these int8.

    >>> q, scale, zero = keras.quantizers.abs_max_quantize_grouped_with_zero_point([[1.0], [-2.0]], 2)
    >>> q.flatten(), scale, zero
    (tensor([ 7, -8], dtype=torch.int8), tensor([[0.2000]]), tensor([[2]], dtype=torch.int8))
    """
    x = (inputs.cpu() if to_numpy else inputs).float()
    first, last = value_range
    missing = -len(x) % block_size
    low, high = torch.aminmax(F.pad(x, (0, 0, 0, missing)).unflatten(0, (-1, block_size)), dim=1)
    flat = low == high
    low, high = torch.where(flat, low - 1, low), torch.where(flat, high + 1, high)
    scale = (high - low + epsilon) / (last - first)
    zero = torch.round(first - low / scale).clamp(first, last)
    rows = torch.arange(len(x), device=x.device) // block_size
    quantized = (torch.round(x / scale[rows]) + zero[rows]).clamp(first, last).to(to_torch_dtype(dtype))
    return tuple(part.to(inputs.device) for part in (quantized, scale.to(inputs.dtype), zero.to(torch.int8)))


@op
def pack_int4(arr: Tensor, axis=0, dtype="int8"):
    """Two neighbours along an axis in one byte, the first in its low four bits.

    Args:
        arr: Integers from -8 to 7.
        axis: The axis.
        dtype: "int8" or "uint8".

    Returns:
        The bytes, their shape, and the size of the axis before.

    >>> packed, shape, size = keras.quantizers.pack_int4(np.array([[1], [-2], [3]], "int8"))
    >>> packed.flatten(), shape, size
    (tensor([-31,   3], dtype=torch.int8), (2, 1), 3)
    """
    _check_int4(arr, "arr", dtype)
    size = arr.shape[axis]
    x = arr.movedim(axis, 0).to(torch.int16) & 15
    if size % 2:
        x = torch.cat([x, torch.zeros_like(x[:1])])
    packed = (x[::2] | (x[1::2] << 4)).to(torch.uint8).view(to_torch_dtype(dtype)).movedim(0, axis)
    return packed, tuple(packed.shape), size


@op
def unpack_int4(packed: Tensor, orig_len, axis=0, dtype="int8"):
    """The integers that `pack_int4` packed.

    Args:
        packed: The bytes.
        orig_len: The size of the axis before they were packed.
        axis: The axis.
        dtype: "int8", for integers from -8 to 7, or "uint8", for integers from 0 to 15.

    >>> keras.quantizers.unpack_int4(np.array([-31, 3], "int8"), 3)
    tensor([ 1, -2,  3], dtype=torch.int8)
    """
    _check_int4(packed, "packed", dtype, (torch.int8, torch.uint8))
    x = packed.movedim(axis, 0).to(torch.int16) & 255
    halves = torch.stack([x & 15, x >> 4], 1).flatten(0, 1)[:orig_len]
    if dtype == "int8":
        halves = torch.where(halves < 8, halves, halves - 16)
    return halves.to(to_torch_dtype(dtype)).movedim(0, axis)


def _check_int4(x, name, dtype, allowed=()):
    if dtype not in ("int8", "uint8"):
        raise ValueError(f"`dtype` must be 'int8' or 'uint8'. Received: dtype={dtype}")
    if x.dtype not in (allowed or (to_torch_dtype(dtype),)):
        raise TypeError(f"Expected {dtype} tensor for `{name}`. Received: dtype {x.dtype}")


@op
def compute_float8_scale(amax: Tensor, scale: Tensor, dtype_max, margin=0):
    """amax / dtype_max * 2 ** margin, or the old scale where amax is not positive and finite.

    >>> keras.quantizers.compute_float8_scale(896.0, torch.tensor(1.0), 448.0)
    tensor(2.)
    """
    inverse = dtype_max / amax / 2**margin
    inverse = torch.where(amax > 0, inverse, 1 / scale)
    return 1 / torch.where(torch.isfinite(amax), inverse, 1 / scale)


@op
def compute_float8_amax_history(x: Tensor, amax_history: Tensor):
    """The history of largest magnitudes moved by one, with that of x in the first place.

    >>> keras.quantizers.compute_float8_amax_history([1.0, -3.0], torch.tensor([1.0, 2.0]))
    tensor([3., 1.])
    """
    latest = x.detach().abs().max().to(amax_history.dtype).reshape(1)
    return torch.cat([latest, torch.roll(amax_history, -1)[1:]])


@op
def quantize_and_dequantize(inputs: Tensor, scale: Tensor, quantized_dtype, compute_dtype):
    """The inputs after a way through a float8 dtype: cast(inputs / scale) * scale.

    Args:
        inputs: Floats.
        scale: What they are divided by.
        quantized_dtype: "float8_e4m3fn" or "float8_e5m2".
        compute_dtype: The dtype of the result.

    >>> keras.quantizers.quantize_and_dequantize(torch.tensor([1.03]), 1.0, "float8_e4m3fn", "float32")
    tensor([1.])
    """
    compute_dtype, quantized_dtype = to_torch_dtype(compute_dtype), to_torch_dtype(quantized_dtype)
    scale = as_tensor(scale).to(inputs.device)
    largest = torch.finfo(quantized_dtype).max
    quantized = (inputs / scale.to(inputs.dtype)).clamp(-largest, largest).to(quantized_dtype)
    return quantized.to(compute_dtype) * scale.to(compute_dtype)


@op
def fake_quant_with_min_max_vars(
    inputs: Tensor, min_vals: Tensor, max_vals: Tensor, num_bits=8, narrow_range=False, axis=None
):
    """The nearest of 2 ** num_bits evenly spaced values between a minimum and a maximum.

    The range is moved such that 0 is one of the values. Gradients go to inputs inside of the range, and to the
    limit that an input is beyond.

    Args:
        inputs: Floats.
        min_vals, max_vals: Numbers, or vectors with one for each place of `axis`.
        num_bits: How many bits the values take.
        narrow_range: Whether one value fewer is used.
        axis: The axis, or None for one range.

    >>> keras.quantizers.fake_quant_with_min_max_vars([0.2, 9.0], 0.0, 3.0, num_bits=2)
    tensor([0., 3.])
    """
    low, high = (as_tensor(v).to(inputs.device, inputs.dtype) for v in (min_vals, max_vals))
    if axis is not None:
        shape = [1] * inputs.ndim
        shape[axis] = -1
        low, high = low.reshape(shape), high.reshape(shape)
    first, last = float(narrow_range), float(2**num_bits - 1)
    step = (high - low) / (last - first)
    zero = torch.floor((first - low / step).clamp(first, last) + 0.5)
    nudged_low, nudged_high = (first - zero) * step, (last - zero) * step
    clamped = torch.minimum(torch.maximum(inputs, nudged_low), nudged_high)
    values = torch.floor((clamped - nudged_low) / step + 0.5) * step + nudged_low
    # The gradient is that of this sum; its value is replaced.
    inside = (inputs >= nudged_low) & (inputs <= nudged_high)
    below, above = inputs < nudged_low, inputs > nudged_high
    path = torch.where(inside, inputs, 0) + torch.where(below, low, 0) + torch.where(above, high, 0)
    return path + (values - path).detach()
