"""`tf.Variable`: kerastorch's Variable, whose operators return `tf.Tensor`s.

https://www.tensorflow.org/api_docs/python/tf/Variable
"""

import contextlib
import sys
import threading

import numpy as np
import torch

from kerastorch.core.edge import to_numpy
from kerastorch.core.naming import auto_name
from kerastorch.core.variable import Variable as CoreVariable

from . import _operators
from ._convert import convert, dtype_of, from_array
from ._dtypes import BY_TORCH, as_dtype, string
from ._failure import invalid, shape_text
from ._index import _part, getitem
from ._scope import scoped
from ._shape import TensorShape, known_shape
from ._tensor import EagerTensor, Reference, device_name
from ._text import variable_repr
from ._wrap import VARIABLES, tensor

_raw_shape = torch.Tensor.shape.__get__
_raw_dtype = torch.Tensor.dtype.__get__
_raw_device = torch.Tensor.device.__get__


def _asked_by_library():
    """Whether an attribute is read by torch or kerastorch, to whom a variable is the Parameter that it is.

    Their optimizers, modules and savers read `dtype`, `shape` and `device` of any Parameter and go on with torch's
    types; everybody else is a TensorFlow program.
    """
    return sys._getframe(2).f_globals.get("__name__", "").partition(".")[0] in _LIBRARIES


_LIBRARIES = frozenset({"torch", "kerastorch"})


class _Creators(threading.local):
    """The functions of the open `variable_creator_scope`s of a thread, the innermost last."""

    stack = ()


_creators = _Creators()


def _created(given):
    """Make a variable through the open creators: the innermost is called first."""
    *outer, creator = _creators.stack
    before, _creators.stack = _creators.stack, tuple(outer)
    try:
        return creator(lambda **kwargs: Variable(**{**given, **kwargs}), **given)
    finally:
        _creators.stack = before


@contextlib.contextmanager
def variable_creator_scope(variable_creator):
    """A context in which `variable_creator(next_creator, **kwargs)` makes the variables.

    >>> def frozen(next_creator, **kwargs):
    ...     return next_creator(**{**kwargs, "trainable": False})
    >>> with tf.variable_creator_scope(frozen):
    ...     v = tf.Variable(1.0)
    >>> v.trainable
    False
    """
    before = _creators.stack
    _creators.stack = (*before, variable_creator)
    try:
        yield
    finally:
        _creators.stack = before


