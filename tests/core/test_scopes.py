"""Scopes: names, devices, other values for variables, activations computed again."""

import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch.core.remat import get_current_remat_mode
from kerastorch.core.scopes import current_path, in_symbolic_scope


def test_names_stand_in_paths():
    with keras.name_scope("outer"):
        layer = keras.layers.Dense(2, name="d")
        layer.build((None, 3))
        with keras.name_scope("inner", override_parent="/other/place"):
            assert current_path() == "other/place/inner"
        assert current_path() == "outer"
    assert [v.path for v in layer.variables] == ["outer/d/kernel", "outer/d/bias"]
    assert current_path() == ""


def test_a_caller_does_not_nest_in_its_own_scope():
    with keras.name_scope("name", caller=1), keras.name_scope("name", caller=1):
        assert current_path() == "name"
    with keras.name_scope("name"), keras.name_scope("name"):
        assert current_path() == "name/name"


def test_device():
    with keras.device("meta"):
        assert keras.ops.zeros((2,)).device.type == "meta"
    assert keras.ops.zeros((2,)).device == torch.device(keras.config.default_device())
    with pytest.raises(ValueError, match="Received: device_name='123'"):
        keras.device(123)


def test_symbolic_scope():
    seen = []

    class Asks(keras.layers.Layer):
        def call(self, x):
            seen.append(in_symbolic_scope())
            return x

    Asks()(keras.Input((2,)))
    Asks()(np.ones((1, 2)))
    with keras.SymbolicScope():
        assert in_symbolic_scope()
    assert set(seen[:-1]) == {True}
    assert not seen[-1]


def test_stateless_scope_reads_and_keeps_values():
    layer = keras.layers.Dense(1, kernel_initializer="ones")
    layer.build((None, 2))
    with keras.StatelessScope([(layer.kernel, np.full((2, 1), 3.0, "float32"))]) as scope:
        assert layer(np.ones((1, 2))).item() == 6.0
        layer.bias.assign([1.0])
        layer.bias.assign_add([1.0])
        assert layer(np.ones((1, 2))).item() == 8.0
        assert layer.bias.numpy().item() == 2.0
    assert scope.get_current_value(layer.bias).item() == 2.0
    assert scope.get_current_value(keras.Variable([0.0])) is None
    assert layer(np.ones((1, 2))).item() == 2.0


def test_stateless_scope_keeps_what_layers_change():
    layer = keras.layers.BatchNormalization(momentum=0.5)
    layer.build((None, 2))
    x = np.array([[0.0, 2.0], [4.0, 6.0]], "float32")
    with keras.StatelessScope() as scope:
        layer(x, training=True)
    np.testing.assert_allclose(scope.get_current_value(layer.moving_mean), [1.0, 2.0])
    np.testing.assert_allclose(layer.moving_mean.numpy(), [0.0, 0.0])


def test_stateless_scope_collects_losses():
    layer = keras.layers.Dense(1, activity_regularizer="l2")
    with keras.StatelessScope(collect_losses=True) as scope:
        layer(np.ones((2, 2)))
    assert len(scope.losses) == 1
    assert not layer.losses


WRONG = {
    "key": (lambda v: [("v", v)], "all keys in argument `mapping` must be Variable"),
    "shape": (lambda v: [(v, np.ones(3))], "all values in argument `mapping` must be tensors with"),
}


@pytest.mark.parametrize(("mapping", "message"), WRONG.values(), ids=WRONG)
def test_stateless_scope_errors(mapping, message):
    with pytest.raises(ValueError, match=message):
        keras.StatelessScope(mapping(keras.Variable([1.0, 2.0])))


def net(mode, **arguments):
    keras.utils.set_random_seed(3)
    with keras.RematScope(mode=mode, **arguments):
        hidden = keras.layers.Dense(6, activation="tanh", name="hidden")
        rest = [keras.layers.BatchNormalization(momentum=0.5), keras.layers.Dropout(0.5, seed=1)]
    return keras.Sequential([keras.Input((4,)), hidden, *rest, keras.layers.Dense(1)])


MODES = {
    "full": {},
    "activations": {},
    "larger_than": {"output_size_threshold": 10},
    "list_of_layers": {"layer_names": ["hidden"]},
}


@pytest.mark.parametrize("mode", MODES)
def test_rematerialized_layers_train_as_others(mode):
    x, y = np.random.default_rng(0).normal(size=(2, 32, 4)).astype("float32")
    models = [net(None), net(mode, **MODES[mode])]
    curves = []
    for model in models:
        model.compile("sgd", "mse")
        curves.append(model.fit(x, y[:, :1], epochs=3, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*curves, rtol=1e-6)
    for a, b in zip(*(model.get_weights() for model in models)):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_remat_computes_again():
    calls = []

    def square(x, factor=1.0):
        calls.append(1)
        return (x * factor).square()

    x = torch.tensor([3.0], requires_grad=True)
    keras.remat(square)(x, factor=2.0).backward()
    assert len(calls) == 2
    assert x.grad.item() == 24.0


def test_remat_scopes_nest():
    with keras.RematScope("full"), keras.RematScope("activations"):
        assert get_current_remat_mode().mode == "activations"
    assert get_current_remat_mode() is None
    with pytest.raises(ValueError, match="Invalid mode"):
        keras.RematScope("some")
