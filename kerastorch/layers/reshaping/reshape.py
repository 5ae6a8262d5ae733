"""Reshape."""

import math
import numbers

from kerastorch.core import infer
from kerastorch.core.layer import Layer


class Reshape(Layer):
    """Give each sample another shape.

    Args:
        target_shape: The shape without the batch; one size may be -1.

    Raises ValueError when the number of elements differs.

    >>> keras.layers.Reshape((2, -1))(np.ones((1, 6))).shape
    torch.Size([1, 2, 3])
    """

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = (
            (target_shape,) if isinstance(target_shape, numbers.Integral) else tuple(target_shape)
        )
        if any(
            isinstance(n, bool) or not isinstance(n, numbers.Integral) or n < -1 for n in self.target_shape
        ):
            raise ValueError(
                "Each size in `target_shape` must be a non-negative integer, or -1 for the one that follows from the "
                f"others. Received: target_shape={target_shape}"
            )
        if self.target_shape.count(-1) > 1:
            raise ValueError(
                "There must be at most one unknown dimension (-1) in `target_shape`. "
                f"Received: target_shape={target_shape}."
            )

    def call(self, inputs):
        shape = inputs.shape[1:]
        size, known = math.prod(shape), math.prod(n for n in self.target_shape if n != -1)
        unknown = -1 in self.target_shape
        if size != known if not unknown else not known or size % known:
            if infer.is_inferring() and None in infer.known(shape):
                if not unknown:
                    return inputs.new_empty((inputs.shape[0], *self.target_shape))
                size -= size % max(known, 1)
                rest = size // max(known, 1)
                return inputs.new_empty(
                    (inputs.shape[0], *(rest if n == -1 else n for n in self.target_shape))
                )
            raise ValueError(
                "The total size of the tensor must be unchanged. "
                f"Received: input_shape={tuple(infer.known(shape))}, target_shape={self.target_shape}"
            )
        if unknown:
            return inputs.reshape(
                inputs.shape[0], *(size // known if n == -1 else n for n in self.target_shape)
            )
        return inputs.reshape(inputs.shape[0], *self.target_shape)
