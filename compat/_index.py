"""Functions of `tf` that pick elements by place or condition: indexing, gather, scatter, where, masks, sort, unique."""

import collections

import numpy as np
import torch

from ._array import on_axis
from ._convert import convert, dtype_of
from ._dtypes import as_dtype, int32, int64
from ._failure import invalid, not_allowed, shape_text
from ._make import sizes
from ._tensor import EagerTensor, Tensor
from ._wrap import Bool, Own, Same, op, raw_all, tensor, wrap_all

_BAD_INDEX = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors are valid "
    "indices, got {!r}"
)


def getitem(tensor, key):
    """Return `tensor[key]`: whole numbers, slices, `...`, `tf.newaxis`, or one mask of booleans."""
    kind = type(key)
    if type(tensor) is EagerTensor and (_SIMPLE[kind](key) if kind in _SIMPLE else False):
        raw = tensor._t
        if (
            type(raw) is torch.Tensor
            and not raw.requires_grad
            and (kind is not int or -len(raw) <= key < len(raw) if raw.ndim else False)
        ):
            out = EagerTensor.__new__(EagerTensor)
            out._t = raw[key]
            return out
    if kind is bool or getattr(key, "dtype", None) in ("bool", torch.bool):
        return boolean_mask(tensor, key)
    if kind is not tuple:
        key = tuple(key) if kind is list else (key,)
    return _getitem(tensor, tuple([_part(k) for k in key]))


def _plain_slice(k):
    start, stop, step = k.start, k.stop, k.step
    return (
        (start is None or type(start) is int)
        and (stop is None or type(stop) is int)
        and (step is None or (type(step) is int and step > 0))
    )


_SIMPLE = {int: lambda k: True, slice: _plain_slice}


def _part(k):
    """One part of an index with tensors as whole numbers."""
    if k is None or k is Ellipsis or type(k) is int:
        return k
    if isinstance(k, slice):
        return slice(*[None if n is None else _part(n) for n in (k.start, k.stop, k.step)])
    if isinstance(k, (int, np.integer)) and not isinstance(k, bool):
        return int(k)
    if isinstance(k, (Tensor, torch.Tensor, np.ndarray)) and as_dtype(k.dtype).is_integer and k.ndim == 0:
        return int(k)
    raise TypeError(_BAD_INDEX.format(k))


def _take(x, key):
    given = sum(k is not None and k is not Ellipsis for k in key)
    if given > x.ndim:
        raise invalid(
            "StridedSlice",
            f"Index out of range using input dim {x.ndim}; input has only {x.ndim} dims",
            name=" name: strided_slice/",
        )
    if Ellipsis in key:
        at = key.index(Ellipsis)
        key = (*key[:at], *[slice(None)] * (x.ndim - given), *key[at + 1 :])
    axis, flips, plain = 0, [], []
    for k in key:
        if k is None:
            plain.append(k)
            continue
        n = x.shape[axis]
        if isinstance(k, slice):
            if k.step == 0:
                raise invalid("StridedSlice", "strides[0] must be non-zero", name=" name: strided_slice/")
            if k.step is not None and k.step < 0:
                start, stop, step = k.indices(n)
                flips.append(axis)
                k = slice(n - 1 - start, max(n - 1 - stop, 0), -step)
        elif not -n <= k < n:
            raise invalid(
                "StridedSlice",
                f"slice index {k} of dimension {axis} out of bounds.",
                name=" name: strided_slice/",
            )
        plain.append(k)
        axis += 1
    if isinstance(x, np.ndarray):
        out = np.empty((), object)
        picked = (np.flip(x, flips) if flips else x)[tuple(plain)]
        if isinstance(picked, np.ndarray):
            return picked
        out[()] = picked
        return out
    return (x.flip(flips) if flips else x)[tuple(plain)]


@op("StridedSlice", strings=_take)
def _getitem(x: Own, key):
    return _take(x, key)


def strided_slice(
    input_,
    begin,
    end,
    strides=None,
    begin_mask=0,
    end_mask=0,
    ellipsis_mask=0,
    new_axis_mask=0,
    shrink_axis_mask=0,
    var=None,
    name=None,
):
    """Return `input_[begin:end:strides]` for each axis; the masks' bits mark axes where a bound is left open."""
    begin, end = sizes(begin), sizes(end)
    strides = [1] * len(begin) if strides is None else sizes(strides)
    key = []
    for i, (b, e, s) in enumerate(zip(begin, end, strides)):
        bit = 1 << i
        if ellipsis_mask & bit:
            key.append(Ellipsis)
        elif new_axis_mask & bit:
            key.append(None)
        elif shrink_axis_mask & bit:
            key.append(b)
        else:
            key.append(slice(None if begin_mask & bit else b, None if end_mask & bit else e, s))
    return _getitem(input_, tuple(key))


