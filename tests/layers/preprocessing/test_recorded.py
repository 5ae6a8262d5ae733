"""The layers give what the real Keras gave on TensorFlow."""

import json
import pathlib

import numpy as np
import pytest

import kerastorch

from .rows import SOURCES, observe

RECORDED = json.loads((pathlib.Path(__file__).parent / "recorded.json").read_text(encoding="utf-8"))


def assert_same(ours, theirs):
    if isinstance(theirs, list):
        assert isinstance(ours, list) and len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            assert_same(a, b)
    elif isinstance(theirs, float):
        np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=1e-7)
    else:
        assert ours == theirs


@pytest.mark.parametrize("source", SOURCES)
def test_same_values_as_tensorflow(source):
    ours, theirs = observe(source, kerastorch, np), RECORDED[source]
    assert_same(ours["value"], theirs["value"])
    assert ours["dtype"] in ("", theirs["dtype"])
