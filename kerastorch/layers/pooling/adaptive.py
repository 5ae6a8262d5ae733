"""AdaptiveMaxPooling1D-3D and AdaptiveAveragePooling1D-3D: as many windows as there are to be outputs."""

import torch.nn.functional as F

from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.convolution.base import as_view
from kerastorch.layers.core.window import sizes

MAX = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}
AVERAGE = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}


class BaseAdaptivePooling(Layer):
    """A reduction over windows from floor(i * size / outputs) to ceil((i + 1) * size / outputs)."""

    config_exclude = ("rank",)
    rank = 2
    pools: dict

    def __init__(self, output_size, data_format=None, **kwargs):
        super().__init__(**kwargs)
        rank = self.rank
        self.output_size = sizes(output_size, rank, "output_size")
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=rank + 2)
        last = self.data_format == "channels_last"
        self._to_torch = (0, rank + 1, *range(1, rank + 1)) if last else None
        self._from_torch = (0, *range(2, rank + 2), 1) if last else None

    def call(self, inputs):
        x = self.pools[self.rank](as_view(inputs, self._to_torch), self.output_size)
        return as_view(x, self._from_torch)


class AdaptiveMaxPooling1D(BaseAdaptivePooling):
    """The maximum over as many windows of sequences as there are to be outputs.

    Args:
        output_size: The number of outputs.
        data_format: "channels_last" or "channels_first".

    Raises ValueError unless `output_size` is a positive integer or 1 of them, and the input has 3 axes.

    >>> keras.layers.AdaptiveMaxPooling1D(2)(np.ones((1, 5, 3))).shape
    torch.Size([1, 2, 3])
    """

    rank = 1
    pools = MAX


class AdaptiveMaxPooling2D(BaseAdaptivePooling):
    """The maximum over as many windows of images as there are to be outputs.

    Args:
        output_size: One number, or (rows, columns).
        data_format: "channels_last" or "channels_first".

    Raises ValueError unless `output_size` is a positive integer or 2 of them, and the input has 4 axes.

    >>> keras.layers.AdaptiveMaxPooling2D(2)(np.ones((1, 5, 6, 3))).shape
    torch.Size([1, 2, 2, 3])
    """

    rank = 2
    pools = MAX


class AdaptiveMaxPooling3D(BaseAdaptivePooling):
    """The maximum over as many windows of volumes as there are to be outputs.

    Args:
        output_size: One number, or one for each of the three axes.
        data_format: "channels_last" or "channels_first".

    Raises ValueError unless `output_size` is a positive integer or 3 of them, and the input has 5 axes.

    >>> keras.layers.AdaptiveMaxPooling3D(2)(np.ones((1, 4, 5, 6, 3))).shape
    torch.Size([1, 2, 2, 2, 3])
    """

    rank = 3
    pools = MAX


class AdaptiveAveragePooling1D(BaseAdaptivePooling):
    """The mean over as many windows of sequences as there are to be outputs.

    Args:
        output_size: The number of outputs.
        data_format: "channels_last" or "channels_first".

    Raises ValueError unless `output_size` is a positive integer or 1 of them, and the input has 3 axes.

    >>> keras.layers.AdaptiveAveragePooling1D(2)(np.ones((1, 5, 3))).shape
    torch.Size([1, 2, 3])
    """

    rank = 1
    pools = AVERAGE


class AdaptiveAveragePooling2D(BaseAdaptivePooling):
    """The mean over as many windows of images as there are to be outputs.

    Args:
        output_size: One number, or (rows, columns).
        data_format: "channels_last" or "channels_first".

    Raises ValueError unless `output_size` is a positive integer or 2 of them, and the input has 4 axes.

    >>> keras.layers.AdaptiveAveragePooling2D(2)(np.ones((1, 5, 6, 3))).shape
    torch.Size([1, 2, 2, 3])
    """

    rank = 2
    pools = AVERAGE


class AdaptiveAveragePooling3D(BaseAdaptivePooling):
    """The mean over as many windows of volumes as there are to be outputs.

    Args:
        output_size: One number, or one for each of the three axes.
        data_format: "channels_last" or "channels_first".

    Raises ValueError unless `output_size` is a positive integer or 3 of them, and the input has 5 axes.

    >>> keras.layers.AdaptiveAveragePooling3D(2)(np.ones((1, 4, 5, 6, 3))).shape
    torch.Size([1, 2, 2, 2, 3])
    """

    rank = 3
    pools = AVERAGE
