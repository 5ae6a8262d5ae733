"""RandomFlip."""

import torch

from kerastorch.layers.preprocessing.image.base import RandomImageLayer, batch_size

_MODES = ("horizontal", "vertical", "horizontal_and_vertical")


class RandomFlip(RandomImageLayer):
    """In training, mirror half of the images.

    Args:
        mode: "horizontal" (left and right), "vertical" or "horizontal_and_vertical" (both at once).
        seed: An integer for draws that are the same in every run.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> image = np.arange(3.0).reshape(1, 1, 3, 1)
    >>> layer = keras.layers.RandomFlip("horizontal")
    >>> layer.transform_images(image, {"flips": np.ones((1, 1, 1, 1), bool)}).flatten()
    tensor([2., 1., 0.])
    """

    moves_pixels = True

    def __init__(self, mode="horizontal_and_vertical", seed=None, data_format=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        if mode not in _MODES:
            raise ValueError(f"`mode` must be one of {_MODES}. Received: mode={mode!r}")
        self.mode = mode

    def _draw(self, images, seed):
        flips = self._uniform(images, (batch_size(images), 1, 1, 1), 0.0, 1.0, seed) <= 0.5
        return {"flips": flips, "input_shape": tuple(images.shape)}

    def _apply(self, images, transformation, interpolation):
        axes = [
            axis
            for axis, name in ((self._height_axis, "vertical"), (self._width_axis, "horizontal"))
            if name in self.mode
        ]
        return torch.where(transformation["flips"].reshape(-1, 1, 1, 1), images.flip(axes), images)

    def _move_boxes(self, boxes, transformation):
        shape = transformation["input_shape"]
        height, width = self._size(shape)
        boxes = self._to_corners(boxes, shape)
        x1, y1, x2, y2 = boxes["boxes"].unbind(-1)
        if "horizontal" in self.mode:
            x1, x2 = width - x2, width - x1
        if "vertical" in self.mode:
            y1, y2 = height - y2, height - y1
        flips = transformation["flips"].reshape(-1, *[1] * (x1.ndim))
        flipped = torch.where(flips, torch.stack([x1, y1, x2, y2], -1), boxes["boxes"])
        return self._from_corners({**boxes, "boxes": flipped}, shape)
