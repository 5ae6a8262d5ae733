"""Protocol buffer messages: the wire format, the text format, and classes declared as tables of fields.

A message class names its fields; the rest (reading, writing, printing, presence) stands here once.

    class Int64List(Message):
        value = Field(1, "int64", repeated=True)

https://protobuf.dev/programming-guides/encoding/
"""

import struct

import numpy as np

from .proto_text import lines

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIRE = {
    "int64": _VARINT,
    "int32": _VARINT,
    "uint64": _VARINT,
    "bool": _VARINT,
    "enum": _VARINT,
    "float": _FIXED32,
    "fixed32": _FIXED32,
    "double": _FIXED64,
    "bytes": _BYTES,
    "string": _BYTES,
}
_DEFAULT = {"float": 0.0, "double": 0.0, "bytes": b"", "string": "", "bool": False}
_RANGES = {
    "int64": (-(2**63), 2**63),
    "int32": (-(2**31), 2**31),
    "uint64": (0, 2**64),
    "fixed32": (0, 2**32),
    "enum": (-(2**31), 2**31),
}
_MAX_DEPTH = 100


class DecodeError(ValueError):
    """The bytes are not a message of this type."""


def put_varint(out, value):
    """Append a whole number to a bytearray, seven bits a byte; negative ones as 64 bits in two's complement."""
    value &= 0xFFFFFFFFFFFFFFFF
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def take_varint(data, at):
    """Return (the unsigned number that stands at a place of some bytes, the place after it)."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise DecodeError("Error parsing message: a number is cut off or too long.")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7


class Field:
    """A field of a message: its number, its kind, and whether it holds several values.

    Args:
        number: The field's number in the wire format.
        kind: "int64", "float", "bytes", ..., or the class of the message that it holds.
        repeated: Whether it is a list.
        key: The kind of the keys, for a map.
        oneof: The name of the group of which only one field is set at a time.
        names: The names of an enumeration's values, by number.
    """

    def __init__(self, number, kind, repeated=False, key=None, oneof=None, names=None):
        self.number, self.kind, self.repeated = number, kind, repeated
        self.key, self.oneof, self.names = key, oneof, names
        self.is_message = not isinstance(kind, str)
        self.packed = repeated and not self.is_message and _WIRE[kind] != _BYTES

    def __set_name__(self, owner, name):
        self.name = name
        owner._fields = {**owner._fields, name: self}

    def __get__(self, message, owner=None):
        if message is None:
            return self
        values = message._values
        if self.name not in values:
            if not (self.repeated or self.is_message or self.key):
                return _DEFAULT.get(self.kind, 0)
            values[self.name] = self.empty(message)
        return values[self.name]

    def __set__(self, message, value):
        if self.repeated or self.is_message or self.key:
            raise AttributeError(
                f"Assignment not allowed to {'repeated' if self.repeated else 'message'} field "
                f"'{self.name}' in protocol message object."
            )
        self.store(message, self.check(value))

    def store(self, message, value):
        """Put a checked value in its place, which unsets the other fields of its group."""
        message._values[self.name] = value
        message._touch(self)

    def empty(self, message):
        """Return the container or message that stands for nothing yet, and tells `message` of changes."""
        if self.key:
            return _Map(message, self)
        if self.repeated:
            return _Repeated(message, self)
        child = self.kind()
        child._parent = message, self
        return child

    def check(self, value):
        """Return a scalar in the Python type of the field, or raise TypeError or ValueError."""
        kind = self.kind
        if kind == "bytes":
            if not isinstance(value, (bytes, bytearray)):
                raise TypeError(f"expected bytes, {type(value).__name__} found")
            return bytes(value)
        if kind == "string":
            if not isinstance(value, (str, bytes)):
                raise TypeError(f"bad argument type for built-in operation: {type(value).__name__}, not str")
            return value if isinstance(value, str) else value.decode()
        if kind in ("float", "double"):
            if not hasattr(value, "__float__") and not hasattr(value, "__index__"):
                raise TypeError(f"must be real number, not {type(value).__name__}")
            return float(np.float32(float(value))) if kind == "float" else float(value)
        if isinstance(value, np.bool_):
            value = bool(value)
        if not hasattr(value, "__index__") or isinstance(value, (float, np.floating)):
            raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
        value = value.__index__()
        if kind == "bool":
            return bool(value)
        low, high = _RANGES[kind]
        if not low <= value < high:
            raise ValueError(f"Value out of range: {value}")
        return value

    # Writing and reading one value, without the field's tag.

    def put(self, out, value):
        kind = self.kind
        if self.is_message:
            value = value.SerializeToString()
        elif kind in ("float", "fixed32"):
            out += struct.pack("<f" if kind == "float" else "<I", value)
            return
        elif kind == "double":
            out += struct.pack("<d", value)
            return
        elif kind == "string":
            value = value.encode()
        elif kind != "bytes":
            put_varint(out, int(value))
            return
        put_varint(out, len(value))
        out += value

    def take(self, data, at, wire, depth):
        """Return (the value at a place, the place after it)."""
        if wire == _BYTES:
            size, at = take_varint(data, at)
            piece, at = _cut(data, at, size), at + size
            if self.is_message:
                return self.kind()._parse(piece, depth + 1), at
            if self.kind == "string":
                try:
                    return str(piece, "utf-8"), at
                except UnicodeDecodeError as error:
                    raise DecodeError(f"Error parsing message: field {self.name} is not UTF-8.") from error
            return bytes(piece), at
        if wire == _FIXED32:
            return struct.unpack("<f" if self.kind == "float" else "<I", _cut(data, at, 4))[0], at + 4
        if wire == _FIXED64:
            return struct.unpack("<d", _cut(data, at, 8))[0], at + 8
        value, at = take_varint(data, at)
        return self.signed(value), at

    def signed(self, value):
        """Return an unsigned 64-bit number in the range of the field."""
        if self.kind == "bool":
            return bool(value)
        if self.kind == "uint64":
            return value
        if self.kind in ("int32", "enum"):
            value &= 0xFFFFFFFF
            return value - 2**32 if value >= 2**31 else value
        return value - 2**64 if value >= 2**63 else value

    def take_packed(self, piece):
        """Return the numbers of a packed list."""
        if self.kind in ("float", "double"):
            code = "<f4" if self.kind == "float" else "<f8"
            if len(piece) % int(code[-1]):
                raise DecodeError(f"Error parsing message: field {self.name} is cut off.")
            return np.frombuffer(piece, code).tolist()
        values, at = [], 0
        while at < len(piece):
            value, at = take_varint(piece, at)
            values.append(self.signed(value))
        return values

    def wire(self):
        return _BYTES if self.is_message or self.key else _WIRE[self.kind]


class Message:
    """A message: fields as attributes, made from keyword arguments or from bytes."""

    _fields = {}
    __slots__ = ("_parent", "_present", "_values")
    __hash__ = None

    def __init__(self, **kwargs):
        self._values, self._parent, self._present = {}, None, set()
        for name, value in kwargs.items():
            if name not in self._fields:
                raise ValueError(f'Protocol message {type(self).__name__} has no "{name}" field.')
            if value is None:
                continue
            field = self._fields[name]
            if field.key:
                getattr(self, name)._fill(value)
            elif field.repeated:
                if not hasattr(value, "__iter__"):
                    raise TypeError(f"Value must be iterable. Received: {name}={value!r}")
                getattr(self, name).extend(value)
                self._touch(field)
            elif field.is_message:
                child = getattr(self, name)
                child.MergeFrom(field.kind(**value) if isinstance(value, dict) else value)
                child._changed()
            else:
                setattr(self, name, value)

    def __setattr__(self, name, value):
        if name not in self._fields and name not in Message.__slots__:
            raise AttributeError(f'Assignment not allowed (no field "{name}" in protocol message object).')
        object.__setattr__(self, name, value)

    def _touch(self, field):
        if field.name not in self._present:
            if field.oneof:
                for other in self._fields.values():
                    if other.oneof == field.oneof and other is not field:
                        self._present.discard(other.name)
                        self._values.pop(other.name, None)
            self._present.add(field.name)
        self._changed()

    def _changed(self):
        if self._parent is not None:
            message, field = self._parent
            message._touch(field)

    def ListFields(self):
        """Return (field, value) of each field that is set, in the order of their numbers."""
        fields = sorted(self._fields.values(), key=lambda field: field.number)
        return [(field, getattr(self, field.name)) for field in fields if self._is_set(field)]

    def _is_set(self, field):
        if field.repeated or field.key:
            return bool(self._values.get(field.name))
        if field.name not in self._present:
            return False
        return (
            field.is_message or bool(field.oneof) or self._values[field.name] != _DEFAULT.get(field.kind, 0)
        )

    def HasField(self, field_name):
        """Whether a message field is set."""
        field = self._fields.get(field_name)
        if field is None or field.repeated or field.key:
            raise ValueError(f'Protocol message {type(self).__name__} has no singular "{field_name}" field.')
        return self._is_set(field)

    def WhichOneof(self, oneof_group):
        """Return the name of the field of a group that is set, or None."""
        for field in self._fields.values():
            if field.oneof == oneof_group and field.name in self._present:
                return field.name
        if all(field.oneof != oneof_group for field in self._fields.values()):
            raise ValueError(f'Protocol message {type(self).__name__} has no oneof "{oneof_group}" field.')
        return None

    def ClearField(self, field_name):
        """Unset a field."""
        self._values.pop(field_name, None)
        self._present.discard(field_name)

    def Clear(self):
        """Unset all fields."""
        self._values.clear()
        self._present.clear()

    def ByteSize(self):
        """Return the number of bytes that `SerializeToString` gives."""
        return len(self.SerializeToString())

    def SerializeToString(self, deterministic=None):
        """Return the message as bytes."""
        out = bytearray()
        for field, value in self.ListFields():
            tag = field.number << 3
            if field.key:
                for key in sorted(value) if deterministic else value:
                    entry = bytearray()
                    value._key.encode(entry, key)
                    value._value.encode(entry, value[key])
                    put_varint(out, tag | _BYTES)
                    put_varint(out, len(entry))
                    out += entry
            elif field.packed:
                packed = _pack(field, value)
                put_varint(out, tag | _BYTES)
                put_varint(out, len(packed))
                out += packed
            else:
                for one in value if field.repeated else (value,):
                    put_varint(out, tag | field.wire())
                    field.put(out, one)
        return bytes(out)

    SerializePartialToString = SerializeToString

    @classmethod
    def FromString(cls, s):
        """Return the message that some bytes hold. Raises `DecodeError` for bytes that hold none."""
        return cls()._parse(memoryview(s), 0)

    def ParseFromString(self, serialized):
        """Replace the contents by the message that some bytes hold; returns their number."""
        self.Clear()
        return self.MergeFromString(serialized)

    def MergeFromString(self, serialized):
        """Add to the contents the message that some bytes hold; returns their number."""
        self._parse(memoryview(serialized), 0)
        self._changed()
        return len(serialized)

    def CopyFrom(self, other_msg):
        """Replace the contents by those of another message."""
        if other_msg is not self:
            self.Clear()
            self.MergeFrom(other_msg)

    def MergeFrom(self, other_msg):
        """Add the contents of another message of the same type."""
        if not isinstance(other_msg, type(self)):
            raise TypeError(
                f"Parameter to MergeFrom() must be instance of same class: expected {type(self).__name__} "
                f"got {type(other_msg).__name__}."
            )
        self.MergeFromString(other_msg.SerializeToString())

    def _parse(self, data, depth):
        if depth > _MAX_DEPTH:
            raise DecodeError("Error parsing message: it is nested too deeply.")
        by_number = {field.number: field for field in self._fields.values()}
        at = 0
        while at < len(data):
            tag, at = take_varint(data, at)
            field, wire = by_number.get(tag >> 3), tag & 7
            if field is None or tag >> 3 == 0:
                at = _skip(data, at, wire)
            elif field.key:
                size, at = take_varint(data, at)
                getattr(self, field.name)._parse(_cut(data, at, size), depth)
                at += size
                self._touch(field)
            elif field.packed and wire == _BYTES:
                size, at = take_varint(data, at)
                list.extend(getattr(self, field.name), field.take_packed(_cut(data, at, size)))
                self._touch(field)
                at += size
            elif wire != field.wire():
                at = _skip(data, at, wire)
            else:
                value, at = field.take(data, at, wire, depth)
                if field.repeated:
                    list.append(getattr(self, field.name), value)
                    self._touch(field)
                elif field.is_message:
                    child = getattr(self, field.name)
                    child.MergeFrom(value)
                    child._changed()
                else:
                    field.store(self, value)
        return self

    def __eq__(self, other):
        if not isinstance(other, type(self)):
            return NotImplemented
        return self.SerializeToString(True) == other.SerializeToString(True)

    def __str__(self):
        return "".join(line + "\n" for line in lines(self))

    __repr__ = __str__

    def __reduce__(self):
        return type(self).FromString, (self.SerializeToString(),)

    def __deepcopy__(self, memo):
        return type(self).FromString(self.SerializeToString())


class _Repeated(list):
    """The values of a repeated field, checked as they come."""

    __slots__ = ("_field", "_message")

    def __init__(self, message, field):
        super().__init__()
        self._message, self._field = message, field

    def _checked(self, values):
        if not self._field.is_message:
            return [self._field.check(value) for value in values]
        values = list(values)
        for value in values:
            if not isinstance(value, self._field.kind):
                raise TypeError(
                    f"Parameter to append() must be instance of {self._field.kind.__name__}. "
                    f"Received: {type(value).__name__}"
                )
        return values

    def append(self, value):
        """Add a value at the end."""
        super().append(*self._checked([value]))
        self._message._touch(self._field)

    def extend(self, values):
        """Add values at the end."""
        super().extend(self._checked(values))
        self._message._touch(self._field)

    def insert(self, index, value):
        """Add a value before a place."""
        super().insert(index, *self._checked([value]))

    def add(self, **kwargs):
        """Add a new message at the end, and return it."""
        child = self._field.kind(**kwargs)
        self.append(child)
        return child

    def __setitem__(self, index, value):
        super().__setitem__(
            index, self._checked(value) if isinstance(index, slice) else self._checked([value])[0]
        )

    def __reduce__(self):
        return list, (list(self),)


class _Map(dict):
    """The entries of a map field; a message that is asked for comes into being."""

    __slots__ = ("_field", "_key", "_message", "_value")

    def __init__(self, message, field):
        super().__init__()
        self._message, self._field = message, field
        self._key, self._value = _Entry(1, field.key), _Entry(2, field.kind)

    def __missing__(self, key):
        key = self._key.field.check(key)
        if not self._field.is_message:
            return _DEFAULT.get(self._field.kind, 0)
        child = self[key] = self._field.kind()
        return child

    def __setitem__(self, key, value):
        key = self._key.field.check(key)
        if self._field.is_message and not isinstance(value, self._field.kind):
            raise TypeError(
                f"Values of the map '{self._field.name}' must be {self._field.kind.__name__} messages. "
                f"Received: {type(value).__name__}"
            )
        super().__setitem__(key, value if self._field.is_message else self._value.field.check(value))
        self._message._touch(self._field)

    def _fill(self, values):
        for key, value in values.items():
            if isinstance(value, dict):
                value = self._field.kind(**value)
            self[key] = value

    def _parse(self, data, depth):
        key, value, at = _DEFAULT.get(self._field.key, 0), None, 0
        while at < len(data):
            tag, at = take_varint(data, at)
            entry = {1: self._key, 2: self._value}.get(tag >> 3)
            if entry is None or tag & 7 != entry.field.wire():
                at = _skip(data, at, tag & 7)
                continue
            taken, at = entry.field.take(data, at, tag & 7, depth + 1)
            if entry is self._key:
                key = taken
            else:
                value = taken
        if value is None:
            value = self._field.kind() if self._field.is_message else _DEFAULT.get(self._field.kind, 0)
        dict.__setitem__(self, key, value)

    def __reduce__(self):
        return dict, (dict(self),)


class _Entry:
    """The key or the value of the entries of a map."""

    def __init__(self, number, kind):
        self.field = Field(number, kind)
        self.field.name = "key" if number == 1 else "value"

    def encode(self, out, value):
        put_varint(out, self.field.number << 3 | self.field.wire())
        self.field.put(out, value)


def _pack(field, values):
    if field.kind in ("float", "double"):
        return np.asarray(values, "<f4" if field.kind == "float" else "<f8").tobytes()
    if field.kind != "bool" and all(0 <= value < 128 for value in values):
        return bytes(values)
    out = bytearray()
    for value in values:
        put_varint(out, int(value))
    return bytes(out)


def _cut(data, at, size):
    if size > len(data) - at:
        raise DecodeError("Error parsing message: it ends in the middle of a field.")
    return data[at : at + size]


def _skip(data, at, wire):
    if wire == _VARINT:
        return take_varint(data, at)[1]
    if wire == _BYTES:
        size, at = take_varint(data, at)
    elif wire in (_FIXED32, _FIXED64):
        size = 4 if wire == _FIXED32 else 8
    else:
        raise DecodeError(f"Error parsing message: unknown wire type {wire}.")
    _cut(data, at, size)
    return at + size