def _check_range(kernel, indices, limit):
    if indices.is_cpu and indices.numel():
        low, high = int(indices.min()), int(indices.max())
        if low < 0 or high >= limit:
            bad = low if low < 0 else high
            place = ""
            if indices.ndim:
                at = np.unravel_index(int((indices.reshape(-1) == bad).nonzero()[0]), tuple(indices.shape))
                place = "[" + ",".join(map(str, at)) + "]"
            raise invalid(kernel, f"indices{place} = {bad} is not in [0, {limit})", name="")


def _gather(params, indices, axis, batch_dims):
    batch_dims = batch_dims + indices.ndim if batch_dims < 0 else batch_dims
    axis = batch_dims if axis is None else on_axis("GatherV2", axis, params.ndim)
    if not isinstance(indices, torch.Tensor) or indices.dtype.is_floating_point:
        raise not_allowed("GatherV2", dtype_of(indices), (torch.int16, torch.int32, torch.int64))
    _check_range("GatherV2", indices, params.shape[axis])
    if isinstance(params, np.ndarray):
        if batch_dims:
            return np.stack([_gather(p, i, axis - 1, batch_dims - 1) for p, i in zip(params, indices)])
        return np.asarray(np.take(params, indices.numpy(), axis), dtype=object)
    if batch_dims:
        lead = indices.shape[:batch_dims]
        flat = params.reshape(-1, *params.shape[batch_dims:])
        index = indices.reshape(-1, *indices.shape[batch_dims:])
        rows = [_gather(p, i, axis - batch_dims, 0) for p, i in zip(flat, index)]
        out = torch.stack(rows)
        return out.reshape(*lead, *out.shape[1:])
    out = params.index_select(axis, indices.reshape(-1).to(torch.int64))
    return out.reshape(*params.shape[:axis], *indices.shape, *params.shape[axis + 1 :])


@op("GatherV2", strings=_gather)
def _gather_op(params: Own, indices: Own, axis, batch_dims):
    return _gather(params, indices, axis, batch_dims)


def gather(params, indices, validate_indices=None, axis=None, batch_dims=0, name=None):
    """Return the slices of `params` along `axis` at `indices`.

    >>> print(tf.gather([10, 20, 30], [2, 0]))
    tf.Tensor([30 10], shape=(2,), dtype=int32)
    """
    return _gather_op(params, indices, raw_all(axis) if axis is None else int(axis), batch_dims)


def _gather_nd(params, indices, batch_dims):
    if batch_dims:
        rows = [_gather_nd(p, i, batch_dims - 1) for p, i in zip(params, indices)]
        return torch.stack(rows)
    depth = indices.shape[-1]
    for d in range(depth):
        if indices.is_cpu and indices.numel():
            part = indices[..., d]
            if int(part.min()) < 0 or int(part.max()) >= params.shape[d]:
                raise invalid(
                    "GatherNd", f"indices do not index into param shape {shape_text(params.shape)}", name=""
                )
    key = tuple(indices.to(torch.int64).unbind(-1)) if depth else ()
    return params[key] if isinstance(params, torch.Tensor) else params[tuple(k.numpy() for k in key)]


@op(
    "GatherNd",
    strings=lambda params, indices, batch_dims=0, name=None: _gather_nd(params, indices, batch_dims),
)
def gather_nd(params: Own, indices: Own, batch_dims=0, name=None):
    """Return the elements or slices of `params` at the coordinates in the last axis of `indices`."""
    return _gather_nd(params, indices, batch_dims)


@op("Select", strings=lambda condition, x, y: np.where(condition, x, y))
def _select(condition: Bool, x: Same, y: Same):
    return torch.where(condition, x, y)


@op("Where")
def _where(condition: Own):
    return torch.nonzero(condition)


def where(condition, x=None, y=None, name=None):
    """Return x where the condition is true and y elsewhere; without x and y, the coordinates of what is true.

    >>> print(tf.where([True, False], 1.0, 0.0))
    tf.Tensor([1. 0.], shape=(2,), dtype=float32)
    """
    if x is None and y is None:
        return _where(condition)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return _select(condition, x, y)


