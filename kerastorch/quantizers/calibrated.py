"""The forms of layers that GPTQ and AWQ quantize: the kernel stays as it is until a calibration has been done."""

import math

from kerastorch.quantizers.functions import unpack_int4
from kerastorch.quantizers.groups import dequantize_with_sz_map


class GPTQKernel:
    """The form of a layer with a kernel in levels of few bits: the mode "gptq"."""

    keeps_floats = False

    def __init__(self, layer, mode, shape, config):
        self.product, self.shape, self.mode = layer._product(), tuple(shape), mode
        described = layer._policy if config is None else config
        self.bits, group = described.weight_bits, described.group_size
        if len(shape) not in (2, 3) or self.product.contracted != tuple(range(len(self.product.contracted))):
            raise ValueError(
                f"{mode.upper()} quantization only supports kernels of 2 or 3 axes of which the first are contracted. "
                f"Received: layer '{layer.name}' with a kernel of shape {self.shape}"
            )
        self.rows, self.columns = self._matrix(layer)
        groups = 1 if group == -1 else math.ceil(self.rows / group)
        packed = (self.columns + 1) // 2 if self.bits == 4 else self.columns
        layer.quantized_kernel = self._add(layer, "kernel", (packed, self.rows), dtype="uint8")
        self._add(layer, "kernel_scale", (self.columns, groups), "ones")
        self._add(layer, "kernel_zero", (self.columns, groups), dtype="uint8")
        if mode == "awq":
            self._add(layer, "awq_scales", (self.rows,), "ones")
        self._add(layer, "g_idx", (self.rows,), dtype="float32")
        setattr(layer, f"is_{mode}_calibrated", False)
        if hasattr(layer, "gptq_unpacked_column_size"):
            layer.gptq_unpacked_column_size = self.columns

    def _matrix(self, layer):
        """Return the kernel's shape as a matrix.

        A layer that is rebuilt takes the columns that it had. One that never had any is as Keras makes it, which tells
        what is contracted by the largest axis.
        """
        size = math.prod(self.shape)
        if not layer.__dict__.get("_building"):
            return self.product.matrix_shape(self.shape)
        columns = getattr(layer, "gptq_unpacked_column_size", None)
        if columns is None:
            first = len(self.shape) == 2 or self.shape.index(max(self.shape)) == 0
            columns = size // self.shape[0] if first else self.shape[-1]
        return size // columns, columns

    @staticmethod
    def _add(layer, name, shape, initializer="zeros", dtype=None):
        return layer.add_weight(name=name, shape=shape, initializer=initializer, dtype=dtype, trainable=False)

    def take(self, layer, floats, config):
        """Nothing to set before the calibration."""

    def calibrated(self, layer):
        """Tell whether the levels are used: after the calibration, or where there never was a kernel in floats."""
        return getattr(layer, f"is_{self.mode}_calibrated") or layer._main_variable() is None

    def levels(self, layer):
        """Return the kernel's levels (columns, rows)."""
        kernel = layer.quantized_kernel
        return unpack_int4.fn(kernel, self.columns, dtype="uint8") if self.bits == 4 else kernel

    def value(self, layer):
        """Return what the layer shows as its kernel: after the calibration, the levels."""
        return self.levels(layer) if self.calibrated(layer) else layer._kernel

    def floats(self, layer):
        """Return the kernel that the layer multiplies with."""
        if not self.calibrated(layer):
            return layer._kernel
        matrix = dequantize_with_sz_map.fn(
            self.levels(layer), layer.kernel_scale, layer.kernel_zero, layer.g_idx
        ).t()
        return self._unscaled(layer, matrix).to(layer._torch_dtype).reshape(self.shape)

    def _unscaled(self, layer, matrix):
        return matrix

    def call(self, layer, inputs, training=None):
        """Compute the layer's output."""
        x = self.product(inputs, self.floats(layer))
        if layer.bias is not None:
            x = x + layer.bias
        return x if layer.activation is None else layer.activation(x)

    def finish(self, layer, values):
        """Set the variables after a calibration, and forget the kernel in floats."""
        for name, value in values.items():
            layer._buffers[name].assign(value)
        self.loaded(layer)

    def loaded(self, layer):
        """Take note that the variables hold the result of a calibration."""
        layer._forget("_kernel")
        setattr(layer, f"is_{self.mode}_calibrated", True)


class AWQKernel(GPTQKernel):
    """The same where rows were scaled before they were rounded: the mode "awq"."""

    def _unscaled(self, layer, matrix):
        return matrix / layer.awq_scales.unsqueeze(-1)
