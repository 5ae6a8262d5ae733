"""Reviews and news as lists of word numbers: cut to a vocabulary, shuffled, split."""

import numpy as np


def shuffled(generator, *arrays):
    """Return arrays of one length in one random order."""
    order = np.arange(len(arrays[0]))
    generator.shuffle(order)
    return [array[order] for array in arrays]


def marked(sequences, start, shift):
    """Return sequences with all words moved up by `shift`, and a first word `start` unless that is None."""
    begin = [] if start is None else [start]
    return [begin + [word + shift for word in sequence] for sequence in sequences]


def shorter(sequences, labels, maxlen):
    """Return the sequences below a length, and their labels."""
    kept = [i for i, sequence in enumerate(sequences) if len(sequence) < maxlen]
    return [sequences[i] for i in kept], [labels[i] for i in kept]


def limited(sequences, num_words, skip_top, oov):
    """Return sequences in which words outside `skip_top <= word < num_words` are `oov`, or left out if that is None."""
    num_words = num_words or max(map(max, sequences))
    if oov is None:
        return [[word for word in sequence if skip_top <= word < num_words] for sequence in sequences]
    return [[word if skip_top <= word < num_words else oov for word in sequence] for sequence in sequences]


def as_objects(sequences):
    """Return lists as an array of lists, also if all have one length."""
    out = np.empty(len(sequences), object)
    out[:] = sequences
    return out
