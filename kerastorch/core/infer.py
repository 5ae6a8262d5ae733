"""Shapes and dtypes by running a function on the meta device, twice.

Unknown dimensions are filled with two different numbers: an output dimension that differs between the two runs is
unknown. Both numbers have many divisors, so that reshapes and strides work. Weights and constants become meta tensors
as they meet one, so nothing real is read or changed.
"""

import importlib
import sys
import threading
import types

import numpy as np
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors

from kerastorch.core import tree
from kerastorch.core.dtypes import standardize_dtype, to_torch_dtype
from kerastorch.core.edge import unwrap
from kerastorch.core.keras_tensor import KerasTensor, meta_like

FILLINGS = (2520, 5040)


class _State(threading.local):
    filling: int | None = None  # the filling of the run under way


_state = _State()


def is_inferring():
    """Tell whether an inference on the meta device is under way in this thread."""
    return _state.filling is not None


def known(shape):
    """Return a shape with the filling of unknown dimensions turned back into None."""
    if _state.filling is None:
        return tuple(shape)
    return tuple(None if size == _state.filling else size for size in shape)


class real:
    """Context that leaves the inference under way, to create weights for example."""

    def __enter__(self):
        self.saved, _state.filling = _state.filling, None

    def __exit__(self, *exc):
        _state.filling = self.saved


class _Compiler(types.ModuleType):
    """Stands in for `torch._dynamo` while meta kernels run, unless it is imported already.

    The kernels import it only to tell it to leave them alone, and that import takes longer than all of ours. Whatever
    else is asked of it gets the real module.
    """

    def disable(self, fn=None, recursive=True, **kwargs):
        """Leave a function as it is: nothing is being compiled."""
        return fn

    def __getattr__(self, name):
        self.__exit__()
        return getattr(importlib.import_module("torch._dynamo"), name)

    def __enter__(self):
        if "torch._dynamo" not in sys.modules:
            sys.modules["torch._dynamo"] = torch._dynamo = self

    def __exit__(self, *exc):
        if sys.modules.get("torch._dynamo") is self:
            del sys.modules["torch._dynamo"], torch._dynamo


_compiler = _Compiler("torch._dynamo")


class _MetaMode(TorchFunctionMode):
    """Moves what meets a meta tensor to the meta device, and makes new tensors there."""

    def __init__(self):
        super().__init__()
        self.memo = {}

    def to_meta(self, x):
        if isinstance(x, torch.Tensor) and x.device.type != "meta":
            kept = self.memo.get(id(x))
            if kept is None:
                kept = self.memo[id(x)] = (x, meta_like(x))
            return kept[1]
        if isinstance(x, (list, tuple)) and not isinstance(x, torch.Size):
            return type(x)(self.to_meta(part) for part in x) if not hasattr(x, "_fields") else x
        return x

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if _state.filling is None:
            return func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        if name == "__get__":
            return func(*args, **kwargs)
        if func in _device_constructors():
            kwargs["device"] = "meta"
        elif name in ("cpu", "cuda", "pin_memory") and args and args[0].device.type == "meta":
            return args[0]
        in_place = (name.endswith("_") and not name.endswith("__")) or name in _IN_PLACE
        if in_place or _has_meta(args) or _has_meta(kwargs.values()):
            args = tuple(self.to_meta(x) for x in args)
            kwargs = {key: self.to_meta(x) for key, x in kwargs.items()}
            if name == "to":
                args, kwargs = _without_device(args, kwargs)
        return func(*args, **kwargs)


_IN_PLACE = {"__setitem__", "__iadd__", "__isub__", "__imul__", "__itruediv__", "__set__"}


def _has_meta(values):
    for x in values:
        if isinstance(x, torch.Tensor):
            if x.device.type == "meta":
                return True
        elif isinstance(x, (list, tuple)) and _has_meta(x):
            return True
    return False


def _without_device(args, kwargs):
    kept = tuple(x for x in args if not isinstance(x, (torch.device, str)))
    kwargs = {key: x for key, x in kwargs.items() if key != "device"}
    return (kept, kwargs) if len(kept) > 1 or "dtype" in kwargs else ((*kept, kept[0].dtype), kwargs)


def _fill(x, filling):
    if not isinstance(x, KerasTensor):
        return x
    shape = [filling if size is None else size for size in x.shape]
    if x.dtype == "string":
        return np.broadcast_to(np.array(b"", object), shape)  # text has no place on the meta device
    return torch.empty(shape, dtype=to_torch_dtype(x.dtype), device="meta")


def filled(spec):
    """Return the meta tensor that stands for a KerasTensor in the inference under way."""
    return _fill(spec, _state.filling)


def run_on_meta(fn, args, kwargs, filling):
    """Return what `fn` gives when each KerasTensor is a meta tensor with this filling."""
    args, kwargs = tree.map_structure(lambda x: _fill(x, filling), (args, kwargs))
    saved, _state.filling = _state.filling, filling
    grad = torch.is_grad_enabled()
    torch._C._set_grad_enabled(False)
    try:
        with _compiler, _MetaMode():
            return unwrap(fn(*args, **kwargs))
    finally:
        _state.filling = saved
        torch._C._set_grad_enabled(grad)


def infer(fn, args, kwargs):
    """Return the outputs of `fn` as KerasTensors.

    Args:
        fn: Function over torch tensors.
        args, kwargs: Its arguments, with KerasTensors in them.
    """
    first = run_on_meta(fn, args, kwargs, FILLINGS[0])
    tensors = [x for x in tree.flatten((args, kwargs)) if isinstance(x, KerasTensor)]
    second = first
    if any(None in x.shape for x in tensors):
        second = run_on_meta(fn, args, kwargs, FILLINGS[1])
    return tree.map_structure(_symbolic, first, second)


def _symbolic(first, second):
    if not isinstance(first, (torch.Tensor, np.ndarray)):
        return first if first == second else None
    if first.ndim != second.ndim:
        raise ValueError(
            "The number of dimensions of the output depends on the size of an unknown dimension."
        )
    shape = [a if a == b else None for a, b in zip(first.shape, second.shape)]
    dtype = "string" if isinstance(first, np.ndarray) else standardize_dtype(first.dtype)
    return KerasTensor(shape, dtype)
