"""Tensors as bytes and text: `serialize_tensor`, `decode_raw`, `decode_csv`, base64, zlib."""

import base64
import csv
import gzip
import zlib

import numpy as np
import torch

from kerastorch.core.proto import DecodeError

from .._convert import convert, dtype_of
from .._dtypes import as_dtype, int32, numpy_type, string
from .._failure import invalid
from .._tensor import EagerTensor
from .._tensor_proto import from_bytes, to_proto
from .._wrap import wrap_all

_COMPRESSION = {"": bytes, "GZIP": gzip.decompress, "ZLIB": zlib.decompress}
_MAX_RECORD = 2**31


def texts(value, kernel):
    """Return a tensor of strings as an array of bytes."""
    raw = convert(value)
    if not isinstance(raw, np.ndarray):
        raise TypeError(f"{kernel} takes strings. Received: a tensor of dtype {dtype_of(raw).name}")
    return raw


def scalar_text(value, kernel):
    """Return a scalar tensor of strings as bytes."""
    raw = texts(value, kernel)
    if raw.ndim:
        raise invalid(kernel, f"Expected a scalar. Received: shape {list(raw.shape)}")
    return raw[()]


def each(fn, array):
    """Return an array of what a function makes of each byte string."""
    out = np.empty(array.shape, object)
    for place in np.ndindex(array.shape):
        out[place] = fn(array[place])
    return out


def from_numpy(array):
    """Return a tensor of a NumPy array."""
    return EagerTensor(array) if array.dtype == object else wrap_all(torch.from_numpy(array))


def serialize_tensor(tensor, name=None):
    """Return a tensor as a scalar string, a serialized `TensorProto`.

    >>> tf.io.parse_tensor(tf.io.serialize_tensor([1.0, 2.0]), tf.float32).numpy()
    array([1., 2.], dtype=float32)
    """
    raw = convert(tensor)
    return EagerTensor(np.array(to_proto(raw, dtype_of(raw)).SerializeToString(), object))


def parse_tensor(serialized, out_type, name=None):
    """Return the tensor that `serialize_tensor` wrote.

    Raises:
        tf.errors.InvalidArgumentError: if the bytes hold no tensor, or one of another dtype.
    """
    data, wanted = scalar_text(serialized, "ParseTensor"), as_dtype(out_type)
    try:
        array, dtype = from_bytes(data)
    except DecodeError:
        text = base64.b64encode(data).decode()
        raise invalid("ParseTensor", f"Could not parse `serialized` as TensorProto, base64: {text}") from None
    if dtype is not wanted:
        raise invalid(
            "ParseTensor", f"Type mismatch between parsed tensor ({dtype.name}) and dtype ({wanted.name})"
        )
    return from_numpy(array)


