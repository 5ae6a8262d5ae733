"""Tables of numbers with one target each, shuffled and split."""

import numpy as np


def read(path):
    """Return the arrays `x` and `y` of an `.npz` file."""
    with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
        return arrays["x"], arrays["y"]


def check_split(test_split):
    """Refuse a part that is none."""
    if not 0 <= test_split < 1:
        raise ValueError(
            f"Invalid `test_split` argument: {test_split}. It must be between 0 and 1 (exclusive of 1)."
        )


def split(x, y, test_split, seed):
    """Return `(x_train, y_train), (x_test, y_test)` in random order."""
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    x, y = x[order], y[order]
    count = int(len(x) * (1 - test_split))
    return (x[:count].copy(), y[:count].copy()), (x[count:].copy(), y[count:].copy())
