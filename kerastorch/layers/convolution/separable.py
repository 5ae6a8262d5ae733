"""SeparableConv1D, SeparableConv2D."""

from kerastorch import constraints, initializers, regularizers
from kerastorch.layers.activations.activate import activate
from kerastorch.layers.convolution.base import (
    CONVOLVE,
    BaseConvolution,
    as_view,
    not_both,
    positive,
    with_tuples,
)
from kerastorch.layers.convolution.depthwise import depthwise_kernel


class BaseSeparableConv(BaseConvolution):
    """A depthwise convolution, then one of window 1 that mixes the channels."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
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
        self.depth_multiplier = positive("depth_multiplier", depth_multiplier)
        not_both(self.strides, self.dilation_rate)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape):
        channels, rank = self._channels(input_shape), self.rank
        self._depthwise_order = (rank, rank + 1, *range(rank))
        self._pointwise_order = (rank + 1, rank, *range(rank))
        self.depthwise_kernel = self._add_kernel(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            self._depthwise_order,
            "depthwise",
        )
        self.pointwise_kernel = self._add_kernel(
            "pointwise_kernel",
            (*(1,) * rank, channels * self.depth_multiplier, self.filters),
            self._pointwise_order,
            "pointwise",
        )
        self._add_bias(self.filters)

    def call(self, inputs):
        x = as_view(inputs, self._to_torch)
        kernel = depthwise_kernel(self.depthwise_kernel, self._depthwise_order)
        x = self._convolve(x, kernel, None, x.shape[1])
        x = CONVOLVE[self.rank](x, self.pointwise_kernel.permute(self._pointwise_order), self.bias)
        return activate(self.activation, as_view(x, self._from_torch))


class SeparableConv1D(BaseSeparableConv):
    """Depthwise convolution of sequences, then a mix of the channels at each step.

    Args:
        filters: The number of output channels.
        kernel_size, strides, dilation_rate: Numbers of steps.
        depth_multiplier: The number of channels between the two, for each input channel.
        Further arguments as in `Conv2D`, those of the two kernels with `depthwise_` and `pointwise_`.

    Shapes: (batch, steps, channels) to (batch, new_steps, filters).

    Raises ValueError when the input is smaller than the kernel, or its channels are unknown or changed.

    Chollet, 2016, https://arxiv.org/abs/1610.02357

    >>> keras.layers.SeparableConv1D(8, 3)(np.ones((2, 10, 4))).shape
    torch.Size([2, 8, 8])
    """

    rank = 1


class SeparableConv2D(BaseSeparableConv):
    """Depthwise convolution of images, then a mix of the channels at each pixel. Chollet, 2016.

    Args:
        filters: The number of output channels.
        kernel_size, strides, dilation_rate: One number, or (rows, columns).
        depth_multiplier: The number of channels between the two, for each input channel.
        Further arguments as in `Conv2D`, those of the two kernels with `depthwise_` and `pointwise_`.

    Shapes: (batch, rows, columns, channels) to (batch, new_rows, new_columns, filters).

    Raises ValueError when the input is smaller than the kernel, or its channels are unknown or changed.

    Chollet, 2016, https://arxiv.org/abs/1610.02357

    >>> keras.layers.SeparableConv2D(8, 3)(np.ones((2, 10, 10, 4))).shape
    torch.Size([2, 8, 8, 8])
    """

    rank = 2
    __init__ = with_tuples(BaseSeparableConv.__init__, 2)
