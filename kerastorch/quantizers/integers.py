"""Weights in integers of eight or four bits: the variables that hold one, and the products with it."""

import math

import torch

from kerastorch.quantizers.config import Int4QuantizationConfig, QuantizationConfig
from kerastorch.quantizers.functions import (
    abs_max_quantize_grouped_with_zero_point,
    pack_int4,
    unpack_int4,
)
from kerastorch.quantizers.groups import dequantize_with_sz_map
from kerastorch.quantizers.product import straight_through
from kerastorch.quantizers.quantizer import AbsMaxQuantizer


def block_size_of(layer, config):
    """Return how many rows share a scale in four bits: None where each channel has one."""
    if isinstance(config, Int4QuantizationConfig):
        return config.block_size
    size = getattr(layer._policy, "block_size", None)
    return None if size == -1 else size


class IntegerWeight:
    """How one weight is kept in integers: in variables `name`, `name_scale`, and for blocks `name_zero` and `g_idx`.

    Args:
        name: The weight's name.
        shape: Its shape.
        bits: 8, or 4: then it is kept as a matrix, two values a byte.
        axes: The axes that one scale is for; in four bits, an axis of the matrix.
        matrix: The shape as a matrix.
        product: What knows the shape of a kernel's scale in eight bits.
        block: In four bits, how many places of the axis share a scale; None or -1 for all.
        packed: The axis of the matrix along which two values share a byte.
        own_index: Whether it makes `g_idx`, the number of the block for each place.
    """

    def __init__(
        self, name, shape, bits, axes, matrix=None, product=None, block=None, packed=-1, own_index=True
    ):
        self.name, self.shape, self.bits, self.axes = name, tuple(shape), bits, axes
        self.matrix, self.product, self.packed, self.own_index = (
            matrix or self.shape,
            product,
            packed,
            own_index,
        )
        self.block = block if bits == 4 and block not in (None, -1) else None

    def add_to(self, layer, attribute):
        """Add the variables to a layer, which has the weight itself as this attribute."""
        shape = self.shape if self.bits == 8 else self._packed_shape()
        weight = layer.add_weight(
            name=self.name, shape=shape, initializer="zeros", dtype="int8", trainable=False
        )
        setattr(layer, attribute, weight)
        shape = self._scale_shape()
        layer.add_weight(name=f"{self.name}_scale", shape=shape, initializer="ones", trainable=False)
        if self.block is None:
            return
        dtype = "int8" if self.own_index else None
        layer.add_weight(
            name=f"{self.name}_zero", shape=shape, initializer="zeros", dtype=dtype, trainable=False
        )
        if self.own_index:
            size = self.matrix[self.axes[0]]
            index = layer.add_weight(
                name="g_idx", shape=(size,), initializer="zeros", dtype="float32", trainable=False
            )
            index.assign(torch.arange(size, device=index.device) // self.block)

    def _packed_shape(self):
        shape = list(self.matrix)
        shape[self.packed] = (shape[self.packed] + 1) // 2
        return tuple(shape)

    def _scale_shape(self):
        if self.bits == 8 and self.product is not None:
            return self.product.scale_shape(self.shape)
        shape = list(self.matrix)
        if self.block is not None:
            shape[self.axes[0]] = math.ceil(shape[self.axes[0]] / self.block)
            return tuple(shape)
        del shape[self.axes[0]]
        return tuple(shape)

    # ------------------------------------------------------------------ values
    def quantize(self, value, quantizer=None):
        """Return the values of the variables, by name, for a weight in floats."""
        value = value.detach()
        if self.bits == 8:
            integers, scale = (quantizer or AbsMaxQuantizer(axis=self.axes))(value, to_numpy=True)
            scale = self.product.of_kernel(scale) if self.product is not None else scale.squeeze(self.axes)
            return {self.name: integers, f"{self.name}_scale": scale}
        value, axis = value.reshape(self.matrix), self.axes[0]
        if self.block is None:
            quantizer = quantizer or AbsMaxQuantizer(axis=axis, value_range=(-8, 7))
            integers, scale = quantizer(value, to_numpy=True)
            values = {f"{self.name}_scale": scale.squeeze(axis)}
        else:
            rows = value if axis == 0 else value.t()
            parts = abs_max_quantize_grouped_with_zero_point(rows, self.block, to_numpy=True)
            integers, scale, zero = parts if axis == 0 else (part.t() for part in parts)
            values = {f"{self.name}_scale": scale, f"{self.name}_zero": zero}
        return {self.name: pack_int4(integers, axis=self.packed)[0], **values}

    def integers(self, layer, attribute):
        """Return the weight's integers, one a byte, in the weight's shape."""
        stored = getattr(layer, attribute)
        if self.bits == 8:
            return stored
        return unpack_int4.fn(stored, self.matrix[self.packed], axis=self.packed).reshape(self.shape)

    def floats(self, layer, attribute):
        """Return the weight in the layer's compute dtype."""
        dtype, scale = layer._torch_dtype, getattr(layer, f"{self.name}_scale")
        if self.bits == 8:
            scale = (
                self.product.to_kernel(scale) if self.product is not None else scale.unsqueeze(self.axes[0])
            )
            return getattr(layer, attribute).to(dtype) / scale.to(dtype)
        integers, axis = self.integers(layer, attribute).reshape(self.matrix), self.axes[0]
        if self.block is None:
            return (integers.to(dtype) / scale.unsqueeze(axis).to(dtype)).reshape(self.shape)
        zero = getattr(layer, f"{self.name}_zero")
        value = dequantize_with_sz_map.fn(integers, scale, zero, layer.g_idx, group_axis=axis)
        return value.to(dtype).reshape(self.shape)


class IntegerKernel:
    """The form of a layer with a kernel whose weights are integers: the modes "int8" and "int4"."""

    keeps_floats = False

    def __init__(self, layer, mode, shape, config):
        self.product = layer._product()
        bits = 8 if mode == "int8" else 4
        layer.inputs_quantizer = QuantizationConfig.activation_quantizer_or_default(
            config, AbsMaxQuantizer() if bits == 8 else None
        )
        block = layer._int4_block_size = block_size_of(layer, config) if bits == 4 else None
        self.weight = IntegerWeight(
            "kernel",
            shape,
            bits,
            self.product.contracted if bits == 8 else (0,),
            matrix=self.product.matrix_shape(shape),
            product=self.product,
            block=block,
        )
        self.shape = tuple(shape)
        self.weight.add_to(layer, "_kernel")

    def take(self, layer, floats, config):
        """Set the variables from the weights in floats, by name."""
        assign(layer, self.weight.quantize(floats["kernel"], config.weight_quantizer))

    def value(self, layer):
        """Return what the layer shows as its kernel: the integers."""
        return self.weight.integers(layer, "_kernel")

    def merged(self, layer, update):
        """Return the values of the variables with an update of the kernel added, by name."""
        return self.weight.quantize(self.weight.floats(layer, "_kernel") + update)

    def call(self, layer, inputs, training=None):
        """Compute the layer's output."""
        x = self._multiply(layer, inputs)
        if layer.lora_enabled:
            update = self.product.low_rank(inputs, layer.lora_kernel_a, layer.lora_kernel_b)
            x = (x + (layer.lora_alpha / layer.lora_rank) * update).to(layer._torch_dtype)
        if layer.bias is not None:
            x = x + layer.bias
        return x if layer.activation is None else layer.activation(x)

    def _multiply(self, layer, inputs):
        return multiply(self.product, layer, self.weight, "_kernel", inputs)


def multiply(product, layer, weight, attribute, inputs):
    """Return the product of inputs with a weight in integers; the inputs are quantized if the layer says how."""
    quantizer = layer.inputs_quantizer
    if quantizer is None:
        return product(inputs, weight.floats(layer, attribute))

    def forward(inputs):
        integers, scale = quantizer(inputs, axis=product.inputs_axes)
        scale = product.of_inputs(scale)
        if weight.bits == 8 and integers.dtype is torch.int8 and not product.after:
            x = product.integers(integers, weight.integers(layer, attribute))
            return x.to(layer._torch_dtype) / (scale * getattr(layer, f"{weight.name}_scale"))
        return product(integers.to(layer._torch_dtype), weight.floats(layer, attribute)) / scale

    return straight_through(inputs, forward, product, lambda: weight.floats(layer, attribute))


def assign(layer, values):
    """Set variables of a layer, by name; the weight itself may be held with an underscore before its name."""
    for name, value in values.items():
        held = layer._buffers.get(f"_{name}")
        (layer._buffers[name] if held is None else held).assign(value)
