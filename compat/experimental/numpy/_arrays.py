"""Functions of NumPy's names that make, shape and reduce arrays."""

import builtins

import numpy as np
import torch

from ..._make import sizes
from ..._wrap import Own, SameList, op
from ._promote import asarray, numpy_dtype, promoted


def _shape(shape):
    return tuple(sizes([shape] if isinstance(shape, int) else shape))


def zeros(shape, dtype=float):
    """Return zeros, float64 by default."""
    return asarray(np.zeros(_shape(shape), numpy_dtype(dtype)))


def ones(shape, dtype=float):
    """Return ones, float64 by default.

    >>> tf.experimental.numpy.ones([2]).dtype
    tf.float64
    """
    return asarray(np.ones(_shape(shape), numpy_dtype(dtype)))


def full(shape, fill_value, dtype=None):
    """Return an array of one value."""
    return broadcast_to(asarray(fill_value, dtype), _shape(shape))


def eye(N, M=None, k=0, dtype=float):
    """Return a matrix with ones on a diagonal."""
    return asarray(np.eye(N, M, k, numpy_dtype(dtype)))


def identity(n, dtype=float):
    """Return the unit matrix."""
    return eye(n, dtype=dtype)


def zeros_like(a, dtype=None):
    """Return zeros in the shape of a."""
    a = asarray(a)
    return zeros(a.shape, a.dtype if dtype is None else dtype)


def ones_like(a, dtype=None):
    """Return ones in the shape of a."""
    a = asarray(a)
    return ones(a.shape, a.dtype if dtype is None else dtype)


def arange(start, stop=None, step=1, dtype=None):
    """Return numbers from start to stop, without it."""
    bounds = (0, start) if stop is None else (start, stop)
    return asarray(np.arange(*bounds, step), dtype)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=float, axis=0):
    """Return `num` numbers in equal distances."""
    values = np.linspace(np.asarray(start), np.asarray(stop), num, endpoint, retstep, None, axis)
    return (asarray(values[0], dtype), asarray(values[1])) if retstep else asarray(values, dtype)


def array(val, dtype=None, copy=True, ndmin=0):
    """Return a tensor of what NumPy takes for an array, with at least `ndmin` axes."""
    val = asarray(val, dtype)
    return reshape(val, [*[1] * (ndmin - val.ndim), *val.shape]) if val.ndim < ndmin else val


@op("Reshape")
def _reshape(a: Own, shape):
    return a.reshape(shape)


def reshape(a, newshape, order="C"):
    """Return a in another shape."""
    if order != "C":
        raise ValueError(f'order must be "C". Received: order={order!r}')
    return _reshape(asarray(a), _shape(newshape))


def ravel(a, order="C"):
    """Return a with one axis."""
    return reshape(a, [-1], order)


@op("Transpose")
def _transpose(a: Own, axes):
    return a.permute(tuple(reversed(range(a.ndim))) if axes is None else tuple(axes))


def transpose(a, axes=None):
    """Return a with its axes in another order, reversed by default."""
    return _transpose(asarray(a), axes)


def _one(name, function):
    @op(name)
    def compute(a: Own, *args, **kwargs):
        return function(a, *args, **kwargs)

    def call(a, *args, **kwargs):
        return compute(asarray(a), *args, **kwargs)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Return what `numpy.{name}` returns."
    return call


expand_dims = _one("expand_dims", lambda a, axis: a.unsqueeze(axis))
squeeze = _one("squeeze", lambda a, axis=None: a.squeeze() if axis is None else a.squeeze(axis))
broadcast_to = _one("broadcast_to", lambda array, shape: array.expand(tuple(shape)))
flip = _one("flip", lambda m, axis=None: m.flip(tuple(range(m.ndim)) if axis is None else axis))
moveaxis = _one("moveaxis", lambda a, source, destination: a.movedim(source, destination))
swapaxes = _one("swapaxes", lambda a, axis1, axis2: a.transpose(axis1, axis2))
tril = _one("tril", lambda m, k=0: m.tril(k))
triu = _one("triu", lambda m, k=0: m.triu(k))
diag = _one("diag", lambda v, k=0: torch.diag(v, k))
sort = _one("sort", lambda a, axis=-1: a.sort(dim=axis, stable=True).values)
argsort = _one("argsort", lambda a, axis=-1: a.argsort(dim=axis, stable=True))
argmax = _one("argmax", lambda a, axis=None: a.argmax(axis))
argmin = _one("argmin", lambda a, axis=None: a.argmin(axis))
tile = _one("tile", lambda a, reps: a.tile(reps if isinstance(reps, (list, tuple)) else (reps,)))


def _axes(a, axis):
    if axis is None:
        return tuple(range(a.ndim))
    return tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)


def _reduction(name, function, floats=False, wide=False):
    @op(name)
    def compute(a: Own, axis, keepdims):
        if wide and not a.dtype.is_floating_point and not a.dtype.is_complex:
            a = a.to(torch.int64)
        return function(a, _axes(a, axis), keepdims)

    def call(a, axis=None, dtype=None, keepdims=False):
        a = promoted(a, floats=floats)[0] if dtype is None else asarray(a, dtype)
        return compute(a, axis, bool(keepdims))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Return what `numpy.{name}` returns."
    return call


def _products(a, axes, keep):
    for axis in builtins.sorted((x % a.ndim for x in axes), reverse=True):
        a = a.prod(axis, keepdim=keep)
    return a


sum = _reduction("sum", lambda a, axes, keep: a.sum(axes, keepdim=keep), wide=True)
prod = _reduction("prod", _products, wide=True)
mean = _reduction("mean", lambda a, axes, keep: a.mean(axes, keepdim=keep), floats=True)
var = _reduction("var", lambda a, axes, keep: a.var(axes, correction=0, keepdim=keep), floats=True)
std = _reduction("std", lambda a, axes, keep: a.std(axes, correction=0, keepdim=keep), floats=True)
max = amax = _reduction("amax", lambda a, axes, keep: a.amax(axes, keepdim=keep))
min = amin = _reduction("amin", lambda a, axes, keep: a.amin(axes, keepdim=keep))
all = _reduction("all", lambda a, axes, keep: a.bool().all(axes, keepdim=keep))
any = _reduction("any", lambda a, axes, keep: a.bool().any(axes, keepdim=keep))
cumsum = _one("cumsum", lambda a, axis=None: (a.reshape(-1) if axis is None else a).cumsum(axis or 0))


@op("ConcatV2")
def _concatenate(arys: SameList, axis):
    return torch.cat(arys, axis)


@op("Pack")
def _stack(arrays: SameList, axis):
    return torch.stack(arrays, axis)


def concatenate(arys, axis=0):
    """Return arrays one after the other, in the dtype in which they meet."""
    return _concatenate(promoted(*arys), axis)


def stack(arrays, axis=0):
    """Return arrays side by side in a new axis."""
    return _stack(promoted(*arrays), axis)


def vstack(tup):
    """Return arrays as rows, one below the other."""
    return concatenate([reshape(a, [1, -1]) if asarray(a).ndim < 2 else a for a in tup])


def hstack(tup):
    """Return arrays one beside the other."""
    return concatenate(tup, axis=0 if asarray(tup[0]).ndim == 1 else 1)


def astype(a, dtype):
    """Return a in another dtype."""
    return asarray(a, dtype)


def shape(a):
    """Return the shape as a tuple."""
    return tuple(asarray(a).shape)


def size(a):
    """Return how many elements there are."""
    return asarray(a)._t.numel()


def ndim(a):
    """Return how many axes there are."""
    return asarray(a).ndim
