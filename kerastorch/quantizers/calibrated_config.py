"""The configs of GPTQ and AWQ, which quantize weights by what comes in during a calibration."""

from kerastorch.quantizers.config import QuantizationConfig


class _CalibratedConfig(QuantizationConfig):
    """What both need: data for the calibration, and the size of the groups."""

    config_exclude = ("weight_quantizer", "activation_quantizer")

    def __init__(self, dataset, tokenizer, num_samples, sequence_length, group_size, structure):
        super().__init__()
        for name, value in (("num_samples", num_samples), ("sequence_length", sequence_length)):
            if value <= 0:
                raise ValueError(f"{name} must be a positive integer. Received: {name}={value}")
        if group_size < -1 or group_size == 0:
            raise ValueError(
                "Invalid group_size. Supported values are -1 (whole-tensor, or one group a channel) or a positive "
                f"integer, but got {group_size}."
            )
        self.dataset, self.tokenizer = dataset, tokenizer
        self.num_samples, self.sequence_length, self.group_size = num_samples, sequence_length, group_size
        self.quantization_layer_structure = structure

    def dtype_policy_string(self):
        """Return the mode as dtype policies are named: "gptq/4/128"."""
        return f"{self.mode}/{self.weight_bits}/{self.group_size}"

    def get_config(self):
        """Return the arguments that rebuild this config, without the data."""
        config = {name: getattr(self, name) for name in self._init_arguments}
        return {**config, "dataset": None, "tokenizer": None}

    @classmethod
    def from_config(cls, config):
        """Return a new config from what `get_config` gave."""
        return cls(**config)


class GPTQConfig(_CalibratedConfig):
    """How GPTQ quantizes: weights one after the other, each error made up for by the weights that follow.

    Args:
        dataset: Texts, or arrays of tokens, to calibrate with.
        tokenizer: An object whose `tokenize(text)` gives tokens; for arrays it is not used.
        weight_bits: 2, 3, 4 or 8.
        num_samples: How many sequences to calibrate with.
        per_channel: Whether each output has its own scale.
        sequence_length: The length of the sequences.
        hessian_damping: What is added to the Hessian's diagonal, as a fraction of its mean.
        group_size: How many inputs share a scale; -1 for all of them.
        symmetric: Whether the range is symmetric around zero.
        activation_order: Whether weights of large inputs are quantized first.
        quantization_layer_structure: A dict with the lists "pre_block_layers", through which the data go first, and
            "sequential_blocks"; by default what `Model.get_quantization_layer_structure` returns.

    Source: Frantar et al., 2022, https://arxiv.org/abs/2210.17323

    >>> keras.quantizers.GPTQConfig(["a text"], None, group_size=64).dtype_policy_string()
    'gptq/4/64'
    """

    mode = "gptq"

    def __init__(
        self,
        dataset,
        tokenizer,
        *,
        weight_bits=4,
        num_samples=128,
        per_channel=True,
        sequence_length=512,
        hessian_damping=0.01,
        group_size=128,
        symmetric=False,
        activation_order=False,
        quantization_layer_structure=None,
    ):
        super().__init__(
            dataset, tokenizer, num_samples, sequence_length, group_size, quantization_layer_structure
        )
        if weight_bits not in (2, 3, 4, 8):
            raise ValueError(f"Unsupported weight_bits {weight_bits}. Supported values are 2, 3, 4, and 8.")
        if not 0 <= hessian_damping <= 1:
            raise ValueError(
                f"hessian_damping must be between 0 and 1. Received: hessian_damping={hessian_damping}"
            )
        self.weight_bits, self.per_channel, self.hessian_damping = weight_bits, per_channel, hessian_damping
        self.symmetric, self.activation_order = symmetric, activation_order


class AWQConfig(_CalibratedConfig):
    """How AWQ quantizes: weights of large inputs are made larger before they are rounded, and smaller after.

    Args:
        dataset: Texts, or arrays of tokens, to calibrate with.
        tokenizer: An object whose `tokenize(text)` gives tokens; for arrays it is not used.
        weight_bits: 4.
        num_samples: How many sequences to calibrate with.
        sequence_length: The length of the sequences.
        group_size: How many inputs share a scale; -1 for all of them.
        num_grid_points: How many scales are tried.
        quantization_layer_structure: As in `GPTQConfig`.

    Source: Lin et al., 2023, https://arxiv.org/abs/2306.00978

    >>> keras.quantizers.AWQConfig(["a text"], None).dtype_policy_string()
    'awq/4/128'
    """

    mode = "awq"

    def __init__(
        self,
        dataset,
        tokenizer,
        *,
        weight_bits=4,
        num_samples=128,
        sequence_length=512,
        group_size=128,
        num_grid_points=20,
        quantization_layer_structure=None,
    ):
        super().__init__(
            dataset, tokenizer, num_samples, sequence_length, group_size, quantization_layer_structure
        )
        if weight_bits != 4:
            raise ValueError(f"AWQ only supports 4-bit quantization. Received weight_bits={weight_bits}.")
        if num_grid_points <= 0:
            raise ValueError(
                f"num_grid_points must be a positive integer. Received: num_grid_points={num_grid_points}"
            )
        self.weight_bits, self.num_grid_points = weight_bits, num_grid_points
