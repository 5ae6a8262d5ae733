"""RandomRotation, RandomTranslation, RandomZoom, RandomShear: each pixel is read at an affine image of its place."""

import torch

from kerastorch.layers.preprocessing.image.arguments import (
    FILL_MODES,
    INTERPOLATIONS,
    check_choice,
    check_factor,
    check_range,
)
from kerastorch.layers.preprocessing.image.base import RandomImageLayer, batch_size
from kerastorch.layers.preprocessing.image.boxes import affine_transform as transform_boxes
from kerastorch.layers.preprocessing.image.boxes import clip_to_image_size, convert_format
from kerastorch.ops.warping import affine_transform


class AffineLayer(RandomImageLayer):
    """A layer whose drawn transformation is, for each image, eight numbers as `ops.image.affine_transform` has them."""

    moves_pixels = True

    def __init__(self, fill_mode="reflect", interpolation="bilinear", fill_value=0.0, **kwargs):
        super().__init__(**kwargs)
        check_choice("fill_mode", fill_mode, FILL_MODES)
        check_choice("interpolation", interpolation, INTERPOLATIONS)
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value

    def _matrix(self, transformation, shape):
        """Return the numbers, (batch, 8), for images of this shape."""
        raise NotImplementedError(f"{type(self).__name__} must define `_matrix`.")

    def _apply(self, images, transformation, interpolation):
        matrix = self._matrix(transformation, images.shape)
        return affine_transform(
            images, matrix, interpolation, self.fill_mode, self.fill_value, data_format=self.data_format
        )


def _rows(a, b, c, d, e, f):
    """Return (batch, 8) from six numbers for each image, each (batch,)."""
    zero = torch.zeros_like(a)
    return torch.stack([a, b, c, d, e, f, zero, zero], -1)


def _place(x, y, transform):
    """Return where a transform (batch, 8) reads the pixel (x, y): two tensors (batch, 1)."""
    a0, a1, a2, b0, b1, b2, c0, c1 = transform.split(1, -1)
    k = c0 * x + c1 * y + 1
    return (a0 * x + a1 * y + a2) / k, (b0 * x + b1 * y + b2) / k


def _moved_back(bounding_boxes, w_shift_factor, h_shift_factor):
    boxes = bounding_boxes["boxes"]
    shift = torch.cat([w_shift_factor, h_shift_factor] * 2, -1).to(boxes.dtype)
    return {**bounding_boxes, "boxes": boxes - (shift.unsqueeze(-2) if boxes.ndim == 3 else shift)}


