"""`tf.data.Dataset`: a sequence of elements, made when they are asked for.

Elements are nested tuples and dicts of tensors. Each method checks its arguments and returns a dataset around a new
node; the nodes do the work. https://www.tensorflow.org/api_docs/python/tf/data/Dataset
"""

import functools

import numpy as np
import torch

from compat._convert import convert
from compat._dtypes import as_dtype, int64
from compat._failure import invalid
from compat._tensor import EagerTensor, to_array
from kerastorch.core import tree

from . import _batches, _functions, _order, _sources
from ._element import place, to_numpy, to_raw, wrap
from ._iterator import Iterator, NumpyIterator
from ._node import INFINITE, UNKNOWN, Passing
from ._options import Options
from ._table import home

AUTOTUNE = -1
INFINITE_CARDINALITY = INFINITE
UNKNOWN_CARDINALITY = UNKNOWN


class Dataset:
    """A sequence of elements, made anew by every pass over it.

    >>> dataset = tf.data.Dataset.from_tensor_slices(([1, 2, 3], ["a", "b", "c"]))
    >>> dataset = dataset.map(lambda x, y: (x * 10, y)).batch(2)
    >>> for x, y in dataset:
    ...     print(x.numpy(), y.numpy())
    [10 20] [b'a' b'b']
    [30] [b'c']
    >>> tf.data.Dataset.range(5).batch(2)
    <_BatchDataset element_spec=TensorSpec(shape=(None,), dtype=tf.int64, name=None)>
    """

    def __init__(self, *args, **kwargs):
        raise TypeError(
            "A Dataset is made by Dataset.from_tensor_slices, from_tensors, from_generator or range. "
            f"Received: args={args}, kwargs={kwargs}"
        )

    # Sources

    @staticmethod
    def from_tensor_slices(tensors, name=None):
        """Return a dataset of the slices of tensors along their first axis.

        Args:
            tensors: A tensor or array, or a nested tuple or dict of them, all with the same first dimension.
            name: Not used.
        """
        return _dataset(_sources.TensorSlices(tensors))

    @staticmethod
    def from_tensors(tensors, name=None):
        """Return a dataset of one element: `tensors`."""
        return _dataset(_sources.Tensors(tensors))

    @staticmethod
    def from_generator(
        generator, output_types=None, output_shapes=None, args=None, output_signature=None, name=None
    ):
        """Return a dataset of what a Python generator yields.

        Args:
            generator: A function that returns an iterable; every pass calls it.
            output_types: A structure of dtypes, if there is no `output_signature`.
            output_shapes: A structure of shapes, for `output_types`.
            args: Tensors whose values are passed to `generator`.
            output_signature: A structure of `TensorSpec`s, which every element must fit.
            name: Not used.

        >>> signature = tf.TensorSpec(shape=(None,), dtype=tf.int32)
        >>> dataset = tf.data.Dataset.from_generator(lambda: ([i] * i for i in (1, 2)), output_signature=signature)
        >>> [x.tolist() for x in dataset.as_numpy_iterator()]
        [[1], [2, 2]]
        """
        if not callable(generator):
            raise TypeError("`generator` must be a Python callable.")
        if output_signature is None:
            if output_types is None:
                raise TypeError(
                    "To specify the output signature you need to provide either the `output_signature` argument or "
                    "the `output_types` argument."
                )
            output_signature = _sources.signature_of(output_types, output_shapes)
        elif output_types is not None or output_shapes is not None:
            which = "output_types" if output_types is not None else "output_shapes"
            raise TypeError(
                f"The `{which}` argument can not be used together with the `output_signature` argument."
            )
        arrays = tuple(to_array(convert(arg)) for arg in args or ())
        arrays = tuple(array[()] if array.ndim == 0 else array for array in arrays)
        return _dataset(_sources.Generator(generator, _tuples(output_signature), arrays))

    @staticmethod
    def range(*args, output_type=int64, name=None):
        """Return a dataset of numbers: `range(stop)`, `range(start, stop)` or `range(start, stop, step)`.

        >>> [int(x) for x in tf.data.Dataset.range(1, 9, 3)]
        [1, 4, 7]
        """
        if not 1 <= len(args) <= 3:
            raise ValueError(
                f"Invalid `args`. The length of `args` should be between 1 and 3 but was {len(args)}."
            )
        sizes = [_integer(arg, "args") for arg in args]
        start, stop = (0, sizes[0]) if len(sizes) == 1 else sizes[:2]
        step = sizes[2] if len(sizes) == 3 else 1
        return _dataset(_sources.Range(start, stop, step, as_dtype(output_type)))

    @staticmethod
    def zip(*args, datasets=None, name=None):
        """Return a dataset of one element of each dataset at a time, until the first of them ends.

        Args:
            args: Datasets, or one nested tuple or dict of them.
            datasets: The same, as a keyword.
            name: Not used.
        """
        if not args and datasets is None:
            raise TypeError("Must pass at least one dataset to `zip`.")
        if args and datasets is not None:
            raise TypeError("Both `*args` and `datasets` cannot be set.")
        structure = datasets if datasets is not None else args[0] if len(args) == 1 else args
        return _dataset(_order.Zip(_nodes(structure)))

    # Transformations of the order

    def concatenate(self, dataset, name=None):
        """Return a dataset of the elements of this, then those of `dataset`."""
        return _dataset(_order.Concatenate(self._node, _node_of(dataset)))

    def take(self, count, name=None):
        """Return a dataset of the first `count` elements, all of them for -1."""
        return _dataset(_order.Take(self._node, _integer(count, "count")))

    def skip(self, count, name=None):
        """Return a dataset without the first `count` elements, an empty one for -1."""
        return _dataset(_order.Skip(self._node, _integer(count, "count")))

    def shard(self, num_shards, index, name=None):
        """Return a dataset of every `num_shards`-th element, from element `index` on."""
        num_shards, index = _integer(num_shards, "num_shards"), _integer(index, "index")
        if num_shards <= 0:
            raise invalid(
                "ShardDataset",
                f"Number of shards must be greater than zero (currently num_shards = {num_shards}).",
            )
        if not 0 <= index < num_shards:
            raise invalid(
                "ShardDataset", f"Index must be between 0 and {num_shards - 1} (currently index = {index})."
            )
        return _dataset(_order.Shard(self._node, num_shards, index))

    def repeat(self, count=None, name=None):
        """Return a dataset that goes `count` times through this one, without end for None or -1."""
        return _dataset(_order.Repeat(self._node, -1 if count is None else _integer(count, "count")))

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True, name=None):
        """Return a dataset of the elements in random order.

        Elements pass through a buffer of `buffer_size` places, from which a random one leaves at a time; only a buffer
        that holds them all gives every order. For given seeds, the order is TensorFlow's own.

        Args:
            buffer_size: The number of places.
            seed: A number, for the same order in every process; `tf.random.set_seed` does that too.
            reshuffle_each_iteration: Whether every pass has an order of its own.
            name: Not used.

        >>> dataset = tf.data.Dataset.range(10).shuffle(10, seed=42)
        >>> [int(x) for x in dataset]
        [5, 9, 6, 4, 7, 1, 2, 8, 3, 0]
        """
        size = _integer(buffer_size, "buffer_size")
        if size <= 0 and size != UNKNOWN:
            raise invalid("ShuffleDatasetV3", "buffer_size must be greater than zero or UNKNOWN_CARDINALITY")
        seed = None if seed is None else _integer(seed, "seed")
        reshuffle = reshuffle_each_iteration is None or bool(reshuffle_each_iteration)
        return _dataset(_order.Shuffle(self._node, size if size > 0 else None, seed, reshuffle))

    def cache(self, filename="", name=None):
        """Return a dataset that keeps the elements in memory from its first complete pass on."""
        if filename:
            raise ValueError(
                f"Elements are cached in memory only: leave `filename` empty. Received: filename={filename!r}"
            )
        return _dataset(_order.Cache(self._node))

    def prefetch(self, buffer_size, name=None):
        """Return this dataset: elements are made when they are asked for, by the thread that asks."""
        if _integer(buffer_size, "buffer_size") < -1:
            raise invalid(
                "PrefetchDataset", "buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning"
            )
        return _dataset(Passing("_PrefetchDataset", self._node))

    def enumerate(self, start=0, name=None):
        """Return a dataset of pairs of the number of an element, from `start` on, and the element."""
        numbers = _sources.Range(_integer(start, "start"), None)
        return _dataset(_order.Zip((numbers, self._node)))

    # Transformations by functions

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
            num_parallel_calls, deterministic, synchronous, use_unbounded_threadpool: Not used: elements come in order,
                made by the thread that asks.
            name: Not used.
        """
        node = _functions.Map(self._node, _function(map_func))
        return _dataset(node, "_MapDataset" if num_parallel_calls is None else "_ParallelMapDataset")

    def filter(self, predicate, name=None):
        """Return a dataset of the elements for which `predicate` gives True."""
        return _dataset(_functions.Filter(self._node, _function(predicate)))

    def flat_map(self, map_func, name=None):
        """Return a dataset of the elements of the datasets that `map_func` gives, one after the other."""
        return _dataset(_functions.FlatMap(self._node, _function(map_func)))

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
            num_parallel_calls, deterministic: Not used: elements come in order, made by the thread that asks.
            name: Not used.

        >>> dataset = tf.data.Dataset.range(1, 4)
        >>> repeated = lambda x: tf.data.Dataset.from_tensors(x).repeat(3)
        >>> [int(x) for x in dataset.interleave(repeated, cycle_length=2, block_length=2)]
        [1, 1, 2, 2, 1, 2, 3, 3, 3]
        """
        cycle = AUTOTUNE if cycle_length is None else _integer(cycle_length, "cycle_length")
        block = 1 if block_length is None else _integer(block_length, "block_length")
        if cycle <= 0 and cycle != AUTOTUNE:
            raise invalid("InterleaveDataset", "cycle_length must be greater than zero.")
        if block <= 0:
            raise invalid("InterleaveDataset", "block_length must be greater than zero.")
        node = _functions.Interleave(self._node, _function(map_func), cycle, block)
        return _dataset(
            node, "_InterleaveDataset" if num_parallel_calls is None else "_ParallelInterleaveDataset"
        )

    def apply(self, transformation_func):
        """Return `transformation_func(self)`, which must be a dataset."""
        dataset = transformation_func(self)
        if not isinstance(dataset, Dataset):
            raise TypeError(
                f"`transformation_func` must return a `tf.data.Dataset` object. Got {type(dataset)}."
            )
        return dataset

    def reduce(self, initial_state, reduce_func, name=None):
        """Return the last state of `state = reduce_func(state, element)` over all elements.

        >>> int(tf.data.Dataset.range(5).reduce(np.int64(0), lambda state, x: state + x))
        10
        """
        function, state = _function(reduce_func), to_raw(initial_state)
        first = state
        for position, element in enumerate(self._node.elements()):
            try:
                state = function.with_state(state, element, self._node.device)
                _check_state(first, state)
            except Exception as error:
                function.note(error, "reduce", position)
                raise
        return _wrapped(place(state, home()))

    # Transformations of the shape

    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None):
        """Return a dataset of batches of consecutive elements, stacked along a new first axis.

        Args:
            batch_size: The number of elements of a batch.
            drop_remainder: Whether a last batch that is smaller is dropped.
            num_parallel_calls, deterministic: Not used.
            name: Not used.
        """
        node = _batches.Batch(self._node, _batch_size(batch_size, "BatchDatasetV2"), bool(drop_remainder))
        return _dataset(node, "_BatchDataset" if num_parallel_calls is None else "_ParallelBatchDataset")

    def padded_batch(
        self, batch_size, padded_shapes=None, padding_values=None, drop_remainder=False, name=None
    ):
        """Return a dataset of batches of elements that are filled up to one shape.

        Args:
            batch_size: The number of elements of a batch.
            padded_shapes: The structure of the shapes; None or -1 stands for the longest of the batch, as for
                every dimension if this is None.
            padding_values: What to fill up with: a structure of scalars, or one for all; by default 0 or empty text.
            drop_remainder: Whether a last batch that is smaller is dropped.
            name: Not used.

        >>> dataset = tf.data.Dataset.range(1, 4).map(lambda x: tf.fill([x], x)).padded_batch(3)
        >>> print(next(iter(dataset)).numpy())
        [[1 0 0]
         [2 2 0]
         [3 3 3]]
        """
        values = None if padding_values is None else tree.flatten(to_raw(padding_values))
        size = _batch_size(batch_size, "PaddedBatchDatasetV2")
        shapes = _batches.padded_shapes(padded_shapes)
        return _dataset(_batches.PaddedBatch(self._node, size, shapes, values, bool(drop_remainder)))

    def unbatch(self, name=None):
        """Return a dataset of the slices of every element along its first axis."""
        return _dataset(_batches.Unbatch(self._node))

    def window(self, size, shift=None, stride=1, drop_remainder=False, name=None):
        """Return a dataset of datasets, each a window of this one.

        Args:
            size: The number of elements of a window.
            shift: The number of elements between the beginnings of two windows, `size` by default.
            stride: The number of elements between two elements of a window.
            drop_remainder: Whether windows that are smaller are dropped.
            name: Not used.

        >>> for window in tf.data.Dataset.range(7).window(3):
        ...     print([int(x) for x in window])
        [0, 1, 2]
        [3, 4, 5]
        [6]
        """
        size, stride = _integer(size, "size"), _integer(stride, "stride")
        shift = size if shift is None else _integer(shift, "shift")
        for what, value in (("size", size), ("shift", shift), ("stride", stride)):
            if value <= 0:
                raise invalid("WindowDataset", f"Window {what} must be greater than zero.")
        return _dataset(_batches.Window(self._node, size, shift, stride, bool(drop_remainder)))

    # Options

    def options(self):
        """Return the `Options` of this dataset and of those that it is made of."""
        return self.__dict__.get("_options") or Options()

    def with_options(self, options, name=None):
        """Return this dataset with `options` set."""
        if not isinstance(options, Options):
            raise TypeError(f"`options` must be a `tf.data.Options`. Received: {options!r}")
        dataset = _dataset(Passing("_OptionsDataset", self._node))
        dataset._options = self.options().merge(options)
        return dataset

    # What is known of the elements

    @property
    def element_spec(self):
        """The structure of the `TensorSpec`s of the elements.

        Behind functions it is found by calling them on made-up tensors.
        """
        return self._node.spec()

    def cardinality(self):
        """Return the number of elements as a tensor, INFINITE_CARDINALITY or UNKNOWN_CARDINALITY."""
        return EagerTensor(torch.tensor(self._node.cardinality(), device=home()))

    def __len__(self):
        size = self._node.cardinality()
        if size == INFINITE:
            raise TypeError("The dataset is infinite.")
        if size == UNKNOWN:
            raise TypeError("The dataset length is unknown.")
        return size

    def __bool__(self):
        return True

    def __repr__(self):
        return f"<{type(self).__name__} element_spec={self.element_spec!r}>"

    # Passes

    def __iter__(self):
        return Iterator(map(_wrapped, self._torch_batches()), self._node.spec)

    def as_numpy_iterator(self):
        """Return an iterator over the elements as NumPy arrays and scalars."""
        elements = (tree.map_structure(to_numpy, element) for element in self._node.elements())
        return NumpyIterator(elements, self._node.spec)

    def get_single_element(self, name=None):
        """Return the only element of this dataset."""
        elements = self._torch_batches()
        element = next(elements, self)
        if element is self:
            raise invalid("DatasetToSingleElement", "Dataset was empty.")
        if next(elements, self) is not self:
            raise invalid("DatasetToSingleElement", "Dataset had more than one element.")
        return _wrapped(element)

    def _torch_batches(self):
        """Return an iterator over the elements with `torch.Tensor`s for tensors, on the default device."""
        device = home()
        if device.type == "cpu":
            return iter(self._node.elements())
        return (place(element, device) for element in self._node.elements())


