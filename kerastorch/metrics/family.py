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
get, deserialize = _family.get, _family.deserialize


def serialize(metric):
    """Return the config of a metric."""
    return _family.serialize(metric)
