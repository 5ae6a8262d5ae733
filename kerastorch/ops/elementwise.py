"""Arithmetic, powers, logarithms, rounding, extremes: element by element."""

import torch

from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.op import Tensor, op
from kerastorch.ops.common import as_float, promote, promote_tensors


@op
def add(x1: Tensor, x2: Tensor):
    """x1 + x2.

    >>> keras.ops.add([1, 2], 3)
    tensor([4, 5], dtype=torch.int32)
    """
    x1, x2 = promote(x1, x2)
    return torch.add(x1, x2)


@op
def subtract(x1: Tensor, x2: Tensor):
    """x1 - x2.

    >>> keras.ops.subtract([1, 2], 3)
    tensor([-2, -1], dtype=torch.int32)
    """
    x1, x2 = promote(x1, x2)
    return torch.sub(x1, x2)


@op
def multiply(x1: Tensor, x2: Tensor):
    """x1 * x2.

    >>> keras.ops.multiply([1, 2], 3)
    tensor([3, 6], dtype=torch.int32)
    """
    x1, x2 = promote(x1, x2)
    return torch.mul(x1, x2)


@op
def divide(x1: Tensor, x2: Tensor):
    """x1 / x2, a float.

    >>> keras.ops.divide([1, 2], 4)
    tensor([0.2500, 0.5000])
    """
    x1, x2 = promote(x1, x2, float)
    return torch.div(x1, x2)


true_divide = divide


@op
def divide_no_nan(x1: Tensor, x2: Tensor):
    """x1 / x2, and 0 where x2 is 0.

    >>> keras.ops.divide_no_nan([1.0, 2.0], [0.0, 4.0])
    tensor([0.0000, 0.5000])
    """
    x1, x2 = promote_tensors(x1, x2, float)
    return torch.where(x2 == 0, 0, x1 / torch.where(x2 == 0, 1, x2))


@op
def floor_divide(x1: Tensor, x2: Tensor):
    """floor(x1 / x2).

    >>> keras.ops.floor_divide([7, -7], 2)
    tensor([ 3, -4], dtype=torch.int32)
    """
    x1, x2 = promote(x1, x2)
    return torch.floor_divide(x1, x2)


@op
def mod(x1: Tensor, x2: Tensor):
    """The remainder of x1 / x2, with the sign of x2.

    >>> keras.ops.mod([7, -7], 3)
    tensor([1, 2], dtype=torch.int32)
    """
    x1, x2 = promote(x1, x2)
    return torch.remainder(_int(x1), x2)


@op
def fmod(x1: Tensor, x2: Tensor):
    """The remainder of x1 / x2, with the sign of x1.

    >>> keras.ops.fmod([7, -7], 3)
    tensor([ 1, -1], dtype=torch.int32)
    """
    x1, x2 = promote(x1, x2)
    return torch.fmod(_int(x1), x2)


def _int(x):
    return x.to(torch.int32) if x.dtype is torch.bool else x


@op
def power(x1: Tensor, x2: Tensor):
    """x1 to the power of x2.

    >>> keras.ops.power([2, 3], 2)
    tensor([4, 9], dtype=torch.int32)
    """
    x1, x2 = promote(x1, x2)
    return torch.pow(x1, x2)


@op
def negative(x: Tensor):
    """-x.

    >>> keras.ops.negative([1, -2])
    tensor([-1,  2], dtype=torch.int32)
    """
    return torch.neg(x)


@op
def absolute(x: Tensor):
    """|x|.

    >>> keras.ops.absolute([1, -2])
    tensor([1, 2], dtype=torch.int32)
    """
    return x if x.dtype is torch.bool else torch.abs(x)


abs = absolute


@op
def fabs(x: Tensor):
    """|x|, a float.

    >>> keras.ops.fabs([1, -2])
    tensor([1., 2.])
    """
    return torch.abs(as_float(x))


@op
def sign(x: Tensor):
    """-1, 0 or 1.

    >>> keras.ops.sign([3, 0, -2])
    tensor([ 1,  0, -1], dtype=torch.int32)
    """
    return torch.sgn(x)


@op
def signbit(x: Tensor):
    """Whether the sign bit is set: true for negative numbers and -0.0.

    >>> keras.ops.signbit([1.0, -2.0])
    tensor([False,  True])
    """
    return torch.signbit(x)


@op
def reciprocal(x: Tensor):
    """1 / x.

    >>> keras.ops.reciprocal([2.0, 4.0])
    tensor([0.5000, 0.2500])
    """
    return torch.reciprocal(as_float(x))


