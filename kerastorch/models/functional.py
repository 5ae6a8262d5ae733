"""Functional: a model from symbolic inputs and outputs."""

import copy
import inspect
import warnings

import numpy as np
import torch

from kerastorch.core import infer, registry, tree
from kerastorch.core.call import Seen, set_mask
from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.graph import Graph
from kerastorch.core.input_spec import InputSpec
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from kerastorch.core.layer_errors import describe
from kerastorch.core.masks import stacklevel
from kerastorch.core.naming import local_names
from kerastorch.layers import InputLayer
from kerastorch.models import functional_config
from kerastorch.models.model import Model
from kerastorch.training.structures import same_structure


class Functional(Model):
    """A model that replays the calls between its symbolic inputs and outputs.

    Args:
        inputs, outputs: KerasTensors, or nested structures of them.
        name: The name.

    >>> a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    >>> model = keras.Model([a, b], keras.layers.Add()([a, b]))
    >>> model([np.ones((1, 2)), np.ones((1, 2))])
    tensor([[2., 2.]])
    """

    keras_module = "keras.src.models.functional"
    _untracked = Model._untracked | {"_operations", "_casts", "_expected"}

    _warned = False

    def __new__(cls, *args, **kwargs):
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, inputs, outputs, name=None, **kwargs):
        trainable = kwargs.pop("trainable", None)
        Model.__init__(self, name=name, **kwargs)
        inputs, outputs = _plain(inputs), _plain(outputs)
        self._graph = Graph(inputs, outputs)
        self._is_single = isinstance(outputs, (list, tuple)) and len(outputs) == 1
        self._operations = tuple(self._with_input_layers())
        modules = [operation for operation in self._operations if isinstance(operation, torch.nn.Module)]
        self._modules.update(zip(local_names(modules), modules))
        _check_names(self._operations)
        self.autocast = False
        self.built = True
        self._casts = [
            (to_torch_dtype(x.dtype) if x.dtype != "string" else None, len(x.shape)) for x in self.inputs
        ]
        self._expected = [_expectation(x) for x in self.inputs]
        self.input_spec = _input_spec(self._graph)
        self._fast = False
        if trainable is not None and not trainable:
            self.trainable = False

    def _with_input_layers(self):
        """Return the operations; an input that a layer computed gets an InputLayer of its own."""
        operations = list(self._graph.operations)
        placed = {id(operation) for operation in operations}
        extra = []
        for x in self.inputs:
            operation = x._keras_history.operation if hasattr(x, "_keras_history") else None
            if operation is None or id(operation) not in placed or not isinstance(operation, InputLayer):
                extra.append(InputLayer(batch_shape=x.shape, dtype=x.dtype, name=x.name))
        return [*extra, *operations]

    # ------------------------------------------------------------------ call
    def call(self, inputs, training=None, mask=None):
        """Replay the graph on tensors."""
        values = self._standardize(inputs)
        if mask is not None and Seen.masks:
            for x, m in zip(values, tree.flatten(mask)):
                if m is not None:
                    set_mask(x, m)
        outputs = self._graph.replay(values)
        return outputs[0] if self._is_single else outputs

    def _standardize(self, inputs, symbolic=False):
        """Return the inputs as a flat list, with the dtypes and ranks of the symbolic ones."""
        if isinstance(inputs, torch.Tensor) and len(self._casts) == 1:
            dtype, rank = self._casts[0]
            if inputs.dtype is dtype and inputs.ndim == rank:
                return [inputs]
            values = [inputs]
        else:
            values = self._match(inputs)
            if not symbolic and not self._warned:
                self._warn_once(inputs)
        return [
            x if x is None or isinstance(x, KerasTensor) else _adjust(x, cast, expected)
            for x, cast, expected in zip(values, self._casts, self.inputs)
        ]

    def _match(self, inputs):
        """Return the inputs as a flat list, in the order of the symbolic ones."""
        struct = self._graph.inputs_struct
        if isinstance(inputs, dict) and isinstance(struct, dict) and set(struct) <= set(inputs):
            inputs = {key: inputs[key] for key in struct}
        elif isinstance(inputs, dict):
            names = self.input_names
            missing = [name for name in names if name not in inputs]
            if missing or isinstance(struct, dict):
                expected = list(struct) if isinstance(struct, dict) else names
                absent = missing or [key for key in struct if key not in inputs]
                raise ValueError(
                    f"Missing data for input {absent[0]!r} of model '{self.name}'. You passed a data dictionary with "
                    f"keys {list(inputs)}. Expected the following keys: {expected}"
                )
            inputs = [inputs[name] for name in names]
        elif isinstance(struct, dict) and list(struct) != sorted(struct):
            raise ValueError(self._mismatch(inputs))
        values = tree.flatten(inputs)
        if len(values) != len(self.inputs):
            named = f" named input(s) with keys {list(struct)}" if isinstance(struct, dict) else " input(s)"
            raise ValueError(
                f"Model '{self.name}' expects {len(self.inputs)}{named}, but it received {len(values)} input tensors."
            )
        return values

    def _mismatch(self, inputs):
        expected = tree.map_structure(lambda x: x.name, self._graph.inputs_struct)
        received = tree.map_structure(
            lambda x: f"Tensor(shape={tuple(x.shape)})" if hasattr(x, "shape") else str(x), inputs
        )
        return (
            f"The structure of `inputs` doesn't match the expected structure.\nExpected: {expected}\n"
            f"Received: inputs={received}"
        )

    def _warn_once(self, inputs):
        """Warn, the first time, of inputs in another structure than the symbolic ones."""
        struct = self._graph.inputs_struct
        by_name = isinstance(inputs, dict) and not isinstance(struct, dict)
        alone = isinstance(struct, (list, tuple)) and len(struct) == 1 and not tree.is_nested(inputs)
        if self._warned or by_name or alone:
            return
        if not same_structure(tree.lists_to_tuples(inputs), tree.lists_to_tuples(struct)):
            self._warned = True
            warnings.warn(self._mismatch(inputs), stacklevel=stacklevel())

    def _check(self, inputs):
        values = (
            [inputs] if isinstance(inputs, torch.Tensor) and len(self._casts) == 1 else self._match(inputs)
        )
        for index, (x, (rank, ends_in_one, optional)) in enumerate(zip(values, self._expected)):
            if x is None:
                if not optional:
                    raise ValueError(
                        f"The input '{self.inputs[index].name}' is not optional, but None was passed. Please provide "
                        "a valid tensor."
                    )
            elif hasattr(x, "shape") and not _fits_rank(x.shape, rank, ends_in_one):
                raise ValueError(self._wrong_rank(x, index))
        super()._check(values)

    def _wrong_rank(self, x, index):
        expected = self.inputs[index]
        path = ".".join(map(str, tree.flatten_with_path(self._graph.inputs_struct)[index][0]))
        return (
            f"Invalid input shape for input {describe(x)} with name '{expected.name}' and path '{path}'. Expected "
            f"shape {expected.shape}, but input has incompatible shape {tuple(x.shape)}"
        )

    def compute_output_spec(self, inputs, training=None, mask=None):
        """Return the symbolic outputs for symbolic inputs."""
        return infer.infer(self._graph._replay_list, (self._standardize(inputs, symbolic=True),), {})

    def _is_simple(self, signature):
        return super()._is_simple(signature) and len(self.inputs) == 1

    def compute_output_shape(self, input_shape):
        """Return the shapes of the outputs for the shapes of the inputs."""
        return self._graph.output_shapes(input_shape)

    def build(self, input_shape=None):
        """Do nothing: the layers are built when the graph is made."""
        self.built = True

    build._default = True

    # ------------------------------------------------------------------ graph
    @property
    def operations(self):
        """The operations of the graph, layers and functions, in Keras's order."""
        return list(self._operations)

    @Model.layers.getter
    def layers(self):
        """The layers of the graph."""
        return [operation for operation in self._operations if isinstance(operation, Layer)]

    @property
    def inputs(self):
        """The symbolic inputs as a flat list."""
        return self._graph.inputs

    @property
    def outputs(self):
        """The symbolic outputs as a flat list."""
        return self._graph.outputs

    @property
    def input(self):
        """The symbolic inputs in their structure."""
        return self._graph.inputs_struct

    @property
    def output(self):
        """The symbolic outputs in their structure."""
        return self._graph.outputs_struct

    @property
    def input_shape(self):
        """The shape of the input, or the nested shapes of the inputs."""
        return _shapes(self.input)

    @property
    def output_shape(self):
        """The shape of the output, or the nested shapes of the outputs."""
        return _shapes(self.output)

    @property
    def input_names(self):
        """The names of the inputs: those of their input layers."""
        return [_name_of(x) for x in self.inputs]

    @property
    def output_names(self):
        """The names of the outputs: those of the layers that make them."""
        return [_name_of(x) for x in self.outputs]

    # ------------------------------------------------------------------ config
    def get_config(self):
        """Return the layers and the calls between them, ready for JSON."""
        own = type(self).__init__
        if own is not Functional.__init__ and not _passes_on(type(self)):
            config = {
                key: value
                for key, value in Layer.get_config(self).items()
                if key not in ("inputs", "outputs")
            }
            return config
        return functional_config.write(self)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return a new model from what `get_config` gave."""
        if custom_objects:
            with registry.CustomObjectScope(custom_objects):
                return cls.from_config(config)
        if "layers" not in config or "input_layers" not in config:
            return cls(**{key: registry.deserialize_nested(value) for key, value in config.items()})
        return functional_config.read(cls if cls is not Model else Functional, config)

    def get_build_config(self):
        """Return the shape of the inputs, which a Functional model knows by itself."""
        return {"input_shape": None}

    def build_from_config(self, config):
        """Do nothing: the layers are built when the graph is made."""


Model.functional_class = Functional


def _plain(structure):
    return copy.copy(structure) if isinstance(structure, (list, dict)) else structure


def _passes_on(cls):
    names = [name for name in inspect.signature(cls.__init__).parameters if name != "self"]
    return names[:2] == ["inputs", "outputs"]


def _shapes(structure):
    """Return the shapes of a structure, or the only one."""
    flat = tree.flatten(structure)
    return flat[0].shape if len(flat) == 1 else tree.map_structure(lambda x: x.shape, structure)


def _name_of(x):
    history = getattr(x, "_keras_history", None)
    return history.operation.name if history is not None else x.name


def _check_names(operations):
    seen = {}
    for operation in operations:
        other = seen.setdefault(operation.name, operation)
        if other is not operation and isinstance(operation, Layer) and isinstance(other, Layer):
            raise ValueError(
                f'The name "{operation.name}" is used 2 times in the model. All operation names should be unique.'
            )


def _input_spec(graph):
    specs = []
    for x in graph.inputs:
        optional = getattr(getattr(getattr(x, "_keras_history", None), "operation", None), "optional", False)
        specs.append(
            InputSpec(
                shape=(None, *x.shape[1:]) if x.shape else (),
                allow_last_axis_squeeze=True,
                name=_name_of(x),
                optional=optional,
            )
        )
    return specs


def _expectation(x):
    """Return the rank of a symbolic input, whether its last size is 1, and whether it may be left out."""
    operation = getattr(getattr(x, "_keras_history", None), "operation", None)
    return len(x.shape), bool(x.shape) and x.shape[-1] == 1, bool(getattr(operation, "optional", False))


def _fits_rank(shape, rank, ends_in_one):
    """Tell whether a shape has a rank, or can get it by a last axis of size 1."""
    ndim = len(shape)
    return ndim == rank or (ndim == rank + 1 and shape[-1] == 1) or (ndim == rank - 1 and ends_in_one)


def _adjust(x, cast, symbolic):
    """Cast a tensor to the dtype of its symbolic input, and add or drop a last axis of size 1."""
    dtype, rank = cast
    if isinstance(x, np.ndarray) and dtype is not None:
        raise ValueError(
            f"An input of dtype {symbolic.dtype} must be numbers, but text was passed. Declare it with "
            "`keras.Input(shape, dtype='string')`, or convert the text first."
        )
    if dtype is not None and x.dtype is not dtype:
        x = x.to(dtype)
    if x.ndim == rank + 1 and x.shape[-1] == 1:
        return x.squeeze(-1)
    if x.ndim == rank - 1 and symbolic.shape[-1] == 1:
        return x.reshape(*x.shape, 1)
    if x.ndim != rank:
        raise ValueError(
            f"Invalid input shape for input Tensor(shape={tuple(x.shape)}). Expected shape {symbolic.shape}, but "
            f"input has incompatible shape {tuple(x.shape)}"
        )
    return x
