"""From anything a user may write to the value inside a `Tensor`, with TensorFlow's choice of dtype.

Python ints are int32, floats float32, NumPy arrays keep their dtype, text becomes bytes.
"""

import numpy as np
import torch

from kerastorch.core import settings
from kerastorch.core.keras_tensor import KerasTensor

from ._dtypes import BY_TORCH, as_dtype, bool_, float32, int32, int64, string
from ._shape import TensorShape
from ._tensor import EagerTensor, Tensor, unwrap

_INT32 = torch.iinfo(torch.int32)
_requires_grad = torch.Tensor.requires_grad.__get__
_view_as, _detach = torch.Tensor.view_as, torch.Tensor.detach
_MIXED = "Can't convert Python sequence with mixed types to Tensor."


def convert(value, dtype=None, hint=None):
    """Return the raw value (a `torch.Tensor`, or an object array of bytes) of anything that is like a tensor.

    Args:
        value: A tensor, variable, array, number, text, or nested sequence of them.
        dtype: The `DType` that the result must have, or None.
        hint: The `DType` to prefer, where the value can have it.
    """
    kind = type(value)
    if kind is EagerTensor:
        raw = value._t if isinstance(value._t, np.ndarray) else unwrap(value)
        return _checked(value, raw, dtype)
    if isinstance(value, torch.Tensor):
        raw = (
            value.detach().clone()
            if isinstance(value, torch.nn.Parameter) and not torch.is_grad_enabled()
            else value
        )
        return _checked(value, read(raw), dtype)
    if hasattr(value, "__tf_tensor__"):
        return convert(value.__tf_tensor__(dtype, None), dtype)
    if dtype is None and hint is not None:
        raw = _natural(value, hint)
        return raw if dtype_of(raw) is hint or not castable(hint, dtype_of(raw)) else cast(raw, hint)
    raw = _natural(value, dtype)
    if dtype is None or dtype_of(raw) is dtype:
        return raw
    if castable(dtype, dtype_of(raw)):
        return cast(raw, dtype)
    shown = value.tolist() if isinstance(value, np.generic) else value
    raise TypeError(f"Cannot convert {shown!r} to EagerTensor of dtype {dtype.name}")


def read(variable):
    """Return a variable's value as a plain `torch.Tensor` of its own, recorded as read if gradients are."""
    return read_variable(variable) if isinstance(variable, torch.nn.Parameter) else variable


def read_variable(variable):
    """Return what `read` returns for a variable."""
    if torch.is_grad_enabled() and _requires_grad(variable):
        variable.__dict__["_was_read"] = True
        return _view_as(variable, variable)
    return _detach(variable)


def dtype_of(raw):
    """Return the `DType` of a raw value."""
    return BY_TORCH[raw.dtype] if isinstance(raw, torch.Tensor) else string


def castable(wanted, given):
    """Whether a value that is no tensor may silently become `wanted`: never towards a narrower kind of number."""
    if wanted is given:
        return True
    if wanted.is_integer:
        return given.is_integer
    if wanted.is_floating:
        return given.is_floating or given.is_integer
    return wanted.is_complex and (given.is_complex or given.is_floating or given.is_integer)


def cast(raw, dtype):
    """Return a raw value with another dtype."""
    return raw.to(dtype._torch)


def _checked(value, raw, dtype):
    if dtype is not None and dtype_of(raw) is not dtype:
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype {dtype_of(raw).name}: {value!r}"
        )
    return raw


