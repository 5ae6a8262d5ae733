"""The names that the expressions in `rows.txt` use, beside `L` (the layers), `keras` and `np`; and their values."""

import pathlib

import numpy as np

TEXTS = ["The quick brown Fox, jumped!", "over the lazy dog.", "", "  the   THE\tfox\n"]
WORDS = ["a", "b", "c", "the", "é", "日本", "long word of many letters, more than sixteen", "x" * 70]
NUMBERS = [[-1.5, 0.0, 0.3], [1.0, 2.0, 7.5]]


def adapted(layer, *data, **options):
    """Return a layer that has learned."""
    layer.adapt(*data, **options)
    return layer


def values_and_vocabulary(layer, inputs):
    """Return what a layer gives, as floats, and its vocabulary."""
    return [layer(inputs), layer.get_vocabulary()]


def moments(layer):
    """Return what a Normalization layer has learned."""
    return [layer.mean, layer.variance]


def several(n=7, size=1000):
    """Return random numbers in batches."""
    rng = np.random.RandomState(3)
    return [rng.normal(size=size).astype("float32") ** 3 for _ in range(n)]


SOURCES = [
    line
    for line in (pathlib.Path(__file__).parent / "rows.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def observe(source, keras, numpy):
    """Return the value of a row as nested lists, with strings for texts."""

    def plain(value):
        if isinstance(value, (list, tuple)):
            return [plain(part) for part in value]
        if hasattr(value, "numpy"):
            value = value.numpy()
        value = value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
        if isinstance(value, list):
            return [plain(part) for part in value]
        return value.decode() if isinstance(value, bytes) else value

    value = eval(source, {**globals(), "L": keras.layers, "keras": keras, "np": numpy})
    dtype = str(getattr(value, "dtype", "")).removeprefix("torch.").replace("<dtype: '", "").replace("'>", "")
    return {"value": plain(value), "dtype": dtype}
