"""Bidirectional: a recurrent layer in both directions."""

import torch

from kerastorch.core import infer, registry
from kerastorch.core.layer import Layer
from kerastorch.layers.recurrent.cell_layer import CellLayer

_MERGES = {
    "sum": torch.add,
    "mul": torch.mul,
    "ave": lambda forward, backward: (forward + backward) / 2,
    "concat": lambda forward, backward: torch.cat([forward, backward], -1),
    None: lambda forward, backward: (forward, backward),
}


class Bidirectional(Layer):
    """Run a recurrent layer over a sequence from both ends, and merge the outputs.

    Args:
        layer: An `RNN`, `LSTM`, `GRU` or other layer with `go_backwards`, `return_sequences`, `return_state` and
            `stateful`. Both directions are made from its config; its own weights are not used.
        merge_mode: "concat", "sum", "mul" or "ave"; None gives both outputs.
        weights: Initial weights of both directions, as `get_weights()` gives them.
        backward_layer: The layer of the backward direction, by default made from `layer`.

    Shapes: those of the layer; with "concat" the last size of the output is doubled. Raises ValueError for an
    unknown merge mode, directions that do not differ, or an odd number of initial states.

    Schuster and Paliwal, 1997, https://ieeexplore.ieee.org/document/650093

    >>> layer = keras.layers.Bidirectional(keras.layers.LSTM(4, return_sequences=True))
    >>> layer(np.ones((2, 5, 3))).shape
    torch.Size([2, 5, 8])
    """

    creates_mask = False
    config_exclude = ("weights",)

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        for name, value in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(value, Layer) and not (value is None and name == "backward_layer"):
                raise ValueError(
                    f"`{name}` must be a `keras.layers.Layer`. Received: {name}={value} (of type {type(value)})"
                )
        if merge_mode not in _MERGES:
            raise ValueError(
                f"`merge_mode` must be one of {list(_MERGES)}. Received: merge_mode={merge_mode!r}"
            )
        super().__init__(**kwargs)
        self.forward_layer = _clone(layer, "forward_")
        self.backward_layer = (
            _clone(layer, "backward_", go_backwards=True) if backward_layer is None else backward_layer
        )
        for direction in (self.forward_layer, self.backward_layer):
            if hasattr(layer, "use_cudnn"):
                direction.use_cudnn = layer.use_cudnn  # not part of a config
            if getattr(direction, "zero_output_for_mask", None) is not None:
                direction.zero_output_for_mask = direction.return_sequences
        self._check_directions()
        self.merge_mode = merge_mode
        self._first_weights = weights
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec

    def _check_directions(self):
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                "The forward and backward layers must differ in `go_backwards`. Received: "
                f"layer.go_backwards={forward.go_backwards}, backward_layer.go_backwards={backward.go_backwards}"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            values = getattr(forward, name), getattr(backward, name)
            if values[0] != values[1]:
                raise ValueError(
                    f"The forward and backward layers must have the same `{name}`. Received: "
                    f"layer.{name}={values[0]}, backward_layer.{name}={values[1]}"
                )

    def build(self, sequences_shape, initial_state_shape=None):
        for direction in (self.forward_layer, self.backward_layer):
            if not direction.built:
                direction.build(sequences_shape)
        if self._first_weights:
            self.set_weights(self._first_weights)

    # ------------------------------------------------------------------ states
    @property
    def states(self):
        """The states of both directions of a stateful layer, or None."""
        if self.forward_layer.states and self.backward_layer.states:
            return (*self.forward_layer.states, *self.backward_layer.states)
        return None

    def reset_state(self):
        """Set the states of a stateful layer to zero."""
        if not self.stateful:
            raise AttributeError(
                f"Layer '{self.name}' has no states to reset: it was made with `stateful=False`."
            )
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self):
        """Set the states of a stateful layer to zero: another name of `reset_state`."""
        self.reset_state()

    # ------------------------------------------------------------------ call
    def call(self, sequences, initial_state=None, mask=None, training=None):
        first = self._halves(initial_state)
        if mask is None and self._in_one_kernel(training):
            output, states = self._run_together(sequences, first)
        else:
            y, states = self._run_alone(self.forward_layer, sequences, first[0], mask, training)
            y_back, states_back = self._run_alone(self.backward_layer, sequences, first[1], mask, training)
            output = self._merge(y, y_back.flip(1) if self.return_sequences else y_back)
            states = (*states, *states_back)
        if not self.return_state:
            return output
        return (*output, *states) if self.merge_mode is None else (output, *states)

    def _merge(self, forward, backward):
        return _MERGES[self.merge_mode](forward.to(self._torch_dtype), backward.to(self._torch_dtype))

    def _halves(self, initial_state):
        if initial_state is None:
            return None, None
        if not isinstance(initial_state, (list, tuple)) or len(initial_state) % 2:
            raise ValueError(
                f"Layer '{self.name}' (Bidirectional) expects the initial states of the forward layer and then those "
                f"of the backward layer, an even number of them. Received: initial_state={initial_state}"
            )
        half = len(initial_state) // 2
        return initial_state[:half], initial_state[half:]

    def _run_alone(self, layer, sequences, initial_state, mask, training):
        """Return a direction's output and its states."""
        keywords = {} if initial_state is None else {"initial_state": initial_state}
        if layer._takes_training:
            keywords["training"] = training
        if layer._call_takes_mask and mask is not None:
            keywords["mask"] = mask
        outputs = layer(sequences, **keywords)
        return (outputs[0], outputs[1:]) if self.return_state else (outputs, ())

    def _in_one_kernel(self, training):
        """Tell whether one call of a kernel can run both directions, with nothing passed over."""
        forward, backward = self.forward_layer, self.backward_layer
        return (
            not self.stateful
            and not infer.is_inferring()
            and backward.go_backwards
            and all(map(_is_plain, (forward, backward)))
            and self.fused_reason(training) is None
            and not (training and (forward.dropout or backward.dropout))
            and forward.cell.fits(backward.cell)
        )

    def _run_together(self, sequences, first):
        forward, backward = self.forward_layer, self.backward_layer
        states = [
            layer._first_states(sequences, initial) for layer, initial in zip((forward, backward), first)
        ]
        outputs, states, states_back = forward.cell.run_both(backward.cell, sequences, *states)
        if self.return_sequences and self.merge_mode == "concat":
            output = outputs.to(self._torch_dtype)
        elif self.return_sequences:
            output = self._merge(*outputs.chunk(2, -1))
        else:
            output = self._merge(states[0], states_back[0])
        return output, (*states, *states_back)

    # ------------------------------------------------------------------ shapes, masks, config
    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        shape, states = self.forward_layer.compute_output_shape(sequences_shape), ()
        if self.return_state:
            shape, *states = shape
        shape = tuple(shape)
        if self.merge_mode is None:
            return (shape, shape, *states, *states)
        if self.merge_mode == "concat":
            shape = (*shape[:-1], 2 * shape[-1])
        return (shape, *states, *states) if self.return_state else shape

    def compute_mask(self, _, mask):
        mask = mask[0] if isinstance(mask, list) else mask
        mask = mask if self.return_sequences else None
        masks = [mask] if self.merge_mode else [mask, mask]
        if self.return_state:
            masks += [None] * 2 * len(self.forward_layer.state_size)
        return masks

    def fused_reason(self, training=True):
        """Return why a direction loops over time in Python, or None when both run in fused kernels.

        Args:
            training: Whether to answer for training, where dropout is active.
        """
        for layer in (self.forward_layer, self.backward_layer):
            if not hasattr(layer, "fused_reason"):
                return f"the layer is a {type(layer).__name__}, whose `call` is run as it is"
            if layer.fused_reason(training) is not None:
                return layer.fused_reason(training)
        return None

    def _config_value(self, name):
        return self.forward_layer if name == "layer" else super()._config_value(name)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        with registry.CustomObjectScope(custom_objects):
            return super().from_config(config)


def _is_plain(layer):
    """Tell whether a layer is the library's own LSTM, GRU or SimpleRNN, with nothing attached to its call."""
    return (
        isinstance(layer, CellLayer)
        and registry.is_library(type(layer).__module__)
        and registry.is_library(type(layer.cell).__module__)
        and layer.activity_regularizer is None
        and not (layer._forward_hooks or layer._forward_pre_hooks or layer._backward_hooks)
    )


def _clone(layer, prefix, **changes):
    """Return a new layer from a layer's config, its name with a prefix."""
    config = registry.serialize_keras_object(layer)
    config["config"].update(changes, name=prefix + layer.name.removeprefix(prefix))
    with registry.safe_mode_scope(False):  # the functions in this config are this process's own
        return registry.deserialize_keras_object(config)
