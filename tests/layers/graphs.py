"""Functional models with everything that a call can be given: masks, states, `training`, nested and shared models.

Each row makes (inputs, outputs) from a package, ours or the real Keras. `OPS` are functions of `keras.ops` as nodes.
"""

_STEPS = (4, 3)


def _embedded(k, size=3):
    x = k.Input((6,), dtype="int32")
    return x, k.layers.Embedding(5, size, mask_zero=True)(x)


def _mask(k, *shape):
    return k.Input(shape, dtype="bool")


def lstm_states(k):
    x, h, c = k.Input(_STEPS), k.Input((5,)), k.Input((5,))
    return [x, h, c], k.layers.LSTM(5)(x, initial_state=[h, c])


def gru_state(k):
    x, h = k.Input(_STEPS), k.Input((5,))
    return [x, h], k.layers.GRU(5, return_state=True)(x, initial_state=h)


def states_of_another(k):
    x = k.Input(_STEPS)
    y, h, c = k.layers.LSTM(5, return_state=True, return_sequences=True)(x)
    return x, k.layers.LSTM(5)(y, initial_state=[h, c])


def recurrent_mask(k):
    x, mask = k.Input(_STEPS), _mask(k, 4)
    return [x, mask], k.layers.LSTM(5)(x, mask=mask, training=False)


def bidirectional_states(k):
    x, states = k.Input(_STEPS), [k.Input((5,)) for _ in range(4)]
    return [x, *states], k.layers.Bidirectional(k.layers.LSTM(5))(x, initial_state=states)


def stacked_states(k):
    x, h, c, g = k.Input(_STEPS), k.Input((3,)), k.Input((3,)), k.Input((2,))
    layer = k.layers.RNN([k.layers.LSTMCell(3), k.layers.GRUCell(2)], return_state=True)
    return [x, h, c, g], layer(x, initial_state=[[h, c], g])


def convolutional_states(k):
    x, h, c = k.Input((3, 5, 5, 2)), k.Input((4, 4, 3)), k.Input((4, 4, 3))
    return [x, h, c], k.layers.ConvLSTM2D(3, 2)(x, initial_state=[h, c])


def embedding_mask(k):
    x, e = _embedded(k)
    return x, k.layers.LSTM(4)(e)


def mask_through_wrappers(k):
    x, e = _embedded(k)
    y = k.layers.Bidirectional(k.layers.GRU(4, return_sequences=True))(e)
    return x, k.layers.TimeDistributed(k.layers.Dense(2))(y)


def mask_of_time_distributed(k):
    x = k.Input((6, 5), dtype="int32")
    e = k.layers.Embedding(5, 3, mask_zero=True)(x)
    return x, k.layers.TimeDistributed(k.layers.LSTM(3))(e)


def mask_of_concatenated(k):
    x, e = _embedded(k)
    other = k.layers.Embedding(5, 3)(x)
    return x, k.layers.LSTM(3)(k.layers.Concatenate()([e, other]))


def mask_of_added(k):
    x, e = _embedded(k)
    other = k.layers.Embedding(5, 3, mask_zero=True)(x)
    return x, k.layers.LSTM(3)(k.layers.Add()([e, other]))


def masked_pooling(k):
    x = k.Input(_STEPS)
    return x, k.layers.GlobalAveragePooling1D()(k.layers.Masking()(x))


def pooling_mask(k):
    x, mask = k.Input(_STEPS), _mask(k, 4)
    return [x, mask], k.layers.GlobalAveragePooling1D()(x, mask=mask)


def softmax_mask(k):
    x, mask = k.Input((4,)), _mask(k, 4)
    return [x, mask], k.layers.Softmax()(x, mask=mask)


def normalization_mask(k):
    x, mask = k.Input(_STEPS), _mask(k, 4)
    return [x, mask], k.layers.BatchNormalization()(x, mask=mask, training=False)


def multi_head_keywords(k):
    q, v, mask = k.Input((4, 3)), k.Input((5, 3)), _mask(k, 4, 5)
    layer = k.layers.MultiHeadAttention(2, 3)
    return [q, v, mask], layer(query=q, value=v, attention_mask=mask, use_causal_mask=True)


def multi_head_scores(k):
    q, v = k.Input((4, 3)), k.Input((5, 3))
    return [q, v], k.layers.MultiHeadAttention(2, 3)(q, v, return_attention_scores=True, training=False)


def multi_head_mask(k):
    x, e = _embedded(k, 4)
    return x, k.layers.MultiHeadAttention(2, 3)(e, e)


def group_query_keywords(k):
    q, v = k.Input((4, 6)), k.Input((5, 6))
    return [q, v], k.layers.GroupQueryAttention(3, 4, 2)(q, value=v, key=v, use_causal_mask=True)


def attention_keywords(k):
    q, v, a, b = k.Input((4, 6)), k.Input((5, 6)), _mask(k, 4), _mask(k, 5)
    outputs = k.layers.Attention()([q, v], mask=[a, b], return_attention_scores=True, use_causal_mask=True)
    return [q, v, a, b], outputs


