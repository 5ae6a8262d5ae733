"""KerasTensor and Node: the symbolic tensors of a Functional model, and the calls that made them."""

import collections
import operator

import torch

from kerastorch.core import tree
from kerastorch.core.dtypes import standardize_dtype
from kerastorch.core.naming import auto_name
from kerastorch.core.variable import standardize_shape

KerasHistory = collections.namedtuple("KerasHistory", ["operation", "node_index", "tensor_index"])
OPERATORS: dict[str, object] = {}


def register_operators(**functions):
    """Name the ops behind the Python operators of symbolic tensors (`add=ops.add`, ...)."""
    OPERATORS.update(functions)


class TorchFunctions:
    """What records a raw torch function on symbolic tensors; set by `core.op`."""

    record = None


def _fixed(name, doc):
    """Return a property for an attribute that is set once."""

    def refuse(self, value):
        raise AttributeError(f"The `{name}` attribute of KerasTensor is immutable. Received: {value}")

    return property(operator.attrgetter(f"_{name}"), refuse, doc=doc)


class KerasTensor:
    """A placeholder with a shape and a dtype, and the history of the call that makes it.

    Args:
        shape: The shape; None is an unknown dimension.
        dtype: The dtype.
        name: The name.

    >>> x = keras.KerasTensor((None, 3), dtype="float32", name="x")
    >>> (x + 1).shape
    (None, 3)
    """

    def __init__(
        self, shape, dtype="float32", sparse=False, ragged=False, record_history=True, name=None, **kwargs
    ):
        ragged_rank, row_splits_dtype = kwargs.pop("ragged_rank", None), kwargs.pop("row_splits_dtype", None)
        if kwargs:
            raise TypeError(f"Unexpected keyword arguments: {', '.join(kwargs)}")
        if sparse and ragged:
            raise ValueError("KerasTensor cannot have `sparse=True` and `ragged=True` at the same time.")
        self._shape = standardize_shape(shape)
        self._dtype = standardize_dtype(dtype)
        self._sparse, self._ragged = bool(sparse), bool(ragged)
        self._ragged_rank, self._row_splits_dtype = ragged_rank, row_splits_dtype
        self.name = name or auto_name("keras_tensor")
        self.record_history = record_history

    @property
    def ndim(self):
        """The number of dimensions."""
        return len(self._shape)

    shape = _fixed("shape", "The shape, a tuple with None for unknown dimensions.")
    dtype = _fixed("dtype", "The dtype's name.")
    sparse = _fixed("sparse", "Whether it stands for a sparse tensor.")
    ragged = _fixed("ragged", "Whether it stands for a ragged tensor.")
    ragged_rank = _fixed("ragged_rank", "The number of ragged dimensions.")
    row_splits_dtype = _fixed("row_splits_dtype", "The dtype of the row splits of a ragged tensor.")

    def reshape(self, newshape):
        """Return this tensor in another shape."""
        return OPERATORS["reshape"](self, newshape)

    def squeeze(self, axis=None):
        """Return this tensor without its axes of size 1."""
        return OPERATORS["squeeze"](self, axis)

    def __repr__(self):
        return (
            f"<KerasTensor shape={self._shape}, dtype={self._dtype}, sparse={self._sparse}, "
            f"ragged={self._ragged}, name={self.name}>"
        )

    def __array__(self, *args, **kwargs):
        raise ValueError(
            f"A KerasTensor is symbolic: it's a placeholder for a shape and a dtype. It doesn't have any actual "
            f"numerical value. You cannot convert it to a NumPy array. Received: {self!r}. Use `keras.ops`, or put "
            "NumPy code into a layer's `call`."
        )

    def __bool__(self):
        raise TypeError(
            "A symbolic KerasTensor cannot be used as a boolean. Use `keras.ops.cond` or `ops.where`."
        )

    def __iter__(self):
        raise NotImplementedError(
            "Iterating over a symbolic KerasTensor is not supported. Use `keras.ops.unstack`."
        )

    def __int__(self):
        raise ValueError(f"A KerasTensor is symbolic and has no value. Received: int({self!r})")

    __float__ = __index__ = __len__ = __int__

    def __format__(self, spec):
        return format(repr(self), spec)

    def __getitem__(self, key):
        return OPERATORS["getitem_text" if self.dtype == "string" else "getitem"](self, key)

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return TorchFunctions.record(func, args, kwargs or {})

    def __tf_tensor__(self, dtype=None, name=None):
        raise TypeError(f"A KerasTensor cannot be passed to a function that needs values. Received: {self!r}")


