"""What `tf.data.experimental` has beside the methods of `Dataset`: the same things as functions for `apply`, and more.

https://www.tensorflow.org/api_docs/python/tf/data/experimental
"""

import enum

from compat._dtypes import int64
from kerastorch.core import tree

from ._dataset import Dataset
from ._records import TFRecordWriter as _Writer


class AutoShardPolicy(enum.IntEnum):
    """How a dataset is split between workers."""

    OFF = -1
    AUTO = 0
    FILE = 1
    DATA = 2
    HINT = 3


class AutotuneAlgorithm(enum.Enum):
    """How TensorFlow tunes a pipeline while it runs."""

    DEFAULT = 0
    HILL_CLIMB = 1
    GRADIENT_DESCENT = 2
    MAX_PARALLELISM = 3
    STAGE_BASED = 4


class ExternalStatePolicy(enum.Enum):
    """What happens to state outside of a pipeline when that is written down."""

    WARN = 0
    IGNORE = 1
    FAIL = 2


def _as_function(name):
    """Return the function that gives a function for `apply`, which calls a method of the dataset."""

    def function(*args, **kwargs):
        return lambda dataset: getattr(dataset, name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"Return a function for `Dataset.apply` that calls `Dataset.{name}` with these arguments."
    )
    return function


bucket_by_sequence_length = _as_function("bucket_by_sequence_length")
group_by_window = _as_function("group_by_window")
ignore_errors = _as_function("ignore_errors")
rejection_resample = _as_function("rejection_resample")
scan = _as_function("scan")
snapshot = _as_function("snapshot")
take_while = _as_function("take_while")
unbatch = _as_function("unbatch")
unique = _as_function("unique")


def enumerate_dataset(start=0):
    """Return a function for `Dataset.apply` that numbers the elements."""
    return lambda dataset: dataset.enumerate(start)


def dense_to_ragged_batch(batch_size, drop_remainder=False, row_splits_dtype=int64):
    """Return a function for `Dataset.apply` that calls `Dataset.ragged_batch`."""
    return lambda dataset: dataset.ragged_batch(batch_size, drop_remainder, row_splits_dtype)


def shuffle_and_repeat(buffer_size, count=None, seed=None):
    """Return a function for `Dataset.apply` that shuffles each pass anew, and repeats."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def map_and_batch(
    map_func, batch_size, num_parallel_batches=None, drop_remainder=False, num_parallel_calls=None
):
    """Return a function for `Dataset.apply` that maps and batches."""
    return lambda dataset: dataset.map(map_func, num_parallel_calls).batch(batch_size, drop_remainder)


def parallel_interleave(
    map_func,
    cycle_length,
    block_length=1,
    sloppy=False,
    buffer_output_elements=None,
    prefetch_input_elements=None,
):
    """Return a function for `Dataset.apply` that interleaves datasets, which threads read."""
    return lambda dataset: dataset.interleave(
        map_func, cycle_length, block_length, num_parallel_calls=cycle_length
    )


def prefetch_to_device(device, buffer_size=None):
    """Return a function for `Dataset.apply` that makes elements ahead; batches are on the default device anyway."""
    return lambda dataset: dataset.prefetch(-1 if buffer_size is None else buffer_size)


def copy_to_device(target_device, source_device="/cpu:0"):
    """Return a function for `Dataset.apply` that changes nothing: batches are on the default device."""
    return lambda dataset: dataset


def Counter(start=0, step=1, dtype=int64):
    """Return `Dataset.counter(start, step, dtype)`."""
    return Dataset.counter(start, step, dtype)


def RandomDataset(seed=None, rerandomize_each_iteration=None, name=None):
    """Return `Dataset.random(seed, rerandomize_each_iteration)`."""
    return Dataset.random(seed, rerandomize_each_iteration)


def choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset=False):
    """Return `Dataset.choose_from_datasets`, which passes over datasets that have ended by default."""
    return Dataset.choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset)


def sample_from_datasets(datasets, weights=None, seed=None, stop_on_empty_dataset=False):
    """Return `Dataset.sample_from_datasets`."""
    return Dataset.sample_from_datasets(datasets, weights, seed, stop_on_empty_dataset)


def from_list(elements, name=None):
    """Return a dataset of the elements of a list.

    >>> [int(number) for number, text in tf.data.experimental.from_list([(1, "a"), (2, "b")])]
    [1, 2]
    """
    if not elements:
        raise ValueError("Invalid `elements`. `elements` should not be empty.")
    if not isinstance(elements, list):
        raise ValueError("Invalid `elements`. `elements` must be a list.")
    columns = zip(*(tree.flatten(element) for element in elements))
    packed = tree.pack_sequence_as(elements[0], [list(column) for column in columns])
    return Dataset.from_tensor_slices(packed)


def save(dataset, path, compression=None, shard_func=None, checkpoint_args=None):
    """Call `dataset.save`."""
    dataset.save(path, compression, shard_func, checkpoint_args)


def load(path, element_spec=None, compression=None, reader_func=None):
    """Return `Dataset.load(path)`."""
    return Dataset.load(path, element_spec, compression, reader_func)


def get_single_element(dataset):
    """Return the only element of a dataset."""
    return dataset.get_single_element()


def get_structure(dataset_or_iterator):
    """Return the `element_spec` of a dataset or an iterator."""
    return dataset_or_iterator.element_spec


def at(dataset, index):
    """Return element number `index` of a dataset."""
    return dataset.skip(index).take(1).get_single_element()


class Reducer:
    """How `group_by_reducer` reduces a group: functions from a key to a state, from a state and an element to a state,
    and from a state to a result.
    """

    def __init__(self, init_func, reduce_func, finalize_func):
        self.init_func, self.reduce_func, self.finalize_func = init_func, reduce_func, finalize_func


def group_by_reducer(key_func, reducer):
    """Return a function for `Dataset.apply` that gives one reduced element for each key, keys ascending.

    >>> reducer = tf.data.experimental.Reducer(
    ...     lambda key: np.int64(0), lambda state, x: state + x, lambda state: state
    ... )
    >>> dataset = tf.data.Dataset.range(6).apply(tf.data.experimental.group_by_reducer(lambda x: x % 2, reducer))
    >>> [int(x) for x in dataset]
    [6, 9]
    """

    def apply(dataset):
        def reduced():
            states = {}
            for element in dataset:
                args = element if isinstance(element, tuple) else (element,)
                key = key_func(*args)
                number = int(key)
                before = states[number] if number in states else reducer.init_func(key)
                states[number] = reducer.reduce_func(before, *args)
            for number in sorted(states):
                yield reducer.finalize_func(states[number])

        first = next(reduced(), None)
        if first is None:
            return dataset.take(0)
        spec = Dataset.from_tensors(first).element_spec
        return Dataset.from_generator(reduced, output_signature=spec)

    return apply


class TFRecordWriter:
    """Writes a dataset of strings into a TFRecord file.

    Args:
        filename: The file.
        compression_type: None, "", "ZLIB" or "GZIP".
    """

    def __init__(self, filename, compression_type=None):
        self._filename, self._compression_type = filename, compression_type

    def write(self, dataset):
        """Write all elements."""
        with _Writer(self._filename, self._compression_type) as writer:
            for record in dataset.as_numpy_iterator():
                writer.write(record)
