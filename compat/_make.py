"""Tensors from values and shapes: `tf.constant`, `zeros`, `ones`, `fill`, `range`, `eye`, ..."""

import math

import numpy as np
import torch

from kerastorch.core import settings
from kerastorch.core.keras_tensor import KerasTensor

from ._convert import cast, castable, convert, dtype_of, from_array
from ._dtypes import BY_TORCH, as_dtype, float32, float64, int32, int64, string
from ._failure import invalid
from ._shape import TensorShape
from ._tensor import EagerTensor
from ._wrap import Own, Same, op, tensor, wrap_all


def sizes(shape):
    """Return a shape argument (a number, sequence, TensorShape or tensor of whole numbers) as a list of ints."""
    if isinstance(shape, EagerTensor):
        shape = shape.numpy().tolist()
    elif isinstance(shape, (torch.Tensor, np.ndarray, TensorShape)):
        shape = shape.tolist() if not isinstance(shape, TensorShape) else shape.as_list()
    if not isinstance(shape, (list, tuple)):
        shape = [shape]
    out = []
    for n in shape:
        if isinstance(n, float) or (isinstance(n, EagerTensor) and n.dtype.is_floating):
            raise TypeError(f"A shape must be made of whole numbers. Received: {shape}")
        if n is None:
            raise ValueError(f"Cannot convert a partially known TensorShape {tuple(shape)} to a Tensor.")
        out.append(int(n))
    return out


def constant(value, dtype=None, shape=None, name="Const"):
    """Return a tensor of a value.

    Args:
        value: A number, text, array, or nested list of them.
        dtype: The dtype; by default int32 for Python ints, float32 for floats, the array's own for arrays.
        shape: The shape, by default that of the value; a single element fills it.

    >>> tf.constant([[1.0, 2.0]])
    <tf.Tensor: shape=(1, 2), dtype=float32, numpy=array([[1., 2.]], dtype=float32)>
    """
    dtype = None if dtype is None else as_dtype(dtype)
    if dtype is not None and isinstance(value, (np.ndarray, np.generic)):
        raw = from_array(value)
        if dtype_of(raw) is not dtype:
            if dtype is string or dtype_of(raw) is string:
                raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {dtype.name}")
            raw = cast(raw, dtype)
    else:
        raw = convert(value, dtype)
    if isinstance(value, torch.nn.Parameter):
        raw = raw.clone()
    if shape is not None:
        raw = _shaped(raw, value, sizes(shape))
    return EagerTensor(raw)


def _shaped(raw, value, shape):
    count, wanted = math.prod(raw.shape), math.prod(shape)
    if count == wanted:
        return raw.reshape(shape)
    if count == 1:
        if isinstance(raw, np.ndarray):
            return np.full(shape, raw.reshape(-1)[0], object)
        return raw.reshape(()).expand(shape).contiguous()
    raise TypeError(
        f"Eager execution of tf.constant with unsupported shape. Tensor {EagerTensor(raw)._numpy()} (converted from "
        f"{value}) has {count} elements, but got `shape` {tuple(shape)} with {wanted} elements)."
    )


def convert_to_tensor(value, dtype=None, dtype_hint=None, name=None):
    """Return a tensor for anything that is like one.

    Args:
        value: A tensor, variable, array, number, text, or nested list of them.
        dtype: The dtype that the tensor must have; a tensor of another one is refused.
        dtype_hint: The dtype to prefer where the value can have it.

    >>> tf.convert_to_tensor(np.ones(2))
    <tf.Tensor: shape=(2,), dtype=float64, numpy=array([1., 1.])>
    """
    if isinstance(value, KerasTensor):
        return value
    dtype = None if dtype is None else as_dtype(dtype)
    return tensor(value, dtype, None if dtype_hint is None else as_dtype(dtype_hint))


def _filled(shape, dtype, value):
    dtype = as_dtype(dtype)
    shape = _checked(sizes(shape))
    if dtype is string:
        return EagerTensor(np.full(shape, b"" if value == 0 else b"1", object))
    return EagerTensor(torch.full(shape, value, dtype=dtype._torch, device=settings.default_device()))


