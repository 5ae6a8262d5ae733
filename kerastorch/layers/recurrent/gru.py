"""GRU and its cell. Gates stand in Keras's order z, r, h (update, reset, candidate); torch's kernels have r, z, h."""

import torch

from kerastorch.layers.activations.activate import activate
from kerastorch.layers.recurrent.cell import RecurrentCell
from kerastorch.layers.recurrent.cell_layer import CellLayer, of_cell


class GRUCell(RecurrentCell):
    """One step of a GRU.

    z, r = sigmoid(x W + h R + b); candidate = tanh(x W + r (h R + b_r) + b); h' = z h + (1 - z) candidate

    With `reset_after=False` the reset gate multiplies h before the matrix: tanh(x W + (r h) R + b).
    Called with inputs (B, F) and the state [h], (B, units); gives h' and [h'].

    Args:
        units: The size of the output and of the state.
        activation: The function of the candidate.
        recurrent_activation: The function of the gates.
        use_bias: Whether a bias is added, (2, 3 units) with `reset_after`, one row for inputs and one for states.
        kernel_initializer, recurrent_initializer, bias_initializer: What the weights start from.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties on the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints on the weights.
        dropout: The fraction of the inputs that is dropped in training, the same at every step.
        recurrent_dropout: The fraction of the state that is dropped in training.
        reset_after: Whether the reset gate is applied after the matrix, as fused kernels do.
        seed: An integer for dropout that is the same in every run.

    Raises ValueError unless `units` is a positive integer.

    Cho et al., 2014, https://arxiv.org/abs/1406.1078

    >>> h, states = keras.layers.GRUCell(4)(np.ones((2, 3)), [np.zeros((2, 4))])
    >>> h.shape
    torch.Size([2, 4])
    """

    gates = 3
    kernel_activations = {"activation": ("tanh",), "recurrent_activation": ("sigmoid",)}

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        reset_after=True,
        seed=None,
        **kwargs,
    ):
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self._take(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            reset_after=reset_after,
            seed=seed,
            implementation=implementation,
        )

    def build(self, input_shape):
        width = 3 * self.units
        self._add_weights(input_shape, (2, width) if self.reset_after else (width,))

    def call(self, inputs, states, training=False):
        return super().call(inputs, states, training)

    def _input_bias(self):
        return self.bias[0] if self.use_bias and self.reset_after else self.bias

    def advance(self, projected, states, training, kernel):
        (h,) = states
        u = self.units
        masks = self._state_masks(h, training)
        h_z, h_r, h_h = [h, h, h] if masks is None else [h * mask for mask in masks]
        bias = self.bias[1] if self.reset_after and self.use_bias else None
        x_zr, x_h = projected.split([2 * u, u], -1)
        if masks is None and self.reset_after:
            zr, recurrent = _affine(h, kernel, bias).split([2 * u, u], -1)
        else:
            k_z, k_r, k_h = kernel.split(u, -1)
            b_z, b_r, b_h = [None] * 3 if bias is None else bias.split(u)
            zr = torch.cat([_affine(h_z, k_z, b_z), _affine(h_r, k_r, b_r)], -1)
            recurrent = _affine(h_h, k_h, b_h) if self.reset_after else None
        z, r = (activate(self.recurrent_activation, gate) for gate in (x_zr + zr).chunk(2, -1))
        recurrent = r * recurrent if self.reset_after else (r * h_h) @ k_h
        candidate = activate(self.activation, x_h + recurrent)
        h = z * h + (1 - z) * candidate
        return h, [h]

    def loop_reason(self, training):
        if not self.reset_after:
            return "the fused kernels have reset_after=True, not False"
        return super().loop_reason(training)

    def kernel_name(self):
        """Return the name of torch's kernel for this cell."""
        return "gru"

    def fused_weights(self):
        """Return the weights in torch's layout, with the gates in torch's order."""
        weights = [self.kernel.t(), self.recurrent_kernel.t()]
        if self.use_bias:
            weights += self.bias.unbind()
        parts = [weight.split(self.units) for weight in weights]
        return [torch.cat([r, z, h]) for z, r, h in parts]


def _affine(x, kernel, bias):
    return x @ kernel if bias is None else torch.addmm(bias, x, kernel)


class GRU(CellLayer):
    """Run a GRU over a sequence (B, T, F).

    Args:
        units: The size of the output and of the state.
        activation: The function of the candidate.
        recurrent_activation: The function of the gates.
        use_bias: Whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: What the weights start from.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties on the weights.
        activity_regularizer: Penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints on the weights.
        dropout: The fraction of the inputs that is dropped in training, the same at every step.
        recurrent_dropout: The fraction of the state that is dropped in training; this takes a loop in Python.
        seed: An integer for dropout that is the same in every run.
        return_sequences: Whether to return the outputs of all steps (B, T, units), or that of the last (B, units).
        return_state: Whether to return the final state too.
        go_backwards: Whether to start from the end; the outputs come in the order of the computation.
        stateful: Whether a batch starts from the final state of the batch before it.
        unroll: Kept in the config; it changes nothing in the values.
        reset_after: Whether the reset gate is applied after the matrix; False takes a loop in Python.
        use_cudnn: False for the loop in Python; True to raise an error where a fused kernel cannot be used.

    Raises ValueError unless `units` is a positive integer and the input has 3 axes, for states that do not
    fit, and for a changed batch of a stateful layer.

    Cho et al., 2014, https://arxiv.org/abs/1406.1078

    >>> outputs, state = keras.layers.GRU(4, return_sequences=True, return_state=True)(np.ones((2, 5, 3)))
    >>> outputs.shape, state.shape
    (torch.Size([2, 5, 4]), torch.Size([2, 4]))
    """

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=True,
        use_cudnn="auto",
        **kwargs,
    ):
        cell = GRUCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            reset_after=reset_after,
            seed=seed,
            name="gru_cell",
            **self._cell_keywords(kwargs),
        )
        super().__init__(
            cell,
            use_cudnn=use_cudnn,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences, initial_state=initial_state, mask=mask, training=training)

    recurrent_activation = of_cell("recurrent_activation")
    reset_after = of_cell("reset_after")
