"""Element by element, comparisons, and reductions."""

import torch

from kerastorch import ops
from kerastorch.core import settings
from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.op import Tensor, op

_TINY = 1e-12


@op
def sqrt(x: Tensor):
    """The square root, 0 where x is negative.

    >>> keras.backend.sqrt([4.0, -1.0])
    tensor([2., 0.])
    """
    return torch.sqrt(x.clamp(min=0))


@op
def pow(x: Tensor, a: Tensor):
    """x to the power a."""
    return torch.pow(x, a)


@op
def round(x: Tensor):
    """The nearest integer; halves go to the even one."""
    return torch.round(x)


@op
def clip(x: Tensor, min_value: Tensor, max_value: Tensor):
    """x, kept between two values; None is no limit.

    >>> keras.backend.clip([-2.0, 0.5, 2.0], 0.0, 1.0)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min_value is not None:
        x = torch.maximum(x, torch.as_tensor(min_value, dtype=x.dtype, device=x.device))
    if max_value is not None:
        x = torch.minimum(x, torch.as_tensor(max_value, dtype=x.dtype, device=x.device))
    return x


@op
def equal(x: Tensor, y: Tensor):
    """x == y, element by element."""
    return torch.eq(x, y)


@op
def not_equal(x: Tensor, y: Tensor):
    """x != y, element by element."""
    return torch.ne(x, y)


@op
def greater(x: Tensor, y: Tensor):
    """x > y, element by element."""
    return torch.gt(x, y)


@op
def greater_equal(x: Tensor, y: Tensor):
    """x >= y, element by element."""
    return torch.ge(x, y)


@op
def less(x: Tensor, y: Tensor):
    """x < y, element by element."""
    return torch.lt(x, y)


@op
def less_equal(x: Tensor, y: Tensor):
    """x <= y, element by element."""
    return torch.le(x, y)


@op
def maximum(x: Tensor, y: Tensor):
    """The larger of two, element by element."""
    return ops.maximum(x, y)


@op
def minimum(x: Tensor, y: Tensor):
    """The smaller of two, element by element."""
    return ops.minimum(x, y)


@op
def max(x: Tensor, axis=None, keepdims=False):
    """The largest value along an axis.

    >>> keras.backend.max([[1.0, 3.0], [2.0, 0.0]], axis=1)
    tensor([3., 2.])
    """
    return ops.max(x, axis=axis, keepdims=keepdims)


@op
def min(x: Tensor, axis=None, keepdims=False):
    """The smallest value along an axis."""
    return ops.min(x, axis=axis, keepdims=keepdims)


@op
def sum(x: Tensor, axis=None, keepdims=False):
    """The sum along an axis.

    >>> keras.backend.sum([[1.0, 3.0], [2.0, 0.0]], axis=0)
    tensor([3., 3.])
    """
    return ops.sum(x, axis=axis, keepdims=keepdims)


@op
def prod(x: Tensor, axis=None, keepdims=False):
    """The product along an axis."""
    return ops.prod(x, axis=axis, keepdims=keepdims)


@op
def argmax(x: Tensor, axis=-1):
    """The place of the largest value along an axis, int64."""
    return torch.argmax(x, axis)


@op
def argmin(x: Tensor, axis=-1):
    """The place of the smallest value along an axis, int64."""
    return torch.argmin(x, axis)


@op
def cumsum(x: Tensor, axis=0):
    """The running sum along an axis."""
    return ops.cumsum(x, axis=axis)


@op
def cumprod(x: Tensor, axis=0):
    """The running product along an axis."""
    return ops.cumprod(x, axis=axis)


@op
def l2_normalize(x: Tensor, axis=None):
    """x / sqrt(max(sum(x ** 2), 1e-12)), the sum being along an axis, or over everything.

    >>> keras.backend.l2_normalize([[3.0, 4.0]], axis=-1)
    tensor([[0.6000, 0.8000]])
    """
    return x * torch.rsqrt(ops.sum(x * x, axis=axis, keepdims=True).clamp(min=_TINY))


@op
def dot(x: Tensor, y: Tensor):
    """The matrix product; beyond matrices, over the last axis of x and the second to last of y.

    >>> keras.backend.dot(np.ones((2, 3, 4)), np.ones((5, 4, 6))).shape
    torch.Size([2, 3, 5, 6])
    """
    return torch.tensordot(x, y, dims=([-1], [-2 if y.ndim > 1 else -1]))


@op
def batch_dot(x: Tensor, y: Tensor, axes=None):
    """The product of each row's arrays, summed over one axis of each.

    Args:
        x, y: (batch, ...), of two axes or more.
        axes: The axis of x and that of y, or one number for both; by default the last of x and the second to
            last of y (its last, when y has two).

    Shapes: the other axes of x, then those of y; (batch, 1) when none is left.

    >>> keras.backend.batch_dot(np.ones((2, 3)), np.ones((2, 3)), axes=1).shape
    torch.Size([2, 1])
    """
    if x.ndim < 2 or y.ndim < 2:
        raise ValueError(
            f"`batch_dot` needs arrays of two axes or more. Received: shapes {tuple(x.shape)} and {tuple(y.shape)}"
        )
    if axes is None:
        axes = (x.ndim - 1, 1 if y.ndim == 2 else y.ndim - 2)
    first, second = (axes, axes) if isinstance(axes, int) else axes
    first, second = first % x.ndim, second % y.ndim
    if 0 in (first, second):
        raise ValueError(f"`axes` cannot be the batch axis, 0. Received: axes={axes}")
    if x.shape[first] != y.shape[second]:
        raise ValueError(
            f"`batch_dot` needs axes of one size. Received: shapes {tuple(x.shape)} and {tuple(y.shape)}, axes={axes}"
        )
    x, y = x.movedim(first, -1), y.movedim(second, 1)
    outer = (*x.shape[1:-1], *y.shape[2:])
    product = torch.bmm(x.flatten(1, -2) if x.ndim > 2 else x[:, None], y.reshape(*y.shape[:2], -1))
    return product.reshape(x.shape[0], *(outer or (1,)))


@op
def cast(x: Tensor, dtype):
    """x in a dtype.

    >>> keras.backend.cast([1, 0], "bool")
    tensor([ True, False])
    """
    return x.to(to_torch_dtype(dtype))


@op
def cast_to_floatx(x: Tensor):
    """x in the default float type."""
    return x.to(to_torch_dtype(settings.floatx()))
