"""What torch's functions give on the meta device, remembered.

A meta tensor is no more than its shape, strides and dtype, so the result of a pure function follows from those and
from the numbers beside them. Many of torch's meta kernels are written in Python and take most of the time in which a
model is built; layers that repeat ask for the same results again.
"""

import torch
from torch.autograd import forward_ad

LIMIT = 20_000  # results that are kept
_PLAIN = frozenset(
    {bool, int, float, str, type(None), torch.dtype, torch.device, torch.layout, torch.memory_format}
)
_results = {}


class _Unknowable(Exception):
    """An argument that does not tell all about itself."""


def call(func, args, kwargs):
    """Return what a function of torch that changes nothing gives for meta tensors.

    Args:
        func: The function; what it returns must follow from its arguments.
        args, kwargs: Its arguments.
    """
    module = getattr(func, "__module__", None)
    if (module is not None and module.partition(".")[0] != "torch") or "out" in kwargs or _is_special():
        return func(*args, **kwargs)
    try:
        key = (func, torch.get_default_dtype(), _describe_all(args), _describe_all(kwargs.items()))
    except _Unknowable:
        return func(*args, **kwargs)
    kept = _results.get(key)
    if kept is not None:
        return _empty(kept) if type(kept[0]) is not tuple else tuple(_empty(x) for x in kept)
    result = func(*args, **kwargs)
    if type(result) is torch.Tensor:
        kept = _spec(result, args, kwargs)
    elif type(result) is tuple and result and all(type(x) is torch.Tensor for x in result):
        kept = tuple(_spec(x, args, kwargs) for x in result)
        kept = None if None in kept else kept
    if kept is not None:
        if len(_results) >= LIMIT:
            _results.clear()
        _results[key] = kept
    return result


def _is_special():
    """Tell whether more than the arguments decides what a call gives: gradients, transforms, other modes."""
    return (
        torch.is_grad_enabled()
        or torch._C._is_any_autocast_enabled()
        or torch._C._len_torch_dispatch_stack() > 0
        or forward_ad._current_level >= 0
        or torch._C._functorch.peek_interpreter_stack() is not None
    )


def _describe_all(values):
    return tuple([_describe(x) for x in values])


def _describe(x):
    kind = type(x)
    if kind is torch.Tensor:
        if x.device.type != "meta" or x.layout is not torch.strided or x.dtype.is_complex or x.requires_grad:
            raise _Unknowable
        return x.shape, x.stride(), x.dtype
    if kind in _PLAIN:
        return kind, x
    if kind is tuple or kind is list or kind is torch.Size:
        return kind, _describe_all(x)
    raise _Unknowable


def _spec(result, args, kwargs):
    """Return what makes a tensor like this one, or None for a view and for an argument itself."""
    if result.device.type != "meta" or result.layout is not torch.strided or result.dtype.is_complex:
        return None
    if result._is_view() or any(x is result for x in (*args, *kwargs.values())):
        return None
    return result.shape, result.stride(), result.dtype


def _empty(spec):
    shape, stride, dtype = spec
    return torch.empty_strided(shape, stride, dtype=dtype, device="meta")
