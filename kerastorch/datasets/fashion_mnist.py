"""Photographs of clothes, in the format of MNIST."""

import gzip
import os

import numpy as np

from kerastorch.datasets.remote import KERAS, Remote

_FOLDER = os.path.join("datasets", "fashion-mnist")
FILES = [
    Remote(name, f"{KERAS}{name}", folder=_FOLDER)
    for name in (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    )
]


def load_data():
    """Loads 60,000 training and 10,000 test images of ten kinds of clothes.

    The classes are T-shirt/top, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot.

    Returns `(x_train, y_train), (x_test, y_test)`, all uint8: images (n, 28, 28), labels (n,).
    Source: https://github.com/zalandoresearch/fashion-mnist
    """
    x_train, y_train, x_test, y_test = (_read(file.path()) for file in FILES)
    return (x_train, y_train), (x_test, y_test)


def _read(path):
    """Return the array of a file in the format IDX."""
    with gzip.open(path, "rb") as file:
        data = file.read()
    rank = data[3] if len(data) > 3 else 0
    shape = np.frombuffer(data, ">u4", rank, 4).tolist() if len(data) >= 4 + 4 * rank else []
    start = 4 + 4 * rank
    if data[:3] != b"\0\0\x08" or not shape or len(data) - start != np.prod(shape):
        raise ValueError(
            f"{path} is no file of unsigned bytes in the format IDX. Delete it, and it will be fetched again."
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape).copy()
