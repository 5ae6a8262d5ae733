"""The op decorator, inference on meta, and symbolic tensors."""

import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch.core.infer import infer
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.op import Tensor, Tensors, op


@op
def scaled(x: Tensor, y: Tensor = None, factor=2):
    return x * factor if y is None else x * factor + y


@op
def joined(xs: Tensors, axis=0):
    return torch.cat(xs, axis)


EAGER = [
    (lambda: scaled(torch.ones(2)), [2, 2], torch.float32),
    (lambda: scaled([1, 2]), [2, 4], torch.int32),
    (lambda: scaled([1.0, 2.0], factor=3), [3, 6], torch.float32),
    (lambda: scaled(np.ones(2)), [2, 2], torch.float64),
    (lambda: scaled(torch.ones(2, dtype=torch.int8), 1), [3, 3], torch.int8),
    (lambda: scaled(1, torch.ones(2, dtype=torch.float16)), [3, 3], torch.float16),
    (lambda: scaled(x=torch.ones(2), y=[1.0, 2.0]), [3, 4], torch.float32),
    (lambda: scaled(keras.Variable([1.0, 2.0])), [2, 4], torch.float32),
    (lambda: joined([[1.0], np.ones(1, "float32"), torch.ones(1)]), [1, 1, 1], torch.float32),
]


@pytest.mark.parametrize("call, expected, dtype", EAGER, ids=range(len(EAGER)))
def test_eager(call, expected, dtype):
    result = call()
    assert result.dtype is dtype and result.tolist() == expected


SHAPES = [
    (lambda x: scaled(x), (None, 4), "float32"),
    (lambda x: scaled(x, np.ones((3, 1, 4), "float32")), (3, None, 4), "float32"),
    (lambda x: joined([x, x], axis=1), (None, 8), "float32"),
    (lambda x: joined([x, np.ones((2, 4), "float32")]), (None, 4), "float32"),
    (lambda x: x[:, 1:3], (None, 2), "float32"),
    (lambda x: x[..., None], (None, 4, 1), "float32"),
    (lambda x: (x > 0) & (x < 1), (None, 4), "bool"),
    (lambda x: 1 - x / 2, (None, 4), "float32"),
    (lambda x: keras.ops.sum(x, axis=0), (4,), "float32"),
    (lambda x: keras.ops.reshape(x, (-1, 2, 2)), (None, 2, 2), "float32"),
    (lambda x: keras.ops.cast(x, "int32"), (None, 4), "int32"),
    (lambda x: torch.softmax(x, dim=-1), (None, 4), "float32"),
    (lambda x: torch.nn.functional.pad(x, (1, 1)), (None, 6), "float32"),
    (lambda x: x @ torch.ones(4, 3), (None, 3), "float32"),
]


@pytest.mark.parametrize("call, shape, dtype", SHAPES, ids=range(len(SHAPES)))
def test_symbolic_and_replay(call, shape, dtype):
    x = keras.Input((4,))
    y = call(x)
    assert isinstance(y, KerasTensor) and y.shape == shape and y.dtype == dtype
    value = torch.randn(2, 4) if shape and shape[0] is None else torch.randn(1, 4)
    expected = call(value)
    torch.testing.assert_close(keras.Function(x, y)(value), expected)


def test_inference_touches_nothing_real():
    layer = torch.nn.BatchNorm1d(4)
    before = layer.running_mean.clone()
    count = keras.Variable(0, dtype="int32", trainable=False)
    created = []

    def compute(x):
        count.assign_add(1)
        noise = torch.randn(x.shape)
        created.append(torch.zeros(3).device.type)
        return layer(x) + noise

    out = infer(compute, (KerasTensor((None, 4)),), {})
    assert out.shape == (None, 4) and set(created) == {"meta"}
    assert torch.equal(layer.running_mean, before) and int(count) == 0


def test_inference_errors_name_the_shapes():
    with pytest.raises(ValueError, match=r"\(None, 4\)"):
        keras.ops.matmul(keras.Input((4,)), np.ones((3, 2), "float32"))
    with pytest.raises(TypeError, match="scaled"):
        scaled()
    with pytest.raises(TypeError, match="scaled"):
        scaled(torch.ones(2), unknown=1)


def test_a_constant_that_needs_data_is_an_error_that_names_the_layer():
    class Data(keras.layers.Layer):
        def call(self, x):
            return x if float(x.sum()) > 0 else -x

    with pytest.raises(Exception, match=r"layer 'data' \(type Data\)[\s\S]*KerasTensor|Data"):
        Data(name="data")(keras.Input((3,)))


def test_unknown_sizes_stay_unknown_in_build():
    seen = []

    class Outer(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = Inner()

        def call(self, x):
            return self.inner(x)

    class Inner(keras.layers.Layer):
        def build(self, input_shape):
            seen.append(input_shape)
            self.w = self.add_weight(shape=(input_shape[-1], 2))

        def call(self, x):
            return x @ self.w

    layer = Outer()
    assert layer(keras.Input((None, 3))).shape == (None, None, 2)
    assert seen == [(None, None, 3)]
    assert layer.inner.w.device.type != "meta"
