"""Ragged tensors as leaves of elements."""

import numpy as np
import torch

from compat._ragged import RaggedTensor
from compat._ragged_ops import stacked
from compat._ragged_spec import RaggedTensorSpec
from compat._tensor import EagerTensor
from kerastorch.training.pipeline.composite import Kind, register_kind, register_ragged

from ._face import FACE


class RaggedKind(Kind):
    """What pipelines do with ragged tensors."""

    def spec(self, value):
        """Return the spec of a value."""
        return RaggedTensorSpec.from_value(value)

    def rows(self, value):
        """Return the rows as raw values."""
        return [row if isinstance(row, RaggedTensor) else row._t for row in value]

    def row_spec(self, spec):
        """Return the spec of a row."""
        return RaggedTensorSpec(spec.shape[1:], spec.dtype, spec.ragged_rank - 1, spec.row_splits_dtype)

    def stack(self, values):
        """Return values beside each other along a new first axis."""
        return stacked(values)

    def batch_spec(self, spec, size):
        """Return the spec of a batch."""
        shape = [size, *spec.shape.as_list()]
        return RaggedTensorSpec(shape, spec.dtype, spec.ragged_rank + 1, spec.row_splits_dtype)


class RaggedBatches:
    """What `ragged_batch` gives."""

    def make(self, column):
        """Return a ragged tensor of raw tensors."""
        if len({raw.shape[1:] for raw in column}) == 1:
            values = torch.cat(column) if isinstance(column[0], torch.Tensor) else np.concatenate(column)
            return RaggedTensor.from_row_lengths(EagerTensor(values), [len(raw) for raw in column])
        return stacked(
            [RaggedTensor.from_tensor(EagerTensor(raw), ragged_rank=raw.ndim - 1) for raw in column]
        )

    def spec(self, spec, size):
        """Return the spec of a batch of tensors of a spec."""
        rank = max((axis + 1 for axis, dim in enumerate(spec.shape) if dim is None), default=0)
        return RaggedTensorSpec([size, *spec.shape], FACE.spec(spec).dtype, rank)


register_kind(RaggedKind(), RaggedTensor, RaggedTensorSpec)
register_ragged(RaggedBatches())
