"""Products of matrices and tensors: matmul, einsum, dot and their kin."""

import torch

from kerastorch.core import settings
from kerastorch.core.edge import as_tensor
from kerastorch.core.op import Tensor, op
from kerastorch.ops.common import as_float, axes_of, promote_all, promote_tensors


def _wide(dtype):
    return torch.int32 if dtype is torch.int8 else dtype


_HALVES = (torch.float16, torch.bfloat16)


@op
def matmul(x1: Tensor, x2: Tensor):
    """The product of matrices, in stacks of them where there are more axes.

    >>> keras.ops.matmul([[1.0, 2.0]], [[3.0], [4.0]])
    tensor([[11.]])
    """
    if isinstance(x2, torch.Tensor) and x1.dtype is x2.dtype and x1.is_floating_point():
        return torch.matmul(x1, x2)
    dtype = _wide(x1.dtype) if x1.dtype is x2.dtype else None
    x1, x2 = promote_tensors(x1, x2)
    if x1.dtype is torch.bool:
        return torch.matmul(x1.int(), x2.int()) > 0
    return torch.matmul(x1, x2) if dtype in (None, x1.dtype) else torch.matmul(x1.to(dtype), x2.to(dtype))


@op
def dot(x1: Tensor, x2: Tensor):
    """The sum of products over the last axis of x1 and the last but one of x2 (or its only one).

    >>> keras.ops.dot([1.0, 2.0], [3.0, 4.0])
    tensor(11.)
    """
    x1, x2 = promote_tensors(x1, x2)
    if x1.ndim == 0 or x2.ndim == 0:
        return x1 * x2
    if x2.ndim == 1:
        return torch.tensordot(x1, x2, ([-1], [0]))
    return torch.tensordot(x1, x2, ([-1], [-2]))


@op
def vdot(x1: Tensor, x2: Tensor):
    """The sum of products of all elements, x1 being conjugated.

    >>> keras.ops.vdot([1.0, 2.0], [3.0, 4.0])
    tensor(11.)
    """
    x1, x2 = promote_tensors(x1, x2)
    return torch.vdot(x1.reshape(-1), x2.reshape(-1))


@op
def inner(x1: Tensor, x2: Tensor):
    """The sum of products over the last axes.

    >>> keras.ops.inner([1.0, 2.0], [3.0, 4.0])
    tensor(11.)
    """
    x1, x2 = promote_tensors(x1, x2)
    if x1.ndim == 0 or x2.ndim == 0:
        return x1 * x2
    if x1.shape[-1] != x2.shape[-1]:
        raise ValueError(
            "The last dimension of `x1` and `x2` must match. "
            f"Received: x1.shape={tuple(x1.shape)}, x2.shape={tuple(x2.shape)}"
        )
    return torch.tensordot(x1, x2, ([-1], [-1]))


@op
def outer(x1: Tensor, x2: Tensor):
    """The products of all pairs.

    >>> keras.ops.outer([1, 2], [3, 4])
    tensor([[3, 4],
            [6, 8]], dtype=torch.int32)
    """
    x1, x2 = promote_tensors(x1, x2)
    return torch.outer(x1.reshape(-1), x2.reshape(-1))


@op
def tensordot(x1: Tensor, x2: Tensor, axes=2):
    """The sum of products over pairs of axes: the last ones of x1 with the first ones of x2, or those named.

    >>> keras.ops.tensordot([[1.0, 2.0]], [[3.0], [4.0]], axes=1)
    tensor([[11.]])
    """
    x1, x2 = promote_tensors(x1, x2)
    if not isinstance(axes, int):
        axes = tuple([a] if isinstance(a, int) else list(a) for a in axes)
    return torch.tensordot(x1, x2, axes)


@op
def kron(x1: Tensor, x2: Tensor):
    """The Kronecker product.

    >>> keras.ops.kron([1, 2], [1, 1])
    tensor([1, 1, 2, 2], dtype=torch.int32)
    """
    return torch.kron(*promote_tensors(x1, x2))


