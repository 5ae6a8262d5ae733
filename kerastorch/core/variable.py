"""Variable: a `torch.nn.Parameter` with Keras's name, path and assignment.

Optimizers, `state_dict`, DDP, FSDP and `torch.compile` take it as the Parameter it is; reading it in an operation
gives plain tensors.
"""

import copy
import threading

import numpy as np
import torch

from kerastorch.core.call import context
from kerastorch.core.dtypes import standardize_dtype
from kerastorch.core.edge import as_tensor, to_numpy
from kerastorch.core.naming import auto_name


class _Stateless(threading.local):
    """The `StatelessScope` that is open in a thread."""

    scope = None


stateless = _Stateless()


class Variable(torch.nn.Parameter):
    """A tensor whose value can be assigned, and trained if `trainable`.

    Args:
        initializer: The initial value, or a function `(shape, dtype=...)` that makes it.
        shape: The shape, needed when `initializer` is a function.
        dtype: The dtype; by default that of the value, or the default float type for a function.
        trainable: Whether gradients are recorded. Integer and boolean variables never record any.
        autocast: Whether a layer with a mixed dtype policy reads it in its compute dtype.
        aggregation, synchronization: How replicas are combined.
        name: The name, unique among its siblings.

    >>> v = keras.Variable([1.0, 2.0], name="v")
    >>> v.assign_add([1.0, 1.0]).numpy()
    array([2., 3.], dtype=float32)
    """

    name = "variable"
    path = "variable"
    autocast = True
    initializer = None
    regularizer = None
    constraint = None
    aggregation = "none"
    synchronization = "auto"
    overwrite_with_gradient = False
    _trainable = True

    def __new__(
        cls,
        initializer,
        shape=None,
        dtype=None,
        trainable=True,
        autocast=True,
        aggregation="none",
        synchronization="auto",
        name=None,
        **kwargs,
    ):
        if aggregation not in (None, "none", "mean", "sum", "only_first_replica"):
            raise ValueError(
                "Invalid value for argument `aggregation`. Expected one of "
                f"{{'none', 'mean', 'sum', 'only_first_replica'}}. Received: aggregation={aggregation}"
            )
        if callable(initializer) and not isinstance(initializer, torch.Tensor):
            if shape is None:
                raise ValueError(
                    "When creating a Variable from an initializer, the `shape` argument should be specified. "
                    f"Received: initializer={initializer} and shape={shape}"
                )
            value = as_tensor(
                initializer(tuple(shape), dtype=standardize_dtype(dtype)), standardize_dtype(dtype)
            )
        else:
            value = as_tensor(initializer, dtype)
            if isinstance(initializer, torch.Tensor):
                value = value.detach().clone()
        self = cls._make(value, trainable)
        self.initializer = (
            initializer if callable(initializer) and not isinstance(initializer, torch.Tensor) else None
        )
        self.name = auto_name(cls.__name__) if name is None else str(name)
        if "/" in self.name:
            raise ValueError(
                f"Argument `name` must be a string and cannot contain character `/`. Received: name={name}"
            )
        self.path = "/".join((*context.names, self.name))
        self.autocast, self.aggregation, self.synchronization = (
            autocast,
            aggregation or "none",
            synchronization,
        )
        return self

    def __init__(self, *args, **kwargs):
        pass

    @classmethod
    def _make(cls, value, trainable):
        differentiable = value.is_floating_point() or value.is_complex()
        self = torch.Tensor._make_subclass(cls, value.detach(), bool(trainable) and differentiable)
        self._trainable = bool(trainable)
        return self

    @property
    def trainable(self):
        """Whether the optimizer changes it. Setting this sets `requires_grad`."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        self.requires_grad_(self._trainable and (self.is_floating_point() or self.is_complex()))

    @property
    def value(self):
        """The tensor itself, or what stands for it in a `StatelessScope`."""
        return self if stateless.scope is None else stateless.scope.read(self)

    def assign(self, value):
        """Set the value, keeping shape, dtype and device, and return the variable."""
        value = value if isinstance(value, torch.Tensor) else as_tensor(value, self.dtype)
        if value.shape != self.shape:
            raise ValueError(
                "The shape of the target variable and the shape of the target value in `variable.assign(value)` must "
                f"match. variable.shape={tuple(self.shape)}, Received: value.shape={tuple(value.shape)}. "
                f"Target variable: {self.path}"
            )
        if stateless.scope is not None:
            return self._assign_stateless(value)
        with torch.no_grad():
            self.copy_(value)
        return self

    def assign_add(self, value):
        """Add to the value in place, and return the variable."""
        if stateless.scope is not None:
            return self._assign_stateless(self.value + as_tensor(value, self.dtype))
        with torch.no_grad():
            self.add_(value if isinstance(value, torch.Tensor) else as_tensor(value, self.dtype))
        return self

    def assign_sub(self, value):
        """Subtract from the value in place, and return the variable."""
        if stateless.scope is not None:
            return self._assign_stateless(self.value - as_tensor(value, self.dtype))
        with torch.no_grad():
            self.sub_(value if isinstance(value, torch.Tensor) else as_tensor(value, self.dtype))
        return self

    def _assign_stateless(self, value):
        stateless.scope.add_update((self, value.to(self.dtype)))
        return self

    def numpy(self):
        """Return the value as a NumPy array that is a copy."""
        return to_numpy(self.value).copy()

    def __array__(self, dtype=None, copy=None):
        array = to_numpy(self.value)
        return np.array(array, dtype=dtype) if dtype is not None or copy else array

    def __deepcopy__(self, memo):
        if id(self) in memo:
            return memo[id(self)]
        result = memo[id(self)] = type(self)._make(
            self.detach().clone(memory_format=torch.preserve_format), self._trainable
        )
        result.requires_grad_(self.requires_grad)
        result.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return result

    def __reduce_ex__(self, protocol):
        return _rebuild, (type(self), self.detach(), self.requires_grad, dict(self.__dict__))

    def __repr__(self):
        if self.device.type == "meta":
            return f"<Variable path={self.path}, shape={tuple(self.shape)}, dtype={standardize_dtype(self.dtype)}>"
        return (
            f"<Variable path={self.path}, shape={tuple(self.shape)}, dtype={standardize_dtype(self.dtype)}, "
            f"value={to_numpy(self)}>"
        )


def _rebuild(cls, data, requires_grad, attributes):
    self = cls._make(data, attributes.get("_trainable", True))
    self.requires_grad_(requires_grad)
    self.__dict__.update(attributes)
    return self


def standardize_shape(shape):
    """Return a shape as a tuple of ints and None, checked.

    >>> from kerastorch.core.variable import standardize_shape
    >>> standardize_shape([None, 3])
    (None, 3)
    """
    if isinstance(shape, int) or not hasattr(shape, "__iter__"):
        raise ValueError(f"A shape must be a tuple of integers and None. Received: shape={shape}")
    result = []
    for size in shape:
        if size is not None:
            if isinstance(size, float) or not hasattr(size, "__index__"):
                raise ValueError(
                    f"Cannot convert '{tuple(shape)}' to a shape. Found invalid entry '{size}' of type '{type(size)}'."
                )
            size = int(size)
            if size < 0:
                raise ValueError(
                    f"Cannot convert '{tuple(shape)}' to a shape. Negative dimensions are not allowed."
                )
        result.append(size)
    return tuple(result)
