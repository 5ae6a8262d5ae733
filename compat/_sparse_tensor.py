"""`tf.SparseTensor`: the elements of a tensor that are not zero, and where they stand.

https://www.tensorflow.org/guide/sparse_tensor
"""

import torch

from kerastorch.core import edge

from ._convert import convert, dtype_of
from ._dtypes import as_dtype, int64, string
from ._failure import invalid
from ._shape import TensorShape, as_shape
from ._spec import TypeSpec
from ._tensor import EagerTensor
from ._wrap import wrap_all


class SparseTensor:
    """A tensor of which only some elements are stored.

    Args:
        indices: Whole numbers of shape (n, rank): where each stored element stands.
        values: The n stored elements.
        dense_shape: The rank sizes of the whole.

    >>> tf.sparse.to_dense(tf.SparseTensor([[0, 1], [1, 0]], [5, 7], [2, 2])).numpy()
    array([[0, 5],
           [7, 0]], dtype=int32)
    """

    __array_priority__ = 100

    def __init__(self, indices, values, dense_shape):
        indices, shape = convert(indices, hint=int64), convert(dense_shape, hint=int64)
        values = convert(values)
        for name, given in (("indices", indices), ("dense_shape", shape)):
            if given.dtype != torch.int64:
                raise ValueError(f"`{name}` must have dtype int64. Received: {dtype_of(given).name}")
        if indices.ndim != 2 or values.ndim != 1 or shape.ndim != 1:
            raise ValueError(
                "`indices` must have rank 2, `values` and `dense_shape` rank 1. "
                f"Received: ranks {indices.ndim}, {values.ndim}, {shape.ndim}"
            )
        if indices.shape[0] != values.shape[0] or indices.shape[1] != shape.shape[0]:
            raise ValueError(
                "`indices` must have a row for each value and a column for each dimension. "
                f"Received: {tuple(indices.shape)} for {values.shape[0]} values and {shape.shape[0]} dimensions"
            )
        self._indices, self._values, self._dense_shape = indices, wrap_all(values), shape

    @property
    def indices(self):
        """Where each stored element stands: int64 of shape (n, rank)."""
        return EagerTensor(self._indices)

    @property
    def values(self):
        """The stored elements, of shape (n,)."""
        return self._values

    @property
    def dense_shape(self):
        """The shape as an int64 tensor."""
        return EagerTensor(self._dense_shape)

    @property
    def shape(self):
        """The `TensorShape`."""
        return TensorShape(self._dense_shape.tolist())

    @property
    def dtype(self):
        """The `DType` of the elements."""
        return self._values.dtype

    @property
    def op(self):
        """Only symbolic tensors have operations."""
        raise AttributeError("Tensor.op is undefined when eager execution is enabled.")

    def get_shape(self):
        """Return the `TensorShape`."""
        return self.shape

    def set_shape(self, shape):
        """Check that the shape fits `shape`."""
        if not self.shape.is_compatible_with(shape):
            raise ValueError(f"Shapes {self.shape} and {as_shape(shape)} are incompatible")

    def with_values(self, new_values):
        """Return a sparse tensor with other elements in the same places."""
        return SparseTensor(self.indices, new_values, self.dense_shape)

    @classmethod
    def from_value(cls, sparse_tensor_value):
        """Return a sparse tensor of a triple (indices, values, dense_shape)."""
        if isinstance(sparse_tensor_value, SparseTensor):
            return sparse_tensor_value
        indices, values, shape = sparse_tensor_value
        return cls(indices, values, shape)

    def eval(self, feed_dict=None, session=None):
        """Sessions are gone from TensorFlow 2: raises an error that says so."""
        raise RuntimeError("There are no sessions in TensorFlow 2. Use `tf.sparse.to_dense(x).numpy()`.")

    def _scaled(self, fn, other):
        """Apply a binary function to the elements and those of a dense tensor in the same places."""
        dense = wrap_all(convert(other, hint=self.dtype))
        if dense._t.ndim > len(self._dense_shape):
            raise invalid(
                "SparseDenseCwise",
                "Broadcasts dense to sparse only; got incompatible shapes: "
                f"{self._dense_shape.tolist()} vs {list(dense.shape)}",
            )
        columns = []
        for axis, size in enumerate(dense._t.shape, len(self._dense_shape) - dense._t.ndim):
            column = self._indices[:, axis]
            columns.append(torch.zeros_like(column) if size == 1 else column)
        raw = dense._t if not columns else dense._t[tuple(columns)]
        return self.with_values(fn(self.values, wrap_all(raw)))

    def __mul__(self, other):
        return self._scaled(lambda x, y: x * y, other)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self._scaled(lambda x, y: x / y, other)

    def __repr__(self):
        return f"SparseTensor(indices={self.indices!s}, values={self.values!s}, dense_shape={self.dense_shape!s})"

    def __bool__(self):
        raise TypeError("A SparseTensor has no truth value. Use `tf.sparse.to_dense(x)` first.")

    def __reduce__(self):
        return SparseTensor, (self.indices, self.values, self.dense_shape)


SparseTensor.__module__ = "tensorflow.python.framework.sparse_tensor"


class SparseTensorSpec(TypeSpec):
    """The shape and dtype of a sparse tensor.

    >>> tf.SparseTensorSpec([None, 3], tf.float32)
    SparseTensorSpec(TensorShape([None, 3]), tf.float32)
    """

    __slots__ = ("_dtype", "_shape")

    def __init__(self, shape=None, dtype="float32"):
        self._shape, self._dtype = as_shape(shape), as_dtype(dtype)

    @property
    def shape(self):
        """The `TensorShape`."""
        return self._shape

    @property
    def dtype(self):
        """The `DType`."""
        return self._dtype

    @property
    def value_type(self):
        """The class of the values."""
        return SparseTensor

    @classmethod
    def from_value(cls, value):
        """Return the spec of a sparse tensor."""
        return cls(value.shape, value.dtype)

    def is_compatible_with(self, spec_or_value):
        """Whether a value, or every value of a spec, may have this shape and dtype."""
        return (
            isinstance(spec_or_value, (SparseTensor, SparseTensorSpec))
            and self._dtype is spec_or_value.dtype
            and self._shape.is_compatible_with(spec_or_value.shape)
        )

    def __eq__(self, other):
        return (
            isinstance(other, SparseTensorSpec)
            and self._shape._dims == other._shape._dims
            and self._dtype is other._dtype
        )

    def __hash__(self):
        return hash((self._shape._dims, self._dtype))

    def __repr__(self):
        return f"SparseTensorSpec({self._shape!r}, {self._dtype!r})"

    def __reduce__(self):
        return SparseTensorSpec, (self._shape, self._dtype)


def linear(indices, shape):
    """Return the place of each element in the flattened whole."""
    place = torch.zeros(indices.shape[0], dtype=torch.int64, device=indices.device)
    for axis, size in enumerate(shape):
        place = place * int(size) + indices[:, axis]
    return place


def positions(place, shape):
    """Return the indices of elements at some places of the flattened whole."""
    columns = []
    for size in reversed(list(shape)):
        size = max(int(size), 1)
        columns.append(place % size)
        place = torch.div(place, size, rounding_mode="floor")
    rows = columns[::-1]
    return torch.stack(rows, 1) if rows else torch.zeros(len(place), 0, dtype=torch.int64)


def is_text(sparse):
    """Whether the elements are strings."""
    return sparse.dtype is string


def _of_torch(raw):
    raw = raw.coalesce()
    return SparseTensor(EagerTensor(raw.indices().T.contiguous()), EagerTensor(raw.values()), list(raw.shape))


edge.register_sparse(_of_torch)
