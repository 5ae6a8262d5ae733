"""Sequential, Functional and subclassed models: structure, values, configs, errors."""

import copy
import json
import pickle

import keras as oracle
import numpy as np
import pytest
import torch

import kerastorch as keras


def stack(k):
    return k.Sequential([k.Input((4,)), k.layers.Dense(3, activation="relu"), k.layers.Dense(2)])


def shared(k):
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    dense = k.layers.Dense(3, activation="tanh")
    return k.Model([a, b], k.layers.Dense(2)(k.layers.Concatenate(name="both")([dense(a), dense(b)])))


def dicts(k):
    inputs = {"left": k.Input((4,), name="left"), "right": k.Input((4,), name="right")}
    x = k.layers.Add()([inputs["left"], inputs["right"]])
    return k.Model(inputs, {"sum": k.layers.Dense(2, name="sum")(x), "raw": k.layers.Dense(1, name="raw")(x)})


def with_ops(k):
    inputs = k.Input((4,))
    x = k.layers.Dense(3)(inputs)
    x = k.ops.exp(x) * 0.1 + k.ops.reshape(k.ops.sum(x, axis=-1), (-1, 1))
    return k.Model(inputs, k.ops.concatenate([x, -x], axis=-1))


def nested(k):
    inputs = k.Input((4,))
    return k.Model(inputs, k.layers.Dense(2)(stack(k)(inputs)))


def one(rng):
    return rng.normal(size=(5, 4)).astype("float32")


MODELS = {
    "stack": (stack, one),
    "shared": (shared, lambda rng: [one(rng), one(rng)]),
    "dicts": (dicts, lambda rng: {"left": one(rng), "right": one(rng)}),
    "with ops": (with_ops, one),
    "nested": (nested, one),
}


def arrays(outputs):
    return [keras.ops.convert_to_numpy(x) for x in keras.tree.flatten(outputs)]


@pytest.mark.parametrize("name", MODELS)
def test_values_and_json_go_both_ways(name):
    build, make = MODELS[name]
    theirs, ours = build(oracle), build(keras)
    ours.set_weights(theirs.get_weights())
    x = make(np.random.default_rng(0))
    expected = [oracle.ops.convert_to_numpy(y) for y in oracle.tree.flatten(theirs(x))]
    copies = {
        "ours": ours,
        "our json": keras.models.model_from_json(ours.to_json()),
        "their json": keras.models.model_from_json(theirs.to_json()),
        "clone": keras.models.clone_model(ours),
        "config": type(ours).from_config(ours.get_config()),
        "deepcopy": copy.deepcopy(ours),
        "pickle": pickle.loads(pickle.dumps(ours)),
    }
    for how, model in copies.items():
        model.set_weights(ours.get_weights())
        for a, b in zip(arrays(model(x)), expected):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=how)
    back = oracle.models.model_from_json(ours.to_json())
    back.set_weights(theirs.get_weights())
    for a, b in zip(oracle.tree.flatten(back(x)), expected):
        np.testing.assert_allclose(oracle.ops.convert_to_numpy(a), b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_config_is_that_of_keras(name):
    build, _ = MODELS[name]
    configs = []
    for k in (oracle, keras):
        k.utils.clear_session()
        configs.append(json.loads(build(k).to_json()))
    assert configs[1] == configs[0]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_a_torch_module(name):
    build, make = MODELS[name]
    model = build(keras)
    x = make(np.random.default_rng(0))
    other = build(keras)
    other.load_state_dict(model.state_dict())
    for a, b in zip(arrays(model(x)), arrays(other(x))):
        np.testing.assert_array_equal(a, b)
    parameters = list(model.parameters())
    assert {id(p) for p in parameters} == {id(v) for v in model.weights}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = sum(y.square().mean() for y in keras.tree.flatten(model(x)))
    loss.backward()
    assert all(p.grad is not None for p in parameters)
    optimizer.step()
    assert model.double().weights[0].dtype is torch.float64


def test_hooks_are_called():
    model, seen = stack(keras), []
    handle = model.layers[0].register_forward_hook(lambda module, args, output: seen.append(output.shape))
    model(np.ones((2, 4)))
    handle.remove()
    model(np.ones((2, 4)))
    assert seen == [(2, 3)]


def test_train_and_eval_are_torchs():
    model = keras.Sequential([keras.layers.Dropout(0.5)])
    x = torch.ones(4, 100)
    assert torch.equal(model(x), x)
    model.train()
    assert (model(x) == 0).any()
    model.eval()
    assert torch.equal(model(x), x)
    assert (model(x, training=True) == 0).any()


def test_raw_torch_functions_and_modules_take_part():
    inputs = keras.Input((4,))
    module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    outputs = torch.nn.functional.gelu(torch.relu(module(inputs)) + 1)
    model = keras.Model(inputs, outputs)
    assert model.output_shape == (None, 3)
    x = torch.randn(8, 4)
    module.eval()
    np.testing.assert_allclose(
        arrays(model(x))[0], arrays(torch.nn.functional.gelu(torch.relu(module(x)) + 1))[0], rtol=1e-6
    )
    before = module[0].weight.detach().clone()
    statistics = module[1].running_mean.clone()
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 4)) * np.arange(8)[:, None], np.zeros((8, 3)), epochs=2, verbose=0)
    assert not torch.equal(before, module[0].weight)
    assert not torch.equal(statistics, module[1].running_mean)
    assert not module.training


