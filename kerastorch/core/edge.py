"""The border of the library: foreign values in, the caller's kind of tensor out.

Inside, every tensor is a `torch.Tensor`. A package that has a tensor type of its own (`compat`) registers it here:
then a call returns what it was given, and the user's own functions see that type.
"""

import functools
import numbers
import threading

import numpy as np
import torch

from kerastorch.core import settings, tree
from kerastorch.core.dtypes import is_float_dtype, result_type, standardize_dtype, to_torch_dtype
from kerastorch.core.registry import is_library
from kerastorch.core.text import is_text_array


class _Border:
    """The registered foreign tensor type, if any. `active` says whether user code sees it."""

    def __init__(self):
        self.type = None
        self.wrap = None
        self.unwrap = None
        self.holds_torch = None  # whether a foreign tensor has a torch tensor in it (not text)
        self.ragged = None  # makes a foreign ragged tensor of flat values and the lengths of the rows
        self.sparse = None  # makes a foreign sparse tensor of torch's
        self.active = False


border = _Border()


class _Recording(threading.local):
    """How many recorders are open, and the number of the outermost recording: what an earlier one made is constant."""

    depth = 0
    epoch = 0


_recording = _Recording()


def register_wrapper(cls, wrap, unwrap, holds_torch=lambda x: True):
    """Register a foreign tensor type.

    Args:
        cls: The type.
        wrap: Function from a `torch.Tensor`, or an array of text, to the type.
        unwrap: Function from the type to a `torch.Tensor`, or to an array of bytes.
        holds_torch: Function that tells whether a foreign tensor holds a torch tensor, not text.
    """
    border.holds_torch = holds_torch
    border.type, border.wrap, border.unwrap, border.active = cls, wrap, unwrap, True


def register_ragged(make):
    """Register the function that makes a foreign ragged tensor of flat values and the lengths of the rows."""
    border.ragged = make


def register_sparse(make):
    """Register the function that makes a foreign sparse tensor of a sparse `torch.Tensor`."""
    border.sparse = make


def set_wrapping(enabled):
    """Choose whether calls on NumPy values and the user's own functions get the registered foreign tensors."""
    border.active = bool(enabled) and border.type is not None


def is_recording():
    """Tell whether operations on foreign tensors are recorded for gradients."""
    return _recording.depth > 0


class recording:
    """Context in which operations on foreign tensors are recorded for gradients."""

    def __enter__(self):
        if not _recording.depth:
            _recording.epoch += 1
        _recording.depth += 1
        return self

    def __exit__(self, *exc):
        _recording.depth -= 1


def recording_epoch():
    """Return the number of the outermost recording that is open, or was last."""
    return _recording.epoch


def set_recording_depth(depth):
    """Set how many recorders are open, and return how many there were."""
    previous, _recording.depth = _recording.depth, depth
    return previous


def is_user_function(fn):
    """Tell whether a function was written by the user rather than by the library."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    module = getattr(fn, "__module__", None) or type(fn).__module__
    return not is_library(module) and not module.startswith("torch")


def wrap(structure):
    """Return a structure with its torch tensors replaced by the registered foreign type."""
    if type(structure) is torch.Tensor:
        return border.wrap(structure)
    if isinstance(structure, (list, tuple, dict)):
        return tree.map_structure(wrap, structure)
    if isinstance(structure, np.ndarray) and is_text_array(structure):
        return border.wrap(structure)
    return structure


def unwrap(structure):
    """Return a structure with its foreign tensors replaced by torch tensors."""
    if isinstance(structure, torch.Tensor):
        return structure
    if border.type is not None and isinstance(structure, border.type):
        return border.unwrap(structure)
    if isinstance(structure, (list, tuple, dict)):
        return tree.map_structure(unwrap, structure)
    return structure


def holds_foreign(structure):
    """Tell whether a foreign tensor is in a nested structure."""
    if isinstance(structure, (list, tuple, dict)):
        values = structure.values() if isinstance(structure, dict) else structure
        return any(holds_foreign(x) for x in values)
    return isinstance(structure, border.type)


def is_numbers(structure):
    """Tell whether a list holds only Python numbers, at any depth."""
    if isinstance(structure, (list, tuple)):
        return bool(structure) and all(is_numbers(x) for x in structure)
    return isinstance(structure, (bool, int, float))


def call_user(fn, *args, **kwargs):
    """Call a function of the user's with the tensors that the user works with, and return torch tensors."""
    if not border.active:
        return fn(*args, **kwargs)
    args, kwargs = wrap(args), wrap(kwargs)
    return unwrap(fn(*args, **kwargs))


def for_user(fn):
    """Return `fn` such that a function of the user's sees the user's kind of tensor."""
    if fn is None or not is_user_function(fn):
        return fn
    return (
        functools.wraps(fn)(functools.partial(call_user, fn))
        if hasattr(fn, "__name__")
        else functools.partial(call_user, fn)
    )


