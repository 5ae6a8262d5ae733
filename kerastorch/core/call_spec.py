"""What the signature of a layer's `call` says: which arguments are tensors, and whether it takes training and masks."""

import functools
import inspect

import numpy as np
import torch

from kerastorch.core import tree
from kerastorch.core.keras_tensor import KerasTensor

_KINDS = inspect.Parameter


class CallSignature:
    """The signature of `call` (without self), read once per function."""

    def __init__(self, fn):
        self.signature = inspect.signature(fn)
        parameters = list(self.signature.parameters.values())[1:]
        self.signature = self.signature.replace(parameters=parameters)
        self.names = [p.name for p in parameters if p.kind not in (_KINDS.VAR_POSITIONAL, _KINDS.VAR_KEYWORD)]
        self.keywords = any(p.kind is _KINDS.VAR_KEYWORD for p in parameters)
        self.training = "training" in self.names
        self.trains = self.training and self.signature.parameters["training"].default is True
        self.masks = [name for name in self.names if name == "mask" or name.endswith("_mask")]
        self.first = self.names[0] if self.names else None
        required = [
            p for p in parameters[1:] if p.default is _KINDS.empty and p.kind is not _KINDS.VAR_POSITIONAL
        ]
        self.single = not [p for p in required if p.kind is not _KINDS.VAR_KEYWORD]

    def bind(self, args, kwargs):
        """Return the arguments by name; extra keyword arguments stand beside the named ones."""
        if len(args) == 1 and not kwargs and self.first is not None:
            return {self.first: args[0]}
        bound = self.signature.bind(*args, **kwargs).arguments
        for p in self.signature.parameters.values():
            if p.kind is _KINDS.VAR_KEYWORD and p.name in bound:
                extra = bound.pop(p.name)
                bound.update(extra)
        return bound


@functools.cache
def call_signature(fn):
    """Return the `CallSignature` of a `call` function."""
    return CallSignature(fn)


def is_tensor_like(x):
    """Tell whether a value is a tensor, eager or symbolic, or an array of text."""
    return isinstance(x, (torch.Tensor, KerasTensor, np.ndarray))


def tensor_arguments(arguments):
    """Return the arguments that are tensors or nested structures of them (masks excluded)."""
    return {
        name: value
        for name, value in arguments.items()
        if name != "mask"
        and not name.endswith("_mask")
        and any(is_tensor_like(x) for x in tree.flatten(value))
    }
