"""Whole trainings follow the real Keras: same weights, same batches, same losses."""

import keras as oracle
import numpy as np
import pytest

import kerastorch as keras

STEPS = 50

OPTIMIZERS = {
    "sgd": lambda k: k.optimizers.SGD(0.05),
    "sgd momentum": lambda k: k.optimizers.SGD(0.02, momentum=0.9),
    "sgd nesterov": lambda k: k.optimizers.SGD(0.02, momentum=0.9, nesterov=True),
    "adam": lambda k: k.optimizers.Adam(0.01),
    "adam amsgrad": lambda k: k.optimizers.Adam(0.01, amsgrad=True),
    "adamw": lambda k: k.optimizers.AdamW(0.01, weight_decay=0.01),
    "rmsprop": lambda k: k.optimizers.RMSprop(0.005),
    "rmsprop centered": lambda k: k.optimizers.RMSprop(0.005, momentum=0.5, centered=True),
    "adagrad": lambda k: k.optimizers.Adagrad(0.1),
    "adam schedule": lambda k: k.optimizers.Adam(k.optimizers.schedules.ExponentialDecay(0.02, 10, 0.8)),
    "adam clipnorm": lambda k: k.optimizers.Adam(0.01, clipnorm=0.1),
    "sgd global_clipnorm": lambda k: k.optimizers.SGD(0.1, global_clipnorm=0.5),
    "adam ema": lambda k: k.optimizers.Adam(0.01, use_ema=True, ema_overwrite_frequency=7),
}


def digits():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(320, 6)).astype("float32")
    y = (x @ rng.normal(size=(6, 4))).argmax(-1)
    return x, y


def mlp(k):
    return k.Sequential([k.Input((6,)), k.layers.Dense(16, activation="relu"), k.layers.Dense(4)])


def losses_of(k, model, optimizer, loss, batches, **compile_arguments):
    model.compile(optimizer=optimizer, loss=loss, **compile_arguments)
    found = []
    for x, y, weight in batches:
        model.reset_metrics()
        found.append(model.train_on_batch(x, y, sample_weight=weight, return_dict=True))
    return {key: [float(step[key]) for step in found] for key in found[0]}


def batches_of(x, y, weight=None, size=32):
    starts = [(step * size) % len(x) for step in range(STEPS)]
    return [
        (x[i : i + size], y[i : i + size], None if weight is None else weight[i : i + size]) for i in starts
    ]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_fifty_steps_give_the_losses_of_keras(name):
    x, y = digits()
    theirs, ours = mlp(oracle), mlp(keras)
    ours.set_weights(theirs.get_weights())
    curves = [
        losses_of(
            k,
            model,
            OPTIMIZERS[name](k),
            k.losses.SparseCategoricalCrossentropy(from_logits=True),
            batches_of(x, y),
            metrics=["accuracy"],
        )
        for k, model in ((oracle, theirs), (keras, ours))
    ]
    assert sorted(curves[0]) == sorted(curves[1])
    np.testing.assert_allclose(curves[1]["loss"], curves[0]["loss"], rtol=1e-4)
    np.testing.assert_allclose(curves[1]["accuracy"], curves[0]["accuracy"], atol=1e-6)
    for a, b in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


def convnet(k):
    return k.Sequential(
        [
            k.Input((8, 8, 2)),
            k.layers.Conv2D(4, 3, activation="relu", padding="same"),
            k.layers.BatchNormalization(),
            k.layers.MaxPooling2D(),
            k.layers.Flatten(),
            k.layers.Dense(3, kernel_regularizer="l2"),
        ]
    )


def text(k):
    return k.Sequential(
        [
            k.Input((7,), dtype="int32"),
            k.layers.Embedding(20, 5, mask_zero=True),
            k.layers.Bidirectional(k.layers.LSTM(4, return_sequences=True)),
            k.layers.GRU(4),
            k.layers.Dense(3),
        ]
    )


