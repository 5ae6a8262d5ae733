"""Dtype policies against the real Keras."""

import keras as oracle
import numpy as np
import pytest

import kerastorch as keras

NAMES = [
    "float32",
    "bfloat16",
    "mixed_float16",
    "mixed_bfloat16",
    "int8_from_float32",
    "int8_from_mixed_bfloat16",
    "int4_from_bfloat16",
    "int4/128_from_float32",
    "int4/-1_from_mixed_float16",
    "float8_from_mixed_bfloat16",
    "gptq/4/128_from_float32",
    "gptq/2/-1_from_bfloat16",
    "awq/4/32_from_mixed_bfloat16",
]
ATTRIBUTES = ["name", "compute_dtype", "variable_dtype", "quantization_mode"]
FURTHER = ["block_size", "weight_bits", "group_size", "amax_history_length", "mode"]


@pytest.mark.parametrize("name", NAMES)
def test_policies(name):
    ours, theirs = keras.dtype_policies.get(name), oracle.dtype_policies.get(name)
    assert type(ours).__name__ == type(theirs).__name__ and repr(ours) == repr(theirs)
    for attribute in ATTRIBUTES:
        assert getattr(ours, attribute) == getattr(theirs, attribute)
    for attribute in FURTHER:
        assert getattr(ours, attribute, None) == getattr(theirs, attribute, None)
    config = keras.dtype_policies.serialize(ours)
    assert config == oracle.dtype_policies.serialize(theirs)
    assert keras.dtype_policies.deserialize(config) == ours == keras.dtype_policies.get(config)
    assert oracle.dtype_policies.deserialize(config) == theirs
    assert type(ours).from_config(ours.get_config()) == ours and hash(ours) == hash(
        keras.dtype_policies.get(name)
    )


def test_equality():
    get = keras.dtype_policies.get
    policies = [get(name) for name in NAMES]
    assert all((a == b) == (i == j) for i, a in enumerate(policies) for j, b in enumerate(policies))
    assert keras.dtype_policies.FloatDTypePolicy("float32") == get("float32") != "float32"
    float8 = keras.dtype_policies.QuantizedFloat8DTypePolicy
    assert float8("float8", "float32", 8) != float8("float8", "float32")


@pytest.fixture
def policy_of_all_layers():
    saved = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(saved)


def test_the_source_is_the_global_policy(policy_of_all_layers):
    keras.config.set_dtype_policy("mixed_bfloat16")
    assert keras.dtype_policies.QuantizedDTypePolicy("int8").name == "int8_from_mixed_bfloat16"
    assert keras.dtype_policies.DTypePolicy().name == "mixed_bfloat16"
    keras.config.set_dtype_policy("int8_from_bfloat16")
    assert keras.layers.Dense(2).quantization_mode == "int8"


ERRORS = [
    (lambda p: p.DTypePolicy(3), TypeError, "'name' must be a string"),
    (lambda p: p.get("abc"), ValueError, "Cannot convert"),
    (lambda p: p.get("int8_from"), ValueError, "Cannot convert"),
    (lambda p: p.get(object()), ValueError, "Cannot interpret"),
    (lambda p: p.QuantizedDTypePolicy("int7"), ValueError, "Invalid quantization mode"),
    (
        lambda p: p.QuantizedDTypePolicy("int8", "float16"),
        ValueError,
        "doesn't work well with compute_dtype='float16'",
    ),
    (lambda p: p.QuantizedFloat8DTypePolicy("float8", "float32", "8"), TypeError, "must be an integer"),
    (lambda p: p.Int4DTypePolicy("int4", "float32"), ValueError, "Invalid mode for Int4DTypePolicy"),
    (lambda p: p.Int4DTypePolicy("int4/x", "float32"), ValueError, "integer"),
    (lambda p: p.Int4DTypePolicy("int4/0", "float32"), ValueError, "Invalid block_size in mode"),
    (lambda p: p.GPTQDTypePolicy("gptq/4", "float32"), ValueError, "Invalid mode for GPTQDTypePolicy"),
    (lambda p: p.GPTQDTypePolicy("gptq/5/8", "float32"), ValueError, "Invalid weight_bits"),
    (lambda p: p.GPTQDTypePolicy("gptq/4/0", "float32"), ValueError, "Invalid group_size"),
    (lambda p: p.AWQDTypePolicy("awq/8/8", "float32"), ValueError, "4-bit"),
    (lambda p: p.AWQDTypePolicy("awq/4/-2", "float32"), ValueError, "Invalid group_size"),
    (lambda p: p.DTypePolicyMap(p.DTypePolicyMap()), ValueError, "cannot be a `DTypePolicyMap`"),
    (lambda p: p.DTypePolicyMap(policy_map=[]), TypeError, "must be a dict"),
]


