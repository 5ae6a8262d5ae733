"""`tf.lookup.experimental`: tables that can be changed."""

from ._convert import convert
from ._lookup_tables import Table, keys_of


class MutableHashTable(Table):
    """A table that can be changed.

    Args:
        key_dtype, value_dtype: The dtypes of keys and values.
        default_value: The value for keys that the table does not have.

    >>> table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, default_value=-1)
    >>> table.insert(["a", "b"], [1, 2])
    >>> table.lookup(tf.constant(["b", "z"])).numpy()
    array([ 2, -1])
    """

    def __init__(
        self,
        key_dtype,
        value_dtype,
        default_value,
        name="MutableHashTable",
        checkpoint=True,
        experimental_is_anonymous=False,
    ):
        super().__init__(key_dtype, value_dtype, default_value)

    def insert(self, keys, values, name=None):
        """Set the values of keys."""
        raw = convert(values, hint=self._value_dtype)
        listed = raw.reshape(-1, *self._value_shape).tolist() if self._value_shape else keys_of(raw)
        keys = keys_of(self._checked(keys))
        if len(keys) != len(listed):
            raise ValueError(
                f"There must be one value for each key. Received: {len(keys)} keys, {len(listed)} values"
            )
        self._table.update(zip(keys, listed))

    def remove(self, keys, name=None):
        """Remove keys; those that the table does not have are left out."""
        for key in keys_of(self._checked(keys)):
            self._table.pop(key, None)

    erase = remove


class DenseHashTable(MutableHashTable):
    """A table that can be changed, with two keys that no entry may have.

    Args:
        key_dtype, value_dtype: The dtypes of keys and values.
        default_value: The value for keys that the table does not have.
        empty_key, deleted_key: The two keys.
    """

    def __init__(
        self,
        key_dtype,
        value_dtype,
        default_value,
        empty_key,
        deleted_key,
        initial_num_buckets=None,
        name="MutableDenseHashTable",
        checkpoint=True,
        experimental_is_anonymous=False,
    ):
        super().__init__(key_dtype, value_dtype, default_value)
        self._reserved = {keys_of(self._checked(key))[0] for key in (empty_key, deleted_key)}
        if len(self._reserved) < 2:
            raise ValueError(f"`empty_key` and `deleted_key` must differ. Received: {empty_key!r} for both")

    def insert(self, keys, values, name=None):
        """Set the values of keys."""
        used = self._reserved & set(keys_of(self._checked(keys)))
        if used:
            raise ValueError(f"The keys {sorted(used)} are reserved: they are `empty_key` and `deleted_key`.")
        super().insert(keys, values)
