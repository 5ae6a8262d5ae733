"""`tf.sparse`: functions on `tf.SparseTensor`s.

https://www.tensorflow.org/api_docs/python/tf/sparse
"""

import builtins

import numpy as np
import torch

from kerastorch.core import settings

from ._convert import convert
from ._dtypes import as_dtype, float32, int64
from ._failure import invalid
from ._sparse_tensor import SparseTensor as SparseTensor
from ._sparse_tensor import is_text, linear, positions
from ._tensor import EagerTensor
from ._wrap import wrap_all


def _raw(sp):
    """The elements of a sparse tensor as torch or NumPy holds them."""
    return convert(sp.values)


def _make(indices, values, shape):
    return SparseTensor(EagerTensor(indices), wrap_all(values), EagerTensor(shape))


def _take(values, order):
    return values[order.cpu().numpy()] if isinstance(values, np.ndarray) else values[order]


def _sparse(value):
    if not isinstance(value, SparseTensor):
        raise TypeError(f"Input must be a SparseTensor. Received: {type(value).__name__}")
    return value


def _sizes(shape):
    return torch.as_tensor([int(n) for n in shape], dtype=torch.int64)


def from_dense(tensor, name=None):
    """Return the elements of a tensor that are not zero (or empty) as a `SparseTensor`.

    >>> tf.sparse.from_dense([[0, 3], [0, 0]]).indices.numpy()
    array([[0, 1]])
    """
    raw = convert(tensor)
    if isinstance(raw, np.ndarray):
        places = np.argwhere(
            np.vectorize(builtins.bool, otypes=[builtins.bool])(raw) if raw.size else raw != b""
        )
        indices = torch.from_numpy(places.astype(np.int64))
        values = raw[tuple(places.T)]
    else:
        indices = torch.nonzero(raw.detach())
        values = raw[tuple(indices.unbind(1))]
    return _make(indices, values, _sizes(raw.shape))


def to_dense(sp_input, default_value=None, validate_indices=True, name=None):
    """Return a sparse tensor as an ordinary one.

    Args:
        sp_input: The `SparseTensor`.
        default_value: What stands where nothing is stored; 0 or "" by default.
        validate_indices: Whether indices must be in order, without repetitions.

    Raises:
        tf.errors.InvalidArgumentError: if an index is out of bounds, out of order or there twice.
    """
    sp = _sparse(sp_input)
    shape, values, indices = sp._dense_shape.tolist(), _raw(sp), sp._indices
    _check(indices, shape, validate_indices)
    if is_text(sp):
        default = b"" if default_value is None else convert(default_value)[()]
        dense = np.full(shape, default, object)
        dense[tuple(indices.cpu().numpy().T)] = values
        return EagerTensor(dense)
    default = 0 if default_value is None else convert(default_value, hint=sp.dtype)
    dense = torch.zeros(shape, dtype=values.dtype, device=values.device)
    if default_value is not None:
        dense = dense + default.to(dense.dtype)
    if not shape:
        return wrap_all(values.reshape(()) if len(values) else dense)
    return wrap_all(dense.index_put(tuple(indices.unbind(1)), values) if len(indices) else dense)


def _check(indices, shape, ordered):
    if not len(indices):
        return
    bounds = torch.as_tensor(shape, device=indices.device)
    bad = ((indices < 0) | (indices >= bounds)).any(1)
    if bad.any():
        i = int(bad.nonzero()[0])
        text = ",".join(map(str, indices[i].tolist()))
        raise invalid(
            "SparseToDense", f"indices[{i}] = [{text}] is out of bounds: need 0 <= index < {list(shape)}"
        )
    if ordered:
        place = linear(indices, shape)
        step = place[1:] - place[:-1]
        wrong = (step <= 0).nonzero()
        if len(wrong):
            i = int(wrong[0]) + 1
            text = ",".join(map(str, indices[i].tolist()))
            if int(step[i - 1]) == 0:
                raise invalid("SparseToDense", f"indices[{i}] = [{text}] is repeated")
            raise invalid(
                "SparseToDense",
                f"indices[{i}] = [{text}] is out of order. Many sparse ops require sorted indices.\n"
                "    Use `tf.sparse.reorder` to create a correctly ordered copy.\n \n",
            )


def reorder(sp_input, name=None):
    """Return a sparse tensor with its elements in row-major order."""
    sp = _sparse(sp_input)
    order = torch.argsort(linear(sp._indices, sp._dense_shape.tolist()), stable=True)
    return _make(sp._indices[order], _take(_raw(sp), order), sp._dense_shape)


