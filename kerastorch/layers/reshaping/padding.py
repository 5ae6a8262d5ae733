"""ZeroPadding1D, ZeroPadding2D, ZeroPadding3D."""

import torch.nn.functional as F

from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.core.window import edges, sizes


class BaseZeroPadding(Layer):
    """Zeros around the spatial axes."""

    config_exclude = ("rank",)

    def __init__(self, padding, data_format, rank, **kwargs):
        super().__init__(**kwargs)
        self.padding = padding
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=rank + 2)
        pairs = [padding] if rank == 1 else list(padding)
        self._pad = [n for pair in reversed(pairs) for n in pair]
        if self.data_format == "channels_last":
            self._pad = [0, 0, *self._pad]

    def call(self, inputs):
        return F.pad(inputs, self._pad)


class ZeroPadding1D(BaseZeroPadding):
    """Add zeros at the beginning and end of each sequence.

    Args:
        padding: How many at each end, or (before, after).
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, length, channels) to the same with larger sizes. With "channels_first" the channels come
    second. Raises ValueError for a padding of another form, or unless the input has 3 axes.

    >>> keras.layers.ZeroPadding1D(2)(np.ones((1, 3, 1))).shape
    torch.Size([1, 7, 1])
    """

    def __init__(self, padding=1, data_format=None, **kwargs):
        super().__init__(sizes(padding, 2, "padding", allow_zero=True), data_format, 1, **kwargs)


class ZeroPadding2D(BaseZeroPadding):
    """Add zeros around images.

    Args:
        padding: How many on every side, or (rows, columns), or ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, rows, columns, channels) to the same with larger sizes. With "channels_first" the channels
    come second. Raises ValueError for a padding of another form, or unless the input has 4 axes.

    >>> keras.layers.ZeroPadding2D((1, 2))(np.ones((1, 3, 3, 1))).shape
    torch.Size([1, 5, 7, 1])
    """

    def __init__(self, padding=(1, 1), data_format=None, **kwargs):
        super().__init__(edges(padding, 2, "padding"), data_format, 2, **kwargs)


class ZeroPadding3D(BaseZeroPadding):
    """Add zeros around volumes.

    Args:
        padding: How many on every side, or one number or pair for each of the three axes.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, depth, rows, columns, channels) to the same with larger sizes. With "channels_first" the
    channels come second. Raises ValueError for a padding of another form, or unless the input has 5 axes.

    >>> keras.layers.ZeroPadding3D(1)(np.ones((1, 3, 3, 3, 1))).shape
    torch.Size([1, 5, 5, 5, 1])
    """

    def __init__(self, padding=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(edges(padding, 3, "padding"), data_format, 3, **kwargs)
