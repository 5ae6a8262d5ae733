"""Discretization."""

import numpy as np
import torch

from kerastorch.core import settings
from kerastorch.core.edge import to_numpy
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.layers.preprocessing.data_layer import (
    OUTPUT_MODES,
    DataLayer,
    batches_of,
    check_choice,
    check_sparse,
    encode,
    encoded_shape,
    is_ragged,
    on_flat_values,
    to_values,
)


class Discretization(DataLayer):
    """The number of the bin that each value lies in.

    Args:
        bin_boundaries: The boundaries in increasing order; a value on one belongs to the bin above it.
        num_bins: How many bins `adapt` makes, so that all hold about as many values.
        epsilon: How exact `adapt` is: the share of values that a boundary may be off by.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        sparse: Whether an encoded output is a sparse tensor.

    >>> keras.layers.Discretization(bin_boundaries=[0.0, 1.0, 2.0])([[-1.5, 1.0, 3.4, 0.5], [0.0, 3.0, 1.3, 0.0]])
    tensor([[0, 2, 3, 1],
            [1, 3, 2, 1]], dtype=torch.int32)
    """

    config_exclude = ("trainable", "activity_regularizer", "autocast")

    def __init__(
        self,
        bin_boundaries=None,
        num_bins=None,
        epsilon=0.01,
        output_mode="int",
        sparse=False,
        dtype=None,
        name=None,
    ):
        super().__init__(name=name, dtype=dtype)
        check_sparse(sparse)
        if sparse and output_mode == "int":
            raise ValueError(
                "`sparse=True` may only be used if `output_mode` is `'one_hot'`, `'multi_hot'`, or `'count'`. "
                f"Received: sparse={sparse} and output_mode={output_mode}"
            )
        check_choice(output_mode, OUTPUT_MODES, "output_mode", "Discretization")
        if num_bins is not None and num_bins < 0:
            raise ValueError(
                f"`num_bins` must be greater than or equal to 0. Received: `num_bins={num_bins}`"
            )
        if num_bins is not None and bin_boundaries is not None:
            raise ValueError(
                "Both `num_bins` and `bin_boundaries` should not be set. "
                f"Received: `num_bins={num_bins}` and `bin_boundaries={bin_boundaries}`"
            )
        if num_bins is None and bin_boundaries is None:
            raise ValueError("You need to set either `num_bins` or `bin_boundaries`.")
        self.bin_boundaries = None if bin_boundaries is None else to_numpy(bin_boundaries).tolist()
        self.num_bins, self.epsilon, self.output_mode, self.sparse = num_bins, epsilon, output_mode, sparse
        self.summary = None if self.bin_boundaries else np.zeros((2, 0), "float32")

    def _config_value(self, name):
        return self.dtype if name == "dtype" else super()._config_value(name)

    @property
    def input_dtype(self):
        """The name of the dtype that inputs are compared in."""
        return settings.floatx()

    @property
    def output_dtype(self):
        """The name of the dtype of the output."""
        return self.compute_dtype if self.output_mode != "int" else "int32"

    # ------------------------------------------------------------------ adapt
    def adapt(self, data, steps=None):
        """Learn the boundaries of the bins: quantiles of the data.

        Args:
            data: An array, a dataset, or an iterable of batches.
            steps: How many batches to take, or None for all.
        """
        if self.num_bins is None:
            raise ValueError(
                "Cannot adapt a Discretization layer that has been initialized with `bin_boundaries`, use `num_bins` "
                "instead."
            )
        self.reset_state()
        batches = iter(data[:steps]) if isinstance(data, (list, tuple)) else batches_of(data, steps)
        for batch in [data] if batches is None else batches:
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data):
        """Take the values of a batch into account."""
        summary = summarize(to_numpy(data).astype("float32"), self.epsilon)
        self.summary = merge_summaries(summary, self.summary, self.epsilon)

    def finalize_state(self):
        """Make the boundaries from what was seen."""
        if self.num_bins is not None:
            self.bin_boundaries = get_bin_boundaries(self.summary, self.num_bins).tolist()

    def reset_state(self):
        """Forget what was seen."""
        if self.num_bins is not None:
            self.summary = np.zeros((2, 0), "float32")

    # ------------------------------------------------------------------ call
    def call(self, inputs):
        if self.bin_boundaries is None:
            raise ValueError(
                "You need to either pass the `bin_boundaries` argument at construction time or call `adapt(dataset)` "
                "before you can start using the `Discretization` layer."
            )
        if is_ragged(inputs):
            return on_flat_values(self.call, inputs)
        inputs = to_values(inputs)
        boundaries = torch.tensor(self.bin_boundaries, dtype=torch.float32, device=inputs.device)
        values = inputs.float() if not inputs.is_floating_point() else inputs
        bins = torch.bucketize(values.contiguous(), boundaries.to(values.dtype), right=True)
        return encode(bins, self.output_mode, len(boundaries) + 1, self.output_dtype, self.sparse)

    def _depth(self):
        return self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shape of the input."""
        return encoded_shape(input_shape, self.output_mode, self._depth())

    def compute_output_spec(self, inputs):
        """Return the symbolic output for a symbolic input."""
        return KerasTensor(
            self.compute_output_shape(inputs.shape), dtype=self.output_dtype, sparse=self.sparse
        )

    # ------------------------------------------------------------------ config and state
    def load_own_variables(self, store):
        """Read what old files kept of the data."""
        if len(store) == 1:
            self.summary = store["0"]

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return a new layer from what `get_config` gave."""
        config = dict(config)
        adapted = None
        if config.get("num_bins") is not None:
            adapted = config.pop(
                "bin_boundaries", None
            )  # what `adapt` found: not an argument beside `num_bins`
        layer = cls(**config)
        if adapted is not None:
            layer.bin_boundaries = adapted
        return layer


# A summary is an array of two rows: values in increasing order, and how many values of the data each stands for.


def summarize(values, epsilon):
    """Return the summary of an array: of all its values, or of 1 / epsilon of them."""
    values = np.sort(values, axis=None)
    step = max(values.size / (1.0 / epsilon), 1)
    kept = values[int(step - 1) :: int(step)]
    return np.stack([kept, np.ones_like(kept) * step])


def merge_summaries(first, second, epsilon):
    """Return the summary of the data of two."""
    merged = np.concatenate((first, second), axis=1)
    return compress_summary(merged[:, np.argsort(merged[0])], epsilon)


def get_bin_boundaries(summary, num_bins):
    """Return the values between `num_bins` bins that hold about as many values each."""
    return compress_summary(summary, 1.0 / num_bins)[0, :-1]


def compress_summary(summary, epsilon):
    """Return a summary with 1 / epsilon values, which are interpolated between those given."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    reached = summary[1].cumsum()
    reached_shares = reached / reached[-1]
    values = np.interp(shares, reached_shares, summary[0])
    weights = np.diff(np.interp(shares, reached_shares, reached), prepend=0)
    return np.stack((values, weights)).astype("float32")
