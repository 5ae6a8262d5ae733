"""TensorFlow's checkpoint files: a sorted table of entries, `PREFIX.index`, and the tensors' bytes, `PREFIX.data-*`.

Read and written without TensorFlow. A file is believed only as far as its sizes fit the bytes that are there.

https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/tensor_bundle/tensor_bundle.h
https://github.com/google/leveldb/blob/main/doc/table_format.md
"""

import glob
import math
import os
import struct

import numpy as np

from ..core.crc32c import crc32c, masked, masked_crc32c, unmasked
from ..core.proto import DecodeError, Field, Message, put_varint, take_varint

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_TRAILER = 5
_RESTARTS = 16
_BLOCK = 2**18
_MAX_INDEX = 2**28
# TensorFlow's numbers of dtypes: NumPy's names. Strings (7) stand as object arrays of bytes.
DTYPES = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "object",
    8: "complex64",
    9: "int64",
    10: "bool",
    17: "uint16",
    18: "complex128",
    19: "float16",
    22: "uint32",
    23: "uint64",
}
BFLOAT16 = 14
STRING = 7
_NUMBERS = {name: number for number, name in DTYPES.items()}


class Dim(Message):
    """A dimension: its size, -1 if unknown."""

    size = Field(1, "int64")
    name = Field(2, "string")


class TensorShapeProto(Message):
    """A shape."""

    dim = Field(2, Dim, repeated=True)
    unknown_rank = Field(3, "bool")


class _Version(Message):
    producer = Field(1, "int32")


class _Header(Message):
    num_shards = Field(1, "int32")
    endianness = Field(2, "enum")
    version = Field(3, _Version)


class _Entry(Message):
    dtype = Field(1, "enum")
    shape = Field(2, TensorShapeProto)
    shard_id = Field(3, "int32")
    offset = Field(4, "int64")
    size = Field(5, "int64")
    crc32c = Field(6, "fixed32")


class CheckpointError(ValueError):
    """A checkpoint is damaged, or not one."""


class TensorBundle:
    """The tensors of a checkpoint, by name.

    Args:
        prefix: The files' common path, without ".index".

    Raises:
        FileNotFoundError: if there is no such checkpoint.
        CheckpointError: if its index is damaged.
    """

    def __init__(self, prefix):
        self.prefix = os.fspath(prefix)
        path = self.prefix + ".index"
        if not os.path.isfile(path):
            raise FileNotFoundError(f"There is no checkpoint {self.prefix!r}: no file {path!r}.")
        if os.path.getsize(path) > _MAX_INDEX:
            raise CheckpointError(f"The index {path!r} is larger than {_MAX_INDEX} bytes.")
        with open(path, "rb") as file:
            data = file.read()
        try:
            entries = dict(_read_table(memoryview(data)))
            self._shards = _Header.FromString(entries.pop(b"", b"")).num_shards
            self._entries = {name.decode(): _Entry.FromString(value) for name, value in entries.items()}
        except (DecodeError, UnicodeDecodeError, struct.error, IndexError) as error:
            raise CheckpointError(f"{path!r} is not the index of a checkpoint: {error}") from error

    def __iter__(self):
        return iter(sorted(self._entries))

    def __contains__(self, name):
        return name in self._entries

    def shape(self, name):
        """Return the shape of a tensor as a list."""
        return [dim.size for dim in self._entry(name).shape.dim]

    def dtype(self, name):
        """Return the number of a tensor's dtype."""
        return self._entry(name).dtype

    def _entry(self, name):
        if name not in self._entries:
            raise KeyError(f"The checkpoint {self.prefix!r} has no tensor {name!r}.")
        return self._entries[name]

    def read(self, name):
        """Return a tensor as an array: bfloat16 as uint16, strings as bytes in an object array."""
        entry, shape = self._entry(name), self.shape(name)
        if min(shape, default=0) < 0:
            raise CheckpointError(f"{name!r} has the shape {shape}.")
        shards = max(self._shards, 1)
        path = f"{self.prefix}.data-{entry.shard_id:05d}-of-{shards:05d}"
        if not 0 <= entry.shard_id < shards:
            raise CheckpointError(f"{name!r} lies in part {entry.shard_id} of {shards}.")
        count, kind = math.prod(shape), DTYPES.get(entry.dtype)
        if kind is None and entry.dtype != BFLOAT16:
            raise CheckpointError(f"{name!r} has a dtype (number {entry.dtype}) that is not read.")
        item = None if kind == "object" else np.dtype("uint16" if entry.dtype == BFLOAT16 else kind)
        if entry.offset < 0 or entry.size < 0 or (item and entry.size != count * item.itemsize):
            raise CheckpointError(f"{name!r}: {entry.size} bytes do not make a tensor of shape {shape}.")
        try:
            with open(path, "rb") as file:
                if entry.offset + entry.size > os.fstat(file.fileno()).st_size:
                    raise CheckpointError(f"{path!r} is cut off: {name!r} lies beyond its end.")
                file.seek(entry.offset)
                data = file.read(entry.size)
        except FileNotFoundError:
            raise CheckpointError(f"The checkpoint is not whole: there is no file {path!r}.") from None
        if item is not None:
            if entry.crc32c and crc32c(data) != unmasked(entry.crc32c):
                raise CheckpointError(f"{path!r} is damaged: the checksum of {name!r} does not fit.")
            return np.frombuffer(data, item).reshape(shape).copy()
        return _read_strings(data, count, name, entry.crc32c).reshape(shape)


