"""Values at places: scatter, update, slices."""

import torch

from kerastorch.core.dtypes import standardize_dtype
from kerastorch.core.edge import as_tensor
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.op import Tensor, op

_REDUCTIONS = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}


def _flat(indices, shape):
    """Return coordinates (..., n) as places in the first n axes flattened, negative ones counting from the
    end.
    """
    indices = indices.long()
    place = torch.zeros_like(indices[..., 0])
    for i in range(indices.shape[-1]):
        index = indices[..., i]
        place = place * shape[i] + torch.where(index < 0, index + shape[i], index)
    return place.reshape(-1)


@op(shape=lambda indices, values, shape: KerasTensor(tuple(shape), dtype=values.dtype))
def scatter(indices: Tensor, values: Tensor, shape):
    """Zeros of some shape with values added at coordinates.

    >>> keras.ops.scatter([[0], [2]], [1, 2], (4,))
    tensor([1, 0, 2, 0], dtype=torch.int32)
    """
    shape = tuple(int(size) for size in shape)
    n = indices.shape[-1]
    rest = shape[n:]
    zeros = torch.zeros((_product(shape[:n]), *rest), dtype=values.dtype, device=values.device)
    return zeros.index_add(0, _flat(indices, shape), values.reshape(-1, *rest)).reshape(shape)


def _product(sizes):
    total = 1
    for size in sizes:
        total *= size
    return total


@op
def scatter_update(inputs: Tensor, indices: Tensor, updates: Tensor, reduction=None):
    """Inputs with updates written at coordinates.

    Args:
        inputs: The tensor.
        indices: Coordinates (number, axes).
        updates: A value, or a slice of the further axes, for each.
        reduction: None to overwrite, or "add", "max", "min", "mul".

    >>> keras.ops.scatter_update([0, 0, 0], [[1]], [5])
    tensor([0, 5, 0], dtype=torch.int32)
    """
    n = indices.shape[-1]
    rest = inputs.shape[n:]
    flat = inputs.reshape(-1, *rest)
    place = _flat(indices, inputs.shape)
    updates = torch.as_tensor(updates, device=inputs.device).to(inputs.dtype).reshape(-1, *rest)
    if reduction is None:
        return flat.index_put((place,), updates).reshape(inputs.shape)
    if reduction not in _REDUCTIONS:
        raise ValueError(
            f"`reduction` must be one of {[None, *_REDUCTIONS]}. Received: reduction={reduction!r}"
        )
    if reduction == "add":
        return flat.index_add(0, place, updates).reshape(inputs.shape)
    place = place.reshape([-1] + [1] * len(rest)).expand(updates.shape)
    return flat.scatter_reduce(0, place, updates, _REDUCTIONS[reduction]).reshape(inputs.shape)


def _slice_shape(inputs, start_indices, shape):
    """Return the shape of a slice that starts anywhere: a size of -1 is unknown then."""
    _check_rank(inputs, start_indices, shape)
    starts = None if isinstance(start_indices, KerasTensor) else _numbers(start_indices)
    sizes = []
    for axis, size in enumerate(_numbers(shape)):
        if size == -1:
            whole = inputs.shape[axis]
            size = None if whole is None or starts is None else whole - starts[axis]
        sizes.append(size)
    return KerasTensor(sizes, dtype=standardize_dtype(inputs.dtype))


def _check_rank(inputs, start_indices, shape):
    ndim, starts = (
        len(inputs.shape),
        start_indices.shape[0] if hasattr(start_indices, "shape") else len(start_indices),
    )
    if len(shape) != ndim:
        raise ValueError(
            "The number of dimensions in `inputs` must match the number of dimensions in `shape`. "
            f"Received: inputs.shape={tuple(inputs.shape)}, shape={shape}"
        )
    if starts != ndim:
        raise ValueError(
            "The number of dimensions in `start_indices` must match the number of dimensions in `inputs`. "
            f"Received: inputs.shape={tuple(inputs.shape)}, start_indices={start_indices}"
        )


@op(shape=_slice_shape)
def slice(inputs: Tensor, start_indices, shape):
    """The part of inputs of some shape that starts at some coordinates; -1 is all that is left.

    >>> keras.ops.slice([1, 2, 3, 4], [1], [2])
    tensor([2, 3], dtype=torch.int32)
    """
    _check_rank(inputs, start_indices, shape)
    for axis, (start, size) in enumerate(zip(_numbers(start_indices), _numbers(shape))):
        start = min(max(start + (inputs.shape[axis] if start < 0 else 0), 0), inputs.shape[axis])
        inputs = inputs.narrow(axis, start, inputs.shape[axis] - start if size == -1 else size)
    return inputs


@op(shape=lambda inputs, start_indices, updates: KerasTensor(inputs.shape, standardize_dtype(inputs.dtype)))
def slice_update(inputs: Tensor, start_indices, updates: Tensor):
    """Inputs with updates written from some coordinates on.

    >>> keras.ops.slice_update([1, 2, 3, 4], [1], [9, 9])
    tensor([1, 9, 9, 4], dtype=torch.int32)
    """
    out = inputs.clone()
    view = out
    for axis, (start, size) in enumerate(zip(_numbers(start_indices), updates.shape)):
        view = view.narrow(axis, start, size)
    view.copy_(updates)
    return out


def _numbers(values):
    return [int(v) for v in (as_tensor(values).tolist() if hasattr(values, "tolist") else values)]
