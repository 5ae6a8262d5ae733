"""Colour photographs of a hundred kinds of things."""

import os

from kerastorch.datasets import cifar
from kerastorch.datasets.remote import Remote

ARCHIVE = Remote(
    "cifar-100-python-target",
    "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    archive=True,
)


def load_data(label_mode="fine"):
    """Loads 50,000 training and 10,000 test images of 100 classes in 20 groups.

    Args:
        label_mode: "fine" for the classes, "coarse" for the groups.

    Returns `(x_train, y_train), (x_test, y_test)`: images uint8 (n, 32, 32, 3), or (n, 3, 32, 32) where the default
    layout is channels first, and labels int64 (n, 1). Source: https://www.cs.toronto.edu/~kriz/cifar.html
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(
            f'`label_mode` must be one of `"fine"`, `"coarse"`. Received: label_mode={label_mode}.'
        )
    folder = os.path.join(ARCHIVE.path(), "cifar-100-python")
    return cifar.load(folder, ["train"], ["test"], f"{label_mode}_labels")
