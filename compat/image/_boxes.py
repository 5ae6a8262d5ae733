"""Boxes in images, [y1, x1, y2, x2]: choosing, cutting out, drawing."""

import numpy as np
import torch

from .._convert import convert
from .._dtypes import float32
from .._failure import invalid
from .._make import sizes
from .._wrap import Own, Same, op, tensor, wrap_all

# The colours of boxes, in turn, where none are given.
_COLORS = [
    [1, 1, 0, 1],
    [0, 0, 1, 1],
    [1, 0, 0, 1],
    [0, 1, 0, 1],
    [0.5, 0, 0.5, 1],
    [0.5, 0.5, 0, 1],
    [0.5, 0, 0, 1],
    [0, 0, 0.5, 1],
    [0, 1, 1, 1],
    [1, 0, 1, 1],
]


def _overlaps(boxes):
    """Intersection over union of all pairs of boxes, as an array."""
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    area = (high - low).prod(-1)
    sides = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    shared = sides.clip(min=0).prod(-1)
    union = area[:, None] + area - shared
    valid = (area[:, None] > 0) & (area > 0)
    return np.where(valid, shared / np.where(valid, union, 1), 0).astype(boxes.dtype)


def _kept(overlaps, scores, count, threshold, least, sigma=0.0):
    """The indices of boxes that no better one covers, best first, with their scores."""
    scores, picked, values = scores.astype(np.float32).copy(), [], []
    open_ = scores > least
    while open_.any() and len(picked) < count:
        best = int(np.argmax(np.where(open_, scores, -np.inf)))
        picked.append(best)
        values.append(scores[best])
        open_[best] = False
        if sigma > 0:
            scores = scores * np.exp(-0.5 / sigma * overlaps[best] ** 2)
            open_ &= scores > least
        else:
            open_ &= overlaps[best] <= threshold
    return np.array(picked, np.int32), np.array(values, np.float32)


def _arrays(boxes, scores):
    boxes, scores = convert(boxes, hint=float32), convert(scores, hint=float32)
    if boxes.ndim != 2 or boxes.shape[1] != 4 or scores.shape != boxes.shape[:1]:
        raise invalid(
            "NonMaxSuppressionV3",
            f"boxes must be (n, 4) and scores (n,), got {list(boxes.shape)} and {list(scores.shape)}",
        )
    return boxes.detach().cpu().float().numpy(), scores.detach().cpu().float().numpy()


def _number(value):
    return float(convert(value, hint=float32))


def non_max_suppression(
    boxes, scores, max_output_size, iou_threshold=0.5, score_threshold=float("-inf"), name=None
):
    """Return the indices of the best boxes, without those that overlap a better one by more than the threshold.

    >>> boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.9], [2.0, 2.0, 3.0, 3.0]]
    >>> print(tf.image.non_max_suppression(boxes, [0.5, 0.9, 0.3], max_output_size=2).numpy())
    [1 2]
    """
    boxes, scores = _arrays(boxes, scores)
    limits = int(convert(max_output_size)), _number(iou_threshold), _number(score_threshold)
    return tensor(_kept(_overlaps(boxes), scores, *limits)[0])


def non_max_suppression_with_scores(
    boxes,
    scores,
    max_output_size,
    iou_threshold=0.5,
    score_threshold=float("-inf"),
    soft_nms_sigma=0.0,
    name=None,
):
    """Return (indices, scores) of the best boxes; with a sigma, overlapping boxes lose score, not their place."""
    boxes, scores = _arrays(boxes, scores)
    limits = int(convert(max_output_size)), _number(iou_threshold), _number(score_threshold)
    picked, values = _kept(_overlaps(boxes), scores, *limits, _number(soft_nms_sigma))
    return tensor(picked), tensor(values)


def non_max_suppression_overlaps(
    overlaps, scores, max_output_size, overlap_threshold=0.5, score_threshold=float("-inf"), name=None
):
    """Return the indices of the best boxes, given how much each pair overlaps."""
    overlaps = convert(overlaps, hint=float32).detach().cpu().numpy()
    scores = convert(scores, hint=float32).detach().cpu().numpy()
    limits = int(convert(max_output_size)), _number(overlap_threshold), _number(score_threshold)
    return tensor(_kept(overlaps, scores, *limits)[0])


