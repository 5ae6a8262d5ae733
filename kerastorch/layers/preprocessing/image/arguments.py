"""Checks of arguments that layers for images share."""

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
INTERPOLATIONS = ("nearest", "bilinear")


def _is_pair(value):
    return isinstance(value, (tuple, list)) and len(value) == 2


def check_factor(factor, bounds=(-1, 1), name="factor", beyond=True):
    """Return (lower, upper) from a number or a pair.

    Args:
        factor: A number f, for (-f, f) within the bounds, or a pair.
        bounds: The least and the greatest value.
        name: Of the argument, for errors.
        beyond: Whether a pair may reach over the bounds on its outer sides.
    """
    low, high = bounds
    pair = sorted(factor) if _is_pair(factor) else None
    if pair is not None:
        good = (factor[0] <= high and factor[1] >= low) if beyond else low <= pair[0] and pair[1] <= high
    else:
        good = isinstance(factor, (int, float)) and low <= factor <= high
    if not good:
        raise ValueError(
            f"The `{name}` argument should be a number (or a list of two numbers) in the range [{low}, {high}]. "
            f"Received: {name}={factor}"
        )
    return tuple(pair) if pair is not None else (max(-abs(factor), low), abs(factor))


def check_range(factor, name, good, words):
    """Return (lower, upper) from a number f, for (-f, f), or a pair, each of which must be `good`."""
    numbers = factor if _is_pair(factor) else [factor]
    if not all(isinstance(x, (int, float)) for x in numbers) or isinstance(factor, dict):
        raise ValueError(_range_error(words, f"{name}={factor}"))
    for number in numbers:
        if not good(number):
            raise ValueError(_range_error(words, f"input_number={number} ({name}={factor})"))
    return tuple(sorted(numbers)) if _is_pair(factor) else (-abs(factor), abs(factor))


def _range_error(words, received):
    return f"The {words}. Received: {received}"


def check_value_range(value_range):
    """Return a pair of numbers, sorted, as a list."""
    if not _is_pair(value_range):
        raise ValueError(
            f"The `value_range` argument should be a list of two numbers. Received: value_range={value_range}"
        )
    return sorted(value_range)


def check_choice(name, value, choices):
    """Raise unless a value is one of the choices."""
    if value not in choices:
        raise NotImplementedError(f"Unknown `{name}` {value}. Expected of one {tuple(choices)}.")
