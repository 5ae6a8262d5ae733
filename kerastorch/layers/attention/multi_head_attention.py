"""MultiHeadAttention.

B: batch, T: target (query) length, S: source (key) length, N: heads, K: key size of a head, V: value size of a head.
"""

import math
import string

from kerastorch import config, constraints, initializers, regularizers
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from kerastorch.layers.attention import dot_product
from kerastorch.layers.core.arguments import positive_int
from kerastorch.layers.core.einsum_dense import EinsumDense
from kerastorch.layers.regularization.dropout import Dropout


class MultiHeadAttention(Layer):
    """Attention in several heads, each over its own projection of queries, keys and values.

    softmax(Q Kᵀ / √key_dim) V in each head, then a projection of all heads together.

    Args:
        num_heads: The number of heads.
        key_dim: The size of a head's queries and keys.
        value_dim: The size of a head's values, by default `key_dim`.
        dropout: The fraction of the attention probabilities that is dropped in training.
        use_bias: Whether the projections have a bias.
        output_shape: The shape of the output after its batch and target axes, by default the query's last axis.
        attention_axes: The axes over which attention goes, by default all but the batch and the last.
        sliding_window: How far a query sees, both ways; None for everything.
        flash_attention: True to allow nothing but the flash kernel on CUDA.
        kernel_initializer, bias_initializer: What the weights start from.
        kernel_regularizer, bias_regularizer: Penalties on the weights.
        activity_regularizer: Penalty on the outputs of the projections.
        kernel_constraint, bias_constraint: Constraints on the weights.
        use_gate: Whether the heads' outputs are multiplied by a sigmoid projection of the query.
        seed: An integer for dropout that is the same in every run.

    Called with query (B, T, ..), value (B, S, ..), key (the value by default), an `attention_mask` (B, T, S) that is
    True where attention may go, and `use_causal_mask`. The masks of the inputs count too. With
    `return_attention_scores` it gives the probabilities (B, N, T, S) too.

    Raises ValueError for sizes that are not positive, keys that do not fit the values, and flash attention
    with dropout or scores.

    Vaswani et al., 2017, https://arxiv.org/abs/1706.03762

    >>> layer = keras.layers.MultiHeadAttention(num_heads=2, key_dim=4)
    >>> x, memory = np.ones((3, 5, 16)), np.ones((3, 7, 16))
    >>> outputs, scores = layer(x, memory, return_attention_scores=True)
    >>> outputs.shape, scores.shape
    (torch.Size([3, 5, 16]), torch.Size([3, 2, 5, 7]))
    """

    creates_mask = False
    config_exclude = ("flash_attention",)

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        attention_axes=None,
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
        self._num_heads = positive_int("num_heads", num_heads)
        self._key_dim = positive_int("key_dim", key_dim)
        self._value_dim = self._key_dim if value_dim is None else positive_int("value_dim", value_dim)
        self._dropout = dropout
        self._use_bias, self._use_gate = use_bias, use_gate
        self._output_shape = _shape_argument(output_shape)
        self._attention_axes = _axes_argument(attention_axes)
        self._sliding_window = (
            None if sliding_window is None else positive_int("sliding_window", sliding_window)
        )
        self._flash_attention = flash_attention or config.is_flash_attention_enabled()
        self._kernel_initializer = initializers.get(kernel_initializer)
        self._bias_initializer = initializers.get(bias_initializer)
        self._kernel_regularizer = regularizers.get(kernel_regularizer)
        self._bias_regularizer = regularizers.get(bias_regularizer)
        self._activity_regularizer = regularizers.get(activity_regularizer)
        self._kernel_constraint = constraints.get(kernel_constraint)
        self._bias_constraint = constraints.get(bias_constraint)
        self.seed = seed
        self._inverse_sqrt_key_dim = 1.0 / math.sqrt(self._key_dim)
        if self._flash_attention and dropout > 0:
            raise ValueError(
                "Dropout is not supported when flash attention is enabled. Pass dropout=0.0, or "
                f"flash_attention=None. Received: flash_attention=True, dropout={dropout}"
            )

    num_heads = property(lambda self: self._num_heads, doc="The number of heads.")
    key_dim = property(lambda self: self._key_dim, doc="The size of a head's queries and keys.")
    value_dim = property(lambda self: self._value_dim, doc="The size of a head's values.")
    dropout = property(lambda self: self._dropout, doc="The fraction of the probabilities that is dropped.")
    use_bias = property(lambda self: self._use_bias, doc="Whether the projections have a bias.")
    attention_axes = property(lambda self: self._attention_axes, doc="The axes over which attention goes.")
    query_dense = property(lambda self: self._query_dense, doc="The projection of the query.")
    key_dense = property(lambda self: self._key_dense, doc="The projection of the key.")
    value_dense = property(lambda self: self._value_dense, doc="The projection of the value.")
    output_dense = property(lambda self: self._output_dense, doc="The projection of all heads together.")

    def _config_value(self, name):
        return self.__dict__[f"_{name}"] if f"_{name}" in self.__dict__ else super()._config_value(name)

    # ------------------------------------------------------------------ build
    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = value_shape if key_shape is None else key_shape
        _check_key(key_shape, value_shape)
        heads, rank = self._num_heads, len(value_shape)
        self._query_dense = self._projection("query", query_shape, (heads, self._key_dim))
        self._key_dense = self._projection("key", key_shape, (heads, self._key_dim))
        if self._use_gate:
            self._gate_dense = self._projection("gate", query_shape, (heads, self._value_dim), "sigmoid")
        self._value_dense = self._projection("value", value_shape, (heads, self._value_dim))
        if self._attention_axes is None:
            self._attention_axes = tuple(range(1, rank - 1))
        else:
            self._attention_axes = tuple(axis if axis >= 0 else rank + axis for axis in self._attention_axes)
        self._dropout_layer = Dropout(self._dropout, seed=self.seed, dtype=self.dtype_policy)
        output_shape = self._output_shape or (query_shape[-1],)
        heads_shape = (*query_shape[:-1], heads, self._value_dim)
        self._output_dense = self._projection("attention_output", heads_shape, output_shape, bound=2)

    def _projection(self, name, input_shape, output_shape, activation=None, bound=1):
        """Return a layer that contracts the last `bound` axes of an input to new ones, built."""
        letters = iter(string.ascii_lowercase)
        free = "".join(next(letters) for _ in input_shape[: len(input_shape) - bound])
        contracted = "".join(next(letters) for _ in range(bound))
        new = "".join(next(letters) for _ in output_shape)
        layer = EinsumDense(
            f"{free}{contracted},{contracted}{new}->{free}{new}",
            output_shape=(*[None] * (len(free) - 1), *output_shape),
            bias_axes=new if self._use_bias else None,
            activation=activation,
            name=name,
            **self._common_arguments(),
        )
        layer.build(input_shape)
        return layer

    def _common_arguments(self):
        def copy(initializer):  # initializers with a seed would give the same weights twice
            return (
                type(initializer).from_config(initializer.get_config())
                if hasattr(initializer, "get_config")
                else initializer
            )

        return {
            "kernel_initializer": copy(self._kernel_initializer),
            "bias_initializer": copy(self._bias_initializer),
            "kernel_regularizer": self._kernel_regularizer,
            "bias_regularizer": self._bias_regularizer,
            "activity_regularizer": self._activity_regularizer,
            "kernel_constraint": self._kernel_constraint,
            "bias_constraint": self._bias_constraint,
            "dtype": self.dtype_policy,
        }

    # ------------------------------------------------------------------ call
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
        only_causal = use_causal_mask and self._has_own_attention() and self._sliding_window is None
        for mask in (query_mask, value_mask, key_mask, attention_mask):
            only_causal = only_causal and mask is None
        if not only_causal:
            attention_mask = self._compute_attention_mask(
                query, value, query_mask, value_mask, key_mask, attention_mask, use_causal_mask
            )
        keywords = {"use_causal_mask": True} if only_causal else {}
        outputs, scores = self._compute_attention(
            self._query_dense(query),
            self._key_dense(key),
            self._value_dense(value),
            attention_mask,
            training,
            return_attention_scores,
            **keywords,
        )
        if self._use_gate:
            outputs = outputs * self._gate_dense(query)
        outputs = self._output_dense(outputs)
        return (outputs, scores) if return_attention_scores else outputs

    def _has_own_attention(self):
        return type(self)._compute_attention is MultiHeadAttention._compute_attention

    def _compute_attention_mask(
        self,
        query,
        value,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        use_causal_mask=False,
    ):
        """Return the mask (B or 1, T, S) of what every one of the masks allows, or None."""
        masks = query_mask, value_mask, key_mask, attention_mask
        return dot_product.merge_masks(query, value, *masks, use_causal_mask, self._sliding_window)

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
        """Return the heads' outputs and, where they were computed, the probabilities.

        Args:
            query: (B, T, N, K), with more axes where the input has them.
            key: (B, S, N, K).
            value: (B, S, N, V).
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
        axes = self._attention_axes
        plain = query.ndim == 4 and len(axes) == 1
        if use_causal_mask and (attention_mask is not None or not plain):
            causal = dot_product.causal_mask(query, value)
            attention_mask = (
                causal if attention_mask is None else causal & dot_product.as_tensor(attention_mask).bool()
            )
            use_causal_mask = False
        target, source = ([x.shape[axis] for axis in axes] for x in (query, key))
        query, key, value = (_heads_first(x, axes) for x in (query, key, value))
        if attention_mask is not None:
            attention_mask = _mask_of_heads(attention_mask, query.ndim, len(axes))
        dropping = self._dropout if training else 0.0
        if dot_product.explicit_reason(dropping, self.seed, training, return_attention_scores):
            if use_causal_mask:
                attention_mask = dot_product.causal_mask(query.transpose(1, 2), key.transpose(1, 2))
            outputs, scores = dot_product.explicit(
                query,
                key,
                value,
                attention_mask,
                self._inverse_sqrt_key_dim,
                lambda probabilities: self._dropout_layer(probabilities, training=training),
            )
            scores = scores.unflatten(-1, source).unflatten(-len(source) - 1, target)
        else:
            outputs, scores = (
                dot_product.fused(
                    query,
                    key,
                    value,
                    attention_mask,
                    self._inverse_sqrt_key_dim,
                    use_causal_mask,
                    dropping,
                    hide_empty=self._dropout > 0 or not plain,
                    flash=self._flash_attention,
                ),
                None,
            )
        return _heads_last(outputs, axes, target), scores

    def fused_reason(self, training=True, return_attention_scores=False):
        """Return why the attention is computed step by step, or None when it runs in a fused kernel.

        Args:
            training: Whether to answer for training, where dropout is active.
            return_attention_scores: Whether to answer for a call that returns the scores.

        >>> layer = keras.layers.MultiHeadAttention(2, 4)
        >>> layer.fused_reason() is None
        True
        >>> layer.fused_reason(return_attention_scores=True)
        'return_attention_scores=True: the fused kernels keep no scores'
        """
        return dot_product.explicit_reason(self.dropout, self.seed, training, return_attention_scores)

    # ------------------------------------------------------------------ shapes
    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        if key_shape is not None:
            _check_key(key_shape, value_shape)
        return (*query_shape[:-1], *self._output_shape) if self._output_shape else tuple(query_shape)

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
        inner = range(1, len(query.shape) - 1)
        axes = inner if self._attention_axes is None else self._attention_axes
        rest = [query.shape[axis] for axis in inner if axis not in axes]
        target, source = ([x.shape[axis] for axis in axes] for x in (query, value))
        scores = (query.shape[0], *rest, self._num_heads, *target, *source)
        return outputs, KerasTensor(scores, self.compute_dtype)


def _shape_argument(shape):
    if shape is None or shape == ():
        return None
    if isinstance(shape, int):
        return (shape,)
    if isinstance(shape, (list, tuple)):
        return tuple(shape)
    raise ValueError(
        f"Invalid `output_shape`: it must be a tuple, a list, an int or None. Received: output_shape={shape}"
    )


def _axes_argument(axes):
    if isinstance(axes, int):
        return (axes,)
    if axes is not None and not isinstance(axes, (list, tuple)):
        raise ValueError(
            f"Invalid `attention_axes`: it must be an int, a list or a tuple. Received: attention_axes={axes}"
        )
    return axes


def _check_key(key_shape, value_shape):
    if tuple(key_shape[1:-1]) != tuple(value_shape[1:-1]):
        raise ValueError(
            "All dimensions of `value` and `key`, except the last one, must be equal. "
            f"Received: value_shape={value_shape} and key_shape={key_shape}"
        )


def _heads_first(x, axes):
    """Return x (B, .., N, K) with the attention axes joined and moved behind the heads: (B, rest, N, T, K)."""
    if x.ndim == 4:
        return x.transpose(1, 2)
    rest = [axis for axis in range(x.ndim - 1) if axis not in axes]
    return x.permute(*rest, *axes, x.ndim - 1).flatten(len(rest), -2)


def _heads_last(x, axes, target):
    """Undo `_heads_first` for x (B, rest, N, T, V), the sizes of the attention axes being `target`."""
    if x.ndim == 4 and len(axes) == 1 and axes[0] == 1:
        return x.transpose(1, 2)
    x = x.unflatten(-2, target)
    rest = [axis for axis in range(x.ndim - 1) if axis not in axes]
    order = [*rest, *axes, x.ndim - 1]
    return x.permute(*(order.index(axis) for axis in range(x.ndim)))


def _mask_of_heads(mask, rank, count):
    """Return a mask (B, T.., S..) as (B, 1.., T, S), of the rank of the queries with heads first."""
    if count > 1 and mask.ndim >= 2 * count:
        mask = mask.flatten(-count).flatten(-count - 1, -2)
    while mask.ndim < rank:
        mask = mask.unsqueeze(-3)
    return mask
