"""State in HDF5: `PATH/vars/0`, `PATH/vars/1`, ... for the object at each path.

Reading follows no link but plain ones, and reads no dataset that lies in another file or that claims to be much larger
than what is stored of it.
"""

import collections.abc
import math

import numpy as np
import torch

from kerastorch.core.edge import to_numpy

_LARGE_BYTES = 1 << 30  # a dataset below this is never refused for its size
_LARGEST_EXPANSION = 1000  # zeros shrink to about a thousandth; a forged size shrinks further


def h5():
    """Return the module h5py, which is imported when the first file is opened."""
    import h5py

    return h5py


class UnsafeFileError(ValueError):
    """Raised for a file that could do harm: never skipped."""


class Writer(collections.abc.MutableMapping):
    """Writes the state of the object at one path: a dict to fill, for `save_own_variables`.

    The group is made with the name, or with the first value.
    """

    def __init__(self, file, path, name=None):
        self._file, self._path = file, f"{path}/vars" if path else "vars"
        if name is not None:
            self._group().attrs["name"] = name

    def _group(self):
        return self._file.require_group(self._path)

    def __setitem__(self, key, value):
        if isinstance(value, torch.Tensor) and value.dtype is torch.bfloat16:
            raw = value.detach().cpu().contiguous().view(torch.int16).numpy().view("V2")
            dataset = self._group().create_dataset(key, data=raw)
            dataset.attrs["dtype"] = "bfloat16"
            return
        self._group()[key] = to_numpy(value)

    def __getitem__(self, key):
        return self._group()[key][()]

    def __delitem__(self, key):
        del self._group()[key]

    def __iter__(self):
        return iter(self._file.get(self._path, ()))

    def __len__(self):
        return len(list(iter(self)))


class Reader(collections.abc.Mapping):
    """Reads the state of the object at one path: a dict of arrays, empty where the file has nothing there."""

    def __init__(self, file, path):
        self.path = path
        self._group = safe_group(file, f"{path}/vars" if path else "vars")

    def __getitem__(self, key):
        if self._group is None or key not in self._group:
            raise KeyError(
                f"There is no value {key!r} under '{self.path}' in the file. It has: {self.keys()}"
            )
        return _read(safe_dataset(self._group, key))

    def __contains__(self, key):
        return self._group is not None and key in self._group

    def __iter__(self):
        return iter(() if self._group is None else self._group)

    def __len__(self):
        return 0 if self._group is None else len(self._group)

    def shapes(self):
        """Return the shapes by name, without reading values."""
        return {key: tuple(safe_dataset(self._group, key).shape) for key in self}


def safe_group(file, path):
    """Return the group at a path, or None where there is none; links of other kinds than plain ones are refused."""
    group = file
    for name in path.split("/"):
        if name not in group:
            return None
        group = _follow(group, name)
        if not isinstance(group, h5().Group):
            raise ValueError(
                f"The file is damaged: '{path}' must be a group. Received: {type(group).__name__}"
            )
    return group


def child_groups(file, path):
    """Return the pairs (name, group) of the groups directly below a path."""
    group = safe_group(file, path) if path else file
    inner = ((name, _follow(group, name)) for name in group)
    return [(name, child) for name, child in inner if isinstance(child, h5().Group)]


def _follow(group, name):
    link = group.get(name, getlink=True)
    if not isinstance(link, h5().HardLink):
        raise UnsafeFileError(
            f"HDF5 files with links are refused: '{name}' in '{group.name}' is a {type(link).__name__}, "
            "which can point to other files."
        )
    return group[name]


def safe_dataset(group, name):
    """Return a dataset that keeps its numbers in the file itself, and about as many as it says."""
    dataset = _follow(group, name)
    if not isinstance(dataset, h5().Dataset):
        raise ValueError(f"The file is damaged: '{group.name}/{name}' must be a dataset.")
    if dataset.external or dataset.is_virtual:
        raise UnsafeFileError(
            "HDF5 files that keep data in other files (external or virtual datasets) are refused. "
            f"Received: dataset '{dataset.name}'"
        )
    if dataset.dtype.kind == "O" and h5().check_string_dtype(dataset.dtype) is None:
        raise UnsafeFileError(
            f"Dataset '{dataset.name}' holds neither numbers nor text. Received: {dataset.dtype}"
        )
    declared, stored = math.prod(dataset.shape) * dataset.dtype.itemsize, dataset.id.get_storage_size()
    if declared > _LARGE_BYTES and declared > _LARGEST_EXPANSION * stored:
        raise UnsafeFileError(
            f"Dataset '{dataset.name}' says that it has {declared} bytes, but only {stored} are stored: a file made "
            "to fill the memory is refused."
        )
    return dataset


def _read(dataset):
    array = dataset[()]
    if dataset.attrs.get("dtype") == "bfloat16" and np.asarray(array).dtype.itemsize == 2:
        bits = np.asarray(array).view(np.uint16).astype(np.uint32) << 16
        return bits.view(np.float32)
    return np.asarray(array)
