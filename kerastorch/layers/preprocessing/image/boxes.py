"""Bounding boxes: tensors (..., 4) of corners in some format, and what happens to them when images change.

Formats: "xyxy" (left, top, right, bottom), "yxyx", "xywh" (left, top, width, height), "center_xywh", "center_yxhw",
in pixels; with "rel_" before them in shares of the image's width and height.
"""

import math

import torch

from kerastorch.core import edge
from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.edge import as_tensor
from kerastorch.core.op import Tensor, op
from kerastorch.core.settings import epsilon
from kerastorch.ops.common import as_float

FORMATS = (
    *("xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw"),
    *("rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh"),
)


def convert_format(boxes, source, target, height=None, width=None, dtype="float32"):
    """Boxes in another format.

    Args:
        boxes: A tensor (..., 4), or a dict with one under "boxes".
        source, target: "xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", or "rel_xyxy", "rel_yxyx", "rel_xywh",
            "rel_center_xywh" for shares of the image.
        height, width: Of the image, for formats of shares.
        dtype: Of the result.

    >>> keras.utils.bounding_boxes.convert_format([[10, 20, 30, 60]], "xyxy", "center_xywh")
    tensor([[20., 40., 20., 40.]])
    """
    source, target = source.lower(), target.lower()
    if source not in FORMATS or target not in FORMATS:
        raise ValueError(
            f"Invalid source or target format. Supported formats: {FORMATS}. "
            f"Received: source={source!r}, target={target!r}"
        )
    relative = source.startswith("rel_"), target.startswith("rel_")
    if any(relative) and (height is None or width is None):
        raise ValueError(
            "convert_format() must receive `height` and `width` transforming between relative and absolute "
            f"formats. Received: source={source!r}, target={target!r}, height={height}, width={width}"
        )
    if isinstance(boxes, dict):
        converted = _converted(boxes["boxes"], source, target, height, width, dtype)
        return {**boxes, "boxes": converted}
    return _converted(boxes, source, target, height, width, dtype)


@op
def _converted(boxes: Tensor, source, target, height, width, dtype):
    if boxes.shape[-1] != 4:
        raise ValueError(
            "`boxes` must be a tensor with the last dimension of 4. "
            f"Received: boxes.shape={tuple(boxes.shape)}"
        )
    boxes = boxes.to(to_torch_dtype(dtype))
    if source == target:
        return boxes
    source_shape, target_shape = source.removeprefix("rel_"), target.removeprefix("rel_")
    corners = _TO_CORNERS[source_shape](*boxes.unbind(-1))
    if source.startswith("rel_") != target.startswith("rel_"):
        height, width = (_extent(size, boxes) for size in (height, width))
        if source.startswith("rel_"):
            scale = width, height, width, height
            corners = [x * factor for x, factor in zip(corners, scale)]
        else:
            corners = [x / factor for x, factor in zip(corners, (width, height, width, height))]
    return torch.stack(_FROM_CORNERS[target_shape](*corners), -1)


def _extent(size, boxes):
    """Return a height or width as it broadcasts with one coordinate of the boxes."""
    size = as_tensor(edge.unwrap(size), boxes.dtype).to(boxes.device)
    return size.squeeze(-1) if size.ndim == boxes.ndim else size


def _from_corner(x, y, w, h):
    return x, y, x + w, y + h


def _from_center(x, y, w, h):
    return x - w / 2, y - h / 2, x + w / 2, y + h / 2


def _to_center(left, top, right, bottom):
    return left + (right - left) / 2, top + (bottom - top) / 2, right - left, bottom - top


def _swapped(a, b, c, d):
    return b, a, d, c


_TO_CORNERS = {
    "xyxy": lambda *corners: corners,
    "yxyx": _swapped,
    "xywh": _from_corner,
    "center_xywh": _from_center,
    "center_yxhw": lambda *box: _from_center(*_swapped(*box)),
}
_FROM_CORNERS = {
    "xyxy": lambda *corners: corners,
    "yxyx": _swapped,
    "xywh": lambda x1, y1, x2, y2: (x1, y1, x2 - x1, y2 - y1),
    "center_xywh": _to_center,
    "center_yxhw": lambda *corners: _swapped(*_to_center(*corners)),
}


