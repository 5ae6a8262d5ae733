"""Pipeline."""

from kerastorch.core import tree
from kerastorch.core.call import get_mask
from kerastorch.core.call_spec import call_signature
from kerastorch.core.layer import Layer
from kerastorch.core.registry import deserialize_keras_object, serialize_keras_object


class Pipeline(Layer):
    """Layers one after the other, as preprocessing; a model inside a `Dataset.map`, without weights of its own.

    Args:
        layers: The layers.
        name: The name.

    >>> double = keras.layers.Rescaling(2.0)
    >>> keras.layers.Pipeline([double, double])([1.0, 2.0])
    tensor([4., 8.])
    """

    def __init__(self, layers, name=None):
        super().__init__(name=name)
        self._pipeline_layers = list(layers)

    @property
    def layers(self):
        """The layers, in order."""
        return self._pipeline_layers

    def call(self, inputs, training=True, mask=None):
        for layer in self._pipeline_layers:
            signature = call_signature(type(layer).call)
            options = {"training": training} if signature.training and training is not None else {}
            if "mask" in signature.masks:
                options["mask"] = mask
            inputs = layer(inputs, **options)
            mask = tree.map_structure(get_mask, inputs)
        return inputs

    def get_config(self):
        """Return the name and the layers, ready for JSON."""
        return {"name": self.name, "layers": serialize_keras_object(self._pipeline_layers)}

    @classmethod
    def from_config(cls, config):
        """Return a new pipeline from what `get_config` gave."""
        layers = config.get("layers")
        if not isinstance(layers, (list, tuple)):
            raise ValueError(
                "`Pipeline` config must contain a `layers` key mapping to a list of serialized layers. "
                f"Received config with layers={layers}"
            )
        return cls(**{**config, "layers": [deserialize_keras_object(layer) for layer in layers]})
