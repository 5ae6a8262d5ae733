"""Calls of a layer with other values for its variables."""

from kerastorch.core import edge


class swapped:
    """Context in which a layer's variables are replaced by other tensors."""

    def __init__(self, layer, variables, values):
        self.values = {id(v): edge.as_tensor(value).to(v.dtype) for v, value in zip(variables, values)}
        self.places = [
            (held, name, v)
            for module in layer.modules()
            for held in (module._parameters, module._buffers)
            for name, v in held.items()
            if id(v) in self.values
        ]

    def __enter__(self):
        for held, name, v in self.places:
            value = self.values[id(v)]
            held[name] = value if v.requires_grad else _variable_like(v, value)
        self.current = {id(v): held[name] for held, name, v in self.places}
        return lambda v: self.current.get(id(v), v)

    def __exit__(self, *exc):
        for held, name, v in self.places:
            held[name] = v


def _variable_like(variable, value):
    """Return a variable like another, with its own copy of a value."""
    copy = type(variable)._make(value.detach().clone(), variable._trainable)
    copy.__dict__.update(variable.__dict__)
    return copy
