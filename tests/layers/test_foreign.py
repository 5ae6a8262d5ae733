"""JaxLayer and FlaxLayer, where JAX is installed; what they and TFSMLayer say where they cannot work."""

import copy
import importlib.util

import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch import layers

HAS_JAX = all(importlib.util.find_spec(name) for name in ("jax", "flax"))
needs_jax = pytest.mark.skipif(not HAS_JAX, reason="needs the extra `jax`")


@pytest.mark.skipif(HAS_JAX, reason="JAX is installed")
@pytest.mark.parametrize("make", [lambda: layers.JaxLayer(len), lambda: layers.FlaxLayer(None)])
def test_without_jax_the_extra_is_named(make):
    with pytest.raises(ImportError, match=r"pip install kerastorch\[jax\]"):
        make()


@pytest.fixture
def folder(tmp_path):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="relu"), layers.Dense(2)])
    model.export(str(tmp_path / "model"), verbose=False)
    return str(tmp_path / "model"), model


def test_an_exported_model_is_a_layer(folder):
    path, model = folder
    layer = layers.TFSMLayer(path)
    x = torch.rand(5, 3)
    torch.testing.assert_close(layer(x), model(x))
    assert len(layer.trainable_variables) == 4
    again = keras.layers.TFSMLayer.from_config(layer.get_config())
    torch.testing.assert_close(again(x), model(x))


def test_an_exported_model_takes_part_in_a_graph_and_trains(folder):
    path, _ = folder
    inputs = keras.Input((3,))
    whole = keras.Model(inputs, layers.Dense(1)(layers.TFSMLayer(path)(inputs)))
    assert whole.output_shape == (None, 1)
    before = [w.copy() for w in whole.get_weights()]
    whole.compile("sgd", "mse")
    whole.fit(np.ones((8, 3), "float32"), np.zeros((8, 1)), verbose=0)
    assert all((a != b).any() for a, b in zip(before[:1], whole.get_weights()))


def test_folders_that_cannot_be_read_say_why(folder, tmp_path):
    path, _ = folder
    with pytest.raises(ValueError, match="neither an attribute"):
        layers.TFSMLayer(path, call_endpoint="other")
    with pytest.raises(OSError, match="does not exist"):
        layers.TFSMLayer(str(tmp_path / "nothing"))
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(OSError, match="was written by TensorFlow"):
        layers.TFSMLayer(str(tmp_path))


def start(rng, inputs):
    import jax

    params = {"w": jax.random.normal(rng, (inputs.shape[-1], 3)), "b": jax.numpy.zeros(3)}
    return params, {"calls": jax.numpy.zeros(())}


def apply(params, state, rng, inputs, training):
    import jax

    y = jax.numpy.tanh(inputs @ params["w"] + params["b"])
    if training:
        y = y * jax.random.bernoulli(rng, 0.9, y.shape)
    return y, {"calls": state["calls"] + 1}


def product(params, inputs):
    return inputs["a"] @ params[0], inputs["b"] * params[1]


@needs_jax
def test_values_and_gradients_are_torch_s():
    layer = layers.JaxLayer(apply, start, seed=1)
    x = torch.randn(5, 4, requires_grad=True)
    layer(x).square().sum().backward()
    again = x.detach().clone().requires_grad_()
    w, b = (layer.params[name].detach().clone().requires_grad_() for name in "wb")
    torch.tanh(again @ w + b).square().sum().backward()
    torch.testing.assert_close(x.grad, again.grad)
    torch.testing.assert_close(layer.params["w"].grad, w.grad)
    torch.testing.assert_close(layer.params["b"].grad, b.grad)
    assert float(layer.state["calls"]) == 1 and len(layer.trainable_variables) == 2


@needs_jax
def test_structures_and_given_weights():
    layer = layers.JaxLayer(product, params=[np.ones((3, 2), "float32"), 2.0])
    first, second = layer({"a": torch.ones(4, 3), "b": torch.arange(2.0)})
    assert torch.equal(first, torch.full((4, 2), 3.0)) and torch.equal(second, torch.tensor([0.0, 2.0]))


@needs_jax
def test_trains_saves_and_copies(tmp_path):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    layer = layers.JaxLayer(apply, start)
    model = keras.Model(inputs, layers.Dense(1)(layer(inputs)))
    assert model.layers[1].output.shape == (None, 3)
    model.compile("adam", "mse")
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    history = model.fit(x, x.sum(1), epochs=10, verbose=0).history["loss"]
    assert history[-1] < history[0]
    expected = model.predict(x, verbose=0)
    file = tmp_path / "model.weights.h5"
    model.save_weights(file)
    model.set_weights([0 * w for w in model.get_weights()])
    model.load_weights(file)
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-6)
    torch.testing.assert_close(copy.deepcopy(layer)(torch.tensor(x)), layer(torch.tensor(x)))


@needs_jax
def test_flax_modules_keep_their_statistics():
    import flax.linen as nn

    class Block(nn.Module):
        @nn.compact
        def __call__(self, inputs, training):
            x = nn.BatchNorm(use_running_average=not training)(nn.Dense(8)(inputs))
            return nn.Dense(2)(nn.Dropout(0.2, deterministic=not training)(x))

    layer = layers.FlaxLayer(Block())
    inputs = keras.Input((4,))
    model = keras.Model(inputs, layer(inputs))
    model.compile("sgd", "mse")
    x = np.ones((8, 4), "float32")
    before = [w.copy() for w in model.get_weights()]
    model.fit(x, x[:, :2], verbose=0)
    changed = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights())]
    assert len(layer.trainable_variables) == 6 and len(layer.non_trainable_weights) == 2
    assert any(changed[:6]) and all(changed[6:])
    assert model.predict(x, verbose=0).shape == (8, 2)


ERRORS = [
    (
        lambda: layers.JaxLayer(lambda params: 0, params=1.0),
        "Missing required argument in `call_fn`: `inputs`",
    ),
    (lambda: layers.JaxLayer(lambda inputs, key: 0), "Unsupported argument in `call_fn`: `key`"),
    (lambda: layers.JaxLayer(lambda inputs, params: 0), "cannot all be `None`"),
]


@needs_jax
@pytest.mark.parametrize("make,message", ERRORS)
def test_errors_say_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()
