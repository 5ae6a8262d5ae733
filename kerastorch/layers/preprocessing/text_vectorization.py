"""TextVectorization."""

import itertools
import string

import numpy as np
import torch

from kerastorch.core import edge, registry, settings
from kerastorch.core.edge import to_numpy
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.text import is_text_array, to_bytes, to_strings
from kerastorch.layers.preprocessing import index_lookup_checks as checks
from kerastorch.layers.preprocessing.data_layer import (
    DataLayer,
    batches_of,
    check_choice,
    check_sparse,
    encode,
    is_ragged,
    output,
    to_values,
)
from kerastorch.layers.preprocessing.string_lookup import StringLookup

_PUNCTUATION = string.punctuation.encode()
_LOWER = bytes(range(256)).lower()  # the ASCII letters, as TensorFlow's `lower` changes them
_STANDARDIZE = {
    "lower_and_strip_punctuation": (_LOWER, _PUNCTUATION),
    "lower": (_LOWER, b""),
    "strip_punctuation": (None, _PUNCTUATION),
}
_ROWS = 2048  # whose tokens are in memory at once
_MANY = 8  # texts from which on they are looked up together


class TextVectorization(DataLayer):
    """Texts to the numbers of their tokens in a vocabulary, or to vectors of which tokens they have.

    Args:
        max_tokens: The most entries that the vocabulary may have, special ones included.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None, or a function of the texts.
        split: "whitespace", "character", None, or a function that gives the tokens of each text.
        ngrams: The largest number of tokens that are taken together, or a tuple of those numbers.
        output_mode: "int", "multi_hot", "count", "tf_idf" or "one_hot".
        output_sequence_length: The number of columns of "int" outputs, which are cut or filled with 0.
        pad_to_max_tokens: Whether vectors have `max_tokens` elements however small the vocabulary is.
        vocabulary: The tokens, or the path of a file with one on each line.
        idf_weights: The inverse document frequency of each token, for "tf_idf".
        sparse: Whether vectors are sparse tensors.
        ragged: Whether "int" outputs are ragged tensors.
        encoding: How the bytes of the vocabulary are read.

    >>> layer = keras.layers.TextVectorization(output_mode="int", output_sequence_length=4)
    >>> layer.adapt(["foo bar", "bar baz", "baz bada boom"])
    >>> layer([["foo qux bar"], ["qux baz"]])
    tensor([[4, 1, 3, 0],
            [1, 2, 0, 0]])
    """

    def __init__(
        self,
        max_tokens=None,
        standardize="lower_and_strip_punctuation",
        split="whitespace",
        ngrams=None,
        output_mode="int",
        output_sequence_length=None,
        pad_to_max_tokens=False,
        vocabulary=None,
        idf_weights=None,
        sparse=False,
        ragged=False,
        encoding="utf-8",
        name=None,
        **kwargs,
    ):
        check_sparse(sparse)
        output_mode = {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(output_mode, output_mode)
        _check(standardize, split, ngrams, output_mode, output_sequence_length, ragged)
        has_vocabulary = kwargs.pop("has_input_vocabulary", vocabulary is not None)
        size = kwargs.pop("vocabulary_size", None)
        super().__init__(name=name, **kwargs)
        self.standardize, self.split, self.ngrams = standardize, split, ngrams
        self.output_mode, self.output_sequence_length = output_mode, output_sequence_length
        self.max_tokens, self.pad_to_max_tokens = max_tokens, pad_to_max_tokens
        self.sparse, self.ragged, self.encoding = sparse, ragged, encoding
        self._widths = tuple(range(1, ngrams + 1)) if isinstance(ngrams, int) else ngrams
        self._has_input_vocabulary = has_vocabulary
        self.autocast = False
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            pad_to_max_tokens=pad_to_max_tokens,
            mask_token="",
            output_mode=output_mode,
            sparse=sparse,
            has_input_vocabulary=has_vocabulary,
            encoding=encoding,
            vocabulary_size=size,
        )

    # ------------------------------------------------------------------ vocabulary
    def adapt(self, data, batch_size=None, steps=None):
        """Learn the vocabulary: tokens by decreasing frequency, ties by decreasing order.

        Args:
            data: Texts, as an array, a list, a dataset or a generator of batches.
            batch_size: Has no effect.
            steps: How many batches to take, or None for all.
        """
        self.reset_state()
        batches = batches_of(data, steps)
        if batches is None:
            data = to_values(data)
            batches = [data[:, None] if data.ndim == 1 else data]
        for batch in batches:
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data):
        """Count the tokens of a batch."""
        lookup, texts = self._lookup_layer, self._standardized(data)
        if self._is_elementwise() or lookup._has_input_vocabulary:
            lookup.update_state(texts)
            return
        _, parts = self._tokens(texts)
        if self._is_of_words(texts) and lookup._adapted.rows is None:
            lookup._adapted.add_texts(texts.ravel().tolist())
            return
        for tokens, lengths in parts:
            lookup._adapted.add(tokens, lengths)

    def finalize_state(self):
        """Make the vocabulary from the counts."""
        self._lookup_layer.finalize_state()

    def reset_state(self):
        """Forget the counts."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens=True):
        """Return the tokens in the order of their numbers.

        Args:
            include_special_tokens: Whether the padding and the place of unknown tokens are among them.
        """
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self):
        """Return the number of entries of the vocabulary, special ones included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Set the vocabulary.

        Args:
            vocabulary: The tokens, with or without the special ones in front; or the path of a file of tokens.
            idf_weights: The inverse document frequency of each of them, for "tf_idf".
        """
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights=idf_weights)

    # ------------------------------------------------------------------ from texts to tokens
    def _is_elementwise(self):
        """Whether each text is one token."""
        return self.split is None and self._widths is None

    def _is_of_words(self, texts):
        """Whether tokens are words between white space, of enough texts to look at them together."""
        return self.split == "whitespace" and self._widths is None and texts.size >= _MANY

    def _standardized(self, inputs):
        """Return the texts as an object array of bytes, standardized."""
        texts = to_values(inputs)
        if not isinstance(texts, np.ndarray):
            raise ValueError(f"Layer '{self.name}' takes texts. Received an input of dtype {texts.dtype}")
        if callable(self.standardize):
            return to_values(self._ask_user(self.standardize, texts))
        if self.standardize is None:
            return texts
        table, deleted = _STANDARDIZE[self.standardize]
        out = np.empty(texts.shape, object)
        out.ravel()[:] = [text.translate(table, deleted) for text in texts.ravel().tolist()]
        return out

    def _ask_user(self, function, texts):
        """Call a function of the user's with what text is there: tensors of TensorFlow's kind, or NumPy's strings."""
        if edge.border.active:
            return function(edge.wrap(texts))
        return function(np.asarray(to_strings(texts, self.encoding).tolist(), dtype=str))

    def _tokens(self, texts):
        """Return the shape of the rows, and an iterator of parts: a flat list of tokens, and the rows' lengths."""
        if self.split is None:
            return texts.shape[:-1], [self._in_groups(texts.reshape(-1, texts.shape[-1]).tolist())]
        if texts.ndim > 1:
            if texts.shape[-1] != 1:
                raise ValueError(
                    "When using `TextVectorization` to tokenize strings, the input rank must be 1 or the last shape "
                    f"dimension must be 1. Received: inputs.shape={texts.shape} with rank={texts.ndim}"
                )
            texts = texts.reshape(texts.shape[:-1])
        if callable(self.split):
            rows = _rows_of(self._ask_user(self.split, texts))
            return texts.shape, [self._in_groups(rows)]
        flat, split = texts.ravel().tolist(), bytes.split if self.split == "whitespace" else _characters
        parts = (list(map(split, flat[at : at + _ROWS])) for at in range(0, len(flat), _ROWS))
        return texts.shape, map(self._in_groups, parts)

    def _in_groups(self, rows):
        """Return the tokens of rows, taken together as `ngrams` says, as a flat list, and the rows' lengths."""
        if self._widths is not None:
            rows = [ngrams(row, self._widths) for row in rows]
        return list(itertools.chain.from_iterable(rows)), list(map(len, rows))

    # ------------------------------------------------------------------ call
    def build(self, input_shape=None):
        """Nothing is built: the vocabulary comes from `adapt`, a list or a file."""

    def call(self, inputs):
        texts, lookup = self._standardized(inputs), self._lookup_layer
        if self._is_elementwise():
            indices = lookup.call(texts)
            length = self.output_sequence_length
            return indices if length is None or self.output_mode != "int" else _fitted(indices, length)
        shape, parts = self._tokens(texts)
        if self.output_mode not in ("int", "one_hot") and lookup._frozen_vocab_size is None:
            return lookup.call(texts)  # which says what is missing
        if self._is_of_words(texts):
            indices, lengths = lookup._words().lookup(texts.ravel().tolist())
        else:
            indices, lengths = _concatenated((lookup._lookup_texts(tokens), sizes) for tokens, sizes in parts)
        if self.output_mode not in ("int", "one_hot"):
            vectors = lookup._vectors(output(indices), lengths)
            return vectors if len(shape) == 1 else vectors.reshape(*shape, -1)
        return self._numbers(indices, np.asarray(lengths, np.int64), shape)

    def _numbers(self, indices, lengths, shape):
        """Return the numbers of the tokens of rows, as a ragged tensor or filled up."""
        limit = self.output_sequence_length
        width = int(lengths.max(initial=0)) if limit is None else limit
        if len(lengths) and lengths.max() > width:
            starts = np.cumsum(lengths) - lengths
            indices = indices[np.arange(len(indices)) - np.repeat(starts, lengths) < width]
            lengths = np.minimum(lengths, width)
        if self.ragged:
            return edge.border.ragged(output(indices), lengths)
        one_hot = self.output_mode == "one_hot"
        filled = np.full((len(lengths), width), -1 if one_hot else 0, np.int64)
        filled[np.arange(width) < lengths[:, None]] = indices
        filled = output(filled.reshape(*shape, width))
        return encode(filled, "one_hot", self._lookup_layer._depth(), "int64") if one_hot else filled

    @property
    def compute_dtype(self):
        """The dtype of the inputs: text."""
        return "string"

    @property
    def variable_dtype(self):
        """The dtype of the vocabulary: text."""
        return "string"

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shape of the input."""
        shape = tuple(input_shape)
        if self._is_elementwise():
            if self.output_mode != "int":
                return self._lookup_layer.compute_output_shape(shape)
            return (
                shape if self.output_sequence_length is None else (*shape[:-1], self.output_sequence_length)
            )
        rows = shape[:-1] if len(shape) > 1 else shape
        if self.output_mode == "int":
            return (*rows, self.output_sequence_length)
        if self.output_mode == "one_hot":
            return (*rows, None, self._lookup_layer._depth())
        return (*rows, self._lookup_layer._depth())

    def compute_output_spec(self, inputs):
        """Return the symbolic output for a symbolic input."""
        dtype = "int64" if self.output_mode == "int" else settings.floatx()
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=dtype, ragged=self.ragged)

    # ------------------------------------------------------------------ config and state
    def _config_value(self, name):
        if name == "vocabulary":
            return self._lookup_layer.input_vocabulary
        if name == "idf_weights":
            return self._lookup_layer.input_idf_weights
        return super()._config_value(name)

    def get_config(self):
        """Return the arguments that rebuild this layer, ready for JSON."""
        return {**super().get_config(), "vocabulary_size": self.vocabulary_size()}

    @classmethod
    def from_config(cls, config):
        """Return a new layer from what `get_config` gave; a path in it is read only outside of safe mode."""
        checks.refuse_path(config.get("vocabulary"), registry.in_safe_mode())
        config = dict(config)
        if isinstance(config.get("ngrams"), list):
            config["ngrams"] = tuple(config["ngrams"])
        return super().from_config(config)

    def save_own_variables(self, store):
        """Write the inverse document frequencies, if the layer has them."""
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store):
        """Read the inverse document frequencies, if the layer has them."""
        self._lookup_layer.load_own_variables(store)

    def save_assets(self, dir_path):
        """Write the vocabulary to a folder, unless it is in the config."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path):
        """Read the vocabulary from a folder, unless it was in the config."""
        self._lookup_layer.load_assets(dir_path)


