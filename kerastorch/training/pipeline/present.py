"""Datasets that the library itself makes, of the kind that the user works with."""

from kerastorch.core import edge

from .dataset import Dataset

_registered = []


def register_dataset(cls):
    """Register the class of datasets whose elements are tensors of the registered foreign type."""
    _registered[:] = [cls]


def dataset_class():
    """Return the class of datasets that the user works with."""
    return _registered[0] if _registered and edge.border.active else Dataset


def is_dataset(x):
    """Tell whether `x` is a dataset."""
    return isinstance(x, Dataset)
