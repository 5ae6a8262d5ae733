"""Losses between distributions: crossentropies of labels and predicted probabilities or logits."""

import warnings

import torch
import torch.nn.functional as F

from kerastorch.core import settings
from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.op import Tensor, op
from kerastorch.losses.base import FunctionLoss, aligned, check_same_shape

_NO_LABEL = -(2**40)  # stands for "no label is ignored"; torch's own default would ignore -100


def _clipped(probabilities):
    return probabilities.clamp(settings.epsilon(), 1 - settings.epsilon())


def _as_float(y_pred):
    return y_pred if y_pred.is_floating_point() else y_pred.to(to_torch_dtype(None))


@op
def kl_divergence(y_true: Tensor, y_pred: Tensor):
    """sum(y_true * log(y_true / y_pred)) over the last axis. Kullback and Leibler, 1951.

    >>> keras.losses.kl_divergence([[0.5, 0.5]], [[0.25, 0.75]])
    tensor([0.1438])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    y_true = y_true.clamp(settings.epsilon(), 1)
    return (y_true * (y_true / y_pred.clamp(settings.epsilon(), 1)).log()).sum(-1)


@op
def binary_crossentropy(y_true: Tensor, y_pred: Tensor, from_logits=False, label_smoothing=0.0, axis=-1):
    """mean of -y_true * log(p) - (1 - y_true) * log(1 - p) along `axis`.

    Args:
        y_true: Labels 0 or 1.
        y_pred: Probabilities, clipped away from 0 and 1, or logits.
        from_logits: Whether predictions are logits.
        label_smoothing: How far labels are moved towards 0.5, from 0 to 1.
        axis: The axis of the mean.

    >>> keras.losses.binary_crossentropy([[1.0, 0.0]], [[0.5, 0.5]])
    tensor([0.6931])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    return _binary(_smoothed(y_true, label_smoothing, 2), y_pred, from_logits, "none").mean(axis)


def _binary(y_true, y_pred, from_logits, reduction):
    check_same_shape(y_true, y_pred)
    if from_logits:
        return F.binary_cross_entropy_with_logits(y_pred, y_true, reduction=reduction)
    y_pred = _clipped(y_pred)
    return torch.lerp((1 - y_pred).log(), y_pred.log(), y_true).neg() if reduction == "none" else None


def _smoothed(y_true, label_smoothing, classes):
    return y_true * (1 - label_smoothing) + label_smoothing / classes if label_smoothing else y_true


@op
def categorical_crossentropy(y_true: Tensor, y_pred: Tensor, from_logits=False, label_smoothing=0.0, axis=-1):
    """-sum(y_true * log(p)) along `axis`.

    Args:
        y_true: One-hot labels, or distributions.
        y_pred: Probabilities, divided by their sum and clipped away from 0 and 1, or logits.
        from_logits: Whether predictions are logits.
        label_smoothing: How far labels are moved towards the uniform distribution, from 0 to 1.
        axis: The axis of the classes.

    >>> keras.losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    tensor([0.6931])
    """
    y_true, y_pred = _one_hot_pair(y_true, y_pred, axis)
    y_true = _smoothed(y_true, label_smoothing, y_pred.shape[axis])
    return -(y_true * _log_probabilities(y_pred, from_logits, axis)).sum(axis)


def _one_hot_pair(y_true, y_pred, axis):
    y_true, y_pred = y_true.to((y_pred := _as_float(y_pred)).dtype), y_pred
    if y_true.shape != y_pred.shape:
        advice = ""
        if y_true.shape == y_pred.shape[:-1] or y_true.shape == (*y_pred.shape[:-1], 1):
            advice = " For integer labels use the sparse categorical crossentropy."
        raise ValueError(
            "`y_true` and `y_pred` must have the same shape, one column for each class. "
            f"Received: y_true.shape={tuple(y_true.shape)}, y_pred.shape={tuple(y_pred.shape)}.{advice}"
        )
    if axis == -1 and y_pred.shape[-1] == 1:
        warnings.warn(
            "In loss categorical_crossentropy, expected y_pred.shape to be (batch_size, num_classes) with "
            f"num_classes > 1. Received: y_pred.shape={tuple(y_pred.shape)}. "
            "Consider using 'binary_crossentropy' if you only have 2 classes.",
            SyntaxWarning,
            stacklevel=2,
        )
    return y_true, y_pred