def clip_to_image_size(bounding_boxes, height=None, width=None, bounding_box_format="xyxy"):
    """Boxes cut at the border of the image; the label of a box with nothing left becomes -1.

    Args:
        bounding_boxes: A dict of "boxes" (..., 4) and, if wanted, "labels" (...).
        height, width: Of the image; not needed for "rel_xyxy".
        bounding_box_format: "xyxy" or "rel_xyxy".

    >>> found = keras.utils.bounding_boxes.clip_to_image_size(
    ...     {"boxes": [[-5.0, 0.0, 5.0, 9.0]], "labels": [1]}, height=8, width=8
    ... )
    >>> found["boxes"], found["labels"]
    (tensor([[0., 0., 5., 8.]]), tensor([1], dtype=torch.int32))
    """
    _check_corners(bounding_box_format, ("xyxy", "rel_xyxy"))
    if bounding_box_format == "xyxy" and (height is None or width is None):
        raise ValueError(
            f"`height` and `width` must be set if `format='xyxy'`. Received: height={height}, width={width}"
        )
    if bounding_box_format == "rel_xyxy":
        height = width = 1.0
    boxes = _clipped(bounding_boxes["boxes"], height, width)
    result = {**bounding_boxes, "boxes": boxes}
    if bounding_boxes.get("labels") is not None:
        result["labels"] = _kept_labels(boxes, bounding_boxes["labels"])
    return result


@op
def _clipped(boxes: Tensor, height, width):
    height, width = _extent(height, boxes), _extent(width, boxes)
    x1, y1, x2, y2 = boxes.unbind(-1)
    return torch.stack(
        [_between(x1, width), _between(y1, height), _between(x2, width), _between(y2, height)], -1
    )


def _between(x, high):
    return torch.minimum(x.clamp(min=0), high)


@op
def _kept_labels(boxes: Tensor, labels: Tensor):
    x1, y1, x2, y2 = boxes.unbind(-1)
    kept = (x2 - x1) * (y2 - y1) > 0
    return torch.where(
        kept.unsqueeze(-1) if labels.ndim > kept.ndim and labels.shape[-1] == 1 else kept, labels, -1
    )


def _check_corners(bounding_box_format, allowed=("xyxy",)):
    if bounding_box_format not in allowed:
        raise NotImplementedError(
            f"`bounding_box_format` must be one of {allowed}; use `convert_format` first. "
            f"Received: bounding_box_format={bounding_box_format!r}"
        )


def affine_transform(
    boxes,
    angle,
    translate_x,
    translate_y,
    scale,
    shear_x,
    shear_y,
    height,
    width,
    center_x=None,
    center_y=None,
    bounding_box_format="xyxy",
):
    """The boxes around boxes that are turned, moved, scaled and sheared with their image.

    Args:
        boxes: (batch, boxes, 4).
        angle, shear_x, shear_y: In degrees, one for each image: (batch,).
        translate_x, translate_y: In shares of the image, (batch,).
        scale: A factor for each image, (batch,).
        height, width: Of the image.
        center_x, center_y: The fixed point in shares of the image, by default its middle.
        bounding_box_format: Only "xyxy".

    >>> one, zero = torch.ones(1), torch.zeros(1)
    >>> keras.utils.bounding_boxes.affine_transform(
    ...     [[[1.0, 1.0, 3.0, 2.0]]], zero, zero, zero, one, zero, zero, height=5, width=5
    ... )
    tensor([[[1., 1., 3., 2.]]])
    """
    _check_corners(bounding_box_format)
    center = (0.5 if center_x is None else center_x, 0.5 if center_y is None else center_y)
    return _moved(boxes, angle, translate_x, translate_y, scale, shear_x, shear_y, height, width, *center)


