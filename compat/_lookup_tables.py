"""What the tables of `tf.lookup` share."""

import numpy as np
import torch

from ._convert import convert, dtype_of
from ._dtypes import as_dtype, string
from ._ragged import RaggedTensor
from ._sparse_tensor import SparseTensor
from ._tensor import EagerTensor


def keys_of(raw):
    """Return the elements of a raw value as a list of bytes or numbers."""
    return raw.ravel().tolist() if isinstance(raw, np.ndarray) else raw.flatten().tolist()


def values_to_raw(values, dtype, shape):
    """Return a list of values as a raw value of this dtype and shape."""
    if dtype is string:
        out = np.empty(len(values), object)
        out[:] = values
        return out.reshape(shape)
    return torch.tensor(values, dtype=dtype._torch).reshape(shape)


class Table:
    """Keys and values, in memory.

    Args:
        key_dtype, value_dtype: Their dtypes.
        default_value: The value for keys that the table does not have.
    """

    def __init__(self, key_dtype, value_dtype, default_value):
        self._key_dtype, self._value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        default = convert(default_value, hint=self._value_dtype)
        if isinstance(default, torch.Tensor):
            default = default.to(self._value_dtype._torch)
        self._value_shape = tuple(default.shape)
        self._default = default.item() if not self._value_shape else default.tolist()
        self._table = {}

    @property
    def key_dtype(self):
        """The `DType` of the keys."""
        return self._key_dtype

    @property
    def value_dtype(self):
        """The `DType` of the values."""
        return self._value_dtype

    @property
    def default_value(self):
        """The value for keys that the table does not have."""
        return EagerTensor(values_to_raw([self._default], self._value_dtype, self._value_shape))

    def size(self, name=None):
        """Return the number of keys."""
        return EagerTensor(torch.tensor(len(self._table)))

    def _checked(self, keys):
        raw = convert(keys, hint=self._key_dtype)
        if dtype_of(raw) is not self._key_dtype and self._key_dtype.is_integer and dtype_of(raw).is_integer:
            return raw.to(self._key_dtype._torch)
        if dtype_of(raw) is not self._key_dtype:
            raise TypeError(
                f"Dtype of argument `keys` must be {self._key_dtype.name}, received: {dtype_of(raw).name}"
            )
        return raw

    def lookup(self, keys, name=None):
        """Return the values of keys."""
        if isinstance(keys, RaggedTensor):
            return keys.with_flat_values(self.lookup(keys.flat_values))
        if isinstance(keys, SparseTensor):
            return keys.with_values(self.lookup(keys.values))
        raw = self._checked(keys)
        default = self._default
        found = [self._table.get(key, default) for key in keys_of(raw)]
        return EagerTensor(values_to_raw(found, self._value_dtype, (*raw.shape, *self._value_shape)))

    def __getitem__(self, keys):
        return self.lookup(keys)

    def export(self, name=None):
        """Return a tensor of all keys, and one of their values."""
        keys = values_to_raw(list(self._table), self._key_dtype, (len(self._table),))
        values = values_to_raw(
            list(self._table.values()), self._value_dtype, (len(self._table), *self._value_shape)
        )
        return EagerTensor(keys), EagerTensor(values)
