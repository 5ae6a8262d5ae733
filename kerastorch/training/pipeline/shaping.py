"""The methods of `Dataset` that put elements together and take them apart."""

from kerastorch.core import tree

from . import batches
from .arguments import batch_size as checked_size
from .arguments import integer
from .element import to_raw
from .errors import invalid
from .stateful import Rebatch


class Shaping:
    """Elements in batches and windows."""

    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None):
        """Return a dataset of batches of consecutive elements, stacked along a new first axis.

        Args:
            batch_size: The number of elements of a batch.
            drop_remainder: Whether a last batch that is smaller is dropped.
            num_parallel_calls, deterministic: Not used.
            name: Not used.
        """
        node = batches.Batch(self._node, checked_size(batch_size, "BatchDatasetV2"), bool(drop_remainder))
        return self._of(node, None if num_parallel_calls is None else "_ParallelBatchDataset")

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

        >>> from kerastorch.training.pipeline import Dataset
        >>> dataset = Dataset.range(1, 4).map(lambda x: x.repeat(int(x))).padded_batch(3)
        >>> next(iter(dataset))
        tensor([[1, 0, 0],
                [2, 2, 0],
                [3, 3, 3]])
        """
        values = None if padding_values is None else tree.flatten(to_raw(padding_values, self._face))
        size = checked_size(batch_size, "PaddedBatchDatasetV2")
        shapes = batches.padded_shapes(padded_shapes)
        return self._of(batches.PaddedBatch(self._node, size, shapes, values, bool(drop_remainder)))

    def ragged_batch(self, batch_size, drop_remainder=False, row_splits_dtype=None, name=None):
        """Return a dataset of batches of elements that keep their own lengths.

        Args:
            batch_size: The number of elements of a batch.
            drop_remainder: Whether a last batch that is smaller is dropped.
            row_splits_dtype, name: Not used.

        Components of known shape are stacked; the others give ragged tensors, which without `compat` are torch's nested
        tensors.
        """
        size = checked_size(batch_size, "BatchDatasetV2")
        return self._of(batches.RaggedBatch(self._node, size, bool(drop_remainder)))

    def rebatch(self, batch_size, drop_remainder=False, name=None):
        """Return a dataset of batches of other sizes, made of the batches of this one.

        Args:
            batch_size: A size, or a list of sizes that are taken in turn.
            drop_remainder: Whether a last batch that is smaller is dropped.
            name: Not used.

        >>> from kerastorch.training.pipeline import Dataset
        >>> [x.tolist() for x in Dataset.range(6).batch(2).rebatch(3)]
        [[0, 1, 2], [3, 4, 5]]
        """
        sizes = batch_size if isinstance(batch_size, (list, tuple)) else [batch_size]
        sizes = [checked_size(size, "RebatchDatasetV2") for size in sizes]
        return self._of(Rebatch(self._node, sizes, bool(drop_remainder)))

    def unbatch(self, name=None):
        """Return a dataset of the slices of every element along its first axis."""
        return self._of(batches.Unbatch(self._node))

    def window(self, size, shift=None, stride=1, drop_remainder=False, name=None):
        """Return a dataset of datasets, each a window of this one.

        Args:
            size: The number of elements of a window.
            shift: The number of elements between the beginnings of two windows, `size` by default.
            stride: The number of elements between two elements of a window.
            drop_remainder: Whether windows that are smaller are dropped.
            name: Not used.

        >>> from kerastorch.training.pipeline import Dataset
        >>> [[int(x) for x in window] for window in Dataset.range(7).window(3)]
        [[0, 1, 2], [3, 4, 5], [6]]
        """
        size, stride = integer(size, "size"), integer(stride, "stride")
        shift = size if shift is None else integer(shift, "shift")
        for what, value in (("size", size), ("shift", shift), ("stride", stride)):
            if value <= 0:
                raise invalid(f"Window {what} must be greater than zero.", "WindowDataset")
        return self._of(batches.Window(self._node, size, shift, stride, bool(drop_remainder)))
