"""What fit and evaluate log of models with one or several outputs equals what the real Keras logs."""

import warnings

import keras as oracle
import numpy as np
import pytest

import kerastorch as keras

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 3)).astype("float32")
A = RNG.normal(size=(12, 1)).astype("float32")
B = RNG.integers(0, 2, (12, 1)).astype("float32")
W1, W2 = RNG.uniform(size=(2, 12)).astype("float32")
KERNELS = RNG.normal(size=(2, 3, 1)).astype("float32")

STRUCTURES = {
    "single": lambda a, b: a,
    "list": lambda a, b: [a, b],
    "tuple": lambda a, b: (a, b),
    "dict": lambda a, b: {"p": a, "q": b},
    "reversed dict": lambda a, b: {"q": a, "p": b},
    "nested": lambda a, b: {"z": [a, b], "k": a},
}


def functional(k, kind):
    inputs = k.Input((3,), name="in")
    layers = k.layers.Dense(1, name="a"), k.layers.Dense(1, activation="sigmoid", name="b")
    model = k.Model(inputs, STRUCTURES[kind](*(layer(inputs) for layer in layers)))
    return loaded(model, layers)


def subclassed(k, kind):
    class Two(k.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = k.layers.Dense(1), k.layers.Dense(1, activation="sigmoid")

        def call(self, x):
            return STRUCTURES[kind](self.a(x), self.b(x))

    model = Two()
    model(X[:1])
    return loaded(model, (model.a, model.b))


def loaded(model, layers):
    for layer, kernel in zip(layers, KERNELS):
        layer.set_weights([kernel, np.zeros(1)])
    return model


def logs(k, make, kind, arguments, y, sample_weight=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of outputs without a loss
        model = make(k, kind)
        model.compile("sgd", **arguments(k))
        fit = {"batch_size": 4, "verbose": 0, "sample_weight": sample_weight}
        found = dict(model.fit(X, y, epochs=2, shuffle=False, **fit).history)
        found["evaluate"] = np.ravel(model.evaluate(X, y, **fit))
        first = k.tree.map_structure(lambda v: v[:4], y)
        found |= {f"step_{key}": v for key, v in model.train_on_batch(X[:4], first, return_dict=True).items()}
    return found, [metric.name for metric in model.metrics]


# model, its outputs, the arguments of compile, targets, sample weights
ROWS = {
    "metrics": (functional, "single", lambda k: dict(loss="mse", metrics=["mae"]), A),
    "same twice": (
        functional,
        "single",
        lambda k: dict(loss="mse", metrics=["mae", "mae"], weighted_metrics=["mae", "mape", "mae"]),
        A,
        W1,
    ),
    "one weight": (functional, "single", lambda k: dict(loss="mse", loss_weights=0.5), A),
    "loss for all": (functional, "list", lambda k: dict(loss="mse"), [A, B]),
    "losses": (
        functional,
        "list",
        lambda k: dict(loss=["mse", "bce"], metrics=["mae", "accuracy"], loss_weights=[1, 0.5]),
        [A, B],
    ),
    "named": (
        functional,
        "list",
        lambda k: dict(loss={"b": "bce", "a": "mse"}, metrics={"b": ["accuracy", "mse"]}),
        {"a": A, "b": B},
    ),
    "one loss of two": (
        functional,
        "list",
        lambda k: dict(loss=[None, "bce"], metrics=[None, "mae"]),
        [A, B],
    ),
    "target for the one loss": (functional, "list", lambda k: dict(loss=["mse", None]), A),
    "weights by output": (
        functional,
        "list",
        lambda k: dict(loss=["mse", "bce"], metrics=["mae", "mae"], weighted_metrics=["mae", "mae"]),
        [A, B],
        [W1, W2],
    ),
    "weights for all": (
        functional,
        "list",
        lambda k: dict(loss=["mse", "bce"], weighted_metrics=["mae", "mae"]),
        [A, B],
        W1,
    ),
    "tuple": (functional, "tuple", lambda k: dict(loss=["mse", "bce"]), (A, B)),
    "dict": (
        functional,
        "dict",
        lambda k: dict(loss={"p": "mse", "q": "bce"}, metrics={"p": "mae", "q": "accuracy"}),
        {"p": A, "q": B},
    ),
    "dict in another order": (
        functional,
        "reversed dict",
        lambda k: dict(loss={"p": "bce", "q": "mse"}, metrics={"p": "mae", "q": "accuracy"}),
        {"p": B, "q": A},
    ),
    "part of a dict": (functional, "dict", lambda k: dict(loss={"p": "mse"}), {"p": A, "q": B}),
    "dict, list of targets": (functional, "dict", lambda k: dict(loss={"p": "mse", "q": "bce"}), [A, B]),
    "dict weights": (
        functional,
        "dict",
        lambda k: dict(loss={"p": "mse", "q": "bce"}, loss_weights={"q": 0.1, "p": 3.0}),
        {"p": A, "q": B},
    ),
    "nested": (
        functional,
        "nested",
        lambda k: dict(
            loss={"k": "mae", "z": ["mse", "bce"]}, metrics={"z": ["mse", ["mae", "mse"]], "k": "mae"}
        ),
        {"z": [A, B], "k": A},
    ),
    "class, list": (
        subclassed,
        "list",
        lambda k: dict(loss=["mse", "bce"], metrics=["mae", "accuracy"]),
        [A, B],
    ),
    "class, one loss": (subclassed, "list", lambda k: dict(loss="mse"), [A, B]),
    "class, dict": (
        subclassed,
        "dict",
        lambda k: dict(loss={"p": "mse", "q": "bce"}, metrics={"p": "mae", "q": "accuracy"}),
        {"p": A, "q": B},
    ),
    "loss objects": (
        functional,
        "list",
        lambda k: dict(loss=[k.losses.Huber(name="h"), "crossentropy"]),
        [A, B],
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_logs_are_those_of_keras(row):
    (theirs, names), (ours, own_names) = logs(oracle, *row), logs(keras, *row)
    assert ours.keys() == theirs.keys()
    assert own_names == names
    for key, value in theirs.items():
        np.testing.assert_allclose(ours[key], value, rtol=1e-5, atol=1e-6, err_msg=key)


LIST = [A, B]
ERRORS = {
    "names of no output": (dict(loss={"a": "mse"}), LIST, ValueError, "Expected keys"),
    "too many losses": (dict(loss=["mse"] * 3), LIST, KeyError, "can't be found"),
    "too few targets": (dict(loss=["mse", "mse"]), [A], ValueError, "different structures"),
    "loss_weights": (
        dict(loss=["mse", "mse"], loss_weights=[1, 2, 3]),
        LIST,
        ValueError,
        "must match the number",
    ),
    "loss_weights as text": (dict(loss="mse", loss_weights="2"), LIST, ValueError, "Expected `loss_weights`"),
    "too many metrics": (dict(loss="mse", metrics=["mae"] * 3), LIST, ValueError, "Invalid `metrics`"),
    "metrics of no output": (dict(loss="mse", metrics={"c": "mae"}), LIST, ValueError, "Invalid `metrics`.*"),
    "no loss": (dict(metrics=["mae", "mae"]), LIST, ValueError, "No loss to compute"),
}


@pytest.mark.parametrize(("arguments", "y", "error", "message"), ERRORS.values(), ids=ERRORS)
def test_errors(arguments, y, error, message):
    with pytest.raises(error, match=message):
        model = functional(keras, "list")
        model.compile("sgd", **arguments)
        model.fit(X, y, verbose=0)


def test_a_loss_may_take_several_outputs_at_once():
    def distance(y_true, y_pred):
        return sum(keras.ops.mean(keras.ops.abs(t - p)) for t, p in zip(y_true, y_pred))

    model = functional(keras, "tuple")
    model.compile("sgd", loss=[distance, ("mse", None)])
    assert sorted(model.fit(X, (A, B), verbose=0).history) == ["a_b_loss", "a_loss", "loss"]


def test_metrics_of_a_model_inside_are_its_own():
    inner = functional(keras, "single")
    inner.compile("sgd", "mse", metrics=["mae"])
    outer = keras.Sequential([keras.Input((3,)), inner, keras.layers.Dense(1)])
    outer.compile("sgd", "mse")
    assert [metric.name for metric in outer.metrics] == ["loss"]


def test_on_batch_methods_start_the_metrics_afresh():
    model = functional(keras, "single")
    model.compile(keras.optimizers.SGD(0.0), "mse")
    first = model.train_on_batch(X[:4], A[:4])
    model.train_on_batch(X[4:], A[4:])
    assert model.test_on_batch(X[:4], A[:4]) == pytest.approx(float(first))


def test_validation_steps_begin_at_the_first_batch_each_time():
    model = functional(keras, "single")
    model.compile(keras.optimizers.SGD(0.0), "mse")
    history = model.fit(
        X, A, epochs=3, validation_data=(X, A), validation_steps=2, validation_batch_size=3, verbose=0
    )
    assert len(set(history.history["val_loss"])) == 1


def test_compute_loss_may_leave_out_training():
    class Old(keras.Sequential):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
            return 2 * super().compute_loss(x, y, y_pred, sample_weight)

    model = Old([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    plain = float(((model.predict(X, verbose=0) - A) ** 2).mean())
    assert model.fit(X, A, verbose=0).history["loss"][0] == pytest.approx(2 * plain, rel=1e-5)


def test_run_eagerly_wins_over_jit_compile():
    model = functional(keras, "single")
    with pytest.warns(UserWarning, match="Disabling `jit_compile`"):
        model.compile("sgd", "mse", run_eagerly=True, jit_compile=True)
    assert not model.jit_compile
