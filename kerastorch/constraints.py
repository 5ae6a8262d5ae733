"""Projections applied to weights after each update."""

from kerastorch.core import settings
from kerastorch.core.configurable import Configurable
from kerastorch.core.op import Tensor, op
from kerastorch.core.registry import Family


class Constraint(Configurable):
    """Base of constraints: a subclass defines `__call__(w)`, which returns the value to keep.

    >>> class Rounded(keras.constraints.Constraint):
    ...     def __call__(self, w):
    ...         return keras.ops.round(w)
    >>> Rounded()(torch.tensor([0.7]))
    tensor([1.])
    """

    def __call__(self, w):
        return w


def _norms(w, axis):
    return w.square().sum(axis, keepdim=True).sqrt()


@op
def _with_norms(w: Tensor, axis, low, high, rate):
    """Return `w` with its norms along `axis` moved a fraction `rate` of the way into [low, high]."""
    norms = _norms(w, axis)
    wanted = norms.clamp(low, high)
    if rate != 1:
        wanted = rate * wanted + (1 - rate) * norms
    return w * (wanted / (settings.epsilon() + norms))


class MaxNorm(Constraint):
    """Norms along `axis` of at most `max_value`.

    Args:
        max_value: The greatest norm.
        axis: The axes of one norm: 0 for a dense kernel, (0, 1, 2) for that of a 2D convolution.

    >>> keras.constraints.MaxNorm(1.0)(torch.tensor([[3.0], [4.0]]))
    tensor([[0.6000],
            [0.8000]])
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value, self.axis = max_value, axis

    def __call__(self, w):
        return _with_norms(w, self.axis, 0, self.max_value, 1)


@op
def _non_negative(w: Tensor):
    return w * (w >= 0)


class NonNeg(Constraint):
    """No value below 0.

    >>> keras.constraints.NonNeg()(torch.tensor([-1.0, 1.0]))
    tensor([-0., 1.])
    """

    def __call__(self, w):
        return _non_negative(w)


@op
def _unit(w: Tensor, axis):
    return w / (settings.epsilon() + _norms(w, axis))


class UnitNorm(Constraint):
    """Norms along `axis` of 1.

    >>> keras.constraints.UnitNorm()(torch.tensor([[3.0], [4.0]]))
    tensor([[0.6000],
            [0.8000]])
    """

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        return _unit(w, self.axis)


class MinMaxNorm(Constraint):
    """Norms along `axis` between two values.

    Args:
        min_value, max_value: The least and the greatest norm.
        rate: How far an update goes towards that, from 0 to 1.
        axis: The axes over which a norm is taken.

    >>> keras.constraints.MinMaxNorm(1.0, 2.0)(torch.tensor([[0.3], [0.4]]))
    tensor([[0.6000],
            [0.8000]])
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w):
        return _with_norms(w, self.axis, self.min_value, self.max_value, self.rate)


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm

_family = Family("constraint", "keras.constraints", base=Constraint)
get, deserialize = _family.get, _family.deserialize


def serialize(constraint):
    """Return the config of a constraint."""
    return _family.serialize(constraint)
