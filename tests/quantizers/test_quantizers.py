"""Quantizers against the real Keras."""

import keras as oracle
import numpy as np
import pytest
import torch

import kerastorch as keras

Q = keras.quantizers
X = torch.tensor(np.random.default_rng(0).normal(size=(5, 6)).astype("float32")) * 3
INT4 = torch.arange(-8, 7, dtype=torch.int8).reshape(5, 3)

CASES = [
    ("abs_max_quantize", [X], {"axis": 0}),
    ("abs_max_quantize", [X], {"axis": (0, 1)}),
    ("abs_max_quantize", [X], {"axis": -1, "value_range": (-7, 7)}),
    ("abs_max_quantize", [X], {"axis": 1, "to_numpy": True}),
    ("abs_max_quantize", [X.half()], {"axis": 1}),
    ("abs_max_quantize", [X * 0], {"axis": 1}),
    ("abs_max_quantize_grouped_with_zero_point", [X, 2], {}),
    ("abs_max_quantize_grouped_with_zero_point", [X + 5, 3], {"value_range": (-128, 127)}),
    ("abs_max_quantize_grouped_with_zero_point", [torch.tensor([[0.0, 5.0, -3.0, 1e-9]] * 3), 2], {}),
    ("abs_max_quantize_grouped_with_zero_point", [X, 4], {"to_numpy": True}),
    ("pack_int4", [INT4], {}),
    ("pack_int4", [INT4], {"axis": 1}),
    ("pack_int4", [INT4], {"axis": -1}),
    ("pack_int4", [(INT4 + 8).to(torch.uint8)], {"dtype": "uint8"}),
    ("unpack_int4", [INT4, 9], {}),
    ("unpack_int4", [INT4, 6], {"axis": 1}),
    ("unpack_int4", [INT4.view(torch.uint8), 5], {"axis": -1, "dtype": "uint8"}),
    ("compute_float8_scale", [torch.tensor([3.0, 0.0, np.inf]), torch.tensor([1.0, 2.0, 3.0]), 448.0], {}),
    ("compute_float8_scale", [torch.tensor(3.0), torch.tensor(1.0), 448.0], {"margin": 2}),
    ("compute_float8_amax_history", [X, torch.arange(4.0)], {}),
    ("quantize_and_dequantize", [X * 300, torch.tensor(1.5), "float8_e4m3fn", "float32"], {}),
    ("quantize_and_dequantize", [X, torch.tensor(0.5), "float8_e5m2", "bfloat16"], {}),
    ("fake_quant_with_min_max_vars", [X, -2.0, 3.0], {}),
    ("fake_quant_with_min_max_vars", [X, -2.1, 3.3], {"num_bits": 3, "narrow_range": True}),
    ("fake_quant_with_min_max_vars", [X, -np.arange(1, 7.0), np.arange(2, 8.0)], {"axis": 1, "num_bits": 4}),
]


@pytest.mark.parametrize("name, args, kwargs", CASES, ids=lambda x: x if isinstance(x, str) else "")
def test_values_are_those_of_keras(name, args, kwargs):
    mine, expected = (getattr(k.quantizers, name)(*args, **kwargs) for k in (keras, oracle))
    if not isinstance(expected, tuple):
        mine, expected = (mine,), (expected,)
    assert len(mine) == len(expected)
    for one, other in zip(mine, expected):
        if isinstance(other, (torch.Tensor, np.ndarray)):
            torch.testing.assert_close(one, torch.as_tensor(other))
        else:
            assert tuple(np.atleast_1d(one)) == tuple(np.atleast_1d(other))


def test_gradients_of_fake_quant():
    found = []
    for k in (keras, oracle):
        leaves = [X.clone().requires_grad_(), torch.tensor(-2.0, requires_grad=True)]
        leaves.append(torch.tensor(3.0, requires_grad=True))
        y = k.quantizers.fake_quant_with_min_max_vars(*leaves)
        found.append(torch.autograd.grad((y * X.abs()).sum(), leaves))
    for mine, expected in zip(*found):
        torch.testing.assert_close(mine, expected)


def test_quantizer():
    assert Q.AbsMaxQuantizer().get_config() == oracle.quantizers.AbsMaxQuantizer().get_config()
    mine, expected = Q.AbsMaxQuantizer(axis=0), oracle.quantizers.AbsMaxQuantizer(axis=0)
    assert Q.serialize(mine) == oracle.quantizers.serialize(expected)
    again = Q.deserialize(Q.serialize(mine))
    for value, other in zip(again(X), expected(X)):
        torch.testing.assert_close(value, other)
    assert Q.get(mine) is mine and Q.get(None) is None and Q.get("AbsMaxQuantizer", axis=1).axis == (1,)
    assert mine(keras.Input((3,)))[0].shape == (None, 3)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: Q.AbsMaxQuantizer()(X), ValueError, "axis=None"),
        (lambda: Q.Quantizer().get_config(), NotImplementedError, "get_config"),
        (lambda: Q.pack_int4(X), TypeError, "Expected int8"),
        (lambda: Q.pack_int4(INT4, dtype="int16"), ValueError, "dtype=int16"),
        (lambda: Q.get("nothing"), ValueError, "quantizer identifier"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    "make",
    [
        lambda q: q.Int8QuantizationConfig(),
        lambda q: q.Int8QuantizationConfig(q.AbsMaxQuantizer(axis=0), None),
        lambda q: q.Int4QuantizationConfig(),
        lambda q: q.Int4QuantizationConfig(block_size=None),
        lambda q: q.Float8QuantizationConfig(),
    ],
)
def test_configs(make):
    mine, expected = make(Q), make(oracle.quantizers)
    written = keras.saving.serialize_keras_object(mine)
    assert written == oracle.saving.serialize_keras_object(expected) and mine.mode == expected.mode
    assert keras.saving.serialize_keras_object(keras.saving.deserialize_keras_object(written)) == written
    own, base = Q.AbsMaxQuantizer(axis=1), Q.QuantizationConfig
    assert base.weight_quantizer_or_default(mine, own) is (mine.weight_quantizer or own)
    assert base.activation_quantizer_or_default(mine, own) is mine.activation_quantizer
    assert base.activation_quantizer_or_default(None, own) is own


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: Q.Int8QuantizationConfig(Q.AbsMaxQuantizer(0, output_dtype="int32")), "output_dtype=int32"),
        (lambda: Q.Int4QuantizationConfig(block_size=0), "block_size=0"),
        (lambda: Q.Int4QuantizationConfig(Q.AbsMaxQuantizer(0)), "block_size=128"),
    ],
)
def test_errors_of_configs(call, message):
    with pytest.raises(ValueError, match=message):
        call()
