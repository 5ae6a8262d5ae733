"""`tf.Tensor`: an immutable value around a `torch.Tensor`, or around a NumPy array of bytes for strings.

The operators are attached by `_operators.py`, which stands on the functions.
https://www.tensorflow.org/api_docs/python/tf/Tensor
"""

import contextlib
import threading

import numpy as np
import torch

from kerastorch.core import edge, settings
from kerastorch.core.text import to_bytes

from . import _text
from ._dtypes import BY_TORCH, as_dtype, numpy_type, string
from ._shape import as_shape, known_shape

_CLASS_NAME = "tensorflow.python.framework.ops.EagerTensor"
_NUMPY_NAMES = {"T", "astype", "ravel", "transpose", "reshape", "clip", "size", "tolist", "data"}
_HOST = "/job:localhost/replica:0/task:0/device:"


class _Newest(threading.local):
    """The newest recorded value of a thread, from which the variables in use can be found."""

    value = None


newest = _Newest()


class Tensor:
    """A multidimensional array of elements of one `DType`, made by `tf.constant` and by every function of `tf`.

    It cannot be changed. NumPy functions take it as an array; `numpy()` gives a copy.

    >>> x = tf.constant([[1.0, 2.0]])
    >>> x.shape, x.dtype, x.numpy()
    (TensorShape([1, 2]), tf.float32, array([[1., 2.]], dtype=float32))
    """

    __slots__ = ()
    __array_priority__ = 100

    @property
    def dtype(self):
        """The `DType` of the elements."""
        raw = self._t
        return BY_TORCH[raw.dtype] if isinstance(raw, torch.Tensor) else string

    @property
    def shape(self):
        """The `TensorShape`."""
        return known_shape(self._t.shape)

    @property
    def ndim(self):
        """The number of dimensions."""
        return self._t.ndim

    @property
    def device(self):
        """The name of the device that holds the value."""
        return device_name(getattr(self._t, "device", None))

    @property
    def backing_device(self):
        """The name of the device whose memory holds the value."""
        return self.device

    @property
    def name(self):
        """Only symbolic tensors have names."""
        raise AttributeError("Tensor.name is undefined when eager execution is enabled.")

    def get_shape(self):
        """Return the `TensorShape`."""
        return self.shape

    def set_shape(self, shape):
        """Check that the value has a shape that fits `shape`."""
        if not self.shape.is_compatible_with(shape):
            raise ValueError(
                f"Tensor's shape {self.shape} is not compatible with supplied shape {as_shape(shape)}."
            )

    def numpy(self):
        """Return a copy of the value as a NumPy array, or as a NumPy scalar for a tensor of rank 0."""
        array = self._numpy()
        return array[()] if array.ndim == 0 else array.copy()

    def _numpy(self):
        """The value as a NumPy array that may share the tensor's memory."""
        return to_array(self._t)

    def ref(self):
        """Return a hashable reference to this tensor, with `deref()`."""
        return Reference(self)

    def experimental_ref(self):
        """Return a hashable reference to this tensor, with `deref()`."""
        return Reference(self)

    def cpu(self):
        """Return this tensor in the memory of the CPU."""
        return EagerTensor(self._t.cpu())

    def gpu(self, gpu_index=0):
        """Return this tensor in the memory of a GPU."""
        return EagerTensor(self._t.to(torch.device("cuda", gpu_index)))

    def __array__(self, dtype=None, copy=None):
        array = self._numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array if copy is False else array.copy()

    def __len__(self):
        if self._t.ndim == 0:
            raise TypeError("Scalar tensor has no `len()`")
        return self._t.shape[0]

    def __bool__(self):
        return bool(self._numpy())

    def __int__(self):
        return int(self._numpy())

    def __float__(self):
        return float(self._numpy())

    def __complex__(self):
        return complex(self._numpy())

    def __index__(self):
        array = self._numpy()
        return int(array) if array.dtype == bool and array.ndim == 0 else array.__index__()

    def __format__(self, spec):
        array = self._numpy()
        return format(array[()] if array.ndim == 0 else array, spec)

    def __round__(self, ndigits=None):
        return self.__getattr__("astype")

    def __str__(self):
        return _text.tensor_str(self)

    def __repr__(self):
        return _text.tensor_repr(self)

    def __hash__(self):
        raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")

    def __setitem__(self, key, value):
        raise TypeError(f"'{_CLASS_NAME}' object does not support item assignment")

    def __getattr__(self, name):
        if name in _NUMPY_NAMES:
            raise AttributeError(
                f"EagerTensor object has no attribute '{name}'. \n"
                "        If you are looking for numpy-related methods, please run the following:\n"
                "        tf.experimental.numpy.experimental_enable_numpy_behavior()\n      "
            )
        raise AttributeError(f"'{_CLASS_NAME}' object has no attribute '{name}'")

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return _restore, (self._t if isinstance(self._t, np.ndarray) else self._t.detach(),)

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        """Let any torch function take the tensor for its value: what comes back is wrapped again."""
        args, kwargs = edge.unwrap(args), edge.unwrap(kwargs or {})
        previous = torch.is_grad_enabled()
        torch._C._set_grad_enabled(previous and (edge.is_recording() or not _only(types, cls)))
        try:
            return edge.wrap(func(*args, **kwargs))
        finally:
            torch._C._set_grad_enabled(previous)


