"""Finding, writing and rebuilding layers."""

from kerastorch.core.layer import Layer
from kerastorch.core.registry import Family

_family = Family("layer", "keras.layers", Layer)


def serialize(layer):
    """Return the config of a layer.

    >>> keras.layers.serialize(keras.layers.Flatten())["class_name"]
    'Flatten'
    """
    return _family.serialize(layer)


def deserialize(config, custom_objects=None):
    """Return the layer that a config describes.

    >>> keras.layers.deserialize({"class_name": "Dense", "config": {"units": 3}}).units
    3
    """
    layer = _family.deserialize(config, custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(
            f"`keras.layers.deserialize` was passed a `config` object that is not a `keras.layers.Layer`. "
            f"Received: {config}"
        )
    return layer
