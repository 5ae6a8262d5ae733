"""Losses between numbers: a mean over the last axis."""

import math

import torch
import torch.nn.functional as F

from kerastorch.core import settings
from kerastorch.core.op import Tensor, op
from kerastorch.losses.base import FunctionLoss, aligned


@op
def mean_squared_error(y_true: Tensor, y_pred: Tensor):
    """mean((y_true - y_pred)²) over the last axis.

    >>> keras.losses.mean_squared_error([[0.0, 1.0]], [[2.0, 1.0]])
    tensor([2.])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return (y_true - y_pred).square().mean(-1)


@op
def mean_absolute_error(y_true: Tensor, y_pred: Tensor):
    """mean(|y_true - y_pred|) over the last axis.

    >>> keras.losses.mean_absolute_error([[0.0, 1.0]], [[2.0, 1.0]])
    tensor([1.])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return (y_true - y_pred).abs().mean(-1)


@op
def mean_absolute_percentage_error(y_true: Tensor, y_pred: Tensor):
    """100 * mean(|(y_true - y_pred) / y_true|) over the last axis.

    >>> keras.losses.mean_absolute_percentage_error([[2.0, 1.0]], [[1.0, 1.0]])
    tensor([25.])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return 100 * ((y_true - y_pred) / y_true.abs().clamp(min=settings.epsilon())).abs().mean(-1)


@op
def mean_squared_logarithmic_error(y_true: Tensor, y_pred: Tensor):
    """mean((log(y_true + 1) - log(y_pred + 1))²) over the last axis; values below 0 count as 0.

    >>> keras.losses.mean_squared_logarithmic_error([[0.0]], [[0.0]])
    tensor([0.])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    low = settings.epsilon()
    return ((y_pred.clamp(min=low) + 1).log() - (y_true.clamp(min=low) + 1).log()).square().mean(-1)


@op
def huber(y_true: Tensor, y_pred: Tensor, delta=1.0):
    """mean of error² / 2 where |error| <= delta, else of delta * |error| - delta² / 2. Huber, 1964.

    >>> keras.losses.huber([[0.0, 0.0]], [[1.0, 3.0]])
    tensor([1.5000])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    error = (y_pred - y_true).abs()
    return torch.where(error <= delta, 0.5 * error.square(), delta * error - 0.5 * delta * delta).mean(-1)


@op
def log_cosh(y_true: Tensor, y_pred: Tensor):
    """mean(log(cosh(y_pred - y_true))) over the last axis.

    >>> keras.losses.log_cosh([[0.0]], [[1.0]])
    tensor([0.4338])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    error = y_pred - y_true
    return (error + F.softplus(-2 * error) - math.log(2)).mean(-1)


@op
def poisson(y_true: Tensor, y_pred: Tensor):
    """mean(y_pred - y_true * log(y_pred)) over the last axis.

    >>> keras.losses.poisson([[1.0]], [[1.0]])
    tensor([1.0000])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return (y_pred - y_true * (y_pred + settings.epsilon()).log()).mean(-1)


@op
def cosine_similarity(y_true: Tensor, y_pred: Tensor, axis=-1):
    """-sum(y_true * y_pred) of the vectors along `axis`, divided by their norms: -1 where they point the
    same way.

    >>> keras.losses.cosine_similarity([[1.0, 0.0]], [[3.0, 0.0]])
    tensor([-1.])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return -(_normalized(y_true, axis) * _normalized(y_pred, axis)).sum(axis)


def _normalized(x, axis):
    largest = min(1 / settings.epsilon(), torch.finfo(x.dtype).max)  # half precision has no 1e7
    return x * x.square().sum(axis, keepdim=True).rsqrt().clamp(max=largest)


def _fused(y_true, y_pred, function):
    """Return the mean of a torch loss over inputs of one shape, or None for other inputs."""
    if y_true.shape != y_pred.shape or y_pred.ndim == 0:
        return None
    return function(y_pred, y_true if y_true.dtype is y_pred.dtype else y_true.to(y_pred.dtype))


def _fused_square(y_true, y_pred):
    return _fused(y_true, y_pred, F.mse_loss)


def _fused_absolute(y_true, y_pred):
    return _fused(y_true, y_pred, F.l1_loss)


class MeanSquaredError(FunctionLoss):
    """The mean of squared errors.

    Args:
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.MeanSquaredError()([[0.0, 1.0]], [[2.0, 1.0]])
    tensor(2.)
    """

    fn = staticmethod(mean_squared_error)
    fused = staticmethod(_fused_square)

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", dtype=None):
        super().__init__(name, reduction, dtype)


class MeanAbsoluteError(FunctionLoss):
    """The mean of absolute errors.

    Args:
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.MeanAbsoluteError()([[0.0, 1.0]], [[2.0, 1.0]])
    tensor(1.)
    """

    fn = staticmethod(mean_absolute_error)
    fused = staticmethod(_fused_absolute)

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None):
        super().__init__(name, reduction, dtype)


class MeanAbsolutePercentageError(FunctionLoss):
    """The mean of absolute errors in per cent of the truth.

    Args:
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.MeanAbsolutePercentageError()([[1.0, 2.0]], [[1.5, 2.0]])
    tensor(25.)
    """

    fn = staticmethod(mean_absolute_percentage_error)

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_percentage_error", dtype=None):
        super().__init__(name, reduction, dtype)


class MeanSquaredLogarithmicError(FunctionLoss):
    """The mean of squared differences of logarithms.

    Args:
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.MeanSquaredLogarithmicError()([[0.0, 1.0]], [[0.5, 2.0]])
    tensor(0.1644)
    """

    fn = staticmethod(mean_squared_logarithmic_error)

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(name, reduction, dtype)


class Huber(FunctionLoss):
    """Squared error for small errors, absolute error beyond `delta`.

    Args:
        delta: Where the square ends.
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.Huber()([[0.0, 0.0]], [[1.0, 3.0]])
    tensor(1.5000)
    """

    fn = staticmethod(huber)
    arguments = ("delta",)
    omitted = {"delta": 1.0}

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None):
        self.delta = delta
        super().__init__(name, reduction, dtype)


class LogCosh(FunctionLoss):
    """The mean of log(cosh(error)).

    Args:
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.LogCosh()([[0.0, 1.0]], [[0.5, 2.0]])
    tensor(0.2769)
    """

    fn = staticmethod(log_cosh)

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", dtype=None):
        super().__init__(name, reduction, dtype)


class Poisson(FunctionLoss):
    """The mean of y_pred - y_true * log(y_pred).

    Args:
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.Poisson()([[0.0, 1.0]], [[0.5, 2.0]])
    tensor(0.9034)
    """

    fn = staticmethod(poisson)

    def __init__(self, reduction="sum_over_batch_size", name="poisson", dtype=None):
        super().__init__(name, reduction, dtype)


class CosineSimilarity(FunctionLoss):
    """The negative cosine of the angle between truth and prediction, from -1 (alike) to 1 (opposite).

    Args:
        axis: The axis of the vectors.
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.CosineSimilarity()([[0.0, 1.0]], [[0.5, 2.0]])
    tensor(-0.9701)
    """

    fn = staticmethod(cosine_similarity)
    arguments = ("axis",)
    omitted = {"axis": -1}

    def __init__(self, axis=-1, reduction="sum_over_batch_size", name="cosine_similarity", dtype=None):
        self.axis = axis
        super().__init__(name, reduction, dtype)
