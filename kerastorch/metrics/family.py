"""Metrics by name."""

from kerastorch.core.registry import Family
from kerastorch.metrics.base import Metric
from kerastorch.metrics.from_losses import (
    BinaryCrossentropy,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
)
from kerastorch.metrics.fscore import FBetaScore
from kerastorch.metrics.iou import IoU

_SHORT_NAMES = {
    "bce": BinaryCrossentropy,
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
}
_family = Family(
    "metric",
    "keras.metrics",
    base=Metric,
    aliases=_SHORT_NAMES
    | {name.upper(): cls for name, cls in _SHORT_NAMES.items()}
    | {"f_beta_score": FBetaScore, "io_u": IoU},
)


def get(identifier):
    """Return the metric, or the function, that a name, a config or a callable stands for.

    >>> keras.metrics.get("mse").name
    'mean_squared_error...'
    """
    return _family.get(identifier)


def deserialize(config, custom_objects=None):
    """Return the metric that a name or a config describes.

    >>> keras.metrics.deserialize({"class_name": "MeanIoU", "config": {"num_classes": 2}}).num_classes
    2
    """
    return _family.deserialize(config, custom_objects)


def serialize(metric):
    """Return the config of a metric.

    >>> keras.metrics.serialize(keras.metrics.MeanIoU(2))["config"]["num_classes"]
    2
    """
    return _family.serialize(metric)
