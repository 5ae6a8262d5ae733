"""Scopes: contexts that name, place or replace what is made and read inside them."""

import threading

import torch
from torch.overrides import TorchFunctionMode

from kerastorch.core import edge, infer, settings
from kerastorch.core.call import context
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.variable import Variable, stateless


class name_scope:
    """Context whose name stands in the paths of the variables that are made inside it.

    Args:
        name: The name.
        caller: What opens the scope; a caller that opens its own scope again does not nest.
        deduplicate: Whether that rule holds.
        override_parent: A path to begin with, instead of that of the scopes around.

    >>> with keras.name_scope("block"):
    ...     print(keras.Variable([1.0], name="scale").path)
    block/scale
    """

    def __init__(self, name, caller=None, deduplicate=True, override_parent=None):
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                f"Argument `name` must be a string and cannot contain character `/`. Received: name={name}"
            )
        self.name, self.caller = name, caller
        self.deduplicate, self.override_parent = deduplicate, override_parent

    def __enter__(self):
        self._names, self._callers = context.names, _open.callers
        parents = self._names
        if self.override_parent is not None:
            parents = tuple(part for part in self.override_parent.split("/") if part)
        elif self.deduplicate and self.caller is not None and _is_open(self.caller, self.name):
            return self
        context.names = (*parents, self.name)
        _open.callers = (*self._callers, (self.caller, self.name))
        return self

    def __exit__(self, *exc):
        context.names, _open.callers = self._names, self._callers


class _Open(threading.local):
    """The scopes that are open in a thread."""

    callers: tuple = ()
    symbolic = 0


_open = _Open()


def _is_open(caller, name):
    return bool(_open.callers) and _open.callers[-1][0] is caller and _open.callers[-1][1] == name


def current_path():
    """Return the path of the name scopes that are open, "" outside.

    >>> from kerastorch.core.scopes import current_path
    >>> with keras.name_scope("a"), keras.name_scope("b"):
    ...     current_path()
    'a/b'
    """
    return "/".join(context.names)


class device:
    """Context in which new tensors and variables are placed on a device.

    Args:
        device_name: "cpu", "gpu:0", "cuda:1", ...; "gpu" and "cuda" are the same.

    >>> with keras.device("cpu"):
    ...     print(keras.ops.zeros((2,)).device)
    cpu
    """

    def __init__(self, device_name):
        if not isinstance(device_name, (str, torch.device)):
            raise ValueError(
                "Invalid value for argument `device_name`. Expected a string like 'gpu:0' or 'cpu'. "
                f"Received: device_name='{device_name}'"
            )
        name = str(device_name).lower().removeprefix("/").removeprefix("device:")
        self.device = torch.device(name.replace("gpu", "cuda"))

    def __enter__(self):
        self._saved, settings._local.device = settings._local.device, self.device
        return self

    def __exit__(self, *exc):
        settings._local.device = self._saved


class SymbolicScope:
    """Context in which `in_symbolic_scope()` is true: what runs inside it only finds out shapes.

    >>> with keras.SymbolicScope():
    ...     spec = keras.ops.ones_like(keras.KerasTensor((2, 3)))
    """

    def __enter__(self):
        _open.symbolic += 1
        return self

    def __exit__(self, *exc):
        _open.symbolic -= 1


def in_symbolic_scope():
    """Tell whether shapes are being found out, rather than values computed."""
    return _open.symbolic > 0 or infer.is_inferring()


class StatelessScope:
    """Context in which variables have other values, and assignments are kept in the scope.

    Args:
        state_mapping: Pairs of a variable and its value inside the scope.
        collect_losses: Whether losses added with `add_loss` are kept in `losses`.
        initialize_variables: Accepted for compatibility; variables always have a value.

    >>> v = keras.Variable([1.0])
    >>> with keras.StatelessScope([(v, np.array([5.0], "float32"))]) as scope:
    ...     doubled = v * 2
    ...     _ = v.assign(doubled)
    >>> doubled.item(), scope.get_current_value(v).item(), v.numpy().item()
    (10.0, 10.0, 1.0)
    """

    def __init__(self, state_mapping=None, collect_losses=False, initialize_variables=True):
        self.collect_losses, self.initialize_variables = collect_losses, initialize_variables
        self.losses = []
        self._values = {}  # by identity: the variable, and its value here
        for variable, value in _pairs(state_mapping or ()):
            if not isinstance(variable, Variable):
                raise ValueError(
                    "Invalid reference variable in StatelessScope: all keys in argument `mapping` must be Variable "
                    f"instances. Received instead: {variable}"
                )
            if not isinstance(value, KerasTensor):
                value = edge.as_tensor(value).to(variable.dtype)
            if tuple(value.shape) != tuple(variable.shape):
                raise ValueError(
                    "Invalid variable value in StatelessScope: all values in argument `mapping` must be tensors with a "
                    f"shape that matches the corresponding variable shape. For variable {variable.path} of shape "
                    f"{tuple(variable.shape)}, received a value of shape {tuple(value.shape)}."
                )
            own = isinstance(value, torch.Tensor) and not variable._trainable  # may be changed in place
            self._values[id(variable)] = (variable, value.detach().clone() if own else value)

    def __enter__(self):
        self._outer, stateless.scope = stateless.scope, self
        self._mode = _Reading(self)
        self._mode.__enter__()
        return self

    def __exit__(self, *exc):
        self._mode.__exit__(*exc)
        stateless.scope = self._outer

    def add_loss(self, loss):
        """Keep a loss."""
        self.losses.append(loss)

    def add_update(self, update):
        """Set the value that a variable has in this scope.

        Args:
            update: The variable and its value.
        """
        variable, value = update
        self._values[id(variable)] = (variable, value)

    def get_current_value(self, variable):
        """Return the value that a variable has in this scope, or None if the scope knows none."""
        found = self._values.get(id(variable))
        return None if found is None else found[1]

    def read(self, variable):
        """Return what stands for a variable in an operation."""
        found = self._values.get(id(variable))
        if found is not None:
            return found[1]
        if variable._trainable:
            return variable
        value = variable.detach().clone()  # an operation may change it in place
        self._values[id(variable)] = (variable, value)
        return value


def _pairs(mapping):
    return mapping.items() if isinstance(mapping, dict) else mapping


def get_stateless_scope():
    """Return the innermost `StatelessScope` that is open, or None."""
    return stateless.scope


def in_stateless_scope():
    """Tell whether a `StatelessScope` is open."""
    return stateless.scope is not None


class _Reading(TorchFunctionMode):
    """Gives torch's functions the values of a scope in the place of variables."""

    def __init__(self, scope):
        super().__init__()
        self.scope = scope

    def __torch_function__(self, function, types, args=(), kwargs=None):
        args = tuple(self._read(x) for x in args)
        return function(*args, **{key: self._read(x) for key, x in (kwargs or {}).items()})

    def _read(self, x):
        if isinstance(x, Variable):
            return self.scope.read(x)
        if type(x) in (list, tuple):
            return type(x)(self._read(part) for part in x)
        return x
