"""Dtype policies of quantized layers, and a map from layers to policies.

A name says how the weights are quantized and what they were before: "int8_from_float32", "int4/128_from_bfloat16".
"""

import re
from collections.abc import MutableMapping

from kerastorch.core import dtypes
from kerastorch.core.dtypes import DTypePolicy, get_policy
from kerastorch.core.registry import deserialize_nested, serialize_value

QUANTIZATION_MODES = ("int8", "float8", "int4", "gptq", "awq")


class QuantizedDTypePolicy(DTypePolicy):
    """A policy whose layers keep quantized weights.

    Args:
        mode: "int8", "int4", "float8", "gptq" or "awq".
        source_name: The name of the policy before, by default the global one's.

    >>> keras.dtype_policies.QuantizedDTypePolicy("int8", "mixed_bfloat16")
    <QuantizedDTypePolicy "int8_from_mixed_bfloat16">
    """

    keras_module = "keras.dtype_policies"
    _format = ""  # how the mode is written, if it has more than a name

    def __init__(self, mode, source_name=None):
        super().__init__(dtypes.dtype_policy().name if source_name is None else source_name)
        self._source_name, self._mode = self._name, mode
        self._quantization_mode = self._format.split("/")[0] or mode
        self._name = f"{mode}_from_{self._source_name}"
        if self._quantization_mode not in QUANTIZATION_MODES:
            raise ValueError(
                f"Invalid quantization mode. Expected one of {QUANTIZATION_MODES}. Received: mode={mode}"
            )
        if mode == "int8" and self._compute_dtype == "float16":
            raise ValueError(
                f"Quantization mode='{mode}' doesn't work well with compute_dtype='float16': float16 has too small a "
                "range. Use a source policy such as 'mixed_bfloat16' or 'float32'."
            )

    def get_config(self):
        """Return the arguments that rebuild this policy, ready for JSON."""
        return {"mode": self._mode, "source_name": self._source_name}


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """A policy whose layers are trained with products of float8 values.

    Args:
        mode: "float8".
        source_name: The name of the policy before.
        amax_history_length: How many steps back largest magnitudes are remembered.

    >>> keras.dtype_policies.QuantizedFloat8DTypePolicy("float8", "float32").amax_history_length
    1024
    """

    keras_module = "keras.dtype_policies"
    default_amax_history_length = 1024

    def __init__(self, mode, source_name=None, amax_history_length=1024):
        super().__init__(mode, source_name)
        if not isinstance(amax_history_length, int):
            raise TypeError(
                f"`amax_history_length` must be an integer. Received: amax_history_length={amax_history_length}"
            )
        self._amax_history_length = amax_history_length

    @property
    def amax_history_length(self):
        """How many steps back largest magnitudes are remembered."""
        return self._amax_history_length

    def get_config(self):
        """Return the arguments that rebuild this policy, ready for JSON."""
        return {**super().get_config(), "amax_history_length": self._amax_history_length}


class _NumberedPolicy(QuantizedDTypePolicy):
    """A policy whose mode ends with numbers, such as "gptq/4/128"."""

    def __init__(self, mode, source_name=None):
        kind, *names = self._format.split("/")
        parts = mode.split("/")
        if parts[0] != kind or len(parts) != len(names) + 1:
            raise ValueError(
                f"Invalid mode for {type(self).__name__}. Expected format '{self._format}', but got '{mode}'."
            )
        try:
            numbers = [int(part) for part in parts[1:]]
        except ValueError:
            raise ValueError(
                f"Invalid mode for {type(self).__name__}: {' and '.join(names)} must be integers. Expected format "
                f"'{self._format}', but got '{mode}'."
            ) from None
        for name, number in zip((name.strip("<>") for name in names), numbers):
            self._check(name, number, mode)
            setattr(self, name, number)
        super().__init__(mode, source_name)
        self.mode = kind

    def _check(self, name, number, mode):
        if name != "weight_bits" and (number < -1 or number == 0):
            raise ValueError(
                f"Invalid {name} in mode. Supported values are -1 (no blocks) or a positive integer, but got "
                f"{number} from '{mode}'."
            )


class Int4DTypePolicy(_NumberedPolicy):
    """A policy of weights in four bits, with a scale for each block of rows.

    Args:
        mode: "int4/<block_size>", with -1 for one scale a channel.
        source_name: The name of the policy before.

    >>> keras.dtype_policies.Int4DTypePolicy("int4/64", "float32").block_size
    64
    """

    keras_module = "keras.dtype_policies"
    _format = "int4/<block_size>"


class GPTQDTypePolicy(_NumberedPolicy):
    """A policy of weights quantized by GPTQ.

    Args:
        mode: "gptq/<weight_bits>/<group_size>", with 2, 3, 4 or 8 bits, and -1 for one group.
        source_name: The name of the policy before.

    >>> keras.dtype_policies.get("gptq/4/128_from_float32").weight_bits
    4
    """

    keras_module = "keras.dtype_policies"
    _format = "gptq/<weight_bits>/<group_size>"

    def _check(self, name, number, mode):
        if name == "weight_bits" and number not in (2, 3, 4, 8):
            raise ValueError(
                f"Invalid weight_bits in mode. Supported values are 2, 3, 4, and 8, but got {number} from '{mode}'."
            )
        super()._check(name, number, mode)


