"""Objects and what they own, as `tf.train.Checkpoint` sees them: a graph whose leaves are variables.

An object owns what stands in its attributes (a layer: its weights and sublayers; an optimizer: its slots). A value's
name in a checkpoint is the shortest way to it. https://www.tensorflow.org/guide/checkpoint
"""

import collections

import numpy as np
import torch

from kerastorch.core.holder import Holder
from kerastorch.core.proto import Field, Message
from kerastorch.core.tracking import Container
from kerastorch.core.variable import Variable
from kerastorch.models import Functional, Sequential
from kerastorch.optimizers import Optimizer
from kerastorch.saving.tensor_bundle import BFLOAT16, STRING
from kerastorch.training.pipeline.iterator import Iterator

from .._dtypes import BY_TORCH
from .._module import Module
from .._tensor import EagerTensor
from .._variable import TextVariable

GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
VALUE, POSITION = "VARIABLE_VALUE", "ITERATOR_STATE"
# Attributes under another name in TensorFlow's Keras.
_RENAMED = {"kernel": "_kernel", "embeddings": "_embeddings"}
_PRIVATE_NAMES = {"Dense", "EinsumDense", "Embedding", "ReversibleEmbedding"}


class _Reference(Message):
    node_id = Field(1, "int32")
    local_name = Field(2, "string")


class _Serialized(Message):
    name = Field(1, "string")
    full_name = Field(2, "string")
    checkpoint_key = Field(3, "string")


class _Flag(Message):
    value = Field(1, "bool")


class _Object(Message):
    children = Field(1, _Reference, repeated=True)
    attributes = Field(2, _Serialized, repeated=True)
    has_checkpoint_values = Field(5, _Flag)


class ObjectGraph(Message):
    """The objects of a checkpoint: for each its children's names, and the keys of its values."""

    nodes = Field(1, _Object, repeated=True)


class Attached:
    """A base of objects whose trackable attributes are what they own."""


def is_leaf(value):
    """Whether an object is a value that a checkpoint holds."""
    return isinstance(value, (torch.nn.Parameter, Variable, TextVariable, Iterator))


def is_trackable(value):
    """Whether an object owns values, or may come to."""
    if isinstance(value, (list, tuple)):
        return any(map(is_trackable, value))
    if isinstance(value, dict):
        return any(map(is_trackable, value.values()))
    if isinstance(value, (EagerTensor, type, str)):
        return False
    return is_leaf(value) or isinstance(value, (torch.nn.Module, Optimizer, Module, Attached)) or _owns(value)


def _owns(value):
    """Whether an object of another class, such as a `tf.random.Generator`, has variables among its attributes."""
    state = getattr(value, "__dict__", None)
    return isinstance(state, dict) and any(is_leaf(v) for v in state.values())


def children(value):
    """Return (name, object) of what an object owns."""
    if is_leaf(value):
        return []
    if isinstance(value, (list, tuple)):
        found = [(str(i), part) for i, part in enumerate(value)]
    elif isinstance(value, dict):
        found = [(str(key), part) for key, part in value.items()]
    elif isinstance(value, Optimizer):
        return _optimizer_children(value)
    elif isinstance(value, Functional):
        found = [*_model_children(value), ("_operations", list(value.operations))]
    elif isinstance(value, Sequential):
        operations = [None, *(layer for layer in value.layers)]
        found = [*_model_children(value), ("_functional", {"_operations": operations})]
    elif isinstance(value, torch.nn.Module):
        found = _module_children(value)
    else:
        state = getattr(value, "__dict__", {})
        found = sorted(
            (name, part) for name, part in state.items() if is_trackable(part) or isinstance(part, list)
        )
    return [(name, part) for name, part in found if is_trackable(part)]


def _optimizer_children(optimizer):
    variables = list(optimizer.variables)
    named = [("_iterations", variables[0])] if variables else []
    rate = [v for v in variables[1:2] if getattr(v, "name", "") == "learning_rate"]
    return [*named, *(("_learning_rate", v) for v in rate), ("_variables", variables)]


