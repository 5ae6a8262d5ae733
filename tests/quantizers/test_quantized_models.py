"""Quantized models: what `Model.quantize` reaches, and files between kerastorch and the real Keras."""

import json
import warnings

import keras as oracle
import numpy as np
import pytest
import torch

import kerastorch as keras

RANDOM = np.random.default_rng(1)
IDS = RANDOM.integers(0, 20, (4, 6))


def make(k):
    """Return a small model in which everything that can be quantized has its place."""
    inputs = k.Input((6,), dtype="int32", name="ids")
    x = k.layers.Embedding(20, 8, name="table")(inputs)
    x = k.layers.EinsumDense("abc,cde->abde", (None, 2, 4), bias_axes="de", name="heads")(x)
    x = k.layers.Reshape((6, 8), name="flat")(x)
    x = k.layers.Dense(8, activation="relu", name="middle")(x)
    outputs = k.layers.Dense(3, name="last")(x)
    return k.Model(inputs, outputs, name="model")


def block_config(k):
    return k.quantizers.Int4QuantizationConfig(block_size=4)


def channel_config(k):
    return k.quantizers.Int4QuantizationConfig(block_size=None)


CONFIGS = {"int8": None, "int4": None, "blocks": block_config, "channels": channel_config}


def quantized(k, name):
    model = make(k)
    config = CONFIGS[name]
    model.quantize(**({"mode": name} if config is None else {"config": config(k)}))
    return model


def numpy(x):
    return oracle.ops.convert_to_numpy(x)


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`")
@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("writer,reader", [(keras, oracle), (oracle, keras), (keras, keras)])
def test_archives(writer, reader, name, tmp_path):
    model = quantized(writer, name)
    model.save(tmp_path / "m.keras")
    again = reader.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(numpy(again(IDS)), numpy(model(IDS)), rtol=1e-4, atol=1e-5)
    policies = [[layer.dtype_policy.name for layer in m.layers[1:]] for m in (model, again)]
    assert policies[0] == policies[1]
    configs = [json.dumps(m.get_layer("last").get_config()) for m in (model, again)]
    assert json.loads(configs[0])["quantization_config"] == json.loads(configs[1])["quantization_config"]


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`")
@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("writer,reader", [(keras, oracle), (oracle, keras)])
def test_weights(writer, reader, name, tmp_path):
    model, again = quantized(writer, name), quantized(reader, name)
    model.save_weights(tmp_path / "m.weights.h5")
    again.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_allclose(numpy(again(IDS)), numpy(model(IDS)), rtol=1e-4, atol=1e-5)


def test_float8_goes_on_training_after_loading(tmp_path):
    x, y = RANDOM.normal(size=(8, 4)).astype("float32"), RANDOM.normal(size=(8, 2)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.quantize("float8")
    model.compile("sgd", "mse")
    model.fit(x, y, epochs=2, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    history = again.layers[0].inputs_amax_history.numpy()
    assert history[0] == pytest.approx(np.abs(x).max())
    np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0))
    again.fit(x, y, verbose=0)


def test_lora_is_merged_into_files(tmp_path):
    model = make(keras)
    for name in ("table", "heads", "middle"):
        model.get_layer(name).enable_lora(2)
    model.compile("sgd", "mse")
    model.fit(IDS, np.ones((4, 6, 3)), verbose=0)
    expected = model.predict(IDS, verbose=0)
    model.save_weights(tmp_path / "m.weights.h5")
    plain = make(oracle)
    plain.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_allclose(plain.predict(IDS, verbose=0), expected, rtol=1e-4, atol=1e-6)
    model.save(tmp_path / "m.keras")
    for package in (keras, oracle):
        again = package.saving.load_model(tmp_path / "m.keras")
        assert again.get_layer("heads").lora_enabled
        np.testing.assert_allclose(again.predict(IDS, verbose=0), expected, rtol=1e-4, atol=1e-6)