def _only(types, cls):
    """Whether no plain torch tensor, for which torch's own rule holds, takes part."""
    return all(issubclass(t, Tensor) for t in types)


class EagerTensor(Tensor):
    """The tensor class whose values are at hand: every tensor here."""

    __slots__ = ("__weakref__", "_epoch", "_t")

    def __init__(self, t):
        self._t = t


EagerTensor.__module__, EagerTensor.__qualname__ = _CLASS_NAME.rsplit(".", 1)
Tensor.__module__ = "tensorflow.python.framework.tensor"


class Reference:
    """A hashable stand-in for a tensor or variable, equal to the other references to the same object."""

    __slots__ = ("_wrapped",)

    def __init__(self, wrapped):
        self._wrapped = wrapped

    def deref(self):
        """Return what this refers to."""
        return self._wrapped

    def __eq__(self, other):
        return self._wrapped is other._wrapped if isinstance(other, Reference) else NotImplemented

    def __hash__(self):
        return id(self._wrapped)

    def __repr__(self):
        return f"<Reference wrapping {self._wrapped!r}>"


def device_name(device):
    """Return TensorFlow's name of a `torch.device`; None stands for the CPU."""
    if device is None or device.type in ("cpu", "meta"):
        return _HOST + "CPU:0"
    return f"{_HOST}GPU:{device.index or 0}"


def to_array(raw):
    """Return a raw value as a NumPy array, bfloat16 as ml_dtypes' where that is installed."""
    if isinstance(raw, np.ndarray):
        return raw
    raw = raw.detach()
    if raw.dtype in (torch.bfloat16, torch.float8_e5m2, torch.float8_e4m3fn):
        kind = np.dtype(numpy_type(as_dtype(raw.dtype)))
        if kind == np.float32:
            return raw.float().cpu().numpy()
        bits = torch.int16 if raw.dtype == torch.bfloat16 else torch.uint8
        return raw.cpu().contiguous().view(bits).numpy().view(kind)
    return raw.resolve_conj().resolve_neg().cpu().numpy()


def _restore(raw):
    return EagerTensor(raw if isinstance(raw, np.ndarray) else raw.to(settings.default_device()))


def wrap(t):
    """Return a `Tensor` around a `torch.Tensor`, remembered by the open recording if it has a history, or text."""
    if isinstance(t, np.ndarray):
        return EagerTensor(to_bytes(t))
    tensor = EagerTensor(t)
    if t.requires_grad and not t.is_leaf and edge.is_recording():
        tensor._epoch = edge.recording_epoch()
        newest.value = t
    return tensor


def unwrap(tensor):
    """Return the `torch.Tensor` of a `Tensor`, or its array of bytes.

    A value recorded before the open recording comes without its history.
    """
    t = tensor._t
    if isinstance(t, np.ndarray):
        return t
    if t.requires_grad and not t.is_leaf and getattr(tensor, "_epoch", -1) != edge.recording_epoch():
        return t.detach()
    return t


edge.register_wrapper(Tensor, wrap, unwrap, lambda tensor: not isinstance(tensor._t, np.ndarray))


@contextlib.contextmanager
def recording_off():
    """A context in which nothing is recorded for gradients."""
    depth = edge.set_recording_depth(0)
    grad = torch.is_grad_enabled()
    torch._C._set_grad_enabled(False)
    try:
        yield
    finally:
        edge.set_recording_depth(depth)
        torch._C._set_grad_enabled(grad)
