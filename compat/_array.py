"""Functions of `tf` that change the layout of tensors: reshape, transpose, concat, stack, split, tile, pad, ..."""

import builtins
import math

import numpy as np
import torch

from ._dtypes import as_dtype, int32
from ._failure import invalid, shape_text
from ._make import sizes
from ._shape import as_shape
from ._tensor import EagerTensor
from ._wrap import Own, Ragged, SameList, apply, op, raw_all, tensor
from .errors import InvalidArgumentError


def on_axis(kernel, axis, rank):
    """Return an axis from 0 to rank - 1, checked."""
    axis = int(axis)
    if not -rank <= axis < rank:
        raise invalid(kernel, f"Expected dimension in the range [{-rank}, {rank}), but got {axis}")
    return axis % rank


def _reshape(tensor, shape, name=None):
    count, known = math.prod(tensor.shape), math.prod(n for n in shape if n != -1)
    if shape.count(-1) > 1:
        raise invalid("Reshape", "Only one input size may be -1, not both 0 and 1", name="")
    if -1 in shape:
        if known == 0 or count % known:
            message = (
                f"Input to reshape is a tensor with {count} values, but the requested shape "
                f"requires a multiple of {known}"
            )
            raise invalid("Reshape", message, name="")
    elif known != count:
        message = f"Input to reshape is a tensor with {count} values, but the requested shape has {known}"
        raise invalid("Reshape", message, name="")
    return tensor.reshape(shape)


@op("Reshape", strings=lambda tensor, shape, name=None: _reshape(tensor, sizes(shape)))
def reshape(tensor: Own, shape, name=None):
    """Return the same elements in another shape; one size may be -1.

    >>> print(tf.reshape(tf.range(4), [2, -1]))
    tf.Tensor(
    [[0 1]
     [2 3]], shape=(2, 2), dtype=int32)
    """
    if isinstance(shape, (list, tuple)):
        if all(type(n) is int for n in shape):
            try:
                return tensor.reshape(shape)
            except RuntimeError:
                return _reshape(tensor, list(shape))  # which says what is wrong
        # A size that is not known while shapes are inferred is -1.
        shape = [-1 if isinstance(n, torch.Tensor) and n.is_meta else n for n in shape]
    return _reshape(tensor, sizes(shape))


def _transpose(a, perm, conjugate):
    perm = list(builtins.range(a.ndim))[::-1] if perm is None else sizes(perm)
    if len(perm) != a.ndim:
        raise InvalidArgumentError(
            None,
            None,
            f"transpose expects a vector of size {a.ndim}. But input(1) is a vector of size {len(perm)} [Op:Transpose]",
        )
    perm = [p + a.ndim if p < 0 else p for p in perm]
    for i in builtins.range(a.ndim):
        if i not in perm:
            raise invalid("Transpose", f"{i} is missing from {{{','.join(map(str, perm))}}}.", name="")
    if isinstance(a, np.ndarray):
        return a.transpose(perm)
    out = a.permute(perm)
    return torch.conj_physical(out) if conjugate else out


@op("Transpose", strings=lambda a, perm=None, conjugate=False, name=None: _transpose(a, perm, False))
def transpose(a: Own, perm=None, conjugate=False, name="transpose"):
    """Return a with its axes in the order `perm`, reversed by default."""
    return _transpose(a, perm, conjugate)


def _expand_dims(input, axis):
    axis = int(axis)
    if not -input.ndim - 1 <= axis <= input.ndim:
        raise invalid(
            "ExpandDims",
            f"Tried to expand dim index {axis} for tensor with {input.ndim} dimensions.",
            name="",
        )
    return np.expand_dims(input, axis) if isinstance(input, np.ndarray) else input.unsqueeze(axis)


@op("ExpandDims", strings=lambda input, axis, name=None: _expand_dims(input, axis))
def expand_dims(input: Own, axis, name=None):
    """Return input with a new axis of size 1 at `axis`."""
    return _expand_dims(input, axis)


def _squeeze(input, axis):
    if axis is None:
        return input.reshape([n for n in input.shape if n != 1])
    axes = [on_axis("Squeeze", a, input.ndim) for a in (axis if isinstance(axis, (list, tuple)) else [axis])]
    for a in axes or []:
        if input.shape[a] != 1:
            raise invalid(
                "Squeeze",
                f"Can not squeeze dim[{a}], expected a dimension of 1, got {input.shape[a]}",
                name="",
            )
    if not axes:
        return _squeeze(input, None)
    return input.reshape([n for i, n in enumerate(input.shape) if i not in axes])