def decode_raw(input_bytes, out_type, little_endian=True, fixed_length=None, name=None):
    """Return the bytes of strings as numbers: one more axis, as long as the strings.

    Args:
        input_bytes: Strings of equal length.
        out_type: The dtype of the numbers.
        little_endian: Whether the byte with the lowest value comes first.
        fixed_length: The bytes to take of each string; shorter ones are filled up with zeros.

    >>> tf.io.decode_raw("ab", tf.uint8).numpy()
    array([97, 98], dtype=uint8)
    """
    array, kind = texts(input_bytes, "DecodeRaw"), np.dtype(numpy_type(as_dtype(out_type)))
    flat = array.reshape(-1).tolist()
    if fixed_length is not None:
        size = int(fixed_length)
        if size % kind.itemsize:
            raise invalid(
                "DecodePaddedRaw",
                f"fixed_length ({size}) must be a multiple of the size of out_type ({kind.itemsize})",
            )
        flat = [data[:size].ljust(size, b"\0") for data in flat]
    lengths = {len(data) for data in flat}
    if len(lengths) > 1:
        raise invalid("DecodeRaw", "DecodeRaw requires input strings to all be the same size.")
    size = lengths.pop() if lengths else 0
    if size % kind.itemsize:
        raise invalid(
            "DecodeRaw",
            f"Input to DecodeRaw has length {size} that is not a multiple of {kind.itemsize}, the size of "
            f"{as_dtype(out_type)._kernel_name}",
        )
    numbers = np.frombuffer(b"".join(flat), kind.newbyteorder("<" if little_endian else ">")).astype(kind)
    return from_numpy(numbers.reshape(*array.shape, size // kind.itemsize))


def encode_base64(input, pad=False, name=None):
    """Return strings in web-safe base64, without padding unless `pad`."""

    def encode(data):
        text = base64.urlsafe_b64encode(data)
        return text if pad else text.rstrip(b"=")

    return EagerTensor(each(encode, texts(input, "EncodeBase64")))


def decode_base64(input, name=None):
    """Return what web-safe base64 strings hold, with or without padding."""

    def decode(data):
        text = data.rstrip(b"=")
        try:
            return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except ValueError as error:
            raise invalid("DecodeBase64", f"Invalid character found in base64. Received: {data!r}") from error

    return EagerTensor(each(decode, texts(input, "DecodeBase64")))


def decode_compressed(bytes, compression_type="", name=None):
    """Return decompressed strings. `compression_type` is "", "GZIP" or "ZLIB"."""
    if compression_type not in _COMPRESSION:
        raise ValueError(f'compression_type must be "", "GZIP" or "ZLIB". Received: {compression_type!r}')

    def decompress(data):
        try:
            return _COMPRESSION[compression_type](data)
        except (OSError, EOFError, zlib.error) as error:
            raise invalid("DecodeCompressed", f"The data cannot be decompressed: {error}") from error

    return EagerTensor(each(decompress, texts(bytes, "DecodeCompressed")))


def decode_csv(
    records,
    record_defaults,
    field_delim=",",
    use_quote_delim=True,
    na_value="",
    select_cols=None,
    name=None,
):
    """Return the columns of lines of comma-separated values: a list of tensors in the shape of `records`.

    Args:
        records: Strings, a line each.
        record_defaults: A value (or an empty list of a dtype: no value may be missing) or a dtype for each column.
        field_delim: What separates fields.
        use_quote_delim: Whether double quotes enclose fields.
        na_value: Another text that stands for a missing value.
        select_cols: The numbers of the columns to take, in ascending order.

    >>> [column.numpy() for column in tf.io.decode_csv(["1,2.5", "3,"], [[0], [9.0]])]
    [array([1, 3], dtype=int32), array([2.5, 9. ], dtype=float32)]
    """
    lines = texts(records, "DecodeCSV")
    defaults = [_default(given) for given in record_defaults]
    if select_cols is not None and len(select_cols) != len(defaults):
        raise ValueError("Length of select_cols and record_defaults do not match.")
    quote = csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE
    columns = [[] for _ in defaults]
    for number, line in enumerate(lines.reshape(-1).tolist()):
        text = line.decode("utf-8", "surrogateescape")
        fields = next(csv.reader([text], delimiter=field_delim, quoting=quote), [""])
        if select_cols is not None:
            fields = [fields[i] for i in select_cols if i < len(fields)]
        if len(fields) != len(defaults):
            raise invalid(
                "DecodeCSV", f"Expect {len(defaults)} fields but have {len(fields)} in record {number}"
            )
        for i, (field, (dtype, default)) in enumerate(zip(fields, defaults)):
            columns[i].append(_value(field, dtype, default, na_value, i))
    return [
        from_numpy(
            np.array(column, dtype=object if dtype is string else numpy_type(dtype)).reshape(lines.shape)
        )
        for column, (dtype, _) in zip(columns, defaults)
    ]


def _default(given):
    """Return (the dtype of a column, its default or None where a value is required)."""
    if isinstance(given, type) or type(given).__name__ == "DType":
        return as_dtype(given), None
    raw = convert(given)
    if isinstance(given, (list, tuple)) and not len(given):
        return dtype_of(raw), None
    flat = raw.reshape(-1)
    if len(flat) == 0:
        return dtype_of(raw), None
    if len(flat) > 1:
        raise ValueError(f"A default must be one value. Received: {given}")
    return dtype_of(raw), flat[0] if isinstance(flat, np.ndarray) else flat[0].item()


def _value(field, dtype, default, na_value, column):
    if field in ("", na_value):
        if default is None:
            raise invalid("DecodeCSV", f"Field {column} is required but missing in record 0!")
        return default
    if dtype is string:
        return field.encode("utf-8", "surrogateescape")
    try:
        if not dtype.is_integer:
            return float(field)
        value = int(field)
        if dtype is int32 and not -(2**31) <= value < 2**31:
            raise ValueError(field)
        return value
    except ValueError:
        raise invalid("DecodeCSV", f"Field {column} in record is not a valid {dtype.name}: {field}") from None
