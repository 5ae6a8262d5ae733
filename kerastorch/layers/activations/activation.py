"""Activation: any activation function as a layer."""

from kerastorch import activations
from kerastorch.core.layer import Layer
from kerastorch.layers.activations.activate import activate


class Activation(Layer):
    """Apply an activation function.

    Args:
        activation: A function or its name.

    Shapes: any, and the same. Raises ValueError for an unknown name.

    >>> keras.layers.Activation("relu")(np.array([-1.0, 1.0], "float32"))
    tensor([0., 1.])
    """

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)

    def call(self, inputs):
        return activate(self.activation, inputs)
