"""Graph: recorded calls, sorted once and replayed on real tensors; and Function, which calls one."""

import numpy as np
import torch

from kerastorch.core import tree
from kerastorch.core.call_spec import is_tensor_like
from kerastorch.core.edge import as_tensor, unwrap
from kerastorch.core.infer import infer
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.op import Operation
from kerastorch.core.text import is_text_array


class Slot:
    """The place of an intermediate value in a replay."""

    __slots__ = ("index",)

    def __init__(self, index):
        self.index = index


class Graph:
    """The calls between symbolic inputs and outputs, in order, compiled for replay.

    Args:
        inputs, outputs: KerasTensors, or nested structures of them.
    """

    def __init__(self, inputs, outputs):
        self.inputs_struct, self.outputs_struct = inputs, outputs
        self.inputs, self.outputs = tree.flatten(inputs), tree.flatten(outputs)
        for what, tensors in (("inputs", self.inputs), ("outputs", self.outputs)):
            for x in tensors:
                if not isinstance(x, KerasTensor):
                    raise ValueError(
                        f"All `{what}` values must be KerasTensors. Received: {x} of type {type(x)}"
                    )
        for what, tensors in (("inputs", self.inputs), ("outputs", self.outputs)):
            if not tensors:
                raise ValueError(f"`{what}` argument cannot be empty. Received: {what}={tensors}")
        self.nodes, self.operations, self.depths = sort_nodes(self.inputs, self.outputs)
        self._compile()

    def output_shapes(self, input_shape):
        """Return the shapes of the outputs for the shapes of the inputs."""
        shapes = _match_shapes(self.inputs_struct, input_shape)
        specs = [KerasTensor(shape, x.dtype) for shape, x in zip(shapes, self.inputs)]
        return tree.map_structure(lambda x: x.shape, infer(self._replay_list, (specs,), {}))

    def _replay_list(self, values):
        return self.replay(values)

    def flat_inputs(self, inputs):
        """Return given inputs as a flat list in the order of the symbolic ones."""
        if isinstance(inputs, torch.Tensor):
            return [inputs]
        if isinstance(inputs, dict) and isinstance(self.inputs_struct, dict):
            inputs = {key: inputs[key] for key in self.inputs_struct}
        return tree.flatten(inputs)

    # ------------------------------------------------------------------ replay
    def _compile(self):
        """Turn the sorted nodes into steps over a list of values."""
        slots = {id(x): index for index, x in enumerate(self.inputs)}
        self._steps = []
        for node in self.nodes:
            sources = []
            args, kwargs = tree.map_structure(
                lambda x, found=sources: _to_slot(x, slots, found), (node.args, node.kwargs)
            )
            kwargs = {key: value for key, value in kwargs.items() if not (key == "mask" and value is None)}
            for x in node.outputs:
                slots[id(x)] = len(slots)
            targets = [slots[id(x)] for x in node.outputs]
            simple = len(args) == 1 and isinstance(args[0], Slot) and not kwargs
            single = isinstance(node.output_structure, KerasTensor)
            call = node.operation
            if simple and single:
                self._steps.append((call, args[0].index, targets[0], None, None))
            else:
                self._steps.append((call, None, targets, args, kwargs))
        self._size = len(slots)
        self._result = [slots[id(x)] for x in self.outputs]
        self._single = self._result[0] if isinstance(self.outputs_struct, KerasTensor) else None

    def replay(self, flat_inputs):
        """Run the calls on real tensors and return the outputs in their structure."""
        values = [None] * self._size
        values[: len(flat_inputs)] = flat_inputs
        for call, source, target, args, kwargs in self._steps:
            if source is not None:
                values[target] = call(values[source])
                continue

            def fill(x, values=values):
                return values[x.index] if type(x) is Slot else x

            outputs = call(
                *[_fill(x, fill) for x in args], **{key: _fill(x, fill) for key, x in kwargs.items()}
            )
            if len(target) == 1 and isinstance(outputs, (torch.Tensor, np.ndarray)):
                values[target[0]] = outputs
            else:
                tensors = [x for x in tree.flatten(unwrap(outputs)) if is_tensor_like(x)]
                for index, x in zip(target, tensors):
                    values[index] = x
        if self._single is not None:
            return values[self._single]
        return tree.pack_sequence_as(self.outputs_struct, [values[index] for index in self._result])


