"""The decorator of every function of `tf`: arguments become `torch.Tensor`s, results become `tf.Tensor`s.

A parameter annotated `Same` is a tensor that has the dtype of the other `Same` ones: the first tensor among them
says which, Python values and arrays follow it. `Own` is a tensor with a dtype of its own, `Bool` one of booleans,
`SameList` a list of tensors of one dtype. Other parameters are passed on as they are.

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

from ._convert import castable, convert, dtype_of
from ._dtypes import BY_TORCH, bool_, string
from ._failure import failure, not_allowed, wrong_dtype
from ._tensor import EagerTensor, newest

Same = typing.NewType("Same", object)
Own = typing.NewType("Own", object)
Bool = typing.NewType("Bool", object)
SameList = typing.NewType("SameList", object)

_KINDS = {Same, Own, Bool, SameList}
_PASSED = (RuntimeError, IndexError)
# Where a Python number may stand beside a tensor as it is: it is rounded to the tensor's own precision.
_EXACT = frozenset({torch.float32, torch.float64, torch.int32, torch.int64})
_recording = edge._recording
_Raw = torch.Tensor
_new = object.__new__


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
        wrapper = _binary(fn, call, allowed, numbers, direct) if pair else _unary(fn, call, allowed, len(tensors) == 1, direct)
        functools.update_wrapper(wrapper, fn)
        call.symbolic_fn = _torch_function(wrapper)
        return wrapper

    return decorate


def _unary(fn, call, allowed, single, direct):
    direct = direct or fn
    single = single and call.tensors[0][0] == 0 and call.tensors[0][2] in (Same, Own)

    def wrapper(*args, **kwargs):
        if single and args:
            x = args[0]
            if type(x) is EagerTensor:
                t = x._t
                if type(t) is _Raw and not t.requires_grad and (allowed is None or t.dtype in allowed):
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
    exact = _EXACT if allowed is None else _EXACT & frozenset(allowed)
    good = frozenset(BY_TORCH) if allowed is None else frozenset(allowed)
    direct = direct or fn

    def wrapper(*args, **kwargs):
        if len(args) == 2 and not kwargs:
            x, y = args
            if type(x) is EagerTensor:
                a = x._t
                kind = type(y)
                if kind is EagerTensor:
                    b = y._t
                    ready = type(a) is _Raw and type(b) is _Raw and a.dtype is b.dtype and not b.requires_grad
                    ready = ready and a.dtype in good
                elif numbers and (kind is float or kind is int) and type(a) is _Raw and a.dtype in exact:
                    b = y
                    ready = a.dtype.is_floating_point or (kind is int and -0x80000000 <= y <= 0x7FFFFFFF)
                else:
                    ready = False
                if ready and not a.requires_grad:
                    try:
                        result = direct(a, b)
                    except _PASSED as error:
                        return call.again(a, b, error)
                    out = _new(EagerTensor)
                    out._t = result
                    return out
        return call.run(args, kwargs)

    return wrapper


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
                if args[i] is not None:
                    found.append((args, i, kind, args[i]))
            elif kwargs.get(name) is not None:
                found.append((kwargs, name, kind, kwargs[name]))
        records, variables, dtype = _recording.depth > 0, [], None
        for _, _, kind, value in found:
            for part in value if kind is SameList and isinstance(value, (list, tuple)) else (value,):
                if isinstance(part, KerasTensor) or (isinstance(part, (list, tuple)) and any_symbolic(part, ())):
                    return OpCall(self.symbolic_fn).symbolic_call(*args, **kwargs)
                if isinstance(part, torch.Tensor):
                    if isinstance(part, torch.nn.Parameter):
                        variables.append(part)
                    else:
                        records = True  # torch's own tensors keep torch's own rule
                if dtype is None and kind in (Same, SameList):
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

    def again(self, a, b, error):
        """After a short cut failed: raise TensorFlow's error, unless the tensors only lie on different devices."""
        if isinstance(b, torch.Tensor) and a.device != b.device:
            return self.run((EagerTensor(a), EagerTensor(b.to(a.device))), {})
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
            if kind is Same:
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
        if self.allowed is not None and dtype is not None and dtype._torch not in self.allowed and dtype is not string:
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
        return wrap_all(torch.Tensor.detach(result) if not torch.is_grad_enabled() else torch.Tensor.view_as(result, result))
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
    """Return a `Tensor` for anything that is like one."""
    if type(value) is EagerTensor and dtype is None:
        return value
    raw = convert(value, dtype, hint)
    if isinstance(value, torch.nn.Parameter):
        raw = raw.clone()
    return wrap_all(raw)


__all__ = ["Bool", "Own", "Same", "SameList", "apply", "castable", "op", "raw_all", "tensor", "wrap_all"]