class Variable(CoreVariable):
    """A value that can be assigned.

    Args:
        initial_value: The value, or a function without arguments that gives it.
        trainable: Whether a `GradientTape` watches it by itself (True by default).
        name: The name, "Variable" by default.
        dtype: The dtype; by default that of the value.
        constraint: A function that an optimizer applies to the value after each update.
        shape: The `TensorShape` that the value must fit, by default its own.
        validate_shape, caching_device, variable_def, import_scope, synchronization, aggregation,
            experimental_enable_variable_lifting: Taken for TensorFlow's sake; they make no difference here.

    >>> v = tf.Variable([1.0, 2.0])
    >>> v.assign_add([1.0, 1.0])
    <tf.Variable 'UnreadVariable' shape=(2,) dtype=float32, numpy=array([2., 3.], dtype=float32)>
    >>> v * 2
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([4., 6.], dtype=float32)>
    """

    _shown = None

    def __new__(
        cls,
        initial_value=None,
        trainable=None,
        validate_shape=True,
        caching_device=None,
        name=None,
        variable_def=None,
        dtype=None,
        import_scope=None,
        constraint=None,
        synchronization="auto",
        aggregation="none",
        shape=None,
        experimental_enable_variable_lifting=True,
    ):
        if _creators.stack and cls is Variable:
            given = {"initial_value": initial_value, "trainable": trainable, "name": name, "dtype": dtype}
            given |= {"validate_shape": validate_shape, "caching_device": caching_device}
            given |= {"constraint": constraint, "synchronization": synchronization}
            return _created({**given, "aggregation": aggregation, "shape": shape})
        if initial_value is None:
            raise ValueError(
                "The `initial_value` arg to `tf.Variable` must be specified except when you are not providing a "
                "`variable_def`. You provided neither."
            )
        if callable(initial_value) and not isinstance(initial_value, (torch.Tensor, EagerTensor)):
            initial_value = initial_value()
        dtype = None if dtype is None else as_dtype(dtype)
        with torch.no_grad():
            raw = _initial(initial_value, dtype)
        label = scoped("Variable" if name is None else str(name))
        if isinstance(raw, np.ndarray):
            return TextVariable(raw, label)
        self = cls._make(raw.clone() if raw.device.type != "meta" else raw, trainable is None or trainable)
        self._label, self.constraint = label, constraint
        self.path = auto_name(label)
        self.synchronization = synchronization
        self.aggregation = "none" if aggregation is None else aggregation
        if shape is not None:
            self._declared = TensorShape(shape)
            if not self._declared.is_compatible_with(tuple(raw.shape)):
                raise ValueError(
                    "In this `tf.Variable` creation, the initial value's shape "
                    f"({tuple(raw.shape)}) is not compatible with the explicitly supplied `shape` "
                    f"argument ({self._declared})."
                )
        return self

    @property
    def name(self):
        """The name, with ":0" behind."""
        return f"{self.__dict__.get('_label', 'Variable')}:0"

    @name.setter
    def name(self, value):
        self._label = str(value)

    @property
    def dtype(self):
        """The `DType`."""
        return _raw_dtype(self) if _asked_by_library() else BY_TORCH[_raw_dtype(self)]

    @property
    def shape(self):
        """The `TensorShape`."""
        if _asked_by_library():
            return _raw_shape(self)
        return self.__dict__.get("_declared") or known_shape(_raw_shape(self))

    @property
    def device(self):
        """The name of the device that holds the value."""
        return _raw_device(self) if _asked_by_library() else device_name(_raw_device(self))

    @property
    def handle(self):
        """The variable itself: there is no separate resource."""
        return self

    @property
    def op(self):
        """Only symbolic tensors have operations."""
        raise AttributeError("Tensor.op is undefined when eager execution is enabled.")

    def get_shape(self):
        """Return the `TensorShape`."""
        return self.shape

    def set_shape(self, shape):
        """Change what shapes can be assigned."""
        self._declared = self.shape.merge_with(shape)

    def numpy(self):
        """Return a copy of the value as a NumPy array, or as a NumPy scalar for a variable of rank 0."""
        return EagerTensor(torch.Tensor.detach(self)).numpy()

    def __array__(self, dtype=None, copy=None):
        array = to_numpy(torch.Tensor.detach(self))
        return array.astype(dtype) if dtype is not None else array.copy()

    def __array_wrap__(self, array, context=None, return_scalar=False):
        return array[()] if return_scalar else array

    def value(self, do_copy=False):
        """Return the value as a tensor, which later assignments do not change."""
        return tensor(self)

    def read_value(self):
        """Return the value as a tensor, which later assignments do not change."""
        return tensor(self)

    def initialized_value(self):
        """Return the value as a tensor."""
        return tensor(self)

    def eval(self, session=None):
        """Return the value as a NumPy array."""
        return self.numpy()

    def ref(self):
        """Return a hashable reference to this variable, with `deref()`."""
        return Reference(self)

    experimental_ref = ref

    def assign(self, value, use_locking=False, name=None, read_value=True):
        """Set the value, and return the variable."""
        raw = self._operand(value)
        if not self.shape.is_compatible_with(tuple(raw.shape)):
            raise ValueError(
                f"Cannot assign value to variable ' {self.name}': Shape mismatch.The variable shape {self.shape}, and "
                f"the assigned value shape {tuple(raw.shape)} are incompatible."
            )
        return self._set(raw)

    def assign_add(self, delta, use_locking=False, name=None, read_value=True):
        """Add to the value, and return the variable."""
        return self._set(torch.Tensor.detach(self) + self._fitting(delta, "AssignAddVariableOp"))

    def assign_sub(self, delta, use_locking=False, name=None, read_value=True):
        """Subtract from the value, and return the variable."""
        return self._set(torch.Tensor.detach(self) - self._fitting(delta, "AssignSubVariableOp"))

    def _operand(self, value):
        dtype = self.dtype
        with torch.no_grad():
            raw = convert(value) if isinstance(value, (torch.Tensor, EagerTensor)) else convert(value, dtype)
        if dtype_of(raw) is not dtype:
            raise ValueError(
                f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype {dtype_of(raw).name}: {value!r}"
            )
        return raw.detach()

    def _fitting(self, delta, kernel):
        raw, shape = self._operand(delta), tuple(_raw_shape(self))
        if tuple(raw.shape) != shape:
            raise invalid(
                kernel,
                f"Cannot update variable with shape {shape_text(shape)} using a Tensor with shape "
                f"{shape_text(raw.shape)}, shapes must be equal.",
            )
        return raw

    def _set(self, raw):
        """Put in a new value. Memory that a tape still needs, or that has another size, is left as it is."""
        with torch.no_grad():
            if self.__dict__.get("_was_read") or raw.shape != _raw_shape(self):
                self.data = raw.to(_raw_device(self)).clone()
                self._was_read = False
            else:
                self.copy_(raw)
        return _unread(self)

    def scatter_nd_update(self, indices, updates, name=None):
        """Put the updates at the coordinates in the last axis of `indices`, and return the variable."""
        return self._scatter(indices, updates, "update")

    def scatter_nd_add(self, indices, updates, name=None):
        """Add the updates at the coordinates in the last axis of `indices`, and return the variable."""
        return self._scatter(indices, updates, "add")

    def scatter_nd_sub(self, indices, updates, name=None):
        """Subtract the updates at the coordinates in the last axis of `indices`, and return the variable."""
        return self._scatter(indices, updates, "sub")

    def _scatter(self, indices, updates, how):
        key = tuple(convert(indices).to(torch.int64).unbind(-1))
        value, updates = torch.Tensor.detach(self).clone(), self._operand(updates)
        if how == "update":
            return self._set(value.index_put_(key, updates))
        return self._set(value.index_put_(key, updates if how == "add" else -updates, accumulate=True))

    def scatter_update(self, sparse_delta, use_locking=False, name=None):
        """Put the rows of an `IndexedSlices` in the place of those at its indices."""
        return self._scatter(tensor(sparse_delta.indices)._t.reshape(-1, 1), sparse_delta.values, "update")

    def scatter_add(self, sparse_delta, use_locking=False, name=None):
        """Add the rows of an `IndexedSlices` to those at its indices."""
        return self._scatter(tensor(sparse_delta.indices)._t.reshape(-1, 1), sparse_delta.values, "add")

    def scatter_sub(self, sparse_delta, use_locking=False, name=None):
        """Subtract the rows of an `IndexedSlices` from those at its indices."""
        return self._scatter(tensor(sparse_delta.indices)._t.reshape(-1, 1), sparse_delta.values, "sub")

    def sparse_read(self, indices, name=None):
        """Return the rows at the indices."""
        return (
            getitem(tensor(self), indices)
            if isinstance(indices, int)
            else tensor(tensor(self)._t[convert(indices).long()])
        )

    def __getitem__(self, key):
        return _slice(self, key)

    def __setitem__(self, key, value):
        raise TypeError("'ResourceVariable' object does not support item assignment")

    def __iadd__(self, other):
        return self._no_update("+=", "+", "assign_add")

    def __isub__(self, other):
        return self._no_update("-=", "-", "assign_sub")

    def __imul__(self, other):
        return self._no_update("*=", "*", None)

    def __itruediv__(self, other):
        return self._no_update("/=", "/", None)

    def __ipow__(self, other):
        return self._no_update("**=", "**", None)

    def _no_update(self, update, symbol, method):
        first = f"`variable.{method}(value)`" if method else f"`variable.assign(variable {symbol} value)`"
        raise RuntimeError(
            f"`variable {update} value` with `tf.Variable`s is not supported. Use {first} to modify the variable, or "
            f"`out = variable {symbol} value` if you need to get a new output Tensor."
        )

    def __len__(self):
        return len(tensor(self))

    def __bool__(self):
        return bool(self.numpy())

    def __int__(self):
        return int(self.numpy())

    def __float__(self):
        return float(self.numpy())

    def __complex__(self):
        return complex(self.numpy())

    def __index__(self):
        return self.numpy().__index__()

    def __format__(self, spec):
        return format(str(self), spec) if not spec else format(self.numpy(), spec)

    def __getattr__(self, name):
        raise AttributeError(f"'ResourceVariable' object has no attribute '{name}'")

    def __repr__(self):
        return variable_repr(self, self.__dict__.get("_shown") or self.name, torch.Tensor.detach(self))

    __str__ = __repr__
    __hash__ = CoreVariable.__hash__  # optimizers and modules keep parameters in sets and dicts


