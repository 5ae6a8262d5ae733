"""The decorator of every function of `tf`: arguments become `torch.Tensor`s, results become `tf.Tensor`s.

A parameter annotated `Same` is a tensor that has the dtype of the other `Same` ones: the first tensor among them
says which, Python values and arrays follow it; a `Maybe` is one that may be None. `Own` is a tensor with a dtype of
its own, `Bool` one of booleans, `SameList` a list of tensors of one dtype. Other parameters are passed on as they are.

    @op("AddV2")
    def add(x: Same, y: Same, name=None):
        return x + y
"""

import functools
import inspect
import typing

import numpy as np
import torch

from kerastorch.core import edge
from kerastorch.core.keras_tensor import KerasTensor, any_symbolic
from kerastorch.core.op import OpCall
from kerastorch.core.variable import Variable as CoreVariable

from ._convert import convert, dtype_of, read_variable
from ._dtypes import BY_TORCH, as_dtype, bool_, string
from ._failure import failure, not_allowed, wrong_dtype
from ._tensor import EagerTensor, newest

Same = typing.NewType("Same", object)
Own = typing.NewType("Own", object)
Maybe = typing.NewType("Maybe", object)
Bool = typing.NewType("Bool", object)
SameList = typing.NewType("SameList", object)

_KINDS = {Same, Maybe, Own, Bool, SameList}
_PASSED = (RuntimeError, IndexError)
# Where a Python number may stand beside a tensor as it is: it is rounded to the tensor's own precision.
_EXACT = frozenset({torch.float32, torch.float64, torch.int32, torch.int64})
_recording = edge._recording
_Raw = torch.Tensor
_new = object.__new__
_raw_dtype = torch.Tensor.dtype.__get__
_raw_device = torch.Tensor.device.__get__
VARIABLES = {CoreVariable}  # and the classes of `tf.Variable`


class Ragged:
    """Base of ragged tensors, for which functions have rules of their own."""

    __slots__ = ()
    rules = {}  # by kernel: function(call, args, kwargs), where the flat values are not all there is to it
    default = None  # the rule of functions of single elements
    divide = None  # x / y, in the dtype that dividing gives


def op(kernel, allowed=None, strings=None, numbers=False, direct=None):
    """Make a function over torch tensors one over tensors of `tf`.

    Args:
        kernel: TensorFlow's name of the operation, for messages.
        allowed: The torch dtypes that `Same` arguments may have, or None for all but strings.
        strings: The function for tensors of strings, over NumPy object arrays, if there is one.
        numbers: Whether `fn` takes a Python number for either of its two first arguments.
        direct: A built-in function that does for the tensors alone what `fn` does, without its Python frame.
    """

    def decorate(fn):
        parameters = list(inspect.signature(fn).parameters.values())
        tensors = [(i, p.name, p.annotation) for i, p in enumerate(parameters) if p.annotation in _KINDS]
        call = _Call(fn, kernel, allowed, strings, tensors)
        pair = [kind for _, _, kind in tensors] == [Same, Same] and [i for i, _, _ in tensors] == [0, 1]
        wrapper = (
            _binary(fn, call, allowed, numbers, direct)
            if pair
            else _unary(fn, call, allowed, len(tensors) == 1, direct)
        )
        functools.update_wrapper(wrapper, fn)
        call.symbolic_fn = _torch_function(wrapper)
        return wrapper

    return decorate


def _unary(fn, call, allowed, single, direct):
    direct, good = direct or fn, None if allowed is None else frozenset(allowed)
    single = single and call.tensors[0][0] == 0 and call.tensors[0][2] in (Same, Own)

    def wrapper(*args, **kwargs):
        if single and args:
            x = args[0]
            if type(x) is EagerTensor:
                t = x._t
                if type(t) is _Raw and (good is None or t.dtype in good):
                    if t.requires_grad:
                        return call.alone(fn, x, t, args, kwargs)
                    try:
                        result = direct(t) if len(args) == 1 and not kwargs else fn(t, *args[1:], **kwargs)
                    except _PASSED as error:
                        raise failure(call.kernel, [t], error) from error
                    if type(result) is _Raw:
                        out = _new(EagerTensor)
                        out._t = result
                        return out
                    return wrap_all(result)
        return call.run(args, kwargs)

    return wrapper