@pytest.mark.parametrize("build, kind", [(convnet, "image"), (text, "text")], ids=["convnet", "text"])
def test_deeper_models_follow_keras(build, kind):
    rng = np.random.default_rng(0)
    if kind == "image":
        x = rng.normal(size=(96, 8, 8, 2)).astype("float32")
    else:
        x = rng.integers(1, 20, size=(96, 7)).astype("int32")
        x[:, 5:] = np.where(rng.random((96, 2)) < 0.5, 0, x[:, 5:])
    y = rng.integers(0, 3, size=96)
    weight = rng.random(96).astype("float32")
    theirs, ours = build(oracle), build(keras)
    ours.set_weights(theirs.get_weights())
    curves = [
        losses_of(
            k,
            model,
            k.optimizers.Adam(0.01),
            k.losses.SparseCategoricalCrossentropy(from_logits=True),
            batches_of(x, y, weight),
            weighted_metrics=["accuracy"],
        )
        for k, model in ((oracle, theirs), (keras, ours))
    ]
    np.testing.assert_allclose(curves[1]["loss"], curves[0]["loss"], rtol=2e-3)


def two_outputs(k):
    inputs = k.Input((6,), name="features")
    hidden = k.layers.Dense(8, activation="tanh")(inputs)
    return k.Model(
        inputs, {"a": k.layers.Dense(1, name="a")(hidden), "b": k.layers.Dense(3, name="b")(hidden)}
    )


def test_two_outputs_have_the_logs_of_keras():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(64, 6)).astype("float32")
    y = {"a": rng.normal(size=(64, 1)).astype("float32"), "b": rng.normal(size=(64, 3)).astype("float32")}
    theirs, ours = two_outputs(oracle), two_outputs(keras)
    ours.set_weights(theirs.get_weights())
    logs = []
    for model in (theirs, ours):
        model.compile(
            "sgd",
            {"a": "mse", "b": "mae"},
            loss_weights={"a": 0.5, "b": 2.0},
            metrics={"a": ["mae"], "b": ["mse"]},
        )
        history = model.fit({"features": x}, y, epochs=3, shuffle=False, verbose=0, validation_split=0.25)
        logs.append(history.history)
    assert list(logs[0]) == list(logs[1])
    for key in logs[0]:
        np.testing.assert_allclose(logs[1][key], logs[0][key], rtol=1e-4, err_msg=key)
    results = [model.evaluate(x, y, verbose=0) for model in (theirs, ours)]
    np.testing.assert_allclose(results[1], results[0], rtol=1e-4)


FIT = {
    "plain": dict(),
    "class_weight": dict(class_weight={0: 0.5, 1: 2.0, 2: 1.0, 3: 3.0}),
    "sample_weight": dict(sample_weight=np.linspace(0.1, 2, 320).astype("float32")),
    "validation_data": dict(validation_data=digits(), validation_freq=2),
    "validation_split": dict(validation_split=0.3),
    "batch_size": dict(batch_size=50),
    "initial_epoch": dict(initial_epoch=1),
}


@pytest.mark.parametrize("name", FIT)
def test_fit_arguments_give_the_history_of_keras(name):
    x, y = digits()
    theirs, ours = mlp(oracle), mlp(keras)
    ours.set_weights(theirs.get_weights())
    histories = []
    for k, model in ((oracle, theirs), (keras, ours)):
        model.compile(
            k.optimizers.Adam(0.01),
            k.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
            weighted_metrics=["accuracy"],
        )
        histories.append(model.fit(x, y, epochs=3, shuffle=False, verbose=0, **FIT[name]))
    assert histories[0].epoch == histories[1].epoch
    assert sorted(histories[0].history) == sorted(histories[1].history)
    for key, values in histories[0].history.items():
        np.testing.assert_allclose(histories[1].history[key], values, rtol=1e-4, atol=1e-6, err_msg=key)