def _read_strings(data, count, name, checksum):
    sizes, at = [], 0
    try:
        for _ in range(min(count, len(data))):
            size, at = take_varint(data, at)
            sizes.append(size)
    except DecodeError as error:
        raise CheckpointError(f"{name!r}: {error}") from error
    at += 4
    if len(sizes) != count or at + sum(sizes) != len(data):
        raise CheckpointError(f"{name!r}: the strings' lengths do not fit.")
    out = np.empty(count, object)
    for i, size in enumerate(sizes):
        out[i] = bytes(data[at : at + size])
        at += size
    if _string_checksum(out.tolist())[1] != checksum:
        raise CheckpointError(f"The checksum of {name!r} does not fit: the file is damaged.")
    return out


def _string_checksum(texts):
    """Return the checksums of the strings' lengths, and of all, as files hold them."""
    crc = crc32c(b"".join(struct.pack("<I", len(text)) for text in texts))
    check = masked(crc)
    crc = crc32c(struct.pack("<I", check), crc)
    return check, masked(crc32c(b"".join(texts), crc))


def write_bundle(prefix, tensors):
    """Write a checkpoint: first whole under other names, then renamed, the index last.

    Args:
        prefix: The files' common path.
        tensors: (number of the dtype, array) by name; bfloat16 as uint16, strings as bytes in an object array.
    """
    prefix = os.fspath(prefix)
    os.makedirs(os.path.dirname(os.path.abspath(prefix)), exist_ok=True)
    header = _Header(num_shards=1, version=_Version(producer=1))
    table, offset = [(b"", header.SerializeToString())], 0
    data_path, index_path = f"{prefix}.data-00000-of-00001", f"{prefix}.index"
    temporary = [f"{path}.tmp{os.getpid()}" for path in (data_path, index_path)]
    try:
        with open(temporary[0], "wb") as file:
            for name in sorted(tensors, key=str.encode):
                number, array = tensors[name]
                data, crc = _string_bytes(array) if number == STRING else _plain_bytes(array)
                file.write(data)
                entry = _Entry(
                    dtype=number,
                    shape=TensorShapeProto(dim=[Dim(size=n) for n in array.shape]),
                    offset=offset,
                    size=len(data),
                    crc32c=crc,
                )
                entry.shape._changed()
                table.append((name.encode(), entry.SerializeToString()))
                offset += len(data)
            _sync(file)
        with open(temporary[1], "wb") as file:
            file.write(_table_bytes(table))
            _sync(file)
        for path, final in zip(temporary, (data_path, index_path)):
            os.replace(path, final)
    finally:
        for path in temporary:
            if os.path.exists(path):
                os.remove(path)


