"""StringLookup."""

import numpy as np

from kerastorch.core import edge, infer
from kerastorch.core.call import context
from kerastorch.core.text import to_strings
from kerastorch.layers.preprocessing.data_layer import check_sparse
from kerastorch.layers.preprocessing.index_lookup import IndexLookup


class StringLookup(IndexLookup):
    """Texts to their numbers in a vocabulary, or back.

    Args:
        max_tokens: The most entries that the vocabulary may have, special ones included.
        num_oov_indices: How many places unknown texts share, each at the one that its hash tells.
        mask_token: The text that becomes 0, or None.
        oov_token: What stands for an unknown text in the vocabulary and in inverse lookups.
        vocabulary: The texts, or the path of a file with one on each line.
        idf_weights: The inverse document frequency of each text, for "tf_idf".
        invert: Whether numbers become texts.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        pad_to_max_tokens: Whether vectors have `max_tokens` elements however small the vocabulary is.
        sparse: Whether vectors are sparse tensors.
        encoding: How the bytes of texts are read.
        salt: An integer or two, for a keyed hash of unknown texts.

    >>> layer = keras.layers.StringLookup()
    >>> layer.adapt([["a", "c", "d"], ["d", "z", "b"]])
    >>> layer.get_vocabulary()
    ['[UNK]', 'd', 'z', 'c', 'b', 'a']
    >>> layer([["a", "c"], ["d", "new"]])
    tensor([[5, 3],
            [1, 0]])
    """

    config_exclude = ("vocabulary_dtype",)

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token="[UNK]",
        vocabulary=None,
        idf_weights=None,
        invert=False,
        output_mode="int",
        pad_to_max_tokens=False,
        sparse=False,
        encoding="utf-8",
        name=None,
        salt=None,
        **kwargs,
    ):
        check_sparse(sparse)
        object.__setattr__(self, "encoding", encoding)
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            name=name,
            salt=salt,
            vocabulary_dtype="string",
            **kwargs,
        )

    def call(self, inputs):
        outputs = super().call(inputs)
        alone = context.depth <= 1 and not edge.border.active and not infer.is_inferring()
        if isinstance(outputs, np.ndarray) and alone:
            return to_strings(outputs, self.encoding).tolist()  # no tensor of the caller's holds text
        return outputs
