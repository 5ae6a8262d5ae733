"""SimpleRNN and its cell."""

import torch

from kerastorch.layers.activations.activate import activate
from kerastorch.layers.recurrent.cell import RecurrentCell, kernel_function
from kerastorch.layers.recurrent.cell_layer import CellLayer


class SimpleRNNCell(RecurrentCell):
    """One step of a fully connected recurrent network: h' = activation(x W + h R + b).

    Called with inputs (B, F) and the state [h], (B, units); gives h' and [h'].

    Args:
        units: The size of the output and of the state.
        activation: The function of the output; None is the identity.
        use_bias: Whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: What the weights start from.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties on the weights.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints on the weights.
        dropout: The fraction of the inputs that is dropped in training, the same at every step.
        recurrent_dropout: The fraction of the state that is dropped in training.
        seed: An integer for dropout that is the same in every run.

    Raises ValueError unless `units` is a positive integer.

    >>> h, states = keras.layers.SimpleRNNCell(4)(np.ones((2, 3)), [np.zeros((2, 4))])
    >>> h.shape
    torch.Size([2, 4])
    """

    kernel_activations = {"activation": ("tanh", "relu")}

    def __init__(
        self,
        units,
        activation="tanh",
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
        seed=None,
        **kwargs,
    ):
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self._take(
            units,
            activation=activation,
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
            seed=seed,
            implementation=implementation,
        )

    def build(self, input_shape):
        self._add_weights(input_shape, (self.units,))

    def call(self, sequence, states, training=False):
        return super().call(sequence, states, training)

    def advance(self, projected, states, training, kernel):
        (h,) = states
        masks = self._state_masks(h, training)
        h = torch.addmm(projected, h if masks is None else h * masks[0], kernel)
        h = activate(self.activation, h)
        return h, [h]

    def kernel_name(self):
        """Return the name of torch's kernel for this cell."""
        return f"rnn_{kernel_function(self.activation)}"

    def fused_weights(self):
        """Return the weights in torch's layout."""
        weights = [self.kernel.t(), self.recurrent_kernel.t()]
        if self.use_bias:
            bias = self.bias
            weights += [bias, torch.zeros_like(bias)]
        return weights


class SimpleRNN(CellLayer):
    """Run a fully connected recurrent network over a sequence (B, T, F), the output being the next input.

    Args:
        units: The size of the output and of the state.
        activation: The function of the output; None is the identity.
        use_bias: Whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: What the weights start from.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties on the weights.
        activity_regularizer: Penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints on the weights.
        dropout: The fraction of the inputs that is dropped in training, the same at every step.
        recurrent_dropout: The fraction of the state that is dropped in training; this takes a loop in Python.
        return_sequences: Whether to return the outputs of all steps (B, T, units), or that of the last (B, units).
        return_state: Whether to return the final state too.
        go_backwards: Whether to start from the end; the outputs come in the order of the computation.
        stateful: Whether a batch starts from the final state of the batch before it.
        unroll: Kept in the config; it changes nothing in the values.
        seed: An integer for dropout that is the same in every run.

    Raises ValueError unless `units` is a positive integer and the input has 3 axes, for states that do not
    fit, and for a changed batch of a stateful layer.

    Elman, 1990, https://doi.org/10.1207/s15516709cog1402_1

    >>> keras.layers.SimpleRNN(4)(np.ones((2, 5, 3))).shape
    torch.Size([2, 4])
    """

    config_exclude = (*CellLayer.config_exclude, "seed")  # as in Keras

    def __init__(
        self,
        units,
        activation="tanh",
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
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        **kwargs,
    ):
        cell = SimpleRNNCell(
            units,
            activation=activation,
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
            seed=seed,
            name="simple_rnn_cell",
            **self._cell_keywords(kwargs),
        )
        super().__init__(
            cell,
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
