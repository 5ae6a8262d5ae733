"""Holder: an `nn.Module` that keeps Keras's books of its weights.

Trainable weights are its parameters, the other variables its buffers; sublayers are its modules. Everything torch does
with a module works, and Keras's lists (`variables`, `trainable_weights`, `losses`, ...) are read off it.
"""

import torch

from kerastorch.core import infer, registry, settings, tracking
from kerastorch.core.call import Seen, context
from kerastorch.core.dtypes import is_float_dtype, standardize_dtype
from kerastorch.core.edge import to_numpy, unwrap
from kerastorch.core.naming import auto_name
from kerastorch.core.variable import Variable, stateless


class Holder(torch.nn.Module):
    """Keeps the variables, sublayers, metrics and losses of a layer."""

    _untracked = frozenset(
        {"_inbound_nodes", "_outbound_nodes", "_added_losses", "_build_shapes", "_called_shapes"}
    )

    # ------------------------------------------------------------------ attributes
    def __setattr__(self, name, value):
        state = self.__dict__
        if "_parameters" not in state:
            if isinstance(value, (torch.nn.Module, torch.Tensor)) or name in (
                "name",
                "built",
                "supports_masking",
            ):
                raise RuntimeError(
                    f"In layer '{type(self).__name__}', you forgot to call `super().__init__()` as the "
                    "first statement "
                    "in the `__init__()` method. Go add it!"
                )
            return object.__setattr__(self, name, value)
        if isinstance(value, Variable):
            self._register(name, value)
        elif name not in self._untracked and tracking.needs_container(value):
            if isinstance(getattr(type(self), name, None), property):
                object.__setattr__(self, name, value)
                return
            self._forget(name)
            state[name] = value
            self._modules[name] = tracking.Container(value)
        elif isinstance(value, (torch.nn.Module, torch.Tensor)):
            if isinstance(getattr(type(self), name, None), property):
                object.__setattr__(self, name, value)
            else:
                state.pop(name, None)
                super().__setattr__(name, value)
        else:
            if name in self._modules or name in self._parameters or name in self._buffers:
                self._forget(name)
            if hasattr(type(value), "tracked_as"):
                state["_tracked_names"] = {**state.get("_tracked_names", {}), name: True}
            object.__setattr__(self, name, value)

    def __getattr__(self, name):
        state = self.__dict__
        parameters = state.get("_parameters")
        if parameters is not None:
            if name in parameters:
                value = parameters[name]
                if context.autocast is not None and value is not None and value.is_floating_point():
                    return value.to(context.autocast) if getattr(value, "autocast", False) else value
                return value
            if name in state["_buffers"]:
                value = state["_buffers"][name]
                if context.autocast is not None and value is not None and value.is_floating_point():
                    return value.to(context.autocast) if getattr(value, "autocast", False) else value
                return value
            if name in state["_modules"]:
                return state["_modules"][name]
            return self._missing(name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def _missing(self, name):
        """Return what an attribute means that nothing is held under; a class may know."""
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name):
        if name in self.__dict__ and isinstance(self._modules.get(name), tracking.Container):
            del self._modules[name]
            object.__delattr__(self, name)
        else:
            super().__delattr__(name)

    def _forget(self, name):
        for held in (self.__dict__, self._modules, self._parameters, self._buffers):
            held.pop(name, None)

    def _register(self, name, variable):
        """Hold a variable as a parameter or a buffer, under one name only."""
        held = (
            self._parameters
            if variable._trainable or not getattr(variable, "_owned", True)
            else self._buffers
        )
        held = self._parameters if any(v is variable for v in self._parameters.values()) else held
        held = self._buffers if not variable._trainable and held is not self._parameters else held
        for key in [key for key, v in held.items() if v is variable and key != name]:
            items = [(name if k == key else k, v) for k, v in held.items() if k != name]
            held.clear()
            held.update(items)
        self.__dict__.pop(name, None)  # a plain value, such as None, that stood there before
        if held.get(name) is not variable:
            self._forget(name)
            held[name] = variable

    def __getstate__(self):
        """What copies and pickles hold: everything but the losses of the last call."""
        return {**self.__dict__, "_added_losses": []}

    def _apply(self, fn, recurse=True):
        buffers = {name: b for name, b in self._buffers.items() if isinstance(b, Variable)}
        super()._apply(fn, recurse)
        for name, variable in buffers.items():
            variable.data = self._buffers[name]
            self._buffers[name] = variable
        for kind in ("metric", "seed_generator"):
            for holder in tracking.tracked(self, kind):
                for variable in holder.variables if kind == "metric" else [holder.state]:
                    variable.data = fn(variable.data) if kind == "metric" else variable.data
        return self

    # ------------------------------------------------------------------ weights
    def add_weight(
        self,
        *args,
        shape=None,
        initializer=None,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        aggregation="none",
        overwrite_with_gradient=False,
        name=None,
    ):
        """Add a variable to the layer.

        Args:
            shape: Its shape, () by default.
            initializer: An initializer or its name; by default "glorot_uniform" for floats, "zeros" otherwise.
            dtype: Its dtype, by default the layer's `variable_dtype`.
            trainable: Whether the optimizer changes it.
            autocast: Whether it is read in the layer's compute dtype.
            regularizer: A regularizer or its name, a penalty added to the loss.
            constraint: A constraint or its name, applied after each update.
            name: Its name.

        >>> layer = keras.layers.Layer()
        >>> layer.add_weight(shape=(2, 3), initializer="zeros", name="w").shape
        torch.Size([2, 3])
        """
        if context.depth and self.built and not self.__dict__.get("_building") and not infer.is_inferring():
            raise ValueError(
                f"You cannot add new elements of state (variables or sub-layers) to a layer that is already built. All "
                "state must be created in the `__init__()` method or in the `build()` method. "
                f"Received: add_weight() in a call of layer '{self.name}'"
            )
        if args:  # Keras 2 took the name first; Keras 3 takes the shape first
            if shape is not None and not isinstance(args[0], str):
                raise ValueError("`shape` was passed both positionally and as a keyword argument.")
            if len(args) > 3:
                raise TypeError(
                    "add_weight() takes at most 3 positional arguments: shape, initializer, dtype. "
                    f"Received: {args}"
                )
            if isinstance(args[0], str):
                name, args = args[0], args[1:]
            values = [*args, None, None, None]
            shape, initializer, dtype = (
                shape if values[0] is None else values[0],
                initializer if values[1] is None else values[1],
                dtype if values[2] is None else values[2],
            )
        dtype = standardize_dtype(dtype) if dtype is not None else self.variable_dtype
        if initializer is None:
            initializer = "glorot_uniform" if is_float_dtype(dtype) else "zeros"
        find = registry.FAMILIES
        name = name or auto_name("variable")
        with infer.real():
            variable = Variable(
                find["initializer"].get(initializer),
                shape=() if shape is None else tuple(shape) if hasattr(shape, "__iter__") else (shape,),
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name,
            )
        variable.path = "/".join([*(context.names or (self.name,)), name])
        variable.regularizer = find["regularizer"].get(regularizer) if regularizer is not None else None
        variable.constraint = find["constraint"].get(constraint) if constraint is not None else None
        variable.overwrite_with_gradient = overwrite_with_gradient
        variable._owned = True
        held = self._parameters if trainable else self._buffers
        key, count = name.replace(".", "_"), 1
        while key in held or key in self.__dict__:
            key, count = f"{name}_{count}".replace(".", "_"), count + 1
        held[key] = variable
        return variable

    def add_variable(
        self,
        shape,
        initializer,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        name=None,
    ):
        """Add a variable to the layer: another name of `add_weight`."""
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            dtype=dtype,
            trainable=trainable,
            autocast=autocast,
            regularizer=regularizer,
            constraint=constraint,
            name=name,
        )

    @property
    def variables(self):
        """All variables: weights, metric state excluded, seed generator state included."""
        found = tracking.own_variables(self)
        found += [generator.state for generator in tracking.tracked(self, "seed_generator")]
        for child in tracking.child_modules(self):
            found += child.variables if isinstance(child, Holder) else tracking.torch_variables(child)
        return tracking.unique(found)

    @property
    def weights(self):
        """The variables of this layer and its sublayers, seed generators excluded."""
        found = tracking.own_variables(self)
        for child in tracking.child_modules(self):
            found += child.weights if isinstance(child, Holder) else tracking.torch_variables(child)
        return tracking.unique(found)

    @property
    def torch_params(self):
        """All variables by path, under the name that they have in Keras on torch."""
        return {variable.path: variable for variable in self.variables}

    @property
    def trainable_variables(self):
        """The variables that the optimizer changes."""
        return [v for v in self.variables if _is_trainable(v)] if self.trainable else []

    @property
    def non_trainable_variables(self):
        """The variables that the optimizer does not change."""
        return [v for v in self.variables if not _is_trainable(v)] if self.trainable else self.variables

    @property
    def trainable_weights(self):
        """The weights that the optimizer changes."""
        return [v for v in self.weights if _is_trainable(v)] if self.trainable else []

    @property
    def non_trainable_weights(self):
        """The weights that the optimizer does not change."""
        return [v for v in self.weights if not _is_trainable(v)] if self.trainable else self.weights

    @property
    def metrics(self):
        """The metrics of this layer and its sublayers."""
        found = tracking.tracked(self, "metric")
        for child in tracking.child_modules(self):
            found += child.metrics if isinstance(child, Holder) else []
        return tracking.unique(found)

    @property
    def metrics_variables(self):
        """The variables of all metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    @property
    def trainable(self):
        """Whether the weights are changed in training. Setting it sets every weight and sublayer."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        for variable in self._parameters.values():
            if variable is not None:
                variable.trainable = self._trainable
        for child in tracking.child_modules(self):
            if isinstance(child, Holder):
                child.trainable = self._trainable
            else:
                child.requires_grad_(self._trainable)

    @property
    def device(self):
        """The `torch.device` of the weights, or the default one."""
        first = next(self.parameters(), None)
        return settings.default_device() if first is None else first.device

    def count_params(self):
        """Return the number of scalars in the weights."""
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer '{self.name}', but the layer isn't built. "
                "You can build it manually via: `layer.build(input_shape)`."
            )
        return sum(v.numel() for v in self.weights)

    def get_weights(self):
        """Return the weights as a list of NumPy arrays."""
        return [to_numpy(v).copy() for v in self.weights]

    def set_weights(self, weights):
        """Set the weights from a list of arrays, in the order of `get_weights`."""
        variables = self.weights
        if len(variables) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on layer '{self.name}' with a weight list of length "
                f"{len(weights)}, but the layer was expecting {len(variables)} weights."
            )
        for variable, value in zip(variables, weights):
            if tuple(variable.shape) != tuple(value.shape):
                raise ValueError(
                    f"Layer {self.name} weight shape {tuple(variable.shape)} is not compatible with provided "
                    f"weight shape {tuple(value.shape)}."
                )
        for variable, value in zip(variables, weights):
            _assign(variable, value)

    def save_own_variables(self, store):
        """Write the layer's own variables into a dict-like store, under "0", "1", ..."""
        for index, variable in enumerate(self._saved_variables()):
            store[str(index)] = to_numpy(self._saved_value(variable))

    def load_own_variables(self, store):
        """Read the layer's own variables from what `save_own_variables` wrote."""
        variables = self._saved_variables()
        if len(store.keys()) != len(variables):
            hint = (
                ""
                if variables or not store.keys()
                else (
                    " In most cases, this error indicates that the layer has not been built: build the "
                    "model, "
                    "by calling it on data or with `build()`, before loading weights."
                )
            )
            raise ValueError(
                f"Layer '{self.name}' expected {len(variables)} variables, but received {len(store.keys())} "
                f"variables during loading. Expected: {[v.name for v in variables]}.{hint}"
            )
        for index, variable in enumerate(variables):
            _assign(variable, store[str(index)])
        self._on_load()

    def _on_load(self):
        """Set what follows from the loaded values."""

    def _saved_variables(self):
        """Return the variables that a file holds for this layer itself, in its order."""
        return tracking.own_variables(self)

    def _saved_value(self, variable):
        """Return what a file holds for one of them."""
        return variable

    # ------------------------------------------------------------------ losses
    def add_loss(self, loss):
        """Add a scalar to the training loss, or a list of them; called inside `call`."""
        if infer.is_inferring():
            return
        Seen.losses = True
        for value in loss if isinstance(loss, (list, tuple)) else [loss]:
            value = unwrap(value)
            if stateless.scope is not None and stateless.scope.collect_losses:
                stateless.scope.add_loss(value)
                continue
            self._added_losses.append(value if isinstance(value, torch.Tensor) else torch.as_tensor(value))

    def add_metric(self, *args, **kwargs):
        """Refuse, as Keras does: metrics are given to `compile`, or are attributes of the layer."""
        raise NotImplementedError(
            "Layer `add_metric()` method is deprecated. Add your metric in `Model.compile(metrics=[...])`, or make it "
            "an attribute of the layer and call its `update_state()`."
        )

    @property
    def losses(self):
        """The scalars from `add_loss`, activity regularizers and weight regularizers."""
        found = [loss for layer in self._holders() for loss in layer._added_losses]
        for variable in self.trainable_weights:
            if getattr(variable, "regularizer", None) is not None:
                found.append(unwrap(variable.regularizer(variable)))
        return found

    def _clear_losses(self):
        for layer in self._holders():
            if layer._added_losses:
                layer._added_losses.clear()

    def _flatten_layers(self, include_self=True, recursive=True):
        """Return this layer and the layers in it, each before those that it holds."""
        found = [self] if include_self else []
        for child in tracking.child_modules(self):
            if isinstance(child, Holder):
                found += child._flatten_layers() if recursive else [child]
        return tracking.unique(found)

    def _holders(self):
        return [module for module in self.modules() if isinstance(module, Holder)]


def _is_trainable(variable):
    return getattr(variable, "_trainable", variable.requires_grad)


def _assign(variable, value):
    if isinstance(variable, Variable):
        variable.assign(value)
    else:
        with torch.no_grad():
            variable.copy_(torch.as_tensor(value))