@op
def square(x: Tensor):
    """x².

    >>> keras.ops.square([3, -2])
    tensor([9, 4], dtype=torch.int32)
    """
    return torch.square(_int(x))


@op
def sqrt(x: Tensor):
    """The square root.

    >>> keras.ops.sqrt([4, 9])
    tensor([2., 3.])
    """
    return torch.sqrt(as_float(x))


@op
def rsqrt(x: Tensor):
    """1 / sqrt(x).

    >>> keras.ops.rsqrt([4.0])
    tensor([0.5000])
    """
    return torch.rsqrt(as_float(x))


@op
def cbrt(x: Tensor):
    """The cube root.

    >>> keras.ops.cbrt([8.0, -27.0])
    tensor([ 2., -3.])
    """
    x = as_float(x)
    return torch.sgn(x) * torch.abs(x) ** (1 / 3)


@op
def exp(x: Tensor):
    """e to the power of x.

    >>> keras.ops.exp([0, 1])
    tensor([1.0000, 2.7183])
    """
    return torch.exp(as_float(x))


@op
def exp2(x: Tensor):
    """2 to the power of x.

    >>> keras.ops.exp2([0, 3])
    tensor([1., 8.])
    """
    return torch.exp2(as_float(x))


@op
def expm1(x: Tensor):
    """exp(x) - 1, exact near 0.

    >>> keras.ops.expm1([0.0, 1.0])
    tensor([0.0000, 1.7183])
    """
    return torch.expm1(as_float(x))


@op
def log(x: Tensor):
    """The natural logarithm.

    >>> keras.ops.log([1, 10])
    tensor([0.0000, 2.3026])
    """
    return torch.log(as_float(x))


@op
def log10(x: Tensor):
    """The logarithm to base 10.

    >>> keras.ops.log10([1, 10])
    tensor([0., 1.])
    """
    return torch.log10(as_float(x))


@op
def log2(x: Tensor):
    """The logarithm to base 2.

    >>> keras.ops.log2([1, 8])
    tensor([0., 3.])
    """
    return torch.log2(as_float(x))


@op
def log1p(x: Tensor):
    """log(1 + x), exact near 0.

    >>> keras.ops.log1p([0.0, 1.0])
    tensor([0.0000, 0.6931])
    """
    return torch.log1p(as_float(x))


@op
def logaddexp(x1: Tensor, x2: Tensor):
    """log(exp(x1) + exp(x2)).

    >>> keras.ops.logaddexp([0.0], [0.0])
    tensor([0.6931])
    """
    return torch.logaddexp(*promote_tensors(x1, x2, float))


@op
def logaddexp2(x1: Tensor, x2: Tensor):
    """log2(2**x1 + 2**x2).

    >>> keras.ops.logaddexp2([0.0], [0.0])
    tensor([1.])
    """
    return torch.logaddexp2(*promote_tensors(x1, x2, float))


@op
def floor(x: Tensor):
    """The greatest integer not above x, as a float.

    >>> keras.ops.floor([1.5, -1.5])
    tensor([ 1., -2.])
    """
    return torch.floor(as_float(x))


@op
def ceil(x: Tensor):
    """The least integer not below x, as a float.

    >>> keras.ops.ceil([1.5, -1.5])
    tensor([ 2., -1.])
    """
    return torch.ceil(as_float(x))


@op
def trunc(x: Tensor):
    """x without its fraction.

    >>> keras.ops.trunc([1.5, -1.5])
    tensor([ 1., -1.])
    """
    return x if x.dtype is torch.bool else torch.trunc(x)


@op
def round(x: Tensor, decimals=0):
    """x rounded to a number of decimals, halves to even.

    >>> keras.ops.round([1.5, 2.5, 0.25], decimals=0)
    tensor([2., 2., 0.])
    """
    if not x.is_floating_point():
        x = _int(x)
        return x if decimals >= 0 else torch.round(x.double(), decimals=decimals).to(x.dtype)
    return torch.round(x, decimals=decimals)


@op
def clip(x: Tensor, x_min: Tensor, x_max: Tensor):
    """x within [x_min, x_max].

    >>> keras.ops.clip([-1.0, 0.5, 2.0], 0.0, 1.0)
    tensor([0.0000, 0.5000, 1.0000])
    """
    x = _int(x)
    bounds = [bound for bound in (x_min, x_max) if bound is not None]
    for bound in bounds:
        x = promote(x, bound)[0]
    if any(isinstance(bound, torch.Tensor) for bound in bounds):
        x_min, x_max = (
            b if b is None else torch.as_tensor(b, dtype=x.dtype, device=x.device) for b in (x_min, x_max)
        )
    return torch.clamp(x, x_min, x_max)