def _dataset(node, name=None):
    dataset = object.__new__(_class(name or node.tf_name))
    dataset._node = node
    return dataset


@functools.cache
def _class(name):
    """The class of datasets made by one transformation, under the name that TensorFlow prints."""
    return type(name, (Dataset,), {"__doc__": Dataset.__doc__.split("\n", 1)[0], "__module__": __name__})


def _wrapped(element):
    return wrap(element, _dataset)


def _function(fn):
    return _functions.UserFunction(fn, _dataset)


def _node_of(dataset):
    if not isinstance(dataset, Dataset):
        raise TypeError(f"A `tf.data.Dataset` is needed here. Received: {dataset!r} of type {type(dataset)}")
    return dataset._node


def _nodes(structure):
    """The structure of the nodes of a structure of datasets."""

    def node(leaf):
        if isinstance(leaf, Dataset):
            return leaf._node
        raise TypeError(
            "Invalid input to `zip`. Inputs are expected to be (nested) structures of `tf.data.Dataset` objects but "
            f"encountered object of type {type(leaf)}."
        )

    if isinstance(structure, list):
        raise TypeError(
            "Invalid input to `zip`. Inputs are expected to be (nested) structures of `tf.data.Dataset` objects. "
            "Python `list` is not supported and you should use `tuple` instead."
        )
    return tree.map_structure(node, structure)


