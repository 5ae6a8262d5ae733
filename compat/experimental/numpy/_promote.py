"""Arrays as NumPy makes them: Python numbers are 64 bits wide, different dtypes meet in a wider one."""

import numpy as np

from ..._convert import convert
from ..._dtypes import as_dtype
from ..._elementwise import cast
from ..._tensor import EagerTensor, Tensor
from ..._variable import Variable
from ..._wrap import tensor


class _Settings:
    """Whether Python's floats are float32 here."""

    prefer_float32 = False


settings = _Settings()
_NARROW = {"float64": "float32", "int64": "int32", "complex128": "complex64"}


def numpy_dtype(dtype):
    """Return the NumPy dtype of any name for one."""
    if dtype is float:
        return np.dtype("float32" if settings.prefer_float32 else "float64")
    if isinstance(dtype, (np.dtype, type)):
        return np.dtype(dtype)
    return np.dtype(as_dtype(dtype).as_numpy_dtype)


def _is_tensor(value):
    return isinstance(value, (Tensor, Variable))


def result_type(*values):
    """Return the dtype in which values meet, by NumPy's rules.

    >>> tf.experimental.numpy.result_type(tf.constant(1, tf.int32), tf.constant(1.0, tf.float32))
    dtype('float64')
    """
    known = []
    for value in values:
        if _is_tensor(value):
            known.append(numpy_dtype(value.dtype))
        elif isinstance(value, (int, float, complex, np.generic, np.dtype, type)):
            known.append(value)
        elif hasattr(value, "as_numpy_dtype"):
            known.append(numpy_dtype(value))
        else:
            known.append(asarray(value).dtype.as_numpy_dtype)
    found = np.result_type(*known)
    if settings.prefer_float32 and all(isinstance(value, (int, float, complex)) for value in known):
        return np.dtype(_NARROW.get(found.name, found.name))
    return found


def asarray(a, dtype=None):
    """Return a tensor of what NumPy takes for an array.

    >>> tf.experimental.numpy.asarray([1.5]).dtype
    tf.float64
    """
    wanted = None if dtype is None else as_dtype(numpy_dtype(dtype).name)
    if isinstance(a, EagerTensor):
        return a if wanted is None or a.dtype == wanted else cast(a, wanted)
    if _is_tensor(a):
        return tensor(a) if wanted is None else cast(a, wanted)
    array = np.asarray(a)
    if wanted is None and settings.prefer_float32 and not isinstance(a, (np.ndarray, np.generic)):
        array = array.astype(_NARROW.get(array.dtype.name, array.dtype.name))
    return tensor(convert(array if wanted is None else array.astype(numpy_dtype(dtype))))


def promoted(*values, floats=False):
    """Return values as tensors of the dtype in which they meet, one of floats if asked."""
    dtype = result_type(*values)
    if floats and dtype.kind not in "fc":
        dtype = np.dtype("float32" if settings.prefer_float32 else "float64")
    return [asarray(value, dtype) for value in values]
