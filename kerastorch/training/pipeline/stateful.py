"""Transformations that remember: running states, elements that were seen, elements that are counted."""

import itertools

import numpy as np
import torch

from kerastorch.core import tree

from .element import CPU, place, spec_of
from .errors import invalid
from .functions import Filter, Map
from .node import UNKNOWN, Node


class Scan(Map):
    """What `state, output = function(state, element)` gives as outputs.

    Args:
        node: The input.
        function: The `UserFunction`.
        state: The first state, raw.
    """

    tf_name = "_ScanDataset"
    method = "scan"

    def __init__(self, node, function, state):
        super().__init__(node, function)
        self.state = state

    def elements(self):
        state = self.state
        for position, element in enumerate(self.inputs[0].elements()):
            try:
                pair = self.function.with_state(state, element, self.device)
                if not isinstance(pair, tuple) or len(pair) != 2:
                    raise TypeError(
                        "Invalid `scan_func`. `scan_func` must return a pair of the new state and an output. "
                        f"Received: {spec_of(pair)}"
                    )
                check_state(self.state, pair[0])
            except Exception as error:
                self.function.note(error, self.method, position)
                raise
            state = pair[0]
            yield pair[1]

    def infer_spec(self):
        first = self.first()
        if first is None:
            raise ValueError("The element_spec of an empty dataset cannot be inferred.")
        return spec_of(first)


def check_state(first, state, kernel="ReduceDataset"):
    """Refuse a state of another structure or other dtypes than the first."""
    before, after = tree.flatten(first), tree.flatten(state)
    if len(before) != len(after):
        raise invalid(
            "The number of components of the initial state and the reduce function output does not match. "
            f"(initial_state={len(before)}, output={len(after)}).",
            kernel,
        )
    for old, new in zip(before, after):
        if old is not None and old.dtype != new.dtype:
            raise TypeError(
                "The element types for the new state must match the initial state. "
                f"Expected {_dtype(old)}; got {_dtype(new)}."
            )


def _dtype(raw):
    return f"tf.{str(raw.dtype).removeprefix('torch.')}" if isinstance(raw, torch.Tensor) else "tf.string"


class TakeWhile(Filter):
    """The elements before the first for which a function is false."""

    tf_name = "_TakeWhileDataset"
    method = "take_while"

    def elements(self):
        for element, kept in self.judged():
            if not kept:
                return
            yield element


class Unique(Node):
    """The elements that did not come before."""

    tf_name = "_UniqueDataset"

    def __init__(self, node):
        super().__init__(node)
        if len(tree.flatten(node.spec())) != 1:
            raise invalid("UniqueDataset only supports inputs with a single component.", "UniqueDataset")

    def elements(self):
        seen = set()
        for element in self.inputs[0].elements():
            key = tuple(_key(raw) for raw in tree.flatten(place(element, CPU)))
            if key not in seen:
                seen.add(key)
                yield element

    def cardinality(self):
        return UNKNOWN


def _key(raw):
    """Something hashable that equal raw values share."""
    if isinstance(raw, torch.Tensor):
        return raw.dtype, tuple(raw.shape), raw.numpy().tobytes() if raw.numel() else b""
    return raw.shape, tuple(raw.ravel().tolist()) if isinstance(raw, np.ndarray) else raw


class IgnoreErrors(Node):
    """The elements that can be made; errors of those that cannot are passed over.

    Args:
        node: The input.
        log_warning: Function that is told every error, or None.
    """

    tf_name = "_IgnoreErrorsDataset"

    def __init__(self, node, log_warning=None):
        super().__init__(node)
        self.log_warning = log_warning

    def elements(self):
        node = self.inputs[0]
        if not isinstance(node, Map) or type(node).elements is not Map.elements:
            yield from self._until_error(node.elements())
            return
        for position, element in enumerate(node.inputs[0].elements()):
            try:
                result = node.one(position, element)
            except Exception as error:
                self._log(error)
                continue
            yield result

    def _until_error(self, elements):
        # a generator that has raised has ended
        elements = iter(elements)
        while True:
            try:
                element = next(elements)
            except StopIteration:
                return
            except Exception as error:
                self._log(error)
                continue
            yield element

    def _log(self, error):
        if self.log_warning is not None:
            self.log_warning(error)

    def cardinality(self):
        return UNKNOWN


