"""Accuracies: how often predictions equal labels."""

from kerastorch.core.op import Tensor, op
from kerastorch.losses.base import check_broadcast, same_rank
from kerastorch.metrics.reduction import FunctionMetric, matches


def _pair(y_true, y_pred):
    if y_true.shape != y_pred.shape:
        y_true, y_pred = same_rank(y_true, y_pred)
        check_broadcast(y_true, y_pred)
    return y_true, y_pred


@op
def accuracy(y_true: Tensor, y_pred: Tensor):
    """1 where y_true == y_pred, else 0."""
    y_true, y_pred = _pair(y_true, y_pred)
    return matches(y_true == y_pred)


@op
def binary_accuracy(y_true: Tensor, y_pred: Tensor, threshold=0.5):
    """1 where (y_pred > threshold) == y_true, else 0.

    >>> keras.metrics.binary_accuracy([1.0, 1.0, 0.0], [0.9, 0.4, 0.4])
    tensor([1., 0., 1.])
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return matches((y_pred > threshold) == y_true)


@op
def categorical_accuracy(y_true: Tensor, y_pred: Tensor):
    """1 where the largest prediction is that of the one-hot label, else 0.

    >>> keras.metrics.categorical_accuracy([[0, 1], [1, 0]], [[0.4, 0.6], [0.3, 0.7]])
    tensor([1., 0.])
    """
    return matches(_categorical(y_true, y_pred))


def _categorical(y_true, y_pred):
    if y_true.shape != y_pred.shape:
        raise ValueError(
            "`y_true` must have the shape of `y_pred`, one column for each class. "
            f"Received: y_true.shape={tuple(y_true.shape)}, y_pred.shape={tuple(y_pred.shape)}"
        )
    return y_true.argmax(-1) == y_pred.argmax(-1)


@op
def sparse_categorical_accuracy(y_true: Tensor, y_pred: Tensor):
    """1 where the largest prediction is that of the label, a class index, else 0.

    >>> keras.metrics.sparse_categorical_accuracy([1, 0], [[0.4, 0.6], [0.3, 0.7]])
    tensor([1., 0.])
    """
    return matches(_sparse(y_true, y_pred))


def _sparse(y_true, y_pred):
    found = y_pred.argmax(-1)
    if y_true.shape != found.shape:
        if y_true.squeeze().shape == found.squeeze().shape:
            y_true = y_true.reshape(found.shape)  # only axes of size 1 differ
        else:
            raise ValueError(
                "`y_true` must hold one class index for each prediction: the shape of `y_pred` without its "
                "last axis. "
                f"Received: y_true.shape={tuple(y_true.shape)}, y_pred.shape={tuple(y_pred.shape)}"
            )
    return found == y_true


def _in_top_k(labels, y_pred, k):
    """Tell for each row whether fewer than k predictions are above that of the label."""
    classes = y_pred.shape[-1]
    inside = (labels >= 0) & (labels < classes)
    right = y_pred.gather(-1, labels.clamp(0, classes - 1).unsqueeze(-1))
    return ((y_pred > right).sum(-1) < k) & right.squeeze(-1).isfinite() & inside


@op
def top_k_categorical_accuracy(y_true: Tensor, y_pred: Tensor, k=5):
    """1 where the one-hot label is among the k largest predictions, else 0.

    >>> keras.metrics.top_k_categorical_accuracy([[0, 0, 1]], [[0.1, 0.6, 0.3]], k=2)
    tensor([1.])
    """
    return matches(_in_top_k(y_true.argmax(-1), y_pred, k))


@op
def sparse_top_k_categorical_accuracy(y_true: Tensor, y_pred: Tensor, k=5, from_sorted_ids=False):
    """1 where the label is among the k largest predictions, else 0.

    Args:
        y_true: Class indices.
        y_pred: Predictions, or with `from_sorted_ids` class indices, the best first.
        k: How many count.
        from_sorted_ids: What `y_pred` holds.

    >>> keras.metrics.sparse_top_k_categorical_accuracy([2], [[0.1, 0.6, 0.3]], k=2)
    tensor([1.])
    """
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true.squeeze(-1)
    if from_sorted_ids:
        return matches((y_pred[..., :k] == y_true.unsqueeze(-1)).any(-1))
    return matches(_in_top_k(y_true.long(), y_pred, k))


def _summed(equal):
    """Return the sum over samples of the mean over further axes, and the number of samples."""
    total = equal.sum()
    count = equal.shape[0]
    return (total if equal.ndim == 1 else total * (count / equal.numel())), count


class Accuracy(FunctionMetric):
    """How often predictions equal labels.

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.Accuracy()
    >>> metric.update_state([1, 2, 3, 4], [0, 2, 3, 4])
    >>> float(metric.result())
    0.75
    """

    fn = staticmethod(accuracy)
    _direction = "up"

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(name, dtype)


class BinaryAccuracy(FunctionMetric):
    """How often predictions above a threshold equal labels 0 and 1.

    Args:
        threshold: Predictions above it are 1.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.BinaryAccuracy()
    >>> metric.update_state([1, 1, 0, 0], [0.98, 1.0, 0.0, 0.6])
    >>> float(metric.result())
    0.75
    """

    fn = staticmethod(binary_accuracy)
    arguments = ("threshold",)
    _direction = "up"

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        if threshold is not None and (threshold <= 0 or threshold >= 1):
            raise ValueError(
                "Invalid value for argument `threshold`. Expected a value in interval (0, 1). "
                f"Received: threshold={threshold}"
            )
        self.threshold = threshold
        super().__init__(name, dtype)

    @staticmethod
    def fused(y_true, y_pred, threshold):
        """Return the sum over samples, and their number."""
        y_true, y_pred = _pair(y_true, y_pred)
        equal = (y_pred > threshold) == y_true
        return _summed(equal) if equal.numel() else None


class CategoricalAccuracy(FunctionMetric):
    """How often the largest prediction is that of the one-hot label.

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.CategoricalAccuracy()
    >>> metric.update_state([[0, 1], [1, 0]], [[0.4, 0.6], [0.3, 0.7]])
    >>> float(metric.result())
    0.5
    """

    fn = staticmethod(categorical_accuracy)
    _direction = "up"

    def __init__(self, name="categorical_accuracy", dtype=None):
        super().__init__(name, dtype)

    @staticmethod
    def fused(y_true, y_pred):
        """Return the sum over samples, and their number."""
        equal = _categorical(y_true, y_pred)
        return _summed(equal) if equal.numel() and equal.ndim else None


class SparseCategoricalAccuracy(FunctionMetric):
    """How often the largest prediction is that of the label, a class index.

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.SparseCategoricalAccuracy()
    >>> metric.update_state([1, 0], [[0.4, 0.6], [0.3, 0.7]])
    >>> float(metric.result())
    0.5
    """

    fn = staticmethod(sparse_categorical_accuracy)
    _direction = "up"

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        super().__init__(name, dtype)

    @staticmethod
    def fused(y_true, y_pred):
        """Return the sum over samples, and their number."""
        equal = _sparse(y_true, y_pred)
        return _summed(equal) if equal.numel() and equal.ndim else None


class TopKCategoricalAccuracy(FunctionMetric):
    """How often the one-hot label is among the k largest predictions.

    Args:
        k: How many of the largest predictions count.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.TopKCategoricalAccuracy(k=1)
    >>> metric.update_state([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    >>> float(metric.result())
    0.5
    """

    fn = staticmethod(top_k_categorical_accuracy)
    arguments = ("k",)
    _direction = "up"

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        self.k = k
        super().__init__(name, dtype)


class SparseTopKCategoricalAccuracy(FunctionMetric):
    """How often the label, a class index, is among the k largest predictions.

    Args:
        k: How many of the largest predictions count.
        from_sorted_ids: Whether predictions are class indices, the best first.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.SparseTopKCategoricalAccuracy(k=1)
    >>> metric.update_state([2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    >>> float(metric.result())
    0.5
    """

    fn = staticmethod(sparse_top_k_categorical_accuracy)
    arguments = ("k", "from_sorted_ids")
    omitted = {"from_sorted_ids": False}
    _direction = "up"

    def __init__(self, k=5, name="sparse_top_k_categorical_accuracy", dtype=None, from_sorted_ids=False):
        self.k, self.from_sorted_ids = k, from_sorted_ids
        super().__init__(name, dtype)
