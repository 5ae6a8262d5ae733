"""What the functions of `tf` do with ragged tensors: the rules for those that look at more than single elements."""

import functools

import numpy as np
import torch

from ._array import concat, expand_dims, reshape, size, stack
from ._dtypes import int64
from ._elementwise import add, cast, divide
from ._failure import invalid
from ._index import gather, where
from ._make import ones_like
from ._ragged import RaggedTensor, on_raw, part, take, whole
from ._ragged_index import index
from ._reduce import reduce_sum
from ._wrap import Ragged


def rule(*kernels):
    """Make a function of ragged tensors what the functions with these kernels do."""

    def decorate(function):
        for kernel in kernels:
            Ragged.rules[kernel] = function
        return function

    return decorate


def _call(call, args, kwargs):
    return call.run(list(args), dict(kwargs))


def elementwise(call, args, kwargs):
    """Apply a function of elements to the flat values of ragged tensors of one shape, dense ones being broadcast."""
    names = [(i, name) for i, name, _ in call.tensors]
    given = [(i, args[i]) if i < len(args) else (name, kwargs.get(name)) for i, name in names]
    ragged = [value for _, value in given if isinstance(value, RaggedTensor)]
    if not ragged:
        raise TypeError(f"{call.kernel} does not take ragged tensors in lists.")
    widest = max(ragged, key=lambda x: (x.ragged_rank, len(x.flat_values)))
    args, kwargs = list(args), dict(kwargs)
    for key, value in given:
        if value is not None:
            (args if isinstance(key, int) else kwargs)[key] = aligned(value, widest)
    return widest.with_flat_values(_call(call, args, kwargs))


def _divide(x, y):
    like = max((v for v in (x, y) if isinstance(v, RaggedTensor)), key=lambda v: v.ragged_rank)
    return like.with_flat_values(divide(aligned(x, like), aligned(y, like)))


Ragged.default, Ragged.divide = staticmethod(elementwise), staticmethod(_divide)


@rule("AddN")
def add_ragged(call, args, kwargs):
    """Return the sum of ragged tensors of one shape."""
    return functools.reduce(add, args[0])


@rule("StridedSlice")
def slice_ragged(call, args, kwargs):
    """Return a part of a ragged tensor."""
    return index(args[0], tuple(args[1]))


def aligned(value, ragged):
    """Return the flat values that stand beside those of `ragged` when `value` is broadcast to its rows."""
    if value is ragged or not isinstance(value, RaggedTensor):
        value = ragged.flat_values if value is ragged else value
        rank = 0 if np.isscalar(value) else len(part(value).shape)
        if value is ragged.flat_values or rank <= len(ragged.flat_values.shape) - 1:
            return value
        return _spread(part(value), ragged)
    mine, theirs = value.nested_row_splits, ragged.nested_row_splits
    if len(mine) == len(theirs) and all(np.array_equal(a._numpy(), b._numpy()) for a, b in zip(mine, theirs)):
        return value.flat_values
    sizes = [np.unique(x._numpy()) for x in value.nested_row_lengths()]
    if all(len(found) <= 1 for found in sizes):
        return _spread(value.to_tensor(), ragged)
    raise invalid("RaggedAssert", "Inputs must have identical ragged splits", name="")


def _spread(dense, ragged):
    """The elements of a dense tensor for each flat value of a ragged one."""
    shape = list(dense.shape)
    shape = [1] * (len(ragged.shape) - len(shape)) + shape
    dense = reshape(dense, shape)
    ids = np.arange(len(ragged))
    sizes = shape[: ragged.ragged_rank + 1]
    if sizes[0] not in (1, len(ragged)):
        raise invalid(
            "RaggedAssert", f"Unable to broadcast: dimension 0 is {sizes[0]} and {len(ragged)}", name=""
        )
    place = ids if sizes[0] > 1 else ids * 0
    for splits, width in zip(ragged.nested_row_splits, sizes[1:]):
        splits = splits._numpy()
        lengths = np.diff(splits)
        if width != 1 and (lengths != width).any():
            raise invalid(
                "RaggedAssert",
                f"Unable to broadcast: dimension size mismatch, {width} and {lengths.tolist()}",
                name="",
            )
        column = np.arange(splits[-1]) - np.repeat(splits[:-1], lengths)
        place = np.repeat(place, lengths) * width + (column if width != 1 else 0)
    return gather(
        reshape(dense, (-1, *shape[ragged.ragged_rank + 1 :])), torch.from_numpy(place.astype(np.int64))
    )


