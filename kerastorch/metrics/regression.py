"""Metrics of regression that are more than the mean of a loss."""

import warnings

import torch

from kerastorch.core import settings
from kerastorch.core.op import Tensor, op
from kerastorch.losses.base import aligned
from kerastorch.losses.regression import cosine_similarity as _cosine_loss
from kerastorch.metrics.base import Metric, array
from kerastorch.metrics.reduction import FunctionMetric, Mean


class RootMeanSquaredError(Mean):
    """The square root of the mean of squared errors.

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.RootMeanSquaredError()
    >>> metric.update_state([[0.0, 1.0]], [[2.0, 3.0]])
    >>> float(metric.result())
    2.0
    """

    _direction = "down"

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name, dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account."""
        y_true, y_pred = aligned(array(y_true, self._torch_dtype), array(y_pred, self._torch_dtype))
        self._add((y_pred - y_true).square(), sample_weight)

    def _result(self):
        return super()._result().sqrt()


@op
def cosine_similarity(y_true: Tensor, y_pred: Tensor, axis=-1):
    """The cosine of the angle between truth and prediction."""
    return -_cosine_loss(y_true, y_pred, axis)


class CosineSimilarity(FunctionMetric):
    """The mean cosine of the angle between truth and prediction, from -1 to 1 (alike).

    Args:
        axis: The axis of the vectors.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.CosineSimilarity()
    >>> metric.update_state([[0.0, 1.0], [1.0, 0.0]], [[0.0, 2.0], [0.0, 1.0]])
    >>> float(metric.result())
    0.5
    """

    fn = staticmethod(cosine_similarity)
    arguments = ("axis",)
    omitted = {"axis": -1}
    _direction = "up"

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        self.axis = axis
        super().__init__(name, dtype)


@op
def pearson_correlation(y_true: Tensor, y_pred: Tensor, axis=-1):
    """Pearson's correlation along `axis`: covariance over the product of standard deviations.

    >>> keras.metrics.pearson_correlation([[0.0, 1.0, 2.0]], [[0.0, 2.0, 4.0]]).round(decimals=4)
    tensor([1.])
    """
    y_true, y_pred = aligned(y_true, y_pred)

    def standardized(x):
        x = x - x.mean(axis, keepdim=True)
        return x / x.std(axis, correction=0, keepdim=True)

    return (standardized(y_true) * standardized(y_pred)).mean(axis)


@op
def concordance_correlation(y_true: Tensor, y_pred: Tensor, axis=-1):
    """Lin's concordance correlation along `axis`: correlation that also asks for equal means and variances.

    >>> keras.metrics.concordance_correlation([[0.0, 1.0, 2.0]], [[0.0, 1.0, 2.0]]).round(decimals=4)
    tensor([1.])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    true_mean, pred_mean = y_true.mean(axis, keepdim=True), y_pred.mean(axis, keepdim=True)
    spread = y_true.var(axis, correction=0, keepdim=True) + y_pred.var(axis, correction=0, keepdim=True)
    norm = spread + (true_mean - pred_mean).square()
    return (2 * (y_true - pred_mean) * (y_pred - pred_mean) / (norm + settings.epsilon())).mean(axis)


class PearsonCorrelation(FunctionMetric):
    """The mean of Pearson's correlation along an axis.

    Args:
        axis: The axis of the classes.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.PearsonCorrelation()
    >>> metric.update_state([[0.0, 1.0, 2.0]], [[0.0, 2.0, 4.0]])
    >>> round(float(metric.result()), 4)
    1.0
    """

    fn = staticmethod(pearson_correlation)
    arguments = ("axis",)
    _direction = "up"

    def __init__(self, name="pearson_correlation", dtype=None, axis=-1):
        self.axis = axis
        super().__init__(name, dtype)


