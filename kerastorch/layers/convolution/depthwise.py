"""DepthwiseConv1D, DepthwiseConv2D."""

from kerastorch import constraints, initializers, regularizers
from kerastorch.layers.activations.activate import activate
from kerastorch.layers.convolution.base import BaseConvolution, as_view, positive, with_tuples


class BaseDepthwiseConv(BaseConvolution):
    """Each channel convolved by itself, with `depth_multiplier` kernels."""

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
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
        self.depth_multiplier = positive("depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def build(self, input_shape):
        channels = self._channels(input_shape)
        rank = self.rank
        self._kernel_order = (rank, rank + 1, *range(rank))
        self.kernel = self._add_kernel(
            "kernel", (*self.kernel_size, channels, self.depth_multiplier), self._kernel_order, "depthwise"
        )
        self._add_bias(channels * self.depth_multiplier)

    def call(self, inputs):
        kernel = depthwise_kernel(self.kernel, self._kernel_order)
        x = as_view(inputs, self._to_torch)
        x = self._convolve(x, kernel, self.bias, x.shape[1])
        return activate(self.activation, as_view(x, self._from_torch))


def depthwise_kernel(kernel, order):
    """Return a kernel (*window, in, multiplier) as torch's (in * multiplier, 1, *window)."""
    return kernel.permute(order).flatten(0, 1).unsqueeze(1)


class DepthwiseConv1D(BaseDepthwiseConv):
    """Convolution of each channel of sequences by itself.

    Args:
        kernel_size, strides, dilation_rate: Numbers of steps.
        depth_multiplier: The number of output channels for each input channel.
        Further arguments as in `Conv2D`, the initializer, regularizer and constraint of the kernel with `depthwise_`.

    Shapes: (batch, steps, channels) to (batch, new_steps, channels * depth_multiplier).

    Raises ValueError when the input is smaller than the kernel, or its channels are unknown or changed.

    Howard et al., 2017, https://arxiv.org/abs/1704.04861

    >>> keras.layers.DepthwiseConv1D(3)(np.ones((2, 10, 4))).shape
    torch.Size([2, 8, 4])
    """

    rank = 1


class DepthwiseConv2D(BaseDepthwiseConv):
    """Convolution of each channel of images by itself.

    Args:
        kernel_size, strides, dilation_rate: One number, or (rows, columns).
        depth_multiplier: The number of output channels for each input channel.
        Further arguments as in `Conv2D`, the initializer, regularizer and constraint of the kernel with `depthwise_`.

    Shapes: (batch, rows, columns, channels) to (batch, new_rows, new_columns, channels * depth_multiplier).

    Raises ValueError when the input is smaller than the kernel, or its channels are unknown or changed.

    Howard et al., 2017, https://arxiv.org/abs/1704.04861

    >>> keras.layers.DepthwiseConv2D(3, depth_multiplier=2)(np.ones((2, 10, 10, 4))).shape
    torch.Size([2, 8, 8, 8])
    """

    rank = 2
    __init__ = with_tuples(BaseDepthwiseConv.__init__, 2)
