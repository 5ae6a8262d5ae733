"""Batches from what makes them itself: generators, iterables, datasets, a torch DataLoader."""

import itertools

import numpy as np
import torch

from kerastorch.core import edge, settings, tree
from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.training.data import class_weight as weights
from kerastorch.training.data.base import Data
from kerastorch.training.data.columns import from_numpy
from kerastorch.training.data.pack import as_batch

_LOOKED_AT = 2  # batches of a generator that Keras looks at before it begins, and gives again in each pass


class Converter:
    """Turns a batch as somebody made it into a tuple of tensors on the device.

    Args:
        device: Where tensors go.
        class_weight: A dict from classes to weights, or None.
    """

    def __init__(self, device, class_weight=None):
        self.device = device
        self.float_dtype = to_torch_dtype(settings.floatx())
        self.class_weight = None if class_weight is None else weights.ClassWeight(class_weight)

    def __call__(self, batch):
        if edge.border.type is not None and isinstance(batch, edge.border.type):
            batch = edge.unwrap(batch)
        batch = tree.map_structure(self.leaf, as_batch(batch))
        if self.class_weight is not None:
            x, y, sample_weight = (*batch, None, None)[:3]
            weights.check(self.class_weight, y, sample_weight)
            batch = (x, y, self.class_weight(y))
        return batch

    def leaf(self, x):
        """Return one value as a tensor on the device; text and None are left as they are."""
        if not isinstance(x, torch.Tensor):
            if x is None:
                return None
            if isinstance(x, np.ndarray):
                if x.dtype.kind in "OUS":
                    return x
                x = from_numpy(x)
            elif edge.border.type is not None and isinstance(x, edge.border.type):
                x = edge.unwrap(x)
                if not isinstance(x, torch.Tensor):
                    return x
            elif isinstance(x, str):
                return np.array(x)
            else:
                x = edge.as_tensor(x)
        if x.dtype is torch.float64 and self.float_dtype is not torch.float64:
            x = x.to(self.float_dtype)
        return x if x.device == self.device else x.to(self.device, non_blocking=True)


class IterableData(Data):
    """Batches of something that can be iterated over, once or again for each epoch.

    Args:
        source: The iterable.
        device: Where batches go.
        class_weight: A dict from classes to weights, or None.
        steps_per_epoch: See `Data`.
    """

    def __init__(self, source, device, class_weight, steps_per_epoch):
        self.source = source
        self.once = iter(source) if hasattr(source, "__next__") else None
        self.first = None
        self.convert = Converter(device, class_weight)
        super().__init__(None if self.once is not None else count_batches(source), steps_per_epoch)
        self.batch_size = getattr(source, "batch_size", None)

    def batches(self):
        """Iterate over the source once; the first two of a generator begin every pass, as in Keras."""
        return map(self.convert, self.source if self.once is None else self._rest())

    def _rest(self):
        if self.first is None:
            self.first = list(itertools.islice(self.once, _LOOKED_AT))
        return itertools.chain(self.first, self.once)


def count_batches(source):
    """Return how many batches an iterable has, or None if that is unknown or without end."""
    if hasattr(source, "cardinality"):
        count = source.cardinality
        count = count() if callable(count) else count
        count = int(edge.to_numpy(count))
        return count if count >= 0 else None
    try:
        return len(source)
    except TypeError:  # a DataLoader over a stream has __len__, which says this
        return None
