"""Functions of `tf` and `tf.math` that take many elements to one: sums, means, extremes, norms, running sums."""

import numpy as np
import torch

from ._dtypes import as_dtype, int64
from ._elementwise import FLOATS, NUMBERS, ORDERED, REALS
from ._failure import invalid
from ._tensor import EagerTensor
from ._wrap import Bool, Own, Same, SameList, op, tensor, wrap_all
from .errors import InvalidArgumentError


def axes_of(axis, rank):
    """Return an axis argument (None, a number, a sequence, a tensor) as a list of axes from 0 to rank - 1.

    >>> from compat._reduce import axes_of
    >>> axes_of(None, 2), axes_of(-1, 3), axes_of([0, 1], 2)
    ([0, 1], [2], [0, 1])
    """
    if type(axis) is int and -rank <= axis < rank:
        return [axis + rank if axis < 0 else axis]
    if axis is None:
        return list(range(rank))
    if hasattr(axis, "numpy"):
        axis = axis.numpy().tolist()
    axes = [axis] if not isinstance(axis, (list, tuple, np.ndarray, range)) else list(axis)
    out = []
    for a in axes:
        a = int(a)
        if not -rank <= a < rank:
            raise InvalidArgumentError(
                None, None, f"Invalid reduction dimension ({a} for input with {rank} dimension(s)"
            )
        out.append(a % rank)
    return out


def _extreme(x, axis, keepdims, function, empty):
    axes = axes_of(axis, x.ndim)
    if not axes:
        return x.clone()
    if x.numel() == 0:
        sizes = [x.shape[i] for i in axes]
        if 0 in sizes:
            value = (
                float(empty)
                if x.dtype.is_floating_point
                else getattr(torch.iinfo(x.dtype), "min" if empty < 0 else "max")
            )
            kept = [1 if i in axes else n for i, n in enumerate(x.shape)]
            shape = kept if keepdims else [n for i, n in enumerate(x.shape) if i not in axes]
            return torch.full(shape, value, dtype=x.dtype, device=x.device)
    return function(x, dim=axes, keepdim=keepdims)


@op("Sum", allowed=NUMBERS)
def reduce_sum(input_tensor: Same, axis=None, keepdims=False, name=None):
    """Return the sum over `axis` (all axes by default), in the dtype of the input.

    >>> print(tf.reduce_sum([1, 2, 3]))
    tf.Tensor(6, shape=(), dtype=int32)
    """
    if axis is None and not keepdims:
        return torch.sum(input_tensor, dtype=input_tensor.dtype)
    axes = axes_of(axis, input_tensor.ndim)
    return (
        torch.sum(input_tensor, dim=axes, keepdim=keepdims, dtype=input_tensor.dtype)
        if axes
        else input_tensor.clone()
    )


@op("Mean", allowed=NUMBERS)
def reduce_mean(input_tensor: Same, axis=None, keepdims=False, name=None):
    """Return the mean over `axis`; that of integers is an integer, cut towards 0."""
    if not (input_tensor.dtype.is_floating_point or input_tensor.dtype.is_complex):
        axes = axes_of(axis, input_tensor.ndim)
        count = 1
        for a in axes:
            count *= input_tensor.shape[a]
        total = (
            torch.sum(input_tensor, dim=axes, keepdim=keepdims, dtype=input_tensor.dtype)
            if axes
            else input_tensor
        )
        return torch.div(total, count, rounding_mode="trunc").to(input_tensor.dtype)
    if axis is None and not keepdims:
        return torch.mean(input_tensor)
    axes = axes_of(axis, input_tensor.ndim)
    return torch.mean(input_tensor, dim=axes, keepdim=keepdims) if axes else input_tensor.clone()


@op("Max", allowed=ORDERED)
def reduce_max(input_tensor: Same, axis=None, keepdims=False, name=None):
    """Return the greatest element over `axis`."""
    return _extreme(input_tensor, axis, keepdims, torch.amax, -np.inf)


