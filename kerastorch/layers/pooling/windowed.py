"""MaxPooling1D-3D and AveragePooling1D-3D."""

import torch
import torch.nn.functional as F

from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.convolution.base import as_view, explain_empty
from kerastorch.layers.core.window import check_padding, sizes
from kerastorch.ops.padding import same_padding

MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


class BasePooling(Layer):
    """A reduction over sliding windows."""

    config_exclude = ("rank",)
    rank = 2

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        rank = self.rank
        self.pool_size = sizes(pool_size, rank, "pool_size")
        self.strides = sizes(self.pool_size if strides is None else strides, rank, "strides")
        self.padding = check_padding(padding)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=rank + 2)
        last = self.data_format == "channels_last"
        self._to_torch = (0, rank + 1, *range(1, rank + 1)) if last else None
        self._from_torch = (0, *range(2, rank + 2), 1) if last else None

    def call(self, inputs):
        x = as_view(inputs, self._to_torch)
        try:
            x = self._pool(x, 0) if self.padding == "valid" else self._pool_same(x)
        except RuntimeError as error:
            ones = (1,) * self.rank
            explain_empty(error, self, inputs.shape, self.pool_size, self.strides, ones, self.padding)
            raise
        return as_view(x, self._from_torch)

    def _pool_same(self, x):
        """Pool with as many zeros (or nothing, for a maximum) around the input as TensorFlow has.

        Where an odd number of them is needed, torch's `ceil_mode` has the window hang over the end, if the stride is
        larger than 1; else the input is padded.
        """
        pairs = [same_padding(*each, 1) for each in zip(x.shape[2:], self.pool_size, self.strides)]
        if all(a == b or stride > 1 for (a, b), stride in zip(pairs, self.strides)):
            return self._pool(x, [before for before, _ in pairs], ceil_mode=True)
        return self._pool_padded(x, [n for pair in reversed(pairs) for n in pair])


class MaxPooling(BasePooling):
    """The maximum over sliding windows."""

    def _pool(self, x, padding, ceil_mode=False):
        return MAX[self.rank](x, self.pool_size, self.strides, padding, ceil_mode=ceil_mode)

    def _pool_padded(self, x, padding):
        lowest = -torch.inf if x.is_floating_point() else torch.iinfo(x.dtype).min
        return self._pool(F.pad(x, padding, value=lowest), 0)


class AveragePooling(BasePooling):
    """The mean over sliding windows, of what lies inside the input."""

    def _pool(self, x, padding, ceil_mode=False):
        if self.rank == 3 and x.device.type == "cpu" and x.element_size() == 2:
            return self._pool(x.float(), padding, ceil_mode).to(x.dtype)  # torch has no such kernel
        return AVERAGE[self.rank](
            x, self.pool_size, self.strides, padding, ceil_mode=ceil_mode, count_include_pad=False
        )

    def _pool_padded(self, x, padding):
        inside = self._pool(F.pad(torch.ones_like(x[:1, :1]), padding), 0)
        return self._pool(F.pad(x, padding), 0) / inside


class MaxPooling1D(MaxPooling):
    """The maximum over windows of sequences.

    Args:
        pool_size, strides: The size of the window, and how far apart windows are (by default their size).
        padding: "valid" (none) or "same" (as many outputs as inputs, divided by the strides).
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, length, channels) to (batch, new_length, channels). With "channels_first" the channels
    come second. Raises ValueError for an unknown padding, or an input smaller than the window with "valid".

    >>> x = np.array([1.0, 5.0, 3.0, 4.0], "float32").reshape(1, 4, 1)
    >>> keras.layers.MaxPooling1D(2)(x).flatten()
    tensor([5., 4.])
    """

    rank = 1

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling2D(MaxPooling):
    """The maximum over windows of images.

    Args:
        pool_size, strides: One number, or (rows, columns): the window, and how far apart windows are (by default
            their size).
        padding: "valid" (none) or "same" (as many outputs as inputs, divided by the strides).
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, rows, columns, channels) to (batch, new_rows, new_columns, channels). With
    "channels_first" the channels come second. Raises ValueError for an unknown padding, or an input smaller
    than the window with "valid".

    >>> keras.layers.MaxPooling2D(2)(np.ones((1, 5, 5, 3))).shape
    torch.Size([1, 2, 2, 3])
    """

    rank = 2

    def __init__(
        self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class MaxPooling3D(MaxPooling):
    """The maximum over windows of volumes.

    Args:
        pool_size, strides: One number, or one for each of the three axes.
        padding: "valid" (none) or "same" (as many outputs as inputs, divided by the strides).
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, depth, rows, columns, channels) to (batch, new_depth, new_rows, new_columns, channels).
    With "channels_first" the channels come second. Raises ValueError for an unknown padding, or an input
    smaller than the window with "valid".

    >>> keras.layers.MaxPooling3D(2)(np.ones((1, 4, 5, 6, 3))).shape
    torch.Size([1, 2, 2, 3, 3])
    """

    rank = 3

    def __init__(
        self, pool_size=(2, 2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs
    ):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class AveragePooling1D(AveragePooling):
    """The mean over windows of sequences.

    Args:
        pool_size, strides: The size of the window, and how far apart windows are (by default their size).
        padding: "valid" (none) or "same" (as many outputs as inputs, divided by the strides).
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, length, channels) to (batch, new_length, channels). With "channels_first" the channels
    come second. Raises ValueError for an unknown padding, or an input smaller than the window with "valid".

    >>> x = np.array([1.0, 5.0, 3.0, 4.0], "float32").reshape(1, 4, 1)
    >>> keras.layers.AveragePooling1D(2)(x).flatten()
    tensor([3.0000, 3.5000])
    """

    rank = 1


class AveragePooling2D(AveragePooling):
    """The mean over windows of images.

    Args:
        pool_size, strides: One number, or (rows, columns): the window, and how far apart windows are (by default
            their size).
        padding: "valid" (none) or "same" (as many outputs as inputs, divided by the strides).
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, rows, columns, channels) to (batch, new_rows, new_columns, channels). With
    "channels_first" the channels come second. Raises ValueError for an unknown padding, or an input smaller
    than the window with "valid".

    >>> keras.layers.AveragePooling2D(2)(np.ones((1, 5, 5, 3))).shape
    torch.Size([1, 2, 2, 3])
    """

    rank = 2


class AveragePooling3D(AveragePooling):
    """The mean over windows of volumes.

    Args:
        pool_size, strides: One number, or one for each of the three axes.
        padding: "valid" (none) or "same" (as many outputs as inputs, divided by the strides).
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, depth, rows, columns, channels) to (batch, new_depth, new_rows, new_columns, channels).
    With "channels_first" the channels come second. Raises ValueError for an unknown padding, or an input
    smaller than the window with "valid".

    >>> keras.layers.AveragePooling3D(2)(np.ones((1, 4, 5, 6, 3))).shape
    torch.Size([1, 2, 2, 3, 3])
    """

    rank = 3
