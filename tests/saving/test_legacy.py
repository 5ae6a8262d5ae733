"""Old `.h5` files go both ways between this library and the real Keras; those of Keras 2 are read."""

import json
import warnings

import h5py
import keras as real
import numpy as np
import pytest

import kerastorch as keras
from tests.saving.models import nested, normalized, sequential, two_inputs
from tests.saving.test_archive import BY_NAME
from tests.saving.test_weights import assert_same, scramble

WAYS = pytest.mark.parametrize(
    ("writer", "reader"), [(keras, keras), (keras, real), (real, keras)], ids=["here", "out", "in"]
)


def save(library, model, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(path)


@WAYS
@BY_NAME
def test_whole_models(build, writer, reader, tmp_path):
    model = build(writer)
    expected = scramble(model)
    save(writer, model, tmp_path / "m.h5")
    again = reader.saving.load_model(tmp_path / "m.h5")
    assert_same(again.get_weights(), expected)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]


@WAYS
@BY_NAME  # those beside the graph of a Functional model have no place in this format
def test_weights(build, writer, reader, tmp_path):
    model, again = build(writer), build(reader)
    expected = scramble(model)
    save(writer, model, tmp_path / "m.h5")
    again.load_weights(tmp_path / "m.h5")
    assert_same(again.get_weights(), expected)


@WAYS
def test_a_compiled_model_goes_on_training(writer, reader, tmp_path):
    random = np.random.default_rng(0)
    x, y = random.random((8, 3)).astype("float32"), random.random((8, 2)).astype("float32")
    model = writer.Sequential([writer.Input((3,)), writer.layers.Dense(2)])
    model.compile(writer.optimizers.Adam(0.01), writer.losses.MeanSquaredError(), metrics=["mae"])
    model.fit(x, y, epochs=2, shuffle=False, verbose=0)
    save(writer, model, tmp_path / "m.h5")
    again = reader.saving.load_model(tmp_path / "m.h5")
    assert int(again.optimizer.iterations) == 2
    if reader is real:
        return  # Keras builds the optimizer for no variables here, and trains no more, after its own files too
    for m in (model, again):
        m.fit(x, y, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), again.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-5)
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), again.evaluate(x, y, verbose=0), rtol=1e-5)


@pytest.mark.parametrize("library", [keras, real], ids=["here", "out"])
def test_by_name(library, tmp_path):
    def make(names, units):
        return [library.layers.Dense(n, name=name) for name, n in zip(names, units)]

    model = keras.Sequential(
        [
            keras.Input((3,)),
            *(keras.layers.Dense(n, name=name) for name, n in (("a", 4), ("b", 4), ("c", 2))),
        ]
    )
    scramble(model)
    save(keras, model, tmp_path / "m.h5")
    other = library.Sequential([library.Input((3,)), *make(("c", "a"), (4, 4))])
    before = other.get_weights()
    with pytest.raises(ValueError, match="shape"):
        other.load_weights(tmp_path / "m.h5", by_name=True)
    other.set_weights(before)
    with pytest.warns(UserWarning, match="mismatch"):
        other.load_weights(tmp_path / "m.h5", by_name=True, skip_mismatch=True)
    np.testing.assert_array_equal(other.get_weights()[0], before[0])
    np.testing.assert_array_equal(other.get_weights()[3], model.get_weights()[1])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: keras.Sequential([keras.Input((5,)), keras.layers.Dense(4)]), "Layer count mismatch"),
        (
            lambda: keras.Sequential([keras.Input((5,)), *map(keras.layers.Dense, (4, 4, 3))]),
            "Shape mismatch",
        ),
    ],
)
def test_weights_that_do_not_fit(make, text, tmp_path):
    save(keras, sequential(keras), tmp_path / "m.h5")
    with pytest.raises(ValueError, match=text):
        make().load_weights(tmp_path / "m.h5")


def test_names_that_are_too_long_for_one_attribute(tmp_path):
    layers = [keras.layers.Dense(1, name=f"{'long' * 200}_{i}") for i in range(100)]
    model = keras.Sequential([keras.Input((1,)), *layers])
    expected = scramble(model)
    save(keras, model, tmp_path / "m.h5")
    assert_same(real.saving.load_model(tmp_path / "m.h5").get_weights(), expected)
    assert_same(keras.saving.load_model(tmp_path / "m.h5").get_weights(), expected)


def layer(class_name, inbound=None, **config):
    found = {"class_name": class_name, "config": {"trainable": True, "dtype": "float32", **config}}
    return found if inbound is None else {**found, "name": config["name"], "inbound_nodes": inbound}


