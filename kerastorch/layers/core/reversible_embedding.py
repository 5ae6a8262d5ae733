"""ReversibleEmbedding: a table that also turns hidden states back into scores for each row."""

import torch

from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.edge import is_float
from kerastorch.layers.core.embedding import Embedding
from kerastorch.quantizers.quantized import REVERSIBLE_FORMS


class ReversibleEmbedding(Embedding):
    """embeddings[inputs], or with `reverse=True` inputs @ embeddings^T.

    Args:
        input_dim: The number of rows.
        output_dim: The size of a row.
        tie_weights: Whether the way back uses the same table; otherwise it has its own.
        embeddings_initializer: What the tables start from.
        embeddings_regularizer, embeddings_constraint: Penalty and constraint on the tables.
        mask_zero: Whether input 0 is padding.
        reverse_dtype: The dtype of the way back, by default the layer's.
        logit_soft_cap: If set, scores are cap * tanh(score / cap).

    Shapes: integers (...) to (..., output_dim), and back (..., output_dim) to (..., input_dim). Raises ValueError
    for sizes that are not positive, IndexError for an input out of range.

    >>> layer = keras.layers.ReversibleEmbedding(10, 4)
    >>> layer(layer(np.array([[1, 2, 3]])), reverse=True).shape
    torch.Size([1, 3, 10])
    """

    _forms = REVERSIBLE_FORMS

    def __init__(
        self,
        input_dim,
        output_dim,
        tie_weights=True,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        reverse_dtype=None,
        logit_soft_cap=None,
        **kwargs,
    ):
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
            **kwargs,
        )
        self.tie_weights = tie_weights
        self.reverse_dtype = reverse_dtype
        self.logit_soft_cap = logit_soft_cap

    def build(self, input_shape=None):
        super().build(input_shape)
        if not self.tie_weights and not self._is_quantized:
            self.reverse_embeddings = self.add_weight(
                name="reverse_embeddings",
                shape=(self.output_dim, self.input_dim),
                initializer=self.embeddings_initializer,
                regularizer=self.embeddings_regularizer,
                constraint=self.embeddings_constraint,
            )

    def call(self, inputs, reverse=False):
        if not reverse:
            return super().call(inputs)
        dtype = self._torch_dtype if self.reverse_dtype is None else to_torch_dtype(self.reverse_dtype)
        kernel = self.embeddings.t() if self.tie_weights else self.reverse_embeddings
        return self._capped(inputs.to(dtype) @ kernel.to(dtype))

    def _capped(self, logits):
        """Return the scores within the soft cap, if there is one."""
        if self.logit_soft_cap is None:
            return logits
        return torch.tanh(logits / self.logit_soft_cap) * self.logit_soft_cap

    def _floats(self):
        tables = super()._floats()
        return tables if self.tie_weights else {**tables, "reverse_embeddings": self.reverse_embeddings}

    @property
    def variable_serialization_spec(self):
        """The names of the variables that a file holds, in order, by the mode of quantization."""
        spec = super().variable_serialization_spec
        if not self.tie_weights:
            for mode, names in spec.items():
                own = [name for name in names if name != "g_idx"] if mode else ["embeddings"]
                names += [f"reverse_{name}" for name in own]
        return spec

    def compute_mask(self, inputs, mask=None):
        return None if is_float(inputs) else super().compute_mask(inputs, mask)
