"""F-scores: the harmonic mean of precision and recall."""

from kerastorch.core import settings
from kerastorch.metrics.base import Metric, accumulate, array


class FBetaScore(Metric):
    """(1 + beta²) * precision * recall / (beta² * precision + recall).

    Args:
        average: How classes are combined: None (not at all), "micro" (counts are summed), "macro" (mean),
            "weighted" (mean weighted by the number of true labels).
        beta: The weight of recall.
        threshold: Predictions above it are 1; None: the largest of a row is.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.FBetaScore(beta=2.0, threshold=0.5)
    >>> y_pred = [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]
    >>> metric.update_state([[1, 1, 1], [1, 0, 0], [1, 1, 0]], y_pred)
    >>> metric.result()
    tensor([0.3846, 0.9091, 0.8333])
    """

    _direction = "up"

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(name=name, dtype=dtype)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                "Invalid `average` argument value. Expected one of: {None, 'micro', 'macro', 'weighted'}. "
                f"Received: average={average}"
            )
        _check_float("beta", beta)
        if beta <= 0:
            raise ValueError(f"Invalid `beta` argument value. It should be > 0. Received: beta={beta}")
        if threshold is not None:
            _check_float("threshold", threshold)
            if not 0 < threshold <= 1:
                raise ValueError(
                    "Invalid `threshold` argument value. It should verify 0 < threshold <= 1. "
                    f"Received: threshold={threshold}"
                )
        self.average, self.beta, self.threshold = average, beta, threshold
        self._built = False

    def _build(self, y_true_shape, y_pred_shape):
        received = f"Received input shapes: y_pred.shape={tuple(y_pred_shape)} and y_true.shape={tuple(y_true_shape)}."
        expected = f"{type(self).__name__} expects 2D inputs with shape (batch_size, output_dim)"
        if len(y_pred_shape) != 2 or len(y_true_shape) != 2:
            raise ValueError(f"{expected}. {received}")
        if y_pred_shape[1] is None or y_true_shape[1] is None:
            raise ValueError(f"{expected}, with output_dim fully defined (not None). {received}")
        shape = () if self.average == "micro" else (y_pred_shape[1],)
        for name in ("true_positives", "false_positives", "false_negatives", "intermediate_weights"):
            setattr(self, name, self.add_variable(shape, "zeros", dtype=self.dtype, name=name))
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true: Labels 0 and 1 (batch, classes).
            y_pred: Predictions (batch, classes).
            sample_weight: Weights (batch,), or None.
        """
        y_true, y_pred = array(y_true, self._torch_dtype), array(y_pred, self._torch_dtype)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        if self.threshold is None:
            positive = (y_pred >= y_pred.amax(-1, keepdim=True)) & (y_pred.abs() > 1e-9)
        else:
            positive = y_pred > self.threshold
        positive = positive.to(self._torch_dtype)
        weight = 1 if sample_weight is None else array(sample_weight, self._torch_dtype).reshape(-1, 1)
        for variable, values in (
            (self.true_positives, positive * y_true),
            (self.false_positives, positive * (1 - y_true)),
            (self.false_negatives, (1 - positive) * y_true),
            (self.intermediate_weights, y_true),
        ):
            values = values * weight
            accumulate(variable, values.sum() if self.average == "micro" else values.sum(0))

    def _result(self):
        if not self._built:
            raise RuntimeError(
                f"{type(self).__name__} has no result before the first call of `update_state`."
            )
        epsilon = settings.epsilon()
        tp = self.true_positives.detach()
        precision = tp / (tp + self.false_positives.detach() + epsilon)
        recall = tp / (tp + self.false_negatives.detach() + epsilon)
        score = precision * recall / (self.beta**2 * precision + recall + epsilon) * (1 + self.beta**2)
        if self.average == "weighted":
            weights = self.intermediate_weights.detach()
            return (score * weights / (weights.sum() + epsilon)).sum()
        return score if self.average is None else score.mean()


def _check_float(name, value):
    if not isinstance(value, float):
        raise ValueError(
            f"Invalid `{name}` argument value. It should be a Python float. "
            f"Received: {name}={value} of type '{type(value)}'"
        )


class F1Score(FBetaScore):
    """2 * precision * recall / (precision + recall).

    Args:
        average: How classes are combined: None (not at all), "micro", "macro" or "weighted".
        threshold: Predictions above it are 1; None: the largest of a row is.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.F1Score(threshold=0.5)
    >>> y_pred = [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]
    >>> metric.update_state([[1, 1, 1], [1, 0, 0], [1, 1, 0]], y_pred)
    >>> metric.result()
    tensor([0.5000, 0.8000, 0.6667])
    """

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average=average, beta=1.0, threshold=threshold, name=name, dtype=dtype)
