"""Models as scikit-learn estimators."""

import subprocess
import sys

import numpy as np
import pytest

import kerastorch as keras

WITHOUT = """
import sys
sys.modules["sklearn"] = None
import kerastorch as keras
assert not any(name.startswith("sklearn.") for name in sys.modules)
try:
    keras.wrappers.SKLearnClassifier(None)
except ImportError as e:
    assert "pip install scikit-learn" in str(e)
else:
    raise AssertionError
"""


def test_without_sklearn():
    subprocess.run([sys.executable, "-c", WITHOUT], check=True)


@pytest.fixture
def data():
    pytest.importorskip("sklearn")
    x = np.random.default_rng(0).normal(size=(90, 4))
    return x, np.array(["low", "middle", "high"])[np.digitize(x.sum(1), [-1, 1])]


def make(X, y, units=16, loss="categorical_crossentropy"):
    last = "softmax" if loss == "categorical_crossentropy" else None
    outputs = keras.layers.Dense(y.shape[1], activation=last)
    model = keras.Sequential(
        [keras.Input(X.shape[1:]), keras.layers.Dense(units, activation="relu"), outputs]
    )
    model.compile(keras.optimizers.Adam(0.05), loss)
    return model


def test_classifier(data):
    x, y = data
    classifier = keras.wrappers.SKLearnClassifier(make, fit_kwargs={"epochs": 60, "verbose": 0})
    assert classifier.fit(x, y) is classifier
    assert classifier.score(x, y) > 0.9 and list(classifier.classes_) == ["high", "low", "middle"]
    assert classifier.decision_function(x).shape == (90, 3)
    assert len(classifier.history_.history["loss"]) == classifier.epoch_ == 60
    with pytest.raises(ValueError, match="only one class"):
        classifier.fit(x, np.zeros(90, int))
    with pytest.raises(ValueError, match="Target type: continuous"):
        classifier.fit(x, np.linspace(0, 1, 90))


def test_search_and_clone(data):
    from sklearn.base import clone, is_classifier
    from sklearn.model_selection import GridSearchCV

    x, y = data
    estimator = keras.wrappers.SKLearnClassifier(make, fit_kwargs={"epochs": 1, "verbose": 0})
    assert is_classifier(estimator) and clone(estimator).get_params() == estimator.get_params()
    search = GridSearchCV(estimator, {"model_kwargs": [{"units": 2}, {"units": 3}]}, cv=2).fit(x, y)
    assert search.best_params_["model_kwargs"]["units"] in (2, 3)


def test_regressor(data):
    from sklearn.base import is_regressor

    x, _ = data
    regressor = keras.wrappers.SKLearnRegressor(make, model_kwargs={"loss": "mse"})
    y = x @ [1.0, 2.0, -1.0, 0.5]
    assert is_regressor(regressor)
    assert regressor.fit(x, y, epochs=60, verbose=0).score(x, y) > 0.9
    assert regressor.predict(x).shape == (90,)
    assert regressor.fit(x, np.stack([y, -y], 1), epochs=1, verbose=0).predict(x).shape == (90, 2)


def test_transformer_and_warm_start(data):
    x, _ = data
    model = make(x, x[:, :2], loss="mse")
    start = model.get_weights()
    fresh = keras.wrappers.SKLearnTransformer(model, fit_kwargs={"epochs": 1, "verbose": 0}).fit(x, x[:, :2])
    assert fresh.transform(x).shape == (90, 2) and fresh.model_ is not model
    np.testing.assert_array_equal(model.get_weights()[0], start[0])
    warm = keras.wrappers.SKLearnTransformer(model, warm_start=True).fit(x, x[:, :2], verbose=0)
    assert warm.model_ is model and not np.array_equal(model.get_weights()[0], start[0])


def test_needs_fit_and_compile(data):
    from sklearn.exceptions import NotFittedError

    x, y = data
    with pytest.raises(NotFittedError):
        keras.wrappers.SKLearnClassifier(make).predict(x)
    with pytest.raises(RuntimeError, match="compiled"):
        keras.wrappers.SKLearnClassifier(keras.Sequential([keras.layers.Dense(3)])).fit(x, y)
