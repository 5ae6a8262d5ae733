"""The call context: what the layers inside an outer call know about it.

`training` is settled by the outermost call, and `asked` tells whether somebody gave it; `depth` counts the calls under
way; `autocast` is the dtype in which a mixed-precision layer reads its float weights; `names` is the path of the layers
being built.
"""

import threading

import torch


class CallContext(threading.local):
    """The state of the calls under way in one thread."""

    depth = 0
    training: bool | None = None
    asked = False
    autocast: torch.dtype | None = None
    names: tuple[str, ...] = ()


context = CallContext()


class Seen:
    """What happened at least once in this process: until then no call looks for it."""

    masks = False
    losses = False


def get_mask(x):
    """Return the mask attached to a tensor, or None."""
    return getattr(x, "_keras_mask", None)


def set_mask(x, mask):
    """Attach a mask to a tensor."""
    Seen.masks = True
    x._keras_mask = mask


class calling:
    """Context of one call: settles `training`, and restores what was there."""

    __slots__ = ("asked", "saved", "training")

    def __init__(self, training, asked=False):
        self.training, self.asked = training, asked

    def __enter__(self):
        self.saved = context.training, context.asked
        context.training = self.training
        if self.asked:
            context.asked = True
        context.depth += 1

    def __exit__(self, *exc):
        context.training, context.asked = self.saved
        context.depth -= 1


class naming:
    """Context in which the variables of `name` are built."""

    __slots__ = ("name", "saved")

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.saved = context.names
        context.names = (*context.names, self.name)

    def __exit__(self, *exc):
        context.names = self.saved
