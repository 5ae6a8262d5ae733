"""GroupedQueryAttention, in `keras.layers` under the name GroupQueryAttention.

B: batch, T: target (query) length, S: source (key) length, N: query heads, G: key and value heads, K: head size.
"""

import math

from kerastorch import config, constraints, initializers, regularizers
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from kerastorch.layers.attention import dot_product
from kerastorch.layers.core.arguments import positive_int
from kerastorch.layers.core.einsum_dense import EinsumDense
from kerastorch.layers.regularization.dropout import Dropout


class GroupedQueryAttention(Layer):
    """Multi-head attention in which several query heads share a key and value head.

    Args:
        head_dim: The size of a head.
        num_query_heads: The number of query heads, a multiple of `num_key_value_heads`.
        num_key_value_heads: The number of key and value heads.
        dropout: The fraction of the attention probabilities that is dropped in training.
        use_bias: Whether the projections have a bias.
        sliding_window: How far a query sees, both ways; None for everything.
        flash_attention: True to allow nothing but the flash kernel on CUDA.
        kernel_initializer, bias_initializer: What the weights start from.
        kernel_regularizer, bias_regularizer: Penalties on the weights.
        activity_regularizer: Penalty on the outputs of the projections.
        kernel_constraint, bias_constraint: Constraints on the weights.
        use_gate: Whether the heads' outputs are multiplied by a sigmoid projection of the query.
        seed: An integer for dropout that is the same in every run.

    Called with query (B, T, F), value (B, S, F), and the other arguments of `MultiHeadAttention`.

    Raises ValueError for sizes that are not positive, query heads not divisible by the others, and flash
    attention with dropout or scores.

    Ainslie et al., 2023, https://arxiv.org/abs/2305.13245

    >>> layer = keras.layers.GroupQueryAttention(head_dim=4, num_query_heads=4, num_key_value_heads=2)
    >>> layer(np.ones((2, 5, 16)), np.ones((2, 7, 16))).shape
    torch.Size([2, 5, 16])
    """

    keras_name = "GroupQueryAttention"  # what it is called in `keras.layers` and in files
    creates_mask = False
    config_exclude = ("flash_attention",)

    def __init__(
        self,
        head_dim,
        num_query_heads,
        num_key_value_heads,
        dropout=0.0,
        use_bias=True,
        sliding_window=None,
        flash_attention=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        use_gate=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.head_dim = positive_int("head_dim", head_dim)
        self.num_query_heads = positive_int("num_query_heads", num_query_heads)
        self.num_key_value_heads = positive_int("num_key_value_heads", num_key_value_heads)
        if num_query_heads % num_key_value_heads:
            raise ValueError(
                "`num_query_heads` must be divisible by `num_key_value_heads`. Received: "
                f"num_query_heads={num_query_heads}, num_key_value_heads={num_key_value_heads}"
            )
        self.num_repeats = num_query_heads // num_key_value_heads
        self.dropout = dropout
        self.use_bias, self.use_gate = use_bias, use_gate
        self.sliding_window = (
            None if sliding_window is None else positive_int("sliding_window", sliding_window)
        )
        self._flash_attention = flash_attention or config.is_flash_attention_enabled()
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.seed = seed
        self._inverse_sqrt_head_dim = 1.0 / math.sqrt(self.head_dim)
        if self._flash_attention and dropout > 0:
            raise ValueError(
                "Dropout is not supported when flash attention is enabled. Pass dropout=0.0, or "
                f"flash_attention=None. Received: flash_attention=True, dropout={dropout}"
            )

    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = value_shape if key_shape is None else key_shape
        heads, size = self.num_query_heads, self.head_dim
        groups = self.num_key_value_heads
        self.feature_dim = query_shape[-1]
        self._query_dense = self._projection("query", "bqm,muh->bquh", (heads, size), query_shape)
        self._key_dense = self._projection("key", "bkm,mvh->bkvh", (groups, size), key_shape)
        if self.use_gate:
            self._gate_dense = self._projection(
                "gate", "bqm,muh->bquh", (heads, size), query_shape, "sigmoid"
            )
        self._value_dense = self._projection("value", "bkm,mvh->bkvh", (groups, size), value_shape)
        self._dropout_layer = Dropout(self.dropout, seed=self.seed, dtype=self.dtype_policy)
        self._output_dense = self._projection(
            "attention_output", "bquh,uhm->bqm", (self.feature_dim,), (None, None, heads, size)
        )

    def _projection(self, name, equation, output_shape, input_shape, activation=None):
        def copy(initializer):  # initializers with a seed would give the same weights twice
            return (
                type(initializer).from_config(initializer.get_config())
                if hasattr(initializer, "get_config")
                else initializer
            )

        layer = EinsumDense(
            equation,
            output_shape=(None, *output_shape),
            bias_axes=equation[-len(output_shape) :] if self.use_bias else None,
            activation=activation,
            name=name,
            kernel_initializer=copy(self.kernel_initializer),
            bias_initializer=copy(self.bias_initializer),
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            activity_regularizer=self.activity_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.dtype_policy,
        )
        layer.build(input_shape)
        return layer

    def call(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        key = value if key is None else key
        query, key, value = map(dot_product.without_mask, (query, key, value))
        masks = query_mask, value_mask, key_mask, attention_mask
        only_causal = use_causal_mask and self.sliding_window is None and all(mask is None for mask in masks)
        own = type(self)._compute_attention is GroupedQueryAttention._compute_attention
        only_causal = only_causal and own and not (training and self.dropout)
        if not only_causal:
            attention_mask = dot_product.merge_masks(
                query, value, *masks, use_causal_mask, self.sliding_window
            )
        keywords = {"use_causal_mask": only_causal, "return_attention_scores": return_attention_scores}
        outputs, scores = self._compute_attention(
            self._query_dense(query),
            self._key_dense(key),
            self._value_dense(value),
            attention_mask,
            training,
            **(keywords if own else {}),
        )
        if self.use_gate:
            outputs = outputs * self._gate_dense(query)
        outputs = self._output_dense(outputs)
        return (outputs, scores) if return_attention_scores else outputs

    def _compute_attention(
        self,
        query,
        key,
        value,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        """Return the heads' outputs (B, T, N, K) and, where they were computed, the probabilities (B, N, T, S).

        Args:
            query: (B, T, N, K).
            key, value: (B, S, G, K), or with a head for each of the query's.
            attention_mask: What is seen (B, T, S), or None.
            training: Whether dropout is active.
            return_attention_scores: Whether the probabilities are wanted.
            use_causal_mask: Whether what comes later is hidden too.
        """
        if self._flash_attention and return_attention_scores:
            raise ValueError(
                "Returning attention scores is not supported when flash attention is enabled. Please disable "
                "flash attention to access attention scores. Received: return_attention_scores=True"
            )
        query, key, value = map(dot_product.as_tensor, (query, key, value))
        if attention_mask is not None:
            attention_mask = dot_product.as_tensor(attention_mask).bool()
        q, k, v = (x.transpose(1, 2) for x in (query, key, value))
        dropping = self.dropout if training else 0.0
        explicit = dot_product.explicit_reason(dropping, self.seed, training, return_attention_scores)
        if use_causal_mask and (explicit or attention_mask is not None):
            causal = dot_product.causal_mask(query, value)
            attention_mask = (
                causal if attention_mask is None else causal & dot_product.as_tensor(attention_mask).bool()
            )
            use_causal_mask = False
        if attention_mask is not None and attention_mask.ndim < 4:
            attention_mask = attention_mask.unsqueeze(-3)
        scale = self._inverse_sqrt_head_dim
        if explicit:

            def drop(probabilities):
                return self._dropout_layer(probabilities, training=training)

            outputs, scores = dot_product.explicit(q, k, v, attention_mask, scale, drop)
        else:
            hide_empty, flash = self.dropout > 0, self._flash_attention
            outputs = dot_product.fused(
                q, k, v, attention_mask, scale, use_causal_mask, dropping, hide_empty, flash
            )
            scores = None
        return outputs.transpose(1, 2), scores

    def fused_reason(self, training=True, return_attention_scores=False):
        """Return why the attention is computed step by step, or None when it runs in a fused kernel.

        Args:
            training: Whether to answer for training, where dropout is active.
            return_attention_scores: Whether to answer for a call that returns the scores.

        >>> layer = keras.layers.GroupQueryAttention(4, 4, 2)
        >>> layer.fused_reason() is None
        True
        >>> layer.fused_reason(return_attention_scores=True)
        'return_attention_scores=True: the fused kernels keep no scores'
        """
        return dot_product.explicit_reason(self.dropout, self.seed, training, return_attention_scores)

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        key_shape = value_shape if key_shape is None else key_shape
        if query_shape[-1] != value_shape[-1]:
            raise ValueError(
                "The last dimension of `query_shape` and `value_shape` must be equal. "
                f"Received: query_shape={query_shape}, value_shape={value_shape}"
            )
        if tuple(value_shape[1:-1]) != tuple(key_shape[1:-1]):
            raise ValueError(
                "All dimensions of `value` and `key`, except the last one, must be equal. "
                f"Received: value_shape={value_shape} and key_shape={key_shape}"
            )
        return tuple(query_shape)

    def compute_output_spec(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        shape = self.compute_output_shape(query.shape, value.shape, None if key is None else key.shape)
        outputs = KerasTensor(shape, self.compute_dtype)
        if not return_attention_scores:
            return outputs
        scores = (shape[0], self.num_query_heads, shape[1], value.shape[1])
        return outputs, KerasTensor(scores, self.compute_dtype)
