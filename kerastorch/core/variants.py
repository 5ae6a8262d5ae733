"""Other ways to call a layer: with other values for its variables, or with activations computed again."""

import math

from kerastorch.core import tree
from kerastorch.core.remat import remat
from kerastorch.core.stateless import swapped


class Variants:
    """What a `Layer` offers beside its plain call."""

    def stateless_call(
        self, trainable_variables, non_trainable_variables, *args, return_losses=False, **kwargs
    ):
        """Call with other values for the variables, and return the outputs and the new non-trainable values.

        Args:
            trainable_variables, non_trainable_variables: Values in the order of the properties of these names.
            return_losses: Whether to return the losses of the call too.
        """
        variables = [*self.trainable_variables, *self.non_trainable_variables]
        values = [*trainable_variables, *non_trainable_variables]
        if len(variables) != len(values):
            raise ValueError(
                "Argument `trainable_variables` and `non_trainable_variables` must be lists of tensors "
                "corresponding "
                f"1:1 to the variables of the layer. Expected {len(variables)} values. Received: "
                f"{len(values)}"
            )
        with swapped(self, variables, values) as current:
            outputs = self(*args, **kwargs)
            losses = self.losses if return_losses else None
            state = [current(v) for v in self.non_trainable_variables]
        return (outputs, state, losses) if return_losses else (outputs, state)

    def rematerialized_call(self, layer_call, *args, **kwargs):
        """Return `layer_call` as the `RematScope` in which the layer was made asks for.

        Args:
            layer_call: The function that computes the outputs.
            *args, **kwargs: What it will be called with.
        """
        mode = self._remat_mode
        if mode is None or mode.mode is None:
            return layer_call
        if mode.mode == "activations":
            return _with_remat_activation(self, layer_call)
        if mode.mode == "list_of_layers" and self.name not in mode.layer_names:
            return layer_call
        if mode.mode == "larger_than":
            specs = tree.flatten(self.compute_output_spec(*args, **kwargs))
            sizes = [math.prod(size or 1 for size in spec.shape) for spec in specs if spec is not None]
            if sum(sizes) <= mode.output_size_threshold:
                return layer_call
        return remat(layer_call)


def _with_remat_activation(layer, layer_call):
    """Return a call in which only the layer's activation function is computed again."""
    if getattr(layer, "activation", None) is None:
        return layer_call

    def call(*args, **kwargs):
        activation = layer.activation
        layer.activation = remat(activation)
        try:
            return layer_call(*args, **kwargs)
        finally:
            layer.activation = activation

    return call
