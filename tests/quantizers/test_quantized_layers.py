"""Quantized layers against the real Keras: what is stored, outputs and gradients, with LoRA and without."""

import copy
import pickle

import keras as oracle
import numpy as np
import pytest
import torch

import kerastorch as keras

RANDOM = np.random.default_rng(0)
IDS = np.array([[0, 3, 6], [6, 6, 1]])


def floats(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def einsum(equation, shape, **kwargs):
    return lambda k: k.layers.EinsumDense(equation, shape, **kwargs)


LAYERS = {
    "dense": (lambda k: k.layers.Dense(5, activation="tanh"), floats(3, 10)),
    "dense 3d without bias": (lambda k: k.layers.Dense(4, use_bias=False), floats(2, 3, 7)),
    "einsum matrix": (einsum("ab,bc->ac", (5,)), floats(3, 10)),
    "einsum heads": (einsum("btd,dnh->btnh", (None, 2, 3), bias_axes="nh"), floats(2, 4, 6)),
    "einsum back": (einsum("btnh,nhd->btd", (None, 5), bias_axes="d"), floats(2, 4, 3, 2)),
    "einsum kernel last": (einsum("btd,ndh->btnh", (None, 2, 3), bias_axes="h"), floats(2, 4, 6)),
    "einsum each head": (einsum("bnh,nhd->bnd", (3, 4), bias_axes="d"), floats(2, 3, 5)),
}
TABLES = {
    "embedding": lambda k: k.layers.Embedding(7, 5),
    "reversible": lambda k: k.layers.ReversibleEmbedding(7, 5),
    "reversible untied": lambda k: k.layers.ReversibleEmbedding(7, 6, tie_weights=False, logit_soft_cap=2.0),
}


def int4(block, **kwargs):
    return lambda k: k.quantizers.Int4QuantizationConfig(block_size=block, **kwargs)


def custom(k):
    quantizer = k.quantizers.AbsMaxQuantizer
    return k.quantizers.Int8QuantizationConfig(
        quantizer(axis=0, value_range=(-100, 100)), quantizer(axis=-1, value_range=(-7, 7))
    )


def int4_inputs(k):
    return k.quantizers.Int4QuantizationConfig(None, k.quantizers.AbsMaxQuantizer(axis=-1), block_size=None)


def weights_only(k):
    return k.quantizers.Int8QuantizationConfig(activation_quantizer=None)


CONFIGS = {
    "int8": lambda k: "int8",
    "int8 weights only": weights_only,
    "int4": lambda k: "int4",
    "int4 blocks of 4": int4(4),
    "int4 channels": int4(None),
    "int4 channels, inputs too": int4_inputs,
    "float8": lambda k: "float8",
}


def pair(make, shape):
    """Return our layer and Keras's, built, with the same weights."""
    layers = [make(package) for package in (keras, oracle)]
    for layer in layers:
        layer.build(shape)
    values = [floats(*w.shape) for w in layers[0].get_weights()]
    for layer in layers:
        layer.set_weights(values)
    return layers


def stored(layer):
    store = {}
    layer.save_own_variables(store)
    return {key: oracle.ops.convert_to_numpy(value) for key, value in store.items()}


def assert_stored_alike(ours, theirs):
    ours, theirs = stored(ours), stored(theirs)
    assert ours.keys() == theirs.keys()
    for key in ours:
        assert ours[key].dtype == theirs[key].dtype and ours[key].shape == theirs[key].shape, key
        np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-6, atol=1e-6)


def outputs_and_gradients(layer, x, **kwargs):
    x = torch.tensor(x, requires_grad=True)
    y = layer(x, **kwargs)
    y.square().sum().backward()
    return y.detach(), x.grad


def assert_alike(ours, theirs, x, **kwargs):
    expected = outputs_and_gradients(theirs, x, **kwargs)
    for value, reference in zip(outputs_and_gradients(ours, x, **kwargs), expected):
        torch.testing.assert_close(value, reference, rtol=1e-5, atol=2e-5)


