"""Scales and zero points for groups of weights: q = round(w / scale) + zero, w = (q - zero) * scale."""

import torch
import torch.nn.functional as F

from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.op import Tensor, op


@op
def compute_quantization_parameters(
    x: Tensor,
    *,
    bits,
    symmetric=False,
    per_channel=False,
    group_size=-1,
    compute_dtype="float32",
    epsilon=0.0,
    signed=False,
):
    """Return scales, zero points and the largest level for weights (outputs, inputs).

    With low and high the limits of a group: scale = (high - low + epsilon) / (2 ** bits - 1), and
    zero = round(-low / scale).

    Args:
        x: The weights.
        bits: How many bits a level takes.
        symmetric: Whether the range is made symmetric around zero.
        per_channel: Whether each output has its own scale; otherwise there is one.
        group_size: How many inputs share a scale; -1 for all of them.
        compute_dtype: The dtype of the largest level.
        epsilon: Added to the range.
        signed: Whether levels are from -2 ** (bits - 1), as int8, rather than from 0, as uint8.

    Shapes: scales and zero points (outputs, groups).
    """
    if x is None:
        raise ValueError("Input tensor None cannot be None: pass the weights.")
    if x.ndim < 2:
        raise ValueError(
            f"Input weight tensor must have a rank of at least 2, but got rank {x.ndim}: (outputs, inputs)."
        )
    if not x.numel():
        raise ValueError(f"Input tensor 'x' cannot be empty. Received: shape {tuple(x.shape)}")
    grouped = per_channel and 0 < group_size < x.shape[1]
    if grouped:
        values = F.pad(x, (0, -x.shape[1] % group_size)).unflatten(1, (-1, group_size))
    else:
        values = x.reshape(len(x) if per_channel else 1, 1, -1)
    low, high = torch.aminmax(values, dim=2)
    if symmetric:
        high = torch.maximum(low.abs(), high)
        low = torch.where(low < 0, -high, low)
    flat = low == high
    low, high = torch.where(flat, low - 1, low), torch.where(flat, high + 1, high)
    levels = 2**bits - 1
    if not (signed or symmetric):  # the zero point must fit into a byte
        low = low.clamp(max=0)
        high = torch.where(-low * levels > 255 * (high - low), 0, high)
    scale = (high - low + epsilon) / levels
    scale = torch.where(scale <= 0, 1e-8, scale)
    zero = torch.full_like(scale, (levels + 1) / 2) if symmetric else torch.round(-low / scale)
    if signed:
        zero = (zero - 2 ** (bits - 1)).clamp(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if not per_channel:
        scale, zero = scale.repeat(len(x), 1), zero.repeat(len(x), 1)
    largest = torch.tensor(levels, dtype=to_torch_dtype(compute_dtype), device=x.device)
    return scale, zero.to(torch.int8 if signed else torch.uint8), largest


@op
def quantize_with_zero_point(input_tensor: Tensor, scale: Tensor, zero: Tensor, maxq: Tensor):
    """The levels, from 0 to `maxq`, of values: round(value / scale + zero)."""
    scale = torch.where(scale == 0, 1e-8, scale)
    levels = torch.round(input_tensor / scale + zero.to(scale.dtype))
    return torch.minimum(levels.clamp(min=0), torch.as_tensor(maxq, dtype=levels.dtype, device=levels.device))


@op
def dequantize_with_zero_point(input_tensor: Tensor, scale: Tensor, zero: Tensor):
    """The values of levels: scale * (level - zero)."""
    return scale * (input_tensor - zero.to(scale.dtype))


@op
def quantize_with_sz_map(
    weights_matrix: Tensor, scale: Tensor, zero: Tensor, g_idx: Tensor, maxq: Tensor, group_axis=-1
):
    """The levels of weights, of which `g_idx` tells the group of each place of `group_axis`."""
    groups = g_idx.long()
    scales, zeros = scale.index_select(group_axis, groups), zero.index_select(group_axis, groups)
    return quantize_with_zero_point(weights_matrix, scales, zeros, maxq)


@op
def dequantize_with_sz_map(weights_matrix: Tensor, scale: Tensor, zero: Tensor, g_idx: Tensor, group_axis=-1):
    """The weights of levels, of which `g_idx` tells the group of each place of `group_axis`."""
    groups = g_idx.long()
    scales, zeros = scale.index_select(group_axis, groups), zero.index_select(group_axis, groups)
    return (weights_matrix - zeros.to(scales.dtype)) * scales
