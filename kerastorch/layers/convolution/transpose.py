"""Conv1DTranspose, Conv2DTranspose, Conv3DTranspose."""

import torch.nn.functional as F

from kerastorch import constraints, initializers, regularizers
from kerastorch.layers.activations.activate import activate
from kerastorch.layers.convolution.base import BaseConvolution, as_view, not_both, positive, with_tuples
from kerastorch.layers.core.window import sizes
from kerastorch.ops.padding import transposed

TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


class BaseConvTranspose(BaseConvolution):
    """The gradient of a convolution with respect to its input, as a layer."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            activity_regularizer,
            bias_constraint,
            **kwargs,
        )
        self.filters = positive("filters", filters)
        not_both(self.strides, self.dilation_rate)
        self.output_padding = output_padding
        if output_padding is not None:
            self.output_padding = sizes(output_padding, self.rank, "output_padding", allow_zero=True)
            for axis, (extra, stride) in enumerate(zip(self.output_padding, self.strides)):
                if extra >= stride:
                    raise ValueError(
                        "`output_padding` must be strictly less than `strides` for all dimensions. At "
                        "dimension "
                        f"{axis}, `output_padding` is {extra} but `strides` is {stride}. "
                        f"Received: output_padding={self.output_padding}, strides={self.strides}"
                    )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape):
        channels, rank = self._channels(input_shape), self.rank
        self._kernel_order = (rank + 1, rank, *range(rank))
        self.kernel = self._add_kernel(
            "kernel", (*self.kernel_size, self.filters, channels), self._kernel_order
        )
        self._add_bias(self.filters)

    def call(self, inputs):
        kernel = self.kernel.permute(self._kernel_order)
        x = transposed(
            TRANSPOSE[self.rank],
            as_view(inputs, self._to_torch),
            kernel,
            self.bias,
            self.strides,
            self.dilation_rate,
            self.kernel_size,
            self.padding,
            self.output_padding or (None,) * self.rank,
        )
        return activate(self.activation, as_view(x, self._from_torch))


class Conv1DTranspose(BaseConvTranspose):
    """Transposed convolution of sequences, which enlarges them.

    Args:
        filters: The number of output channels.
        kernel_size, strides, dilation_rate: Numbers of steps.
        padding: "valid" or "same" (as many outputs as inputs, times the strides).
        output_padding: How many steps more the output has; None for the size that `padding` says.
        Further arguments as in `Conv2D`.

    Shapes: (batch, steps, channels) to (batch, new_steps, filters).

    Raises ValueError for unknown or changed channels, or an `output_padding` that is not less than the
    strides.

    Dumoulin and Visin, 2016, https://arxiv.org/abs/1603.07285

    >>> keras.layers.Conv1DTranspose(8, 3, strides=2, padding="same")(np.ones((2, 10, 4))).shape
    torch.Size([2, 20, 8])
    """

    rank = 1


class Conv2DTranspose(BaseConvTranspose):
    """Transposed convolution of images, which enlarges them.

    Args:
        filters: The number of output channels.
        kernel_size, strides, dilation_rate: One number, or (rows, columns).
        padding: "valid" or "same" (as many outputs as inputs, times the strides).
        output_padding: How many rows and columns more the output has; None for the size that `padding` says.
        Further arguments as in `Conv2D`.

    Shapes: (batch, rows, columns, channels) to (batch, new_rows, new_columns, filters).

    Raises ValueError for unknown or changed channels, or an `output_padding` that is not less than the
    strides.

    Dumoulin and Visin, 2016, https://arxiv.org/abs/1603.07285

    >>> keras.layers.Conv2DTranspose(8, 3, strides=2)(np.ones((2, 5, 5, 4))).shape
    torch.Size([2, 11, 11, 8])
    """

    rank = 2
    __init__ = with_tuples(BaseConvTranspose.__init__, 2)


class Conv3DTranspose(BaseConvTranspose):
    """Transposed convolution of volumes, which enlarges them.

    Args:
        filters: The number of output channels.
        kernel_size, strides, dilation_rate: One number, or one for each of the three axes.
        padding: "valid" or "same" (as many outputs as inputs, times the strides).
        output_padding: How many voxels more the output has; None for the size that `padding` says.
        Further arguments as in `Conv2D`.

    Shapes: (batch, depth, rows, columns, channels) to (batch, new_depth, new_rows, new_columns, filters).
    With "channels_first" the channels come second. Raises ValueError for unknown or changed channels, or an
    `output_padding` that is not less than the strides.

    Dumoulin and Visin, 2016, https://arxiv.org/abs/1603.07285

    >>> keras.layers.Conv3DTranspose(8, 2, strides=2)(np.ones((2, 3, 3, 3, 4))).shape
    torch.Size([2, 6, 6, 6, 8])
    """

    rank = 3

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        data_format=None,
        output_padding=None,
        dilation_rate=(1, 1, 1),
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            output_padding=output_padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
