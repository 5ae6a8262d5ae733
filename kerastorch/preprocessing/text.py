"""`keras.preprocessing.text`: the word indices of Keras 2. New code uses `keras.layers.TextVectorization`."""

import collections
import hashlib
import json
import warnings

import numpy as np

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def text_to_word_sequence(input_text, filters=FILTERS, lower=True, split=" "):
    """Return the words of a text.

    Args:
        input_text: The text.
        filters: The characters that separate words, beside `split`.
        lower: Whether the words are in lower case.
        split: What separates words.

    >>> keras.preprocessing.text.text_to_word_sequence("Hello, world!")
    ['hello', 'world']
    """
    text = input_text.lower() if lower else input_text
    text = text.translate({ord(character): split for character in filters})
    return [word for word in text.split(split) if word]


def one_hot(input_text, n, filters=FILTERS, lower=True, split=" ", analyzer=None):
    """Return the words of a text as integers from 1 to n - 1, by Python's `hash`: they differ between processes."""
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


def hashing_trick(text, n, hash_function=None, filters=FILTERS, lower=True, split=" ", analyzer=None):
    """Return the words of a text as integers from 1 to n - 1; different words may have the same.

    Args:
        text: The text.
        n: The number of integers, 0 among them, which is not given to words.
        hash_function: A function from a word to an integer, "md5", or None for Python's `hash`.
        filters, lower, split: See `text_to_word_sequence`.
        analyzer: A function from a text to its words, in the place of that.

    >>> keras.preprocessing.text.hashing_trick("the cat the", 100, "md5")
    [51, 3, 51]
    """
    if hash_function is None:
        hash_function = hash
    elif hash_function == "md5":

        def hash_function(word):
            return int(hashlib.md5(word.encode()).hexdigest(), 16)

    words = text_to_word_sequence(text, filters, lower, split) if analyzer is None else analyzer(text)
    return [hash_function(word) % (n - 1) + 1 for word in words]


class Tokenizer:
    """Numbers words by how frequent they are, and turns texts into sequences of numbers or into vectors.

    Args:
        num_words: Only words with numbers below this are used.
        filters: The characters that separate words, beside `split`.
        lower: Whether words are in lower case.
        split: What separates words.
        char_level: Whether every character is a word.
        oov_token: A word that gets number 1 and stands for unknown ones; None drops these.
        analyzer: A function from a text to its words.

    >>> tokenizer = keras.preprocessing.text.Tokenizer()
    >>> tokenizer.fit_on_texts(["the cat", "the dog"])
    >>> tokenizer.word_index, tokenizer.texts_to_sequences(["the bird", "dog the"])
    ({'the': 1, 'cat': 2, 'dog': 3}, [[1], [3, 1]])
    """

    def __init__(
        self,
        num_words=None,
        filters=FILTERS,
        lower=True,
        split=" ",
        char_level=False,
        oov_token=None,
        analyzer=None,
        **kwargs,
    ):
        if "nb_words" in kwargs:
            warnings.warn(
                "The `nb_words` argument in `Tokenizer` has been renamed `num_words`.", stacklevel=2
            )
            num_words = kwargs.pop("nb_words")
        document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise TypeError(f"Unrecognized keyword arguments: {kwargs}")
        self.word_counts = collections.OrderedDict()
        self.word_docs = collections.defaultdict(int)
        self.index_docs = collections.defaultdict(int)
        self.word_index, self.index_word = {}, {}
        self.filters, self.split, self.lower, self.analyzer = filters, split, lower, analyzer
        self.num_words, self.char_level, self.oov_token = num_words, char_level, oov_token
        self.document_count = document_count

    def _words(self, text):
        """The words of a text, or those that a list already is."""
        if isinstance(text, list):
            return [word.lower() for word in text] if self.lower else text
        if self.char_level:
            return text.lower() if self.lower else text
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts):
        """Count the words of texts (or of lists of words), and number them anew."""
        for text in texts:
            self.document_count += 1
            words = self._words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        ranked = sorted(self.word_counts, key=self.word_counts.get, reverse=True)
        if self.oov_token is not None:
            ranked = [self.oov_token, *ranked]
        self.word_index = dict(zip(ranked, range(1, len(ranked) + 1)))
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences):
        """Count in how many sequences every number is, as `sequences_to_matrix` with "tfidf" needs."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] += 1

    def texts_to_sequences(self, texts):
        """Return texts as lists of numbers."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts):
        """Yield texts as lists of numbers."""
        unknown = self.word_index.get(self.oov_token)
        for text in texts:
            numbers = (self._known(self.word_index.get(word), unknown) for word in self._words(text))
            yield [number for number in numbers if number is not None]

    def _known(self, number, unknown):
        """A number, or what stands for words that have none."""
        if number is None or (self.num_words and number >= self.num_words):
            return unknown
        return number

    def sequences_to_texts(self, sequences):
        """Return lists of numbers as texts."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences):
        """Yield lists of numbers as texts."""
        unknown = self.word_index.get(self.oov_token)
        for sequence in sequences:
            known = (self._known(n if n in self.index_word else None, unknown) for n in sequence)
            yield " ".join(self.index_word[number] for number in known if number is not None)

    def texts_to_matrix(self, texts, mode="binary"):
        """Return texts as rows of a matrix; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences, mode="binary"):
        """Return lists of numbers as rows of a matrix with one column for every number.

        Args:
            sequences: The lists.
            mode: "binary": whether a number is there; "count": how often; "freq": in what part of the places; "tfidf":
                (1 + log count) * log(1 + documents / (1 + documents with it)).
        """
        if not self.num_words and not self.word_index:
            raise ValueError("Specify a dimension (`num_words` argument), or fit on some text data first.")
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        if mode not in ("binary", "count", "freq", "tfidf"):
            raise ValueError(f"Unknown vectorization mode: {mode!r}")
        matrix = np.zeros((len(sequences), self.num_words or len(self.word_index) + 1))
        for row, sequence in zip(matrix, sequences):
            counts = collections.Counter(number for number in sequence if number < len(row))
            for number, count in counts.items():
                row[number] = self._weight(mode, number, count, len(sequence))
        return matrix

    def _weight(self, mode, number, count, length):
        if mode == "count":
            return count
        if mode == "freq":
            return count / length
        if mode == "tfidf":
            rarity = np.log(1 + self.document_count / (1 + self.index_docs.get(number, 0)))
            return (1 + np.log(count)) * rarity
        return 1

    def get_config(self):
        """Return the arguments and what was counted; dicts are JSON."""
        counted = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        plain = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        config = {name: getattr(self, name) for name in plain}
        return config | {name: json.dumps(getattr(self, name)) for name in counted}

    def to_json(self, **kwargs):
        """Return the config as JSON, for `tokenizer_from_json`; `kwargs` go to `json.dumps`."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def tokenizer_from_json(json_string):
    """Return the `Tokenizer` that `to_json` wrote down."""
    config = json.loads(json_string)["config"]
    names = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    counted = {name: json.loads(config.pop(name)) for name in names}
    tokenizer = Tokenizer(**config)
    for name in ("index_docs", "index_word"):
        counted[name] = {int(number): value for number, value in counted[name].items()}
    for name, value in counted.items():
        kind = type(getattr(tokenizer, name))
        setattr(
            tokenizer, name, collections.defaultdict(int, value) if kind is collections.defaultdict else value
        )
    tokenizer.word_counts = collections.OrderedDict(tokenizer.word_counts)
    return tokenizer
