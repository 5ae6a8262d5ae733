"""The area under a curve over all thresholds."""

import torch

from kerastorch.core import settings
from kerastorch.metrics.base import accumulate, array, divide_no_nan
from kerastorch.metrics.confusion import ConfusionMetric, counts_at, even_thresholds, prepare

_CURVES = {"ROC": "ROC", "roc": "ROC", "PR": "PR", "pr": "PR", "PRGAIN": "PRGAIN", "prgain": "PRGAIN"}
_METHODS = ("interpolation", "majoring", "minoring")
_KINDS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class AUC(ConfusionMetric):
    """The area under the ROC curve, or under that of precision and recall, by sums over thresholds.

    Args:
        num_thresholds: The number of thresholds.
        curve: "ROC", "PR" or "PRGAIN".
        summation_method: "interpolation" (trapezoids; for PR as by Davis and Goadrich, 2006), "minoring" or
            "majoring" (the lower or higher end of each step).
        name, dtype: As for every metric.
        thresholds: The thresholds themselves, in [0, 1], instead of their number.
        multi_label: Whether each column is a problem of its own, the areas being averaged.
        num_labels: The number of columns, with `multi_label`.
        label_weights: Weights of the columns.
        from_logits: Whether predictions are logits.

    >>> metric = keras.metrics.AUC(num_thresholds=3)
    >>> metric.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    >>> float(metric.result())
    0.75
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
        multi_label=False,
        num_labels=None,
        label_weights=None,
        from_logits=False,
    ):
        super().__init__(name=name, dtype=dtype)
        if curve not in _CURVES:
            raise ValueError(
                f'Invalid AUC curve value: "{curve}". Expected values are ["PR", "ROC", "PRGAIN"]'
            )
        if str(summation_method).lower() not in _METHODS:
            raise ValueError(
                f'Invalid AUC summation method value: "{summation_method}". Expected values are {list(_METHODS)}'
            )
        if num_labels and not multi_label:
            raise ValueError("`num_labels` is needed only when `multi_label` is True.")
        if thresholds is None:
            if num_thresholds <= 1:
                raise ValueError(
                    f"Argument `num_thresholds` must be an integer > 1. Received: "
                    f"num_thresholds={num_thresholds}"
                )
            inner = even_thresholds(num_thresholds)[1:-1]
        else:
            inner = sorted(thresholds)
            if any(t < 0 or t > 1 for t in inner):
                raise ValueError(f"Threshold values must be in [0, 1]. Received: {thresholds}")
        self._given_thresholds = thresholds is not None
        self.num_thresholds = len(inner) + 2
        self._thresholds = [0.0 - settings.epsilon(), *inner, 1.0 + settings.epsilon()]
        self.curve, self.summation_method = _CURVES[curve], str(summation_method).lower()
        self.multi_label, self.num_labels, self.from_logits = multi_label, num_labels, from_logits
        self.label_weights = None if label_weights is None else array(label_weights, self._torch_dtype)
        self._limits = None
        self._built = False
        if not multi_label or num_labels:
            self._build((num_labels,) if multi_label else ())

    @property
    def thresholds(self):
        """The thresholds, the first just below 0 and the last just above 1."""
        return list(self._thresholds)

    def _build(self, labels):
        for kind in _KINDS:
            setattr(self, kind, self.add_variable((self.num_thresholds, *labels), "zeros", name=kind))
        self._built = True

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true: Labels, 0 or 1.
            y_pred: Predictions in [0, 1], or logits.
            sample_weight: Weights of the samples, or None.
        """
        y_true, y_pred, weight = prepare(y_true, y_pred, sample_weight, torch.float32)
        if self.multi_label and y_pred.ndim != 2:
            raise ValueError(
                "`y_pred` must have rank 2 when `multi_label=True`. "
                f"Received: y_pred.shape={tuple(y_pred.shape)}"
            )
        if not self._built:
            self._build((y_pred.shape[1],))
        y_pred = torch.sigmoid(y_pred) if self.from_logits else y_pred.clamp(0, 1)
        if self.label_weights is not None and not self.multi_label:
            weight = self.label_weights * (torch.ones_like(y_pred) if weight is None else weight)
        limits = self._thresholds_tensor(y_pred.device)
        tp, fp, true, false = counts_at(limits, y_true, y_pred, weight, per_label=self.multi_label)
        for kind, value in zip(_KINDS, (tp, fp, false - fp, true - tp)):
            accumulate(getattr(self, kind), value)

    def _result(self):
        if not self._built:
            raise RuntimeError(
                "AUC with `multi_label` has no result before the first call of `update_state`."
            )
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self.interpolate_pr_auc()
        x, y = self._points()
        if self.summation_method == "interpolation":
            heights = (y[:-1] + y[1:]) / 2
        else:
            heights = (torch.minimum if self.summation_method == "minoring" else torch.maximum)(y[:-1], y[1:])
        return self._total((x[:-1] - x[1:]) * heights)

    def _points(self):
        tp, fp, tn, fn = (self._count(kind) for kind in _KINDS)
        recall = divide_no_nan(tp, tp + fn)
        if self.curve == "ROC":
            return divide_no_nan(fp, fp + tn), recall
        if self.curve == "PR":
            return recall, divide_no_nan(tp, tp + fp)
        scale = divide_no_nan(tp + fn, tn + fp)  # Flach and Kull, NIPS 2015
        gain = torch.where(tp == 0, 0, 1 - scale * divide_no_nan(fn, tp)).clamp(min=0)
        return gain, torch.where(tp == 0, 1, 1 - scale * divide_no_nan(fp, tp))

    def interpolate_pr_auc(self):
        """Return the area under the precision-recall curve, precision being interpolated between
        thresholds.
        """
        tp, fn = self._count("true_positives"), self._count("false_negatives")
        positives = tp + self._count("false_positives")
        gained = tp[:-1] - tp[1:]
        slope = divide_no_nan(gained, (positives[:-1] - positives[1:]).clamp(min=0))
        intercept = tp[1:] - slope * positives[1:]
        both = (positives[:-1] > 0) & (positives[1:] > 0)
        ratio = torch.where(both, divide_no_nan(positives[:-1], positives[1:]), 1)
        return self._total(divide_no_nan(slope * (gained + intercept * ratio.log()), tp[1:] + fn[1:]))

    def _total(self, steps):
        areas = steps.sum(0)
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return areas.mean()
        return divide_no_nan((areas * self.label_weights).sum(), self.label_weights.sum())

    def get_config(self):
        """Return the arguments that rebuild this metric."""
        config = super().get_config()
        config.pop("thresholds")
        config["label_weights"] = None if self.label_weights is None else self.label_weights.tolist()
        return config | ({"thresholds": self.thresholds[1:-1]} if self._given_thresholds else {})
