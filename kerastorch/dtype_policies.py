"""What dtypes layers compute in and keep their weights in."""

from kerastorch.core.dtypes import DTypePolicy as DTypePolicy
from kerastorch.core.dtypes import FloatDTypePolicy as FloatDTypePolicy
from kerastorch.core.dtypes import get_policy
from kerastorch.core.policies import AWQDTypePolicy as AWQDTypePolicy
from kerastorch.core.policies import DTypePolicyMap as DTypePolicyMap
from kerastorch.core.policies import GPTQDTypePolicy as GPTQDTypePolicy
from kerastorch.core.policies import Int4DTypePolicy as Int4DTypePolicy
from kerastorch.core.policies import QuantizedDTypePolicy as QuantizedDTypePolicy
from kerastorch.core.policies import QuantizedFloat8DTypePolicy as QuantizedFloat8DTypePolicy
from kerastorch.core.registry import deserialize_keras_object, serialize_keras_object


def get(identifier):
    """Return a policy from None (the global one), a name, a dtype, a config or a policy.

    >>> keras.dtype_policies.get("mixed_float16").compute_dtype
    'float16'
    >>> keras.dtype_policies.get("int4/128_from_float32").quantization_mode
    'int4'
    """
    return get_policy(identifier)


def serialize(dtype_policy):
    """Return the config of a policy."""
    return serialize_keras_object(dtype_policy)


def deserialize(config, custom_objects=None):
    """Return the policy that a config describes.

    >>> policy = keras.dtype_policies.DTypePolicy("bfloat16")
    >>> keras.dtype_policies.deserialize(keras.dtype_policies.serialize(policy)) == policy
    True
    """
    if isinstance(config, dict):
        config = {"module": "keras.dtype_policies", **config}
    return deserialize_keras_object(config, custom_objects=custom_objects)