def _checked(shape):
    for n in shape:
        if n < 0:
            raise invalid("Fill", f"Dimension {n} must be >= 0")
    return shape


def zeros(shape, dtype=float32, name=None, layout=None):
    """Return a tensor of zeros (empty texts for strings).

    >>> tf.zeros([2])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([0., 0.], dtype=float32)>
    """
    return _filled(shape, dtype, 0)


def ones(shape, dtype=float32, name=None, layout=None):
    """Return a tensor of ones."""
    return _filled(shape, dtype, 1)


@op("ZerosLike", strings=lambda input, value, dtype: np.full(input.shape, b"", object))
def _like(input: Own, value, dtype):
    return torch.full_like(input, value, dtype=dtype and dtype._torch, memory_format=torch.contiguous_format)


def zeros_like(input, dtype=None, name=None, layout=None):
    """Return zeros in the shape and, unless another is given, the dtype of a tensor."""
    return _like(input, 0, None if dtype is None else as_dtype(dtype))


def ones_like(input, dtype=None, name=None, layout=None):
    """Return ones in the shape and, unless another is given, the dtype of a tensor."""
    return _like(input, 1, None if dtype is None else as_dtype(dtype))


def fill(dims, value, name=None, layout=None):
    """Return a tensor of this shape, every element `value`.

    >>> tf.fill([2], 9)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([9, 9], dtype=int32)>
    """
    shape, raw = _checked(sizes(dims)), convert(value)
    if raw.ndim:
        raise invalid("Fill", f"value must be a scalar. Received: value of shape {list(raw.shape)}")
    if isinstance(raw, np.ndarray):
        return EagerTensor(np.full(shape, raw[()], object))
    return wrap_all(raw.expand(shape).clone())


def eye(num_rows, num_columns=None, batch_shape=None, dtype=float32, name=None):
    """Return the identity matrix, or a batch of them."""
    rows = _checked([int(num_rows)])[0]
    matrix = torch.eye(
        rows, int(num_columns) if num_columns is not None else rows, dtype=as_dtype(dtype)._torch
    )
    matrix = matrix.to(settings.default_device())
    if batch_shape is not None:
        matrix = matrix.expand(*sizes(batch_shape), *matrix.shape).contiguous()
    return EagerTensor(matrix)


def range(start, limit=None, delta=1, dtype=None, name="range"):
    """Return start, start + delta, ... up to but not including limit; with one argument, that is the limit.

    >>> tf.range(3)
    <tf.Tensor: shape=(3,), dtype=int32, numpy=array([0, 1, 2], dtype=int32)>
    """
    if limit is None:
        start, limit = 0, start
    (start, one), (limit, two), (delta, three) = map(_number, (start, limit, delta))
    kinds = {one, two, three}
    if dtype is None:
        order = ["int32", "int64", "float32", "float64"]
        unknown = [kind for kind in kinds if kind.name not in order]
        kind = unknown[0] if unknown else max(kinds, key=lambda k: order.index(k.name))
    else:
        kind = as_dtype(dtype)
    if delta == 0:
        raise invalid("Range", "Requires delta != 0: 0")
    if (limit - start) * delta < 0 and start != limit:
        word = "<=" if delta > 0 else ">="
        raise invalid(
            "Range", f"Requires start {word} limit when delta {'>' if delta > 0 else '<'} 0: {start}/{limit}"
        )
    if kind.is_integer:
        values = torch.arange(
            int(start), int(limit), int(delta), dtype=kind._torch, device=settings.default_device()
        )
    else:
        scalar = np.float64 if kind is float64 else np.float32
        count = max(0, math.ceil(abs((scalar(limit) - scalar(start)) / scalar(delta))))
        steps = np.arange(count, dtype=scalar) * scalar(delta) + scalar(start)
        values = torch.from_numpy(steps).to(settings.default_device(), kind._torch)
    return EagerTensor(values)


def _number(value):
    """A number and its `DType`."""
    if type(value) is int:
        return value, int32 if -(2**31) <= value < 2**31 else int64
    if type(value) is float:
        return value, float32
    raw = convert(value)
    if raw.ndim:
        raise invalid("Range", f"start, limit and delta must be scalars, not shape {list(raw.shape)}")
    return raw.item(), dtype_of(raw)


