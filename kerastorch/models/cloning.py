"""Copies of models, and models from JSON."""

import json
from copy import deepcopy

from kerastorch.core import registry, tree
from kerastorch.core.layer import Layer
from kerastorch.models.functional import Functional
from kerastorch.models.sequential import Sequential
from kerastorch.training.structures import same_structure


def model_from_json(json_string, custom_objects=None):
    """Return a model from what `model.to_json()` gave, with new weights.

    Args:
        json_string: The JSON text.
        custom_objects: Names of the user's classes and functions.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> keras.models.model_from_json(model.to_json()).count_params()
    3
    """
    try:
        config = json.loads(json_string)
    except (TypeError, ValueError) as e:
        raise ValueError(f"`model_from_json` needs the text that `model.to_json()` gave. {e}") from None
    return registry.deserialize_keras_object(config, custom_objects=custom_objects)


def clone_model(
    model, input_tensors=None, clone_function=None, call_function=None, recursive=False, **kwargs
):
    """Return a model with the same layers and new weights.

    Args:
        model: The model.
        input_tensors: Symbolic inputs to build on.
        clone_function: Function from a layer to its copy; by default a copy from its config.
        call_function: Function `(layer, *args, **kwargs)` that calls each copied layer (Functional models).
        recursive: Whether `clone_function` is applied to the layers of nested models.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> keras.models.clone_model(model).count_params()
    3
    """
    if kwargs:
        raise ValueError(f"Unexpected keyword argument(s): {tuple(kwargs)}")
    copy = clone_function or _copy
    if recursive:
        inner = copy

        def copy(layer):
            if isinstance(layer, (Functional, Sequential)):
                calls = call_function if isinstance(layer, Functional) else None
                return clone_model(layer, clone_function=inner, call_function=calls, recursive=True)
            return inner(layer)

    if isinstance(model, Sequential):
        return _compiled_like(model, _clone_sequential(model, input_tensors, copy))
    if isinstance(model, Functional):
        return _compiled_like(model, _clone_functional(model, input_tensors, copy, call_function))
    if clone_function is not None or input_tensors is not None or call_function is not None:
        raise ValueError(
            "Arguments `clone_function`, `call_function` and `input_tensors` are only supported for Sequential and "
            f"Functional models. Received model of type '{type(model).__name__}'."
        )
    config = registry.serialize_keras_object(model)
    config.pop("compile_config", None)
    return registry.deserialize_keras_object(config, custom_objects={type(model).__name__: type(model)})


def _compiled_like(model, clone):
    """Compile a clone with copies of what the model was compiled with."""
    if model.compiled and not model._overrides("compile"):
        arguments = dict(model._compile_arguments)
        optimizer = arguments.pop("optimizer")
        if optimizer is not None:
            optimizer = type(optimizer).from_config(optimizer.get_config())
        clone.compile(optimizer=optimizer, **deepcopy(arguments))
    return clone


def _copy(layer):
    return type(layer).from_config(layer.get_config())


def _clone_sequential(model, input_tensors, copy):
    layers = [copy(layer) for layer in model._stack]
    if input_tensors is not None:
        first = input_tensors[0] if isinstance(input_tensors, (list, tuple)) else input_tensors
        layers = [first, *(layer for layer in layers if type(layer).__name__ != "InputLayer")]
    clone = Sequential(layers, name=model.name, trainable=model.trainable)
    if not clone.built and model._build_shapes:
        clone.build(model._build_shapes["input_shape"])
    return clone


def _clone_functional(model, input_tensors, copy, call_function):
    copies = {}

    def copied(operation):
        if id(operation) not in copies:
            copies[id(operation)] = copy(operation) if isinstance(operation, Layer) else operation
        return copies[id(operation)]

    inputs = model.input
    values = {}
    if input_tensors is not None and tree.is_nested(inputs) and not same_structure(input_tensors, inputs):
        raise ValueError(
            f"`input_tensors` must have the same structure as model.input.\nReceived: input_tensors={input_tensors}\n"
            f"model.input={inputs}"
        )
    given = tree.flatten(input_tensors) if input_tensors is not None else None
    for index, x in enumerate(model.inputs):
        values[id(x)] = (
            given[index] if given is not None else copied(model.operations[_input_at(model, x)]).output
        )
    for node in model._graph.nodes:

        def fill(x):
            return values.get(id(x), x)

        args, kwargs = tree.map_structure(fill, (node.args, node.kwargs))
        operation = copied(node.operation)
        if call_function is not None and isinstance(operation, Layer):
            outputs = call_function(operation, *args, **kwargs)
        else:
            outputs = operation.symbolic_call(*args, **kwargs)
        for old, new in zip(node.outputs, tree.flatten(outputs)):
            values[id(old)] = new
    new_inputs = tree.map_structure(lambda x: values[id(x)], inputs)
    outputs = tree.map_structure(lambda x: values[id(x)], model.output)
    cls = type(model) if type(model).__init__ is Functional.__init__ else Functional
    return cls(new_inputs, outputs, name=model.name)


def _input_at(model, x):
    """Return the index of the InputLayer of a symbolic input."""
    history = getattr(x, "_keras_history", None)
    names = [operation.name for operation in model.operations]
    name = history.operation.name if history is not None and history.operation.name in names else x.name
    return names.index(name)
