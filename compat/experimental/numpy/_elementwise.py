"""Functions of NumPy's names that work element by element."""

import numpy as np
import torch

from ..._wrap import Own, Same, op
from ._promote import promoted


def _make(name, function, count, floats):
    if count == 1:

        @op(name)
        def compute(x: Own):
            return function(x)

        def call(x):
            return compute(*promoted(x, floats=floats))

    else:

        @op(name)
        def compute(x1: Same, x2: Same):
            return function(x1, x2)

        def call(x1, x2):
            return compute(*promoted(x1, x2, floats=floats))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Return what `numpy.{name}` returns."
    return call


def _modulo(x, y):
    return torch.remainder(x, y)


def _floored(x, y):
    return torch.div(x, y, rounding_mode="floor")


def _whole(function):
    return lambda x: function(x) if x.dtype.is_floating_point else x.to(torch.float64)


_ONE = {"abs": torch.abs, "absolute": torch.abs, "negative": torch.neg, "square": torch.square}
_ONE |= {"sign": torch.sign, "isnan": torch.isnan, "isinf": torch.isinf, "isfinite": torch.isfinite}
_ONE |= {"logical_not": torch.logical_not, "conj": torch.conj_physical}
_FLOAT_ONE = {"sqrt": torch.sqrt, "exp": torch.exp, "log": torch.log, "sin": torch.sin, "cos": torch.cos}
_FLOAT_ONE |= {"tan": torch.tan, "tanh": torch.tanh, "sinh": torch.sinh, "cosh": torch.cosh}
_FLOAT_ONE |= {"arcsin": torch.asin, "arccos": torch.acos, "arctan": torch.atan, "log2": torch.log2}
_FLOAT_ONE |= {"log10": torch.log10, "log1p": torch.log1p, "expm1": torch.expm1, "exp2": torch.exp2}
_FLOAT_ONE |= {"floor": torch.floor, "ceil": torch.ceil, "reciprocal": torch.reciprocal}
_FLOAT_ONE |= {"arcsinh": torch.asinh, "arccosh": torch.acosh, "arctanh": torch.atanh, "sinc": torch.sinc}
_TWO = {"add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "mod": _modulo, "remainder": _modulo}
_TWO |= {"floor_divide": _floored, "power": torch.pow, "maximum": torch.maximum, "minimum": torch.minimum}
_TWO |= {"equal": torch.eq, "not_equal": torch.ne, "greater": torch.gt, "greater_equal": torch.ge}
_TWO |= {"less": torch.lt, "less_equal": torch.le, "logical_and": torch.logical_and}
_TWO |= {
    "logical_or": torch.logical_or,
    "logical_xor": torch.logical_xor,
    "outer": lambda x, y: torch.outer(x.reshape(-1), y.reshape(-1)),
}
_FLOAT_TWO = {"true_divide": torch.div, "divide": torch.div, "arctan2": torch.atan2, "hypot": torch.hypot}
_FLOAT_TWO |= {"logaddexp": torch.logaddexp}
FUNCTIONS = {name: _make(name, fn, 1, False) for name, fn in _ONE.items()}
FUNCTIONS |= {name: _make(name, fn, 1, True) for name, fn in _FLOAT_ONE.items()}
FUNCTIONS |= {name: _make(name, fn, 2, False) for name, fn in _TWO.items()}
FUNCTIONS |= {name: _make(name, fn, 2, True) for name, fn in _FLOAT_TWO.items()}
globals().update(FUNCTIONS)


def matmul(x1, x2):
    """Return the product of matrices, or of stacks of them."""
    return _matmul(*promoted(x1, x2))


def dot(a, b):
    """Return what `numpy.dot` returns: products of the last axis of a with the last but one of b."""
    return _dot(*promoted(a, b))


@op("MatMul")
def _matmul(x: Same, y: Same):
    return torch.matmul(x, y)


@op("Dot")
def _dot(x: Same, y: Same):
    if not x.ndim or not y.ndim:
        return x * y
    return torch.tensordot(x, y, dims=([-1], [max(y.ndim - 2, 0)]))


def clip(a, a_min, a_max):
    """Return a with values below `a_min` and above `a_max` replaced by these."""
    low = a if a_min is None else FUNCTIONS["maximum"](a, a_min)
    return low if a_max is None else FUNCTIONS["minimum"](low, a_max)


def where(condition, x=None, y=None):
    """Return x where the condition holds and y elsewhere, or the indices where it holds."""
    if x is None and y is None:
        return nonzero(condition)
    return _where(promoted(condition)[0], *promoted(x, y))


def nonzero(a):
    """Return the indices of values that are not 0, one tensor an axis."""
    return _nonzero(promoted(a)[0])


@op("Where")
def _nonzero(a: Own):
    return tuple(torch.nonzero(a, as_tuple=True))


@op("Select")
def _where(condition: Own, x: Same, y: Same):
    return torch.where(condition.bool(), x, y)


pi, e, inf = np.pi, np.e, np.inf
