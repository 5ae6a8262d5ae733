"""Embedding: rows of a table."""

import warnings

import torch
import torch.nn.functional as F

from kerastorch import constraints, initializers, ops, regularizers
from kerastorch.core.layer import Layer
from kerastorch.layers.core.arguments import positive_int
from kerastorch.quantizers.quantized import TABLE_FORMS, QuantizedTable


class Embedding(QuantizedTable, Layer):
    """embeddings[inputs].

    Args:
        input_dim: The number of rows: inputs are from 0 to input_dim - 1.
        output_dim: The size of a row.
        embeddings_initializer: What the table starts from.
        embeddings_regularizer, embeddings_constraint: Penalty and constraint on the table.
        mask_zero: Whether input 0 is padding, which later layers skip.
        weights: The table to start from, instead of an initializer.
        lora_rank, lora_alpha, quantization_config: As in `Dense`.

    Shapes: integers (...) to (..., output_dim). Raises IndexError for an input out of range (on the CPU; on CUDA it
    is torch's device assertion).

    >>> keras.layers.Embedding(10, 4)(np.array([[1, 2, 3]])).shape
    torch.Size([1, 3, 4])
    """

    config_exclude = ("weights", "lora_rank", "lora_alpha")
    _main, _forms = "embeddings", TABLE_FORMS
    embeddings: torch.Tensor  # with LoRA's update, and as integers when it is quantized

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        weights=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        if kwargs.pop("input_length", None) is not None:
            warnings.warn("Argument `input_length` is deprecated. Just remove it.", stacklevel=2)
        kwargs.setdefault("autocast", False)
        super().__init__(
            lora_rank=lora_rank, lora_alpha=lora_alpha, quantization_config=quantization_config, **kwargs
        )
        self.input_dim = positive_int("input_dim", input_dim)
        self.output_dim = positive_int("output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        if weights is not None:
            self.build()
            self.set_weights(
                weights if isinstance(weights, (list, tuple)) and len(weights) == 1 else [weights]
            )

    def build(self, input_shape=None):
        self._add_main_weight((self.input_dim, self.output_dim))
        self._build_lora()

    def call(self, inputs):
        if inputs.dtype is not torch.int64 and inputs.dtype is not torch.int32:
            inputs = inputs.to(torch.int32)
        table = self._parameters.get("embeddings")
        if table is None:
            table = self._main_variable()
        try:
            x = F.embedding(inputs, table)
        except IndexError:
            raise IndexError(
                f"Layer '{self.name}' has {self.input_dim} rows, so its inputs must be from 0 to "
                f"{self.input_dim - 1} (`input_dim` is the largest input plus one). "
                f"Received: inputs from {int(inputs.min())} to {int(inputs.max())}"
            ) from None
        if self.lora_enabled:
            update = F.embedding(inputs, self.lora_embeddings_a) @ self.lora_embeddings_b
            x = x + (self.lora_alpha / self.lora_rank) * update
        return x if x.dtype is self._torch_dtype else x.to(self._torch_dtype)

    def compute_mask(self, inputs, mask=None):
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def get_config(self):
        return {"activity_regularizer": None, **super().get_config()}
