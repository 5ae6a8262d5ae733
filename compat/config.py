"""`tf.config`: the devices of this machine, and switches that TensorFlow programs set.

https://www.tensorflow.org/api_docs/python/tf/config
"""

import collections
import os

import torch

from ._function import functions_run_eagerly as functions_run_eagerly
from ._function import run_functions_eagerly as run_functions_eagerly

PhysicalDevice = collections.namedtuple("PhysicalDevice", ["name", "device_type"])
LogicalDevice = collections.namedtuple("LogicalDevice", ["name", "device_type"])


class LogicalDeviceConfiguration(
    collections.namedtuple(
        "LogicalDeviceConfiguration", ["memory_limit", "experimental_priority", "experimental_device_ordinal"]
    )
):
    """A part of a physical device: how much memory it may take, in MB."""

    def __new__(cls, memory_limit=None, experimental_priority=None, experimental_device_ordinal=None):
        return super().__new__(cls, memory_limit, experimental_priority, experimental_device_ordinal)


class _Choices:
    """What the program chose."""

    visible = None
    soft_placement = True
    growth: dict[str, bool] = {}
    logical: dict[str, list] = {}
    jit = False
    options: dict[str, object] = {}
    deterministic = False
    interop_threads = intraop_threads = 0


def _physical():
    gpus = [PhysicalDevice(f"/physical_device:GPU:{i}", "GPU") for i in range(torch.cuda.device_count())]
    return [PhysicalDevice("/physical_device:CPU:0", "CPU"), *gpus]


def list_physical_devices(device_type=None):
    """Return the devices of this machine, all or those of one type ("CPU", "GPU").

    >>> tf.config.list_physical_devices("CPU")
    [PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')]
    """
    return [d for d in _physical() if device_type is None or d.device_type == device_type]


def list_logical_devices(device_type=None):
    """Return the devices that operations can run on, all or those of one type."""
    devices = [
        LogicalDevice(d.name.replace("/physical_device", "/device"), d.device_type)
        for d in get_visible_devices()
    ]
    return [d for d in devices if device_type is None or d.device_type == device_type]


def get_visible_devices(device_type=None):
    """Return the devices that this program may use."""
    devices = _physical() if _Choices.visible is None else _Choices.visible
    return [d for d in devices if device_type is None or d.device_type == device_type]


def set_visible_devices(devices, device_type=None):
    """Choose the devices that this program may use; of the other types all remain if one type is named."""
    devices = (
        list(devices) if isinstance(devices, list) or type(devices) is tuple else [devices] if devices else []
    )
    for d in devices:
        if d not in _physical():
            raise ValueError(f"Unrecognized device: {d!r}. Known devices: {_physical()}")
        if device_type is not None and d.device_type != device_type:
            raise ValueError(f"Device {d!r} is not of type {device_type}.")
    others = [] if device_type is None else [d for d in get_visible_devices() if d.device_type != device_type]
    _Choices.visible = sorted(others + devices, key=_physical().index)


def get_logical_device_configuration(device):
    """Return the parts into which a device was divided, or None."""
    return _Choices.logical.get(device.name)


def set_logical_device_configuration(device, logical_devices):
    """Limit the memory of a GPU; a CPU can be divided only into one part."""
    _Choices.logical[device.name] = list(logical_devices)
    limits = [c.memory_limit for c in logical_devices if c.memory_limit]
    if device.device_type == "GPU" and len(limits) == 1:
        index = int(device.name.rsplit(":", 1)[1])
        total = torch.cuda.get_device_properties(index).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, limits[0] * 2**20 / total), index)


def set_soft_device_placement(enabled):
    """Choose whether an operation may run on another device than the one named."""
    _Choices.soft_placement = bool(enabled)


def get_soft_device_placement():
    """Tell whether an operation may run on another device than the one named."""
    return _Choices.soft_placement


def experimental_functions_run_eagerly():
    """Tell whether functions run as plain Python."""
    return functions_run_eagerly()


def experimental_run_functions_eagerly(run_eagerly):
    """Choose whether functions run as plain Python."""
    run_functions_eagerly(run_eagerly)


class optimizer:
    """`tf.config.optimizer`: what TensorFlow's compiler may do; torch decides for itself."""

    @staticmethod
    def set_jit(enabled):
        """Choose whether TensorFlow would compile by itself."""
        _Choices.jit = enabled

    @staticmethod
    def get_jit():
        """Tell what `set_jit` chose."""
        return _Choices.jit or ""

    @staticmethod
    def set_experimental_options(options):
        """Remember options of TensorFlow's graph optimizer."""
        _Choices.options |= options

    @staticmethod
    def get_experimental_options():
        """Return what `set_experimental_options` was given."""
        return dict(_Choices.options)


class threading:
    """`tf.config.threading`: the number of threads."""

    @staticmethod
    def set_intra_op_parallelism_threads(num_threads):
        """Set how many threads one operation may use; 0 leaves it to torch."""
        _Choices.intraop_threads = num_threads
        if num_threads:
            torch.set_num_threads(num_threads)

    @staticmethod
    def get_intra_op_parallelism_threads():
        """Return what was set, 0 at first."""
        return _Choices.intraop_threads

    @staticmethod
    def set_inter_op_parallelism_threads(num_threads):
        """Set how many operations may run beside each other: here one after the other do."""
        _Choices.interop_threads = num_threads

    @staticmethod
    def get_inter_op_parallelism_threads():
        """Return what was set, 0 at first."""
        return _Choices.interop_threads


class experimental:
    """`tf.config.experimental`."""

    list_physical_devices = staticmethod(list_physical_devices)
    list_logical_devices = staticmethod(list_logical_devices)
    get_visible_devices = staticmethod(get_visible_devices)
    set_visible_devices = staticmethod(set_visible_devices)
    VirtualDeviceConfiguration = LogicalDeviceConfiguration
    set_virtual_device_configuration = staticmethod(set_logical_device_configuration)
    get_virtual_device_configuration = staticmethod(get_logical_device_configuration)

    @staticmethod
    def set_memory_growth(device, enable):
        """Choose whether memory is taken as it is needed, as torch always does."""
        _Choices.growth[device.name] = bool(enable)

    @staticmethod
    def get_memory_growth(device):
        """Tell what `set_memory_growth` chose."""
        return _Choices.growth.get(device.name, False)

    @staticmethod
    def get_memory_info(device):
        """Return the bytes of GPU memory in use, now and at most."""
        index = int(str(device).rsplit(":", 1)[1])
        return {"current": torch.cuda.memory_allocated(index), "peak": torch.cuda.max_memory_allocated(index)}

    @staticmethod
    def reset_memory_stats(device):
        """Forget the peak of memory in use."""
        torch.cuda.reset_peak_memory_stats(int(str(device).rsplit(":", 1)[1]))

    @staticmethod
    def get_device_details(device):
        """Return what is known of a device."""
        if device.device_type != "GPU":
            return {}
        index = int(device.name.rsplit(":", 1)[1])
        return {
            "device_name": torch.cuda.get_device_name(index),
            "compute_capability": torch.cuda.get_device_capability(index),
        }

    @staticmethod
    def enable_op_determinism():
        """Make operations give the same values on every run, at the price of speed."""
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
        _Choices.deterministic = True

    @staticmethod
    def enable_tensor_float_32_execution(enabled):
        """Choose whether float32 products may be computed with fewer digits on GPUs."""
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = bool(enabled)

    @staticmethod
    def tensor_float_32_execution_enabled():
        """Tell whether float32 products may be computed with fewer digits on GPUs."""
        return torch.backends.cuda.matmul.allow_tf32
