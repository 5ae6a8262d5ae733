"""Intersection over union of predicted and true segments."""

import warnings

import torch

from kerastorch.core import settings
from kerastorch.metrics.base import Metric, array


class IoU(Metric):
    """The mean over some classes of TP / (TP + FP + FN).

    Args:
        num_classes: The number of classes.
        target_class_ids: The classes that count.
        name, dtype: As for every metric.
        ignore_class: A label whose samples do not count, or None.
        sparse_y_true, sparse_y_pred: Whether labels and predictions are class indices, rather than one
            column for
            each class along `axis`.
        axis: The axis of the classes.

    >>> metric = keras.metrics.IoU(num_classes=2, target_class_ids=[0])
    >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    _direction = "up"

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(name=name, dtype=dtype or "int32")
        if max(target_class_ids) >= num_classes:
            raise ValueError(
                f"Target class id {max(target_class_ids)} is out of range, which is [0, {num_classes})."
            )
        self.num_classes, self.target_class_ids = num_classes, list(target_class_ids)
        self.ignore_class, self.axis = ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.total_cm = self.add_variable(
            (num_classes, num_classes), "zeros", dtype=self.dtype, name="total_confusion_matrix"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true, y_pred: Labels and predictions.
            sample_weight: Weights of the samples, or None.
        """
        y_true, y_pred = array(y_true), array(y_pred)
        y_true = (y_true if self.sparse_y_true else y_true.argmax(self.axis)).reshape(-1).long()
        y_pred = (y_pred if self.sparse_y_pred else y_pred.argmax(self.axis)).reshape(-1).long()
        if y_true.shape != y_pred.shape:
            raise ValueError(
                "`y_true` and `y_pred` must hold as many classes. "
                f"Received: {len(y_true)} in y_true and {len(y_pred)} in y_pred."
            )
        weight = array(1 if sample_weight is None else sample_weight)
        if weight.is_floating_point() and not self._torch_dtype.is_floating_point:
            warnings.warn(
                f"The weights are float, but the counts of {self.name} are {self.dtype} (int): casting cuts "
                "their fractions. Give the metric dtype='float32'.",
                stacklevel=2,
            )
        weight = weight.to(self._torch_dtype).reshape(-1).expand(y_true.shape)
        classes = self.num_classes
        inside = (y_true >= 0) & (y_true < classes) & (y_pred >= 0) & (y_pred < classes)
        if self.ignore_class is not None:
            inside = inside & (y_true != self.ignore_class)
        cell = torch.where(inside, y_true * classes + y_pred, 0)
        self.total_cm.view(-1).index_add_(0, cell, torch.where(inside, weight, 0))

    def _result(self):
        matrix = self.total_cm.detach().to(torch.float32)
        right = matrix.diagonal()
        union = matrix.sum(0) + matrix.sum(1) - right
        right, union = right[self.target_class_ids], union[self.target_class_ids]
        present = union > 1e-9
        ratios = torch.where(present, right / (union + settings.epsilon()), 0)
        return ratios.sum() / (present.sum() + settings.epsilon())


class BinaryIoU(IoU):
    """IoU of two classes, predictions above a threshold being class 1.

    Args:
        target_class_ids: The classes that count.
        threshold: Predictions from it on are class 1.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.BinaryIoU(threshold=0.3)
    >>> metric.update_state([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None):
        super().__init__(2, target_class_ids, name=name, dtype=dtype)
        self.threshold = threshold

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account."""
        super().update_state(y_true, array(y_pred) >= self.threshold, sample_weight)


class MeanIoU(IoU):
    """The mean of the IoU of all classes.

    Args:
        num_classes: The number of classes.
        ignore_class: A label that counts for nothing, or None.
        sparse_y_true: Whether labels are class indices, rather than one column for each class along
            `axis`.
        sparse_y_pred: Whether predictions are class indices, rather than one column for each class
            along `axis`.
        axis: The axis of the classes.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.MeanIoU(num_classes=2)
    >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> round(float(metric.result()), 4)
    0.3333
    """

    def __init__(
        self,
        num_classes,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(
            num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis
        )


class OneHotIoU(IoU):
    """IoU for one-hot labels.

    Args:
        num_classes: The number of classes.
        target_class_ids: The classes that count.
        ignore_class: A label that counts for nothing, or None.
        sparse_y_pred: Whether predictions are class indices, rather than one column for each class
            along `axis`.
        axis: The axis of the classes.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.OneHotIoU(num_classes=2, target_class_ids=[0])
    >>> metric.update_state([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]])
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_pred=False,
        axis=-1,
    ):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


class OneHotMeanIoU(MeanIoU):
    """The mean of the IoU of all classes, for one-hot labels.

    Args:
        num_classes: The number of classes.
        ignore_class: A label that counts for nothing, or None.
        sparse_y_pred: Whether predictions are class indices, rather than one column for each class
            along `axis`.
        axis: The axis of the classes.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.OneHotMeanIoU(num_classes=2)
    >>> metric.update_state([[1, 0], [0, 1]], [[0.9, 0.1], [0.8, 0.2]])
    >>> round(float(metric.result()), 4)
    0.25
    """

    def __init__(self, num_classes, name=None, dtype=None, ignore_class=None, sparse_y_pred=False, axis=-1):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
