"""`keras.preprocessing.sequence`: padding, and the windows and word pairs of Keras 2."""

import json
import random

import numpy as np

from kerastorch.training.data.py_dataset import PyDataset
from kerastorch.utils.sequences import pad_sequences as pad_sequences

_EULER = 0.577


class TimeseriesGenerator(PyDataset):
    """Batches of windows of a sequence, and the target that follows each.

    New code uses `keras.utils.timeseries_dataset_from_array`.

    Args:
        data: An array or list whose first axis is time.
        targets: The targets, one for each time.
        length: The number of times that a window spans; it ends before the time of its target.
        sampling_rate: The number of times between two rows of a window.
        stride: The number of times between two windows.
        start_index: The first time that is used.
        end_index: The last time that is used.
        shuffle: Whether windows are drawn at random.
        reverse: Whether windows run backwards.
        batch_size: The number of windows in a batch.
        **kwargs: `workers`, `use_multiprocessing`, `max_queue_size`.

    >>> data = np.arange(6)
    >>> x, y = keras.preprocessing.sequence.TimeseriesGenerator(data, data, length=3, batch_size=2)[0]
    >>> x.tolist(), y.tolist()
    ([[0, 1, 2], [1, 2, 3]], [3, 4])
    """

    def __init__(
        self,
        data,
        targets,
        length,
        sampling_rate=1,
        stride=1,
        start_index=0,
        end_index=None,
        shuffle=False,
        reverse=False,
        batch_size=128,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if len(data) != len(targets):
            raise ValueError(
                f"Data and targets have to be of same length. Data length is {len(data)} while target length is "
                f"{len(targets)}"
            )
        self.data, self.targets, self.length = data, targets, length
        self.sampling_rate, self.stride, self.batch_size = sampling_rate, stride, batch_size
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse = shuffle, reverse
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is disallowed, as no part of "
                "the sequence would be left to be used as current step."
            )

    def __len__(self):
        step = self.batch_size * self.stride
        return (self.end_index - self.start_index + step) // step

    def __getitem__(self, index):
        """Return batch number `index`."""
        if self.shuffle:
            times = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            step = self.batch_size * self.stride
            first = self.start_index + step * index
            times = np.arange(first, min(first + step, self.end_index + 1), self.stride)
        samples = np.array([self.data[time - self.length : time : self.sampling_rate] for time in times])
        targets = np.array([self.targets[time] for time in times])
        return (samples[:, ::-1] if self.reverse else samples), targets

    def get_config(self):
        """Return the arguments; data and targets are JSON."""
        names = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse")
        config = {name: getattr(self, name) for name in (*names, "batch_size")}
        for name in ("data", "targets"):
            value = getattr(self, name)
            value = value.tolist() if hasattr(value, "tolist") else value
            try:
                config[name] = json.dumps(value)
            except TypeError as error:
                raise TypeError(f"{name.capitalize()} not JSON Serializable: {value}") from error
        return config

    def to_json(self, **kwargs):
        """Return the config as JSON; `kwargs` go to `json.dumps`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def make_sampling_table(size, sampling_factor=1e-05):
    """Return with which probability the word of each rank is used by `skipgrams`, frequent ones less often.

    p(rank) = min(1, sqrt(factor / frequency)), with frequency = 1 / (rank (log rank + 0.577) + 1/2 - 1/(12 rank)).

    Args:
        size: The number of words.
        sampling_factor: The factor of word2vec's formula.

    >>> keras.preprocessing.sequence.make_sampling_table(3).round(5)
    array([0.00315, 0.00315, 0.00548])
    """
    rank = np.arange(size)
    rank[:1] = 1
    inverse = rank * (np.log(rank) + _EULER) + 0.5 - 1.0 / (12.0 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * inverse))


def skipgrams(
    sequence,
    vocabulary_size,
    window_size=4,
    negative_samples=1.0,
    shuffle=True,
    categorical=False,
    sampling_table=None,
    seed=None,
):
    """Return pairs of words that stand near each other, and as many of words that were drawn at random.

    Args:
        sequence: A list of words as integers; 0 is no word.
        vocabulary_size: The number of integers.
        window_size: The largest distance between the words of a pair.
        negative_samples: How many random pairs there are for each real one.
        shuffle: Whether pairs come in random order.
        categorical: Whether labels are [0, 1] and [1, 0] instead of 1 for real pairs and 0 for random ones.
        sampling_table: The probability with which each word is used; see `make_sampling_table`.
        seed: The seed of the order.

    Returns:
        A list of pairs, and a list of labels.

    Source: https://arxiv.org/abs/1301.3781

    >>> keras.preprocessing.sequence.skipgrams([1, 2, 3], 4, window_size=1, negative_samples=0, shuffle=False)
    ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])
    """
    real, false = ([0, 1], [1, 0]) if categorical else (1, 0)
    pairs = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        near = range(max(0, i - window_size), min(len(sequence), i + window_size + 1))
        pairs += [[word, sequence[j]] for j in near if j != i and sequence[j]]
    labels = [real] * len(pairs)
    count = int(len(pairs) * negative_samples)
    if count > 0:
        words = [first for first, _ in pairs]
        random.shuffle(words)
        pairs += [[words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)]
        labels += [false] * count
    if shuffle:
        seed = random.randint(0, 10**7) if seed is None else seed
        for items in (pairs, labels):
            random.seed(seed)
            random.shuffle(items)
    return pairs, labels
