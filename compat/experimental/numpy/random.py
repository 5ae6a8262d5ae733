"""`tf.experimental.numpy.random`, over `tf.random`."""

from ... import random as _random
from ..._dtypes import float32, float64
from ._promote import settings


def _float():
    return float32 if settings.prefer_float32 else float64


def seed(s):
    """Set the seed."""
    _random.set_seed(s)


def randn(*args):
    """Return numbers with the standard normal distribution, in the shape of the arguments."""
    return _random.normal(list(args), dtype=_float())


def rand(*size):
    """Return numbers from 0 to 1."""
    return _random.uniform(list(size), dtype=_float())


def standard_normal(size=None):
    """Return numbers with the standard normal distribution."""
    return randn(*_list(size))


def random(size=None):
    """Return numbers from 0 to 1."""
    return rand(*_list(size))


def uniform(low=0.0, high=1.0, size=None):
    """Return numbers from low to high."""
    return _random.uniform(_list(size), low, high, dtype=_float())


def randint(low, high=None, size=None, dtype="int64"):
    """Return whole numbers from low to high, without it; from 0 if only one is given."""
    low, high = (0, low) if high is None else (low, high)
    return _random.uniform(_list(size), low, high, dtype=dtype)


def _list(size):
    return [] if size is None else [size] if isinstance(size, int) else list(size)
