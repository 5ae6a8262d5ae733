"""The base of the layers that prepare data."""

from kerastorch.core.layer import Layer


class PreparingLayer(Layer):
    """A layer that prepares data, in a model or before it."""

    def convert_weight(self, weight):
        """Return a weight as it is: there is one backend."""
        return weight
