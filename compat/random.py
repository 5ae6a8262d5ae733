"""`tf.random`: numbers from seeds, with the generator and the seeds of TensorFlow.

An operation that is given no seed takes the next one of the global seed; one that is given a seed goes on where its
last call with that seed stopped, until `set_seed` starts everything anew.
https://www.tensorflow.org/api_docs/python/tf/random
"""

import math
import random as _python_random

import numpy as np
import torch

from kerastorch.core import philox, settings
from kerastorch.random import seed_listeners

from . import _seed
from ._convert import convert, dtype_of
from ._dtypes import as_dtype, float32, int64
from ._failure import invalid, shape_text
from ._generator import Generator as Generator
from ._generator import get_global_generator as get_global_generator
from ._generator import set_global_generator as set_global_generator
from ._make import sizes
from ._stream import GROUPS_PER_OUTPUT, SeededStream, full_range, scaled, uniform_from
from ._tensor import EagerTensor
from ._wrap import wrap_all

_positions: dict[tuple, int] = {}


def set_seed(seed):
    """Set the global seed, or remove it with None: the operations after it give the same numbers each time."""
    _seed.set_global_seed(seed)
    _positions.clear()


seed_listeners.append(set_seed)


def _stream(kernel, seed, count, groups=GROUPS_PER_OUTPUT):
    """The stream of an operation that gives `count` numbers."""
    first, second = _seed.get_seed(seed)
    if first is None:
        return SeededStream(_python_random.getrandbits(63), _python_random.getrandbits(63))
    if seed is None:
        return SeededStream(first, second)
    start = _positions.get((kernel, first, second), 0)
    _positions[kernel, first, second] = start + count * groups
    return SeededStream(first, second, start)


def _broadcast(shape, *parameters):
    return list(torch.broadcast_shapes(tuple(shape), *(tuple(p.shape) for p in parameters)))


def uniform(shape, minval=0, maxval=None, dtype=float32, seed=None, name=None):
    """Return numbers uniform in [minval, maxval); for floats maxval is 1 by default.

    >>> tf.random.uniform([2, 3]).shape
    TensorShape([2, 3])
    """
    dtype = as_dtype(dtype)
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        maxval = 1
    shape = sizes(shape)
    stream = _stream("uniform", seed, math.prod(shape))
    return uniform_from(stream, shape, minval, maxval, dtype)


def normal(shape, mean=0.0, stddev=1.0, dtype=float32, seed=None, name=None):
    """Return numbers with the normal distribution."""
    dtype, shape = as_dtype(dtype), sizes(shape)
    return scaled(_stream("normal", seed, math.prod(shape)).normal(shape, dtype._torch), mean, stddev, dtype)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=float32, seed=None, name=None):
    """Return numbers with the normal distribution, those beyond two standard deviations drawn again."""
    dtype, shape = as_dtype(dtype), sizes(shape)
    values = _stream("truncated_normal", seed, math.prod(shape)).truncated_normal(shape, dtype._torch)
    return scaled(values, mean, stddev, dtype)


def shuffle(value, seed=None, name=None):
    """Return the rows of value in random order."""
    raw = convert(value)
    count = raw.shape[0] if raw.ndim else 0
    if count < 2:
        return EagerTensor(raw)
    stream = _stream("shuffle", seed, count, 1)
    words = stream.bits([count]).tolist()
    order = list(range(count))
    for i in range(count - 1):
        j = i + words[i] % (count - i)
        order[i], order[j] = order[j], order[i]
    if isinstance(raw, np.ndarray):
        return EagerTensor(raw[np.array(order)])
    return wrap_all(raw.index_select(0, torch.tensor(order, device=raw.device)))


def _categorical(stream, logits, num_samples, dtype):
    raw = convert(logits)
    if raw.ndim != 2:
        raise invalid("Multinomial", f"logits should be a matrix, got shape {shape_text(raw.shape)}")
    if not raw.shape[1]:
        raise ValueError("num_classes should be positive, got 0")
    wide = raw.double()
    weights = torch.where(torch.isfinite(wide), (wide - wide.amax(1, keepdim=True)).exp(), 0.0)
    cumulative = weights.cumsum(1)
    points = stream.uniform([raw.shape[0], num_samples], torch.float64) * cumulative[:, -1:]
    picked = torch.searchsorted(cumulative, points, right=True).clamp(max=raw.shape[1] - 1)
    return EagerTensor(picked.to(as_dtype(dtype)._torch))