@op("Squeeze", strings=lambda input, axis=None, name=None: _squeeze(input, axis))
def squeeze(input: Own, axis=None, name=None):
    """Return input without its axes of size 1, or without those named, which must have size 1."""
    return _squeeze(input, axis)


def _concat(values, axis):
    first = values[0]
    axis = on_axis("ConcatV2", axis, first.ndim)
    for i, other in enumerate(values[1:], 1):
        if other.ndim != first.ndim:
            message = (
                "ConcatOp : Ranks of all input tensors should match: shape[0] = "
                f"{shape_text(first.shape)} vs. shape[{i}] = {shape_text(other.shape)}"
            )
            raise invalid("ConcatV2", message, f"ConcatV2_N_{len(values)}", " name: concat")
        for d in builtins.range(first.ndim):
            if d != axis and first.shape[d] != other.shape[d]:
                message = (
                    f"ConcatOp : Dimension {d} in both shapes must be equal: shape[0] = "
                    f"{shape_text(first.shape)} vs. shape[{i}] = {shape_text(other.shape)}"
                )
                raise invalid("ConcatV2", message, f"ConcatV2_N_{len(values)}", " name: concat")
    return np.concatenate(values, axis) if isinstance(first, np.ndarray) else torch.cat(values, dim=axis)


@op("ConcatV2", strings=lambda values, axis, name=None: _concat(values, axis))
def _concat_list(values: SameList, axis, name="concat"):
    return _concat(values, axis)


def concat(values, axis, name="concat"):
    """Return the tensors joined along `axis`.

    >>> print(tf.concat([[1, 2], [3]], 0))
    tf.Tensor([1 2 3], shape=(3,), dtype=int32)
    """
    if not isinstance(values, (list, tuple)):
        values = [values]
    return _concat_list(list(values), axis)


def _stack(values, axis):
    first = values[0]
    for i, other in enumerate(values[1:], 1):
        if tuple(other.shape) != tuple(first.shape):
            message = (
                "Shapes of all inputs must match: values[0].shape = "
                f"{shape_text(first.shape)} != values[{i}].shape = {shape_text(other.shape)}"
            )
            raise invalid("Pack", message, f"Pack_N_{len(values)}", " name: stack")
    if not -first.ndim - 1 <= axis <= first.ndim:
        raise ValueError(f"Argument `axis` = {axis} not in range [{-first.ndim - 1}, {first.ndim + 1})")
    return np.stack(values, axis) if isinstance(first, np.ndarray) else torch.stack(values, dim=axis)


@op("Pack", strings=lambda values, axis=0, name=None: _stack(values, axis))
def _stack_list(values: SameList, axis=0, name="stack"):
    return _stack(values, axis)


def stack(values, axis=0, name="stack"):
    """Return the tensors, all of one shape, along a new axis."""
    values = list(values)
    return _stack_list(values, axis) if values else tensor(values)


def unstack(value, num=None, axis=0, name="unstack"):
    """Return the list of the slices along `axis`, without that axis."""
    return _unstack(value, num, axis)


def _unbind(value, num, axis):
    axis = on_axis("Unpack", axis, value.ndim)
    if num is not None and num != value.shape[axis]:
        raise invalid(
            "Unpack", f"Input shape axis {axis} must equal {num}, got shape {shape_text(value.shape)}"
        )
    if isinstance(value, np.ndarray):
        return [np.asarray(part, dtype=object) for part in np.moveaxis(value, axis, 0)]
    return list(value.unbind(axis))


@op("Unpack", strings=lambda value, num, axis: _unbind(value, num, axis))
def _unstack(value: Own, num, axis):
    return _unbind(value, num, axis)


def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    """Return a list of parts along `axis`: that many equal ones, or ones of the sizes given."""
    counts = raw_all(num_or_size_splits)
    counts = counts.tolist() if hasattr(counts, "tolist") else counts
    if isinstance(counts, (list, tuple)):
        counts = [int(raw_all(n)) for n in counts]
    return _split(value, counts, axis)


