"""Training in float8: values go through float8 on their way into a product, gradients on their way back.

The scales follow the largest magnitudes of the last steps. They are variables whose "gradients" are their next values.
"""

import torch

from kerastorch.core.policies import QuantizedFloat8DTypePolicy
from kerastorch.quantizers.functions import (
    compute_float8_amax_history,
    compute_float8_scale,
    quantize_and_dequantize,
)

_E4M3, _E5M2 = (torch.finfo(dtype).max for dtype in (torch.float8_e4m3fn, torch.float8_e5m2))


class _ThroughFloat8(torch.autograd.Function):
    """A value after a way through float8_e4m3fn; the gradient passes."""

    @staticmethod
    def forward(ctx, x, scale, history, training):
        ctx.next = (None, None)
        if training:
            ctx.next = (
                compute_float8_scale.fn(history.max(), scale, _E4M3),
                compute_float8_amax_history.fn(x, history),
            )
        return quantize_and_dequantize.fn(x, scale, "float8_e4m3fn", x.dtype)

    @staticmethod
    def backward(ctx, upstream):
        return (upstream, *ctx.next, None)


class _GradientThroughFloat8(torch.autograd.Function):
    """A value as it is; its gradient goes through float8_e5m2."""

    @staticmethod
    def forward(ctx, x, scale, history):
        ctx.save_for_backward(scale, history)
        return x.view_as(x)

    @staticmethod
    def backward(ctx, upstream):
        scale, history = ctx.saved_tensors
        return (
            quantize_and_dequantize.fn(upstream, scale, "float8_e5m2", upstream.dtype),
            compute_float8_scale.fn(history.max(), scale, _E5M2),
            compute_float8_amax_history.fn(upstream, history),
        )


class Float8Kernel:
    """The form of a layer with a kernel that is trained in float8: the mode "float8"."""

    keeps_floats = True

    def __init__(self, layer, mode, shape, config):
        self.product, self.shape = layer._product(), tuple(shape)
        length = getattr(
            layer._policy, "amax_history_length", QuantizedFloat8DTypePolicy.default_amax_history_length
        )
        for name in ("inputs", "kernel", "outputs_grad"):
            for kind, size, initializer in (("scale", (), "ones"), ("amax_history", (length,), "zeros")):
                layer.add_weight(
                    name=f"{name}_{kind}",
                    shape=size,
                    initializer=initializer,
                    dtype="float32",
                    autocast=False,
                    overwrite_with_gradient=True,
                )

    def take(self, layer, floats, config):
        """Nothing to set: the kernel stays as it is."""

    def call(self, layer, inputs, training=None):
        """Compute the layer's output."""
        if layer.lora_enabled:
            raise NotImplementedError(
                f"Layer '{layer.name}' has LoRA enabled, which float8 does not support. Quantize to 'int8' or 'int4'."
            )
        inputs = _ThroughFloat8.apply(inputs, layer.inputs_scale, layer.inputs_amax_history, training)
        kernel = _ThroughFloat8.apply(layer.kernel, layer.kernel_scale, layer.kernel_amax_history, training)
        x = self.product(inputs, kernel)
        x = _GradientThroughFloat8.apply(x, layer.outputs_grad_scale, layer.outputs_grad_amax_history)
        if layer.bias is not None:
            bias = layer.bias
            x = x + (bias.to(torch.bfloat16).to(bias.dtype) if bias.dtype is torch.float32 else bias)
        return x if layer.activation is None else layer.activation(x)