def add(a, b, threshold=0):
    """Return a + b, sparse if both are. Sums whose magnitude is below `threshold` are left out."""
    if not isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):
        raise TypeError(
            f"At least one input should be SparseTensor; do you mean to use tf.add()? Received: {a}, {b}"
        )
    if not (isinstance(a, SparseTensor) and isinstance(b, SparseTensor)):
        sparse, dense = (a, b) if isinstance(a, SparseTensor) else (b, a)
        raw = convert(dense, hint=sparse.dtype)
        return wrap_all(raw + convert(to_dense(sparse, validate_indices=False)))
    if a.shape != b.shape:
        raise invalid("SparseAdd", f"operands' shapes do not match. Received: {a.shape} and {b.shape}")
    indices = torch.cat([a._indices, b._indices])
    values = torch.cat([_raw(a), _raw(b)])
    indices, values = _summed(indices, values, a._dense_shape.tolist())
    limit = float(convert(threshold))
    keep = values.detach().abs() >= limit if limit > 0 else torch.ones(len(values), dtype=torch.bool)
    return _make(indices[keep], values[keep], a._dense_shape)


def _summed(indices, values, shape):
    """Return the places in order, each once, with the sums of their elements."""
    place, inverse = torch.unique(linear(indices, shape), return_inverse=True)
    total = torch.zeros(len(place), dtype=values.dtype, device=values.device).index_add(0, inverse, values)
    return positions(place, shape), total


def map_values(op, *args, **kwargs):
    """Apply a function to the elements of sparse tensors that have the same indices.

    >>> tf.sparse.map_values(tf.square, tf.SparseTensor([[1]], [3], [2])).values.numpy()
    array([9], dtype=int32)
    """
    given = [a for a in (*args, *kwargs.values()) if isinstance(a, SparseTensor)]
    if not given:
        raise ValueError("No SparseTensor in argument list of map_values")
    for other in given[1:]:
        if not torch.equal(other._indices, given[0]._indices) or not torch.equal(
            other._dense_shape, given[0]._dense_shape
        ):
            raise invalid("AssertGreaterV2", "The sparse tensors of map_values must have the same indices.")
    plain = [a.values if isinstance(a, SparseTensor) else a for a in args]
    named = {k: a.values if isinstance(a, SparseTensor) else a for k, a in kwargs.items()}
    return given[0].with_values(op(*plain, **named))


def concat(axis, sp_inputs, expand_nonconcat_dims=False, name=None):
    """Join sparse tensors along an axis.

    Args:
        axis: The axis; negative counts from the last.
        sp_inputs: A list of sparse tensors.
        expand_nonconcat_dims: Whether the other dimensions may differ; the largest counts.
    """
    inputs = [_sparse(sp) for sp in sp_inputs]
    shapes = [sp._dense_shape.tolist() for sp in inputs]
    rank = len(shapes[0])
    axis = int(axis) + rank if int(axis) < 0 else int(axis)
    out = [max(s[i] for s in shapes) for i in range(rank)]
    for shape in shapes:
        if not expand_nonconcat_dims and any(shape[i] != out[i] for i in range(rank) if i != axis):
            raise invalid("SparseConcat", f"Concat dimensions of the inputs do not match: {shapes}")
    parts, offset = [], 0
    for sp, shape in zip(inputs, shapes):
        moved = sp._indices.clone()
        moved[:, axis] += offset
        offset += shape[axis]
        parts.append(moved)
    out[axis] = offset
    values = [_raw(sp) for sp in inputs]
    joined = np.concatenate(values) if is_text(inputs[0]) else torch.cat(values)
    return reorder(_make(torch.cat(parts), joined, _sizes(out)))


def slice(sp_input, start, size, name=None):
    """Return the part of a sparse tensor that begins at `start` and has at most the shape `size`."""
    sp = _sparse(sp_input)
    start, size = [torch.as_tensor(np.asarray(convert(v).cpu()), dtype=torch.int64) for v in (start, size)]
    end = torch.minimum(start + size, sp._dense_shape)
    keep = ((sp._indices >= start) & (sp._indices < end)).all(1).nonzero()[:, 0]
    return _make(sp._indices[keep] - start, _take(_raw(sp), keep), (end - start).clamp(min=0))