# ---------------------------------------------------------------------- reductions
def _segments(values, ids, count, kernel):
    """The sum, largest, ... of the rows of a tensor that have one number."""
    ids = torch.from_numpy(np.ascontiguousarray(ids, np.int64))

    def reduce(raw):
        where_ = ids.to(raw.device).reshape(-1, *[1] * (raw.ndim - 1)).expand_as(raw)
        shape = (count, *raw.shape[1:])
        if kernel in ("All", "Any"):
            start = raw.new_full(shape, kernel == "All", dtype=torch.int32)
            how = "amin" if kernel == "All" else "amax"
            return start.scatter_reduce(0, where_, raw.int(), how).bool()
        if kernel == "Sum":
            return raw.new_zeros(shape).scatter_add(0, where_, raw)
        if kernel == "Prod":
            return raw.new_ones(shape).scatter_reduce(0, where_, raw, "prod")
        limits = torch.finfo(raw.dtype) if raw.is_floating_point() else torch.iinfo(raw.dtype)
        start = raw.new_full(shape, limits.min if kernel == "Max" else limits.max)
        return start.scatter_reduce(0, where_, raw, "amax" if kernel == "Max" else "amin")

    return on_raw(reduce, values)


@rule("Sum", "Max", "Min", "Prod", "All", "Any")
def reduce_ragged(call, args, kwargs):
    """Reduce a ragged tensor over all of it, or over an axis."""
    x, axis, keepdims = _reduction(args, kwargs)
    again = functools.partial(_reduced, call)
    if axis is None:
        return _call(call, [x.flat_values, None, keepdims], {})
    for one in sorted(axis, reverse=True):
        reduced = again(x, one)
        x = expand_dims(reduced, one) if keepdims else reduced
    return x


def _reduction(args, kwargs):
    names = ("input_tensor", "axis", "keepdims")
    given = {**dict(zip(names, args)), **kwargs}
    x, axis = given["input_tensor"], given.get("axis")
    if axis is not None:
        rank = len(x.shape)
        axis = np.atleast_1d(np.asarray(axis)).tolist()
        axis = sorted({one + rank if one < 0 else one for one in axis})
        if axis == list(range(rank)):
            axis = None
    return x, axis, bool(given.get("keepdims", False))


def _reduced(call, x, axis):
    if not isinstance(x, RaggedTensor):
        return _call(call, [x, axis], {})
    values = x.values
    if axis > 1:
        return x.with_values(_reduced(call, values, axis - 1))
    if isinstance(values, RaggedTensor):
        if axis == 1:
            rows = [_reduced(call, index(x, (i,)), 0) for i in range(len(x))]
            return RaggedTensor.from_row_lengths(concat(rows, 0), [len(row) for row in rows])
        merged, rows = _by_column(x)
        return RaggedTensor.from_row_lengths(
            _segments(merged.flat_values, merged._rowids(), len(merged), call.kernel), rows
        )
    if axis == 1:
        return _segments(values, x._rowids(), len(x), call.kernel)
    column = np.arange(_count(values)) - np.repeat(x._splits[:-1], x._lengths)
    return _segments(values, column, int(x._lengths.max(initial=0)), call.kernel)


def _by_column(x):
    """For rows of rows: the flat values brought together by their column in both, and the columns of each row."""
    inner = x.values
    outer = np.arange(len(inner)) - np.repeat(x._splits[:-1], x._lengths)
    inner_column = np.arange(_count(inner.values)) - np.repeat(inner._splits[:-1], inner._lengths)
    first = np.repeat(outer, inner._lengths)
    width = np.zeros(int(x._lengths.max(initial=0)), np.int64)
    np.maximum.at(width, outer, inner._lengths)
    segment = (np.cumsum(width) - width)[first] + inner_column
    order = np.argsort(segment, kind="stable")
    return RaggedTensor.from_value_rowids(take(inner.values, order), segment[order], int(width.sum())), width


