"""`summary()` prints what the real Keras prints."""

import keras as oracle
import numpy as np
import pytest

import kerastorch as keras


def quickstart(k):
    layers = k.layers
    return k.Sequential(
        [
            k.Input((28, 28)),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
        ]
    )


def convnet(k):
    layers = k.layers
    return k.Sequential(
        [
            k.Input((28, 28, 1)),
            layers.Conv2D(8, 3, activation="relu", padding="same"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, strides=2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10),
        ],
        name="convnet",
    )


def unbuilt(k):
    return k.Sequential([k.layers.Dense(3), k.layers.Dropout(0.1)])


def called(k):
    model = k.Sequential([k.layers.Dense(3), k.layers.Dense(2)])
    model(np.ones((5, 4), "float32"))
    return model


def compiled(k):
    model = quickstart(k)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def functional(k):
    a, b = k.Input((4,), name="a"), k.Input((None, 4), dtype="float32", name="b")
    shared = k.layers.Dense(3, name="shared")
    x, y = shared(a), k.layers.GlobalAveragePooling1D()(shared(b))
    z = k.layers.Concatenate()([x, y])
    return k.Model([a, b], [k.layers.Dense(1, name="out")(z), x + y], name="two")


def masked(k):
    inputs = k.Input((None,), dtype="int32")
    x = k.layers.Embedding(10, 4, mask_zero=True)(inputs)
    return k.Model(inputs, k.layers.Dense(2)(k.layers.LSTM(3)(x)))


def nested(k):
    inner = quickstart(k)
    inputs = k.Input((28, 28))
    return k.Model(inputs, k.layers.Dense(1)(inner(inputs)), name="outer")


def frozen(k):
    model = quickstart(k)
    model.layers[1].trainable = False
    return model


def subclassed(k):
    class Net(k.Model):
        def __init__(self):
            super().__init__(name="net")
            self.first, self.rest = k.layers.Dense(4), [k.layers.Dense(3), k.layers.Dense(2)]

        def call(self, x):
            x = self.first(x)
            for layer in self.rest:
                x = layer(x)
            return x

    model = Net()
    model(np.ones((2, 5), "float32"))
    return model


ROWS = [
    (quickstart, {}),
    (convnet, {}),
    (unbuilt, {}),
    (called, {}),
    (compiled, {}),
    (functional, {}),
    (masked, {}),
    (nested, {"expand_nested": True}),
    (frozen, {"show_trainable": True}),
    (subclassed, {}),
    (quickstart, {"line_length": 60}),
    (quickstart, {"layer_range": ["dense", "dropout"]}),
]


@pytest.mark.parametrize("build, arguments", ROWS, ids=[f"{f.__name__}-{'-'.join(a)}" for f, a in ROWS])
def test_summary_is_that_of_keras(build, arguments):
    printed = []
    for k in (oracle, keras):
        k.utils.clear_session()
        build(k).summary(print_fn=printed.append, **arguments)
    assert printed[1] == printed[0]


def test_summary_prints_to_the_terminal(capsys):
    quickstart(keras).summary()
    assert "Total params: 101,770 (397.54 KB)" in capsys.readouterr().out
