"""Weights in several files, both ways with the real Keras; and the editor of weights files."""

import json

import h5py
import keras as real
import numpy as np
import pytest

import kerastorch as keras
from tests.saving.models import BUILDERS, sequential
from tests.saving.test_weights import assert_same, scramble

WAYS = pytest.mark.parametrize(
    ("writer", "reader"), [(keras, keras), (keras, real), (real, keras)], ids=["here", "out", "in"]
)


@WAYS
@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_several_files(build, writer, reader, tmp_path):
    model, again = build(writer), build(reader)
    expected = scramble(model)
    largest = max(np.asarray(w).nbytes for w in expected)
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=(largest + 8) / 1024**3)
    assert len(list(tmp_path.glob("m_*.weights.h5"))) > 1
    again.load_weights(tmp_path / "m.weights.json")
    assert_same(again.get_weights(), expected)


def trained(library):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(8), library.layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    return model


@WAYS
def test_the_optimizer_too(writer, reader, tmp_path):
    model, again = trained(writer), trained(reader)
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=150 / 1024**3)
    again.load_weights(tmp_path / "m.weights.json")
    for a, b in zip(model.optimizer.variables, again.optimizer.variables):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_the_index_is_that_of_keras(tmp_path):
    for name, library in (("a", keras), ("b", real)):
        model = trained(library)
        model.save_weights(tmp_path / f"{name}.weights.json", max_shard_size=150 / 1024**3)
    ours, theirs = (json.loads((tmp_path / f"{name}.weights.json").read_text()) for name in "ab")
    assert json.dumps(ours["weight_map"]).replace("a_0", "b_0") == json.dumps(theirs["weight_map"])


def test_a_weight_that_is_larger_than_a_file_may_be(tmp_path):
    with pytest.raises(ValueError, match="exceeds the maximum shard size"):
        sequential(keras).save_weights(tmp_path / "m.weights.json", max_shard_size=8 / 1024**3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["../m_00000.weights.h5", "/etc/passwd", "sub/m.h5", 3, "..\\m.h5"],
    ids=["up", "root", "sub", "no", "dos"],
)
def test_files_elsewhere_are_refused(name, tmp_path):
    model = sequential(keras)
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=1)
    index = json.loads((tmp_path / "m.weights.json").read_text())
    index["weight_map"] = {key: [name] for key in index["weight_map"]}
    (tmp_path / "m.weights.json").write_text(json.dumps(index))
    with pytest.raises(ValueError, match="files beside it, and no others"):
        model.load_weights(tmp_path / "m.weights.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"weight_map": 3}', '{"weight_map": {"/vars": 3}}'])
def test_damaged_indexes(text, tmp_path):
    (tmp_path / "m.weights.json").write_text(text)
    with pytest.raises(ValueError):
        sequential(keras).load_weights(tmp_path / "m.weights.json")


def test_some_objects_are_left_out(tmp_path):
    model = sequential(keras)
    keras.saving.save_weights(model, tmp_path / "m.weights.h5", objects_to_skip=[model.layers[0]])
    with h5py.File(tmp_path / "m.weights.h5") as file:
        assert "dense" not in file["layers"] and "dense_1" in file["layers"]
    other = sequential(keras)
    before = scramble(other)
    other.load_weights(tmp_path / "m.weights.h5", objects_to_skip=[other.layers[0]])
    assert_same(other.get_weights()[:2], before[:2])
    assert_same(other.get_weights()[2:], model.get_weights()[2:])


def three_layers(library, units=3):
    return library.Sequential([library.Input((2,)), *map(library.layers.Dense, (3, units, 3))])


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5"])
def test_the_editor_adapts_a_file(name, tmp_path, capsys):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(3)])
    (model.save if name == "m.keras" else model.save_weights)(tmp_path / name)
    editor = keras.saving.KerasFileEditor(str(tmp_path / name))
    assert editor.compare(model) == {"status": "success", "error_count": 0, "match_count": 4}
    target = three_layers(keras)
    assert editor.compare(target)["error_count"] == 1
    editor.add_object("layers/new", {"0": np.ones((3, 3))})
    assert editor.compare(target)["error_count"] == 2
    editor.rename_object("new", "dense_2")
    editor.add_weights("layers/dense_2", {"1": np.ones(7)})
    assert editor.compare(target)["error_count"] == 1
    editor.delete_weight("dense_2", "1")
    editor.add_weights("dense_2", {"1": np.ones(3)})
    assert editor.compare(target)["status"] == "success"
    editor.summary()
    assert "└─ 1: shape=(3,), dtype=float64" in capsys.readouterr().out
    editor.save(tmp_path / "new.weights.h5")
    for library in (keras, real):
        target = three_layers(library)
        target.load_weights(tmp_path / "new.weights.h5")
        assert_same(target.get_weights(), [*model.get_weights(), np.ones((3, 3)), np.ones(3)])
    editor.delete_object("layers")
    assert editor.compare(model)["status"] == "error"


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda e: e.delete_object("none"), "does not appear"),
        (lambda e: e.delete_object("layers/none"), "not found in model"),
        (lambda e: e.rename_object("dense", "a/b"), "leaf name"),
        (lambda e: e.delete_weight("dense", "9"), "not found in object"),
        (lambda e: e.add_object("dense", [1]), "should be a dict"),
        (lambda e: e.add_object("no/dense", {}), "not found in model"),
        (lambda e: e.delete_object("0"), "more than once"),
        (lambda e: e.save("m.h5"), "expected a `.weights.h5` extension"),
    ],
)
def test_the_editor_says_what_is_wrong(edit, text, tmp_path):
    three_layers(keras).save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match=text):
        edit(keras.saving.KerasFileEditor(str(tmp_path / "m.weights.h5")))
