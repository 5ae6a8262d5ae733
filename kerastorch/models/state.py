"""The state of a model as a tree, and its loss as a function of that state."""

from kerastorch.core.edge import to_numpy
from kerastorch.core.scopes import StatelessScope


class ModelState:
    """What a `Model` offers for looking at, and replacing, all of its variables at once."""

    def get_state_tree(self, value_format="backend_tensor"):
        """Return all variables as nested dicts, by kind and by the parts of their paths.

        Args:
            value_format: "backend_tensor" for tensors, "numpy_array" for arrays.

        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="d")], name="m")
        >>> model.get_state_tree("numpy_array")["trainable_variables"]["m"]["d"]["bias"]
        array([0.], dtype=float32)
        """
        if value_format not in ("backend_tensor", "numpy_array"):
            raise ValueError(
                "Invalid `value_format`. Expected one of 'numpy_array', 'backend_tensor'. "
                f"Received: value_format={value_format}"
            )
        return {kind: _nested(variables, value_format) for kind, variables in self._state_groups().items()}

    def _state_groups(self):
        return {
            "trainable_variables": self.trainable_variables,
            "non_trainable_variables": self.non_trainable_variables,
            "optimizer_variables": self.optimizer.variables if self.optimizer is not None else [],
            "metrics_variables": self.metrics_variables,
        }

    def set_state_tree(self, state_tree):
        """Assign the values of a tree as `get_state_tree` gives it; what it leaves out stays as it is.

        Args:
            state_tree: Nested dicts of values.
        """
        groups = self._state_groups()
        for kind, values in state_tree.items():
            if kind not in groups:
                raise ValueError(f"Unknown variable name: {kind}. Expected one of {list(groups)}.")
            by_path = {_path(variable): variable for variable in groups[kind]}
            for path, value in _flat(values):
                if path in by_path:
                    by_path[path].assign(value)

    def stateless_compute_loss(
        self,
        trainable_variables,
        non_trainable_variables,
        metrics_variables,
        x=None,
        y=None,
        y_pred=None,
        sample_weight=None,
        training=True,
    ):
        """Return the loss for other values of the variables, and the values that the computation leaves.

        Args:
            trainable_variables, non_trainable_variables, metrics_variables: Values, in the order of these properties.
            x, y, y_pred, sample_weight, training: As for `compute_loss`.

        Returns:
            The loss, and a triple of the trainable, non-trainable and metric values.
        """
        groups = (self.trainable_variables, self.non_trainable_variables, self.metrics_variables)
        values = (trainable_variables, non_trainable_variables, metrics_variables)
        mapping = [pair for group, given in zip(groups, values) for pair in zip(group, given)]
        with StatelessScope(state_mapping=mapping) as scope:
            loss = self._loss_of(x, y, y_pred, sample_weight, training)
        now = [[_current(scope, variable) for variable in group] for group in groups[1:]]
        return loss, (trainable_variables, *now)


def _current(scope, variable):
    value = scope.get_current_value(variable)
    return variable.detach() if value is None else value


def _path(variable):
    return getattr(variable, "path", None) or getattr(variable, "name", None) or "parameter"


def _nested(variables, value_format):
    """Return values in nested dicts, along the paths of their variables."""
    tree = {}
    for variable in variables:
        *parents, last = _path(variable).split("/")
        place = tree
        for part in parents:
            place = place.setdefault(part, {})
        if last in place:
            raise ValueError(
                f"The following variable path is found twice in the model: '{_path(variable)}'. `get_state_tree()` can "
                "only be called when all variable paths are unique. Make sure to give unique names to your layers "
                "(and other objects)."
            )
        place[last] = to_numpy(variable).copy() if value_format == "numpy_array" else variable.detach()
    return tree


def _flat(tree, prefix=""):
    """Yield the paths and values of nested dicts."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}/")
        else:
            yield f"{prefix}{key}", value
