"""Flatten."""

from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.core.settings import standardize_data_format


class Flatten(Layer):
    """Flatten every axis but the batch.

    Args:
        data_format: "channels_last", or "channels_first" to move the channels to the end first.

    Shapes: (batch, ...) to (batch, product); (batch,) to (batch, 1).

    Raises ValueError for an unknown `data_format`.

    >>> keras.layers.Flatten()(np.ones((2, 3, 4))).shape
    torch.Size([2, 12])
    """

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)
        self._channels_first = self.data_format == "channels_first"

    def call(self, inputs):
        if self._channels_first and inputs.ndim > 2:
            inputs = inputs.movedim(1, -1)
        return inputs.flatten(1) if inputs.ndim > 1 else inputs.unsqueeze(-1)
