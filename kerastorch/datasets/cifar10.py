"""Colour photographs of ten kinds of things."""

import os

from kerastorch.datasets import cifar
from kerastorch.datasets.remote import Remote

ARCHIVE = Remote(
    "cifar-10-batches-py-target",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    archive=True,
)


def load_data():
    """Loads 50,000 training and 10,000 test images.

    The classes are aeroplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.

    Returns `(x_train, y_train), (x_test, y_test)`, all uint8: images (n, 32, 32, 3), or (n, 3, 32, 32) where the
    default layout is channels first, and labels (n, 1) from 0 to 9.
    Source: https://www.cs.toronto.edu/~kriz/cifar.html
    """
    folder = os.path.join(ARCHIVE.path(), "cifar-10-batches-py")
    train = [f"data_batch_{i}" for i in range(1, 6)]
    (x_train, y_train), (x_test, y_test) = cifar.load(folder, train, ["test_batch"], "labels")
    return (x_train, y_train.astype("uint8")), (x_test, y_test.astype("uint8"))