@op("Min", allowed=ORDERED)
def reduce_min(input_tensor: Same, axis=None, keepdims=False, name=None):
    """Return the least element over `axis`."""
    return _extreme(input_tensor, axis, keepdims, torch.amin, np.inf)


@op("Prod", allowed=NUMBERS)
def reduce_prod(input_tensor: Same, axis=None, keepdims=False, name=None):
    """Return the product over `axis`."""
    out = input_tensor
    for a in sorted(axes_of(axis, input_tensor.ndim), reverse=True):
        out = torch.prod(out, dim=a, keepdim=keepdims, dtype=input_tensor.dtype)
    return out if out is not input_tensor else out.clone()


@op("All")
def reduce_all(input_tensor: Bool, axis=None, keepdims=False, name=None):
    """Return whether every element over `axis` is true."""
    axes = axes_of(axis, input_tensor.ndim)
    return torch.all(input_tensor, dim=axes, keepdim=keepdims) if axes else input_tensor.clone()


@op("Any")
def reduce_any(input_tensor: Bool, axis=None, keepdims=False, name=None):
    """Return whether an element over `axis` is true."""
    axes = axes_of(axis, input_tensor.ndim)
    return torch.any(input_tensor, dim=axes, keepdim=keepdims) if axes else input_tensor.clone()


@op("LogSumExp", allowed=REALS)
def reduce_logsumexp(input_tensor: Same, axis=None, keepdims=False, name=None):
    """Return log(sum(exp(x))) over `axis`, without overflow."""
    axes = axes_of(axis, input_tensor.ndim)
    return torch.logsumexp(input_tensor, dim=axes, keepdim=keepdims) if axes else input_tensor.clone()


def _variance(x, axis, keepdims):
    if not (x.dtype.is_floating_point or x.dtype.is_complex):
        raise TypeError(f"Input must be either real or complex. Received integer type {as_dtype(x.dtype)!s}.")
    axes = axes_of(axis, x.ndim)
    centered = x - x.mean(dim=axes, keepdim=True) if axes else x - x
    squares = (centered * centered.conj()).real if x.is_complex() else centered.square()
    return squares.mean(dim=axes, keepdim=keepdims) if axes else squares


@op("Variance")
def reduce_variance(input_tensor: Same, axis=None, keepdims=False, name=None):
    """Return the mean squared distance from the mean over `axis`."""
    return _variance(input_tensor, axis, keepdims)


@op("Std")
def reduce_std(input_tensor: Same, axis=None, keepdims=False, name=None):
    """Return the square root of the variance over `axis`."""
    return torch.sqrt(_variance(input_tensor, axis, keepdims))


@op("EuclideanNorm", allowed=NUMBERS)
def reduce_euclidean_norm(input_tensor: Same, axis=None, keepdims=False, name=None):
    """Return the square root of the sum of squares over `axis`."""
    squares = (input_tensor * input_tensor.conj()).sum(dim=axes_of(axis, input_tensor.ndim), keepdim=keepdims)
    return torch.sqrt(squares).to(input_tensor.dtype)


def _index_of_extreme(function, input, axis, output_type):
    if input.ndim == 0:
        return torch.zeros((), dtype=output_type._torch, device=input.device)
    axis = 0 if axis is None else axes_of(axis, input.ndim)[0]
    if input.shape[axis] == 0:
        raise InvalidArgumentError(
            None, None, f"Reduction axis {axis} is empty in shape {list(input.shape)} [Op:ArgMax]"
        )
    if input.dtype == torch.bool:
        input = input.to(torch.uint8)
    return function(input, dim=axis).to(output_type._torch)


def argmax(input, axis=None, output_type=int64, name=None):
    """Return the index of the greatest element along `axis` (0 by default), the first of equal ones."""
    return _argmax(input, axis, as_dtype(output_type))


@op("ArgMax")
def _argmax(input: Own, axis, output_type):
    return _index_of_extreme(torch.argmax, input, axis, output_type)


