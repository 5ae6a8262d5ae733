"""Leaves of elements that are neither tensors nor texts, as ragged tensors: a package that has some registers them."""

import torch

from kerastorch.core import edge

from .spec import Spec, concatenated


class Kind:
    """What pipelines do with one class of values.

    A subclass defines `spec(value)`, `rows(value)`, a list of raw values, `row_spec(spec)`, `stack(values)`, and
    `batch_spec(spec, size)`, each about a value or about its spec.
    """


_kinds = {}  # classes of values and of specs -> Kind


class _Nested:
    """Torch's nested tensors, of tensors of different lengths."""

    make = staticmethod(lambda column: torch.nested.as_nested_tensor(column, layout=torch.jagged))
    spec = staticmethod(lambda spec, size: Spec(concatenated(size, spec.shape), spec.dtype))


_ragged = []


def ragged():
    """Return how `ragged_batch` makes one value of several (`make`), and what its spec is (`spec`)."""
    return _ragged[0] if _ragged and edge.border.active else _Nested


def register_kind(kind, *classes):
    """Register what is done with values, and with the specs of values, of these classes."""
    _kinds.update(dict.fromkeys(classes, kind))


def register_ragged(ragged):
    """Register an object with `make(raw values)` and `spec(spec, size)`, for users of the registered tensor type."""
    _ragged[:] = [ragged]


def kind_of(value):
    """Return the `Kind` of a value or a spec, or None."""
    return _kinds.get(type(value))
