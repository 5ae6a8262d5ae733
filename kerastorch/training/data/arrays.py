"""Batches from arrays in memory: rows of several batches are gathered at once, then split into views."""

import torch

from kerastorch.core import tree
from kerastorch.training.data import class_weight as weights
from kerastorch.training.data.base import Data
from kerastorch.training.data.columns import Column, TextColumn, is_list_of_numbers, to_array, to_arrays
from kerastorch.training.data.pack import as_batch

CHUNK_BYTES = 4 << 20
CHUNK_BATCHES = 128
RESIDENT_SHARE = 0.25  # of the free memory of a GPU, which arrays may take


class ArrayData(Data):
    """Batches of arrays.

    Args:
        x, y, sample_weight: Arrays, or nested structures of them; all of one length.
        device: Where batches go.
        batch_size: How many samples a batch has.
        shuffle: True: a new order of all samples each epoch; "batch": a new order of the batches.
        class_weight: A dict from classes to weights, or None.
        steps_per_epoch: See `Data`.
    """

    def __init__(self, x, y, sample_weight, device, batch_size, shuffle, class_weight, steps_per_epoch):
        if shuffle not in (True, False, None, "batch"):
            raise ValueError(f'`shuffle` must be True, False or "batch". Received: shuffle={shuffle!r}')
        batch_size = 32 if batch_size is None else batch_size
        if isinstance(batch_size, bool) or int(batch_size) != batch_size or batch_size < 1:
            raise ValueError(f"`batch_size` must be a positive integer. Received: batch_size={batch_size}")
        self.batch_size, self.shuffle = int(batch_size), shuffle
        x, y, sample_weight = (
            to_arrays(part) if part is not None else None for part in (x, y, sample_weight)
        )
        self.num_samples = check_cardinality(x, y, sample_weight)
        self.class_weight = None
        if class_weight is not None:
            weights.check(class_weight, y, sample_weight)
            self.class_weight = weights.ClassWeight(class_weight)
        self.structure = as_batch((x, y, sample_weight))
        leaves = [leaf for leaf in tree.flatten(self.structure) if leaf is not None]
        self.columns = [Column(a, device) if isinstance(a, torch.Tensor) else TextColumn(a) for a in leaves]
        self.flat = len(leaves) == len(self.structure) and not any(map(tree.is_nested, self.structure))
        self.device = device
        if device.type == "cuda" and sum(c.bytes for c in self.columns) <= RESIDENT_SHARE * _free_bytes(
            device
        ):
            for column in self.columns:
                column.move()
        sources = [c.source for c in self.columns if isinstance(c, Column)]
        self.index_device = sources[0].device if sources else torch.device("cpu")
        super().__init__(-(-self.num_samples // self.batch_size), steps_per_epoch)

    def batches(self):
        """Iterate over all batches once, in a new order if shuffled."""
        size, samples = self.batch_size, self.num_samples
        order = self._order()
        row_bytes = sum(column.row_bytes for column in self.columns) * size
        rows = size * max(1, min(CHUNK_BATCHES, CHUNK_BYTES // max(row_bytes, 1)))
        for start in range(0, samples, rows):
            count = min(rows, samples - start)
            if order is None:
                chunk = [column.narrow(start, count) for column in self.columns]
            else:
                index = order[start : start + count]
                chunk = [column.take(index) for column in self.columns]
            parts = [column.split(part, size) for column, part in zip(self.columns, chunk)]
            if self.class_weight is not None:
                parts.append(self.class_weight(chunk[-1]).split(size))
            if self.flat:
                yield from zip(*parts)
            else:
                for leaves in zip(*parts):
                    yield self._pack(leaves)

    def _pack(self, leaves):
        remaining = iter(leaves)
        batch = tree.map_structure(lambda leaf: None if leaf is None else next(remaining), self.structure)
        return (*batch, *remaining)

    def _order(self):
        if not self.shuffle:
            return None
        if self.shuffle == "batch":
            # the last batch, if it is smaller, stays the last one
            whole = self.num_samples // self.batch_size
            starts = torch.randperm(whole, device=self.index_device) * self.batch_size
            order = starts[:, None] + torch.arange(self.batch_size, device=self.index_device)
            rest = torch.arange(whole * self.batch_size, self.num_samples, device=self.index_device)
            return torch.cat([order.flatten(), rest])
        return torch.randperm(self.num_samples, device=self.index_device)


def _free_bytes(device):
    return torch.cuda.mem_get_info(device)[0]


def check_cardinality(x, y=None, sample_weight=None):
    """Return the number of samples, which all arrays must agree on."""
    sizes = {}
    for label, part in (("x", x), ("y", y), ("sample_weight", sample_weight)):
        leaves = [leaf for leaf in tree.flatten(part) if leaf is not None]
        for leaf in leaves:
            if leaf.ndim == 0:
                raise ValueError(
                    f"Training data must have one row for each sample. Received: `{label}` is a scalar: "
                    f"{leaf}"
                )
        if leaves:
            sizes[label] = [len(leaf) for leaf in leaves]
    different = {size for own in sizes.values() for size in own}
    if len(different) > 1:
        message = "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples."
        for label, own in sizes.items():
            message += f"'{label}' sizes: {', '.join(map(str, own))}\n"
        raise ValueError(message)
    samples = different.pop()
    if samples == 0:
        raise ValueError("Training data must have at least one sample. Received arrays of 0 samples.")
    return samples


def train_validation_split(arrays, validation_split):
    """Return the first part of arrays for training, and the last fraction of them for validation.

    Nothing is copied.

    Args:
        arrays: A structure of arrays; None stays None.
        validation_split: The fraction, between 0 and 1.

    >>> from kerastorch.training.data.make import train_validation_split
    >>> (x,), (x_val,) = train_validation_split((np.arange(5),), 0.2)
    >>> x, x_val
    (array([0, 1, 2, 3]), array([4]))
    """
    if not 0 < validation_split < 1:
        raise ValueError(
            f"`validation_split` must be between 0 and 1. Received: validation_split={validation_split}"
        )
    if isinstance(arrays, (tuple, list)):
        arrays = type(arrays)(to_array(a) if is_list_of_numbers(a) and len(a) else a for a in arrays)
    leaves = [leaf for leaf in tree.flatten(arrays) if leaf is not None]
    unsplitable = [
        type(leaf) for leaf in leaves if not hasattr(leaf, "__array__") or not hasattr(leaf, "shape")
    ]
    if unsplitable:
        raise ValueError(
            "Argument `validation_split` is only supported for tensors or NumPy arrays. "
            f"Found incompatible type in the input: {unsplitable}"
        )
    samples = check_cardinality(arrays)
    at = int(samples * (1.0 - validation_split))
    if at == 0 or at == samples:
        raise ValueError(
            f"Training data contains {samples} samples, which is not sufficient to split it into a "
            "validation and "
            f"training set as specified by `validation_split={validation_split}`. Either provide more data, "
            "or a "
            "different value for the `validation_split` argument."
        )

    def part(rows):
        def cut(leaf):
            if leaf is None:
                return None
            return leaf.iloc[rows] if hasattr(leaf, "iloc") else leaf[rows]

        return tree.map_structure(cut, arrays)

    return part(slice(None, at)), part(slice(at, None))
