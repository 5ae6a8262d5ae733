"""Shapes and places: reshape, join, split, move, repeat, pad, index."""

import numpy as np
import torch
import torch.nn.functional as F

from kerastorch.core.dtypes import standardize_dtype, to_torch_dtype
from kerastorch.core.edge import as_tensor
from kerastorch.core.infer import infer_op, is_guessing
from kerastorch.core.keras_tensor import KerasTensor, any_symbolic
from kerastorch.core.op import Tensor, op
from kerastorch.ops.common import axes_of, one_axis


def _reshaped(x, newshape):
    """Return the result for a shape with symbolic sizes in it, which are unknown."""
    if isinstance(newshape, KerasTensor):
        shape = (None,) * newshape.shape[0]
    else:
        shape = tuple(
            None if size is None or isinstance(size, KerasTensor) or size == -1 else size for size in newshape
        )
    return KerasTensor(shape, dtype=standardize_dtype(x.dtype))


def _reshape_shape(x, newshape):
    sizes = [] if isinstance(newshape, int) else newshape
    if isinstance(sizes, KerasTensor) or any_symbolic(sizes, ()):
        return _reshaped(x, newshape)
    return infer_op(reshape.fn, (x, newshape), {})


@op(shape=_reshape_shape)
def reshape(x: Tensor, newshape):
    """x in another shape, of which one size may be -1.

    >>> keras.ops.reshape([[1, 2], [3, 4]], (-1,))
    tensor([1, 2, 3, 4], dtype=torch.int32)
    """
    sizes = (newshape,) if isinstance(newshape, int) else tuple(int(size) for size in newshape)
    try:
        return torch.reshape(x, sizes)
    except RuntimeError:
        if min(sizes, default=0) >= -1 and sizes.count(-1) <= 1:
            raise
        raise ValueError(
            "Each entry of `newshape` must be a non-negative integer or -1, with at most one unknown dimension. "
            f"Received: newshape={newshape}"
        ) from None


@op
def ravel(x: Tensor):
    """x as a vector.

    >>> keras.ops.ravel([[1, 2], [3, 4]])
    tensor([1, 2, 3, 4], dtype=torch.int32)
    """
    return torch.ravel(x)


@op
def expand_dims(x: Tensor, axis):
    """x with axes of size 1 inserted.

    >>> keras.ops.expand_dims([1, 2], 0).shape
    torch.Size([1, 2])
    """
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    for a in sorted(axes_of(axes, x.ndim + len(axes))):
        x = x.unsqueeze(a)
    return x


@op
def squeeze(x: Tensor, axis=None):
    """x without axes of size 1.

    >>> keras.ops.squeeze([[1, 2]]).shape
    torch.Size([2])
    """
    if axis is None:
        return torch.squeeze(x)
    axes = axes_of(axis, x.ndim)
    for a in axes:
        if x.shape[a] != 1 or is_guessing():
            raise ValueError(
                f"Cannot squeeze axis {a}, whose size is not 1. Received: shape {tuple(x.shape)}"
            )
    return torch.squeeze(x, axes)


@op
def transpose(x: Tensor, axes=None):
    """x with its axes in another order, by default reversed.

    >>> keras.ops.transpose([[1, 2], [3, 4]])
    tensor([[1, 3],
            [2, 4]], dtype=torch.int32)
    """
    if axes is None:
        return x.permute(tuple(reversed(range(x.ndim))))
    axes, n = tuple(axes), x.ndim
    if len(axes) != n or len({a % n for a in axes}) != n or not all(-n <= a < n for a in axes):
        raise ValueError(
            "`axes` must be a list of the same length as the input shape, and a valid permutation. "
            f"Each axis in `axes` must be an integer in [-{n}, {n}). Received: x.shape={tuple(x.shape)}, "
            f"axes={list(axes)}"
        )
    return x.permute(axes)


@op
def moveaxis(x: Tensor, source, destination):
    """x with axes moved elsewhere.

    >>> keras.ops.moveaxis(torch.zeros(2, 3, 4), 0, -1).shape
    torch.Size([3, 4, 2])
    """
    return torch.movedim(x, source, destination)


@op
def swapaxes(x: Tensor, axis1, axis2):
    """x with two axes exchanged.

    >>> keras.ops.swapaxes(torch.zeros(2, 3, 4), 0, -1).shape
    torch.Size([4, 3, 2])
    """
    return torch.swapaxes(x, axis1, axis2)


