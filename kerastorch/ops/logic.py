"""Comparisons, logic and bits: element by element."""

import torch

from kerastorch.core.op import Tensor, op
from kerastorch.ops.common import promote, promote_tensors


@op
def isnan(x: Tensor):
    """Whether x is NaN.

    >>> keras.ops.isnan([1.0, float("nan")])
    tensor([False,  True])
    """
    return torch.isnan(x)


@op
def isinf(x: Tensor):
    """Whether x is infinite.

    >>> keras.ops.isinf([1.0, float("inf")])
    tensor([False,  True])
    """
    return torch.isinf(x)


@op
def isposinf(x: Tensor):
    """Whether x is +infinity.

    >>> keras.ops.isposinf([1.0, float("inf")])
    tensor([False,  True])
    """
    return torch.isposinf(x)


@op
def isneginf(x: Tensor):
    """Whether x is -infinity.

    >>> keras.ops.isneginf([1.0, float("-inf")])
    tensor([False,  True])
    """
    return torch.isneginf(x)


@op
def isfinite(x: Tensor):
    """Whether x is a finite number.

    >>> keras.ops.isfinite([1.0, float("inf")])
    tensor([ True, False])
    """
    return torch.isfinite(x)


@op
def isreal(x: Tensor):
    """Whether the imaginary part is 0.

    >>> keras.ops.isreal([1.0])
    tensor([True])
    """
    return torch.isreal(x)


@op
def isclose(x1: Tensor, x2: Tensor, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether |x1 - x2| <= atol + rtol * |x2|.

    >>> keras.ops.isclose([1.0, 2.0], [1.0, 2.1])
    tensor([ True, False])
    """
    x1, x2 = promote_tensors(x1, x2)
    return torch.isclose(x1, x2, rtol, atol, equal_nan)


@op
def equal(x1: Tensor, x2: Tensor):
    """x1 == x2.

    >>> keras.ops.equal([1, 2], 2)
    tensor([False,  True])
    """
    return torch.eq(x1, x2)


@op
def not_equal(x1: Tensor, x2: Tensor):
    """x1 != x2.

    >>> keras.ops.not_equal([1, 2], 2)
    tensor([ True, False])
    """
    return torch.ne(x1, x2)


@op
def greater(x1: Tensor, x2: Tensor):
    """x1 > x2.

    >>> keras.ops.greater([1, 2], 1)
    tensor([False,  True])
    """
    return torch.gt(x1, x2)


@op
def greater_equal(x1: Tensor, x2: Tensor):
    """x1 >= x2.

    >>> keras.ops.greater_equal([1, 2], 2)
    tensor([False,  True])
    """
    return torch.ge(x1, x2)


@op
def less(x1: Tensor, x2: Tensor):
    """x1 < x2.

    >>> keras.ops.less([1, 2], 2)
    tensor([ True, False])
    """
    return torch.lt(x1, x2)


@op
def less_equal(x1: Tensor, x2: Tensor):
    """x1 <= x2.

    >>> keras.ops.less_equal([1, 2], 1)
    tensor([ True, False])
    """
    return torch.le(x1, x2)


@op
def logical_and(x1: Tensor, x2: Tensor):
    """Whether x1 and x2 are both true (not 0).

    >>> keras.ops.logical_and([True, True], [True, False])
    tensor([ True, False])
    """
    return torch.logical_and(x1, _boolean(x2, x1))


@op
def logical_or(x1: Tensor, x2: Tensor):
    """Whether x1 or x2 is true (not 0).

    >>> keras.ops.logical_or([True, False], [False, False])
    tensor([ True, False])
    """
    return torch.logical_or(x1, _boolean(x2, x1))


@op
def logical_xor(x1: Tensor, x2: Tensor):
    """Whether exactly one of x1 and x2 is true (not 0).

    >>> keras.ops.logical_xor([True, True], [True, False])
    tensor([False,  True])
    """
    return torch.logical_xor(x1, _boolean(x2, x1))


def _boolean(x, like):
    return x if isinstance(x, torch.Tensor) else torch.tensor(bool(x), device=like.device)


@op
def logical_not(x: Tensor):
    """Whether x is false (0).

    >>> keras.ops.logical_not([True, False])
    tensor([False,  True])
    """
    return torch.logical_not(x)


@op
def bitwise_and(x: Tensor, y: Tensor):
    """The bits that x and y share.

    >>> keras.ops.bitwise_and([6], [3])
    tensor([2], dtype=torch.int32)
    """
    return torch.bitwise_and(*promote(x, y))


@op
def bitwise_or(x: Tensor, y: Tensor):
    """The bits that x or y has.

    >>> keras.ops.bitwise_or([6], [3])
    tensor([7], dtype=torch.int32)
    """
    return torch.bitwise_or(*promote(x, y))


@op
def bitwise_xor(x: Tensor, y: Tensor):
    """The bits that differ.

    >>> keras.ops.bitwise_xor([6], [3])
    tensor([5], dtype=torch.int32)
    """
    return torch.bitwise_xor(*promote(x, y))


@op
def bitwise_not(x: Tensor):
    """The bits that x lacks.

    >>> keras.ops.bitwise_not([6])
    tensor([-7], dtype=torch.int32)
    """
    return torch.bitwise_not(x)


bitwise_invert = bitwise_not


@op
def bitwise_left_shift(x: Tensor, y: Tensor):
    """x with its bits moved y places up.

    >>> keras.ops.bitwise_left_shift([3], [2])
    tensor([12], dtype=torch.int32)
    """
    return torch.bitwise_left_shift(*promote(x, y))


left_shift = bitwise_left_shift


@op
def bitwise_right_shift(x: Tensor, y: Tensor):
    """x with its bits moved y places down.

    >>> keras.ops.bitwise_right_shift([12], [2])
    tensor([3], dtype=torch.int32)
    """
    return torch.bitwise_right_shift(*promote(x, y))


right_shift = bitwise_right_shift
