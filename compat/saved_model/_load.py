"""`tf.saved_model.load`: what `save` and `model.export` wrote, as an object with variables and functions.

Loading runs no code from the folder: the functions are graphs of torch operations.
"""

import os

from kerastorch.core import tree
from kerastorch.export.directory import is_directory, read_directory, read_functions
from kerastorch.export.graph import restored

from .._spec import TensorSpec
from .._variable import Variable
from .._wrap import tensor, wrap_all
from ..train._graph import Attached


class RestoredFunction:
    """A function of a loaded object, for each kind of arguments that was saved."""

    def __init__(self, name, kinds):
        self._name, self._kinds = name, kinds

    def __call__(self, *args, **kwargs):
        for kind in self._kinds:
            values = kind.match(args, kwargs)
            if values is not None:
                return kind.run(values)
        known = "\n".join(f"  Option {i + 1}: {kind.text()}" for i, kind in enumerate(self._kinds))
        raise ValueError(
            "Could not find matching concrete function to call loaded from the SavedModel. Got:\n"
            f"  Positional arguments: {args}\n  Keyword arguments: {kwargs}\n\n"
            f"Expected these arguments to match one of the following {len(self._kinds)} option(s):\n{known}"
        )

    @property
    def concrete_functions(self):
        """The function for each kind of arguments."""
        return list(self._kinds)

    def get_concrete_function(self, *args, **kwargs):
        """Return the function for arguments of these kinds."""
        for kind in self._kinds:
            if (not args and not kwargs) or kind.match(args, kwargs) is not None:
                return kind
        raise ValueError(f"No function {self._name!r} was saved for {args}, {kwargs}.")


class RestoredConcreteFunction:
    """A function of a loaded object for one kind of arguments."""

    def __init__(self, name, program, described):
        self.name, self._program = name, program
        self._args, self._kwargs = described["args"], described["kwargs"]
        self._parameters = described.get("parameters", [])
        self._specs = [TensorSpec(i["shape"], i["dtype"], i["name"]) for i in program.inputs]

    def match(self, args, kwargs):
        """Return the tensors among the arguments, None if they are of another kind."""
        found = {}
        for name, has_default, default in self._parameters[len(args) : len(self._args["tuple"])]:
            if name not in kwargs and not has_default:
                return None
            args = (*args, kwargs.get(name, default))
            kwargs = {key: value for key, value in kwargs.items() if key != name}
        if not (_matches(self._args, tuple(args), found) and _matches(self._kwargs, kwargs, found)):
            return None
        values = []
        for number, spec in enumerate(self._specs):
            try:
                value = tensor(found[number], hint=spec.dtype)
            except (TypeError, ValueError):
                return None
            if value.dtype is not spec.dtype or not spec.shape.is_compatible_with(value.shape):
                return None
            values.append(value)
        return values

    def run(self, values):
        """Call the graph on tensors, and return its results in their structure."""
        leaves = self._program(*(value._t for value in values))
        return wrap_all(restored(self._program.results, leaves))

    def __call__(self, *args, **kwargs):
        if kwargs and not args and not self._kwargs["dict"]:
            names = [spec.name for spec in self._specs]
            if sorted(map(str, names)) == sorted(kwargs):
                return self.run([tensor(kwargs[name], hint=s.dtype) for name, s in zip(names, self._specs)])
        values = self.match(args, kwargs)
        if values is None:
            raise TypeError(f"{self.text()} was called with args {args} and kwargs {kwargs}.")
        return self.run(values)

    @property
    def inputs(self):
        """The specs of the tensors among the arguments."""
        return list(self._specs)

    @property
    def structured_input_signature(self):
        """The specs of the positional and of the keyword arguments."""
        return (), {spec.name or f"args_{i}": spec for i, spec in enumerate(self._specs)}

    @property
    def structured_outputs(self):
        """The specs of the results, in their structure; sizes that vary are not known."""
        count = len(tree.flatten(restored(self._program.results, list(range(10**4)))))
        return restored(self._program.results, [TensorSpec(None) for _ in range(count)])

    def text(self):
        """Return a description of the arguments."""
        return f"{self.name}({', '.join(map(repr, self._specs))})"


