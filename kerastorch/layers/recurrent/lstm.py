"""LSTM and its cell. Gates stand in the order i, f, c, o (input, forget, candidate, output), as in torch's kernels."""

import torch

from kerastorch.layers.activations.activate import activate
from kerastorch.layers.recurrent import fused
from kerastorch.layers.recurrent.cell import RecurrentCell
from kerastorch.layers.recurrent.cell_layer import CellLayer, of_cell

_SHUT = 1e9  # added to a gate's input it makes its sigmoid exactly 1 or 0


class LSTMCell(RecurrentCell):
    """One step of an LSTM.

    i, f, o = sigmoid(x W + h R + b); c' = f c + i tanh(x W + h R + b); h' = o tanh(c')

    Called with inputs (B, F) and states [h, c], each (B, units); gives h' and [h', c'].

    Args:
        units: The size of the output and of the states.
        activation: The function of the candidate and of the output.
        recurrent_activation: The function of the gates.
        use_bias: Whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: What the weights start from.
        unit_forget_bias: Whether the bias of the forget gate starts from ones.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties on the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints on the weights.
        dropout: The fraction of the inputs that is dropped in training, the same at every step.
        recurrent_dropout: The fraction of the state that is dropped in training.
        seed: An integer for dropout that is the same in every run.

    Raises ValueError unless `units` is a positive integer.

    Hochreiter and Schmidhuber, 1997, https://www.bioinf.jku.at/publications/older/2604.pdf

    >>> h, (h, c) = keras.layers.LSTMCell(4)(np.ones((2, 3)), [np.zeros((2, 4)), np.zeros((2, 4))])
    >>> h.shape, c.shape
    (torch.Size([2, 4]), torch.Size([2, 4]))
    """

    gates = 4
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
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
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
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            implementation=implementation,
        )
        self.state_size = [self.units, self.units]

    def build(self, input_shape):
        self._add_weights(input_shape, (4 * self.units,), self._first_bias if self.unit_forget_bias else None)

    def call(self, inputs, states, training=False):
        return super().call(inputs, states, training)

    def advance(self, projected, states, training, kernel):
        h, c = states
        masks = self._state_masks(h, training)
        if masks is None:
            z = torch.addmm(projected, h, kernel)
        else:
            parts = zip(masks, kernel.chunk(4, -1))
            z = projected + torch.cat([(h * mask) @ part for mask, part in parts], -1)
        i, f, candidate, o = z.chunk(4, -1)
        gate, activation = self.recurrent_activation, self.activation
        c = activate(gate, f) * c + activate(gate, i) * activate(activation, candidate)
        h = activate(gate, o) * activate(activation, c)
        return h, [h, c]

    def kernel_name(self):
        """Return the name of torch's kernel for this cell."""
        return "lstm"

    def fused_weights(self):
        """Return the weights in torch's layout."""
        weights = [self.kernel.t(), self.recurrent_kernel.t()]
        if self.use_bias:
            bias = self.bias
            weights += [bias, torch.zeros_like(bias)]
        return weights

    def _kernel(self, x, states, idle):
        if idle is None:
            return super()._kernel(x, states, None)
        # One more input, 1 at idle steps, shuts the input gate and opens the forget gate: c stays as it was
        weights = self.fused_weights()
        strength = 3e4 if x.dtype is torch.float16 else _SHUT
        row = torch.zeros_like(weights[0][:, :1])
        row[: self.units], row[self.units : 2 * self.units] = -strength, strength
        weights[0] = torch.cat([weights[0], row], 1)
        x = torch.cat([x, idle.unsqueeze(-1).to(x.dtype)], -1)
        return fused.run("lstm", x, states, weights)


class LSTM(CellLayer):
    """Run an LSTM over a sequence (B, T, F).

    Args:
        units: The size of the output and of the states.
        activation: The function of the candidate and of the output.
        recurrent_activation: The function of the gates.
        use_bias: Whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: What the weights start from.
        unit_forget_bias: Whether the bias of the forget gate starts from ones.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties on the weights.
        activity_regularizer: Penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints on the weights.
        dropout: The fraction of the inputs that is dropped in training, the same at every step.
        recurrent_dropout: The fraction of the state that is dropped in training; this takes a loop in Python.
        seed: An integer for dropout that is the same in every run.
        return_sequences: Whether to return the outputs of all steps (B, T, units), or that of the last (B, units).
        return_state: Whether to return the final states h and c too.
        go_backwards: Whether to start from the end; the outputs come in the order of the computation.
        stateful: Whether a batch starts from the final states of the batch before it.
        unroll: Kept in the config; it changes nothing in the values.
        use_cudnn: False for the loop in Python; True to raise an error where a fused kernel cannot be used.

    Raises ValueError unless `units` is a positive integer and the input has 3 axes, for states that do not
    fit, and for a changed batch of a stateful layer.

    Hochreiter and Schmidhuber, 1997, https://www.bioinf.jku.at/publications/older/2604.pdf

    >>> keras.layers.LSTM(4)(np.ones((2, 5, 3))).shape
    torch.Size([2, 4])
    >>> outputs, h, c = keras.layers.LSTM(4, return_sequences=True, return_state=True)(np.ones((2, 5, 3)))
    >>> outputs.shape, bool((outputs[:, -1] == h).all())
    (torch.Size([2, 5, 4]), True)
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
        unit_forget_bias=True,
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
        use_cudnn="auto",
        **kwargs,
    ):
        cell = LSTMCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            name="lstm_cell",
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
    unit_forget_bias = of_cell("unit_forget_bias")
