"""Shapes and dtypes by running a function on the meta device, twice.

Unknown dimensions are filled with two different numbers: an output dimension that differs between the two runs is
unknown. Both numbers have many divisors, so that reshapes and strides work. Weights and constants become meta tensors
as they meet one, so nothing real is read or changed.
"""

import importlib
import itertools
import sys
import threading
import types

import numpy as np
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors

from kerastorch.core import meta_memo, tree
from kerastorch.core.dtypes import standardize_dtype, to_torch_dtype
from kerastorch.core.edge import unwrap
from kerastorch.core.keras_tensor import KerasTensor, meta_like

FILLINGS = (2520, 5040)
MATCHING_TRIALS = 100


class _State(threading.local):
    filling: int | None = None  # the filling of the run under way
    settled = ()  # the unknown dimensions that this run gives other sizes


_state = _State()


def is_inferring():
    """Tell whether an inference on the meta device is under way in this thread."""
    return _state.filling is not None


def is_guessing():
    """Tell whether the inference under way tries sizes for dimensions that are unknown."""
    return _state.filling is not None and bool(_state.settled)


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
            if not in_place:
                return meta_memo.call(func, args, kwargs)
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


def _fill(x, filling, settled=()):
    if not isinstance(x, KerasTensor):
        return x
    shape = [filling if size is None else size for size in x.shape]
    for (tensor, axis), size in settled:
        if tensor is x:
            shape[axis] = size
    if x.dtype == "string":
        return np.broadcast_to(np.array(b"", object), shape)  # text has no place on the meta device
    return torch.empty(shape, dtype=to_torch_dtype(x.dtype), device="meta")


def filled(spec):
    """Return the meta tensor that stands for a KerasTensor in the inference under way."""
    return _fill(spec, _state.filling)


def run_on_meta(fn, args, kwargs, filling, settled=()):
    """Return what `fn` gives when each KerasTensor is a meta tensor with this filling.

    Args:
        fn: Function over torch tensors.
        args, kwargs: Its arguments.
        filling: The size that unknown dimensions get.
        settled: Pairs of (KerasTensor, axis) and the size which that dimension gets instead.
    """
    args, kwargs = tree.map_structure(lambda x: _fill(x, filling, settled), (args, kwargs))
    saved, _state.filling = _state.filling, filling
    saved_settled, _state.settled = _state.settled, settled
    grad = torch.is_grad_enabled()
    torch._C._set_grad_enabled(False)
    try:
        with _compiler, _MetaMode():
            return unwrap(fn(*args, **kwargs))
    finally:
        _state.filling, _state.settled = saved, saved_settled
        torch._C._set_grad_enabled(grad)


def infer(fn, args, kwargs, settled=()):
    """Return the outputs of `fn` as KerasTensors.

    Args:
        fn: Function over torch tensors.
        args, kwargs: Its arguments, with KerasTensors in them.
        settled: As for `run_on_meta`.
    """
    first = run_on_meta(fn, args, kwargs, FILLINGS[0], settled)
    tensors = [x for x in tree.flatten((args, kwargs)) if isinstance(x, KerasTensor)]
    second = first
    if any(None in x.shape for x in tensors):
        second = run_on_meta(fn, args, kwargs, FILLINGS[1], settled)
    return tree.map_structure(_symbolic, first, second)


def infer_op(fn, args, kwargs, static=()):
    """Return the outputs of one operation as KerasTensors; more thorough than `infer`.

    An unknown size that must equal a known one (in a broadcast, a product) is found by trial. A size that a slice or
    a diagonal cuts is unknown: unknown sizes are small too, in a third run.

    Args:
        fn: Function over torch tensors.
        args, kwargs: Its arguments, with KerasTensors in them.
        static: Its other arguments, which `fn` has already; an unknown size may have to be one of them.
    """
    tensors = {id(x): x for x in tree.flatten((args, kwargs)) if isinstance(x, KerasTensor)}.values()
    unknown = [(x, axis) for x in tensors for axis, size in enumerate(x.shape) if size is None]
    if not unknown:
        return infer(fn, args, kwargs)
    try:
        outputs, settled = infer(fn, args, kwargs), ()
    except Exception as e:
        outputs, settled = _infer_matching(fn, args, kwargs, unknown, static, e)
    kept = min((sum(size is None for size in x.shape) for x in _symbols(outputs)), default=len(unknown))
    if kept < max(sum(size is None for size in x.shape) for x in tensors):
        outputs = _cut(outputs, fn, args, kwargs, settled)
    return outputs


def _symbols(structure):
    return [x for x in tree.flatten(structure) if isinstance(x, KerasTensor)]


def _infer_matching(fn, args, kwargs, unknown, static, error):
    """Infer with some unknown sizes set to known ones, as few as do; raise `error` if none do."""
    leaves = [*tree.flatten((args, kwargs)), *tree.flatten(static)]
    shapes = [x.shape for x in leaves if isinstance(x, (KerasTensor, torch.Tensor))]
    sizes = {size for shape in shapes for size in shape if size is not None} | {1}
    sizes |= {x for x in leaves if type(x) is int and x > 0}
    sizes |= {len(x) for x in static if isinstance(x, (list, tuple))}
    trials = (
        tuple(zip(places, values))
        for count in range(1, len(unknown) + 1)
        for places in itertools.combinations(unknown, count)
        for values in itertools.product(sorted(sizes, reverse=True), repeat=count)
    )
    for settled in itertools.islice(trials, MATCHING_TRIALS):
        try:
            return infer(fn, args, kwargs, settled), settled
        except Exception:  # not this way: the first error is raised if there is no way
            continue
    raise error


def _cut(outputs, fn, args, kwargs, settled):
    """Return the outputs with the sizes unknown that differ when the unknown sizes of the inputs are 1."""
    try:
        small = run_on_meta(fn, args, kwargs, 1, settled)
    except Exception:  # the operation needs more than 1
        return outputs
    pairs = list(zip(tree.flatten(outputs), tree.flatten(small)))
    if len(tree.flatten(small)) != len(pairs) or any(
        isinstance(x, KerasTensor) and (not isinstance(y, torch.Tensor) or y.ndim != len(x.shape))
        for x, y in pairs
    ):
        return outputs
    for x, y in pairs:
        if isinstance(x, KerasTensor):
            x._shape = tuple(size if size == other else None for size, other in zip(x.shape, y.shape))
    return outputs


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
