"""The elements of a dataset: nested tuples and dicts whose leaves are raw values.

A raw value is a `torch.Tensor`, a NumPy array of bytes, None, or the node of a nested dataset. Functions of the user
see tensors of `tf` instead.
"""

import numpy as np
import torch

from kerastorch.core import edge, settings, tree

from .composite import kind_of
from .errors import invalid
from .spec import NoneSpec, Spec

_Raw = torch.Tensor
CPU = torch.device("cpu")


def to_raw(value, face, top=True):
    """Return the element that a value of the user's stands for; a list is a tuple at the top, else one tensor."""
    if type(value) is tuple:
        return tuple([to_raw(part, face, False) for part in value])
    if isinstance(value, tuple):
        parts = [to_raw(part, face, False) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, list) and top:
        return tuple(to_raw(part, face, False) for part in value)
    if isinstance(value, dict):
        return type(value)((key, to_raw(part, face, False)) for key, part in value.items())
    if value is None:
        return None
    node = getattr(value, "_node", None)
    return face.raw(value) if node is None else node


def source(value, face):
    """Return the element that an argument of a source stands for: what holds numbers comes to the CPU's memory."""
    raws = to_raw(value, face, top=False)
    return tree.map_structure(lambda raw: raw.cpu() if isinstance(raw, _Raw) else raw, raws)


def wrap(element, face):
    """Return an element as the user sees it: the face's tensors for raw values, datasets for nodes."""
    if type(element) is _Raw or isinstance(element, np.ndarray):
        return face.shown(element)
    if type(element) is tuple:
        return tuple([wrap(part, face) for part in element])
    if isinstance(element, (tuple, dict)):
        return tree.map_structure(lambda leaf: wrap(leaf, face), element)
    if element is None or kind_of(element):
        return element
    return face.shown(element) if isinstance(element, _Raw) else face.dataset(element)


def to_numpy(raw):
    """Return a leaf as NumPy has it: an array that cannot be written to, or a scalar."""
    if raw is None or kind_of(raw):
        return raw
    array = edge.to_numpy(raw)
    if array.ndim == 0:
        return array[()]
    array = array.view()
    array.setflags(write=False)
    return array


def place(element, device):
    """Return an element with its tensors on a device."""
    if type(element) is _Raw:
        return element if element.device == device else element.to(device)
    if type(element) is tuple:
        return tuple([place(part, device) for part in element])
    if isinstance(element, (tuple, dict)):
        return tree.map_structure(lambda leaf: place(leaf, device), element)
    return element


def packer(structure):
    """Return the function that makes an element like `structure` from its leaves."""
    if not tree.is_nested(structure):
        return lambda leaves: leaves[0]
    if type(structure) is tuple and not any(map(tree.is_nested, structure)):
        return tuple
    return lambda leaves: tree.pack_sequence_as(structure, leaves)


def leaf_spec(raw):
    """Return the `TypeSpec` of a leaf."""
    if raw is None:
        return NoneSpec()
    if isinstance(raw, (_Raw, np.ndarray)):
        return Spec.of(raw)
    kind = kind_of(raw)
    return raw.type_spec() if kind is None else kind.spec(raw)


def spec_of(element):
    """Return the structure of the specs of an element's leaves."""
    return tree.map_structure(leaf_spec, element)


def stack(column, number):
    """Return raw values, one of each element, as one with a new first axis; `number` is the component's."""
    first = column[0]
    if type(first) is _Raw:
        try:
            return torch.stack(column)
        except RuntimeError:
            pass  # the shapes differ, which is said below
    if first is None:
        return None
    if not isinstance(first, (_Raw, np.ndarray)):
        kind = kind_of(first)
        if kind is not None:
            return kind.stack(column)
        raise TypeError(
            "Batching of datasets of datasets is not supported here: batch the inner ones with `flat_map`."
        )
    for i, raw in enumerate(column):
        if raw.shape != first.shape:
            raise invalid(
                f"Cannot batch tensors with different shapes in component {number}. First element had shape "
                f"{list(first.shape)} and element {i} had shape {list(raw.shape)}. Make the shapes equal with `map`, "
                "or use `padded_batch`.",
            )
    return np.stack(column)


def stack_all(elements, stack=stack):
    """Return one element in which corresponding leaves are stacked."""
    first = elements[0]
    if type(first) is _Raw:
        return stack(elements, 0)
    if type(first) is tuple and all(type(leaf) is _Raw for leaf in first):
        return tuple([stack(column, number) for number, column in enumerate(zip(*elements))])
    flat = [tree.flatten(element) for element in elements]
    if any(len(leaves) != len(flat[0]) for leaves in flat):
        raise invalid("The elements of a batch have different structures.")
    columns = [stack(list(column), number) for number, column in enumerate(zip(*flat))]
    return packer(first)(columns)


class on_device:
    """Context in which new tensors are made on a device, and nothing is recorded for gradients."""

    __slots__ = ("_depth", "_device", "_previous")

    def __init__(self, device):
        self._device = device

    def __enter__(self):
        self._previous, settings._local.device = settings._local.device, self._device
        self._depth = edge.set_recording_depth(0)

    def __exit__(self, *exc):
        settings._local.device = self._previous
        edge.set_recording_depth(self._depth)
