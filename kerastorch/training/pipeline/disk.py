"""Elements in files: `cache(filename)`, `save`, `load`, `snapshot`.

A file is one line of JSON, the structure and the dtypes, then records. A record has one part for each component: its
length and NumPy's own format, without pickle; texts are a JSON list of Latin-1 strings. Files are written under another
name first, so that a broken pass leaves none.
"""

import io
import json
import os
import struct
from collections import OrderedDict

import numpy as np
import torch

from kerastorch.core import tree

from .element import CPU, place, spec_of
from .errors import data_loss, not_found
from .node import UNKNOWN, Node, Passing
from .seeds import is_peeking
from .spec import TEXT, NoneSpec, Spec

_MAGIC = "kerastorch-elements"
_FEW_BITS = {"bfloat16": torch.int16, "float8_e4m3fn": torch.uint8, "float8_e5m2": torch.uint8}


def write(path, elements, spec):
    """Write elements to a file, and yield each after it was written; the file is there once all are."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    temporary, count = f"{path}.{os.getpid()}.part", 0
    try:
        with open(temporary, "wb") as file:
            header = {"format": _MAGIC, "version": 1, "structure": _described(spec)}
            file.write(json.dumps(header).encode() + b"\n")
            for element in elements:
                for raw in tree.flatten(place(element, CPU)):
                    part = _packed(raw)
                    file.write(struct.pack("<Q", len(part)) + part)
                count += 1
                yield element
            file.write(struct.pack("<QQ", 2**64 - 1, count))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def read_spec(path):
    """Return the spec of the elements in a file, and where they start."""
    if not os.path.isfile(path):
        raise not_found(f"There is no file of elements at {path}")
    with open(path, "rb") as file:
        line = file.readline(1 << 20)
        try:
            header = json.loads(line)
            if header["format"] != _MAGIC:
                raise ValueError(header["format"])
            return _restored(header["structure"]), len(line)
        except (ValueError, KeyError, TypeError) as error:
            raise data_loss(f"{path} is not a file of elements: {error}") from error


def read(path):
    """Yield the elements in a file."""
    spec, start = read_spec(path)
    leaves = tree.flatten(spec)
    with open(path, "rb") as file:
        file.seek(start)
        while True:
            raws = []
            for leaf in leaves:
                length = file.read(8)
                if len(length) < 8:
                    raise data_loss(f"{path} ends in the middle of an element")
                (size,) = struct.unpack("<Q", length)
                if size == 2**64 - 1:
                    return
                part = file.read(size)
                if len(part) < size:
                    raise data_loss(f"{path} ends in the middle of an element")
                raws.append(_unpacked(part, leaf))
            yield tree.pack_sequence_as(spec, raws)


def count(path):
    """Return the number of elements in a file."""
    with open(path, "rb") as file:
        file.seek(-8, os.SEEK_END)
        return struct.unpack("<Q", file.read(8))[0]


def _packed(raw):
    if raw is None:
        return b""
    if isinstance(raw, np.ndarray):
        texts = [text.decode("latin-1") for text in raw.ravel().tolist()]
        return json.dumps([list(raw.shape), texts]).encode()
    if not isinstance(raw, torch.Tensor):
        raise TypeError(f"Datasets of datasets cannot be written to files. Received an element of {raw!r}")
    bits = _FEW_BITS.get(str(raw.dtype).removeprefix("torch."))
    buffer = io.BytesIO()
    np.save(buffer, (raw if bits is None else raw.view(bits)).numpy(), allow_pickle=False)
    return buffer.getvalue()


def _unpacked(part, leaf):
    if isinstance(leaf, NoneSpec):
        return None
    if leaf.dtype == TEXT:
        shape, texts = json.loads(part)
        out = np.empty(len(texts), object)
        out[:] = [text.encode("latin-1") for text in texts]
        return out.reshape(shape)
    raw = torch.from_numpy(np.load(io.BytesIO(part), allow_pickle=False))
    return raw.view(leaf.dtype) if str(leaf.dtype).removeprefix("torch.") in _FEW_BITS else raw


def _described(spec):
    """A structure of specs as JSON."""
    if isinstance(spec, dict):
        kind = "ordered" if isinstance(spec, OrderedDict) else "dict"
        return {kind: [[key, _described(part)] for key, part in spec.items()]}
    if isinstance(spec, (tuple, list)):
        return {"tuple": [_described(part) for part in spec]}
    if isinstance(spec, NoneSpec):
        return {"none": True}
    if not isinstance(spec, Spec):
        raise TypeError(f"Datasets of datasets cannot be written to files. Received elements of {spec}")
    shape = None if spec.shape is None else list(spec.shape)
    return {"dtype": str(spec.dtype).removeprefix("torch."), "shape": shape}


def _restored(described):
    if "dict" in described:
        return {key: _restored(part) for key, part in described["dict"]}
    if "ordered" in described:
        return OrderedDict((key, _restored(part)) for key, part in described["ordered"])
    if "tuple" in described:
        return tuple(_restored(part) for part in described["tuple"])
    if "none" in described:
        return NoneSpec()
    dtype = described["dtype"]
    dtype = TEXT if dtype == TEXT else getattr(torch, dtype)
    if dtype != TEXT and not isinstance(dtype, torch.dtype):
        raise ValueError(f"unknown dtype {dtype}")
    return Spec(described["shape"], dtype)


class FileCache(Passing):
    """Elements, kept in a file from the first complete pass on.

    Args:
        node: The input.
        path: The file.
        tf_name: The name of the transformation.
    """

    def __init__(self, node, path, tf_name="CacheDataset"):
        super().__init__(tf_name, node)
        self.path = path
        self.own_work = True

    def table(self):
        return None

    def elements(self):
        if os.path.exists(self.path):
            return read(self.path)
        if is_peeking():
            return self.inputs[0].elements()
        return self._written()

    def _written(self):
        elements = iter(self.inputs[0].elements())
        first = next(elements, None)
        if first is None:
            return
        yield from write(self.path, _chain(first, elements), spec_of(first))


def _chain(first, rest):
    yield first
    yield from rest


class Loaded(Node):
    """The elements in a file."""

    tf_name = "_LoadDataset"
    own_work = True

    def __init__(self, path, spec=None):
        super().__init__()
        self.path = path
        self._spec = (spec or read_spec(path)[0],)

    def elements(self):
        return read(self.path)

    def cardinality(self):
        return count(self.path) if os.path.exists(self.path) else UNKNOWN