class Function(Operation):
    """A computation between symbolic inputs and outputs, made of the calls recorded on the way.

    Args:
        inputs, outputs: KerasTensors, or nested structures of them.
        name: The name.

    >>> x = keras.KerasTensor((None, 2))
    >>> f = keras.Function(x, keras.ops.exp(x) + 1)
    >>> f(np.zeros((1, 2), "float32"))
    tensor([[2., 2.]])
    """

    def __init__(self, inputs, outputs, name=None):
        super().__init__(name=name)
        self.graph = Graph(inputs, outputs)

    @property
    def operations(self):
        """The operations of the graph, in the order of their calls."""
        return list(self.graph.operations)

    @property
    def inputs(self):
        """The symbolic inputs as a flat list."""
        return self.graph.inputs

    @property
    def outputs(self):
        """The symbolic outputs as a flat list."""
        return self.graph.outputs

    def compute_output_shape(self, input_shape):
        """Return the shapes of the outputs for the shapes of the inputs."""
        return self.graph.output_shapes(input_shape)

    def call(self, inputs):
        """Replay the graph on tensors."""
        values = [x if is_text_array(x) else as_tensor(x) for x in self.graph.flat_inputs(inputs)]
        if len(values) != len(self.inputs):
            raise ValueError(
                "Function was called with an invalid input structure. Expected input structure: "
                f"{self.graph.inputs_struct}. Received input structure: {inputs}"
            )
        for x, symbol in zip(values, self.inputs):
            if x.ndim != len(symbol.shape) or any(a not in (None, b) for a, b in zip(symbol.shape, x.shape)):
                raise ValueError(
                    f"Function was passed incompatible inputs: expected shape {symbol.shape}. "
                    f"Received: shape {tuple(x.shape)}"
                )
        return self.graph.replay(values)


def _to_slot(x, slots, found):
    if not isinstance(x, KerasTensor):
        return x
    found.append(x)
    return Slot(slots[id(x)])


def _fill(x, fill):
    if type(x) is Slot:
        return fill(x)
    return tree.map_structure(fill, x) if isinstance(x, (list, tuple, dict)) else x


def _match_shapes(structure, shapes):
    if isinstance(structure, KerasTensor):
        return [tuple(shapes)]
    if isinstance(structure, dict):
        return [tuple(shapes[key]) for key in sorted(structure)]
    if len(structure) == 1 and not isinstance(shapes[0], (list, tuple)):
        return [tuple(shapes)]
    return [tuple(shape) for shape in shapes]


def sort_nodes(inputs, outputs):
    """Return the nodes between inputs and outputs in order, the operations in Keras's order, and their depths.

    The depth of a node is the length of its longest way to an output; operations stand by decreasing depth, and at
    the same depth in the order in which a walk back from the outputs first meets them.
    """
    known = {id(x) for x in inputs}
    order, first_met = [], {}
    _walk(outputs, known, order, first_met)
    node_depth, operation_depth = {}, {}
    for node in reversed(order):
        depth = max(node_depth.get(id(node), 0), operation_depth.get(id(node.operation), 0))
        operation_depth[id(node.operation)] = node_depth[id(node)] = depth
        for x in node.input_tensors:
            parent = None if id(x) in known else _node_of(x)
            if parent is not None:
                node_depth[id(parent)] = max(node_depth.get(id(parent), 0), depth + 1)
    operations = {id(node.operation): node.operation for node in order}
    for x in inputs:
        history = getattr(x, "_keras_history", None)
        if history is not None and not history.operation._inbound_nodes[history.node_index].input_tensors:
            operation = history.operation
            operations[id(operation)] = operation
            first_met.setdefault(id(operation), -1)
            consumers = [
                node_depth[id(node)] + 1 for node in order if any(t is x for t in node.input_tensors)
            ]
            operation_depth[id(operation)] = max(consumers, default=0)
    ordered = sorted(operations.values(), key=lambda op: (-operation_depth[id(op)], first_met[id(op)]))
    return order, ordered, operation_depth


def _node_of(x):
    history = getattr(x, "_keras_history", None)
    return None if history is None else history.operation._inbound_nodes[history.node_index]


def _walk(outputs, known, order, first_met):
    """List the nodes behind the outputs, each after the ones it needs; iterative, for graphs of any length."""
    state = {}  # id of node -> True once it is listed
    for output in outputs:
        todo = [(output, False)]
        while todo:
            x, expanded = todo.pop()
            if id(x) in known:
                if getattr(x, "_keras_history", None) is not None:
                    first_met.setdefault(id(x._keras_history.operation), len(first_met))
                continue
            node = _node_of(x)
            if node is None or (node.is_input and id(x) not in known):
                raise ValueError(
                    "`inputs` not connected to `outputs`: the tensor "
                    f"{x.name!r} of shape {x.shape} is needed to compute the outputs, but is neither among the inputs "
                    "nor computed from them."
                )
            if expanded:
                if not state.get(id(node)):
                    state[id(node)] = True
                    order.append(node)
                continue
            if id(node) in state:
                continue
            state[id(node)] = False
            first_met.setdefault(id(node.operation), len(first_met))
            todo.append((x, True))
            for parent in reversed(node.input_tensors):
                todo.append((parent, False))
