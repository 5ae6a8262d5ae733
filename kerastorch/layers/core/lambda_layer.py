"""Lambda: any function as a layer."""

import inspect

import numpy as np

from kerastorch.core import edge, registry, tree
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from kerastorch.layers.activations.activate import call_given


class Lambda(Layer):
    """function(inputs, **arguments).

    A lambda is written into a model file as code, and such a file loads only with `safe_mode=False`. The function
    should use no variables of its own: they are neither trained nor saved.

    Args:
        function: A function of the input, and of `mask` and `training` if it has arguments of these names.
        output_shape: The output's shape without the batch, or a function of the input's shape. It is found by
            running the function where it is not given.
        mask: The mask of the output, or a function of input and mask that gives it.
        arguments: Further keyword arguments of the function.

    Raises TypeError unless `function` can be called, and ValueError when a lambda is loaded in safe mode.

    >>> keras.layers.Lambda(lambda x: x**2)(np.array([3.0], "float32"))
    tensor([9.])
    """

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"`function` must be callable. Received: function={function!r}")
        if isinstance(output_shape, int):
            output_shape = (output_shape,)
        self.function = function
        self.arguments = arguments or {}
        self.mask = mask
        self.supports_masking = mask is not None
        self._output_shape = output_shape
        self._expected = _argument_names(function)

    def call(self, inputs, mask=None, training=None):
        kwargs = dict(self.arguments)
        if "mask" in self._expected:
            kwargs["mask"] = mask
        if "training" in self._expected:
            kwargs["training"] = training
        outputs = call_given(self.function, inputs, **kwargs)
        return tree.map_structure(lambda x: edge.as_tensor(x) if isinstance(x, np.ndarray) else x, outputs)

    def compute_output_spec(self, inputs, **kwargs):
        if self._output_shape is None:
            return super().compute_output_spec(inputs, **kwargs)
        shape = self.compute_output_shape(tree.map_structure(lambda x: x.shape, inputs))
        return KerasTensor(shape, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shape (or list of shapes) of the input."""
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return tuple(self._output_shape(input_shape))
        batch = input_shape[0][0] if isinstance(input_shape, list) else input_shape[0]
        return (batch, *self._output_shape)

    def compute_mask(self, inputs, mask=None):
        return call_given(self.mask, inputs, mask) if callable(self.mask) else self.mask

    def get_config(self):
        config = super().get_config()
        config["function"] = _serialize(self.function)
        config["arguments"] = registry.serialize_value(self.arguments)
        for name, value in (("output_shape", self._output_shape), ("mask", self.mask)):
            config.pop(name, None)
            if value is not None:
                config[name] = _serialize(value) if callable(value) else registry.serialize_value(value)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """Return a new layer; a lambda in the config is rebuilt only with `safe_mode=False`."""
        config = dict(config)
        safe = registry.in_safe_mode() if safe_mode is None else safe_mode is not False
        with registry.safe_mode_scope(safe), registry.CustomObjectScope(custom_objects):
            for name in ("function", "output_shape", "mask"):
                if isinstance(config.get(name), dict):
                    config[name] = _deserialize(config[name])
            config["arguments"] = registry.deserialize_nested(config.get("arguments"))
            return cls(**config)


def _argument_names(function):
    try:
        return frozenset(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # a built-in without a signature takes neither mask nor training
        return frozenset()


def _serialize(function):
    if getattr(function, "__name__", None) == "<lambda>":
        code, defaults, closure = registry.dump_function(function)
        return {
            "class_name": "__lambda__",
            "config": {"code": code, "defaults": defaults, "closure": closure},
        }
    return registry.serialize_keras_object(function)


def _deserialize(config):
    if config.get("class_name") == "__lambda__" and "code" in config["config"]:
        inner = config["config"]
        value = [inner["code"], inner["defaults"], inner["closure"]]
        if registry.in_safe_mode():
            raise ValueError(
                "Requested the deserialization of a `Lambda` layer whose function is a Python lambda. This carries "
                "a potential risk of arbitrary code execution and thus it is disallowed by default. If you trust the "
                "source of the artifact, you can override this error by passing `safe_mode=False` to the loading "
                "function, or calling `keras.config.enable_unsafe_deserialization()`."
            )
        config = {"class_name": "__lambda__", "config": {"value": value}}
    return registry.deserialize_keras_object(config)