_own_getitem = Variable.__getitem__
_operators.install(Variable)
Variable.__getitem__ = _own_getitem
Variable.__hash__ = CoreVariable.__hash__
Variable.__qualname__ = Variable.__name__ = "Variable"
Variable.Variable = Variable


class UnreadVariable(Variable):
    """What an assignment returns: the variable under another name, which shows that nobody has read it yet."""

    _shown = "UnreadVariable"

    def __new__(cls, *args, **kwargs):
        return torch.Tensor.__new__(cls, *args, **kwargs)


VARIABLES.update((Variable, UnreadVariable))


def _unread(variable):
    if isinstance(variable, UnreadVariable):
        variable = variable.__dict__["_variable"]
    out = torch.Tensor._make_subclass(UnreadVariable, variable.data, variable.requires_grad)
    out.__dict__.update(variable.__dict__, _variable=variable, _shown="UnreadVariable")
    return out


def _initial(value, dtype):
    if isinstance(value, (np.ndarray, np.generic)) and dtype is not None:
        raw = from_array(value)
        return raw if dtype is string or dtype_of(raw) is dtype else raw.to(dtype._torch)
    return convert(value, dtype)


def _slice(variable, key):
    """Part of a variable: a tensor that can also be assigned, `v[1].assign(5.0)`."""
    return (
        SlicedTensor(getitem(tensor(variable), key)._t, variable, key)
        if not torch.is_grad_enabled()
        else _tracked(variable, key)
    )


