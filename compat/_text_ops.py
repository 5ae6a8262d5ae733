"""What the functions of texts share: element by element, on tensors and on the flat values of ragged ones."""

import functools

import numpy as np
import torch

from ._convert import convert
from ._dtypes import string
from ._ragged import RaggedTensor
from ._tensor import EagerTensor


def texts(value):
    """Return the object array of bytes of anything that is like a tensor of strings."""
    return convert(value, string)


def each(function, *arrays):
    """Return the results of a function on each element, as an object array."""
    out = np.empty(np.broadcast_shapes(*(a.shape for a in arrays)), object)
    if len(arrays) == 1:
        out.ravel()[:] = list(map(function, arrays[0].ravel().tolist()))
        return out
    parts = [np.broadcast_to(a, out.shape).ravel() for a in arrays]
    out.ravel()[:] = [function(*values) for values in zip(*parts)] if out.size else []
    return out


def numbers(array, dtype):
    """Return an object array of numbers as a tensor."""
    return EagerTensor(torch.from_numpy(np.asarray(array.ravel().tolist(), dtype=dtype).reshape(array.shape)))


def integers(array):
    """Return an array of whole numbers as a tensor."""
    return EagerTensor(torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape)))


def on_ragged(function):
    """Make a function of a tensor of texts also one of ragged tensors, whose flat values it is applied to."""

    @functools.wraps(function)
    def wrapper(input, *args, **kwargs):
        if isinstance(input, RaggedTensor):
            return input.with_flat_values(function(input.flat_values, *args, **kwargs))
        return function(input, *args, **kwargs)

    return wrapper


def rows_to_ragged(rows, shape):
    """Return lists of bytes, one for each element of a tensor of some shape, as a ragged tensor (or a tensor).

    Args:
        rows: The lists.
        shape: The shape; `()` for a single list, which becomes a tensor.
    """
    flat = np.empty(sum(map(len, rows)), object)
    flat[:] = [token for row in rows for token in row]
    return in_rows(EagerTensor(flat), [len(row) for row in rows], shape)


def in_rows(flat, lengths, shape):
    """Return flat values in rows of these lengths, one for each element of a tensor of some shape."""
    if not shape:
        return flat
    out = RaggedTensor.from_row_lengths(flat, np.array(lengths, np.int64))
    for size in shape[:0:-1]:
        out = RaggedTensor.from_uniform_row_length(out, size, nrows=len(out) // size if size else 0)
    return out
