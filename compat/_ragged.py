"""`tf.RaggedTensor`: rows of different lengths, as one flat tensor and the places where rows begin and end.

https://www.tensorflow.org/guide/ragged_tensor
"""

import numpy as np
import torch

from kerastorch.core import edge

from ._array import reshape
from ._dtypes import as_dtype, int64
from ._failure import invalid
from ._index import gather
from ._operators import install
from ._shape import TensorShape
from ._sparse_tensor import SparseTensor
from ._tensor import EagerTensor, unwrap
from ._wrap import Ragged, apply, tensor

_RAW = (torch.Tensor, np.ndarray)


def whole(values, dtype=None):
    """Return row positions or lengths (a list, array or tensor) as a NumPy array of int64 or int32."""
    array = np.asarray(tensor(values, hint=int64)._numpy())
    if array.dtype not in (np.int32, np.int64):
        raise ValueError(f"Row partitions must be whole numbers. Received: dtype {array.dtype}")
    return array if dtype is None else array.astype(as_dtype(dtype).as_numpy_dtype)


def part(values):
    """Return the values of a ragged tensor: a ragged tensor, or a tensor."""
    return values if isinstance(values, RaggedTensor) else tensor(values)


class RaggedTensor(Ragged):
    """A tensor with rows of different lengths: row i is `values[row_splits[i]:row_splits[i + 1]]`.

    It is made by `tf.ragged.constant` and by the class methods; `values` may itself be ragged.

    >>> tf.RaggedTensor.from_row_splits([3, 1, 4, 1, 5, 9, 2], [0, 4, 4, 7])
    <tf.RaggedTensor [[3, 1, 4, 1], [], [5, 9, 2]]>
    """

    __slots__ = ("_splits", "_uniform", "_values")
    __array_priority__ = 100

    def __init__(self, values, splits, uniform=None):
        self._values, self._splits, self._uniform = values, splits, uniform

    # ------------------------------------------------------------------ constructors
    @classmethod
    def from_row_splits(cls, values, row_splits, name=None, validate=True):
        """Return rows that begin and end at `row_splits`."""
        values, splits = part(values), whole(row_splits)
        if validate and (splits.ndim != 1 or not len(splits) or splits[0] != 0):
            raise _bad("from_row_splits", f"`row_splits` must begin with 0. Received: {splits.tolist()}")
        if validate and (np.diff(splits) < 0).any():
            raise _bad("from_row_splits", f"`row_splits` must not decrease. Received: {splits.tolist()}")
        if validate and splits[-1] != _count(values):
            raise _bad("from_row_splits", f"`row_splits` ends at {splits[-1]} of {_count(values)} values.")
        return cls(values, splits)

    @classmethod
    def from_row_lengths(cls, values, row_lengths, name=None, validate=True):
        """Return rows of these lengths."""
        lengths = whole(row_lengths)
        if validate and (lengths < 0).any():
            raise _bad(
                "from_row_lengths", f"`row_lengths` must not be negative. Received: {lengths.tolist()}"
            )
        values = part(values)
        if validate and lengths.sum() != _count(values):
            raise _bad(
                "from_row_lengths", f"`row_lengths` adds up to {lengths.sum()} of {_count(values)} values."
            )
        return cls(values, _splits_of(lengths))

    @classmethod
    def from_row_starts(cls, values, row_starts, name=None, validate=True):
        """Return rows that begin at `row_starts`."""
        values, starts = part(values), whole(row_starts)
        return cls.from_row_splits(
            values, np.append(starts, _count(values)).astype(starts.dtype), validate=validate
        )

    @classmethod
    def from_row_limits(cls, values, row_limits, name=None, validate=True):
        """Return rows that end at `row_limits`."""
        limits = whole(row_limits)
        return cls.from_row_splits(values, np.insert(limits, 0, 0).astype(limits.dtype), validate=validate)

    @classmethod
    def from_value_rowids(cls, values, value_rowids, nrows=None, name=None, validate=True):
        """Return rows of which `value_rowids` says, in increasing order, in which one each value lies."""
        ids = whole(value_rowids)
        if validate and len(ids) and (ids[0] < 0 or (np.diff(ids) < 0).any()):
            raise _bad("from_value_rowids", f"`value_rowids` must increase. Received: {ids.tolist()}")
        rows = int(ids[-1]) + 1 if len(ids) else 0
        count = rows if nrows is None else int(nrows)
        if count < rows:
            raise _bad("from_value_rowids", f"`nrows` must be at least {rows}. Received: {count}")
        return cls.from_row_lengths(
            values, np.bincount(ids, minlength=count).astype(ids.dtype), validate=validate
        )

    @classmethod
    def from_uniform_row_length(cls, values, uniform_row_length, nrows=None, validate=True, name=None):
        """Return rows of one length."""
        values, length = part(values), int(uniform_row_length)
        count = _count(values) // length if nrows is None and length else int(nrows or 0)
        if validate and count * length != _count(values):
            raise _bad(
                "from_uniform_row_length",
                f"{count} rows of {length} values differ from {_count(values)} values.",
            )
        return cls(values, np.arange(count + 1, dtype=np.int64) * length, length)

    @classmethod
    def from_nested_row_splits(cls, flat_values, nested_row_splits, name=None, validate=True):
        """Return rows of rows, the splits of the outermost first."""
        return _nested(cls.from_row_splits, flat_values, nested_row_splits)

    @classmethod
    def from_nested_row_lengths(cls, flat_values, nested_row_lengths, name=None, validate=True):
        """Return rows of rows, the lengths of the outermost first."""
        return _nested(cls.from_row_lengths, flat_values, nested_row_lengths)

    @classmethod
    def from_nested_value_rowids(
        cls, flat_values, nested_value_rowids, nested_nrows=None, name=None, validate=True
    ):
        """Return rows of rows, the row numbers of the outermost first."""
        values, counts = flat_values, nested_nrows or [None] * len(nested_value_rowids)
        for ids, count in zip(reversed(nested_value_rowids), reversed(counts)):
            values = cls.from_value_rowids(values, ids, count)
        return part(values)

    @classmethod
    def from_tensor(
        cls, tensor, lengths=None, padding=None, ragged_rank=1, name=None, row_splits_dtype=int64
    ):
        """Return the rows of a tensor, cut to `lengths` or without the `padding` at their ends.

        >>> tf.RaggedTensor.from_tensor([[5, 7, 0], [0, 3, 0]], padding=0)
        <tf.RaggedTensor [[5, 7], [0, 3]]>
        """
        x = part(tensor)
        shape = tuple(x.shape)
        if len(shape) <= ragged_rank:
            raise ValueError(
                f"`tensor` must have more than {ragged_rank} dimensions. Received: shape {shape}"
            )
        if isinstance(lengths, (list, tuple)) and lengths and not isinstance(lengths[0], (int, np.integer)):
            return cls.from_nested_row_lengths(_kept(x, lengths), lengths)
        if ragged_rank > 1:
            inner = reshape(x, (-1, *shape[ragged_rank:]))
            out = cls.from_tensor(inner, lengths, padding, 1, row_splits_dtype=row_splits_dtype)
            for axis in range(ragged_rank - 1, 0, -1):
                count = int(np.prod(shape[:axis]))
                out = cls(out, np.arange(count + 1, dtype=np.int64) * shape[axis])
            return out
        if padding is not None:
            filled = np.asarray(x._numpy() == np.asarray(part(padding)._numpy()))
            filled = filled.reshape(*shape[:2], -1).all(-1)
            lengths = shape[1] - np.cumprod(filled[:, ::-1], axis=1).sum(1)
        elif lengths is None:
            lengths = np.full(shape[0], shape[1])
        lengths = np.clip(whole(lengths), 0, shape[1]).astype(as_dtype(row_splits_dtype).as_numpy_dtype)
        keep = np.arange(shape[1]) < lengths[:, None]
        return cls(take(reshape(x, (-1, *shape[2:])), np.flatnonzero(keep)), _splits_of(lengths))

    @classmethod
    def from_sparse(cls, st_input, name=None, row_splits_dtype=int64):
        """Return the rows of a sparse matrix whose elements stand at the beginning of their rows.

        >>> x = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [1, 2, 3], [3, 2])
        >>> tf.RaggedTensor.from_sparse(x)
        <tf.RaggedTensor [[1, 2], [3], []]>
        """
        if len(st_input.shape) != 2:
            raise ValueError(f"`st_input` must have rank 2. Received: shape {st_input.shape}")
        places = st_input.indices._numpy()
        lengths = np.bincount(places[:, 0], minlength=int(st_input.shape[0]))
        if not np.array_equal(
            places[:, 1], np.arange(len(places)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        ):
            raise invalid("RaggedAssert", "SparseTensor is not right-ragged", name="")
        return cls(st_input.values, _splits_of(lengths.astype(as_dtype(row_splits_dtype).as_numpy_dtype)))

    # ------------------------------------------------------------------ parts
    @property
    def values(self):
        """The rows one after the other: a tensor, or a ragged tensor."""
        return self._values

    @property
    def flat_values(self):
        """The innermost tensor of values."""
        values = self._values
        return values.flat_values if isinstance(values, RaggedTensor) else values

    @property
    def row_splits(self):
        """Where rows begin, and where the last one ends."""
        return _wrapped(self._splits)

    @property
    def nested_row_splits(self):
        """The row splits of all ragged dimensions, the outermost first."""
        inner = self._values.nested_row_splits if isinstance(self._values, RaggedTensor) else ()
        return (self.row_splits, *inner)

    @property
    def ragged_rank(self):
        """The number of ragged dimensions."""
        return 1 + (self._values.ragged_rank if isinstance(self._values, RaggedTensor) else 0)

    @property
    def uniform_row_length(self):
        """The length of every row, if it is known to be one."""
        return None if self._uniform is None else _wrapped(np.array(self._uniform))

    @property
    def dtype(self):
        """The `DType` of the values."""
        return self._values.dtype

    @property
    def shape(self):
        """The `TensorShape`, None for ragged dimensions."""
        return TensorShape([len(self._splits) - 1, self._uniform, *list(self._values.shape)[1:]])

    @property
    def _lengths(self):
        return np.diff(self._splits)

    def get_shape(self):
        """Return the `TensorShape`."""
        return self.shape

    def nrows(self, out_type=None, name=None):
        """Return the number of rows."""
        return _wrapped(np.array(len(self._splits) - 1), out_type or self._splits.dtype)

    def row_starts(self, name=None):
        """Return where rows begin."""
        return _wrapped(self._splits[:-1])

    def row_limits(self, name=None):
        """Return where rows end."""
        return _wrapped(self._splits[1:])

    def row_lengths(self, axis=1, name=None):
        """Return the lengths of rows, or with another axis those of the rows in them."""
        axis = axis if axis >= 0 else len(self.shape) + axis
        if axis == 0:
            return self.nrows()
        if axis == 1:
            return _wrapped(self._lengths)
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.row_lengths(axis - 1))
        size = self._values.shape[axis - 1]
        return self.with_values(_wrapped(np.full(_count(self._values), size, self._splits.dtype)))

    def nested_row_lengths(self, name=None):
        """Return the row lengths of all ragged dimensions, the outermost first."""
        inner = self._values.nested_row_lengths() if isinstance(self._values, RaggedTensor) else ()
        return (self.row_lengths(), *inner)

    def value_rowids(self, name=None):
        """Return the row that each value lies in."""
        return _wrapped(self._rowids())

    def _rowids(self):
        return np.repeat(np.arange(len(self._splits) - 1, dtype=self._splits.dtype), self._lengths)

    def nested_value_rowids(self, name=None):
        """Return the row numbers of all ragged dimensions, the outermost first."""
        inner = self._values.nested_value_rowids() if isinstance(self._values, RaggedTensor) else ()
        return (self.value_rowids(), *inner)

    def bounding_shape(self, axis=None, name=None, out_type=None):
        """Return the smallest shape of a dense tensor that holds all rows."""
        inner = self._values
        below = (
            inner.bounding_shape()._numpy()[1:] if isinstance(inner, RaggedTensor) else list(inner.shape)[1:]
        )
        shape = np.array([len(self._splits) - 1, self._lengths.max(initial=0), *below])
        return _wrapped(shape if axis is None else shape[axis], out_type or self._splits.dtype)

    # ------------------------------------------------------------------ the same rows
    def with_values(self, new_values):
        """Return the same rows of other values."""
        return RaggedTensor(part(new_values), self._splits, self._uniform)

    def with_flat_values(self, new_values):
        """Return the same rows of other innermost values."""
        inner = self._values
        return self.with_values(
            inner.with_flat_values(new_values) if isinstance(inner, RaggedTensor) else new_values
        )

    def with_row_splits_dtype(self, dtype):
        """Return this tensor with row splits of int32 or int64."""
        splits, inner = self._splits.astype(as_dtype(dtype).as_numpy_dtype), self._values
        inner = inner.with_row_splits_dtype(dtype) if isinstance(inner, RaggedTensor) else inner
        return RaggedTensor(inner, splits, self._uniform)

    def merge_dims(self, outer_axis, inner_axis):
        """Return this tensor with the dimensions from one to the other as one."""
        rank = len(self.shape)
        outer, inner = (axis + rank if axis < 0 else axis for axis in (outer_axis, inner_axis))
        if outer == inner:
            return self
        values = self._values
        if outer > 0 and not isinstance(values, RaggedTensor):
            shape = list(values.shape)
            return self.with_values(reshape(values, (*shape[: outer - 1], -1, *shape[inner:])))
        if outer > 1:
            return self.with_values(values.merge_dims(outer - 1, inner - 1))
        if outer == 1:
            splits = self._splits
            for _ in range(inner - 1):
                ragged = isinstance(values, RaggedTensor)
                splits = values._splits[splits] if ragged else splits * values.shape[1]
                values = values._values if ragged else reshape(values, (-1, *list(values.shape)[2:]))
            return RaggedTensor(values, splits)
        if inner == 1:
            return self._values
        values = self._values
        if isinstance(values, RaggedTensor):
            return values.merge_dims(0, inner - 1)
        return reshape(values, (-1, *list(values.shape)[inner:]))

    # ------------------------------------------------------------------ conversions
    def to_list(self):
        """Return the rows as nested lists."""
        inner = self._values
        values = inner.to_list() if isinstance(inner, RaggedTensor) else inner._numpy().tolist()
        return [values[start:end] for start, end in zip(self._splits[:-1], self._splits[1:])]

    def numpy(self):
        """Return an array of the rows, which are arrays."""
        rows = np.split(self._values.numpy(), self._splits[1:-1]) if len(self._splits) > 1 else []
        if not rows:
            return np.zeros(0, self.dtype.as_numpy_dtype)
        if any(len(row) != len(rows[0]) for row in rows):
            out = np.empty(len(rows), object)
            out[:] = rows
            return out
        return np.array(rows)

    def to_tensor(self, default_value=None, name=None, shape=None):
        """Return a tensor in which rows are filled up with `default_value`, or cut, to one length.

        >>> tf.ragged.constant([[1, 2], [3]]).to_tensor()
        <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
        array([[1, 2],
               [3, 0]], dtype=int32)>
        """
        wanted = [None] * len(self.shape) if shape is None else list(TensorShape(shape))
        bounds = self.bounding_shape()._numpy().tolist()
        sizes = [bound if size is None else size for bound, size in zip(bounds, wanted)]
        place, inside = self._places(sizes)
        flat, inner = self.flat_values, sizes[self.ragged_rank + 1 :]
        outer = int(np.prod(sizes[: self.ragged_rank + 1]))
        cut = tuple(slice(0, size) for size in inner)

        def fill(raw):
            if isinstance(raw, np.ndarray):
                out = np.full(
                    (outer, *raw.shape[1:]), b"" if default_value is None else _scalar(default_value)
                )
                out = out.astype(object)
                out[place[inside]] = raw[inside]
                return out[(slice(None), *cut)].reshape(sizes)
            default = 0 if default_value is None else tensor(default_value, hint=self.dtype)._t
            out = raw.new_zeros((outer, *raw.shape[1:])) + torch.as_tensor(
                default, dtype=raw.dtype, device=raw.device
            )
            index = torch.from_numpy(place[inside]).to(raw.device)
            kept = raw if inside.all() else raw[torch.from_numpy(inside).to(raw.device)]
            return out.index_copy(0, index, kept)[(slice(None), *cut)].reshape(sizes)

        return on_raw(fill, flat)

    def to_sparse(self, name=None):
        """Return a sparse tensor with the same elements."""
        sizes = self.bounding_shape()._numpy().tolist()
        place, _ = self._places(sizes)
        flat, outer, inner = self.flat_values, sizes[: self.ragged_rank + 1], sizes[self.ragged_rank + 1 :]
        if inner:
            width = int(np.prod(inner))
            place = (place[:, None] * width + np.arange(width)).ravel()
            flat = reshape(flat, (-1,))
        indices = np.stack(np.unravel_index(place, [*map(int, outer), *inner]), 1).astype(np.int64)
        return SparseTensor(_wrapped(indices), flat, _wrapped(np.array(sizes, np.int64)))

    def consumers(self):
        """Return what uses this tensor in a graph: nothing, since functions run at once."""
        return []

    def _places(self, sizes):
        """The place of each flat value in a dense tensor of these sizes, and whether it is inside of it."""
        splits = [s._numpy() for s in self.nested_row_splits]
        place = np.arange(len(splits[0]) - 1)
        inside = place < sizes[0]
        for split, size in zip(splits, sizes[1:]):
            lengths = np.diff(split)
            column = np.arange(split[-1]) - np.repeat(split[:-1], lengths)
            place = np.repeat(place, lengths) * size + column
            inside = np.repeat(inside, lengths) & (column < size)
        return place, inside

    def __len__(self):
        return len(self._splits) - 1

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        raise TypeError("RaggedTensor may not be used as a boolean.")

    def __repr__(self):
        with np.printoptions(formatter={"all": _text}):
            return f"<tf.RaggedTensor {_text(self.numpy())}>"

    __str__ = __repr__

    def __reduce__(self):
        return RaggedTensor, (self._values, self._splits, self._uniform)


