"""Models that the real Keras and this library build alike: functions from a package to a built model."""

import numpy as np


def sequential(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(4, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(4),
            layers.Dense(2),
        ]
    )


def deferred(keras):
    model = keras.Sequential([keras.layers.Dense(3, use_bias=False), keras.layers.Dense(2)])
    model.build((None, 4))
    return model


def normalized(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(4),
            layers.BatchNormalization(),
            layers.LayerNormalization(),
            layers.ReLU(),
        ]
    )


def convolutional(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def two_inputs(keras):
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    shared = keras.layers.Dense(4)
    merged = keras.layers.Concatenate()([shared(a), shared(b)])
    return keras.Model([a, b], [keras.layers.Dense(1)(merged), keras.layers.Dense(2)(merged)])


def nested(keras):
    layers = keras.layers
    inner_inputs = keras.Input((4,))
    inner = keras.Model(inner_inputs, layers.Dense(3)(layers.Dense(5)(inner_inputs)))
    stack = keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.Dense(2)])
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Dense(1)(stack(inner(inputs))))


def nested_twice(keras):
    """The inner model is called on its own output, and gives an output of the outer one."""
    layers = keras.layers
    inner_inputs = keras.Input((4,))
    inner = keras.Model(inner_inputs, layers.Dense(4)(inner_inputs))
    inner(keras.Input((4,)))  # a call outside of the model
    inputs = keras.Input((4,))
    x = inner(inputs)
    return keras.Model(inputs, [layers.Dense(1)(x), inner(x)])


def recurrent(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((5, 3)),
            layers.LSTM(4, return_sequences=True),
            layers.GRU(3, return_sequences=True),
            layers.SimpleRNN(2, return_sequences=True),
            layers.RNN([layers.GRUCell(2), layers.SimpleRNNCell(3)], return_sequences=True),
            layers.TimeDistributed(layers.Dense(2)),
        ]
    )


def bidirectional(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((5, 3)),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
            layers.Bidirectional(layers.GRU(3), merge_mode="sum"),
        ]
    )


def embedding(keras):
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((7,), dtype="int32"), layers.Embedding(11, 4), layers.LSTM(3), layers.Dense(1)]
    )


def attention(keras):
    layers = keras.layers
    inputs = keras.Input((5, 6))
    x = layers.MultiHeadAttention(2, 3)(inputs, inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.LayerNormalization()(x)))


def frozen(keras):
    model = sequential(keras)
    model.layers[0].trainable = False
    return model


def subclassed(keras):
    layers = keras.layers

    class Block(layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.first, self._second = layers.Dense(units), layers.Dense(units)

        def build(self, shape):
            self.scale = self.add_weight(shape=(1,), name="scale")
            self.offset = self.add_weight(shape=(1,), name="offset", trainable=False)
            self.first.build(shape)
            self._second.build((*shape[:-1], self.first.units))

        def call(self, x):
            return self._second(self.first(x)) * self.scale + self.offset

    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.zoom = layers.Dense(3)
            self.a = layers.Dense(3)
            self.blocks = [Block(3), Block(3), [layers.Dense(3)]]
            self.by_name = {"x": layers.Dense(3), "y": layers.ReLU()}
            self._hidden = layers.Dense(1)
            self.inner = keras.Sequential([layers.Dense(3)])
            self.same = self.a
            self.free = self.add_weight(shape=(3,), name="free")

        def call(self, x):
            x = self.zoom(x) + self.a(x) + self.free
            for block in (
                *self.blocks[:2],
                self.blocks[2][0],
                self.by_name["x"],
                self.by_name["y"],
                self.inner,
            ):
                x = block(x)
            return self._hidden(x)

    model = Subclassed()
    model(np.zeros((1, 2), "float32"))
    return model


def subclassed_functional(keras):
    class Extended(keras.Model):
        def __init__(self):
            inputs = keras.Input((3,))
            super().__init__(inputs, keras.layers.Dense(2)(inputs))
            self.extra = keras.layers.Dense(4)
            self.extra.build((None, 2))

    return Extended()


BUILDERS = [
    sequential,
    deferred,
    normalized,
    convolutional,
    two_inputs,
    nested,
    nested_twice,
    recurrent,
    bidirectional,
    embedding,
    attention,
    frozen,
    subclassed,
    subclassed_functional,
]