def _sync(file):
    file.flush()
    os.fsync(file.fileno())


def _plain_bytes(array):
    data = np.ascontiguousarray(array).tobytes()
    return data, masked_crc32c(data)


def _string_bytes(array):
    texts, out = array.reshape(-1).tolist(), bytearray()
    for text in texts:
        put_varint(out, len(text))
    check, whole = _string_checksum(texts)
    return bytes(out) + struct.pack("<I", check) + b"".join(texts), whole


def delete_bundle(prefix):
    """Remove the files of a checkpoint, the index first, so that what is left is never taken for whole."""
    for path in [f"{prefix}.index", *glob.glob(glob.escape(os.fspath(prefix)) + ".data-?????-of-?????")]:
        if os.path.exists(path):
            os.remove(path)


# The table.


def _read_table(data):
    if len(data) < _FOOTER or struct.unpack("<Q", data[-8:])[0] != _MAGIC:
        raise DecodeError("the mark at its end is missing")
    footer = data[-_FOOTER:]
    _, at = _handle(footer, 0)
    index, _ = _handle(footer, at)
    for _, value in _entries(_block(data, index)):
        handle, _ = _handle(value, 0)
        yield from _entries(_block(data, handle))


def _handle(data, at):
    offset, at = take_varint(data, at)
    size, at = take_varint(data, at)
    return (offset, size), at


def _block(data, handle):
    offset, size = handle
    if offset + size + _TRAILER > len(data):
        raise DecodeError("a block lies beyond its end")
    end = offset + size
    if data[end] != 0:
        raise DecodeError("its blocks are compressed, which is not read")
    if crc32c(data[offset : end + 1]) != unmasked(struct.unpack("<I", data[end + 1 : end + 5])[0]):
        raise DecodeError("the checksum of a block does not fit")
    return data[offset:end]


def _entries(block):
    restarts = struct.unpack("<I", block[-4:])[0]
    end = len(block) - 4 - 4 * restarts
    if end < 0:
        raise DecodeError("a block is cut off")
    at, key = 0, b""
    while at < end:
        shared, at = take_varint(block, at)
        rest, at = take_varint(block, at)
        size, at = take_varint(block, at)
        if shared > len(key) or at + rest + size > end:
            raise DecodeError("an entry lies beyond its block")
        key = key[:shared] + bytes(block[at : at + rest])
        at += rest
        yield key, bytes(block[at : at + size])
        at += size


def _table_bytes(entries):
    out, index, block, last = bytearray(), [], [], b""
    size = 0
    for key, value in entries:
        block.append((key, value))
        last, size = key, size + len(key) + len(value)
        if size > _BLOCK:
            index.append((last, _put_block(out, block)))
            block, size = [], 0
    if block:
        index.append((last, _put_block(out, block)))
    meta, top = _put_block(out, []), _put_block(out, index)
    footer = (meta + top).ljust(_FOOTER - 8, b"\0") + struct.pack("<Q", _MAGIC)
    return bytes(out + footer)


def _common(a, b):
    """Return how many bytes two keys begin with alike."""
    count = 0
    while count < min(len(a), len(b)) and a[count] == b[count]:
        count += 1
    return count


def _put_block(out, entries):
    """Append a block, and return its handle: where it begins and how long it is."""
    block, restarts, previous = bytearray(), [0], b""
    for i, (key, value) in enumerate(entries):
        shared = 0
        if i % _RESTARTS:
            shared = _common(previous, key)
        elif i:
            restarts.append(len(block))
        for number in (shared, len(key) - shared, len(value)):
            put_varint(block, number)
        block += key[shared:] + value
        previous = key
    block += struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))
    handle = bytearray()
    put_varint(handle, len(out))
    put_varint(handle, len(block))
    block += b"\0"
    out += block + struct.pack("<I", masked_crc32c(block))
    return bytes(handle)