@op
def broadcast_to(x: Tensor, shape):
    """x repeated to a shape, without a copy.

    >>> keras.ops.broadcast_to([1, 2], (2, 2))
    tensor([[1, 2],
            [1, 2]], dtype=torch.int32)
    """
    return torch.broadcast_to(x, tuple(shape))


@op
def repeat(x: Tensor, repeats, axis=None):
    """x with each element repeated.

    >>> keras.ops.repeat([1, 2], 2)
    tensor([1, 1, 2, 2], dtype=torch.int32)
    """
    if not isinstance(repeats, int):
        repeats = (
            [int(r) for r in as_tensor(repeats).reshape(-1).tolist()]
            if hasattr(repeats, "shape")
            else repeats
        )
        if len(repeats) > 1:
            x, axis = (x.reshape(-1), 0) if axis is None else (x, one_axis(axis, x.ndim))
            if len(repeats) != x.shape[axis]:
                raise ValueError(
                    f"`repeats` must be one number, or one for each of the {x.shape[axis]} entries along the axis. "
                    f"Received: repeats={repeats}"
                )
            places = [i for i, count in enumerate(repeats) for _ in range(count)]
            return x.index_select(axis, torch.tensor(places, dtype=torch.long, device=x.device))
        repeats = int(repeats[0])
    return torch.repeat_interleave(x, repeats, axis)


@op
def tile(x: Tensor, repeats):
    """x repeated as a whole along each axis.

    >>> keras.ops.tile([1, 2], 2)
    tensor([1, 2, 1, 2], dtype=torch.int32)
    """
    return torch.tile(x, (repeats,) if isinstance(repeats, int) else tuple(int(r) for r in repeats))


@op
def flip(x: Tensor, axis=None):
    """x with the order along axes reversed.

    >>> keras.ops.flip([1, 2, 3])
    tensor([3, 2, 1], dtype=torch.int32)
    """
    return torch.flip(x, axes_of(axis, x.ndim))


@op
def flipud(x: Tensor):
    """x with its rows in reverse order.

    >>> keras.ops.flipud([[1, 2], [3, 4]])
    tensor([[3, 4],
            [1, 2]], dtype=torch.int32)
    """
    return torch.flipud(x)


@op
def fliplr(x: Tensor):
    """x with its columns in reverse order.

    >>> keras.ops.fliplr([[1, 2], [3, 4]])
    tensor([[2, 1],
            [4, 3]], dtype=torch.int32)
    """
    return torch.fliplr(x)


@op
def rot90(array: Tensor, k=1, axes=(0, 1)):
    """x turned by 90 degrees k times in the plane of two axes.

    >>> keras.ops.rot90([[1, 2], [3, 4]])
    tensor([[2, 4],
            [1, 3]], dtype=torch.int32)
    """
    if len(axes) != 2 or axes[0] % array.ndim == axes[1] % array.ndim:
        raise ValueError(f"`axes` must be two different axes. Received: axes={axes}")
    return torch.rot90(array, k, tuple(axes))


@op
def roll(x: Tensor, shift, axis=None):
    """x with elements moved along axes, those that fall off coming back at the other end.

    >>> keras.ops.roll([1, 2, 3], 1)
    tensor([3, 1, 2], dtype=torch.int32)
    """
    if axis is not None:
        axis = axes_of(axis, x.ndim)
        shift = (shift,) * len(axis) if isinstance(shift, int) else tuple(shift)
    return torch.roll(x, shift, axis)


@op
def pad(x: Tensor, pad_width, mode="constant", constant_values=None):
    """x with values added at both ends of its axes.

    Args:
        x: The tensor.
        pad_width: How many before and after each axis: ((before, after), ...), one pair for all, or one
            number.
        mode: "constant", "reflect" (mirrored at the last value), "symmetric" (mirrored behind it) or "edge".
        constant_values: The value, by default 0.

    >>> keras.ops.pad([1, 2], (1, 1))
    tensor([0, 1, 2, 0], dtype=torch.int32)
    """
    pairs = _pairs(pad_width, x.ndim)
    if mode == "constant":
        flat = [size for pair in reversed(pairs) for size in pair]
        return F.pad(x, flat, value=0 if constant_values is None else float(constant_values))
    if constant_values is not None:
        raise ValueError(
            f"Argument `constant_values` can only be provided when `mode == 'constant'`. Received: "
            f"mode={mode}"
        )
    for axis, (before, after) in enumerate(pairs):
        if before or after:
            x = x.index_select(axis, _padded_places(x.shape[axis], before, after, mode, x.device))
    return x


