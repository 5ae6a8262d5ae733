"""Names for layers, metrics and variables: `Dense` -> `dense`, `dense_1`, ..."""

import collections
import re

_counters: dict[str, int] = collections.defaultdict(int)


def to_snake_case(name):
    """Return a class name in snake case, as Keras writes it.

    >>> from kerastorch.core.naming import to_snake_case
    >>> to_snake_case("Conv2DTranspose"), to_snake_case("MeanSquaredError")
    ('conv2d_transpose', 'mean_squared_error')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(prefix):
    """Return `prefix`, then `prefix_1`, `prefix_2`, ... each time it is asked for."""
    prefix = to_snake_case(prefix)
    count = _counters[prefix]
    _counters[prefix] += 1
    return prefix if count == 0 else f"{prefix}_{count}"


def local_names(objects):
    """Return names for objects that do not depend on what else the process made.

    A name that was made from the class ("dense_7") is counted afresh; one that a person gave is kept.
    """
    names, counts = [], collections.Counter()
    for x in objects:
        base = to_snake_case(type(x).__name__)
        automatic = re.fullmatch(rf"{re.escape(base)}(_\d+)?", x.name)
        name = (base if automatic else x.name).replace(".", "_")
        counts[name] += 1
        names.append(name if counts[name] == 1 else f"{name}_{counts[name] - 1}")
    return names


def get_uid(prefix=""):
    """Return the next integer for `prefix`, starting at 1."""
    _counters[prefix] += 1
    return _counters[prefix]


def reset_uids():
    """Start all numbering afresh."""
    _counters.clear()
