"""Film reviews, labelled as good or bad."""

import json

import numpy as np

from kerastorch.datasets import safe, sequences
from kerastorch.datasets.remote import KERAS, Remote

ARRAYS = Remote(
    "imdb.npz", f"{KERAS}imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
)
WORDS = Remote("imdb_word_index.json", f"{KERAS}imdb_word_index.json", "bfafd718b763782e994055a2d397834f")


def load_data(
    path="imdb.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
    **kwargs,
):
    """Loads 25,000 training and 25,000 test reviews as lists of words, numbered by how frequent they are.

    Args:
        path: The name under which the file is kept in `~/.keras/datasets`, or the path of one.
        num_words: Only words below this number are kept.
        skip_top: So many of the most frequent words are left out.
        maxlen: Reviews of this length or longer are left out.
        seed: The seed of the order.
        start_char: What every review begins with, or None.
        oov_char: What stands for words that are left out, or None to drop them.
        index_from: The number added to every word.

    Returns `(x_train, y_train), (x_test, y_test)`: object arrays of lists of integers, int64 arrays of 0 and 1.
    """
    if kwargs:
        raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
    arrays = safe.load_npz(ARRAYS.path(path))
    generator = np.random.RandomState(seed)
    parts = []
    for part in ("train", "test"):
        x, y = sequences.shuffled(generator, arrays[f"x_{part}"], arrays[f"y_{part}"])
        x = sequences.marked(x, start_char, index_from if start_char is not None or index_from else 0)
        if maxlen:
            x, y = sequences.shorter(x, y, maxlen)
            if not x:
                raise ValueError(
                    f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was kept. Increase "
                    "maxlen."
                )
        parts.append((x, np.array(y)))
    (x_train, y_train), (x_test, y_test) = parts
    xs = sequences.limited(x_train + x_test, num_words, skip_top, oov_char)
    return (
        (sequences.as_objects(xs[: len(x_train)]), y_train),
        (sequences.as_objects(xs[len(x_train) :]), y_test),
    )


def get_word_index(path="imdb_word_index.json"):
    """Returns the dict from words to their numbers, 1 for the most frequent; `load_data` adds `index_from`."""
    with open(WORDS.path(path), encoding="utf-8") as file:
        return json.load(file)
