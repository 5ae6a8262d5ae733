"""fit, evaluate and predict: every kind of input, user's own steps, and what goes wrong."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import torch

import kerastorch as keras

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int64")


def model(outputs=2, **compile_arguments):
    net = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(outputs)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(**{"optimizer": "adam", "loss": loss, "metrics": ["accuracy"], **compile_arguments})
    return net


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        rows = slice(16 * index, 16 * index + 16)
        return X[rows], Y[rows]


def generator():
    while True:
        for start in range(0, 64, 16):
            yield X[start : start + 16], Y[start : start + 16]


def loader():
    dataset = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    return torch.utils.data.DataLoader(dataset, batch_size=16)


INPUTS = {
    "numpy": lambda: dict(x=X, y=Y),
    "float64": lambda: dict(x=X.astype("float64"), y=Y),
    "uint8 labels": lambda: dict(x=X, y=Y.astype("uint8")),
    "labels in a column": lambda: dict(x=X, y=Y[:, None]),
    "torch": lambda: dict(x=torch.from_numpy(X), y=torch.from_numpy(Y)),
    "lists": lambda: dict(x=X.tolist(), y=Y.tolist()),
    "pandas": lambda: dict(x=pd.DataFrame(X), y=pd.Series(Y)),
    "generator": lambda: dict(x=generator(), steps_per_epoch=4),
    "loader": lambda: dict(x=loader()),
    "dataset": lambda: dict(x=Batches()),
}


@pytest.mark.parametrize("name", INPUTS)
def test_every_input_trains_alike(name):
    keras.utils.set_random_seed(1)
    reference = model()
    keras.utils.set_random_seed(1)
    net = model()
    expected = reference.fit(X, Y, batch_size=16, epochs=2, shuffle=False, verbose=0).history["loss"]
    arguments = INPUTS[name]()
    if "y" in arguments:
        arguments.update(batch_size=16)
    got = net.fit(**arguments, epochs=2, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_dict_and_list_inputs():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    net = keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))
    net.compile("sgd", "mse")
    target = np.ones((64, 1))
    net.fit({"a": X, "b": X}, target, verbose=0)
    net.fit([X, X], target, verbose=0)
    net.fit((X, X), target, verbose=0)
    assert net.predict({"b": X, "a": X}, verbose=0).shape == (64, 1)


def test_predict_keeps_the_structure_and_gives_numpy():
    net = model()
    outputs = net.predict(X, batch_size=10, verbose=0)
    assert isinstance(outputs, np.ndarray) and outputs.shape == (64, 2)
    np.testing.assert_allclose(outputs, keras.ops.convert_to_numpy(net(X)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(net.predict_on_batch(X), outputs, rtol=1e-5, atol=1e-6)
    two = keras.Model(net.inputs, {"a": net.outputs[0], "b": net.layers[0].output})
    found = two.predict(X, verbose=0)
    assert found["a"].shape == (64, 2) and found["b"].shape == (64, 8)


def test_evaluate_returns_a_list_or_a_dict():
    net = model()
    values = net.evaluate(X, Y, verbose=0)
    named = net.evaluate(X, Y, verbose=0, return_dict=True)
    assert list(named) == ["accuracy", "loss"]
    assert values == pytest.approx([named["loss"], named["accuracy"]])
    assert all(isinstance(value, float) for value in values)
    plain = model(metrics=None)
    assert isinstance(plain.evaluate(X, Y, verbose=0), float)


@pytest.mark.parametrize(
    "how", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["copy", "pickle"]
)
def test_a_copy_of_a_trained_model_trains_by_itself(how):
    net = model()
    net.fit(X, Y, verbose=0)
    net.evaluate(X, Y, verbose=0)
    net.predict(X, verbose=0)
    other = how(net)
    before = net.get_weights()
    np.testing.assert_array_equal(before[0], other.get_weights()[0])
    expected = net.evaluate(X, Y, verbose=0)
    assert other.evaluate(X, Y, verbose=0) == pytest.approx(expected)
    other.fit(X, Y, epochs=2, verbose=0)
    np.testing.assert_array_equal(before[0], net.get_weights()[0])
    assert not np.array_equal(before[0], other.get_weights()[0])
    net.fit(X, Y, epochs=2, shuffle=False, verbose=0)


def test_frozen_layers_stay():
    net = model()
    net.layers[0].trainable = False
    before = [w.copy() for w in net.get_weights()]
    net.fit(X, Y, epochs=2, verbose=0)
    after = net.get_weights()
    np.testing.assert_array_equal(before[0], after[0])
    assert not np.array_equal(before[2], after[2])


class Custom(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)
        self.seen = keras.metrics.Mean(name="seen")

    def call(self, x, training=False):
        return self.dense(x)

    @property
    def metrics(self):
        return [self.seen]

    def train_step(self, data):
        x, y = data
        self.zero_grad()
        loss = torch.nn.functional.cross_entropy(self(x, training=True), y)
        loss.backward()
        weights = list(self.trainable_weights)
        with torch.no_grad():
            self.optimizer.apply([w.grad for w in weights], weights)
        self.seen.update_state(loss)
        return {"seen": self.seen.result()}

    def test_step(self, data):
        x, y = data
        self.seen.update_state(torch.nn.functional.cross_entropy(self(x), y))
        return {"seen": self.seen.result()}


def test_own_train_step():
    net = Custom()
    net.compile(optimizer=keras.optimizers.Adam(0.05))
    history = net.fit(X, Y, epochs=5, verbose=0, validation_data=(X, Y)).history
    assert list(history) == ["seen", "val_seen"]
    assert history["seen"][-1] < history["seen"][0]
    assert net.evaluate(X, Y, verbose=0) == pytest.approx(history["val_seen"][-1])


def test_own_compute_loss_and_add_loss():
    class Penalised(keras.layers.Layer):
        def call(self, x):
            self.add_loss(x.square().mean())
            return x

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense, self.penalty = keras.layers.Dense(1, kernel_regularizer="l2"), Penalised()

        def call(self, x):
            return self.penalty(self.dense(x))

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return (y_pred - y).abs().mean() + sum(self.losses)

    net = Own()
    net.compile(keras.optimizers.SGD(0.0))
    target = np.zeros((64, 1), "float32")
    loss = net.fit(X, target, batch_size=64, verbose=0).history["loss"][0]
    out = net(X)
    expected = out.abs().mean() + out.square().mean() + 0.01 * net.dense.kernel.square().sum()
    assert loss == pytest.approx(float(expected.detach()), rel=1e-5)
    for _ in range(3):
        net(X)
    assert len(net.losses) == 2


def test_steps_per_execution_and_callbacks():
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append((batch, dict(logs)))

    model().fit(X, Y, batch_size=16, verbose=0, callbacks=[Watch()])
    assert [batch for batch, _ in seen] == [0, 1, 2, 3]
    assert all(isinstance(value, float) for _, logs in seen for value in logs.values())
    seen.clear()
    model(steps_per_execution=2).fit(X, Y, batch_size=16, verbose=0, callbacks=[Watch()])
    assert [batch for batch, _ in seen] == [1, 3]


def test_an_interrupt_leaves_the_model_usable():
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    net = model()
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, verbose=0, callbacks=[Stop()])
    history = net.fit(X, Y, epochs=2, verbose=0).history
    assert len(history["loss"]) == 2 and torch.is_grad_enabled()
    assert net(torch.from_numpy(X)).requires_grad


def test_nan_stops_training():
    net = model()
    bad = X.copy()
    bad[0] = np.nan
    history = net.fit(bad, Y, epochs=5, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert len(history.epoch) <= 1


def test_regularizers_and_activity_are_in_the_loss():
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activity_regularizer="l1")])
    net.compile(keras.optimizers.SGD(0.0), "mse")
    loss = net.evaluate(X, np.zeros((64, 1)), batch_size=64, verbose=0)
    out = keras.ops.convert_to_numpy(net(X))
    assert loss == pytest.approx(float((out**2).mean() + 0.01 * np.abs(out).mean()), rel=1e-5)


ERRORS = {
    "not compiled": (lambda: keras.Sequential([keras.layers.Dense(1)]).fit(X, Y), ValueError, "compile"),
    "sizes differ": (lambda: model().fit(X, Y[:30]), ValueError, r"cardinality[\s\S]*64[\s\S]*30"),
    "no samples": (lambda: model().fit(X[:0], Y[:0]), ValueError, "(?i)empty|no data|at least one"),
    "wrong features": (lambda: model().fit(X[:, :3], Y, verbose=0), ValueError, r"\(None, 4\)|found shape"),
    "label out of range": (lambda: model().fit(X, Y + 5, verbose=0), ValueError, "(?i)label"),
    "unknown optimizer": (lambda: model(optimizer="adma"), ValueError, "Did you mean 'adam'"),
    "unknown loss": (lambda: model(loss="mean_square_error"), ValueError, "Did you mean"),
    "unknown metric": (lambda: model(metrics=["acuracy"]), ValueError, "(?i)could not interpret"),
    "metrics not a list": (lambda: model(metrics="mae"), ValueError, "list, tuple, or dict"),
    "target shape": (
        lambda: model(loss="mse", outputs=2).fit(X, np.ones((64, 3)), verbose=0),
        ValueError,
        r"\(.*3\)[\s\S]*\(.*2\)|\(.*2\)[\s\S]*\(.*3\)",
    ),
    "strings": (lambda: model().fit(np.array(["a"] * 64), Y, verbose=0), ValueError, "(?i)text|string|dtype"),
    "no target": (lambda: model().fit(X, verbose=0), ValueError, "(?i)target"),
    "both weights": (
        lambda: model().train_on_batch(X, Y, sample_weight=np.ones(64), class_weight={0: 1.0}),
        ValueError,
        "same time",
    ),
    "validation split of a generator": (
        lambda: model().fit(generator(), steps_per_epoch=1, validation_split=0.2),
        ValueError,
        "validation_split",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_is_wrong(name):
    make, kind, text = ERRORS[name]
    with pytest.raises(kind, match=text):
        make()


def test_a_generator_that_ends_early_warns():
    def short():
        yield X[:16], Y[:16]

    with pytest.warns(UserWarning, match="ran out of data"):
        model().fit(short(), steps_per_epoch=3, verbose=0)
