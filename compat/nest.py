"""`tf.nest`: flatten, map and pack nested lists, tuples and dicts; dicts go in the order of their keys.

https://www.tensorflow.org/api_docs/python/tf/nest
"""

from kerastorch.core import tree


def is_nested(structure):
    """Tell whether `structure` is a list, tuple or dict."""
    return tree.is_nested(structure)


def flatten(structure, expand_composites=False):
    """Return the leaves as a list.

    >>> tf.nest.flatten({"b": [1, 2], "a": 3})
    [3, 1, 2]
    """
    return tree.flatten(structure)


def map_structure(func, *structure, **kwargs):
    """Return the structure of the results of `func` on corresponding leaves.

    >>> tf.nest.map_structure(lambda a, b: a + b, [1, {"x": 2}], [10, {"x": 20}])
    [11, {'x': 22}]
    """
    if not callable(func):
        raise TypeError(f"Argument `func` must be callable, got: {func}")
    if not structure:
        raise ValueError("Must provide at least one structure")
    for name in ("check_types", "expand_composites"):
        kwargs.pop(name, None)
    if kwargs:
        raise ValueError(
            f"Only valid keyword arguments are `check_types` and `expand_composites`, not: `{'`, `'.join(kwargs)}`"
        )
    return tree.map_structure(func, *structure)


def pack_sequence_as(structure, flat_sequence, expand_composites=False):
    """Return a structure like `structure` with the leaves of `flat_sequence`."""
    return tree.pack_sequence_as(structure, flat_sequence)


def assert_same_structure(nest1, nest2, check_types=True, expand_composites=False):
    """Raise a ValueError unless both structures have the same containers."""
    tree.assert_same_structure(nest1, nest2)
