"""`tf.saved_model.save`: the variables and functions of an object, in a folder.

https://www.tensorflow.org/guide/saved_model
"""

import inspect
import os

import torch

from kerastorch.core import edge, tree
from kerastorch.core.layer import Layer
from kerastorch.export.archive import inference, signature_of
from kerastorch.export.directory import write_directory
from kerastorch.export.tracing import Spec, trace

from .._function import ConcreteFunction, Function, Method
from .._spec import TensorSpec
from .._tensor import EagerTensor
from .._variable import TextVariable
from .._wrap import raw_all
from ..train._graph import is_leaf, is_trackable, walk

SERVING = "serving_default"


def save(obj, export_dir, signatures=None, options=None):
    """Write an object's variables and functions to a folder, for `tf.saved_model.load`.

    The functions are stored as graphs of torch operations: the folder is read here, not by TensorFlow.

    Args:
        obj: A `tf.Module`, Keras model, or another object whose attributes are variables and `tf.function`s.
        export_dir: The folder.
        signatures: A `tf.function` with an input signature, a concrete function, or a dict of them by name; the name of
            a single one is "serving_default".

    Raises:
        ValueError: if the object is none that owns variables, or a function cannot be stored.
    """
    if not is_trackable(obj) and not hasattr(obj, "__dict__"):
        raise ValueError(f"Expected an AutoTrackable object for saving. Received: {obj!r}")
    source = _Source(obj)
    functions, described = {}, {}
    for name, kept in _functions_of(obj).items():
        described[name] = []
        for number, (fn, args, kwargs) in enumerate(kept):
            key = f"{name}/{number}"
            functions[key] = source.trace(fn, args, kwargs)
            described[name].append(
                {"function": key, "parameters": _parameters(fn), **_described(args, kwargs)}
            )
    signed = {}
    for name, given in _signatures(obj, signatures).items():
        key = f"signature/{name}"
        fn, args, kwargs = given
        functions[key] = source.trace(_by_name(fn), args, kwargs)
        signed[name] = {"function": key, "parameters": _parameters(fn), **_described(args, kwargs)}
    extra = {
        "methods": described,
        "signatures": signed,
        "variables": source.described(),
        "texts": source.texts(),
    }
    write_directory(os.fspath(export_dir), functions, extra, source.tensors())


class _Source:
    """The object with its variables, which stand in for themselves while a function is traced."""

    def __init__(self, obj):
        self.leaves = [node for node in walk(obj) if is_leaf(node.value)]
        self.holders = [node for node in walk(obj) if not is_leaf(node.value)]
        self.modules = [node.value for node in self.holders if isinstance(node.value, torch.nn.Module)]
        inside = {id(v) for m in self.modules for v in (*m.parameters(), *m.buffers())}
        own = [n for n in self.leaves if isinstance(n.value, torch.Tensor) and id(n.value) not in inside]
        self.copies = torch.nn.Module()
        self.places = {}
        for number, node in enumerate(own):
            raw = node.value.detach()
            if raw.is_floating_point():
                self.copies.register_parameter(f"v{number}", torch.nn.Parameter(raw))
            else:
                self.copies.register_buffer(f"v{number}", raw)
            self.places[id(node.value)] = f"v{number}"

    def tensors(self):
        """Return the variables by name."""
        return {n.key: n.value.detach() for n in self.leaves if isinstance(n.value, torch.Tensor)}

    def texts(self):
        """Return the variables of strings by name."""
        found = [n for n in self.leaves if isinstance(n.value, TextVariable)]
        return {n.key: [t.decode("latin-1") for t in n.value._raw.reshape(-1)] for n in found}

    def described(self):
        """Return which variables are trained."""
        return {
            n.key: bool(getattr(n.value, "trainable", True))
            for n in self.leaves
            if isinstance(n.value, torch.Tensor)
        }

    def trace(self, fn, args, kwargs):
        """Trace a function over tensors of `tf`."""
        flat = [spec for spec in tree.flatten((args, kwargs)) if isinstance(spec, (TensorSpec, Spec))]
        specs = [Spec.of(spec) for spec in flat]

        def call(*raws):
            values = iter(raws)
            bound = tree.map_structure(
                lambda spec: EagerTensor(next(values)) if isinstance(spec, (TensorSpec, Spec)) else spec,
                (args, kwargs),
            )
            depth = edge.set_recording_depth(1)  # so that the graph can be trained after it is loaded
            try:
                with _Substituted(self):
                    return raw_all(fn(*bound[0], **bound[1]))
            finally:
                edge.set_recording_depth(depth)

        return trace(call, [*self.modules, self.copies], specs, grad=True)


