"""Names of `keras.backend`: settings, dtype names, and unique ids."""

import gc

import torch

from kerastorch.core.dtypes import is_float_dtype as is_float_dtype
from kerastorch.core.dtypes import result_type as result_type
from kerastorch.core.dtypes import standardize_dtype as standardize_dtype
from kerastorch.core.keras_tensor import is_keras_tensor as is_keras_tensor
from kerastorch.core.naming import get_uid as get_uid
from kerastorch.core.naming import reset_uids
from kerastorch.core.settings import backend as backend
from kerastorch.core.settings import epsilon as epsilon
from kerastorch.core.settings import floatx as floatx
from kerastorch.core.settings import image_data_format as image_data_format
from kerastorch.core.settings import set_epsilon as set_epsilon
from kerastorch.core.settings import set_floatx as set_floatx
from kerastorch.core.settings import set_image_data_format as set_image_data_format

_INTEGERS = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")


def is_int_dtype(dtype):
    """Tell whether a dtype is an integer type.

    >>> keras.backend.is_int_dtype("uint8"), keras.backend.is_int_dtype("bool")
    (True, False)
    """
    return standardize_dtype(dtype) in _INTEGERS


def clear_session(free_memory=True):
    """Start the numbering of names afresh, and release memory that nothing uses any more.

    Args:
        free_memory: Whether to collect garbage and empty the CUDA cache.
    """
    reset_uids()
    if free_memory:
        gc.collect()
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            torch.cuda.empty_cache()
