"""Transformations that put elements together, and take them apart."""

import itertools

import numpy as np
import torch

from kerastorch.core import edge, tree

from .composite import kind_of, ragged
from .element import CPU, place, stack, stack_all
from .errors import data_loss, invalid
from .node import UNKNOWN, Node
from .sources import Listed
from .spec import Spec, concatenated
from .table import home


class Batch(Node):
    """Consecutive elements, stacked along a new first axis."""

    tf_name = "_BatchDataset"

    def __init__(self, node, batch_size, drop_remainder):
        super().__init__(node)
        self.batch_size, self.drop_remainder, self.at_home = batch_size, drop_remainder, True

    def elements(self):
        table = self.inputs[0].table()
        if table is not None:
            return table.batches(self.batch_size, self.drop_remainder, home())
        return self._stacked()

    def _stacked(self):
        elements, device = iter(self.inputs[0].elements()), home()
        while listed := list(itertools.islice(elements, self.batch_size)):
            if self.drop_remainder and len(listed) < self.batch_size:
                return
            yield place(stack_all(listed, self.stack), device)

    stack = staticmethod(stack)

    def cardinality(self):
        size = self.inputs[0].cardinality()
        if size < 0:
            return size
        return size // self.batch_size if self.drop_remainder else -(-size // self.batch_size)

    def infer_spec(self):
        first = self.batch_size if self.drop_remainder else None
        return tree.map_structure(lambda leaf: _batched(leaf, first), self.inputs[0].spec())


def _batched(leaf, size):
    """The spec of a batch of values of a spec."""
    if isinstance(leaf, Spec):
        return Spec(concatenated(size, leaf.shape), leaf.dtype)
    kind = kind_of(leaf)
    return leaf if kind is None else kind.batch_spec(leaf, size)


class RaggedBatch(Batch):
    """Consecutive elements, beside each other in their own lengths where these are unknown."""

    def elements(self):
        self.specs = tree.flatten(self.inputs[0].spec())
        return self._stacked()

    def stack(self, column, number):
        spec = self.specs[number]
        known = isinstance(spec, Spec) and spec.is_fully_defined
        if isinstance(column[0], (torch.Tensor, np.ndarray)) and not known:
            return ragged().make(column)
        return stack(column, number)

    def infer_spec(self):
        first = self.batch_size if self.drop_remainder else None

        def batched(leaf):
            if isinstance(leaf, Spec) and not leaf.is_fully_defined:
                return ragged().spec(leaf, first)
            return _batched(leaf, first)

        return tree.map_structure(batched, self.inputs[0].spec())


class PaddedBatch(Batch):
    """Consecutive elements, filled up to one shape and stacked.

    Args:
        shapes: A list of the shapes of the components; None or -1 stands for the longest in the batch.
        values: A list of raw values to fill up with, or None for 0, False or empty text.
    """

    tf_name = "_PaddedBatchDataset"

    def __init__(self, node, batch_size, shapes, values, drop_remainder):
        super().__init__(node, batch_size, drop_remainder)
        self.shapes, self.values = shapes, values

    def elements(self):
        return self._stacked()

    def stack(self, column, number):
        if column[0] is None:
            return None
        wanted = _component(self.shapes, number)
        shape = self._shape(column, number, wanted)
        first, value = column[0], _component(self.values, number)
        if isinstance(first, torch.Tensor):
            out = torch.empty((len(column), *shape), dtype=first.dtype)
            out.fill_(0 if value is None else _filler(value, first.dtype))
        else:
            out = np.empty((len(column), *shape), object)
            out[...] = b"" if value is None else value[()]
        for row, raw in enumerate(column):
            out[(row, *map(slice, raw.shape))] = raw.cpu() if isinstance(raw, torch.Tensor) else raw
        return out

    def _shape(self, column, number, wanted):
        rank = column[0].ndim
        if any(raw.ndim != rank for raw in column) or (wanted is not None and len(wanted) != rank):
            raise invalid(
                "All elements in a batch must have the same rank as the padded shape for component "
                f"{number}: expected rank {rank if wanted is None else len(wanted)} but got element with rank "
                f"{next((raw.ndim for raw in column if raw.ndim != rank), rank)}",
            )
        longest = [max(raw.shape[axis] for raw in column) for axis in range(rank)]
        if wanted is None:
            return longest
        for axis, (size, have) in enumerate(zip(wanted, longest)):
            if size is not None and have > size:
                raise data_loss(
                    f"Attempted to pad to a smaller size than the input element. Component {number} has "
                    f"size {have} along axis {axis}, padded_shapes says {size}.",
                )
        return [have if size is None else size for size, have in zip(wanted, longest)]

    def infer_spec(self):
        first = self.batch_size if self.drop_remainder else None
        spec = self.inputs[0].spec()
        leaves = tree.flatten(spec)
        shapes = [leaf.shape for leaf in leaves] if self.shapes is None else self.shapes
        specs = [Spec(concatenated(first, s), leaf.dtype) for s, leaf in zip(shapes, leaves)]
        return tree.pack_sequence_as(spec, specs)


