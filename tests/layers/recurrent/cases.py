"""Recurrent layers and how they are called: the rows that TensorFlow's values were recorded for."""

import dataclasses
import itertools
import typing

import numpy as np

B, T, F, U = 4, 5, 3, 2
MASKS = {
    "none": None,
    "right": [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 0]],
    "left": [[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 1], [0, 1, 1, 1, 1]],
    "holes": [[1, 0, 1, 0, 1], [0, 1, 0, 1, 0], [0, 0, 0, 0, 0], [0, 0, 1, 1, 0]],
}


@dataclasses.dataclass(frozen=True)
class Row:
    """A layer and a call.

    Attributes:
        name: What the values are recorded under.
        make: Function from a `layers` module to the layer.
        mask: A name in MASKS.
        states: How many initial states the call is given.
        calls: How often it is called on the same input (for stateful layers).
        training: As in the call.
        shape: Of the input.
    """

    name: str
    make: typing.Callable
    mask: str = "none"
    states: int = 0
    calls: int = 1
    training: bool = False
    shape: tuple = (B, T, F)


def numbers(shape, seed):
    """Return numbers that are the same everywhere."""
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def inputs(row):
    """Return the input, the initial states and the mask of a row."""
    states = [numbers((B, U), 10 + i) for i in range(row.states)]
    mask = MASKS[row.mask]
    return numbers(row.shape, 1), states, None if mask is None else np.array(mask, bool)


def weights(shapes):
    """Return weights of these shapes."""
    return [numbers(shape, 100 + i) * 0.7 for i, shape in enumerate(shapes)]


def flat(outputs):
    """Return the arrays in nested lists and tuples."""
    if isinstance(outputs, (list, tuple)):
        return [x for part in outputs for x in flat(part)]
    return [outputs]


KINDS = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}
OPTIONS = {
    "last": {},
    "sequences": {"return_sequences": True},
    "states": {"return_sequences": True, "return_state": True},
    "backwards": {"return_sequences": True, "return_state": True, "go_backwards": True},
    "unrolled": {"return_sequences": True, "unroll": True},
    "no_bias": {"return_state": True, "use_bias": False},
    "relu": {"return_sequences": True, "return_state": True, "activation": "relu"},
    "last_state": {"return_state": True},
}


def _layer(kind, options):
    return lambda L: getattr(L, kind)(U, **options)


def _zeros(kind, options):
    return lambda L: L.RNN(getattr(L, f"{kind}Cell")(U), zero_output_for_mask=True, **options)


ROWS = [
    Row(f"{kind}-{option}-{mask}-{count}", _layer(kind, OPTIONS[option]), mask, count)
    for kind, most in KINDS.items()
    for option, mask in itertools.product(OPTIONS, MASKS)
    for count in (0, most)
    if not (count and option in ("no_bias", "unrolled", "sequences"))
]
ROWS += [
    Row(f"{kind}-zeros-{option}-{mask}", _zeros(kind, OPTIONS[option]), mask)
    for kind in KINDS
    for option in ("last", "backwards", "unrolled")
    for mask in ("right", "holes")
]
ROWS += [
    Row(f"{kind}-stateful-{mask}", _layer(kind, {"stateful": True, **OPTIONS["states"]}), mask, calls=2)
    for kind in KINDS
    for mask in ("none", "holes")
]
GATES = {
    "GRU-reset_before": lambda L: L.GRU(U, reset_after=False, return_sequences=True, return_state=True),
    "GRU-split": lambda L: L.GRU(U, reset_after=False, implementation=1),
    "LSTM-split": lambda L: L.LSTM(U, implementation=1, return_sequences=True),
    "LSTM-hard": lambda L: L.LSTM(U, recurrent_activation="hard_sigmoid", return_sequences=True),
    "LSTM-forget": lambda L: L.LSTM(U, unit_forget_bias=False, return_state=True),
    "stack": lambda L: L.RNN([L.GRUCell(3), L.LSTMCell(U)], return_sequences=True),
    "stack-of-one": lambda L: L.RNN([L.LSTMCell(U)], return_state=True),
    "stack-mixed": lambda L: L.RNN([L.LSTMCell(3, activation="relu"), L.SimpleRNNCell(U)]),
}
ROWS += [
    Row(f"{name}-{mask}", make, mask)
    for name, make in GATES.items()
    for mask in ("none", "holes")
    if not (mask != "none" and name == "stack-of-one")  # the real one fails
]

BOTH = {
    "concat": lambda L: L.Bidirectional(L.LSTM(U, return_sequences=True)),
    "sum": lambda L: L.Bidirectional(L.GRU(U, return_sequences=True), merge_mode="sum"),
    "mul": lambda L: L.Bidirectional(L.SimpleRNN(U), merge_mode="mul"),
    "ave": lambda L: L.Bidirectional(L.GRU(U), merge_mode="ave"),
    "two": lambda L: L.Bidirectional(L.LSTM(U), merge_mode=None),
    "state": lambda L: L.Bidirectional(L.LSTM(U, return_sequences=True, return_state=True)),
    "relu": lambda L: L.Bidirectional(L.LSTM(U, activation="relu", return_sequences=True)),
    "other": lambda L: L.Bidirectional(
        L.LSTM(U, return_sequences=True), backward_layer=L.GRU(U, return_sequences=True, go_backwards=True)
    ),
}
ROWS += [
    Row(f"Bidirectional-{name}-{mask}", make, mask)
    for name, make in BOTH.items()
    for mask in MASKS
    if not (mask != "none" and name == "state")  # the real one cannot compute the mask of its states
]
ROWS += [
    Row("Bidirectional-given", BOTH["concat"], states=4),
    Row("Bidirectional-given-gru", BOTH["sum"], states=2),
    Row("TimeDistributed-Dense", lambda L: L.TimeDistributed(L.Dense(2, activation="relu"))),
    Row(
        "TimeDistributed-LSTM",
        lambda L: L.TimeDistributed(L.LSTM(2)),
        shape=(B, T, 2, F),
    ),
]
CONVOLUTIONAL = {
    "1D": (lambda L: L.ConvLSTM1D(2, 3, strides=2, padding="same", return_sequences=True), (B, T, 6, 3)),
    "2D": (lambda L: L.ConvLSTM2D(2, (2, 3), padding="same", return_sequences=True), (B, T, 3, 4, 2)),
    "2D-valid": (
        lambda L: L.ConvLSTM2D(2, 2, strides=2, go_backwards=True, return_state=True),
        (B, T, 4, 5, 2),
    ),
    "3D": (lambda L: L.ConvLSTM3D(1, 2, dilation_rate=1, use_bias=False), (B, T, 2, 3, 3, 2)),
}
ROWS += [
    Row(f"ConvLSTM{name}-{mask}", make, mask, shape=shape)
    for name, (make, shape) in CONVOLUTIONAL.items()
    for mask in ("none", "holes")
]
BY_NAME = {row.name: row for row in ROWS}
