"""What dtypes layers compute in and keep their weights in."""

from kerastorch.core.dtypes import DTypePolicy as DTypePolicy
from kerastorch.core.dtypes import FloatDTypePolicy as FloatDTypePolicy
from kerastorch.core.dtypes import get_policy
from kerastorch.core.registry import serialize_keras_object


def get(identifier):
    """Return a policy from None (the global one), a name, a dtype, a config or a policy.

    >>> keras.dtype_policies.get("mixed_float16").compute_dtype
    'float16'
    """
    return get_policy(identifier)


def serialize(dtype_policy):
    """Return the config of a policy."""
    return serialize_keras_object(dtype_policy)


def deserialize(config, custom_objects=None):
    """Return the policy that a config describes."""
    return get_policy(config)
