"""Permute."""

from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer


class Permute(Layer):
    """Reorder the axes, the batch excepted.

    Args:
        dims: The order, counted from 1: (2, 1) swaps the first two axes of a sample.

    Raises ValueError unless `dims` are the numbers from 1 on, each once, and fit the input.

    >>> keras.layers.Permute((2, 1))(np.ones((1, 3, 4))).shape
    torch.Size([1, 4, 3])
    """

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                "Invalid permutation argument `dims` for Permute Layer. The set of indices in `dims` must be "
                f"consecutive and start from 1. Received dims={dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs):
        return inputs.permute(0, *self.dims)
