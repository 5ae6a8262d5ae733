"""Errors inside a layer's call say which layer, and what it was called with."""

import torch

from kerastorch.core import tree
from kerastorch.core.dtypes import standardize_dtype
from kerastorch.core.keras_tensor import KerasTensor

# Types whose message can be extended in place; others pass unchanged
_PLAIN = (
    ValueError,
    TypeError,
    RuntimeError,
    IndexError,
    AttributeError,
    NotImplementedError,
    AssertionError,
)


def explain(error, layer, args, kwargs):
    """Add the layer's name and the shapes of its arguments to an error's message, once."""
    if getattr(error, "_explained", False) or not type(error).__module__.startswith(("builtins", "torch")):
        return
    if not isinstance(error, _PLAIN) or len(error.args) > 1:
        return
    message = str(error)
    names = tree.map_structure(describe, (list(args), dict(kwargs)))
    lines = [f"  • {describe_all(x)}" for x in names[0]]
    lines += [f"  • {key}={describe_all(x)}" for key, x in names[1].items()]
    kind = type(layer).__name__
    hint = _hint(error, layer, args)
    error.args = (
        f"Exception encountered when calling layer '{layer.name}' (type {kind}).\n\n{message}\n{hint}\n"
        f"Arguments received by {kind}.call():\n" + "\n".join(lines),
    )
    error._explained = True


def check_positional(args):
    """Check that the arguments after the first are no plain values, which Keras takes by name only."""
    for value in args[1:]:
        if isinstance(value, (bool, int, float, str)):
            raise ValueError(
                "Only input tensors may be passed as positional arguments. The following argument value should be "
                f"passed as a keyword argument: {value} (of type {type(value)})"
            )


def describe(x):
    """Return a short description of one argument."""
    if isinstance(x, torch.Tensor):
        return f"torch.Tensor(shape={tuple(x.shape)}, dtype={standardize_dtype(x.dtype)}, device={x.device})"
    if isinstance(x, KerasTensor):
        return f"KerasTensor(shape={x.shape}, dtype={x.dtype})"
    return repr(x) if len(repr(x)) < 80 else f"<{type(x).__name__}>"


def describe_all(x):
    """Return the description of an argument, which may be nested."""
    return x if isinstance(x, str) else str(x).replace("'", "")


def _hint(error, layer, args):
    if isinstance(error, torch.OutOfMemoryError):
        return "\nThe device is out of memory: use a smaller batch_size or model, or mixed precision.\n"
    if "Expected all tensors to be on the same device" in str(error):
        devices = {str(v.device) for v in layer.variables} or {"none"}
        inputs = {str(x.device) for x in tree.flatten(list(args)) if isinstance(x, torch.Tensor)}
        return (
            f"\nThe layer's weights are on {', '.join(sorted(devices))}, its inputs on {', '.join(sorted(inputs))}: "
            "move the model with `model.to(device)`, or the data with `x.to(device)`.\n"
        )
    return ""