def split(sp_input=None, num_split=None, axis=None, name=None):
    """Cut a sparse tensor along an axis into `num_split` parts; the first ones are longer if it does not divide."""
    sp, axis, count = _sparse(sp_input), int(axis), int(num_split)
    shape = sp._dense_shape.tolist()
    axis = axis + len(shape) if axis < 0 else axis
    base, more = divmod(shape[axis], count)
    parts, at = [], 0
    for i in range(count):
        width = base + (i < more)
        start, size = [0] * len(shape), list(shape)
        start[axis], size[axis] = at, width
        parts.append(slice(sp, start, size))
        at += width
    return parts


def transpose(sp_input, perm=None, name=None):
    """Return a sparse tensor with its axes in another order, reversed by default."""
    sp = _sparse(sp_input)
    rank = len(sp._dense_shape)
    perm = list(range(rank))[::-1] if perm is None else [int(p) for p in convert(perm).tolist()]
    return reorder(_make(sp._indices[:, perm], _raw(sp), sp._dense_shape[perm]))


def reshape(sp_input, shape, name=None):
    """Return a sparse tensor with its elements laid out in another shape; one size may be -1."""
    sp = _sparse(sp_input)
    old, new = sp._dense_shape.tolist(), [int(n) for n in convert(shape).tolist()]
    total = int(np.prod(old))
    if -1 in new:
        known = int(np.prod([n for n in new if n != -1])) or 1
        new[new.index(-1)] = total // known
    if int(np.prod(new)) != total:
        raise invalid(
            "SparseReshape",
            f"Input to reshape is a tensor with {total} dense values, but the requested shape has "
            f"{int(np.prod(new))}. input_shape={old} output_shape={new}",
        )
    return _make(positions(linear(sp._indices, old), new), _raw(sp), _sizes(new))


def expand_dims(sp_input, axis=None, name=None):
    """Return a sparse tensor with one more axis of size 1, the last by default."""
    sp = _sparse(sp_input)
    rank = len(sp._dense_shape)
    axis = -1 if axis is None else int(axis)
    axis = axis + rank + 1 if axis < 0 else axis
    column = torch.zeros(len(sp._indices), 1, dtype=torch.int64)
    indices = torch.cat([sp._indices[:, :axis], column, sp._indices[:, axis:]], 1)
    shape = sp._dense_shape.tolist()
    return _make(indices, _raw(sp), _sizes([*shape[:axis], 1, *shape[axis:]]))


def reset_shape(sp_input, new_shape=None):
    """Return a sparse tensor in a larger shape, or in the smallest that holds its elements."""
    sp = _sparse(sp_input)
    if new_shape is None:
        shape = sp._indices.max(0).values + 1 if len(sp._indices) else torch.zeros_like(sp._dense_shape)
    else:
        shape = convert(new_shape, hint=int64).to(torch.int64)
        if len(shape) != len(sp._dense_shape) or (shape < sp._dense_shape).any():
            raise invalid(
                "Assert", f"The new shape must not be smaller than {sp.shape}. Received: {shape.tolist()}"
            )
    return _make(sp._indices, _raw(sp), shape)


def retain(sp_input, to_retain):
    """Return the elements for which `to_retain`, a list of booleans, says so."""
    sp = _sparse(sp_input)
    keep = convert(to_retain).nonzero()[:, 0]
    return _make(sp._indices[keep], _take(_raw(sp), keep), sp._dense_shape)


def mask(a, mask_indices, name=None):
    """Return `tf.IndexedSlices` without those of some indices."""
    drop = convert(mask_indices)
    keep = (~torch.isin(convert(a.indices), drop)).nonzero()[:, 0]
    return type(a)(wrap_all(convert(a.values)[keep]), wrap_all(convert(a.indices)[keep]), a.dense_shape)


def eye(num_rows, num_columns=None, dtype=float32, name=None):
    """Return the identity matrix as a `SparseTensor`."""
    rows, columns = int(num_rows), int(num_rows if num_columns is None else num_columns)
    n = torch.arange(min(rows, columns))
    ones = torch.ones(len(n), dtype=as_dtype(dtype)._torch, device=settings.default_device())
    return _make(torch.stack([n, n], 1), ones, _sizes([rows, columns]))


