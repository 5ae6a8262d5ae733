"""Nonlinear functions of neural networks."""

import warnings

import torch
import torch.nn.functional as F

from kerastorch.core.op import Tensor, op
from kerastorch.ops.common import as_float, axes_of, one_axis


@op
def relu(x: Tensor):
    """max(x, 0).

    >>> keras.ops.relu([-1.0, 1.0])
    tensor([0., 1.])
    """
    return F.relu(x)


@op
def gelu(x: Tensor, approximate=True):
    """x * P(X <= x) for a standard normal X; with `approximate` by a formula with tanh. Hendrycks and
    Gimpel, 2016.

    >>> keras.ops.gelu([1.0])
    tensor([0.8412])
    """
    return F.gelu(as_float(x), approximate="tanh" if approximate else "none")


@op
def leaky_relu(x: Tensor, negative_slope=0.2):
    """x above 0, else negative_slope * x.

    >>> keras.ops.leaky_relu(torch.tensor([-1.0, 1.0]))
    tensor([-0.2000,  1.0000])
    """
    return F.leaky_relu(x, negative_slope)


@op
def relu6(x: Tensor):
    """min(max(x, 0), 6).

    >>> keras.ops.relu6(torch.tensor([-1.0, 9.0]))
    tensor([0., 6.])
    """
    return F.relu6(x)


@op
def softmax(x: Tensor, axis=-1):
    """exp(x) / sum(exp(x)) along `axis` (an axis or several).

    >>> keras.ops.softmax(torch.tensor([0.0, 0.0]))
    tensor([0.5000, 0.5000])
    """
    if isinstance(axis, int):
        _check_axis(x, axis)
        return F.softmax(x, axis)
    return _over_axes(F.softmax, x, axis)


def _check_axis(x, axis):
    if not -x.ndim <= axis < x.ndim:
        one_axis(axis, x.ndim)
    if x.shape[axis] == 1:
        warnings.warn(
            f"You are using a softmax over axis {axis} of a tensor of shape {tuple(x.shape)}. This axis has size 1. "
            "The softmax operation will always return the value 1, which is likely not what you intended. Did you "
            "mean to use a sigmoid instead?",
            stacklevel=4,
        )


@op
def log_softmax(x: Tensor, axis=-1):
    """log(softmax(x)) along `axis` (an axis or several).

    >>> keras.ops.log_softmax(torch.tensor([0.0, 0.0]))
    tensor([-0.6931, -0.6931])
    """
    if isinstance(axis, int):
        return F.log_softmax(x, one_axis(axis, x.ndim))
    return _over_axes(F.log_softmax, x, axis)


def _over_axes(function, x, axes):
    """Apply a function of one axis to several axes (all for None) taken together."""
    axes = axes_of(axes, x.ndim)
    last = list(range(x.ndim - len(axes), x.ndim))
    moved = x.movedim(axes, last)
    return function(moved.flatten(last[0]), -1).reshape(moved.shape).movedim(last, axes)


@op
def elu(x: Tensor, alpha=1.0):
    """x above 0, else alpha * (exp(x) - 1). Clevert et al., 2015.

    >>> keras.ops.elu(torch.tensor([-1.0, 1.0]))
    tensor([-0.6321,  1.0000])
    """
    return F.elu(x, alpha)


@op
def celu(x: Tensor, alpha=1.0):
    """max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0). Barron, 2017.

    >>> keras.ops.celu(torch.tensor([-1.0, 1.0]))
    tensor([-0.6321,  1.0000])
    """
    return F.celu(x, alpha)


@op
def selu(x: Tensor):
    """elu(x, 1.67326324) * 1.05070098. Klambauer et al., 2017.

    >>> keras.ops.selu(torch.tensor([-1.0, 1.0]))
    tensor([-1.1113,  1.0507])
    """
    return F.selu(x)


@op
def softplus(x: Tensor):
    """log(exp(x) + 1).

    >>> keras.ops.softplus(torch.tensor([0.0]))
    tensor([0.6931])
    """
    return F.softplus(x)


@op
def softsign(x: Tensor):
    """x / (1 + |x|).

    >>> keras.ops.softsign(torch.tensor([-1.0, 1.0]))
    tensor([-0.5000,  0.5000])
    """
    return F.softsign(x)


@op
def soft_shrink(x: Tensor, threshold=0.5):
    """x moved towards 0 by `threshold`, and 0 within it.

    >>> keras.ops.soft_shrink(torch.tensor([-1.0, 0.2]))
    tensor([-0.5000,  0.0000])
    """
    return F.softshrink(x, threshold)


