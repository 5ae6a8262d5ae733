"""Fourier and cosine transforms of `tf.signal`.

https://www.tensorflow.org/api_docs/python/tf/signal
"""

import math

import torch

from ._dtypes import complex64
from ._make import sizes
from ._wrap import Own, Same, op, tensor

_COMPLEX = (torch.complex64, torch.complex128)
_REAL = (torch.float32, torch.float64)


def _complex_transform(name, kernel, function, rank):
    axes = tuple(range(-rank, 0))

    @op(kernel, allowed=_COMPLEX)
    def compute(input: Same):
        return function(input, dim=axes)

    def transform(input, name=None):
        return compute(tensor(input, hint=complex64))

    transform.__name__ = transform.__qualname__ = name
    kind = "inverse discrete" if name.startswith("i") else "discrete"
    transform.__doc__ = (
        f"Return the {kind} Fourier transform over the last {rank} axis or axes, for complex input."
    )
    return transform


fft = _complex_transform("fft", "FFT", torch.fft.fftn, 1)
fft2d = _complex_transform("fft2d", "FFT2D", torch.fft.fftn, 2)
fft3d = _complex_transform("fft3d", "FFT3D", torch.fft.fftn, 3)
ifft = _complex_transform("ifft", "IFFT", torch.fft.ifftn, 1)
ifft2d = _complex_transform("ifft2d", "IFFT2D", torch.fft.ifftn, 2)
ifft3d = _complex_transform("ifft3d", "IFFT3D", torch.fft.ifftn, 3)


def _lengths(fft_length):
    return None if fft_length is None else tuple(int(n) for n in sizes(fft_length))


def _real_transform(name, kernel, function, rank, allowed):
    axes = tuple(range(-rank, 0))

    @op(kernel, allowed=allowed)
    def compute(input_tensor: Same, lengths):
        return function(input_tensor, s=lengths, dim=axes)

    def transform(input_tensor, fft_length=None, name=None):
        return compute(input_tensor, _lengths(fft_length))

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = (
        f"Return the {'real signal of' if name.startswith('i') else 'non-negative frequencies of'} the last "
        f"{rank} axis or axes, cut or padded with zeros to `fft_length`."
    )
    return transform


rfft = _real_transform("rfft", "RFFT", torch.fft.rfftn, 1, _REAL)
rfft2d = _real_transform("rfft2d", "RFFT2D", torch.fft.rfftn, 2, _REAL)
rfft3d = _real_transform("rfft3d", "RFFT3D", torch.fft.rfftn, 3, _REAL)
irfft = _real_transform("irfft", "IRFFT", torch.fft.irfftn, 1, _COMPLEX)
irfft2d = _real_transform("irfft2d", "IRFFT2D", torch.fft.irfftn, 2, _COMPLEX)
irfft3d = _real_transform("irfft3d", "IRFFT3D", torch.fft.irfftn, 3, _COMPLEX)


def _axes(axes):
    return (
        None if axes is None else [int(a) for a in sizes(axes if isinstance(axes, (list, tuple)) else [axes])]
    )


@op("Roll")
def fftshift(x: Own, axes=None, name=None):
    """Return x with the frequency 0 in the middle of the axes (all of them by default)."""
    return torch.fft.fftshift(x, dim=_axes(axes))


@op("Roll")
def ifftshift(x: Own, axes=None, name=None):
    """Return x as it was before `fftshift`."""
    return torch.fft.ifftshift(x, dim=_axes(axes))


def _turn(count, scale, like):
    """exp(-i scale k) for k below count."""
    angle = torch.arange(count, dtype=like.dtype, device=like.device) * -scale
    return torch.complex(torch.cos(angle), torch.sin(angle))


def _cosines(x, kind, norm):
    size = x.shape[-1]
    if kind == 1:
        return torch.fft.rfft(torch.cat([x, x[..., 1:-1].flip(-1)], -1)).real
    if kind == 2:
        out = 2 * (torch.fft.rfft(x, n=2 * size)[..., :size] * _turn(size, math.pi / (2 * size), x)).real
        return out * _ortho(size, x, 0.5) if norm else out
    if kind == 3:
        x = x * _ortho(size, x, 1.0) if norm else x
        turned = x * _turn(size, math.pi / (2 * size), x).conj()
        return 2 * size * torch.fft.irfft(turned, n=2 * size)[..., :size]
    turned = torch.fft.fft(x * _turn(size, math.pi / (2 * size), x), n=2 * size)[..., :size]
    angle = (torch.arange(size, dtype=x.dtype, device=x.device) * 2 + 1) * (-math.pi / (4 * size))
    out = 2 * (turned * torch.complex(torch.cos(angle), torch.sin(angle))).real
    return out * math.sqrt(0.5 / size) if norm else out


def _ortho(size, like, first):
    """The factors that make the transforms of kind 2 (`first` 1/2) and 3 (`first` 1) orthogonal."""
    rest = first * math.sqrt(2 if first < 1 else 0.5) / math.sqrt(size)
    factors = torch.full((size,), rest, dtype=like.dtype, device=like.device)
    factors[0] = first / math.sqrt(size)
    return factors


@op("DCT", allowed=_REAL)
def _dct(input: Same, kind, n, norm):
    size = input.shape[-1]
    if n is not None and n != size:
        input = input[..., :n] if n < size else torch.nn.functional.pad(input, [0, n - size])
    return _cosines(input, kind, norm)


def _checked(type, axis, norm):
    if type not in (1, 2, 3, 4):
        raise ValueError(f"Types I, II, III and IV (I)DCT are supported. Received: type={type!r}")
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Received: axis={axis}")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")
    if type == 1 and norm == "ortho":
        raise ValueError("Normalization is not supported for the Type-I DCT.")


def dct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """Return the discrete cosine transform of the last axis, of kind 1, 2, 3 or 4.

    >>> print(tf.signal.dct([1.0, 1.0]))
    tf.Tensor([4. 0.], shape=(2,), dtype=float32)
    """
    _checked(type, axis, norm)
    return _dct(input, type, n, norm)


def idct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """Return the inverse of `dct`, up to a factor unless `norm` is "ortho"."""
    _checked(type, axis, norm)
    return _dct(input, {1: 1, 2: 3, 3: 2, 4: 4}[type], n, norm)
