"""RNN: a cell run over the time axis."""

import torch

from kerastorch.core import edge, infer, registry, tree
from kerastorch.core.call_spec import call_signature
from kerastorch.core.holder import Holder
from kerastorch.core.layer import Layer
from kerastorch.core.variable import Variable
from kerastorch.layers.recurrent.cell import RecurrentCell
from kerastorch.layers.recurrent.scan import scan
from kerastorch.layers.recurrent.stacked_rnn_cells import StackedRNNCells


class RNN(Layer):
    """Run a cell over a sequence (B, T, ...).

    The library's cells, also stacked, run in torch's fused kernels where their arguments allow; `fused_reason()`
    says when not, and why.

    Args:
        cell: A cell, or a list of them to be stacked. A cell has `state_size` (an integer or a list of them) and is
            called as `cell(input_at_t, states_at_t)`, giving `(output_at_t, states_at_t_plus_1)`; it may have
            `output_size` and `get_initial_state(batch_size)`.
        return_sequences: Whether to return the outputs of all steps (B, T, U), or that of the last (B, U).
        return_state: Whether to return the final states too.
        go_backwards: Whether to start from the end; the outputs come in the order of the computation.
        stateful: Whether a batch starts from the final states of the batch before it.
        unroll: Kept in the config; it changes nothing in the values.
        zero_output_for_mask: Whether the output of a masked step is zeros; by default the output before it is
            repeated. The states never change at a masked step.

    Raises ValueError for a cell without `call` or `state_size`, states that do not fit, and a changed batch
    of a stateful layer.

    >>> layer = keras.layers.RNN([keras.layers.GRUCell(4), keras.layers.LSTMCell(3)], return_state=True)
    >>> output, gru_state, lstm_state = layer(np.ones((2, 5, 6)))
    >>> output.shape, lstm_state[1].shape
    (torch.Size([2, 3]), torch.Size([2, 3]))
    """

    creates_mask = False
    _untracked = Holder._untracked | {"states"}

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        zero_output_for_mask=False,
        **kwargs,
    ):
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        for name in ("call", "state_size"):
            if not hasattr(cell, name):
                raise ValueError(
                    f"The RNN `cell` must have `{name}`: a method `call(inputs, states)`, and a `state_size` that is "
                    f"an integer or a list of them. Received: cell={cell}"
                )
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self.states = None
        self._expected_batch_size = None
        size = cell.state_size
        if not isinstance(size, (list, tuple, int)):
            raise ValueError(
                "state_size must be an integer, or a list/tuple of integers (one for each state tensor). "
                f"Received: state_size={size}"
            )
        self.single_state = isinstance(size, int)
        self.state_size = [size] if self.single_state else list(size)

    def build(self, sequences_shape, initial_state_shape=None):
        self._check_rank(sequences_shape)
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((sequences_shape[0], *sequences_shape[2:]))
            self.cell.built = True
        if self.stateful:
            self._make_states(sequences_shape)

    def _check_rank(self, shape):
        if len(shape) < 3:
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) needs sequences of shape (batch, time, features). "
                f"Received: shape={tuple(shape)}"
            )

    # ------------------------------------------------------------------ states
    def _make_states(self, shape):
        if self.states is not None:
            return self.reset_state()
        if shape[0] is None:
            raise ValueError(
                f"Layer '{self.name}' has `stateful=True`, so its batch size must be known. Received: "
                f"sequence.shape={tuple(shape)}. Give it with `keras.Input(batch_shape=(batch_size, ...))`, "
                "or call the layer on data first."
            )
        self.states = tree.map_structure(
            lambda value: Variable(value, dtype=self.variable_dtype, trainable=False, name="rnn_state"),
            self.get_initial_state(shape[0]),
        )
        self._expected_batch_size = shape[0]

    def get_initial_state(self, batch_size):
        """Return the list of states before the first step: the cell's own, or zeros."""
        make = getattr(self.cell, "get_initial_state", None)
        if make is None:
            dtype = getattr(self.cell, "_torch_dtype", self._torch_dtype)
            return [torch.zeros(batch_size, *_sizes(size), dtype=dtype) for size in self.state_size]
        states = edge.for_user(make)(batch_size=batch_size)
        return list(states) if isinstance(states, (list, tuple)) else [states]

    def reset_state(self):
        """Set the states of a stateful layer to zero."""
        for state in tree.flatten(self.states):
            if state is not None:
                state.assign(torch.zeros_like(state))

    def reset_states(self):
        """Set the states of a stateful layer to zero: another name of `reset_state`."""
        self.reset_state()

    def _apply(self, fn, recurse=True):
        super()._apply(fn, recurse)
        for state in tree.flatten(self.states):
            if state is not None:
                state.data = fn(state.data)
        return self

    def _first_states(self, sequences, initial_state):
        """Return the states before the first step, in the cell's dtype and on the device of the sequences."""
        batch = sequences.shape[0]
        if self.stateful and self._expected_batch_size not in (None, batch):
            raise ValueError(
                f"Layer '{self.name}' has `stateful=True`: the batch size of its input must be that of its states. "
                f"Expected batch size: {self._expected_batch_size}. Received batch size: {batch}"
            )
        if initial_state is not None:
            states = list(initial_state) if isinstance(initial_state, (list, tuple)) else [initial_state]
            self._check_states(states, batch)
        elif self.stateful:
            states = tree.map_structure(lambda state: state.detach().clone(), list(self.states))
        else:
            states = self.get_initial_state(batch_size=batch)
        dtype = getattr(self.cell, "_torch_dtype", self._torch_dtype)
        return tree.map_structure(lambda x: x.to(sequences.device, dtype), states)

    def _check_states(self, states, batch):
        sizes, found = tree.flatten(self.state_size), tree.flatten(states)
        own = isinstance(self.cell, RecurrentCell)
        expected = self.cell.state_shapes(batch) if own else [(batch, size) for size in sizes]
        if len(found) != len(sizes) or (
            runs_sequences(self.cell) and any(tuple(x.shape) != shape for x, shape in zip(found, expected))
        ):
            raise ValueError(
                f"Layer '{self.name}' ({type(self).__name__}) expects {len(sizes)} initial states, of shapes "
                f"{expected}. Received: initial_state of shapes {[tuple(x.shape) for x in found]}"
            )

    # ------------------------------------------------------------------ call
    def call(self, sequences, initial_state=None, mask=None, training=False):
        if infer.is_inferring():
            return self._inferred(sequences)
        states = self._first_states(sequences, initial_state)
        try:
            last, outputs, states = self.inner_loop(sequences, states, mask=mask, training=training)
        finally:
            self._reset_dropout_masks(self.cell)
        output = _in_dtype(outputs if self.return_sequences else last, self._torch_dtype)
        if self.stateful or self.return_state:
            states = tree.map_structure(lambda x: _in_dtype(x, self._torch_dtype), list(states))
        if self.stateful:
            for kept, state in zip(tree.flatten(self.states), tree.flatten(states)):
                kept.assign(state)
        return (output, *states) if self.return_state else output

    def inner_loop(self, sequences, initial_state, mask, training=False):
        """Run the cell over the sequence.

        Args:
            sequences: The inputs (B, T, ...).
            initial_state: The list of states before the first step.
            mask: The steps to keep (B, T), or None.
            training: Whether dropout is active.

        Returns:
            last output, all outputs (at least with `return_sequences`), final states
        """
        cell, states = self.cell, initial_state
        if not isinstance(states, (list, tuple)):
            states = [states]
        mask = _time_mask(mask, sequences)
        if self.go_backwards:
            sequences, mask = sequences.flip(1), None if mask is None else mask.flip(1)
        options = self.zero_output_for_mask, self.return_sequences
        if runs_sequences(cell):
            return cell.run(sequences, states, mask, training, *options, fuse=self._fusing())
        keywords = {}
        if isinstance(cell, Layer) and call_signature(type(cell).call).training:
            keywords["training"] = training
        call = cell if isinstance(cell, Layer) else edge.for_user(cell if callable(cell) else cell.call)
        return scan(lambda x, states: call(x, states, **keywords), sequences, states, mask, *options)

    def _fusing(self):
        return True

    def fused_reason(self, training=True):
        """Return why the layer loops over time in Python, or None when it runs in a fused kernel.

        Args:
            training: Whether to answer for training, where dropout is active.

        >>> keras.layers.LSTM(4).fused_reason() is None
        True
        >>> keras.layers.LSTM(4, activation="relu").fused_reason()
        'the fused kernels have activation=tanh, not relu'
        """
        if not runs_sequences(self.cell):
            return f"the cell is a {type(self.cell).__name__}, whose `call` is run for each step"
        return self.cell.loop_reason(training)

    def _reset_dropout_masks(self, cell):
        if isinstance(cell, StackedRNNCells):
            for part in cell.cells:
                self._reset_dropout_masks(part)
        elif hasattr(cell, "reset_dropout_mask"):
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()

    # ------------------------------------------------------------------ shapes, masks, config
    def _inferred(self, sequences):
        """Return empty outputs of the right shapes, for inference on the meta device."""
        shape = self.compute_output_shape(tuple(sequences.shape))
        if not self.return_state:
            return sequences.new_empty(shape, dtype=self._torch_dtype)
        output, *states = shape
        filled = [_empty(sequences, state, self._torch_dtype) for state in states]
        return (sequences.new_empty(output, dtype=self._torch_dtype), *filled)

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        self._check_rank(sequences_shape)
        batch, length = sequences_shape[:2]
        states = [
            (batch, size) if isinstance(size, int) else [(batch, part) for part in size]
            for size in self.state_size
        ]
        size = getattr(self.cell, "output_size", None)
        if size is None:
            size = self.state_size[0]
        if not isinstance(size, int):
            raise ValueError(f"output_size must be an integer. Received: output_size={size}")
        output = (batch, length, size) if self.return_sequences else (batch, size)
        return (output, *states) if self.return_state else output

    def compute_mask(self, _, mask):
        mask = tree.flatten(mask)[0]
        output = mask if self.return_sequences else None
        return [output] + [None] * len(tree.flatten(self.state_size)) if self.return_state else output

    @classmethod
    def from_config(cls, config, custom_objects=None):
        with registry.CustomObjectScope(custom_objects):
            return super().from_config(config)


def runs_sequences(cell):
    """Tell whether a cell is the library's own, or a stack of such, and so runs over a sequence as a whole."""
    if isinstance(cell, StackedRNNCells):
        return registry.is_library(type(cell).call.__module__) and all(map(runs_sequences, cell.cells))
    return isinstance(cell, RecurrentCell) and registry.is_library(type(cell).call.__module__)


def _time_mask(mask, sequences):
    """Return a mask as bool of shape (B, T), or None."""
    mask = tree.flatten(mask)[0]
    if mask is None:
        return None
    if tuple(mask.shape[:2]) != tuple(sequences.shape[:2]):
        raise ValueError(
            "The mask must have the batch and time axes of the sequences. "
            f"Received: mask.shape={tuple(mask.shape)}, sequences.shape={tuple(sequences.shape)}"
        )
    return mask.reshape(mask.shape[:2]).to(sequences.device, torch.bool)


def _in_dtype(x, dtype):
    return x if x.dtype is dtype else x.to(dtype)


def _sizes(size):
    return (size,) if isinstance(size, int) else tuple(size)


def _empty(like, shape, dtype):
    if isinstance(shape, list):
        return [_empty(like, part, dtype) for part in shape]
    return like.new_empty(shape, dtype=dtype)
