"""Recurrent layers against values recorded from Keras on TensorFlow (record.py), and what only we promise."""

import copy
import gc
import pickle

import keras as real
import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch import layers
from kerastorch.layers.recurrent import fused
from tests.layers.recurrent import cases, record

RECORDED = record.load()
rows = pytest.mark.parametrize("row", cases.ROWS, ids=lambda row: row.name)


def build(row, make=None):
    """Return a row's layer with its weights, its input, and the keyword arguments of its call."""
    x, states, mask = cases.inputs(row)
    keywords = {"training": row.training}
    if states:
        keywords["initial_state"] = [torch.tensor(state) for state in states]
    if mask is not None:
        keywords["mask"] = torch.tensor(mask)
    layer = (make or row.make)(layers)
    layer(torch.tensor(x), **keywords)
    layer.set_weights(cases.weights([w.shape for w in layer.weights]))
    if row.calls > 1:
        layer.reset_state()
    return layer, torch.tensor(x, requires_grad=True), keywords


def outputs_and_gradients(layer, x, keywords, calls=1):
    for _ in range(calls):
        outputs = cases.flat(layer(x, **keywords))
    loss = sum((y + i).cos().sum() for i, y in enumerate(outputs))
    sources = [x, *layer.trainable_weights]
    gradients = torch.autograd.grad(loss, sources, allow_unused=True)
    gradients = [torch.zeros_like(v) if g is None else g for v, g in zip(sources, gradients)]
    return joined(outputs), joined(gradients)


def joined(tensors):
    return np.concatenate([t.detach().double().numpy().ravel() for t in tensors])


