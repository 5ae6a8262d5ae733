"""How a layer is quantized: which quantizers its weights and its inputs get."""

from kerastorch.core.configurable import Configurable
from kerastorch.core.policies import QUANTIZATION_MODES
from kerastorch.quantizers.quantizer import AbsMaxQuantizer


class QuantizationConfig(Configurable):
    """Base of the configs. A subclass defines the property `mode`.

    Args:
        weight_quantizer: The quantizer of weights; None is the layer's own.
        activation_quantizer: The quantizer of inputs; None leaves them as they are.
    """

    def __init__(self, weight_quantizer=None, activation_quantizer=None):
        self.weight_quantizer = weight_quantizer
        self.activation_quantizer = activation_quantizer

    @property
    def mode(self):
        """The name of the mode, such as "int8"."""
        raise NotImplementedError(
            "Subclasses must implement this property: the name of the mode, such as 'int8'."
        )

    @staticmethod
    def weight_quantizer_or_default(config, default):
        """Return the config's quantizer of weights, or else the default."""
        return default if config is None or config.weight_quantizer is None else config.weight_quantizer

    @staticmethod
    def activation_quantizer_or_default(config, default):
        """Return the config's quantizer of inputs, which may be None; the default only where there is no config."""
        return default if config is None else config.activation_quantizer

    def _check_int8(self):
        if self.weight_quantizer is not None and self.weight_quantizer.output_dtype != "int8":
            raise ValueError(
                f"{type(self).__name__} requires a weight_quantizer with output_dtype='int8'. "
                f"Received: output_dtype={self.weight_quantizer.output_dtype}"
            )


class Int8QuantizationConfig(QuantizationConfig):
    """Weights in int8, and inputs too unless `activation_quantizer` is None.

    >>> keras.quantizers.Int8QuantizationConfig().mode
    'int8'
    """

    mode = "int8"

    def __init__(self, weight_quantizer=None, activation_quantizer="default"):
        super().__init__(
            weight_quantizer, AbsMaxQuantizer() if activation_quantizer == "default" else activation_quantizer
        )
        self._check_int8()


class Int4QuantizationConfig(QuantizationConfig):
    """Weights in four bits, with a scale for each block of `block_size` rows (None or -1: for each channel)."""

    mode = "int4"

    def __init__(self, weight_quantizer=None, activation_quantizer="default", block_size=128):
        if block_size is not None and block_size != -1 and block_size <= 0:
            raise ValueError(
                f"block_size must be None, -1, or a positive integer. Received: block_size={block_size}"
            )
        activation_quantizer = None if activation_quantizer == "default" else activation_quantizer
        if block_size not in (None, -1) and (weight_quantizer or activation_quantizer):
            raise ValueError(
                "Int4 sub-channel quantization (block_size > 0) does not support custom quantizers: pass "
                f"block_size=None for a scale a channel, or leave the quantizers out. Received: block_size={block_size}"
            )
        super().__init__(weight_quantizer, activation_quantizer)
        self.block_size = block_size
        if weight_quantizer is not None and weight_quantizer.value_range != (-8, 7):
            raise ValueError(
                "Int4QuantizationConfig requires a weight_quantizer with value_range=(-8, 7). "
                f"Received: value_range={weight_quantizer.value_range}"
            )
        self._check_int8()

    @classmethod
    def from_config(cls, config):
        """Return a new config; one without a block size was written when there was a scale for each channel."""
        return super().from_config({"block_size": None, **config})


class Float8QuantizationConfig(QuantizationConfig):
    """Weights, inputs and gradients in float8."""

    mode = "float8"

    def __init__(self):
        super().__init__(None, None)

    def get_config(self):
        return {}


def validate_and_resolve_config(mode, config):
    """Return the config that a mode and a config, one of which may be None, stand for.

    Raises ValueError where they contradict each other, or where a mode needs a config.
    """
    if isinstance(config, str):
        mode, config = config, None
    _check_mode(mode)
    if config is None:
        if mode is None:
            raise ValueError("You must provide either `mode` or `config` to `quantize`.")
        if mode not in _DEFAULTS:
            name = f"{mode.upper()}Config"
            raise ValueError(f"For {mode.upper()}, you must pass a `{name}` object in the `config` argument.")
        return _DEFAULTS[mode]()
    if not isinstance(config, QuantizationConfig):
        raise ValueError(
            "Argument `config` must be an instance of `QuantizationConfig`. "
            f"Received: config={config} (of type {type(config)})"
        )
    if mode is not None and config.mode != mode:
        raise ValueError(f"Contradictory arguments: mode='{mode}' but config.mode='{config.mode}'")
    _check_mode(config.mode)
    if config.mode not in _DEFAULTS and not hasattr(config, "dtype_policy_string"):
        raise ValueError(
            f"Mode '{config.mode}' requires a valid `config` argument of type `{config.mode.upper()}Config`. "
            f"Received: {type(config)}"
        )
    return config


def _check_mode(mode):
    if mode is not None and mode not in QUANTIZATION_MODES:
        raise ValueError(
            f"Invalid quantization mode. Expected one of {QUANTIZATION_MODES}. Received: mode={mode}"
        )


_DEFAULTS = {
    "int8": Int8QuantizationConfig,
    "int4": Int4QuantizationConfig,
    "float8": Float8QuantizationConfig,
}
