"""Files as tensors: `tf.io.read_file`, `write_file`, `matching_files`."""

import glob
import os

import numpy as np

from .._convert import convert
from .._tensor import EagerTensor
from ..errors import NotFoundError
from ._codec import scalar_text, texts


def path_of(value, kernel="ReadFile"):
    """Return a file's path from text, a path object or a scalar tensor."""
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    return os.fsdecode(scalar_text(value, kernel))


def missing(path, kernel):
    """Return TensorFlow's error for a file that is not there."""
    where = f"{{{{function_node __wrapped__{kernel}_device_/job:localhost/replica:0/task:0/device:CPU:0}}}}"
    return NotFoundError(None, None, f"{where} {path}; No such file or directory [Op:{kernel}]")


def read_file(filename, name=None):
    """Return the contents of a file as a scalar string. Raises `tf.errors.NotFoundError` if there is none."""
    path = path_of(filename)
    try:
        with open(path, "rb") as file:
            return EagerTensor(np.array(file.read(), object))
    except (FileNotFoundError, NotADirectoryError):
        raise missing(path, "ReadFile") from None


def write_file(filename, contents, name=None):
    """Write a scalar string to a file, and make the folders on the way to it."""
    path, data = path_of(filename, "WriteFile"), scalar_text(contents, "WriteFile")
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def matching_files(pattern, name=None):
    """Return the files that match one or several patterns (`*`, `?`, `[a-z]`), in order, as strings."""
    patterns = texts(convert(pattern), "MatchingFiles").reshape(-1).tolist()
    found = sorted({os.fsencode(path) for one in patterns for path in glob.glob(os.fsdecode(one))})
    out = np.empty(len(found), object)
    out[:] = found
    return EagerTensor(out)
