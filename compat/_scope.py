"""Contexts that TensorFlow programs are written in: `name_scope`, `device`, `init_scope`, `control_dependencies`."""

import contextlib
import re
import threading

import torch

from kerastorch.core import settings

from ._tensor import recording_off


class _Names(threading.local):
    """The open name scopes of a thread, joined by "/"."""

    prefix = ""


_names = _Names()


class name_scope:
    """A context that puts a name before those of the variables made in it.

    >>> with tf.name_scope("block") as scope:
    ...     v = tf.Variable(1.0, name="w")
    >>> scope, v.name
    ('block/', 'block/w:0')
    """

    def __init__(self, name):
        if not isinstance(name, str):
            raise ValueError(f"name for name_scope must be a string. Received: {name!r}")
        self._name = name
        self._before = []

    @property
    def name(self):
        """The name."""
        return self._name

    def __enter__(self):
        self._before.append(_names.prefix)
        if not self._name:
            _names.prefix = ""
        elif self._name.endswith("/"):
            _names.prefix = self._name
        else:
            _names.prefix = f"{_names.prefix}{self._name}/"
        return _names.prefix

    def __exit__(self, *exc):
        _names.prefix = self._before.pop()


def scoped(name):
    """Return a name with the open scopes before it."""
    return _names.prefix + name


_KNOWN = re.compile(r"^(job|replica|task|device|cpu|gpu|tpu)$", re.IGNORECASE)


def parse_device(name):
    """Return the `torch.device` of TensorFlow's name for it; a GPU that is not there is the CPU.

    >>> from compat._scope import parse_device
    >>> parse_device("/job:localhost/replica:0/task:0/device:CPU:0")
    device(type='cpu')
    """
    kind, index = None, 0
    for part in str(name).strip("/").split("/"):
        words = part.split(":")
        if not _KNOWN.match(words[0]):
            raise ValueError(
                f"Unknown attribute '{part}' is encountered while parsing the device spec: '{name}'."
            )
        if words[0].lower() == "device":
            words = words[1:]
        if words and words[0].upper() in ("CPU", "GPU", "TPU"):
            kind = words[0].upper()
            index = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    if kind == "GPU" and torch.cuda.is_available():
        return torch.device("cuda", index)
    return torch.device("cpu") if kind else None


@contextlib.contextmanager
def device(device_name):
    """A context whose tensors and variables are made on a device, such as "/CPU:0" or "/GPU:1".

    >>> with tf.device("/CPU:0"):
    ...     x = tf.zeros(2)
    >>> x.device.endswith("CPU:0")
    True
    """
    before = settings._device
    wanted = None if device_name is None else parse_device(getattr(device_name, "name", device_name))
    if wanted is not None:
        settings.set_default_device(wanted)
    try:
        yield
    finally:
        settings._device = before


@contextlib.contextmanager
def init_scope():
    """A context outside of functions and gradient tapes."""
    with recording_off():
        yield


@contextlib.contextmanager
def control_dependencies(control_inputs):
    """A context that comes after `control_inputs`, which here are computed already."""
    yield
