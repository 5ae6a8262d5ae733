"""CategoryEncoding."""

from kerastorch.core import edge
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.layers.preprocessing.data_layer import DataLayer, encode, is_ragged, to_values


class CategoryEncoding(DataLayer):
    """Integers as one-hot vectors, or the sets or counts of those in a row as vectors.

    Args:
        num_tokens: How many integers there are: 0 to num_tokens - 1.
        output_mode: "one_hot": one vector for each element; "multi_hot": one for each row, 1 at each integer in it;
            "count": how often each integer is in the row.
        sparse: Whether the output is a sparse tensor.

    >>> keras.layers.CategoryEncoding(num_tokens=4, output_mode="multi_hot")([[0, 1], [0, 0], [1, 2], [3, 1]])
    tensor([[1., 1., 0., 0.],
            [1., 0., 0., 0.],
            [0., 1., 1., 0.],
            [0., 1., 0., 1.]])
    """

    config_exclude = ("sparse",)

    def __init__(self, num_tokens=None, output_mode="multi_hot", sparse=False, **kwargs):
        super().__init__(**kwargs)
        output_mode = "multi_hot" if output_mode == "binary" else output_mode
        if output_mode not in ("count", "one_hot", "multi_hot"):
            raise ValueError(
                f"Unknown arg for output_mode: {output_mode}. Expected 'count', 'one_hot' or 'multi_hot'."
            )
        if num_tokens is None:
            raise ValueError(
                "num_tokens must be set to use this layer. If the number of tokens is not known beforehand, use the "
                "IntegerLookup layer instead."
            )
        if num_tokens < 1:
            raise ValueError(f"`num_tokens` must be >= 1. Received: num_tokens={num_tokens}.")
        self.num_tokens, self.output_mode, self.sparse = num_tokens, output_mode, sparse

    def call(self, inputs, count_weights=None):
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                "`count_weights` is not used when `output_mode` is not `'count'`. "
                f"Received `count_weights={count_weights}`."
            )
        if is_ragged(inputs):
            inputs = edge.unwrap(inputs.to_tensor(-1))
        return self._encode(inputs, count_weights)

    def _encode(self, inputs, count_weights=None):
        inputs = to_values(inputs)
        return encode(
            inputs, self.output_mode, self.num_tokens, self.compute_dtype, self.sparse, count_weights
        )

    def compute_output_shape(self, input_shape, count_weights_shape=None):
        """Return the shape of the output for the shape of the input."""
        shape = tuple(input_shape)
        if self.output_mode == "one_hot" and shape:
            return (
                (*shape[:-1], self.num_tokens)
                if len(shape) > 1 and shape[-1] == 1
                else (*shape, self.num_tokens)
            )
        return (*shape[:-1], self.num_tokens)

    def compute_output_spec(self, inputs, count_weights=None):
        """Return the symbolic output for a symbolic input."""
        return KerasTensor(
            self.compute_output_shape(inputs.shape), dtype=self.compute_dtype, sparse=self.sparse
        )