@rule("Mean")
def mean_ragged(call, args, kwargs):
    """Return the mean over all of a ragged tensor, or over an axis."""
    x, axis, keepdims = _reduction(args, kwargs)
    if axis is None and not keepdims:
        given = args[1] if len(args) > 1 else kwargs.get("axis")
        if given is None:
            return _call(call, [x.flat_values], {})
        return divide(reduce_sum(x.flat_values), cast(size(x), x.dtype))
    total = reduce_sum(x, axis, keepdims)
    ones = x.with_flat_values(ones_like(x.flat_values))
    return divide(total, cast(reduce_sum(ones, axis, keepdims), total.dtype))


# ---------------------------------------------------------------------- joining
def _as_ragged(x, like):
    x = part(x)
    if isinstance(x, RaggedTensor):
        return x
    return RaggedTensor.from_tensor(x, ragged_rank=min(like.ragged_rank, len(x.shape) - 1))


@rule("ConcatV2")
def concat_ragged(call, args, kwargs):
    """Join tensors of which some are ragged."""
    values, axis = args[0], args[1] if len(args) > 1 else kwargs["axis"]
    values = [part(x) for x in values]
    like = next(x for x in values if isinstance(x, RaggedTensor))
    axis = int(axis)
    return joined(values, axis + len(like.shape) if axis < 0 else axis)


def joined(values, axis):
    """Return tensors, some of them ragged, joined along an axis."""
    ragged = [x for x in values if isinstance(x, RaggedTensor)]
    if not ragged:
        return concat(values, axis)
    values = [_as_ragged(x, ragged[0]) for x in values]
    lengths = [x._lengths for x in values]
    if axis == 0:
        inner = joined([x.values for x in values], 0)
        return RaggedTensor.from_row_lengths(inner, np.concatenate(lengths))
    if any(len(x) != len(values[0]) for x in values):
        raise invalid(
            "RaggedAssert",
            f"Input tensors must have the same number of rows: {list(map(len, values))}",
            name="",
        )
    if axis > 1:
        return values[0].with_values(joined([x.values for x in values], axis - 1))
    everything = joined([x.values for x in values], 0)
    offsets = np.cumsum([0, *[_count(x.values) for x in values[:-1]]])
    starts = np.stack([x._splits[:-1] + offset for x, offset in zip(values, offsets)], 1).ravel()
    sizes = np.stack(lengths, 1)
    flat = sizes.ravel()
    order = np.repeat(starts - (np.cumsum(flat) - flat), flat) + np.arange(flat.sum())
    return RaggedTensor.from_row_lengths(take(everything, order), sizes.sum(1))


@rule("Pack")
def stack_ragged(call, args, kwargs):
    """Put tensors of which some are ragged beside each other along a new axis."""
    return stacked(args[0], args[1] if len(args) > 1 else kwargs.get("axis", 0))


def stacked(values, axis=0):
    """Return tensors beside each other along a new axis, as a ragged tensor."""
    values = [part(x) for x in values]
    rank = max(len(x.shape) for x in values)
    axis = int(axis) + rank + 1 if axis < 0 else int(axis)
    if rank == 0:
        return stack(values)
    if axis == 0:
        lengths = [_count(x) for x in values]
        if not any(isinstance(x, RaggedTensor) for x in values) and rank > 1:
            values = [RaggedTensor.from_tensor(x, ragged_rank=rank - 1) for x in values]
        return RaggedTensor.from_row_lengths(joined(values, 0), lengths)
    values = [
        x if isinstance(x, RaggedTensor) else RaggedTensor.from_tensor(x[:, None])[:, 0] for x in values
    ]
    return joined([_expanded(x, axis) for x in values], axis)


@rule("ExpandDims")
def expand_ragged(call, args, kwargs):
    """Add an axis of size 1 to a ragged tensor."""
    x, axis = args[0], int(args[1] if len(args) > 1 else kwargs["axis"])
    return _expanded(x, axis + len(x.shape) + 1 if axis < 0 else axis)


def _expanded(x, axis):
    if not isinstance(x, RaggedTensor):
        return expand_dims(x, axis) if axis <= len(x.shape) else x
    if axis == 0:
        return RaggedTensor.from_uniform_row_length(x, len(x), nrows=1)
    if axis == 1:
        return RaggedTensor.from_uniform_row_length(x, 1, nrows=len(x))
    return x.with_values(_expanded(x.values, axis - 1))