class Net(keras.Model):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.blocks = []
        for _ in range(2):
            self.blocks.append(keras.layers.Dense(units))
        self.heads = {"a": keras.layers.Dense(1), "b": [keras.layers.Dense(2)]}
        self.linear = torch.nn.Linear(units, units)
        self.scale = keras.Variable(2.0, name="scale")

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        x = self.linear(x) * self.scale
        return self.heads["a"](x), self.heads["b"][0](x)


def test_layers_in_lists_and_dicts_are_tracked():
    model = Net()
    model(np.ones((2, 4)))
    assert len(model.weights) == 2 * 4 + 2 + 1
    assert len(model.trainable_weights) == 11
    assert "blocks.0.kernel" in model.state_dict()
    model.blocks[1].trainable = False
    assert len(model.trainable_weights) == 9
    again = Net.from_config(model.get_config())
    assert again.units == 3
    other = copy.deepcopy(model)
    np.testing.assert_array_equal(arrays(other(np.ones((2, 4))))[0], arrays(model(np.ones((2, 4))))[0])
    assert other.blocks[0] is not model.blocks[0]


def test_a_subclass_with_inputs_and_outputs_is_functional():
    class Typed(keras.Model):
        def __init__(self, units):
            inputs = keras.Input((4,))
            super().__init__(inputs, keras.layers.Dense(units)(inputs))
            self.units = units

    model = Typed(3)
    assert isinstance(model, keras.models.Functional) and model.output_shape == (None, 3)


def test_a_torch_style_forward_is_call():
    class Torchy(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def forward(self, x):
            return self.dense(x)

    assert Torchy()(np.ones((3, 4))).shape == (3, 2)


def test_sub_models_from_the_middle():
    model = shared(keras)
    features = keras.Model(model.inputs, model.get_layer("both").output)
    assert features([np.ones((2, 4)), np.ones((2, 4))]).shape == (2, 6)
    tail = keras.Model(model.get_layer("both").output, model.output)
    assert tail(np.ones((2, 6))).shape == (2, 2)
    np.testing.assert_allclose(
        arrays(tail(features([np.ones((2, 4)), np.ones((2, 4))])))[0],
        arrays(model([np.ones((2, 4)), np.ones((2, 4))]))[0],
        rtol=1e-6,
    )


def test_sequential_add_and_pop():
    model = keras.Sequential()
    model.add(keras.Input((4,)))
    model.add(keras.layers.Dense(3))
    assert model.output_shape == (None, 3)
    model.add(keras.layers.Dense(2))
    assert model.output_shape == (None, 2) and len(model.layers) == 2
    assert model.pop().units == 2
    assert model.output_shape == (None, 3)


def test_a_thousand_layers():
    x = inputs = keras.Input((8,))
    for _ in range(1000):
        x = keras.layers.Dense(8)(x)
    model = keras.Model(inputs, x)
    assert len(model.layers) == 1001
    assert model(np.zeros((2, 8))).shape == (2, 8)


ERRORS = {
    "wrong input shape": (
        lambda: stack(keras)(np.ones((2, 5))),
        ValueError,
        r"expected.*4.*found|expected.*\(None, 4\)",
    ),
    "unconnected": (
        lambda: keras.Model(keras.Input((3,)), keras.layers.Dense(2)(keras.Input((3,)))),
        ValueError,
        "not connected",
    ),
    "not a layer": (lambda: keras.Sequential(["x"]), ValueError, "Only instances of `keras.Layer`"),
    "same name": (
        lambda: keras.Sequential([keras.layers.Dense(2, name="x"), keras.layers.Dense(2, name="x")]),
        ValueError,
        "unique names",
    ),
    "no such layer": (lambda: stack(keras).get_layer("dens"), ValueError, "No such layer: dens"),
    "no such index": (lambda: stack(keras).get_layer(index=9), ValueError, "index 9 but model only has 2"),
    "not symbolic": (lambda: keras.Model(np.ones(3), np.ones(3)), ValueError, "KerasTensor"),
    "missing key": (lambda: dicts(keras)({"left": np.ones((2, 4))}), ValueError, "right"),
    "too few inputs": (lambda: shared(keras)([np.ones((2, 4))]), ValueError, "2 input"),
    "numpy on symbolic": (lambda: np.exp(keras.Input((3,))), ValueError, "symbolic"),
    "bool of symbolic": (lambda: bool(keras.Input((3,))), TypeError, "boolean"),
    "unknown argument": (
        lambda: keras.layers.Dense(2, unit=3),
        ValueError,
        "Unrecognized keyword.*Did you mean",
    ),
    "no call": (lambda: type("Empty", (keras.layers.Layer,), {})()(np.ones(2)), NotImplementedError, "call"),
    "pop from nothing": (lambda: keras.Sequential().pop(), TypeError, "no layers"),
    "weights of another shape": (
        lambda: stack(keras).set_weights([np.ones((4, 9)), np.ones(3), np.ones((3, 2)), np.ones(2)]),
        ValueError,
        "not compatible",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_is_wrong(name):
    make, kind, text = ERRORS[name]
    with pytest.raises(kind, match=text):
        make()


def test_forgetting_super_init_is_said():
    class Careless(keras.layers.Layer):
        def __init__(self):
            self.dense = keras.layers.Dense(2)

    with pytest.raises(RuntimeError, match="forgot to call"):
        Careless()


def test_an_error_inside_names_the_layer_and_the_shapes():
    class Broken(keras.layers.Layer):
        def call(self, x):
            return x @ torch.ones(7, 2)

    with pytest.raises(RuntimeError, match=r"'broken' \(type Broken\)[\s\S]*\(2, 4\)"):
        keras.Sequential([keras.layers.Dense(4), Broken(name="broken")])(np.ones((2, 3)))
