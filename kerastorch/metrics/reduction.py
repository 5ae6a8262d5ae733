"""Sums and means, and metrics made from a function: the mean of its values over all samples."""

import torch

from kerastorch.core.call import Seen, get_mask
from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.edge import call_user, is_user_function
from kerastorch.core.registry import deserialize_keras_object, serialize_keras_object, serialize_value
from kerastorch.losses.base import masked_weight, same_rank
from kerastorch.metrics.base import Metric, accumulate, array, divide_no_nan

_PLAIN = (torch.Tensor, torch.nn.Parameter)


def samplewise(values, sample_weight, reduce, dtype):
    """Return one weighted value, and one weight, for each sample: further axes are reduced.

    Args:
        values: The values, first axis the samples.
        sample_weight: Weights for as many of the axes as they have, or None.
        reduce: `torch.mean` or `torch.sum`.
        dtype: The dtype of the results.
    """
    mask = getattr(values, "_keras_mask", None)
    values = values.to(dtype)
    if sample_weight is not None:
        sample_weight = array(sample_weight, dtype)
        if mask is not None:
            sample_weight = masked_weight(sample_weight, mask, dtype, "sum")
        values, sample_weight = same_rank(values, sample_weight)
        rank = sample_weight.ndim
        if values.ndim > rank:
            values = reduce(values, dim=tuple(range(rank, values.ndim)))
        try:
            sample_weight = sample_weight.expand(values.shape)
        except RuntimeError as e:
            raise ValueError(
                f"`sample_weight` must broadcast to the values of the metric, of shape "
                f"{tuple(values.shape)}. "
                f"Received: sample_weight.shape={tuple(sample_weight.shape)}"
            ) from e
        values = values * sample_weight
        if rank > 1:
            sample_weight = reduce(sample_weight, dim=tuple(range(1, rank)))
    if values.ndim > 1:
        values = reduce(values, dim=tuple(range(1, values.ndim)))
    return values, sample_weight


class Sum(Metric):
    """The weighted sum of all values.

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.Sum()
    >>> metric.update_state([1, 3, 5, 7])
    >>> float(metric.result())
    16.0
    """

    def __init__(self, name="sum", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")

    def update_state(self, values, sample_weight=None):
        """Add values, times their weights."""
        values, _ = samplewise(array(values), sample_weight, torch.sum, self._torch_dtype)
        accumulate(self.total, values.sum())

    def _result(self):
        return self.total.detach().clone()


class Mean(Metric):
    """The weighted mean of all values.

    Args:
        name, dtype: As for every metric.

    >>> metric = keras.metrics.Mean()
    >>> metric.update_state([1, 3, 5, 7])
    >>> float(metric.result())
    4.0
    >>> metric.reset_state()
    >>> metric.update_state([1, 3], sample_weight=[1, 0])
    >>> float(metric.result())
    1.0
    """

    def __init__(self, name="mean", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_variable((), "zeros", dtype=self.dtype, name="total")
        self.count = self.add_variable((), "zeros", dtype=self.dtype, name="count")

    def update_state(self, values, sample_weight=None):
        """Take values into account.

        Args:
            values: The values, first axis the samples.
            sample_weight: Weights that broadcast to them, or None.
        """
        if (
            type(values) is torch.Tensor
            and values.ndim == 0
            and type(sample_weight) in (int, float, type(None))
        ):
            weight = 1 if sample_weight is None else sample_weight
            accumulate(self.total, values.detach() if weight == 1 else values.detach() * weight)
            self.count.add_(weight)
            return
        self._add(array(values), sample_weight)

    def _add(self, values, sample_weight):
        values, sample_weight = samplewise(values, sample_weight, torch.mean, self._torch_dtype)
        accumulate(self.total, values.sum())
        if sample_weight is not None:
            accumulate(self.count, sample_weight.sum())
        else:
            self.count.add_(values.shape[0] if values.ndim else 1)

    def _result(self):
        return divide_no_nan(self.total.detach(), self.count.detach())


class MeanMetricWrapper(Mean):
    """The mean of what a function of truths and predictions gives.

    Args:
        fn: The function `fn(y_true, y_pred, **kwargs)`, giving a value for each sample.
        name, dtype: As for every metric.
        **kwargs: Further arguments of the function.

    >>> metric = keras.metrics.MeanMetricWrapper(lambda y, p: (y - p) ** 2, name="square")
    >>> metric.update_state(torch.tensor([0.0, 0.0]), torch.tensor([1.0, 3.0]))
    >>> float(metric.result())
    5.0
    """

    fused = (
        None  # in a subclass: function of (y_true, y_pred, **kwargs) giving the sum and the number of samples
    )

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype)
        self._fn, self._fn_kwargs = fn, kwargs
        self._users = is_user_function(fn)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take a batch into account.

        Args:
            y_true, y_pred: Truths and predictions, first axis the samples.
            sample_weight: Weights of the samples, or None.
        """
        if (
            self.fused is not None
            and sample_weight is None
            and type(y_pred) in _PLAIN
            and type(y_true) in _PLAIN
            and (not Seen.masks or get_mask(y_pred) is None)
        ):
            found = self.fused(y_true, y_pred, **self._fn_kwargs)
            if found is not None:
                accumulate(self.total, found[0])
                self.count.add_(found[1])
                return
        mask = get_mask(y_pred)
        y_true, y_pred = array(y_true), array(y_pred)
        if mask is None:
            mask = get_mask(y_pred)
        if self._users:
            values = array(call_user(self._fn, y_true, y_pred, **self._fn_kwargs))
        else:
            values = self._fn(y_true, y_pred, **self._fn_kwargs)
        self._add(values, masked_weight(sample_weight, mask, self._torch_dtype, "sum"))

    def get_config(self):
        """Return the arguments that rebuild this metric."""
        config = {"name": self.name, "dtype": self.dtype, "fn": serialize_keras_object(self._fn)}
        return config | {key: serialize_value(value) for key, value in self._fn_kwargs.items()}

    @classmethod
    def from_config(cls, config):
        """Return a new metric from what `get_config` gave."""
        return cls(**{key: deserialize_keras_object(value) for key, value in config.items()})


class FunctionMetric(MeanMetricWrapper):
    """Base of metrics made from a function of the library, whose arguments are constructor arguments."""

    fn = None
    arguments: tuple[str, ...] = ()
    omitted: dict = {}  # arguments that the config names only where they differ from these defaults

    def __init__(self, name=None, dtype=None):
        kwargs = {key: getattr(self, key) for key in self.arguments}
        super().__init__(type(self).fn, name, dtype, **kwargs)

    def get_config(self):
        """Return the arguments that rebuild this metric."""
        config = Metric.get_config(self)
        return {key: v for key, v in config.items() if key not in self.omitted or v != self.omitted[key]}

    @classmethod
    def from_config(cls, config):
        """Return a new metric from what `get_config` gave."""
        return cls(**config)


def matches(equal):
    """Return booleans as 1 and 0 in the default float type."""
    return equal.to(to_torch_dtype(None))
