"""Operations: functions over tensors that also work on symbolic tensors.

`@op` wraps a plain function over torch. On tensors it calls it; on a KerasTensor it records a Node and infers the
output. `KerasTensor.__torch_function__` does the same for raw torch functions.
"""

import functools
import inspect
import re
import sys
import typing

import numpy as np
import torch

from kerastorch.core import edge, registry, tree
from kerastorch.core.call import context
from kerastorch.core.configurable import Configurable
from kerastorch.core.dtypes import result_type, to_torch_dtype
from kerastorch.core.infer import infer, infer_op
from kerastorch.core.keras_tensor import KerasTensor, Node, TorchFunctions, any_symbolic
from kerastorch.core.naming import auto_name
from kerastorch.core.remat import remat
from kerastorch.core.variable import Variable

Tensor = typing.NewType("Tensor", object)  # annotates an argument that is one array
Tensors = typing.NewType("Tensors", object)  # annotates an argument that is a list of arrays

_NATIVE = frozenset({torch.Tensor, torch.nn.Parameter, Variable, int, float, bool, type(None), str})
_TENSORS = (torch.Tensor, torch.nn.Parameter, Variable)


class Operation(Configurable):
    """Something that can be called on tensors, and on symbolic tensors to build a graph.

    A subclass defines `call`; `compute_output_spec` is needed only where the output cannot be inferred.

    Args:
        name: The name, by default made from the class.
    """

    keras_module = "keras"

    def __init__(self, name=None):
        if name is None:
            name = auto_name(type(self).__name__)
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                f"Argument `name` must be a string and cannot contain character `/`. Received: name={name}"
            )
        self.name = name
        self._inbound_nodes, self._outbound_nodes = [], []

    def call(self, *args, **kwargs):
        """Compute the outputs from tensors."""
        raise NotImplementedError(f"{type(self).__name__} must define `call(self, ...)`.")

    def __call__(self, *args, **kwargs):
        if any_symbolic(args, kwargs):
            return self.symbolic_call(*args, **kwargs)
        return self.call(*args, **kwargs)

    def compute_output_spec(self, *args, **kwargs):
        """Return the outputs for these symbolic arguments, without recording anything."""
        return infer(self.call, args, kwargs)

    def symbolic_call(self, *args, **kwargs):
        """Return the outputs for these symbolic arguments, and record the call."""
        outputs = self.compute_output_spec(*args, **kwargs)
        Node(self, args, kwargs, outputs)
        return outputs

    def quantized_call(self, *args, **kwargs):
        """Compute the outputs with quantized weights."""
        raise NotImplementedError(f"{type(self).__name__} has no quantized form; call it without quantizing.")

    def rematerialized_call(self, fn, *args, **kwargs):
        """Return `fn` such that its activations are computed again in the backward pass."""
        return remat(fn)

    @property
    def input(self):
        """The symbolic input of the first call."""
        return self._node_attribute("input")

    @property
    def output(self):
        """The symbolic output of the first call."""
        return self._node_attribute("output")

    def _node_attribute(self, which):
        if not self._inbound_nodes:
            raise AttributeError(
                f"The layer {self.name} has never been called and thus has no defined {which}."
            )
        node = self._inbound_nodes[0]
        if which == "output":
            return node.output_structure
        tensors = node.args[0] if len(node.args) == 1 and not node.kwargs else node.input_tensors
        if node.is_input:
            return node.output_structure
        return tensors[0] if isinstance(tensors, list) and len(tensors) == 1 else tensors


class OpCall(Operation):
    """A function as a node of a graph.

    Args:
        fn: The function.
        static: Its arguments that are not arrays.
        name: The name.
        shape: The function's shape rule, if it has one.
    """

    def __init__(self, fn, static=None, name=None, shape=None):
        self.fn, self.static = fn, static or {}
        self.shape = getattr(fn, "shape_rule", None) if shape is None else shape
        super().__init__(name or auto_name(fn.__name__))

    def call(self, *args, **kwargs):
        """Call the function."""
        return self.fn(*args, **kwargs, **self.static)

    __call__ = call

    @property
    def class_name(self):
        """The name that Keras gives the class of this operation."""
        return "".join(part.capitalize() for part in self.fn.__name__.strip("_").split("_"))

    def get_config(self):
        """Return the name and the arguments that are not arrays."""
        return {"name": self.name, **self.static}

    def compute_output_spec(self, *args, **kwargs):
        """Return the symbolic outputs, from the shape rule or by inference."""
        if self.shape is not None:
            return self.shape(*args, **kwargs, **self.static)
        try:
            return infer_op(self.call, args, kwargs, list(self.static.values()))
        except Exception as e:
            shapes = [x.shape for x in tree.flatten((args, kwargs)) if isinstance(x, KerasTensor)]
            outside = re.match(r"Dimension out of range .* but got (-?\d+)", str(e))
            reason = f"axis {outside[1]} is out of bounds" if outside else e
            message = f"`{self.fn.__name__}` cannot be applied to symbolic inputs of shape {shapes}: {reason}"
            raise (TypeError if isinstance(e, TypeError) else ValueError)(message) from e

    def symbolic_call(self, *args, **kwargs):
        """Return the symbolic outputs, and record the call."""
        outputs = self.compute_output_spec(*args, **kwargs)
        if not context.depth:
            Node(self, args, kwargs, outputs)
        return outputs


