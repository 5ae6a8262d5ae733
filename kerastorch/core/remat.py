"""Rematerialization: activations are computed again in the backward pass, which saves memory and costs time."""

import contextlib
import functools
import threading
import typing

import torch
from torch.utils.checkpoint import checkpoint

from kerastorch.core.call import context

MODES = ("full", "activations", "larger_than", "list_of_layers", None)


class RematMode(typing.NamedTuple):
    """What a `RematScope` asks for."""

    mode: str | None
    output_size_threshold: int
    layer_names: list


class _Stack(threading.local):
    modes: tuple = ()


_stack = _Stack()


class RematScope:
    """Context: layers made inside it compute activations again in the backward pass, instead of keeping them.

    Args:
        mode: "full" (the whole layer), "activations" (its activation function only), "larger_than" (layers whose
            output has more elements than `output_size_threshold`), "list_of_layers" (those in `layer_names`), or None.
        output_size_threshold: Number of elements, for "larger_than".
        layer_names: Names of layers, for "list_of_layers".

    >>> with keras.RematScope(mode="full"):
    ...     layer = keras.layers.Dense(4)
    >>> layer(np.ones((2, 3))).shape
    torch.Size([2, 4])
    """

    def __init__(self, mode="full", output_size_threshold=1024, layer_names=None):
        if mode not in MODES:
            raise ValueError(f"Invalid mode '{mode}'. Supported modes are: {', '.join(map(repr, MODES))}.")
        self.mode, self.output_size_threshold = mode, output_size_threshold
        self.layer_names = list(layer_names or [])

    def __enter__(self):
        self._saved = _stack.modes
        _stack.modes = (*self._saved, RematMode(self.mode, self.output_size_threshold, self.layer_names))
        return self

    def __exit__(self, *exc):
        _stack.modes = self._saved


def get_current_remat_mode():
    """Return the innermost mode, or None outside of any `RematScope`."""
    return _stack.modes[-1] if _stack.modes else None


def remat(f):
    """Return `f` such that what it computes on the way is not kept for the backward pass, but computed again.

    Random draws, and variables that `f` changes, are those of the first time if `f` is a layer or a layer's method.

    Args:
        f: A function of tensors, or a layer.

    >>> square = keras.remat(lambda x: keras.ops.square(x))
    >>> square(np.array([3.0], "float32"))
    tensor([9.])
    """
    layer = f if isinstance(f, torch.nn.Module) else getattr(f, "__self__", None)

    def wrapped(*args, **kwargs):
        contexts = functools.partial(_contexts, layer)
        return checkpoint(f, *args, use_reentrant=False, context_fn=contexts, **kwargs)

    if hasattr(f, "__name__"):
        functools.update_wrapper(wrapped, f)
    return wrapped


def _contexts(layer):
    """Return the contexts of the first and of the second time."""
    variables = getattr(layer, "non_trainable_variables", [])
    before = [v.detach().clone() for v in variables]
    calls = context.training, context.asked, context.depth, context.autocast
    return contextlib.nullcontext(), _again(variables, before, calls)


@contextlib.contextmanager
def _again(variables, before, calls):
    """Run as it was the first time, and leave everything as it is now."""
    after = [v.detach().clone() for v in variables]
    saved = context.training, context.asked, context.depth, context.autocast
    _set_values(variables, before)
    context.training, context.asked, context.depth, context.autocast = calls
    try:
        yield
    finally:
        context.training, context.asked, context.depth, context.autocast = saved
        _set_values(variables, after)


def _set_values(variables, values):
    for variable, value in zip(variables, values):
        variable.data.copy_(value)
