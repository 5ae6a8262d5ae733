"""keras.utils: one-hot vectors, unit vectors, padding; against the real Keras."""

import keras as real
import numpy as np
import pytest
import torch

from kerastorch import utils

CALLS = [
    ("to_categorical", ([0, 1, 2],), {}),
    ("to_categorical", (np.array([[0], [1]]), 3), {}),
    ("to_categorical", ([[0, 1], [1, 0]],), {}),
    ("to_categorical", ([0.0, 1.0],), {}),
    ("to_categorical", (np.array([0, 1], "uint8"),), {"num_classes": 4}),
    ("normalize", (np.array([[3.0, 4.0], [0, 0]]),), {}),
    ("normalize", (np.array([[3, 4]]),), {"order": 3}),
    ("normalize", ([[3.0, 4.0]],), {"axis": 0, "order": 1}),
    ("normalize", (torch.tensor([[3.0, 4.0]]),), {}),
    ("pad_sequences", ([[1], [2, 3], [4, 5, 6]],), {}),
    (
        "pad_sequences",
        ([[1], [2, 3], [4, 5, 6]],),
        dict(maxlen=2, padding="post", truncating="post", value=9),
    ),
    ("pad_sequences", ([[1.5], []],), {"dtype": "float32", "maxlen": 3}),
    ("pad_sequences", ([["a"], ["b", "c"]],), {"dtype": object, "value": "x"}),
    ("pad_sequences", ([[[1, 2]], [[3, 4], [5, 6]]],), {}),
]


@pytest.mark.parametrize(("name", "arguments", "options"), CALLS, ids=str)
def test_gives_what_keras_gives(name, arguments, options):
    ours = getattr(utils, name)(*arguments, **options)
    theirs = getattr(real.utils, name)(*arguments, **options)
    assert type(ours) is type(theirs)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs) if ours.dtype == object else np.testing.assert_allclose(
        ours, theirs
    )


def test_one_hot_of_a_tensor_is_a_tensor():
    assert torch.equal(utils.to_categorical(torch.tensor([0, 1])), torch.eye(2))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: utils.to_categorical([0, 5], 3), IndexError, "num_classes=3 and the index 5"),
        (lambda: utils.normalize(np.ones((1, 2)), order=0), ValueError, "order=0"),
        (lambda: utils.pad_sequences(3), ValueError, "must be iterable"),
        (lambda: utils.pad_sequences([1]), ValueError, "non-iterable: 1"),
        (lambda: utils.pad_sequences([[1]], padding="x"), ValueError, 'Padding type "x"'),
        (lambda: utils.pad_sequences([[[1, 2]], [[3, 4, 5]]]), ValueError, "at position 1"),
        (lambda: utils.pad_sequences([["a"]], value="b"), ValueError, "dtype=object"),
        (lambda: utils.set_random_seed("a"), ValueError, "seed=a"),
    ],
)
def test_errors_name_what_was_received(call, error, message):
    with pytest.raises(error, match=message):
        call()