_INT32 = torch.iinfo(torch.int32)


def as_tensor(x, dtype=None):
    """Return a `torch.Tensor` on the default device.

    Python floats become the default float type, Python ints int32, NumPy arrays keep their dtype.

    Args:
        x: A tensor (torch's or the registered foreign type), array, number, or nested list of them.
        dtype: The dtype to convert to, or None.
    """
    if isinstance(x, torch.Tensor):
        device = settings.default_device()
        moves = x.device.type != device.type and x.device.type != "meta"
        if dtype is None:
            return x.to(device) if moves else x
        return x.to(device if moves else x.device, to_torch_dtype(dtype))
    if border.type is not None and isinstance(x, border.type):
        return as_tensor(border.unwrap(x), dtype)
    if isinstance(x, (bool, numbers.Number)) and not isinstance(x, np.generic):
        return torch.tensor(
            x,
            dtype=_python_dtype(x) if dtype is None else to_torch_dtype(dtype),
            device=settings.default_device(),
        )
    if isinstance(x, (list, tuple)):
        leaves = tree.flatten(x)
        if any(
            isinstance(leaf, torch.Tensor) or (border.type and isinstance(leaf, border.type))
            for leaf in leaves
        ):
            return _stack(x, dtype)
        array = np.array(x)
        if dtype is None and not any(isinstance(leaf, (np.ndarray, np.generic)) for leaf in leaves):
            if array.dtype == np.float64:
                dtype = settings.floatx()
            elif array.dtype == np.int64 and (array.size == 0 or np.abs(array).max() <= _INT32.max):
                dtype = "int32" if array.size else settings.floatx()
        return _from_numpy(array, dtype)
    if hasattr(x, "__array__") or isinstance(x, np.generic):
        return _from_numpy(np.asarray(x), dtype)
    if x is None:
        raise ValueError(
            "Attempt to convert a value (None) to a Tensor. Pass an array, a number or a list of numbers."
        )
    return _from_numpy(np.array(x), dtype)


def _python_dtype(x):
    if isinstance(x, bool):
        return torch.bool
    if isinstance(x, int):
        return torch.int32 if _INT32.min <= x <= _INT32.max else torch.int64
    if isinstance(x, complex):
        return torch.complex64
    return to_torch_dtype(settings.floatx())


def _stack(x, dtype):
    """Return a tensor from a nested list with tensors in it."""
    parts = [as_tensor(part) for part in x]
    common = to_torch_dtype(dtype if dtype is not None else result_type(*{part.dtype for part in parts}))
    return torch.stack([part.to(common) for part in parts])


def _from_numpy(array, dtype):
    if array.dtype == object or array.dtype.kind in "SUM":
        raise ValueError(
            f"Cannot convert a NumPy array of dtype {array.dtype} to a tensor: it holds text, objects or ragged rows. "
            "Convert it to numbers, or to rows of one length, first."
        )
    if array.dtype.name in ("bfloat16", "float8_e4m3fn", "float8_e5m2"):
        bits = torch.from_numpy(array.view(f"uint{8 * array.itemsize}").copy())
        tensor = bits.view(to_torch_dtype(array.dtype.name))
    elif array.dtype.byteorder == ">":
        tensor = torch.tensor(array.astype(array.dtype.newbyteorder("=")))
    else:
        tensor = torch.tensor(array)
    device = settings.default_device()
    return tensor.to(device) if dtype is None else tensor.to(device, to_torch_dtype(dtype))


def to_numpy(x):
    """Return a NumPy array (bfloat16 becomes float32, which holds every value of it)."""
    if isinstance(x, np.ndarray):
        return x
    if border.type is not None and isinstance(x, border.type):
        x = border.unwrap(x)
    if isinstance(x, torch.Tensor):
        x = x.detach()
        if x.dtype in (torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2):
            x = x.float()
        return x.resolve_conj().resolve_neg().cpu().numpy()
    if isinstance(x, (list, tuple)):
        return (
            np.array([to_numpy(part) for part in x])
            if any(isinstance(p, torch.Tensor) for p in tree.flatten(x))
            else np.array(x)
        )
    return np.asarray(x)


def is_tensor(x):
    """Tell whether `x` is a torch tensor or the registered foreign type.

    >>> keras.ops.is_tensor(torch.zeros(2)), keras.ops.is_tensor(np.zeros(2))
    (True, False)
    """
    return isinstance(x, torch.Tensor) or (border.type is not None and isinstance(x, border.type))


def dtype_name(x):
    """Return the dtype name of a tensor, array or symbolic tensor."""
    return standardize_dtype(x.dtype) if hasattr(x, "dtype") else result_type(type(x))


def is_float(x):
    """Tell whether a tensor or array holds floats."""
    return is_float_dtype(x.dtype)