KERAS_2 = [
    (
        {
            "class_name": "Sequential",
            "config": {
                "name": "old",
                "layers": [
                    layer("Dense", name="a", units=2, batch_input_shape=[None, 3], activation="relu"),
                    layer("BatchNormalization", name="b", axis=[1]),
                ],
            },
        },
        {"a": [(3, 2), (2,)], "b": [(2,)] * 4},
    ),
    (
        {
            "class_name": "Functional",
            "config": {
                "name": "old",
                "layers": [
                    {
                        "class_name": "InputLayer",
                        "config": {"batch_input_shape": [None, 3], "dtype": "float32", "name": "x"},
                        "name": "x",
                        "inbound_nodes": [],
                    },
                    layer("Dense", [[["x", 0, 0, {}]]], name="a", units=2),
                    layer("Dense", [[["x", 0, 0, {}]]], name="b", units=2),
                    layer("Add", [[["a", 0, 0, {}], ["b", 0, 0, {}]]], name="sum"),
                ],
                "input_layers": [["x", 0, 0]],
                "output_layers": [["sum", 0, 0]],
            },
        },
        {"a": [(3, 2), (2,)], "b": [(3, 2), (2,)]},
    ),
]


@pytest.mark.parametrize(("config", "shapes"), KERAS_2, ids=["sequential", "functional"])
def test_files_of_keras_2(config, shapes, tmp_path):
    random = np.random.default_rng(0)
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = [name.encode() for name in shapes]
        for name, own in shapes.items():
            group, names = weights.create_group(name), [f"{name}/w{i}:0" for i in range(len(own))]
            group.attrs["weight_names"] = [n.encode() for n in names]
            for n, shape in zip(names, own):
                group[n] = random.random(shape).astype("float32")
    model = keras.saving.load_model(tmp_path / "m.h5", compile=False)
    x = random.random((4, 3)).astype("float32")
    values = [
        [np.asarray(weights) for weights in layer.get_weights()] for layer in model.layers if layer.weights
    ]
    out = model.predict(x, verbose=0)
    if config["class_name"] == "Functional":
        (a, a0), (b, b0) = values
        np.testing.assert_allclose(out, x @ a + a0 + x @ b + b0, rtol=1e-5)
    else:
        (a, a0), (gamma, beta, mean, variance) = values
        hidden = np.maximum(x @ a + a0, 0)
        expected = (hidden - mean) / np.sqrt(variance + 1e-3) * gamma + beta
        np.testing.assert_allclose(out, expected, rtol=1e-4)


def test_lambdas_are_refused(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: 2 * x)])
    save(keras, model, tmp_path / "m.h5")
    with pytest.raises(ValueError, match="arbitrary code execution"):
        keras.saving.load_model(tmp_path / "m.h5")
    again = keras.saving.load_model(tmp_path / "m.h5", safe_mode=False)
    assert again.predict(np.ones((1, 2)), verbose=0).tolist() == [[2, 2]]


@pytest.mark.parametrize("link", [h5py.SoftLink("/other"), h5py.ExternalLink("other.h5", "/model_weights")])
@pytest.mark.parametrize("where", ["model_weights", "model_weights/dense"])
def test_links_are_refused(link, where, tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="dense")])
    save(keras, model, tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "a") as file:
        file.create_group("other")
        del file[where]
        file[where] = link
    with pytest.raises(ValueError, match=type(link).__name__):
        model.load_weights(tmp_path / "m.h5")
    with pytest.raises(ValueError, match=type(link).__name__):
        keras.saving.load_model(tmp_path / "m.h5")


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({}, "No model config found"),
        ({"model_config": "{"}, "is no JSON"),
        ({"model_config": "[]"}, "describe a model"),
    ],
)
def test_damaged_files(attributes, text, tmp_path):
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs.update(attributes)
    with pytest.raises((ValueError, TypeError), match=text):
        keras.saving.load_model(tmp_path / "m.h5")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "m.h5"
    save(keras, sequential(keras), path)
    before = path.read_bytes()
    monkeypatch.setattr(keras.saving.legacy, "write_values", lambda *a: 1 / 0)
    model = normalized(keras)
    model.compile("adam", "mse")
    with pytest.raises(ZeroDivisionError):
        save(keras, model, path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_without_the_optimizer(tmp_path):
    model = two_inputs(keras)
    model.compile("adam", "mse")
    model.save(tmp_path / "m.h5", include_optimizer=False)
    with h5py.File(tmp_path / "m.h5") as file:
        assert "optimizer_weights" not in file and "training_config" not in file.attrs
    assert not keras.saving.load_model(tmp_path / "m.h5").compiled


def test_a_nested_model_keeps_its_parts(tmp_path):
    model = nested(keras)
    x = np.random.default_rng(0).random((3, 4)).astype("float32")
    save(keras, model, tmp_path / "m.h5")
    again = real.saving.load_model(tmp_path / "m.h5")
    np.testing.assert_allclose(model.predict(x, verbose=0), again.predict(x, verbose=0), rtol=1e-5)