def _log_probabilities(y_pred, from_logits, axis):
    if from_logits:
        return F.log_softmax(y_pred, axis)
    return _clipped(y_pred / y_pred.sum(axis, keepdim=True)).log()


@op
def sparse_categorical_crossentropy(
    y_true: Tensor, y_pred: Tensor, from_logits=False, ignore_class=None, axis=-1
):
    """-log(p[y_true]), p being the probabilities along `axis`.

    Args:
        y_true: Class indices of any number type: the shape of `y_pred` without `axis`, or with 1 there.
        y_pred: Probabilities, clipped away from 0 and 1, or logits.
        from_logits: Whether predictions are logits.
        ignore_class: A label that counts for nothing, or None.
        axis: The axis of the classes.

    >>> keras.losses.sparse_categorical_crossentropy([1, 0], [[0.5, 0.5], [0.75, 0.25]])
    tensor([0.6931, 0.2877])
    """
    y_pred = _as_float(y_pred)
    if axis not in (-1, y_pred.ndim - 1):
        y_true = y_true.movedim(axis, -1) if y_true.ndim == y_pred.ndim else y_true
        y_pred = y_pred.movedim(axis, -1)
    labels = _labels(y_true, y_pred)
    valid = None
    if ignore_class is not None:
        valid = labels != int(ignore_class)
        labels = torch.where(valid, labels, 0)
    values = _sparse(labels, y_pred, from_logits, "none")
    if valid is not None:
        values = torch.where(valid, values, 0)
        values._keras_mask = valid  # a mean leaves these out
    return values


def _labels(y_true, y_pred):
    """Return labels as int64 in the shape of the predictions without their last axis."""
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true.squeeze(-1)
    if y_true.shape != y_pred.shape[:-1]:
        advice = ""
        if y_true.shape == y_pred.shape:
            advice = " For one-hot labels use the categorical crossentropy."
        raise ValueError(
            "`y_true` must hold one class index for each prediction: the shape of `y_pred` without its "
            "last axis. "
            f"Received: y_true.shape={tuple(y_true.shape)}, y_pred.shape={tuple(y_pred.shape)}.{advice}"
        )
    return y_true.long()


def _sparse(labels, y_pred, from_logits, reduction):
    classes = y_pred.shape[-1]
    logits = y_pred if from_logits else _clipped(y_pred).log()
    if logits.ndim == 2:
        return _cross_entropy(logits, labels, reduction)
    values = _cross_entropy(logits.reshape(-1, classes), labels.reshape(-1), reduction)
    return values if reduction == "mean" else values.reshape(labels.shape)


def _cross_entropy(logits, labels, reduction):
    try:
        return F.cross_entropy(logits, labels, ignore_index=_NO_LABEL, reduction=reduction)
    except IndexError as e:
        classes = logits.shape[-1]
        wrong = labels[(labels < 0) | (labels >= classes)]
        raise ValueError(
            f"Labels must be in [0, {classes}), the number of classes that `y_pred` has. Received a label "
            "value of "
            f"{int(wrong[0])}, and {len(wrong)} of {labels.numel()} labels out of range."
        ) from e


@op
def binary_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
):
    """mean of (1 - p_t)^gamma * binary crossentropy along `axis`, p_t being the probability of the label.

    With `apply_class_balancing` label 1 weighs `alpha`, label 0 `1 - alpha`. Lin et al., 2017.

    >>> keras.losses.binary_focal_crossentropy([[1.0]], [[0.5]])
    tensor([0.1733])
    """
    y_true, y_pred = aligned(y_true, y_pred)
    y_true = _smoothed(y_true, label_smoothing, 2)
    if from_logits:
        y_pred = torch.sigmoid(y_pred)
    right = y_true * y_pred + (1 - y_true) * (1 - y_pred)
    values = (1 - right) ** gamma * _binary(y_true, y_pred, False, "none")
    if apply_class_balancing:
        values = values * (y_true * alpha + (1 - y_true) * (1 - alpha))
    return values.mean(axis)


