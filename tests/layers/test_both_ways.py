"""Models written by the real Keras load here and predict the same, and the other way round: JSON and weight files."""

import keras as real
import numpy as np
import pytest
import torch

import kerastorch
from tests.contracts.layer_cases import CASES
from tests.layers.graphs import GRAPHS, OPS

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}
WITHOUT_JSON = {
    *("Lambda", "TorchModuleWrapper"),  # code and pickles
    *(
        "Equalization",
        "RandomShear",
    ),  # Keras cannot build the one in a model, nor read its own config of the other
}
LAYERS = [case for case in CASES if case.name not in WITHOUT_JSON and case.values]
DIRECTIONS = {"from Keras": (real, kerastorch), "to Keras": (kerastorch, real)}
ways = pytest.mark.parametrize("way", DIRECTIONS)


def flat(values):
    if isinstance(values, dict):
        values = list(values.values())
    return [x for value in values for x in flat(value)] if isinstance(values, (list, tuple)) else [values]


def draw(x, rng):
    shape = (2, *x.shape[1:])
    if str(x.dtype) == "bool":
        mask = np.ones(shape, bool)
        mask[..., -1] = False
        return torch.tensor(mask)
    if "int" in str(x.dtype):
        return torch.tensor(rng.integers(0, 4, shape).astype(str(x.dtype)))
    return torch.tensor(rng.normal(size=shape).astype("float32"))


def feed(inputs):
    rng = np.random.default_rng(0)
    if isinstance(inputs, dict):
        return {name: draw(x, rng) for name, x in inputs.items()}
    return [draw(x, rng) for x in inputs] if isinstance(inputs, list) else draw(inputs, rng)


def assert_same(a, b):
    for x, y in zip(flat(a), flat(b), strict=True):
        np.testing.assert_allclose(x.detach().numpy(), y.detach().numpy(), **TOLERANCE)


def check(way, make, folder):
    """Make a model with one package, read it with the other, and compare what they compute."""
    writer, reader = DIRECTIONS[way]
    inputs, outputs = make(writer)
    model = writer.Model(inputs, outputs)
    x = feed(inputs)
    expected = model(x)
    other = reader.models.model_from_json(model.to_json())
    file = str(folder / "model.weights.h5")
    model.save_weights(file)
    other.load_weights(file)
    assert_same(other(x), expected)
    return model, x, expected


def graph_of(case):
    def make(package):
        shapes = case.shapes if isinstance(case.shapes, list) else [case.shapes]
        inputs = [package.Input(shape[1:], dtype=case.dtype) for shape in shapes]
        single = not isinstance(case.shapes, list)
        return (inputs[0] if single else inputs), case.make(package.layers)(
            inputs[0] if single else inputs, **case.call
        )

    return make


@ways
@pytest.mark.parametrize("case", LAYERS, ids=[f"{i}-{case.name}" for i, case in enumerate(LAYERS)])
def test_layer(case, way, tmp_path):
    check(way, graph_of(case), tmp_path)


@ways
@pytest.mark.parametrize("make", GRAPHS, ids=lambda make: make.__name__)
def test_graph(make, way, tmp_path):
    model, x, expected = check(way, make, tmp_path)
    if way == "to Keras":
        for copy in (
            kerastorch.models.clone_model(model),
            kerastorch.models.model_from_json(model.to_json()),
            type(model).from_config(model.get_config()),
        ):
            copy.set_weights(model.get_weights())
            assert_same(copy(x), expected)


@ways
@pytest.mark.parametrize("name", OPS)
def test_operation(name, way, tmp_path):
    def make(package):
        x = package.Input((4, 6))
        return x, OPS[name](package.ops, x)

    check(way, make, tmp_path)


@pytest.mark.parametrize("make", GRAPHS, ids=lambda make: make.__name__)
def test_summary_lists_every_layer(make):
    model = kerastorch.Model(*make(kerastorch))
    lines = []
    model.summary(print_fn=lines.append)
    text = "\n".join(lines)
    assert all(layer.name[:12] in text for layer in model.layers)


@ways
def test_sequential_of_one_kind_each(way, tmp_path):
    writer, reader = DIRECTIONS[way]
    sequential = writer.Sequential(
        [
            writer.Input((8, 8, 3)),
            writer.layers.Conv2D(4, 3, padding="same", activation="relu"),
            writer.layers.BatchNormalization(),
            writer.layers.MaxPooling2D(),
            writer.Sequential([writer.layers.SeparableConv2D(4, 3), writer.layers.GroupNormalization(2)]),
            writer.layers.Flatten(),
            writer.layers.Dropout(0.5),
            writer.layers.Dense(3, "softmax"),
        ]
    )
    x = feed(writer.Input((8, 8, 3)))
    expected = sequential(x)
    other = reader.models.model_from_json(sequential.to_json())
    file = str(tmp_path / "model.weights.h5")
    sequential.save_weights(file)
    other.load_weights(file)
    assert type(other).__name__ == "Sequential"
    assert_same(other(x), expected)