def _mask(tensor, mask, axis):
    axis = 0 if axis is None else int(axis)
    if not mask.ndim:
        raise ValueError("mask cannot be scalar.")
    part = tuple(tensor.shape[axis : axis + mask.ndim])
    if part != tuple(mask.shape):
        raise ValueError(f"Shapes {part} and {tuple(mask.shape)} are incompatible")
    key = (slice(None),) * axis + (mask.numpy() if isinstance(tensor, np.ndarray) else mask,)
    return tensor[key]


@op("BooleanMask", strings=_mask)
def _boolean_mask(tensor: Own, mask: Bool, axis):
    return _mask(tensor, mask, axis)


def boolean_mask(tensor, mask, axis=None, name="boolean_mask"):
    """Return the elements (slices along `axis`) where the mask is true."""
    return _boolean_mask(tensor, mask, axis)


def _scattered(tensor, indices, updates, how):
    out = tensor.clone()
    depth = indices.shape[-1]
    key = tuple(indices.to(torch.int64).unbind(-1)) if depth else ()
    for d, k in enumerate(key):
        if k.is_cpu and k.numel() and (int(k.min()) < 0 or int(k.max()) >= tensor.shape[d]):
            raise invalid("ScatterNd", f"indices do not index into shape {shape_text(tensor.shape)}", name="")
    updates = updates.expand(*indices.shape[:-1], *tensor.shape[depth:])
    if how == "update":
        return out.index_put(key, updates)
    if how in ("add", "sub"):
        return out.index_put(key, updates if how == "add" else -updates, accumulate=True)
    flat = torch.zeros((), dtype=torch.int64, device=tensor.device)
    for d, k in enumerate(key):
        flat = flat * tensor.shape[d] + k
    rest = tuple(tensor.shape[depth:])
    rows, values = out.reshape(-1, *rest), updates.reshape(-1, *rest)
    index = flat.reshape(-1, *[1] * len(rest)).expand(values.shape)
    return rows.scatter_reduce(0, index, values, "amax" if how == "max" else "amin").reshape(tensor.shape)


def _scatter_function(name, kernel, how, verb):
    @op(kernel)
    def scatter(tensor: Same, indices: Own, updates: Same, name=None):
        return _scattered(tensor, indices, updates, how)

    scatter.__name__ = scatter.__qualname__ = name
    scatter.__doc__ = (
        f"Return tensor with the updates {verb} at the coordinates in the last axis of `indices`."
    )
    return scatter


tensor_scatter_nd_update = _scatter_function(
    "tensor_scatter_nd_update", "TensorScatterUpdate", "update", "put in"
)
tensor_scatter_nd_add = _scatter_function("tensor_scatter_nd_add", "TensorScatterAdd", "add", "added")
tensor_scatter_nd_sub = _scatter_function("tensor_scatter_nd_sub", "TensorScatterSub", "sub", "subtracted")
tensor_scatter_nd_max = _scatter_function(
    "tensor_scatter_nd_max", "TensorScatterMax", "max", "raising the elements"
)
tensor_scatter_nd_min = _scatter_function(
    "tensor_scatter_nd_min", "TensorScatterMin", "min", "lowering the elements"
)


@op("ScatterNd")
def scatter_nd(indices: Own, updates: Own, shape, name=None):
    """Return zeros of this shape with the updates added at the coordinates in the last axis of `indices`."""
    start = torch.zeros(sizes(shape), dtype=updates.dtype, device=updates.device)
    return _scattered(start, indices, updates, "add")


def dynamic_partition(data, partitions, num_partitions, name=None):
    """Return a list of `num_partitions` tensors: the rows of `data` by the number in `partitions`."""
    data, marks = tensor(data), tensor(partitions)._t
    return [boolean_mask(data, EagerTensor(marks == i)) for i in range(num_partitions)]


def dynamic_stitch(indices, data, name=None):
    """Return one tensor from rows, each at the place that `indices` says; the last of equal ones wins."""
    raws = [tensor(i)._t.reshape(-1).to(torch.int64) for i in indices]
    parts = [tensor(d)._t for d in data]
    rows = [d.reshape(-1, *d.shape[tensor(i)._t.ndim :]) for d, i in zip(parts, indices)]
    where_, values = torch.cat(raws), torch.cat(rows)
    out = torch.zeros(int(where_.max()) + 1, *values.shape[1:], dtype=values.dtype, device=values.device)
    for place, value in zip(where_.tolist(), values):
        out[place] = value
    return wrap_all(out)


