"""What `iter(dataset)` and `dataset.as_numpy_iterator()` return."""

from compat import errors


class Iterator:
    """One pass over a dataset.

    >>> iterator = iter(tf.data.Dataset.range(2))
    >>> int(next(iterator)), int(iterator.get_next()), next(iterator, "end")
    (0, 1, 'end')
    """

    def __init__(self, elements, spec):
        self._elements, self._spec_of = elements, spec

    @property
    def element_spec(self):
        """The structure of the specs of the elements."""
        return self._spec_of()

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._elements)

    def get_next(self):
        """Return the next element; an `OutOfRangeError` says that there is none."""
        for element in self._elements:
            return element
        raise errors.OutOfRangeError(None, None, "End of sequence [Op:IteratorGetNext]")


class NumpyIterator(Iterator):
    """One pass over a dataset as NumPy values."""
