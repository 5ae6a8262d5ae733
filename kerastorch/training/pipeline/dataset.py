"""`Dataset`: a sequence of elements, made when they are asked for.

Elements are nested tuples and dicts of tensors. Each method checks its arguments and returns a dataset around a new
node; the nodes do the work. The names and their meaning are those of
https://www.tensorflow.org/api_docs/python/tf/data/Dataset
"""

import functools
import warnings

import torch

from kerastorch.core import tree

from .calling import Calling
from .creating import Creating
from .element import place, to_numpy, wrap
from .errors import invalid
from .face import TORCH
from .iterator import Iterator, NumpyIterator
from .node import INFINITE, UNKNOWN
from .ordering import Ordering
from .shaping import Shaping
from .table import home


class Dataset(Creating, Ordering, Calling, Shaping):
    """A sequence of elements, made anew by every pass over it.

    >>> from kerastorch.training.pipeline import Dataset
    >>> dataset = Dataset.from_tensor_slices(([1, 2, 3], ["a", "b", "c"]))
    >>> dataset = dataset.map(lambda x, y: (x * 10, y)).batch(2)
    >>> for x, y in dataset:
    ...     print(x, y)
    tensor([10, 20], dtype=torch.int32) [b'a' b'b']
    tensor([30], dtype=torch.int32) [b'c']
    >>> Dataset.range(5).batch(2)
    <_BatchDataset element_spec=TensorSpec(shape=(None,), dtype=int64)>
    """

    _face = TORCH
    _base = None  # the class that `_of` makes subclasses of

    def __init__(self, *args, **kwargs):
        raise TypeError(
            "A Dataset is made by Dataset.from_tensor_slices, from_tensors, from_generator or range. "
            f"Received: args={args}, kwargs={kwargs}"
        )

    @classmethod
    def _of(cls, node, name=None):
        """Return a dataset around a node, under the name that TensorFlow gives its class."""
        dataset = object.__new__(_class(cls._base, name or node.tf_name))
        dataset._node = node
        return dataset

    @classmethod
    def _seeds(cls, seed):
        return cls._face.seeds(seed)

    # What is known of the elements

    @property
    def element_spec(self):
        """The structure of the specs of the elements.

        Behind functions it is found by calling them on made-up tensors.
        """
        return tree.map_structure(self._face.spec, self._node.spec())

    def cardinality(self, name=None):
        """Return the number of elements as a tensor; -1 if it is infinite, -2 if it is unknown."""
        return self._face.shown(torch.tensor(self._node.cardinality(), device=home()))

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
        face = self._face
        return Iterator(self._torch_batches(), lambda element: wrap(element, face), self)

    def as_numpy_iterator(self):
        """Return an iterator over the elements as NumPy arrays and scalars."""
        return NumpyIterator(
            self._node.elements(), lambda element: tree.map_structure(to_numpy, element), self
        )

    def get_single_element(self, name=None):
        """Return the only element of this dataset."""
        elements = self._torch_batches()
        element = next(elements, self)
        if element is self:
            raise invalid("Dataset was empty.", "DatasetToSingleElement")
        if next(elements, self) is not self:
            raise invalid("Dataset had more than one element.", "DatasetToSingleElement")
        return wrap(element, self._face)

    def _torch_batches(self):
        """Return an iterator over the elements with `torch.Tensor`s for tensors, on the default device."""
        device = home()
        if device.type == "cpu":
            return iter(self._node.elements())
        return (place(element, device) for element in self._node.elements())

    @staticmethod
    def _warn(error):
        warnings.warn(f"Error raised with error message {error}", stacklevel=2)


Dataset._base = Dataset
TORCH.dataset = Dataset._of


@functools.cache
def _class(base, name):
    """The class of datasets made by one transformation, under the name that TensorFlow prints."""
    return type(name, (base,), {"__doc__": base.__doc__.split("\n", 1)[0], "__module__": base.__module__})
