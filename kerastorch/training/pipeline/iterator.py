"""What `iter(dataset)` and `dataset.as_numpy_iterator()` return."""

from .errors import out_of_range


class Iterator:
    """One pass over a dataset.

    >>> from kerastorch.training.pipeline import Dataset
    >>> iterator = iter(Dataset.range(2))
    >>> int(next(iterator)), int(iterator.get_next()), next(iterator, "end")
    (0, 1, 'end')
    """

    def __init__(self, elements, show, dataset):
        self._elements, self._dataset = map(show, elements), dataset

    @property
    def element_spec(self):
        """The structure of the specs of the elements."""
        return self._dataset.element_spec

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._elements)

    def get_next(self):
        """Return the next element; an error says that there is none."""
        for element in self._elements:
            return element
        raise out_of_range("End of sequence [Op:IteratorGetNext]")


class NumpyIterator(Iterator):
    """One pass over a dataset as NumPy values."""