def quantize(layers, config):
    for layer, package in zip(layers, (keras, oracle)):
        value = config(package)
        layer.quantize(**({"mode": value} if isinstance(value, str) else {"config": value}))


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", LAYERS)
def test_kernels(name, config):
    make, x = LAYERS[name]
    ours, theirs = layers = pair(make, x.shape)
    quantize(layers, CONFIGS[config])
    assert ours.dtype_policy.name == theirs.dtype_policy.name
    assert [v.path.split("/")[-1] for v in ours.weights] == [v.path.split("/")[-1] for v in theirs.weights]
    assert ours.variable_serialization_spec == theirs.variable_serialization_spec
    assert tuple(ours.kernel.shape) == tuple(theirs.kernel.shape)
    assert_stored_alike(ours, theirs)
    if config == "int8 weights only" and name in ("einsum kernel last", "einsum each head"):
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-5, atol=2e-5)  # Keras's gradient fails
    else:
        assert_alike(ours, theirs, x)


@pytest.mark.parametrize("name", ["dense", "einsum matrix"])
def test_quantizers_of_ones_own(name):
    make, x = LAYERS[name]
    ours, theirs = layers = pair(make, x.shape)
    quantize(layers, custom)
    assert_stored_alike(ours, theirs)
    assert_alike(ours, theirs, x)


@pytest.mark.parametrize("config", [c for c in CONFIGS if c != "float8"])
@pytest.mark.parametrize("name", TABLES)
def test_tables(name, config):
    ours, theirs = layers = pair(TABLES[name], None)
    quantize(layers, CONFIGS[config])
    assert ours.dtype_policy.name == theirs.dtype_policy.name
    assert ours.variable_serialization_spec == theirs.variable_serialization_spec
    assert_stored_alike(ours, theirs)
    torch.testing.assert_close(ours(IDS), theirs(IDS))
    if "reversible" in name:
        x = floats(3, ours.output_dim)
        torch.testing.assert_close(ours(x, reverse=True), theirs(x, reverse=True), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "dtype", ["int8_from_mixed_bfloat16", "int4/4_from_mixed_bfloat16", "int8_from_bfloat16"]
)
def test_half_precision(dtype):
    x = floats(3, 10)
    layers = [k.layers.Dense(5, dtype=dtype) for k in (keras, oracle)]
    for layer in layers:
        layer.build(x.shape)
    values = stored(layers[1])
    values["0"] = RANDOM.integers(-120, 120, values["0"].shape, dtype="int8")
    values["2"] = np.full(values["2"].shape, 50.0, "float32")
    for layer in layers:
        layer.load_own_variables({key: np.asarray(value, value.dtype) for key, value in values.items()})
    ours, theirs = (layer(x).float() for layer in layers)
    torch.testing.assert_close(ours, theirs, rtol=5e-2, atol=5e-2)


