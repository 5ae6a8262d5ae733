"""tree: what the real Keras gives for the same structures."""

import collections

import keras as oracle
import pytest

import kerastorch as keras

Point = collections.namedtuple("Point", ["x", "y"])
STRUCTURES = [
    1,
    None,
    [1, 2],
    (1, [2, 3]),
    {"b": 1, "a": [2, {"y": 3, "z": 4}]},
    Point(1, (2, 3)),
    collections.OrderedDict([("b", 1), ("a", 2)]),
    collections.defaultdict(list, {"k": 1}),
    [],
    {},
    [None, 1],
    collections.deque([1, [2]]),
]


@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
def test_values_are_those_of_keras(structure):
    ours, theirs = keras.tree, oracle.tree
    assert ours.flatten(structure) == theirs.flatten(structure)
    assert ours.is_nested(structure) == theirs.is_nested(structure)
    assert ours.map_structure(str, structure) == theirs.map_structure(str, structure)
    assert type(ours.map_structure(str, structure)) is type(theirs.map_structure(str, structure))
    leaves = list(range(len(ours.flatten(structure))))
    assert ours.pack_sequence_as(structure, leaves) == theirs.pack_sequence_as(structure, leaves)
    assert ours.flatten_with_path(structure) == theirs.flatten_with_path(structure)
    assert ours.lists_to_tuples(structure) == theirs.lists_to_tuples(structure)


def test_several_structures():
    assert keras.tree.map_structure(lambda a, b: a + b, {"x": [1, 2]}, {"x": [3, 4]}) == {"x": [4, 6]}
    for wrong in ([1], {"y": [1, 2]}, [1, 2], {"x": [1]}):
        with pytest.raises(ValueError, match="same nested structure"):
            keras.tree.map_structure(lambda a, b: a, {"x": [1, 2]}, wrong)
    with pytest.raises(ValueError, match="leaves"):
        keras.tree.pack_sequence_as([1, 2], [1])


@pytest.mark.parametrize(
    "a, b", [((), []), ([], collections.deque()), ((1, 2), Point(1, 2)), ([1], 1), (1, [1])], ids=str
)
def test_containers_of_different_kinds_do_not_match(a, b):
    with pytest.raises(ValueError, match="same nested structure"):
        keras.tree.assert_same_structure(a, b)


def test_shapes_are_passed_as_they_are():
    assert keras.tree.map_shape_structure(lambda x: x, {"a": [1, None], "b": [(2,)]}) == {
        "a": [1, None],
        "b": [(2,)],
    }


def test_dicts_keep_their_order():
    assert list(keras.tree.map_structure(str, {"b": 1, "a": 2})) == ["b", "a"]


def test_traverse():
    double = lambda x: x * 2 if isinstance(x, int) else None  # noqa: E731
    assert keras.tree.traverse(double, [1, (2, {"a": 3})]) == [2, (4, {"a": 6})]
    assert keras.tree.traverse(
        lambda x: tuple(x) if isinstance(x, list) else None, [[1], 2], top_down=False
    ) == (
        (1,),
        2,
    )
