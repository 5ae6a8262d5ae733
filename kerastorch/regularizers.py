"""Penalties on weights or activations that are added to the loss."""

import math

import torch

from kerastorch.core import settings
from kerastorch.core.configurable import Configurable
from kerastorch.core.op import Tensor, op
from kerastorch.core.registry import Family


class Regularizer(Configurable):
    """Base of regularizers: a subclass defines `__call__(x)`, which returns a scalar.

    >>> class Spread(keras.regularizers.Regularizer):
    ...     def __call__(self, x):
    ...         return 0.1 * keras.ops.std(x)
    >>> round(Spread()(torch.tensor([1.0, 3.0])).item(), 3)
    0.1
    """

    keras_module = "keras"

    def __call__(self, x):
        return 0.0


def _factor(value, name):
    """Return a factor as a float, checked; None is 0."""
    value = 0.0 if value is None else value
    if isinstance(value, (str, bytes)) or not math.isfinite(float(value)) or float(value) < 0:
        raise ValueError(f"`{name}` must be a finite number of 0 or more. Received: {name}={value}")
    return float(value)


@op
def _penalty(x: Tensor, l1, l2):
    total = 0.0
    if l1:
        total = total + l1 * x.abs().sum()
    if l2:
        total = total + l2 * x.square().sum()
    return total if isinstance(total, torch.Tensor) else x.new_zeros(())


class L1L2(Regularizer):
    """The penalty `l1 * sum(|x|) + l2 * sum(x²)`.

    >>> keras.regularizers.L1L2(l1=0.1, l2=0.01)(torch.tensor([1.0, -2.0]))
    tensor(0.3500)
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = _factor(l1, "l1"), _factor(l2, "l2")

    def __call__(self, x):
        return _penalty(x, self.l1, self.l2)


class L1(Regularizer):
    """The penalty `l1 * sum(|x|)`.

    >>> keras.regularizers.L1(0.1)(torch.tensor([1.0, -2.0]))
    tensor(0.3000)
    """

    def __init__(self, l1=0.01):
        self.l1 = 0.01 if l1 is None else _factor(l1, "l1")

    def __call__(self, x):
        return _penalty(x, self.l1, 0.0)


class L2(Regularizer):
    """The penalty `l2 * sum(x²)`.

    >>> keras.regularizers.L2(0.1)(torch.tensor([1.0, -2.0]))
    tensor(0.5000)
    """

    def __init__(self, l2=0.01):
        self.l2 = 0.01 if l2 is None else _factor(l2, "l2")

    def __call__(self, x):
        return _penalty(x, 0.0, self.l2)


class OrthogonalRegularizer(Regularizer):
    """The penalty `factor * mean(|cos(a, b)|)` over pairs of different rows (or columns) of a matrix.

    Args:
        factor: The factor, 0 or more.
        mode: "rows" or "columns".

    >>> keras.regularizers.OrthogonalRegularizer(0.1)(torch.tensor([[1.0, 0.0], [2.0, 0.0]]))
    tensor(0.1000)
    """

    def __init__(self, factor=0.01, mode="rows"):
        if mode not in ("rows", "columns"):
            raise ValueError(
                'Invalid value for argument `mode`. Expected one of {"rows", "columns"}. '
                f"Received: mode={mode}"
            )
        self.factor, self.mode = _factor(factor, "factor"), mode

    def __call__(self, x):
        return _correlation(x, self.factor, self.mode)


@op
def _correlation(x: Tensor, factor, mode):
    if x.ndim != 2:
        raise ValueError(
            f"Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape={tuple(x.shape)}"
        )
    rows = x if mode == "rows" else x.T
    rows = torch.nn.functional.normalize(rows, dim=1, eps=settings.epsilon())
    products = (rows @ rows.T).abs()
    size = len(rows)
    return factor * 0.5 * (products.sum() - products.diagonal().sum()) / (size * (size - 1) / 2)


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer

_family = Family("regularizer", "keras.regularizers", base=Regularizer, aliases={"l1l2": L1L2, "l1_l2": L1L2})
get, deserialize = _family.get, _family.deserialize


def serialize(regularizer):
    """Return the config of a regularizer."""
    return _family.serialize(regularizer)
