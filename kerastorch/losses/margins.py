"""Losses of margins, for labels -1 and 1 (0 and 1 are converted)."""

import torch

from kerastorch.core.op import Tensor, op
from kerastorch.losses.base import FunctionLoss, aligned


def _signs(y_true):
    """Return labels as -1 and 1 where all of them are 0 or 1, without reading them back from the device."""
    binary = ((y_true == 0) | (y_true == 1)).all()
    return torch.where(binary, 2 * y_true - 1, y_true)


@op
def hinge(y_true: Tensor, y_pred: Tensor):
    """mean(max(1 - y_true * y_pred, 0)) over the last axis.

    >>> keras.losses.hinge([[1.0, -1.0]], [[0.5, -2.0]])
    tensor([0.2500])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return (1 - _signs(y_true) * y_pred).clamp(min=0).mean(-1)


@op
def squared_hinge(y_true: Tensor, y_pred: Tensor):
    """mean(max(1 - y_true * y_pred, 0)²) over the last axis.

    >>> keras.losses.squared_hinge([[1.0, -1.0]], [[0.5, -2.0]])
    tensor([0.1250])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return (1 - _signs(y_true) * y_pred).clamp(min=0).square().mean(-1)


@op
def categorical_hinge(y_true: Tensor, y_pred: Tensor):
    """max(best wrong score - right score + 1, 0), for one-hot labels.

    >>> keras.losses.categorical_hinge([[1.0, 0.0]], [[0.5, 0.75]])
    tensor([1.2500])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    right = (y_true * y_pred).sum(-1)
    wrong = ((1 - y_true) * y_pred).amax(-1)
    return (wrong - right + 1).clamp(min=0)


class Hinge(FunctionLoss):
    """The mean of max(1 - y_true * y_pred, 0).

    Args:
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.Hinge()([[1.0, -1.0]], [[0.5, -2.0]])
    tensor(0.2500)
    """

    fn = staticmethod(hinge)

    def __init__(self, reduction="sum_over_batch_size", name="hinge", dtype=None):
        super().__init__(name, reduction, dtype)


class SquaredHinge(FunctionLoss):
    """The mean of max(1 - y_true * y_pred, 0)².

    Args:
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.SquaredHinge()([[1.0, -1.0]], [[0.5, -2.0]])
    tensor(0.1250)
    """

    fn = staticmethod(squared_hinge)

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", dtype=None):
        super().__init__(name, reduction, dtype)


class CategoricalHinge(FunctionLoss):
    """The mean of max(best wrong score - right score + 1, 0).

    Args:
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.CategoricalHinge()([[0.0, 1.0]], [[0.25, 0.75]])
    tensor(0.5000)
    """

    fn = staticmethod(categorical_hinge)

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", dtype=None):
        super().__init__(name, reduction, dtype)
