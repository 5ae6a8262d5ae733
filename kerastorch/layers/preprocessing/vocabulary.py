"""Vocabulary: tokens and their numbers, looked up for whole arrays."""

import collections
import itertools
import os

import numpy as np
import torch

from kerastorch.core.edge import to_numpy
from kerastorch.layers.preprocessing.words import WordCounter


class TextVocabulary:
    """Tokens that are bytes, numbered from `start`; `special` has the numbers of further ones."""

    words = None  # the same as a table of words, if it was asked for

    def __init__(self, tokens, start, special=()):
        self.tokens, self.start = tokens, start
        self.table = dict(zip(tokens, itertools.count(start)))
        self.table.update(special)

    def __len__(self):
        return len(self.tokens)

    def numbers(self, texts, default):
        """Return the numbers of a list of bytes as an int64 array; `default` for unknown ones."""
        return np.fromiter(map(self.table.get, texts, itertools.repeat(default)), np.int64, len(texts))

    def texts(self, numbers, default):
        """Return the tokens of an array of numbers as an object array."""
        places = np.append(np.array(self.tokens, object), default)
        index = numbers.astype(np.int64) - self.start
        valid = (index >= 0) & (index < len(self.tokens))
        return places[np.where(valid, index, len(self.tokens)).ravel()].reshape(numbers.shape)


class IntegerVocabulary:
    """Tokens that are integers, numbered from `start`."""

    def __init__(self, tokens, start):
        self.tokens, self.start = tokens, start
        array = np.array(tokens, np.int64)
        self.order = np.argsort(array, kind="stable")
        self.sorted = array[self.order]

    def __len__(self):
        return len(self.tokens)

    def numbers(self, integers, default):
        """Return the numbers of an int64 tensor of tokens; `default` for unknown ones."""
        if not len(self.tokens):
            return torch.full_like(integers, default)
        keys = torch.from_numpy(self.sorted).to(integers.device)
        found = torch.searchsorted(keys, integers.contiguous()).clamp(max=len(keys) - 1)
        order = torch.from_numpy(self.order).to(integers.device)
        return torch.where(keys[found] == integers, order[found] + self.start, default)

    def texts(self, numbers, default):
        """Return the tokens of an array of numbers as an int64 array."""
        places = np.array([*self.tokens, default], np.int64)
        index = numbers.astype(np.int64) - self.start
        valid = (index >= 0) & (index < len(self.tokens))
        return places[np.where(valid, index, len(self.tokens))]


class Counts:
    """How often tokens occur, and in how many rows of the data, batch by batch."""

    def __init__(self, by_row):
        self.tokens = collections.Counter()
        self.rows = collections.Counter() if by_row else None
        self.number_of_rows, self.words = 0, None

    def add(self, tokens, lengths):
        """Count the tokens of rows.

        Args:
            tokens: A list of tokens, row after row, or an int64 tensor.
            lengths: The number of tokens in each row.
        """
        if isinstance(tokens, torch.Tensor):
            tokens = to_numpy(tokens).ravel()
            if self.rows is None:  # only the numbers are needed
                values, counts = np.unique(tokens, return_counts=True)
                self.tokens.update(dict(zip(values.tolist(), counts.tolist())))
                return
            tokens = tokens.tolist()
        self.tokens.update(tokens)
        if self.rows is not None:
            remaining = iter(tokens)
            for length in lengths:
                self.rows.update(set(itertools.islice(remaining, int(length))))
            self.number_of_rows += len(lengths)

    def add_texts(self, texts):
        """Count the words of a list of bytes, which white space separates."""
        if self.words is None:
            self.words = WordCounter()
        self.words.add(texts)

    def any(self):
        """Tell whether there are tokens."""
        if self.words is not None:
            self.tokens.update(self.words.totals())
            self.words = None
        return bool(self.tokens)

    def most_common(self, excluded, limit):
        """Return the tokens, most frequent first and then those that come last in order."""
        for token in excluded:
            self.tokens.pop(token, None)
        ordered = sorted(self.tokens.items(), key=lambda item: (item[1], item[0]), reverse=True)
        return [token for token, _ in ordered[:limit]]

    def inverse_document_frequency(self, tokens):
        """Return log(1 + rows / (1 + rows with the token)) for each token."""
        containing = np.array([self.rows[token] for token in tokens], np.float64)
        return np.log(1 + self.number_of_rows / (1 + containing))


def read_lines(path, encoding="utf-8"):
    """Return the lines of a vocabulary file."""
    if not os.path.exists(path):
        raise ValueError(f"Vocabulary file {path} does not exist.")
    with open(path, encoding=encoding, newline="\n") as file:
        lines = file.read().split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]