class Loaded(Attached):
    """A loaded object: variables and functions as attributes, and `signatures`."""

    def __call__(self, *args, **kwargs):
        call = self.__dict__.get("__call__")
        if call is None:
            raise TypeError("'_UserObject' object is not callable")
        return call(*args, **kwargs)


class LoadedPart(Attached):
    """What a part of the saved object, a module or list, held."""

    def __getitem__(self, key):
        return self.__dict__[str(key)]

    def __len__(self):
        return len(self.__dict__)


def load(export_dir, tags=None, options=None):
    """Return the object of a folder that `tf.saved_model.save` or `model.export` wrote.

    Its `variables` and `trainable_variables` can be trained further; its functions are attributes.

    Raises:
        OSError: if there is no such folder, or if TensorFlow wrote it.
        ValueError: if it is damaged.
    """
    document, tensors = read_directory(os.fspath(export_dir))
    trained = document.get("variables", {})
    variables = {
        name: Variable(raw, trainable=trained.get(name, raw.is_floating_point()), name=name.split("/")[-1])
        for name, raw in tensors.items()
        if hasattr(raw, "is_floating_point")
    }
    programs = read_functions(document, {**tensors, **variables})
    loaded = Loaded()
    for name, variable in variables.items():
        if name in trained:
            _attach(loaded, name, variable)
    own = [variables[name] for name in variables if name in trained] or list(variables.values())
    loaded.variables = own
    loaded.trainable_variables = [v for v in own if v.trainable]
    for name, kinds in document.get("methods", _exported(document)).items():
        concrete = [RestoredConcreteFunction(name, programs[kind["function"]], kind) for kind in kinds]
        loaded.__dict__[name] = RestoredFunction(name, concrete)
    loaded.signatures = {
        name: RestoredConcreteFunction(f"signature_wrapper_{name}", programs[kind["function"]], kind)
        for name, kind in document.get("signatures", {}).items()
    }
    return loaded


def _exported(document):
    """Return the methods of a folder that `ExportArchive` wrote: all its functions."""
    found = {}
    for name, function in document["functions"].items():
        args = {"tuple": [_tensors(part, function["inputs"]) for part in function["arguments"]["tuple"]]}
        found[name] = [{"function": name, "args": args, "kwargs": {"dict": {}}}]
    if list(found) == ["serve"]:
        found["__call__"] = found["serve"]
    return found


def _tensors(numbered, inputs):
    if isinstance(numbered, int):
        return {"tensor": numbered, "name": inputs[numbered]["name"]}
    (kind, parts), *_ = numbered.items()
    if kind == "dict":
        return {"dict": {key: _tensors(part, inputs) for key, part in parts.items()}}
    return {kind: [_tensors(part, inputs) for part in parts]}


def _attach(loaded, name, variable):
    *parts, last = name.split("/")
    place = loaded
    for part in parts:
        place = place.__dict__.setdefault(part, LoadedPart())
    place.__dict__[last] = variable


def _matches(described, value, found):
    """Whether a value has the described structure; its tensors are put into `found` by number."""
    (kind, parts), *_ = ((k, v) for k, v in described.items() if k != "name")
    if kind == "tensor":
        found[parts] = value
        return not isinstance(value, (dict, str)) and value is not None
    if kind == "value":
        return type(value) is type(parts) and value == parts
    if kind == "dict":
        return (
            isinstance(value, dict)
            and value.keys() == parts.keys()
            and all(_matches(part, value[key], found) for key, part in parts.items())
        )
    if not isinstance(value, (list, tuple)) or len(value) != len(parts):
        return False
    return all(_matches(part, x, found) for part, x in zip(parts, value))


def contains_saved_model(export_dir):
    """Whether a folder holds what `tf.saved_model.load` reads."""
    return is_directory(export_dir)
