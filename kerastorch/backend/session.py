"""Settings of `keras.backend`: ids, memory, and kinds of dtypes."""

import gc

import torch

from kerastorch.core.dtypes import standardize_dtype
from kerastorch.core.naming import reset_uids

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