class ConcordanceCorrelation(FunctionMetric):
    """The mean of Lin's concordance correlation along an axis.

    Args:
        axis: The axis of the classes.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.ConcordanceCorrelation()
    >>> metric.update_state([[0.0, 1.0, 2.0]], [[0.5, 1.0, 2.5]])
    >>> round(float(metric.result()), 4)
    0.8889
    """

    fn = staticmethod(concordance_correlation)
    arguments = ("axis",)
    _direction = "up"

    def __init__(self, name="concordance_correlation", dtype=None, axis=-1):
        self.axis = axis
        super().__init__(name, dtype)


class R2Score(Metric):
    """The share of the variance that predictions explain: 1 - sum(error²) / sum((y - mean)²).

    Args:
        class_aggregation: How outputs are combined: "uniform_average", "variance_weighted_average" or None.
        num_regressors: The number of predictors, for the adjusted score (0: not adjusted).
        name, dtype: As for every metric.

    >>> metric = keras.metrics.R2Score()
    >>> metric.update_state([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])
    >>> round(float(metric.result()), 4)
    0.5714
    """

    _direction = "up"

    def __init__(self, class_aggregation="uniform_average", num_regressors=0, name="r2_score", dtype=None):
        super().__init__(name=name, dtype=dtype)
        allowed = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in allowed:
            raise ValueError(
                f"Invalid value for argument `class_aggregation`. Expected one of {allowed}. "
                f"Received: class_aggregation={class_aggregation}"
            )
        if num_regressors < 0:
            raise ValueError(
                "Invalid value for argument `num_regressors`. Expected a value >= 0. "
                f"Received: num_regressors={num_regressors}"
            )
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self._built = False

    def _build(self, y_true, y_pred):
        if y_true.ndim != 2 or y_pred.ndim != 2:
            raise ValueError(
                "R2Score expects 2D inputs with shape (batch_size, output_dim). Received input shapes: "
                f"y_pred.shape={tuple(y_pred.shape)} and y_true.shape={tuple(y_true.shape)}."
            )
        shape = (y_pred.shape[1],)
        self.squared_sum = self.add_variable(shape, "zeros", name="squared_sum")
        self.sum = self.add_variable(shape, "zeros", name="sum")
        self.total_mse = self.add_variable(shape, "zeros", name="residual")
        self.count = self.add_variable(shape, "zeros", name="count")
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account."""
        y_true, y_pred = aligned(array(y_true, self._torch_dtype), array(y_pred, self._torch_dtype))
        if not self._built:
            self._build(y_true, y_pred)
        weight = array(1.0 if sample_weight is None else sample_weight, self._torch_dtype)
        if weight.ndim == 1:
            weight = weight.unsqueeze(1)
        weight = weight.expand(y_true.shape)
        self.sum.add_((y_true * weight).sum(0))
        self.squared_sum.add_((y_true.square() * weight).sum(0))
        self.total_mse.add_(((y_true - y_pred).square() * weight).sum(0))
        self.count.add_(weight.sum(0))
        self.num_samples.add_(y_true.numel())

    def _result(self):
        if not self._built:
            raise RuntimeError("R2Score has no result before the first call of `update_state`.")
        count, total = self.count.detach(), self.sum.detach()
        variance = self.squared_sum.detach() - total * (total / count)
        scores = 1 - self.total_mse.detach() / variance
        scores = torch.where(scores.isinf(), 0, scores)
        if self.class_aggregation == "uniform_average":
            scores = scores.mean()
        elif self.class_aggregation == "variance_weighted_average":
            scores = (variance * scores).sum() / variance.sum()
        return scores if self.num_regressors == 0 else self._adjusted(scores)

    def _adjusted(self, scores):
        freedom = float(self.num_samples) - self.num_regressors - 1
        if freedom <= 0:
            warnings.warn(
                f"The adjusted R2 score needs more than {self.num_regressors + 1} samples. "
                f"Received: {float(self.num_samples):.0f}. Falling back to the standard R2 score.",
                stacklevel=2,
            )
            return scores
        return 1 - (1 - scores) * (self.num_samples.detach() - 1) / freedom
