"""Special functions that `tf.math` has beside the common ones."""

import numpy as np
import torch

from ._elementwise import REALS
from ._wrap import Same, op


def _bessel(name, kernel, function, meaning):
    @op(kernel, allowed=REALS, direct=function)
    def bessel(x: Same, name=None):
        return function(x)

    bessel.__name__ = bessel.__qualname__ = name
    bessel.__doc__ = f"Return {meaning} of x, element by element."
    return bessel


bessel_i0 = _bessel("bessel_i0", "BesselI0", torch.special.i0, "the modified Bessel function of order 0")
bessel_i0e = _bessel(
    "bessel_i0e", "BesselI0e", torch.special.i0e, "exp(-|x|) times the modified Bessel function of order 0"
)
bessel_i1 = _bessel("bessel_i1", "BesselI1", torch.special.i1, "the modified Bessel function of order 1")
bessel_i1e = _bessel(
    "bessel_i1e", "BesselI1e", torch.special.i1e, "exp(-|x|) times the modified Bessel function of order 1"
)


@op("Lbeta", allowed=REALS)
def lbeta(x: Same, name=None):
    """Return log(|Beta(x)|) over the last axis."""
    return torch.lgamma(x).sum(-1) - torch.lgamma(x.sum(-1))


@op("NextAfter", allowed=(torch.float32, torch.float64))
def nextafter(x1: Same, x2: Same, name=None):
    """Return the next number after x1 towards x2."""
    return torch.nextafter(x1, x2)


@op("Betainc", allowed=(torch.float32, torch.float64))
def betainc(a: Same, b: Same, x: Same, name=None):
    """Return the regularized incomplete beta function I_x(a, b), by its continued fraction (Lentz's method)."""
    kind = x.dtype
    a, b, x = (v.double() for v in torch.broadcast_tensors(a, b, x))
    swap = x > (a + 1) / (a + b + 2)
    p, q, t = torch.where(swap, b, a), torch.where(swap, a, b), torch.where(swap, 1 - x, x)
    tiny = np.finfo(np.float64).tiny
    c, d = torch.ones_like(t), 1 / _away(1 - (p + q) * t / (p + 1), tiny)
    h = d
    for m in range(1, 200):
        for term in (
            m * (q - m) * t / ((p + 2 * m - 1) * (p + 2 * m)),
            -(p + m) * (p + q + m) * t / ((p + 2 * m) * (p + 2 * m + 1)),
        ):
            d = 1 / _away(1 + term * d, tiny)
            c = _away(1 + term / c, tiny)
            h = h * d * c
    front = p * t.log() + q * torch.log1p(-t) + torch.lgamma(p + q) - torch.lgamma(p) - torch.lgamma(q)
    value = torch.where(t <= 0, torch.zeros_like(t), front.exp() * h / p)
    return torch.where(swap, 1 - value, value).to(kind)


def _away(x, tiny):
    return torch.where(x.abs() < tiny, torch.full_like(x, tiny), x)
