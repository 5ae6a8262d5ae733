"""Weights in several files: `NAME.weights.json` lists which of `NAME_00000.weights.h5`, ... has what."""

import collections.abc
import contextlib
import json
import os
import pathlib

from kerastorch.core.edge import to_numpy
from kerastorch.saving.files import replacing
from kerastorch.saving.store import Reader, UnsafeFileError, Writer, h5

_SUFFIX = ".weights.json"


def _in_vars(path):
    return f"/{path}/vars" if path else "/vars"


class ShardedWriter:
    """Files that are filled one after the other, none above a size.

    Args:
        path: The path of the index, which ends in `.weights.json`.
        max_shard_size: The size, in GB.
    """

    def __init__(self, path, max_shard_size):
        if max_shard_size <= 0:
            raise ValueError(f"`max_shard_size` must be positive. Received: max_shard_size={max_shard_size}")
        self.path = pathlib.Path(os.path.realpath(path))
        self.limit = max_shard_size * 1024**3
        self.size = self.total = 0
        self.index, self.file = {}, None
        self._files, self._count = contextlib.ExitStack(), 0
        self._start_file()

    def _start_file(self):
        if self.file is not None:
            self.file.close()
        self.name = f"{self.path.name.removesuffix(_SUFFIX)}_{self._count:05}.weights.h5"
        self._count, self.size = self._count + 1, 0
        self.file = h5().File(self._files.enter_context(replacing(self.path.with_name(self.name))), "w")

    def write(self, path, name, key, value):
        """Write one value of the object at `path`."""
        size = (
            value.element_size() * value.numel() if hasattr(value, "element_size") else to_numpy(value).nbytes
        )
        if size > self.limit:
            raise ValueError(
                f"'{key}' of '{path}' has {size} bytes, which exceeds the maximum shard size of "
                f"{int(self.limit)} bytes. Increase `max_shard_size`."
            )
        if self.size + size > self.limit:
            self._start_file()
        self.size, self.total = self.size + size, self.total + size
        Writer(self.file, path, name if _in_vars(path) not in self.index else None)[key] = value
        names = self.index.setdefault(_in_vars(path), [])
        if self.name not in names:
            names.append(self.name)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.file.close()
        try:
            if error is None:
                index = {"metadata": {"total_size": float(self.total)}, "weight_map": self.index}
                path = self._files.enter_context(replacing(self.path))
                path.write_text(json.dumps(index, indent=4))
        finally:
            self._files.__exit__(kind, error, trace)


class ShardWriter(collections.abc.MutableMapping):
    """Writes the state of the object at one path: a dict to fill, for `save_own_variables`."""

    def __init__(self, shards, path, name=None):
        self._shards, self._path, self._name, self._values = shards, path, name, {}

    def __setitem__(self, key, value):
        self._shards.write(self._path, self._name, key, value)
        self._values[key] = value

    def __getitem__(self, key):
        return self._values[key]

    def __delitem__(self, key):
        raise TypeError(f"A value that is in a file cannot be taken out again. Received: key={key!r}")

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)


class ShardedReader:
    """The files of an index, each opened when something in it is asked for."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        try:
            index = json.loads(self.path.read_text())["weight_map"]
            self.index = {
                key: [names] if isinstance(names, str) else list(names) for key, names in index.items()
            }
        except FileNotFoundError:
            raise FileNotFoundError(f"There is no file of weights at '{path}'.") from None
        except (ValueError, KeyError, TypeError, AttributeError) as e:
            raise ValueError(
                f"'{path}' is no index of sharded weights, or it is damaged: {e!r}. It must be a JSON dict with "
                "'weight_map', from the paths of objects to the names of files."
            ) from None
        self._open, self._files = {}, contextlib.ExitStack()

    def files(self, path):
        """Return the files that have values of the object at `path`."""
        return [self._file(name) for name in self.index.get(_in_vars(path), ())]

    def _file(self, name):
        if not isinstance(name, str) or pathlib.PurePath(name).name != name or "\\" in name:
            raise UnsafeFileError(
                f"An index of weights may name files beside it, and no others. Received: {name!r}"
            )
        if name not in self._open:
            path = self.path.with_name(name)
            if path.is_symlink():
                raise UnsafeFileError(f"A file of weights that is a link is refused. Received: {path}")
            self._open[name] = self._files.enter_context(h5().File(path, "r"))
        return self._open[name]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._files.close()


class ShardReader(collections.abc.Mapping):
    """Reads the state of the object at one path, from as many files as it lies in."""

    def __init__(self, shards, path):
        self._parts = [Reader(file, path) for file in shards.files(path)]

    def __getitem__(self, key):
        for part in self._parts:
            if key in part:
                return part[key]
        raise KeyError(key)

    def __iter__(self):
        return (key for part in self._parts for key in part)

    def __len__(self):
        return sum(map(len, self._parts))

    def shapes(self):
        """Return the shapes by name, without reading values."""
        return {key: shape for part in self._parts for key, shape in part.shapes().items()}
