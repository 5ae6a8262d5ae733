"""Finding, writing and rebuilding optimizers."""

from kerastorch.core.registry import Family
from kerastorch.optimizers.adadelta import Adadelta
from kerastorch.optimizers.adafactor import Adafactor
from kerastorch.optimizers.adagrad import Adagrad
from kerastorch.optimizers.adam import Adam, AdamW
from kerastorch.optimizers.adamax import Adamax
from kerastorch.optimizers.ftrl import Ftrl
from kerastorch.optimizers.lamb import Lamb
from kerastorch.optimizers.lion import Lion
from kerastorch.optimizers.loss_scale import LossScaleOptimizer
from kerastorch.optimizers.muon import Muon
from kerastorch.optimizers.nadam import Nadam
from kerastorch.optimizers.optimizer import Optimizer
from kerastorch.optimizers.rmsprop import RMSprop
from kerastorch.optimizers.schedule_free import ScheduleFreeAdamW
from kerastorch.optimizers.sgd import SGD

_CLASSES = (
    *(
        Adadelta,
        Adafactor,
        Adagrad,
        Adam,
        AdamW,
        Adamax,
        Ftrl,
        Lamb,
        Lion,
        LossScaleOptimizer,
        Muon,
        Nadam,
        RMSprop,
    ),
    *(SGD, ScheduleFreeAdamW),
)
_family = Family("optimizer", "keras.optimizers", Optimizer, {cls.__name__.lower(): cls for cls in _CLASSES})


def get(identifier):
    """Return the optimizer that a name, a config or an optimizer stands for.

    >>> keras.optimizers.get("adam").name
    'adam...'
    """
    if identifier is None or isinstance(identifier, (Optimizer, dict)):
        return _family.get(identifier)
    if isinstance(identifier, str):
        return _family.get(identifier)
    raise ValueError(
        f"Could not interpret optimizer identifier: {identifier}. Pass a name, a config or an `Optimizer`."
    )


def serialize(optimizer):
    """Return the config of an optimizer.

    >>> keras.optimizers.serialize(keras.optimizers.SGD(0.5))["config"]["learning_rate"]
    0.5
    """
    return _family.serialize(optimizer)


def deserialize(config, custom_objects=None):
    """Return the optimizer that a config describes.

    >>> keras.optimizers.deserialize({"class_name": "SGD", "config": {"momentum": 0.5}}).momentum
    0.5
    """
    return _family.deserialize(config, custom_objects)