def _tuples(structure):
    """A signature, in which a list at the top is a tuple."""
    return tuple(structure) if isinstance(structure, list) else structure


def _integer(value, name):
    """The Python int of a number or of a tensor."""
    if isinstance(value, (EagerTensor, torch.Tensor, np.ndarray)):
        value = to_array(convert(value)).item()
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(
            f"Cannot convert {value!r} to EagerTensor of dtype int64: `{name}` must be an integer."
        )
    return value.__index__()


def _batch_size(value, kernel):
    size = _integer(value, "batch_size")
    if size <= 0:
        raise invalid(kernel, "Batch size must be greater than zero.")
    return size


def _check_state(first, state):
    """Refuse a state of another structure or other dtypes than the first."""
    before, after = tree.flatten(first), tree.flatten(state)
    if len(before) != len(after):
        raise invalid(
            "ReduceDataset",
            "The number of components of the initial state and the reduce function output does not match. "
            f"(initial_state={len(before)}, output={len(after)}).",
        )
    for old, new in zip(before, after):
        if old is not None and old.dtype != new.dtype:
            raise TypeError(
                "The element types for the new state must match the initial state. "
                f"Expected {_dtype(old)!r}; got {_dtype(new)!r}."
            )


def _dtype(raw):
    return EagerTensor(raw).dtype


def cardinality(dataset):
    """Return the number of elements of a dataset as a tensor."""
    return dataset.cardinality()


def assert_cardinality(expected_cardinality):
    """Return a function for `Dataset.apply` that says how many elements there are, and refuses other numbers."""
    return lambda dataset: _dataset(
        _order.AssertCardinality(_node_of(dataset), _integer(expected_cardinality, "n"))
    )
