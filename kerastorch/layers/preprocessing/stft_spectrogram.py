"""STFTSpectrogram."""

import math
import warnings

import torch
import torch.nn.functional as F

from kerastorch import initializers
from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.core.settings import epsilon, standardize_data_format

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


class STFTSpectrogram(Layer):
    """The short-time Fourier transform of signals, as a convolution whose kernels can be trained.

    (batch, samples, channels) -> (batch, windows, channels * frequencies), a spectrum for each window.

    Args:
        mode: "log" (of the magnitude), "magnitude", "psd" (the power), "real", "imag", "angle" or "stft" (the real
            parts, then the imaginary ones).
        frame_length: The samples in a window.
        frame_step: The samples between windows, half of `frame_length` by default.
        fft_length: The length of the transform, by default the next power of two.
        window: The name of a window of `scipy.signal`, an array, or None.
        periodic: Whether the window is periodic rather than symmetric.
        scaling: "density", "spectrum" or None.
        padding: "valid" or "same".
        expand_dims: Whether channels and frequencies are axes of their own.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.STFTSpectrogram(frame_length=8)(np.ones((2, 32, 1), "float32")).shape
    torch.Size([2, 7, 5])
    """

    def __init__(
        self,
        mode="log",
        frame_length=256,
        frame_step=None,
        fft_length=None,
        window="hann",
        periodic=False,
        scaling="density",
        padding="valid",
        expand_dims=False,
        data_format=None,
        **kwargs,
    ):
        if frame_step is not None and not 1 <= frame_step <= frame_length:
            raise ValueError(
                "`frame_step` should be a positive integer not greater than `frame_length`. "
                f"Received frame_step={frame_step}, frame_length={frame_length}"
            )
        if fft_length is not None and fft_length < frame_length:
            raise ValueError(
                "`fft_length` should be not less than `frame_length`. "
                f"Received fft_length={fft_length}, frame_length={frame_length}"
            )
        if fft_length is not None and fft_length & -fft_length != fft_length:
            warnings.warn(
                f"`fft_length` is recommended to be a power of two. Received fft_length={fft_length}",
                stacklevel=2,
            )
        if mode not in _MODES:
            raise ValueError(
                f"Output mode is invalid, it must be one of {', '.join(_MODES)}. Received: mode={mode}"
            )
        if padding not in ("valid", "same"):
            raise ValueError(f"Padding is invalid, it should be 'valid', 'same'. Received: padding={padding}")
        self._kernels = {
            side: initializers.STFT(side, window, scaling, periodic) for side in ("real", "imag")
        }
        super().__init__(**kwargs)
        self.mode, self.frame_length, self.frame_step, self.fft_length = (
            mode,
            frame_length,
            frame_step,
            fft_length,
        )
        self.window, self.periodic, self.scaling, self.padding = window, periodic, scaling, padding
        self.expand_dims, self.data_format = expand_dims, standardize_data_format(data_format)
        self._step = frame_step or frame_length // 2
        self._frequencies = (fft_length or 2 ** math.ceil(math.log2(frame_length))) // 2 + 1
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape):
        """Make the kernels that the mode needs."""
        shape = (self.frame_length, 1, self._frequencies)
        if self.mode != "imag":
            self.real_kernel = self.add_weight(
                name="real_kernel", shape=shape, initializer=self._kernels["real"]
            )
        if self.mode != "real":
            self.imag_kernel = self.add_weight(
                name="imag_kernel", shape=shape, initializer=self._kernels["imag"]
            )

    def call(self, inputs):
        if inputs.dtype not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
            raise TypeError(
                "Invalid input type. Expected `float16`, `float32` or `float64`. "
                f"Received: input type={inputs.dtype}"
            )
        x_BCT = inputs.transpose(1, 2) if self.data_format == "channels_last" else inputs
        if self.mode in ("real", "imag"):
            return self._arranged(
                self._transform(x_BCT, self.real_kernel if self.mode == "real" else self.imag_kernel)
            )
        real, imaginary = (self._transform(x_BCT, kernel) for kernel in (self.real_kernel, self.imag_kernel))
        if self.mode == "angle":
            return self._arranged(torch.atan2(imaginary, real))
        if self.mode == "stft":
            return self._arranged(torch.cat([real, imaginary], 2))
        power = real**2 + imaginary**2
        if self.mode == "psd":  # all frequencies but the first and the last stand for two
            return self._arranged(power + F.pad(power[:, :, 1:-1], (0, 0, 1, 1)))
        magnitude = self._arranged(torch.sqrt(power.clamp(min=epsilon())))
        return magnitude if self.mode == "magnitude" else torch.log(magnitude.clamp(min=epsilon()))

    def _transform(self, x_BCT, kernel):
        """Return (batch, channels, frequencies, windows)."""
        batch, channels, samples = x_BCT.shape
        x = x_BCT.reshape(batch * channels, 1, samples)
        if self.padding == "same":
            missing = max((-(-samples // self._step) - 1) * self._step + self.frame_length - samples, 0)
            x = F.pad(x, (missing // 2, missing - missing // 2))
        found = F.conv1d(x, kernel.to(x.dtype).permute(2, 1, 0), stride=self._step)
        return found.reshape(batch, channels, *found.shape[1:])

    def _arranged(self, x_BCFW):
        if self.expand_dims:
            return (
                x_BCFW.permute(0, 3, 2, 1) if self.data_format == "channels_last" else x_BCFW.transpose(2, 3)
            )
        x_BFW = x_BCFW.flatten(1, 2)
        return x_BFW.transpose(1, 2) if self.data_format == "channels_last" else x_BFW

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shape of the input."""
        batch, *rest = input_shape
        samples, channels = rest if self.data_format == "channels_last" else rest[::-1]
        windows = None
        if samples is not None:
            covered = samples if self.padding == "same" else samples - self.frame_length + 1
            windows = -(-covered // self._step)
        frequencies = self._frequencies * (2 if self.mode == "stft" else 1)
        if self.expand_dims:
            last = (windows, frequencies, channels)
            return (batch, *last) if self.data_format == "channels_last" else (batch, *last[2:], *last[:2])
        last = (windows, None if channels is None else channels * frequencies)
        return (batch, *last) if self.data_format == "channels_last" else (batch, *last[::-1])
