"""`tf.IndexedSlices`: rows of a tensor, with their places."""

from ._index import scatter_nd
from ._wrap import tensor


class IndexedSlices:
    """The rows `values` at the places `indices` of a tensor of the shape `dense_shape`."""

    def __init__(self, values, indices, dense_shape=None):
        self._values, self._indices = tensor(values), tensor(indices)
        self._dense_shape = None if dense_shape is None else tensor(dense_shape)

    @property
    def values(self):
        """The rows."""
        return self._values

    @property
    def indices(self):
        """The places of the rows."""
        return self._indices

    @property
    def dense_shape(self):
        """The shape of the whole, or None."""
        return self._dense_shape

    @property
    def dtype(self):
        """The `DType` of the rows."""
        return self._values.dtype

    @property
    def device(self):
        """The name of the device that holds the rows."""
        return self._values.device

    def __tf_tensor__(self, dtype=None, name=None):
        if self._dense_shape is None:
            raise ValueError("Tensor conversion requested for IndexedSlices without dense_shape.")
        return scatter_nd(tensor(self._indices._t.unsqueeze(-1)), self._values, self._dense_shape)

    def __repr__(self):
        return f"IndexedSlices(indices={self._indices!r}, values={self._values!r})"
