"""Metrics that are the mean of a loss function."""

from kerastorch.losses import crossentropy, margins, regression
from kerastorch.metrics.reduction import FunctionMetric


class MeanSquaredError(FunctionMetric):
    """The mean of squared errors.

    >>> metric = keras.metrics.MeanSquaredError()
    >>> metric.update_state([[0.0, 1.0]], [[2.0, 1.0]])
    >>> float(metric.result())
    2.0
    """

    fn = staticmethod(regression.mean_squared_error)
    _direction = "down"

    def __init__(self, name="mean_squared_error", dtype=None):
        super().__init__(name, dtype)


class MeanAbsoluteError(FunctionMetric):
    """The mean of absolute errors."""

    fn = staticmethod(regression.mean_absolute_error)
    _direction = "down"

    def __init__(self, name="mean_absolute_error", dtype=None):
        super().__init__(name, dtype)


class MeanAbsolutePercentageError(FunctionMetric):
    """The mean of absolute errors in per cent of the truth."""

    fn = staticmethod(regression.mean_absolute_percentage_error)
    _direction = "down"

    def __init__(self, name="mean_absolute_percentage_error", dtype=None):
        super().__init__(name, dtype)


class MeanSquaredLogarithmicError(FunctionMetric):
    """The mean of squared differences of logarithms."""

    fn = staticmethod(regression.mean_squared_logarithmic_error)
    _direction = "down"

    def __init__(self, name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(name, dtype)


class LogCoshError(FunctionMetric):
    """The mean of log(cosh(error))."""

    fn = staticmethod(regression.log_cosh)
    _direction = "down"

    def __init__(self, name="logcosh", dtype=None):
        super().__init__(name, dtype)


class Poisson(FunctionMetric):
    """The mean of y_pred - y_true * log(y_pred)."""

    fn = staticmethod(regression.poisson)
    _direction = "down"

    def __init__(self, name="poisson", dtype=None):
        super().__init__(name, dtype)


class KLDivergence(FunctionMetric):
    """The mean of sum(y_true * log(y_true / y_pred))."""

    fn = staticmethod(crossentropy.kl_divergence)
    _direction = "down"

    def __init__(self, name="kl_divergence", dtype=None):
        super().__init__(name, dtype)


class BinaryCrossentropy(FunctionMetric):
    """The crossentropy of labels 0 and 1."""

    fn = staticmethod(crossentropy.binary_crossentropy)
    arguments = ("from_logits", "label_smoothing")
    _direction = "down"

    def __init__(self, name="binary_crossentropy", dtype=None, from_logits=False, label_smoothing=0):
        self.from_logits, self.label_smoothing = from_logits, label_smoothing
        super().__init__(name, dtype)


class CategoricalCrossentropy(FunctionMetric):
    """The crossentropy of one-hot labels."""

    fn = staticmethod(crossentropy.categorical_crossentropy)
    arguments = ("from_logits", "label_smoothing", "axis")
    _direction = "down"

    def __init__(
        self, name="categorical_crossentropy", dtype=None, from_logits=False, label_smoothing=0, axis=-1
    ):
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        super().__init__(name, dtype)


class SparseCategoricalCrossentropy(FunctionMetric):
    """The crossentropy of class indices."""

    fn = staticmethod(crossentropy.sparse_categorical_crossentropy)
    arguments = ("from_logits", "ignore_class", "axis")
    _direction = "down"

    def __init__(
        self,
        name="sparse_categorical_crossentropy",
        dtype=None,
        from_logits=False,
        ignore_class=None,
        axis=-1,
    ):
        self.from_logits, self.ignore_class, self.axis = from_logits, ignore_class, axis
        super().__init__(name, dtype)


class Hinge(FunctionMetric):
    """The mean of max(1 - y_true * y_pred, 0)."""

    fn = staticmethod(margins.hinge)
    _direction = "down"

    def __init__(self, name="hinge", dtype=None):
        super().__init__(name, dtype)


class SquaredHinge(FunctionMetric):
    """The mean of max(1 - y_true * y_pred, 0)²."""

    fn = staticmethod(margins.squared_hinge)
    _direction = "down"

    def __init__(self, name="squared_hinge", dtype=None):
        super().__init__(name, dtype)


class CategoricalHinge(FunctionMetric):
    """The mean of max(best wrong score - right score + 1, 0)."""

    fn = staticmethod(margins.categorical_hinge)
    _direction = "down"

    def __init__(self, name="categorical_hinge", dtype=None):
        super().__init__(name, dtype)
