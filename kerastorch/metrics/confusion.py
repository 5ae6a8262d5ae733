"""Metrics that count true and false positives and negatives at one or several thresholds."""

import torch

from kerastorch.losses.base import same_rank
from kerastorch.metrics.base import Metric, accumulate, array, divide_no_nan

_NEVER = -1e10  # the score of what is not among the k best
_KINDS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def thresholds_of(thresholds, default):
    """Return thresholds as a list, checked to be in [0, 1]."""
    if thresholds is None:
        return [default]
    found = list(thresholds) if isinstance(thresholds, (list, tuple)) else [thresholds]
    invalid = [t for t in found if t is None or t < 0 or t > 1]
    if invalid:
        raise ValueError(f"Threshold values must be in [0, 1]. Received: {invalid}")
    return found


def even_thresholds(count):
    """Return `count` thresholds from 0 to 1 at equal distances."""
    return [0.5] if count == 1 else [i / (count - 1) for i in range(count)]


def prepare(y_true, y_pred, sample_weight, dtype, top_k=None, class_id=None):
    """Return labels (bool), predictions, and weights or None, all of one shape."""
    y_true, y_pred = array(y_true), array(y_pred, dtype)
    y_pred, y_true = same_rank(y_pred, y_true)
    if y_true.shape != y_pred.shape:
        raise ValueError(
            "`y_true` and `y_pred` must have the same shape. "
            f"Received: y_true.shape={tuple(y_true.shape)}, y_pred.shape={tuple(y_pred.shape)}"
        )
    if sample_weight is not None:
        sample_weight = array(sample_weight, dtype)
        while sample_weight.ndim > y_true.ndim and sample_weight.shape[-1] == 1:
            sample_weight = sample_weight.squeeze(-1)
        if 0 < sample_weight.ndim < y_true.ndim:
            sample_weight = sample_weight.unsqueeze(-1)
        sample_weight = sample_weight.expand(y_true.shape)
    if top_k is not None:
        best = torch.zeros_like(y_pred, dtype=torch.bool).scatter_(-1, y_pred.topk(top_k, -1).indices, True)
        y_pred = torch.where(best, y_pred, _NEVER)
    if class_id is not None:
        if y_pred.ndim == 1:
            raise ValueError(
                "When class_id is provided, y_pred must be a 2D array with shape (num_samples, num_classes), "
                f"found shape: {tuple(y_pred.shape)}"
            )
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
        if sample_weight is not None:
            sample_weight = sample_weight[..., class_id]
    return y_true.bool(), y_pred, sample_weight


def counts_at(thresholds, y_true, y_pred, weight, per_label=False):
    """Return weighted counts of true and false positives above each threshold, and of all trues and falses.

    Each prediction falls between two thresholds; sums from the top give the counts for all of them at once.

    Args:
        thresholds: A tensor (thresholds,).
        y_true, y_pred, weight: Of one shape; `weight` may be None.
        per_label: Whether the last axis is kept: counts then have the shape (thresholds, labels).
    """
    labels = y_true.shape[-1] if per_label else 1
    y_true, y_pred = y_true.reshape(-1, labels), y_pred.reshape(-1, labels)
    weight = torch.ones_like(y_pred) if weight is None else weight.reshape(-1, labels)
    true, false = weight * y_true, weight * ~y_true
    if len(thresholds) == 1:
        positive = y_pred > thresholds
        above = [(true * positive).sum(0, keepdim=True), (false * positive).sum(0, keepdim=True)]
    else:
        order = thresholds.argsort()
        place = torch.bucketize(
            y_pred.contiguous(), thresholds[order]
        )  # how many thresholds are below the prediction
        above = []
        for kind in (true, false):
            sums = torch.zeros(len(thresholds) + 1, labels, dtype=kind.dtype, device=kind.device)
            sums.scatter_add_(0, place, kind)
            sorted_counts = sums.flip(0).cumsum(0).flip(0)[1:]
            above.append(torch.empty_like(sorted_counts).index_copy_(0, order, sorted_counts))
    found = [*above, true.sum(0, keepdim=True), false.sum(0, keepdim=True)]
    return found if per_label else [x.squeeze(1) for x in found]


