"""Datasets that the library itself makes, of the kind that the user works with."""

import functools

import numpy as np

from kerastorch.core import edge

from .dataset import Dataset

_registered = []


def register_dataset(cls):
    """Register the class of datasets whose elements are tensors of the registered foreign type."""
    _registered[:] = [cls]


def dataset_class(format="tf"):
    """Return the class of datasets that the user works with.

    Args:
        format: "tf", or "grain" for texts as Python's, in lists.
    """
    cls = _registered[0] if _registered and edge.border.active else Dataset
    return _with_texts(cls) if format == "grain" else cls


def is_dataset(x):
    """Tell whether `x` is a dataset."""
    return isinstance(x, Dataset)


@functools.cache
def _with_texts(base):
    """A class of datasets like `base`, in whose elements texts are Python's."""
    face_class = type(base._face)

    def shown(self, raw):
        return _texts(raw.tolist()) if isinstance(raw, np.ndarray) else face_class.shown(self, raw)

    face = type("TextFace", (face_class,), {"shown": shown})()
    cls = type("IterDataset", (base,), {"_face": face, "__doc__": base.__doc__.split("\n", 1)[0]})
    cls._base, face.dataset = cls, cls._of
    return cls


def _texts(value):
    return [_texts(part) for part in value] if isinstance(value, list) else value.decode()