def _reduce(sp_input, axis, keepdims, output_is_sparse, reduce, empty):
    sp = _sparse(sp_input)
    shape, values, indices = sp._dense_shape.tolist(), _raw(sp), sp._indices
    rank = len(shape)
    given = range(rank) if axis is None else np.atleast_1d(np.asarray(convert(axis).cpu())).tolist()
    axes = {a + rank if a < 0 else a for a in given}
    kept = [i for i in range(rank) if i not in axes]
    out = [shape[i] for i in kept]
    place, inverse = torch.unique(linear(indices[:, kept], out), return_inverse=True)
    total = torch.full((len(place),), empty(values.dtype), dtype=values.dtype, device=values.device)
    total = total.scatter_reduce(0, inverse, values, reduce, include_self=reduce == "sum")
    if keepdims:
        out = [1 if i in axes else shape[i] for i in range(rank)]
    result = _make(positions(place, out), total, _sizes(out))
    return result if output_is_sparse else to_dense(result, validate_indices=False)


def reduce_sum(sp_input, axis=None, keepdims=None, output_is_sparse=False, name=None):
    """Return the sum of the elements along some axes, all by default.

    >>> tf.sparse.reduce_sum(tf.SparseTensor([[0, 0], [1, 1]], [1, 2], [2, 2]), axis=1).numpy()
    array([1, 2], dtype=int32)
    """
    return _reduce(sp_input, axis, keepdims, output_is_sparse, "sum", lambda dtype: 0)


def reduce_max(sp_input, axis=None, keepdims=None, output_is_sparse=False, name=None):
    """Return the largest of the stored elements along some axes, all by default; 0 where there are none."""
    return _reduce(sp_input, axis, keepdims, output_is_sparse, "amax", lambda dtype: 0)


def sparse_dense_matmul(sp_a, b, adjoint_a=False, adjoint_b=False, name=None):
    """Return the product of a sparse matrix and a dense one (either may come first).

    >>> tf.sparse.sparse_dense_matmul(tf.sparse.eye(2), [[1.0], [2.0]]).numpy()
    array([[1.],
           [2.]], dtype=float32)
    """
    if isinstance(b, SparseTensor):
        if isinstance(sp_a, SparseTensor):
            raise TypeError("One of the two matrices must be dense. Use `tf.sparse.to_dense` on one.")
        product = sparse_dense_matmul(b, sp_a, not adjoint_b, not adjoint_a)
        return wrap_all(convert(product).mT)
    sp = transpose(_sparse(sp_a)) if adjoint_a else _sparse(sp_a)
    dense = convert(b, hint=sp.dtype)
    dense = dense.mH if adjoint_b else dense
    rows, inner = sp._dense_shape.tolist()
    if dense.shape[0] != inner:
        raise invalid(
            "SparseTensorDenseMatMul",
            f"Cannot multiply A and B because inner dimension does not match: {inner} vs. {dense.shape[0]}.  "
            "Did you forget a transpose?  "
            f"Dimensions of A: [{rows}, {inner}).  Dimensions of B: {list(dense.shape)}",
        )
    parts = _raw(sp)[:, None] * dense[sp._indices[:, 1]]
    out = torch.zeros(rows, dense.shape[1], dtype=parts.dtype, device=parts.device)
    return wrap_all(out.index_add(0, sp._indices[:, 0], parts))


def softmax(sp_input, name=None):
    """Return the softmax over the stored elements of each row (the last axis)."""
    sp = _sparse(sp_input)
    values, shape = _raw(sp), sp._dense_shape.tolist()
    _, row = torch.unique(linear(sp._indices[:, :-1], shape[:-1]), return_inverse=True)
    count = int(row.max()) + 1 if len(row) else 0
    top = torch.full((count,), -torch.inf, dtype=values.dtype).scatter_reduce(0, row, values.detach(), "amax")
    e = torch.exp(values - top[row])
    return sp.with_values(wrap_all(e / torch.zeros(count, dtype=e.dtype).index_add(0, row, e)[row]))


def _pairwise(fn, a, b):
    a, b = _sparse(a), _sparse(b)
    left, right = (add(x, y.with_values(wrap_all(torch.zeros_like(_raw(y))))) for x, y in ((a, b), (b, a)))
    return left.with_values(wrap_all(fn(_raw(left), _raw(right))))


def maximum(sp_a, sp_b, name=None):
    """Return the larger elements of two sparse tensors, where either has one; a missing element counts as 0."""
    return _pairwise(torch.maximum, sp_a, sp_b)


def minimum(sp_a, sp_b, name=None):
    """Return the smaller elements of two sparse tensors, where either has one; a missing element counts as 0."""
    return _pairwise(torch.minimum, sp_a, sp_b)