def _check(standardize, split, ngrams, output_mode, length, ragged):
    """Raise a ValueError unless the arguments of the layer fit together."""
    if not callable(standardize):
        check_choice(standardize, (*_STANDARDIZE, None), "standardize", "TextVectorization")
    if not callable(split):
        check_choice(split, ("whitespace", "character", None), "split", "TextVectorization")
    modes = ("int", "one_hot", "multi_hot", "count", "tf_idf")
    check_choice(output_mode, modes, "output_mode", "TextVectorization")
    if not (ngrams is None or isinstance(ngrams, int) or _is_tuple_of_integers(ngrams)):
        raise ValueError(
            f"`ngrams` must be None, an integer, or a tuple of integers. Received: ngrams={ngrams}"
        )
    if output_mode == "int" and not (length is None or isinstance(length, int)):
        raise ValueError(
            "`output_sequence_length` must be either None or an integer when `output_mode` is 'int'. Received: "
            f"output_sequence_length={length}"
        )
    if output_mode != "int" and length is not None:
        raise ValueError(
            "`output_sequence_length` must not be set if `output_mode` is not 'int'. "
            f"Received output_sequence_length={length}."
        )
    if ragged and output_mode != "int":
        raise ValueError(
            "`ragged` must not be true unless `output_mode` is `'int'`. "
            f"Received: ragged={ragged} and output_mode={output_mode}"
        )
    if ragged and not (edge.border.active and edge.border.ragged):
        raise ValueError(
            "`ragged=True` can only be used with the TensorFlow API, which has ragged tensors: import `compat`, or "
            "leave `ragged` False."
        )


