"""The cells on their own; the real Keras is the oracle."""

import json

import keras as real
import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch import layers

CELLS = {
    "LSTMCell": (lambda L: L.LSTMCell(3, name="c"), 2),
    "LSTMCell-options": (
        lambda L: L.LSTMCell(3, "relu", "hard_sigmoid", use_bias=False, kernel_regularizer="l2", name="c"),
        2,
    ),
    "LSTMCell-split": (lambda L: L.LSTMCell(3, recurrent_dropout=0.2, dropout=0.1, seed=1, name="c"), 2),
    "GRUCell": (lambda L: L.GRUCell(3, name="c"), 1),
    "GRUCell-before": (lambda L: L.GRUCell(3, reset_after=False, bias_initializer="ones", name="c"), 1),
    "GRUCell-split": (lambda L: L.GRUCell(3, recurrent_dropout=0.2, name="c"), 1),
    "GRUCell-split-before": (lambda L: L.GRUCell(3, reset_after=False, implementation=1, name="c"), 1),
    "SimpleRNNCell": (lambda L: L.SimpleRNNCell(3, name="c"), 1),
    "SimpleRNNCell-linear": (lambda L: L.SimpleRNNCell(3, activation=None, use_bias=False, name="c"), 1),
}


def pair(name):
    make, count = CELLS[name]
    x, states = torch.randn(2, 4), [torch.randn(2, 3) for _ in range(count)]
    ours, theirs = make(layers), make(real.layers)
    ours(x, states), theirs(x, states)
    theirs.set_weights(ours.get_weights())
    return ours, theirs, x, states


@pytest.mark.parametrize("name", CELLS)
def test_a_step_is_keras(name):
    ours, theirs, x, states = pair(name)
    results = [cell(x, states) for cell in (ours, theirs)]
    for a, b in zip(*([output, *new] for output, new in results)):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)
    assert type(results[0][1]) is list
    assert [w.path.split("/")[-1] for w in ours.weights] == [w.name for w in theirs.weights]


@pytest.mark.parametrize("name", CELLS)
def test_config_is_keras_and_rebuilds(name):
    ours, theirs, *_ = pair(name)
    assert json.dumps(ours.get_config(), sort_keys=True) == json.dumps(theirs.get_config(), sort_keys=True)
    assert type(ours).from_config(ours.get_config()).get_config() == ours.get_config()
    assert ours.state_size == theirs.state_size and ours.output_size == theirs.output_size
    for a, b in zip(ours.get_initial_state(batch_size=2), theirs.get_initial_state(batch_size=2)):
        assert a.shape == tuple(b.shape) and not a.any()


def test_a_stack_is_keras():
    def make(L):
        return L.StackedRNNCells([L.GRUCell(3, name="a"), L.LSTMCell(2, name="b")], name="s")

    x, states = torch.randn(2, 4), [[torch.randn(2, 3)], [torch.randn(2, 2), torch.randn(2, 2)]]
    ours, theirs = make(layers), make(real.layers)
    ours(x, states), theirs(x, states)
    theirs.set_weights(ours.get_weights())
    a, b = ours(x, states), theirs(x, states)
    for p, q in zip(keras.tree.flatten(a), keras.tree.flatten(b)):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-5, atol=1e-6)
    assert ours.state_size == theirs.state_size and ours.output_size == theirs.output_size
    config = {**theirs.get_config()}
    assert json.dumps(ours.get_config(), sort_keys=True) == json.dumps(config, sort_keys=True)
    assert (
        layers.StackedRNNCells.from_config(ours.get_config()).get_config()["cells"][1]["config"]["units"] == 2
    )


def test_dropout_masks_are_kept_until_they_are_reset():
    cell = layers.LSTMCell(3, dropout=0.5, recurrent_dropout=0.5)
    x, states = torch.ones(8, 4), [torch.ones(8, 3)] * 2
    first = cell(x, states, training=True)[0]
    torch.testing.assert_close(cell(x, states, training=True)[0], first)
    assert len(cell.get_dropout_mask(x)) == len(cell.get_recurrent_dropout_mask(states[0])) == 4
    cell.reset_dropout_mask()
    cell.reset_recurrent_dropout_mask()
    assert not torch.equal(cell(x, states, training=True)[0], first)


def test_symbolic_cells():
    output, (h, c) = layers.LSTMCell(3)(keras.Input((4,)), [keras.Input((3,)), keras.Input((3,))])
    assert output.shape == h.shape == c.shape == (None, 3)


@pytest.mark.parametrize("missing", ["call", "state_size"])
def test_a_stack_of_things_that_are_no_cells(missing):
    thing = type("Thing", (), {name: 1 for name in ("call", "state_size") if name != missing})()
    with pytest.raises(ValueError, match=f"must have a `{missing}`"):
        layers.StackedRNNCells([thing])