class ConfusionMetric(Metric):
    """Base of metrics whose state is some of the four counts, at each of their thresholds.

    Args:
        kinds: Which counts are kept.
        thresholds: The thresholds.
    """

    top_k = None
    class_id = None

    def _add_counts(self, kinds, thresholds):
        self._kinds = kinds
        self.thresholds = thresholds
        self._limits = None
        for kind in kinds:
            setattr(self, kind, self.add_variable((len(thresholds),), "zeros", name=kind))

    def _thresholds_tensor(self, device):
        if self._limits is None or self._limits.device != device:
            self._limits = torch.tensor(self.thresholds, dtype=torch.float32, device=device)
        return self._limits

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true: Labels, 0 or 1.
            y_pred: Predictions in [0, 1].
            sample_weight: Weights of the samples, or None.
        """
        variables = [getattr(self, kind) for kind in self._kinds]
        y_true, y_pred, weight = prepare(
            y_true, y_pred, sample_weight, variables[0].dtype, self.top_k, self.class_id
        )
        tp, fp, true, false = counts_at(self._thresholds_tensor(y_pred.device), y_true, y_pred, weight)
        values = dict(zip(_KINDS, (tp, fp, false - fp, true - tp)))
        for kind, variable in zip(self._kinds, variables):
            accumulate(variable, values[kind])

    def _count(self, kind):
        return getattr(self, kind).detach()

    def _share(self, kind, other):
        return divide_no_nan(self._count(kind), self._count(kind) + self._count(other))


class _Count(ConfusionMetric):
    kind = None

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = thresholds_of(thresholds, 0.5)
        self.accumulator = self.add_variable((len(self.thresholds),), "zeros", name="accumulator")
        self._limits = None

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account."""
        y_true, y_pred, weight = prepare(y_true, y_pred, sample_weight, self.accumulator.dtype)
        tp, fp, true, false = counts_at(self._thresholds_tensor(y_pred.device), y_true, y_pred, weight)
        accumulate(self.accumulator, dict(zip(_KINDS, (tp, fp, false - fp, true - tp)))[self.kind])

    def _result(self):
        counts = self.accumulator.detach().clone()
        return counts[0] if len(self.thresholds) == 1 else counts

    def _config_value(self, name):
        return self.init_thresholds if name == "thresholds" else super()._config_value(name)


class TruePositives(_Count):
    """The number of positives predicted as such.

    Args:
        thresholds: A prediction above this is positive; a list gives a count for each.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.TruePositives()
    >>> metric.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> float(metric.result())
    2.0
    """

    kind = "true_positives"


class FalsePositives(_Count):
    """The number of negatives predicted as positives.

    Args:
        thresholds: A number in [0, 1] or a list of them; predictions above one are positive. 0.5 by
            default.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.FalsePositives()
    >>> metric.update_state([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    >>> round(float(metric.result()), 4)
    1.0
    """

    kind = "false_positives"


class TrueNegatives(_Count):
    """The number of negatives predicted as such.

    Args:
        thresholds: A number in [0, 1] or a list of them; predictions above one are positive. 0.5 by
            default.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.TrueNegatives()
    >>> metric.update_state([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    >>> round(float(metric.result()), 4)
    1.0
    """

    kind = "true_negatives"


class FalseNegatives(_Count):
    """The number of positives predicted as negatives.

    Args:
        thresholds: A number in [0, 1] or a list of them; predictions above one are positive. 0.5 by
            default.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.FalseNegatives()
    >>> metric.update_state([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    >>> round(float(metric.result()), 4)
    1.0
    """

    kind = "false_negatives"


class _Rate(ConfusionMetric):
    """True positives over themselves plus another count."""

    other = None
    _direction = "up"

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        self._add_counts(
            ("true_positives", self.other), thresholds_of(thresholds, 0.5 if top_k is None else _NEVER)
        )

    def _result(self):
        rate = self._share("true_positives", self.other)
        return rate[0] if len(self.thresholds) == 1 else rate

    def _config_value(self, name):
        return self.init_thresholds if name == "thresholds" else super()._config_value(name)


