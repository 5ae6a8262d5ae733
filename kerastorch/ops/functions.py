"""Trigonometric, complex and special functions: element by element."""

import math

import torch

from kerastorch.core.op import Tensor, op
from kerastorch.ops.common import as_float, promote_tensors


@op
def sin(x: Tensor):
    """The sine.

    >>> keras.ops.sin([0, 1])
    tensor([0.0000, 0.8415])
    """
    return torch.sin(as_float(x))


@op
def cos(x: Tensor):
    """The cosine.

    >>> keras.ops.cos([0, 1])
    tensor([1.0000, 0.5403])
    """
    return torch.cos(as_float(x))


@op
def tan(x: Tensor):
    """The tangent.

    >>> keras.ops.tan([0, 1])
    tensor([0.0000, 1.5574])
    """
    return torch.tan(as_float(x))


@op
def sinh(x: Tensor):
    """The hyperbolic sine.

    >>> keras.ops.sinh([0, 1])
    tensor([0.0000, 1.1752])
    """
    return torch.sinh(as_float(x))


@op
def cosh(x: Tensor):
    """The hyperbolic cosine.

    >>> keras.ops.cosh([0, 1])
    tensor([1.0000, 1.5431])
    """
    return torch.cosh(as_float(x))


@op
def arcsin(x: Tensor):
    """The inverse sine.

    >>> keras.ops.arcsin([0, 1])
    tensor([0.0000, 1.5708])
    """
    return torch.arcsin(as_float(x))


@op
def arccos(x: Tensor):
    """The inverse cosine.

    >>> keras.ops.arccos([0, 1])
    tensor([1.5708, 0.0000])
    """
    return torch.arccos(as_float(x))


@op
def arctan(x: Tensor):
    """The inverse tangent.

    >>> keras.ops.arctan([0, 1])
    tensor([0.0000, 0.7854])
    """
    return torch.arctan(as_float(x))


@op
def arctan2(x1: Tensor, x2: Tensor):
    """The angle of the point (x2, x1).

    >>> keras.ops.arctan2([1.0], [1.0])
    tensor([0.7854])
    """
    return torch.arctan2(*promote_tensors(x1, x2, float))


@op
def arcsinh(x: Tensor):
    """The inverse hyperbolic sine.

    >>> keras.ops.arcsinh([0, 1])
    tensor([0.0000, 0.8814])
    """
    return torch.arcsinh(as_float(x))


@op
def arccosh(x: Tensor):
    """The inverse hyperbolic cosine.

    >>> keras.ops.arccosh([1, 2])
    tensor([0.0000, 1.3170])
    """
    return torch.arccosh(as_float(x))


@op
def arctanh(x: Tensor):
    """The inverse hyperbolic tangent.

    >>> keras.ops.arctanh([0.0, 0.5])
    tensor([0.0000, 0.5493])
    """
    return torch.arctanh(as_float(x))


@op
def sinc(x: Tensor):
    """sin(pi * x) / (pi * x), and 1 at 0.

    >>> keras.ops.sinc([0.0, 0.5])
    tensor([1.0000, 0.6366])
    """
    return torch.sinc(as_float(x))


@op
def hypot(x1: Tensor, x2: Tensor):
    """sqrt(x1² + x2²).

    >>> keras.ops.hypot([3.0], [4.0])
    tensor([5.])
    """
    return torch.hypot(*promote_tensors(x1, x2, float))


@op
def deg2rad(x: Tensor):
    """Degrees as radians.

    >>> keras.ops.deg2rad([180.0])
    tensor([3.1416])
    """
    return torch.deg2rad(as_float(x))


@op
def rad2deg(x: Tensor):
    """Radians as degrees.

    >>> keras.ops.rad2deg([1.0])
    tensor([57.2958])
    """
    return as_float(x) * (180 / math.pi)


@op
def real(x: Tensor):
    """The real part.

    >>> keras.ops.real([1.0])
    tensor([1.])
    """
    return torch.real(x)


@op
def imag(x: Tensor):
    """The imaginary part.

    >>> keras.ops.imag([1.0])
    tensor([0.])
    """
    return torch.imag(x) if x.is_complex() else torch.zeros_like(x)


@op
def conjugate(x: Tensor):
    """The complex conjugate.

    >>> keras.ops.conjugate([1.0])
    tensor([1.])
    """
    return torch.conj(x).resolve_conj()


conj = conjugate


@op
def angle(x: Tensor):
    """The angle of a complex number.

    >>> keras.ops.angle([1.0, -1.0])
    tensor([0.0000, 3.1416])
    """
    return torch.angle(as_float(x))


@op
def i0(x: Tensor):
    """The modified Bessel function of order 0.

    >>> keras.ops.i0([0.0, 1.0])
    tensor([1.0000, 1.2661])
    """
    return torch.i0(as_float(x))


@op
def erf(x: Tensor):
    """The error function.

    >>> keras.ops.erf([0.0, 1.0])
    tensor([0.0000, 0.8427])
    """
    return torch.erf(as_float(x))


@op
def erfc(x: Tensor):
    """1 - erf(x).

    >>> keras.ops.erfc([0.0, 1.0])
    tensor([1.0000, 0.1573])
    """
    return torch.erfc(as_float(x))


@op
def erfinv(x: Tensor):
    """The inverse of the error function.

    >>> keras.ops.erfinv([0.0, 0.5])
    tensor([0.0000, 0.4769])
    """
    return torch.erfinv(as_float(x))
