"""Words of many texts, split at white space and looked up in a vocabulary without an object for each.

Texts lie in one buffer. A word of up to 15 bytes is two integers, the second of which has its length in its highest
byte; a hash table with open addressing finds them exactly. Longer words, which are few, go through a dict.
"""

import collections

import numpy as np

_U64 = np.uint64
_SHORT = 15  # bytes that two integers hold beside the length
_SPACE = np.isin(np.arange(256), list(b" \t\n\v\f\r"))
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], _U64)
_FACTORS = (_U64(0x9E3779B97F4A7C15), _U64(0xC2B2AE3D27D4EB4F))
_BYTES = 1 << 20  # of text that is looked at together: what lies in the processor's cache


class WordTable:
    """The numbers of words.

    Args:
        table: A dict from bytes to numbers.
        default: The number of a word that is not in it.
    """

    def __init__(self, table, default):
        self.table, self.default = table, default
        short = [word for word in table if 0 < len(word) <= _SHORT]
        self.bits = max(6, (8 * len(short)).bit_length())  # at most an eighth of the places is taken
        size = 1 << self.bits
        self.first, self.second = np.zeros(size, _U64), np.zeros(size, _U64)
        self.numbers = np.full(size, default, np.int64)
        buffer = np.frombuffer(b"".join(short) + bytes(16), np.uint8)
        lengths = np.array([len(word) for word in short], np.int64)
        first, second = _integers(buffer, np.cumsum(lengths) - lengths, lengths)
        for a, b, place, word in zip(first, second, self._places(first, second).tolist(), short):
            while self.second[place]:
                place = (place + 1) & (size - 1)
            self.first[place], self.second[place], self.numbers[place] = a, b, table[word]

    def _places(self, first, second):
        mixed = first * _FACTORS[0] + second * _FACTORS[1]
        return ((mixed ^ (mixed >> _U64(29))) * _FACTORS[0] >> _U64(64 - self.bits)).astype(np.int64)

    def lookup(self, texts):
        """Return the numbers of the words of texts, one after the other, and how many words each text has.

        Args:
            texts: A list of bytes.
        """
        numbers, counts = [], []
        for part in _parts(texts):
            found, starts, _, _ = self.words_of(part)
            numbers.append(found)
            ends = np.cumsum(np.fromiter(map(len, part), np.int64, len(part)) + 1)
            counts.append(np.diff(np.searchsorted(starts, ends + 1), prepend=0))
        return np.concatenate(numbers), np.concatenate(counts)

    def words_of(self, texts):
        """Return the numbers of the words of texts, where they begin, their lengths, and the text that they lie in."""
        joined = b" ".join([b"", *texts, bytes(16)])  # the words have white space on both sides
        buffer = np.frombuffer(joined, np.uint8)
        space = _SPACE[buffer[:-16]]
        edges = np.flatnonzero(space[1:] != space[:-1]) + 1
        starts, lengths = edges[::2], edges[1::2] - edges[::2]
        first, second = _integers(buffer, starts, lengths)
        found = self._find(first, second)
        for at in np.flatnonzero(lengths > _SHORT):
            word = joined[starts[at] : starts[at] + lengths[at]]
            found[at] = self.table.get(word, self.default)
        return found, starts, lengths, joined

    def _find(self, first, second):
        place = self._places(first, second)
        found = self.numbers[place]
        wrong = (self.first[place] != first) | (self.second[place] != second)
        left = np.flatnonzero(
            wrong & (self.second[place] != 0)
        )  # another word is there: look at the next place
        found[wrong] = self.default
        while len(left):
            place[left] = (place[left] + 1) & ((1 << self.bits) - 1)
            here, a, b = place[left], first[left], second[left]
            hit = (self.first[here] == a) & (self.second[here] == b)
            found[left[hit]] = self.numbers[here[hit]]
            left = left[~hit & (self.second[here] != 0)]
        return found


class WordCounter:
    """How often words occur: those seen before are counted by their numbers in a table."""

    def __init__(self):
        self.words, self.counts, self.table = [], np.zeros(0, np.int64), WordTable({}, -1)
        self.fresh = collections.Counter()  # words that the table does not have yet

    def add(self, texts):
        """Count the words of a list of bytes."""
        for part in _parts(texts):
            found, starts, lengths, joined = self.table.words_of(part)
            self.counts += np.bincount(found[found >= 0], minlength=len(self.words))
            new = found < 0
            pairs = zip(starts[new].tolist(), (starts[new] + lengths[new]).tolist())
            self.fresh.update([joined[start:end] for start, end in pairs])
            if len(self.fresh) > 1000 + len(self.words) // 4:
                self._take_in()

    def _take_in(self):
        self.words.extend(self.fresh)
        self.counts = np.concatenate(
            [self.counts, np.fromiter(self.fresh.values(), np.int64, len(self.fresh))]
        )
        self.table = WordTable(dict(zip(self.words, range(len(self.words)))), -1)
        self.fresh.clear()

    def totals(self):
        """Return a dict from words to how often each occurred."""
        return {**dict(zip(self.words, self.counts.tolist())), **self.fresh}


def _parts(texts):
    """Yield lists of texts that fit the processor's cache together; at least one list."""
    part, size = [], 0
    for text in texts:
        part.append(text)
        size += len(text) + 1
        if size >= _BYTES:
            yield part
            part, size = [], 0
    yield part


def _integers(buffer, starts, lengths):
    """Return words of up to 15 bytes as two integers each; those of longer ones match no word."""
    words = np.ndarray((len(buffer) - 7,), "<u8", buffer, strides=(1,))
    short = np.minimum(lengths, 16)
    first = words[starts] & _MASKS[np.minimum(short, 8)]
    second = words[starts + 8] & _MASKS[np.maximum(short - 8, 0)]
    return first, np.where(
        lengths > _SHORT, _U64(0xFF) << _U64(56), second | (lengths.astype(_U64) << _U64(56))
    )
