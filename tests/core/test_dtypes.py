"""dtypes: names, promotion as in Keras, policies."""

import itertools

import keras as oracle
import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch.core.dtypes import result_type, standardize_dtype, to_torch_dtype

NAMES = ["bool", "uint8", "uint16", "int8", "int16", "int32", "float16", "bfloat16", "float32", int, float]


@pytest.mark.parametrize("first", NAMES, ids=str)
def test_promotion_is_that_of_keras(first):
    for second in NAMES:
        assert result_type(first, second) == oracle.backend.result_type(first, second), (first, second)


# Keras on torch cuts 64 bits down to 32; these are what Keras on TensorFlow gives.
WIDE = [
    ("bool", "int64", "int64"),
    ("uint32", "int8", "int64"),
    ("uint32", "int32", "int64"),
    ("int64", int, "int64"),
    ("int64", float, "float32"),
    ("int64", "float16", "float16"),
    ("float64", "float32", "float64"),
    ("float64", "bfloat16", "float64"),
    ("float64", "int64", "float64"),
]


@pytest.mark.parametrize("first, second, expected", WIDE, ids=str)
def test_promotion_of_64_bits_is_that_of_tensorflow(first, second, expected):
    assert result_type(first, second) == result_type(second, first) == expected


def test_three_dtypes_promote_in_any_order():
    for names in itertools.permutations(["int8", "bfloat16", "float16"]):
        assert result_type(*names) == "float32"


ROWS = [
    (None, "float32"),
    ("float16", "float16"),
    (torch.bfloat16, "bfloat16"),
    (np.int8, "int8"),
    (np.dtype("uint16"), "uint16"),
    (int, "int32"),
    (float, "float32"),
    (bool, "bool"),
    (str, "string"),
]


@pytest.mark.parametrize("given, name", ROWS, ids=[str(row[0]) for row in ROWS])
def test_names(given, name):
    assert standardize_dtype(given) == name
    if name != "string":
        assert standardize_dtype(to_torch_dtype(given)) == name


def test_unknown_dtypes_are_errors():
    with pytest.raises(ValueError, match="Invalid dtype"):
        standardize_dtype("float31")
    with pytest.raises(ValueError, match="cannot hold strings"):
        to_torch_dtype("string")


POLICIES = ["float32", "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"]


@pytest.mark.parametrize("name", POLICIES)
def test_policies(name):
    ours, theirs = keras.dtype_policies.DTypePolicy(name), oracle.dtype_policies.DTypePolicy(name)
    assert (ours.compute_dtype, ours.variable_dtype) == (theirs.compute_dtype, theirs.variable_dtype)
    assert keras.dtype_policies.serialize(ours) == oracle.dtype_policies.serialize(theirs)
    assert keras.dtype_policies.deserialize(oracle.dtype_policies.serialize(theirs)) == ours
    layer = keras.layers.Dense(3, dtype=name)
    outputs = layer(torch.ones(2, 4))
    assert standardize_dtype(outputs.dtype) == theirs.compute_dtype
    assert standardize_dtype(layer.kernel.dtype) == theirs.variable_dtype
    outputs.float().sum().backward()
    assert standardize_dtype(layer.kernel.grad.dtype) == theirs.variable_dtype
    assert layer(keras.Input((4,))).dtype == theirs.compute_dtype


@pytest.fixture
def own_settings(monkeypatch):
    """The global policy and float type are put back after the test."""
    monkeypatch.setattr("kerastorch.core.dtypes._global_policy", None)
    monkeypatch.setattr("kerastorch.core.settings._floatx", "float32")


@pytest.mark.usefixtures("own_settings")
def test_the_global_policy():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
        assert keras.layers.Dense(1, dtype="float32").compute_dtype == "float32"
    finally:
        keras.mixed_precision.set_global_policy("float32")
    with pytest.raises(ValueError, match="mixed_float31"):
        keras.mixed_precision.set_global_policy("mixed_float31")


@pytest.mark.usefixtures("own_settings")
def test_floatx():
    keras.config.set_floatx("float64")
    try:
        assert keras.layers.Dense(1).dtype == "float64"
        assert keras.Variable([1.0]).dtype is torch.float64
    finally:
        keras.config.set_floatx("float32")
    with pytest.raises(ValueError, match="float31"):
        keras.config.set_floatx("float31")
