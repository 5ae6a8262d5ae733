"""What the files of CIFAR-10 and CIFAR-100 have in common."""

import os

import numpy as np

from kerastorch.core import settings
from kerastorch.datasets.safe import RestrictedUnpickler


def load_batch(fpath, label_key="labels"):
    """Return the images, uint8 (n, 3, 32, 32), and the labels of a file."""
    with open(fpath, "rb") as file:
        batch = RestrictedUnpickler(file, encoding="bytes").load()
    batch = {key.decode(): value for key, value in batch.items()}
    return batch["data"].reshape(-1, 3, 32, 32), batch[label_key]


def load(folder, train, test, label_key):
    """Return `(x_train, y_train), (x_test, y_test)` from the files of a folder."""
    return tuple(_part(folder, names, label_key) for names in (train, test))


def _part(folder, names, label_key):
    batches = [load_batch(os.path.join(folder, name), label_key) for name in names]
    x = np.concatenate([images for images, _ in batches])
    if settings.image_data_format() == "channels_last":
        x = x.transpose(0, 2, 3, 1)
    return x, np.concatenate([np.reshape(labels, (-1, 1)) for _, labels in batches])
