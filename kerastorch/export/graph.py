"""Graphs of torch operations as JSON, and their replay: no code is stored, and none is run but torch's operations."""

import json
import math
import operator
import re

import torch
from torch.fx import Node

from kerastorch.core import settings, tree
from kerastorch.core.dtypes import standardize_dtype, to_torch_dtype

_NAME = re.compile(r"aten\.([a-z_][a-z0-9_]*)\.([A-Za-z_][A-Za-z0-9_]*)")
# Operations that reach outside the graph, and checks that hold for torch's own tracing only.
_REFUSED = {"from_file", "_print"}
_SKIPPED = {
    "_assert_tensor_metadata",
    "_assert_async",
    "_assert_scalar",
    "sym_constrain_range_for_size",
    "sym_constrain_range",
}
_PYTHON = {
    name: getattr(operator, name)
    for name in ("getitem", "add", "sub", "mul", "floordiv", "truediv", "mod", "neg", "pow")
    + ("eq", "ne", "lt", "le", "gt", "ge", "and_", "or_")
}
_PYTHON |= {"sym_max": max, "sym_min": min, "sym_float": float, "sym_not": operator.not_, "ceil": math.ceil}
_SYMBOLIC = {
    torch.sym_max: "sym_max",
    torch.sym_min: "sym_min",
    torch.sym_float: "sym_float",
    torch.sym_not: "sym_not",
}
_SYMBOLIC |= {math.ceil: "ceil"} | {
    fn: name for name, fn in _PYTHON.items() if name not in ("sym_max", "sym_min")
}


def encode(traced):
    """Return (a description of a traced function that JSON can hold, its tensors by name)."""
    program = traced.program
    held, tensors = {}, {**program.state_dict, **program.constants}
    for spec in program.graph_signature.input_specs:
        if spec.target is not None:
            held[spec.arg.name] = spec.target
    nodes, inputs, outputs = [], [], None
    skipped = set()
    for node in program.graph.nodes:
        if node.op == "placeholder":
            if node.name not in held:
                inputs.append(node.name)
        elif node.op == "output":
            outputs = [_encoded(value) for value in node.args[0]]
        else:
            name = _operation_name(node)
            if name.split(".")[1:2] and name.split(".")[1] in _SKIPPED:
                skipped.add(node.name)
                continue
            nodes.append([node.name, name, _encoded(node.args), _encoded(dict(node.kwargs))])
    outputs = outputs[len(outputs) - len(tree.flatten(traced.outputs)) :]
    description = {
        "inputs": [
            {"node": name, "name": spec.name, "shape": spec.shape, "dtype": standardize_dtype(spec.dtype)}
            for name, spec in zip(inputs, traced.specs)
        ],
        "arguments": numbered(traced.signature),
        "held": held,
        "nodes": nodes,
        "outputs": outputs,
        "results": numbered(traced.outputs),
    }
    return description, {name: tensors[name].detach() for name in held.values() if name in tensors}


def _operation_name(node):
    target = node.target
    if isinstance(target, torch._ops.OpOverload):
        name = str(target)
        if _NAME.fullmatch(name) and name.split(".")[1] not in _REFUSED:
            return name
    elif target in _SYMBOLIC:
        return _SYMBOLIC[target]
    raise ValueError(
        f"The operation {target} cannot be stored: only torch's own operations can, without branches on tensors. Use "
        'format="torch" instead.'
    )


def _encoded(value):
    if isinstance(value, Node):
        return {"node": value.name}
    if isinstance(value, (list, tuple)):
        return [_encoded(part) for part in value]
    if isinstance(value, dict):
        return {"dict": {key: _encoded(part) for key, part in value.items()}}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, torch.dtype):
        return {"dtype": standardize_dtype(value)}
    if isinstance(value, torch.device):
        return {"device": 0}
    if isinstance(value, (torch.memory_format, torch.layout)):
        kind = "memory_format" if isinstance(value, torch.memory_format) else "layout"
        return {kind: str(value).removeprefix("torch.")}
    raise ValueError(f"An argument of a stored operation cannot be a {type(value).__name__}: {value!r}")


