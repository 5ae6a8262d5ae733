"""The written form of a Functional model: its layers, and the calls between them, as Keras 3 writes them."""

from kerastorch.core import registry, tree
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.op import OpCall, Operation
from kerastorch.layers import InputLayer
from kerastorch.models import operation_config


def write(model):
    """Return the config of a Functional model."""
    indices = _node_indices(model)
    layers = []
    for operation in model.operations:
        calls = [(node.args, node.kwargs) for node in _nodes_of(model, operation) if node.input_tensors]
        if isinstance(operation, OpCall):
            description, *call = operation_config.write(operation, _nodes_of(model, operation)[0])
            calls = [call]
        else:
            description = registry.serialize_keras_object(operation)
        description["name"] = operation.name
        description["inbound_nodes"] = [
            {"args": _write_value(args, indices), "kwargs": _write_value(kwargs, indices)}
            for args, kwargs in calls
        ]
        layers.append(description)
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": layers,
        "input_layers": _write_tensors(model.input, indices, model),
        "output_layers": _write_tensors(model.output, indices, model),
    }


def _nodes_of(model, operation):
    own = {id(node) for node in model._graph.nodes}
    return [node for node in operation._inbound_nodes if id(node) in own]


def _node_indices(model):
    """Return the index that each of the model's tensors has in the file: (operation name, node, position)."""
    indices = {}
    for operation in model.operations:
        nodes = _nodes_of(model, operation)
        for index, node in enumerate(nodes):
            for position, x in enumerate(node.outputs):
                indices[id(x)] = [operation.name, index, position]
    for x in model.inputs:
        if id(x) not in indices:
            history = getattr(x, "_keras_history", None)
            known = history is not None and isinstance(history.operation, InputLayer)
            indices[id(x)] = [history.operation.name if known else x.name, 0, 0]
    return indices


def _write_value(value, indices):
    if isinstance(value, KerasTensor):
        config = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": indices[id(value)]}
        return {"class_name": "__keras_tensor__", "config": config}
    if isinstance(value, (list, tuple)):
        return [_write_value(x, indices) for x in value]
    if isinstance(value, dict):
        return {key: _write_value(x, indices) for key, x in value.items()}
    return registry.serialize_value(value)


def _write_tensors(structure, indices, model):
    offsets = {operation.name: _offset(operation) for operation in model.operations}

    def write(x):
        name, index, position = indices[id(x)]
        return [name, index + offsets.get(name, 0), position]

    return tree.map_structure(write, structure)


def _offset(operation):
    """What Keras adds to the index of a node in the lists of inputs and outputs, and nowhere else.

    There it counts the node that a nested Functional model has of its own.
    """
    return 1 if hasattr(operation, "_graph") else 0


def read(cls, config):
    """Return a Functional model (or a subclass) from its config."""
    config = dict(config)
    descriptions = config.pop("layers")
    input_layers, output_layers = config.pop("input_layers"), config.pop("output_layers")
    created, waiting = {}, []
    for description in descriptions:
        if not isinstance(description, dict) or not isinstance(description.get("name"), str):
            raise ValueError(
                f"Each layer of a Functional config must be a dict with a name. Received: {description}"
            )
        operation = _read_operation(description)
        created[description["name"]] = operation
        operation._inbound_nodes[:] = operation._inbound_nodes if isinstance(operation, InputLayer) else []
        waiting += [
            (operation, index, node) for index, node in enumerate(description.get("inbound_nodes") or [])
        ]
    _call_in_order(created, waiting)
    inputs = _read_tensors(input_layers, created)
    outputs = _read_tensors(output_layers, created)
    return cls(inputs, outputs, **{key: registry.deserialize_nested(value) for key, value in config.items()})


def _read_operation(description):
    if operation_config.is_operation(description):
        return operation_config.read(description)
    operation = registry.deserialize_keras_object(
        {key: value for key, value in description.items() if key not in ("name", "inbound_nodes")}
    )
    if not isinstance(operation, Operation):
        raise ValueError(
            f"Unexpected object from deserialization, expected a layer or operation, got a {type(operation)}"
        )
    return operation


def _call_in_order(created, waiting):
    """Make the calls whose inputs exist until all are made."""
    while waiting:
        left = []
        for operation, index, node in waiting:
            if index != len(operation._inbound_nodes) or not _is_ready(node, created):
                left.append((operation, index, node))
                continue
            args, kwargs = _read_node(node, created)
            if isinstance(operation, OpCall):
                args, kwargs = operation_config.arranged(operation, args, kwargs)
            operation.symbolic_call(*args, **kwargs)
        if len(left) == len(waiting):
            names = sorted({operation.name for operation, _, _ in left})
            raise ValueError(f"The config of the model has a loop: the inputs of {names} are never computed.")
        waiting = left


def _histories(node):
    """Return the (name, node, position) triples that a written call needs."""
    if isinstance(node, list):  # Keras 2: [[name, node, position, kwargs], ...]
        return [tuple(item[:3]) for item in node]
    found = []

    def visit(value):
        if isinstance(value, dict):
            if value.get("class_name") == "__keras_tensor__":
                found.append(tuple(value["config"]["keras_history"]))
                return
            for x in value.values():
                visit(x)
        elif isinstance(value, (list, tuple)):
            for x in value:
                visit(x)

    visit([node.get("args", []), node.get("kwargs", {})])
    return found


def _tensor(history, created):
    name, node_index, position = history
    operation = created.get(name)
    if operation is None:
        raise ValueError(
            f"Missing node: {name}. The config of the model names a layer that it does not contain."
        )
    return operation._inbound_nodes[node_index].outputs[position]


def _is_ready(node, created):
    for history in _histories(node):
        try:
            _tensor(history, created)
        except IndexError:
            return False
    return True


def _read_node(node, created):
    if isinstance(node, list):
        tensors = [_tensor(item[:3], created) for item in node]
        kwargs = dict(node[0][3]) if node and len(node[0]) > 3 else {}
        return ([tensors[0]] if len(tensors) == 1 else [tensors]), kwargs

    def visit(value):
        if isinstance(value, dict):
            if value.get("class_name") == "__keras_tensor__":
                return _tensor(value["config"]["keras_history"], created)
            if registry.is_serialized(value):
                return registry.deserialize_keras_object(value)
            return {key: visit(x) for key, x in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(visit(x) for x in value)
        return value

    return visit(node.get("args", [])), visit(node.get("kwargs", {}))


def _read_tensors(structure, created):
    if isinstance(structure, dict):
        return {key: _read_tensors(x, created) for key, x in structure.items()}
    if len(structure) == 3 and isinstance(structure[0], str):
        name, index, position = structure
        return _tensor((name, index - _offset(created.get(name)), position), created)
    return type(structure)(_read_tensors(x, created) for x in structure)
