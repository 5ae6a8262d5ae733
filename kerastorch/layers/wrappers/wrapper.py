"""Wrapper: a layer around another one."""

from kerastorch.core import registry
from kerastorch.core.layer import Layer


class Wrapper(Layer):
    """Base of layers that hold another layer as `layer`.

    Args:
        layer: The layer.

    Shapes: those of the layer. Raises ValueError unless `layer` is a layer.

    >>> class Twice(keras.layers.Wrapper):
    ...     def call(self, inputs):
    ...         return 2 * self.layer(inputs)
    >>> Twice(keras.layers.Activation("relu"))(np.array([[-1.0, 1.0]]))
    tensor([[0., 2.]])
    """

    def __init__(self, layer, **kwargs):
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Layer {layer} supplied to {type(self).__name__} isn't a supported layer type. Please ensure "
                f"wrapped layer is a valid Keras layer. Received: layer={layer} (of type {type(layer)})"
            )
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape=None):
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True

    @classmethod
    def from_config(cls, config, custom_objects=None):
        with registry.CustomObjectScope(custom_objects):
            return super().from_config(config)
