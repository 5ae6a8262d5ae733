"""Datasets that begin a pipeline: tensors, a range, a generator."""

import numpy as np
import torch

from kerastorch.core import edge, tree

from .composite import kind_of
from .element import CPU, on_device, packer, source, spec_of
from .errors import invalid
from .face import TORCH, as_bytes
from .node import INFINITE, UNKNOWN, Node
from .spec import TEXT, Spec
from .table import RangeColumn, Table, count, from_element


class TensorSlices(Node):
    """The slices of tensors along their first axis."""

    tf_name = "_TensorSliceDataset"

    def __init__(self, tensors, face=TORCH):
        super().__init__()
        self.tensors = source(tensors, face)
        leaves = tree.flatten(self.tensors)
        if not leaves:
            raise ValueError(
                "Invalid `tensors`. `tensors` must have at least one component, but it has none."
            )
        composite = any(map(kind_of, leaves))
        for leaf in leaves:
            if leaf is None or (not kind_of(leaf) and leaf.ndim == 0):
                raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        self._rows = [kind_of(leaf).rows(leaf) if kind_of(leaf) else leaf for leaf in leaves]
        for leaf in self._rows[1:]:
            if len(leaf) != len(self._rows[0]):
                raise ValueError(
                    f"Dimensions {len(self._rows[0])} and {len(leaf)} are not compatible: all components must have "
                    f"the same number of slices. Received shapes: {[tuple(x.shape) for x in leaves]}"
                )
        self.rows = len(self._rows[0])
        self._table = None if composite else from_element(self.tensors)

    def table(self):
        return self._table

    def elements(self):
        if self._table is None:
            return map(packer(self.tensors), zip(*map(_each, self._rows)))
        return self._table.rows(CPU)

    def cardinality(self):
        return self.rows

    def infer_spec(self):
        return tree.map_structure(_row_spec, self.tensors)


def _each(rows):
    """The rows of a raw value as raw values."""
    if isinstance(rows, np.ndarray):
        return (np.asarray(row, dtype=object) for row in rows)
    return rows.unbind(0) if isinstance(rows, torch.Tensor) else rows


def _row_spec(raw):
    kind = kind_of(raw)
    return Spec(raw.shape[1:], Spec.of(raw).dtype) if kind is None else kind.row_spec(kind.spec(raw))


class Tensors(Node):
    """One element."""

    tf_name = "_TensorDataset"

    def __init__(self, tensors, face=TORCH):
        super().__init__()
        self.element = source(tensors, face)
        if not tree.flatten(self.element):
            raise ValueError(
                "Invalid `tensors`. `tensors` must have at least one component, but it has none."
            )

    def elements(self):
        yield self.element

    def cardinality(self):
        return 1

    def infer_spec(self):
        return spec_of(self.element)


class Listed(Node):
    """Elements that are at hand, as those of a window."""

    tf_name = "_VariantDataset"

    def __init__(self, listed, spec=None):
        super().__init__()
        self.listed = listed
        self._spec = None if spec is None else (spec,)

    def elements(self):
        return iter(self.listed)

    def cardinality(self):
        return len(self.listed)

    def infer_spec(self):
        return spec_of(self.listed[0])


class Range(Node):
    """Numbers `start, start + step, ...` below `stop`; None stands for no end."""

    tf_name = "_RangeDataset"

    def __init__(self, start, stop, step=1, dtype=torch.int64):
        super().__init__()
        self.dtype = dtype
        if not step:
            raise invalid("step must be a non-zero integer.")
        self.rows = None if stop is None else len(range(start, stop, step))
        column = RangeColumn(start, step, self.dtype)
        self._table = Table([(column, 0)], 0, 1, lambda: count(self.rows))

    def table(self):
        return self._table

    def elements(self):
        return self._table.rows(CPU)

    def cardinality(self):
        return INFINITE if self.rows is None else self.rows

    def infer_spec(self):
        return Spec((), self.dtype)


class Generator(Node):
    """What a Python generator yields, checked against a signature.

    Args:
        generator: A function that returns an iterable; every pass calls it.
        signature: The structure of the `TensorSpec`s.
        args: What the function gets: arrays.
    """

    tf_name = "_FlatMapDataset"
    own_work = True

    def __init__(self, generator, signature, args=(), face=TORCH):
        super().__init__()
        self.generator, self.signature, self.args, self.face = generator, signature, args, face
        self.specs, self.pack = tree.flatten(signature), packer(signature)

    def elements(self):
        with on_device(CPU):
            values = iter(self.generator(*self.args))
        while True:
            with on_device(CPU):
                try:
                    value = next(values)
                except StopIteration:
                    return
                element = self._element(value)
            yield element

    def _element(self, value):
        return self.pack(
            [_checked(part, spec, self.face) for part, spec in zip(self._parts(value), self.specs)]
        )

    def _parts(self, value):
        """The parts of what was yielded, one for each spec."""
        if not tree.is_nested(self.signature):
            return [value]
        parts = []

        def collect(spec, part):
            parts.append(part)
            return spec

        try:
            structure = (
                tuple(value) if isinstance(self.signature, tuple) and isinstance(value, list) else value
            )
            tree.map_structure_up_to(self.signature, collect, self.signature, structure)
        except (ValueError, TypeError, StopIteration) as error:
            types = tree.map_structure(lambda spec: self.face.spec(spec).dtype, self.signature)
            raise _wrong(
                "that did not match the expected structure. The expected structure was "
                f"{types}, but the yielded element was {value}."
            ) from error
        return parts

    def cardinality(self):
        return UNKNOWN

    def infer_spec(self):
        return self.signature


def _checked(value, spec, face):
    """The raw value of one yielded component."""
    if spec.dtype == TEXT:
        try:
            raw = as_bytes(np.array(edge.to_numpy(value)))
        except ValueError:
            raw = None
        if raw is None:
            raise _wrong(
                f"that could not be converted to the expected type string. The yielded element was {value!r}."
            )
    elif isinstance(value, torch.Tensor):
        raw = value.detach().to(CPU, spec.dtype)
    else:
        try:
            array = np.asarray(value)
            if array.dtype.kind not in "biufcV":
                array = np.asarray(value, dtype=edge.to_numpy(torch.empty((), dtype=spec.dtype)).dtype)
            raw = edge.as_tensor(array).to(spec.dtype)
        except (TypeError, ValueError) as error:
            raise _wrong(
                "that could not be converted to the expected type. The expected type was "
                f"{face.dtype_name(spec.dtype)}, but the yielded element was {value}."
            ) from error
    if not spec.fits(raw.shape):
        raise _wrong(
            f"of shape {tuple(raw.shape)} where an element of shape {face.spec(spec).shape} was expected."
        )
    return raw


def _wrong(what):
    return invalid(f"TypeError: `generator` yielded an element {what}")
