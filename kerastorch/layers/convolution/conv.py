"""Conv1D, Conv2D, Conv3D."""

from kerastorch import constraints, initializers, regularizers
from kerastorch.core import edge
from kerastorch.layers.activations.activate import activate
from kerastorch.layers.convolution.base import BaseConvolution, as_view, not_both, positive, with_tuples
from kerastorch.quantizers.lowrank import LowRank


class BaseConv(LowRank, BaseConvolution):
    """activation(convolution(inputs, kernel) + bias)."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
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
        if isinstance(groups, bool) or not isinstance(groups, int) or groups <= 0:
            raise ValueError(f"The number of groups must be a positive integer. Received: groups={groups}.")
        if filters % groups:
            raise ValueError(
                "The number of filters must be evenly divisible by the number of groups. "
                f"Received: groups={groups}, filters={filters}."
            )
        not_both(self.strides, self.dilation_rate)
        self.groups = groups
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape):
        channels = self._channels(input_shape)
        if channels % self.groups:
            raise ValueError(
                "The number of input channels must be evenly divisible by the number of groups. Received "
                f"groups={self.groups}, but the input of layer '{self.name}' has {channels} channels "
                f"(full input shape is {tuple(input_shape)})."
            )
        rank = self.rank
        self._kernel_order = (rank + 1, rank, *range(rank))
        self.kernel = self._add_kernel(
            "kernel", (*self.kernel_size, channels // self.groups, self.filters), self._kernel_order
        )
        self._add_bias(self.filters)
        self._build_lora()

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "convolution_op" in cls.__dict__:
            cls._has_own_operation = True

    _has_own_operation = False

    def convolution_op(self, inputs, kernel):
        """Return the convolution of inputs with a kernel, without bias: what a subclass overrides to convolve its way.

        Args:
            inputs: In the layer's `data_format`.
            kernel: Of shape (*window, channels in a group, filters).
        """
        x = self._convolve(
            as_view(inputs, self._to_torch), kernel.permute(self._kernel_order), None, self.groups
        )
        return as_view(x, self._from_torch)

    def call(self, inputs):
        if self._has_own_operation:
            x = edge.for_user(self.convolution_op)(inputs, self.kernel)
            if self.bias is not None:
                x = x + (self.bias if self._to_torch else self.bias.view(-1, *(1,) * self.rank))
            return activate(self.activation, x)
        kernel = self.kernel.permute(self._kernel_order)
        x = self._convolve(as_view(inputs, self._to_torch), kernel, self.bias, self.groups)
        return activate(self.activation, as_view(x, self._from_torch))


class Conv1D(BaseConv):
    """Convolution of sequences: activation(convolution(inputs, kernel) + bias).

    Args:
        filters: The number of output channels.
        kernel_size, strides, dilation_rate: Numbers of steps.
        padding: "valid" (none), "same" (as many outputs as inputs, divided by the strides), or "causal" (like "same",
            but no output sees a later input).
        Further arguments as in `Conv2D`.

    Shapes: (batch, steps, channels) to (batch, new_steps, filters).

    Raises ValueError when the input is smaller than the kernel, or its channels are unknown, changed, or not
    divisible by `groups`.

    >>> keras.layers.Conv1D(8, 3, padding="causal")(np.ones((2, 10, 4))).shape
    torch.Size([2, 10, 8])
    """

    rank = 1
    causal = True


class Conv2D(BaseConv):
    """Convolution of images: activation(convolution(inputs, kernel) + bias).

    Args:
        filters: The number of output channels.
        kernel_size, strides, dilation_rate: One number, or (rows, columns).
        padding: "valid" (none) or "same" (as many outputs as inputs, divided by the strides).
        data_format: "channels_last" or "channels_first".
        groups: Into how many groups the channels are split, each convolved by itself.
        activation: A function or its name; None is the identity.
        use_bias: Whether a bias is added.
        kernel_initializer, bias_initializer: What the weights start from.
        kernel_regularizer, bias_regularizer, activity_regularizer: Penalties on the weights and the output.
        kernel_constraint, bias_constraint: Constraints on the weights.

    Shapes: (batch, rows, columns, channels) to (batch, new_rows, new_columns, filters). Raises ValueError when the
    input is smaller than the kernel, or its channels are unknown, changed, or not divisible by `groups`.

    >>> keras.layers.Conv2D(8, 3, strides=2, padding="same")(np.ones((2, 10, 10, 4))).shape
    torch.Size([2, 5, 5, 8])
    """

    rank = 2
    __init__ = with_tuples(BaseConv.__init__, 2)


class Conv3D(BaseConv):
    """Convolution of volumes: activation(convolution(inputs, kernel) + bias).

    Args:
        filters: The number of output channels.
        kernel_size, strides, dilation_rate: One number, or one for each of the three axes.
        Further arguments as in `Conv2D`.

    Shapes: (batch, depth, rows, columns, channels) to (batch, new_depth, new_rows, new_columns, filters).

    Raises ValueError when the input is smaller than the kernel, or its channels are unknown, changed, or not
    divisible by `groups`.

    >>> keras.layers.Conv3D(8, 3)(np.ones((2, 5, 6, 7, 4))).shape
    torch.Size([2, 3, 4, 5, 8])
    """

    rank = 3
    __init__ = with_tuples(BaseConv.__init__, 3)
