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

from . import _seed
from ._convert import convert, dtype_of
from ._dtypes import as_dtype, float32, int64
from ._make import sizes
from ._tensor import EagerTensor
from ._wrap import tensor, wrap_all

_GROUPS_PER_OUTPUT = 256  # how far a call moves the generator, for each number that it gives
_positions: dict[tuple, int] = {}


class _SeededStream(philox.Stream):
    """The words of an operation with two seeds; `start` groups were given before."""

    def __init__(self, seed, seed2, start=0):
        self.key = (seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF)
        self.high = (seed2 & 0xFFFFFFFF, seed2 >> 32 & 0xFFFFFFFF)
        self.start, self.device = start, settings.default_device()

    def words(self, index):
        return super().words(index + self.start)


def set_seed(seed):
    """Set the global seed, or remove it with None: the operations after it give the same numbers each time."""
    _seed.set_global_seed(seed)
    _positions.clear()


def _stream(kernel, seed, count, groups=_GROUPS_PER_OUTPUT):
    """The stream of an operation that gives `count` numbers."""
    first, second = _seed.get_seed(seed)
    if first is None:
        return _SeededStream(_python_random.getrandbits(63), _python_random.getrandbits(63))
    if seed is None:
        return _SeededStream(first, second)
    start = _positions.get((kernel, first, second), 0)
    _positions[kernel, first, second] = start + count * groups
    return _SeededStream(first, second, start)


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
    return _uniform(stream, shape, minval, maxval, dtype)


def _uniform(stream, shape, minval, maxval, dtype):
    low, high = convert(minval, hint=dtype).to(dtype._torch), convert(maxval, hint=dtype).to(dtype._torch)
    if dtype.is_floating:
        values = stream.uniform(shape, dtype._torch)
        if type(minval) in (int, float) and type(maxval) in (int, float):
            low, high = low.item(), high.item()
            span = float(np.asarray(high, dtype.as_numpy_dtype) - np.asarray(low, dtype.as_numpy_dtype))
            return EagerTensor(values if (low, span) == (0, 1) else values * span + low)
        return wrap_all(values * (high - low) + low)
    if not dtype.is_integer:
        raise ValueError(f"dtype must be a float or an integer type. Received: dtype={dtype!r}")
    low, span = int(low), int(high) - int(low)
    if span <= 0:
        raise ValueError(f"Need minval < maxval, got {low} >= {low + span}")
    if dtype.size == 8:
        words = stream._fill(shape, torch.int64, 2, lambda w: w[:, 0::2] | w[:, 1::2] << 32)
        words = torch.where(
            words < 0, (words.bitwise_and(2**63 - 1) % span + 2**63 % span) % span, words % span
        )
    else:
        words = stream.bits(shape) % span
    return EagerTensor((words + low).to(dtype._torch))


def normal(shape, mean=0.0, stddev=1.0, dtype=float32, seed=None, name=None):
    """Return numbers with the normal distribution."""
    dtype, shape = as_dtype(dtype), sizes(shape)
    return _scaled(_stream("normal", seed, math.prod(shape)).normal(shape, dtype._torch), mean, stddev, dtype)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=float32, seed=None, name=None):
    """Return numbers with the normal distribution, those beyond two standard deviations drawn again."""
    dtype, shape = as_dtype(dtype), sizes(shape)
    values = _stream("truncated_normal", seed, math.prod(shape)).truncated_normal(shape, dtype._torch)
    return _scaled(values, mean, stddev, dtype)


def _scaled(values, mean, stddev, dtype):
    if type(mean) in (int, float) and type(stddev) in (int, float):
        values = values if stddev == 1 else values * float(np.asarray(stddev, dtype.as_numpy_dtype))
        return EagerTensor(values if mean == 0 else values + float(np.asarray(mean, dtype.as_numpy_dtype)))
    return tensor(values) * tensor(stddev, hint=dtype) + tensor(mean, hint=dtype)


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
        raise ValueError(f"logits must be of shape (batch, classes). Received: {tuple(raw.shape)}")
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
    count = int(num_samples)
    stream = _stream("categorical", seed, convert(logits).shape[0] * count * 2)
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
    return _uniform(_stateless(seed), sizes(shape), minval, maxval, dtype)


def stateless_normal(shape, seed, mean=0.0, stddev=1.0, dtype=float32, name=None, alg="auto_select"):
    """Return numbers with the normal distribution that depend on nothing but the seed."""
    dtype = as_dtype(dtype)
    return _scaled(_stateless(seed).normal(sizes(shape), dtype._torch), mean, stddev, dtype)


def stateless_truncated_normal(
    shape, seed, mean=0.0, stddev=1.0, dtype=float32, name=None, alg="auto_select"
):
    """Return truncated normal numbers that depend on nothing but the seed."""
    dtype = as_dtype(dtype)
    return _scaled(_stateless(seed).truncated_normal(sizes(shape), dtype._torch), mean, stddev, dtype)


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
    return EagerTensor(_full_range(_stateless(seed), [*shape, 2], dtype_of(convert(seed))))


def _full_range(stream, shape, dtype):
    """Whole numbers of which every bit is random."""
    if dtype.size == 8:
        return stream._fill(shape, torch.int64, 2, lambda w: w[:, 0::2] | w[:, 1::2] << 32).to(dtype._torch)
    return stream.bits(shape).to(dtype._torch)


split = stateless_split


def stateless_fold_in(seed, data, alg="auto_select"):
    """Return a new seed from a seed and a whole number."""
    data = convert(data)
    return EagerTensor(torch.stack([_full_range(_stateless(seed), [], dtype_of(data)), data]))


fold_in = stateless_fold_in


def stateless_shuffle(value, seed, alg="auto_select", name=None):
    """Return the rows of value in an order that depends on nothing but the seed."""
    raw = convert(value)
    keys = _stateless(seed).uniform([raw.shape[0]], torch.float64)
    return wrap_all(raw.index_select(0, torch.argsort(keys)))
