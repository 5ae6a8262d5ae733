"""AutoContrast, Equalization: values spread over their whole range."""

import torch

from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.preprocessing.image.arguments import check_value_range
from kerastorch.layers.preprocessing.image.base import BaseImagePreprocessingLayer, to_range


class AutoContrast(BaseImagePreprocessingLayer):
    """Each channel of each image, stretched such that it fills the range of values.

    Args:
        value_range: The range of values.

    >>> keras.layers.AutoContrast()([[[10.0], [20.0], [30.0]]]).flatten()
    tensor([  0.0000, 127.5000, 255.0000])
    """

    always = True

    def __init__(self, value_range=(0, 255), **kwargs):
        super().__init__(**kwargs)
        self.value_range = check_value_range(value_range)

    def _apply(self, images, transformation, interpolation):
        values = to_range(images, self.value_range, (0, 255))
        low = values.amin((self._height_axis, self._width_axis), keepdim=True)
        high = values.amax((self._height_axis, self._width_axis), keepdim=True)
        scale = 255.0 / torch.where(high == low, 1, high - low)
        stretched = to_range((values * scale - low * scale).clamp(0, 255), (0, 255), self.value_range)
        return torch.where(high == low, images, stretched)


class Equalization(BaseImagePreprocessingLayer):
    """In training, values replaced by their ranks, so that all of them are about as frequent.

    Channels are treated apart; the images of a batch have one histogram together.

    Args:
        value_range: The range of values.
        bins: How many values are told apart.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.Equalization()([[[10.0], [20.0], [30.0]]]).flatten()
    tensor([  0., 128., 255.])
    """

    def __init__(self, value_range=(0, 255), bins=256, data_format=None, **kwargs):
        super().__init__(data_format=standardize_data_format(data_format), **kwargs)
        self.value_range, self.bins = check_value_range(value_range), bins

    def _apply(self, images, transformation, interpolation):
        x = to_range(images, self.value_range, (0, 255)).movedim(self._channel_axis, 0)
        rows = x.float().flatten(1)  # (channels, pixels)
        bins = (rows * (self.bins - 1) / 255).long().clamp(0, self.bins - 1)
        counts = torch.zeros(len(rows), self.bins, dtype=torch.int64, device=x.device)
        counts.scatter_add_(1, bins, torch.ones_like(bins))
        below = counts.cumsum(1)
        first = torch.where(below > 0, below, below[:, -1:]).amin(1, keepdim=True)
        total = below[:, -1:] - first
        ranks = ((below - first) * 255 / total.clamp(min=1)).round().clamp(0, 255)
        places = (rows / 255.0 * (self.bins - 1)).clamp(0, self.bins - 1).long()
        several = (counts > 0).sum(1, keepdim=True) > 1
        equal = (
            torch.where(several, ranks.gather(1, places), rows)
            .reshape(x.shape)
            .movedim(0, self._channel_axis)
        )
        return to_range(equal, (0, 255), self.value_range).to(images.dtype)
