"""The node of a pipeline: what a dataset is made of.

A new transformation is a subclass with `elements` and the name that TensorFlow prints; one that only drops, repeats or
moves elements is a `Reordering`, and then costs integers instead of tensors over data in memory.
"""

from kerastorch.core import tree

from .element import CPU
from .seeds import peeking
from .spec import DatasetSpec, Spec
from .table import home

INFINITE = -1
UNKNOWN = -2


class Node:
    """A source of elements, or a transformation of the elements of other nodes.

    Args:
        inputs: The nodes that this one reads.
    """

    tf_name = "Dataset"
    own_work = False  # whether making an element takes Python functions or files, which a thread can do ahead
    _spec = None

    def __init__(self, *inputs):
        self.inputs = inputs
        self.at_home = any(node.at_home for node in inputs)  # whether elements lie on the default device

    @property
    def works(self):
        """Whether this node or one that it reads has work of its own."""
        return self.own_work or any(node.works for node in self.inputs)

    def elements(self):
        """Start a pass, and yield the elements."""
        raise NotImplementedError(f"{type(self).__name__} must define `elements(self)`.")

    def table(self):
        """Return the elements as a `Table`, or None where they are not rows of tensors in memory."""
        return None

    def cardinality(self):
        """Return the number of elements, INFINITE or UNKNOWN."""
        return self.inputs[0].cardinality()

    def infer_spec(self):
        """Return the structure of the elements' `TypeSpec`s."""
        return self.inputs[0].spec()

    def spec(self):
        """Return the structure of the elements' `TypeSpec`s, inferred once."""
        if self._spec is None:
            self._spec = (self.infer_spec(),)
        return self._spec[0]

    def first(self):
        """Return the first element without a lasting effect on later passes, or None if there is none."""
        with peeking():
            return next(iter(self.elements()), None)

    @property
    def device(self):
        """The device on which the elements lie."""
        return home() if self.at_home else CPU

    def type_spec(self):
        """Return the spec of this node as a leaf of an element."""
        return DatasetSpec(self.spec())


class Passing(Node):
    """A node whose elements are those of its input."""

    def __init__(self, tf_name, node):
        super().__init__(node)
        self.tf_name = tf_name

    def elements(self):
        return self.inputs[0].elements()

    def table(self):
        return self.inputs[0].table()


class Reordering(Node):
    """A node that drops, repeats or moves elements, or the blocks of positions that stand for them.

    A subclass defines `items(start)` and `blocks(start)`, generators to which `start()` begins a pass of the input.
    """

    def elements(self):
        table = self.table()
        return self.items(self.inputs[0].elements) if table is None else table.rows(self.device)

    def table(self):
        table = self.inputs[0].table()
        return None if table is None else table.reordered(self.blocks)


def map_shapes(function, spec):
    """Return a spec structure with `function(shape)` for the shape of each tensor."""
    return tree.map_structure(
        lambda leaf: Spec(function(leaf.shape), leaf.dtype) if isinstance(leaf, Spec) else leaf,
        spec,
    )