def _tracked(variable, key):
    part = getitem(variable, key)
    out = SlicedTensor(part._t, variable, key)
    if hasattr(part, "_epoch"):
        out._epoch = part._epoch
    return out


class SlicedTensor(EagerTensor):
    """A tensor that came out of a variable by indexing and can be written back."""

    __slots__ = ("_key", "_variable")

    def __init__(self, t, variable, key):
        self._t, self._variable, self._key = t, variable, key

    def assign(self, value, name=None):
        """Set this part of the variable, and return the variable."""
        variable = self._variable
        whole = torch.Tensor.detach(variable).clone()
        key = self._key if isinstance(self._key, tuple) else (self._key,)
        whole[tuple(_part(k) for k in key)] = variable._operand(value)
        return variable._set(whole)


class TextVariable:
    """A variable of strings."""

    trainable = False

    def __init__(self, raw, label):
        self._raw, self._label = raw.copy(), label
        self.name = f"{label}:0"

    @property
    def dtype(self):
        """The `DType`, `tf.string`."""
        return string

    @property
    def shape(self):
        """The `TensorShape`."""
        return known_shape(self._raw.shape)

    def __tf_tensor__(self, dtype=None, name=None):
        return EagerTensor(self._raw.copy())

    def read_value(self):
        """Return the value as a tensor."""
        return EagerTensor(self._raw.copy())

    value = read_value

    def numpy(self):
        """Return the value as bytes, or as an array of bytes."""
        return self.read_value().numpy()

    def assign(self, value, use_locking=False, name=None, read_value=True):
        """Set the value, and return the variable."""
        self._raw = convert(value, string).copy()
        return self

    def __repr__(self):
        return variable_repr(self, self.name, self._raw)
