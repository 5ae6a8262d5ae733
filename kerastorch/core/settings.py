"""Process-wide settings: default float type, epsilon, image layout, device.

Everything in `keras.config` that the rest of the library reads lives here. The default device is CUDA where
there is one; the environment variable `KERASTORCH_DEVICE` and `set_default_device` override it.
"""

import os
import threading

import torch

_FLOAT_TYPES = ("float16", "bfloat16", "float32", "float64")
_DATA_FORMATS = ("channels_first", "channels_last")

_floatx = "float32"
_epsilon = 1e-7
_image_data_format = "channels_last"
_device: torch.device | None = None
_interactive_logging = True


class _Local(threading.local):
    """What holds in one thread: the device that a background thread of a data pipeline makes tensors on."""

    device: torch.device | None = None


_local = _Local()
_traceback_filtering = True
_max_epochs: int | None = None
_max_steps_per_epoch: int | None = None


def floatx():
    """Return the default float type, as a string.

    >>> keras.config.floatx()
    'float32'
    """
    return _floatx


def set_floatx(value):
    """Set the default float type: "float16", "bfloat16", "float32" or "float64"."""
    global _floatx
    if value not in _FLOAT_TYPES:
        raise ValueError(f"floatx must be one of {_FLOAT_TYPES}. Received: value={value!r}")
    _floatx = str(value)


def epsilon():
    """Return the small number that guards divisions and logarithms.

    >>> keras.config.epsilon()
    1e-07
    """
    return _epsilon


def set_epsilon(value):
    """Set the small number that guards divisions and logarithms."""
    global _epsilon
    _epsilon = float(value)


def image_data_format():
    """Return the default layout of images.

    >>> keras.config.image_data_format()
    'channels_last'
    """
    return _image_data_format


def set_image_data_format(data_format):
    """Set the default layout of images: "channels_last" or "channels_first"."""
    global _image_data_format
    _image_data_format = standardize_data_format(data_format)


def standardize_data_format(data_format):
    """Return `data_format` checked, or the default for None."""
    if data_format is None:
        return _image_data_format
    value = str(data_format).lower()
    if value not in _DATA_FORMATS:
        raise ValueError(
            f"The `data_format` argument must be one of {set(_DATA_FORMATS)}. Received: data_format={data_format}"
        )
    return value


def default_device():
    """Return the `torch.device` on which new tensors and weights are placed."""
    global _device
    if _local.device is not None:
        return _local.device
    if _device is None:
        name = os.environ.get("KERASTORCH_DEVICE") or ("cuda" if torch.cuda.is_available() else "cpu")
        _device = torch.device(name)
    return _device


def set_default_device(device):
    """Place new tensors and weights on `device` ("cpu", "cuda", "cuda:1", a `torch.device`), or None for automatic."""
    global _device
    _device = None if device is None else torch.device(device)


def is_interactive_logging_enabled():
    """Tell whether progress is drawn for a person (True) or written as plain log lines."""
    return _interactive_logging


def enable_interactive_logging():
    """Draw progress bars on the terminal."""
    global _interactive_logging
    _interactive_logging = True


def disable_interactive_logging():
    """Write progress through `logging` rather than drawing it."""
    global _interactive_logging
    _interactive_logging = False


def is_traceback_filtering_enabled():
    """Tell whether errors hide the library's own frames."""
    return _traceback_filtering


def enable_traceback_filtering():
    """Hide the library's own frames in errors."""
    global _traceback_filtering
    _traceback_filtering = True


def disable_traceback_filtering():
    """Show the library's own frames in errors."""
    global _traceback_filtering
    _traceback_filtering = False


def max_epochs():
    """Return the limit that every `fit` obeys, or None."""
    return _max_epochs


def set_max_epochs(max_epochs):
    """Limit the number of epochs of every `fit` in this process (None: no limit)."""
    global _max_epochs
    _max_epochs = max_epochs


def max_steps_per_epoch():
    """Return the limit on steps per epoch that every `fit` obeys, or None."""
    return _max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch):
    """Limit the number of steps per epoch of every `fit` in this process (None: no limit)."""
    global _max_steps_per_epoch
    _max_steps_per_epoch = max_steps_per_epoch


def backend():
    """Return the name of the engine, which is always PyTorch.

    >>> keras.config.backend()
    'torch'
    """
    return "torch"