def _is_tuple_of_integers(value):
    return isinstance(value, tuple) and all(isinstance(width, int) for width in value)


def ngrams(tokens, widths, separator=b" "):
    """Return the runs of tokens of each width, joined; all of one width before those of the next."""
    return [
        token
        for width in widths
        for token in (
            tokens
            if width == 1
            else [separator.join(tokens[at : at + width]) for at in range(len(tokens) - width + 1)]
        )
    ]


def _characters(text):
    return [character.encode() for character in text.decode("utf-8", "replace")]


def _rows_of(tokens):
    """Return what a function that splits texts gave (a ragged tensor, an array, lists) as lists of bytes."""
    if is_ragged(tokens):
        flat = to_values(tokens.flat_values).ravel().tolist()
        ends = np.cumsum(to_numpy(tokens.row_lengths())).tolist()
        return [flat[start:end] for start, end in zip([0, *ends[:-1]], ends)]
    if edge.is_tensor(tokens) or is_text_array(tokens):
        array = to_values(tokens)
        return array.reshape(-1, array.shape[-1]).tolist()
    return [
        list(to_bytes(np.asarray(row, dtype=object) if len(row) else np.empty(0, object))) for row in tokens
    ]


def _concatenated(parts):
    """Return the indices and the row lengths of several parts as one."""
    indices, lengths = [np.zeros(0, np.int64)], []
    for found, sizes in parts:
        indices.append(found)
        lengths.extend(sizes)
    return np.concatenate(indices), lengths


def _fitted(indices, length):
    """Return rows of indices cut, or filled with 0, to one length."""
    indices = indices[..., :length]
    return torch.nn.functional.pad(indices, (0, length - indices.shape[-1]))
