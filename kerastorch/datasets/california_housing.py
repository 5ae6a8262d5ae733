"""Prices of houses in California in 1990."""

from kerastorch.datasets import tables
from kerastorch.datasets.remote import KERAS, Remote

ARRAYS = Remote(
    "california_housing.npz",
    f"{KERAS}california_housing.npz",
    "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
)


def load_data(version="large", path="california_housing.npz", test_split=0.2, seed=113):
    """Loads 20,640 rows of 8 numbers about blocks of houses, and the median price of these in dollars.

    Args:
        version: "large" for all rows, "small" for the first 600.
        path: The name under which the file is kept in `~/.keras/datasets`, or the path of one.
        test_split: The part that is for tests.
        seed: The seed of the order.

    Returns `(x_train, y_train), (x_test, y_test)`.
    """
    tables.check_split(test_split)
    if version not in ("small", "large"):
        raise ValueError(f"Argument `version` must be one of 'small', 'large'. Received: version={version}")
    x, y = tables.read(ARRAYS.path(path))
    rows = 600 if version == "small" else len(x)
    return tables.split(x[:rows], y[:rows], test_split, seed)