@rows
def test_values_and_gradients_are_those_of_tensorflow(row):
    y, g = outputs_and_gradients(*build(row), row.calls)
    np.testing.assert_allclose(y, RECORDED[f"{row.name}/y"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(g, RECORDED[f"{row.name}/g"], rtol=1e-4, atol=1e-5)


# ---------------------------------------------------------------------- fused kernels and the loop
LOOPED = {
    "activation": (lambda L: L.LSTM(2, activation="relu"), "activation=tanh, not relu"),
    "gates": (lambda L: L.GRU(2, recurrent_activation="hard_sigmoid"), "recurrent_activation=sigmoid, not"),
    "reset": (lambda L: L.GRU(2, reset_after=False), "reset_after=True, not False"),
    "state dropout": (lambda L: L.SimpleRNN(2, recurrent_dropout=0.1), "recurrent_dropout=0.1"),
    "gate dropout": (lambda L: L.LSTM(2, dropout=0.1, implementation=1), "implementation=1"),
    "asked": (lambda L: L.LSTM(2, use_cudnn=False), "use_cudnn=False"),
    "stack": (lambda L: L.RNN([L.LSTMCell(2), L.LSTMCell(2, activation="elu")]), "not elu"),
    "backward": (lambda L: L.Bidirectional(L.GRU(2, activation="elu")), "not elu"),
    "custom": (lambda L: L.RNN(Accumulate()), "the cell is a Accumulate"),
}
FUSED = {
    "LSTM": lambda L: L.LSTM(2, dropout=0.5),
    "GRU": lambda L: L.GRU(2, unroll=True),
    "relu": lambda L: L.SimpleRNN(2, activation=torch.relu),
    "cell": lambda L: L.RNN(L.LSTMCell(2)),
    "stack": lambda L: L.RNN([L.LSTMCell(2), L.GRUCell(2)]),
    "both": lambda L: L.Bidirectional(L.LSTM(2)),
}


class Accumulate(layers.Layer):
    """A cell of a user, with two states of which one is nested, and zeros for a first state."""

    state_size = [2, [2, 2]]
    output_size = 2

    def call(self, inputs, states, training=False):
        total, (count, product) = states
        total, count = total + inputs, count + 1
        return total / count, [total, [count, product * inputs]]

    def get_initial_state(self, batch_size=None):
        zeros = torch.zeros(batch_size, 2)
        return [zeros, [zeros, zeros + 1]]


@pytest.mark.parametrize("name", LOOPED)
def test_a_layer_says_why_it_loops(name):
    make, reason = LOOPED[name]
    assert reason in make(layers).fused_reason()


@pytest.mark.parametrize("name", FUSED)
def test_a_layer_says_that_it_does_not_loop(name):
    assert FUSED[name](layers).fused_reason() is None


def test_dropout_of_states_loops_in_training_only():
    assert layers.LSTM(2, recurrent_dropout=0.1).fused_reason(training=False) is None


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_bfloat16", "float16"])
def test_the_fused_kernel_and_the_loop_agree(kind, dtype):
    x = torch.randn(6, 9, 4)
    options = {"return_sequences": True, "return_state": True, "dtype": dtype}
    quick, looped = (getattr(layers, kind)(5, **options) for _ in range(2))
    looped._fusing = lambda: False
    quick(x), looped(x)
    looped.set_weights(quick.get_weights())
    tolerance = {"float32": 1e-5, "float64": 1e-12}.get(dtype, 0.1)
    states = [torch.randn(6, 5) for _ in quick.state_size]
    for mask in (None, torch.rand(6, 9) > 0.4, torch.arange(9) < torch.arange(6)[:, None]):
        results = [
            outputs_and_gradients(layer, x.clone().requires_grad_(), {"mask": mask, "initial_state": states})
            for layer in (quick, looped)
        ]
        for ours, expected in zip(*results):
            np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=tolerance)


def test_use_cudnn_true_refuses_to_loop():
    with pytest.raises(ValueError, match=r"'strict' has `use_cudnn=True`.*activation=tanh, not relu"):
        layers.LSTM(2, activation="relu", use_cudnn=True, name="strict")(torch.ones(1, 2, 3))


@pytest.mark.parametrize("name", ["concat", "sum", "mul", "two", "state"])
def test_both_directions_in_one_kernel_are_those_in_two(name):
    row = cases.BY_NAME[f"Bidirectional-{name}-none"]
    layer, x, keywords = build(row)
    assert layer._in_one_kernel(True)
    one = outputs_and_gradients(layer, x, keywords)
    layer.forward_layer.register_forward_hook(lambda *args: None)
    assert not layer._in_one_kernel(True)
    two = outputs_and_gradients(layer, x, keywords)
    for ours, expected in zip(one, two):
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)


def test_weights_in_one_buffer_keep_their_order_and_gradient():
    layer = layers.Bidirectional(layers.GRU(3))
    layer(torch.ones(1, 2, 4))
    weights = [*layer.forward_layer.cell.fused_weights(), *layer.backward_layer.cell.fused_weights()]
    packed = fused.one_buffer(weights)
    assert all(torch.equal(a, b) and a.is_contiguous() for a, b in zip(packed, weights))
    starts = [w.storage_offset() for w in packed]
    assert sorted(starts) == [starts[i] for i in (0, 1, 4, 5, 2, 3, 6, 7)] and starts[0] == 0
    assert len({w.untyped_storage().data_ptr() for w in packed}) == 1
    sum(w.sum() for w in packed).backward()
    assert all(bool((w.grad == 1).all()) for w in layer.trainable_weights)


# ---------------------------------------------------------------------- dropout
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
@pytest.mark.parametrize(
    "options", [{"dropout": 0.5}, {"recurrent_dropout": 0.5}, {"dropout": 1e-9}], ids=str
)
def test_dropout_is_for_training_and_the_same_at_every_step(kind, options):
    x = torch.ones(4, 6, 3)
    layer = getattr(layers, kind)(5, seed=3, return_sequences=True, **options)
    plain = getattr(layers, kind)(5, return_sequences=True)
    layer(x), plain(x)
    plain.set_weights(layer.get_weights())
    torch.testing.assert_close(layer(x), plain(x))
    first, second = layer(x, training=True), layer(x, training=True)
    assert layer.cell._dropout_mask is None and layer.cell._recurrent_dropout_mask is None
    assert torch.equal(first, second) == (options == {"dropout": 1e-9})
    if kind != "SimpleRNN":  # whose config has no seed in Keras either
        again = type(layer).from_config(layer.get_config())
        again(x), again.set_weights(layer.get_weights())
        torch.testing.assert_close(again(x, training=True), first)


