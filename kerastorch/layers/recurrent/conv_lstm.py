"""ConvLSTM1D, ConvLSTM2D, ConvLSTM3D: LSTMs over images, with convolutions for matrix products.

The input convolution is done once for all steps. Gates stand in the order i, f, c, o along the channel axis.
"""

import torch

from kerastorch.core.input_spec import InputSpec
from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.activations.activate import activate
from kerastorch.layers.convolution.base import CONVOLVE, as_view, not_both
from kerastorch.layers.core.arguments import axis_size
from kerastorch.layers.core.window import check_padding, sizes
from kerastorch.layers.recurrent.cell import RecurrentCell
from kerastorch.layers.recurrent.cell_layer import CellLayer, of_cell
from kerastorch.ops.padding import pad_same


class ConvLSTMCell(RecurrentCell):
    """One step of a ConvLSTM, with inputs (B, *space, channels) and states [h, c], each (B, *new space, filters).

    Args:
        rank: The number of spatial axes.
        Further arguments as in `ConvLSTM2D`.
    """

    gates = 4

    def __init__(
        self,
        rank,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        dtype=None,
        trainable=True,
        name=None,
        **arguments,
    ):
        super().__init__(dtype=dtype, trainable=trainable, name=name)
        self.rank, self.filters = rank, filters
        self.kernel_size = sizes(kernel_size, rank, "kernel_size")
        self.strides = sizes(strides, rank, "strides", allow_zero=True)
        self.padding = check_padding(padding)
        self.data_format = standardize_data_format(data_format)
        self.dilation_rate = sizes(dilation_rate, rank, "dilation_rate")
        not_both(self.strides, self.dilation_rate)
        self._take(filters, implementation=1, **arguments)
        self.state_size = [self.units, self.units]
        last = self.data_format == "channels_last"
        self._axis = -1 if last else -rank - 1  # of the channels
        self._to_torch = (0, rank + 1, *range(1, rank + 1)) if last else None
        self._from_torch = (0, *range(2, rank + 2), 1) if last else None

    def build(self, input_shape):
        channels = axis_size(self, input_shape, self._axis)
        self._space = self._sizes_of_space(input_shape)
        if None in self._space:
            raise ValueError(
                "ConvLSTM layers need an input whose spatial dimensions are known. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        forget = self._first_bias if self.unit_forget_bias else None
        self._add_weights(input_shape, (4 * self.units,), forget, channels, self.kernel_size)

    def _sizes_of_space(self, input_shape):
        """Return the sizes of the spatial axes after the input convolution."""
        space = input_shape[2:] if self._to_torch is None else input_shape[1:-1]
        if self.padding == "same":
            return tuple(None if n is None else -(-n // s) for n, s in zip(space, self.strides))
        spans = [d * (k - 1) + 1 for d, k in zip(self.dilation_rate, self.kernel_size)]
        return tuple(
            None if n is None else (n - span) // s + 1 for n, span, s in zip(space, spans, self.strides)
        )

    def step_shape(self, input_shape):
        """Return the shape of the output of a step."""
        space = self._sizes_of_space(input_shape)
        channels_last = self._to_torch is not None
        return (
            (input_shape[0], *space, self.filters)
            if channels_last
            else (input_shape[0], self.filters, *space)
        )

    def state_shapes(self, batch):
        """Return the shapes of the states for a batch size."""
        shape = (*self._space, self.filters) if self._to_torch is not None else (self.filters, *self._space)
        return [(batch, *shape)] * 2

    def compute_output_shape(self, input_shape, states_shape=None):
        shape = self.step_shape(input_shape)
        return shape, [shape, shape]

    def project(self, inputs, training):
        """Return the input convolution for inputs of one step, or of a sequence, after dropout."""
        sequence = inputs.ndim == self.rank + 3
        masks = None
        if training and self.dropout:
            masks = self.get_dropout_mask(inputs[:, 0] if sequence else inputs)
            masks = [mask.unsqueeze(1) for mask in masks] if sequence else masks

        def convolve(x, kernel, bias):
            flat = x.flatten(0, 1) if sequence else x
            y = self._convolve(flat, kernel, bias, self.strides, self.padding, self.dilation_rate)
            return y.unflatten(0, x.shape[:2]) if sequence else y

        if masks is None:
            return convolve(inputs, self.kernel, self.bias)
        biases = [None] * 4 if self.bias is None else self.bias.chunk(4)
        parts = zip(masks, self.kernel.chunk(4, -1), biases)
        return torch.cat([convolve(inputs * mask, *part) for mask, *part in parts], self._axis)

    def advance(self, projected, states, training, kernel):
        h, c = states
        masks = self._state_masks(h, training)
        ones = (1,) * self.rank

        def convolve(x, kernel):
            return self._convolve(x, kernel, None, ones, "same", ones)

        if masks is None:
            recurrent = convolve(h, kernel)
        else:
            parts = zip(masks, kernel.chunk(4, -1))
            recurrent = torch.cat([convolve(h * mask, part) for mask, part in parts], self._axis)
        i, f, candidate, o = (projected + recurrent).chunk(4, self._axis)
        gate, activation = self.recurrent_activation, self.activation
        c = activate(gate, f) * c + activate(gate, i) * activate(activation, candidate)
        h = activate(gate, o) * activate(activation, c)
        return h, [h, c]

    def _convolve(self, x, kernel, bias, strides, padding, dilation_rate):
        x, amount = as_view(x, self._to_torch), 0
        if padding == "same":
            x, amount = pad_same(x, self.kernel_size, strides, dilation_rate)
        kernel = kernel.permute(self.rank + 1, self.rank, *range(self.rank))
        y = CONVOLVE[self.rank](x, kernel, bias, strides, amount, dilation_rate)
        return as_view(y, self._from_torch)

    def loop_reason(self, training):
        return "torch has no fused kernel for convolutional cells"


class ConvLSTM(CellLayer):
    """Run an LSTM with convolutions over a sequence of signals, images or volumes.

    Args:
        filters: The number of channels of the output and of the states.
        kernel_size, strides, dilation_rate: Of the convolution, one number or one for each spatial axis.
        padding: "valid" (none) or "same".
        data_format: "channels_last" or "channels_first".
        activation, recurrent_activation: The functions of the candidate and output, and of the gates.
        use_bias: Whether a bias is added.
        kernel_initializer, recurrent_initializer, bias_initializer: What the weights start from.
        unit_forget_bias: Whether the bias of the forget gate starts from ones.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties on the weights.
        activity_regularizer: Penalty on the output.
        kernel_constraint, recurrent_constraint, bias_constraint: Constraints on the weights.
        dropout, recurrent_dropout: The fractions of inputs and states that are dropped in training.
        seed: An integer for dropout that is the same in every run.
        return_sequences: Whether to return the outputs of all steps.
        return_state: Whether to return the final states h and c too.
        go_backwards: Whether to start from the end.
        stateful: Whether a batch starts from the final states of the batch before it.

    Raises ValueError for an unknown padding, strides together with dilation, or unknown channels.
    """

    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
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
        **kwargs,
    ):
        cell = ConvLSTMCell(
            rank=self.rank,
            filters=filters,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
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
            name="conv_lstm_cell",
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
        )
        super().__init__(
            cell,
            activity_regularizer=activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            **kwargs,
        )
        self.input_spec = InputSpec(ndim=self.rank + 3)

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences, initial_state=initial_state, mask=mask, training=training)

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        batch, steps, *rest = sequences_shape
        state = self.cell.step_shape((batch, *rest))
        output = (batch, steps, *state[1:]) if self.return_sequences else state
        return (output, state, state) if self.return_state else output

    filters = of_cell("filters")
    kernel_size = of_cell("kernel_size")
    strides = of_cell("strides")
    padding = of_cell("padding")
    data_format = of_cell("data_format")
    dilation_rate = of_cell("dilation_rate")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")


class ConvLSTM1D(ConvLSTM):
    __doc__ = (
        ConvLSTM.__doc__
        + """
    Shapes: (batch, time, steps, channels) to (batch, new_steps, filters). Shi et al., 2015, https://arxiv.org/abs/1506.04214

    >>> keras.layers.ConvLSTM1D(4, 3)(np.ones((2, 5, 8, 3))).shape
    torch.Size([2, 6, 4])
    """
    )

    rank = 1


class ConvLSTM2D(ConvLSTM):
    __doc__ = (
        ConvLSTM.__doc__
        + """
    Shapes: (batch, time, rows, columns, channels) to (batch, new_rows, new_columns, filters).
    Shi et al., 2015, https://arxiv.org/abs/1506.04214

    >>> keras.layers.ConvLSTM2D(4, 3, padding="same")(np.ones((2, 5, 8, 8, 3))).shape
    torch.Size([2, 8, 8, 4])
    """
    )


class ConvLSTM3D(ConvLSTM):
    __doc__ = (
        ConvLSTM.__doc__
        + """
    Shapes: (batch, time, depth, rows, columns, channels) to (batch, new_depth, new_rows, new_columns, filters).
    Shi et al., 2015, https://arxiv.org/abs/1506.04214

    >>> keras.layers.ConvLSTM3D(4, 3)(np.ones((2, 2, 4, 5, 6, 3))).shape
    torch.Size([2, 2, 3, 4, 4])
    """
    )

    rank = 3
