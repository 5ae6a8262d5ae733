"""What ops do where the real Keras on torch fails or differs from TensorFlow: against NumPy, or known
values.
"""

import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch import ops

x23 = np.arange(6, dtype="float32").reshape(2, 3)
square = np.array([[4, 1, 2], [0, 3, 1], [1, 0, 5]], "float32")
x45 = np.arange(20, dtype="float32").reshape(4, 5)

AGAINST_NUMPY = [
    (lambda: ops.pad(x23, 1), lambda: np.pad(x23, 1)),
    (
        lambda: ops.pad(x23, ((1, 2), (3, 4)), mode="symmetric"),
        lambda: np.pad(x23, ((1, 2), (3, 4)), mode="symmetric"),
    ),
    (
        lambda: ops.pad(x45, ((3, 2), (4, 1)), mode="reflect"),
        lambda: np.pad(x45, ((3, 2), (4, 1)), mode="reflect"),
    ),
    (
        lambda: ops.average(x23, axis=0, weights=[1.0, 3.0]),
        lambda: np.average(x23, axis=0, weights=[1.0, 3.0]),
    ),
    (lambda: ops.average(x23, weights=x23 + 1), lambda: np.average(x23, weights=x23 + 1)),
    (lambda: ops.linspace(x23, x23 + 1, 4, axis=-1), lambda: np.linspace(x23, x23 + 1, 4, axis=-1)),
    (
        lambda: ops.dot(x23, x45[:3, None, :3].transpose(1, 2, 0)),
        lambda: np.dot(x23, x45[:3, None, :3].transpose(1, 2, 0)),
    ),
    (lambda: ops.vdot(x23, x23), lambda: np.vdot(x23, x23)),
    (lambda: ops.get_item(x45, (slice(None, None, -1), slice(3, 0, -2))), lambda: x45[::-1, 3:0:-2]),
    (lambda: ops.imag(x23), lambda: np.imag(x23)),
    (lambda: ops.nonzero(x23)[1], lambda: np.nonzero(x23)[1]),
    (lambda: ops.where(x23 > 2)[0], lambda: np.where(x23 > 2)[0]),
    (lambda: ops.logspace(0.0, 2.0, 4, base=2), lambda: np.logspace(0.0, 2.0, 4, base=2)),
    (lambda: ops.vectorize(lambda a, b: a + b)(torch.tensor(x23), torch.tensor(2.0)), lambda: x23 + 2),
    (
        lambda: ops.vectorize(lambda a, b: a @ b, signature="(n),(n)->()")(
            torch.tensor(x23), torch.tensor(x23)
        ),
        lambda: (x23 * x23).sum(1),
    ),
    (lambda: ops.scatter([[0], [0], [1]], [1.0, 2.0, 3.0], (3,)), lambda: np.array([3.0, 3.0, 0.0])),
    (lambda: ops.dot(*ops.qr(square)), lambda: square),
    (lambda: ops.qr(square, mode="complete")[0].T @ ops.qr(square, mode="complete")[0], lambda: np.eye(3)),
    (lambda: (lambda w, v: v * w @ ops.inv(v))(*ops.eig(square)), lambda: square.astype("complex64")),
    (lambda: (lambda w, v: v * w @ v.T)(*ops.eigh(square @ square.T)), lambda: square @ square.T),
    (lambda: (lambda u, s, v: u * s @ v)(*ops.svd(x23, full_matrices=False)), lambda: x23),
    (
        lambda: ops.cholesky_inverse(np.linalg.cholesky(square @ square.T)),
        lambda: np.linalg.inv(square @ square.T),
    ),
    (lambda: ops.jvp(lambda x: x**2, (torch.tensor(3.0),), (torch.tensor(1.0),))[1], lambda: np.float32(6.0)),
    (lambda: ops.stop_gradient(x23), lambda: x23),
    (lambda: ops.empty((2, 3)) * 0, lambda: x23 * 0),
    (lambda: ops.empty_like(x23) * 0, lambda: x23 * 0),
    (lambda: ops.cond(torch.tensor(True), lambda: x23, lambda: -x23), lambda: x23),
    (lambda: ops.array([1.0, 2.0], dtype="float64"), lambda: np.array([1.0, 2.0])),
    (lambda: ops.convert_to_tensor(x23), lambda: x23),
    (lambda: ops.istft(ops.stft(x45, 4, 2, 4), 4, 2, 4, length=5), lambda: x45),
    (
        lambda: ops.sparsemax([[2.0, 1.8, -1.0], [0.0, 0.0, 0.0]]),
        lambda: np.array([[0.6, 0.4, 0.0], [1 / 3] * 3]),
    ),
]


@pytest.mark.parametrize("mine, theirs", AGAINST_NUMPY)
def test_against_numpy(mine, theirs):
    np.testing.assert_allclose(ops.convert_to_numpy(mine()), theirs(), rtol=1e-4, atol=1e-5)