@op
def _moved(
    boxes: Tensor,
    angle: Tensor,
    translate_x: Tensor,
    translate_y: Tensor,
    scale: Tensor,
    shear_x: Tensor,
    shear_y: Tensor,
    height,
    width,
    center_x,
    center_y,
):
    angle = as_float(angle)
    turn, lean_x, lean_y = (torch.deg2rad(-as_float(x)) for x in (angle, shear_x, shear_y))
    middle_x, middle_y = center_x * (width - 1), center_y * (height - 1)
    a = torch.cos(turn - lean_y) / torch.cos(lean_y)
    c = -torch.sin(turn - lean_y) / torch.cos(lean_y)
    b = a * torch.tan(lean_x) + torch.sin(turn)
    d = torch.cos(turn) - c * torch.tan(lean_x)
    a0, a1, b0, b1 = d * scale, -b * scale, -c * scale, a * scale
    from_x, from_y = middle_x - translate_x * (width - 1), middle_y - translate_y * (height - 1)
    a2 = middle_x - a0 * from_x - a1 * from_y
    b2 = middle_y - b0 * from_x - b1 * from_y
    a0, a1, a2, b0, b1, b2 = (v.reshape(-1, 1, 1) for v in (a0, a1, a2, b0, b1, b2))
    x1, y1, x2, y2 = boxes.to(angle.dtype).unbind(-1)
    x, y = torch.stack([x1, x2, x2, x1], -1), torch.stack([y1, y1, y2, y2], -1)
    return around(a0 * x + a1 * y + a2, b0 * x + b1 * y + b2)


def around(x, y):
    """Return the boxes (..., 4) around points: x and y (..., points)."""
    return torch.stack([x.amin(-1), y.amin(-1), x.amax(-1), y.amax(-1)], -1)


def crop(boxes, top, left, height, width, bounding_box_format="xyxy"):
    """Boxes as they are in a part of their image, cut at its border.

    Args:
        boxes: (..., 4).
        top, left: Where the part begins.
        height, width: Its size.
        bounding_box_format: Only "xyxy".

    >>> keras.utils.bounding_boxes.crop([[2.0, 2.0, 9.0, 9.0]], top=1, left=2, height=4, width=4)
    tensor([[0., 1., 4., 4.]])
    """
    _check_corners(bounding_box_format)
    return _clipped(_shifted(boxes, -left, -top), height, width)


def pad(boxes, top, left, height=None, width=None, bounding_box_format="xyxy"):
    """Boxes as they are in an image with rows above and columns to the left.

    >>> keras.utils.bounding_boxes.pad([[0.0, 0.0, 1.0, 1.0]], top=1, left=2)
    tensor([[2., 1., 3., 2.]])
    """
    _check_corners(bounding_box_format)
    return _shifted(boxes, left, top)


@op
def _shifted(boxes: Tensor, right, down):
    right, down = _extent(right, boxes), _extent(down, boxes)
    x1, y1, x2, y2 = boxes.unbind(-1)
    return torch.stack([x1 + right, y1 + down, x2 + right, y2 + down], -1)


def encode_box_to_deltas(
    anchors, boxes, anchor_format, box_format, encoding_format="center_yxhw", variance=None, image_shape=None
):
    """How boxes differ from anchors: offsets of the centres in anchor sizes, logarithms of the ratios of sizes.

    Args:
        anchors: (anchors, 4).
        boxes: (anchors, 4) or (batch, anchors, 4).
        anchor_format, box_format: Their formats.
        encoding_format: "center_yxhw" or "center_xywh", the order of the four numbers.
        variance: Four numbers to divide by, or None.
        image_shape: (height, width, channels), for formats of shares.

    Ren et al., 2015.

    >>> keras.utils.bounding_boxes.encode_box_to_deltas(
    ...     [[0.0, 0.0, 2.0, 2.0]], [[1.0, 0.0, 3.0, 2.0]], "xyxy", "xyxy", "center_xywh"
    ... )
    tensor([[0.5000, 0.0000, 0.0000, 0.0000]])
    """
    variance, (height, width) = _coding("encoding_format", encoding_format, variance, image_shape)
    anchors = convert_format(anchors, anchor_format, encoding_format, height, width)
    boxes = convert_format(boxes, box_format, encoding_format, height, width)
    return _encoded(anchors, boxes, variance)


