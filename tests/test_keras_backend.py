"""The functions of keras.backend give what tf.keras.backend gives, as recorded by record_backend.py."""

import json
import pathlib

import numpy as np
import pytest
import torch

import kerastorch as keras

K = keras.backend
ROWS = json.loads(pathlib.Path(__file__).with_name("backend_of_tensorflow.json").read_text())


def read(x):
    if isinstance(x, list):
        return [read(part) for part in x]
    if isinstance(x, dict):
        return np.array(x["values"], x["dtype"]).reshape(x["shape"])
    return x


def step(x, states):
    return x + states[0], [x * 0.5 + states[0]]


def call(row):
    args = read(row["args"])
    if row["name"] == "rnn":
        args = [step, *args]
    return getattr(K, row["name"])(*args, **{key: read(x) for key, x in row["kwargs"].items()})


def compare(result, expected):
    if isinstance(expected, list):
        assert len(result) == len(expected)
        for one, other in zip(result, expected):
            compare(one, other)
        return
    expected = read(expected)
    assert isinstance(result, torch.Tensor)
    assert tuple(result.shape) == expected.shape
    assert K.dtype(result) == expected.dtype.name
    np.testing.assert_allclose(result.numpy(), expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_values_are_those_of_tensorflow(row):
    compare(call(row), row["result"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_symbolic_shapes_are_those_of_values(row):
    if row["name"] in ("ctc_decode", "rnn") or not row["args"] or not isinstance(row["args"][0], dict):
        return  # the first argument is no array
    array = read(row["args"][0])
    x = keras.Input(batch_shape=array.shape, dtype=array.dtype.name)
    rest = {key: read(value) for key, value in row["kwargs"].items()}
    y = getattr(K, row["name"])(x, *map(read, row["args"][1:]), **rest)
    assert K.int_shape(y) == tuple(row["result"]["shape"])


def test_folds_and_maps():
    x = torch.tensor([1.0, 2.0, 4.0])
    assert K.foldl(lambda a, b: a - b, x) == -5 and K.foldr(lambda a, b: a - b, x) == 1
    assert K.foldl(lambda a, b: a + b, x, 10.0) == 17
    assert K.map_fn(lambda v: v > 1, x, dtype="int32").tolist() == [0, 1, 1]


def test_switch():
    one, two = torch.ones(2, 3), torch.zeros(2, 3)
    assert K.switch(True, lambda: one, lambda: two) is one
    assert K.switch([True, False], one, two).sum(1).tolist() == [3, 0]
    assert K.switch(keras.Input(()), keras.Input((3,)), keras.Input((3,))).shape == (None, 3)


def test_variables():
    v = K.variable([1, 2], name="v")
    assert v.name == "v" and K.dtype(v) == "float32" and K.ndim(v) == 1 and K.count_params(v) == 2
    K.set_value(v, [3.0, 4.0])
    assert K.update_add(v, [1.0, 1.0]) is v and K.update_sub(v, 2.0) is v
    K.batch_set_value([(v, K.get_value(v) * 2)])
    np.testing.assert_array_equal(K.batch_get_value([v])[0], [4, 6])
    np.testing.assert_array_equal(K.eval(K.update(v, v + 1)), [5, 7])
    assert K.random_uniform_variable((50,), 2, 3).min() >= 2
    assert K.random_normal_variable((50,), 9, 0.1).min() > 8


def test_draws():
    assert K.random_bernoulli((1000,), 0.3, seed=1).mean() == pytest.approx(0.3, abs=0.05)
    assert K.truncated_normal((100,), 1.0, 0.1, seed=1).max() <= 1.2
    assert K.dtype(K.random_normal((2,), dtype="float64")) == "float64"
    assert set(K.dropout(torch.ones(100), 0.5, seed=1).tolist()) == {0, 2}


def test_gradients():
    v, other = K.variable([1.0, 2.0]), K.variable(1.0)
    first, second = K.gradients(K.sum(K.square(v)), [v, other])
    assert first.tolist() == [2, 4] and second is None
    with pytest.raises(RuntimeError, match="GradientTape"):
        K.gradients(K.stop_gradient(v), [v])


def test_sparse_labels():
    sparse = K.ctc_label_dense_to_sparse([[1, 2], [3, 4]], [2, 1])
    assert K.is_sparse(sparse) and not K.is_sparse(K.ones((2,)))
    assert K.to_dense(sparse).tolist() == [[1, 2], [3, 0]]


def test_model_with_a_lambda():
    x = keras.Input((4,))
    y = keras.layers.Lambda(lambda t: K.l2_normalize(t, axis=-1))(x) * K.shape(x)[1]
    model = keras.Model(x, K.mean(y, axis=-1))
    assert model(np.ones((2, 4))).tolist() == [2, 2]


@pytest.mark.parametrize(
    "name, args, message",
    [
        ("batch_dot", [np.ones((2, 3)), np.ones((2, 4)), 1], "axes of one size"),
        ("batch_dot", [np.ones(2), np.ones(2)], "two axes or more"),
        ("repeat", [np.ones(2), 2], "needs a matrix"),
        ("bias_add", [np.ones((2, 3)), np.ones((2, 2, 2))], "1 axis"),
        ("pool2d", [np.ones((1, 2, 2, 1)), 2, 1, "valid", None, "sum"], "pool_mode=sum"),
        ("spatial_2d_padding", [np.ones((1, 2, 2, 1)), ((1, 1), (1, 1)), "first"], "data_format=first"),
    ],
)
def test_errors(name, args, message):
    with pytest.raises(ValueError, match=message):
        getattr(K, name)(*args)
