"""Fourier transforms: of one and two dimensions, of real signals, of short stretches of time."""

import torch
import torch.nn.functional as F

from kerastorch.core.edge import as_tensor
from kerastorch.core.infer import is_inferring, known
from kerastorch.core.op import Tensor, op
from kerastorch.ops.common import as_float, promote_all

_COSINES = {"hann": (0.5, 0.5), "hamming": (0.54, 0.46)}


def _complex(x, rank=1):
    """Return the complex tensor of (real, imaginary), of `rank` axes at least."""
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(f"Input `x` should be a tuple of two tensors - real and imaginary. Received: x={x}")
    real, imag = (as_float(as_tensor(part)) for part in x)
    if real.shape != imag.shape:
        raise ValueError(
            "Input `x` should be a tuple of two tensors - real and imaginary. Both the real and imaginary parts "
            f"should have the same shape. Received: {tuple(real.shape)} and {tuple(imag.shape)}"
        )
    if real.ndim < rank:
        raise ValueError(f"Input should have rank >= {rank}. Received: shape {tuple(real.shape)}")
    return torch.complex(*promote_all([real, imag]))


@op
def fft(x):
    """The discrete Fourier transform along the last axis of (real, imaginary).

    >>> keras.ops.fft((torch.tensor([1.0, 0.0]), torch.zeros(2)))[0]
    tensor([1., 1.])
    """
    value = torch.fft.fft(_fully_known(_complex(x), 1))
    return value.real, value.imag


@op
def fft2(x):
    """The discrete Fourier transform along the last two axes of (real, imaginary).

    >>> keras.ops.fft2((torch.eye(2), torch.zeros(2, 2)))[0]
    tensor([[2., 0.],
            [0., 2.]])
    """
    value = torch.fft.fft2(_fully_known(_complex(x, 2), 2))
    return value.real, value.imag


@op
def ifft2(x):
    """The inverse of `fft2`.

    >>> keras.ops.ifft2((torch.ones(2, 2), torch.zeros(2, 2)))[0]
    tensor([[1., 0.],
            [0., 0.]])
    """
    value = torch.fft.ifft2(_fully_known(_complex(x, 2), 2))
    return value.real, value.imag


def _fully_known(x, count):
    """Return x, whose last `count` axes must have known sizes in a symbolic call, as a transform mixes all of them."""
    if is_inferring() and None in known(x.shape[-count:]):
        which = "dimension" if count == 1 else f"{count} axes"
        raise ValueError(
            f"Input should have its last {which} fully-defined. Received: shape {known(x.shape)}"
        )
    return x


@op
def rfft(x: Tensor, fft_length=None):
    """The first half of the Fourier transform of a real signal: (real, imaginary).

    >>> keras.ops.rfft([1.0, 1.0])[0]
    tensor([2., 0.])
    """
    if x.ndim < 1:
        raise ValueError(f"Input should have rank >= 1. Received: shape {tuple(x.shape)}")
    value = torch.fft.rfft(as_float(x), n=fft_length)
    return value.real, value.imag


@op
def irfft(x, fft_length=None):
    """The real signal of which (real, imaginary) is the first half of the transform.

    >>> keras.ops.irfft((torch.tensor([2.0, 0.0]), torch.zeros(2)))
    tensor([1., 1.])
    """
    return torch.fft.irfft(_complex(x), n=fft_length)


@op
def extract_sequences(x: Tensor, sequence_length, sequence_stride):
    """The stretches of some length along the last axis, one every so many steps.

    >>> keras.ops.extract_sequences([1, 2, 3, 4], 2, 1)
    tensor([[1, 2],
            [2, 3],
            [3, 4]], dtype=torch.int32)
    """
    if x.ndim < 1:
        raise ValueError(f"Input should have rank >= 1. Received: shape {tuple(x.shape)}")
    return x.unfold(-1, sequence_length, sequence_stride)