def _sorted(values, axis, direction, stable=False):
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(
            f"Argument `direction` should be one of 'ASCENDING' or 'DESCENDING'. Received: direction={direction}"
        )
    return torch.sort(
        values, dim=on_axis("Sort", axis, values.ndim), descending=direction == "DESCENDING", stable=stable
    )


@op("Sort")
def sort(values: Own, axis=-1, direction="ASCENDING", name=None):
    """Return the values in order along `axis`."""
    return _sorted(values, axis, direction).values


@op("ArgSort")
def argsort(values: Own, axis=-1, direction="ASCENDING", stable=False, name=None):
    """Return the indices that put the values in order along `axis`."""
    return _sorted(values, axis, direction, stable=True).indices.to(torch.int32)


@op("SearchSorted")
def _searchsorted(sorted_sequence: Same, values: Same, side, out_type):
    return torch.searchsorted(sorted_sequence.contiguous(), values.contiguous(), side=side).to(
        out_type._torch
    )


def searchsorted(sorted_sequence, values, side="left", out_type=int32, name=None):
    """Return where each value would be put into the sorted last axis."""
    return _searchsorted(sorted_sequence, values, side, as_dtype(out_type))


TopKV2 = collections.namedtuple("TopKV2", ["values", "indices"])
Unique = collections.namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = collections.namedtuple("UniqueWithCounts", ["y", "idx", "count"])


@op("TopKV2")
def _top_k(input: Own, k, out_type):
    if k > input.shape[-1]:
        raise invalid("TopKV2", f"input must have at least k columns. Had {input.shape[-1]}, needed {k}")
    values, indices = torch.sort(input, dim=-1, descending=True, stable=True)
    return values[..., :k], indices[..., :k].to(out_type._torch)


def top_k(input, k=1, sorted=True, index_type=int32, name=None):
    """Return the k greatest values along the last axis, the greatest first, and their indices.

    >>> tf.math.top_k([1, 5, 3], k=2).values
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([5, 3], dtype=int32)>
    """
    return TopKV2(*_top_k(input, int(k), as_dtype(index_type)))


def in_top_k(targets, predictions, k, name=None):
    """Return whether the prediction for each target is among the k greatest of its row."""
    scores, labels = tensor(predictions)._t, tensor(targets)._t.long()
    own = scores.gather(-1, labels.unsqueeze(-1))
    return EagerTensor(((scores > own).sum(-1) < int(k)) & torch.isfinite(own.squeeze(-1)))


def _unique(x, out_idx):
    """Values in the order in which they first appear, the index of each element's value, and how often each stands."""
    raw = convert(x)
    if raw.ndim != 1:
        raise invalid("Unique", "unique expects a 1D vector.")
    places, idx, counts = {}, [], []
    for value in raw.tolist():
        at = places.setdefault(value, len(places))
        if at == len(counts):
            counts.append(0)
        counts[at] += 1
        idx.append(at)
    kind = as_dtype(out_idx)._torch
    if isinstance(raw, np.ndarray):
        y = np.array(list(places), dtype=object)
    else:
        y = torch.tensor(list(places), dtype=raw.dtype, device=raw.device)
    return y, torch.tensor(idx, dtype=kind), torch.tensor(counts, dtype=kind)


def unique(x, out_idx=int32, name=None):
    """Return the different values of a vector in the order in which they appear, and the index of each element's."""
    y, idx, _ = _unique(x, out_idx)
    return Unique(EagerTensor(y), EagerTensor(idx))


def unique_with_counts(x, out_idx=int32, name=None):
    """Return the different values of a vector, the index of each element's, and how often each stands."""
    return UniqueWithCounts(*map(EagerTensor, _unique(x, out_idx)))


def invert_permutation(x, name=None):
    """Return y such that y[x[i]] = i."""
    return wrap_all(torch.argsort(tensor(x)._t).to(tensor(x)._t.dtype))


def unravel_index(indices, dims, name=None):
    """Return the coordinates of flat indices in a tensor of the shape `dims`."""
    raw = tensor(indices)._t
    parts = torch.unravel_index(raw.long(), tuple(sizes(dims)))
    return wrap_all(torch.stack(parts).to(raw.dtype))


DTYPES = (int32, int64)
