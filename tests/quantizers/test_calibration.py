"""GPTQ and AWQ against the real Keras: the same weights and data give the same levels and scales."""

import keras as oracle
import numpy as np
import pytest
import torch
from keras.src.quantizers import awq as their_awq
from keras.src.quantizers import gptq as their_gptq
from keras.src.quantizers.gptq_core import get_dataloader as their_dataloader

import kerastorch as keras
from kerastorch.quantizers import awq, gptq, groups
from kerastorch.quantizers.calibration import get_dataloader

RANDOM = np.random.default_rng(2)
W, X = RANDOM.normal(size=(24, 12)).astype("float32"), RANDOM.normal(size=(40, 24)).astype("float32")
X = X * np.linspace(0.1, 4, 24, dtype="float32")


class Tokenizer:
    def tokenize(self, text):
        return np.array([ord(c) % 50 for c in text], "int32")


TEXTS = [
    "the quick brown fox jumps over the lazy dog",
    "and a second text that is a little longer than that",
] * 4


def layers(kind="dense"):
    made = []
    for k in (keras, oracle):
        if kind == "dense":
            layer = k.layers.Dense(12)
            layer.build((None, 24))
            weights = [W, np.zeros(12)]
        elif kind == "heads":
            layer = k.layers.EinsumDense("btd,dnh->btnh", (None, 3, 4))
            layer.build((None, 2, 24))
            weights = [W.reshape(24, 3, 4)]
        else:
            layer = k.layers.EinsumDense("btnh,nhd->btd", (None, 12))
            layer.build((None, 2, 4, 6))
            weights = [W.reshape(4, 6, 12)]
        layer.set_weights(weights)
        made.append(layer)
    return made


def assert_same_variables(ours, theirs, *names):
    for name in names:
        a, b = (oracle.ops.convert_to_numpy(getattr(layer, name)) for layer in (ours, theirs))
        assert a.dtype == b.dtype, name
        if name == "g_idx":  # Keras stores fractions of the group's number
            b = np.floor(b)
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=name)


GPTQ_CASES = [
    {},
    {"weight_bits": 8},
    {"weight_bits": 2, "group_size": -1},
    {"weight_bits": 3, "group_size": 5},
    {"symmetric": True},
    {"activation_order": True},
    {"per_channel": False, "hessian_damping": 0.1},
]


@pytest.mark.parametrize("kind", ["dense", "heads", "back"])
@pytest.mark.parametrize("arguments", GPTQ_CASES, ids=range(len(GPTQ_CASES)))
def test_gptq(arguments, kind):
    arguments = {"group_size": 8, **arguments}
    ours, theirs = layers(kind)
    for layer, k, worker in ((ours, keras, gptq.GPTQ), (theirs, oracle, their_gptq.GPTQ)):
        config = k.quantizers.GPTQConfig(None, None, **arguments)
        layer.quantize(config=config)
        worker = worker(layer, config)
        worker.update_hessian_with_batch(torch.tensor(X[:30]))
        worker.update_hessian_with_batch(torch.tensor(X[30:]))
        worker.quantize_and_correct_layer()
    assert ours.dtype_policy.name == theirs.dtype_policy.name
    assert_same_variables(ours, theirs, "quantized_kernel", "kernel_scale", "kernel_zero", "g_idx")
    shape = {"dense": (5, 24), "heads": (5, 2, 24), "back": (5, 2, 4, 6)}[kind]
    x = RANDOM.normal(size=shape).astype("float32")
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-4)
    assert tuple(ours.kernel.shape) == tuple(theirs.kernel.shape)


def test_gptq_keeps_one_group_over_many_blocks():
    """Inputs are done in blocks of 128; a group that is larger has one scale all the same."""
    weights = torch.tensor(RANDOM.normal(size=(3, 300)).astype("float32"))
    for size, count in ((-1, 1), (200, 2), (300, 1), (64, 5)):
        levels, scale, zero, places = gptq.gptq_quantize_matrix(
            weights,
            torch.eye(300),
            group_size=size,
            compute_scale_zero=lambda x: groups.compute_quantization_parameters(x, bits=8, per_channel=True),
        )
        assert scale.shape == (3, count) and places.max() == count - 1
        restored = groups.dequantize_with_sz_map(levels, scale, zero, places)
        torch.testing.assert_close(restored, weights, atol=0.03, rtol=0)


def test_groups_without_a_zero_between_their_limits():
    weights = torch.tensor([[5.0, 6.0, 7.0, 5.5], [-1000.0, -1000.5, -1001.0, -1000.2]])
    scale, zero, largest = groups.compute_quantization_parameters(weights, bits=4, per_channel=True)
    restored = groups.dequantize_with_zero_point(
        groups.quantize_with_zero_point(weights, scale, zero, largest), scale, zero
    )
    torch.testing.assert_close(restored, weights, rtol=0.05, atol=0.3)


