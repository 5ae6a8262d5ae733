"""Maps and flattens nested lists, tuples, named tuples, deques and dicts; dict keys are visited in sorted order."""

import collections

_CONTAINERS = (list, tuple, dict, collections.deque)


def is_nested(structure):
    """Tell whether `structure` is a list, tuple, dict or deque.

    >>> keras.tree.is_nested([1]), keras.tree.is_nested(1)
    (True, False)
    """
    return isinstance(structure, _CONTAINERS)


def _keys(mapping):
    if isinstance(mapping, collections.OrderedDict):
        return list(mapping)
    try:
        return sorted(mapping)
    except TypeError:
        return list(mapping)


def _children(structure):
    if isinstance(structure, dict):
        return [structure[key] for key in _keys(structure)]
    return structure


def _rebuild(structure, children):
    """Return a container like `structure` with other children (dicts keep their own key order)."""
    if isinstance(structure, dict):
        values = dict(zip(_keys(structure), children))
        items = [(key, values[key]) for key in structure]
        if isinstance(structure, collections.defaultdict):
            return type(structure)(structure.default_factory, items)
        return type(structure)(items)
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*children)
    if isinstance(structure, collections.deque):
        return type(structure)(children, structure.maxlen)
    return type(structure)(children)


def flatten(structure):
    """Return the leaves of a nested structure as a list.

    >>> keras.tree.flatten({"b": [1, 2], "a": 3})
    [3, 1, 2]
    """
    if not isinstance(structure, _CONTAINERS):
        return [structure]
    leaves = []
    for child in _children(structure):
        if isinstance(child, _CONTAINERS):
            leaves.extend(flatten(child))
        else:
            leaves.append(child)
    return leaves


def flatten_with_path(structure):
    """Return a list of (path, leaf) pairs, a path being a tuple of indices and keys.

    >>> keras.tree.flatten_with_path({"a": [1, 2]})
    [(('a', 0), 1), (('a', 1), 2)]
    """
    if not isinstance(structure, _CONTAINERS):
        return [((), structure)]
    keys = _keys(structure) if isinstance(structure, dict) else range(len(structure))
    return [
        ((key, *path), leaf)
        for key, child in zip(keys, _children(structure))
        for path, leaf in flatten_with_path(child)
    ]


def map_structure(func, *structures, none_is_leaf=True):
    """Return the structure of the results of `func` on corresponding leaves.

    >>> keras.tree.map_structure(lambda a, b: a + b, [1, {"x": 2}], [10, {"x": 20}])
    [11, {'x': 22}]
    """
    if not structures:
        raise ValueError("Must provide at least one structure")
    first = structures[0]
    if not isinstance(first, _CONTAINERS):
        if first is None and not none_is_leaf:
            return None
        return func(*structures)
    for other in structures[1:]:
        _check_alike(first, other)
    columns = zip(*(_children(structure) for structure in structures))
    return _rebuild(first, [map_structure(func, *column, none_is_leaf=none_is_leaf) for column in columns])


def map_structure_up_to(shallow_structure, func, *structures):
    """Like `map_structure`, going only as deep as `shallow_structure`.

    >>> keras.tree.map_structure_up_to([0, 0], len, [[1, 2], [3]])
    [2, 1]
    """
    if not isinstance(shallow_structure, _CONTAINERS):
        return func(*structures)
    for other in structures:
        _check_alike(shallow_structure, other)
    columns = zip(_children(shallow_structure), *(_children(structure) for structure in structures))
    return _rebuild(
        shallow_structure, [map_structure_up_to(*column[:1], func, *column[1:]) for column in columns]
    )


def pack_sequence_as(structure, flat_sequence):
    """Return a structure like `structure` with the leaves of `flat_sequence`.

    >>> keras.tree.pack_sequence_as({"a": 0, "b": [0]}, [1, 2])
    {'a': 1, 'b': [2]}
    """
    flat_sequence = list(flat_sequence)
    count = len(flatten(structure))
    if len(flat_sequence) != count:
        raise ValueError(
            f"The structure has {count} leaves, flat_sequence has {len(flat_sequence)} elements. "
            f"structure: {structure}, flat_sequence: {flat_sequence}"
        )
    leaves = iter(flat_sequence)
    return map_structure(lambda _: next(leaves), structure)


def assert_same_structure(a, b, check_types=None):
    """Raise a ValueError unless both structures have the same containers."""
    if is_nested(a):
        _check_alike(a, b)
        for x, y in zip(_children(a), _children(b)):
            assert_same_structure(x, y)
    elif is_nested(b):
        raise ValueError(f"`a` and `b` don't have the same nested structure. Received: a={a}, b={b}")


def assert_same_paths(a, b):
    """Raise a ValueError unless both structures have leaves at the same paths."""
    paths_a = {path for path, _ in flatten_with_path(a)}
    paths_b = {path for path, _ in flatten_with_path(b)}
    if paths_a != paths_b:
        raise ValueError(f"`a` and `b` have leaves at different paths: {sorted(map(str, paths_a ^ paths_b))}")


def lists_to_tuples(structure):
    """Return the structure with every list replaced by a tuple.

    >>> keras.tree.lists_to_tuples([1, [2]])
    (1, (2,))
    """
    if not isinstance(structure, _CONTAINERS):
        return structure
    children = [lists_to_tuples(child) for child in _children(structure)]
    return tuple(children) if isinstance(structure, list) else _rebuild(structure, children)


class MAP_TO_NONE:
    """Returned from the function of `traverse` where the result should be None."""


def traverse(func, structure, top_down=True):
    """Call `func` on every node and leaf; a result that is not None replaces the node.

    >>> keras.tree.traverse(lambda x: x * 2 if isinstance(x, int) else None, [1, [2]])
    [2, [4]]
    """

    def result_of(node):
        result = func(node)
        return (False, None) if result is None else (True, None if result is MAP_TO_NONE else result)

    if top_down:
        replaced, result = result_of(structure)
        if replaced:
            return result
    if isinstance(structure, _CONTAINERS):
        structure = _rebuild(structure, [traverse(func, child, top_down) for child in _children(structure)])
    if not top_down:
        replaced, result = result_of(structure)
        if replaced:
            return result
    return structure


def _kind(structure):
    """Return what must be equal in containers that match: dicts of every class do, named tuples only with their own."""
    for kind in (dict, list, collections.deque):
        if isinstance(structure, kind):
            return kind
    return (
        type(structure) if hasattr(structure, "_fields") else tuple if isinstance(structure, tuple) else None
    )


def _check_alike(a, b):
    kind, reason = _kind(a), None
    if kind is not _kind(b):
        name = f"namedtuple {kind.__name__}" if hasattr(kind, "_fields") else type(a).__name__
        reason = f"expected a {name}"
    elif len(a) != len(b):
        reason = f"node arity mismatch, expected a number of {len(a)} elements"
    elif kind is dict and set(a) != set(b):
        reason = f"dictionary key mismatch, expected the keys {list(a)}"
    if reason is not None:
        raise ValueError(
            f"The structures don't have the same nested structure: {reason}. Received: {a} and {b}"
        )
