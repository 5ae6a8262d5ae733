"""What operations share: promotion, axes."""

import torch

from kerastorch.core.dtypes import result_type, to_torch_dtype


def promote(x1, x2, *weak):
    """Return two arrays in the dtype of Keras's promotion; a Python number stays one.

    Args:
        x1: A tensor.
        x2: A tensor or a Python number.
        *weak: Further types that take part (`float`: integers become floats).
    """
    if isinstance(x2, torch.Tensor):
        if x1.dtype is x2.dtype and not weak:
            return x1, x2
        dtype = to_torch_dtype(result_type(x1.dtype, x2.dtype, *weak))
        return x1.to(dtype), x2.to(dtype)
    dtype = to_torch_dtype(result_type(x1.dtype, "bool" if isinstance(x2, bool) else type(x2), *weak))
    return (x1 if x1.dtype is dtype else x1.to(dtype)), x2


def promote_tensors(x1, x2, *weak):
    """Like `promote`, a number becoming a tensor."""
    x1, x2 = promote(x1, x2, *weak)
    if not isinstance(x2, torch.Tensor):
        x2 = torch.tensor(x2, dtype=x1.dtype, device=x1.device)
    return x1, x2


def promote_all(tensors):
    """Return tensors in one dtype."""
    if all(x.dtype is tensors[0].dtype for x in tensors):
        return list(tensors)
    dtype = to_torch_dtype(result_type(*(x.dtype for x in tensors)))
    return [x.to(dtype) for x in tensors]


def as_float(x):
    """Return a tensor of integers or booleans as floats, any other as it is."""
    return x if x.is_floating_point() or x.is_complex() else x.to(to_torch_dtype(None))


def axes_of(axis, ndim):
    """Return axes as a tuple of integers of 0 or more; None is all of them."""
    if axis is None:
        return tuple(range(ndim))
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    for a in axes:
        if not -ndim <= a < ndim:
            raise ValueError(
                f"axis {a} is out of bounds for a tensor of {ndim} axes: `axis` must be in [-{ndim}, {ndim}). "
                f"Received: axis={axis}"
            )
    return tuple(a % ndim for a in axes)


def over(x, axis, keepdims=False):
    """Return (x, axes, keepdims) for a reduction: over no axes at all, x gets one of size 1 to reduce."""
    axes = axes_of(axis, x.ndim)
    return (x, axes, keepdims) if axes else (x.unsqueeze(-1), (x.ndim,), False)


def one_axis(axis, ndim):
    """Return an axis as an integer of 0 or more."""
    return axes_of(int(axis), ndim)[0]