def _component(listed, number):
    """What a list says of a component; one part stands for all components."""
    if listed is None:
        return None
    return listed[0] if len(listed) == 1 else listed[number]


def _filler(value, dtype):
    if value.dtype != dtype:
        raise TypeError(
            f"Invalid `padding_values`. `padding_values` values type {_name(value.dtype)} does not match type "
            f"{_name(dtype)} of the corresponding input component."
        )
    return value.item()


def _name(dtype):
    return f"<dtype: '{str(dtype).removeprefix('torch.')}'>"


def padded_shapes(structure):
    """Return the list of shapes that an argument `padded_shapes` says, or None."""
    if structure is None:
        return None
    return [_shape(leaf) for leaf in _shapes_in(structure)]


def _shapes_in(structure):
    """The shapes in a structure, where lists and tuples of sizes are shapes too."""
    if isinstance(structure, dict):
        return [shape for key in sorted(structure) for shape in _shapes_in(structure[key])]
    sizes = isinstance(structure, (list, tuple)) and all(
        part is None or hasattr(part, "__index__") for part in structure
    )
    if not isinstance(structure, tuple) or (sizes and isinstance(structure, tuple)):
        return [structure]
    return [shape for part in structure for shape in _shapes_in(part)]


def _shape(leaf):
    if leaf is None:
        return None
    if isinstance(leaf, (list, tuple)):
        return tuple(None if size is None or size == -1 else int(size) for size in leaf)
    if hasattr(leaf, "as_list"):
        return None if leaf.rank is None else tuple(leaf.as_list())
    return tuple(np.atleast_1d(edge.to_numpy(leaf)).tolist())


class Unbatch(Node):
    """The slices of every element along its first axis."""

    tf_name = "_UnbatchDataset"

    def __init__(self, node):
        super().__init__(node)
        self.at_home = False

    def elements(self):
        for element in self.inputs[0].elements():
            leaves = tree.flatten(place(element, CPU))
            leaves = [kind_of(leaf).rows(leaf) if kind_of(leaf) else leaf for leaf in leaves]
            for number, leaf in enumerate(leaves):
                if leaf is None or (not isinstance(leaf, list) and leaf.ndim == 0):
                    raise ValueError("Cannot unbatch an input with scalar components.")
                if len(leaf) != len(leaves[0]):
                    raise invalid(
                        "Input element must have the same batch size in each component. Component 0 had "
                        f"size {len(leaves[0])} but component {number} had size {len(leaf)}.",
                    )
            for row in range(len(leaves[0])):
                yield tree.pack_sequence_as(element, [_row(leaf, row) for leaf in leaves])

    def cardinality(self):
        return UNKNOWN

    def infer_spec(self):
        return tree.map_structure(_row_spec, self.inputs[0].spec())


def _row(leaf, row):
    return np.asarray(leaf[row], dtype=object) if isinstance(leaf, np.ndarray) else leaf[row]


def _row_spec(leaf):
    if isinstance(leaf, Spec):
        return Spec(None if leaf.shape is None else leaf.shape[1:], leaf.dtype)
    kind = kind_of(leaf)
    return leaf if kind is None else kind.row_spec(leaf)


class Window(Node):
    """Datasets of `size` elements, `shift` apart, each taking every `stride`-th element."""

    tf_name = "_WindowDataset"

    def __init__(self, node, size, shift, stride, drop_remainder):
        super().__init__(node)
        self.size, self.shift, self.stride, self.drop_remainder = size, shift, stride, drop_remainder
        self.span = (size - 1) * stride + 1

    def elements(self):
        elements, buffer, ended, skip = iter(self.inputs[0].elements()), [], False, 0
        while True:
            while len(buffer) < self.span + skip and not ended:
                before = len(buffer)
                buffer.extend(itertools.islice(elements, self.span + skip - before))
                ended = len(buffer) < self.span + skip
            del buffer[:skip]
            if not buffer or (ended and self.drop_remainder and len(buffer) < self.span):
                return
            yield self._window(buffer[: self.span : self.stride])
            skip = self.shift

    def _window(self, listed):
        structure = listed[0]
        if not tree.is_nested(structure):
            return Listed(listed, self._known_spec())
        columns = zip(*map(tree.flatten, listed))
        return tree.pack_sequence_as(structure, [Listed(list(column)) for column in columns])

    def _known_spec(self):
        return None if self._spec is None else self._spec[0].element_spec

    def cardinality(self):
        size = self.inputs[0].cardinality()
        if size < 0:
            return size
        if self.drop_remainder:
            return max(0, (size - self.span) // self.shift + 1)
        return -(-size // self.shift)

    def infer_spec(self):
        return tree.map_structure(lambda leaf: Listed((), leaf).type_spec(), self.inputs[0].spec())
