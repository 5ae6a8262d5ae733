"""Activation functions: element by element, but for `softmax`, `log_softmax`, `sparsemax` and `glu`."""

import torch
import torch.nn.functional as F

from kerastorch.core.op import Tensor, op
from kerastorch.core.registry import Family
from kerastorch.ops.nonlinear import celu as celu
from kerastorch.ops.nonlinear import elu as elu
from kerastorch.ops.nonlinear import glu as glu
from kerastorch.ops.nonlinear import hard_shrink as hard_shrink
from kerastorch.ops.nonlinear import hard_sigmoid as hard_sigmoid
from kerastorch.ops.nonlinear import hard_silu as hard_silu
from kerastorch.ops.nonlinear import hard_tanh as hard_tanh
from kerastorch.ops.nonlinear import leaky_relu as leaky_relu
from kerastorch.ops.nonlinear import log_sigmoid as log_sigmoid
from kerastorch.ops.nonlinear import log_softmax as log_softmax
from kerastorch.ops.nonlinear import relu6 as relu6
from kerastorch.ops.nonlinear import selu as selu
from kerastorch.ops.nonlinear import sigmoid as sigmoid
from kerastorch.ops.nonlinear import silu as silu
from kerastorch.ops.nonlinear import soft_shrink as soft_shrink
from kerastorch.ops.nonlinear import softmax as softmax
from kerastorch.ops.nonlinear import softplus as softplus
from kerastorch.ops.nonlinear import softsign as softsign
from kerastorch.ops.nonlinear import sparse_plus as sparse_plus
from kerastorch.ops.nonlinear import sparse_sigmoid as sparse_sigmoid
from kerastorch.ops.nonlinear import sparsemax as sparsemax
from kerastorch.ops.nonlinear import squareplus as squareplus
from kerastorch.ops.nonlinear import tanh as tanh
from kerastorch.ops.nonlinear import tanh_shrink as tanh_shrink
from kerastorch.ops.nonlinear import threshold as threshold


@op
def linear(x: Tensor):
    """x.

    >>> keras.activations.linear(torch.tensor([-1.0, 1.0]))
    tensor([-1., 1.])
    """
    return x


@op
def relu(x: Tensor, negative_slope=0.0, max_value=None, threshold=0.0):
    """max(x, 0).

    Args:
        x: The input.
        negative_slope: The slope below the threshold.
        max_value: The greatest output, or None.
        threshold: Values up to this are cut (or sloped).

    >>> keras.activations.relu(torch.tensor([-1.0, 1.0]))
    tensor([0., 1.])
    """
    if negative_slope == 0.0 and threshold == 0.0:
        return F.relu(x) if max_value is None else F.hardtanh(x, 0, max_value)
    upper = x if max_value is None else x.clamp(max=max_value)
    if threshold == 0.0:
        return torch.where(x > 0, upper, negative_slope * x)
    return torch.where(x > threshold, upper, negative_slope * (x - threshold))


@op
def gelu(x: Tensor, approximate=False):
    """x * P(X <= x) for a standard normal X; with `approximate` by a formula with tanh. Hendrycks and
    Gimpel, 2016.

    >>> keras.activations.gelu(torch.tensor([1.0]))
    tensor([0.8413])
    """
    return F.gelu(x, approximate="tanh" if approximate else "none")


@op
def exponential(x: Tensor):
    """exp(x).

    >>> keras.activations.exponential(torch.tensor([0.0]))
    tensor([1.])
    """
    return torch.exp(x)


@op
def mish(x: Tensor):
    """x * tanh(softplus(x)). Misra, 2019.

    >>> keras.activations.mish(torch.tensor([1.0]))
    tensor([0.8651])
    """
    return F.mish(x)


swish, hard_swish = silu, hard_silu

_FUNCTIONS = [
    celu,
    elu,
    exponential,
    gelu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    linear,
    log_sigmoid,
    log_softmax,
    mish,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh,
    tanh_shrink,
    threshold,
]
_family = Family(
    "activation function",
    "keras.activations",
    aliases={fn.__name__: fn for fn in _FUNCTIONS} | {"swish": silu, "hard_swish": hard_silu},
)
deserialize = _family.deserialize


def get(identifier):
    """Return the function that a name, a config or a callable stands for; None is `linear`.

    >>> keras.activations.get("relu") is keras.activations.relu
    True
    """
    return linear if identifier is None else _family.get(identifier)


def serialize(activation):
    """Return the config of an activation function."""
    return _family.serialize(activation)
