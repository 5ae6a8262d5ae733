"""Transformations that drop, repeat or move elements without looking at them."""

import itertools

import numpy as np

from kerastorch.core import tree

from .errors import failed_precondition
from .node import INFINITE, UNKNOWN, Node, Reordering
from .seeds import PassSeeds, permutation, through_ring
from .table import BLOCK, side_by_side

_LONGEST_PERMUTATION = 1 << 27  # positions that are shuffled as a whole


class Take(Reordering):
    """The first `count` elements; all for -1."""

    tf_name = "_TakeDataset"

    def __init__(self, node, count):
        super().__init__(node)
        self.count = count

    def items(self, start):
        return itertools.islice(start(), self.count if self.count >= 0 else None)

    def blocks(self, start):
        left = self.count
        if left == 0:
            return
        for block in start():
            if left < 0:
                yield block
                continue
            yield block[:left]
            left -= min(left, len(block))
            if not left:
                return

    def cardinality(self):
        size = self.inputs[0].cardinality()
        if self.count < 0 or size == UNKNOWN:
            return size
        return self.count if size == INFINITE else min(size, self.count)


class Skip(Reordering):
    """All but the first `count` elements; none for -1."""

    tf_name = "_SkipDataset"

    def __init__(self, node, count):
        super().__init__(node)
        self.count = count

    def items(self, start):
        return iter(()) if self.count < 0 else itertools.islice(start(), self.count, None)

    def blocks(self, start):
        left = self.count
        if left < 0:
            return
        for block in start():
            if left < len(block):
                yield block[left:]
            left -= min(left, len(block))

    def cardinality(self):
        size = self.inputs[0].cardinality()
        if self.count < 0:
            return 0
        return size if size < 0 else max(0, size - self.count)


class Shard(Reordering):
    """Every `num_shards`-th element, from element `index` on."""

    tf_name = "_ShardDataset"

    def __init__(self, node, num_shards, index):
        super().__init__(node)
        self.num_shards, self.index = num_shards, index

    def items(self, start):
        return itertools.islice(start(), self.index, None, self.num_shards)

    def blocks(self, start):
        seen = 0
        for block in start():
            yield block[(self.index - seen) % self.num_shards :: self.num_shards]
            seen += len(block)

    def cardinality(self):
        size = self.inputs[0].cardinality()
        return size if size < 0 else len(range(self.index, size, self.num_shards))


class Repeat(Reordering):
    """All elements `count` times; without end for None or -1."""

    tf_name = "_RepeatDataset"

    def __init__(self, node, count):
        super().__init__(node)
        self.count = count

    def items(self, start):
        for _ in itertools.count() if self.count < 0 else range(self.count):
            empty = True
            for item in start():
                empty = False
                yield item
            if empty:
                return

    blocks = items

    def cardinality(self):
        size = self.inputs[0].cardinality()
        if size == 0 or self.count == 0:
            return 0
        if self.count < 0:
            return INFINITE
        return size if size < 0 else size * self.count


class Shuffle(Reordering):
    """Elements in the random order in which they leave a buffer."""

    tf_name = "_ShuffleDataset"

    def __init__(self, node, buffer_size, seeds, reshuffle):
        super().__init__(node)
        self.buffer_size, self.seeds = buffer_size, PassSeeds(seeds, reshuffle)

    def items(self, start):
        return through_ring(start(), self.buffer_size, self.seeds.next())

    def blocks(self, start):
        seeds, size = self.seeds.next(), self.inputs[0].cardinality()
        limit = _LONGEST_PERMUTATION
        if self.buffer_size is not None:
            limit = min(limit, self.buffer_size)
        if 0 <= size <= limit:
            blocks = list(start())
            if blocks:
                positions = np.concatenate(blocks)
                yield positions[permutation(len(positions), seeds, self.seeds.given)]
            return
        moved = through_ring((row for block in start() for row in _rows(block)), self.buffer_size, seeds)
        while part := list(itertools.islice(moved, BLOCK // 16)):
            yield np.array(part, dtype=np.int64).reshape(len(part), -1)


def _rows(block):
    return block[:, 0].tolist() if block.shape[1] == 1 else list(map(tuple, block.tolist()))


class Cache(Reordering):
    """Elements, kept from the first complete pass on."""

    tf_name = "CacheDataset"

    def __init__(self, node):
        super().__init__(node)
        self._kept = {}

    def items(self, start):
        return self._through("elements", start)

    def blocks(self, start):
        return self._through("blocks", start)

    def _through(self, kind, start):
        if kind in self._kept:
            yield from self._kept[kind]
            return
        seen = []
        for item in start():
            seen.append(item)
            yield item
        self._kept[kind] = seen


class AssertCardinality(Reordering):
    """The same elements, which must be as many as was said."""

    tf_name = "_AssertCardinalityDataset"

    def __init__(self, node, expected):
        super().__init__(node)
        self.expected = expected

    def items(self, start):
        return self._counted(start, lambda item: 1)

    def blocks(self, start):
        return self._counted(start, len)

    def _counted(self, start, length):
        seen = 0
        for item in start():
            seen += length(item)
            if self.expected != INFINITE and seen > self.expected:
                raise self._wrong(f"at least {self.expected + 1}")
            yield item
        if seen != self.expected:
            raise self._wrong(seen)

    def _wrong(self, seen):
        expected = "an infinite number of" if self.expected == INFINITE else self.expected
        return failed_precondition(
            f"Input dataset was expected to contain {expected} elements but contained {seen} elements.",
        )

    def cardinality(self):
        return self.expected


class Zip(Node):
    """One element of each input at a time, in the structure in which the inputs were given."""

    tf_name = "_ZipDataset"

    def __init__(self, structure):
        nodes = tree.flatten(structure)
        super().__init__(*nodes)
        self.structure = tree.pack_sequence_as(structure, range(len(nodes)))

    def _packed(self, parts):
        return tree.map_structure(lambda number: parts[number], self.structure)

    def elements(self):
        table = self.table()
        if table is not None:
            return table.rows(self.device)
        if self.structure == tuple(range(len(self.inputs))):
            return zip(*[node.elements() for node in self.inputs])
        return map(self._packed, zip(*[node.elements() for node in self.inputs]))

    def table(self):
        tables = [node.table() for node in self.inputs]
        if any(table is None for table in tables):
            return None
        return side_by_side(tables, self._packed([table.structure for table in tables]))

    def cardinality(self):
        sizes = [node.cardinality() for node in self.inputs]
        if UNKNOWN in sizes:
            return UNKNOWN
        return min((size for size in sizes if size != INFINITE), default=INFINITE)

    def infer_spec(self):
        return self._packed([node.spec() for node in self.inputs])


class Concatenate(Node):
    """The elements of one input, then those of the next."""

    tf_name = "_ConcatenateDataset"

    def elements(self):
        return itertools.chain.from_iterable(node.elements() for node in self.inputs)

    def cardinality(self):
        sizes = [node.cardinality() for node in self.inputs]
        if INFINITE in sizes:
            return INFINITE
        return UNKNOWN if UNKNOWN in sizes else sum(sizes)

    def infer_spec(self):
        first, *others = (node.spec() for node in self.inputs)
        for other in others:
            first = tree.map_structure(lambda a, b: a.common(b), first, other)
        return first