@op
def maximum(x1: Tensor, x2: Tensor):
    """The larger of x1 and x2; NaN where one of them is.

    >>> keras.ops.maximum([1, 5], 3)
    tensor([3, 5], dtype=torch.int32)
    """
    return torch.maximum(*promote_tensors(x1, x2))


@op
def minimum(x1: Tensor, x2: Tensor):
    """The smaller of x1 and x2; NaN where one of them is.

    >>> keras.ops.minimum([1, 5], 3)
    tensor([1, 3], dtype=torch.int32)
    """
    return torch.minimum(*promote_tensors(x1, x2))


@op
def fmax(x1: Tensor, x2: Tensor):
    """The larger of x1 and x2; where one is NaN, the other.

    >>> keras.ops.fmax([1.0, float("nan")], [0.0, 2.0])
    tensor([1., 2.])
    """
    return torch.fmax(*promote_tensors(x1, x2))


@op
def fmin(x1: Tensor, x2: Tensor):
    """The smaller of x1 and x2; where one is NaN, the other.

    >>> keras.ops.fmin([1.0, float("nan")], [0.0, 2.0])
    tensor([0., 2.])
    """
    return torch.fmin(*promote_tensors(x1, x2))


@op
def gcd(x1: Tensor, x2: Tensor):
    """The greatest common divisor.

    >>> keras.ops.gcd([12], [18])
    tensor([6], dtype=torch.int32)
    """
    return torch.gcd(*promote_tensors(x1, x2))


@op
def lcm(x1: Tensor, x2: Tensor):
    """The least common multiple.

    >>> keras.ops.lcm([4], [6])
    tensor([12], dtype=torch.int32)
    """
    return torch.lcm(*promote_tensors(x1, x2))


@op
def ldexp(x1: Tensor, x2: Tensor):
    """x1 * 2**x2, x2 being integers.

    >>> keras.ops.ldexp([1.0, 3.0], [2, 1])
    tensor([4., 6.])
    """
    if isinstance(x2, float) or (isinstance(x2, torch.Tensor) and x2.is_floating_point()):
        raise TypeError("`x2` must be integers.")
    x1, x2 = promote_tensors(x1, x2, float)
    return x1 * torch.exp2(x2)


@op
def nextafter(x1: Tensor, x2: Tensor):
    """The next number that x1's dtype has, towards x2.

    >>> bool(keras.ops.nextafter([1.0], [2.0]) > 1)
    True
    """
    return torch.nextafter(*promote_tensors(x1, x2, float))


@op
def heaviside(x1: Tensor, x2: Tensor):
    """0 below 0, x2 at 0, 1 above.

    >>> keras.ops.heaviside([-1.0, 0.0, 2.0], 0.5)
    tensor([0.0000, 0.5000, 1.0000])
    """
    return torch.heaviside(*promote_tensors(x1, x2, float))


@op
def nan_to_num(x: Tensor, nan=0.0, posinf=None, neginf=None):
    """x with NaN and infinities replaced, by default by 0 and the largest numbers.

    >>> keras.ops.nan_to_num([float("nan"), 1.0])
    tensor([0., 1.])
    """
    return x if x.dtype is torch.bool else torch.nan_to_num(x, nan, posinf, neginf)


@op
def saturate_cast(x: Tensor, dtype):
    """x in another dtype, values beyond its range becoming its limits.

    >>> keras.ops.saturate_cast([-1.0, 300.0], "uint8")
    tensor([  0, 255], dtype=torch.uint8)
    """
    dtype = to_torch_dtype(dtype)
    if dtype is torch.bool or x.dtype is torch.bool:
        return x.to(dtype)
    limits = torch.finfo(dtype) if dtype.is_floating_point else torch.iinfo(dtype)
    low, high = limits.min, limits.max
    if x.is_floating_point() and not dtype.is_floating_point:
        inside = x.clamp(low, high).to(dtype)
        return torch.where(x >= high, high, torch.where(x <= low, low, inside))
    if not x.is_floating_point() and not dtype.is_floating_point:
        own = torch.iinfo(x.dtype)
        return x.clamp(low if low > own.min else own.min, high if high < own.max else own.max).to(dtype)
    return x.clamp(low, high).to(dtype)