def _natural(value, hint):
    """The raw value, with the dtype that it has by itself, or `hint` where Python numbers can be made so at once."""
    kind = type(value)
    if kind is float:
        return _float(value, hint)
    if kind is int:
        return _int(value, hint)
    if kind is bool:
        if hint is not None and hint.is_numeric and hint.is_integer:
            return torch.tensor(int(value), dtype=hint._torch, device=settings.default_device())
        return torch.tensor(value, device=settings.default_device())
    if kind is complex:
        return torch.tensor(value, dtype=torch.complex128, device=settings.default_device())
    if kind is str:
        return _bytes_array(np.array(value.encode(), dtype=object))
    if kind is bytes:
        return _bytes_array(np.array(value, dtype=object))
    if isinstance(value, (np.ndarray, np.generic)):
        return from_array(value)
    if isinstance(value, (list, tuple)):
        return _sequence(value, hint)
    if isinstance(value, range):
        return _sequence(list(value), hint)
    if isinstance(value, TensorShape):
        if not value.is_fully_defined():
            raise ValueError(f"Cannot convert a partially known TensorShape {value} to a Tensor.")
        return torch.tensor(list(value), dtype=torch.int32)
    if isinstance(value, KerasTensor):
        raise ValueError(
            "A KerasTensor is symbolic: it has no values to make a Tensor of. Use it only in layers, in tf functions "
            f"and in operations. Received: {value!r}"
        )
    if hasattr(value, "__array__"):
        return from_array(np.asarray(value))
    if isinstance(value, (int, float)):
        return _natural(int(value) if isinstance(value, int) else float(value), hint)
    raise ValueError(
        f"Attempt to convert a value ({value!r}) with an unsupported type ({type(value)!r}) to a Tensor."
    )


def _float(value, hint):
    if hint is not None and (hint.is_floating or hint.is_complex):
        dtype = hint._torch
    else:
        dtype = torch.float32
        if abs(value) > 3.4028235677973366e38 and value not in (float("inf"), float("-inf")):
            raise ValueError(
                "Can't convert Python sequence with a value out of range for a double-precision float."
            )
    return torch.tensor(value, dtype=dtype, device=settings.default_device())


def _int(value, hint):
    if hint is None or not hint.is_numeric:
        dtype = torch.int32 if _INT32.min <= value <= _INT32.max else torch.int64
    elif hint.is_integer:
        return torch.tensor(value, device=settings.default_device()).to(hint._torch)
    else:
        dtype = hint._torch
    return torch.tensor(value, dtype=dtype, device=settings.default_device())


def from_array(array):
    """Return the raw value of a NumPy array."""
    array = np.asarray(array)
    if array.dtype.kind in "SU":
        return _bytes_array(array.astype(object))
    if array.dtype.kind == "O":
        return _objects(array)
    if array.dtype.name in ("bfloat16", "float8_e4m3fn", "float8_e5m2"):
        bits = torch.from_numpy(array.view(f"uint{8 * array.itemsize}").copy())
        return bits.view(as_dtype(array.dtype.name)._torch).to(settings.default_device())
    if array.dtype.kind not in "biufc":
        raise ValueError(
            f"Failed to convert a NumPy array to a Tensor (Unsupported object type {array.dtype})."
        )
    if array.dtype.byteorder == ">" or (array.dtype.byteorder == "=" and not np.little_endian):
        array = array.astype(array.dtype.newbyteorder("<"))
    return torch.tensor(np.ascontiguousarray(array).reshape(array.shape), device=settings.default_device())


def _objects(array):
    flat = array.ravel().tolist()
    if all(isinstance(v, (str, bytes)) for v in flat):
        return _bytes_array(array)
    if flat and all(isinstance(v, (bool, int, float, np.generic)) for v in flat):
        return from_array(np.array(flat).reshape(array.shape))
    bad = next((v for v in flat if not isinstance(v, (str, bytes))), None)
    raise ValueError(
        f"Failed to convert a NumPy array to a Tensor (Unsupported object type {type(bad).__name__})."
    )


def _bytes_array(array):
    """The object array with every text as bytes."""
    out = np.empty(array.shape, object)
    out.ravel()[...] = [v.encode() if isinstance(v, str) else bytes(v) for v in array.ravel()]
    return out