class Chosen(Node):
    """The next element of the dataset that a dataset of numbers names.

    Args:
        choice: The node of the numbers.
        nodes: The nodes of the datasets.
        stop_on_empty: Whether all ends with the first dataset that ends; otherwise numbers of ended ones are passed
            over.
    """

    tf_name = "_DirectedInterleaveDataset"

    def __init__(self, choice, nodes, stop_on_empty):
        super().__init__(choice, *nodes)
        self.stop_on_empty = stop_on_empty
        first, *others = (node.spec() for node in nodes)
        for other in others:
            try:
                first = tree.map_structure(lambda a, b: a.common(b), first, other)
            except (ValueError, TypeError) as error:
                raise TypeError(
                    "Invalid `datasets`. `datasets` must have the same type signature. "
                    f"Received: {first} and {other}"
                ) from error
        self._spec = (first,)

    def elements(self):
        choice, *nodes = self.inputs
        passes = [iter(node.elements()) for node in nodes]
        ended = set()
        for number in choice.elements():
            number = int(number)
            if not 0 <= number < len(passes):
                raise invalid(f"Selector index out of range: {number} >= {len(passes)}")
            if number in ended:
                continue
            try:
                element = next(passes[number])
            except StopIteration:
                ended.add(number)
                if self.stop_on_empty or len(ended) == len(passes):
                    return
                continue
            yield element

    def cardinality(self):
        return UNKNOWN

    def infer_spec(self):
        return self.inputs[1].spec()


class Random(Node):
    """Random integers below 2**32, without end.

    Args:
        seeds: A `PassSeeds`.
        make: Function from the two seeds of a pass to an iterator over raw values.
        spec: The spec of the values.
    """

    tf_name = "_RandomDataset"

    def __init__(self, seeds, make, spec):
        super().__init__()
        self.seeds, self.make, self._spec = seeds, make, (spec,)

    def elements(self):
        return self.make(self.seeds.next())

    def cardinality(self):
        return -1


class Rebatch(Node):
    """Batches of other sizes than those of the input.

    Args:
        node: The input, whose elements are batches.
        sizes: The sizes, taken in turn.
        drop_remainder: Whether a last batch that is smaller is dropped.
    """

    tf_name = "_RebatchDataset"

    def __init__(self, node, sizes, drop_remainder):
        super().__init__(node)
        self.sizes, self.drop_remainder = sizes, drop_remainder

    def elements(self):
        sizes, have = itertools.cycle(self.sizes), None
        size = next(sizes)
        for element in self.inputs[0].elements():
            have = element if have is None else tree.map_structure(_joined, have, element)
            while len(tree.flatten(have)[0]) >= size:
                yield tree.map_structure(lambda raw, size=size: raw[:size], have)
                have = tree.map_structure(lambda raw, size=size: raw[size:], have)
                size = next(sizes)
        if have is not None and len(tree.flatten(have)[0]) and not self.drop_remainder:
            yield have

    def cardinality(self):
        return UNKNOWN

    def infer_spec(self):
        from_input = self.inputs[0].spec()
        first = self.sizes[0] if self.drop_remainder and len(set(self.sizes)) == 1 else None
        return tree.map_structure(
            lambda leaf: type(leaf)(None if leaf.shape is None else (first, *leaf.shape[1:]), leaf.dtype),
            from_input,
        )


def _joined(a, b):
    return torch.cat([a, b]) if isinstance(a, torch.Tensor) else np.concatenate([a, b])
