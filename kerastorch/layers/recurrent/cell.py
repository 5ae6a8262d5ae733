"""RecurrentCell: what the cells of LSTM, GRU and SimpleRNN have in common.

A cell computes one step in two parts: `project`, which does not depend on the state and so is done once for a whole
sequence, and `advance`. Where torch has a fused kernel for the cell, `loop_reason` is None and `run_fused` calls it.

B: batch, T: time, F: features, U: units, G: gates.
"""

import functools

import torch
import torch.nn.functional as F

from kerastorch import activations, constraints, initializers, random, regularizers
from kerastorch.core.call import context
from kerastorch.core.layer import Layer
from kerastorch.layers.core.arguments import last_size, positive_int
from kerastorch.layers.recurrent import fused
from kerastorch.layers.recurrent.scan import scan

_FINDERS = {
    "activation": activations.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}
_KERNEL_FUNCTIONS = {
    "tanh": (activations.tanh, torch.tanh),
    "sigmoid": (activations.sigmoid, torch.sigmoid),
    "relu": (activations.relu, torch.relu, F.relu),
}


class RecurrentCell(Layer):
    """Base of the cells: weights, dropout of inputs and states, and the two ways through a sequence."""

    gates = 1

    def _take(self, units, dropout, recurrent_dropout, seed, implementation, **arguments):
        """Keep the constructor's arguments, resolved."""
        self.units = positive_int("units", units)
        for name, value in arguments.items():
            find = _FINDERS.get(name.rsplit("_", 1)[-1])
            setattr(self, name, find(value) if find else value)
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.implementation = 1 if self.recurrent_dropout else implementation
        if self.implementation == 1 and self.gates > 1:
            self.dropout_mask_count = self.gates
        self.seed = seed
        self.seed_generator = random.SeedGenerator(seed)
        self._dropout_mask = self._recurrent_dropout_mask = None
        self.state_size = self.output_size = self.units

    def _add_weights(self, input_shape, bias_shape, bias_initializer=None, features=None, window=()):
        """Add kernel, recurrent kernel and bias, (F, G U), (U, G U) and `bias_shape`; a window comes before F and U."""
        features = last_size(self, input_shape) if features is None else features
        width = self.gates * self.units
        for name, shape in (
            ("kernel", (*window, features, width)),
            ("recurrent_kernel", (*window, self.units, width)),
            ("bias", bias_shape),
        ):
            if name == "bias" and not self.use_bias:
                self.bias = None
                continue
            kind = name.removesuffix("_kernel")
            initializer = getattr(self, f"{kind}_initializer")
            weight = self.add_weight(
                name=name,
                shape=shape,
                initializer=bias_initializer if kind == "bias" and bias_initializer else initializer,
                regularizer=getattr(self, f"{kind}_regularizer"),
                constraint=getattr(self, f"{kind}_constraint"),
            )
            setattr(self, name, weight)

    def _first_bias(self, shape, dtype=None):
        """Draw a bias for gates i, f, c, o: ones for f."""

        def draw(size):
            return self.bias_initializer((size,), dtype=dtype)

        i, c_and_o = draw(self.units), draw(2 * self.units)
        return torch.cat([i, torch.ones_like(i), c_and_o])

    def get_initial_state(self, batch_size=None):
        """Return zeros (B, U), one for each state."""
        weight = next(iter(self._parameters.values()), None) if self.built else None
        options = {"dtype": self._torch_dtype, "device": None if weight is None else weight.device}
        return [torch.zeros(shape, **options) for shape in self.state_shapes(batch_size)]

    def state_shapes(self, batch):
        """Return the shapes of the states for a batch size."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [(batch, size) for size in sizes]

    # ------------------------------------------------------------------ dropout
    def get_dropout_mask(self, step_input):
        """Return what inputs (B, F) are multiplied by, the same until it is reset; a list where gates differ."""
        if self._dropout_mask is None and self.dropout > 0:
            self._dropout_mask = self._draw(step_input, self.dropout)
        return self._dropout_mask

    def get_recurrent_dropout_mask(self, step_input):
        """Return what states (B, U) are multiplied by, the same until it is reset; a list where gates differ."""
        if self._recurrent_dropout_mask is None and self.recurrent_dropout > 0:
            self._recurrent_dropout_mask = self._draw(step_input, self.recurrent_dropout)
        return self._recurrent_dropout_mask

    def reset_dropout_mask(self):
        """Forget the dropout mask of the inputs."""
        self.__dict__["_dropout_mask"] = None

    def reset_recurrent_dropout_mask(self):
        """Forget the dropout mask of the states."""
        self.__dict__["_recurrent_dropout_mask"] = None

    def _draw(self, like, rate):
        ones = torch.ones_like(like)
        count = getattr(self, "dropout_mask_count", None)
        masks = [
            F.dropout(ones, rate)
            if self.seed is None
            else random.dropout(ones, rate, seed=self.seed_generator)
            for _ in range(count or 1)
        ]
        return masks if count else masks[0]

    # ------------------------------------------------------------------ one step in two parts
    def project(self, inputs, training):
        """Return inputs @ kernel + bias for inputs (B, F) or (B, T, F), after dropout."""
        kernel, bias = self.kernel, self._input_bias()
        masks = None
        if training and self.dropout:
            masks = self.get_dropout_mask(inputs[:, 0] if inputs.ndim == 3 else inputs)
        if isinstance(masks, list):
            parts = kernel.chunk(self.gates, -1)
            product = torch.cat([_times(inputs, m) @ part for m, part in zip(masks, parts)], -1)
            return product if bias is None else product + bias
        inputs = inputs if masks is None else _times(inputs, masks)
        return F.linear(inputs, kernel.t(), bias)

    def _input_bias(self):
        return self.bias

    def _state_masks(self, h, training):
        """Return a dropout mask of the state for each gate, or None."""
        if not (training and self.recurrent_dropout):
            return None
        masks = self.get_recurrent_dropout_mask(h)
        return masks if isinstance(masks, list) else [masks] * self.gates

    def call(self, inputs, states, training=False):
        nested = isinstance(states, (list, tuple))
        h, new_states = self.advance(
            self.project(inputs, training), states if nested else [states], training, self.recurrent_kernel
        )
        return h, new_states if nested else new_states[0]

    def advance(self, projected, states, training, kernel):
        """Return (output, new states) for the projected input of a step and the recurrent kernel."""
        raise NotImplementedError(f"{type(self).__name__} must define `advance`.")

    # ------------------------------------------------------------------ a sequence
    def loop_reason(self, training):
        """Return why a fused kernel cannot run this cell, or None."""
        if training and self.recurrent_dropout:
            return f"recurrent_dropout={self.recurrent_dropout} changes the state between steps"
        if training and self.dropout and isinstance(getattr(self, "dropout_mask_count", None), int):
            return "implementation=1 draws one dropout mask for each gate"
        return self._activation_reason()

    def _activation_reason(self):
        for argument, wanted in self.kernel_activations.items():
            if kernel_function(getattr(self, argument)) not in wanted:
                name = getattr(getattr(self, argument), "__name__", getattr(self, argument))
                return f"the fused kernels have {argument}={' or '.join(wanted)}, not {name}"
        return None

    def run(self, sequences, states, mask, training, zero_output_for_mask, return_all_outputs, fuse=True):
        """Run the cell over a sequence: fused when it can be, else in a loop.

        Returns:
            last output, all outputs (B, T, U) or None, final states
        """
        sequences = sequences.to(self._torch_dtype)
        with _reading_in(self._autocast_dtype):
            if fuse and self.loop_reason(training) is None and sequences.shape[1]:
                return self._run_fused(sequences, states, mask, training, zero_output_for_mask)
            step = functools.partial(self.advance, training=training, kernel=self.recurrent_kernel)
            projected = self.project(sequences, training)
            return scan(step, projected, states, mask, zero_output_for_mask, return_all_outputs)

    def fits(self, other):
        """Tell whether a fused kernel can run this cell forwards and another one backwards at once."""
        return (
            self.kernel_name() == other.kernel_name()
            and (self.units, self.use_bias) == (other.units, other.use_bias)
            and self.dtype_policy == other.dtype_policy
            and self.kernel.shape == other.kernel.shape
        )

    def run_both(self, other, sequences, states, other_states):
        """Run this cell forwards and another one backwards over a sequence, in one fused kernel.

        Returns:
            outputs (B, T, 2 U) in the order of time, final states of this cell, final states of the other
        """
        with _reading_in(self._autocast_dtype):
            x = sequences.to(self._torch_dtype)
            pairs = [torch.stack(pair) for pair in zip(states, other_states)]
            weights = [*self.fused_weights(), *other.fused_weights()]
            outputs, final = fused.run(self.kernel_name(), x, pairs, weights, bidirectional=True)
        return outputs, [pair[0] for pair in final], [pair[1] for pair in final]

    def _run_fused(self, sequences, states, mask, training, zero_output_for_mask):
        x = self.drop_inputs(sequences, training)
        if mask is None:
            outputs, states = self._kernel(x, states, None)
            return outputs[:, -1], outputs, states
        outputs, states = fused.run_masked(self._kernel, x, states, mask)
        if zero_output_for_mask:
            outputs = torch.where(mask.unsqueeze(-1), outputs, 0)
        return outputs[:, -1], outputs, states

    def drop_inputs(self, sequences, training):
        """Return a sequence (B, T, F) after dropout, the same at each step."""
        if not (training and self.dropout):
            return sequences
        return sequences * self.get_dropout_mask(sequences[:, 0]).unsqueeze(1)

    def _kernel(self, x, states, idle):
        return fused.run(self.kernel_name(), x, states, self.fused_weights())


def kernel_function(fn):
    """Return the name of an activation that a fused kernel may have, or None."""
    return next((name for name, known in _KERNEL_FUNCTIONS.items() if fn in known), None)


class _reading_in:
    """Context in which a cell's variables are read in a dtype (None: in their own)."""

    def __init__(self, dtype):
        self.dtype = dtype

    def __enter__(self):
        self.saved, context.autocast = context.autocast, self.dtype

    def __exit__(self, *exc):
        context.autocast = self.saved


def _times(inputs, mask):
    return inputs * (mask.unsqueeze(1) if inputs.ndim == 3 else mask)
