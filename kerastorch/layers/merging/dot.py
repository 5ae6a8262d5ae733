"""Dot: products of samples of two tensors."""

import torch
import torch.nn.functional as F

from kerastorch.core import infer
from kerastorch.layers.merging.merge import Merge


class Dot(Merge):
    """For each sample, the sum of products of two tensors over an axis of each.

    Args:
        axes: The axis, or the pair of axes, the batch being axis 0.
        normalize: Whether both tensors are L2-normalized along their axis first, which gives the cosine.

    Shapes: the remaining axes of the first, then those of the second; (batch, 1) for two vectors.

    Raises ValueError unless there are two inputs whose sizes along `axes` agree.

    >>> keras.layers.Dot(axes=1)([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]])])
    tensor([[11.]])
    """

    creates_mask = False

    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(axes, int):
            if not isinstance(axes, (list, tuple)):
                raise TypeError(
                    f"Invalid type for argument `axes`: it should be a list or an int. Received: axes={axes}"
                )
            if len(axes) != 2:
                raise ValueError(
                    "Invalid format for argument `axes`: it should contain two elements. "
                    f"Received: axes={axes}"
                )
            if not all(isinstance(axis, int) for axis in axes):
                raise ValueError(
                    "Invalid format for argument `axes`: list elements should be integers. "
                    f"Received: axes={axes}"
                )
        self.axes = axes
        self.normalize = normalize

    def build(self, input_shape):
        if (
            not isinstance(input_shape, list)
            or len(input_shape) != 2
            or not isinstance(input_shape[0], (tuple, list))
        ):
            raise ValueError(
                f"A `Dot` layer should be called on a list of 2 inputs. Received: input_shape={input_shape}"
            )
        first, second = input_shape
        a, b = self._pair(len(first), len(second))
        if None not in (first[a], second[b]) and first[a] != second[b]:
            raise ValueError(
                f"Incompatible input shapes: axis values {first[a]} (at axis {a}) != {second[b]} (at axis "
                f"{b}). "
                f"Full input shapes: {tuple(first)}, {tuple(second)}"
            )

    def _pair(self, first, second):
        """Return the two axes, counted from 0, for tensors of these ranks."""
        a, b = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        if not -first <= a < first or not -second <= b < second or a % first == 0 or b % second == 0:
            raise ValueError(
                "`axes` must be axes of the inputs, and not that of the batch. "
                f"Received: axes={self.axes} for inputs of rank {first} and {second}"
            )
        return a % first, b % second

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError(
                f"A `Dot` layer should be called on a list of 2 inputs. Received: inputs={inputs}"
            )
        x, y = inputs
        a, b = self._pair(x.ndim, y.ndim)
        if x.shape[a] != y.shape[b] and not infer.is_inferring():
            raise ValueError(
                f"Incompatible input shapes: axis values {x.shape[a]} (at axis {a}) != {y.shape[b]} (at "
                f"axis {b}). "
                f"Full input shapes: {tuple(x.shape)}, {tuple(y.shape)}"
            )
        if self.normalize:
            x, y = F.normalize(x, dim=a, eps=1e-6), F.normalize(y, dim=b, eps=1e-6)
        x, y = x.movedim(a, -1), y.movedim(b, 1)
        shape = (*x.shape[:-1], *y.shape[2:])
        x = x.unsqueeze(1) if x.ndim == 2 else x.flatten(1, -2)
        y = y.unsqueeze(2) if y.ndim == 2 else y.flatten(2)
        product = torch.bmm(x, y)
        return product.reshape(shape if len(shape) > 1 else (shape[0], 1))

    def compute_mask(self, inputs, mask=None):
        return None


def dot(inputs, axes=-1, **kwargs):
    """Return the products of samples of two tensors, as the layer `Dot` gives them.

    >>> keras.layers.dot([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]])])
    tensor([[11.]])
    """
    return Dot(axes=axes, **kwargs)(inputs)
