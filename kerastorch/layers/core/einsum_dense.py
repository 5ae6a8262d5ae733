"""EinsumDense: a contraction with a kernel, as an einsum equation says."""

import re

import torch
import torch.nn.functional as F

from kerastorch import activations, constraints, initializers, regularizers
from kerastorch.core.layer import Layer
from kerastorch.layers.activations.activate import activate
from kerastorch.quantizers.product import Product
from kerastorch.quantizers.quantized import KERNEL_FORMS, QuantizedKernel


class EinsumDense(QuantizedKernel, Layer):
    """activation(einsum(equation, inputs, kernel) + bias).

    Args:
        equation: Such as "abc,cd->abd"; the input and the output may begin or end with "...".
        output_shape: The output's shape without the batch and without what "..." stands for; an int for one axis;
            None for a size that is the input's.
        activation: A function or its name; None is the identity.
        bias_axes: The output axes that the bias has, such as "d"; None for no bias.
        kernel_initializer, bias_initializer: What the weights start from.
        kernel_regularizer, bias_regularizer: Penalties on the weights.
        kernel_constraint, bias_constraint: Constraints on the weights.
        lora_rank, lora_alpha, gptq_unpacked_column_size, quantization_config: As in `Dense`.

    Shapes: as the equation says. Raises ValueError for an equation that does not fit the input or the output.

    >>> layer = keras.layers.EinsumDense("abc,cd->abd", output_shape=(None, 64), bias_axes="d")
    >>> layer(np.ones((2, 5, 32))).shape
    torch.Size([2, 5, 64])
    """

    config_exclude = ("lora_rank", "lora_alpha", "gptq_unpacked_column_size")
    _main, _forms = "kernel", KERNEL_FORMS
    kernel: torch.Tensor  # with LoRA's update, and as integers when it is quantized

    def __init__(
        self,
        equation,
        output_shape,
        activation=None,
        bias_axes=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        gptq_unpacked_column_size=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(
            lora_rank=lora_rank, lora_alpha=lora_alpha, quantization_config=quantization_config, **kwargs
        )
        self.equation = equation
        self.partial_output_shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.bias_axes = bias_axes
        self.gptq_unpacked_column_size = gptq_unpacked_column_size
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape):
        shapes = einsum_shapes(self.equation, self.bias_axes, input_shape, self.partial_output_shape)
        self.full_output_shape = tuple(shapes.output)
        self._contracted = shapes.contracted
        self._add_main_weight(shapes.kernel)
        self.bias = None
        if shapes.bias is not None:
            self.bias = self.add_weight(
                name="bias",
                shape=shapes.bias,
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self._build_lora()
        tail = shapes.kernel[self._contracted :] if self._contracted else None
        self._fused_bias = self.bias is None or self.bias.shape == tail

    def _main_initializer(self):
        """The initializer, told which axes of the kernel are inputs and which are outputs by the equation."""
        made = self.kernel_initializer
        if not isinstance(made, initializers.VarianceScaling) or None not in (
            made.input_axes,
            made.output_axes,
        ):
            return made
        operands, output = self.equation.split("->")
        letters = operands.split(",")[1].strip()
        outputs = [i for i, letter in enumerate(letters) if letter in output]
        inputs = [i for i in range(len(letters)) if i not in outputs]
        config = {**made.get_config(), "seed": made.seed, "input_axes": inputs, "output_axes": outputs}
        return type(made).from_config(config)

    def call(self, inputs, training=None):
        bias = self.bias
        kernel = self.kernel
        if self._contracted:
            x = self._linear(inputs, kernel, bias if self._fused_bias else None)
            if bias is not None and not self._fused_bias:
                x = x + bias
        else:
            x = torch.einsum(self.equation, inputs, kernel)
            if bias is not None:
                x = x + bias
        return activate(self.activation, x)

    def _linear(self, inputs, kernel, bias):
        """Contract the last axes of the input with the first of the kernel, as one matrix product."""
        count = self._contracted
        tail = kernel.shape[count:]
        if count > 1:
            inputs = inputs.flatten(-count)
        matrix = kernel.reshape(inputs.shape[-1], -1)
        x = F.linear(inputs, matrix.t(), None if bias is None else bias.reshape(-1))
        return x if len(tail) == 1 else x.unflatten(-1, tail)

    def _config_value(self, name):
        return self.partial_output_shape if name == "output_shape" else super()._config_value(name)

    def _product(self):
        return Product(self.equation)

    def get_config(self):
        config = {"activity_regularizer": None, **super().get_config()}
        if self.gptq_unpacked_column_size:
            config["gptq_unpacked_column_size"] = self.gptq_unpacked_column_size
        return config


class einsum_shapes:
    """What an equation and an input's shape say: the shapes of kernel, bias and output.

    `contracted` is the number of axes contracted if the equation is a matrix product: the last axes of the input
    with the first of the kernel, whose others end the output. Otherwise it is 0.
    """

    def __init__(self, equation, bias_axes, input_shape, output_shape):
        match = re.fullmatch(
            r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?",
            equation.replace(" ", ""),
        )
        if not match or match[1] != match[5] or match[3] != match[7] or (match[1] and match[3]):
            raise ValueError(
                f"Invalid einsum equation '{equation}'. Equations must be in the form [X],[Y]->[Z], "
                "...[X],[Y]->...[Z], or [X]...,[Y]->[Z]...."
            )
        left, right, inputs, kernel, outputs = match[1], match[3], match[2], match[4], match[6]
        input_shape = list(input_shape)
        hidden = len(input_shape) - len(inputs) if left or right else 0
        if hidden < 0 or (not (left or right) and len(inputs) != len(input_shape)):
            raise ValueError(
                f"The input of equation '{equation}' has {len(inputs)} axes. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        if left:
            first = max(hidden, 1)
            output = input_shape[:first] + list(output_shape)
            of_input = input_shape[hidden:]
            of_output = output[len(output) - len(outputs) :]
        else:
            last = input_shape[len(input_shape) - hidden :] if hidden else []
            output = input_shape[:1] + list(output_shape) + last
            of_input, of_output = input_shape[: len(inputs)], output[: len(output) - hidden]
            if len(of_output) > len(outputs):  # sizes that the equation has no axis for are left out
                of_output = of_output[: len(outputs)]
                output = of_output + last
        if len(of_output) != len(outputs):
            raise ValueError(
                f"The output of equation '{equation}' has {len(outputs)} axes, the batch included. "
                f"Received: output_shape={tuple(output_shape)}"
            )
        sizes = dict(zip(inputs, of_input))
        for axis, size in zip(outputs, of_output):
            if axis in sizes and size is not None and sizes[axis] not in (size, None):
                raise ValueError(
                    f"Input shape and output shape do not match at shared dimension '{axis}'. "
                    f"Input shape is {sizes[axis]}, and output shape is {size}."
                )
            sizes[axis] = size if sizes.get(axis) is None else sizes[axis]
        for axis in kernel:
            if axis in sizes and sizes[axis] is None:
                raise ValueError(
                    f"Axis '{axis}' of the kernel in equation '{equation}' must have a known size. "
                    f"Received: input_shape={tuple(input_shape)}, output_shape={tuple(output_shape)}"
                )
            if axis not in sizes:
                raise ValueError(
                    f"Weight dimension '{axis}' did not have a match in either the input spec '{inputs}' "
                    f"or the output spec '{outputs}'. For this layer, the weight must be fully specified."
                )
        known = [sizes[axis] for axis in outputs]
        self.output = [*output[: -len(known)], *known] if left else [*known, *output[len(known) :]]
        self.kernel = tuple(sizes[axis] for axis in kernel)
        self.bias = self._bias(bias_axes, outputs, sizes, hidden if right else 0)
        self.contracted = 0 if right else _matrix_product(inputs, kernel, outputs)

    def _bias(self, bias_axes, outputs, sizes, trailing):
        if not bias_axes:
            return None
        for axis in bias_axes:
            if axis not in outputs:
                raise ValueError(
                    f"Bias dimension '{axis}' was requested, but is not part of the output spec '{outputs}'"
                )
        first = min(outputs.index(axis) for axis in bias_axes)
        return tuple(sizes[a] if a in bias_axes else 1 for a in outputs[first:]) + (1,) * trailing


def _matrix_product(inputs, kernel, outputs):
    """Return how many axes are contracted if it is a plain matrix product, else 0."""
    contracted = [axis for axis in kernel if axis in inputs]
    new = [axis for axis in kernel if axis not in inputs]
    count = len(contracted)
    kept = inputs[: len(inputs) - count]
    plain = (
        0 < count < len(kernel)
        and "".join(contracted + new) == kernel
        and inputs.endswith("".join(contracted))
        and outputs == kept + "".join(new)
        and len(set(inputs)) == len(inputs)
        and len(set(kernel)) == len(kernel)
    )
    return count if plain else 0