@pytest.mark.parametrize("kind", ["dense", "heads", "back"])
@pytest.mark.parametrize("group_size", [-1, 8, 5])
def test_awq(group_size, kind):
    ours, theirs = layers(kind)
    for layer, k, worker in ((ours, keras, awq.AWQ), (theirs, oracle, their_awq.AWQ)):
        config = k.quantizers.AWQConfig(None, None, group_size=group_size, num_grid_points=7)
        layer.quantize("awq", config=config)
        worker = worker(layer, config)
        worker.update_activation_magnitudes(torch.tensor(X[:30]))
        worker.update_activation_magnitudes(torch.tensor(X[30:]))
        worker.quantize_layer()
    names = ("quantized_kernel", "kernel_scale", "kernel_zero", "awq_scales", "g_idx")
    assert_same_variables(ours, theirs, *names)
    shape = {"dense": (5, 24), "heads": (5, 2, 24), "back": (5, 2, 4, 6)}[kind]
    x = RANDOM.normal(size=shape).astype("float32")
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("strategy", ["strided", "linspace", "random"])
def test_samples_are_cut_as_keras_cuts_them(strategy):
    arguments = (Tokenizer(), 5, TEXTS, 7)
    ours = get_dataloader(*arguments, strategy=strategy, eos_id=3)
    theirs = their_dataloader(*arguments, strategy=strategy, eos_id=3)
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    if strategy != "strided":  # Keras begins at a place that differs from process to process
        np.testing.assert_array_equal(ours, theirs)


def block(k, size):
    return k.Sequential(
        [k.Input((None, size)), k.layers.Dense(size, activation="relu"), k.layers.Dense(size)]
    )


def model_of(k):
    inputs = k.Input((None,), dtype="int32")
    embedding = k.layers.Embedding(50, 16)
    blocks = [block(k, 16), block(k, 16)]
    x = embedding(inputs)
    for part in blocks:
        x = part(x)
    model = k.Model(inputs, k.layers.Dense(3)(x))
    return model, {"pre_block_layers": [embedding], "sequential_blocks": blocks}


def calibrate_by_hand(worker, config, structure, tokens):
    """Do what Keras documents: its hooks see no inputs, since quantized layers do not run their `call`."""
    x = structure["pre_block_layers"][0](tokens)
    for part in structure["sequential_blocks"]:
        workers, h = [], x
        for layer in part.layers:
            layer.quantize(config=config)
            workers.append(worker(layer, config))
            update = getattr(workers[-1], "update_hessian_with_batch", None)
            (update or workers[-1].update_activation_magnitudes)(h)
            h = layer(h)
        for made in workers:
            (getattr(made, "quantize_and_correct_layer", None) or made.quantize_layer)()
        x = part(x)


@pytest.mark.parametrize("mode", ["gptq", "awq"])
def test_models(mode, tmp_path):
    model, structure = model_of(keras)
    reference, their_structure = model_of(oracle)
    for layer, other in zip(model.layers, reference.layers):
        layer.set_weights([w * 5 for w in layer.get_weights()])
        other.set_weights(layer.get_weights())
    samples = [RANDOM.integers(0, 50, (1, 8)) for _ in range(6)]
    configs = []
    for k, s in ((keras, structure), (oracle, their_structure)):
        make = k.quantizers.GPTQConfig if mode == "gptq" else k.quantizers.AWQConfig
        configs.append(make(samples, Tokenizer(), num_samples=1, sequence_length=48, group_size=8))
        configs[-1].quantization_layer_structure = s
    last = model.layers[-1].name
    model.quantize(
        mode, config=configs[0], filters=lambda layer: "dense" in layer.name and layer.name != last
    )
    worker = their_gptq.GPTQ if mode == "gptq" else their_awq.AWQ
    with torch.no_grad():
        calibrate_by_hand(worker, configs[1], their_structure, torch.tensor(np.concatenate(samples, 1)))
    assert [layer.quantization_mode for layer in structure["sequential_blocks"][1].layers] == [mode, mode]
    ids = RANDOM.integers(0, 50, (4, 8))
    outputs = model(ids).detach()
    torch.testing.assert_close(outputs, reference(ids).detach(), rtol=1e-3, atol=1e-3)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    torch.testing.assert_close(again(ids).detach(), outputs)


ERRORS = [
    (
        lambda m, s: m.quantize("gptq", config=keras.quantizers.GPTQConfig([], None)),
        "valid quantization structure",
    ),
    (lambda m, s: quantize(m, None, s), "requires a dataset and a tokenizer"),
    (lambda m, s: quantize(m, TEXTS, {"pre_block_layers": []}), "No sequential blocks found"),
    (lambda m, s: quantize(m, [], s), "Provided dataset is empty"),
]


def quantize(model, dataset, structure):
    config = keras.quantizers.AWQConfig(dataset, Tokenizer(), quantization_layer_structure=structure)
    model.quantize("awq", config=config, filters="^dense")


@pytest.mark.parametrize("call,words", ERRORS, ids=range(4))
def test_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call(*model_of(keras))


def test_lora_is_refused():
    layer, _ = layers()
    layer.quantize("gptq", config=keras.quantizers.GPTQConfig(None, None))
    with pytest.raises(NotImplementedError, match="lora is not currently supported with GPTQ"):
        layer.enable_lora(2)


def test_other_layers_are_refused():
    with pytest.raises(TypeError, match="Unsupported layer type for GPTQ"):
        gptq.GPTQ(keras.layers.ReLU())
