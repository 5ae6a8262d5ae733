"""`tf.function`: a Python function that runs as it is, and shows when TensorFlow would have traced it.

TensorFlow runs the Python once for each new kind of arguments and from then on only the operations that it saw. Here
the Python runs on every call, so that values are always right; what `print` writes appears only on the calls that
TensorFlow would trace.
https://www.tensorflow.org/api_docs/python/tf/function
"""

import builtins
import functools
import inspect
import weakref

import numpy as np
import torch

from kerastorch.core import tree

from ._convert import convert, dtype_of
from ._dtypes import BY_TORCH
from ._shape import known_shape
from ._spec import TensorSpec
from ._tensor import EagerTensor, Tensor
from ._wrap import tensor, wrap_all


class _Settings:
    eagerly = False
    silenced = 0
    print = None


def run_functions_eagerly(run_eagerly):
    """Choose whether functions run as plain Python, every `print` included."""
    _Settings.eagerly = bool(run_eagerly)


def functions_run_eagerly():
    """Tell whether functions run as plain Python."""
    return _Settings.eagerly


class Function:
    """A function that TensorFlow would compile; made by `tf.function`."""

    def __init__(
        self, python_function, name=None, input_signature=None, jit_compile=None, reduce_retracing=False
    ):
        self._python_function = python_function
        self._jit_compile, self._reduce_retracing = jit_compile, reduce_retracing
        self._traces, self._count, self._bound = set(), 0, weakref.WeakKeyDictionary()
        self._concrete = []  # what `tf.saved_model.save` writes
        self._name = name or getattr(python_function, "__name__", type(python_function).__name__)
        functools.update_wrapper(self, python_function, updated=())
        try:
            self._signature = inspect.signature(python_function)
        except (TypeError, ValueError):
            self._signature = None
        self._input_signature = None if input_signature is None else tuple(input_signature)

    @property
    def python_function(self):
        """The Python function."""
        return self._python_function

    @property
    def input_signature(self):
        """The specs that arguments must fit, or None."""
        return self._input_signature

    @property
    def name(self):
        """The function's name."""
        return self._name

    def __get__(self, instance, owner=None):
        """Return the function bound to an instance, with traces of its own."""
        if instance is None:
            return self
        try:
            found = self._bound.get(instance)
            if found is None:
                found = self._bound[instance] = self._bind(instance)
        except TypeError:  # an instance without hash or weak references keeps no traces
            found = self._bind(instance)
        return Method(found, instance)

    def _bind(self, instance):
        """The function for an instance, which it does not keep alive."""
        fn, of = self._python_function, weakref.ref(instance)

        @functools.wraps(fn)
        def method(*args, **kwargs):
            return fn(of(), *args, **kwargs)

        del method.__wrapped__
        if self._signature is not None:
            method.__signature__ = self._signature.replace(
                parameters=list(self._signature.parameters.values())[1:]
            )
        return Function(method, self._name, self._input_signature, self._jit_compile, self._reduce_retracing)

    def __call__(self, *args, **kwargs):
        if _Settings.eagerly:
            return self._python_function(*args, **kwargs)
        args, kwargs = self._canonical(args, kwargs)
        if self._is_new(args, kwargs):
            result = self._python_function(*args, **kwargs)
        else:
            result = _silently(self._python_function, args, kwargs)
        return _as_tensors(result)

    def _canonical(self, args, kwargs):
        """The arguments with arrays as tensors, checked against the input signature."""
        if self._input_signature is not None:
            return self._checked(args, kwargs)
        if kwargs:
            return _arrays_as_tensors(args), dict(zip(kwargs, _arrays_as_tensors(tuple(kwargs.values()))))
        return _arrays_as_tensors(args), kwargs

    def _checked(self, args, kwargs):
        try:
            values = self._signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise TypeError(
                f"Binding inputs to tf.function failed due to `{error}`. Received args: "
                f"{args} and kwargs: {kwargs} for signature: {self._signature_text()}."
            ) from None
        flat = []
        for name, value in values.items():
            kind = self._signature.parameters[name].kind
            flat.extend(
                value
                if kind is inspect.Parameter.VAR_POSITIONAL
                else value.values()
                if kind is inspect.Parameter.VAR_KEYWORD
                else [value]
            )
        if len(flat) > len(self._input_signature):
            raise TypeError(
                f"{self._name}{self._signature} takes {len(self._input_signature)} arguments "
                f"by its input_signature. Received: {len(flat)}"
            )
        out = []
        for value, spec in zip(flat, self._input_signature):
            if not isinstance(spec, TensorSpec):
                out.append(value)
                continue
            try:
                value = value if isinstance(value, Tensor) else tensor(value, hint=spec.dtype)
            except (TypeError, ValueError) as error:
                raise TypeError(
                    f"Binding inputs to tf.function failed due to `{error}`. Received args: "
                    f"{args} and kwargs: {kwargs} for signature: {self._signature_text()}."
                ) from None
            given = TensorSpec(value.shape, value.dtype)
            if not given.is_subtype_of(TensorSpec(spec.shape, spec.dtype)):
                wanted = TensorSpec(spec.shape, spec.dtype)
                raise TypeError(
                    f"Binding inputs to tf.function failed due to `Can not cast {given} to "
                    f"{wanted}`. Received args: {args} "
                    f"and kwargs: {kwargs} for signature: {self._signature_text()}."
                )
            out.append(value)
        return tuple(out), {}

    def _signature_text(self):
        names = list(self._signature.parameters)
        specs = [
            TensorSpec(s.shape, s.dtype) if isinstance(s, TensorSpec) else s for s in self._input_signature
        ]
        return "(" + ", ".join(f"{n}: {s}" for n, s in zip(names, specs)) + ")"

    def _is_new(self, args, kwargs):
        """Whether TensorFlow would trace for these arguments."""
        if self._input_signature is not None:
            key = "signature"
        else:
            bound_args, bound_kwargs = args, kwargs
            if kwargs and self._signature is not None:
                bound = self._signature.bind(*args, **kwargs)
                bound_args, bound_kwargs = bound.args, bound.kwargs
            key = (_key(bound_args), _key(bound_kwargs))
            if self._reduce_retracing:
                relaxed = _without_shapes(key)
                if relaxed in self._traces:
                    return False
                if key not in self._traces and any(_without_shapes(k) == relaxed for k in self._traces):
                    key = relaxed
        if key in self._traces:
            return False
        self._traces.add(key)
        self._count += 1
        self._concrete.append(ConcreteFunction(self, args, kwargs))
        return True

    def experimental_get_tracing_count(self):
        """Return how often TensorFlow would have traced the function."""
        return self._count

    def get_concrete_function(self, *args, **kwargs):
        """Return the function for arguments of these kinds, given as tensors or `TensorSpec`s."""
        if self._input_signature is not None and not args and not kwargs:
            args = self._input_signature
        self._concrete.append(ConcreteFunction(self, args, kwargs))
        return self._concrete[-1]

    def concrete_functions(self):
        """Return a `ConcreteFunction` for each kind of arguments that was seen, or that the input signature names."""
        if self._input_signature is not None:
            return [ConcreteFunction(self, self._input_signature, {})]
        return list(self._concrete)

    def pretty_printed_concrete_signatures(self, verbose=True):
        """Return a description of what the function was traced for."""
        return f"{self._name}{self._signature}: {self._count} traces"

    def __repr__(self):
        return f"<tensorflow.python.eager.polymorphic_function.polymorphic_function.Function object at 0x{id(self):x}>"