def _binary(name):
    def forward(self, other):
        return OPERATORS[name](self, other)

    def reflected(self, other):
        return OPERATORS[name](other, self)

    return forward, reflected


for _python, _name in {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "true_divide",
    "floordiv": "floor_divide",
    "mod": "mod",
    "pow": "power",
    "matmul": "matmul",
    "and": "logical_and",
    "or": "logical_or",
    "xor": "logical_xor",
}.items():
    _operator, _reflected = _binary(_name)
    setattr(KerasTensor, f"__{_python}__", _operator)
    setattr(KerasTensor, f"__r{_python}__", _reflected)
for _python, _name in {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "ne": "not_equal",
}.items():
    setattr(KerasTensor, f"__{_python}__", _binary(_name)[0])
for _python, _name in {"neg": "negative", "abs": "absolute", "invert": "logical_not"}.items():
    setattr(KerasTensor, f"__{_python}__", lambda self, _name=_name: OPERATORS[_name](self))


def is_keras_tensor(x):
    """Tell whether `x` is a symbolic tensor.

    >>> keras.utils.is_keras_tensor(keras.Input((3,)))
    True
    """
    return isinstance(x, KerasTensor)


def any_symbolic(args, kwargs):
    """Tell whether a KerasTensor is among the arguments, or inside their lists and dicts."""
    for x in args:
        if isinstance(x, KerasTensor) or (
            isinstance(x, (list, tuple, dict)) and any_symbolic(_values(x), ())
        ):
            return True
    if kwargs:
        return any_symbolic(kwargs.values(), ())
    return False


def _values(container):
    return container.values() if isinstance(container, dict) else container


class Node:
    """One call of an operation on symbolic tensors.

    Args:
        operation: The layer or operation called.
        args, kwargs: Its arguments, with KerasTensors in them.
        outputs: What the call gave.
    """

    def __init__(self, operation, args=(), kwargs=None, outputs=None):
        self.operation = operation
        self.args, self.kwargs = tuple(args), kwargs or {}
        self.input_tensors = [x for x in tree.flatten((self.args, self.kwargs)) if isinstance(x, KerasTensor)]
        self.output_structure = outputs
        self.outputs = [x for x in tree.flatten(outputs) if isinstance(x, KerasTensor)]
        index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        for position, tensor in enumerate(self.outputs):
            tensor._keras_history = KerasHistory(operation, index, position)
        for tensor in self.input_tensors:
            if hasattr(tensor, "_keras_history"):
                tensor._keras_history.operation._outbound_nodes.append(self)

    @property
    def is_input(self):
        """Whether the call made its tensor from nothing."""
        return not self.input_tensors

    @property
    def parent_nodes(self):
        """The nodes that made the inputs, without repetition."""
        nodes = {}
        for tensor in self.input_tensors:
            history = getattr(tensor, "_keras_history", None)
            if history is not None:
                node = history.operation._inbound_nodes[history.node_index]
                nodes[id(node)] = node
        return list(nodes.values())

    def __repr__(self):
        return f"<Node operation={self.operation.name}, id={id(self)}>"


def meta_like(tensor):
    """Return a tensor without memory that has the shape, strides and dtype of another."""
    return torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device="meta")
