"""Masks: how they travel from the inputs of a layer to its outputs."""

import sys
import warnings

from kerastorch.core import registry, tree
from kerastorch.core.call import Seen, get_mask, set_mask
from kerastorch.core.call_spec import is_tensor_like, tensor_arguments


class Masks:
    """What a `Layer` does with masks: the arguments that take them get them, and the outputs carry them on."""

    @property
    def supports_masking(self):
        """Whether the mask of the input is passed on to the output."""
        return self._supports_masking

    @supports_masking.setter
    def supports_masking(self, value):
        self._supports_masking = value

    def compute_mask(self, inputs, previous_mask):
        """Return the mask of the output, by default that of the input."""
        return previous_mask

    def _fill_masks(self, signature, arguments, kwargs):
        """Pass on the masks of the tensors to the arguments that take them."""
        kwargs = dict(kwargs)
        first = arguments.get(signature.first)
        if not Seen.masks:
            return kwargs, kwargs.get("mask")
        previous = tree.map_structure(get_mask, first) if first is not None else None
        tensors = tensor_arguments(arguments)
        for name, value in tensors.items():
            target = "mask" if len(tensors) == 1 else f"{name}_mask"
            if target in signature.masks and arguments.get(target) is None:
                mask = tree.map_structure(get_mask, value)
                if any(m is not None for m in tree.flatten(mask)):
                    kwargs[target] = mask
        if kwargs.get("mask") is not None:
            previous = kwargs["mask"]
        if all(m is None for m in tree.flatten(previous)):
            previous = None
        return kwargs, previous

    def _set_masks(self, inputs, outputs, previous_mask):
        if not self.supports_masking:
            if previous_mask is not None and not self._call_takes_mask:
                warnings.warn(
                    f"Layer '{self.name}' (of type {type(self).__name__}) was passed an input with a mask "
                    "attached to "
                    "it. However, this layer does not support masking and will therefore destroy the mask "
                    "information. Downstream layers will not see the mask.",
                    stacklevel=stacklevel(),
                )
            return
        if previous_mask is None and not self.creates_mask:
            return
        masks = self.compute_mask(inputs, previous_mask)
        if masks is None:
            return
        for tensor, mask in zip(tree.flatten(outputs), tree.flatten(masks)):
            if mask is not None and is_tensor_like(tensor) and get_mask(tensor) is None:
                set_mask(tensor, mask)


def stacklevel():
    """Return the stack level of the nearest frame outside the library."""
    level, frame = 2, sys._getframe(2)
    while frame is not None and registry.is_library(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    return level
