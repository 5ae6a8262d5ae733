"""Several optimizers for one model, each with variables of its own."""

import collections.abc
import re

from kerastorch.core import edge
from kerastorch.core.configurable import Configurable
from kerastorch.core.registry import deserialize_keras_object, serialize_keras_object
from kerastorch.optimizers import gradients
from kerastorch.optimizers.loss_scale import LossScaleOptimizer
from kerastorch.optimizers.optimizer import Optimizer


class OptimizerMap(Configurable, collections.abc.MutableMapping):
    """A dict from patterns to optimizers, asked with the path of a variable.

    A pattern is a regular expression that must match the whole path; a path that several match is an error.

    Args:
        default_optimizer: The optimizer of all other variables.
        optimizer_map: A dict to start with.

    >>> by_path = keras.optimizers.OptimizerMap(keras.optimizers.SGD(), {".*/bias": keras.optimizers.Adam()})
    >>> type(by_path["dense/bias"]).__name__, type(by_path["dense/kernel"]).__name__
    ('Adam', 'SGD')
    """

    def __init__(self, default_optimizer, optimizer_map=None):
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                f"default_optimizer must be a Keras Optimizer instance. Received: {default_optimizer}"
            )
        self._default, self._optimizer_map = default_optimizer, {}
        for pattern, optimizer in (optimizer_map or {}).items():
            self[pattern] = optimizer

    @property
    def default_optimizer(self):
        """The optimizer of variables that no pattern matches."""
        return self._default

    def __getitem__(self, path):
        if path in self._optimizer_map:
            return self._optimizer_map[path]
        matching = [pattern for pattern in self._optimizer_map if re.fullmatch(pattern, path)]
        if len(matching) > 1:
            raise ValueError(
                f"Multiple optimizers assigned to variable {path}: the patterns {matching} match it."
            )
        return self._optimizer_map[matching[0]] if matching else self._default

    def __call__(self, variable):
        """Return the optimizer of a variable."""
        return self[getattr(variable, "path", "")]

    def __setitem__(self, pattern, optimizer):
        if pattern in self._optimizer_map:
            raise ValueError(
                f"'{pattern}' already exists in the OptimizerMap with value {self._optimizer_map[pattern]}. "
                "Please make sure to not use duplicated keys."
            )
        if not isinstance(pattern, str):
            raise ValueError(f"key must be a string. Received: {pattern}")
        if not isinstance(optimizer, Optimizer):
            raise ValueError(f"optimizer must be a Keras Optimizer instance. Received: {optimizer}")
        if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
            raise ValueError(f"optimizer cannot be {type(optimizer).__name__}. Received: {optimizer}")
        self._optimizer_map[pattern] = optimizer

    def __delitem__(self, pattern):
        del self._optimizer_map[pattern]

    def __iter__(self):
        return iter(self._optimizer_map)

    def __len__(self):
        return len(self._optimizer_map)

    def __contains__(self, pattern):
        return pattern in self._optimizer_map

    def __hash__(self):
        return id(self)

    def __eq__(self, other):
        return self is other

    def get_config(self):
        """Return the arguments that rebuild this object, ready for JSON."""
        return {
            "default_optimizer": serialize_keras_object(self._default),
            "optimizer_map": {
                key: serialize_keras_object(value) for key, value in self._optimizer_map.items()
            },
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return a new map from what `get_config` gave."""
        optimizers = {
            key: deserialize_keras_object(value, custom_objects=custom_objects)
            for key, value in config["optimizer_map"].items()
        }
        return cls(
            deserialize_keras_object(config["default_optimizer"], custom_objects=custom_objects), optimizers
        )


class MultiOptimizer(Optimizer):
    """Gives each variable to one of several optimizers.

    Args:
        optimizer_map: An `OptimizerMap`, or a function from a variable to an optimizer.
        loss_scale_factor: What the loss is multiplied by, and the gradients divided by. It takes the place of
            the optimizers' own.
        name: The name, by default made from the class.

    >>> kernel, bias = keras.Variable([1.0], name="kernel"), keras.Variable([1.0], name="bias")
    >>> by_path = keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.5), {"bias": keras.optimizers.SGD(0.0)})
    >>> keras.optimizers.MultiOptimizer(by_path).apply([torch.ones(1), torch.ones(1)], [kernel, bias])
    >>> kernel.numpy(), bias.numpy()
    (array([0.5], dtype=float32), array([1.], dtype=float32))
    """

    def __init__(self, optimizer_map, loss_scale_factor=None, name=None):
        if not isinstance(optimizer_map, (OptimizerMap, Optimizer)) and not callable(optimizer_map):
            raise ValueError(
                "`optimizer_map` must be an `OptimizerMap` or a function from a variable to an optimizer. "
                f"Received: optimizer_map={optimizer_map}"
            )
        super().__init__(learning_rate=0.0, name=name)
        self.optimizer_map = optimizer_map
        self.optimizers, self._places = self._known(), []
        self.loss_scale_factor = loss_scale_factor

    def build(self, var_list):
        self._trainable_variables = variables = list(var_list)
        self._indices = {id(variable): i for i, variable in enumerate(variables)}
        chosen = [self._choose(variable) for variable in variables]
        self.optimizers = list(dict.fromkeys([*self._known(), *chosen]))
        self.loss_scale_factor = self.loss_scale_factor
        self._places = [[i for i, own in enumerate(chosen) if own is o] for o in self.optimizers]
        for optimizer, places in zip(self.optimizers, self._places):
            if places:
                optimizer.build([variables[i] for i in places])
        self.built = True

    @property
    def loss_scale_factor(self):
        """What the loss is multiplied by, and every optimizer divides its gradients by."""
        return self.__dict__.get("_loss_scale_factor")

    @loss_scale_factor.setter
    def loss_scale_factor(self, value):
        self.__dict__["_loss_scale_factor"] = value
        for optimizer in self.__dict__.get("optimizers", ()):
            optimizer.loss_scale_factor = value

    def _is_map(self):
        return isinstance(self.optimizer_map, OptimizerMap)

    def _known(self):
        """Return the optimizers of a map; those of a function are known once it has been called."""
        if not self._is_map():
            return []
        return list(dict.fromkeys([*self.optimizer_map.values(), self.optimizer_map.default_optimizer]))

    def _choose(self, variable):
        if isinstance(self.optimizer_map, Optimizer):
            optimizer = self.optimizer_map
        else:
            optimizer = self.optimizer_map(variable)
        if not isinstance(optimizer, Optimizer):
            raise ValueError(
                f"Optimizer for variable {variable} is not an Optimizer instance. Received: {optimizer}"
            )
        if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
            raise ValueError(f"{type(optimizer).__name__} cannot be used inside an MultiOptimizer.")
        return optimizer

    @property
    def variables(self):
        """The state, and that of all optimizers."""
        return [*self._variables, *(v for optimizer in self.optimizers for v in optimizer.variables)]

    @property
    def learning_rate(self):
        """Each of `optimizers` has its own."""
        raise AttributeError(
            "Learning rate cannot be accessed on a MultiOptimizer. "
            "Access the learning rate on the individual sub-optimizers instead."
        )

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        raise AttributeError(
            "Learning rate cannot be set on a MultiOptimizer. "
            "Set the learning rate on the individual sub-optimizers instead."
        )

    def apply(self, grads, trainable_variables=None):
        """Let every optimizer change its own variables."""
        variables = self._trainable_variables if trainable_variables is None else list(trainable_variables)
        if not self.built:
            self.build(variables)
        grads = list(grads)
        if len(grads) != len(self._trainable_variables) or any(id(v) not in self._indices for v in variables):
            raise ValueError(
                "Gradients must match trainable variables one-to-one. "
                f"Received {len(grads)} gradients and {len(self._trainable_variables)} variables."
            )
        present, _ = gradients.filter_empty(grads, variables)
        present = iter(present)
        by_index = [None] * len(grads)
        for gradient, variable in zip(grads, variables):
            if gradient is not None:
                by_index[self._indices[id(variable)]] = next(present)
        for optimizer, places in zip(self.optimizers, self._places):
            own = [(by_index[i], self._trainable_variables[i]) for i in places if by_index[i] is not None]
            optimizer.apply_gradients(own)
        self._clock.set(self._clock.get() + 1)

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Exempt variables from the weight decay of all optimizers."""
        for optimizer in self.optimizers or self._known():
            optimizer.exclude_from_weight_decay(var_list, var_names)

    def finalize_variable_values(self, var_list):
        """Set the variables of optimizers that keep moving averages to these."""
        for optimizer, places in zip(self.optimizers, self._places):
            optimizer.finalize_variable_values([self._trainable_variables[i] for i in places])

    def save_own_variables(self, store):
        """Write the state into a dict-like store."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = edge.to_numpy(variable).copy()

    def load_own_variables(self, store):
        """Read the state from a store."""
        self._load(self.variables, store)

    def set_weights(self, weights):
        """Set all of `variables` from a list of arrays."""
        self._set(self.variables, weights)

    def get_config(self):
        """Return the arguments that rebuild this object, ready for JSON."""
        config = {"optimizer_map": serialize_keras_object(self.optimizer_map)}
        return {**config, "loss_scale_factor": self.loss_scale_factor, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return a new optimizer from what `get_config` gave."""
        config = dict(config)
        chooser = deserialize_keras_object(config.pop("optimizer_map"), custom_objects=custom_objects)
        return cls(chooser, **config)