@pytest.mark.parametrize("package", [keras, oracle], ids=["kerastorch", "keras"])
@pytest.mark.parametrize("call,error,words", ERRORS, ids=range(len(ERRORS)))
def test_errors(call, error, words, package):
    with pytest.raises(error, match=words):
        call(package.dtype_policies)


@pytest.mark.parametrize("value", [None, 3, ["float32"]])
def test_the_global_policy_is_a_name_or_a_policy(value):
    with pytest.raises(ValueError, match="Invalid `policy` argument"):
        keras.config.set_dtype_policy(value)


def policy_map(p, default="float32"):
    policies = p.DTypePolicyMap(default)
    policies["model/dense"] = p.DTypePolicy("bfloat16")
    policies["model/block/.*"] = p.get("int8_from_mixed_bfloat16")
    return policies


def test_map():
    ours, theirs = policy_map(keras.dtype_policies), policy_map(oracle.dtype_policies)
    for path in ("model/dense", "model/dense_1", "model/block/a/b", "block"):
        assert ours[path].name == theirs[path].name
    assert len(ours) == 2 and list(ours) == list(theirs) and "model/dense" in ours and "dense" not in ours
    for attribute in ATTRIBUTES:
        assert getattr(ours, attribute) == getattr(theirs, attribute)
    config = keras.dtype_policies.serialize(ours)
    assert config == oracle.dtype_policies.serialize(theirs)
    again = keras.dtype_policies.deserialize(config)
    assert dict(again) == dict(ours) and again.default_policy == ours.default_policy
    assert "default_policy=float32, mapping=[('model/dense', 'bfloat16')" in repr(ours)
    with pytest.raises(ValueError, match="already exist in the DTypePolicyMap"):
        ours["model/dense"] = "float32"
    with pytest.raises(ValueError, match="Cannot interpret the assigned value"):
        ours["x"] = 3
    ours["model/block/a.*"] = "float32"
    with pytest.raises(ValueError, match="matches multiple dtype policy"):
        ours["model/block/a"]
    del ours["model/dense"]
    assert ours["model/dense"].name == "float32"


def test_map_without_a_default_follows_the_global_policy(policy_of_all_layers):
    config = keras.dtype_policies.serialize(policy_map(keras.dtype_policies, None))
    assert config["config"]["policy_map"]["model/block/.*"]["config"] == {"mode": "int8", "source_name": None}
    keras.config.set_dtype_policy("bfloat16")
    again = keras.dtype_policies.deserialize(config)
    assert again["model/block/x"].name == "int8_from_bfloat16" and again["other"].name == "bfloat16"


@keras.saving.register_keras_serializable("tests")
class Block(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = keras.layers.Dense(4, dtype=self.dtype_policy, name="first")
        self.second = keras.layers.Dense(4, dtype=self.dtype_policy, name="second")

    def call(self, x):
        return self.second(self.first(x))

    def get_config(self):
        policies = keras.dtype_policies.DTypePolicyMap()
        for layer in self._flatten_layers(include_self=False):
            if layer.quantization_mode is not None:
                policies[layer.path] = layer.dtype_policy
        return {**super().get_config(), "dtype": policies if len(policies) else self.dtype_policy}


def test_map_says_which_sublayers_are_quantized(tmp_path):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, Block(name="block")(inputs))
    model.quantize("int8", filters="first")
    x = np.random.default_rng(0).normal(size=(3, 4))
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    block = again.get_layer("block")
    assert (block.first.quantization_mode, block.second.quantization_mode) == ("int8", None)
    np.testing.assert_array_equal(again(x).detach(), model(x).detach())


def test_setting_the_policy_of_a_layer_in_a_map():
    policies = keras.dtype_policies.DTypePolicyMap("float32")
    layer = keras.layers.Dense(3, dtype=policies, name="d")
    layer.build((None, 4))
    layer.dtype_policy = "bfloat16"
    assert policies["d"].name == "bfloat16" and layer.compute_dtype == "bfloat16"
    layer.dtype_policy = "int8_from_float32"
    assert layer.quantization_mode == "int8" and layer.kernel.dtype is not layer.bias.dtype
