"""What `iter(dataset)` and `dataset.as_numpy_iterator()` return."""

import itertools

from .errors import out_of_range


class Iterator:
    """One pass over a dataset.

    >>> from kerastorch.training.pipeline import Dataset
    >>> iterator = iter(Dataset.range(2))
    >>> int(next(iterator)), int(iterator.get_next()), next(iterator, "end")
    (0, 1, 'end')
    """

    def __init__(self, elements, show, dataset):
        self._elements, self._dataset, self._position = map(show, elements), dataset, 0

    @property
    def element_spec(self):
        """The structure of the specs of the elements."""
        return self._dataset.element_spec

    def __iter__(self):
        return self

    def __next__(self):
        element = next(self._elements)
        self._position += 1
        return element

    @property
    def position(self):
        """How many elements were taken. Setting it begins a new pass, and takes as many."""
        return self._position

    @position.setter
    def position(self, count):
        self._elements = iter(self._dataset)._elements
        self._position = sum(1 for _ in itertools.islice(self._elements, count))

    def get_next(self):
        """Return the next element; an error says that there is none."""
        for element in self:
            return element
        raise out_of_range("End of sequence [Op:IteratorGetNext]")


class NumpyIterator(Iterator):
    """One pass over a dataset as NumPy values."""
