"""Every snippet shows what TensorFlow 2.21 showed when it was recorded."""

import json

import numpy as np
import pytest

import compat as tf

from .record import PATH, observe, rows

RECORDED = json.loads(PATH.read_text())["snippets"]


@pytest.fixture(autouse=True)
def no_seed_remains():
    yield
    tf.random.set_seed(None)


def seen(source):
    return observe(source, tf), RECORDED[source]


@pytest.mark.parametrize("source", rows("EXACT"))
def test_prints_the_same(source):
    ours, theirs = seen(source)
    for key in ("out", "str", "repr"):
        assert key not in theirs or ours.get(key, ours) == theirs[key]


@pytest.mark.parametrize("source", rows("CLOSE"))
def test_same_values(source):
    ours, theirs = seen(source)
    assert (ours.get("dtype", ours), ours.get("shape")) == (theirs["dtype"], theirs["shape"])
    np.testing.assert_allclose(ours["values"], theirs["values"], rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("source", rows("RAISES"))
def test_raises_the_same_class(source):
    ours, theirs = seen(source)
    assert (ours.get("error", ours), ours.get("bases")) == (theirs["error"], theirs["bases"]), ours


@pytest.mark.parametrize("source", rows("MESSAGE"))
def test_raises_with_the_same_words(source):
    ours, theirs = seen(source)
    assert (ours.get("error", ours), ours.get("message")) == (theirs["error"], theirs["message"])
