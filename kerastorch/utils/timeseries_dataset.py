"""Windows of an array as a dataset."""

import numpy as np

from kerastorch.core import edge
from kerastorch.training.pipeline.node import Node
from kerastorch.training.pipeline.present import dataset_class
from kerastorch.training.pipeline.sources import TensorSlices
from kerastorch.training.pipeline.spec import Spec
from kerastorch.utils.directories import AUTOTUNE, check_format


def timeseries_dataset_from_array(
    data,
    targets,
    sequence_length,
    sequence_stride=1,
    sampling_rate=1,
    batch_size=128,
    shuffle=False,
    seed=None,
    start_index=None,
    end_index=None,
    format="tf",
):
    """Return a dataset of windows of consecutive rows, and the target of each.

    Args:
        data: An array whose first axis is time.
        targets: An array with the target of the window that starts at the same index, or None.
        sequence_length: The number of rows in a window.
        sequence_stride: The number of rows between the starts of two windows.
        sampling_rate: The number of rows between two rows of a window.
        batch_size: The size of batches, or None for single windows.
        shuffle: Whether windows come in random order.
        seed: A number, for the same order every time.
        start_index: The first row that is used.
        end_index: The row before which the used ones end.
        format: "tf" or "grain": the dataset is the same.

    >>> dataset = keras.utils.timeseries_dataset_from_array(np.arange(6), np.arange(3, 6), 3, batch_size=2)
    >>> [(x.tolist(), y.tolist()) for x, y in dataset.as_numpy_iterator()]
    [([[0, 1, 2], [1, 2, 3]], [3, 4]), ([[2, 3, 4]], [5])]
    """
    length = len(data)
    if start_index:
        if start_index < 0:
            raise ValueError(f"`start_index` must be 0 or greater. Received: start_index={start_index}")
        if start_index >= length:
            raise ValueError(
                "`start_index` must be lower than the length of the data. Received: "
                f"start_index={start_index}, for data of length {length}"
            )
    if end_index:
        if start_index and end_index <= start_index:
            raise ValueError(
                f"`end_index` must be higher than `start_index`. Received: start_index={start_index}, and "
                f"end_index={end_index}"
            )
        if end_index >= length:
            raise ValueError(
                "`end_index` must be lower than the length of the data. Received: "
                f"end_index={end_index}, for data of length {length}"
            )
        if end_index <= 0:
            raise ValueError(f"`end_index` must be higher than 0. Received: end_index={end_index}")
    for name, value in (("sampling_rate", sampling_rate), ("sequence_stride", sequence_stride)):
        if value <= 0:
            raise ValueError(f"`{name}` must be higher than 0. Received: {name}={value}")
        if value >= length:
            raise ValueError(
                f"`{name}` must be lower than the length of the data. Received: {name}={value}, for data "
                f"of length {length}"
            )
    check_format(format)
    start, stop = start_index or 0, length if end_index is None else end_index
    windows = stop - start - (sequence_length - 1) * sampling_rate
    if targets is not None:
        windows = min(windows, len(targets))
    starts = np.arange(0, windows, sequence_stride)
    if shuffle:
        seed = np.random.randint(1e6) if seed is None else seed
        np.random.RandomState(seed).shuffle(starts)
    cls = dataset_class()
    data = TensorSlices(_array(data)[start:stop], cls._face).tensors
    targets = None if targets is None else TensorSlices(_array(targets)[start:stop], cls._face).tensors
    node = Windows(data, targets, starts, np.arange(sequence_length) * sampling_rate)
    dataset = cls._of(node)
    if batch_size is not None:
        if shuffle:
            dataset = dataset.shuffle(buffer_size=batch_size * 8, seed=seed)
        dataset = dataset.batch(batch_size)
    elif shuffle:
        dataset = dataset.shuffle(buffer_size=1024, seed=seed)
    return dataset.prefetch(AUTOTUNE)


def _array(x):
    return edge.unwrap(x) if edge.is_tensor(x) else np.asarray(x)


class Windows(Node):
    """Rows of an array at fixed distances from a start, for one start after the other.

    Args:
        data: A tensor.
        targets: A tensor, or None.
        starts: The indices at which windows start.
        offsets: The distances of the rows of a window from its start.
    """

    tf_name = "_MapDataset"

    def __init__(self, data, targets, starts, offsets):
        super().__init__()
        self.data, self.targets, self.starts, self.offsets = data, targets, starts, offsets

    def elements(self):
        for start in self.starts.tolist():
            window = self.data[self.offsets + start]
            yield window if self.targets is None else (window, self.targets[start])

    def cardinality(self):
        return len(self.starts)

    def infer_spec(self):
        first = Spec((None, *self.data.shape[1:]), Spec.of(self.data).dtype)
        if self.targets is None:
            return first
        return first, Spec(self.targets.shape[1:], Spec.of(self.targets).dtype)
