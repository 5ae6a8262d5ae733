"""What a layer needs to be quantized: it names its main weight, and in which forms that can be."""

import torch

from kerastorch.core.edge import to_numpy
from kerastorch.core.policies import QUANTIZATION_MODES
from kerastorch.quantizers.calibrated import AWQKernel, GPTQKernel
from kerastorch.quantizers.config import validate_and_resolve_config
from kerastorch.quantizers.float8 import Float8Kernel
from kerastorch.quantizers.integers import IntegerKernel, block_size_of
from kerastorch.quantizers.lowrank import LowRank, adding_to
from kerastorch.quantizers.product import Product
from kerastorch.quantizers.tables import IntegerTable, ReversibleTable

KERNEL_FORMS = {
    "int8": IntegerKernel,
    "int4": IntegerKernel,
    "float8": Float8Kernel,
    "gptq": GPTQKernel,
    "awq": AWQKernel,
}
TABLE_FORMS = {"int8": IntegerTable, "int4": IntegerTable}
REVERSIBLE_FORMS = {"int8": ReversibleTable, "int4": ReversibleTable}

_SCALES = [
    f"{name}_{kind}" for name in ("inputs", "kernel", "outputs_grad") for kind in ("scale", "amax_history")
]
KERNEL_VARIABLES = {
    None: ["kernel", "bias"],
    "int8": ["kernel", "bias", "kernel_scale"],
    "int4": ["kernel", "bias", "kernel_scale", "kernel_zero", "g_idx"],
    "float8": ["kernel", "bias", *_SCALES],
    "gptq": ["bias", "quantized_kernel", "kernel_scale", "kernel_zero", "g_idx"],
    "awq": ["bias", "quantized_kernel", "kernel_scale", "kernel_zero", "awq_scales", "g_idx"],
}
TABLE_VARIABLES = {
    None: ["embeddings"],
    "int8": ["embeddings", "embeddings_scale"],
    "int4": ["embeddings", "embeddings_scale", "embeddings_zero", "g_idx"],
}


