"""ActivityRegularization."""

from kerastorch import regularizers
from kerastorch.core.layer import Layer


class ActivityRegularization(Layer):
    """Return the input, and add l1 * sum(|x|) + l2 * sum(x^2) to the loss, per sample.

    Args:
        l1, l2: The factors.

    Shapes: any, and the same. Raises ValueError for factors that are no finite numbers of 0 or more.

    >>> layer = keras.layers.ActivityRegularization(l1=0.5)
    >>> _ = layer(np.ones((2, 3), "float32"))
    >>> len(layer.losses)
    1
    """

    config_exclude = ("activity_regularizer",)

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking = True
        self.l1, self.l2 = l1, l2

    def call(self, inputs):
        return inputs