@op
def hard_shrink(x: Tensor, threshold=0.5):
    """x where |x| > threshold, else 0.

    >>> keras.ops.hard_shrink(torch.tensor([-1.0, 0.2]))
    tensor([-1., 0.])
    """
    return F.hardshrink(x, threshold)


@op
def tanh_shrink(x: Tensor):
    """x - tanh(x).

    >>> keras.ops.tanh_shrink(torch.tensor([1.0]))
    tensor([0.2384])
    """
    return F.tanhshrink(x)


@op
def threshold(x: Tensor, threshold, default_value):
    """x above `threshold`, else `default_value`.

    >>> keras.ops.threshold(torch.tensor([-1.0, 2.0]), 0.0, 9.0)
    tensor([9., 2.])
    """
    return F.threshold(x, threshold, default_value)


@op
def squareplus(x: Tensor, b=4):
    """(x + sqrt(x² + b)) / 2. Barron, 2021.

    >>> keras.ops.squareplus(torch.tensor([0.0]))
    tensor([1.])
    """
    return (x + (x.square() + b).sqrt()) / 2


@op
def sparse_plus(x: Tensor):
    """0 up to -1, (x + 1)² / 4 up to 1, then x.

    >>> keras.ops.sparse_plus(torch.tensor([-2.0, 0.0, 2.0]))
    tensor([0.0000, 0.2500, 2.0000])
    """
    return torch.where(x <= -1, 0, torch.where(x < 1, (x + 1).square() / 4, x))


@op
def sparse_sigmoid(x: Tensor):
    """0 up to -1, (x + 1) / 2 up to 1, then 1.

    >>> keras.ops.sparse_sigmoid(torch.tensor([-2.0, 0.0, 2.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    return torch.where(x <= -1, 0, torch.where(x >= 1, 1, (x + 1) / 2))


@op
def sparsemax(x: Tensor, axis=-1):
    """The point of the simplex nearest to x: a softmax with exact zeros. Martins and Astudillo, 2016.

    >>> keras.ops.sparsemax(torch.tensor([2.0, 1.8, -1.0]))
    tensor([0.6000, 0.4000, 0.0000])
    """
    ordered = x.sort(dim=axis, descending=True).values
    sums = ordered.cumsum(axis) - 1
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    ranks = torch.arange(1, x.shape[axis] + 1, dtype=x.dtype, device=x.device).reshape(shape)
    count = (ranks * ordered > sums).sum(axis, keepdim=True)
    return (x - sums.gather(axis, count - 1) / count.to(x.dtype)).clamp(min=0)


@op
def silu(x: Tensor):
    """x * sigmoid(x), also called swish. Ramachandran et al., 2017.

    >>> keras.ops.silu(torch.tensor([1.0]))
    tensor([0.7311])
    """
    return F.silu(x)


@op
def glu(x: Tensor, axis=-1):
    """a * sigmoid(b), a and b being the two halves of x along `axis`. Dauphin et al., 2016.

    >>> keras.ops.glu(torch.tensor([1.0, 0.0]))
    tensor([0.5000])
    """
    return F.glu(x, axis)


@op
def tanh(x: Tensor):
    """The hyperbolic tangent.

    >>> keras.ops.tanh(torch.tensor([1.0]))
    tensor([0.7616])
    """
    return torch.tanh(as_float(x))


@op
def sigmoid(x: Tensor):
    """1 / (1 + exp(-x)).

    >>> keras.ops.sigmoid(torch.tensor([0.0]))
    tensor([0.5000])
    """
    return torch.sigmoid(as_float(x))


@op
def hard_sigmoid(x: Tensor):
    """relu6(x + 3) / 6.

    >>> keras.ops.hard_sigmoid(torch.tensor([-3.0, 0.0, 3.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    return F.hardsigmoid(x)


@op
def log_sigmoid(x: Tensor):
    """log(sigmoid(x)).

    >>> keras.ops.log_sigmoid(torch.tensor([0.0]))
    tensor([-0.6931])
    """
    return F.logsigmoid(x)


@op
def hard_silu(x: Tensor):
    """x * hard_sigmoid(x), also called hard_swish. Howard et al., 2019.

    >>> keras.ops.hard_silu(torch.tensor([-3.0, 3.0]))
    tensor([-0., 3.])
    """
    return F.hardswish(x)


@op
def hard_tanh(x: Tensor):
    """min(max(x, -1), 1).

    >>> keras.ops.hard_tanh(torch.tensor([-2.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """
    return F.hardtanh(x)


swish = silu
hard_swish = hard_silu