class Precision(_Rate):
    """The share of true ones among those predicted positive.

    Args:
        thresholds: A prediction above this is positive; a list gives a value for each.
        top_k: If set, the k best predictions are positive.
        class_id: If set, only this class counts.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.Precision()
    >>> metric.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    other = "false_positives"


class Recall(_Rate):
    """The share of those predicted positive among the true ones.

    Args:
        thresholds: A number in [0, 1] or a list of them; predictions above one are positive. 0.5 by
            default.
        top_k: If set, only the `top_k` largest predictions of a row are positive.
        class_id: If set, only this class counts.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.Recall()
    >>> metric.update_state([0, 1, 1, 1], [1, 0, 1, 1])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    other = "false_negatives"


class _BestUnder(ConfusionMetric):
    """The best of one rate where another reaches a value, over many thresholds."""

    _direction = "up"

    def _start(self, value, argument, num_thresholds, class_id, name, dtype):
        super().__init__(name=name, dtype=dtype)
        if not 0 <= value <= 1:
            raise ValueError(
                f"Argument `{argument}` must be in the range [0, 1]. Received: {argument}={value}"
            )
        if num_thresholds <= 0:
            raise ValueError(
                f"Argument `num_thresholds` must be an integer > 0. Received: num_thresholds={num_thresholds}"
            )
        setattr(self, argument, value)
        self.value, self.num_thresholds, self.class_id = value, num_thresholds, class_id
        self._add_counts(_KINDS, even_thresholds(num_thresholds))

    def _best(self, rate, constrained):
        return torch.where(constrained >= self.value, rate, 0).amax()

    def _sensitivity(self):
        return self._share("true_positives", "false_negatives")

    def _specificity(self):
        return self._share("true_negatives", "false_positives")

    def _precision(self):
        return self._share("true_positives", "false_positives")


class SensitivityAtSpecificity(_BestUnder):
    """The best sensitivity TP / (TP + FN) where the specificity TN / (TN + FP) is at least a value.

    Args:
        specificity: The least specificity.
        num_thresholds: How many thresholds are tried.
        class_id: If set, only this class counts.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.SensitivityAtSpecificity(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    >>> float(metric.result())
    0.5
    """

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._start(specificity, "specificity", num_thresholds, class_id, name, dtype)

    def _result(self):
        return self._best(self._sensitivity(), self._specificity())


class SpecificityAtSensitivity(_BestUnder):
    """The best specificity TN / (TN + FP) where the sensitivity TP / (TP + FN) is at least a value.

    Args:
        sensitivity: The least sensitivity.
        num_thresholds: How many thresholds are tried.
        class_id: If set, only this class counts.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.SpecificityAtSensitivity(sensitivity=0.5)
    >>> metric.update_state([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._start(sensitivity, "sensitivity", num_thresholds, class_id, name, dtype)

    def _result(self):
        return self._best(self._specificity(), self._sensitivity())


class PrecisionAtRecall(_BestUnder):
    """The best precision where the recall is at least a value.

    Args:
        recall: The least recall.
        num_thresholds: How many thresholds are tried.
        class_id: If set, only this class counts.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.PrecisionAtRecall(recall=0.5)
    >>> metric.update_state([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._start(recall, "recall", num_thresholds, class_id, name, dtype)

    def _result(self):
        return self._best(self._precision(), self._sensitivity())


class RecallAtPrecision(_BestUnder):
    """The best recall where the precision is at least a value.

    Args:
        precision: The least precision.
        num_thresholds: How many thresholds are tried.
        class_id: If set, only this class counts.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.RecallAtPrecision(precision=0.5)
    >>> metric.update_state([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._start(precision, "precision", num_thresholds, class_id, name, dtype)

    def _result(self):
        return self._best(self._sensitivity(), self._precision())
