"""How a batch holds inputs, targets and sample weights."""


def unpack_x_y_sample_weight(data):
    """Return a batch as `(x, y, sample_weight)`, with None for what it lacks.

    >>> keras.utils.unpack_x_y_sample_weight((1, 2))
    (1, 2, None)
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return (data, None, None)
    if 1 <= len(data) <= 3:
        return (*data, *(None,) * (3 - len(data)))
    raise ValueError(
        f"Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, found: {data}"
    )


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """Return what `unpack_x_y_sample_weight` takes apart: a tuple, or `x` itself where that is clear.

    >>> keras.utils.pack_x_y_sample_weight(1), keras.utils.pack_x_y_sample_weight(1, 2)
    (1, (1, 2))
    """
    if y is None:
        return (x,) if isinstance(x, (list, tuple, dict)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def as_batch(data):
    """Return a batch as a tuple `(x,)`, `(x, y)` or `(x, y, sample_weight)`."""
    x, y, sample_weight = unpack_x_y_sample_weight(data)
    if sample_weight is not None:
        return (x, y, sample_weight)
    return (x,) if y is None else (x, y)