@op
def _encoded(anchors: Tensor, boxes: Tensor, variance):
    sizes, box_sizes = anchors[..., 2:].clamp(min=epsilon()), boxes[..., 2:].clamp(min=epsilon())
    deltas = torch.cat([(boxes[..., :2] - anchors[..., :2]) / sizes, torch.log(box_sizes / sizes)], -1)
    return deltas if variance is None else deltas / variance


def decode_deltas_to_boxes(
    anchors,
    boxes_delta,
    anchor_format,
    box_format,
    encoded_format="center_yxhw",
    variance=None,
    image_shape=None,
):
    """The boxes that differ from anchors by deltas, the inverse of `encode_box_to_deltas`.

    Args:
        anchors: (anchors, 4), or a dict of them.
        boxes_delta: (anchors, 4) or (batch, anchors, 4), or a dict with the same keys.
        anchor_format, box_format: The formats of the anchors and of the result.
        encoded_format: "center_yxhw" or "center_xywh", the order of the four numbers.
        variance: Four numbers that the deltas were divided by, or None.
        image_shape: (height, width, channels), for formats of shares.

    >>> keras.utils.bounding_boxes.decode_deltas_to_boxes(
    ...     [[0.0, 0.0, 2.0, 2.0]], [[0.5, 0.0, 0.0, 0.0]], "xyxy", "xyxy", "center_xywh"
    ... )
    tensor([[1., 0., 3., 2.]])
    """
    variance, (height, width) = _coding("encoded_format", encoded_format, variance, image_shape)

    def decode(anchors, deltas):
        anchors = convert_format(anchors, anchor_format, encoded_format, height, width)
        return convert_format(_decoded(deltas, anchors, variance), encoded_format, box_format, height, width)

    if isinstance(anchors, dict) and isinstance(boxes_delta, dict):
        return {level: decode(anchors[level], boxes_delta[level]) for level in anchors}
    return decode(anchors, boxes_delta)


@op
def _decoded(deltas: Tensor, anchors: Tensor, variance):
    deltas = deltas if variance is None else deltas * variance
    sizes = anchors[..., 2:]
    return torch.cat([deltas[..., :2] * sizes + anchors[..., :2], torch.exp(deltas[..., 2:]) * sizes], -1)


def _coding(name, value, variance, image_shape):
    if value not in ("center_xywh", "center_yxhw"):
        raise ValueError(
            f"`{name}` should be one of 'center_xywh' or 'center_yxhw'. Received: {name}={value!r}"
        )
    if variance is not None:
        variance = as_tensor(edge.unwrap(variance), "float32")
        if variance.shape[-1:] != (4,):
            raise ValueError(f"`variance` must be length 4. Received: variance={variance.tolist()}")
    return variance, (None, None) if image_shape is None else tuple(image_shape)[:2]


