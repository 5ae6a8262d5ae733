"""Random draws: the numbers of Keras on TensorFlow, distributions, seeds, errors."""

import json
import pathlib

import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch.core.philox import Stream
from kerastorch.random import set_random_seed

RECORDED = json.loads(pathlib.Path(__file__).with_name("random_of_tensorflow.json").read_text())
SEEDS = (1, 42, 123456789, -5, 3 * 10**9)
LOGITS = np.log([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]]).astype("float32")
TOLERANCE = {"float16": 2e-3, "bfloat16": 1e-2, "float32": 3e-6, "float64": 1e-8}
r = keras.random

DRAWS = [
    *(
        (
            f"{name} {{}} {dtype}",
            lambda s, name=name, n=n, d=dtype: getattr(r, name)((n,), seed=s, dtype=d),
            TOLERANCE[dtype],
        )
        for name, n in (("uniform", 9), ("normal", 9), ("truncated_normal", 50))
        for dtype in TOLERANCE
    ),
    ("randint {} int32", lambda s: r.randint((9,), -3, 1000, seed=s), 0),
    ("randint {} int64", lambda s: r.randint((9,), -3, 1000, seed=s, dtype="int64"), 0),
    ("randint {} int8", lambda s: r.randint((9,), -3, 100, seed=s, dtype="int8"), 0),
    ("categorical {}", lambda s: r.categorical(LOGITS, 6, seed=s), 0),
    ("shuffle {}", lambda s: r.shuffle(np.arange(10), seed=s), 0),
    ("dropout {}", lambda s: r.dropout(np.ones(12, "float32"), 0.4, seed=s), 1e-6),
    ("gamma {}", lambda s: r.gamma((6,), 2.5, seed=s), 1e-5),
    ("gamma_small {}", lambda s: r.gamma((6,), 0.5, seed=s), 1e-5),
    ("beta {}", lambda s: r.beta((6,), 2.0, 3.0, seed=s), 1e-5),
]


def close(x, name, tolerance):
    np.testing.assert_allclose(x.double().reshape(-1).numpy(), RECORDED[name], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name, draw, tolerance", DRAWS, ids=[row[0] for row in DRAWS])
def test_numbers_of_tensorflow(name, draw, tolerance, seed):
    close(draw(seed), name.format(seed), tolerance)


def test_draws_without_a_seed_are_those_of_tensorflow():
    set_random_seed(7)
    for i in range(3):
        close(r.uniform((4,)), f"global uniform {i}", 1e-6)
    close(r.normal((4,)), "global normal", 3e-6)


def test_seed_generator():
    generator = r.SeedGenerator(5)
    for i in range(3):
        close(r.uniform((4,), seed=generator), f"generator {i}", 1e-6)
    assert generator.state.tolist() == [5, 3]
    assert r.SeedGenerator.from_config({"seed": 5, "name": "g"}).get_config() == {"seed": 5, "name": "g"}


def test_initial_weights_are_those_of_tensorflow():
    set_random_seed(7)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(3),
            layers.Dropout(0.5),
            layers.Dense(2, kernel_initializer="he_normal"),
        ]
    )
    close(model.layers[0].kernel.detach(), "dense 0", 1e-6)
    close(model.layers[2].kernel.detach(), "dense 1", 3e-6)


DISTRIBUTIONS = [
    ("uniform", lambda: r.uniform((100_000,), -1.0, 3.0), 1.0, 4 / 12**0.5),
    ("normal", lambda: r.normal((100_000,), 1.0, 2.0), 1.0, 2.0),
    ("truncated_normal", lambda: r.truncated_normal((100_000,)), 0.0, 0.8796),
    ("binomial", lambda: r.binomial((100_000,), 10.0, 0.3), 3.0, 2.1**0.5),
    ("gamma", lambda: r.gamma((20_000,), 3.0), 3.0, 3**0.5),
    ("exponential", lambda: r.gamma((20_000,), 1.0), 1.0, 1.0),
    ("beta", lambda: r.beta((20_000,), 2.0, 2.0), 0.5, 0.05**0.5),
    ("dropout", lambda: r.dropout(torch.ones(100_000), 0.2), 1.0, 0.5),
    ("seeded dropout", lambda: r.dropout(torch.ones(100_000), 0.2, seed=3), 1.0, 0.5),
]


@pytest.mark.parametrize("name, draw, mean, deviation", DISTRIBUTIONS, ids=[row[0] for row in DISTRIBUTIONS])
def test_mean_and_deviation(name, draw, mean, deviation):
    set_random_seed(0)
    x = draw()
    assert float(x.mean()) == pytest.approx(mean, abs=0.03)
    assert float(x.std()) == pytest.approx(deviation, abs=0.03)


def test_large_draws_are_the_same_as_small_ones():
    for name in ("uniform", "normal", "truncated_normal"):
        draw = getattr(r, name)
        assert torch.equal(draw((300_001,), seed=3)[:1000], draw((1000,), seed=3))


def test_dropout_noise_shape_and_limits():
    x = torch.ones(8, 5)
    rows = r.dropout(x, 0.5, noise_shape=(None, 1), seed=1)
    assert all(len(row.unique()) == 1 for row in rows)
    assert torch.equal(r.dropout(x, 0.0, seed=1), x)
    assert not bool(r.dropout(x, 1.0, seed=1).any())


def test_shuffle_keeps_slices_together():
    x = torch.arange(12).reshape(3, 4)
    assert torch.equal(r.shuffle(x, axis=1, seed=2).sort(dim=1).values, x)


def test_inference_draws_nothing():
    generator = r.SeedGenerator(5)
    layer = keras.layers.Lambda(lambda x: r.dropout(x, 0.5, seed=generator) + r.normal((3,), seed=generator))
    assert layer(keras.Input((3,))).shape == (None, 3)
    assert generator.state.tolist() == [5, 0]


ERRORS = [
    (lambda: r.uniform((2,), dtype="int32"), "requires a floating point `dtype`. Received: dtype=int32"),
    (lambda: r.normal((2,), seed="a"), "Received: seed=a"),
    (lambda: r.randint((2,), 3, 3), "Received: minval=3, maxval=3"),
    (lambda: r.randint((2,), 0, 3, dtype="float32"), "Received: dtype=float32"),
    (lambda: r.categorical(torch.zeros(3), 2), r"Received: shape \(3,\)"),
    (lambda: r.SeedGenerator("a"), "Received: seed=a"),
    (lambda: set_random_seed("a"), "Received: seed=a"),
]


@pytest.mark.parametrize("call, message", ERRORS)
def test_errors_name_rule_and_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_words_are_the_same_as_arrays_and_as_tensors(monkeypatch):
    index = torch.tensor([[0, 1], [2**31 + 5, 2**40 + 3]])
    arrays = Stream((7, -3)).words(index)
    monkeypatch.setattr(torch.compiler, "is_compiling", lambda: True)
    assert torch.equal(arrays, Stream((7, -3)).words(index))
