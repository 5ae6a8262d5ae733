"""Settings of the whole process: float type, image layout, device, limits, what the user's code sees."""

from kerastorch.core.dtypes import dtype_policy as dtype_policy
from kerastorch.core.dtypes import set_dtype_policy as set_dtype_policy
from kerastorch.core.edge import set_wrapping as set_wrapping
from kerastorch.core.registry import enable_unsafe_deserialization as enable_unsafe_deserialization
from kerastorch.core.settings import backend as backend
from kerastorch.core.settings import default_device as default_device
from kerastorch.core.settings import disable_interactive_logging as disable_interactive_logging
from kerastorch.core.settings import disable_traceback_filtering as disable_traceback_filtering
from kerastorch.core.settings import enable_interactive_logging as enable_interactive_logging
from kerastorch.core.settings import enable_traceback_filtering as enable_traceback_filtering
from kerastorch.core.settings import epsilon as epsilon
from kerastorch.core.settings import floatx as floatx
from kerastorch.core.settings import image_data_format as image_data_format
from kerastorch.core.settings import is_interactive_logging_enabled as is_interactive_logging_enabled
from kerastorch.core.settings import is_traceback_filtering_enabled as is_traceback_filtering_enabled
from kerastorch.core.settings import max_epochs as max_epochs
from kerastorch.core.settings import max_steps_per_epoch as max_steps_per_epoch
from kerastorch.core.settings import set_default_device as set_default_device
from kerastorch.core.settings import set_epsilon as set_epsilon
from kerastorch.core.settings import set_floatx as set_floatx
from kerastorch.core.settings import set_image_data_format as set_image_data_format
from kerastorch.core.settings import set_max_epochs as set_max_epochs
from kerastorch.core.settings import set_max_steps_per_epoch as set_max_steps_per_epoch

_flash_attention: bool | None = None


def enable_flash_attention():
    """Let `dot_product_attention` use flash attention wherever torch has a kernel for the inputs."""
    global _flash_attention
    _flash_attention = None


def disable_flash_attention():
    """Compute attention without flash attention."""
    global _flash_attention
    _flash_attention = False


def is_flash_attention_enabled():
    """Tell whether flash attention is allowed: False, or None for "where torch has a kernel for the inputs".

    >>> keras.config.is_flash_attention_enabled() is None
    True
    """
    return _flash_attention


def is_nnx_enabled():
    """Tell whether Flax's NNX is used, which needs JAX: never.

    >>> keras.config.is_nnx_enabled()
    False
    """
    return False


def set_backend(backend):
    """Accept "torch", the only engine; anything else is a ValueError."""
    if backend != "torch":
        raise ValueError(
            f"The only engine is PyTorch: `backend` must be 'torch'. Received: backend={backend!r}"
        )