class AWQDTypePolicy(_NumberedPolicy):
    """A policy of weights quantized by AWQ.

    Args:
        mode: "awq/4/<group_size>", with -1 for one group.
        source_name: The name of the policy before.

    >>> keras.dtype_policies.get("awq/4/32_from_float32").group_size
    32
    """

    keras_module = "keras.dtype_policies"
    _format = "awq/<weight_bits>/<group_size>"

    def _check(self, name, number, mode):
        if name == "weight_bits" and number != 4:
            raise ValueError(
                "Invalid weight_bits in mode. AWQ only supports 4-bit quantization, but got "
                f"{number} from '{mode}'."
            )
        super()._check(name, number, mode)


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """Policies by the path of the layer, for a layer whose sublayers differ.

    Keys are paths, or patterns (regular expressions) that a path must match as a whole.

    Args:
        default_policy: The policy of paths that no key matches, by default the global one.
        policy_map: A dict of policies.

    >>> policies = keras.dtype_policies.DTypePolicyMap("float32", {"encoder/.*": keras.DTypePolicy("bfloat16")})
    >>> policies["encoder/dense"].name, policies["decoder/dense"].name
    ('bfloat16', 'float32')
    """

    keras_module = "keras.dtype_policies"

    def __init__(self, default_policy=None, policy_map=None):
        if isinstance(default_policy, DTypePolicyMap):
            raise ValueError("`default_policy` cannot be a `DTypePolicyMap`.")
        if policy_map is not None and not isinstance(policy_map, dict):
            raise TypeError(
                f"If specified, `policy_map` must be a dict. Received: policy_map={policy_map} of type "
                f"{type(policy_map)}"
            )
        self._given_default = default_policy
        self._default_policy = get_policy(default_policy)
        self._policy_map = policy_map or {}

    @property
    def name(self):
        """The name of the default policy, after "map_"."""
        return f"map_{self.default_policy.name}"

    @property
    def default_policy(self):
        """The policy of paths that no key matches."""
        return self._default_policy

    @property
    def variable_dtype(self):
        """The dtype of weights under the default policy."""
        return self.default_policy.variable_dtype

    @property
    def compute_dtype(self):
        """The dtype of computations under the default policy."""
        return self.default_policy.compute_dtype

    @property
    def quantization_mode(self):
        """How the default policy quantizes, or None."""
        return self.default_policy.quantization_mode

    def __getitem__(self, key):
        if key in self._policy_map:
            return self._policy_map[key]
        matches = [pattern for pattern in self._policy_map if re.fullmatch(pattern, key)]
        if len(matches) > 1:
            raise ValueError(
                f"Path '{key}' matches multiple dtype policy specification keys: {matches}. Each path must match "
                "one key at most."
            )
        return self._policy_map[matches[0]] if matches else self.default_policy

    def __setitem__(self, key, policy):
        if key in self._policy_map:
            raise ValueError(
                f"{key} already exist in the DTypePolicyMap with value {self._policy_map[key]}. Delete it first."
            )
        try:
            self._policy_map[key] = get_policy(policy)
        except ValueError:
            raise ValueError(
                "Cannot interpret the assigned value by `keras.dtype_policies.get`. "
                f"Received: {policy} of type {type(policy)}"
            ) from None

    def __delitem__(self, key):
        del self._policy_map[key]

    def __contains__(self, key):
        return key in self._policy_map  # the keys as they are, patterns included

    def __len__(self):
        return len(self._policy_map)

    def __iter__(self):
        return iter(self._policy_map)

    def get_config(self):
        """Return the arguments that rebuild this map, ready for JSON.

        Without a default of its own, policies are written without their sources too: all follow the global policy.
        """
        policies = {key: serialize_value(policy) for key, policy in self._policy_map.items()}
        if self._given_default is None:
            for policy in policies.values():
                name = "source_name" if "source_name" in policy["config"] else "name"
                policy["config"][name] = None
        return {"default_policy": serialize_value(self._given_default), "policy_map": policies}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return a new map from what `get_config` gave."""
        policies = {key: deserialize_nested(policy) for key, policy in config["policy_map"].items()}
        return cls(deserialize_nested(config["default_policy"]), policies)

    def __repr__(self):
        mapping = [(key, policy.name) for key, policy in self._policy_map.items()]
        return f"<DTypePolicyMap at {hex(id(self))} default_policy={self._default_policy.name}, mapping={mapping}>"

    __hash__ = object.__hash__


dtypes.QUANTIZED.update(
    {
        "int8": QuantizedDTypePolicy,
        "int4": QuantizedDTypePolicy,
        "int4/": Int4DTypePolicy,
        "float8": QuantizedFloat8DTypePolicy,
        "gptq": GPTQDTypePolicy,
        "gptq/": GPTQDTypePolicy,
        "awq": AWQDTypePolicy,
        "awq/": AWQDTypePolicy,
    }
)
