"""Every snippet shows what TensorFlow 2.21 showed when it was recorded."""

import json

import numpy as np
import pytest

import compat as tf

from . import record, snippets

RECORDED = json.loads(record.PATH.read_text())["snippets"]


def seen(source):
    return record.observe(source, tf), RECORDED[source]


@pytest.mark.parametrize("source", snippets.rows(snippets.EXACT))
def test_prints_the_same(source):
    ours, theirs = seen(source)
    for key in ("out", "str", "repr"):
        assert key not in theirs or ours.get(key, ours) == theirs[key]


@pytest.mark.parametrize("source", snippets.rows(snippets.CLOSE))
def test_same_values(source):
    ours, theirs = seen(source)
    assert (ours.get("dtype", ours), ours.get("shape")) == (theirs["dtype"], theirs["shape"])
    np.testing.assert_allclose(ours["values"], theirs["values"], rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("source", snippets.rows(snippets.RAISES))
def test_raises_the_same_class(source):
    ours, theirs = seen(source)
    assert (ours.get("error", ours), ours.get("bases")) == (theirs["error"], theirs["bases"]), ours


@pytest.mark.parametrize("source", snippets.rows(snippets.MESSAGE))
def test_raises_with_the_same_words(source):
    ours, theirs = seen(source)
    assert (ours.get("error", ours), ours.get("message")) == (theirs["error"], theirs["message"])
