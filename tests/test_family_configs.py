"""Configs of losses, metrics, optimizers and schedules go both ways between this library and the real Keras."""

import inspect
import json

import keras as real
import pytest

import kerastorch as keras

FAMILIES = {
    "losses": lambda k: (k.losses, k.losses.Loss),
    "metrics": lambda k: (k.metrics, k.metrics.Metric),
    "optimizers": lambda k: (k.optimizers, k.optimizers.Optimizer),
    "schedules": lambda k: (k.optimizers.schedules, k.optimizers.schedules.LearningRateSchedule),
}
ARGUMENTS = {
    "IoU": {"num_classes": 3, "target_class_ids": [0, 1]},
    "MeanIoU": {"num_classes": 3},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": [0, 1]},
    "OneHotMeanIoU": {"num_classes": 3},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
    "PiecewiseConstantDecay": {"boundaries": [1, 2], "values": [0.1, 0.2, 0.3]},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 10},
}
WRAPPERS = {"MeanMetricWrapper", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap"}
UNKNOWN_TO_KERAS = {"CategoricalGeneralizedCrossEntropy", "Lamb"}  # it cannot read its own configs of these


def classes():
    for family, find in FAMILIES.items():
        module, base = find(real)
        for name, cls in sorted(vars(module).items()):
            if inspect.isclass(cls) and issubclass(cls, base) and cls is not base and name not in WRAPPERS:
                yield family, name


@pytest.mark.parametrize(("writer", "reader"), [(real, keras), (keras, real)], ids=["in", "out"])
@pytest.mark.parametrize(("family", "name"), list(classes()))
def test_a_config_is_read(family, name, writer, reader):
    if reader is real and name in UNKNOWN_TO_KERAS:
        pytest.skip("Keras cannot read its own config of it")
    (there, _), (here, base) = FAMILIES[family](writer), FAMILIES[family](reader)
    made = getattr(there, name)(**ARGUMENTS.get(name, {}))
    config = json.loads(json.dumps(there.serialize(made)))
    read = here.deserialize(json.loads(json.dumps(config)))
    assert isinstance(read, base) and type(read).__name__ == name
    assert json.loads(json.dumps(here.serialize(read)))["config"] == config["config"]


@pytest.mark.parametrize("family", ["losses", "metrics", "optimizers"])
def test_every_name_of_keras_is_known(family):
    theirs, ours = getattr(real, family), getattr(keras, family)
    modules = {family: inspect.getmodule(theirs.get)}
    for name in modules[family].ALL_OBJECTS_DICT:
        try:
            expected = theirs.get(name)
        except (KeyError, TypeError, ValueError):
            continue  # it wants arguments
        found = ours.get(name)
        assert getattr(found, "__name__", type(found).__name__) == getattr(
            expected, "__name__", type(expected).__name__
        ), name