def _pairs(pad_width, ndim):
    if isinstance(pad_width, int):
        return [(pad_width, pad_width)] * ndim
    pairs = list(pad_width)
    if all(isinstance(size, int) for size in pairs):
        pairs = [tuple(pairs) if len(pairs) == 2 else (pairs[0], pairs[0])] * ndim
    elif len(pairs) == 1:
        pairs = [tuple(pairs[0])] * ndim
    if len(pairs) != ndim:
        raise ValueError(
            "`pad_width` must have the same length as `x.shape`. "
            f"Received: pad_width={pad_width} (of length {len(pairs)}) and x of {ndim} axes"
        )
    return [(int(before), int(after)) for before, after in pairs]


def _padded_places(size, before, after, mode, device):
    place = torch.arange(-before, size + after, device=device)
    if mode == "edge":
        return place.clamp(0, size - 1)
    if mode == "reflect":
        period = 2 * (size - 1) if size > 1 else 1
        place = place % period
        return torch.where(place < size, place, period - place)
    if mode == "symmetric":
        place = place % (2 * size)
        return torch.where(place < size, place, 2 * size - 1 - place)
    raise ValueError(f"`mode` must be 'constant', 'reflect', 'symmetric' or 'edge'. Received: mode={mode!r}")


@op
def take(x: Tensor, indices: Tensor, axis=None):
    """Slices of x at indices along an axis (in the flattened x without one); negative ones count from the
    end.

    >>> keras.ops.take([10, 20, 30], [0, 2])
    tensor([10, 30], dtype=torch.int32)
    """
    if axis is None:
        x, axis = x.reshape(-1), 0
    indices = torch.as_tensor(indices, device=x.device).long()
    axis = one_axis(axis, x.ndim)
    places = torch.where(indices < 0, indices + x.shape[axis], indices)
    found = x.index_select(axis, places.reshape(-1))
    return found.reshape([*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]])


@op
def take_along_axis(x: Tensor, indices: Tensor, axis=None):
    """Values of x at indices along an axis, each row with indices of its own.

    >>> keras.ops.take_along_axis([[1, 2], [3, 4]], [[1], [0]], axis=1)
    tensor([[2],
            [3]], dtype=torch.int32)
    """
    if axis is None:
        x, indices, axis = x.reshape(-1), indices.reshape(-1), 0
    axis = one_axis(axis, x.ndim)
    indices = torch.where(indices < 0, indices + x.shape[axis], indices).long()
    common = torch.broadcast_shapes(
        [1 if i == axis else s for i, s in enumerate(x.shape)],
        [1 if i == axis else s for i, s in enumerate(indices.shape)],
    )
    shape = [indices.shape[i] if i == axis else common[i] for i in range(x.ndim)]
    wide = [x.shape[i] if i == axis else common[i] for i in range(x.ndim)]
    return torch.gather(x.expand(wide), axis, indices.expand(shape))


@op
def get_item(x: Tensor, key):
    """x[key].

    >>> keras.ops.get_item([1, 2, 3], slice(1, None))
    tensor([2, 3], dtype=torch.int32)
    """
    if type(key) is tuple and sum(k is Ellipsis for k in key) > 1:
        raise ValueError(f"An index can only have a single ellipsis. Received: key={key}")
    return _with_negative_steps(x, key) if _reverses(key) else x[key]


@op
def get_text_item(x, key):
    """x[key] of strings, which travel as NumPy arrays."""
    return np.asarray(x[key], object)


def _keys(key):
    return key if isinstance(key, tuple) else (key,)


def _reverses(key):
    return any(isinstance(k, slice) and isinstance(k.step, int) and k.step < 0 for k in _keys(key))


def _with_negative_steps(x, key):
    """Index with slices of negative steps, which torch lacks: select those places first."""
    keys = list(_keys(key))
    known = sum(k is not None and k is not Ellipsis for k in keys)
    if Ellipsis in keys:
        at = keys.index(Ellipsis)
        keys[at : at + 1] = [slice(None)] * (x.ndim - known)
    axis = 0
    for i, k in enumerate(keys):
        if k is None:
            continue
        if isinstance(k, slice) and k.step is not None and k.step < 0:
            places = list(range(*k.indices(x.shape[axis])))
            x = x.index_select(axis, torch.tensor(places, dtype=torch.long, device=x.device))
            keys[i] = slice(None)
        axis += 1
    return x[tuple(keys)]