CONTROL = [
    (lambda: ops.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + i), (0, 0)), (5, 10)),
    (lambda: ops.while_loop(lambda i: i < 5, lambda i: i + 1, 0, maximum_iterations=3), 3),
    (lambda: ops.fori_loop(0, 4, lambda i, s: s + i, torch.tensor(0)), 6),
    (lambda: ops.switch(9, [lambda x: x, lambda x: -x], 3), -3),
    (lambda: ops.scan(lambda c, x: (c + x, c * x), torch.tensor(0), torch.tensor([1, 2, 3]))[1], [0, 2, 9]),
    (
        lambda: ops.scan(lambda c, x: (c + x, c), torch.tensor(0), torch.tensor([1, 2, 3]), reverse=True)[1],
        [5, 3, 0],
    ),
    (lambda: ops.associative_scan(lambda a, b: a + b, torch.arange(5), reverse=True), [10, 10, 9, 7, 4]),
    (lambda: ops.map(lambda x: x + 1, torch.arange(3)), [1, 2, 3]),
    (lambda: ops.vectorized_map(lambda xs: xs[0] + xs[1], (torch.arange(3), torch.arange(3))), [0, 2, 4]),
]


@pytest.mark.parametrize("run, expected", CONTROL)
def test_control_flow(run, expected):
    assert keras.tree.map_structure(lambda x: x.tolist(), run()) == expected


def test_descriptions():
    assert ops.is_tensor(torch.zeros(2)) and not ops.is_tensor(x23)
    assert ops.shape(x23) == (2, 3) and ops.ndim(x23) == 2 and ops.dtype(x23) == "float32"
    factors, pivots = ops.lu_factor(square)
    p, low, up = torch.lu_unpack(factors, pivots + 1)  # torch counts pivots from 1
    np.testing.assert_allclose(p @ low @ up, square, rtol=1e-5)


def test_elastic_transform_moves_pixels_the_same_way_for_a_seed():
    image = torch.rand(1, 8, 8, 3)
    first = ops.image.elastic_transform(image, alpha=2.0, sigma=1.0, seed=1)
    assert first.shape == image.shape and not torch.equal(first, image)
    torch.testing.assert_close(first, ops.image.elastic_transform(image, alpha=2.0, sigma=1.0, seed=1))
    torch.testing.assert_close(
        ops.image.elastic_transform(image, alpha=0.0, sigma=1.0, seed=1), image, atol=1e-4, rtol=0
    )


def test_operators_of_symbolic_tensors():
    x = keras.KerasTensor((None, 3))
    y = keras.KerasTensor((None, 3), dtype="int32")
    assert (x + 1).shape == (None, 3)
    assert (1 - y).dtype == "int32"
    assert (x / y).dtype == "float32"
    assert (x > y).dtype == "bool"
    assert (x @ keras.KerasTensor((3, 5))).shape == (None, 5)
    assert x[:, 1:].shape == (None, 2)
    assert (-x).shape == abs(x).shape == (x**2).shape == (x % 2).shape == (None, 3)


def test_unknown_sizes_stay_unknown():
    x = keras.KerasTensor((None, None, 4))
    assert ops.sum(x, axis=1).shape == (None, 4)
    assert ops.concatenate([x, x], axis=1).shape == (None, None, 4)
    assert ops.reshape(x, (-1, 2)).shape == (None, 2)
    assert ops.transpose(x, (2, 0, 1)).shape == (4, None, None)
    assert ops.one_hot(keras.KerasTensor((None,), dtype="int32"), 7).shape == (None, 7)
    assert ops.nonzero(x)[0].shape == (None,)


CONVOLUTIONS = [
    ("conv", (2, 8, 9, 4), (3, 2, 4, 5), dict(strides=s, padding=p, dilation_rate=d))
    for s, p, d in ((1, "valid", 1), (2, "same", 1), (1, "same", 2), (3, "valid", 1))
]


@pytest.mark.parametrize("name, shape, kernel, kwargs", CONVOLUTIONS)
def test_convolution_layouts_agree(name, shape, kernel, kwargs):
    x, k = torch.randn(shape), torch.randn(kernel)
    last = getattr(ops, name)(x, k, data_format="channels_last", **kwargs)
    first = getattr(ops, name)(x.movedim(-1, 1), k, data_format="channels_first", **kwargs)
    torch.testing.assert_close(last, first.movedim(1, -1), rtol=1e-4, atol=1e-4)


def test_custom_gradient():
    @ops.custom_gradient
    def tripled(x):
        return x * 1, lambda upstream: upstream * 3

    x = torch.ones(2, requires_grad=True)
    tripled(x).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


ERRORS = [
    (lambda: ops.squeeze(x23, axis=1), r"axis 1, whose size is not 1. Received: shape \(2, 3\)"),
    (lambda: ops.split(x23, 2, axis=1), r"multiple of the number of sections. Received: x.shape=\(2, 3\)"),
    (lambda: ops.sum(x23, axis=2), r"`axis` must be in \[-2, 2\).*Received: axis=2"),
    (lambda: ops.pad(x23, 1, mode="bogus"), "Received: mode='bogus'"),
    (lambda: ops.convert_to_numpy(keras.KerasTensor((2,))), "symbolic"),
    (lambda: ops.scatter_update(x23, [[0]], [x23[0]], reduction="bogus"), "Received: reduction='bogus'"),
    (lambda: ops.cholesky(x23), r"square matrix. Received: shape \(2, 3\)"),
]


@pytest.mark.parametrize("call, message", ERRORS)
def test_errors_name_rule_and_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