def categorical(logits, num_samples, dtype=None, seed=None, name=None):
    """Return `num_samples` classes for each row of logits, drawn with the probabilities softmax(logits)."""
    count, rows = int(num_samples), convert(logits).shape[:1]
    stream = _stream("categorical", seed, math.prod(rows) * count * 2)
    return _categorical(stream, logits, count, dtype or int64)


def gamma(shape, alpha, beta=None, dtype=float32, seed=None, name=None):
    """Return, for each alpha, `shape` numbers with the gamma distribution of shape alpha and rate beta."""
    dtype = as_dtype(dtype)
    alpha = convert(alpha, hint=dtype).to(dtype._torch)
    beta = torch.ones((), dtype=dtype._torch) if beta is None else convert(beta, hint=dtype)
    full = [*sizes(shape), *_broadcast([], alpha, beta)]
    values = _stream("gamma", seed, math.prod(full)).gamma(full, alpha).to(dtype._torch)
    return wrap_all(values / beta)


def poisson(shape, lam, dtype=float32, seed=None, name=None):
    """Return, for each rate, `shape` numbers with the Poisson distribution."""
    lam = convert(lam, hint=float32)
    full = [*sizes(shape), *lam.shape]
    generator = torch.Generator(device=lam.device)
    generator.manual_seed(int(_stream("poisson", seed, math.prod(full)).bits([1])[0]))
    return wrap_all(
        torch.poisson(lam.expand(full).contiguous(), generator=generator).to(as_dtype(dtype)._torch)
    )


def bernoulli_mask(shape, keep, seed):
    """Return booleans that are true with the probability `keep`, as `tf.nn.dropout` draws them."""
    return EagerTensor(_stream("uniform", seed, math.prod(shape)).uniform(shape, torch.float32) >= 1 - keep)


def _stateless(seed):
    raw = convert(seed)
    if tuple(raw.shape) != (2,):
        raise ValueError(f"seed must have shape [2], not {list(raw.shape)}")
    return philox.Stream(raw.tolist(), settings.default_device())


def stateless_uniform(shape, seed, minval=0, maxval=None, dtype=float32, name=None, alg="auto_select"):
    """Return numbers uniform in [minval, maxval) that depend on nothing but the seed, a pair of whole numbers."""
    dtype = as_dtype(dtype)
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
        maxval = 1
    return uniform_from(_stateless(seed), sizes(shape), minval, maxval, dtype)


def stateless_normal(shape, seed, mean=0.0, stddev=1.0, dtype=float32, name=None, alg="auto_select"):
    """Return numbers with the normal distribution that depend on nothing but the seed."""
    dtype = as_dtype(dtype)
    return scaled(_stateless(seed).normal(sizes(shape), dtype._torch), mean, stddev, dtype)


def stateless_truncated_normal(
    shape, seed, mean=0.0, stddev=1.0, dtype=float32, name=None, alg="auto_select"
):
    """Return truncated normal numbers that depend on nothing but the seed."""
    dtype = as_dtype(dtype)
    return scaled(_stateless(seed).truncated_normal(sizes(shape), dtype._torch), mean, stddev, dtype)


def stateless_categorical(logits, num_samples, seed, dtype=int64, name=None):
    """Return classes drawn with the probabilities softmax(logits), depending on nothing but the seed."""
    return _categorical(_stateless(seed), logits, int(num_samples), dtype)


def stateless_gamma(shape, seed, alpha, beta=None, dtype=float32, name=None):
    """Return numbers with the gamma distribution that depend on nothing but the seed."""
    dtype = as_dtype(dtype)
    values = _stateless(seed).gamma(sizes(shape), convert(alpha, hint=dtype)).to(dtype._torch)
    return wrap_all(values if beta is None else values / convert(beta, hint=dtype))


def stateless_split(seed, num=2, alg="auto_select"):
    """Return `num` new seeds, shape (num, 2), from one."""
    shape = [num] if isinstance(num, int) else sizes(num)
    return EagerTensor(full_range(_stateless(seed), [*shape, 2], dtype_of(convert(seed))))


split = stateless_split


def stateless_fold_in(seed, data, alg="auto_select"):
    """Return a new seed from a seed and a whole number."""
    data = convert(data)
    return EagerTensor(torch.stack([full_range(_stateless(seed), [], dtype_of(data)), data]))


fold_in = stateless_fold_in


def stateless_shuffle(value, seed, alg="auto_select", name=None):
    """Return the rows of value in an order that depends on nothing but the seed."""
    raw = convert(value)
    keys = _stateless(seed).uniform([raw.shape[0]], torch.float64)
    return wrap_all(raw.index_select(0, torch.argsort(keys)))
