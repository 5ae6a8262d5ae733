"""Convolutions, pooling and resizing against values and gradients recorded from TensorFlow."""

import pathlib

import numpy as np
import pytest
import torch

from kerastorch import layers, ops
from tests.layers.tensorflow_rows import ROWS, arrays, factors

RECORDED = np.load(pathlib.Path(__file__).with_name("tensorflow.npz"))
KNOWN = [i for i in range(len(ROWS)) if f"{i}.y" in RECORDED]
TOLERANCE = {"rtol": 1e-4, "atol": 2e-5}


def build(index):
    name, options, shape = ROWS[index]
    layer = getattr(layers, name)(**options)
    layer.build((None, *shape[1:]))
    x, weights = arrays(index, shape, [tuple(w.shape) for w in layer.weights])
    layer.set_weights(weights)
    return layer, torch.tensor(x, requires_grad=True)


@pytest.mark.parametrize("index", KNOWN, ids=lambda i: f"{i}-{ROWS[i][0]}")
def test_values_and_gradients(index):
    layer, x = build(index)
    y = layer(x)
    np.testing.assert_allclose(y.detach().numpy(), RECORDED[f"{index}.y"], **TOLERANCE)
    (y * torch.tensor(factors(y.shape))).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), RECORDED[f"{index}.dx"], **TOLERANCE)
    for i, weight in enumerate(layer.weights):
        np.testing.assert_allclose(weight.grad.numpy(), RECORDED[f"{index}.dw{i}"], **TOLERANCE)


SPATIAL = [i for i in KNOWN if "Normalization" not in ROWS[i][0] and ROWS[i][1].get("padding") != "causal"]


@pytest.mark.parametrize("index", SPATIAL[::3], ids=lambda i: f"{i}-{ROWS[i][0]}")
def test_channels_first_is_the_same(index):
    layer, x = build(index)
    first = type(layer).from_config({**layer.get_config(), "data_format": "channels_first"})
    first(x.detach().movedim(-1, 1))
    first.set_weights(layer.get_weights())
    y = first(x.detach().movedim(-1, 1)).movedim(1, -1)
    np.testing.assert_allclose(y.detach().numpy(), RECORDED[f"{index}.y"], **TOLERANCE)


@pytest.mark.parametrize("index", KNOWN[::2], ids=lambda i: f"{i}-{ROWS[i][0]}")
def test_symbolic_shape(index):
    name, options, shape = ROWS[index]
    output = getattr(layers, name)(**options)(layers.Input(shape[1:]))
    assert output.shape == (None, *RECORDED[f"{index}.y"].shape[1:])
    if "Normalization" in name:
        return
    unknown = getattr(layers, name)(**options)(layers.Input((*(None,) * (len(shape) - 2), shape[-1])))
    assert unknown.shape[0] is None and unknown.shape[-1] == RECORDED[f"{index}.y"].shape[-1]


FUNCTIONS = {
    "Conv": ("conv", ("filters", "kernel_size", "groups")),
    "DepthwiseConv": ("depthwise_conv", ("kernel_size", "depth_multiplier")),
    "ConvTranspose": ("conv_transpose", ("filters", "kernel_size")),
    "MaxPooling": ("max_pool", ()),
    "AveragePooling": ("average_pool", ()),
}
PLAIN = [i for i in SPATIAL if ROWS[i][0].replace("1D", "").replace("2D", "").replace("3D", "") in FUNCTIONS]


@pytest.mark.parametrize("index", PLAIN, ids=lambda i: f"{i}-{ROWS[i][0]}")
def test_functions_are_the_layers(index):
    name, options, _ = ROWS[index]
    function, excluded = FUNCTIONS[name.replace("1D", "").replace("2D", "").replace("3D", "")]
    layer, x = build(index)
    options = {key: value for key, value in options.items() if key not in excluded}
    weights = [w.detach() for w in layer.weights]
    y = getattr(ops, function)(x.detach(), *weights[:1], **options)
    y = y + weights[1] if weights else y
    np.testing.assert_allclose(y.numpy(), RECORDED[f"{index}.y"], **TOLERANCE)
