"""Python's operators for `tf.Tensor`, attached to the class here because they stand on the functions."""

import sys

import torch

from kerastorch.core import edge
from kerastorch.core.dtypes import standardize_dtype
from kerastorch.core.variable import Variable as CoreVariable

from . import _elementwise as ew
from ._convert import dtype_of
from ._index import getitem
from ._shape import known_shape
from ._tensor import EagerTensor, Tensor
from ._wrap import tensor
from .linalg import matmul


def _reflected(function):
    def operator(self, other):
        return function(other, self)

    return operator


def _bits(name, logical, bitwise):
    def operator(self, other):
        return logical(self, other) if self.dtype == "bool" else _bitwise(bitwise, self, other)

    operator.__name__ = name
    return operator


def _bitwise(function, x, y):
    y = tensor(y, hint=x.dtype)
    return _apply_bits(x, y, function)


@ew.op("Bitwise", allowed=ew.INTS)
def _apply_bits(x: ew.Same, y: ew.Same, function):
    return function(x, y)


@ew.op("Invert", allowed=ew.INTS)
def _invert_bits(x: ew.Same):
    return ~x


def _invert(self):
    return ew.logical_not(self) if self.dtype == "bool" else _invert_bits(self)


def _equals(self, other):
    if other is None:
        return False
    return _compare(ew.equal, self, other, False)


def _differs(self, other):
    if other is None:
        return True
    return _compare(ew.not_equal, self, other, True)


def _compare(function, x, y, if_shapes_differ):
    """Tensors whose shapes do not broadcast differ as wholes."""
    if type(x) is EagerTensor and type(y) is EagerTensor:
        a, b = x._t.shape, y._t.shape
        if a != b and dtype_of(x._t) is dtype_of(y._t):
            pairs = zip(reversed(a), reversed(b))
            if any(m != n and m != 1 and n != 1 for m, n in pairs):
                return EagerTensor(torch.tensor(if_shapes_differ))
    return function(x, y)


def _iterate(self):
    value = tensor(self)
    if value._t.ndim == 0:
        raise TypeError("Cannot iterate over a scalar tensor.")
    return (getitem(value, i) for i in range(value._t.shape[0]))


OPERATORS = {
    "add": ew.add,
    "sub": ew.subtract,
    "mul": ew.multiply,
    "truediv": ew.truediv,
    "floordiv": ew.floordiv,
    "mod": ew.floormod,
    "pow": ew.pow,
    "matmul": matmul,
}
BITS = {
    "and": _bits("and", ew.logical_and, torch.bitwise_and),
    "or": _bits("or", ew.logical_or, torch.bitwise_or),
    "xor": _bits("xor", ew.logical_xor, torch.bitwise_xor),
}
COMPARISONS = {"lt": ew.less, "le": ew.less_equal, "gt": ew.greater, "ge": ew.greater_equal}
METHODS = {
    "__eq__": _equals,
    "__ne__": _differs,
    "__neg__": ew.negative,
    "__abs__": ew.abs,
    "__invert__": _invert,
    "__iter__": _iterate,
    "__getitem__": getitem,
}


def install(cls):
    """Attach the operators to a class of tensors or variables."""
    for name, function in OPERATORS.items():
        setattr(cls, f"__{name}__", function)
        setattr(cls, f"__r{name}__", _reflected(function))
    for name, function in BITS.items():
        setattr(cls, f"__{name}__", function)
        setattr(cls, f"__r{name}__", function)
    for name, function in COMPARISONS.items():
        setattr(cls, f"__{name}__", function)
    for name, function in METHODS.items():
        setattr(cls, name, function)


def _for_library():
    """Whether an operator or attribute of a Keras variable is used by the library or torch rather than by the user."""
    if torch.compiler.is_compiling() or not edge.border.active:
        return True
    return sys._getframe(2).f_globals.get("__name__", "").startswith(_LIBRARIES)


def _for_users(name, function):
    original = getattr(torch.Tensor, name)

    def operator(self, *args):
        return original(self, *args) if _for_library() else function(self, *args)

    operator.__name__ = name
    return operator


def _array_of(self, array, *context):
    """What NumPy's functions make of a variable: an array, as of every tensor of `tf`."""
    return array if edge.border.active else torch.Tensor.__array_wrap__(self, array)


_LIBRARIES = ("torch.", "kerastorch.", "compat.")


def install_for_users(cls):
    """Let Keras's variables show the user what they show in TensorFlow, and torch and the library a Parameter."""
    functions = {**METHODS, **BITS, **{f"__{name}__": function for name, function in COMPARISONS.items()}}
    for name, function in OPERATORS.items():
        functions[f"__{name}__"], functions[f"__r{name}__"] = function, _reflected(function)
    for name in ("and", "or", "xor"):
        functions[f"__{name}__"] = functions.pop(name)
    hashed = cls.__hash__
    for name, function in functions.items():
        setattr(cls, name, _for_users(name, function))
    cls.__hash__, cls.__array_wrap__ = hashed, _array_of
    cls.shape, cls.dtype = property(_shape), property(_dtype)


def _shape(self):
    if torch.compiler.is_compiling():  # the compiler would follow the raw getter back to this property
        return self.size()
    return _raw_shape(self) if _for_library() else known_shape(_raw_shape(self))


def _dtype(self):
    if torch.compiler.is_compiling():
        return self.detach().dtype
    return _raw_dtype(self) if _for_library() else standardize_dtype(_raw_dtype(self))


_raw_shape, _raw_dtype = torch.Tensor.shape.__get__, torch.Tensor.dtype.__get__


install(Tensor)
install_for_users(CoreVariable)