def test_only_the_update_is_trained():
    model = make(keras)
    model.quantize("int8")
    frozen = {v.path: v.numpy() for v in model.get_layer("middle").weights if "kernel" in v.name}
    model.get_layer("middle").enable_lora(2)
    model.compile(keras.optimizers.SGD(1.0), "mse")
    model.fit(IDS, np.ones((4, 6, 3)), verbose=0, epochs=2)
    layer = model.get_layer("middle")
    for variable in layer.weights:
        if variable.path in frozen:
            np.testing.assert_array_equal(variable.numpy(), frozen[variable.path])
    assert layer.lora_kernel_b.numpy().any()


FILTERS = [
    ("middle", ["middle"]),
    (["^last$", "table"], ["table", "last"]),
    (lambda layer: layer.name == "heads", ["heads"]),
    (None, ["table", "heads", "middle", "last"]),
]


@pytest.mark.parametrize("filters,expected", FILTERS, ids=range(4))
def test_filters(filters, expected):
    model = make(keras)
    model.quantize("int8", filters=filters)
    assert [layer.name for layer in model.layers if layer.quantization_mode] == expected


def test_nested_models_and_steps_that_were_made():
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(2)])
    x = RANDOM.normal(size=(5, 4)).astype("float32")
    model.compile("sgd", "mse")
    model.predict(x, verbose=0)
    model.quantize("int8")
    assert [layer.quantization_mode for layer in (inner.layers[0], model.layers[1])] == ["int8", "int8"]
    np.testing.assert_allclose(model.predict(x, verbose=0), model(x).detach(), rtol=1e-6)


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
def test_torch_takes_them_as_they_are(mode):
    """`torch.compile` without graph breaks, `torch.export`, and `state_dict`."""

    def make_model():
        model = keras.Sequential(
            [keras.Input((8,)), keras.layers.Dense(6, activation="relu"), keras.layers.Dense(2)]
        )
        model.quantize(mode)
        return model

    model, other = make_model(), make_model()
    x = torch.tensor(RANDOM.normal(size=(4, 8)).astype("float32"), requires_grad=True)
    expected = model(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the compiler looks at autograd functions
        outputs = torch.compile(model, backend="eager", fullgraph=True)(x)
    torch.testing.assert_close(outputs, expected)
    gradients = [torch.autograd.grad(y.sum(), x)[0] for y in (outputs, expected)]
    torch.testing.assert_close(*gradients)
    other.load_state_dict(model.state_dict())
    torch.testing.assert_close(other(x), expected)
    if mode != "float8":
        with torch.no_grad():
            exported = torch.export.export(model.eval(), (x.detach(),)).module()
        torch.testing.assert_close(exported(x.detach()), expected.detach())


def test_layers_with_weights_that_cannot_be_quantized_are_named():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.BatchNormalization()])
    with pytest.warns(UserWarning, match="Layer BatchNormalization does not have a `quantize` method"):
        model.quantize("int8")
    assert model.layers[0].quantization_mode == "int8"


def test_attention_is_quantized_inside():
    layer = keras.layers.MultiHeadAttention(2, 4)
    inputs = keras.Input((5, 8))
    model = keras.Model(inputs, layer(inputs, inputs))
    x = RANDOM.normal(size=(2, 5, 8)).astype("float32")
    before = model(x)
    model.quantize("int8")
    np.testing.assert_allclose(model(x).detach(), before.detach(), atol=0.05)
    assert sum(x.quantization_mode == "int8" for x in layer._flatten_layers()) == 4


ERRORS = [
    (lambda m: m.quantize("abc"), ValueError, "Invalid quantization mode. Expected one of"),
    (lambda m: m.quantize("int8", unknown=1), ValueError, "Unrecognized keyword arguments"),
    (lambda m: m.quantize("int8", filters=3), ValueError, "`filters` argument must be a regex"),
    (lambda m: m.quantize("gptq"), ValueError, "GPTQConfig"),
]


@pytest.mark.parametrize("call,error,words", ERRORS, ids=range(4))
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(make(keras))


def test_unbuilt():
    with pytest.raises(ValueError, match="Cannot quantize a layer that isn't yet built"):
        keras.Sequential([keras.layers.Dense(2)]).quantize("int8")
