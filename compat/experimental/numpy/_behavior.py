"""`experimental_enable_numpy_behavior`: tensors with NumPy's methods, and operators that promote."""

import numpy as np
import torch

from ..._tensor import Tensor
from ..._variable import Variable
from ..._wrap import Own, op
from . import _arrays, _elementwise
from ._promote import asarray, result_type, settings

_OPERATORS = {
    "__add__": "add",
    "__sub__": "subtract",
    "__mul__": "multiply",
    "__truediv__": "true_divide",
    "__floordiv__": "floor_divide",
    "__mod__": "mod",
    "__pow__": "power",
    "__matmul__": "matmul",
    "__lt__": "less",
    "__le__": "less_equal",
    "__gt__": "greater",
    "__ge__": "greater_equal",
    "__eq__": "equal",
    "__ne__": "not_equal",
}


def experimental_enable_numpy_behavior(prefer_float32=False, dtype_conversion_mode="legacy"):
    """Give every tensor NumPy's methods (`T`, `reshape`, `astype`, ...) and operators that promote dtypes.

    Args:
        prefer_float32: Whether Python's floats become float32 rather than float64.
        dtype_conversion_mode: "legacy", NumPy's rules.
    """
    if dtype_conversion_mode not in ("legacy", None):
        raise ValueError(f'dtype_conversion_mode must be "legacy". Received: {dtype_conversion_mode!r}')
    settings.prefer_float32 = bool(prefer_float32)
    for name, function in _OPERATORS.items():
        _promote(name, getattr(_elementwise, function))
    _index_as_numpy()
    for name, method in _METHODS.items():
        setattr(Tensor, name, method)


def _promote(name, function):
    plain = getattr(Tensor, name)
    if hasattr(plain, "promotes"):
        return
    reflected = f"__r{name[2:]}"

    def operator(self, other):
        if other is None or isinstance(other, str):
            return plain(self, other)
        if isinstance(other, (Tensor, Variable)) and other.dtype == self.dtype:
            return plain(self, other)
        return function(self, other)

    operator.promotes = True
    setattr(Tensor, name, operator)
    if hasattr(Tensor, reflected):
        setattr(Tensor, reflected, lambda self, other: function(other, self))


def _index_as_numpy():
    plain = Tensor.__getitem__
    if hasattr(plain, "promotes"):
        return

    def getitem(self, key):
        parts = key if isinstance(key, tuple) else (key,)
        if any(isinstance(part, (list, tuple, np.ndarray)) or _is_array(part) for part in parts):
            return _indexed(self, tuple(map(_raw_index, parts)))
        return plain(self, key)

    getitem.promotes = True
    Tensor.__getitem__ = getitem


def _is_array(part):
    return isinstance(part, Tensor) and part.ndim > 0


def _raw_index(part):
    if isinstance(part, (list, tuple, np.ndarray, Tensor)):
        raw = asarray(part)._t
        return raw if raw.dtype == torch.bool else raw.long()
    return part


@op("GatherNd")
def _indexed(a: Own, key):
    return a[key]


def _given(args):
    return args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args


_METHODS = {
    "T": property(_arrays.transpose),
    "size": property(_arrays.size),
    "data": property(lambda self: self),
    "astype": lambda self, dtype: asarray(self, dtype),
    "ravel": lambda self: _arrays.ravel(self),
    "reshape": lambda self, *shape, **kwargs: _arrays.reshape(self, _given(shape), **kwargs),
    "transpose": lambda self, *axes: _arrays.transpose(self, _given(axes) if axes else None),
    "clip": lambda self, a_min=None, a_max=None: _elementwise.clip(self, a_min, a_max),
    "tolist": lambda self: self.numpy().tolist(),
}


def promote_types(type1, type2):
    """Return the dtype in which two meet."""
    return result_type(type1, type2)
