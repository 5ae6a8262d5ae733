"""Model: a `Layer` that can be trained, saved and summarised."""

import json
import warnings

from kerastorch.core import infer, registry, tree
from kerastorch.core.building import shape_of
from kerastorch.core.call import naming
from kerastorch.core.call_spec import call_signature, tensor_arguments
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from kerastorch.core.tracking import child_modules
from kerastorch.models.quantization import quantize_model
from kerastorch.models.state import ModelState
from kerastorch.models.summary import print_summary
from kerastorch.training.trainer import Trainer

FILES: dict[str, object] = {}  # what writes and reads model files; `kerastorch.saving` fills it


def is_functional(args, kwargs):
    """Tell whether the arguments of `Model` are those of a Functional model."""
    return (
        len(args) >= 2
        or (len(args) == 1 and "outputs" in kwargs)
        or ("inputs" in kwargs and "outputs" in kwargs)
    )


class Model(ModelState, Trainer, Layer):
    """A layer with `compile`, `fit`, `evaluate`, `predict`, `save` and `summary`.

    `Model(inputs, outputs)` makes a Functional model from symbolic tensors; a subclass defines `__init__` and `call`.

    >>> inputs = keras.Input((3,))
    >>> model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    >>> model(np.zeros((4, 3))).shape
    torch.Size([4, 2])
    """

    _is_model = True
    reads_text = True  # and hands it on to its layers
    functional_class: type | None = None  # what `Model(inputs, outputs)` makes; set where it is defined

    def __new__(cls, *args, **kwargs):
        if cls is Model and is_functional(args, kwargs):
            cls = Model.functional_class
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args, **kwargs):
        if is_functional(args, kwargs) and not isinstance(self, Model.functional_class):
            _become_functional(type(self))
            Model.functional_class.__init__(self, *args, **kwargs)
            return
        if args:
            raise TypeError(
                f"{type(self).__name__}() takes symbolic `inputs` and `outputs`, or keyword arguments only. "
                f"Received positional arguments: {args}"
            )
        Layer.__init__(self, **kwargs)
        Trainer.__init__(self)

    def call(self, *args, **kwargs):
        """Compute the outputs from tensors."""
        raise NotImplementedError(
            f"Model {type(self).__name__} does not have a `call()` method implemented. Define `call(self, inputs)`."
        )

    def build(self, input_shape):
        """Create the weights of all layers by running `call` on symbolic inputs of this shape."""
        if self.built and self.weights:
            return
        inputs = _symbolic(input_shape)
        try:
            with naming(self.name):
                infer.infer(self._run_build, (inputs,), {})
        except Exception as e:
            raise ValueError(
                f"Model {self.name} could not be built from input shape {input_shape}: {e}\nCall the model on real "
                "data instead."
            ) from e
        self._build_shapes = {"input_shape": input_shape}
        self.built = True

    build._default = True

    def _run_build(self, inputs):
        signature = call_signature(type(self).call)
        kwargs = {"training": False} if signature.training else {}
        return self._run((inputs,), kwargs)

    def _build_for(self, arguments):
        if type(self).build is not Model.build:
            super()._build_for(arguments)
            return
        values = tensor_arguments(arguments)
        self._build_shapes = {f"{name}_shape": tree.map_structure(shape_of, x) for name, x in values.items()}

    @property
    def layers(self):
        """The direct layers."""
        return [child for child in child_modules(self) if isinstance(child, Layer)]

    @layers.setter
    def layers(self, _):
        raise AttributeError(
            "`Model.layers` attribute is reserved and should not be used. Please use another name."
        )

    def get_layer(self, name=None, index=None):
        """Return a layer by its name or its index.

        >>> keras.Sequential([keras.layers.Dense(2, name="first")]).get_layer("first").units
        2
        """
        if index is not None and name is not None:
            raise ValueError(
                f"Provide only a layer name or a layer index. Received: index={index}, name={name}."
            )
        if index is not None:
            if len(self.layers) <= index:
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has {len(self.layers)} layers."
                )
            return self.layers[index]
        if name is not None:
            for layer in self.layers:
                if layer.name == name:
                    return layer
            names = [layer.name for layer in self.layers]
            raise ValueError(
                f"No such layer: {name}. Existing layers are: {names}.{registry.suggest(name, names)}"
            )
        raise ValueError("Provide either a layer name or layer index at `get_layer`.")

    def summary(
        self,
        line_length=None,
        positions=None,
        print_fn=None,
        expand_nested=False,
        show_trainable=False,
        layer_range=None,
    ):
        """Print a table of the layers, their output shapes and numbers of parameters.

        Args:
            line_length: Characters a line.
            positions: Ends of the columns, as fractions or characters.
            print_fn: Function that gets the text, `print` by default.
            expand_nested: Whether to show the layers of nested models.
            show_trainable: Whether to show which layers are trained.
            layer_range: Names of the first and last layer to show.
        """
        print_summary(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    # ------------------------------------------------------------------ quantization
    def quantize(self, mode=None, config=None, filters=None, **kwargs):
        """Quantize the weights of all layers that can be, in place; the others are named in warnings.

        Args:
            mode: "int8", "int4", "float8", "gptq" or "awq"; it may be left to the config.
            config: A `keras.quantizers.QuantizationConfig`; "gptq" and "awq" need one.
            filters: Which layers: a pattern for their names, a list of patterns, or a function of the layer.

        >>> model = keras.Sequential([keras.layers.Dense(4)])
        >>> model.build((None, 8))
        >>> model.quantize("int8")
        >>> model.layers[0].quantization_mode
        'int8'
        """
        type_check = kwargs.pop("type_check", True)
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs}")
        quantize_model(self, mode, config, filters, type_check)

    def get_quantization_layer_structure(self, mode=None):
        """Return the structure that "gptq" and "awq" follow, or None: models override it.

        It is a dict of lists: "pre_block_layers", which the data go through first, and "sequential_blocks".
        """
        return None

    # ------------------------------------------------------------------ files
    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Save the whole model to a `.keras` file."""
        return FILES["save_model"](self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Save the weights to a `.weights.h5` file."""
        return FILES["save_weights"](self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        """Load the weights from a file."""
        return FILES["load_weights"](self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def export(self, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs):
        """Write the model for inference elsewhere: a folder of graphs, a `.pt2` or an `.onnx` file."""
        return FILES["export"](self, filepath, format, verbose, input_signature, **kwargs)

    def to_json(self, **kwargs):
        """Return the architecture as a JSON string; `model_from_json` builds it again."""
        return json.dumps(registry.serialize_keras_object(self), **kwargs)

    def get_config(self):
        """Return the arguments that rebuild this model, ready for JSON."""
        config = super().get_config()
        for name in ("inputs", "outputs"):
            config.pop(name, None)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return a new model from what `get_config` gave."""
        if custom_objects:
            with registry.CustomObjectScope(custom_objects):
                return cls.from_config(config)
        functional = Model.functional_class
        if cls is Model and {"layers", "input_layers", "output_layers"} <= set(config):
            return functional.from_config(config)
        return super().from_config(config)

    def get_build_config(self):
        """Return what `build` was given, or None."""
        shapes = self._build_shapes
        if not shapes:
            return None
        return {"input_shape": next(iter(shapes.values()))} if len(shapes) == 1 else {"shapes_dict": shapes}

    def build_from_config(self, config):
        """Build with what `get_build_config` gave."""
        if config and not self.built:
            try:
                if config.get("input_shape") is not None:
                    self.build(config["input_shape"])
                elif config.get("shapes_dict"):
                    self._build_from_shapes(config["shapes_dict"])
            except ValueError as e:
                warnings.warn(
                    f"Model '{self.name}' was not built when it was rebuilt from its config: {e}",
                    stacklevel=2,
                )

    def _build_from_shapes(self, shapes):
        """Build by running `call` on symbolic arguments, of the shape that stands under each one's name."""
        inputs = {name.removesuffix("_shape"): _symbolic(shape) for name, shape in shapes.items()}
        with naming(self.name):
            infer.infer(lambda **inputs: self._run((), inputs), (), inputs)
        self._build_shapes, self.built = shapes, True


def _symbolic(shape):
    if isinstance(shape, dict):
        return {key: _symbolic(x) for key, x in shape.items()}
    shape = tuple(shape)
    if any(isinstance(x, (list, tuple, dict)) for x in shape):
        return [_symbolic(x) for x in shape]
    return KerasTensor(shape, "float32")


def _become_functional(cls):
    """Make a user's subclass of Model one of Functional, so that `super().__init__(inputs, outputs)` works."""
    if cls is Model or cls is object:
        return
    cls.__bases__ = tuple(Model.functional_class if base is Model else base for base in cls.__bases__)
    for base in cls.__bases__:
        if issubclass(base, Model) and not issubclass(base, Model.functional_class):
            _become_functional(base)