def _binary(fn, call, allowed, numbers, direct):
    good = frozenset(BY_TORCH) if allowed is None else frozenset(allowed)
    exact = _EXACT & good if numbers else frozenset()
    direct = direct or fn

    def wrapper(*args, **kwargs):
        if len(args) == 2 and not kwargs:
            x, y = args
            left, right = type(x), type(y)
            if left is EagerTensor:
                a = x._t
                if type(a) is _Raw and a.dtype in good:
                    if right is EagerTensor:
                        b = y._t
                        if type(b) is _Raw and a.dtype is b.dtype:
                            if a.requires_grad or b.requires_grad:
                                return call.pair(direct, x, y, a, b)
                            return call.quick(direct, a, b)
                    elif a.dtype in exact and _is_number(right, y, a.dtype):
                        return call.pair(direct, x, y, a, y) if a.requires_grad else call.quick(direct, a, y)
                    elif right in VARIABLES and _raw_dtype(y) is a.dtype:
                        return call.pair(direct, x, y, a, y)
            elif right is EagerTensor:
                b = y._t
                if type(b) is _Raw and b.dtype in good:
                    if b.dtype in exact and _is_number(left, x, b.dtype):
                        return call.pair(direct, x, y, x, b) if b.requires_grad else call.quick(direct, x, b)
                    if left in VARIABLES and _raw_dtype(x) is b.dtype:
                        return call.pair(direct, x, y, x, b)
            elif left in VARIABLES and _raw_dtype(x) in good:
                dtype = _raw_dtype(x)
                same = (
                    _raw_dtype(y) is dtype
                    if right in VARIABLES
                    else dtype in exact and _is_number(right, y, dtype)
                )
                if same:
                    return call.pair(direct, x, y, x, y)
        return call.run(args, kwargs)

    return wrapper


def _is_number(kind, value, dtype):
    """Whether a Python number may stand beside a tensor of this dtype as it is."""
    if kind is float:
        return dtype.is_floating_point
    return kind is int and (dtype.is_floating_point or -0x80000000 <= value <= 0x7FFFFFFF)


def _live(x, t):
    """What to compute with: a variable as it is read now, a value of an earlier recording without its history."""
    if type(t) is _Raw:
        if t.requires_grad and not t.is_leaf and getattr(x, "_epoch", -1) != _recording.epoch:
            return t.detach()
        return t
    if type(t) in VARIABLES:
        if type(t) is CoreVariable:
            return t
        return read_variable(t)
    return t