@op
def categorical_focal_crossentropy(
    y_true: Tensor, y_pred: Tensor, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    """-sum(alpha * (1 - p)^gamma * y_true * log(p)) along `axis`. Lin et al., 2017.

    >>> keras.losses.categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    tensor([0.0433])
    """
    y_true, y_pred = _one_hot_pair(y_true, y_pred, axis)
    y_true = _smoothed(y_true, label_smoothing, y_pred.shape[axis])
    if from_logits:
        y_pred = F.softmax(y_pred, axis)
    p = _clipped(y_pred / y_pred.sum(axis, keepdim=True))
    return -(alpha * (1 - p) ** gamma * y_true * p.log()).sum(axis)


@op
def categorical_generalized_cross_entropy(y_true: Tensor, y_pred: Tensor, q):
    """(1 - p[y_true]^q) / q, between absolute error (q = 1) and crossentropy (q to 0). Zhang and Sabuncu,
    2018.

    >>> keras.losses.categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5)
    tensor([1.])
    """
    y_pred = _as_float(y_pred)
    right = y_pred.gather(-1, _labels(y_true, y_pred).unsqueeze(-1)).squeeze(-1)
    return (1 - right**q) / q


def _fused_binary(y_true, y_pred, from_logits, label_smoothing, axis):
    if y_true.shape != y_pred.shape or label_smoothing or y_pred.ndim == 0:
        return None
    y_true = y_true if y_true.dtype is y_pred.dtype else y_true.to(y_pred.dtype)
    if from_logits:
        return F.binary_cross_entropy_with_logits(y_pred, y_true)
    return F.binary_cross_entropy(_clipped(y_pred), y_true)


def _fused_categorical(y_true, y_pred, from_logits, label_smoothing, axis):
    if y_true.shape != y_pred.shape or y_pred.ndim != 2 or axis not in (-1, 1) or y_pred.shape[1] == 1:
        return None
    y_true = y_true if y_true.dtype is y_pred.dtype else y_true.to(y_pred.dtype)
    if from_logits:
        return F.cross_entropy(y_pred, y_true, label_smoothing=label_smoothing)
    y_true = _smoothed(y_true, label_smoothing, y_pred.shape[1])
    return -(y_true * _log_probabilities(y_pred, False, 1)).sum() / y_pred.shape[0]


def _fused_sparse(y_true, y_pred, from_logits, ignore_class, axis):
    if ignore_class is not None or y_pred.ndim == 0 or axis not in (-1, y_pred.ndim - 1):
        return None
    return _sparse(_labels(y_true, y_pred), y_pred, from_logits, "mean")


class KLDivergence(FunctionLoss):
    """The mean of sum(y_true * log(y_true / y_pred)).

    Args:
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])
    tensor(0.1438)
    """

    fn = staticmethod(kl_divergence)

    def __init__(self, reduction="sum_over_batch_size", name="kl_divergence", dtype=None):
        super().__init__(name, reduction, dtype)


class BinaryCrossentropy(FunctionLoss):
    """The crossentropy of labels 0 and 1.

    Args:
        from_logits: Whether predictions are logits.
        label_smoothing: How far labels are moved towards 0.5, from 0 to 1.
        axis: The axis of the mean.
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.BinaryCrossentropy(from_logits=True)([[1.0, 0.0]], [[0.0, 0.0]])
    tensor(0.6931)
    """

    fn = staticmethod(binary_crossentropy)
    fused = staticmethod(_fused_binary)
    arguments = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_crossentropy",
        dtype=None,
    ):
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        super().__init__(name, reduction, dtype)