@rule("Tile")
def tile_ragged(call, args, kwargs):
    """Repeat a ragged tensor along each axis."""
    x, multiples = args[0], whole(args[1] if len(args) > 1 else kwargs["multiples"])
    for axis, count in enumerate(multiples.tolist()):
        x = joined([x] * count, axis) if count > 0 else x[(slice(None),) * axis + (slice(0, 0),)]
    return x


# ---------------------------------------------------------------------- picking
@rule("GatherV2")
def gather_ragged(call, args, kwargs):
    """Pick rows of a ragged tensor, or rows of a tensor for ragged indices."""
    params, indices, axis, batch_dims = (*args, 0, 0)[:4]
    if isinstance(indices, RaggedTensor) and not batch_dims:
        return indices.with_flat_values(_picked(params, indices.flat_values, axis))
    if batch_dims:
        rows = [_picked(params[i], indices[i], (axis or 1) - 1) for i in range(len(params))]
        return stacked(rows)
    return _picked(params, part(indices), axis)


def _picked(params, indices, axis):
    if not isinstance(params, RaggedTensor):
        return gather(params, indices, axis=axis)
    if axis:
        return stacked([_picked(params[i], indices, axis - 1) for i in range(len(params))])
    picked = indices._numpy().astype(np.int64)
    if picked.size and (picked.min() < 0 or picked.max() >= len(params)):
        raise invalid("RaggedGather", f"indices = {picked.max()} is not in [0, {len(params)})", name="")
    rows = take(params, picked.ravel())
    for length in picked.shape[:0:-1]:
        rows = RaggedTensor.from_uniform_row_length(rows, length)
    return rows if picked.ndim else index(rows, (0,))


@rule("Where")
def where_ragged(call, args, kwargs):
    """Return where a ragged tensor is true."""
    return where(args[0].to_tensor())


@rule("BooleanMask")
def mask_ragged(call, args, kwargs):
    """Return the elements, or rows, for which a mask is true."""
    return masked(args[0], args[1])


def masked(data, mask):
    """Return the elements of `data` for which `mask` is true, as a ragged tensor; rows where it has one axis."""
    mask, data = part(mask), part(data)
    if isinstance(mask, RaggedTensor):
        if not isinstance(data, RaggedTensor):
            data = RaggedTensor.from_tensor(data, ragged_rank=mask.ragged_rank)
        kept = masked(data.values, mask.values)
        flags = mask.values
        if isinstance(flags, RaggedTensor):
            return RaggedTensor(kept, data._splits)
        counts = np.bincount(mask._rowids()[flags._numpy()], minlength=len(mask))
        return RaggedTensor.from_row_lengths(kept, counts.astype(np.int64))
    flags = mask._numpy()
    if flags.ndim == 1:
        return take(data, np.flatnonzero(flags))
    if isinstance(data, RaggedTensor):
        return masked(data, RaggedTensor.from_tensor(mask, ragged_rank=flags.ndim - 1))
    return masked(RaggedTensor.from_tensor(data), RaggedTensor.from_tensor(mask, ragged_rank=flags.ndim - 1))


@rule("Shape")
def shape_ragged(call, args, kwargs):
    """Return the bounding shape of a ragged tensor."""
    return args[0].bounding_shape(out_type=args[1] if len(args) > 1 else int64)


@rule("Squeeze")
def squeeze_ragged(call, args, kwargs):
    """Drop an axis of size 1 of a ragged tensor."""
    x, axis = args[0], args[1] if len(args) > 1 else kwargs.get("axis")
    axis = int(np.atleast_1d(np.asarray(axis))[0])
    axis = axis + len(x.shape) if axis < 0 else axis
    return x[(slice(None),) * axis + (0,)]


@rule("ReverseV2")
def reverse_ragged(call, args, kwargs):
    """Turn a ragged tensor round along axes."""
    x, axes = args[0], np.atleast_1d(np.asarray(args[1] if len(args) > 1 else kwargs["axis"])).tolist()
    for axis in axes:
        x = x[(slice(None),) * (axis + len(x.shape) if axis < 0 else axis) + (slice(None, None, -1),)]
    return x


def _count(values):
    return values.shape[0]
