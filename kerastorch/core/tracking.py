"""What a layer holds: sublayers, variables, metrics and seed generators, also inside its lists and dicts."""

import torch

from kerastorch.core import tree
from kerastorch.core.variable import Variable


class Container(torch.nn.Module):
    """The modules and variables inside a list, tuple or dict that is an attribute of a layer.

    They are looked up each time, so that the container itself stays the plain one of Python, whatever is appended.
    """

    def __init__(self, items):
        super().__init__()
        self.items_ = items

    def _found(self):
        return {".".join(map(str, path)): leaf for path, leaf in tree.flatten_with_path(self.items_)}

    @property
    def _modules(self):
        return {
            name.replace(".", "_"): x for name, x in self._found().items() if isinstance(x, torch.nn.Module)
        }

    @property
    def _parameters(self):
        return {name: x for name, x in self._free_variables() if not isinstance(x, Variable) or x._trainable}

    @property
    def _buffers(self):
        return {name: x for name, x in self._free_variables() if isinstance(x, Variable) and not x._trainable}

    @_modules.setter
    def _modules(self, value):
        """Ignored: torch sets it to an empty dict."""

    @_parameters.setter
    def _parameters(self, value):
        """Ignored: torch sets it to an empty dict."""

    @_buffers.setter
    def _buffers(self, value):
        """Ignored: torch sets it to an empty dict."""

    def _free_variables(self):
        found = self._found().items()
        return [
            (name.replace(".", "_"), x)
            for name, x in found
            if isinstance(x, torch.nn.Parameter) and not getattr(x, "_owned", False)
        ]

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)

    def tracked(self, kind):
        """Return the objects inside that say they are tracked as `kind`."""
        return [x for x in tree.flatten(self.items_) if getattr(type(x), "tracked_as", None) == kind]


def needs_container(value):
    """Tell whether a list, tuple or dict holds something to track, or may come to hold it."""
    if not isinstance(value, (list, tuple, dict)):
        return False
    if not value:
        return isinstance(value, (list, dict))
    return any(
        isinstance(x, (torch.nn.Module, torch.nn.Parameter)) or hasattr(type(x), "tracked_as")
        for x in tree.flatten(value)
    )


def unique(items):
    """Return the items without repetition, by identity."""
    return list({id(item): item for item in items}.values())


def own_variables(layer):
    """Return the variables of a layer itself: trainable ones first, each in the order of their creation."""
    parts = [layer, *(child for child in layer._modules.values() if isinstance(child, Container))]
    found = [p for part in parts for p in part._parameters.values() if p is not None]
    found += [b for part in parts for b in part._buffers.values() if isinstance(b, Variable)]
    return unique(found)


def child_modules(layer):
    """Return the direct sublayers and torch modules of a layer, those inside its containers in place."""
    children = []
    for child in layer._modules.values():
        if isinstance(child, Container):
            children.extend(child._modules.values())
        elif child is not None:
            children.append(child)
    return unique(children)


def tracked(layer, kind):
    """Return what a layer itself tracks as `kind` ("metric" or "seed_generator")."""
    state = layer.__dict__
    names = state.get("_tracked_names", ())
    found = [state[name] for name in names if getattr(type(state.get(name)), "tracked_as", None) == kind]
    for child in layer._modules.values():
        if isinstance(child, Container):
            found.extend(child.tracked(kind))
    return unique(found)


def torch_variables(module):
    """Return the parameters of a plain torch module."""
    return unique(module.parameters())
