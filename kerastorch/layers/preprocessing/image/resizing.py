"""Resizing."""

import torch

from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.preprocessing.image.boxes import clip_to_image_size, convert_format
from kerastorch.layers.preprocessing.image.crop import Cropping
from kerastorch.ops.resizing import resize


class Resizing(Cropping):
    """Images of another height and width; integers stay integers.

    Args:
        height, width: The size of the result.
        interpolation: "bilinear", "nearest", "bicubic", "area", "lanczos3" or "lanczos5".
        crop_to_aspect_ratio: Whether to cut images to the new proportions instead of distorting them.
        pad_to_aspect_ratio: Whether to pad them instead.
        fill_mode, fill_value: What with; the mode can only be "constant".
        antialias: Whether smaller images are means over all their pixels.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.Resizing(1, 2)(np.arange(8, dtype="uint8").reshape(2, 4, 1))[..., 0]
    tensor([[2, 4]], dtype=torch.uint8)
    """

    always = True

    def __init__(
        self,
        height,
        width,
        interpolation="bilinear",
        crop_to_aspect_ratio=False,
        pad_to_aspect_ratio=False,
        fill_mode="constant",
        fill_value=0.0,
        antialias=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=standardize_data_format(data_format), **kwargs)
        self.height, self.width = height, width
        self.interpolation, self.antialias = interpolation, bool(antialias)
        self.crop_to_aspect_ratio, self.pad_to_aspect_ratio = crop_to_aspect_ratio, pad_to_aspect_ratio
        self.fill_mode, self.fill_value = fill_mode, fill_value

    def _draw(self, images, seed):
        return self._size(tuple(images.shape))

    def transform_images(self, images, transformation=None, training=True):
        """Return images of the layer's size, of the dtype they had."""
        return self._apply(images, transformation, self.interpolation)

    def _apply(self, images, transformation, interpolation):
        return resize(
            images,
            (self.height, self.width),
            interpolation,
            self.antialias,
            self.crop_to_aspect_ratio,
            self.pad_to_aspect_ratio,
            self.fill_mode,
            self.fill_value,
            self.data_format,
        )

    def _move_boxes(self, boxes, transformation):
        height, width = (int(x) for x in transformation)
        absent = ((boxes["boxes"] == -1).all(-1) | (boxes["boxes"] == 0).all(-1)).unsqueeze(-1)
        boxes = convert_format(boxes, self.bounding_box_format, "xyxy", height, width)
        across, down = self.width / width, self.height / height
        x_offset = y_offset = 0.0
        if self.pad_to_aspect_ratio or self.crop_to_aspect_ratio:
            across = down = min(across, down) if self.pad_to_aspect_ratio else max(across, down)
            x_offset, y_offset = (self.width - width * across) / 2, (self.height - height * down) / 2
            whole = (lambda x: x // 1) if self.pad_to_aspect_ratio else (lambda x: -(-x // 1))
            x_offset, y_offset = whole(x_offset), whole(y_offset)
        x1, y1, x2, y2 = boxes["boxes"].unbind(-1)
        corners = [x1 * across + x_offset, y1 * down + y_offset, x2 * across + x_offset, y2 * down + y_offset]
        boxes = clip_to_image_size({**boxes, "boxes": torch.stack(corners, -1)}, self.height, self.width)
        boxes["boxes"] = torch.where(absent, 0.0, boxes["boxes"])
        return convert_format(boxes, "xyxy", self.bounding_box_format, self.height, self.width)