class _Call:
    """A function of `tf` for any arguments: the way that is taken when no short cut fits."""

    def __init__(self, fn, kernel, allowed, strings, tensors):
        self.fn, self.kernel, self.allowed, self.strings, self.tensors = fn, kernel, allowed, strings, tensors
        self.lists = any(kind is SameList for _, _, kind in tensors)
        self.symbolic_fn = None

    def run(self, args, kwargs):
        """Convert the arguments, call the function under the right recording, wrap the result."""
        args = list(args)
        found = []  # (container, key, kind, value)
        for i, name, kind in self.tensors:
            if i < len(args):
                if args[i] is not None or kind is not Maybe:
                    found.append((args, i, kind, args[i]))
            elif name in kwargs and (kwargs[name] is not None or kind is not Maybe):
                found.append((kwargs, name, kind, kwargs[name]))
        records, variables, dtype = _recording.depth > 0, [], None
        for _, _, kind, value in found:
            for part in value if kind is SameList and isinstance(value, (list, tuple)) else (value,):
                known = type(part)
                if known in VARIABLES:
                    variables.append(part)
                elif known is not EagerTensor:
                    if isinstance(part, KerasTensor) or (
                        isinstance(part, (list, tuple)) and any_symbolic(part, ())
                    ):
                        return OpCall(self.symbolic_fn).symbolic_call(*args, **kwargs)
                    if isinstance(part, Ragged):
                        return Ragged.rules.get(self.kernel, Ragged.default)(self, args, kwargs)
                    if isinstance(part, torch.nn.Parameter):
                        variables.append(part)
                    elif isinstance(part, torch.Tensor):
                        records = True  # torch's own tensors keep torch's own rule
                if dtype is None and kind in (Same, Maybe, SameList):
                    dtype = dtype_of_tensor(part)
        grad = torch.is_grad_enabled()
        torch._C._set_grad_enabled(grad and records)
        try:
            raws = self._convert(found, dtype)
            fn = self.fn
            if any(isinstance(raw, np.ndarray) for raw in raws):
                if self.strings is None:
                    raise not_allowed(self.kernel, string, self.allowed)
                fn = self.strings
            try:
                result = fn(*args, **kwargs)
            except _PASSED as error:
                if not _brought_together(found, raws):
                    raise failure(self.kernel, raws, error) from error
                result = fn(*args, **kwargs)
        finally:
            torch._C._set_grad_enabled(grad)
        if variables:
            result = _own(result, variables)
        if type(result) is _Raw:
            out = _new(EagerTensor)
            out._t = result
            if result.requires_grad and records:
                out._epoch = _recording.epoch
                newest.value = result
            return out
        return wrap_all(result)

    def alone(self, fn, x, t, args, kwargs):
        """Call the function on one value that has a history."""
        records = _recording.depth > 0
        t = _live(x, t) if records else t
        grad = torch.is_grad_enabled()
        if grad and not records:
            torch._C._set_grad_enabled(False)
        try:
            result = fn(t, *args[1:], **kwargs)
        except _PASSED as error:
            raise failure(self.kernel, [t], error) from error
        finally:
            if grad and not records:
                torch._C._set_grad_enabled(True)
        if type(result) is not _Raw:
            return wrap_all(result)
        out = _new(EagerTensor)
        out._t = result
        if result.requires_grad:
            out._epoch = _recording.epoch
            newest.value = result
        return out

    def quick(self, direct, a, b):
        """Call the function on two values that nothing is recorded of."""
        try:
            result = direct(a, b)
        except _PASSED as error:
            return self.again(a, b, error)
        out = _new(EagerTensor)
        out._t = result
        return out

    def pair(self, direct, x, y, a, b):
        """Call the function on two values of which one is a variable or has a history."""
        records, grad = _recording.depth > 0, torch.is_grad_enabled()
        if grad and not records:
            torch._C._set_grad_enabled(False)
        try:
            a, b = _live(x, a), _live(y, b)
            result = direct(a, b)
        except _PASSED as error:
            return self.again(a, b, error)
        finally:
            if grad and not records:
                torch._C._set_grad_enabled(True)
        out = _new(EagerTensor)
        out._t = result
        if result.requires_grad:
            out._epoch = _recording.epoch
            newest.value = result
        return out

    def again(self, a, b, error):
        """After a short cut failed: raise TensorFlow's error, unless the tensors only lie on different devices."""
        if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor) and _raw_device(a) != _raw_device(b):
            return self.run((EagerTensor(_Raw.to(a, _raw_device(b))), EagerTensor(_Raw.detach(b))), {})
        raise failure(self.kernel, [a, b], error) from error

    def _convert(self, found, dtype):
        """Put raw values in the place of the arguments, and return them."""
        raws, index = [], 0
        for container, key, kind, value in found:
            if kind is SameList:
                parts = value if isinstance(value, (list, tuple)) else list(value)
                converted = []
                for part in parts:
                    raw = self._same(part, dtype, index)
                    dtype = dtype or dtype_of(raw)
                    converted.append(raw)
                    index += 1
                container[key] = converted
                raws.extend(converted)
                continue
            if kind in (Same, Maybe):
                raw = self._same(value, dtype, index)
                dtype = dtype or dtype_of(raw)
            elif kind is Bool:
                raw = convert(value, None if dtype_of_tensor(value) else bool_)
                if dtype_of(raw) is not bool_:
                    raise wrong_dtype(self.kernel, index, bool_, dtype_of(raw))
            else:
                raw = convert(value)
            container[key] = raw
            raws.append(raw)
            index += 1
        if (
            self.allowed is not None
            and dtype is not None
            and dtype._torch not in self.allowed
            and dtype is not string
        ):
            raise not_allowed(self.kernel, dtype, self.allowed)
        return raws

    def _same(self, value, dtype, index):
        if dtype is None:
            return convert(value)
        if dtype_of_tensor(value) is None:
            if dtype is string and isinstance(value, (int, float)):
                return convert(value, dtype)
            raw = convert(value, hint=dtype)
        else:
            raw = convert(value)
        if dtype_of(raw) is not dtype:
            raise wrong_dtype(self.kernel, index, dtype, dtype_of(raw))
        return raw