@pytest.mark.parametrize("config", ["int8", "int4", "int4 blocks of 4", "int4 channels", None])
@pytest.mark.parametrize("first", ["lora", "quantize"])
@pytest.mark.parametrize("name", ["dense", "einsum heads", "einsum back", "einsum kernel last", "embedding"])
def test_lora(name, first, config):
    make, x = LAYERS[name] if name in LAYERS else (TABLES[name], None)
    ours, theirs = layers = pair(make, None if x is None else x.shape)
    main = "kernel" if x is not None else "embeddings"
    for step in (first, {"lora": "quantize", "quantize": "lora"}[first]):
        if step == "lora":
            for layer in layers:
                layer.enable_lora(2, lora_alpha=3.0)
        elif config is not None:
            quantize(layers, CONFIGS[config])
    for part in "ab":
        values = floats(*getattr(ours, f"lora_{main}_{part}").shape) / 3
        for layer in layers:
            getattr(layer, f"lora_{main}_{part}").assign(values)
    assert sorted(v.name for v in ours.trainable_weights) == sorted(v.name for v in theirs.trainable_weights)
    assert_stored_alike(ours, theirs)
    if x is None:
        torch.testing.assert_close(ours(IDS), theirs(IDS), rtol=1e-5, atol=1e-5)
    else:
        assert_alike(ours, theirs, x)
    ours(IDS if x is None else x).sum().backward()
    theirs.zero_grad()
    theirs(IDS if x is None else x).sum().backward()
    for part in "ab":
        variable = f"lora_{main}_{part}"
        expected = getattr(theirs, variable).value.grad
        gradient = getattr(ours, variable).grad
        assert (gradient is None) == (expected is None)
        if x is None:
            torch.testing.assert_close(gradient, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("config", ["int8", "int4", None])
def test_lora_reaches_the_way_back(config):
    layer = keras.layers.ReversibleEmbedding(7, 5)
    layer.build()
    if config is not None:
        layer.quantize(config)
    x = floats(3, 5)
    before = layer(x, reverse=True)
    layer.enable_lora(2)
    layer.lora_embeddings_b.assign(floats(2, 5))
    update = torch.as_tensor(x) @ (layer.lora_embeddings_a @ layer.lora_embeddings_b).t()
    torch.testing.assert_close(layer(x, reverse=True), before + update)


CONVOLUTIONS = [
    (lambda k: k.layers.Conv1D(4, 3, padding="causal"), (2, 8, 3)),
    (lambda k: k.layers.Conv2D(4, 3, strides=2, padding="same"), (2, 8, 8, 3)),
    (lambda k: k.layers.Conv2D(4, (2, 3), groups=2), (2, 8, 8, 6)),
    (lambda k: k.layers.Conv3D(4, 2, use_bias=False), (1, 4, 4, 4, 2)),
]


@pytest.mark.parametrize("make,shape", CONVOLUTIONS, ids=range(4))
def test_lora_of_convolutions(make, shape):
    x = floats(*shape)
    ours, theirs = layers = pair(make, shape)
    for layer in layers:
        layer.enable_lora(2, lora_alpha=1.5)
    for part in "ab":
        values = floats(*getattr(ours, f"lora_kernel_{part}").shape)
        for layer in layers:
            getattr(layer, f"lora_kernel_{part}").assign(values)
    np.testing.assert_allclose(
        ours.kernel.detach(), oracle.ops.convert_to_numpy(theirs.kernel), rtol=1e-5, atol=1e-6
    )
    assert_stored_alike(ours, theirs)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-4)
    config = ours.get_config()
    assert (config["lora_rank"], config["lora_alpha"]) == (2, 1.5)
    again = type(ours).from_config(config)
    again.build(shape)
    assert again.lora_enabled and len(again.trainable_weights) == len(ours.trainable_weights)


def test_float8_trains_as_keras():
    ours, theirs = layers = pair(LAYERS["dense"][0], (None, 10))
    quantize(layers, lambda k: "float8")
    optimizers = [k.optimizers.SGD(0.1) for k in (keras, oracle)]
    for layer, optimizer in zip(layers, optimizers):
        optimizer.build(layer.trainable_variables)
    for _ in range(3):
        x, upstream = floats(4, 10), torch.tensor(floats(4, 5)) * 100
        for layer, optimizer in zip(layers, optimizers):
            layer.zero_grad()
            (layer(x, training=True) * upstream).sum().backward()
            grads = [v.value.grad for v in layer.trainable_variables]
            optimizer.apply(grads, layer.trainable_variables)
    for a, b in zip(ours.trainable_variables, theirs.trainable_variables):
        np.testing.assert_allclose(
            a.numpy(), oracle.ops.convert_to_numpy(b), rtol=2e-5, atol=1e-5, err_msg=b.path
        )
    assert ours.outputs_grad_scale.item() != 1


