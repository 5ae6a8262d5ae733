"""Prices of houses in Boston in the 1970s. One column counts residents by race: the data are kept for old examples."""

from kerastorch.datasets import tables
from kerastorch.datasets.remote import KERAS, Remote

ARRAYS = Remote(
    "boston_housing.npz",
    f"{KERAS}boston_housing.npz",
    "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
)


def load_data(path="boston_housing.npz", test_split=0.2, seed=113):
    """Loads 506 rows of 13 numbers about districts, and the median price of their houses in 1,000 dollars.

    Args:
        path: The name under which the file is kept in `~/.keras/datasets`, or the path of one.
        test_split: The part that is for tests.
        seed: The seed of the order.

    Returns `(x_train, y_train), (x_test, y_test)`, float64.
    """
    tables.check_split(test_split)
    return tables.split(*tables.read(ARRAYS.path(path)), test_split, seed)