def linspace(start, stop, num, name=None, axis=0):
    """Return `num` evenly spaced values from start to stop, both included.

    >>> print(tf.linspace(0.0, 1.0, 3))
    tf.Tensor([0.  0.5 1. ], shape=(3,), dtype=float32)
    """
    num = int(num)
    if num <= 0:
        return EagerTensor(convert(start).new_zeros(0))
    return _linspace(start, stop, num, axis)


@op("LinSpace")
def _linspace(start: Same, stop: Same, num, axis):
    if not start.dtype.is_floating_point:
        start, stop = start.double(), stop.double()
    start, stop = torch.broadcast_tensors(start, stop)
    axis = axis if axis >= 0 else start.ndim + 1 + axis
    start, stop = start.unsqueeze(axis), stop.unsqueeze(axis)
    if num == 1:
        return start.clone()
    step = (stop - start) / (num - 1)
    index = torch.arange(num, dtype=start.dtype, device=start.device).reshape(
        -1, *[1] * (start.ndim - 1 - axis)
    )
    out = start + step * index
    return torch.cat([out.narrow(axis, 0, num - 1), stop], dim=axis)


@op("OneHot")
def _one_hot(indices: Own, depth, on_value, off_value, axis, dtype):
    if indices.dtype not in (torch.uint8, torch.int8, torch.int32, torch.int64):
        name = BY_TORCH[indices.dtype]._kernel_name
        raise invalid(
            "OneHot",
            f"Value for attr 'TI' of {name} is not in the list of allowed values: uint8, int8, int32, int64",
        )
    axis = axis if axis >= 0 else indices.ndim + 1 + axis
    classes = torch.arange(depth, device=indices.device).reshape(-1, *[1] * (indices.ndim - axis))
    hot = indices.unsqueeze(axis) == classes
    if on_value is True and off_value is False:
        return hot
    return torch.where(hot, torch.tensor(on_value, dtype=dtype), torch.tensor(off_value, dtype=dtype))


def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """Return vectors of `depth` elements, `on_value` (1) at the index and `off_value` (0) elsewhere.

    An index outside of 0 ... depth - 1 gives `off_value` everywhere.

    >>> tf.one_hot([0, 2], 3)
    <tf.Tensor: shape=(2, 3), dtype=float32, numpy=
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)>
    """
    given = [dtype_of(convert(v)) for v in (on_value, off_value) if v is not None]
    kind = as_dtype(dtype) if dtype is not None else given[0] if given else float32
    for other in given:
        if other is not kind and not castable(kind, other):
            raise TypeError(
                f"dtype {other!r} of on_value or off_value does not match dtype parameter {kind!r}"
            )
    on, off = (default if v is None else convert(v).item() for v, default in ((on_value, 1), (off_value, 0)))
    if kind.is_bool:
        on, off = bool(on), bool(off)
    return _one_hot(indices, int(depth), on, off, -1 if axis is None else int(axis), kind._torch)


def sequence_mask(lengths, maxlen=None, dtype="bool", name=None):
    """Return rows whose first `lengths` elements are true.

    >>> print(tf.sequence_mask([1, 3]))
    tf.Tensor(
    [[ True False False]
     [ True  True  True]], shape=(2, 3), dtype=bool)
    """
    raw = convert(lengths)
    width = int(raw.max()) if maxlen is None else int(maxlen)
    return EagerTensor(
        (torch.arange(width, device=raw.device) < raw.unsqueeze(-1)).to(as_dtype(dtype)._torch)
    )


def meshgrid(*args, **kwargs):
    """Return the coordinates of a grid, one tensor for each of the vectors given.

    Args:
        *args: The vectors.
        indexing: "xy" (the default) or "ij".
    """
    indexing, _ = kwargs.pop("indexing", "xy"), kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"'{next(iter(kwargs))}' is an invalid keyword argument for this function")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` parameter must be either 'xy' or 'ij', got '{indexing}'")
    grids = torch.meshgrid(*[convert(a).reshape(-1) for a in args], indexing=indexing)
    return [EagerTensor(grid.contiguous()) for grid in grids]