class RandomRotation(AffineLayer):
    """In training, turn each image about its middle by a random angle.

    Args:
        factor: The angle as a part of a full turn: a number f for [-f, f], or (lower, upper). Positive angles turn
            counterclockwise.
        fill_mode: What is outside: "reflect" (d c b a | a b c d | d c b a), "wrap" (a b c d | a b c d), "constant"
            or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: An integer for draws that are the same in every run.
        fill_value: The constant.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> layer = keras.layers.RandomRotation((0.5, 0.5))
    >>> layer(np.arange(4.0).reshape(1, 2, 2, 1)).flatten().round()
    tensor([3., 2., 1., 0.])
    """

    def __init__(
        self,
        factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(fill_mode, interpolation, fill_value, seed=seed, data_format=data_format, **kwargs)
        self.factor = check_factor(factor)

    def _draw(self, images, seed):
        height, width = self._size(images.shape)
        low, high = (turn * 360.0 for turn in self.factor)
        angle = self._uniform(images, (batch_size(images),), low, high, seed)
        radians = torch.deg2rad(angle)
        cos, sin = torch.cos(radians), torch.sin(radians)
        x, y = (width - 1) / 2, (height - 1) / 2
        return {
            "angle": angle,
            "rotation_matrix": _rows(cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos),
            "image_height": height,
            "image_width": width,
            "batch_size": batch_size(images),
        }

    def _matrix(self, transformation, shape):
        return transformation["rotation_matrix"]

    def _move_boxes(self, boxes, transformation):
        height, width = transformation["image_height"], transformation["image_width"]
        angle = transformation["angle"]
        zero, one = torch.zeros_like(angle), torch.ones_like(angle)
        boxes = convert_format(boxes, self.bounding_box_format, "xyxy", height, width)
        turned = transform_boxes(boxes["boxes"], angle, zero, zero, one, zero, zero, height, width)
        boxes = clip_to_image_size({**boxes, "boxes": turned}, height, width)
        return convert_format(boxes, "xyxy", self.bounding_box_format, height, width)


class RandomTranslation(AffineLayer):
    """In training, move each image by a random amount.

    Args:
        height_factor: How far down, as a part of the height: a number f for [-f, f], or (lower, upper).
        width_factor: How far to the right, as a part of the width, likewise.
        fill_mode: What is outside: "reflect", "wrap", "constant" or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: An integer for draws that are the same in every run.
        fill_value: The constant.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> layer = keras.layers.RandomTranslation(0.0, (0.5, 0.5), fill_mode="constant")
    >>> layer([[[[1.0], [2.0], [3.0], [4.0]]]]).flatten()
    tensor([0., 0., 1., 2.])
    """

    def __init__(
        self,
        height_factor,
        width_factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(fill_mode, interpolation, fill_value, seed=seed, data_format=data_format, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._heights = _share(height_factor, "height_factor")
        self._widths = _share(width_factor, "width_factor")

    def _draw(self, images, seed):
        height, width = self._size(images.shape)
        shape = (batch_size(images), 1)
        down = self._uniform(images, shape, *self._heights, seed) * height
        right = self._uniform(images, shape, *self._widths, seed) * width
        return {"translations": torch.cat([right, down], 1), "input_shape": tuple(images.shape)}

    def _matrix(self, transformation, shape):
        right, down = transformation["translations"].float().unbind(-1)
        one, zero = torch.ones_like(right), torch.zeros_like(right)
        return _rows(one, zero, -right, zero, one, -down)

    def get_transformed_x_y(self, x, y, transform):
        """Return where a transform (batch, 8) reads the pixel (x, y)."""
        return _place(x, y, transform)

    def get_shifted_bbox(self, bounding_boxes, w_shift_factor, h_shift_factor):
        """Return boxes moved to the left and up by amounts (batch, 1)."""
        return _moved_back(bounding_boxes, w_shift_factor, h_shift_factor)

    def _move_boxes(self, boxes, transformation):
        shape = transformation["input_shape"]
        shift = self.get_transformed_x_y(0, 0, self._matrix(transformation, shape))
        return self._from_corners(self.get_shifted_bbox(self._to_corners(boxes, shape), *shift), shape)


def _share(factor, name):
    words = "`factor` argument should be a number (or a list of two numbers) in the range [-1.0, 1.0]"
    return check_range(factor, name, lambda x: -1 <= x <= 1, words)


def _zoom(factor, name):
    words = (
        "`height_factor` and `width_factor` arguments should be a number (or a list of two numbers) in the range "
        "(-1.0, 1.0]"
    )
    return check_range(factor, name, lambda x: -1 < x <= 1, words)


class RandomZoom(AffineLayer):
    """In training, zoom each image out or in, about its middle.

    Args:
        height_factor: The zoom less one: 0.2 shows 1.2 times the height (zooms out), -0.2 zooms in. A number f for
            [-f, f], or (lower, upper).
        width_factor: Likewise for the width; None keeps the proportions.
        fill_mode: What is outside: "reflect", "wrap", "constant" or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: An integer for draws that are the same in every run.
        fill_value: The constant.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> layer = keras.layers.RandomZoom((-0.5, -0.5), interpolation="nearest")
    >>> layer(np.arange(16.0).reshape(4, 4, 1))[..., 0][0]
    tensor([5., 5., 6., 6.])
    """

    def __init__(
        self,
        height_factor,
        width_factor=None,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(fill_mode, interpolation, fill_value, seed=seed, data_format=data_format, **kwargs)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._heights = _zoom(height_factor, "height_factor")
        self._widths = None if width_factor is None else _zoom(width_factor, "width_factor")

    def _draw(self, images, seed):
        shape = (batch_size(images), 1)
        height = self._uniform(images, shape, *(1 + x for x in self._heights), seed)
        width = height
        if self._widths is not None:
            width = self._uniform(images, shape, *(1 + x for x in self._widths), seed)
        return {"height_zoom": height, "width_zoom": width, "input_shape": tuple(images.shape)}

    def _matrix(self, transformation, shape):
        height, width = self._size(shape)
        across = transformation["width_zoom"].float().reshape(-1)
        down = transformation["height_zoom"].float().reshape(-1)
        zero = torch.zeros_like(across)
        return _rows(across, zero, (width - 1) / 2 * (1 - across), zero, down, (height - 1) / 2 * (1 - down))

    def get_transformed_x_y(self, x, y, transform):
        """Return where a transform (batch, 8) reads the pixel (x, y)."""
        return _place(x, y, transform)

    def get_clipped_bbox(self, bounding_boxes, h_end, h_start, w_end, w_start):
        """Return boxes cut at a window, and relative to its upper left corner; the window is four of (batch, 1)."""
        x1, y1, x2, y2 = bounding_boxes["boxes"].unbind(-1)

        def inside(x, start, end):
            return torch.minimum(torch.maximum(x, start), end) - start

        corners = [
            inside(x1, w_start, w_end),
            inside(y1, h_start, h_end),
            inside(x2, w_start, w_end),
            inside(y2, h_start, h_end),
        ]
        return {**bounding_boxes, "boxes": torch.stack(corners, -1)}

    def _move_boxes(self, boxes, transformation):
        shape = transformation["input_shape"]
        height, width = self._size(shape)
        transform = self._matrix(transformation, shape)
        w_start, h_start = self.get_transformed_x_y(0, 0, transform)
        w_end, h_end = self.get_transformed_x_y(width, height, transform)
        boxes = self.get_clipped_bbox(self._to_corners(boxes, shape), h_end, h_start, w_end, w_start)
        grow = torch.cat([width / (w_end - w_start), height / (h_end - h_start)] * 2, -1)
        return self._from_corners({**boxes, "boxes": boxes["boxes"] * grow.unsqueeze(-2)}, shape)


class RandomShear(AffineLayer):
    """In training, slant each image by a random amount.

    Args:
        x_factor: How far a row moves for each row above it: a number f for [-f, f], or (lower, upper), from 0 to 1;
            the sign is drawn too.
        y_factor: How far a column moves for each column before it, likewise.
        interpolation: "bilinear" or "nearest".
        fill_mode: What is outside: "reflect", "wrap", "constant" or "nearest".
        fill_value: The constant.
        data_format: "channels_last", "channels_first" or None for the default.
        seed: An integer for draws that are the same in every run.

    >>> layer = keras.layers.RandomShear(0.0, fill_mode="constant")
    >>> layer.transform_images(np.ones((1, 2, 2, 1)), {"shear_factor": np.array([[1.0, 0.0]])}).flatten()
    tensor([1., 1., 1., 0.])
    """

    def __init__(
        self,
        x_factor=0.0,
        y_factor=0.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        data_format=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(fill_mode, interpolation, fill_value, seed=seed, data_format=data_format, **kwargs)
        self.x_factor, self.y_factor = _slant(x_factor, "x_factor"), _slant(y_factor, "y_factor")

    def _draw(self, images, seed):
        shape, dtype = (batch_size(images), 1), self.compute_dtype
        sign = 1 - 2 * (self._uniform(images, shape, 0.0, 1.0, seed, dtype) > 0.5).to(self._torch_dtype)
        down = self._uniform(images, shape, *self.y_factor, seed, dtype)
        right = self._uniform(images, shape, *self.x_factor, seed, dtype)
        return {"shear_factor": torch.cat([right, down], 1) * sign, "input_shape": tuple(images.shape)}

    def _matrix(self, transformation, shape):
        right, down = transformation["shear_factor"].float().unbind(-1)
        one, zero = torch.ones_like(right), torch.zeros_like(right)
        return _rows(one, right, zero, down, one, zero)

    def get_transformed_x_y(self, x, y, transform):
        """Return where a transform (batch, 8) reads the pixel (x, y)."""
        return _place(x, y, transform)

    def get_shifted_bbox(self, bounding_boxes, w_shift_factor, h_shift_factor):
        """Return boxes moved to the left and up by amounts (batch, 1)."""
        return _moved_back(bounding_boxes, w_shift_factor, h_shift_factor)

    def _move_boxes(self, boxes, transformation):
        shape = transformation["input_shape"]
        height, width = self._size(shape)
        boxes = convert_format(
            boxes, self.bounding_box_format, "rel_xyxy", height, width, dtype=self.compute_dtype
        )
        x1, y1, x2, y2 = boxes["boxes"].unbind(-1)
        right, down = transformation["shear_factor"].to(x1.dtype).split(1, -1)
        # a slanted box is wider at one end: the corners that reach out are taken
        x1, x2 = (
            torch.where(right < 0, x1 - right * y1, x1 - right * y2),
            torch.where(right < 0, x2 - right * y2, x2 - right * y1),
        )
        y1, y2 = (
            torch.where(down > 0, y1 - down * x2, y1 - down * x1),
            torch.where(down > 0, y2 - down * x1, y2 - down * x2),
        )
        boxes = {**boxes, "boxes": torch.stack([x1, y1, x2, y2], -1)}
        boxes = clip_to_image_size(boxes, bounding_box_format="rel_xyxy")
        return convert_format(
            boxes, "rel_xyxy", self.bounding_box_format, height, width, dtype=self.compute_dtype
        )


def _slant(factor, name):
    if isinstance(factor, (tuple, list)) and len(factor) == 2 and factor[0] == -factor[1]:
        factor = factor[1]  # as the config of a single number has it
    words = "`factor` argument should be a number (or a list of two numbers) in the range [0, 1.0]"
    return check_range(factor, name, lambda x: 0 <= x <= 1, words)