@op
def diagonal(x: Tensor, offset=0, axis1=0, axis2=1):
    """The diagonal of matrices that two axes make.

    >>> keras.ops.diagonal([[1, 2], [3, 4]])
    tensor([1, 4], dtype=torch.int32)
    """
    return torch.diagonal(x, offset, *_two_axes(x, axis1, axis2))


def _two_axes(x, axis1, axis2):
    axis1, axis2 = axes_of((axis1, axis2), x.ndim)
    if axis1 == axis2:
        raise ValueError(f"`axis1` and `axis2` must be two different axes. Received: {axis1} and {axis2}")
    return axis1, axis2


@op
def trace(x: Tensor, offset=0, axis1=0, axis2=1):
    """The sum of the diagonal.

    >>> keras.ops.trace([[1, 2], [3, 4]])
    tensor(5, dtype=torch.int32)
    """
    small = (torch.bool, torch.uint8, torch.int8, torch.int16)
    dtype = torch.int32 if x.dtype in small else x.dtype
    return torch.diagonal(x, offset, *_two_axes(x, axis1, axis2)).sum(-1, dtype=dtype)


@op
def tril(x: Tensor, k=0):
    """x with 0 above the diagonal `k`.

    >>> keras.ops.tril([[1, 2], [3, 4]])
    tensor([[1, 0],
            [3, 4]], dtype=torch.int32)
    """
    return torch.tril(x, k)


@op
def triu(x: Tensor, k=0):
    """x with 0 below the diagonal `k`.

    >>> keras.ops.triu([[1, 2], [3, 4]])
    tensor([[1, 2],
            [0, 4]], dtype=torch.int32)
    """
    return torch.triu(x, k)


@op
def diff(a: Tensor, n=1, axis=-1):
    """Differences of neighbours along an axis, n times.

    >>> keras.ops.diff([1, 4, 9])
    tensor([3, 5], dtype=torch.int32)
    """
    return torch.diff(a, n, one_axis(axis, a.ndim))


@op
def unravel_index(indices: Tensor, shape):
    """The coordinates of places in a flattened tensor of some shape, one tensor for each axis.

    >>> keras.ops.unravel_index([3], (2, 2))
    (tensor([1], dtype=torch.int32), tensor([1], dtype=torch.int32))
    """
    total = 1
    for size in shape:
        total *= size
    rest = torch.where(indices < 0, indices + total, indices)
    found = []
    for size in reversed(shape):
        found.append((rest % size).to(indices.dtype))
        rest = rest // size
    return tuple(reversed(found))


@op
def view(x: Tensor, dtype=None):
    """The memory of x read as another dtype.

    >>> keras.ops.view(torch.tensor([1.0]), "int32")
    tensor([1065353216], dtype=torch.int32)
    """
    return x.view(to_torch_dtype(dtype))


@op
def copy(x: Tensor):
    """A copy.

    >>> keras.ops.copy([1, 2])
    tensor([1, 2], dtype=torch.int32)
    """
    return torch.clone(x)


def _check_block(block_size):
    if block_size < 2:
        raise ValueError(f"`block_size` must be at least 2. Received: block_size={block_size}")


@op
def depth_to_space(x: Tensor, block_size, data_format="channels_last"):
    """Channels spread over blocks of pixels.

    >>> keras.ops.depth_to_space(torch.zeros(1, 2, 2, 4), 2).shape
    torch.Size([1, 4, 4, 1])
    """
    _check_block(block_size)
    last = data_format == "channels_last"
    n, h, w = (x.shape[0], *x.shape[1:3]) if last else (x.shape[0], *x.shape[2:])
    b = block_size
    if last:
        return x.reshape(n, h, w, b, b, -1).permute(0, 1, 3, 2, 4, 5).reshape(n, h * b, w * b, -1)
    return x.reshape(n, b, b, -1, h, w).permute(0, 3, 4, 1, 5, 2).reshape(n, -1, h * b, w * b)


@op
def space_to_depth(x: Tensor, block_size, data_format="channels_last"):
    """Blocks of pixels gathered into channels.

    >>> keras.ops.space_to_depth(torch.zeros(1, 4, 4, 1), 2).shape
    torch.Size([1, 2, 2, 4])
    """
    _check_block(block_size)
    b = block_size
    if data_format == "channels_last":
        n, h, w, c = x.shape
        return x.reshape(n, h // b, b, w // b, b, c).permute(0, 1, 3, 2, 4, 5).reshape(n, h // b, w // b, -1)
    n, c, h, w = x.shape
    return x.reshape(n, c, h // b, b, w // b, b).permute(0, 3, 5, 1, 2, 4).reshape(n, -1, h // b, w // b)
