"""Transformations by functions of the user's: they see tensors of `tf`, and are called once for each element."""

import os
import sys

import numpy as np
import torch

from kerastorch.core import edge, settings, tree

from .element import on_device, spec_of, to_raw, wrap
from .node import UNKNOWN, Node, map_shapes
from .seeds import peeking
from .spec import TEXT, Spec


class UserFunction:
    """A function of the user's over elements.

    Args:
        fn: The function.
        face: How the user sees tensors and datasets.
    """

    def __init__(self, fn, face):
        if not callable(fn):
            raise ValueError(f"Argument `func` must be a callable. Received func={fn!r} (of type {type(fn)})")
        self.fn, self.face = fn, face

    def __call__(self, element, device):
        """Return the element that the function gives for one; a tuple is passed as separate arguments."""
        arguments = wrap(element, self.face)
        arguments = arguments if type(arguments) is tuple else (arguments,)
        local = settings._local
        previous, depth = local.device, edge.set_recording_depth(0)
        local.device = device
        try:
            return to_raw(self.fn(*arguments), self.face)
        finally:
            local.device = previous
            edge.set_recording_depth(depth)

    def with_state(self, state, element, device):
        """Return what the function gives for a state and an element."""
        with on_device(device):
            return to_raw(self.fn(wrap(state, self.face), wrap(element, self.face)), self.face)

    def spec(self, node):
        """Return the spec of what the function gives for the elements of `node`.

        It is called on made-up elements of zeros and of ones, with two sizes for every unknown dimension: one that
        differs is unknown. Where it refuses those, or where the rank is not known, the first real element tells: a
        dimension with the size of one that was unknown is unknown too.
        """
        spec = node.spec()
        specs = tree.flatten(spec)
        if all(isinstance(leaf, Spec) and leaf.shape is not None for leaf in specs):
            try:
                with peeking():
                    found = [self._on_values(spec, *value, node.device) for value in ((3, 0), (5, 1))]
            except Exception:  # whatever the function says about made-up values: real ones follow
                found = None
            if found:
                return tree.map_structure(_common, *found)
        first = node.first()
        if first is None:
            raise ValueError(
                "The element_spec of an empty dataset cannot be inferred: its function was never called on an element."
            )
        with peeking():
            result = spec_of(self(first, node.device))
        sizes = _sizes_of_unknown(specs, tree.flatten(first))
        return map_shapes(
            lambda shape: None if shape is None else [None if size in sizes else size for size in shape],
            result,
        )

    def _on_values(self, spec, size, value, device):
        return spec_of(self(tree.map_structure(lambda leaf: _full(leaf, size, value, device), spec), device))

    def note(self, error, what, position):
        """Say in an error at which element the function raised it."""
        name = getattr(self.fn, "__qualname__", type(self.fn).__name__)
        text = f"Raised by the function {name} of Dataset.{what} at element {position}."
        if sys.version_info >= (3, 11):
            error.add_note(text)
        elif error.args and isinstance(error.args[0], str):
            error.args = (f"{error.args[0]}\n{text}", *error.args[1:])


def _full(spec, size, value, device):
    shape = [size if s is None else s for s in spec.shape]
    if spec.dtype == TEXT:
        text = np.empty(shape, object)
        text[...] = b""
        return text
    return torch.full(shape, value, dtype=spec.dtype, device=device)


def _sizes_of_unknown(specs, leaves):
    """The sizes that dimensions of unknown size have in an element."""
    return {
        size
        for spec, leaf in zip(specs, leaves)
        if isinstance(spec, Spec) and spec.shape is not None
        for size, known in zip(leaf.shape, spec.shape)
        if known is None
    }


def _common(a, b):
    return a.common(b) if isinstance(a, Spec) else a


class Map(Node):
    """What a function gives for every element."""

    tf_name = "_MapDataset"
    method = "map"
    own_work = True

    def __init__(self, node, function):
        super().__init__(node)
        self.function = function

    def elements(self):
        for position, element in enumerate(self.inputs[0].elements()):
            yield self.one(position, element)

    def one(self, position, element):
        """Return what the function gives for one element; its errors say which it was."""
        try:
            return self.function(element, self.device)
        except Exception as error:
            self.function.note(error, self.method, position)
            raise

    def infer_spec(self):
        return self.function.spec(self.inputs[0])


class Filter(Map):
    """The elements for which a function is true."""

    tf_name = "_FilterDataset"
    method = "filter"

    def elements(self):
        return (element for element, kept in self.judged() if kept)

    def judged(self):
        """Yield pairs of an element and whether the function is true for it."""
        for position, element in enumerate(self.inputs[0].elements()):
            yield element, bool(self.one(position, element))

    def one(self, position, element):
        """Return what the function says of one element, a boolean scalar."""
        kept = super().one(position, element)
        if isinstance(kept, torch.Tensor) and not kept.ndim and kept.dtype == torch.bool:
            return kept
        error = ValueError(
            "Invalid `predicate`. `predicate` must return a `tf.bool` scalar tensor, but its return type "
            f"is {tree.map_structure(self.function.face.spec, spec_of(kept))}."
        )
        self.function.note(error, self.method, position)
        raise error

    def cardinality(self):
        return UNKNOWN

    def infer_spec(self):
        return self.inputs[0].spec()


class FlatMap(Map):
    """The elements of the datasets that a function gives, one dataset after the other."""

    tf_name = "_FlatMapDataset"
    method = "flat_map"

    def datasets(self):
        """Yield the nodes that the function gives."""
        for node in super().elements():
            if not isinstance(node, Node):
                raise TypeError(
                    f"Invalid `map_func`. `map_func` must return a `Dataset` object. Got {spec_of(node)}."
                )
            yield node

    def elements(self):
        for node in self.datasets():
            yield from node.elements()

    def cardinality(self):
        return UNKNOWN

    def infer_spec(self):
        return super().infer_spec().element_spec


class Interleave(FlatMap):
    """The elements of the datasets that a function gives, `block_length` of each of `cycle_length` in turn."""

    tf_name = "_InterleaveDataset"
    method = "interleave"

    def __init__(self, node, function, cycle_length, block_length):
        super().__init__(node, function)
        self.cycle_length = (os.cpu_count() or 1) if cycle_length == -1 else cycle_length
        self.block_length, self.ahead = block_length, None

    def elements(self):
        datasets, ended = self.datasets(), False
        cycle, at = [None] * self.cycle_length, 0
        while not ended or any(cycle):
            if cycle[at] is None and not ended:
                node = next(datasets, None)
                ended = node is None
                cycle[at] = None if ended else self._started(node)
            if cycle[at] is not None:
                for _ in range(self.block_length):
                    try:
                        element = next(cycle[at])
                    except StopIteration:
                        cycle[at] = None
                        break
                    yield element
            at = (at + 1) % self.cycle_length

    def _started(self, node):
        return iter((node if self.ahead is None else self.ahead(node, 2)).elements())