def test_float8_keeps_its_scales_outside_of_training():
    layer = keras.layers.Dense(2, dtype="float8_from_float32")
    x = torch.ones(1, 3)
    before = layer(x, training=False)
    layer(x, training=False).sum().backward()
    assert layer.inputs_scale.grad is None
    torch.testing.assert_close(layer(x, training=True), before)


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
@pytest.mark.parametrize("copies", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_copies_compute_the_same(mode, copies):
    layer = keras.layers.Dense(3)
    x = floats(2, 4)
    layer(x)
    layer.quantize(mode)
    again = copies(layer)
    torch.testing.assert_close(again(x), layer(x))
    assert again.__dict__["call"].__self__ is again


def test_names_of_the_weight():
    layer = keras.layers.Dense(3)
    with pytest.raises(AttributeError, match="You must build the layer before accessing `kernel`"):
        _ = layer.kernel
    layer.build((None, 4))
    plain = layer.kernel
    layer.enable_lora(2)
    assert layer._kernel is plain and not plain.requires_grad and layer.kernel is not plain
    with pytest.raises(AttributeError, match="no attribute 'kernels'"):
        _ = layer.kernels
    layer.quantize("int4")
    assert layer._kernel.dtype is torch.int8 and tuple(layer._kernel.shape) == (4, 2)


def test_leading_and_trailing_ellipsis():
    for equation, shape, size in (("...x,xy->...y", (2, 3, 4), (5,)), ("xb...,bc->xc...", (2, 4, 3), (5,))):
        layer = keras.layers.EinsumDense(equation, size, bias_axes=None)
        x = floats(*shape)
        expected = layer(x)
        layer.quantize("int8")
        torch.testing.assert_close(layer(x), expected, rtol=0.05, atol=0.05)


def dense(dtype=None, built=True):
    layer = keras.layers.Dense(3, name="d", dtype=dtype)
    if built:
        layer.build((None, 4))
    return layer


def quantized(mode, **kwargs):
    layer = dense(**kwargs)
    layer.quantize(mode)
    return layer


class MyDense(keras.layers.Dense):
    """A user's own."""


def subclass():
    layer = MyDense(3)
    layer.build((None, 4))
    return layer


ERRORS = [
    (lambda: dense(built=False).quantize("int8"), ValueError, "Cannot quantize a layer that isn't yet built"),
    (
        lambda: quantized("int8").quantize("int4"),
        ValueError,
        "is already quantized with dtype_policy='int8_from",
    ),
    (lambda: dense("float16").quantize("int8"), ValueError, "doesn't work well with compute_dtype='float16'"),
    (lambda: dense().quantize("int7"), ValueError, "Invalid quantization mode. Expected one of"),
    (lambda: dense().quantize(), ValueError, "You must provide either `mode` or `config`"),
    (lambda: dense().quantize("gptq"), ValueError, "For GPTQ, you must pass a `GPTQConfig`"),
    (lambda: dense().quantize("awq"), ValueError, "For AWQ, you must pass a `AWQConfig`"),
    (lambda: dense().quantize("int8", config=3), ValueError, "must be an instance of `QuantizationConfig`"),
    (
        lambda: dense().quantize("int8", config=keras.quantizers.Int4QuantizationConfig()),
        ValueError,
        "Contradictory arguments",
    ),
    (lambda: subclass().quantize("int8"), NotImplementedError, "does not have a `quantize` method"),
    (
        lambda: keras.layers.ReLU().quantize("int8"),
        NotImplementedError,
        "Layer ReLU does not have a `quantize`",
    ),
    (lambda: dense().quantized_build((4, 3), "int7"), NotImplementedError, "Invalid quantization mode"),
    (
        lambda: keras.layers.ReLU(dtype="int8_from_float32")(np.ones(2)),
        NotImplementedError,
        "can be quantized",
    ),
    (
        lambda: setattr(dense(), "dtype_policy", "gptq/4/8_from_float32"),
        ValueError,
        "Implicitly enabling GPTQ",
    ),
    (lambda: quantized("float8").quantize("int8"), ValueError, "is already quantized"),
]


@pytest.mark.parametrize("call,error,words", ERRORS, ids=range(len(ERRORS)))
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_subclass_without_type_check():
    layer = subclass()
    layer.quantize("int8", type_check=False)
    assert layer.quantization_mode == "int8"


@pytest.mark.parametrize(
    "policy,count", [("int8_from_float32", 3), ("int4_from_float32", 5), ("float8_from_float32", 8)]
)
def test_setting_a_policy_quantizes(policy, count):
    layer = dense()
    layer.dtype_policy = policy
    assert len(layer.variables) == count and layer.dtype_policy.name == policy
    assert layer(np.ones((1, 4))).shape == (1, 3)


def test_embedding_has_no_float8():
    layer = keras.layers.Embedding(3, 2)
    layer.build()
    with pytest.raises(NotImplementedError, match=r"Expected one of \('int8', 'int4'\)"):
        layer.quantize("float8")
    assert layer.quantization_mode is None and not layer._is_quantized
