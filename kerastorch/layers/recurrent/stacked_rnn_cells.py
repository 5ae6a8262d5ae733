"""StackedRNNCells: several cells as one."""

import torch

from kerastorch.core import edge, registry, tree
from kerastorch.core.call_spec import call_signature
from kerastorch.core.layer import Layer


class StackedRNNCells(Layer):
    """Cells of which each gets the output of the one before it.

    Args:
        cells: The cells, in order.

    Raises ValueError for a cell without `call` or `state_size`.

    >>> cell = keras.layers.StackedRNNCells([keras.layers.LSTMCell(4), keras.layers.LSTMCell(3)])
    >>> keras.layers.RNN(cell)(np.ones((2, 5, 6))).shape
    torch.Size([2, 3])
    """

    def __init__(self, cells, **kwargs):
        for cell in cells:
            for name, kind in (("call", "method"), ("state_size", "attribute")):
                if not hasattr(cell, name):
                    raise ValueError(
                        f"All cells must have a `{name}` {kind}. Received cell without a `{name}`: {cell}"
                    )
        super().__init__(**kwargs)
        self.cells = list(cells)

    @property
    def state_size(self):
        """The state sizes of the cells."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self):
        """The size of the last cell's output."""
        return _output_size(self.cells[-1])

    def get_initial_state(self, batch_size=None):
        """Return the list of the cells' initial states."""
        return [self._initial_state(cell, batch_size) for cell in self.cells]

    def _initial_state(self, cell, batch_size):
        make = getattr(cell, "get_initial_state", None)
        if make is not None:
            return edge.for_user(make)(batch_size=batch_size)
        if isinstance(cell.state_size, int):
            return torch.zeros(batch_size, cell.state_size, dtype=self._torch_dtype)
        return [torch.zeros(batch_size, size, dtype=self._torch_dtype) for size in cell.state_size]

    def build(self, input_shape):
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
                cell.built = True
            input_shape = (tree.flatten(input_shape)[0], _output_size(cell))

    def call(self, inputs, states, training=False, **kwargs):
        new_states = []
        for cell, state in zip(self.cells, states):
            keywords = dict(kwargs)
            if isinstance(cell, Layer) and call_signature(type(cell).call).training:
                keywords["training"] = training
            call = cell if isinstance(cell, Layer) else edge.for_user(cell if callable(cell) else cell.call)
            nested = isinstance(state, (list, tuple))
            inputs, state = call(inputs, list(state) if nested else [state], **keywords)
            if not nested and isinstance(state, (list, tuple)) and len(state) == 1:
                state = state[0]
            new_states.append(state)
        return inputs, new_states[0] if len(new_states) == 1 else new_states

    def loop_reason(self, training):
        """Return why fused kernels cannot run the stack, or None."""
        return next(filter(None, (cell.loop_reason(training) for cell in self.cells)), None)

    def run(self, sequences, states, mask, training, zero_output_for_mask, return_all_outputs, fuse=True):
        """Run the cells over a sequence, one after the other (see `RecurrentCell.run`)."""
        new_states = []
        for index, (cell, state) in enumerate(zip(self.cells, states)):
            last_cell = index == len(self.cells) - 1
            nested = isinstance(state, (list, tuple))
            last, sequences, state = cell.run(
                sequences,
                list(state) if nested else [state],
                mask,
                training,
                zero_output_for_mask and last_cell,
                return_all_outputs or not last_cell,
                fuse,
            )
            new_states.append(state if nested else state[0])
        return last, sequences, new_states

    @classmethod
    def from_config(cls, config, custom_objects=None):
        with registry.CustomObjectScope(custom_objects):
            return super().from_config(config)


def _output_size(cell):
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    return cell.state_size[0] if isinstance(cell.state_size, (list, tuple)) else cell.state_size