def _sequence(value, hint):
    """The raw value of a nested list or tuple."""
    kinds, shape, leaves = set(), [], []
    _scan(value, 0, shape, kinds, leaves)
    if any(issubclass(kind, (Tensor, torch.Tensor)) for kind in kinds):
        return _pack(value, hint)
    if not leaves:
        dtype = float32 if hint is None else hint
        if dtype is string:
            return np.empty(shape, object)
        return torch.empty(shape, dtype=dtype._torch, device=settings.default_device())
    dtype = _common(kinds, leaves)
    if dtype is string:
        return _bytes_array(np.array(leaves, dtype=object).reshape(shape))
    array = np.array(leaves)
    if hint is not None and castable(hint, dtype):
        # Numbers go to the type that is wanted in one step, not through the type that they have by themselves.
        return torch.from_numpy(array).to(settings.default_device(), hint._torch).reshape(shape)
    if (
        dtype is float32
        and array.dtype == np.float64
        and (np.abs(array[np.isfinite(array)]) > 3.4028235677973366e38).any()
    ):
        raise ValueError(
            "Can't convert Python sequence with a value out of range for a double-precision float."
        )
    return torch.from_numpy(array).to(settings.default_device(), dtype._torch).reshape(shape)


def _scan(value, depth, shape, kinds, leaves):
    """Collect the leaves of a nested sequence, their types, and the shape, which must be regular."""
    if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind != "O":
        _fits(value.shape, depth, shape)
        kinds.add(value.dtype.type)
        leaves.extend(value.ravel())
    elif isinstance(value, (list, tuple)):
        if len(shape) > depth and shape[depth] is not None:
            if shape[depth] != len(value):
                raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")
        else:
            _fits((len(value),), depth, shape)
        for part in value:
            _scan(part, depth + 1, shape, kinds, leaves)
        if not value and len(shape) == depth:
            shape.append(0)
    else:
        kinds.add(type(value))
        if isinstance(value, (Tensor, torch.Tensor)):
            return
        if len(shape) > depth:
            raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")
        leaves.append(value)


def _fits(sizes, depth, shape):
    have = shape[depth : depth + len(sizes)]
    if not have:
        if (shape and depth == len(shape)) or not shape:
            shape.extend(sizes)
            return
        raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")
    if tuple(have) != tuple(sizes):
        raise ValueError("Can't convert non-rectangular Python sequence to Tensor.")


def _common(kinds, leaves):
    """The dtype of Python values side by side."""
    if all(issubclass(kind, (str, bytes, np.str_, np.bytes_)) for kind in kinds):
        return string
    if all(issubclass(kind, (bool, np.bool_)) for kind in kinds):
        return bool_
    if any(kind is type(None) for kind in kinds):
        raise ValueError(
            "Attempt to convert a value (None) with an unsupported type (<class 'NoneType'>) to a Tensor."
        )
    if all(issubclass(kind, (int, np.integer)) and not issubclass(kind, bool) for kind in kinds):
        wide = any(not _INT32.min <= v <= _INT32.max for v in leaves)
        return int64 if wide else int32
    if all(
        issubclass(kind, (int, float, np.integer, np.floating)) and not issubclass(kind, bool)
        for kind in kinds
    ):
        numpy_kinds = [kind for kind in kinds if issubclass(kind, np.floating)]
        return as_dtype(np.result_type(*numpy_kinds)) if numpy_kinds else float32
    if all(issubclass(kind, (complex, np.complexfloating)) for kind in kinds):
        return as_dtype("complex128")
    for kind in kinds:
        if not issubclass(kind, (str, bytes, int, float, complex, np.generic)):
            bad = next(v for v in leaves if type(v) is kind)
            raise ValueError(
                f"Attempt to convert a value ({bad!r}) with an unsupported type ({kind!r}) to a Tensor."
            )
    raise ValueError(_MIXED)


def _pack(value, hint):
    """The raw value of a nested sequence with tensors in it: the first tensor says the dtype."""
    if hint is None:
        first = _first_tensor(value)
        hint = first.dtype if isinstance(first, Tensor) else BY_TORCH[torch.Tensor.dtype.__get__(first)]
    parts = [
        convert(part, hint) if not isinstance(part, (list, tuple)) else _pack(part, hint) for part in value
    ]
    if hint is string:
        return np.stack([np.asarray(part, dtype=object) for part in parts])
    return torch.stack(parts)


def _first_tensor(value):
    for part in value:
        if isinstance(part, (list, tuple)):
            part = _first_tensor(part)
        if isinstance(part, (Tensor, torch.Tensor)):
            return part
    return None