def _check_stride(sequence_length, sequence_stride, fft_length):
    if not isinstance(sequence_stride, int) or sequence_stride < 1:
        raise ValueError(
            f"`sequence_stride` must be a positive integer. Received: sequence_stride={sequence_stride}"
        )
    if fft_length < sequence_length:
        raise ValueError(
            "`fft_length` must equal or larger than `sequence_length`. "
            f"Received: sequence_length={sequence_length}, fft_length={fft_length}"
        )


def _window(window, length, total, like):
    """Return a window of `length` points centred in `total`, or None."""
    if window is None:
        return None
    if isinstance(window, str):
        if window not in _COSINES:
            raise ValueError(
                f"If a string is passed to `window`, it must be one of {sorted(_COSINES)}. Received: {window}"
            )
        make = torch.hann_window if window == "hann" else torch.hamming_window
        window = make(length, periodic=True, dtype=like.dtype, device=like.device)
    else:
        window = torch.as_tensor(window, dtype=like.dtype, device=like.device)
        if window.shape != (length,):
            raise ValueError(
                f"The shape of `window` must be equal to [sequence_length]. Received: "
                f"window.shape={tuple(window.shape)}"
            )
    before = (total - length) // 2
    return F.pad(window, (before, total - length - before))


@op
def stft(x: Tensor, sequence_length, sequence_stride, fft_length, window="hann", center=True):
    """The Fourier transforms of windows of a signal: (real, imaginary), each (..., windows, fft_length // 2
    + 1).

    Args:
        x: The signal, along the last axis.
        sequence_length: The length of a window.
        sequence_stride: The steps between windows.
        fft_length: The length of a transform.
        window: "hann", "hamming", a tensor or None.
        center: Whether the signal is padded, by reflection, so that a window is centred at each step.

    >>> keras.ops.stft(torch.ones(16), 4, 2, 4)[0].shape
    torch.Size([9, 3])
    """
    if x.dtype not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        raise TypeError(f"`x` must hold floats, `float32` or `float64`. Received: dtype {x.dtype}")
    _check_stride(sequence_length, sequence_stride, fft_length)
    if center:
        shape = x.shape
        x = F.pad(x.reshape(1, -1, shape[-1]), (fft_length // 2,) * 2, mode="reflect").reshape(
            *shape[:-1], -1
        )
    frames = x.unfold(-1, fft_length, sequence_stride)
    taper = _window(window, sequence_length, fft_length, x)
    if taper is None:
        taper = _window(torch.ones(sequence_length), sequence_length, fft_length, x)
    value = torch.fft.rfft(frames * taper, n=fft_length)
    return value.real, value.imag


@op
def istft(x, sequence_length, sequence_stride, fft_length, length=None, window="hann", center=True):
    """The signal of which (real, imaginary) are the transforms of windows: the inverse of `stft`.

    >>> keras.ops.istft(keras.ops.stft(torch.ones(16), 4, 2, 4), 4, 2, 4).shape
    torch.Size([16])
    """
    _check_stride(sequence_length, sequence_stride, fft_length)
    value = _complex(x, 2)
    frames = torch.fft.irfft(value, n=fft_length)
    taper = _window(window, sequence_length, fft_length, frames)
    total = fft_length + sequence_stride * (frames.shape[-2] - 1)
    signal = frames if taper is None else frames * taper
    signal = _overlapped(signal.reshape(-1, *frames.shape[-2:]), total, sequence_stride)
    if taper is not None:
        weight = _overlapped(taper.square().expand(1, *frames.shape[-2:]), total, sequence_stride)
        signal = torch.where(weight > 1e-11, signal / weight.clamp(min=1e-11), signal)
    start = fft_length // 2 if center else 0
    if length is not None:
        end = start + length
    else:
        end = total - fft_length // 2 if center else total
    signal = signal[:, start:end]
    if length is not None and signal.shape[-1] < length:
        signal = F.pad(signal, (0, length - signal.shape[-1]))
    return signal.reshape(*frames.shape[:-2], -1)


def _overlapped(frames, total, stride):
    """Return the sum (batch, total) of frames (batch, frames, length) put at their places."""
    windows = frames.transpose(1, 2)
    return F.fold(windows, (1, total), (1, frames.shape[-1]), stride=(1, stride)).reshape(
        frames.shape[0], total
    )