def _parts(value, counts, axis):
    axis = on_axis("Split", axis, value.ndim)
    length = value.shape[axis]
    if isinstance(counts, int):
        if counts < 1 or length % counts:
            message = (
                f"Number of ways to split should evenly divide the split dimension, but got split_dim {axis} "
                f"(size = {length}) and num_split {counts}"
            )
            raise invalid("Split", message, f"Split_num_split_{counts}", "")
        counts = [length // counts] * counts
    if -1 in counts:
        counts = [length - sum(counts) - 1 if n == -1 else n for n in counts]
    if sum(counts) != length:
        message = (
            "Determined shape must either match input shape along split_dim exactly if "
            "fully specified, or be less than the size of the input along split_dim if "
            f"not fully specified.  Got: {sum(counts)}"
        )
        raise invalid("SplitV", message, name="")
    if isinstance(value, np.ndarray):
        return [np.asarray(p, dtype=object) for p in np.split(value, np.cumsum(counts)[:-1], axis)]
    return list(torch.split(value, counts, dim=axis))


@op("Split", strings=lambda value, counts, axis: _parts(value, counts, axis))
def _split(value: Own, counts, axis):
    return _parts(value, counts, axis)


@op("Tile", strings=lambda input, multiples, name=None: np.tile(input, sizes(multiples)))
def tile(input: Own, multiples, name=None):
    """Return input repeated `multiples` times along each axis."""
    multiples = sizes(multiples)
    if len(multiples) != input.ndim:
        raise invalid(
            "Tile",
            f"Expected multiples argument to be a vector of length {input.ndim} but got length {len(multiples)}",
        )
    return input.repeat(multiples) if multiples else input.clone()


def repeat(input, repeats, axis=None, name=None):
    """Return input with each element (along `axis`) repeated."""
    counts = raw_all(repeats)
    counts = counts.tolist() if hasattr(counts, "tolist") else counts
    return _repeat(input, counts, axis)


@op("Repeat", strings=lambda input, counts, axis: np.repeat(input, counts, axis))
def _repeat(input: Own, counts, axis):
    if axis is None:
        input, axis = input.reshape(-1), 0
    if isinstance(counts, (list, tuple)):
        counts = torch.tensor(counts, device=input.device)
    return torch.repeat_interleave(input, counts, dim=axis)


@op("Pad")
def pad(tensor: Own, paddings, mode="CONSTANT", constant_values=0, name=None):
    """Return tensor with elements added before and after each axis, as `paddings` (rank, 2) says.

    Args:
        tensor: The tensor.
        paddings: Pairs (before, after).
        mode: "CONSTANT", "REFLECT" or "SYMMETRIC".
        constant_values: The value to fill with.
    """
    pairs = [sizes(pair) for pair in (raw_all(paddings).tolist() if hasattr(paddings, "numpy") else paddings)]
    if len(pairs) != tensor.ndim:
        raise invalid(
            "Pad",
            f"The first dimension of paddings must be the rank of inputs: {len(pairs)} and {tensor.ndim}",
        )
    mode = mode.upper()
    if mode == "CONSTANT":
        value = constant_values
        value = value.numpy().item() if hasattr(value, "numpy") else value
        return torch.nn.functional.pad(tensor, [n for pair in reversed(pairs) for n in pair], value=value)
    if mode not in ("REFLECT", "SYMMETRIC"):
        raise ValueError(
            f"Value of argument `mode` expected to be one of CONSTANT, REFLECT, or SYMMETRIC. Received: mode={mode}"
        )
    for axis, (before, after) in enumerate(pairs):
        length = tensor.shape[axis]
        if max(before, after) > length - (mode == "REFLECT"):
            raise invalid(
                "MirrorPad",
                f"paddings must be no greater than the dimension size: {before}, {after} greater than {length}",
            )
        index = torch.arange(-before, length + after, device=tensor.device)
        if mode == "REFLECT":
            index = (length - 1) - ((length - 1) - index.abs()).abs()
        else:
            index = torch.where(index < 0, -1 - index, index)
            index = torch.where(index >= length, 2 * length - 1 - index, index)
        tensor = tensor.index_select(axis, index)
    return tensor


def slice(input_, begin, size, name=None):
    """Return the block of these sizes that starts at `begin`; size -1 goes to the end."""
    return _slice(input_, sizes(begin), sizes(size))


def _block(x, begin, size):
    if not len(begin) == len(size) == x.ndim:
        raise invalid(
            "Slice",
            (
                f"Expected begin and size arguments to be 1-D tensors of size {x.ndim}, but "
                f"got shapes [{len(begin)}] and [{len(size)}] instead."
            ),
        )
    key = []
    for axis, (b, n) in enumerate(zip(begin, size)):
        n = x.shape[axis] - b if n == -1 else n
        if not 0 <= b <= x.shape[axis] or not 0 <= n <= x.shape[axis] - b:
            raise invalid("Slice", f"Expected size[{axis}] in [0, {max(0, x.shape[axis] - b)}], but got {n}")
        key.append(builtins.slice(b, b + n))
    return x[tuple(key)]


@op("Slice", strings=_block)
def _slice(x: Own, begin, size):
    return _block(x, begin, size)


def _flip(tensor, axis):
    axes = [on_axis("ReverseV2", a, tensor.ndim) for a in sizes(axis)]
    return np.flip(tensor, axes) if isinstance(tensor, np.ndarray) else tensor.flip(axes)


@op("ReverseV2", strings=lambda tensor, axis, name=None: _flip(tensor, axis))
def reverse(tensor: Own, axis, name=None):
    """Return tensor with the order along the axes reversed."""
    return _flip(tensor, axis)


@op("Roll")
def roll(input: Own, shift, axis, name=None):
    """Return input with its elements moved along the axes; what leaves at one end enters at the other."""
    return torch.roll(input, sizes(shift), sizes(axis))


def _shape(input, out_type):
    return whole_numbers(tuple(input.shape), out_type)


def whole_numbers(values, dtype=int32):
    """Return shapes and the like as a torch.Tensor on the CPU, with its values even where shapes are inferred."""
    return torch.from_numpy(np.asarray(values, dtype.as_numpy_dtype))


@op("Shape", strings=_shape)
def _shape_op(input: Own, out_type):
    return _shape(input, out_type)


def shape(input, out_type=None, name=None):
    """Return the shape as a tensor of whole numbers.

    >>> print(tf.shape([[1, 2], [3, 4]]))
    tf.Tensor([2 2], shape=(2,), dtype=int32)
    """
    return _shape_op(input, int32 if out_type is None else as_dtype(out_type))


def shape_n(input, out_type=None, name=None):
    """Return the shapes of a list of tensors."""
    return [shape(x, out_type) for x in input]


def size(input, out_type=None, name=None):
    """Return the number of elements."""
    values = input.flat_values if isinstance(input, Ragged) else tensor(input)
    return EagerTensor(whole_numbers(math.prod(values.shape), as_dtype(out_type or int32)))


def rank(input, name=None):
    """Return the number of axes."""
    return EagerTensor(whole_numbers(len(input.shape) if isinstance(input, Ragged) else tensor(input).ndim))


@op("Identity", strings=lambda input, name=None: input)
def identity(input: Own, name=None):
    """Return a tensor of the same value."""
    return input.view_as(input)


def identity_n(input, name=None):
    """Return tensors of the same values."""
    return [identity(x) for x in input]


@op("BroadcastTo", strings=lambda input, shape, name=None: np.broadcast_to(input, sizes(shape)).copy())
def broadcast_to(input: Own, shape, name=None):
    """Return input in a shape that it broadcasts to."""
    wanted = sizes(shape)
    try:
        return input.expand(wanted)
    except RuntimeError:
        raise invalid(
            "BroadcastTo", f"Incompatible shapes: {shape_text(input.shape)} vs. {shape_text(wanted)}", name=""
        ) from None


def broadcast_static_shape(shape_x, shape_y):
    """Return the `TensorShape` that two shapes broadcast to."""
    x, y = as_shape(shape_x), as_shape(shape_y)
    try:
        return as_shape(np.broadcast_shapes(tuple(x), tuple(y)))
    except ValueError:
        raise ValueError(f"Incompatible shapes for broadcasting: {x} and {y}") from None


def broadcast_dynamic_shape(shape_x, shape_y):
    """Return, as a tensor, the shape that two shapes broadcast to."""
    return EagerTensor(
        torch.tensor(np.broadcast_shapes(tuple(sizes(shape_x)), tuple(sizes(shape_y))), dtype=torch.int32)
    )


@op("EnsureShape", strings=lambda x, shape, name=None: x)
def ensure_shape(x: Own, shape, name=None):
    """Return x, whose shape must fit `shape`."""
    if not as_shape(tuple(x.shape)).is_compatible_with(shape):
        wanted = shape_text(["?" if n is None else n for n in as_shape(shape)])
        raise invalid(
            "EnsureShape",
            f"Shape of tensor input {shape_text(x.shape)} is not compatible with expected shape {wanted}.",
        )
    return x.view_as(x)


def reverse_sequence(input, seq_lengths, seq_axis=None, batch_axis=None, name=None):
    """Return input with the first `seq_lengths` elements of each sequence reversed."""
    lengths = tensor(seq_lengths)._t
    batch = 0 if batch_axis is None else int(batch_axis)

    def fn(x):
        x = x.movedim((batch, int(seq_axis)), (0, 1))
        steps = torch.arange(x.shape[1], device=x.device)
        n = lengths.to(x.device).reshape(-1, 1)
        index = torch.where(steps < n, n - 1 - steps, steps).long()
        out = torch.gather(x, 1, index.reshape(*index.shape, *[1] * (x.ndim - 2)).expand(x.shape))
        return out.movedim((0, 1), (batch, int(seq_axis)))

    return apply(fn, tensor(input)._t)
