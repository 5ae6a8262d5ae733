"""IntegerLookup."""

from kerastorch.layers.preprocessing.data_layer import check_sparse
from kerastorch.layers.preprocessing.index_lookup import IndexLookup


class IntegerLookup(IndexLookup):
    """Integers to their numbers in a vocabulary, or back.

    Args:
        max_tokens: The most entries that the vocabulary may have, special ones included.
        num_oov_indices: How many places unknown integers share.
        mask_token: The integer that becomes 0, or None.
        oov_token: What stands for an unknown integer in the vocabulary and in inverse lookups.
        vocabulary: The integers, or the path of a file with one on each line.
        vocabulary_dtype: "int64".
        idf_weights: The inverse document frequency of each integer, for "tf_idf".
        invert: Whether numbers become the integers of the vocabulary.
        output_mode: "int", "one_hot", "multi_hot", "count" or "tf_idf".
        sparse: Whether vectors are sparse tensors.
        pad_to_max_tokens: Whether vectors have `max_tokens` elements however small the vocabulary is.
        oov_method: How unknown integers share several places: by their remainder ("floormod"), or by the hash of the
            text that writes them ("farmhash").
        salt: An integer or two, for a keyed hash, with "farmhash".

    >>> layer = keras.layers.IntegerLookup(vocabulary=[12, 36, 1138, 42])
    >>> layer(np.array([[12, 1138, 42], [42, 1000, 36]]))
    tensor([[1, 3, 4],
            [4, 0, 2]])
    """

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token=-1,
        vocabulary=None,
        vocabulary_dtype="int64",
        idf_weights=None,
        invert=False,
        output_mode="int",
        sparse=False,
        pad_to_max_tokens=False,
        oov_method="floormod",
        salt=None,
        name=None,
        **kwargs,
    ):
        if max_tokens is not None and max_tokens <= 1:
            raise ValueError(
                "If `max_tokens` is set for `IntegerLookup`, it must be greater than 1. "
                f"Received: max_tokens={max_tokens}"
            )
        if num_oov_indices < 0:
            raise ValueError(
                "The value of `num_oov_indices` argument for `IntegerLookup` must >= 0. "
                f"Received: num_oov_indices={num_oov_indices}"
            )
        check_sparse(sparse)
        if vocabulary_dtype != "int64":
            raise ValueError(
                "Only `vocabulary_dtype='int64'` is supported at this time. "
                f"Received: vocabulary_dtype={vocabulary_dtype}"
            )
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary=vocabulary,
            vocabulary_dtype=vocabulary_dtype,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            oov_method=oov_method,
            salt=salt,
            name=name,
            **kwargs,
        )
