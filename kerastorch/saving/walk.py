"""Which objects of a model have state, and the path of each in a file: Keras 3's layout, name by name.

The layers of a Sequential or Functional model come first, under `layers/`. Then come attributes in alphabetical order,
private ones last: a layer or optimizer lies under the attribute's name, those in a list, tuple or dict below it under
their class's name in snake case, numbered. Names of layers play no part, since they differ from process to process.
An object that is reached twice belongs to the first path.
"""

import functools

import torch

from kerastorch.core.layer import Layer
from kerastorch.core.naming import to_snake_case
from kerastorch.core.op import Operation
from kerastorch.layers import TorchModuleWrapper
from kerastorch.models.functional import Functional
from kerastorch.models.model import Model
from kerastorch.models.sequential import Sequential
from kerastorch.optimizers import Optimizer

_CONTAINERS = (list, tuple, dict)


def is_saveable(value):
    """Tell whether a value may have state of its own, or hold what has."""
    return isinstance(value, (Operation, Optimizer, torch.nn.Module))


def torch_module(saveable):
    """Return the plain torch module that an object is or wraps, or None."""
    if isinstance(saveable, TorchModuleWrapper):
        return saveable.module
    return saveable if isinstance(saveable, torch.nn.Module) and not isinstance(saveable, Layer) else None


def children(saveable):
    """Yield the pairs (path, object) of what has state directly below an object."""
    for name, value in _attributes(saveable):
        if is_saveable(value):
            yield name, value
        elif isinstance(value, _CONTAINERS):
            yield from _contents(name, value, set())


def _attributes(saveable):
    if torch_module(saveable) is not None:
        return  # saved as a whole
    inside = ()
    if isinstance(saveable, (Sequential, Functional)):
        yield "layers", saveable.layers
        inside = _in_the_graph(saveable)  # each is an attribute too, by its name
    skipped = _own_names(_kind(saveable)) | getattr(saveable, "_untracked", frozenset())
    for name in sorted(dir(saveable), key=lambda name: (name.startswith("_"), name)):
        if name.startswith("__") or name in skipped:
            continue
        try:
            value = getattr(saveable, name)
        except Exception:  # a property of the user's that cannot be read now: it holds no layer
            continue
        if id(value) not in inside:
            yield name, value


def _in_the_graph(model):
    """The identities of the layers that a Sequential or Functional model is made of, inputs included."""
    return set(map(id, model._stack if isinstance(model, Sequential) else model.operations))


def _contents(path, container, seen):
    if id(container) in seen:
        return
    seen.add(id(container))
    used = {}
    for value in container.values() if isinstance(container, dict) else container:
        if is_saveable(value):
            yield f"{path}/{_numbered(to_snake_case(type(value).__name__), used)}", value
        elif isinstance(value, _CONTAINERS):
            yield from _contents(f"{path}/{_numbered('container', used)}", value, seen)


def _numbered(name, used):
    count = used[name] = used.get(name, -1) + 1
    return f"{name}_{count}" if count else name


def _kind(saveable):
    for kind in (Model, Layer, Optimizer):
        if isinstance(saveable, kind):
            return kind
    return Operation


@functools.cache
def _own_names(kind):
    """The attributes that objects of a kind have by themselves: their layers and variables are not in those."""
    if kind is Optimizer:
        return frozenset(dir(Optimizer(learning_rate=1.0)))
    if kind is Operation:
        return frozenset(dir(Operation(name="operation")))
    if kind is Layer:
        return frozenset(dir(Layer(name="layer")))
    return frozenset(dir(Model(name="model"))) - {"layers", "optimizer"}
