"""Families, custom objects, and descriptions that come from files."""

import keras as oracle
import numpy as np
import pytest
import torch

import kerastorch as keras

FAMILIES = ["losses", "metrics", "optimizers", "initializers", "regularizers", "constraints", "activations"]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_name_that_keras_knows_is_known(family):
    names = [name for name in dir(getattr(oracle, family)) if not name.startswith("_")]
    ours, theirs = getattr(keras, family), getattr(oracle, family)
    found = 0
    for name in names:
        if name in (
            "get",
            "serialize",
            "deserialize",
            "Optimizer",
            "Metric",
            "Loss",
            "Regularizer",
            "Constraint",
        ):
            continue
        if name in (
            "Initializer",
            "RandomInitializer",
            "MeanMetricWrapper",
            "MeanIoU",
            "IoU",
            "legacy",
            "schedules",
        ):
            continue
        try:
            expected = theirs.get(name)
        except (ValueError, TypeError, KeyError, ImportError):  # it needs arguments, or a package
            continue
        got = ours.get(name)
        assert type(got).__name__ == type(expected).__name__ or callable(got), name
        found += 1
    assert found > 3


class Twice(keras.layers.Layer):
    def __init__(self, factor=2.0, inner=None, **kwargs):
        super().__init__(**kwargs)
        self.factor, self.inner = factor, inner

    def call(self, x):
        return x * self.factor


@keras.saving.register_keras_serializable("tests")
class Registered(Twice):
    pass


def test_configs_come_from_signatures():
    layer = Twice(3.0, inner=keras.layers.Dense(2, activation="relu"), name="t", dtype="float64")
    config = layer.get_config()
    assert config["factor"] == 3.0 and config["inner"]["class_name"] == "Dense" and config["name"] == "t"
    again = Twice.from_config(config)
    assert (
        again.inner.units == 2
        and again.inner.activation is keras.activations.relu
        and again.dtype == "float64"
    )


def test_registered_names_are_written_and_found():
    description = keras.saving.serialize_keras_object(Registered(5.0))
    assert description["registered_name"] == "tests>Registered"
    assert keras.saving.deserialize_keras_object(description).factor == 5.0
    assert keras.saving.get_registered_object("tests>Registered") is Registered
    assert keras.saving.get_registered_name(Registered) == "tests>Registered"


def test_custom_objects():
    def shifted(x):
        return x + 1

    layer = keras.layers.Dense(2, activation=shifted)
    description = keras.saving.serialize_keras_object(layer)
    with pytest.raises(TypeError, match="shifted"):
        keras.saving.deserialize_keras_object(description)
    again = keras.saving.deserialize_keras_object(description, custom_objects={"shifted": shifted})
    assert again.activation is shifted
    with keras.saving.custom_object_scope({"shifted": shifted}):
        assert keras.layers.Dense.from_config(layer.get_config()).activation is shifted


VALUES = [1, 2.5, "text", None, True, [1, [2]], {"a": 1}, slice(1, None, 2), Ellipsis, np.float32(2.0)]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_plain_values_round_trip(value):
    assert keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(value)) == value


def test_arrays_round_trip():
    for value in (np.arange(4, dtype="int16"), torch.arange(3.0)):
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(value))
        assert again.dtype == value.dtype and (again == value).all()


HOSTILE = {
    "a module of Python": {"module": "os", "class_name": "system", "config": "true", "registered_name": None},
    "a function of Python": {
        "module": "builtins",
        "class_name": "function",
        "config": "eval",
        "registered_name": "eval",
    },
    "our own utilities": {
        "module": "kerastorch.saving",
        "class_name": "load_model",
        "config": {"filepath": "x"},
    },
    "a class that is no family's": {
        "module": "subprocess",
        "class_name": "Popen",
        "config": {"args": ["true"]},
    },
    "a path": {"module": "keras.layers", "class_name": "../Dense", "config": {}},
    "not a name": {"module": "keras.layers", "class_name": ["Dense"], "config": {}},
    "a config that is no dict": {"module": "keras.layers", "class_name": "Dense", "config": [1]},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_descriptions_are_refused(name):
    with pytest.raises((TypeError, ValueError)):
        keras.saving.deserialize_keras_object(HOSTILE[name])


def test_a_lambda_needs_safe_mode_off():
    layer = keras.layers.Lambda(lambda x: x * 3)
    description = keras.saving.serialize_keras_object(layer)
    for safe_mode in (True, None, 0, "False"):
        with pytest.raises(ValueError, match=r"safe_mode|unsafe"):
            keras.saving.deserialize_keras_object(description, safe_mode=safe_mode)
    again = keras.saving.deserialize_keras_object(description, safe_mode=False)
    assert float(again(torch.ones(1))) == 3.0
