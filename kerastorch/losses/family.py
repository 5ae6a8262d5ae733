"""Losses by name."""

from kerastorch.core.registry import Family
from kerastorch.losses.base import FunctionLoss, FunctionWrapper, Loss
from kerastorch.losses.crossentropy import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    kl_divergence,
    sparse_categorical_crossentropy,
)
from kerastorch.losses.margins import categorical_hinge, hinge, squared_hinge
from kerastorch.losses.regression import (
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
)
from kerastorch.losses.structured import circle, ctc, dice, tversky

FUNCTIONS = [
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    circle,
    cosine_similarity,
    ctc,
    dice,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
    tversky,
]
SHORT_NAMES = {
    "bce": binary_crossentropy,
    "kld": kl_divergence,
    "mae": mean_absolute_error,
    "mse": mean_squared_error,
    "mape": mean_absolute_percentage_error,
    "msle": mean_squared_logarithmic_error,
}
_family = Family(
    "loss",
    "keras.losses",
    base=Loss,
    aliases={fn.__name__: fn for fn in FUNCTIONS}
    | SHORT_NAMES
    | {name.upper(): fn for name, fn in SHORT_NAMES.items()},
)


def get(identifier):
    """Return the loss, or the function, that a name, a config or a callable stands for.

    >>> keras.losses.get("mse") is keras.losses.mean_squared_error
    True
    """
    return _family.get(identifier)


def deserialize(name, custom_objects=None):
    """Return the loss that a name or a config describes.

    >>> keras.losses.deserialize("mse") is keras.losses.mean_squared_error
    True
    """
    return _family.deserialize(name, custom_objects)


def as_loss(identifier):
    """Return a `Loss` for a name, a config, a function or a `Loss`; None for None.

    A built-in function becomes its class, which knows the fused form.

    >>> type(keras.losses.as_loss("mse")).__name__
    'MeanSquaredError'
    """
    loss = get(identifier)
    if loss is None or isinstance(loss, Loss):
        return loss
    cls = _CLASSES.get(loss)
    return FunctionWrapper(loss) if cls is None else cls()


_CLASSES = {cls.__dict__["fn"].__func__: cls for cls in FunctionLoss.__subclasses__() if "fn" in cls.__dict__}


def serialize(loss):
    """Return the config of a loss.

    >>> keras.losses.serialize(keras.losses.Huber())["class_name"]
    'Huber'
    """
    return _family.serialize(loss)
