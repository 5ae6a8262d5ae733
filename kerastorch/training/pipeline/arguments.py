"""Arguments of the methods of a dataset, checked."""

import numpy as np
import torch

from kerastorch.core import edge

from .errors import invalid


def integer(value, name):
    """Return the Python int of a number or of a tensor."""
    if edge.is_tensor(value) or isinstance(value, (torch.Tensor, np.ndarray)):
        value = edge.to_numpy(value).item()
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(
            f"Cannot convert {value!r} to EagerTensor of dtype int64: `{name}` must be an integer."
        )
    return value.__index__()


def batch_size(value, kernel):
    """Return a batch size, which must be positive."""
    size = integer(value, "batch_size")
    if size <= 0:
        raise invalid("Batch size must be greater than zero.", kernel)
    return size


def parallel_calls(value):
    """Return the number of threads that `num_parallel_calls` says, or -1 to choose one."""
    count = integer(value, "num_parallel_calls")
    if count < 1 and count != -1:
        raise invalid(f"num_parallel_calls must be greater than zero or -1. Received: {count}")
    return count


def path(value):
    """Return the text of a path, given as text, a path object or a tensor."""
    if edge.is_tensor(value):
        value = np.asarray(getattr(value, "numpy", lambda: value)()).item()
    if isinstance(value, bytes):
        return value.decode()
    return value if isinstance(value, str) else value.__fspath__()
