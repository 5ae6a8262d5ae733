"""Concatenate."""

import torch

from kerastorch import ops
from kerastorch.layers.merging.merge import Merge, check_masks


class Concatenate(Merge):
    """The inputs side by side along `axis`.

    Args:
        axis: The axis.

    Raises ValueError unless all other axes agree.

    Shapes: tensors of one rank that differ only along `axis`, to the same with the sizes along it added.

    >>> keras.layers.Concatenate()([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[1., 2.]])
    """

    creates_mask = False

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape):
        if not isinstance(input_shape, list) or not isinstance(input_shape[0], (tuple, list)):
            raise ValueError(
                "A `Concatenate` layer should be called on a list of at least 1 input. "
                f"Received: input_shape={input_shape}"
            )
        ranks = {len(shape) for shape in input_shape}
        rank = len(input_shape[0])
        differ = len(ranks) > 1 or not -rank <= self.axis < rank
        if not differ:
            for axis in range(rank):
                sizes = {shape[axis] for shape in input_shape} - {None}
                differ |= axis != self.axis % rank and len(sizes) > 1
        if differ:
            raise ValueError(
                "A `Concatenate` layer requires inputs with matching shapes except for the concatenation "
                "axis. "
                f"Received: input_shape={input_shape}, axis={self.axis}"
            )

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(
                f"A `Concatenate` layer should be called on a list of inputs. Received: inputs={inputs}"
            )
        return torch.cat(list(inputs), self.axis)

    def compute_mask(self, inputs, mask=None):
        if mask is None:
            return None
        check_masks(inputs, mask)
        if all(m is None for m in mask):
            return None
        masks = [_of_elements(x, m) for x, m in zip(inputs, mask)]
        return ops.any(ops.concatenate(masks, self.axis), -1)


def _of_elements(x, mask):
    """Return the mask of a tensor (None: nothing masked) for each of its elements."""
    if mask is None:
        return ops.ones_like(x, dtype="bool")
    if len(mask.shape) < len(x.shape):
        return ops.logical_or(ops.expand_dims(mask, -1), ops.zeros_like(x, dtype="bool"))
    return mask


def concatenate(inputs, axis=-1, **kwargs):
    """Return a list of tensors side by side along `axis`, as the layer `Concatenate` gives it.

    >>> keras.layers.concatenate([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[1., 2.]])
    """
    return Concatenate(axis=axis, **kwargs)(inputs)