@op("CropAndResize")
def _crops(image: Own, boxes: Own, indices: Own, size, method, outside):
    height, width = image.shape[1:3]
    boxes = boxes.float()

    def places(low, high, count, length):
        steps = torch.arange(count, dtype=torch.float32, device=image.device)
        if count > 1:
            return low[:, None] * (length - 1) + steps * ((high - low) * (length - 1) / (count - 1))[:, None]
        return (0.5 * (low + high) * (length - 1))[:, None]

    y = places(boxes[:, 0], boxes[:, 2], size[0], height)
    x = places(boxes[:, 1], boxes[:, 3], size[1], width)
    inside = ((y >= 0) & (y <= height - 1))[:, :, None] & ((x >= 0) & (x <= width - 1))[:, None, :]
    batch = indices.long()[:, None, None]

    def at(rows, columns):
        rows, columns = rows.long().clamp(0, height - 1), columns.long().clamp(0, width - 1)
        return image[batch, rows[:, :, None], columns[:, None, :]].float()

    if method == "nearest":
        values = at((y + 0.5).floor(), (x + 0.5).floor())
    else:
        top, left = y.floor(), x.floor()
        down, right = (y - top)[:, :, None, None], (x - left)[:, None, :, None]
        upper = at(top, left) + (at(top, x.ceil()) - at(top, left)) * right
        lower = at(y.ceil(), left) + (at(y.ceil(), x.ceil()) - at(y.ceil(), left)) * right
        values = upper + (lower - upper) * down
    return torch.where(inside[..., None], values, values.new_tensor(outside))


def crop_and_resize(
    image, boxes, box_indices, crop_size, method="bilinear", extrapolation_value=0.0, name=None
):
    """Cut boxes (of coordinates from 0 to 1) out of images, in one size: (boxes, height, width, channels).

    Args:
        image: Shape (batch, height, width, channels).
        boxes: Shape (boxes, 4), [y1, x1, y2, x2]; parts outside of the image are `extrapolation_value`.
        box_indices: For each box, the image that it lies in.
        crop_size: (height, width) of the result.
        method: "bilinear" or "nearest".
    """
    if method not in ("bilinear", "nearest"):
        raise ValueError(f'method must be "bilinear" or "nearest". Received: method={method!r}')
    boxes = tensor(boxes, hint=float32)
    return _crops(image, boxes, box_indices, sizes(crop_size), method, float(extrapolation_value))


def draw_bounding_boxes(images, boxes, colors, name=None):
    """Return images (batch, height, width, channels) with the outlines of boxes (batch, n, 4), from 0 to 1.

    Args:
        colors: One colour a box, in turn: shape (colours, channels), or None for TensorFlow's own.
    """
    raw = convert(images, hint=float32).detach().clone()
    boxes = convert(boxes, hint=float32).detach()
    height, width, channels = raw.shape[1:]
    table = torch.tensor(_COLORS) if colors is None else convert(colors, hint=float32).detach().cpu()
    table = torch.ones(1, 1) if colors is None and channels == 1 else table[:, :channels]
    scale = torch.tensor([height - 1, width - 1, height - 1, width - 1], dtype=torch.float32)
    corners = (boxes.float().cpu() * scale).long().tolist()
    for image, places in zip(raw, corners):
        for number, (top, left, bottom, right) in enumerate(places):
            color = table[number % len(table)].to(raw.dtype).to(raw.device)
            if top > bottom or left > right:
                continue
            rows = slice(max(top, 0), min(bottom, height - 1) + 1)
            columns = slice(max(left, 0), min(right, width - 1) + 1)
            if rows.start >= rows.stop or columns.start >= columns.stop:
                continue
            for row in (top, bottom):
                if 0 <= row < height:
                    image[row, columns] = color
            for column in (left, right):
                if 0 <= column < width:
                    image[rows, column] = color
    return wrap_all(raw)


@op("MatMul")
def _mixed_channels(images: Same, matrix):
    return images @ torch.tensor(matrix, dtype=images.dtype, device=images.device)


def _channels(name, matrix, meaning):
    def change(images):
        return _mixed_channels(tensor(images, hint=float32), matrix)

    change.__name__ = change.__qualname__ = name
    change.__doc__ = f"Return {meaning} of images (..., 3)."
    return change


_YIQ = (
    (0.299, 0.59590059, 0.2115),
    (0.587, -0.27455667, -0.52273617),
    (0.114, -0.32134392, 0.31119955),
)
_YUV = (
    (0.299, -0.14714119, 0.61497538),
    (0.587, -0.28886916, -0.51496512),
    (0.114, 0.43601035, -0.10001026),
)
rgb_to_yiq = _channels("rgb_to_yiq", _YIQ, "luma and the two chroma channels I and Q")
rgb_to_yuv = _channels("rgb_to_yuv", _YUV, "luma and the two chroma channels U and V")
yiq_to_rgb = _channels(
    "yiq_to_rgb",
    ((1, 1, 1), (0.95598634, -0.27201283, -1.10674021), (0.6208248, -0.64720424, 1.70423049)),
    "red, green and blue",
)
yuv_to_rgb = _channels(
    "yuv_to_rgb",
    ((1, 1, 1), (0, -0.394642334, 2.03206185), (1.13988303, -0.58062185, 0)),
    "red, green and blue",
)
