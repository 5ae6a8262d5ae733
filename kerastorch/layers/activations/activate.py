"""Applying a layer's activation function."""

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
    if edge.border.active and edge.is_user_function(activation):
        return edge.call_user(activation, x)
    return activation(x)
