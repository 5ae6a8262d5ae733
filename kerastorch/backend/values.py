"""Making tensors and variables, reading them, and changing variables."""

import math

import torch

from kerastorch import random
from kerastorch.core import edge, settings
from kerastorch.core.dtypes import standardize_dtype, to_torch_dtype
from kerastorch.core.edge import as_tensor, dtype_name, to_numpy
from kerastorch.core.op import Tensor, op
from kerastorch.core.variable import Variable


def _float(dtype):
    return to_torch_dtype(settings.floatx() if dtype is None else dtype)


def _sizes(shape):
    return (int(shape),) if isinstance(shape, int) else tuple(int(size) for size in shape)


@op
def constant(value, dtype=None, shape=None, name=None):
    """A tensor of a value, in the default float type if no other is given.

    >>> keras.backend.constant(1, shape=(2,))
    tensor([1., 1.])
    """
    value = as_tensor(value, _float(dtype))
    return (
        value
        if shape is None
        else value.expand(_sizes(shape)).clone()
        if value.numel() == 1
        else (value.reshape(_sizes(shape)))
    )


def zeros(shape, dtype=None, name=None):
    """A variable of zeros, not trained.

    >>> keras.backend.zeros((2,)).numpy()
    array([0., 0.], dtype=float32)
    """
    value = torch.zeros(_sizes(shape), dtype=_float(dtype), device=settings.default_device())
    return Variable(value, trainable=False, name=name)


def ones(shape, dtype=None, name=None):
    """A variable of ones, not trained."""
    value = torch.ones(_sizes(shape), dtype=_float(dtype), device=settings.default_device())
    return Variable(value, trainable=False, name=name)


def eye(size, dtype=None, name=None):
    """A variable of the identity matrix, not trained."""
    value = torch.eye(int(size), dtype=_float(dtype), device=settings.default_device())
    return Variable(value, trainable=False, name=name)


@op
def zeros_like(x: Tensor, dtype=None, name=None):
    """Zeros in the shape of x."""
    return torch.zeros_like(x, dtype=None if dtype is None else to_torch_dtype(dtype))


@op
def ones_like(x: Tensor, dtype=None, name=None):
    """Ones in the shape of x."""
    return torch.ones_like(x, dtype=None if dtype is None else to_torch_dtype(dtype))


@op
def arange(start, stop=None, step=1, dtype="int32"):
    """Numbers from `start` to before `stop`; with one argument, from 0 to before it.

    >>> keras.backend.arange(3)
    tensor([0, 1, 2], dtype=torch.int32)
    """
    start, stop = (0, max(start, 0)) if stop is None else (start, stop)
    return torch.arange(start, stop, step, device=settings.default_device()).to(to_torch_dtype(dtype))


@op
def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal draws."""
    return random.normal(shape, mean, stddev, dtype, seed)


@op
def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal draws that are within two standard deviations of the mean."""
    return random.truncated_normal(shape, mean, stddev, dtype, seed)


@op
def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Uniform draws."""
    return random.uniform(shape, minval, maxval, dtype, seed)


@op
def random_bernoulli(shape, p=0.0, dtype=None, seed=None):
    """Draws that are 1 with probability p, and else 0."""
    return (random.uniform(shape, dtype="float32", seed=seed) <= p).to(_float(dtype))


def variable(value, dtype=None, name=None, constraint=None):
    """A variable with a start value, in the default float type if no other is given.

    >>> keras.backend.variable([1, 2]).numpy()
    array([1., 2.], dtype=float32)
    """
    result = Variable(value, dtype=standardize_dtype(_float(dtype)), name=name)
    result.constraint = constraint
    return result


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable that starts from normal draws."""
    return variable(random.normal(shape, mean, scale, dtype, seed), dtype, name)


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    """A variable that starts from uniform draws."""
    return variable(random.uniform(shape, low, high, dtype, seed), dtype, name)


def shape(x):
    """The shape as a tuple; None for what a symbolic tensor does not know."""
    return int_shape(as_tensor(x) if not hasattr(x, "shape") else x)


def int_shape(x):
    """The shape as a tuple; None for what a symbolic tensor does not know.

    >>> keras.backend.int_shape(keras.Input((3,)))
    (None, 3)
    """
    return tuple(None if size is None else int(size) for size in x.shape)


def ndim(x):
    """The number of axes."""
    return len(x.shape)


def dtype(x):
    """The name of the dtype."""
    return dtype_name(x)


def count_params(x):
    """The number of elements."""
    return math.prod(int_shape(x))


def eval(x):
    """The value as a NumPy array."""
    return to_numpy(x)


def get_value(x):
    """The value as a NumPy array.

    >>> keras.backend.get_value(keras.backend.variable(2.0))
    array(2., dtype=float32)
    """
    return to_numpy(x)


def batch_get_value(tensors):
    """The values of several tensors as NumPy arrays."""
    return [to_numpy(x) for x in tensors]


def set_value(x, value):
    """Set a variable."""
    x.assign(value)


def batch_set_value(tuples):
    """Set several variables, given with their values."""
    for x, value in tuples:
        x.assign(value)


def update(x, new_x):
    """Set a variable, and return it."""
    return x.assign(new_x)


def update_add(x, increment):
    """Add to a variable, and return it."""
    return x.assign_add(increment)


def update_sub(x, decrement):
    """Subtract from a variable, and return it."""
    return x.assign_sub(decrement)


def moving_average_update(x, value, momentum):
    """Set a variable to x * momentum + value * (1 - momentum), and return it.

    >>> keras.backend.moving_average_update(keras.backend.variable(1.0), 3.0, 0.75).numpy()
    array(1.5, dtype=float32)
    """
    return x.assign(x * momentum + value * (1 - momentum))


def is_sparse(tensor):
    """Tell whether a tensor is kept as its entries that are not 0."""
    tensor = edge.unwrap(tensor)
    return isinstance(tensor, torch.Tensor) and tensor.layout is not torch.strided


@op
def to_dense(tensor: Tensor):
    """A tensor with all its entries."""
    return tensor if tensor.layout is torch.strided else tensor.to_dense()
