"""`tf.test`: what this machine and build can do."""

import torch


def is_gpu_available(cuda_only=False, min_cuda_compute_capability=None):
    """Tell whether a GPU can be used.

    >>> tf.test.is_gpu_available() == bool(tf.config.list_physical_devices("GPU"))
    True
    """
    return torch.cuda.is_available() and (
        min_cuda_compute_capability is None
        or torch.cuda.get_device_capability() >= tuple(min_cuda_compute_capability)
    )


def is_built_with_cuda():
    """Tell whether torch was built for CUDA."""
    return torch.version.cuda is not None


def is_built_with_gpu_support():
    """Tell whether torch was built for GPUs."""
    return torch.version.cuda is not None or torch.version.hip is not None


def is_built_with_rocm():
    """Tell whether torch was built for ROCm."""
    return torch.version.hip is not None


def is_built_with_xla():
    """Tell whether XLA is there: it is not, torch compiles otherwise."""
    return False


def gpu_device_name():
    """Return the name of the first GPU, or "" if there is none."""
    return "/device:GPU:0" if torch.cuda.is_available() else ""
