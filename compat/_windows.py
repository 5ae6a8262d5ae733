"""Windows of `tf.signal`: weights for the samples of a frame.

A periodic window of an odd length is TensorFlow's: the symmetric one.
https://www.tensorflow.org/api_docs/python/tf/signal
"""

import math

import torch

from kerastorch.core import settings

from ._convert import convert
from ._dtypes import as_dtype, float32
from ._wrap import wrap_all


def _count(window_length, dtype):
    dtype = as_dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Received: dtype={dtype!r}")
    length = int(convert(window_length))
    return length, torch.arange(length, dtype=dtype._torch, device=settings.default_device())


def _raised_cosine(length, count, periodic, a, b):
    if length == 1:
        return wrap_all(torch.ones_like(count))
    last = length - 1 + (1 if periodic and length % 2 == 0 else 0)
    return wrap_all(a - b * torch.cos(2 * math.pi * count / last))


def hann_window(window_length, periodic=True, dtype=float32, name=None):
    """Return 1/2 - 1/2 cos(2 pi n / N), for n below `window_length`.

    >>> print(tf.signal.hann_window(4))
    tf.Tensor([0.  0.5 1.  0.5], shape=(4,), dtype=float32)
    """
    return _raised_cosine(*_count(window_length, dtype), bool(periodic), 0.5, 0.5)


def hamming_window(window_length, periodic=True, dtype=float32, name=None):
    """Return 0.54 - 0.46 cos(2 pi n / N), for n below `window_length`."""
    return _raised_cosine(*_count(window_length, dtype), bool(periodic), 0.54, 0.46)


def vorbis_window(window_length, dtype=float32, name=None):
    """Return sin(pi / 2 sin(pi (n + 1/2) / N)^2), the window of power-complementary halves."""
    length, count = _count(window_length, dtype)
    return wrap_all(torch.sin(math.pi / 2 * torch.sin(math.pi / max(length, 1) * (count + 0.5)) ** 2))


def _kaiser(length, count, beta):
    if length == 1:
        return torch.ones_like(count)
    half = (length - 1) / 2
    root = torch.sqrt((1 - ((count - half) / half) ** 2).clamp(min=0))
    beta = torch.as_tensor(float(convert(beta)), dtype=count.dtype, device=count.device)
    return torch.special.i0e(beta * root) * torch.exp(beta * (root - 1)) / torch.special.i0e(beta)


def kaiser_window(window_length, beta=12.0, dtype=float32, name=None):
    """Return the Kaiser window, I0(beta sqrt(1 - t^2)) / I0(beta) for t from -1 to 1."""
    return wrap_all(_kaiser(*_count(window_length, dtype), beta))


def kaiser_bessel_derived_window(window_length, beta=12.0, dtype=float32, name=None):
    """Return the window whose squared halves add up to 1, from sums of a Kaiser window."""
    half, count = _count(int(convert(window_length)) // 2 + 1, dtype)
    sums = _kaiser(half, count, beta).cumsum(0)
    rising = torch.sqrt(sums[:-1] / sums[-1])
    return wrap_all(torch.cat([rising, rising.flip(0)]))
