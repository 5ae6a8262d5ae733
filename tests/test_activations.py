"""Activations, regularizers and constraints against the real Keras on torch: value, gradient, config."""

import keras as oracle
import pytest
import torch

import kerastorch as keras

X = torch.randn(5, 6, generator=torch.Generator().manual_seed(0)) * 3
NAMES = [
    "celu",
    "elu",
    "exponential",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
]
CASES = [
    *((name, {}) for name in NAMES),
    ("celu", {"alpha": 0.5}),
    ("elu", {"alpha": 0.5}),
    ("gelu", {"approximate": True}),
    ("glu", {"axis": 1}),
    ("leaky_relu", {"negative_slope": 0.5}),
    ("log_softmax", {"axis": 0}),
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 1.0}),
    ("relu", {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5}),
    ("relu", {"threshold": 0.5}),
    ("softmax", {"axis": 0}),
    ("softmax", {"axis": (0, 1)}),
    ("squareplus", {"b": 2}),
    ("threshold", {"threshold": 0.1, "default_value": 4.0}),
]


def with_gradient(function):
    x = X.clone().requires_grad_()
    value = function(x)
    (gradient,) = torch.autograd.grad((value * torch.arange(value.numel()).reshape(value.shape)).sum(), x)
    return value.detach(), gradient


@pytest.mark.parametrize("name, arguments", CASES)
def test_activation(name, arguments):
    mine = with_gradient(lambda x: getattr(keras.activations, name)(x, **arguments))
    theirs = with_gradient(lambda x: getattr(oracle.activations, name)(x, **arguments))
    for a, b in zip(mine, theirs):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_names(name):
    function = keras.activations.get(name)
    assert function is getattr(keras.activations, name)
    assert keras.activations.serialize(function) == oracle.activations.serialize(oracle.activations.get(name))
    assert keras.activations.deserialize(keras.activations.serialize(function)) is function


def test_sparsemax_is_a_projection_on_the_simplex():
    y = keras.activations.sparsemax(X)
    torch.testing.assert_close(y.sum(-1), torch.ones(5))
    inside = torch.where(y > 0, X - y, torch.nan)
    torch.testing.assert_close(torch.nanmean(inside, -1, keepdim=True).expand_as(X)[y > 0], inside[y > 0])


def test_none_is_linear_and_unknown_names_are_refused():
    assert keras.activations.get(None) is keras.activations.linear
    with pytest.raises(ValueError, match="Did you mean 'relu'"):
        keras.activations.get("relo")
    with pytest.raises(ValueError, match="Could not interpret activation function identifier: 3"):
        keras.activations.get(3)


REGULARIZERS = [
    ("L1", {"l1": 0.25}),
    ("L2", {"l2": 0.25}),
    ("L1L2", {"l1": 0.25, "l2": 0.5}),
    ("OrthogonalRegularizer", {"factor": 0.25}),
    ("OrthogonalRegularizer", {"factor": 0.25, "mode": "columns"}),
]


@pytest.mark.parametrize("name, arguments", REGULARIZERS)
def test_regularizer(name, arguments):
    mine = getattr(keras.regularizers, name)(**arguments)
    theirs = getattr(oracle.regularizers, name)(**arguments)
    for a, b in zip(with_gradient(mine), with_gradient(theirs)):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
    assert mine.get_config() == theirs.get_config()
    again = keras.regularizers.deserialize(keras.regularizers.serialize(mine))
    assert type(again) is type(mine) and again.get_config() == mine.get_config()


CONSTRAINTS = [
    ("MaxNorm", {"max_value": 1}),
    ("MaxNorm", {"max_value": 1, "axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {"axis": 1}),
    ("MinMaxNorm", {"min_value": 5.0, "max_value": 7.0, "rate": 0.5}),
]


@pytest.mark.parametrize("name, arguments", CONSTRAINTS)
def test_constraint(name, arguments):
    mine = getattr(keras.constraints, name)(**arguments)
    theirs = getattr(oracle.constraints, name)(**arguments)
    torch.testing.assert_close(mine(X), theirs(X))
    assert mine.get_config() == theirs.get_config()
    again = keras.constraints.deserialize(keras.constraints.serialize(mine))
    assert type(again) is type(mine) and again.get_config() == mine.get_config()


GET = [
    (keras.regularizers, "l1", "L1"),
    (keras.regularizers, "l2", "L2"),
    (keras.regularizers, "l1l2", "L1L2"),
    (keras.regularizers, "orthogonal_regularizer", "OrthogonalRegularizer"),
    (keras.constraints, "max_norm", "MaxNorm"),
    (keras.constraints, "non_neg", "NonNeg"),
    (keras.constraints, "UnitNorm", "UnitNorm"),
]


@pytest.mark.parametrize("module, name, cls", GET)
def test_get(module, name, cls):
    assert type(module.get(name)).__name__ == cls
    assert module.get(None) is None
    with pytest.raises(ValueError, match="Could not interpret"):
        module.get("bogus")


@pytest.mark.parametrize("value", [-1, float("nan"), "a"])
def test_factors_are_checked(value):
    with pytest.raises(ValueError, match="`l2` must be a finite number"):
        keras.regularizers.L2(value)
