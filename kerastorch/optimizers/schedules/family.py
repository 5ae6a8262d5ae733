"""Writing and rebuilding learning-rate schedules."""

from kerastorch.core.registry import Family
from kerastorch.optimizers.schedules import decays as decays  # registers the classes
from kerastorch.optimizers.schedules.schedule import LearningRateSchedule

_family = Family("learning rate schedule", "keras.optimizers.schedules", base=LearningRateSchedule)


def serialize(learning_rate_schedule):
    """Return the config of a schedule.

    >>> schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    >>> keras.optimizers.schedules.serialize(schedule)["config"]["decay_steps"]
    10
    """
    return _family.serialize(learning_rate_schedule)


def deserialize(config, custom_objects=None):
    """Return the schedule that a config describes.

    >>> config = {"class_name": "CosineDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 5}}
    >>> keras.optimizers.schedules.deserialize(config)(0)
    tensor(0.1000)
    """
    return _family.deserialize(config, custom_objects)