class Quantized(LowRank):
    """Gives a layer with one main weight `quantize`, and the dtype policies that say that it is quantized.

    A form (such as `IntegerKernel`) adds the variables that hold the weight, and computes the layer's output with them.
    """

    _forms = KERNEL_FORMS
    _variables = KERNEL_VARIABLES

    def __init__(self, *args, quantization_config=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.quantization_config = quantization_config

    def _product(self):
        """Return the product in which the main weight is the kernel."""
        return Product("...x,xy->...y")

    def _add_main_weight(self, shape):
        """Make the main weight: a variable, or what the dtype policy says instead."""
        mode = self.quantization_mode
        if mode is not None:
            self._take_form(shape, mode, self.quantization_config)
            if not self._form.keeps_floats:
                return
        self.add_weight(
            name=self._main,
            shape=shape,
            initializer=self._main_initializer(),
            regularizer=getattr(self, f"{self._main}_regularizer"),
            constraint=getattr(self, f"{self._main}_constraint"),
        )

    def _main_initializer(self):
        """Return the initializer of the main weight."""
        return getattr(self, f"{self._main}_initializer")

    def _take_form(self, shape, mode, config):
        if mode not in self._forms:
            raise NotImplementedError(
                f"Invalid quantization mode. Expected one of {tuple(self._forms)}. Received: quantization_mode={mode}"
            )
        self._form = self._forms[mode](self, mode, tuple(shape), config)
        self._is_quantized, self._fast = True, False

    def quantize(self, mode=None, type_check=True, config=None):
        """Replace the main weight by a quantized one, and compute with it from now on.

        Args:
            mode: "int8", "int4", "float8", "gptq" or "awq"; it may be left to the config.
            type_check: Whether a subclass is refused, since its `call` would no longer be used.
            config: A `keras.quantizers.QuantizationConfig`.

        >>> layer = keras.layers.Dense(4)
        >>> layer.build((None, 8))
        >>> layer.quantize("int8")
        >>> layer.kernel.dtype, layer.dtype_policy.name
        (torch.int8, 'int8_from_float32')
        """
        config = validate_and_resolve_config(mode, config)
        mode = config.mode
        if not self.built:
            raise ValueError(
                f"Cannot quantize a layer that isn't yet built. Layer '{self.name}' (of type "
                f"'{type(self).__name__}') is not built yet: build it or call it first."
            )
        if self._is_quantized:
            raise ValueError(
                f"Layer '{self.name}' is already quantized with dtype_policy='{self.dtype_policy.name}'. "
                f"Received: mode={mode}"
            )
        if mode == "int8" and self.compute_dtype == "float16":
            raise ValueError(
                f"Quantization mode='{mode}' doesn't work well with compute_dtype='float16'. Use another dtype policy, "
                "such as 'mixed_bfloat16', before calling `quantize()`."
            )
        if type_check and "_forms" not in type(self).__dict__:
            raise NotImplementedError(
                f"Layer {type(self).__name__} does not have a `quantize` method implemented: it is a subclass, whose "
                "own `call` would not be used. Pass `type_check=False` to quantize it all the same."
            )
        if mode not in self._forms:
            raise NotImplementedError(
                f"Invalid quantization mode. Expected one of {tuple(self._forms)}. Received: quantization_mode={mode}"
            )
        shape, floats = self._main_shape(), self._floats()
        with adding_to(self), torch.no_grad():
            if mode in ("int8", "int4"):
                self._forget_floats()
            elif mode in ("gptq", "awq"):
                setattr(self, f"_{self._main}", self._main_variable())
            self.quantization_config = config
            self._take_form(shape, mode, config)
            self._form.take(self, floats, config)
        if self._policy.quantization_mode is None:
            self.dtype_policy = f"{self._policy_prefix(mode, config)}_from_{self._policy.name}"

    def _floats(self):
        """Return the weights that are quantized, by name."""
        return {self._main: self._main_variable()}

    def _forget_floats(self):
        for name in self._floats():
            self._forget(name)
            self._forget(f"_{name}")

    def _policy_prefix(self, mode, config):
        if mode in ("gptq", "awq"):
            return config.dtype_policy_string()
        if mode == "int4":
            size = block_size_of(self, config)
            return f"int4/{-1 if size is None else size}"
        return mode

    def quantized_call(self, *args, **kwargs):
        """Compute the outputs with the quantized weight."""
        if self._policy.quantization_mode not in self._forms:
            raise NotImplementedError(
                f"Invalid quantization mode. Expected one of {QUANTIZATION_MODES}. "
                f"Received: quantization_mode={self._policy.quantization_mode}"
            )
        return super().quantized_call(*args, **kwargs)

    # ------------------------------------------------------------------ the main weight
    def _main_shape(self):
        return super()._main_shape() if self._form is None else self._form.shape

    def _main_value(self):
        if self._form is None or self._form.keeps_floats:
            return super()._main_value()
        value = self._form.value(self)
        return (value + self._lora_update()).to(self._torch_dtype) if self.lora_enabled else value

    def _missing(self, name):
        if name == self._main and self._is_quantized and not self._form.keeps_floats:
            return self._main_value()
        return super()._missing(name)

    # ------------------------------------------------------------------ files
    @property
    def variable_serialization_spec(self):
        """The names of the variables that a file holds, in order, by the mode of quantization."""
        return {mode: list(names) for mode, names in self._variables.items()}

    def _saved(self):
        """Return the variables that a file holds, by name."""
        mode = self.quantization_mode
        if not self.built or mode not in self._variables:
            return {}
        held = {**self._parameters, **self._buffers}
        names = self.variable_serialization_spec[mode]
        found = {name: self._main_variable() if name == self._main else held.get(name) for name in names}
        return {name: variable for name, variable in found.items() if variable is not None}

    def _saved_variables(self):
        return list(self._saved().values())

    def save_own_variables(self, store):
        """Write the variables, with LoRA's update as part of the main weight."""
        saved = self._saved()
        if self.lora_enabled:
            with torch.no_grad():
                merge = self._form is not None and not self._form.keeps_floats
                saved.update(
                    self._form.merged(self, self._lora_update())
                    if merge
                    else {self._main: self._main_value()}
                )
        for index, value in enumerate(saved.values()):
            store[str(index)] = to_numpy(value)

    def _on_load(self):
        super()._on_load()
        if self.quantization_mode in ("gptq", "awq"):
            self._form.loaded(self)

    def _config_value(self, name):
        value = super()._config_value(name)
        if name != "quantization_config" or getattr(value, "quantization_layer_structure", None) is None:
            return value
        # The blocks of the model are no part of one layer.
        return type(value).from_config({**value.get_config(), "quantization_layer_structure": None})


class QuantizedKernel(Quantized):
    """The same with the weight's name in the signature."""

    def quantized_build(self, kernel_shape, mode, config=None):
        """Make the variables that hold a kernel of this shape when it is quantized."""
        self._take_form(kernel_shape, mode, config)


class QuantizedTable(Quantized):
    """The same for layers with a table."""

    _main = "embeddings"
    _forms, _variables = TABLE_FORMS, TABLE_VARIABLES

    def quantized_build(self, embeddings_shape, mode, config=None):
        """Make the variables that hold a table of this shape when it is quantized."""
        self._take_form(embeddings_shape, mode, config)
