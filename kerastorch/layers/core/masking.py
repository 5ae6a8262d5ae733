"""Masking."""

from kerastorch import ops
from kerastorch.core.layer import Layer


class Masking(Layer):
    """Skip the time steps whose features all equal `mask_value`, in every layer that follows and knows masks.

    Args:
        mask_value: The value.

    Shapes: (batch, steps, features), the same out; the mask is (batch, steps). Skipped steps are set to 0.

    Raises nothing.

    >>> x = np.array([[[1.0, 2.0], [0.0, 0.0]]], "float32")
    >>> keras.layers.Masking().compute_mask(torch.tensor(x))
    tensor([[ True, False]])
    """

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.mask_value = mask_value
        self.supports_masking = True

    def compute_mask(self, inputs, mask=None):
        return ops.any(ops.not_equal(inputs, self.mask_value), -1)

    def call(self, inputs):
        return inputs * (inputs != self.mask_value).any(-1, keepdim=True).to(inputs.dtype)
