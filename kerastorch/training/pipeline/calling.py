"""The methods of `Dataset` that call functions of the user's."""

import numpy as np

from kerastorch.core import edge

from . import functions, parallel, stateful
from .arguments import integer, parallel_calls
from .element import place, to_raw, wrap
from .errors import invalid
from .grouping import GroupByWindow, Resampled
from .seeds import PassSeeds
from .table import home

AUTOTUNE = parallel.AUTOTUNE


class Calling:
    """What functions make of the elements."""

    def map(
        self,
        map_func,
        num_parallel_calls=None,
        deterministic=None,
        synchronous=None,
        use_unbounded_threadpool=False,
        name=None,
    ):
        """Return a dataset of what `map_func` gives for every element.

        Args:
            map_func: A function of tensors; the parts of a tuple are separate arguments. A list that it returns is a
                tuple, Python values become tensors.
            num_parallel_calls: How many threads call it, -1 to choose a number; by default the one that asks.
            deterministic: Whether elements come in order in spite of several threads; they do by default.
            synchronous, use_unbounded_threadpool, name: Not used.
        """
        function = self._function(map_func)
        if num_parallel_calls is None:
            return self._of(functions.Map(self._node, function))
        threads = parallel_calls(num_parallel_calls)
        return self._of(parallel.ParallelMap(self._node, function, threads, deterministic is not False))

    def filter(self, predicate, name=None):
        """Return a dataset of the elements for which `predicate` gives True."""
        return self._of(functions.Filter(self._node, self._function(predicate)))

    def take_while(self, predicate, name=None):
        """Return a dataset of the elements before the first for which `predicate` gives False."""
        return self._of(stateful.TakeWhile(self._node, self._function(predicate)))

    def flat_map(self, map_func, name=None):
        """Return a dataset of the elements of the datasets that `map_func` gives, one after the other."""
        return self._of(functions.FlatMap(self._node, self._function(map_func)))

    def interleave(
        self,
        map_func,
        cycle_length=None,
        block_length=None,
        num_parallel_calls=None,
        deterministic=None,
        name=None,
    ):
        """Return a dataset of the elements of the datasets that `map_func` gives, of several in turn.

        Args:
            map_func: A function from an element to a dataset.
            cycle_length: The number of datasets that take turns; by default the number of processors.
            block_length: The number of elements of a turn, 1 by default.
            num_parallel_calls: If given, each of the datasets makes its next elements in a thread.
            deterministic: Not used: elements come in order.
            name: Not used.

        >>> from kerastorch.training.pipeline import Dataset
        >>> repeated = lambda x: Dataset.from_tensors(x).repeat(3)
        >>> [int(x) for x in Dataset.range(1, 4).interleave(repeated, cycle_length=2, block_length=2)]
        [1, 1, 2, 2, 1, 2, 3, 3, 3]
        """
        cycle = AUTOTUNE if cycle_length is None else integer(cycle_length, "cycle_length")
        block = 1 if block_length is None else integer(block_length, "block_length")
        if cycle <= 0 and cycle != AUTOTUNE:
            raise invalid("cycle_length must be greater than zero.", "InterleaveDataset")
        if block <= 0:
            raise invalid("block_length must be greater than zero.", "InterleaveDataset")
        threaded = num_parallel_calls is not None
        node = functions.Interleave(self._node, self._function(map_func), cycle, block)
        if threaded:
            node.ahead = parallel.Prefetch
        return self._of(node, "_ParallelInterleaveDataset" if threaded else None)

    def apply(self, transformation_func):
        """Return `transformation_func(self)`, which must be a dataset."""
        dataset = transformation_func(self)
        if not isinstance(dataset, Calling):
            raise TypeError(
                f"`transformation_func` must return a `tf.data.Dataset` object. Got {type(dataset)}."
            )
        return dataset

    def reduce(self, initial_state, reduce_func, name=None):
        """Return the last state of `state = reduce_func(state, element)` over all elements.

        >>> from kerastorch.training.pipeline import Dataset
        >>> int(Dataset.range(5).reduce(np.int64(0), lambda state, x: state + x))
        10
        """
        function, state = self._function(reduce_func), to_raw(initial_state, self._face)
        first = state
        for position, element in enumerate(self._node.elements()):
            try:
                state = function.with_state(state, element, self._node.device)
                stateful.check_state(first, state)
            except Exception as error:
                function.note(error, "reduce", position)
                raise
        return wrap(place(state, home()), self._face)

    def scan(self, initial_state, scan_func, name=None):
        """Return a dataset of the outputs of `state, output = scan_func(state, element)`.

        >>> from kerastorch.training.pipeline import Dataset
        >>> sums = Dataset.range(5).scan(np.int64(0), lambda state, x: (state + x, state + x))
        >>> [int(x) for x in sums]
        [0, 1, 3, 6, 10]
        """
        state = to_raw(initial_state, self._face)
        return self._of(stateful.Scan(self._node, self._function(scan_func), state))

    def group_by_window(self, key_func, reduce_func, window_size=None, window_size_func=None, name=None):
        """Return a dataset of the elements of the datasets that `reduce_func` makes of windows with one key.

        Args:
            key_func: A function from an element to an int64 scalar.
            reduce_func: A function from a key and a dataset of the elements of a window to a dataset.
            window_size: How many elements with one key make a window.
            window_size_func: A function from a key to such a number, instead of `window_size`.
            name: Not used.
        """
        if (window_size is None) == (window_size_func is None):
            raise ValueError(
                "Either the `window_size` argument or the `window_size_func` argument must be specified."
            )
        if window_size is not None:
            size = integer(window_size, "window_size")
            if size <= 0:
                raise invalid(
                    f"Window size must be greater than zero, but got {size}.", "GroupByWindowDataset"
                )

            def size_of(key):
                return size

        else:
            sizes = self._function(window_size_func)

            def size_of(key):
                return int(sizes(key, key.device))

        function, reducer = self._function(key_func), self._function(reduce_func)
        return self._of(GroupByWindow(self._node, function, reducer, size_of))

    def bucket_by_sequence_length(
        self,
        element_length_func,
        bucket_boundaries,
        bucket_batch_sizes,
        padded_shapes=None,
        padding_values=None,
        pad_to_bucket_boundary=False,
        no_padding=False,
        drop_remainder=False,
        name=None,
    ):
        """Return a dataset of batches of elements of similar length, filled up to one shape.

        Args:
            element_length_func: A function from an element to its length.
            bucket_boundaries: The lengths between the buckets, ascending.
            bucket_batch_sizes: The batch size of each bucket, one more than there are boundaries.
            padded_shapes, padding_values: As for `padded_batch`.
            pad_to_bucket_boundary: Whether elements are filled up to the length before the next boundary.
            no_padding: Whether elements are batched as they are.
            drop_remainder: Whether last batches that are smaller are dropped.
            name: Not used.
        """
        if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
            raise ValueError(
                "`len(bucket_batch_sizes)` must equal `len(bucket_boundaries) + 1` but "
                f"`len(bucket_batch_sizes)={len(bucket_batch_sizes)}` and "
                f"`len(bucket_boundaries)={len(bucket_boundaries)}`."
            )
        edges, face = np.asarray(bucket_boundaries), self._face

        def bucket_of(*element):
            length = int(edge.to_numpy(edge.unwrap(element_length_func(*element))))
            return np.int64(np.searchsorted(edges, length, side="right"))

        def shapes_in(bucket, dataset):
            if padded_shapes is not None and not pad_to_bucket_boundary:
                return padded_shapes
            if not pad_to_bucket_boundary:
                return None
            if bucket == len(edges):
                raise invalid(
                    "When pad_to_bucket_boundary=True, elements must have length < max(bucket_boundaries)."
                )
            length = int(edges[bucket]) - 1

            def filled(spec):
                return [length if size is None else size for size in spec.shape]

            spec = dataset._node.spec()
            if isinstance(spec, tuple):
                return tuple(filled(part) for part in spec)
            return filled(spec)

        def batched(bucket, dataset):
            bucket = int(edge.to_numpy(edge.unwrap(bucket)))
            size = int(bucket_batch_sizes[bucket])
            if no_padding:
                return dataset.batch(size, drop_remainder=drop_remainder)
            shapes = shapes_in(bucket, dataset)
            return dataset.padded_batch(size, shapes, padding_values, drop_remainder=drop_remainder)

        def size_of(key):
            return int(bucket_batch_sizes[int(key)])

        key, reduced = functions.UserFunction(bucket_of, face), functions.UserFunction(batched, face)
        return self._of(GroupByWindow(self._node, key, reduced, size_of))

    def rejection_resample(self, class_func, target_dist, initial_dist=None, seed=None, name=None):
        """Return a dataset of pairs of a class and an element, whose classes are distributed as `target_dist`.

        Elements are dropped at random.

        Args:
            class_func: A function from an element to an int32 class.
            target_dist: The probabilities of the classes.
            initial_dist: Those in this dataset; by default they are estimated on the way.
            seed: A number, for the same choices in every process.
            name: Not used.
        """
        target = self._face.raw(target_dist).double().cpu().numpy()
        initial = None if initial_dist is None else self._face.raw(initial_dist).double().cpu().numpy()
        seeds = PassSeeds(self._seeds(seed), True)
        return self._of(Resampled(self._node, self._function(class_func), target, initial, seeds))

    def _function(self, fn):
        return functions.UserFunction(fn, self._face)
