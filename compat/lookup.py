"""`tf.lookup`: tables from keys to values.

https://www.tensorflow.org/api_docs/python/tf/lookup
"""

import itertools

import numpy as np
import torch

from kerastorch.core.hashing import fingerprints
from kerastorch.layers.preprocessing.vocabulary import read_lines

from . import _lookup_experimental as experimental
from ._convert import convert, dtype_of
from ._dtypes import as_dtype, int64, string
from ._lookup_tables import Table, keys_of, values_to_raw
from ._ragged import RaggedTensor
from ._tensor import EagerTensor


class TextFileIndex:
    """Which part of a line of a file is a key or a value: the whole line, its number, or a column from 0 on."""

    WHOLE_LINE = -2
    LINE_NUMBER = -1


class KeyValueTensorInitializer:
    """The content of a table, as a tensor of keys and one of values.

    Args:
        keys: The keys.
        values: The values, of the same shape.
        key_dtype, value_dtype: Their dtypes.
    """

    def __init__(self, keys, values, key_dtype=None, value_dtype=None, name=None):
        keys = convert(keys, hint=None if key_dtype is None else as_dtype(key_dtype))
        values = convert(values, hint=None if value_dtype is None else as_dtype(value_dtype))
        if tuple(keys.shape) != tuple(values.shape):
            raise ValueError(
                f"Keys and values must have one shape. Received: {tuple(keys.shape)}, {tuple(values.shape)}"
            )
        self.key_dtype, self.value_dtype = dtype_of(keys), dtype_of(values)
        self._pairs = list(zip(keys_of(keys), keys_of(values)))

    def pairs(self):
        """Return the pairs of keys and values."""
        return self._pairs


class TextFileInitializer:
    """The content of a table, from the lines of a file.

    Args:
        filename: The file.
        key_dtype, value_dtype: The dtypes of keys and values.
        key_index, value_index: A `TextFileIndex`, or the number of a column.
        vocab_size: How many lines the file must have, or None.
        delimiter: What separates columns.
        value_index_offset: What is added to line numbers that are values.
    """

    def __init__(
        self,
        filename,
        key_dtype,
        key_index,
        value_dtype,
        value_index,
        vocab_size=None,
        delimiter="\t",
        name=None,
        value_index_offset=0,
    ):
        self.key_dtype, self.value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        for what, at, dtype in (("Key", key_index, self.key_dtype), ("Value", value_index, self.value_dtype)):
            if at == TextFileIndex.LINE_NUMBER and not dtype.is_integer:
                raise ValueError(
                    f"{what} index is line number: its dtype must be int64. Received: {dtype.name}"
                )
            if at == TextFileIndex.WHOLE_LINE and not (dtype.is_integer or dtype is string):
                raise ValueError(
                    f"{what} index is whole line: its dtype must be string or an integer. Received: {dtype.name}"
                )
        lines = [line.encode() for line in read_lines(str(filename))]
        if vocab_size is not None and len(lines) < vocab_size:
            raise ValueError(f"The file has {len(lines)} lines, but `vocab_size` is {vocab_size}: {filename}")
        lines = lines[:vocab_size]

        def part(line, number, at, dtype, offset):
            if at == TextFileIndex.LINE_NUMBER:
                return number + offset
            text = line if at == TextFileIndex.WHOLE_LINE else line.split(delimiter.encode())[at]
            return text if dtype is string else float(text) if dtype.is_floating else int(text)

        self._pairs = [
            (
                part(line, number, key_index, self.key_dtype, 0),
                part(line, number, value_index, self.value_dtype, value_index_offset),
            )
            for number, line in enumerate(lines)
        ]

    def pairs(self):
        """Return the pairs of keys and values."""
        return self._pairs


class StaticHashTable(Table):
    """A table that does not change.

    Args:
        initializer: A `KeyValueTensorInitializer` or `TextFileInitializer`.
        default_value: The value for keys that the table does not have.

    >>> keys = tf.lookup.KeyValueTensorInitializer(["a", "b"], [7, 8])
    >>> tf.lookup.StaticHashTable(keys, default_value=-1).lookup(tf.constant(["b", "c"])).numpy()
    array([ 8, -1], dtype=int32)
    """

    def __init__(self, initializer, default_value, name=None, experimental_is_anonymous=False):
        super().__init__(initializer.key_dtype, initializer.value_dtype, default_value)
        for key, value in initializer.pairs():
            if self._table.setdefault(key, value) != value:
                raise ValueError(
                    f"HashTable has different value for same key. Key {key!r} has {self._table[key]!r}."
                )


class StaticVocabularyTable(Table):
    """A table from texts or integers to numbers, in which those that it does not have share `num_oov_buckets` numbers.

    Args:
        initializer: What has the keys and their numbers, or None.
        num_oov_buckets: How many numbers there are beyond those of the keys.
        lookup_key_dtype: The dtype of the keys, without an initializer.
    """

    def __init__(
        self, initializer, num_oov_buckets, lookup_key_dtype=None, name=None, experimental_is_anonymous=False
    ):
        if num_oov_buckets <= 0:
            raise ValueError(f"`num_oov_buckets` must be > 0; got {num_oov_buckets}.")
        if initializer is None and lookup_key_dtype is None:
            raise ValueError(
                "Invalid type for the lookup table: `lookup_key_dtype` is needed without an initializer."
            )
        key_dtype = as_dtype(lookup_key_dtype) if lookup_key_dtype is not None else initializer.key_dtype
        if initializer is not None and initializer.value_dtype is not int64:
            raise TypeError(f"Invalid `value_dtype`, expected int64 but got {initializer.value_dtype.name}.")
        super().__init__(key_dtype, int64, -1)
        self._table.update(initializer.pairs() if initializer is not None else ())
        self.num_oov_buckets = num_oov_buckets

    def size(self, name=None):
        """Return the number of numbers that a lookup can give."""
        return EagerTensor(torch.tensor(len(self._table) + self.num_oov_buckets))

    def lookup(self, keys, name=None):
        """Return the numbers of keys."""
        if isinstance(keys, RaggedTensor):
            return keys.with_flat_values(self.lookup(keys.flat_values))
        raw = self._checked(keys)
        listed = keys_of(raw)
        found = np.fromiter(map(self._table.get, listed, itertools.repeat(-1)), np.int64, len(listed))
        unknown = np.flatnonzero(found == -1)
        texts = [listed[i] if isinstance(listed[i], bytes) else b"%d" % listed[i] for i in unknown]
        found[unknown] = (fingerprints(texts) % np.uint64(self.num_oov_buckets)).astype(np.int64) + len(
            self._table
        )
        return EagerTensor(values_to_raw(found.tolist(), int64, tuple(raw.shape)))

    def __getitem__(self, keys):
        return self.lookup(keys)


__all__ = [
    "KeyValueTensorInitializer",
    "StaticHashTable",
    "StaticVocabularyTable",
    "TextFileIndex",
    "TextFileInitializer",
    "experimental",
]
