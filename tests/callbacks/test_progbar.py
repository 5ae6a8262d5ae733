"""What the progress bar prints, against the real Keras, with a clock of our own."""

import io
import sys
import time

import keras as real
import numpy as np
import pytest
import torch

from kerastorch.callbacks.progbar import Progbar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def printed(bar_class, steps, arguments, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    try:
        bar = bar_class(**arguments)
        for seconds, current, values, *finalize in steps:
            clock[0] += seconds
            bar.update(current, values, *finalize)
    finally:
        monkeypatch.undo()
    return terminal.getvalue()


RUN = [
    (0.1, 1, [("loss", 0.5), ("acc", 0.25)]),
    (0.01, 2, [("loss", 0.4), ("acc", 0.5)]),
    (0.1, 3, [("loss", 1e-5), ("acc", 0.75)]),
    (1.5, 10, [("loss", 123456.789), ("acc", 1.0)]),
]
END = [(1.0, 10, [("loss", 0.1)], True)]
ODD = [("a", float("nan")), ("b", 0), ("c", -0.5), ("e", np.float32(0.3)), ("f", np.array([1.0, 2.0]))]
ROWS = [
    (RUN, {"target": 10}),
    (RUN, {"target": 10, "verbose": 2}),
    (RUN, {"target": 10, "verbose": 0}),
    (RUN, {"target": None}),
    ([*RUN, *END], {"target": None}),
    (RUN, {"target": 10, "stateful_metrics": ["acc"]}),
    (RUN, {"target": 10, "stateless_metrics": ["acc"]}),
    (RUN, {"target": 10, "width": 7, "unit_name": "it", "interval": 1}),
    ([(100, 1, None), (100, 2, None), (5000, 3, None), (1, 500, None)], {"target": 500}),
    ([(1e-5, 1, None), (1, 100, None), (2e-4, 100000, None)], {"target": 1000000}),
    ([(0.1, 1, ODD)], {"target": 2}),
    ([(0.1, 0, [("loss", 0.5)]), (0.2, 4, [("loss", 0.5)], True)], {"target": 5}),
    ([(0.1, 12, [("loss", 0.5)])], {"target": 5}),
    ([(0.1, 3, [("loss", 0.5)]), (61, 4, [("loss", 0.5)])], {"target": 10}),
    ([(20.0, 1, []), (20, 2, []), (20, 3, [])], {"target": 7}),
]


@pytest.mark.parametrize(("steps", "arguments"), ROWS, ids=str)
def test_prints_what_keras_prints(steps, arguments, monkeypatch):
    theirs = printed(real.utils.Progbar, steps, arguments, monkeypatch)
    assert printed(Progbar, steps, arguments, monkeypatch) == theirs


def test_add_goes_on(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    bar = Progbar(5, verbose=2)
    bar.add(2, [("loss", 1.0)])
    bar.add(3, [("loss", 2.0)])
    assert terminal.getvalue().startswith("5/5 - ")
    assert terminal.getvalue().endswith("- loss: 2.0000\n")


def test_values_may_be_tensors(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    Progbar(1).update(1, [("loss", torch.tensor(0.25))])
    assert "loss: 0.2500" in terminal.getvalue()
