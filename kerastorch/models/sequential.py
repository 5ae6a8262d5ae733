"""Sequential: a model that is a plain stack of layers."""

import numpy as np
import torch

from kerastorch.core import infer, registry
from kerastorch.core.call_spec import call_signature, is_tensor_like
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from kerastorch.core.layer_errors import describe
from kerastorch.core.naming import auto_name, local_names
from kerastorch.layers import InputLayer, TorchModuleWrapper
from kerastorch.models.model import Model


class Sequential(Model):
    """A stack of layers, each called on the output of the one before.

    Args:
        layers: The layers; an `Input` (or an `InputLayer`) first gives the input shape, otherwise the first call does.
        trainable: Whether the weights are changed in training.
        name: The name.

    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="relu")])
    >>> model.output_shape
    (None, 2)
    """

    keras_module = "keras"

    def __init__(self, layers=None, trainable=True, name=None):
        super().__init__(trainable=trainable, name=name)
        self._stack = []
        self._symbols = None  # the symbolic input and the output of each layer, once the shape is known
        if layers is not None:
            if not isinstance(layers, (list, tuple)):
                layers = [layers]
            for layer in layers:
                self.add(layer, rebuild=False)
            self._maybe_rebuild()

    _untracked = Model._untracked | {"_stack", "_symbols"}

    def add(self, layer, rebuild=True):
        """Add a layer on top of the stack."""
        if not self._stack:
            shape = getattr(layer, "_input_shape_arg", None)
            if shape is not None and not isinstance(layer, InputLayer):
                self.add(
                    InputLayer(batch_shape=shape, name=f"{layer.name}_input" if layer.name else None),
                    rebuild=False,
                )
        if isinstance(layer, KerasTensor) and hasattr(layer, "_keras_history"):
            origin = layer._keras_history.operation
            if isinstance(origin, InputLayer):
                layer = origin
        if not isinstance(layer, Layer):
            if isinstance(layer, torch.nn.Module):
                layer = TorchModuleWrapper(layer)
            else:
                raise ValueError(
                    "Only instances of `keras.Layer` can be added to a Sequential model. "
                    f"Received: {layer} (of type {type(layer)})"
                )
        if any(layer.name == other.name for other in self._stack):
            raise ValueError(
                "All layers added to a Sequential model should have unique names. "
                f"Name '{layer.name}' is already the name of a layer in this model. "
                "Update the `name` argument to pass a unique name."
            )
        if isinstance(layer, InputLayer) and self._stack:
            if isinstance(self._stack[0], InputLayer):
                raise ValueError(
                    f"Sequential model '{self.name}' has already been configured to use input shape "
                    f"{self._stack[0].batch_shape}. You cannot add a different Input layer to it."
                )
            self._stack.insert(0, layer)
        else:
            self._stack.append(layer)
        self._reset()
        if rebuild:
            self._maybe_rebuild()

    def pop(self, rebuild=True):
        """Remove the layer on top of the stack, and return it."""
        if not self._stack:
            raise TypeError("There are no layers in the model.")
        layer = self._stack.pop()
        self._reset()
        if rebuild:
            self._maybe_rebuild()
        return layer

    def _reset(self):
        self.built, self._symbols, self._fast, self._input_spec = False, None, False, None
        self._modules.clear()
        self._modules.update(zip(local_names(self._computing()), self._computing()))

    def _maybe_rebuild(self):
        if self._stack and isinstance(self._stack[0], InputLayer) and len(self._stack) > 1:
            self.build(self._stack[0].batch_shape)
        elif (
            len(self._stack) > 1
            and isinstance(self._stack[0], Model)
            and hasattr(self._stack[0], "input_shape")
        ):
            self.build(self._stack[0].input_shape)  # a model that knows what it takes

    def build(self, input_shape=None):
        """Create the weights of all layers, from the shape of the input with its batch dimension."""
        first = self._stack[0] if self._stack else None
        given = None if input_shape is None else tuple(input_shape)
        if isinstance(first, InputLayer) and given is not None and given != tuple(first.batch_shape):
            raise ValueError(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{first.batch_shape}. You cannot build it with input_shape {given}"
            )
        if self.built:
            return
        if first is None:
            raise ValueError(
                f"Sequential model {self.name} cannot be built because it has no layers. Call `model.add(layer)`."
            )
        if isinstance(first, InputLayer):
            inputs = first.output
        else:
            if input_shape is None:
                raise ValueError("You must provide an `input_shape` argument.")
            inputs = InputLayer(batch_shape=tuple(input_shape), dtype=self._stack[0].compute_dtype).output
        symbols = [inputs]
        with infer.real():
            for layer in self._computing():
                _check_one_input(layer)
                try:
                    symbols.append(layer(symbols[-1]))
                except NotImplementedError:
                    symbols = None  # a layer without `call`, which a subclass may give it
                    break
        auto_name(
            "functional"
        )  # Keras makes a Functional model here, which counts in the names of later ones
        self._symbols = symbols
        self._build_shapes = {"input_shape": tuple(inputs.shape)}
        self.built = True
        if not self._trainable:
            self.trainable = False

    def _build_for(self, arguments):
        inputs = arguments["inputs"]
        if is_tensor_like(inputs) and not isinstance(self._stack[0] if self._stack else None, InputLayer):
            self.build(infer.known(inputs.shape))
        elif self._stack and isinstance(self._stack[0], InputLayer):
            self.build(None)
        elif not self._stack:
            self.build(None)  # which says that there are no layers

    def _computing(self):
        stack = self._stack
        return stack[1:] if stack and isinstance(stack[0], InputLayer) else stack

    # ------------------------------------------------------------------ call
    def call(self, inputs, training=None, mask=None, **kwargs):
        """Call the layers one after the other."""
        x = inputs
        stack = self._stack
        if stack and isinstance(stack[0], InputLayer):
            x = self._to_input(x, stack[0])
            stack = stack[1:]
        for index, layer in enumerate(stack):
            x = (
                layer(x)
                if mask is None or index
                else layer(x, mask=mask)
                if layer._call_takes_mask
                else layer(x)
            )
        return x

    def _to_input(self, x, layer):
        """Cast an input to the dtype, and check it against the shape, of the model's Input."""
        if isinstance(x, KerasTensor) or (layer.dtype == "string") != isinstance(x, np.ndarray):
            return x
        if layer.dtype != "string" and x.dtype is not layer._torch_dtype:
            x = x.to(layer._torch_dtype)
        expected = layer.batch_shape
        if x.ndim == len(expected) - 1 and expected[-1] == 1:
            x = x.reshape(*x.shape, 1)
        elif x.ndim == len(expected) + 1 and x.shape[-1] == 1:
            x = x.squeeze(-1)
        if x.ndim != len(expected) or any(
            a is not None and a != b for a, b in zip(expected[1:], x.shape[1:])
        ):
            raise ValueError(
                f"Input 0 of model '{self.name}' is incompatible with the layer: expected shape={expected}, found "
                f"shape={tuple(x.shape)} ({describe(x)})"
            )
        return x

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shape of the input."""
        for layer in self._computing():
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def compute_output_spec(self, inputs, training=None, mask=None, **kwargs):
        """Return the symbolic output for a symbolic input."""
        return self._infer((inputs,), {"training": training} if training is not None else {})

    # ------------------------------------------------------------------ properties
    @Model.layers.getter
    def layers(self):
        """The layers, without the InputLayer."""
        return list(self._computing())

    def _symbol(self, index, what):
        if self._symbols is None:
            raise AttributeError(
                f"Sequential model '{self.name}' has no defined {what} yet. Call it on data, or `build()` it, first."
            )
        return self._symbols[index]

    @property
    def inputs(self):
        """The symbolic input in a list."""
        return [self._symbol(0, "inputs")]

    @property
    def outputs(self):
        """The symbolic output in a list."""
        return [self._symbol(-1, "outputs")]

    @property
    def input(self):
        """The symbolic input."""
        return self._symbol(0, "input")

    @property
    def output(self):
        """The symbolic output."""
        return self._symbol(-1, "output")

    @property
    def input_shape(self):
        """The shape of the input."""
        return self._symbol(0, "input shape").shape

    @property
    def output_shape(self):
        """The shape of the output."""
        return self._symbol(-1, "output shape").shape

    @property
    def input_dtype(self):
        """The dtype of the input."""
        layers = self._stack
        return layers[0].dtype if layers and isinstance(layers[0], InputLayer) else self.compute_dtype

    # ------------------------------------------------------------------ config
    def get_config(self):
        """Return the layers, ready for JSON."""
        config = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": registry.serialize_value(self.dtype_policy),
        }
        stack = list(self._stack)
        if self._symbols is not None and not isinstance(stack[0], InputLayer):
            stack.insert(0, self._symbols[0]._keras_history.operation)
        config["layers"] = [registry.serialize_keras_object(layer) for layer in stack]
        if self._build_shapes:
            config["build_input_shape"] = self._build_shapes["input_shape"]
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return a new model from what `get_config` gave."""
        if custom_objects:
            with registry.CustomObjectScope(custom_objects):
                return cls.from_config(config)
        if isinstance(config, list):
            config = {"layers": config}
        elif "name" not in config or "layers" not in config:
            raise ValueError(
                "A Sequential model configuration must be a dictionary containing the 'name' and 'layers' keys. "
                f"Received: config={config}"
            )
        model = cls(name=config.get("name"))
        for layer in config["layers"]:
            if not isinstance(layer, dict) or "config" not in layer:
                raise ValueError(
                    "The layers of a Sequential model's configuration must be described one by one. Expected a "
                    f"dictionary containing a 'config' key. Received: layer={layer}"
                )
            model.add(registry.deserialize_keras_object(layer), rebuild=False)
        model._maybe_rebuild()
        shape = config.get("build_input_shape")
        if not model.built and shape and model._stack:
            model.build(tuple(shape))
        if config.get("trainable") is False:
            model.trainable = False
        return model

    def build_from_config(self, config):
        """Build with the shape in the config, unless an Input gave it already."""
        shape = (config or {}).get("input_shape")
        if shape is not None and not self.built and not isinstance(self._stack[0], InputLayer):
            self.build(tuple(shape))


def _check_one_input(layer):
    """Check that a layer can be called on one input alone."""
    signature = call_signature(type(layer).call)
    if signature.first is not None and not signature.single:
        raise ValueError(
            "Layers added to a Sequential model can only have a single positional argument, the input tensor. Layer "
            f"{type(layer).__name__} has multiple positional arguments: {signature.names}"
        )
