"""Wrapper, TimeDistributed and SpectralNormalization beyond the contract of every layer."""

import keras as real
import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch import layers


def both(make):
    """Return our layer and Keras's, which has our weights after the first call of `same`."""
    return make(layers), make(real.layers)


def same(pair, x, **keywords):
    """Check that both layers give the same outputs and, after them, have the same weights."""
    ours, theirs = pair
    if not ours.built:
        ours(x), theirs(x)
        theirs.set_weights(ours.get_weights())
    y, expected = ours(x, **keywords), theirs(x, **keywords)
    np.testing.assert_allclose(y.detach().numpy(), expected.detach().numpy(), rtol=1e-4, atol=1e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


TOGETHER = {
    "Dense": (lambda L: L.TimeDistributed(L.Dense(3, activation="relu")), (2, 4, 5)),
    "Conv2D": (lambda L: L.TimeDistributed(L.Conv2D(3, 2)), (2, 4, 5, 6, 2)),
    "pooling": (lambda L: L.TimeDistributed(L.GlobalMaxPooling1D()), (2, 4, 5, 3)),
    "twice": (lambda L: L.TimeDistributed(L.TimeDistributed(L.Dense(3))), (2, 4, 5, 3)),
    "LSTM": (lambda L: L.TimeDistributed(L.LSTM(3)), (2, 4, 5, 3)),
    "normalization": (lambda L: L.TimeDistributed(L.LayerNormalization()), (2, 4, 5)),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_time_distributed(name):
    make, shape = TOGETHER[name]
    pair = both(make)
    assert pair[0]._joins_steps(True)
    same(pair, torch.randn(shape))
    same(pair, torch.randn(shape), training=True)


def test_batch_normalization_sees_one_step_after_the_other_in_training():
    pair = both(lambda L: L.TimeDistributed(L.BatchNormalization()))
    x = torch.randn(8, 4, 5) * torch.arange(1, 5).reshape(4, 1)
    same(pair, x, training=True)
    same(pair, x)
    assert pair[0]._joins_steps(False) and not pair[0]._joins_steps(True)


def test_layers_of_a_user_see_one_step_after_the_other():
    class Center(layers.Layer):
        def call(self, x):
            return x - x.mean(0)

    x = torch.randn(3, 4, 2)
    torch.testing.assert_close(layers.TimeDistributed(Center())(x), x - x.mean(0))


def test_masks_reach_the_layer():
    pair = both(lambda L: L.TimeDistributed(L.LSTM(3)))
    x, mask = torch.randn(2, 4, 5, 3), torch.rand(2, 4, 5) > 0.4
    same(pair, x)
    same(pair, x, mask=mask)
    with pytest.raises(ValueError, match=r"a shape \(2, 3\).*inputs.shape=\(2, 4, 5, 3\)"):
        pair[0](x, mask=mask[:, :3, 0])


def test_unknown_sizes():
    layer = layers.TimeDistributed(layers.Conv1D(3, 2))
    assert layer(keras.Input((None, 8, 2))).shape == (None, None, 7, 3)


SPECTRAL = {
    "Dense": (lambda L: L.SpectralNormalization(L.Dense(3), power_iterations=2), (2, 5)),
    "Conv2D": (lambda L: L.SpectralNormalization(L.Conv2D(3, 2)), (2, 5, 5, 2)),
    "zeros": (lambda L: L.SpectralNormalization(L.Dense(3, kernel_initializer="zeros")), (2, 5)),
}


@pytest.mark.parametrize("name", SPECTRAL)
def test_spectral_normalization(name):
    make, shape = SPECTRAL[name]
    pair = both(make)
    x = torch.randn(shape)
    same(pair, x)
    for _ in range(3):
        same(pair, x, training=True)
    assert [w.name for w in pair[0].weights] == [w.name for w in pair[1].weights]


def test_spectral_normalization_of_an_embedding():
    layer = layers.SpectralNormalization(layers.Embedding(5, 3), power_iterations=30)
    ours = layer.layer
    layer(torch.tensor([[1, 2]]), training=True)
    assert abs(torch.linalg.matrix_norm(ours.embeddings.detach(), 2).item() - 1) < 1e-3


ERRORS = {
    "no layer": (lambda: layers.SpectralNormalization(3), r"supplied to SpectralNormalization.*layer=3"),
    "no kernel": (
        lambda: layers.SpectralNormalization(layers.Flatten(name="f"))(torch.ones(2, 3)),
        r"'f' \(Flatten\) object has no attribute 'kernel' nor 'embeddings'",
    ),
    "no iterations": (
        lambda: layers.SpectralNormalization(layers.Dense(3), power_iterations=0),
        r"Received: power_iterations=0",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_is_wrong(name):
    make, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        make()


def test_a_wrapper_of_a_user_is_written_with_its_layer():
    class Twice(layers.Wrapper):
        def call(self, inputs):
            return 2 * self.layer(inputs)

    layer = Twice(layers.Dense(3, kernel_initializer="ones"))
    assert layer(torch.ones(1, 2)).tolist() == [[4.0] * 3]
    again = Twice.from_config(layer.get_config())
    assert again.layer.units == 3 and again(torch.ones(1, 2)).tolist() == [[4.0] * 3]
