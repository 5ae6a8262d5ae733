"""PyDataset: batches by number, made in parallel if asked for."""

import collections
import concurrent.futures
import random
import warnings

import torch

from kerastorch.training.data.base import Data
from kerastorch.training.data.iterables import Converter


class PyDataset:
    """Batches that are made one by one, by number. A subclass defines `__getitem__` and `__len__` (or
    `num_batches`).

    Args:
        workers: How many threads or processes make batches ahead; with 0 or 1 thread they are made as needed.
        use_multiprocessing: Whether to use processes. What the dataset holds must then be picklable.
        max_queue_size: How many batches are kept ready.

    >>> class Squares(keras.utils.PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...
    ...     def __getitem__(self, index):
    ...         x = np.arange(3.0) + 3 * index
    ...         return x, x**2
    >>> Squares().num_batches
    2
    """

    keras_module = "keras.utils"
    _workers, _use_multiprocessing, _max_queue_size = 1, False, 10
    _initialized = False

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self._workers, self._use_multiprocessing, self._max_queue_size = (
            workers,
            use_multiprocessing,
            max_queue_size,
        )
        self._initialized = True

    @property
    def workers(self):
        """How many threads or processes make batches ahead."""
        return self._workers

    @workers.setter
    def workers(self, value):
        self._workers = value

    @property
    def use_multiprocessing(self):
        """Whether processes make the batches."""
        return self._use_multiprocessing

    @use_multiprocessing.setter
    def use_multiprocessing(self, value):
        self._use_multiprocessing = value

    @property
    def max_queue_size(self):
        """How many batches are kept ready."""
        return self._max_queue_size

    @max_queue_size.setter
    def max_queue_size(self, value):
        self._max_queue_size = value

    def __getitem__(self, index):
        """Return batch number `index`: `x`, `(x, y)` or `(x, y, sample_weight)`."""
        raise NotImplementedError(f"{type(self).__name__} must define `__getitem__(self, index)`.")

    @property
    def num_batches(self):
        """How many batches there are; None for a dataset without end."""
        if not hasattr(self, "__len__"):
            raise NotImplementedError(
                "You need to implement the `num_batches` property or the `__len__` method on your PyDataset "
                "subclass. "
                "For an infinite dataset, make it a property that returns None."
            )
        return len(self)

    def on_epoch_begin(self):
        """Called before each epoch."""

    def on_epoch_end(self):
        """Called after each epoch."""


Sequence = PyDataset


class PyDatasetData(Data):
    """Batches of a `PyDataset`.

    Args:
        source: The dataset.
        device: Where batches go.
        shuffle: Whether batches come in a new order each epoch.
        class_weight: A dict from classes to weights, or None.
        steps_per_epoch: See `Data`.
    """

    def __init__(self, source, device, shuffle, class_weight, steps_per_epoch):
        if isinstance(source, PyDataset) and not source._initialized:
            warnings.warn(
                "Your `PyDataset` class should call `super().__init__(**kwargs)` in its constructor. "
                "`**kwargs` can "
                "include `workers`, `use_multiprocessing`, `max_queue_size`. Do not pass these arguments to "
                "`fit()`, as "
                "they will be ignored.",
                stacklevel=4,
            )
        self.source, self.shuffle = source, shuffle
        self.convert = Converter(device, class_weight)
        super().__init__(
            source.num_batches if hasattr(source, "num_batches") else len(source), steps_per_epoch
        )

    def batches(self):
        """Iterate over all batches once, in a new order if shuffled."""
        return map(
            self.convert,
            self._made_ahead() if self._is_parallel() else map(self.source.__getitem__, self._order()),
        )

    def _is_parallel(self):
        return self.source.workers > 1 or (self.source.workers > 0 and self.source.use_multiprocessing)

    def _order(self):
        if self.length is None:
            return _count_up()
        order = list(range(self.length))
        if self.shuffle:
            random.shuffle(order)
        return order

    def _made_ahead(self):
        """Return an iterator over the batches in order, while workers make the next ones."""
        return self._by_processes() if self.source.use_multiprocessing else self._by_threads()

    def _by_processes(self):
        # a new pool each epoch, so that workers have what the dataset has become
        workers, ready = self.source.workers, max(self.source.max_queue_size, 1)
        return iter(
            torch.utils.data.DataLoader(
                _Items(self.source),
                batch_size=None,
                sampler=self._order(),
                num_workers=workers,
                prefetch_factor=-(-ready // workers),
                collate_fn=_as_it_is,
            )
        )

    def _by_threads(self):
        with concurrent.futures.ThreadPoolExecutor(self.source.workers) as pool:
            pending = collections.deque()
            try:
                for index in self._order():
                    pending.append(pool.submit(self.source.__getitem__, index))
                    if len(pending) >= max(self.source.max_queue_size, 1):
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()
            finally:
                for future in pending:
                    future.cancel()

    def on_epoch_begin(self):
        if hasattr(self.source, "on_epoch_begin"):
            self.source.on_epoch_begin()

    def on_epoch_end(self):
        self.source.on_epoch_end()


class _Items(torch.utils.data.Dataset):
    """A PyDataset as torch's loader takes it."""

    def __init__(self, source):
        self.source = source

    def __getitem__(self, index):
        return self.source[index]


def _as_it_is(batch):
    return batch


def _count_up():
    index = 0
    while True:
        yield index
        index += 1
