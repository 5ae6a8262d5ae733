"""RandomPerspective."""

import torch

from kerastorch.layers.preprocessing.image.arguments import INTERPOLATIONS, check_choice, check_factor
from kerastorch.layers.preprocessing.image.base import RandomImageLayer, batch_size, per_image
from kerastorch.layers.preprocessing.image.boxes import around
from kerastorch.ops.warping import homography, perspective_transform


class RandomPerspective(RandomImageLayer):
    """In training, see images from a random side: their corners move.

    Args:
        factor: The probability for an image: a number p for [0, p], or (lower, upper), from which it is drawn.
        scale: How far corners move at most, twice the part of the image's size; from 0 to 1.
        interpolation: "bilinear" or "nearest".
        fill_value: What is outside.
        seed: An integer for draws that are the same in every run.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.RandomPerspective(scale=0.0)(np.ones((2, 2, 1))).flatten()
    tensor([1., 1., 1., 1.])
    """

    moves_pixels = True

    def __init__(
        self,
        factor=1.0,
        scale=1.0,
        interpolation="bilinear",
        fill_value=0.0,
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = check_factor(factor, (0, 1))
        if not 0 <= scale <= 1:
            raise ValueError(
                f"The `scale` argument should be a number in the range [0,1]. Received: scale={scale}"
            )
        check_choice("interpolation", interpolation, INTERPOLATIONS)
        self.scale, self.interpolation, self.fill_value = scale, interpolation, fill_value

    def _draw(self, images, seed):
        count, (height, width) = batch_size(images), self._size(images.shape)
        probability = self._uniform(images, (count,), *self.factor, seed)
        chosen = self._uniform(images, (count,), 0.0, 1.0, seed) < probability
        limit = 0.5 * self.scale
        moves = self._uniform(images, (count, 4, 2), -limit, limit, seed, self.compute_dtype)
        corners = [[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]]
        start = torch.tensor([corners], dtype=moves.dtype, device=moves.device).repeat(count, 1, 1)
        return {
            "apply_perspective": chosen,
            "start_points": start,
            "end_points": start + start * moves,
            "input_shape": tuple(images.shape),
        }

    def _apply(self, images, transformation, interpolation):
        moved = perspective_transform(
            images,
            transformation["start_points"],
            transformation["end_points"],
            interpolation,
            self.fill_value,
            self.data_format,
        )
        return torch.where(per_image(transformation["apply_perspective"]), moved, images)

    def _move_boxes(self, boxes, transformation):
        shape = transformation["input_shape"]
        boxes = self._to_corners(boxes, shape)
        x1, y1, x2, y2 = boxes["boxes"].unbind(-1)
        start, end = transformation["start_points"].float(), transformation["end_points"].float()
        # images are read from `start` at `end`; what stands at `start` is seen at `end`
        a, b, c, d, e, f, g, h = (v.reshape(-1, 1, 1) for v in homography(end, start).unbind(-1))
        x, y = torch.stack([x1, x2, x1, x2], -1), torch.stack([y1, y2, y2, y1], -1)
        k = g * x + h * y + 1
        moved = around((a * x + b * y + c) / k, (d * x + e * y + f) / k)
        chosen = transformation["apply_perspective"].to(torch.bool).reshape(-1, *[1] * (moved.ndim - 1))
        return self._from_corners({**boxes, "boxes": torch.where(chosen, moved, boxes["boxes"])}, shape)
