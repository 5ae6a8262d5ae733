"""News of Reuters, labelled with one of 46 topics."""

import json

import numpy as np

from kerastorch.datasets import safe, sequences
from kerastorch.datasets.remote import KERAS, Remote

ARRAYS = Remote(
    "reuters.npz",
    f"{KERAS}reuters.npz",
    "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
)
WORDS = Remote(
    "reuters_word_index.json", f"{KERAS}reuters_word_index.json", "4d44cc38712099c9e383dc6e5f11a921"
)
TOPICS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass "
    "crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi "
    "iron-steel rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead"
)


def load_data(
    path="reuters.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    test_split=0.2,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
):
    """Loads 11,228 news as lists of words, numbered by how frequent they are.

    Args:
        path: The name under which the file is kept in `~/.keras/datasets`, or the path of one.
        num_words: Only words below this number are kept.
        skip_top: So many of the most frequent words are left out.
        maxlen: News of this length or longer are left out.
        test_split: The part of the news that is for tests.
        seed: The seed of the order.
        start_char: What every text begins with, or None.
        oov_char: What stands for words that are left out, or None to drop them.
        index_from: The number added to every word.

    Returns `(x_train, y_train), (x_test, y_test)`: object arrays of lists of integers, int64 arrays of 0 to 45.
    """
    arrays = safe.load_npz(ARRAYS.path(path))
    xs, labels = sequences.shuffled(np.random.RandomState(seed), arrays["x"], arrays["y"])
    xs = sequences.marked(xs, start_char, index_from if start_char is not None or index_from else 0)
    if maxlen:
        xs, labels = sequences.shorter(xs, labels, maxlen)
    xs = sequences.limited(xs, num_words, skip_top, oov_char)
    count = int(len(xs) * (1 - test_split))
    labels = np.array(labels)
    return (
        (sequences.as_objects(xs[:count]), labels[:count]),
        (sequences.as_objects(xs[count:]), labels[count:]),
    )


def get_word_index(path="reuters_word_index.json"):
    """Returns the dict from words to their numbers, 1 for the most frequent; `load_data` adds `index_from`."""
    with open(WORDS.path(path), encoding="utf-8") as file:
        return json.load(file)


def get_label_names():
    """Returns the names of the topics.

    >>> keras.datasets.reuters.get_label_names()[:4]
    ('cocoa', 'grain', 'veg-oil', 'earn')
    """
    return tuple(TOPICS.split())
