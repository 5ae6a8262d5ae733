"""Metric: a value computed over many batches, from a state kept in variables on the device."""

import functools

import torch

from kerastorch import initializers
from kerastorch.core.configurable import Configurable
from kerastorch.core.dtypes import get_policy, to_torch_dtype
from kerastorch.core.edge import as_tensor, border, is_user_function, wrap
from kerastorch.core.naming import auto_name
from kerastorch.core.variable import Variable


class Metric(Configurable):
    """Base of metrics: a subclass makes its state with `add_weight` and defines `update_state` and `result`.

    Args:
        dtype: The dtype of the state.
        name: The name.

    >>> class Largest(keras.metrics.Metric):
    ...     def __init__(self, name="largest", **kwargs):
    ...         super().__init__(name=name, **kwargs)
    ...         self.value = self.add_weight(name="value", initializer="zeros")
    ...     def update_state(self, values, sample_weight=None):
    ...         self.value.assign(torch.maximum(self.value, values.max()))
    ...     def result(self):
    ...         return self.value.detach()
    >>> metric = Largest()
    >>> metric.update_state(torch.tensor([1.0, 3.0]))
    >>> metric.update_state(torch.tensor([2.0]))
    >>> float(metric.result())
    3.0
    """

    tracked_as = "metric"
    _direction = None  # "up" where more is better, "down" where less is

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        update = cls.__dict__.get("update_state")
        if update is not None and is_user_function(update):
            cls.update_state = _for_user(update)

    def __init__(self, dtype=None, name=None):
        object.__setattr__(self, "_variables", [])
        object.__setattr__(self, "_metrics", [])
        self.name = name or auto_name(type(self).__name__)
        self._dtype_policy = get_policy(dtype) if dtype is not None else get_policy(to_torch_dtype(None))
        self._dtype = self._dtype_policy.compute_dtype
        self._torch_dtype = to_torch_dtype(self._dtype)

    def update_state(self, *args, **kwargs):
        """Take a batch into account."""
        raise NotImplementedError(f"{type(self).__name__} must define `update_state(self, ...)`.")

    def result(self):
        """Return the value so far, a scalar tensor or a dict of them."""
        value = self._result()
        return wrap(value) if border.active else value

    def _result(self):
        raise NotImplementedError(f"{type(self).__name__} must define `result(self)`.")

    def reset_state(self):
        """Set every variable of the state to 0."""
        for variable in self.variables:
            variable.detach().zero_()

    def __call__(self, *args, **kwargs):
        """Take a batch into account, and return the value so far."""
        self._check_super_called()
        self.update_state(*args, **kwargs)
        value = self.result()
        return wrap(value) if border.active else value

    def add_variable(self, shape, initializer, dtype=None, aggregation="sum", name=None):
        """Return a new variable of the state.

        Args:
            shape: The shape.
            initializer: An initializer or its name, or the value itself; zeros by default.
            dtype: The dtype, by default that of the default float type.
            aggregation: How replicas are combined.
            name: The name.
        """
        self._check_super_called()
        if isinstance(initializer, torch.Tensor) or hasattr(initializer, "__array__"):
            made_by = as_tensor(initializer, dtype).expand(tuple(shape)).clone()
        else:
            made_by = initializers.get("zeros" if initializer is None else initializer)
        variable = Variable(
            made_by,
            shape=tuple(shape),
            dtype=dtype,
            trainable=False,
            aggregation=aggregation,
            synchronization="on_read",
            name=name,
        )
        variable.path = f"{self.name.replace('/', '>')}/{variable.name}"
        self._variables.append(variable)
        return variable

    def add_weight(self, shape=(), initializer=None, dtype=None, name=None):
        """Return a new variable of the state, by default a scalar 0."""
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self):
        """The variables of the state, and those of the metrics inside."""
        found = list(self._variables)
        for metric in self._metrics:
            found.extend(metric.variables)
        return found

    @property
    def dtype(self):
        """The name of the dtype of the state."""
        return self._dtype

    def stateless_update_state(self, metric_variables, *args, **kwargs):
        """Return the variables' values after a batch, from their values before it; the metric stays as it
        is.
        """
        return self._with_values(metric_variables, lambda: self.update_state(*args, **kwargs))[1]

    def stateless_result(self, metric_variables):
        """Return the result for these values of the variables."""
        return self._with_values(metric_variables, self.result)[0]

    def stateless_reset_state(self):
        """Return the variables' values of an empty metric."""
        return self._with_values([v.detach() for v in self.variables], self.reset_state)[1]

    def _with_values(self, values, fn):
        variables = self.variables
        if len(values) != len(variables):
            raise ValueError(
                "Argument `metric_variables` must be a list of tensors corresponding 1:1 to "
                f"{type(self).__name__}().variables. Received list with length {len(values)}, "
                f"but expected {len(variables)} variables."
            )
        saved = [v.detach().clone() for v in variables]
        try:
            for variable, value in zip(variables, values):
                variable.assign(as_tensor(value).detach().clone())
            result = fn()
            return result, [v.detach().clone() for v in variables]
        finally:
            for variable, value in zip(variables, saved):
                variable.assign(value)

    def __setattr__(self, name, value):
        if isinstance(value, Variable):
            if "_variables" in self.__dict__ and not any(v is value for v in self._variables):
                self._variables.append(value)
        elif isinstance(value, Metric) and "_metrics" in self.__dict__ and value not in self._metrics:
            self._metrics.append(value)
        elif isinstance(value, (list, tuple, dict)) and "_metrics" in self.__dict__:
            self._track_inside(value)
        object.__setattr__(self, name, value)

    def _track_inside(self, structure):
        """Track the variables and metrics that a list or dict holds."""
        for value in structure.values() if isinstance(structure, dict) else structure:
            if isinstance(value, Variable):
                if not any(v is value for v in self._variables):
                    self._variables.append(value)
            elif isinstance(value, Metric):
                if value not in self._metrics:
                    self._metrics.append(value)
            elif isinstance(value, (list, tuple, dict)):
                self._track_inside(value)

    def _check_super_called(self):
        if "_variables" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}.__init__ must call `super().__init__()` before anything else."
            )

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


def _for_user(method):
    @functools.wraps(method)
    def adapted(self, *args, **kwargs):
        self._check_super_called()
        if border.active:
            args, kwargs = wrap(args), wrap(kwargs)
        return method(self, *args, **kwargs)

    return adapted


def array(x, dtype=None):
    """Return a tensor without gradient history from any array."""
    return (x if dtype is None and type(x) is torch.Tensor else as_tensor(x, dtype)).detach()


def accumulate(total, value):
    """Add to a variable of the state, on its device."""
    total.add_(value if value.device == total.device else value.to(total.device))


def divide_no_nan(x, y):
    """Return x / y, and 0 where y is 0."""
    return torch.where(y == 0, 0, x / torch.where(y == 0, 1, y))
