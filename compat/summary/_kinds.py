"""The kinds of summaries: numbers, histograms, images, text, sound."""

import numpy as np

from .._dtypes import float32, float64
from .._scope import scoped
from .._tensor_proto import make_tensor_proto
from .._wrap import tensor
from ..audio import encode_wav
from ..image import convert_image_dtype
from ..io._images import encode_png
from ._event import PluginData, SummaryMetadata, Value
from ._writer import record, should_record_summaries

_SCALAR, _TENSOR, _BLOBS = 1, 2, 3


def write(tag, tensor, step=None, metadata=None, name=None):
    """Write a tensor, or what a function gives, with metadata; return whether it was written."""
    if not should_record_summaries():
        return _answer(False)
    values = tensor() if callable(tensor) else tensor
    values = values.numpy() if hasattr(values, "numpy") else values
    fields = {} if metadata is None else {"metadata": metadata}
    record(Value(tag=str(tag), tensor=make_tensor_proto(values), **fields), step)
    return _answer(True)


def _answer(written):
    return tensor(written)


def _write(name, make, step, plugin, data_class, description):
    metadata = SummaryMetadata(
        plugin_data=PluginData(plugin_name=plugin),
        data_class=data_class,
        summary_description=description or "",
    )
    return write(scoped(name), make, step, metadata)


def scalar(name, data, step=None, description=None):
    """Write a number."""

    def make():
        value = tensor(data, hint=float32)
        if value.shape.rank:
            raise ValueError(f"data must be a scalar. Received: shape={value.shape}")
        return value.numpy().astype(np.float32)

    return _write(name, make, step, "scalars", _SCALAR, description)


def histogram(name, data, step=None, buckets=None, description=None):
    """Write how numbers are spread over buckets (30 by default): rows of left edge, right edge and count."""

    def make():
        values = tensor(data, hint=float64).numpy().astype(np.float64).ravel()
        count = 30 if buckets is None else int(buckets)
        if not values.size or not count:
            return np.zeros((count, 3))
        low, high = values.min(), values.max()
        if low == high:  # one bucket, the last one, around the only value
            counts = np.zeros(count)
            counts[-1] = values.size
            return np.stack([np.full(count, low - 0.5), np.full(count, low + 0.5), counts], 1)
        counts, edges = np.histogram(values, bins=count, range=(low, high))
        return np.stack([edges[:-1], edges[1:], counts], 1)

    return _write(name, make, step, "histograms", _TENSOR, description)


def image(name, data, step=None, max_outputs=3, description=None):
    """Write images of shape (batch, height, width, channels), floats from 0 to 1 or whole numbers of 8 bits."""

    def make():
        images = tensor(data)
        if images.shape.rank != 4:
            raise ValueError(f"data must have shape (batch, height, width, channels), got {images.shape}")
        pixels = convert_image_dtype(images, "uint8", saturate=True)
        sizes = [str(pixels.shape[2]).encode(), str(pixels.shape[1]).encode()]
        shown = min(int(max_outputs), pixels.shape[0])
        return np.array([*sizes, *(encode_png(pixels[i]).numpy() for i in range(shown))], object)

    return _write(name, make, step, "images", _BLOBS, description)


def text(name, data, step=None, description=None):
    """Write text, which TensorBoard reads as Markdown."""
    return _write(name, lambda: tensor(data), step, "text", _TENSOR, description)


def audio(name, data, sample_rate, step=None, max_outputs=3, encoding=None, description=None):
    """Write sounds of shape (batch, samples, channels), floats from -1 to 1."""
    if encoding not in (None, "wav"):
        raise ValueError(f"Unknown encoding: {encoding!r}")

    def make():
        sounds = tensor(data, hint=float32)
        if sounds.shape.rank != 3:
            raise ValueError(f"data must have shape (batch, samples, channels), got {sounds.shape}")
        shown = min(int(max_outputs), sounds.shape[0])
        files = [encode_wav(sounds[i], sample_rate).numpy() for i in range(shown)]
        return np.array([[file, b""] for file in files], object).reshape(shown, 2)

    return _write(name, make, step, "audio", _BLOBS, description)
