"""`tf.Module`: an object that finds the variables and modules in its attributes.

https://www.tensorflow.org/api_docs/python/tf/Module
"""

import functools
import re

import torch

from kerastorch.core.naming import to_snake_case

from ._scope import name_scope

_IDENTIFIER = re.compile(r"^[a-zA-Z_]([a-zA-Z0-9_])*$")


class Module:
    """A base for classes that own variables.

    Args:
        name: The name, by default made from the class.

    >>> class Line(tf.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.slope = tf.Variable(2.0, name="slope")
    >>> Line().trainable_variables
    (<tf.Variable 'slope:0' shape=() dtype=float32, numpy=2.0>,)
    """

    _TF_MODULE_IGNORED_PROPERTIES = frozenset()

    def __init__(self, name=None):
        if name is None:
            name = to_snake_case(type(self).__name__)
        if not _IDENTIFIER.match(name):
            raise ValueError(
                f"{name!r} is not a valid module name. Module names must be valid Python "
                "identifiers (e.g. a valid class name)."
            )
        self._name = name
        self._name_scope = name_scope(name)

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)
        for resume in self.__dict__.pop("_when_built", ()):  # a checkpoint that waits for variables
            resume()

    @property
    def name(self):
        """The name."""
        return self._name

    @property
    def name_scope(self):
        """The scope with the module's name, for names of variables."""
        return self._name_scope

    @property
    def variables(self):
        """The variables of this module and of the modules in it, in the order of the attributes' names."""
        return tuple(self._flatten(predicate=_is_variable))

    @property
    def trainable_variables(self):
        """The variables that are trained."""
        return tuple(v for v in self.variables if getattr(v, "trainable", True))

    @property
    def non_trainable_variables(self):
        """The variables that are not trained."""
        return tuple(v for v in self.variables if not getattr(v, "trainable", True))

    @property
    def submodules(self):
        """The modules in this module, and in those."""
        return tuple(self._flatten(predicate=lambda x: isinstance(x, Module)))

    def _flatten(
        self,
        recursive=True,
        predicate=None,
        attribute_traversal_key=None,
        with_path=False,
        expand_composites=False,
    ):
        found = []
        _walk(self, (), predicate or (lambda x: True), recursive, {id(self)}, found)
        return iter(found if with_path else [value for _, value in found])

    @classmethod
    def with_name_scope(cls, method):
        """Make a method put the module's name before those of the variables made in it."""

        @functools.wraps(method)
        def wrapper(self, *args, **kwargs):
            with self.name_scope:
                return method(self, *args, **kwargs)

        return wrapper


def _is_variable(x):
    return isinstance(x, torch.nn.Parameter)


def _walk(module, path, predicate, recursive, seen, found):
    """Collect what fits from the attributes of a module, then from the modules among them."""
    ignored = {"_name", "_name_scope", *module._TF_MODULE_IGNORED_PROPERTIES}
    inner = []
    for key in sorted(k for k in vars(module) if k not in ignored):
        for place, leaf in _leaves(vars(module)[key], (key,)):
            if id(leaf) in seen or leaf is None:
                continue
            seen.add(id(leaf))
            if predicate(leaf):
                found.append((path + place, leaf))
            if isinstance(leaf, Module):
                inner.append((path + place, leaf))
            elif isinstance(leaf, torch.nn.Module):
                for i, variable in enumerate(getattr(leaf, "variables", None) or list(leaf.parameters())):
                    if id(variable) not in seen and predicate(variable):
                        seen.add(id(variable))
                        found.append((path + place + (i,), variable))
    if recursive:
        for place, leaf in inner:
            _walk(leaf, place, predicate, recursive, seen, found)


def _leaves(value, path):
    if isinstance(value, (list, tuple)):
        for i, part in enumerate(value):
            yield from _leaves(part, (*path, i))
    elif isinstance(value, dict):
        for key in sorted(value, key=str):
            yield from _leaves(value[key], (*path, key))
    else:
        yield path, value
