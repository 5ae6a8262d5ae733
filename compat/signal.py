"""`tf.signal`: transforms, frames and windows of signals, and features of sound.

https://www.tensorflow.org/api_docs/python/tf/signal
"""

import math

import torch

from kerastorch.core import settings

from ._convert import convert
from ._dtypes import as_dtype, complex64, float32
from ._fourier import dct as dct
from ._fourier import fft as fft
from ._fourier import fft2d as fft2d
from ._fourier import fft3d as fft3d
from ._fourier import fftshift as fftshift
from ._fourier import idct as idct
from ._fourier import ifft as ifft
from ._fourier import ifft2d as ifft2d
from ._fourier import ifft3d as ifft3d
from ._fourier import ifftshift as ifftshift
from ._fourier import irfft as irfft
from ._fourier import irfft2d as irfft2d
from ._fourier import irfft3d as irfft3d
from ._fourier import rfft as rfft
from ._fourier import rfft2d as rfft2d
from ._fourier import rfft3d as rfft3d
from ._windows import hamming_window as hamming_window
from ._windows import hann_window as hann_window
from ._windows import kaiser_bessel_derived_window as kaiser_bessel_derived_window
from ._windows import kaiser_window as kaiser_window
from ._windows import vorbis_window as vorbis_window
from ._wrap import Own, op, tensor, wrap_all


