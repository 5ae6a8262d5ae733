"""Text: what stands in for tensors of strings, NumPy arrays of bytes or of Python strings.

Torch has no tensors of text. At the border they are object arrays of bytes, as TensorFlow's strings are.
"""

import numpy as np

_TEXT = (str, bytes)


def is_text_array(x):
    """Tell whether `x` is a NumPy array (or scalar) of text."""
    if not isinstance(x, (np.ndarray, np.generic)):
        return False
    if x.dtype.kind == "O":
        return x.size == 0 or isinstance(x.flat[0], _TEXT)
    return x.dtype.kind in "US"


def is_text(x):
    """Tell whether `x` is a string, bytes, or a nested list of nothing but those."""
    if isinstance(x, (list, tuple)):
        return bool(x) and all(is_text(part) for part in x)
    return isinstance(x, _TEXT)


def to_bytes(x, encoding="utf-8"):
    """Return text as an object array of bytes.

    Args:
        x: A string, bytes, an array of them, or a nested list whose rows have one length.
        encoding: How strings become bytes.
    """
    array = x if isinstance(x, np.ndarray) else _to_array(x)
    out = np.empty(array.shape, object)
    flat = array.ravel().tolist()
    if not set(map(type, flat)) <= {bytes}:
        flat = [value.encode(encoding) if isinstance(value, str) else _checked(value) for value in flat]
    out.ravel()[:] = flat
    return out


def to_strings(array, encoding="utf-8"):
    """Return an array of bytes as an object array of Python strings."""
    out = np.empty(array.shape, object)
    out.ravel()[:] = [
        value.decode(encoding) if isinstance(value, bytes) else value for value in array.ravel()
    ]
    return out


def _to_array(x):
    shape, rows = [], x
    while isinstance(rows, (list, tuple)):
        shape.append(len(rows))
        rows = rows[0] if rows else None
    leaves = list(_leaves(x, shape, 0)) if isinstance(x, (list, tuple)) else [x]
    array = np.empty(len(leaves), object)
    array[:] = leaves
    return array.reshape(shape)


def _leaves(rows, shape, depth):
    if len(rows) != shape[depth]:
        raise ValueError(
            f"Rows of text must have one length. Received: rows of {shape[depth]} and of {len(rows)} texts"
        )
    if depth + 1 == len(shape):
        yield from rows
        return
    for row in rows:
        if not isinstance(row, (list, tuple)):
            raise ValueError(f"Rows of text must be nested to one depth. Received: {row!r} beside a list")
        yield from _leaves(row, shape, depth + 1)


def _checked(value):
    if not isinstance(value, bytes):
        raise ValueError(
            f"Text must be strings or bytes. Received: {value!r} (of type {type(value).__name__})"
        )
    return bytes(value)