class Method:
    """A `Function` together with the instance that it was taken from."""

    def __init__(self, function, instance):
        self._bound_function, self._instance = function, instance
        self.__doc__ = function.__doc__

    def __call__(self, *args, **kwargs):
        return self._bound_function(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self.__dict__["_bound_function"], name)


class ConcreteFunction:
    """A function for arguments of fixed dtypes and shapes."""

    def __init__(self, function, args, kwargs):
        self._function = function
        names = list(function._signature.parameters) if function._signature is not None else []
        self._args = tuple(
            tree.map_structure(functools.partial(_spec, name=name), arg)
            for arg, name in zip(args, [*names, *[None] * len(args)])
        )
        self._kwargs = tree.map_structure(_spec, dict(kwargs))
        self.name = f"__inference_{function.name}"

    @property
    def structured_input_signature(self):
        """The specs of the positional and of the keyword arguments."""
        return self._args, self._kwargs

    @property
    def inputs(self):
        """The specs of the tensors among the arguments."""
        return [s for s in tree.flatten((self._args, self._kwargs)) if isinstance(s, TensorSpec)]

    def __call__(self, *args, **kwargs):
        for i, (value, spec) in enumerate(zip(args, self._args)):
            if isinstance(spec, TensorSpec):
                given = dtype_of(convert(value, hint=spec.dtype))
                if given is not spec.dtype:
                    raise TypeError(
                        f"Binding inputs to tf.function failed: argument {i} must have dtype "
                        f"{spec.dtype!r}. Received: {value!r}"
                    )
        args = (
            tuple(
                tensor(v, hint=s.dtype)
                if isinstance(s, TensorSpec) and not isinstance(v, torch.Tensor)
                else v
                for v, s in zip(args, self._args)
            )
            + tuple(args[len(self._args) :])
            + tuple(a for a in self._args[len(args) :] if not isinstance(a, TensorSpec))
        )
        return _as_tensors(self._function._python_function(*args, **kwargs))