def fill_empty_rows(sp_input, default_value, name=None):
    """Return (a sparse matrix with `default_value` in column 0 of each empty row, which rows were empty)."""
    sp = _sparse(sp_input)
    rows = int(sp._dense_shape[0])
    empty = torch.ones(rows, dtype=torch.bool)
    empty[sp._indices[:, 0]] = False
    new = empty.nonzero()[:, 0]
    extra = torch.zeros(len(new), sp._indices.shape[1], dtype=torch.int64)
    extra[:, 0] = new
    values, default = _raw(sp), convert(default_value, hint=sp.dtype)
    filler = (
        np.full(len(new), default[()], object) if is_text(sp) else default.to(values.dtype).expand(len(new))
    )
    joined = np.concatenate([values, filler]) if is_text(sp) else torch.cat([values, filler])
    filled = reorder(_make(torch.cat([sp._indices, extra]), joined, sp._dense_shape))
    return filled, EagerTensor(empty)


def to_indicator(sp_input, vocab_size, name=None):
    """Return booleans that are true at the places that the elements name: (..., vocab_size)."""
    sp = _sparse(sp_input)
    ids, shape = _raw(sp).to(torch.int64), [*sp._dense_shape.tolist()[:-1], int(vocab_size)]
    out = torch.zeros(shape, dtype=torch.bool)
    out[(*sp._indices[:, :-1].unbind(1), ids)] = True
    return EagerTensor(out)


def bincount(values, weights=None, axis=0, minlength=None, maxlength=None, binary_output=False, name=None):
    """Count whole numbers: a `SparseTensor` of counts, or of sums of weights.

    Args:
        values: A tensor or `SparseTensor` of whole numbers, of rank 1 or 2.
        weights: What each counts, of the same form; 1 by default.
        axis: 0 counts all together, -1 each row by itself.
        minlength: The least number of columns.
        maxlength: The number from which on nothing is counted.
        binary_output: Whether to tell only what is there, with ones.
    """
    if isinstance(values, SparseTensor):
        ids, indices, shape = _raw(values), values._indices, values._dense_shape.tolist()
    else:
        ids = convert(values)
        shape = list(ids.shape)
        indices, ids = torch.ones(shape).nonzero(), ids.reshape(-1)
    if len(ids) and int(ids.min()) < 0:
        raise invalid("Bincount", "Input must be non-negative")
    by_row = axis == -1 and len(shape) == 2
    width = max(int(ids.max()) + 1 if len(ids) else 0, int(minlength or 0))
    width = width if maxlength is None else min(width, int(maxlength))
    amounts = torch.ones_like(ids, dtype=torch.int32)
    if weights is not None:
        amounts = _raw(weights) if isinstance(weights, SparseTensor) else convert(weights).reshape(-1)
    keep = ids < width
    columns = [indices[:, 0], ids.long()] if by_row else [ids.long()]
    shape = [shape[0], width] if by_row else [width]
    indices, totals = _summed(torch.stack(columns, 1)[keep], amounts[keep], shape)
    return _make(indices, torch.ones_like(totals) if binary_output else totals, _sizes(shape))


def segment_sum(data, indices, segment_ids, num_segments=None, sparse_gradient=False, name=None):
    """Return the sums of chosen rows of `data` by segment."""
    return _segment(data, indices, segment_ids, num_segments, "sum")


def segment_mean(data, indices, segment_ids, num_segments=None, sparse_gradient=False, name=None):
    """Return the means of chosen rows of `data` by segment."""
    return _segment(data, indices, segment_ids, num_segments, "mean")


def segment_sqrt_n(data, indices, segment_ids, num_segments=None, sparse_gradient=False, name=None):
    """Return the sums of chosen rows of `data` by segment, over the square root of their number."""
    return _segment(data, indices, segment_ids, num_segments, "sqrt")


def _segment(data, indices, segment_ids, num_segments, kind):
    data, chosen, ids = convert(data), convert(indices).long(), convert(segment_ids).long()
    count = int(num_segments) if num_segments is not None else (int(ids[-1]) + 1 if len(ids) else 0)
    total = torch.zeros(count, *data.shape[1:], dtype=data.dtype).index_add(0, ids, data[chosen])
    if kind == "sum":
        return wrap_all(total)
    number = torch.bincount(ids, minlength=count).clamp(min=1).to(data.dtype)
    number = number.sqrt() if kind == "sqrt" else number
    return wrap_all(total / number.reshape(-1, *[1] * (data.ndim - 1)))


def placeholder(dtype, shape=None, name=None):
    """Placeholders are gone from TensorFlow 2: raises an error that says what to use."""
    raise RuntimeError(
        "tf.sparse.placeholder is of graph mode. Use `keras.Input(shape, sparse=True)` or a tf.function."
    )
