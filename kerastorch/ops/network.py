"""Pieces of networks: encodings of classes, normalizations, crossentropies, attention."""

import warnings

import torch
import torch.nn.functional as F

from kerastorch.core import settings
from kerastorch.core.dtypes import standardize_dtype, to_torch_dtype
from kerastorch.core.infer import known
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.op import Tensor, op
from kerastorch.ops.common import as_float, axes_of, one_axis, promote_all, promote_tensors


@op
def one_hot(x: Tensor, num_classes, axis=-1, dtype=None, sparse=False):
    """Class indices as vectors of 0 with a 1 at the class; all 0 for an index out of range.

    >>> keras.ops.one_hot([1, 0], 2)
    tensor([[0., 1.],
            [1., 0.]])
    """
    axis = one_axis(axis, x.ndim + 1)
    shape = [1] * (x.ndim + 1)
    shape[axis] = num_classes
    classes = torch.arange(num_classes, device=x.device).reshape(shape)
    return (x.long().unsqueeze(axis) == classes).to(to_torch_dtype(dtype))


@op
def multi_hot(inputs: Tensor, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """Sets of class indices, along the last axis, as vectors of 0 with a 1 at each class.

    >>> keras.ops.multi_hot([0, 2], 3)
    tensor([1., 0., 1.])
    """
    num_classes = kwargs.pop("num_tokens", num_classes)
    if num_classes is None:
        raise ValueError("Argument `num_classes` must be specified.")
    reduced = 1 if inputs.ndim > 1 else 0
    return one_hot(inputs, num_classes, axis, dtype).amax(reduced)


@op
def moments(x: Tensor, axes, keepdims=False, synchronized=False):
    """The mean and the variance over axes.

    >>> keras.ops.moments([1.0, 3.0], axes=[0])
    (tensor(2.), tensor(1.))
    """
    wide = x.float() if x.dtype is torch.float16 else as_float(x)
    variance, mean = torch.var_mean(wide, axes_of(axes, x.ndim), correction=0, keepdim=keepdims)
    dtype = as_float(x[:0]).dtype
    if dtype is torch.float16:  # what is too large for it becomes its largest number
        limit = torch.finfo(dtype).max
        mean, variance = mean.clamp(-limit, limit), variance.clamp(-limit, limit)
    return mean.to(dtype), variance.to(dtype)


@op
def batch_normalization(
    x: Tensor, mean: Tensor, variance: Tensor, axis, offset: Tensor = None, scale: Tensor = None, epsilon=1e-3
):
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, these being vectors along an axis.

    >>> keras.ops.batch_normalization([[1.0], [3.0]], [2.0], [1.0], axis=-1, epsilon=0.0)
    tensor([[-1.],
            [ 1.]])
    """
    shape = [1] * x.ndim
    axis = one_axis(axis, x.ndim)
    shape[axis] = -1
    for name, vector in (("mean", mean), ("variance", variance), ("offset", offset), ("scale", scale)):
        if vector is None or vector.shape == x.shape[axis : axis + 1]:
            continue
        if known(x.shape)[axis] is not None:
            raise _not_a_vector(name, vector, x, axis)
    factor = torch.rsqrt(variance + epsilon)
    if scale is not None:
        factor = factor * scale
    shift = -mean * factor
    if offset is not None:
        shift = shift + offset
    return x * factor.reshape(shape).to(x.dtype) + shift.reshape(shape).to(x.dtype)


def _not_a_vector(name, vector, x, axis):
    return ValueError(
        f"`{name}` must be a vector of length {x.shape[axis]}, the size of axis {axis} of `x`. "
        f"Received: {name}.shape={tuple(vector.shape)}, x.shape={tuple(x.shape)}"
    )


@op
def layer_normalization(
    x: Tensor, gamma: Tensor = None, beta: Tensor = None, axis=-1, epsilon=None, **kwargs
):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, mean and variance being over axes.

    >>> keras.ops.layer_normalization([[1.0, 3.0]], epsilon=0.0)
    tensor([[-1.,  1.]])
    """
    epsilon = settings.epsilon() if epsilon is None else epsilon
    dtype = as_float(x[:0]).dtype
    wide = as_float(x).float() if dtype in (torch.float16, torch.bfloat16) else as_float(x)
    variance, mean = torch.var_mean(wide, axes_of(axis, x.ndim), correction=0, keepdim=True)
    if kwargs.pop("rms_scaling", False):
        warnings.warn(
            "You passed `rms_scaling=True`, which is deprecated: it is not the RMS normalization of the literature. "
            "Use `ops.rms_normalization` instead.",
            stacklevel=3,
        )
        mean, value = None, wide * torch.rsqrt(variance + epsilon)
    else:
        value = (wide - mean) * torch.rsqrt(variance + epsilon)
    return _scaled(value, gamma, beta, axis).to(dtype)


def _scaled(value, gamma, beta, axis):
    axes = axes_of(axis, value.ndim)
    shape = [size if i in axes else 1 for i, size in enumerate(value.shape)]
    if gamma is not None:
        value = value * gamma.reshape(shape)
    return value if beta is None else value + beta.reshape(shape)


@op
def rms_normalization(x: Tensor, scale: Tensor = None, axis=-1, epsilon=None):
    """x / sqrt(mean(x²) + epsilon) * scale, the mean being over axes.

    >>> keras.ops.rms_normalization([[3.0, 3.0]])
    tensor([[1., 1.]])
    """
    epsilon = settings.epsilon() if epsilon is None else epsilon
    dtype = as_float(x[:0]).dtype
    wide = as_float(x).float() if dtype in (torch.float16, torch.bfloat16) else as_float(x)
    square = wide.square().mean(axes_of(axis, x.ndim), keepdim=True)
    return _scaled(wide * torch.rsqrt(square + epsilon), scale, None, axis).to(dtype)


def _pair(target, output):
    target, output = promote_tensors(target, output, float)
    if target.shape != output.shape:
        raise ValueError(
            "Arguments `target` and `output` must have the same shape. "
            f"Received: target.shape={tuple(target.shape)}, output.shape={tuple(output.shape)}"
        )
    return target, output


def _clipped(x):
    return x.clamp(settings.epsilon(), 1 - settings.epsilon())


@op
def binary_crossentropy(target: Tensor, output: Tensor, from_logits=False):
    """-target * log(output) - (1 - target) * log(1 - output), for each element.

    >>> keras.ops.binary_crossentropy([1.0, 0.0], [0.5, 0.5])
    tensor([0.6931, 0.6931])
    """
    target, output = _pair(target, output)
    if from_logits:
        return F.binary_cross_entropy_with_logits(output, target, reduction="none")
    output = _clipped(output)
    return -(target * output.log() + (1 - target) * (1 - output).log())


@op
def categorical_crossentropy(target: Tensor, output: Tensor, from_logits=False, axis=-1):
    """-sum(target * log(output)) along an axis, for one-hot targets.

    >>> keras.ops.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    tensor([0.6931])
    """
    target, output = _pair(target, output)
    if from_logits:
        return -(target * F.log_softmax(output, axis)).sum(axis)
    return -(target * _clipped(output / output.sum(axis, keepdim=True)).log()).sum(axis)


@op
def sparse_categorical_crossentropy(target: Tensor, output: Tensor, from_logits=False, axis=-1):
    """-log(output[target]) along an axis, for class indices.

    >>> keras.ops.sparse_categorical_crossentropy([1], [[0.5, 0.5]])
    tensor([0.6931])
    """
    axis = one_axis(axis, output.ndim)
    if target.ndim == output.ndim and target.shape[axis] == 1:
        target = target.squeeze(axis)
    expected = output.shape[:axis] + output.shape[axis + 1 :]
    if target.shape != expected:
        raise ValueError(
            "`target` must have the shape of `output` without its class axis. "
            f"Received: target.shape={tuple(target.shape)}, output.shape={tuple(output.shape)}"
        )
    logits = output if from_logits else _clipped(output).log()
    found = F.log_softmax(logits, axis).gather(axis, target.long().unsqueeze(axis))
    return -found.squeeze(axis)


def _row_values(target, output, target_length, output_length, mask_index=0):
    dtype = standardize_dtype(output.dtype)
    return KerasTensor(output.shape[:1], dtype=dtype if dtype == "float64" else "float32")


@op(shape=_row_values)
def ctc_loss(target: Tensor, output: Tensor, target_length: Tensor, output_length: Tensor, mask_index=0):
    """-log(probability of the target over all alignments).

    Args:
        target: Labels (batch, length).
        output: Logits (batch, time, classes).
        target_length, output_length: How much of each row counts (batch,).
        mask_index: The class of the blank.

    >>> keras.ops.ctc_loss([[1]], torch.zeros(1, 2, 2), [1], [2])
    tensor([0.2877])
    """
    output = output if output.dtype in (torch.float32, torch.float64) else output.float()
    return F.ctc_loss(
        F.log_softmax(output, -1).transpose(0, 1),
        target.long(),
        output_length.long(),
        target_length.long(),
        blank=mask_index,
        reduction="none",
    )


@op
def dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor = None,
    mask: Tensor = None,
    scale=None,
    is_causal=False,
    flash_attention=None,
    attn_logits_soft_cap=None,
):
    """softmax(query @ key * scale + bias) @ value, for each head.

    Args:
        query: Shape (batch, target length, heads, size).
        key, value: Shape (batch, source length, key heads, size); fewer heads than the query's are shared.
        bias: Added to the scores, broadcast to (batch, heads, target length, source length).
        mask: What is seen, broadcast likewise.
        scale: The factor, by default 1 / sqrt(size).
        is_causal: Whether later positions are hidden.
        flash_attention: Ignored: torch takes the best kernel that it has for the inputs.
        attn_logits_soft_cap: If set, scores s become cap * tanh(s / cap).

    >>> keras.ops.dot_product_attention(*[torch.ones(1, 4, 2, 8)] * 3).shape
    torch.Size([1, 4, 2, 8])
    """
    for name, x in (("query", query), ("key", key), ("value", value)):
        if x.ndim != 4:
            raise ValueError(
                "`dot_product_attention` only supports 4D inputs: (batch, length, heads, size). "
                f"Received: {name}.shape={tuple(x.shape)}"
            )
    q, k, v = (x.transpose(1, 2) for x in promote_all([query, key, value]))
    if k.shape[1] != q.shape[1]:
        k, v = (x.repeat_interleave(q.shape[1] // x.shape[1], 1) for x in (k, v))
    if mask is not None:
        mask = mask.bool()
    if attn_logits_soft_cap is not None:
        return _capped(q, k, v, bias, mask, scale, is_causal, attn_logits_soft_cap).transpose(1, 2)
    if is_causal and (mask is not None or bias is not None):
        causal = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool, device=q.device).tril()
        mask, is_causal = causal if mask is None else causal & mask, False
    if bias is not None:
        bias = bias.to(q.dtype)
        mask = bias if mask is None else torch.where(mask, bias, torch.finfo(q.dtype).min)
    return F.scaled_dot_product_attention(q, k, v, mask, is_causal=is_causal, scale=scale).transpose(1, 2)


def _capped(q, k, v, bias, mask, scale, is_causal, cap):
    scores = q @ k.transpose(-1, -2) * (q.shape[-1] ** -0.5 if scale is None else scale)
    scores = cap * torch.tanh(scores / cap)
    if bias is not None:
        scores = scores + bias
    if is_causal:
        causal = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).tril()
        mask = causal if mask is None else causal & mask
    if mask is not None:
        scores = torch.where(mask, scores, torch.finfo(scores.dtype).min)
    return scores.softmax(-1) @ v


@op
def psnr(x1: Tensor, x2: Tensor, max_val):
    """The peak signal-to-noise ratio in decibels: 20 * log10(max_val) - 10 * log10(mean((x1 - x2)²)).

    >>> keras.ops.psnr([1.0], [0.0], 1.0)
    tensor(0.)
    """
    x1, x2 = promote_tensors(x1, x2, float)
    if x1.shape != x2.shape:
        raise ValueError(
            f"Input shapes {tuple(x1.shape)} and {tuple(x2.shape)} must match for PSNR calculation."
        )
    top = torch.as_tensor(max_val, dtype=x1.dtype, device=x1.device)
    return 20 * torch.log10(top) - 10 * torch.log10((x1 - x2).square().mean())