def test_dropout_drops_the_same_inputs_at_every_step():
    cell = layers.SimpleRNNCell(1, activation=None, dropout=0.5, kernel_initializer="ones", seed=0)
    layer = layers.RNN(cell, return_sequences=True)
    layer(torch.ones(64, 3, 1))
    cell.recurrent_kernel.assign(torch.zeros(1, 1))
    outputs = layer(torch.ones(64, 3, 1), training=True)
    assert torch.equal(outputs, outputs[:, :1].expand_as(outputs))
    assert set(outputs.flatten().tolist()) == {0.0, 2.0}


# ---------------------------------------------------------------------- states
def test_a_stateful_layer_goes_on_until_it_is_reset():
    x = torch.randn(2, 6, 3)
    layer = layers.LSTM(4, stateful=True)
    first = layer(x[:, :3])
    assert layer.states[0].path == "lstm/rnn_state" or layer.states[0].name == "rnn_state"
    second = layer(x[:, 3:])
    layer.reset_state()
    torch.testing.assert_close(layer(x), second)
    layer.reset_states()
    torch.testing.assert_close(layer(x[:, :3]), first)
    assert len(layer.weights) == 3


def test_states_of_a_stateful_layer_follow_it():
    layer = layers.GRU(4, stateful=True)
    x = torch.randn(2, 6, 3)
    layer(x)
    expected = copy.deepcopy(layer)(x)
    torch.testing.assert_close(pickle.loads(pickle.dumps(layer))(x), expected)
    layer.to(torch.float64)
    assert layer.states[0].dtype is torch.float64 and isinstance(layer.states[0], keras.Variable)


def test_gradients_do_not_flow_into_the_batch_before():
    layer = layers.Bidirectional(layers.LSTM(3, stateful=True, return_sequences=True))
    x = torch.randn(2, 4, 3)
    for _ in range(2):
        layer(x).sum().backward()
    assert len(layer.states) == 4
    layer.reset_state()
    assert all(bool((state == 0).all()) for state in layer.states)


def test_a_cell_of_a_user():
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    layer = layers.RNN(Accumulate(), return_sequences=True, return_state=True)
    outputs, total, (count, product) = layer(x)
    assert outputs.tolist() == [[[1.0, 2.0], [2.0, 3.0]]]
    assert total.tolist() == [[4.0, 6.0]] and count.tolist() == [[2.0, 2.0]]
    assert product.tolist() == [[3.0, 8.0]]
    mask = torch.tensor([[True, False]])
    outputs, total, (count, product) = layer(x, mask=mask)
    assert outputs.tolist() == [[[1.0, 2.0], [1.0, 2.0]]] and count.tolist() == [[1.0, 1.0]]
    symbolic = layer(keras.Input((None, 2)))
    assert symbolic[0].shape == (None, None, 2) and symbolic[2][1].shape == (None, 2)


def test_a_cell_that_is_not_a_layer():
    class Sum:
        state_size = 3

        def __call__(self, inputs, states):
            return inputs + states[0], [inputs + states[0]]

        call = __call__

    layer = layers.RNN(Sum())
    assert layer(torch.ones(2, 5, 3)).tolist() == [[5.0] * 3] * 2
    assert layers.RNN([Sum(), Sum()])(torch.ones(1, 3, 3)).tolist() == [[6.0] * 3]


