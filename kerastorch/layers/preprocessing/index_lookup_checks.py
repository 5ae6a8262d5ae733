"""What the arguments of lookup layers must be."""

import os

import numpy as np

from kerastorch.core import edge
from kerastorch.core.edge import to_numpy
from kerastorch.layers.preprocessing.data_layer import check_choice

_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
_OLD_NAMES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def check_arguments(
    max_tokens, num_oov_indices, dtype, idf_weights, invert, mode, sparse, pad, oov_method, salt, layer
):
    """Return the output mode under its present name; raise a ValueError where arguments do not fit together."""
    if max_tokens is not None and max_tokens <= 1:
        raise ValueError(f"If set, `max_tokens` must be greater than 1. Received: max_tokens={max_tokens}")
    if pad and max_tokens is None:
        raise ValueError(
            f"If pad_to_max_tokens is True, must set `max_tokens`. Received: max_tokens={max_tokens}"
        )
    if num_oov_indices < 0:
        raise ValueError(
            f"`num_oov_indices` must be greater than or equal to 0. Received: num_oov_indices={num_oov_indices}"
        )
    check_choice(oov_method, ("floormod", "farmhash"), "oov_method", layer)
    if salt is not None and dtype != "string" and oov_method != "farmhash":
        raise ValueError(
            f"`salt` can only be used when `oov_method='farmhash'`. Received: oov_method={oov_method}"
        )
    mode = _OLD_NAMES.get(mode, mode) if isinstance(mode, str) else mode
    check_choice(mode, _MODES, "output_mode", layer)
    if invert and mode != "int":
        raise ValueError(f"`output_mode` must be `'int'` when `invert` is true. Received: output_mode={mode}")
    if sparse and mode == "int":
        raise ValueError(
            "`sparse` may only be true if `output_mode` is `'one_hot'`, `'multi_hot'`, `'count'` or `'tf_idf'`. "
            f"Received: sparse={sparse} and output_mode={mode}"
        )
    if idf_weights is not None and mode != "tf_idf":
        raise ValueError(
            "`idf_weights` should only be set if `output_mode` is `'tf_idf'`. "
            f"Received: idf_weights={idf_weights} and output_mode={mode}"
        )
    return mode


def listed(values, encoding=None):
    """Return tokens or weights (a list, an array, a tensor) as a list of Python values; None stays None.

    Args:
        values: The values.
        encoding: With one, every value becomes text.
    """
    if values is None:
        return None
    if edge.is_tensor(values) or isinstance(values, np.ndarray):
        values = to_numpy(values).tolist()
    values = [value.item() if isinstance(value, np.generic) else value for value in values]
    values = [value.decode(encoding or "utf-8") if isinstance(value, bytes) else value for value in values]
    return values if encoding is None else [str(value) for value in values]


def refuse_path(vocabulary, safe_mode):
    """Raise a ValueError if a description asks for a file of tokens in safe mode."""
    if safe_mode and isinstance(vocabulary, (str, os.PathLike)):
        raise ValueError(
            "Requested the loading of a vocabulary file outside of the model archive. This carries a potential risk "
            "of loading arbitrary and sensitive files and thus it is disallowed by default. If you trust the source, "
            "pass `safe_mode=False` to the loading function, or call `keras.config.enable_unsafe_deserialization()`. "
            f"Vocabulary file: '{vocabulary}'"
        )


def check_idf_weights(output_mode, idf_weights):
    """Raise a ValueError unless there are weights for "tf_idf", and only then."""
    if output_mode == "tf_idf" and idf_weights is None:
        raise ValueError("`idf_weights` must be set if output_mode is 'tf_idf'.")
    if output_mode != "tf_idf" and idf_weights is not None:
        raise ValueError(
            "`idf_weights` should only be set if output_mode is `'tf_idf'`. "
            f"Received: output_mode={output_mode} and idf_weights={idf_weights}"
        )


def check_weights(weights, vocabulary):
    """Raise a ValueError unless there is one weight for each token."""
    if len(vocabulary) != len(weights):
        raise ValueError(
            f"`idf_weights` must be the same length as vocabulary. len(idf_weights) is {len(weights)}; "
            f"len(vocabulary) is {len(vocabulary)}"
        )
    if weights.ndim != 1:
        raise ValueError(f"TF-IDF data must be a 1-index array. Received: shape {weights.shape}")


def check_repeated(tokens):
    """Raise a ValueError if a token occurs twice."""
    if len(set(tokens)) == len(tokens):
        return
    seen, repeated = set(), []
    for token in tokens:
        if token in seen and token not in repeated:
            repeated.append(token)
        seen.add(token)
    raise ValueError(
        "The passed vocabulary has at least one repeated term. Please uniquify your dataset. The repeated terms are: "
        f"{repeated}"
    )


def check_vocabulary(vocabulary, special, layer):
    """Return the tokens of a vocabulary without the special ones in front, which nowhere else may be.

    Args:
        vocabulary: A list of tokens.
        special: The mask token and the places of unknown tokens, in order.
        layer: The lookup layer.
    """
    if not vocabulary:
        raise ValueError(f"Cannot set an empty vocabulary. Received: vocabulary={vocabulary}")
    tokens = vocabulary[len(special) :] if vocabulary[: len(special)] == special else vocabulary
    check_repeated(tokens)
    reserved = [("mask", layer.mask_token)] + ([("OOV", layer.oov_token)] if layer.invert else [])
    for kind, token in reserved:
        if token is not None and token in tokens:
            at = len(vocabulary) - 1 - vocabulary[::-1].index(token)
            raise ValueError(
                f"Found reserved {kind} token at unexpected location in `vocabulary`. Note that passed `vocabulary` "
                "does not need to include the OOV and mask tokens. Either remove all mask and OOV tokens, or include "
                f"them only at the start of the vocabulary in precisely this order: {special}. Received: "
                f"{kind.lower()}_token={token} at vocabulary index {at}"
            )
    return tokens


def refuse_unknown(values):
    """Raise a ValueError if there are unknown tokens and no places for them."""
    if values:
        raise ValueError(
            "When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values "
            f"{values[:10]}, consider setting `num_oov_indices=1`."
        )
