"""RepeatVector."""

from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer


class RepeatVector(Layer):
    """Repeat a vector `n` times.

    Args:
        n: The number of times.

    Shapes: (batch, features) to (batch, n, features).

    Raises TypeError unless `n` is an integer, ValueError unless it is positive and the input has two axes.

    >>> keras.layers.RepeatVector(3)(np.ones((1, 2))).shape
    torch.Size([1, 3, 2])
    """

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        if isinstance(n, bool) or not isinstance(n, int):
            raise TypeError(f"Expected an integer value for `n`, got {type(n)}.")
        if n <= 0:
            raise ValueError(f"Argument `n` should be a positive integer. Received: n={n}")
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs):
        return inputs.unsqueeze(1).repeat(1, self.n, 1)
