"""Attention and AdditiveAttention: one head, without projections.

B: batch, T: target (query) length, S: source (key) length, D: features.
"""

import torch
import torch.nn.functional as F

from kerastorch import random
from kerastorch.core import tree
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from kerastorch.layers.attention.dot_product import causal_mask, without_mask


class Attention(Layer):
    """softmax(score(query, key)) @ value, with the dot product as score (Luong).

    Args:
        use_scale: Whether the score is multiplied by a weight.
        score_mode: "dot" for query · key; "concat" for sum(tanh(query + key)), times a weight.
        dropout: The fraction of the attention probabilities that is dropped in training.
        seed: An integer for dropout that is the same in every run.

    Called with a list [query (B, T, D), value (B, S, D)], or [query, value, key], and a list of masks
    [query (B, T), value (B, S)]; gives (B, T, D), and the probabilities (B, T, S) too with
    `return_attention_scores`. `use_causal_mask` hides what comes later.

    Raises ValueError for other inputs than a list of 2 or 3 tensors.

    Luong et al., 2015, https://arxiv.org/abs/1508.04025

    >>> keras.layers.Attention()([np.ones((2, 5, 4)), np.ones((2, 7, 4))]).shape
    torch.Size([2, 5, 4])
    """

    creates_mask = False

    def __init__(self, use_scale=False, score_mode="dot", dropout=0.0, seed=None, **kwargs):
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                "Invalid value for argument score_mode. Expected one of {'dot', 'concat'}. "
                f"Received: score_mode={score_mode}"
            )
        super().__init__(**kwargs)
        self.use_scale, self.score_mode = use_scale, score_mode
        self.dropout, self.seed = dropout, seed
        if dropout > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, input_shape):
        self._check_list(input_shape)
        self.scale = self.concat_score_weight = None
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(
                name="concat_score_weight", shape=(), initializer="ones"
            )

    def call(self, inputs, mask=None, training=False, return_attention_scores=False, use_causal_mask=False):
        self._check_list(inputs, mask)
        query, value, key = map(without_mask, (inputs[0], inputs[1], inputs[-1]))
        query_mask, value_mask = (None, None) if mask is None else (mask[0], mask[1])
        scores = self._calculate_scores(query, key)
        seen = None if value_mask is None else value_mask.bool().unsqueeze(-2)
        if use_causal_mask:
            causal = causal_mask(query, value)
            seen = causal if seen is None else seen & causal
        outputs, scores = self._apply_scores(scores, value, seen, training)
        if query_mask is not None:
            outputs = torch.where(query_mask.bool().unsqueeze(-1), outputs, 0)
        return (outputs, scores) if return_attention_scores else outputs

    def _calculate_scores(self, query, key):
        """Return the scores (B, T, S) of queries (B, T, D) and keys (B, S, D)."""
        if self.score_mode == "dot":
            scores = query @ key.transpose(-2, -1)
            return scores if self.scale is None else scores * self.scale
        total = query.unsqueeze(-2) + key.unsqueeze(-3)
        if self.scale is not None:
            total = self.scale * total
        return self.concat_score_weight * total.tanh().sum(-1)

    def _apply_scores(self, scores, value, scores_mask=None, training=False):
        """Return the outputs (B, T, D) and the probabilities (B, T, S)."""
        if scores_mask is not None:
            hidden = 65504.0 if scores.dtype is torch.float16 else 1e9
            scores = torch.where(scores_mask, scores, scores - hidden)
        probabilities = scores.softmax(-1)
        if training and self.dropout > 0:
            if self.seed is None:
                probabilities = F.dropout(probabilities, self.dropout)
            else:
                probabilities = random.dropout(probabilities, self.dropout, seed=self.seed_generator)
        return probabilities @ value, probabilities

    def compute_mask(self, inputs, mask=None):
        self._check_list(inputs, mask)
        return None if mask is None or mask[0] is None else mask[0]

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], input_shape[1][-1])

    def compute_output_spec(
        self, inputs, mask=None, return_attention_scores=False, training=None, use_causal_mask=False
    ):
        self._check_list(inputs, mask)
        query, value, key = inputs[0], inputs[1], inputs[-1]
        output = KerasTensor(self.compute_output_shape([query.shape, value.shape]), self.compute_dtype)
        if not return_attention_scores:
            return output
        return output, KerasTensor((*query.shape[:-1], key.shape[-2]), self.compute_dtype)

    def _check_list(self, inputs, mask=None):
        name = type(self).__name__
        single = not isinstance(inputs, (list, tuple)) or any(isinstance(x, int) for x in inputs)
        if single or not 2 <= len(inputs) <= 3:
            raise ValueError(
                f"{name} layer '{self.name}' must be called on a list of inputs of length 2 or 3, namely "
                f"[query, value] or [query, value, key]. Received: inputs={_short(inputs)}"
            )
        if mask is not None and (not isinstance(mask, (list, tuple)) or not 2 <= len(mask) <= 3):
            raise ValueError(
                f"{name} layer mask must be a list of length 2 or 3, namely [query_mask, value_mask] "
                f"or [query_mask, value_mask, key_mask]. Received by layer '{self.name}': mask={_short(mask)}"
            )


class AdditiveAttention(Attention):
    """softmax(sum(scale * tanh(query + key))) @ value (Bahdanau).

    Args:
        use_scale: Whether there is a weight (D,), `scale`.
        dropout: The fraction of the attention probabilities that is dropped in training.

    Called as `Attention` is.

    Raises ValueError for other inputs than a list of 2 or 3 tensors.

    Bahdanau et al., 2014, https://arxiv.org/abs/1409.0473

    >>> keras.layers.AdditiveAttention()([np.ones((2, 5, 4)), np.ones((2, 7, 4))]).shape
    torch.Size([2, 5, 4])
    """

    config_exclude = ("score_mode",)

    def __init__(self, use_scale=True, dropout=0.0, **kwargs):
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape):
        self._check_list(input_shape)
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale", shape=(input_shape[0][-1],), initializer="glorot_uniform"
            )

    def _calculate_scores(self, query, key):
        """Return the scores (B, T, S) of queries (B, T, D) and keys (B, S, D)."""
        total = (query.unsqueeze(-2) + key.unsqueeze(-3)).tanh()
        return total.sum(-1) if self.scale is None else total @ self.scale


def _short(value):
    return tree.map_structure(lambda x: f"<shape {tuple(x.shape)}>" if hasattr(x, "shape") else x, value)
