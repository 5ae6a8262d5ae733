"""Tensors as messages: `tf.make_tensor_proto`, `tf.make_ndarray`, and what `tf.io.serialize_tensor` writes.

https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/tensor.proto
"""

import math

import numpy as np

from kerastorch.core.proto import DecodeError, Field, Message
from kerastorch.saving.tensor_bundle import Dim, TensorShapeProto

from ._convert import cast, castable, convert, dtype_of, from_array
from ._dtypes import _TABLE, as_dtype, numpy_type, string
from ._shape import as_shape
from ._tensor import to_array

DATA_TYPES = {number: f"DT_{name.upper()}" for name, (number, _) in _TABLE.items()}
DATA_TYPES.update({1: "DT_FLOAT", 2: "DT_DOUBLE", 19: "DT_HALF"})
_NAMES = {number: name for name, (number, _) in _TABLE.items()}


class TensorProto(Message):
    """A tensor: its dtype, its shape, and its elements as bytes or as a list of one kind."""

    dtype = Field(1, "enum", names=DATA_TYPES)
    tensor_shape = Field(2, TensorShapeProto)
    version_number = Field(3, "int32")
    tensor_content = Field(4, "bytes")
    float_val = Field(5, "float", repeated=True)
    double_val = Field(6, "double", repeated=True)
    int_val = Field(7, "int32", repeated=True)
    string_val = Field(8, "bytes", repeated=True)
    scomplex_val = Field(9, "float", repeated=True)
    int64_val = Field(10, "int64", repeated=True)
    bool_val = Field(11, "bool", repeated=True)
    dcomplex_val = Field(12, "double", repeated=True)
    half_val = Field(13, "int32", repeated=True)
    uint32_val = Field(16, "uint64", repeated=True)
    uint64_val = Field(17, "uint64", repeated=True)


# Where the elements of a dtype stand when they are listed one by one.
_LISTS = {
    "float32": "float_val",
    "float64": "double_val",
    "string": "string_val",
    "complex64": "scomplex_val",
    "complex128": "dcomplex_val",
    "int64": "int64_val",
    "bool": "bool_val",
    "float16": "half_val",
    "bfloat16": "half_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
}


def _shape_proto(shape):
    return TensorShapeProto(dim=[Dim(size=n) for n in shape])


def to_proto(raw, dtype, listed=False):
    """Return the message of a raw value.

    Args:
        raw: A torch tensor, or an array of bytes.
        dtype: Its `DType`.
        listed: Whether the elements are listed one by one instead of as bytes.
    """
    array = to_array(raw)
    proto = TensorProto(dtype=dtype.as_datatype_enum, tensor_shape=_shape_proto(array.shape))
    if not array.ndim:
        proto.tensor_shape._changed()
    flat = array.reshape(-1)
    if dtype is string:
        proto.string_val.extend(flat.tolist())
    elif not listed:
        proto.tensor_content = np.ascontiguousarray(flat).tobytes()
    else:
        if dtype.name in ("float16", "bfloat16"):
            flat = flat.view(np.uint16)
        elif dtype.is_complex:
            flat = flat.view(flat.real.dtype)
        getattr(proto, _LISTS.get(dtype.name, "int_val")).extend(flat.tolist())
    return proto


def make_tensor_proto(values, dtype=None, shape=None, verify_shape=False, allow_broadcast=False):
    """Return a `TensorProto` of a value.

    Args:
        values: A number, text, array, or nested list of them.
        dtype: The dtype, by default the value's own.
        shape: The shape, by default that of the value.
        verify_shape: Whether a value of another shape is refused.
        allow_broadcast: Whether a single element fills the shape.

    >>> tf.make_ndarray(tf.make_tensor_proto([[1, 2], [3, 4]]))
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    if isinstance(values, TensorProto):
        return values
    wanted = None if dtype is None else as_dtype(dtype)
    raw = from_array(values) if isinstance(values, (np.ndarray, np.generic)) else convert(values, wanted)
    given = dtype_of(raw)
    if wanted is not None and given is not wanted:
        if not castable(wanted, given):
            raise TypeError(f"Expected {wanted.name}, but got {values!r} of type '{type(values).__name__}'.")
        raw, given = cast(raw, wanted), wanted
    if shape is not None:
        shape = as_shape(shape).as_list()
        count, size = math.prod(shape), math.prod(raw.shape)
        if verify_shape and list(raw.shape) != shape:
            raise TypeError(f"Expected Tensor's shape: {tuple(shape)}, but got {tuple(raw.shape)}.")
        if size == 1 and count != 1 and allow_broadcast:
            proto = to_proto(raw.reshape(()), given, listed=True)
            proto.tensor_shape.CopyFrom(_shape_proto(shape))
            return proto
        if size != count:
            raise ValueError(f"The value has {size} elements, `shape` {tuple(shape)} has {count}.")
        raw = raw.reshape(shape)
    return to_proto(raw, given, listed=math.prod(raw.shape) == 1)


def make_ndarray(tensor):
    """Return the NumPy array that a `TensorProto` holds. Raises TypeError for a dtype without arrays."""
    name = _NAMES.get(tensor.dtype)
    if name is None or name in ("resource", "variant"):
        raise TypeError(f"Unsupported tensor type: {tensor.dtype}")
    dtype = as_dtype(name)
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    count = math.prod(shape)
    if any(n < 0 for n in shape):
        raise ValueError(f"A tensor's shape must be known. Received: {shape}")
    kind = np.dtype(numpy_type(dtype))
    if tensor.tensor_content:
        if len(tensor.tensor_content) != count * kind.itemsize:
            raise ValueError(
                f"The content has {len(tensor.tensor_content)} bytes, a tensor of shape {shape} and dtype {name} has "
                f"{count * kind.itemsize}."
            )
        return np.frombuffer(tensor.tensor_content, kind).copy().reshape(shape)
    values = list(getattr(tensor, _LISTS.get(name, "int_val")))
    if dtype is string:
        flat = np.empty(len(values), object)
        flat[:] = values
    elif name in ("float16", "bfloat16"):
        flat = np.array(values, np.uint16).view(kind)
    elif dtype.is_complex:
        flat = np.array(values, np.float32 if name == "complex64" else np.float64).view(kind)
    else:
        flat = np.array(values, kind)
    if len(flat) == count:
        return flat.reshape(shape)
    if len(flat) > count or count > 2**28:
        raise ValueError(f"The message lists {len(flat)} elements for a tensor of shape {shape}.")
    filler = flat[-1] if len(flat) else (b"" if dtype is string else kind.type(0))
    full = np.full(count, filler, dtype=flat.dtype)
    full[: len(flat)] = flat
    return full.reshape(shape)


def from_bytes(data):
    """Return (array, `DType`) of a serialized `TensorProto`, or raise `DecodeError`."""
    proto = TensorProto.FromString(data)
    try:
        return make_ndarray(proto), as_dtype(_NAMES[proto.dtype])
    except (KeyError, TypeError, ValueError) as error:
        raise DecodeError(str(error)) from error
