"""Numbers from a stream of random words, in the range, scale and dtype that is asked for."""

import numpy as np
import torch

from kerastorch.core import philox, settings

from ._convert import convert
from ._failure import invalid
from ._tensor import EagerTensor
from ._wrap import tensor, wrap_all

GROUPS_PER_OUTPUT = 256  # how far a call moves a generator, for each number that it gives


class SeededStream(philox.Stream):
    """The words of an operation with two seeds; `start` groups were given before."""

    def __init__(self, seed, seed2, start=0):
        self.key = (seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF)
        self.high = (seed2 & 0xFFFFFFFF, seed2 >> 32 & 0xFFFFFFFF)
        self.start, self.device = start, settings.default_device()

    def words(self, index):
        return super().words(index + self.start)


def uniform_from(stream, shape, minval, maxval, dtype):
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
        raise invalid("RandomUniformInt", f"Need minval < maxval, got {low} >= {low + span}")
    if dtype.size == 8:
        words = stream._fill(shape, torch.int64, 2, lambda w: w[:, 0::2] | w[:, 1::2] << 32)
        words = torch.where(
            words < 0, (words.bitwise_and(2**63 - 1) % span + 2**63 % span) % span, words % span
        )
    else:
        words = stream.bits(shape) % span
    return EagerTensor((words + low).to(dtype._torch))


def scaled(values, mean, stddev, dtype):
    if type(mean) in (int, float) and type(stddev) in (int, float):
        values = values if stddev == 1 else values * float(np.asarray(stddev, dtype.as_numpy_dtype))
        return EagerTensor(values if mean == 0 else values + float(np.asarray(mean, dtype.as_numpy_dtype)))
    return tensor(values) * tensor(stddev, hint=dtype) + tensor(mean, hint=dtype)


def full_range(stream, shape, dtype):
    """Whole numbers of which every bit is random."""
    if dtype.size == 8:
        return stream._fill(shape, torch.int64, 2, lambda w: w[:, 0::2] | w[:, 1::2] << 32).to(dtype._torch)
    return stream.bits(shape).to(dtype._torch)