def dtype_of_tensor(value):
    """Return the `DType` of a tensor or variable, None for anything else."""
    if isinstance(value, EagerTensor):
        return value.dtype
    if isinstance(value, torch.Tensor):
        return BY_TORCH[_Raw.dtype.__get__(value)]
    return None


def _brought_together(found, raws):
    """Move the arguments to one device if they lie on several, as TensorFlow does, and tell whether they did."""
    devices = {raw.device for raw in raws if isinstance(raw, torch.Tensor)}
    if len(devices) < 2:
        return False
    device = next(d for d in sorted(devices, key=str, reverse=True))
    for container, key, _, _ in found:
        raw = container[key]
        container[key] = [r.to(device) for r in raw] if isinstance(raw, list) else raw.to(device)
    return True


def _own(result, variables):
    """The result, in memory that assigning to a variable does not touch."""
    if type(result) is _Raw:
        if result.is_meta:
            return result
        place = result.untyped_storage().data_ptr()
        shares = place and any(v.untyped_storage().data_ptr() == place for v in variables)
        return result.clone() if shares else result
    if isinstance(result, (list, tuple)):
        parts = [_own(part, variables) for part in result]
        return type(result)(*parts) if hasattr(result, "_fields") else type(result)(parts)
    return result


def wrap_all(result):
    """Return a result with tensors in the place of raw values, in lists and tuples too."""
    if type(result) is _Raw:
        out = _new(EagerTensor)
        out._t = result
        if result.requires_grad and _recording.depth:
            out._epoch = _recording.epoch
            newest.value = result
        return out
    if isinstance(result, np.ndarray):
        return EagerTensor(result)
    if isinstance(result, torch.Tensor):
        grad = torch.is_grad_enabled()
        plain = torch.Tensor.view_as(result, result) if grad else torch.Tensor.detach(result)
        if type(plain) is _Raw:
            return wrap_all(plain)
        out = _new(EagerTensor)  # a tensor that torch traces with
        out._t, out._epoch = plain, _recording.epoch
        return out
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*map(wrap_all, result))
    if isinstance(result, (list, tuple)):
        return type(result)(map(wrap_all, result))
    if isinstance(result, dict):
        return {key: wrap_all(value) for key, value in result.items()}
    return result


def raw_all(structure):
    """Return a structure with raw values in the place of tensors."""
    if isinstance(structure, EagerTensor):
        return structure._t
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*map(raw_all, structure))
    if isinstance(structure, (list, tuple)):
        return type(structure)(map(raw_all, structure))
    if isinstance(structure, dict):
        return {key: raw_all(value) for key, value in structure.items()}
    return structure


def _torch_function(wrapper):
    """The function as a node of a graph: torch tensors in, torch tensors out."""

    def call(*args, **kwargs):
        return raw_all(wrapper(*args, **kwargs))

    call.__name__ = wrapper.__name__
    return call


def apply(fn, *args):
    """Call a function over raw values on tensors that need no conversion, under the right recording."""
    if _recording.depth:
        return wrap_all(fn(*args))
    with torch.no_grad():
        return wrap_all(fn(*args))


def tensor(value, dtype=None, hint=None):
    """Return a `Tensor` for anything that is like one; symbolic and ragged tensors are left as they are."""
    if (type(value) is EagerTensor and dtype is None) or isinstance(value, (KerasTensor, Ragged)):
        return value
    hint = None if hint is None else as_dtype(hint)
    raw = convert(value, dtype, hint)
    if isinstance(value, torch.nn.Parameter):
        raw = raw.clone()
    return wrap_all(raw)
