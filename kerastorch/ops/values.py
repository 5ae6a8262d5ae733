"""Between tensors and values: conversion, casts, shapes, gradients stopped or customised."""

import torch

from kerastorch.core import edge
from kerastorch.core.dtypes import standardize_dtype, to_torch_dtype
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.op import Tensor, op


@op
def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """A tensor from any array, number or list.

    >>> keras.ops.convert_to_tensor([1, 2])
    tensor([1, 2], dtype=torch.int32)
    """
    return edge.as_tensor(x, dtype)


@op
def array(x, dtype=None):
    """A tensor from any array, number or list.

    >>> keras.ops.array([1.0, 2.0])
    tensor([1., 2.])
    """
    return edge.as_tensor(x, dtype)


def convert_to_numpy(x):
    """A NumPy array from any array.

    >>> keras.ops.convert_to_numpy(torch.tensor([1.0]))
    array([1.], dtype=float32)
    """
    if isinstance(x, KerasTensor):
        raise ValueError(f"A symbolic KerasTensor has no value to convert to NumPy. Received: {x}")
    return edge.to_numpy(x)


def is_tensor(x):
    """Whether x is a tensor.

    >>> keras.ops.is_tensor(torch.zeros(2)), keras.ops.is_tensor([0.0])
    (True, False)
    """
    return edge.is_tensor(x)


def shape(x):
    """The shape, a tuple; None for unknown sizes of a symbolic tensor.

    >>> keras.ops.shape(torch.zeros(2, 3))
    (2, 3)
    """
    return tuple(x.shape) if hasattr(x, "shape") else tuple(edge.as_tensor(x).shape)


def dtype(x):
    """The name of the dtype.

    >>> keras.ops.dtype(torch.zeros(2))
    'float32'
    """
    return standardize_dtype(x.dtype if hasattr(x, "dtype") else edge.as_tensor(x).dtype)


@op
def ndim(x: Tensor):
    """The number of axes.

    >>> keras.ops.ndim([[1, 2]])
    2
    """
    return x.ndim


@op
def size(x: Tensor):
    """The number of elements.

    >>> keras.ops.size([[1, 2], [3, 4]])
    tensor(4, dtype=torch.int32)
    """
    return torch.tensor(x.numel(), dtype=torch.int32, device=x.device)


@op
def cast(x: Tensor, dtype):
    """x in another dtype.

    >>> keras.ops.cast([1.7, 0.0], "int32")
    tensor([1, 0], dtype=torch.int32)
    """
    return x.to(to_torch_dtype(dtype))


@op
def stop_gradient(variable: Tensor):
    """The value, through which no gradient flows.

    >>> keras.ops.stop_gradient(torch.ones(1, requires_grad=True)).requires_grad
    False
    """
    return variable.detach()


def custom_gradient(f):
    """Make a function that returns (outputs, grad) one whose gradient is what `grad(upstream)` gives.

    >>> @keras.ops.custom_gradient
    ... def doubled(x):
    ...     return x, lambda upstream: 2 * upstream
    >>> x = torch.ones(1, requires_grad=True)
    >>> doubled(x).backward()
    >>> x.grad
    tensor([2.])
    """

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *args):
            outputs, ctx.grad = edge.call_user(f, *args)
            return outputs

        @staticmethod
        def backward(ctx, *upstream):
            return edge.call_user(ctx.grad, *upstream)

    def call(*args):
        foreign = edge.border.type is not None and any(isinstance(x, edge.border.type) for x in args)
        outputs = Custom.apply(*(edge.as_tensor(x) for x in args))
        return edge.wrap(outputs) if foreign else outputs

    return call
