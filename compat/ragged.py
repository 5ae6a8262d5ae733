"""`tf.ragged`: ragged tensors from lists and ranges, and functions of them.

https://www.tensorflow.org/api_docs/python/tf/ragged
"""

import builtins
import itertools

import numpy as np

from kerastorch.core.hashing import crossed, fingerprints

from ._dtypes import as_dtype, float32, int64, string
from ._make import constant as _constant
from ._ragged import RaggedTensor, _splits_of, _wrapped, part, take, whole
from ._ragged_ops import masked, stacked
from ._wrap import tensor


def constant(pylist, dtype=None, ragged_rank=None, inner_shape=None, name=None, row_splits_dtype=int64):
    """Return a ragged tensor of nested lists; all dimensions but the first are ragged, unless said otherwise.

    Args:
        pylist: A nested list, tuple or array.
        dtype: The dtype, by default that of the elements.
        ragged_rank: The number of ragged dimensions.
        inner_shape: The shape of the elements of the innermost ragged dimension.
        row_splits_dtype: The dtype of the row splits.

    >>> tf.ragged.constant([[1, 2], [3]])
    <tf.RaggedTensor [[1, 2], [3]]>
    """
    pylist = pylist.tolist() if isinstance(pylist, np.ndarray) else pylist
    if not isinstance(pylist, (list, tuple)):
        if ragged_rank or inner_shape:
            raise ValueError(
                f"pylist={pylist!r} is a scalar: `ragged_rank` and `inner_shape` must be 0 and ()."
            )
        return _constant(pylist, dtype)
    leaf, deepest = _depths(pylist)
    if leaf is not None and leaf != deepest:
        raise ValueError("All scalar values must have the same nesting depth")
    if inner_shape is not None:
        inner = tuple(inner_shape) if isinstance(inner_shape, (list, tuple)) else (inner_shape,)
        rank = (deepest if leaf is not None else deepest + len(inner)) - len(inner) - 1
        rank = rank if ragged_rank is None else ragged_rank
    else:
        inner, rank = (), max(0, deepest - 1) if ragged_rank is None else ragged_rank
    if ragged_rank is not None and not 0 <= ragged_rank < max(1, deepest) and leaf is not None:
        raise ValueError(f"Invalid pylist={pylist!r}: incompatible with ragged_rank={ragged_rank}")
    values, lengths = list(pylist), []
    for _ in builtins.range(rank):
        lengths.append(np.array([len(row) for row in values], as_dtype(row_splits_dtype).as_numpy_dtype))
        values = list(itertools.chain.from_iterable(values))
    if values or not inner:
        flat = _constant(values, dtype if dtype is not None or values else float32)
        if inner and values and tuple(flat.shape)[1:] != inner:
            raise ValueError(f"inner_shape={inner} does not fit elements of shape {tuple(flat.shape)[1:]}")
    else:
        flat = _constant(np.zeros((0, *inner), "float32"), dtype or float32)
    for sizes in reversed(lengths):
        flat = RaggedTensor(flat, _splits_of(sizes))
    return flat


def _depths(value):
    """The depth at which the elements of nested lists stand (None without elements), and that of the deepest list."""
    if not isinstance(value, (list, tuple)):
        shape = np.shape(value)
        return len(shape), len(shape)
    below = [_depths(x) for x in value]
    leaves = {leaf for leaf, _ in below if leaf is not None}
    if len(leaves) > 1:
        raise ValueError("all scalar values must have the same nesting depth")
    deepest = max((depth for _, depth in below), default=0)
    return (leaves.pop() + 1 if leaves else None), deepest + 1


def range(starts, limits=None, deltas=1, dtype=None, name=None, row_splits_dtype=int64):
    """Return the ranges between the starts and limits, one in each row.

    >>> tf.ragged.range([0, 5, 8], [3, 3, 12])
    <tf.RaggedTensor [[0, 1, 2], [], [8, 9, 10, 11]]>
    """
    if limits is None:
        starts, limits = 0, starts
    arrays = [tensor(x, hint=dtype)._numpy() for x in (starts, limits, deltas)]
    kind = np.result_type(*arrays) if dtype is None else as_dtype(dtype).as_numpy_dtype
    rows = [np.arange(*triple, dtype=kind) for triple in np.broadcast(*map(np.atleast_1d, arrays))]
    flat = np.concatenate(rows) if rows else np.zeros(0, kind)
    sizes = np.array([len(row) for row in rows], as_dtype(row_splits_dtype).as_numpy_dtype)
    return RaggedTensor(_constant(flat), _splits_of(sizes))


