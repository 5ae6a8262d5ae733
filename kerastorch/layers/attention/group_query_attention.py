"""GroupQueryAttention.

B: batch, T: target (query) length, S: source (key) length, N: query heads, G: key and value heads, K: head size.
"""

import math

from kerastorch import config, constraints, initializers, regularizers
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from kerastorch.core.naming import auto_name
from kerastorch.layers.attention import dot_product
from kerastorch.layers.core.arguments import positive_int
from kerastorch.layers.core.einsum_dense import EinsumDense
from kerastorch.layers.regularization.dropout import Dropout


class GroupQueryAttention(Layer):
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

    Ainslie et al., 2023, https://arxiv.org/abs/2305.13245

    >>> layer = keras.layers.GroupQueryAttention(head_dim=4, num_query_heads=4, num_key_value_heads=2)
    >>> layer(np.ones((2, 5, 16)), np.ones((2, 7, 16))).shape
    torch.Size([2, 5, 16])
    """

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
        if kwargs.get("name") is None:
            kwargs["name"] = auto_name("grouped_query_attention")  # its name in Keras
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
                f"Flash attention has no dropout. Received: flash_attention=True, dropout={dropout}. "
                "Pass dropout=0.0, or flash_attention=None."
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
        only_causal = only_causal and not return_attention_scores and not (training and self.dropout)
        mask = None
        if not only_causal:
            mask = dot_product.merge_masks(query, value, *masks, use_causal_mask, self.sliding_window)
            mask = mask if mask is None or mask.ndim > 3 else mask.unsqueeze(1)
        q = self._query_dense(query).transpose(1, 2)
        k = self._key_dense(key).transpose(1, 2).repeat_interleave(self.num_repeats, 1)
        v = self._value_dense(value).transpose(1, 2).repeat_interleave(self.num_repeats, 1)
        outputs, scores = self._attend(q, k, v, mask, only_causal, training, return_attention_scores)
        outputs = outputs.transpose(1, 2)
        if self.use_gate:
            outputs = outputs * self._gate_dense(query)
        outputs = self._output_dense(outputs)
        return (outputs, scores) if return_attention_scores else outputs

    def _attend(self, q, k, v, mask, causal, training, return_attention_scores):
        if self._flash_attention and return_attention_scores:
            raise ValueError(
                "Flash attention has no attention scores to return. "
                "Pass flash_attention=None, or return_attention_scores=False."
            )
        dropping = self.dropout if training else 0.0
        scale = self._inverse_sqrt_head_dim
        if return_attention_scores or (dropping and self.seed is not None):

            def drop(probabilities):
                return self._dropout_layer(probabilities, training=training)

            return dot_product.explicit(q, k, v, mask, scale, drop)
        hide_empty, flash = self.dropout > 0, self._flash_attention
        return dot_product.fused(q, k, v, mask, scale, causal, dropping, hide_empty, flash), None

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
