"""Names of `keras.tree`: maps and flattens over nested lists, tuples and dicts."""

from kerastorch.core.tree import MAP_TO_NONE as MAP_TO_NONE
from kerastorch.core.tree import assert_same_paths as assert_same_paths
from kerastorch.core.tree import assert_same_structure as assert_same_structure
from kerastorch.core.tree import flatten as flatten
from kerastorch.core.tree import flatten_with_path as flatten_with_path
from kerastorch.core.tree import is_nested as is_nested
from kerastorch.core.tree import lists_to_tuples as lists_to_tuples
from kerastorch.core.tree import map_structure as map_structure
from kerastorch.core.tree import map_structure_up_to as map_structure_up_to
from kerastorch.core.tree import pack_sequence_as as pack_sequence_as
from kerastorch.core.tree import traverse as traverse


def map_shape_structure(func, structure):
    """Apply `func` to every shape, a tuple or list of integers and None, in a nested structure.

    >>> keras.tree.map_shape_structure(len, {"a": (None, 3), "b": [(1, 2, 3)]})
    {'a': 2, 'b': [3]}
    """
    if isinstance(structure, (list, tuple)) and all(
        size is None or isinstance(size, int) for size in structure
    ):
        return func(structure)
    if isinstance(structure, dict):
        return {key: map_shape_structure(func, value) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(map_shape_structure(func, value) for value in structure)
    return func(structure)
