"""`tf.TypeSpec` and `tf.TensorSpec`: what is known of a value before it is there.

https://www.tensorflow.org/api_docs/python/tf/TensorSpec
"""

from ._convert import convert, dtype_of
from ._dtypes import as_dtype, float32
from ._shape import as_shape, known_shape
from ._tensor import Tensor


class TypeSpec:
    """The type of a value: a `TensorSpec`, a `DatasetSpec`, or the type of None."""

    __slots__ = ()

    def is_compatible_with(self, spec_or_value):
        """Whether a value, or every value of a type, may belong to this type."""
        return self == spec_or_value

    def is_subtype_of(self, other):
        """Whether every value of this type is one of `other`."""
        return self == other

    def __ne__(self, other):
        return not self == other


class TensorSpec(TypeSpec):
    """The shape and dtype of a tensor.

    >>> tf.TensorSpec([None, 2], tf.int32)
    TensorSpec(shape=(None, 2), dtype=tf.int32, name=None)
    """

    __slots__ = ("_dtype", "_name", "_shape")

    def __init__(self, shape, dtype=float32, name=None):
        self._shape, self._dtype, self._name = as_shape(shape), as_dtype(dtype), name

    @property
    def shape(self):
        """The `TensorShape`."""
        return self._shape

    @property
    def dtype(self):
        """The `DType`."""
        return self._dtype

    @property
    def name(self):
        """The name, or None."""
        return self._name

    @property
    def value_type(self):
        """The class of the values."""
        return Tensor

    @classmethod
    def from_tensor(cls, tensor, name=None):
        """Return the spec of a tensor."""
        return cls(tensor.shape, tensor.dtype, name)

    @classmethod
    def from_spec(cls, spec, name=None):
        """Return a spec like `spec`, with another name if one is given."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_raw(cls, raw):
        """Return the spec of a raw value."""
        return cls(known_shape(raw.shape), dtype_of(raw))

    def is_compatible_with(self, spec_or_value):
        """Whether a value, or every value of a spec, may have this shape and dtype."""
        if not isinstance(spec_or_value, (TensorSpec, Tensor)):
            try:
                spec_or_value = TensorSpec.from_raw(convert(spec_or_value, hint=self._dtype))
            except (TypeError, ValueError):
                return False
        return self._dtype is spec_or_value.dtype and self._shape.is_compatible_with(spec_or_value.shape)

    def is_subtype_of(self, other):
        """Whether every tensor of this spec is one of `other`."""
        if not isinstance(other, TensorSpec):
            return False
        same_name = other._name is None or self._name == other._name
        return same_name and self._dtype is other._dtype and self._shape.is_subtype_of(other._shape)

    def most_specific_compatible_type(self, other):
        """Return the narrowest spec that has the tensors of both."""
        if not isinstance(other, TensorSpec) or other._dtype is not self._dtype:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        shape = self._shape.most_specific_compatible_shape(other._shape)
        return TensorSpec(shape, self._dtype, self._name if self._name == other._name else None)

    def most_specific_common_supertype(self, others):
        """Return the narrowest spec that has the tensors of this and of all `others`, or None."""
        spec = self
        for other in others:
            if (
                not isinstance(other, TensorSpec)
                or other._dtype is not self._dtype
                or other._name != self._name
            ):
                return None
            spec = spec.most_specific_compatible_type(other)
        return spec

    def __eq__(self, other):
        return (
            isinstance(other, TensorSpec)
            and self._shape._dims == other._shape._dims
            and self._dtype is other._dtype
            and self._name == other._name
        )

    def __hash__(self):
        return hash((self._shape._dims, self._dtype, self._name))

    def __repr__(self):
        return f"TensorSpec(shape={self._shape}, dtype={self._dtype!r}, name={self._name!r})"

    def __reduce__(self):
        return TensorSpec, (self._shape, self._dtype, self._name)


class NoneTensorSpec(TypeSpec):
    """The type of None inside a structure of tensors."""

    __slots__ = ()

    def __eq__(self, other):
        return isinstance(other, NoneTensorSpec)

    def __hash__(self):
        return hash(NoneTensorSpec)

    def __repr__(self):
        return "NoneTensorSpec()"