def numbered(structure):
    """Return a structure that JSON can hold, with the number of each leaf in its place."""
    count = iter(range(len(tree.flatten(structure))))

    def describe(part):
        if isinstance(part, dict):
            return {"dict": {key: describe(part[key]) for key in sorted(part)}}
        if isinstance(part, (list, tuple)):
            return {"tuple" if isinstance(part, tuple) else "list": [describe(x) for x in part]}
        return next(count)

    return describe(structure)


def restored(description, leaves):
    """Return the structure that `numbered` described, with leaves in their places."""
    if isinstance(description, dict):
        (kind, parts), *_ = description.items()
        if kind == "dict":
            return {key: restored(part, leaves) for key, part in parts.items()}
        return (tuple if kind == "tuple" else list)(restored(part, leaves) for part in parts)
    return leaves[description]


class Program:
    """A stored function, ready to be called on torch tensors.

    Args:
        description: What `encode` returned.
        tensors: Its tensors by name.

    Raises:
        ValueError: if the description names what is no operation of torch.
    """

    def __init__(self, description, tensors):
        try:
            self.inputs = description["inputs"]
            self.arguments, self.results = description["arguments"], description["results"]
            self._held = {node: tensors[name] for node, name in description["held"].items()}
            self._outputs = description["outputs"]
            self._steps = [
                (name, _operation(op), args, kwargs) for name, op, args, kwargs in description["nodes"]
            ]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"The stored function is damaged: {type(error).__name__}: {error}") from error
        self._dead = self._last_uses()

    def _last_uses(self):
        """Return, for each step, the values that nothing after it reads."""
        seen, dead = set(_names(self._outputs)) | set(self._held), []
        for name, _, args, kwargs in reversed(self._steps):
            used = {n for n in (*_names(args), *_names(kwargs), name) if n not in seen}
            dead.append(used)
            seen |= used
        return dead[::-1]

    def __call__(self, *tensors):
        """Compute the outputs: a list, in the order of the leaves."""
        if len(tensors) != len(self.inputs):
            raise ValueError(f"The function takes {len(self.inputs)} tensors. Received: {len(tensors)}")
        values = dict(self._held)
        for spec, tensor in zip(self.inputs, tensors):
            _check(spec, tensor)
            values[spec["node"]] = tensor
        for (name, fn, args, kwargs), dead in zip(self._steps, self._dead):
            values[name] = fn(*_decoded(args, values), **_decoded(kwargs, values))
            for used in dead:
                values.pop(used, None)
        return [_decoded(output, values) for output in self._outputs]

    def structured(self, *tensors):
        """Compute the outputs in their structure."""
        return restored(self.results, self(*tensors))


def _check(spec, tensor):
    shape = tuple(tensor.shape)
    fits = len(shape) == len(spec["shape"]) and all(
        want is None or want == n for want, n in zip(spec["shape"], shape)
    )
    if not fits:
        raise ValueError(
            f"Input {spec['name']!r} must have the shape {tuple(spec['shape'])}. Received: {shape}"
        )


def _operation(name):
    if name in _PYTHON:
        return _PYTHON[name]
    found = _NAME.fullmatch(name)
    if not found or found[1] in _REFUSED or found[1] in _SKIPPED:
        raise ValueError(f"{name!r} is no operation that a stored function may have")
    return getattr(getattr(torch.ops.aten, found[1]), found[2])


def _names(value):
    if isinstance(value, dict):
        if "node" in value:
            yield value["node"]
        elif "dict" in value:
            for part in value["dict"].values():
                yield from _names(part)
    elif isinstance(value, list):
        for part in value:
            yield from _names(part)


def _decoded(value, values):
    if isinstance(value, list):
        return [_decoded(part, values) for part in value]
    if not isinstance(value, dict):
        return value
    (kind, part), *_ = value.items()
    if kind == "node":
        return values[part]
    if kind == "dict":
        return {key: _decoded(x, values) for key, x in part.items()}
    if kind == "float":
        return float(part)
    if kind == "complex":
        return complex(*part)
    if kind == "dtype":
        return to_torch_dtype(part)
    if kind == "device":
        return settings.default_device()
    if kind in ("memory_format", "layout") and isinstance(
        getattr(torch, part, None), (torch.memory_format, torch.layout)
    ):
        return getattr(torch, part)
    raise ValueError(f"The stored function is damaged: {json.dumps(value)[:100]}")
