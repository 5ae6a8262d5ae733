"""ContrastLimitedAdaptiveHistogramEqualization."""

import torch

from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.preprocessing.image.base import BaseImagePreprocessingLayer, to_range

_LEVELS = 256


class ContrastLimitedAdaptiveHistogramEqualization(BaseImagePreprocessingLayer):
    """Values equalized tile by tile, between the tiles' middles interpolated. Zuiderveld, 1994.

    Args:
        value_range: The range of values.
        clip_limit: How far above the mean frequency a value counts; the rest is spread over all values. 0 for no
            limit.
        tile_grid_size: How many tiles down and across.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.ContrastLimitedAdaptiveHistogramEqualization()(np.ones((16, 16, 1), "float32")).shape
    torch.Size([16, 16, 1])
    """

    always = True

    def __init__(
        self, value_range=(0, 255), clip_limit=4.0, tile_grid_size=(8, 8), data_format=None, **kwargs
    ):
        super().__init__(data_format=standardize_data_format(data_format), **kwargs)
        self.value_range, self.clip_limit, self.tile_grid_size = value_range, clip_limit, tile_grid_size

    def transform_images(self, images, transformation=None, training=True):
        """Return images equalized, of the dtype they had."""
        x = images if images.ndim == 4 else images.unsqueeze(0)
        x = self._apply(x, transformation, self.interpolation).to(images.dtype)
        return x if images.ndim == 4 else x.squeeze(0)

    def _apply(self, images, transformation, interpolation):
        x = to_range(images.float(), self.value_range, (0, 255)).movedim(self._channel_axis, 1)
        (rows, columns), (height, width) = self.tile_grid_size, x.shape[2:]
        tile = (-(-height // rows), -(-width // columns))
        padded = _mirrored(_mirrored(x, 2, tile[0] * rows), 3, tile[1] * columns)
        pixels = padded.long().clamp(0, _LEVELS - 1)
        ranks = self._ranks(pixels, tile)  # (batch, channels, rows, columns, levels)
        lower_row, upper_row, down = _neighbours(tile[0], rows, x)
        left, right, across = _neighbours(tile[1], columns, x)
        batch = torch.arange(x.shape[0], device=x.device).reshape(-1, 1, 1, 1)
        channel = torch.arange(x.shape[1], device=x.device).reshape(1, -1, 1, 1)

        def rank(row, column):
            return ranks[batch, channel, row[:, None], column[None, :], pixels]

        above = rank(lower_row, left) * (1 - across) + rank(lower_row, right) * across
        below = rank(upper_row, left) * (1 - across) + rank(upper_row, right) * across
        equal = above * (1 - down[:, None]) + below * down[:, None]
        equal = equal[:, :, :height, :width].movedim(1, self._channel_axis)
        return to_range(equal, (0, 255), self.value_range)

    def _ranks(self, pixels, tile):
        """Return what each level becomes in each tile."""
        batch, channels, height, width = pixels.shape
        shape = (batch, channels, height // tile[0], tile[0], width // tile[1], tile[1])
        tiles = pixels.reshape(shape).transpose(3, 4).flatten(4)
        area = tile[0] * tile[1]
        counts = torch.zeros(*tiles.shape[:4], _LEVELS, device=pixels.device)
        counts.scatter_add_(4, tiles, torch.ones_like(tiles, dtype=counts.dtype))
        if self.clip_limit > 0:
            kept = counts.clamp(max=self.clip_limit * area / _LEVELS)
            counts = kept + (counts - kept).sum(-1, keepdim=True) / _LEVELS
        below = counts.cumsum(-1)
        least = below.amin(-1, keepdim=True)
        rest = area - least
        return ((below - least) * 255 / torch.where(rest == 0, 1, rest)).clamp(0, 255)


def _mirrored(x, axis, size):
    """Return x continued along an axis by its mirror image."""
    places = torch.arange(size, device=x.device) % (2 * x.shape[axis])
    return x.index_select(axis, torch.where(places < x.shape[axis], places, 2 * x.shape[axis] - 1 - places))


def _neighbours(length, count, like):
    """Return, for each pixel along an axis of tiles, the tiles before and after it, and how near the latter is."""
    place = (torch.arange(length * count, dtype=torch.float32, device=like.device) - length / 2) / length
    first = place.floor()
    share = place - first
    first = first.long()
    return first.clamp(0, count - 1), (first + 1).clamp(0, count - 1), share
