"""Sizes, strides and edges in one, two or three dimensions, checked as tuples."""

import numbers


def sizes(value, rank, name, allow_zero=False):
    """Return a number, or `rank` of them, as a tuple of `rank` ints.

    >>> from kerastorch.layers.core.window import sizes
    >>> sizes(3, 2, "kernel_size")
    (3, 3)
    """
    requirement = "value >= 0" if allow_zero else "value > 0"
    message = f"The `{name}` argument must be a tuple of {rank} integers. Received {name}={value}"
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        result = (int(value),) * rank
    else:
        try:
            result = tuple(value)
        except TypeError:
            raise ValueError(message) from None
        if len(result) != rank or any(
            isinstance(x, bool) or not isinstance(x, numbers.Integral) for x in result
        ):
            raise ValueError(message)
        result = tuple(int(x) for x in result)
    wrong = {x for x in result if x < 0 or (x == 0 and not allow_zero)}
    if wrong:
        raise ValueError(f"{message}, including values {wrong} that do not satisfy `{requirement}`")
    return result


def edges(value, rank, name):
    """Return a number, `rank` numbers, or `rank` pairs of (before, after), as a tuple of pairs."""
    if isinstance(value, numbers.Integral):
        return (sizes(value, 2, name, allow_zero=True),) * rank
    if not hasattr(value, "__len__") or isinstance(value, str) or len(value) != rank:
        raise ValueError(f"`{name}` should have {rank} elements. Received: {name}={value}.")
    ordinals = ("1st", "2nd", "3rd")
    return tuple(sizes(x, 2, f"{ordinals[i]} entry of {name}", allow_zero=True) for i, x in enumerate(value))


def check_padding(padding, allow_causal=False):
    """Return the name of a padding in lower case, or raise a ValueError."""
    allowed = {"valid", "same"} | ({"causal"} if allow_causal else set())
    name = padding.lower() if isinstance(padding, str) else padding
    if name not in allowed:
        raise ValueError(
            f"The `padding` argument must be one of {sorted(allowed)}. Received: padding={padding!r}"
        )
    return name
