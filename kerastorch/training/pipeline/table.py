"""Datasets over tensors in memory as tables and positions: shuffling moves integers, batching gathers rows.

A table has columns, each of one group. A position is a row of integers, one for each group: a column of group `g`
finds its row of the element there. Positions come in blocks, int64 arrays of shape (elements, groups). A table that
was zipped from two has the groups of both.
"""

import itertools

import numpy as np
import torch

from kerastorch.core import settings, tree

from .element import packer

_BATCH_BYTES = 1 << 21  # gathered at once for several batches: small enough that memory is reused
_ROW_BYTES = 1 << 18  # gathered at once where rows are handed out one by one
_DEVICE_SHARE = 4  # a column moves to an accelerator if it takes at most this part of the free memory
BLOCK = 1 << 16  # positions in a block


class TensorColumn:
    """The rows of a tensor, or of an array of bytes."""

    def __init__(self, values):
        self.values, self._moved = values, None
        rows = max(1, len(values))
        self.row_bytes = (
            values.nbytes // rows if isinstance(values, torch.Tensor) else 8 * values.size // rows
        )

    def gather(self, rows, device):
        """Return the rows with these numbers, on a device."""
        if not isinstance(self.values, torch.Tensor):
            return self.values[rows]
        values = self.values if device.type == "cpu" else self._on(device)
        first, count = int(rows[0]), len(rows)
        if int(rows[-1]) - first == count - 1 and (np.diff(rows) == 1).all():
            return values[first : first + count].clone().to(device)
        index = torch.from_numpy(np.ascontiguousarray(rows)).to(values.device)
        return values.index_select(0, index).to(device)

    def _on(self, device):
        """The whole column on an accelerator, if it fits there well."""
        if self._moved is None or self._moved.device.type != device.type:
            free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else 0
            self._moved = (
                self.values.to(device) if self.values.nbytes * _DEVICE_SHARE <= free else self.values
            )
        return self._moved


class RangeColumn:
    """The numbers of a range."""

    row_bytes = 8

    def __init__(self, start, step, dtype):
        self.start, self.step, self.dtype = start, step, dtype

    def gather(self, rows, device):
        """Return the numbers at these places."""
        values = torch.from_numpy(rows * self.step + self.start)
        return values.to(device, self.dtype)


class Table:
    """Columns, the structure of the elements, and a function that starts a pass over positions.

    Args:
        columns: A list of pairs (column, group).
        structure: A structure whose leaves stand for the columns.
        groups: The number of groups.
        positions: A function without arguments that returns an iterator of blocks of positions.
    """

    def __init__(self, columns, structure, groups, positions):
        self.columns, self.structure, self.groups, self.positions = columns, structure, groups, positions
        self.row_bytes = max(1, sum(column.row_bytes for column, _ in columns))

    def reordered(self, change):
        """Return the table with `change(start)` for the blocks of a pass, which `start()` begins."""
        return Table(self.columns, self.structure, self.groups, lambda: change(self.positions))

    def _gather(self, block, device):
        return [column.gather(block[:, group], device) for column, group in self.columns]

    def rows(self, device):
        """Yield the elements one by one."""
        pack, step = packer(self.structure), max(1, min(1024, _ROW_BYTES // self.row_bytes))
        for block in self.positions():
            for at in range(0, len(block), step):
                columns = [_split(values) for values in self._gather(block[at : at + step], device)]
                yield from map(pack, zip(*columns))

    def batches(self, size, drop_remainder, device):
        """Yield the elements in batches, several of which are gathered at once."""
        pack = packer(self.structure)
        most = max(1, _BATCH_BYTES // (self.row_bytes * size))
        rest = np.empty((0, self.groups), np.int64)
        ahead = 1
        for block in self.positions():
            block = np.concatenate([rest, block]) if len(rest) else block
            stop = len(block) - len(block) % size
            at = 0
            while at < stop:
                end = min(stop, at + ahead * size)
                columns = [_split(values, size) for values in self._gather(block[at:end], device)]
                yield from map(pack, zip(*columns))
                at, ahead = end, min(most, 2 * ahead)
            rest = block[stop:]
        if len(rest) and not drop_remainder:
            yield pack(self._gather(rest, device))


def _split(values, size=None):
    """The rows of gathered values, or their parts of `size` rows."""
    if isinstance(values, torch.Tensor):
        return values.unbind(0) if size is None else values.split(size)
    if size is None:
        return [np.array(value, dtype=object) for value in values] if values.ndim == 1 else list(values)
    return [values[at : at + size] for at in range(0, len(values), size)]


def count(size):
    """Yield blocks of the positions 0 to `size`, or all integers if it is None."""
    starts = itertools.count(0, BLOCK) if size is None else range(0, size, BLOCK)
    for start in starts:
        stop = start + BLOCK if size is None else min(size, start + BLOCK)
        yield np.arange(start, stop, dtype=np.int64)[:, None]


def side_by_side(tables, structure):
    """Return the table whose elements are made of one element of each table.

    Args:
        tables: The tables.
        structure: A structure of their structures.
    """
    columns, groups = [], 0
    for table in tables:
        columns += [(column, group + groups) for column, group in table.columns]
        groups += table.groups

    def positions():
        streams = [table.positions() for table in tables]
        blocks = [np.empty((0, 0), np.int64)] * len(tables)
        while True:
            for i, stream in enumerate(streams):
                while not len(blocks[i]):
                    block = next(stream, None)
                    if block is None:
                        return
                    blocks[i] = block
            length = min(map(len, blocks))
            yield np.concatenate([block[:length] for block in blocks], axis=1)
            blocks = [block[length:] for block in blocks]

    return Table(columns, structure, groups, positions)


def from_element(element):
    """Return the table of an element whose leaves all have the same number of rows."""
    leaves = tree.flatten(element)
    columns = [(TensorColumn(leaf), 0) for leaf in leaves]
    return Table(columns, tree.map_structure(lambda _: 0, element), 1, lambda: count(len(leaves[0])))


def home():
    """Return the device to which batches go."""
    return settings.default_device()
