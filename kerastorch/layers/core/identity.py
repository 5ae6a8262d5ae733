"""Identity."""

from kerastorch.core.layer import Layer


class Identity(Layer):
    """Return the input.

    Shapes: any, and the same. Raises nothing.

    >>> keras.layers.Identity()(torch.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        return inputs
