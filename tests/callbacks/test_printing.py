"""What fit, evaluate and predict print, to the character, against the real Keras; time stands still."""

import io
import sys
import time
import warnings

import keras as real
import numpy as np
import pytest

import kerastorch as keras

X, Y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")


def batches(count=3):
    for _ in range(count):
        yield X, Y


CALLS = {
    "fit": lambda m: m.fit(X, Y, batch_size=4, epochs=2),
    "fit one epoch": lambda m: m.fit(X, Y, batch_size=4),
    "fit, lines": lambda m: m.fit(X, Y, batch_size=4, epochs=2, verbose=2),
    "fit, silent": lambda m: m.fit(X, Y, batch_size=4, epochs=2, verbose=0),
    "fit with validation": lambda m: m.fit(X, Y, batch_size=4, epochs=2, validation_data=(X, Y)),
    "fit with validation, lines": lambda m: m.fit(
        X, Y, epochs=3, validation_data=(X, Y), validation_freq=2, verbose=2
    ),
    "fit from an epoch on": lambda m: m.fit(X, Y, epochs=4, initial_epoch=2, verbose=2),
    "fit on a generator": lambda m: m.fit(batches(), epochs=2, steps_per_epoch=1),
    "fit on a generator of unknown length": lambda m: m.fit(batches()),
    "evaluate": lambda m: m.evaluate(X, Y, batch_size=4),
    "evaluate, lines": lambda m: m.evaluate(X, Y, batch_size=4, verbose=2),
    "evaluate a generator": lambda m: m.evaluate(batches()),
    "predict": lambda m: m.predict(X, batch_size=4),
    "predict, lines": lambda m: m.predict(X, batch_size=4, verbose=2),
}


def printed(k, call, monkeypatch):
    model = k.Sequential([k.Input((2,)), k.layers.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", "mse", metrics=["mae"])
    output = io.StringIO()
    with monkeypatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(time, "time", lambda: 1000.0)
        patch.setattr(sys, "stdout", output)
        call(model)
    return output.getvalue()


@pytest.mark.parametrize("name", CALLS)
def test_prints_what_keras_prints(name, monkeypatch):
    theirs = printed(real, CALLS[name], monkeypatch)
    assert printed(keras, CALLS[name], monkeypatch) == theirs


def test_without_interactive_logging_nothing_is_drawn(monkeypatch):
    monkeypatch.setattr("kerastorch.core.settings._interactive_logging", False)
    assert printed(keras, CALLS["fit"], monkeypatch) == ""
