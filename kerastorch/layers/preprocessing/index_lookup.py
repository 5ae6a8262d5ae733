"""IndexLookup: the base of the layers that number tokens by a vocabulary."""

import os

import numpy as np
import torch

from kerastorch.core import edge, registry, settings
from kerastorch.core.edge import to_numpy
from kerastorch.core.hashing import fingerprints, keyed_hashes
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.layers.preprocessing import index_lookup_checks as checks
from kerastorch.layers.preprocessing.data_layer import (
    DataLayer,
    as_sparse,
    batches_of,
    check_salt,
    count_rows,
    encode,
    is_ragged,
    is_sparse,
    mark_rows,
    on_flat_values,
    output,
    to_values,
)
from kerastorch.layers.preprocessing.vocabulary import Counts, IntegerVocabulary, TextVocabulary, read_lines
from kerastorch.layers.preprocessing.words import WordTable

_DROPPED = torch.iinfo(torch.int64).max  # the index of a mask token, which no vector counts


class IndexLookup(DataLayer):
    """Tokens to their numbers in a vocabulary, or back.

    The vocabulary begins with the mask token, if there is one and the output is numbers, and with places for tokens
    that it does not have.

    Args:
        max_tokens: The most entries that the vocabulary may have, special ones included.
        num_oov_indices: How many places unknown tokens share.
        mask_token: The token that becomes 0, or None.
        oov_token: What stands for an unknown token in the vocabulary and in inverse lookups.
        vocabulary_dtype: "string" or "int64".
        vocabulary: The tokens, or the path of a file with one on each line.
        idf_weights: The inverse document frequency of each token, for "tf_idf".
        invert: Whether numbers become tokens.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        sparse: Whether vectors are sparse tensors.
        pad_to_max_tokens: Whether vectors have `max_tokens` elements however small the vocabulary is.
        oov_method: How integers share several places: "floormod" or "farmhash".
        salt: An integer or two, for a keyed hash of unknown tokens.
    """

    _adapted = None

    def __init__(
        self,
        max_tokens,
        num_oov_indices,
        mask_token,
        oov_token,
        vocabulary_dtype,
        vocabulary=None,
        idf_weights=None,
        invert=False,
        output_mode="int",
        sparse=False,
        pad_to_max_tokens=False,
        oov_method="floormod",
        name=None,
        salt=None,
        **kwargs,
    ):
        output_mode = checks.check_arguments(
            max_tokens, num_oov_indices, vocabulary_dtype, idf_weights, invert, output_mode, sparse,
            pad_to_max_tokens, oov_method, salt, type(self).__name__,
        )  # fmt: skip
        super().__init__(name=name)
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token, self.oov_token = mask_token, oov_token
        self.vocabulary_dtype, self.invert, self.output_mode = vocabulary_dtype, invert, output_mode
        self.sparse, self.pad_to_max_tokens, self.oov_method = sparse, pad_to_max_tokens, oov_method
        self.salt = check_salt(salt, "IndexLookup")
        self.autocast = False
        self._frozen_vocab_size = kwargs.pop("vocabulary_size", None)
        self._has_input_vocabulary = kwargs.pop("has_input_vocabulary", vocabulary is not None)
        for name in ("trainable", "dtype"):
            kwargs.pop(name, None)
        if kwargs:
            raise ValueError(f"Unrecognized keyword argument(s): {kwargs}")
        self.input_vocabulary = (
            None if isinstance(vocabulary, (str, os.PathLike)) else checks.listed(vocabulary)
        )
        self.input_idf_weights = checks.listed(idf_weights)
        self.idf_weights = None
        self._table = self._make_table([])
        self.reset_state()
        if (
            output_mode == "tf_idf"
            and self._has_input_vocabulary
            and vocabulary is not None
            and idf_weights is None
        ):
            raise ValueError(
                "When specifying the `vocabulary` argument, in TF-IDF output mode, the `idf_weights` argument must "
                "also be provided."
            )
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    # ------------------------------------------------------------------ vocabulary
    @property
    def _is_text(self):
        return self.vocabulary_dtype == "string"

    @property
    def _encoding(self):
        return getattr(self, "encoding", "utf-8")

    def _oov_start_index(self):
        return 1 if self.mask_token is not None and self.output_mode == "int" else 0

    def _token_start_index(self):
        return self._oov_start_index() + self.num_oov_indices

    def _make_table(self, tokens):
        if self._is_text:
            special = {} if self.mask_token is None else {self._as_key(self.mask_token): self._mask_index()}
            return TextVocabulary(
                [self._as_key(token) for token in tokens], self._token_start_index(), special
            )
        return IntegerVocabulary([int(token) for token in tokens], self._token_start_index())

    def _as_key(self, token):
        if not self._is_text:
            return int(token)
        return token.encode(self._encoding) if isinstance(token, str) else bytes(token)

    def _as_token(self, key):
        return key.decode(self._encoding) if isinstance(key, bytes) else key

    def get_vocabulary(self, include_special_tokens=True):
        """Return the tokens in the order of their numbers.

        Args:
            include_special_tokens: Whether the mask token and the places of unknown tokens are among them.
        """
        tokens = [self._as_token(token) for token in self._table.tokens]
        if not include_special_tokens:
            return tokens
        special = [self.mask_token] * self._oov_start_index() + [self.oov_token] * self.num_oov_indices
        return [*special, *tokens]

    def vocabulary_size(self):
        """Return the number of entries of the vocabulary, special ones included."""
        return len(self._table) + self._token_start_index()

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Set the vocabulary.

        Args:
            vocabulary: The tokens, with or without the special ones in front; or the path of a file of tokens.
            idf_weights: The inverse document frequency of each of them, for "tf_idf".
        """
        checks.check_idf_weights(self.output_mode, idf_weights)
        if isinstance(vocabulary, (str, os.PathLike)):
            self._set_from_file(vocabulary)
            return
        given = checks.listed(vocabulary, self._encoding if self._is_text else None)
        special = [self.mask_token] * self._oov_start_index() + [self.oov_token] * self.num_oov_indices
        tokens = checks.check_vocabulary(given, special, self)
        found_special = len(tokens) < len(given) or not special
        size = self._token_start_index() + len(tokens)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(
                "Attempted to set a vocabulary larger than the maximum vocab size. Received vocabulary size is "
                f"{size}; `max_tokens` is {self.max_tokens}."
            )
        self._replace_table(tokens)
        if self.output_mode == "tf_idf":
            weights = to_numpy(idf_weights) if edge.is_tensor(idf_weights) else np.array(idf_weights)
            checks.check_weights(weights, given)
            self._set_idf_weights(weights, 0 if found_special else self._token_start_index())

    def _set_from_file(self, path):
        lines = read_lines(path, self._encoding)
        if self.output_mode == "tf_idf":
            raise ValueError("output_mode `'tf_idf'` does not support loading a vocabulary from file.")
        checks.check_repeated(lines)
        self._replace_table(lines)

    def _replace_table(self, tokens):
        table = self._make_table(tokens)
        size = len(table) + self._token_start_index()
        if self._is_fixed() and self._frozen_vocab_size not in (None, size):
            raise RuntimeError(
                f"When using `output_mode={self.output_mode}` and `pad_to_max_tokens=False`, the vocabulary size "
                f"cannot be changed after the layer is called. Old vocab size is {self._frozen_vocab_size}, new vocab "
                f"size is {size}"
            )
        self._table, self._frozen_vocab_size = table, size

    def _is_fixed(self):
        """Whether the size of the vocabulary is that of the output."""
        return self.output_mode != "int" and not self.pad_to_max_tokens

    def _set_idf_weights(self, weights, front):
        """Keep the weights, with their mean for the special entries in front and zeros behind."""
        back = self.max_tokens - front - len(weights) if self.pad_to_max_tokens and self.max_tokens else 0
        mean = np.average(weights) if len(weights) else 0.0
        padded = np.concatenate([np.full(front, mean), weights, np.zeros(max(back, 0))])
        self.idf_weights = output(padded.astype(np.float64)).to(dtype=edge.as_tensor(0.0).dtype)

    # ------------------------------------------------------------------ adapt
    def adapt(self, data, steps=None):
        """Learn the vocabulary: tokens by decreasing frequency, ties by decreasing order.

        Args:
            data: Tokens, as an array, a list, a dataset or a generator of batches.
            steps: How many batches to take, or None for all.
        """
        self.reset_state()
        batches = batches_of(data, steps)
        if batches is None:
            if not is_ragged(data):
                data = to_values(data, self._encoding)
                data = data[:, None] if data.ndim == 1 else data
            batches = [data]
        for batch in batches:
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data):
        """Count the tokens of a batch."""
        if self._has_input_vocabulary:
            raise ValueError(
                f"Cannot adapt layer '{self.name}' after setting a static vocabulary via `vocabulary` argument or "
                "`set_vocabulary()` method."
            )
        if is_ragged(data):
            flat = to_values(data.flat_values, self._encoding)
            lengths = to_numpy(data.row_lengths())
        else:
            flat = to_values(data, self._encoding)
            shape = flat.shape if flat.ndim > 1 else (1, -1)
            flat = flat.reshape(shape)
            lengths = [int(np.prod(flat.shape[1:]))] * flat.shape[0]
        self._count(flat, lengths)

    def _count(self, flat, lengths):
        """Count tokens that lie row after row in an array."""
        self._adapted.add(flat.ravel().tolist() if isinstance(flat, np.ndarray) else flat.long(), lengths)

    def finalize_state(self):
        """Make the vocabulary from the counts."""
        if self._has_input_vocabulary or not self._adapted.any():
            self._frozen_vocab_size = self.vocabulary_size()
            return
        special = [self._as_key(token) for token in (self.mask_token, self.oov_token) if token is not None]
        limit = None if not self.max_tokens else max(0, self.max_tokens - self._token_start_index())
        tokens = self._adapted.most_common(special, limit)
        self._replace_table(tokens)
        if self.output_mode == "tf_idf":
            self._set_idf_weights(self._adapted.inverse_document_frequency(tokens), self._token_start_index())
        self.reset_state()

    def reset_state(self):
        """Forget the counts."""
        self._adapted = Counts(by_row=self.output_mode == "tf_idf")

    # ------------------------------------------------------------------ call
    def call(self, inputs):
        if self.output_mode == "int" and (is_ragged(inputs) or is_sparse(inputs)):
            return on_flat_values(self.call, inputs)
        if self._is_fixed() and self._frozen_vocab_size is None:
            raise RuntimeError(
                f"When using `output_mode={self.output_mode}` and `pad_to_max_tokens=False`, you must set the layer's "
                "vocabulary before calling it. Either pass a `vocabulary` argument to the layer, or call `adapt` with "
                "some sample data."
            )
        if is_ragged(inputs):
            lengths = to_numpy(inputs.row_lengths())
            return self._vectors(self._lookup(to_values(inputs.flat_values, self._encoding)), lengths)
        indices = self._lookup(to_values(inputs, self._encoding))
        return indices if self.output_mode == "int" else self._encode(indices)

    def _depth(self):
        return self.max_tokens if self.pad_to_max_tokens else self._frozen_vocab_size

    def _encode(self, indices):
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        dtype = "int64" if self.output_mode != "tf_idf" else settings.floatx()
        return self._weighted(encode(indices, mode, self._depth(), dtype))

    def _vectors(self, indices, lengths):
        """Return the vectors of rows whose indices lie one after the other in a flat tensor."""
        rows = torch.repeat_interleave(torch.as_tensor(lengths)).to(indices.device)
        dtype = torch.int64 if self.output_mode != "tf_idf" else edge.as_tensor(0.0).dtype
        if self.output_mode == "one_hot":
            raise ValueError("`output_mode='one_hot'` needs rows of one length; use 'multi_hot' or 'count'.")
        rule = mark_rows if self.output_mode == "multi_hot" else count_rows
        return self._weighted(rule(rows, indices.long(), len(lengths), self._depth(), dtype))

    def _weighted(self, counts):
        if self.output_mode == "tf_idf":
            if self.idf_weights is None:
                raise ValueError("When `output_mode` is `'tf_idf'`, `idf_weights` must be provided.")
            counts = counts * self.idf_weights.to(counts.device)
        return as_sparse(counts) if self.sparse else counts

    def _lookup(self, values):
        """Return the indices of tokens, or the tokens of indices."""
        if self.invert:
            return self._inverse(to_numpy(values))
        if self._is_text != isinstance(values, np.ndarray):
            raise ValueError(
                f"Layer '{self.name}' has a vocabulary of {'text' if self._is_text else 'integers'}. Received an input "
                f"of dtype {values.dtype}"
            )
        if self._is_text:
            return output(self._lookup_texts(values.ravel().tolist()).reshape(values.shape))
        return self._lookup_integers(values.long())

    def _words(self):
        """The vocabulary as a table of words, made when it is first needed."""
        if self._table.words is None:
            self._table.words = WordTable(self._table.table, self._unknown())
        return self._table.words

    def _unknown(self):
        return self._oov_start_index() if self.num_oov_indices == 1 else -1

    def _mask_index(self):
        return 0 if self.output_mode == "int" else _DROPPED

    def _lookup_texts(self, texts):
        """Return the indices of a list of bytes as an int64 array."""
        default = self._unknown()
        indices = self._table.numbers(texts, default)
        if default == -1:
            places = np.flatnonzero(indices == -1)
            unknown = [texts[place] for place in places]
            if self.num_oov_indices == 0:
                checks.refuse_unknown(unknown)
            elif unknown:
                hashes = fingerprints(unknown) if self.salt is None else keyed_hashes(unknown, self.salt)
                indices[places] = (hashes % np.uint64(self.num_oov_indices)).astype(
                    np.int64
                ) + self._oov_start_index()
        return indices

    def _lookup_integers(self, values):
        default = self._unknown()
        indices = self._table.numbers(values, default)
        masked = None if self.mask_token is None else values == int(self.mask_token)
        if default == -1:
            unknown = indices == -1 if masked is None else (indices == -1) & ~masked
            if self.num_oov_indices == 0:
                checks.refuse_unknown(values[unknown].tolist())
            elif self.oov_method == "farmhash":
                texts = [b"%d" % value for value in values[unknown].tolist()]
                hashes = fingerprints(texts) if self.salt is None else keyed_hashes(texts, self.salt)
                bins = output((hashes % np.uint64(self.num_oov_indices)).astype(np.int64)).to(values.device)
                indices[unknown] = bins + self._oov_start_index()
            else:
                indices[unknown] = (
                    torch.remainder(values[unknown], self.num_oov_indices) + self._oov_start_index()
                )
        return indices if masked is None else indices.masked_fill(masked, self._mask_index())

    def _inverse(self, numbers):
        oov = self.oov_token if self._is_text is False else self._as_key(self.oov_token)
        tokens = self._table.texts(numbers, oov)
        if self.mask_token is not None:
            tokens = np.where(numbers == 0, self._as_key(self.mask_token), tokens)
        return tokens if self._is_text else output(np.asarray(tokens, np.int64))

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shape of the input."""
        shape = tuple(input_shape)
        if self.output_mode == "int":
            return shape
        if self.output_mode == "one_hot":
            return (
                (*shape[:-1], self._depth()) if len(shape) > 1 and shape[-1] == 1 else (*shape, self._depth())
            )
        return (*shape[:-1], self._depth())

    def compute_output_spec(self, inputs):
        """Return the symbolic output for a symbolic input."""
        dtype = settings.floatx() if self.output_mode != "int" else "int64"
        if self.invert:
            dtype = self.vocabulary_dtype
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype=dtype)

    # ------------------------------------------------------------------ dtypes and state
    @property
    def compute_dtype(self):
        """The dtype of the vocabulary."""
        return self.vocabulary_dtype if "vocabulary_dtype" in self.__dict__ else super().compute_dtype

    @property
    def variable_dtype(self):
        """The dtype of the vocabulary."""
        return self.compute_dtype

    def _config_value(self, name):
        kept = {
            "vocabulary": "input_vocabulary",
            "idf_weights": "input_idf_weights",
            "vocabulary_size": "_frozen_vocab_size",
        }
        return getattr(self, kept[name]) if name in kept else super()._config_value(name)

    def get_config(self):
        """Return the arguments that rebuild this layer, ready for JSON."""
        config = super().get_config()
        config["vocabulary_size"] = self._frozen_vocab_size
        return config

    @classmethod
    def from_config(cls, config):
        """Return a new layer from what `get_config` gave; a path in it is read only outside of safe mode."""
        checks.refuse_path(config.get("vocabulary"), registry.in_safe_mode())
        return super().from_config(config)

    def get_build_config(self):
        """Return nothing: the vocabulary does not depend on shapes."""
        return {}

    def build_from_config(self, config):
        """Mark the layer as built."""
        self.build(None)

    def save_own_variables(self, store):
        """Write the inverse document frequencies, if the layer has them."""
        if self.output_mode == "tf_idf" and self.idf_weights is not None:
            store["idf_weights"] = to_numpy(self.idf_weights)

    def load_own_variables(self, store):
        """Read the inverse document frequencies, if the layer has them."""
        if self.output_mode == "tf_idf" and "idf_weights" in store:
            self.idf_weights = edge.as_tensor(store["idf_weights"])

    def save_assets(self, dir_path):
        """Write the vocabulary to a folder, unless it is in the config."""
        if self.input_vocabulary is None:
            with open(os.path.join(dir_path, "vocabulary.txt"), "w", encoding="utf-8", newline="\n") as file:
                file.write("\n".join(str(token) for token in self.get_vocabulary()))

    def load_assets(self, dir_path):
        """Read the vocabulary from a folder, unless it was in the config."""
        path = os.path.join(dir_path, "vocabulary.txt")
        if self.input_vocabulary is not None:
            return
        lines = read_lines(path)
        while lines and lines[-1] == "":
            lines.pop()
        special = self._token_start_index()
        tokens = lines[special:] if self._is_text else [int(line) for line in lines[special:]]
        self._replace_table(tokens)
