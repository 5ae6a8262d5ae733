"""The MNIST handwritten digits, which come with the package."""

import os
import pathlib
import zipfile

import numpy as np

_DEFAULT = "mnist.npz"
_EMBEDDED = pathlib.Path(__file__).parent / "data" / _DEFAULT
_ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def load_data(path="mnist.npz"):
    """Loads MNIST: 60,000 training and 10,000 test images of handwritten digits, with their labels.

    Returns `(x_train, y_train), (x_test, y_test)`, all uint8: images of shape `(n, 28, 28)` with values 0 to
    255, labels of shape `(n,)` with values 0 to 9. Nothing is downloaded: the data is part of the package.

    `path`: an existing `.npz` file with the arrays `x_train`, `y_train`, `x_test`, `y_test` is read instead,
    without unpickling anything. Any other value, where Keras would place its download, gives the data of the
    package. Raises a `ValueError` when the file holds something else.

    The data is by Yann LeCun, Corinna Cortes and Christopher Burges, under CC BY-SA 3.0
    (http://yann.lecun.com/exdb/mnist/).

    >>> (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    >>> x_train.shape, y_train.shape, x_test.shape, y_test.shape
    ((60000, 28, 28), (60000,), (10000, 28, 28), (10000,))
    """
    path = os.fspath(path)
    # The bare default names no file of the user's, whatever the working directory holds.
    file = path if path != _DEFAULT and os.path.isfile(path) else _EMBEDDED
    x_train, y_train, x_test, y_test = _read(file)
    for split, x, y in (("train", x_train, y_train), ("test", x_test, y_test)):
        if x.shape[:1] != y.shape[:1]:
            raise ValueError(
                f"x_{split} and y_{split} must have the same length. Received: {path} with x_{split} of "
                f"shape {x.shape} and y_{split} of shape {y.shape}"
            )
    return (x_train, y_train), (x_test, y_test)


def _read(file):
    try:
        with open(file, "rb") as opened, np.load(opened, allow_pickle=False) as archive:
            missing = [name for name in _ARRAYS if name not in archive]
            if missing:
                raise KeyError(f"it has no {', '.join(missing)}")
            return [archive[name] for name in _ARRAYS]
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"path must name an .npz file with the arrays {', '.join(_ARRAYS)}, of plain numbers (pickled "
            f"objects are not read). Received: path={str(file)!r} ({error})"
        ) from error