def _model_children(model):
    """Return the optimizer of a compiled model, and what stands in attributes of a subclass."""
    optimizer = getattr(model, "optimizer", None)
    own = [("optimizer", optimizer)] if optimizer is not None else []
    if isinstance(model, (Functional, Sequential)) and type(model) in (Functional, Sequential):
        return own
    return own + [(name, part) for name, part in _module_children(model) if not name.startswith("_")]


def _module_children(module):
    state, renames = module.__dict__, _renamed(module)
    found = [(renames.get(name, name), v) for name, v in module._parameters.items() if v is not None]
    found += [(renames.get(name, name), v) for name, v in module._buffers.items() if isinstance(v, Variable)]
    for name, part in module._modules.items():
        found.append((name, state[name] if isinstance(part, Container) else part))
    optimizer = state.get("optimizer", state.get("_optimizer"))
    if isinstance(module, Holder):
        held = [(name, state[name]) for name in state.get("_tracked_names", {}) if name in state]
        found += held
    if isinstance(optimizer, Optimizer):
        found.append(("optimizer", optimizer))
    return found


def _renamed(module):
    private = type(module).__name__ in _PRIVATE_NAMES or hasattr(module, "kernel_size")
    return _RENAMED if private else {}


class Node:
    """An object in the graph: its name from the root, and its children by name."""

    __slots__ = ("children", "key", "number", "value")

    def __init__(self, value, number, key):
        self.value, self.number, self.key, self.children = value, number, key, {}


def walk(root):
    """Return the `Node`s of all that an object owns, breadth first, itself first; each object once."""
    first = Node(root, 0, "")
    nodes, seen, queue = [first], {id(root): first}, collections.deque([first])
    while queue:
        node = queue.popleft()
        for name, child in children(node.value):
            known = seen.get(id(child))
            if known is None:
                part = escaped(name)
                known = Node(child, len(nodes), f"{node.key}/{part}" if node.key else part)
                nodes.append(known)
                queue.append(known)
                seen[id(child)] = known
            node.children[name] = known
    return nodes


def escaped(name):
    """Return a name as a part of a key."""
    return name.replace(".", "..").replace("/", ".S")


def tensors_of(root):
    """Return (number of the dtype, array) of each value that an object owns, by key, and the graph itself."""
    graph, tensors = ObjectGraph(), {}
    for node in walk(root):
        entry = graph.nodes.add(
            children=[_Reference(node_id=c.number, local_name=name) for name, c in node.children.items()]
        )
        if is_leaf(node.value):
            kind = POSITION if isinstance(node.value, Iterator) else VALUE
            key = f"{node.key}/.ATTRIBUTES/{kind}" if node.key else f".ATTRIBUTES/{kind}"
            name = str(getattr(node.value, "name", "") or "").removesuffix(":0")
            entry.attributes.add(name=kind, full_name=name, checkpoint_key=key)
            entry.has_checkpoint_values.value = True
            tensors[key] = value_of(node.value)
    tensors[GRAPH_KEY] = (STRING, np.array(graph.SerializeToString(), object))
    return tensors


def value_of(leaf):
    """Return (number of the dtype, array) of a variable, or of an iterator's position."""
    if isinstance(leaf, Iterator):
        return STRING, np.array(str(leaf.position).encode(), object)
    if isinstance(leaf, TextVariable):
        return STRING, np.asarray(leaf.numpy(), object)
    raw = leaf.detach().cpu()
    if raw.dtype == torch.bfloat16:
        return BFLOAT16, raw.contiguous().view(torch.int16).numpy().view(np.uint16)
    return BY_TORCH[raw.dtype].as_datatype_enum, raw.numpy()


def assign(leaf, number, array):
    """Put a value of a checkpoint into a variable. Raises ValueError if the shapes differ."""
    if isinstance(leaf, Iterator):
        leaf.position = int(array[()])
        return
    if isinstance(leaf, TextVariable):
        leaf.assign(array)
        return
    shape = tuple(torch.Tensor.size(leaf))
    if array.shape != shape:
        name = getattr(leaf, "name", "") or type(leaf).__name__
        raise ValueError(
            f"Received incompatible tensor with shape {array.shape} when attempting to restore variable with shape "
            f"{shape} and name {name}."
        )
    raw = (
        torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
        if number == BFLOAT16
        else torch.from_numpy(array)
    )
    with torch.no_grad():
        torch.Tensor.copy_(leaf, raw)
