"""Join and cut: concatenate, stack, split, unstack."""

import torch

from kerastorch.core.edge import as_tensor
from kerastorch.core.infer import is_inferring, known
from kerastorch.core.op import Tensor, Tensors, op
from kerastorch.ops.common import one_axis, promote_all


@op
def concatenate(xs: Tensors, axis=0):
    """Tensors one behind the other along an axis.

    >>> keras.ops.concatenate([[1, 2], [3]])
    tensor([1, 2, 3], dtype=torch.int32)
    """
    xs = promote_all(list(xs))
    return torch.cat([x.reshape(-1) for x in xs]) if axis is None else torch.cat(xs, axis)


@op
def stack(x: Tensors, axis=0):
    """Tensors of one shape along a new axis.

    >>> keras.ops.stack([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]], dtype=torch.int32)
    """
    return torch.stack(promote_all(list(x)), axis)


@op
def vstack(xs: Tensors):
    """Tensors on top of each other.

    >>> keras.ops.vstack([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]], dtype=torch.int32)
    """
    return torch.vstack(promote_all(list(xs)))


@op
def hstack(xs: Tensors):
    """Tensors side by side.

    >>> keras.ops.hstack([[1, 2], [3, 4]])
    tensor([1, 2, 3, 4], dtype=torch.int32)
    """
    return torch.hstack(promote_all(list(xs)))


@op
def dstack(xs: Tensors):
    """Tensors along the third axis.

    >>> keras.ops.dstack([[1, 2], [3, 4]]).shape
    torch.Size([1, 2, 2])
    """
    return torch.dstack(promote_all(list(xs)))


@op
def append(x1: Tensor, x2: Tensor, axis=None):
    """x1 and x2 along an axis, or both flattened.

    >>> keras.ops.append([1, 2], [3])
    tensor([1, 2, 3], dtype=torch.int32)
    """
    x1, x2 = promote_all([x1, as_tensor(x2)])
    return torch.cat([x1.reshape(-1), x2.reshape(-1)]) if axis is None else torch.cat([x1, x2], axis)


@op
def split(x: Tensor, indices_or_sections, axis=0):
    """A list of parts of x: so many equal ones, or those between indices.

    >>> keras.ops.split([1, 2, 3, 4], 2)
    [tensor([1, 2], dtype=torch.int32), tensor([3, 4], dtype=torch.int32)]
    """
    axis = one_axis(axis, x.ndim)
    if isinstance(indices_or_sections, int):
        if x.shape[axis] % indices_or_sections:
            raise ValueError(
                f"The size of axis {axis} must be a multiple of the number of sections. "
                f"Received: x.shape={tuple(x.shape)}, indices_or_sections={indices_or_sections}"
            )
        return list(torch.tensor_split(x, indices_or_sections, axis))
    return list(torch.tensor_split(x, _cuts(x, indices_or_sections, axis), axis))


def _cuts(x, indices_or_sections, axis):
    """Return the places to cut at as integers; of an unknown size they are assumed to lie within it."""
    if isinstance(indices_or_sections, int):
        return indices_or_sections
    cuts = [int(i) for i in indices_or_sections]
    if is_inferring() and cuts and x.shape[axis] <= max(cuts) and known(x.shape)[axis] is None:
        raise ValueError(f"The size {x.shape[axis]} is too small to be cut at {cuts}.")
    return cuts


@op
def array_split(x: Tensor, indices_or_sections, axis=0):
    """A list of parts of x, the first ones longer where the sizes cannot be equal.

    >>> keras.ops.array_split([1, 2, 3], 2)
    [tensor([1, 2], dtype=torch.int32), tensor([3], dtype=torch.int32)]
    """
    return list(torch.tensor_split(x, _cuts(x, indices_or_sections, axis), axis))


@op
def hsplit(x: Tensor, indices_or_sections):
    """Parts of x along the second axis (the first of a vector).

    >>> keras.ops.hsplit([1, 2], 2)
    [tensor([1], dtype=torch.int32), tensor([2], dtype=torch.int32)]
    """
    return list(torch.hsplit(x, _cuts(x, indices_or_sections, 0 if x.ndim == 1 else 1)))


@op
def vsplit(x: Tensor, indices_or_sections):
    """Parts of x along the first axis.

    >>> keras.ops.vsplit([[1], [2]], 2)
    [tensor([[1]], dtype=torch.int32), tensor([[2]], dtype=torch.int32)]
    """
    return list(torch.vsplit(x, _cuts(x, indices_or_sections, 0)))


@op
def dsplit(x: Tensor, indices_or_sections):
    """Parts of x along the third axis.

    >>> len(keras.ops.dsplit(torch.zeros(1, 1, 4), 2))
    2
    """
    return list(torch.dsplit(x, _cuts(x, indices_or_sections, 2)))


@op
def unstack(x: Tensor, num=None, axis=0):
    """A list of the slices of x along an axis.

    >>> keras.ops.unstack([1, 2])
    [tensor(1, dtype=torch.int32), tensor(2, dtype=torch.int32)]
    """
    axis = one_axis(axis, x.ndim)
    if num is None:
        if is_inferring() and known(x.shape)[axis] is None:
            raise ValueError(
                f"Cannot infer argument `num` from shape {known(x.shape)}. Either provide a tensor with a concrete "
                "size along `axis`, or pass `num`."
            )
    elif is_inferring() and known(x.shape)[axis] is None:
        return [x.select(axis, 0) for _ in range(num)]
    elif num != x.shape[axis]:
        raise ValueError(
            f"`num` must be the size of axis {axis}. Received: num={num}, x.shape={tuple(x.shape)}"
        )
    return list(torch.unbind(x, axis))
