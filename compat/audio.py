"""`tf.audio`: WAV files of 16-bit samples.

https://www.tensorflow.org/api_docs/python/tf/audio
"""

import collections
import struct

import numpy as np
import torch

from kerastorch.core import settings

from ._convert import convert
from ._dtypes import float32
from ._failure import invalid
from ._tensor import EagerTensor
from ._wrap import wrap_all

DecodeWav = collections.namedtuple("DecodeWav", ["audio", "sample_rate"])


def _chunks(data):
    """The parts of a RIFF file, by name."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise invalid("DecodeWav", "Header mismatch: Expected RIFF but found something else")
    place, found = 12, {}
    while place + 8 <= len(data):
        name, (size,) = data[place : place + 4], struct.unpack_from("<I", data, place + 4)
        found.setdefault(name, data[place + 8 : place + 8 + size])
        place += 8 + size + size % 2
    return found


def decode_wav(contents, desired_channels=-1, desired_samples=-1, name=None):
    """Return (audio, sample_rate) of a 16-bit WAV file: floats from -1 to 1, shape (samples, channels).

    Args:
        contents: The bytes of the file, a string tensor.
        desired_channels: How many channels to return, the last one repeated if the file has fewer.
        desired_samples: How many samples to return, zeros at the end if the file has fewer.

    >>> data = tf.audio.encode_wav([[0.0], [0.5]], 8000)
    >>> audio, rate = tf.audio.decode_wav(data)
    >>> audio.shape, int(rate)
    (TensorShape([2, 1]), 8000)
    """
    raw = convert(contents)
    data = raw.item() if isinstance(raw, np.ndarray) and raw.ndim == 0 else None
    if not isinstance(data, bytes):
        raise invalid("DecodeWav", f"contents must be scalar, got shape {list(np.shape(raw))}")
    parts = _chunks(data)
    if len(parts.get(b"fmt ", b"")) < 16 or b"data" not in parts:
        raise invalid("DecodeWav", "the file has no format or no data")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", parts[b"fmt "])
    if kind not in (1, 0xFFFE) or bits != 16:
        raise invalid("DecodeWav", f"Can only read 16-bit WAV files, but received {bits}")
    if not channels:
        raise invalid("DecodeWav", "the file has no channels")
    count = len(parts[b"data"]) // (2 * channels)
    values = np.frombuffer(parts[b"data"], "<i2", count * channels).reshape(count, channels)
    audio = torch.from_numpy(values.astype(np.float32) / 32768.0)
    if desired_samples >= 0:
        audio = torch.nn.functional.pad(audio, [0, 0, 0, max(0, desired_samples - count)])[:desired_samples]
    if desired_channels >= 0:
        audio = audio[:, [min(i, channels - 1) for i in range(desired_channels)]]
    rate = torch.tensor(rate, dtype=torch.int32)
    return DecodeWav(wrap_all(audio.contiguous().to(settings.default_device())), wrap_all(rate))


def encode_wav(audio, sample_rate, name=None):
    """Return the bytes of a 16-bit WAV file of floats from -1 to 1, shape (samples, channels)."""
    raw, rate = convert(audio, hint=float32), int(convert(sample_rate))
    if raw.ndim != 2 or not raw.shape[1]:
        raise invalid("EncodeWav", f"audio must be 2-dimensional but got shape {list(raw.shape)}")
    # TensorFlow's rule: times 32768, rounded, and cut to what 16 bits hold.
    values = torch.round(raw.detach().cpu().float() * 32768.0).clamp(-32768, 32767).to(torch.int16)
    channels, body = values.shape[1], values.numpy().astype("<i2").tobytes()
    head = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    parts = b"WAVE" + b"fmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(body)) + body
    array = np.empty((), object)
    array[()] = b"RIFF" + struct.pack("<I", len(parts)) + parts
    return EagerTensor(array)