@op("Frame")
def _framed(signal: Own, length, step, pad_end, value, axis):
    axis = axis % signal.ndim
    count = signal.shape[axis]
    if pad_end:
        missing = max(0, length + step * (-(-count // step) - 1) - count)
        shape = [*signal.shape[:axis], missing, *signal.shape[axis + 1 :]]
        signal = torch.cat([signal, signal.new_full(shape, value)], axis)
    if signal.shape[axis] < length:
        shape = [*signal.shape[:axis], 0, length, *signal.shape[axis + 1 :]]
        return signal.new_zeros(shape)
    return signal.unfold(axis, length, step).movedim(-1, axis + 1)


def frame(signal, frame_length, frame_step, pad_end=False, pad_value=0, axis=-1, name=None):
    """Cut an axis into frames of `frame_length` that start `frame_step` apart: (..., frames, frame_length, ...).

    >>> print(tf.signal.frame([1, 2, 3, 4], 2, 2).numpy())
    [[1 2]
     [3 4]]
    """
    length, step = int(convert(frame_length)), int(convert(frame_step))
    if length < 0 or step < 1:
        raise ValueError(
            "frame_step must be positive and frame_length not negative. Received: "
            f"frame_length={length}, frame_step={step}"
        )
    return _framed(signal, length, step, bool(pad_end), convert(pad_value).item(), int(convert(axis)))


@op("OverlapAndAdd")
def _overlapped(signal: Own, step):
    *outer, frames, length = signal.shape
    parts = -(-length // step)
    padded = torch.nn.functional.pad(signal, [0, parts * step - length])
    padded = padded.reshape(*outer, frames, parts, step)
    total = signal.new_zeros([*outer, frames + parts - 1, step])
    for i in range(parts):
        place = [0, 0, i, parts - 1 - i]
        total = total + torch.nn.functional.pad(padded[..., i, :], place)
    return total.flatten(-2)[..., : (frames - 1) * step + length]


def overlap_and_add(signal, frame_step, name=None):
    """Add frames (..., frames, frame_length) that start `frame_step` apart to one signal."""
    return _overlapped(signal, int(convert(frame_step)))


def _power_of_two(length):
    return 1 << max(length - 1, 0).bit_length()


def stft(signals, frame_length, frame_step, fft_length=None, window_fn=hann_window, pad_end=False, name=None):
    """Return the short-time Fourier transform: (..., frames, fft_length // 2 + 1), complex.

    Args:
        signals: Real tensor of shape (..., samples).
        frame_length: Samples of a frame.
        frame_step: Samples between the starts of two frames.
        fft_length: Length of the transform; by default the power of two that holds a frame.
        window_fn: Function of (length, dtype) that weighs a frame's samples, or None.
        pad_end: Whether the end is padded with zeros to full frames.

    >>> tf.signal.stft(tf.zeros([16000]), 255, 128).shape
    TensorShape([124, 129])
    """
    signals, length = tensor(signals), int(convert(frame_length))
    size = _power_of_two(length) if fft_length is None else int(convert(fft_length))
    frames = frame(signals, length, frame_step, pad_end=pad_end)
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=frames.dtype)
    return rfft(frames, [size])


def inverse_stft(stfts, frame_length, frame_step, fft_length=None, window_fn=hann_window, name=None):
    """Return the signal (..., samples) of a short-time Fourier transform, its frames weighed and added."""
    length = int(convert(frame_length))
    size = _power_of_two(length) if fft_length is None else int(convert(fft_length))
    frames = _sized(irfft(tensor(stfts, hint=complex64), [size]), length)
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=frames.dtype)
    return overlap_and_add(frames, frame_step)


@op("Pad")
def _sized(frames: Own, length):
    return torch.nn.functional.pad(frames, [0, length - frames.shape[-1]])


def inverse_stft_window_fn(frame_step, forward_window_fn=hann_window, name=None):
    """Return the window function with which `inverse_stft` gives back exactly what `stft` was given."""
    step = int(convert(frame_step))

    def inverse_window(frame_length, dtype):
        length = int(convert(frame_length))
        forward = forward_window_fn(length, dtype=dtype)._t
        parts = -(-length // step)
        squares = torch.nn.functional.pad(forward**2, [0, parts * step - length])
        total = squares.reshape(parts, step).sum(0).repeat(parts)[:length]
        return wrap_all(forward / total)

    return inverse_window


@op("Mdct")
def _folded(frames: Own):
    a, b, c, d = frames.chunk(4, -1)
    return torch.cat([-c.flip(-1) - d, a - b.flip(-1)], -1)


@op("InverseMdct")
def _unfolded(halves: Own):
    first, second = halves.chunk(2, -1)
    return torch.cat([second, -second.flip(-1), -first.flip(-1), -first], -1)


def mdct(signals, frame_length, window_fn=vorbis_window, pad_end=False, norm=None, name=None):
    """Return the modified discrete cosine transform of half-overlapping frames: (..., frames, frame_length / 2)."""
    length = int(convert(frame_length))
    if length % 4:
        raise ValueError(f"frame_length must be a multiple of 4. Received: frame_length={length}")
    frames = frame(signals, length, length // 2, pad_end=pad_end)
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=frames.dtype)
    else:
        frames = frames * (1.0 / math.sqrt(2))
    return dct(_folded(frames), type=4, norm=norm)


def inverse_mdct(mdcts, window_fn=vorbis_window, norm=None, name=None):
    """Return the signal of a modified discrete cosine transform."""
    mdcts = tensor(mdcts, hint=float32)
    half = mdcts.shape[-1]
    frames = _unfolded(idct(mdcts, type=4, norm=norm))
    if norm is None:
        frames = frames * (0.5 / half)
    if window_fn is not None:
        frames = frames * window_fn(2 * half, dtype=frames.dtype)
    else:
        frames = frames * (1.0 / math.sqrt(2))
    return overlap_and_add(frames, half)


def _mel(hertz):
    return 1127.0 * math.log1p(hertz / 700.0)


def linear_to_mel_weight_matrix(
    num_mel_bins=20,
    num_spectrogram_bins=129,
    sample_rate=8000,
    lower_edge_hertz=125.0,
    upper_edge_hertz=3800.0,
    dtype=float32,
    name=None,
):
    """Return the matrix (spectrogram bins, mel bins) of triangles that are even on the mel scale.

    mel(f) = 1127 log(1 + f / 700)

    >>> tf.signal.linear_to_mel_weight_matrix(80, 513, 16000, 80.0, 7600.0).shape
    TensorShape([513, 80])
    """
    rate, low, high = float(sample_rate), float(lower_edge_hertz), float(upper_edge_hertz)
    if num_mel_bins <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {num_mel_bins}")
    if low < 0 or low >= high:
        raise ValueError(f"lower_edge_hertz {low} >= upper_edge_hertz {high}")
    if rate <= 0 or high > rate / 2:
        raise ValueError(f"upper_edge_hertz must not be larger than the Nyquist frequency. Got {high}")
    wide = {"dtype": torch.float64, "device": settings.default_device()}
    edges = torch.linspace(_mel(low), _mel(high), num_mel_bins + 2, **wide)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    bins = torch.linspace(0.0, rate / 2, num_spectrogram_bins, **wide)[1:, None]
    bins = 1127.0 * torch.log1p(bins / 700.0)
    weights = torch.minimum((bins - lower) / (centre - lower), (upper - bins) / (upper - centre)).clamp(min=0)
    weights = torch.nn.functional.pad(weights, [0, 0, 1, 0])
    return wrap_all(weights.to(as_dtype(dtype)._torch))


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms, name=None):
    """Return the mel-frequency cepstral coefficients of log mel spectrograms (..., frames, mel bins)."""
    spectrograms = tensor(log_mel_spectrograms, hint=float32)
    return dct(spectrograms, type=2) * (1.0 / math.sqrt(2.0 * spectrograms.shape[-1]))
