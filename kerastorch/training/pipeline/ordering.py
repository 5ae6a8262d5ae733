"""The methods of `Dataset` that drop, repeat, move or keep elements without looking at them."""

import os

from . import order, parallel, sources
from .arguments import integer, path
from .creating import node_of, saved_file
from .disk import FileCache, write
from .errors import invalid
from .node import UNKNOWN
from .sources import Listed
from .stateful import IgnoreErrors, Unique


class Ordering:
    """Which elements come, and in which order."""

    def concatenate(self, dataset, name=None):
        """Return a dataset of the elements of this, then those of `dataset`."""
        return self._of(order.Concatenate(self._node, node_of(dataset)))

    def take(self, count, name=None):
        """Return a dataset of the first `count` elements, all of them for -1."""
        return self._of(order.Take(self._node, integer(count, "count")))

    def skip(self, count, name=None):
        """Return a dataset without the first `count` elements, an empty one for -1."""
        return self._of(order.Skip(self._node, integer(count, "count")))

    def shard(self, num_shards, index, name=None):
        """Return a dataset of every `num_shards`-th element, from element `index` on."""
        num_shards, index = integer(num_shards, "num_shards"), integer(index, "index")
        if num_shards <= 0:
            raise invalid(
                f"Number of shards must be greater than zero (currently num_shards = {num_shards}).",
                "ShardDataset",
            )
        if not 0 <= index < num_shards:
            raise invalid(
                f"Index must be between 0 and {num_shards - 1} (currently index = {index}).", "ShardDataset"
            )
        return self._of(order.Shard(self._node, num_shards, index))

    def repeat(self, count=None, name=None):
        """Return a dataset that goes `count` times through this one, without end for None or -1."""
        return self._of(order.Repeat(self._node, -1 if count is None else integer(count, "count")))

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True, name=None):
        """Return a dataset of the elements in random order.

        Elements pass through a buffer of `buffer_size` places, from which a random one leaves at a time; only a buffer
        that holds them all gives every order. For given seeds, the order is TensorFlow's own.

        Args:
            buffer_size: The number of places.
            seed: A number, for the same order in every process; a seed of the whole process does that too.
            reshuffle_each_iteration: Whether every pass has an order of its own.
            name: Not used.

        >>> from kerastorch.training.pipeline import Dataset
        >>> [int(x) for x in Dataset.range(10).shuffle(10, seed=42)]
        [5, 9, 6, 4, 7, 1, 2, 8, 3, 0]
        """
        size = integer(buffer_size, "buffer_size")
        if size <= 0 and size != UNKNOWN:
            raise invalid("buffer_size must be greater than zero or UNKNOWN_CARDINALITY", "ShuffleDatasetV3")
        seed = None if seed is None else integer(seed, "seed")
        reshuffle = reshuffle_each_iteration is None or bool(reshuffle_each_iteration)
        node = order.Shuffle(self._node, size if size > 0 else None, self._seeds(seed), reshuffle)
        return self._of(node)

    def cache(self, filename="", name=None):
        """Return a dataset that keeps the elements from its first complete pass on.

        Args:
            filename: The beginning of the name of the file to keep them in; in memory if it is empty.
            name: Not used.
        """
        filename = path(filename)
        if filename:
            return self._of(FileCache(self._node, f"{filename}.data"))
        return self._of(order.Cache(self._node))

    def prefetch(self, buffer_size, name=None):
        """Return a dataset whose elements a thread makes ahead.

        The thread ends with the pass, and when the iterator is dropped. There is none where nothing is to be done: over
        tensors in memory.

        Args:
            buffer_size: The number of elements that are kept ready, -1 to choose one.
            name: Not used.
        """
        size = integer(buffer_size, "buffer_size")
        if size < -1:
            raise invalid(
                "buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning", "PrefetchDataset"
            )
        return self._of(parallel.Prefetch(self._node, size))

    def enumerate(self, start=0, name=None):
        """Return a dataset of pairs of the number of an element, from `start` on, and the element."""
        numbers = sources.Range(integer(start, "start"), None)
        return self._of(order.Zip((numbers, self._node)))

    def unique(self, name=None):
        """Return a dataset of the elements that did not come before.

        >>> from kerastorch.training.pipeline import Dataset
        >>> [int(x) for x in Dataset.from_tensor_slices([1, 37, 2, 37, 2, 1]).unique()]
        [1, 37, 2]
        """
        return self._of(Unique(self._node))

    def ignore_errors(self, log_warning=False, name=None):
        """Return a dataset of the elements that can be made; errors are passed over.

        Args:
            log_warning: Whether each error is told by a warning.
            name: Not used.
        """
        return self._of(IgnoreErrors(self._node, self._warn if log_warning else None))

    def save(self, path, compression=None, shard_func=None, checkpoint_args=None):
        """Write all elements into a folder, for `load`.

        Args:
            path: The folder.
            compression, shard_func, checkpoint_args: Not used: there is one file, not compressed.
        """
        for _ in write(saved_file(path), self._node.elements(), self._node.spec()):
            pass

    def snapshot(self, path, compression="AUTO", reader_func=None, shard_func=None, name=None):
        """Return a dataset that keeps the elements in a folder from its first complete pass on.

        Args:
            path: The folder.
            compression, shard_func, name: Not used.
            reader_func: A function from a dataset of datasets, one for each file, to a dataset.
        """
        file = saved_file(path)
        node = FileCache(self._node, file, "_SnapshotDataset")
        if reader_func is None or not os.path.exists(file):
            return self._of(node)
        return reader_func(self._of(Listed([node], node.type_spec())))
