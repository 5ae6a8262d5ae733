"""How a layer is quantized: which quantizers its weights and its inputs get."""

from kerastorch.core.configurable import Configurable
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
                "Quantizers of one's own need a scale for each channel: pass block_size=None. "
                f"Received: block_size={block_size}"
            )
        super().__init__(weight_quantizer, activation_quantizer)
        self.block_size = block_size
        self._check_int8()


class Float8QuantizationConfig(QuantizationConfig):
    """Weights, inputs and gradients in float8."""

    mode = "float8"

    def __init__(self):
        super().__init__(None, None)

    def get_config(self):
        return {}
