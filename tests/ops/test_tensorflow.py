"""Convolutions, pooling and images against recorded values of Keras on TensorFlow."""

import json
import pathlib

import numpy as np
import pytest
import torch

import kerastorch as keras

ROWS = json.loads(pathlib.Path(__file__).with_name("tensorflow.json").read_text())


def build(spec):
    if not isinstance(spec, dict):
        return tuple(spec) if isinstance(spec, list) else spec
    if "values" in spec:
        values = np.array(spec["values"])
        return torch.tensor(values.astype("float32" if values.dtype.kind == "f" else "int32"))
    kind, shape = next(iter(spec.items()))
    rng = np.random.default_rng(spec.get("seed", 0))
    if kind == "integers":
        return torch.tensor(rng.integers(0, 256, size=shape).astype("uint8"))
    return torch.tensor(getattr(rng, kind)(size=shape).astype("float32"))


def find(name):
    op = keras.ops
    for part in name.split("."):
        op = getattr(op, part)
    return op


@pytest.mark.parametrize("row", ROWS, ids=[f"{i}-{row['name']}" for i, row in enumerate(ROWS)])
def test_value_is_that_of_tensorflow(row):
    kwargs = {key: tuple(value) if isinstance(value, list) else value for key, value in row["kwargs"].items()}
    value = find(row["name"])(*(build(a) for a in row["args"]), **kwargs)
    value = value[-1 if "top_paths" in kwargs else 0] if isinstance(value, tuple) else value
    assert list(value.shape) == row["shape"]
    assert keras.backend.standardize_dtype(value.dtype) == row["dtype"]
    expected = torch.tensor(row["value"], dtype=torch.float64).reshape(row["shape"])
    # TensorFlow takes the weights of the bicubic kernel from a table of 1024 entries.
    tolerance = 1e-3 if "bicubic" in kwargs.values() and not kwargs["antialias"] else 2e-5
    torch.testing.assert_close(value.double(), expected, rtol=2e-4, atol=tolerance)


@pytest.mark.parametrize("row", ROWS, ids=[f"{i}-{row['name']}" for i, row in enumerate(ROWS)])
def test_symbolic_shape(row):
    args = [build(a) for a in row["args"]]
    first = args[0]
    if not isinstance(first, torch.Tensor):
        return
    batched = first.ndim > 2 and row["name"] not in ("image.map_coordinates", "image.ssim")
    shape = (None, *first.shape[1:]) if batched else tuple(first.shape)
    symbolic = keras.KerasTensor(shape, dtype=keras.backend.standardize_dtype(first.dtype))
    kwargs = {key: tuple(value) if isinstance(value, list) else value for key, value in row["kwargs"].items()}
    value = find(row["name"])(symbolic, *args[1:], **kwargs)
    value = value[-1 if "top_paths" in kwargs else 0] if isinstance(value, tuple) else value
    assert len(value.shape) == len(row["shape"])
    assert all(size in (None, known) for size, known in zip(value.shape, row["shape"]))
