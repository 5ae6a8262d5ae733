"""`tf.data.Dataset`: the library's pipelines with TensorFlow's tensors.

https://www.tensorflow.org/api_docs/python/tf/data/Dataset
"""

from compat._dtypes import int64
from kerastorch.training import pipeline
from kerastorch.training.pipeline import node, order
from kerastorch.training.pipeline.arguments import integer
from kerastorch.training.pipeline.creating import node_of
from kerastorch.training.pipeline.node import Passing
from kerastorch.training.pipeline.present import register_dataset

from ._face import FACE
from ._options import Options

AUTOTUNE = -1
INFINITE_CARDINALITY = node.INFINITE
UNKNOWN_CARDINALITY = node.UNKNOWN


class Dataset(pipeline.Dataset):
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

    _face = FACE
    _options = None

    @classmethod
    def range(cls, *args, output_type=int64, name=None):
        """Return a dataset of numbers: `range(stop)`, `range(start, stop)` or `range(start, stop, step)`.

        >>> [int(x) for x in tf.data.Dataset.range(1, 9, 3)]
        [1, 4, 7]
        """
        return super().range(*args, output_type=output_type)

    @classmethod
    def counter(cls, start=0, step=1, dtype=int64, name=None):
        """Return a dataset that counts without end.

        >>> [int(x) for x in tf.data.Dataset.counter(start=2, step=3).take(3)]
        [2, 5, 8]
        """
        return super().counter(start, step, dtype)

    def options(self):
        """Return the `Options` of this dataset and of those that it is made of."""
        return self._options or Options()

    def with_options(self, options, name=None):
        """Return this dataset with `options` set."""
        if not isinstance(options, Options):
            raise TypeError(f"`options` must be a `tf.data.Options`. Received: {options!r}")
        dataset = self._of(Passing("_OptionsDataset", self._node))
        dataset._options = self.options().merge(options)
        return dataset


Dataset._base = Dataset
FACE.dataset = Dataset._of
register_dataset(Dataset)


def cardinality(dataset):
    """Return the number of elements of a dataset as a tensor."""
    return dataset.cardinality()


def assert_cardinality(expected_cardinality):
    """Return a function for `Dataset.apply` that says how many elements there are, and refuses other numbers."""
    return lambda dataset: Dataset._of(
        order.AssertCardinality(node_of(dataset), integer(expected_cardinality, "n"))
    )
