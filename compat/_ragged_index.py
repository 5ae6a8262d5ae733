"""Indexing of ragged tensors: whole numbers, slices, `...` and new axes."""

import numpy as np

from ._failure import invalid
from ._ragged import RaggedTensor, _count, _splits_of, take


def index(ragged, key):
    """Return `ragged[key]` for a tuple of whole numbers, slices, `...` and new axes."""
    if not key:
        return ragged
    if not isinstance(ragged, RaggedTensor):
        return ragged[key]
    if any(k is Ellipsis for k in key):
        at = next(i for i, k in enumerate(key) if k is Ellipsis)
        given = sum(k is not None and k is not Ellipsis for k in key)
        key = (*key[:at], *[slice(None)] * (len(ragged.shape) - given), *key[at + 1 :])
    first, rest = key[0], key[1:]
    if first is None:
        inner = index(ragged, rest)
        return RaggedTensor.from_uniform_row_length(inner, _count(inner), nrows=1)
    if isinstance(first, slice):
        rows = np.arange(len(ragged))[_plain(first)]
        return _inside(take(ragged, rows) if len(rows) < len(ragged) or first.step else ragged, rest)
    row = _position(first, len(ragged))
    start, end = int(ragged._splits[row]), int(ragged._splits[row + 1])
    return index(ragged._values[start:end], rest)


def _inside(ragged, key):
    """The same part of each row."""
    if not key:
        return ragged
    first, rest = key[0], key[1:]
    if first is None:
        return RaggedTensor.from_uniform_row_length(_inside(ragged, rest), 1)
    if isinstance(first, slice):
        if first != slice(None):
            kept = [range(*_plain(first).indices(n)) for n in ragged._lengths]
            rows = np.concatenate(
                [np.asarray(k, np.int64) + s for k, s in zip(kept, ragged._splits)] or [np.zeros(0, np.int64)]
            )
            ragged = RaggedTensor(
                take(ragged._values, rows), _splits_of(np.array([len(k) for k in kept], np.int64))
            )
        if not rest:
            return ragged
        values = ragged._values
        inner = _inside(values, rest) if isinstance(values, RaggedTensor) else values[(slice(None), *rest)]
        return ragged.with_values(inner)
    number = int(first)
    if (len(ragged) and (ragged._lengths <= number).any()) or (ragged._lengths < -number).any():
        raise invalid(
            "StridedSlice",
            f"slice index {number} of dimension 1 out of bounds.",
            name=" name: strided_slice/",
        )
    places = (ragged._splits[:-1] if number >= 0 else ragged._splits[1:]) + number
    return index(take(ragged._values, places), (slice(None), *rest) if rest else ())


def _plain(k):
    return slice(*[None if n is None else int(n) for n in (k.start, k.stop, k.step)])


def _position(k, size):
    number = int(k)
    if not -size <= number < size:
        raise invalid(
            "StridedSlice",
            f"slice index {number} of dimension 0 out of bounds.",
            name=" name: strided_slice/",
        )
    return number % size


def _getitem(self, key):
    return index(self, key if isinstance(key, tuple) else (key,))


RaggedTensor.__getitem__ = _getitem
