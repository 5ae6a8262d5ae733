"""Calling the functions that a layer was given: activations, Lambda bodies."""

import torch

from kerastorch.activations import linear
from kerastorch.core import edge


def activate(activation, x):
    """Return `activation(x)` for a tensor inside a layer's `call`; None is the identity.

    A function of the library is called without its border, one of the user's with the user's tensors.
    """
    if activation is None or activation is linear:
        return x
    if getattr(activation, "is_op", False):
        return activation.fn(x)
    return call_given(activation, x)


def call_given(fn, *args, **kwargs):
    """Call a function that a layer was given, with the tensors and the recording that its author expects."""
    if not edge.border.active or not edge.is_user_function(fn):
        return edge.unwrap(fn(*args, **kwargs))  # one of tf's gives a tf.Tensor
    if torch.is_grad_enabled():
        with edge.recording():
            return edge.call_user(fn, *args, **kwargs)
    return edge.call_user(fn, *args, **kwargs)