def record(fn, signature, arrays, shape, args, kwargs):
    """Record a call of an op on symbolic tensors: the arrays go to the node, the rest to the operation."""
    arguments = signature.bind(*args, **kwargs).arguments
    static = {
        name: arguments.get(name, parameter.default)
        for name, parameter in signature.parameters.items()
        if name not in arrays and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    }
    for name, value in arguments.items():
        if name not in arrays:
            further = signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
            static.update(value if further else {name: value})
    if any_symbolic(static.values(), {}):  # shapes and the like may be symbolic too
        return OpCall(fn, shape=shape).symbolic_call(*args, **kwargs)
    given = {name: value for name, value in arguments.items() if name in arrays}
    names = [name for name in signature.parameters if name in arrays]
    leading = []
    for name in names:
        if name not in given:
            break
        leading.append(given.pop(name))
    if leading and list(signature.parameters)[: len(leading)] != names[: len(leading)]:
        given = {**dict(zip(names, leading)), **given}
        leading = []
    return OpCall(fn, static, shape=shape).symbolic_call(*leading, **given)


def op(fn=None, *, shape=None):
    """Make a function over torch tensors an operation.

    Parameters annotated `Tensor` (an array) or `Tensors` (a list of arrays) are converted: the body sees
    `torch.Tensor`s. A Python number beside a tensor stays a number, unless it is the first array.

    Args:
        fn: The function.
        shape: A function of the same arguments that gives the KerasTensors of the output, for functions that cannot
            run on the meta device.

    >>> from kerastorch.core.op import op, Tensor
    >>> @op
    ... def double(x: Tensor):
    ...     return x * 2
    >>> double([1.0, 2.0]), double(keras.Input((3,))).shape
    (tensor([2., 4.]), (None, 3))
    """
    if fn is None:
        return functools.partial(op, shape=shape)
    single = [name for name, annotation in fn.__annotations__.items() if annotation is Tensor]
    many = [name for name, annotation in fn.__annotations__.items() if annotation is Tensors]
    arrays = {*single, *many}
    leads = bool(single) and fn.__code__.co_varnames[0] == single[0]
    signature = functools.cache(
        lambda: inspect.signature(fn)
    )  # read when it is needed: an import makes hundreds

    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        for x in args:
            if type(x) not in _NATIVE:
                break
        else:
            for x in kwargs.values():
                if type(x) not in _NATIVE:
                    break
            else:
                if leads and args and isinstance(args[0], _TENSORS):
                    return fn(*args, **kwargs)
        return dispatch(args, kwargs)

    def dispatch(args, kwargs):
        if any_symbolic(args, kwargs):
            if edge.border.type is not None:
                args, kwargs = edge.unwrap(args), edge.unwrap(kwargs)  # constants in the graph are torch's
            return record(wrapper, signature(), arrays, shape, args, kwargs)
        try:
            bound = signature().bind(*args, **kwargs)
        except TypeError as e:
            raise TypeError(f"{fn.__name__}() {e}") from None
        arguments = bound.arguments
        foreign = False
        names = [name for name in single if name in arguments]
        if edge.border.type is not None:
            for name, value in arguments.items():
                unwrapped = edge.unwrap(value)
                if unwrapped is not value and _holds_foreign(value):
                    arguments[name], foreign = unwrapped, True
        lists = [name for name in many if name in arguments]
        if not foreign:
            # Arrays and numbers from the user's own code: the result is of the kind that the user works with.
            outermost = edge.border.active and not _holds_torch(arguments.values()) and _asked_by_user()
            _convert(arguments, names, lists)
            result = fn(*bound.args, **bound.kwargs)
            return edge.wrap(result) if outermost else result
        _convert(arguments, names, lists)
        if edge.is_recording():
            return edge.wrap(fn(*bound.args, **bound.kwargs))
        grad = torch.is_grad_enabled()
        torch._C._set_grad_enabled(False)
        try:
            return edge.wrap(fn(*bound.args, **bound.kwargs))
        finally:
            torch._C._set_grad_enabled(grad)

    wrapper.fn, wrapper.shape_rule = fn, shape
    wrapper.is_op = True
    if registry.is_library(fn.__module__):
        registry.register_function("keras." + ".".join(fn.__module__.split(".")[1:2]), wrapper)
    return wrapper


def _holds_torch(values):
    return any(isinstance(leaf, torch.Tensor) for value in values for leaf in tree.flatten(value))


def _asked_by_user():
    """Whether the operation that is being dispatched was called by code outside of the library."""
    return not registry.is_library(sys._getframe(3).f_globals.get("__name__", ""))


def _holds_foreign(value):
    if isinstance(value, (list, tuple, dict)):
        return any(isinstance(leaf, edge.border.type) for leaf in tree.flatten(value))
    return isinstance(value, edge.border.type)


def _convert(arguments, single, many):
    """Convert the array arguments in place; numbers beside tensors stay numbers."""
    tensors = [arguments[name].dtype for name in single if isinstance(arguments[name], torch.Tensor)]
    arrays = [arguments[name] for name in single if isinstance(arguments[name], (np.ndarray, np.generic))]
    tensors += [array.dtype for array in arrays if array.dtype.kind not in "OSUM"]
    first = True
    for name in single:
        value = arguments[name]
        if value is not None and not isinstance(value, torch.Tensor):
            number = type(value) in (int, float, bool, complex)
            if number and tensors:
                if first:
                    weak = type(value) if type(value) is not bool else "bool"
                    value = edge.as_tensor(value, to_torch_dtype(result_type(*tensors, weak)))
            else:
                value = edge.as_tensor(value)
            arguments[name] = value
        first = first and value is None
    for name in many:
        value = arguments[name]
        if isinstance(value, torch.Tensor):
            continue
        if isinstance(value, (list, tuple)):
            arguments[name] = [edge.as_tensor(x) if x is not None else None for x in value]
        elif value is not None:
            arguments[name] = edge.as_tensor(value)


def _record_torch_function(func, args, kwargs):
    return OpCall(func).symbolic_call(*args, **kwargs)


TorchFunctions.record = staticmethod(_record_torch_function)
