"""One array of the input, from which batches are cut."""

import warnings

import numpy as np
import torch

from kerastorch.core import edge, settings, tree
from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.text import is_text_array


def is_array(x):
    """Tell whether `x` is a single array: a tensor, a NumPy array, a pandas frame or series."""
    return edge.is_tensor(x) or (hasattr(x, "__array__") and hasattr(x, "shape"))


def is_arrays(structure):
    """Tell whether a structure consists of arrays, or is a nested list of numbers."""
    leaves = [leaf for leaf in tree.flatten(structure) if leaf is not None]
    return bool(leaves) and (all(map(is_array, leaves)) or is_list_of_numbers(structure))


def is_list_of_numbers(x):
    """Tell whether `x` is one array written as a list."""
    return isinstance(x, (list, tuple)) and all(
        isinstance(leaf, (int, float, str, np.generic)) for leaf in tree.flatten(x)
    )


def to_arrays(structure):
    """Return a structure of torch tensors, and of NumPy arrays where there is text; memory is shared if it
    can be.
    """
    if is_list_of_numbers(structure) and len(structure):
        array = np.asarray(structure)
        return to_array(array.astype(settings.floatx()) if array.dtype == np.float64 else array)
    return tree.map_structure(lambda leaf: None if leaf is None else to_array(leaf), structure)


def to_array(x):
    """Return one array as a torch tensor, sharing memory where possible; text stays a NumPy array."""
    if edge.is_tensor(x):
        x = edge.unwrap(x)
        if is_text_array(x):
            return x
        x = x.detach()
        if x.layout != torch.strided:
            raise ValueError(
                f"Sparse tensors are not supported as training data. Received: {x.layout}. Call `to_dense()`."
            )
        return x
    if hasattr(x, "iloc"):
        x = _from_pandas(x)
    x = np.asarray(x)
    if x.dtype.kind in "US" or (x.dtype == object and all(isinstance(v, (str, bytes)) for v in x.flat)):
        return x
    if x.dtype == object:
        raise ValueError(
            "Training data must be arrays of numbers. Received an array of dtype object, which holds rows of "
            "different "
            f"lengths or mixed types, with shape {x.shape}. Pad or convert it first."
        )
    return from_numpy(x)


def from_numpy(x):
    """Return a tensor that shares memory with a NumPy array, unless its layout or byte order forbid it."""
    if x.dtype.name in ("bfloat16", "float8_e4m3fn", "float8_e5m2"):
        return edge.as_tensor(x).cpu()
    if x.dtype.byteorder not in "=|" and x.dtype.byteorder != np.dtype(x.dtype).newbyteorder("=").byteorder:
        x = x.astype(x.dtype.newbyteorder("="))
    if x.dtype in (np.longdouble, np.clongdouble):
        x = x.astype(np.float64)
    if any(stride < 0 or stride % x.itemsize for stride in x.strides):
        x = np.ascontiguousarray(x)
    with warnings.catch_warnings():
        # a read-only array is only read here
        warnings.filterwarnings("ignore", message="The given NumPy array is not writ", category=UserWarning)
        return torch.from_numpy(x)


def _from_pandas(x):
    array = x.to_numpy()
    if array.dtype == object and not any(isinstance(v, str) for v in array.flat):
        array = x.astype(settings.floatx()).to_numpy()
    if array.dtype == object and array.ndim == 2:
        texts = [str(name) for name, kind in x.dtypes.items() if kind.kind not in "biufc"]
        if len(texts) < array.shape[1]:
            raise ValueError(
                f"The DataFrame has columns that are not numbers: {texts}. Encode or drop them first."
            )
    return array if array.ndim > 1 else array[:, None]


class Column:
    """A tensor whose rows are the samples.

    Floats come out in the default float type, everything else as it is.

    Args:
        source: The tensor.
        device: Where batches go.
    """

    def __init__(self, source, device):
        self.source, self.device = source, device
        self.dtype = to_torch_dtype(settings.floatx()) if source.is_floating_point() else source.dtype
        rows = max(len(source), 1)
        self.row_bytes = source.numel() // rows * (source.element_size() + self.dtype.itemsize)
        self.bytes = source.numel() * self.dtype.itemsize

    def move(self):
        """Bring the whole of it to the device."""
        if self.source.device == self.device:
            return
        moved = torch.empty(self.source.shape, dtype=self.dtype, device=self.device)
        rows = max(1, (64 << 20) // max(self.row_bytes, 1))
        for start in range(0, len(moved), rows):
            moved[start : start + rows].copy_(self.source[start : start + rows])
        self.source = moved

    def take(self, index):
        """Return the rows of an index tensor, on the device."""
        return self._finish(self.source.index_select(0, index.to(self.source.device)))

    def narrow(self, start, count):
        """Return `count` rows from `start` on, on the device; a view if nothing has to change."""
        return self._finish(self.source.narrow(0, start, count))

    def _finish(self, rows):
        if rows.device == self.device:
            return rows if rows.dtype == self.dtype else rows.to(self.dtype)
        rows = rows.to(self.dtype)
        if self.device.type == "cuda" and rows.device.type == "cpu":
            return rows.pin_memory().to(self.device, non_blocking=True)
        return rows.to(self.device)

    def split(self, rows, size):
        """Return rows cut into batches."""
        return rows.split(size)


class TextColumn:
    """A NumPy array of text; batches of it stay in host memory."""

    row_bytes, bytes = 64, 0

    def __init__(self, source):
        self.source = source

    def move(self):
        """Text has no place on a device."""

    def take(self, index):
        """Return the rows of an index tensor."""
        return self.source[index.cpu().numpy()]

    def narrow(self, start, count):
        """Return `count` rows from `start` on."""
        return self.source[start : start + count]

    def split(self, rows, size):
        """Return rows cut into batches."""
        return [rows[i : i + size] for i in range(0, len(rows), size)]
