"""Initializers: statistics and configs of the real Keras, values of TensorFlow (in test_random), errors."""

import keras as oracle
import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch.initializers import compute_fans

I = keras.initializers
CASES = [
    ("Zeros", {}),
    ("Ones", {}),
    ("Constant", {"value": 3.0}),
    ("Identity", {}),
    ("RandomNormal", {"mean": 1.0, "stddev": 0.5, "seed": 1}),
    ("RandomUniform", {"minval": -1.0, "maxval": 2.0, "seed": 1}),
    ("TruncatedNormal", {"stddev": 0.5, "seed": 1}),
    ("VarianceScaling", {"scale": 2.0, "mode": "fan_out", "distribution": "uniform", "seed": 1}),
    ("VarianceScaling", {"mode": "fan_avg", "distribution": "untruncated_normal", "seed": 1}),
    *(
        (name, {"seed": 1})
        for name in ("GlorotUniform", "GlorotNormal", "LecunNormal", "LecunUniform", "HeNormal", "HeUniform")
    ),
    ("GlorotUniform", {"seed": 1, "input_axes": (0,), "output_axes": (1,)}),
    ("Orthogonal", {"gain": 2.0, "seed": 1}),
]


@pytest.mark.parametrize("name, arguments", CASES)
def test_statistics_are_those_of_keras(name, arguments):
    mine = getattr(I, name)(**arguments)((200, 300))
    theirs = getattr(oracle.initializers, name)(**arguments)((200, 300))
    assert mine.dtype == torch.float32 and mine.shape == theirs.shape
    assert float(mine.mean()) == pytest.approx(float(theirs.mean()), abs=0.01)
    assert float(mine.std()) == pytest.approx(float(theirs.std()), rel=0.02, abs=1e-6)
    assert float(mine.abs().max()) == pytest.approx(float(theirs.abs().max()), rel=0.2)


@pytest.mark.parametrize("name, arguments", CASES)
def test_config_is_that_of_keras_and_round_trips(name, arguments):
    mine = getattr(I, name)(**arguments)
    assert mine.get_config() == getattr(oracle.initializers, name)(**arguments).get_config()
    again = I.deserialize(I.serialize(mine))
    assert type(again) is type(mine)
    torch.testing.assert_close(again((4, 4)), mine((4, 4)))
    torch.testing.assert_close(mine.clone()((4, 4)), mine((4, 4)))


@pytest.mark.parametrize("window", [None, "hann", "hamming", "tukey", "blackman"])
@pytest.mark.parametrize("scaling", [None, "density", "spectrum"])
def test_stft_is_a_windowed_transform(window, scaling):
    taper = np.ones(16)
    if window in ("hann", "hamming", "blackman"):
        taper = getattr(np, "hanning" if window == "hann" else window)(16)
    elif window == "tukey":
        taper = np.minimum(
            1, 0.5 - 0.5 * np.cos(4 * np.pi * np.minimum(np.arange(16), 15 - np.arange(16)) / 15)
        )
        taper[4:12] = 1
    scale = (
        1
        if scaling is None or window is None
        else np.sum(taper**2) ** 0.5
        if scaling == "density"
        else taper.sum()
    )
    expected = np.fft.fft(np.eye(16) * taper)[:, :9] / scale
    for side in ("real", "imag"):
        kernel = I.STFT(side, window, scaling)((16, 1, 9))
        np.testing.assert_allclose(kernel[:, 0].numpy(), getattr(expected, side), atol=1e-6)


def test_arrays_are_initializers():
    assert I.get(np.ones(2, "float32"))((2,)).tolist() == [1.0, 1.0]
    assert I.get(torch.ones(2))((2,), dtype="int32").dtype == torch.int32


@pytest.mark.parametrize(
    "name",
    [
        "zeros",
        "ones",
        "glorot_uniform",
        "he_normal",
        "lecun_uniform",
        "orthogonal",
        "uniform",
        "normal",
        "one",
        "zero",
        "HeNormal",
    ],
)
def test_names(name):
    assert type(I.get(name)).__name__ == type(oracle.initializers.get(name)).__name__


def test_lower_case_names_are_the_classes():
    assert I.glorot_uniform is I.GlorotUniform and I.constant is I.Constant


@pytest.mark.parametrize("shape", [(), (7,), (3, 5), (3, 3, 8, 16), (2, 3, 4, 5, 6)])
def test_fans_are_those_of_keras(shape):
    expected = oracle.src.initializers.random_initializers.compute_fans(shape)
    assert compute_fans(shape) == tuple(int(n) for n in expected)


def test_orthogonal():
    q = I.Orthogonal(seed=1)((3, 4, 5, 10)).reshape(-1, 10)
    torch.testing.assert_close(q.T @ q, torch.eye(10), rtol=0, atol=1e-5)
    q = I.Orthogonal(seed=1)((4, 10))
    torch.testing.assert_close(q @ q.T, torch.eye(4), rtol=0, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_dtypes(dtype):
    for name, arguments in CASES:
        x = getattr(I, name)(**arguments)((4, 4), dtype=dtype)
        assert keras.backend.standardize_dtype(x.dtype) == dtype


def test_seeds():
    assert torch.equal(I.HeNormal(seed=3)((5,)), I.HeNormal(seed=3)((5,)))
    assert not torch.equal(I.HeNormal()((5,)), I.HeNormal()((5,)))
    generator = keras.random.SeedGenerator(3)
    varying = I.HeNormal(seed=generator)
    assert not torch.equal(varying((5,)), varying((5,)))
    assert I.deserialize(I.serialize(varying)).seed.get_config()["seed"] == 3
    assert I.HeNormal().get_config()["seed"] is None


def test_stft_kernels_transform_a_signal():
    frame, bins = 16, 9
    real, imaginary = (
        I.STFT(side, window="hann", scaling=None, periodic=True)((frame, 1, bins))
        for side in ("real", "imag")
    )
    signal = torch.randn(frame)
    expected = torch.fft.rfft(signal * torch.hann_window(frame))
    torch.testing.assert_close(signal @ real[:, 0], expected.real, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(signal @ imaginary[:, 0], expected.imag, rtol=1e-4, atol=1e-5)


ERRORS = [
    (lambda: I.get("glorot_unifrm"), "Did you mean 'glorot_uniform'"),
    (lambda: I.get(3), "Could not interpret initializer identifier: 3"),
    (lambda: I.Identity()((2, 2, 2)), r"Received: shape=\(2, 2, 2\)"),
    (lambda: I.VarianceScaling(scale=0), "Received: scale=0"),
    (lambda: I.VarianceScaling(mode="bogus"), "bogus"),
    (lambda: I.VarianceScaling(distribution="bogus"), "bogus"),
    (lambda: I.Orthogonal()((3,)), r"Received: shape=\(3,\)"),
    (lambda: I.RandomNormal(seed="a"), "Received: seed=a"),
    (lambda: I.STFT(side="both"), "Received: side=both"),
]


@pytest.mark.parametrize("call, message", ERRORS)
def test_errors_name_rule_and_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_function_of_the_users():
    layer = keras.layers.Dense(2, kernel_initializer=lambda shape, dtype=None: np.full(shape, 0.5, "float32"))
    layer.build((None, 3))
    assert layer.kernel.tolist() == [[0.5, 0.5]] * 3