class BinaryFocalCrossentropy(FunctionLoss):
    """The crossentropy of labels 0 and 1, easy examples weighing less.

    Args:
        apply_class_balancing: Whether label 1 weighs `alpha` and label 0 `1 - alpha`.
        alpha: The weight of label 1.
        gamma: How much less easy examples weigh.
        from_logits: Whether predictions are logits.
        label_smoothing: How far labels are moved towards 0.5, from 0 to 1.
        axis: The axis of the mean.
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.BinaryFocalCrossentropy()([[0.0, 1.0]], [[0.25, 0.75]])
    tensor(0.0180)
    """

    fn = staticmethod(binary_focal_crossentropy)
    arguments = ("apply_class_balancing", "alpha", "gamma", "from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        apply_class_balancing=False,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_focal_crossentropy",
        dtype=None,
    ):
        self.apply_class_balancing, self.alpha, self.gamma = apply_class_balancing, alpha, gamma
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        super().__init__(name, reduction, dtype)


class CategoricalCrossentropy(FunctionLoss):
    """The crossentropy of one-hot labels.

    Args:
        from_logits: Whether predictions are logits.
        label_smoothing: How far labels are moved towards the uniform distribution, from 0 to 1.
        axis: The axis of the classes.
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.CategoricalCrossentropy(from_logits=True)([[0.0, 1.0]], [[0.0, 0.0]])
    tensor(0.6931)
    """

    fn = staticmethod(categorical_crossentropy)
    fused = staticmethod(_fused_categorical)
    arguments = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_crossentropy",
        dtype=None,
    ):
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        super().__init__(name, reduction, dtype)


class CategoricalFocalCrossentropy(FunctionLoss):
    """The crossentropy of one-hot labels, easy examples weighing less.

    Args:
        alpha: The weight of the classes.
        gamma: How much less easy examples weigh.
        from_logits: Whether predictions are logits.
        label_smoothing: How far labels are moved towards the uniform distribution, from 0 to 1.
        axis: The axis of the classes.
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.25, 0.75]])
    tensor(0.0045)
    """

    fn = staticmethod(categorical_focal_crossentropy)
    arguments = ("alpha", "gamma", "from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_focal_crossentropy",
        dtype=None,
    ):
        self.alpha, self.gamma = alpha, gamma
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        super().__init__(name, reduction, dtype)


class SparseCategoricalCrossentropy(FunctionLoss):
    """The crossentropy of class indices.

    Args:
        from_logits: Whether predictions are logits.
        ignore_class: A label that counts for nothing, or None.
        axis: The axis of the classes.
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.SparseCategoricalCrossentropy(from_logits=True)([1], [[0.0, 0.0]])
    tensor(0.6931)
    """

    fn = staticmethod(sparse_categorical_crossentropy)
    fused = staticmethod(_fused_sparse)
    arguments = ("from_logits", "ignore_class", "axis")
    omitted = {"axis": -1}

    def __init__(
        self,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        axis=-1,
        name="sparse_categorical_crossentropy",
        dtype=None,
    ):
        self.from_logits, self.ignore_class, self.axis = from_logits, ignore_class, axis
        super().__init__(name, reduction, dtype)


class CategoricalGeneralizedCrossEntropy(FunctionLoss):
    """(1 - p^q) / q for the probability p of the label, which bears noisy labels.

    Args:
        q: Between absolute error (1) and crossentropy (0), exclusively.
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.CategoricalGeneralizedCrossEntropy()([1, 0], [[0.25, 0.75], [0.5, 0.5]])
    tensor(0.4269)
    """

    fn = staticmethod(categorical_generalized_cross_entropy)
    arguments = ("q",)

    def __init__(
        self,
        q=0.5,
        reduction="sum_over_batch_size",
        name="categorical_generalized_cross_entropy",
        dtype=None,
    ):
        if not 0 < q < 1:
            raise ValueError(f"q must be in the interval (0, 1). Received: q={q}")
        self.q = q
        super().__init__(name, reduction, dtype)