def attention_mask(k):
    x, e = _embedded(k, 4)
    return x, k.layers.AdditiveAttention()([e, e])


def dropout_in_training(k):
    x = k.Input(_STEPS)
    return x, k.layers.Dropout(0.0)(x, training=True)


def reversed_embedding(k):
    x = k.Input((4,), dtype="int32")
    layer = k.layers.ReversibleEmbedding(6, 3)
    return x, layer(layer(x), reverse=True)


def nested(k):
    a = k.Input(_STEPS)
    inner = k.Model(a, k.layers.Dense(3)(a), name="inner")
    x = k.Input(_STEPS)
    return x, k.layers.Add()([inner(x), inner(inner(x), training=False)])


def nested_sequential(k):
    inner = k.Sequential([k.layers.Dense(3), k.layers.BatchNormalization()], name="inner")
    x = k.Input(_STEPS)
    return x, inner(x, training=False)


def nested_lists(k):
    a, b = k.Input((3,)), k.Input((3,))
    inner = k.Model([a, b], [k.layers.Add()([a, b]), k.layers.Multiply()([a, b])], name="inner")
    x, y = k.Input((3,)), k.Input((3,))
    return [x, y], k.layers.Concatenate()(inner([x, y]))


def nested_dicts(k):
    a, b = k.Input((3,), name="a"), k.Input((3,), name="b")
    inner = k.Model({"a": a, "b": b}, {"sum": k.layers.Add()([a, b])}, name="inner")
    x, y = k.Input((3,)), k.Input((3,))
    return [x, y], inner({"a": x, "b": y})["sum"]


def dicts(k):
    x = k.Input((4,), name="first")
    return {"first": x}, {"out": k.layers.Dense(2, name="out")(x)}


def shared(k):
    layer, x, y = k.layers.Dense(3), k.Input((3,)), k.Input((3,))
    return [x, y], k.layers.Concatenate()([layer(x), layer(y), layer(layer(x))])


def sliced(k):
    x = k.Input(_STEPS)
    return x, k.layers.Dense(2)(x[:, -1, :])


GRAPHS = [fn for name, fn in globals().items() if callable(fn) and not name.startswith("_")]

OPS = {  # of x (batch, 4, 6)
    "relu": lambda o, x: o.relu(x) + 1,
    "arithmetic": lambda o, x: (2 - x) * x / 3.0 - x**2,
    "comparison": lambda o, x: o.cast(x > 0.5, "float32"),
    "concatenate": lambda o, x: o.concatenate([x, o.exp(x)], axis=-1),
    "stack": lambda o, x: o.stack([x, o.tanh(x)], axis=1),
    "mean": lambda o, x: o.mean(x, axis=1, keepdims=True),
    "max": lambda o, x: o.max(x, -1),
    "reshape": lambda o, x: o.reshape(x, (-1, 8, 3)),
    "transpose": lambda o, x: o.transpose(x, (0, 2, 1)),
    "matmul": lambda o, x: x @ o.transpose(x, (0, 2, 1)),
    "einsum": lambda o, x: o.einsum("bij,bkj->bik", x, o.square(x)),
    "clip": lambda o, x: o.clip(x, -0.5, 0.5),
    "where": lambda o, x: o.where(x > 0, x, -x),
    "pad": lambda o, x: o.pad(x, [[0, 0], [1, 2], [0, 0]], constant_values=2.0),
    "split": lambda o, x: o.split(x, 2, axis=1),
    "slice": lambda o, x: o.slice(x, (0, 1, 2), (2, 2, 3)),
    "take": lambda o, x: o.take(x, [0, 2], axis=1),
    "softmax": lambda o, x: o.softmax(x, axis=1),
    "one_hot": lambda o, x: o.one_hot(o.argmax(x, axis=-1), 6),
    "top_k": lambda o, x: o.top_k(x, 2)[0],
    "logsumexp": lambda o, x: o.logsumexp(x, axis=-1),
    "expand_dims": lambda o, x: o.squeeze(o.expand_dims(x, -1), -1),
    "broadcast": lambda o, x: o.maximum(x, o.mean(x, axis=0, keepdims=True)),
    "full_like": lambda o, x: x + o.full_like(x, 2.0),
    "conv": lambda o, x: o.average_pool(x, 2, strides=1, padding="same"),
    "rfft": lambda o, x: o.rfft(x)[0],
    "norm": lambda o, x: o.norm(x, axis=-1),
    "cumsum": lambda o, x: o.cumsum(x, axis=1),
    "repeat": lambda o, x: o.tile(o.repeat(x, 2, axis=1), (1, 1, 2)),
    "rsqrt": lambda o, x: o.rsqrt(o.abs(x) + 1.0),
    "slices": lambda o, x: x[:, 1:3, None, ..., ::2],
}
