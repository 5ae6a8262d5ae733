"""Quantizers by name."""

import torch

from kerastorch.core.configurable import Configurable
from kerastorch.core.registry import Family, deserialize_keras_object
from kerastorch.quantizers.functions import abs_max_quantize


class Quantizer(Configurable):
    """Base of quantizers. A subclass defines `__call__(x)`.

    Args:
        output_dtype: The dtype of the results.
    """

    def __init__(self, output_dtype="int8"):
        self.output_dtype = output_dtype

    def __call__(self, x):
        """Return the quantized x."""
        return x

    def get_config(self):
        """Return the arguments that rebuild this object, ready for JSON."""
        if type(self).get_config is Quantizer.get_config:
            raise NotImplementedError(f"{type(self).__name__} does not implement get_config()")
        return super().get_config()


class AbsMaxQuantizer(Quantizer):
    """`abs_max_quantize` with its arguments fixed.

    Args:
        axis: The axes that one scale is for; it may be given in the call instead.
        value_range: The range of the results.
        epsilon: What keeps the scale finite.
        output_dtype: The dtype of the results.

    >>> keras.quantizers.AbsMaxQuantizer(axis=-1)([[1.0, -2.0]])[0]
    tensor([[  64, -127]], dtype=torch.int8)
    """

    def __init__(self, axis=None, value_range=(-127, 127), epsilon=1e-7, output_dtype="int8"):
        super().__init__(output_dtype)
        self.axis = (axis,) if isinstance(axis, int) else None if axis is None else tuple(axis)
        self.value_range = tuple(value_range)
        self.epsilon = epsilon
        if output_dtype == "int8" and (self.value_range[0] < -128 or self.value_range[1] > 127):
            raise ValueError(
                "With output_dtype='int8', `value_range` must lie within [-128, 127]. "
                f"Received: value_range={value_range}"
            )

    def __call__(self, x, axis=None, to_numpy=False):
        """Return the quantized x and its scale."""
        axis = self.axis if axis is None else axis
        if axis is None:
            raise ValueError("`axis` must be given, in the call or to the quantizer. Received: axis=None")
        quantize = abs_max_quantize.fn if isinstance(x, torch.Tensor) else abs_max_quantize
        return quantize(x, axis, self.value_range, self.output_dtype, self.epsilon, to_numpy)

    def get_config(self):
        config = super().get_config()
        names = ("value_range", "epsilon", "output_dtype", *(("axis",) if self.axis is not None else ()))
        return {name: config[name] for name in names}


_family = Family("quantizer", "keras.quantizers", Quantizer)


def serialize(initializer):
    """Return the config of a quantizer."""
    return _family.serialize(initializer)


def deserialize(config, custom_objects=None):
    """Return the quantizer, or the quantization config, that a config describes."""
    if isinstance(config, dict):
        config = {"module": "keras.quantizers", **config}
    return deserialize_keras_object(config, custom_objects=custom_objects)


def get(identifier, **kwargs):
    """Return the quantizer that a name (made with `kwargs`), a config or a quantizer stands for.

    >>> keras.quantizers.get("abs_max_quantizer", axis=0).axis
    (0,)
    """
    return _family.find(identifier)(**kwargs) if isinstance(identifier, str) else _family.get(identifier)
