"""MelSpectrogram."""

import torch

from kerastorch.core import settings
from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.layers.preprocessing.preparing import PreparingLayer
from kerastorch.ops.fft import stft

# A frequency f in hertz is 1127 ln(1 + f / 700) mel (O'Shaughnessy, 1987)
_BREAK_HERTZ, _MEL_SCALE = 700.0, 1127.0


class MelSpectrogram(PreparingLayer):
    """Sound as its power over time in bands of the mel scale, in decibels: (..., samples) -> (..., bands, windows).

    Args:
        fft_length: The length of the Fourier transform of a window.
        sequence_stride: The samples between windows.
        sequence_length: The length of a window, by default `fft_length`.
        window: "hann", "hamming", an array, or None.
        sampling_rate: Samples in a second.
        num_mel_bins: How many bands.
        min_freq, max_freq: The range of frequencies in hertz, up to half of the sampling rate by default.
        power_to_db: Whether the result is in decibels.
        top_db: What is further below the loudest is raised to this distance, in decibels.
        mag_exp: The power of the magnitudes, 1 or 2.
        min_power: The least power.
        ref_power: The power of 0 decibels.

    >>> keras.layers.MelSpectrogram(num_mel_bins=8)(np.zeros(16000, "float32")).shape
    torch.Size([8, 32])
    """

    def __init__(
        self,
        fft_length=2048,
        sequence_stride=512,
        sequence_length=None,
        window="hann",
        sampling_rate=16000,
        num_mel_bins=128,
        min_freq=20.0,
        max_freq=None,
        power_to_db=True,
        top_db=80.0,
        mag_exp=2.0,
        min_power=1e-10,
        ref_power=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.fft_length, self.sequence_stride = fft_length, sequence_stride
        self.sequence_length = sequence_length or fft_length
        if self.fft_length < self.sequence_length:
            raise ValueError(
                "`fft_length` must be greater than or equal to `sequence_length`. "
                f"Received: `sequence_length`={self.sequence_length}, `fft_length`={fft_length}"
            )
        self.window, self.sampling_rate, self.num_mel_bins = window, sampling_rate, num_mel_bins
        self.min_freq, self.max_freq = min_freq, max_freq or int(sampling_rate / 2)
        self.power_to_db, self.top_db, self.mag_exp = power_to_db, top_db, mag_exp
        self.min_power, self.ref_power = min_power, ref_power

    def call(self, inputs):
        wide = self.compute_dtype if self.compute_dtype in ("float32", "float64") else "float32"
        real, imaginary = stft(
            inputs.to(to_torch_dtype(wide)),
            self.sequence_length,
            self.sequence_stride,
            self.fft_length,
            self.window,
            center=True,
        )
        power = torch.sqrt(real**2 + imaginary**2) ** self.mag_exp
        bands = self.linear_to_mel_weight_matrix(
            self.num_mel_bins, power.shape[-1], self.sampling_rate, self.min_freq, self.max_freq
        )
        power = power @ bands.to(power)
        if self.power_to_db:
            power = self._decibels(power)
        return power.transpose(-1, -2).to(self._torch_dtype)

    def _decibels(self, power):
        reference = torch.tensor(
            max(abs(self.ref_power), self.min_power), dtype=power.dtype, device=power.device
        )
        level = 10 * torch.log10(power.clamp(min=self.min_power)) - 10 * torch.log10(reference)
        return torch.maximum(level, level.max() - self.top_db)

    def linear_to_mel_weight_matrix(
        self,
        num_mel_bins=20,
        num_spectrogram_bins=129,
        sampling_rate=8000,
        lower_edge_hertz=125.0,
        upper_edge_hertz=3800.0,
        dtype="float32",
    ):
        """Return how much each frequency of a spectrum counts in each mel band: triangles, as a matrix.

        Args:
            num_mel_bins: How many bands.
            num_spectrogram_bins: How many frequencies, from 0 to half of the sampling rate.
            sampling_rate: Samples in a second.
            lower_edge_hertz, upper_edge_hertz: Where the first band begins and the last one ends.
            dtype: A float type.
        """
        options = {"dtype": torch.float64, "device": settings.default_device()}  # differences of near numbers

        def mel(hertz):
            return _MEL_SCALE * torch.log(1.0 + torch.as_tensor(hertz, **options) / _BREAK_HERTZ)

        place = mel(torch.linspace(0.0, sampling_rate / 2.0, num_spectrogram_bins, **options))[:, None]
        ends = float(mel(lower_edge_hertz)), float(mel(upper_edge_hertz))
        edges = torch.linspace(*ends, num_mel_bins + 2, **options)
        start, middle, end = edges[:-2], edges[1:-1], edges[2:]
        rising, falling = (place - start) / (middle - start), (end - place) / (end - middle)
        weights = torch.minimum(rising, falling).clamp(min=0)
        return torch.cat([torch.zeros_like(weights[:1]), weights[1:]]).to(to_torch_dtype(dtype))

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shape of the input."""
        *batch, samples = input_shape
        windows = None if samples is None else (samples + self.sequence_stride + 1) // self.sequence_stride
        return (*batch, self.num_mel_bins, windows)