def _spec(value, name=None):
    if isinstance(value, TensorSpec):
        return value if value.name else TensorSpec(value.shape, value.dtype, name)
    if isinstance(value, (Tensor, np.ndarray)):
        return TensorSpec(value.shape, value.dtype, name)
    return value


def _silently(fn, args, kwargs):
    """Call a function without what it prints: TensorFlow would not run its Python again."""
    if not _Settings.silenced:
        _Settings.print = builtins.print
        builtins.print = _no_print
    _Settings.silenced += 1
    try:
        return fn(*args, **kwargs)
    finally:
        _Settings.silenced -= 1
        if not _Settings.silenced and builtins.print is _no_print:
            builtins.print = _Settings.print


def _no_print(*args, **kwargs):
    pass


def _arrays_as_tensors(values):
    for value in values:
        if isinstance(value, (np.ndarray, list, tuple, dict)):
            return tuple(
                tree.map_structure(lambda x: tensor(x) if isinstance(x, np.ndarray) else x, v) for v in values
            )
    return values


def _key(value):
    """What distinguishes arguments for TensorFlow: dtype and shape of tensors, the value of everything else."""
    if isinstance(value, EagerTensor):
        return "T", value._t.dtype, tuple(value._t.shape)
    if isinstance(value, torch.Tensor):
        return (
            "V",
            BY_TORCH[torch.Tensor.dtype.__get__(value)],
            tuple(known_shape(torch.Tensor.shape.__get__(value))),
        )
    if isinstance(value, (list, tuple)):
        return type(value).__name__, *map(_key, value)
    if isinstance(value, dict):
        return "dict", *((k, _key(v)) for k, v in sorted(value.items(), key=lambda item: str(item[0])))
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return type(value).__name__, value
    return "object", id(value)


def _without_shapes(key):
    if isinstance(key, tuple):
        return key[:2] if key and key[0] in ("T", "V") else tuple(map(_without_shapes, key))
    return key


def _as_tensors(result):
    """The result as a compiled function gives it: numbers and variables come out as tensors."""
    kind = type(result)
    if kind is EagerTensor or result is None:
        return result
    if (
        isinstance(result, torch.nn.Parameter)
        or kind in (int, float, bool, str)
        or isinstance(result, (np.ndarray, np.generic))
    ):
        return tensor(result)
    if kind is torch.Tensor:
        return wrap_all(result)
    if kind in (list, tuple, dict):
        return tree.map_structure(_as_tensors, result)
    return result


def function(
    func=None,
    input_signature=None,
    autograph=True,
    jit_compile=None,
    reduce_retracing=False,
    experimental_implements=None,
    experimental_autograph_options=None,
    experimental_attributes=None,
    experimental_relax_shapes=None,
    experimental_compile=None,
    experimental_follow_type_hints=None,
):
    """Make a Python function one that TensorFlow would compile; as a decorator it may be called first or not.

    Args:
        func: The function.
        input_signature: `TensorSpec`s that the arguments must fit.
        autograph: Whether Python's control flow may depend on tensors, as it always may here.
        jit_compile: Whether TensorFlow would compile with XLA; the values are the same.
        reduce_retracing, experimental_relax_shapes: Whether other shapes of the same rank count as the same kind.
        experimental_implements, experimental_autograph_options, experimental_attributes, experimental_compile,
            experimental_follow_type_hints: Taken for TensorFlow's sake.

    >>> @tf.function
    ... def f(x):
    ...     print("tracing")
    ...     return x + 1
    >>> f(tf.constant(1)), f(tf.constant(2))
    tracing
    (<tf.Tensor: shape=(), dtype=int32, numpy=2>, <tf.Tensor: shape=(), dtype=int32, numpy=3>)
    """
    if input_signature is not None and not isinstance(input_signature, (list, tuple)):
        raise TypeError(f"input_signature must be either a tuple or a list, got {type(input_signature)}.")
    if func is not None and not callable(func):
        raise TypeError(f"{func!r} is not a callable object")
    relax = reduce_retracing or bool(experimental_relax_shapes)

    def decorate(fn):
        if isinstance(fn, Function):
            fn = fn.python_function
        return Function(fn, None, input_signature, jit_compile or experimental_compile, relax)

    return decorate if func is None else decorate(func)