def map_flat_values(op, *args, **kwargs):
    """Return `op` of the flat values of the ragged arguments, which have the same rows, in those rows."""
    ragged = [x for x in (*args, *kwargs.values()) if isinstance(x, RaggedTensor)]
    if not ragged:
        return op(*args, **kwargs)
    for other in ragged[1:]:
        pairs = zip(other.nested_row_splits, ragged[0].nested_row_splits)
        if other.ragged_rank != ragged[0].ragged_rank or any(
            not np.array_equal(a._numpy(), b._numpy()) for a, b in pairs
        ):
            raise ValueError("All ragged inputs must have the same row partitions.")

    def flat(x):
        return x.flat_values if isinstance(x, RaggedTensor) else x

    result = tensor(op(*map(flat, args), **{key: flat(x) for key, x in kwargs.items()}))
    if result.shape[0] != ragged[0].flat_values.shape[0]:
        raise ValueError(
            "tf.ragged.map_flat_values requires that the output of `op` have the same outer-dimension size as "
            f"flat_values of any ragged inputs. (output shape: {result.shape})"
        )
    return ragged[0].with_flat_values(result)


def stack(values, axis=0, name=None):
    """Return tensors beside each other along a new axis, as a ragged tensor.

    >>> tf.ragged.stack([tf.ragged.constant([[1, 2], [3]]), tf.ragged.constant([[6], [7, 8, 9]])])
    <tf.RaggedTensor [[[1, 2], [3]], [[6], [7, 8, 9]]]>
    """
    return stacked(values if isinstance(values, (list, tuple)) else [values], axis)


def boolean_mask(data, mask, name=None):
    """Return the elements for which the mask is true, in rows.

    >>> tf.ragged.boolean_mask([[1, 2, 3], [4, 5, 6]], [[True, False, True], [False, False, True]])
    <tf.RaggedTensor [[1, 3], [6]]>
    """
    return masked(data, mask if isinstance(mask, RaggedTensor) else tensor(mask))


def row_splits_to_segment_ids(splits, name=None, out_type=None):
    """Return the row that each value lies in.

    >>> print(tf.ragged.row_splits_to_segment_ids([0, 3, 3, 5]))
    tf.Tensor([0 0 0 2 2], shape=(5,), dtype=int64)
    """
    splits = whole(splits)
    return _wrapped(np.repeat(np.arange(len(splits) - 1, dtype=splits.dtype), np.diff(splits)), out_type)


def segment_ids_to_row_splits(segment_ids, num_segments=None, out_type=None, name=None):
    """Return where rows begin and end, for the row that each value lies in.

    >>> print(tf.ragged.segment_ids_to_row_splits([0, 0, 0, 2, 2]))
    tf.Tensor([0 3 3 5], shape=(4,), dtype=int64)
    """
    ids = whole(segment_ids)
    counts = np.bincount(ids, minlength=int(num_segments or 0)).astype(ids.dtype)
    return _wrapped(_splits_of(counts), out_type)


def stack_dynamic_partitions(data, partitions, num_partitions, name=None):
    """Return the elements of `data` in rows, each in the one that `partitions` says."""
    data, target = part(data), whole(partitions)
    order = np.argsort(target, axis=None, kind="stable")
    counts = np.bincount(target.ravel(), minlength=int(num_partitions)).astype(np.int64)
    return RaggedTensor.from_row_lengths(take(data, order), counts)


def _features(x):
    x = part(x)
    rows = x.to_list() if isinstance(x, RaggedTensor) else x._numpy().tolist()
    return rows, x.dtype is string


def cross(inputs, name=None):
    """Return all combinations of the features in each row, written as texts joined by `_X_`."""
    rows = [[[_as_bytes(v) for v in row] for row in _features(x)[0]] for x in inputs]
    out = [[b"_X_".join(combination) for combination in itertools.product(*row)] for row in zip(*rows)]
    return constant(out, dtype=string, ragged_rank=1)


def _as_bytes(value):
    return value if isinstance(value, bytes) else b"%d" % value


def cross_hashed(inputs, num_buckets=0, hash_key=None, name=None):
    """Return the hashes of all combinations of the features in each row, modulo `num_buckets` if that is not 0."""
    columns = []
    for x in inputs:
        rows, is_text = _features(x)
        flat = list(itertools.chain.from_iterable(rows))
        hashes = fingerprints(flat) if is_text else np.array(flat, np.int64).astype(np.uint64)
        columns.append(np.split(hashes, np.cumsum([len(row) for row in rows])[:-1]))
    limit = np.uint64(num_buckets or 0x7FFFFFFFFFFFFFFF)
    out = []
    for row in zip(*columns):
        grid = [np.array(values, np.uint64) for values in zip(*itertools.product(*row))]
        out.append((crossed(grid) % limit).astype(np.int64).tolist() if grid else [])
    return constant(out, dtype=int64, ragged_rank=1)


__all__ = [
    "boolean_mask",
    "constant",
    "cross",
    "cross_hashed",
    "map_flat_values",
    "range",
    "row_splits_to_segment_ids",
    "segment_ids_to_row_splits",
    "stack",
    "stack_dynamic_partitions",
]