def argmin(input, axis=None, output_type=int64, name=None):
    """Return the index of the least element along `axis` (0 by default), the first of equal ones."""
    return _argmin(input, axis, as_dtype(output_type))


@op("ArgMin")
def _argmin(input: Own, axis, output_type):
    return _index_of_extreme(torch.argmin, input, axis, output_type)


def count_nonzero(input, axis=None, keepdims=None, dtype=int64, name=None):
    """Return the number of elements that are not 0 (not empty, for strings)."""
    dtype = as_dtype(dtype)
    return _count_nonzero(input, axis, bool(keepdims), dtype)


def _count_strings(input, axis, keepdims, dtype):
    return _count(torch.from_numpy(np.asarray(input != b"", dtype=bool)), axis, keepdims, dtype)


def _count(flags, axis, keepdims, dtype):
    axes = axes_of(axis, flags.ndim)
    return (flags.sum(dim=axes, keepdim=keepdims) if axes else flags).to(dtype._torch)


@op("CountNonzero", strings=_count_strings)
def _count_nonzero(input: Own, axis, keepdims, dtype):
    return _count(input != 0, axis, keepdims, dtype)


def _running(x, axis, exclusive, reverse, function, first):
    axis = axes_of(axis, x.ndim)[0]
    if reverse:
        x = x.flip(axis)
    out = function(x, axis)
    if exclusive:
        start = torch.full_like(x.narrow(axis, 0, 1), first) if x.shape[axis] else x
        out = torch.cat([start, out.narrow(axis, 0, max(0, x.shape[axis] - 1))], dim=axis)
    return out.flip(axis) if reverse else out


@op("Cumsum", allowed=NUMBERS)
def cumsum(x: Same, axis=0, exclusive=False, reverse=False, name=None):
    """Return the running sum along `axis`: [a, a + b, ...], or [0, a, ...] if exclusive."""
    return _running(x, axis, exclusive, reverse, lambda x, a: torch.cumsum(x, a, dtype=x.dtype), 0)


@op("Cumprod", allowed=NUMBERS)
def cumprod(x: Same, axis=0, exclusive=False, reverse=False, name=None):
    """Return the running product along `axis`."""
    return _running(x, axis, exclusive, reverse, lambda x, a: torch.cumprod(x, a, dtype=x.dtype), 1)


@op("CumulativeLogsumexp", allowed=REALS)
def cumulative_logsumexp(x: Same, axis=0, exclusive=False, reverse=False, name=None):
    """Return log of the running sum of exp(x) along `axis`."""
    return _running(x, axis, exclusive, reverse, torch.logcumsumexp, torch.finfo(x.dtype).min)


@op("Norm", allowed=FLOATS)
def _norm(tensor: Same, ord, axis, keepdims):
    matrix = isinstance(axis, (list, tuple))
    if matrix and len(axis) != 2:
        raise ValueError(f"'axis' must be None, an integer, or a tuple of 2 unique integers, got {axis}")
    if ord in ("fro", "euclidean"):
        if axis is None:
            out = torch.linalg.vector_norm(tensor)
            return out.reshape([1] * tensor.ndim) if keepdims else out
        return torch.linalg.vector_norm(tensor, dim=list(axis) if matrix else axis, keepdim=keepdims)
    if isinstance(ord, str):
        raise ValueError(f"'ord' must be a supported vector or matrix norm, got {ord}")
    if matrix:
        return torch.linalg.matrix_norm(tensor, ord=ord, dim=list(axis), keepdim=keepdims)
    out = torch.linalg.vector_norm(tensor, ord=ord, dim=axis, keepdim=keepdims and axis is not None)
    return out.reshape([1] * tensor.ndim) if keepdims and axis is None else out


def norm(tensor, ord="euclidean", axis=None, keepdims=None, name=None):
    """Return the norm of vectors, or of matrices when `axis` is a pair.

    >>> print(tf.norm([3.0, 4.0]))
    tf.Tensor(5.0, shape=(), dtype=float32)
    """
    return _norm(tensor, ord, axis, bool(keepdims))


