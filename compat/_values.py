"""Small functions and names around values and graphs: `get_static_value`, `timestamp`, `Graph`, ..."""

import contextlib
import enum
import time

from kerastorch.core.keras_tensor import KerasTensor

from ._dtypes import float64
from ._ragged import RaggedTensor
from ._ragged_spec import RaggedTensorSpec
from ._scope import scoped
from ._sparse_tensor import SparseTensor, SparseTensorSpec
from ._spec import TensorSpec
from ._tensor import Tensor
from ._variable import Variable
from ._wrap import tensor


class VariableSynchronization(enum.Enum):
    """When copies of a variable are brought together."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How copies of a variable are brought together."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3


class Graph:
    """A place to write a program in: here its lines run at once, there is nothing to run later.

    >>> with tf.Graph().as_default():
    ...     x = tf.constant(2.0) * 3.0
    >>> float(x)
    6.0
    """

    @contextlib.contextmanager
    def as_default(self):
        """Return a context for the program's lines."""
        yield self

    def __getattr__(self, name):
        raise AttributeError(
            f"A tf.Graph here has no {name!r}: its lines run at once and are not kept. Use tf.function for "
            "functions, model.export or tf.saved_model.save to store them."
        )


def get_static_value(tensor, partial=False):
    """Return a tensor's value as an array, None for symbolic ones.

    >>> int(tf.get_static_value(tf.constant(2)))
    2
    """
    return tensor.numpy() if isinstance(tensor, Tensor) else None


def is_symbolic_tensor(tensor):
    """Tell whether a tensor has no value yet."""
    return isinstance(tensor, KerasTensor)


def timestamp(name=None):
    """Return the seconds since 1970, as float64."""
    return tensor(time.time(), float64)


def get_current_name_scope():
    """Return the open name scopes, joined by "/".

    >>> with tf.name_scope("a"), tf.name_scope("b"):
    ...     tf.get_current_name_scope()
    'a/b'
    """
    return scoped("").rstrip("/")


def type_spec_from_value(value):
    """Return the `tf.TypeSpec` of a value.

    >>> tf.type_spec_from_value(tf.constant([1, 2]))
    TensorSpec(shape=(2,), dtype=tf.int32, name=None)
    """
    if isinstance(value, RaggedTensor):
        return RaggedTensorSpec.from_value(value)
    if isinstance(value, SparseTensor):
        return SparseTensorSpec(value.shape, value.dtype)
    if not isinstance(value, (Tensor, Variable)):
        value = tensor(value)
    return TensorSpec(value.shape, value.dtype)
