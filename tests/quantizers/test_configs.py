"""Quantization configs against the real Keras."""

import keras as oracle
import pytest

import kerastorch as keras

MAKERS = [
    lambda q: q.Int8QuantizationConfig(),
    lambda q: q.Int8QuantizationConfig(activation_quantizer=None),
    lambda q: q.Int8QuantizationConfig(
        q.AbsMaxQuantizer(axis=0), q.AbsMaxQuantizer(axis=-1, value_range=(-5, 5))
    ),
    lambda q: q.Int4QuantizationConfig(),
    lambda q: q.Int4QuantizationConfig(q.AbsMaxQuantizer(axis=0, value_range=(-8, 7)), block_size=-1),
    lambda q: q.Float8QuantizationConfig(),
    lambda q: q.GPTQConfig(["text"], object(), weight_bits=3, activation_order=True),
    lambda q: q.AWQConfig(["text"], object(), num_grid_points=5),
]


@pytest.mark.parametrize("make", MAKERS, ids=range(len(MAKERS)))
def test_configs(make):
    ours, theirs = make(keras.quantizers), make(oracle.quantizers)
    assert ours.mode == theirs.mode
    config = keras.saving.serialize_keras_object(ours)
    assert config == oracle.saving.serialize_keras_object(theirs)
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is type(ours) and again.get_config() == ours.get_config()
    assert keras.quantizers.deserialize(config).mode == ours.mode
    assert oracle.saving.deserialize_keras_object(config).mode == ours.mode
    if hasattr(ours, "dtype_policy_string"):
        assert ours.dtype_policy_string() == theirs.dtype_policy_string()


def test_old_configs_have_a_scale_for_each_channel():
    assert keras.quantizers.Int4QuantizationConfig.from_config({}).block_size is None


def test_defaults():
    base, quantizer = keras.quantizers.QuantizationConfig, keras.quantizers.AbsMaxQuantizer(axis=0)
    assert base.weight_quantizer_or_default(None, 1) == 1 == base.activation_quantizer_or_default(None, 1)
    config = base(None, None)
    assert base.weight_quantizer_or_default(config, 1) == 1
    assert base.activation_quantizer_or_default(config, 1) is None
    config = base(quantizer, quantizer)
    assert base.weight_quantizer_or_default(config, 1) is quantizer
    with pytest.raises(NotImplementedError, match="must implement this property"):
        _ = config.mode


def gptq(q, **kwargs):
    return q.GPTQConfig(None, None, **kwargs)


def awq(q, **kwargs):
    return q.AWQConfig(None, None, **kwargs)


ERRORS = [
    (lambda q: q.AbsMaxQuantizer(axis=0, value_range=(-256, 256)), "value_range"),
    (lambda q: q.Int8QuantizationConfig(q.AbsMaxQuantizer(0, output_dtype="int16")), "output_dtype='int8'"),
    (lambda q: q.Int4QuantizationConfig(block_size=0), "block_size must be None, -1, or a positive"),
    (lambda q: q.Int4QuantizationConfig(q.AbsMaxQuantizer(0)), r"sub-channel quantization.*does not support"),
    (lambda q: q.Int4QuantizationConfig(q.AbsMaxQuantizer(0), block_size=None), r"value_range=\(-8, 7\)"),
    (lambda q: gptq(q, weight_bits=5), "Unsupported weight_bits 5"),
    (lambda q: gptq(q, num_samples=0), "num_samples must be a positive integer"),
    (lambda q: gptq(q, sequence_length=-1), "sequence_length must be a positive integer"),
    (lambda q: gptq(q, hessian_damping=2), "hessian_damping must be between 0 and 1"),
    (lambda q: gptq(q, group_size=0), "Invalid group_size"),
    (lambda q: awq(q, weight_bits=8), "AWQ only supports 4-bit quantization"),
    (lambda q: awq(q, group_size=-2), "Invalid group_size"),
    (lambda q: awq(q, num_grid_points=0), "num_grid_points must be a positive integer"),
]


@pytest.mark.parametrize("package", [keras, oracle], ids=["kerastorch", "keras"])
@pytest.mark.parametrize("make,words", ERRORS, ids=range(len(ERRORS)))
def test_errors(make, words, package):
    with pytest.raises(ValueError, match=words):
        make(package.quantizers)
