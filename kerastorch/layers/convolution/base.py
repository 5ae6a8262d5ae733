"""What all convolutions share: their arguments, their weights' memory, their layouts.

A kernel has Keras's shape (*window, in, out) and the memory that torch's convolution wants: seen as (out, in, *window)
it is contiguous, or channels last when the images are. So neither the kernel nor its gradient is ever copied.
"""

import types

import torch
import torch.nn.functional as F

from kerastorch import activations, constraints, initializers, regularizers
from kerastorch.core import infer
from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.core.arguments import axis_size
from kerastorch.layers.core.window import check_padding, sizes
from kerastorch.ops.padding import pad_same

CONVOLVE = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


class BaseConvolution(Layer):
    """The arguments of a convolution and its bias."""

    config_exclude = ("rank",)
    rank = 2  # the number of spatial axes
    causal = False  # whether padding may be "causal"

    def __init__(
        self,
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
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        rank = self.rank
        self.kernel_size = sizes(kernel_size, rank, "kernel_size")
        self.strides = sizes(strides, rank, "strides")
        self.dilation_rate = sizes(dilation_rate, rank, "dilation_rate")
        self.padding = check_padding(padding, allow_causal=self.causal)
        self.data_format = standardize_data_format(data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(ndim=rank + 2)
        last = self.data_format == "channels_last"
        self._to_torch = (0, rank + 1, *range(1, rank + 1)) if last else None
        self._from_torch = (0, *range(2, rank + 2), 1) if last else None

    def _channels(self, input_shape):
        """Return the number of input channels, and require it from now on."""
        axis = -1 if self.data_format == "channels_last" else 1
        channels = axis_size(self, input_shape, axis)
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        return channels

    def _add_kernel(self, name, shape, order, kind="kernel"):
        """Add a weight of this shape whose memory is laid out for torch, which sees it permuted by `order`."""
        kernel = self.add_weight(
            name=name,
            shape=shape,
            initializer=getattr(self, f"{kind}_initializer"),
            regularizer=getattr(self, f"{kind}_regularizer"),
            constraint=getattr(self, f"{kind}_constraint"),
        )
        first, second, *window = order
        channels_last = self.data_format == "channels_last" and kind != "depthwise"
        memory = (first, *window, second) if channels_last else order
        back = sorted(range(len(shape)), key=lambda axis: memory[axis])
        kernel.data = _laid_out(kernel.data, memory).permute(back)
        return kernel

    def _add_bias(self, size):
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(size,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def _convolve(self, x, kernel, bias, groups):
        """Convolve, in torch's layout; `kernel` is (out, in / groups, *window)."""
        padding = 0
        if self.padding == "same":
            x, padding = pad_same(x, self.kernel_size, self.strides, self.dilation_rate)
        elif self.padding == "causal":
            x = F.pad(x, (self.dilation_rate[0] * (self.kernel_size[0] - 1), 0))
        try:
            if self.rank == 1:
                return self._convolve_1d(x, kernel, bias, padding, groups)
            return CONVOLVE[self.rank](x, kernel, bias, self.strides, padding, self.dilation_rate, groups)
        except RuntimeError as error:
            shape = x.shape if self._to_torch is None else x.permute(self._from_torch).shape
            explain_empty(
                error, self, shape, self.kernel_size, self.strides, self.dilation_rate, self.padding
            )
            raise

    def _convolve_1d(self, x, kernel, bias, padding, groups):
        """Convolve sequences as images of one row, which torch computes faster and without copies."""
        padding = (0, padding[0] if padding else 0)
        strides, dilation = (1, *self.strides), (1, *self.dilation_rate)
        x = F.conv2d(x.unsqueeze(2), kernel.unsqueeze(2), bias, strides, padding, dilation, groups)
        return x.squeeze(2)


def _laid_out(x, memory):
    """Return a contiguous copy of a tensor with its axes in another order."""
    last = x.ndim - 1
    if tuple(memory) == (last, *range(last)):  # a matrix turned round, which torch copies in blocks
        return x.reshape(-1, x.shape[-1]).t().contiguous().reshape(x.shape[-1], *x.shape[:-1])
    return x.permute(memory).contiguous()


def explain_empty(error, layer, shape, kernel, strides, dilation, padding):
    """Raise a ValueError instead of torch's error where the window is larger than the input."""
    reaches = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    sizes = shape[1:-1] if layer.data_format == "channels_last" else shape[2:]
    if padding == "valid" and any(size < reach for size, reach in zip(sizes, reaches)):
        raise ValueError(
            "Computed output size would be zero or negative: the input is smaller than the window. "
            f"Received: inputs.shape={infer.known(shape)}, window={tuple(kernel)}, strides={tuple(strides)}, "
            f"dilation_rate={tuple(dilation)}, padding={padding}. Use a larger input, fewer or smaller "
            "windows, "
            'or padding="same".'
        ) from error


def not_both(strides, dilation_rate):
    """Raise a ValueError where both strides and dilation exceed 1."""
    if max(strides) > 1 and max(dilation_rate) > 1:
        raise ValueError(
            "Specifying `strides > 1` is not compatible with `dilation_rate > 1`: "
            "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
            f"Received: strides={strides} and dilation_rate={dilation_rate}"
        )


def positive(name, value):
    """Raise a ValueError unless `value` is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ValueError(
            f"Invalid value for argument `{name}`. Expected a strictly positive value. Received "
            f"{name}={value!r}."
        )
    return value


def as_view(x, order):
    """Return a tensor with its axes in another order, or as it is for None."""
    return x if order is None else torch.permute(x, order)


def with_tuples(init, rank):
    """Return a copy of a constructor whose strides and dilations of 1 are written as tuples, as Keras writes them."""
    names = init.__code__.co_varnames[init.__code__.co_argcount - len(init.__defaults__) :]
    defaults = tuple(
        (1,) * rank if name in ("strides", "dilation_rate") else value
        for name, value in zip(names, init.__defaults__)
    )
    return types.FunctionType(init.__code__, init.__globals__, "__init__", defaults, init.__closure__)
