"""`tf.RaggedTensorSpec`: what is known of a ragged tensor before it is there."""

from ._convert import dtype_of
from ._dtypes import as_dtype, int64
from ._ragged import RaggedTensor
from ._shape import TensorShape
from ._spec import TypeSpec


class RaggedTensorSpec(TypeSpec):
    """The type of a ragged tensor.

    Args:
        shape: The shape, None for ragged dimensions.
        dtype: The dtype of the values.
        ragged_rank: The number of ragged dimensions.
        row_splits_dtype: The dtype of the row splits.
    """

    __slots__ = ("_dtype", "_ragged_rank", "_row_splits_dtype", "_shape")

    def __init__(
        self, shape=None, dtype="float32", ragged_rank=None, row_splits_dtype=int64, flat_values_spec=None
    ):
        self._shape, self._dtype = TensorShape(shape), as_dtype(dtype)
        self._row_splits_dtype = as_dtype(row_splits_dtype)
        self._ragged_rank = len(self._shape) - 1 if ragged_rank is None else ragged_rank

    @property
    def shape(self):
        """The `TensorShape`."""
        return self._shape

    @property
    def dtype(self):
        """The `DType` of the values."""
        return self._dtype

    @property
    def ragged_rank(self):
        """The number of ragged dimensions."""
        return self._ragged_rank

    @property
    def row_splits_dtype(self):
        """The `DType` of the row splits."""
        return self._row_splits_dtype

    @property
    def value_type(self):
        """The class of the values."""
        return RaggedTensor

    @classmethod
    def from_value(cls, value):
        """Return the spec of a ragged tensor."""
        return cls(value.shape, value.dtype, value.ragged_rank, dtype_of(value.row_splits._t))

    def is_compatible_with(self, spec_or_value):
        """Whether a value may belong to this type."""
        other = spec_or_value
        other = RaggedTensorSpec.from_value(other) if isinstance(other, RaggedTensor) else other
        return (
            isinstance(other, RaggedTensorSpec)
            and self._dtype == other._dtype
            and self._shape.is_compatible_with(other._shape)
        )

    def _key(self):
        return str(self._shape), self._dtype.name, self._ragged_rank, self._row_splits_dtype.name

    def __eq__(self, other):
        return isinstance(other, RaggedTensorSpec) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())

    def __repr__(self):
        return f"RaggedTensorSpec({self._shape!r}, {self._dtype!r}, {self._ragged_rank}, {self._row_splits_dtype!r})"