@op
def cross(x1: Tensor, x2: Tensor, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The cross product of vectors of 2 or 3 elements.

    >>> keras.ops.cross([1, 0, 0], [0, 1, 0])
    tensor([0, 0, 1], dtype=torch.int32)
    """
    x1, x2 = promote_tensors(x1, x2)
    if axis is not None:
        axisa = axisb = axisc = axis
    x1, x2 = x1.movedim(axisa, -1), x2.movedim(axisb, -1)
    flat = x1.shape[-1] == 2 and x2.shape[-1] == 2
    x1, x2 = (x if x.shape[-1] == 3 else torch.cat([x, torch.zeros_like(x[..., :1])], -1) for x in (x1, x2))
    x1, x2 = torch.broadcast_tensors(x1, x2)
    value = torch.linalg.cross(x1, x2)
    return value[..., 2] if flat else value.movedim(-1, axisc)


@op
def einsum(subscripts, *operands, **kwargs):
    """The sum of products that Einstein's notation describes.

    >>> keras.ops.einsum("ij,jk->ik", [[1.0, 2.0]], [[3.0], [4.0]])
    tensor([[11.]])
    """
    operands = [as_tensor(x) for x in operands]
    if all(x.dtype is torch.int8 for x in operands):  # sums of products of these overflow
        operands = [x.int() for x in operands]
    operands = promote_all(operands)
    return torch.einsum(subscripts, *operands)


@op
def cdist(x: Tensor, y: Tensor):
    """The Euclidean distances between rows of x and rows of y.

    >>> keras.ops.cdist([[0.0, 0.0]], [[3.0, 4.0]])
    tensor([[5.]])
    """
    x, y = promote_tensors(x, y, float)
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(
            "The last dimensions of `x` and `y` must match. "
            f"Received: x.shape={tuple(x.shape)}, y.shape={tuple(y.shape)}"
        )
    return torch.cdist(x, y)


@op
def correlate(x1: Tensor, x2: Tensor, mode="valid"):
    """The correlation of two vectors: sums of products at all shifts.

    >>> keras.ops.correlate([1.0, 2.0, 3.0], [0.0, 1.0])
    tensor([2., 3.])
    """
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(
            f"`x1` and `x2` must be vectors. Received: x1.shape={tuple(x1.shape)}, x2.shape={tuple(x2.shape)}"
        )
    x1, x2 = promote_tensors(x1, x2)
    wide = x1.dtype in (torch.int64, torch.float64)
    x1, x2 = (
        x if x.is_complex() or x.dtype in _HALVES else x.double() if wide else x.float() for x in (x1, x2)
    )
    n, m = x1.numel(), x2.numel()
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"`mode` must be 'valid', 'same' or 'full'. Received: mode={mode!r}")
    full = torch.nn.functional.conv1d(
        x1.reshape(1, 1, -1), x2.conj().reshape(1, 1, -1), padding=m - 1
    ).reshape(-1)
    short, long = (n, m) if n < m else (m, n)
    if mode == "valid":
        full = full[short - 1 : long]
    elif mode == "same":
        start = (short - 1) // 2 if n >= m else short // 2
        full = full[start : start + long]
    return full


@op
def normalize(x: Tensor, axis=-1, order=2, epsilon=None):
    """x divided by its norm along an axis.

    >>> keras.ops.normalize([[3.0, 4.0]])
    tensor([[0.6000, 0.8000]])
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"Argument `order` must be an int >= 1. Received: order={order}")
    x = as_float(x)
    epsilon = settings.epsilon() if epsilon is None else epsilon
    axis = axes_of(axis, x.ndim)
    norm = torch.linalg.vector_norm(x, order, axis, keepdim=True)
    return x / norm.clamp(min=epsilon)
