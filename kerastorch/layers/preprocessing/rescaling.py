"""Rescaling."""

import numbers

from kerastorch.core import registry
from kerastorch.core.edge import as_tensor
from kerastorch.core.settings import image_data_format
from kerastorch.layers.preprocessing.preparing import PreparingLayer


class Rescaling(PreparingLayer):
    """inputs * scale + offset, in the layer's float type.

    Args:
        scale: A number, or one for each channel.
        offset: A number, or one for each channel.

    >>> keras.layers.Rescaling(1 / 127.5, offset=-1)(np.array([0, 255], "uint8"))
    tensor([-1.,  1.])
    """

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale, self.offset = _listed(scale), _listed(offset)
        self.supports_masking = True

    def call(self, inputs):
        x = inputs if inputs.dtype is self._torch_dtype else inputs.to(self._torch_dtype)
        x = x * self._factor(self.scale, x)
        return x if self.offset == 0 else x + self._factor(self.offset, x)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return a new layer from what `get_config` gave."""
        with registry.CustomObjectScope(custom_objects):
            return super().from_config(config)

    def _factor(self, value, x):
        if isinstance(value, numbers.Number):
            return value
        value = as_tensor(value, x.dtype)
        if value.device != x.device:
            value = value.to(x.device)
        if value.ndim and image_data_format() == "channels_first":
            value = value.reshape(value.shape + (1,) * max(0, x.ndim - 1 - value.ndim))
        return value


def _listed(value):
    if isinstance(value, (numbers.Number, list, tuple)):
        return value.item() if hasattr(value, "item") else value
    return as_tensor(value).tolist()
