"""CenterCrop, RandomCrop."""

from kerastorch.core.infer import is_inferring
from kerastorch.layers.preprocessing.image.base import BaseImagePreprocessingLayer, RandomImageLayer
from kerastorch.layers.preprocessing.image.boxes import clip_to_image_size, convert_format, crop
from kerastorch.ops.resizing import resize
from kerastorch.random import make_default_seed


def fitting_window(height, width, target_height, target_width):
    """Return (top, left, height, width) of the largest middle part with the proportions of the target."""
    part_height = max(min(height, int(width * target_height / target_width)), 1)
    part_width = max(min(width, int(height * target_width / target_height)), 1)
    return int((height - part_height) / 2), int((width - part_width) / 2), part_height, part_width


class Cropping(BaseImagePreprocessingLayer):
    """A layer that gives images of one height and width."""

    moves_pixels = True

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shape, or a dict of shapes, of the input."""
        if isinstance(input_shape, dict):
            shapes = {
                key: self.compute_output_shape(shape)
                for key, shape in input_shape.items()
                if key in ("images", "segmentation_masks")
            }
            return {**input_shape, **shapes}
        if len(input_shape) not in (3, 4) or isinstance(input_shape[0], (list, tuple)):
            raise ValueError(
                "`input_shape` must be a non-nested tuple or list of rank-1 with size 3 (unbatched) or 4 (batched). "
                f"Received: input_shape={input_shape}"
            )
        shape = list(input_shape)
        shape[self._height_axis], shape[self._width_axis] = self.height, self.width
        return tuple(shape)

    def _cut(self, images, top, left, height, width):
        images = images.narrow(images.ndim + self._height_axis, top, height)
        return images.narrow(images.ndim + self._width_axis, left, width)

    def _fit(self, images, interpolation):
        """Return the largest middle part of the layer's proportions, resized."""
        part = self._cut(images, *fitting_window(*self._size(images.shape), self.height, self.width))
        return resize(part, (self.height, self.width), interpolation, data_format=self.data_format)


class CenterCrop(Cropping):
    """The middle of images; smaller images are cut to the proportions and made larger.

    Args:
        height, width: The size of the result.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.CenterCrop(2, 2)(np.arange(16.0).reshape(4, 4, 1))[..., 0]
    tensor([[ 5.,  6.],
            [ 9., 10.]])
    """

    always = True

    def __init__(self, height, width, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.height, self.width = height, width

    def _draw(self, images, seed):
        return {"input_shape": tuple(images.shape)}

    def _window(self, height, width):
        """Return the window to cut, or None where an image is too small."""
        down, right = height - self.height, width - self.width
        return (down // 2, right // 2, self.height, self.width) if down >= 0 and right >= 0 else None

    def _apply(self, images, transformation, interpolation):
        window = self._window(*self._size(images.shape))
        return self._fit(images, interpolation) if window is None else self._cut(images, *window)

    def _move_boxes(self, boxes, transformation):
        shape = transformation["input_shape"]
        height, width = self._size(shape)
        boxes = self._to_corners(boxes, shape)
        window = self._window(height, width) or fitting_window(height, width, self.height, self.width)
        corners = convert_format(crop(boxes["boxes"], *window), "xyxy", "rel_xyxy", *window[2:])
        corners = convert_format(corners, "rel_xyxy", "xyxy", self.height, self.width)
        boxes = clip_to_image_size({**boxes, "boxes": corners}, self.height, self.width)
        return convert_format(boxes, "xyxy", self.bounding_box_format, self.height, self.width)


class RandomCrop(RandomImageLayer, Cropping):
    """In training, a random part of images, the same for a whole batch; inference leaves images as they are.

    Images that are not larger are cut to the proportions in their middle, and resized.

    Args:
        height, width: The size of the result.
        seed: An integer for draws that are the same in every run.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.RandomCrop(2, 2)(np.ones((5, 4, 4, 3))).shape
    torch.Size([5, 2, 2, 3])
    """

    def __init__(self, height, width, seed=None, data_format=None, name=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, name=name, **kwargs)
        self.height, self.width = height, width
        self.seed = make_default_seed() if seed is None else seed

    def _draw(self, images, seed):
        height, width = self._size(images.shape)
        if height is None or width is None:
            raise ValueError(
                "RandomCrop requires the input to have a fully defined height and width. "
                f"Received: images.shape={tuple(images.shape)}"
            )
        if height > self.height and width > self.width:
            top = self._uniform(images, (), 0.0, float(height - self.height + 1), seed)
            left = self._uniform(images, (), 0.0, float(width - self.width + 1), seed)
            return (0, 0) if is_inferring() else (int(top), int(left))
        return fitting_window(height, width, self.height, self.width)[:2]

    def _apply(self, images, transformation, interpolation):
        top, left = (int(x) for x in transformation)
        height, width = self._size(images.shape)
        part = self._cut(images, top, left, min(self.height, height - top), min(self.width, width - left))
        if self._size(part.shape) == (self.height, self.width):
            return part
        return resize(part, (self.height, self.width), interpolation, data_format=self.data_format)

    def _move_boxes(self, boxes, transformation):
        top, left = (int(x) for x in transformation)
        corners = convert_format(boxes["boxes"], self.bounding_box_format, "xyxy", self.height, self.width)
        corners = crop(corners, top, left, self.height, self.width)
        corners = convert_format(corners, "xyxy", self.bounding_box_format, self.height, self.width)
        return {**boxes, "boxes": corners}

    def compute_output_shape(self, input_shape, *args, **kwargs):
        """Return the shape of the output for the shape, or a dict of shapes, of the input."""
        return super().compute_output_shape(input_shape)
