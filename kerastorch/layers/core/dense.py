"""Dense: a matrix product and a bias."""

import torch
import torch.nn.functional as F

from kerastorch import activations, constraints, initializers, regularizers
from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.layers.activations.activate import activate
from kerastorch.layers.core.arguments import last_size, positive_int
from kerastorch.quantizers.quantized import KERNEL_FORMS, QuantizedKernel


class Dense(QuantizedKernel, Layer):
    """activation(inputs @ kernel + bias).

    Args:
        units: The size of the output's last axis.
        activation: A function or its name; None is the identity.
        use_bias: Whether a bias is added.
        kernel_initializer, bias_initializer: What the weights start from.
        kernel_regularizer, bias_regularizer: Penalties on the weights.
        activity_regularizer: Penalty on the output.
        kernel_constraint, bias_constraint: Constraints on the weights.
        lora_rank: Trains an update of this rank instead of the kernel itself.
        lora_alpha: The update is scaled by `lora_alpha / lora_rank`.
        quantization_config: How `quantize` was told to quantize, or how a quantized `dtype` does.

    Shapes: (..., size) to (..., units). Raises ValueError when the last axis is unknown or has changed.

    >>> keras.layers.Dense(3)(np.ones((2, 5))).shape
    torch.Size([2, 3])
    """

    config_exclude = ("lora_rank", "lora_alpha")
    _main, _forms = "kernel", KERNEL_FORMS
    kernel: torch.Tensor  # with LoRA's update, and as integers when it is quantized

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(
            activity_regularizer=activity_regularizer,
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
            **kwargs,
        )
        self.units = positive_int("units", units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape):
        size = last_size(self, input_shape)
        self._add_main_weight((size, self.units))
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self._build_lora()

    def call(self, inputs, training=None):
        kernel = self.kernel
        if not inputs.is_floating_point():
            inputs = inputs.to(self._torch_dtype)
        if self.use_bias and inputs.ndim == 2:
            x = torch.addmm(self.bias, inputs, kernel)
        else:
            x = F.linear(inputs, kernel.t(), self.bias)
        return activate(self.activation, x)

    def get_config(self):
        config = super().get_config()
        if config.get("activity_regularizer") is None:
            config.pop("activity_regularizer", None)
        return config