@op
def compute_iou(
    boxes1: Tensor, boxes2: Tensor, bounding_box_format, use_masking=False, mask_val=-1, image_shape=None
):
    """The area in which boxes overlap, as a share of the area that they cover together, for all pairs.

    Args:
        boxes1: (N, 4) or (batch, N, 4).
        boxes2: (M, 4) or (batch, M, 4).
        bounding_box_format: Their format.
        use_masking: Whether pairs with a box of negative coordinates get `mask_val`.
        mask_val: See above.
        image_shape: (height, width, channels), for formats of shares.

    Returns:
        (N, M) or (batch, N, M).

    >>> keras.utils.bounding_boxes.compute_iou([[0.0, 0.0, 2.0, 2.0]], [[1.0, 0.0, 3.0, 2.0]], "xyxy")
    tensor([[0.3333]])
    """
    for name, boxes in (("boxes1", boxes1), ("boxes2", boxes2)):
        if boxes.ndim not in (2, 3):
            raise ValueError(
                f"compute_iou() expects {name} to be batched, or to be unbatched. "
                f"Received len(boxes1.shape)={boxes1.ndim}, len(boxes2.shape)={boxes2.ndim}. "
                f"Expected either len({name}.shape)=2 or len({name}.shape)=3."
            )
    boxes1, boxes2 = _pixels(bounding_box_format, image_shape, boxes1, boxes2)
    first, second = boxes1.unsqueeze(-2), boxes2.unsqueeze(-3)
    overlap = torch.minimum(first[..., 2:], second[..., 2:]) - torch.maximum(first[..., :2], second[..., :2])
    overlap = overlap.clamp(min=0).prod(-1)
    iou = overlap / (_area(first) + _area(second) - overlap + epsilon())
    if not use_masking:
        return iou
    return torch.where((first.amax(-1) < 0) | (second.amax(-1) < 0), mask_val, iou)


def _area(boxes):
    return (boxes[..., 2:] - boxes[..., :2]).prod(-1)


def _pixels(bounding_box_format, image_shape, *boxes):
    if "rel" in bounding_box_format and image_shape is None:
        raise ValueError(
            "When using relative bounding box formats (e.g. `rel_yxyx`) the `image_shape` argument must be "
            f"provided. Received `image_shape`: {image_shape}"
        )
    height, width = (None, None) if image_shape is None else tuple(image_shape)[:2]
    return [convert_format(x, bounding_box_format, "xyxy", height, width) for x in boxes]


@op
def compute_ciou(boxes1: Tensor, boxes2: Tensor, bounding_box_format, image_shape=None):
    """The complete IoU of boxes, pair by pair: IoU less a penalty for distance of centres and for other proportions.

    Args:
        boxes1, boxes2: (..., 4), of the same shape.
        bounding_box_format: Their format, in pixels.
        image_shape: (height, width, channels).

    Zheng et al., 2020.

    >>> box = [[0.0, 0.0, 2.0, 2.0]]
    >>> keras.utils.bounding_boxes.compute_ciou(box, box, "xyxy").round(decimals=4)
    tensor([1.])
    """
    if "rel" in bounding_box_format:
        raise ValueError(
            "When using relative bounding box formats (e.g. `rel_yxyx`) the `image_shape` argument must be provided, "
            "and boxes converted to pixels with `convert_format`. "
            f"Received: bounding_box_format={bounding_box_format!r}, `image_shape`: {image_shape}"
        )
    boxes1, boxes2 = _pixels(bounding_box_format, image_shape, boxes1, boxes2)
    small = epsilon()
    (left1, top1, right1, bottom1), (left2, top2, right2, bottom2) = boxes1.unbind(-1), boxes2.unbind(-1)
    width1, height1 = right1 - left1, bottom1 - top1 + small
    width2, height2 = right2 - left2, bottom2 - top2 + small
    overlap = (torch.minimum(right1, right2) - torch.maximum(left1, left2)).clamp(min=0)
    overlap = overlap * (torch.minimum(bottom1, bottom2) - torch.maximum(top1, top2)).clamp(min=0)
    iou = overlap / (width1 * height1 + width2 * height2 - overlap + 2 * small)
    hull_width = torch.maximum(right1, right2) - torch.minimum(left1, left2)
    hull_height = torch.maximum(bottom1, bottom2) - torch.minimum(top1, top2)
    diagonal = hull_width**2 + hull_height**2 + small
    distance = ((left1 + right1 - left2 - right2) / 2) ** 2 + ((top1 + bottom1 - top2 - bottom2) / 2) ** 2
    shape = 4 / math.pi**2 * (torch.atan(width2 / height2) - torch.atan(width1 / height1)) ** 2
    return iou - distance / diagonal - shape * shape / (shape - iou + 1 + small)
