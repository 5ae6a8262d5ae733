"""The variables that an optimizer keeps: made for those that it trains, saved and loaded with it."""

import warnings

import numpy as np
import torch

from kerastorch import initializers
from kerastorch.core import edge, settings
from kerastorch.core.variable import Variable


class HasState:
    """An optimizer's side that has to do with its own variables: `self._variables`, in the order of the
    files.
    """

    def _add_slots(self, variables):
        for names in self.slots():
            lists = self.add_optimizer_variables(
                variables, tuple(names), [_constant(x) for x in names.values()]
            )
            self._slots.update(zip(names, lists))

    def add_variable(
        self, shape, initializer="zeros", dtype=None, aggregation="none", layout=None, name=None
    ):
        """Return a new state variable, which is saved with the optimizer."""
        value = initializers.get(initializer)(tuple(shape), dtype=dtype or settings.floatx())
        return self._track(Variable(value, trainable=False, aggregation=aggregation, name=name))

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        """Return a new state variable of the shape, dtype, device and memory format of another one."""
        if isinstance(initializer, str) and initializer == "zeros":
            value = torch.zeros_like(reference_variable)
        else:
            value = torch.empty_like(reference_variable)
            filled = initializers.get(initializer)(tuple(value.shape), dtype=value.dtype)
            value.copy_(filled)
        variable = Variable._make(value.detach(), trainable=False)
        path = (
            getattr(reference_variable, "path", None)
            or getattr(reference_variable, "name", None)
            or "variable"
        )
        variable.name = f"{path}_{name or 'variable'}".replace("/", "_")
        return self._track(variable)

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        """Return a list of state variables, one for each variable; or such lists for several names.

        Args:
            trainable_variables: The variables.
            name: A name, or a tuple of names.
            initializer: An initializer, or a tuple of them, one for each name.
        """
        names = (name,) if isinstance(name, str) else tuple(name)
        fills = initializer if isinstance(initializer, (list, tuple)) else [initializer] * len(names)
        lists = tuple([] for _ in names)
        for variable in trainable_variables:
            for made, slot, fill in zip(lists, names, fills):
                made.append(self.add_variable_from_reference(variable, name=slot, initializer=fill))
        return lists[0] if isinstance(name, str) else lists

    def _track(self, variable):
        variable.path = f"{self.name}/{variable.name}"
        self._variables.append(variable)
        return variable

    def __setattr__(self, name, value):
        own = self.__dict__.get("_variables")
        if own is not None and isinstance(value, Variable) and not any(value is variable for variable in own):
            own.append(value)
        object.__setattr__(self, name, value)

    @property
    def variables(self):
        """The state: the iteration, the learning rate, then what `build` made."""
        return list(self._variables)

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        """Return what `apply` would make of these values, changing nothing.

        Args:
            optimizer_variables: Values for `variables`.
            grads: The gradients.
            trainable_variables: Values for the variables that the optimizer was built for.

        Returns:
            The new values of the variables, and those of the optimizer's variables.
        """
        if not self.built:
            raise ValueError(
                "To call `stateless_apply`, the optimizer must be built (i.e. its variables must have been "
                "created). "
                "You can build it via `optimizer.build(trainable_variables)`."
            )
        own, trained = self.variables, self._trainable_variables
        for what, given, expected in (
            ("optimizer_variables", optimizer_variables, own),
            ("trainable_variables", trainable_variables, trained),
        ):
            if len(given) != len(expected):
                raise ValueError(
                    f"Argument `{what}` must be a list of tensors corresponding 1:1 to the optimizer's "
                    "variables. "
                    f"Received list with length {len(given)}; expected {len(expected)}."
                )
        saved = [v.detach().clone() for v in (*own, *trained)]
        try:
            for variable, value in zip(
                (*own, *trained),
                [edge.as_tensor(x).detach().clone() for x in (*optimizer_variables, *trainable_variables)],
            ):
                _copy(variable, value)
            self.apply(grads, trained)
            return [v.detach().clone() for v in trained], [v.detach().clone() for v in own]
        finally:
            for variable, value in zip((*own, *trained), saved):
                _copy(variable, value)

    # Saving

    def set_weights(self, weights):
        """Set all of `variables` from a list of arrays."""
        self._set(self._variables, weights)

    def _set(self, variables, weights):
        if not self.built:
            raise ValueError(
                "You are calling `set_weights()` on an optimizer that has not yet been built. Call "
                "`optimizer.build(trainable_variables)` first, which makes its variables."
            )
        if len(weights) != len(variables):
            raise ValueError(
                f"Optimizer {self.name} has {len(variables)} variables. Received: {len(weights)} weights."
            )
        for variable, weight in zip(variables, weights):
            weight = edge.as_tensor(weight)
            if variable.shape != weight.shape:
                raise ValueError(
                    f"Optimizer variable {variable.path} has shape {tuple(variable.shape)} not compatible "
                    "with "
                    f"provided weight shape {tuple(weight.shape)}."
                )
            _copy(variable, weight)

    def save_own_variables(self, store):
        """Write the state into a dict-like store."""
        for i, variable in enumerate(self._variables):
            store[str(i)] = edge.to_numpy(variable).copy()

    def load_own_variables(self, store):
        """Read the state from a store; a state of another size is skipped with a warning."""
        self._load(self._variables, store)

    def _load(self, variables, store):
        if len(store.keys()) != len(variables):
            warnings.warn(
                f"Skipping variable loading for optimizer '{self.name}', because it has {len(variables)} "
                f"variables whereas the saved optimizer has {len(store.keys())} variables. ",
                stacklevel=3,
            )
            return
        for i, variable in enumerate(variables):
            _copy(variable, edge.as_tensor(np.asarray(store[str(i)])))

    def __getstate__(self):
        return {**self.__dict__, "_indices": None, "_plans": {}, "_plan": None}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._indices = {id(variable): i for i, variable in enumerate(self._trainable_variables)}


def _constant(value):
    return "zeros" if value == 0 else initializers.Constant(value)


def _copy(variable, value):
    with torch.no_grad():
        variable.copy_(value)