@op("ClipByNorm", allowed=FLOATS)
def clip_by_norm(t: Same, clip_norm: Same, axes=None, name=None):
    """Return t, scaled so that its L2 norm over `axes` is at most `clip_norm`."""
    norms = torch.linalg.vector_norm(t, dim=axes_of(axes, t.ndim), keepdim=True) if t.ndim else t.abs()
    return t * clip_norm / torch.maximum(norms, clip_norm)


def global_norm(t_list, name=None):
    """Return the square root of the sum of all squares in a list of tensors; None stands for nothing."""
    present = [t for t in t_list if t is not None]
    return _global_norm(present)


@op("GlobalNorm", allowed=FLOATS)
def _global_norm(t_list: SameList):
    return torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(t) for t in t_list]))


def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    """Return the list scaled so that its global norm is at most `clip_norm`, and the global norm before."""
    norm = global_norm(t_list) if use_norm is None else tensor(use_norm)
    clipped = [None if t is None else _scale_to(t, norm, clip_norm) for t in t_list]
    return clipped, norm


@op("Mul", allowed=FLOATS)
def _scale_to(t: Same, norm: Same, clip_norm: Same):
    scale = clip_norm * torch.minimum(1 / norm, 1 / clip_norm)
    return t * torch.where(torch.isfinite(norm), scale, torch.full_like(scale, torch.nan))


def bincount(
    arr, weights=None, minlength=None, maxlength=None, dtype=None, name=None, axis=None, binary_output=False
):
    """Return how often each whole number from 0 on stands in `arr`."""
    arr = tensor(arr)._t
    flat = arr.reshape(-1).to(torch.int64) if axis in (None, 0) else arr.to(torch.int64)
    if axis not in (None, 0):
        length = max(int(flat.max()) + 1 if flat.numel() else 0, int(minlength or 0))
        length = min(length, int(maxlength)) if maxlength is not None else length
        hot = torch.nn.functional.one_hot(flat, max(length, int(flat.max()) + 1))[..., :length].sum(-2)
        return wrap_all((hot.clamp(max=1) if binary_output else hot).to(as_dtype(dtype or "int32")._torch))
    if flat.numel() and int(flat.min()) < 0:
        raise invalid("DenseBincount", "Input arr must be non-negative!")
    limit = None if maxlength is None else int(maxlength)
    values = None if weights is None else tensor(weights)._t.reshape(-1)
    if limit is not None:
        keep = flat < limit
        flat, values = flat[keep], None if values is None else values[keep]
    counts = torch.bincount(flat, weights=values, minlength=int(minlength or 0))
    if binary_output:
        counts = counts.clamp(max=1)
    kind = as_dtype(dtype)._torch if dtype is not None else torch.int32 if values is None else values.dtype
    return wrap_all(counts.to(kind))


def confusion_matrix(labels, predictions, num_classes=None, weights=None, dtype="int32", name=None):
    """Return the matrix whose element (i, j) counts the predictions j for the label i."""
    labels, predictions = (tensor(v)._t.reshape(-1).to(torch.int64) for v in (labels, predictions))
    if labels.numel() and int(torch.minimum(labels.min(), predictions.min())) < 0:
        raise invalid("ConfusionMatrix", "`labels` contains negative values")
    if num_classes is None:
        num_classes = int(torch.maximum(labels.max(), predictions.max())) + 1
    elif labels.numel() and int(torch.maximum(labels.max(), predictions.max())) >= int(num_classes):
        raise invalid("ConfusionMatrix", "`labels` out of bound")
    kind = as_dtype(dtype)._torch
    values = (
        torch.ones_like(labels, dtype=kind) if weights is None else tensor(weights)._t.reshape(-1).to(kind)
    )
    out = torch.zeros((int(num_classes), int(num_classes)), dtype=kind, device=labels.device)
    return EagerTensor(out.index_put_((labels, predictions), values, accumulate=True))