def _text(x):
    if not isinstance(x, np.ndarray):
        return str(x)
    return np.array2string(x, separator=", ") if x.size else repr(x.tolist())


def _bad(method, message):
    return invalid(
        "RaggedAssert", f"Arguments to {method} do not form a valid RaggedTensor: {message}", name=""
    )


def _scalar(value):
    return value.encode() if isinstance(value, str) else tensor(value)._numpy()[()]


def _wrapped(array, dtype=None):
    raw = torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape))
    if dtype is not None:
        raw = raw.to(as_dtype(dtype)._torch)
    return EagerTensor(raw)


def _splits_of(lengths):
    return np.concatenate([[0], np.cumsum(lengths)]).astype(lengths.dtype)


def _count(values):
    return values.shape[0]


def _nested(make, values, nested):
    for partition in reversed(list(nested)):
        values = make(values, partition)
    return part(values)


def _kept(x, lengths):
    """The values of a dense tensor that nested row lengths leave."""
    for sizes in lengths:
        sizes = whole(sizes)
        keep = np.arange(x.shape[1]) < sizes[:, None]
        x = take(reshape(x, (-1, *list(x.shape)[2:])), np.flatnonzero(keep))
    return x


def on_raw(function, x):
    """Return `function` of the raw value of a tensor, recorded for gradients if anything is."""
    raw = x._t
    return EagerTensor(function(raw)) if isinstance(raw, np.ndarray) else apply(function, unwrap(x))


def take(values, rows):
    """Return the rows of a tensor, or of a ragged one, at an array of positions."""
    if isinstance(values, RaggedTensor):
        lengths = values._lengths[rows]
        starts = values._splits[:-1][rows]
        inner = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
        return RaggedTensor(
            take(values._values, inner.astype(np.int64)), _splits_of(lengths), values._uniform
        )
    return gather(values, torch.from_numpy(np.ascontiguousarray(rows, np.int64)))


_ITER = RaggedTensor.__iter__
install(RaggedTensor)
RaggedTensor.__iter__ = _ITER
RaggedTensor.__module__ = "tensorflow.python.ops.ragged.ragged_tensor"

edge.register_ragged(lambda values, lengths: RaggedTensor.from_row_lengths(edge.wrap(values), lengths))
