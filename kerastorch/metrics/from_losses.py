"""Metrics that are the mean of a loss function."""

from kerastorch.losses import crossentropy, margins, regression
from kerastorch.metrics.reduction import FunctionMetric


class MeanSquaredError(FunctionMetric):
    """The mean of squared errors.

    Args:
        name, dtype: As for every metric.

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
    """The mean of absolute errors.

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.MeanAbsoluteError()
    >>> metric.update_state([[0.0, 1.0]], [[0.5, 2.0]])
    >>> round(float(metric.result()), 4)
    0.75
    """

    fn = staticmethod(regression.mean_absolute_error)
    _direction = "down"

    def __init__(self, name="mean_absolute_error", dtype=None):
        super().__init__(name, dtype)


class MeanAbsolutePercentageError(FunctionMetric):
    """The mean of absolute errors in per cent of the truth.

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.MeanAbsolutePercentageError()
    >>> metric.update_state([[1.0, 2.0]], [[1.5, 2.0]])
    >>> round(float(metric.result()), 4)
    25.0
    """

    fn = staticmethod(regression.mean_absolute_percentage_error)
    _direction = "down"

    def __init__(self, name="mean_absolute_percentage_error", dtype=None):
        super().__init__(name, dtype)


class MeanSquaredLogarithmicError(FunctionMetric):
    """The mean of squared differences of logarithms.

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.MeanSquaredLogarithmicError()
    >>> metric.update_state([[0.0, 1.0]], [[0.5, 2.0]])
    >>> round(float(metric.result()), 4)
    0.1644
    """

    fn = staticmethod(regression.mean_squared_logarithmic_error)
    _direction = "down"

    def __init__(self, name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(name, dtype)


class LogCoshError(FunctionMetric):
    """The mean of log(cosh(error)).

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.LogCoshError()
    >>> metric.update_state([[0.0, 1.0]], [[0.5, 2.0]])
    >>> round(float(metric.result()), 4)
    0.2769
    """

    fn = staticmethod(regression.log_cosh)
    _direction = "down"

    def __init__(self, name="logcosh", dtype=None):
        super().__init__(name, dtype)


class Poisson(FunctionMetric):
    """The mean of y_pred - y_true * log(y_pred).

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.Poisson()
    >>> metric.update_state([[0.0, 1.0]], [[0.5, 2.0]])
    >>> round(float(metric.result()), 4)
    0.9034
    """

    fn = staticmethod(regression.poisson)
    _direction = "down"

    def __init__(self, name="poisson", dtype=None):
        super().__init__(name, dtype)


class KLDivergence(FunctionMetric):
    """The mean of sum(y_true * log(y_true / y_pred)).

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.KLDivergence()
    >>> metric.update_state([[0.5, 0.5]], [[0.25, 0.75]])
    >>> round(float(metric.result()), 4)
    0.1438
    """

    fn = staticmethod(crossentropy.kl_divergence)
    _direction = "down"

    def __init__(self, name="kl_divergence", dtype=None):
        super().__init__(name, dtype)


class BinaryCrossentropy(FunctionMetric):
    """The crossentropy of labels 0 and 1.

    Args:
        from_logits: Whether predictions are logits.
        label_smoothing: How far labels are moved towards 0.5, from 0 to 1.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.BinaryCrossentropy()
    >>> metric.update_state([[0.0, 1.0]], [[0.25, 0.75]])
    >>> round(float(metric.result()), 4)
    0.2877
    """

    fn = staticmethod(crossentropy.binary_crossentropy)
    arguments = ("from_logits", "label_smoothing")
    _direction = "down"

    def __init__(self, name="binary_crossentropy", dtype=None, from_logits=False, label_smoothing=0):
        self.from_logits, self.label_smoothing = from_logits, label_smoothing
        super().__init__(name, dtype)


class CategoricalCrossentropy(FunctionMetric):
    """The crossentropy of one-hot labels.

    Args:
        from_logits: Whether predictions are logits.
        label_smoothing: How far labels are moved towards the uniform distribution, from 0 to 1.
        axis: The axis of the classes.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.CategoricalCrossentropy()
    >>> metric.update_state([[0.0, 1.0]], [[0.25, 0.75]])
    >>> round(float(metric.result()), 4)
    0.2877
    """

    fn = staticmethod(crossentropy.categorical_crossentropy)
    arguments = ("from_logits", "label_smoothing", "axis")
    _direction = "down"

    def __init__(
        self, name="categorical_crossentropy", dtype=None, from_logits=False, label_smoothing=0, axis=-1
    ):
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis
        super().__init__(name, dtype)


class SparseCategoricalCrossentropy(FunctionMetric):
    """The crossentropy of class indices.

    Args:
        from_logits: Whether predictions are logits.
        ignore_class: A label that counts for nothing, or None.
        axis: The axis of the classes.
        name, dtype: As for every metric.

    >>> metric = keras.metrics.SparseCategoricalCrossentropy()
    >>> metric.update_state([1, 0], [[0.25, 0.75], [0.5, 0.5]])
    >>> round(float(metric.result()), 4)
    0.4904
    """

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
    """The mean of max(1 - y_true * y_pred, 0).

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.Hinge()
    >>> metric.update_state([[1.0, -1.0]], [[0.5, -2.0]])
    >>> round(float(metric.result()), 4)
    0.25
    """

    fn = staticmethod(margins.hinge)
    _direction = "down"

    def __init__(self, name="hinge", dtype=None):
        super().__init__(name, dtype)


class SquaredHinge(FunctionMetric):
    """The mean of max(1 - y_true * y_pred, 0)².

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.SquaredHinge()
    >>> metric.update_state([[1.0, -1.0]], [[0.5, -2.0]])
    >>> round(float(metric.result()), 4)
    0.125
    """

    fn = staticmethod(margins.squared_hinge)
    _direction = "down"

    def __init__(self, name="squared_hinge", dtype=None):
        super().__init__(name, dtype)


class CategoricalHinge(FunctionMetric):
    """The mean of max(best wrong score - right score + 1, 0).

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.CategoricalHinge()
    >>> metric.update_state([[0.0, 1.0]], [[0.25, 0.75]])
    >>> round(float(metric.result()), 4)
    0.5
    """

    fn = staticmethod(margins.categorical_hinge)
    _direction = "down"

    def __init__(self, name="categorical_hinge", dtype=None):
        super().__init__(name, dtype)
