"""Datasets of files: names that match a pattern, lines of text."""

import glob
import gzip
import os
import zlib

import numpy as np

from .errors import invalid, not_found
from .node import UNKNOWN, Node
from .spec import TEXT, Spec


def text(value):
    """Return a text as the raw value of an element."""
    return np.array(value, dtype=object)


def matching(patterns):
    """Return the sorted names of the files that match one of the patterns."""
    names = [os.fspath(pattern) for pattern in patterns]
    found = sorted({match for name in names for match in glob.glob(name) if os.path.isfile(match)})
    if not found:
        raise invalid(f"No files matched pattern: {', '.join(names)}")
    return found


def opened(path, compression):
    """Open a file for reading bytes, decompressing it.

    Args:
        path: The file.
        compression: None, "", "GZIP" or "ZLIB".
    """
    if not os.path.exists(path):
        raise not_found(f"{path}; No such file or directory")
    if compression in (None, ""):
        return open(path, "rb")
    if compression == "GZIP":
        return gzip.open(path, "rb")
    if compression == "ZLIB":
        return _Inflated(path)
    raise invalid(f"`compression_type` must be None, '', 'GZIP' or 'ZLIB'. Received: {compression!r}")


class _Inflated:
    """A file in zlib's format, as a stream of bytes."""

    def __init__(self, path):
        self._file = open(path, "rb")  # noqa: SIM115 (closed by the block that this object opens)
        self._inflate, self._buffer = zlib.decompressobj(), b""

    def read(self, size=-1):
        """Return `size` bytes, fewer at the end, or all that are left."""
        while size < 0 or len(self._buffer) < size:
            chunk = self._file.read(1 << 16)
            if not chunk:
                break
            self._buffer += self._inflate.decompress(chunk)
        size = len(self._buffer) if size < 0 else size
        out, self._buffer = self._buffer[:size], self._buffer[size:]
        return out

    def __iter__(self):
        return iter(self.read().splitlines(keepends=True))

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._file.close()


class FileItems(Node):
    """What a function reads from one file after the other.

    Args:
        names: The node of the names.
        read: A function from a file's name to an iterable of raw elements.
        tf_name: The name that TensorFlow prints.
        spec: The spec of the elements.
        turns: How many files take turns.
    """

    own_work = True

    def __init__(self, names, read, tf_name, spec=None, turns=1):
        super().__init__(names)
        self.read, self.tf_name, self.turns = read, tf_name, turns
        self._spec = (spec or Spec((), TEXT),)

    def elements(self):
        names = (name for part in self.inputs[0].elements() for name in np.ravel(part).tolist())
        places, at, ended = [None] * self.turns, 0, False
        while not ended or any(places):
            if places[at] is None and not ended:
                name = next(names, None)
                ended = name is None
                places[at] = None if ended else iter(self.read(name.decode()))
            if places[at] is not None:
                try:
                    item = next(places[at])
                except StopIteration:
                    places[at] = None
                else:
                    yield item
            at = (at + 1) % self.turns

    def cardinality(self):
        return UNKNOWN


def lines_of(path, compression=None):
    """Yield the lines of a file, without their ends."""
    with opened(path, compression) as file:
        for line in file:
            yield text(line.rstrip(b"\n").removesuffix(b"\r"))