class _Substituted:
    """A context in which the object's variables are values that the trace follows."""

    def __init__(self, source):
        self.source, self.undo = source, []

    def __enter__(self):
        for node in self.source.holders:
            if isinstance(node.value, torch.nn.Module):
                continue
            held = node.value if isinstance(node.value, (list, dict)) else vars(node.value)
            items = list(enumerate(held)) if isinstance(held, list) else list(held.items())
            for key, value in items:
                place = self.source.places.get(id(value))
                if place is not None:
                    self.undo.append((held, key, value))
                    held[key] = EagerTensor(getattr(self.source.copies, place))

    def __exit__(self, *exc):
        for held, key, value in self.undo:
            held[key] = value


def _functions_of(obj):
    """Return, by name, (function, args, kwargs) of each kind of arguments of each function of an object."""
    if isinstance(obj, Layer):
        specs = signature_of(obj)
        if not obj.built or specs is None:
            raise ValueError(
                f"Model {obj.name} cannot be saved because its input shape is not known. Call it on data, or build it."
            )
        call = inference(obj)
        entry = (lambda *args: call(*raw_all(args)), tuple(specs), {})
        return {"__call__": [entry], "serve": [entry]}
    found = {}
    names = [*vars(obj), *(n for cls in type(obj).__mro__ for n in vars(cls))]
    for name in dict.fromkeys(names):
        value = getattr(obj, name, None) if name in vars(obj) or _is_function(type(obj), name) else None
        if isinstance(value, (Function, Method)):
            found[name] = [_kind(concrete) for concrete in value.concrete_functions()]
        elif isinstance(value, ConcreteFunction):
            found[name] = [_kind(value)]
    return found


def _kind(concrete):
    """Return (function, args, kwargs) of a concrete function, with the arguments that have their defaults."""
    fn, args, kwargs = concrete._function._python_function, concrete._args, concrete._kwargs
    signature = concrete._function._signature
    if signature is None:
        return fn, args, kwargs
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    return fn, bound.args, bound.kwargs


def _is_function(cls, name):
    return any(isinstance(vars(c).get(name), Function) for c in cls.__mro__)


def _signatures(obj, signatures):
    if signatures is None:
        if isinstance(obj, Layer):
            return {SERVING: next(iter(_functions_of(obj)["serve"]))}
        return {}
    if not isinstance(signatures, dict):
        signatures = {SERVING: signatures}
    found = {}
    for name, given in signatures.items():
        if isinstance(given, (Function, Method)):
            kept = given.concrete_functions()
            if len(kept) != 1:
                raise ValueError(
                    f"Expected a TensorFlow function for which to generate a signature, but got {given}. Only "
                    "`tf.functions` with an input signature or concrete functions can be used as a signature."
                )
            given = kept[0]
        if not isinstance(given, ConcreteFunction):
            raise ValueError(
                "Expected a TensorFlow function for which to generate a signature, but got a python object "
                f"({given!r}) of type {type(given)}."
            )
        found[name] = _kind(given)
    return found


def _by_name(fn):
    """The function with its results as a dict, as a signature has them."""

    def call(*args, **kwargs):
        result = fn(*args, **kwargs)
        if isinstance(result, dict):
            return result
        parts = result if isinstance(result, (list, tuple)) else [result]
        return {f"output_{i}": part for i, part in enumerate(parts)}

    return call


def _parameters(fn):
    """Return (name, whether it has a plain default, the default) of each parameter that may be given by position."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        return []
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    plain = [p.default is None or isinstance(p.default, (bool, int, float, str)) for p in positional]
    return [[p.name, is_plain, p.default if is_plain else None] for p, is_plain in zip(positional, plain)]


def _described(args, kwargs):
    """Return the arguments for the folder's description: tensors by number, other values as they are."""
    count = iter(range(10**6))

    def describe(value):
        if isinstance(value, (TensorSpec, Spec)):
            return {"tensor": next(count), "name": value.name}
        if isinstance(value, dict):
            return {"dict": {key: describe(part) for key, part in value.items()}}
        if isinstance(value, (list, tuple)):
            return {"tuple" if isinstance(value, tuple) else "list": [describe(part) for part in value]}
        if value is None or isinstance(value, (bool, int, float, str)):
            return {"value": value}
        raise ValueError(
            f"A function with the argument {value!r} cannot be saved: only tensors and plain values can."
        )

    return {"args": describe(tuple(args)), "kwargs": describe(dict(kwargs))}