# ---------------------------------------------------------------------- shapes, masks, errors
def test_inference_does_not_run_the_steps(monkeypatch):
    class Classifier(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = layers.Bidirectional(layers.LSTM(4, activation="relu", return_state=True))

        def call(self, x):
            outputs, *states = self.inner(x)
            return outputs, states[-1]

    def fail(*args, **kwargs):
        raise AssertionError("a step was run")

    monkeypatch.setattr(layers.LSTMCell, "advance", fail)
    outputs, state = Classifier()(keras.Input((None, 3)))
    assert outputs.shape == (None, 8) and state.shape == (None, 4)


def test_masks_flow():
    x = torch.randn(2, 4, 3)
    x[0, 2:] = 0
    masked = layers.Masking()(x)
    outputs, state = layers.GRU(3, return_sequences=True, return_state=True)(masked)
    assert outputs._keras_mask.tolist() == [[True, True, False, False], [True] * 4]
    assert not hasattr(state, "_keras_mask")
    assert not hasattr(layers.GRU(3)(masked), "_keras_mask")
    both = layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode=None)
    assert all(y._keras_mask.tolist() == outputs._keras_mask.tolist() for y in both(masked))
    torch.testing.assert_close(outputs[0, 1], outputs[0, 3])
    explicit = layers.GRU(3, return_sequences=True)(x, mask=masked._keras_mask)
    assert torch.equal(explicit._keras_mask, masked._keras_mask)
    spread = layers.TimeDistributed(layers.Dense(2))(outputs)
    assert spread._keras_mask.tolist() == outputs._keras_mask.tolist()


ERRORS = {
    "units": (lambda: layers.LSTM(-3), r"`units`.*Received: units=-3"),
    "rank": (lambda: layers.LSTM(3, name="r")(torch.ones(2, 3)), r"'r' \(LSTM\) needs.*\(2, 3\)"),
    "cell rank": (
        lambda: layers.RNN(layers.LSTMCell(3), name="r")(torch.ones(2, 3)),
        r"'r' \(RNN\).*\(2, 3\)",
    ),
    "features": (lambda: layers.LSTM(3)(keras.Input((4, None))), r"should have a defined dimension"),
    "count": (
        lambda: layers.LSTM(3, name="r")(torch.ones(2, 4, 3), initial_state=[torch.ones(2, 3)]),
        r"'r' \(LSTM\) expects 2 initial states, of shapes \[\(2, 3\), \(2, 3\)\]. Received.*\[\(2, 3\)\]",
    ),
    "state size": (
        lambda: layers.GRU(3)(torch.ones(2, 4, 3), initial_state=torch.ones(2, 5)),
        r"expects 1 initial states, of shapes \[\(2, 3\)\]. Received.*\(2, 5\)",
    ),
    "half": (
        lambda: layers.Bidirectional(layers.GRU(3))(torch.ones(2, 4, 3), initial_state=[torch.ones(2, 3)]),
        r"an even number",
    ),
    "no batch": (
        lambda: layers.GRU(3, stateful=True, name="r")(keras.Input((4, 3))),
        r"'r' has `stateful=True`, so its batch size must be known",
    ),
    "mask": (lambda: layers.GRU(3)(torch.ones(2, 4, 3), mask=torch.ones(2, 5)), r"mask.shape=\(2, 5\)"),
    "no cell": (lambda: layers.RNN(7), r"`cell` must have `call`"),
    "no steps": (lambda: layers.LSTM(3)(torch.ones(2, 0, 3)), r"at least one time step"),
    "use_cudnn": (lambda: layers.LSTM(3, use_cudnn=3), r"Received: use_cudnn=3"),
    "merge": (lambda: layers.Bidirectional(layers.LSTM(3), "max"), r"Received: merge_mode='max'"),
    "layer": (lambda: layers.Bidirectional(3), r"Received: layer=3"),
    "same way": (
        lambda: layers.Bidirectional(layers.LSTM(3), backward_layer=layers.LSTM(3)),
        r"must differ in `go_backwards`",
    ),
    "other output": (
        lambda: layers.Bidirectional(
            layers.LSTM(3), backward_layer=layers.LSTM(3, go_backwards=True, return_sequences=True)
        ),
        r"the same `return_sequences`",
    ),
    "no reset": (lambda: layers.Bidirectional(layers.LSTM(3), name="r").reset_state(), r"'r' has no states"),
    "time": (lambda: layers.TimeDistributed(layers.Dense(3))(torch.ones(2, 3)), r"at least 3 dimensions"),
    "wrapped": (lambda: layers.TimeDistributed(3), r"supplied to TimeDistributed.*layer=3"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_is_wrong(name):
    make, message = ERRORS[name]
    with pytest.raises((ValueError, AttributeError), match=message):
        make()


def test_another_batch_size_than_that_of_the_states():
    layer = layers.LSTM(3, stateful=True, name="r")
    layer(torch.ones(2, 4, 3))
    with pytest.raises(ValueError, match=r"'r'.*Expected batch size: 2. Received batch size: 5"):
        layer(torch.ones(5, 4, 3))


class Pair(layers.Layer):
    """A cell with two states of different sizes, one of which is the sum of all inputs."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.state_size, self.output_size = units, [units, 3], units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones")
        self.built = True

    def call(self, inputs, states, training=False):
        h, total = states
        h = torch.tanh(inputs @ self.kernel + h)
        return h + total.mean(-1, keepdim=True), [h, total + inputs]


STATEFUL = {
    "LSTM": lambda: layers.LSTM(4, stateful=True, return_sequences=True),
    "GRU": lambda: layers.GRU(4, stateful=True, dropout=0.2, recurrent_dropout=0.2),
    "SimpleRNN": lambda: layers.SimpleRNN(4, stateful=True, activation="relu"),
    "cell": lambda: layers.RNN(Pair(4), stateful=True),
    "stack": lambda: layers.RNN([layers.GRUCell(3), Pair(4)], stateful=True),
    "both": lambda: layers.Bidirectional(layers.LSTM(4, stateful=True)),
    "ConvLSTM1D": lambda: layers.ConvLSTM1D(2, 2, stateful=True),
}


@pytest.mark.parametrize("name", STATEFUL)
def test_a_stateful_layer_trains_without_growing(name):
    shape = (2, 3, 5, 3) if name == "ConvLSTM1D" else (2, 5, 3)
    layer = STATEFUL[name]()
    model = keras.Sequential([keras.Input(batch_shape=shape), layer, layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = torch.randn(shape), torch.randn(shape[0], 1)
    counts = []
    for step in range(12):
        model.train_on_batch(x, y)
        if step % 4 == 3:
            gc.collect()
            counts.append(sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects()))
    assert counts[1] == counts[2]
    states = keras.tree.flatten(layer.states)
    assert all(state.grad_fn is None for state in states) and any(state.any() for state in states)
    first = model.predict(x, batch_size=2, verbose=0)
    assert not np.allclose(model.predict(x, batch_size=2, verbose=0), first)
    layer.reset_state()
    again = model.predict(x, batch_size=2, verbose=0)
    layer.reset_state()
    np.testing.assert_allclose(model.predict(x, batch_size=2, verbose=0), again, rtol=1e-6)


def test_a_cell_with_states_of_its_own_is_keras():
    class Theirs(real.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units, self.state_size, self.output_size = units, [units, 3], units

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones")

        def call(self, inputs, states, training=False):
            h, total = states
            h = torch.tanh(inputs @ self.kernel.value + h)
            return h + total.mean(-1, keepdim=True), [h, total + inputs]

    x = torch.randn(2, 5, 3)
    mask = torch.tensor([[True, True, False, True, False], [True] * 5])
    options = {"return_sequences": True, "return_state": True, "go_backwards": True}
    ours = layers.RNN(Pair(4), **options)(x, mask=mask)
    theirs = real.layers.RNN(Theirs(4), **options)(x, mask=mask)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)
