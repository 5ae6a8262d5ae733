"""Bounding boxes, against the real Keras."""

import itertools

import keras as real
import numpy as np
import pytest
import torch

from kerastorch.layers.preprocessing.image.boxes import FORMATS
from kerastorch.utils import bounding_boxes

theirs = real.utils.bounding_boxes
RNG = np.random.default_rng(0)


def corners(*shape):
    a, b = RNG.uniform(0, 50, (2, *shape, 2))
    return np.concatenate([np.minimum(a, b), np.maximum(a, b) + 1], -1).astype("float32")


BOXES, OTHERS = corners(2, 3), corners(2, 3)


def check(ours, theirs, **tolerance):
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), **{"rtol": 1e-4, "atol": 1e-4, **tolerance})


@pytest.mark.parametrize(("source", "target"), list(itertools.product(FORMATS, FORMATS)))
def test_formats(source, target):
    sizes = {"height": 60, "width": 40}
    boxes = theirs.convert_format(BOXES, "xyxy", source, **sizes).numpy()
    check(*(p.convert_format(boxes, source, target, **sizes) for p in (bounding_boxes, theirs)))


@pytest.mark.parametrize("box_format", ["xyxy", "rel_xyxy"])
def test_clip(box_format):
    boxes = (BOXES - 20) / (1 if box_format == "xyxy" else 30)
    given = {"boxes": torch.tensor(boxes), "labels": torch.tensor([[1, 2, 3]] * 2)}
    found = [p.clip_to_image_size(dict(given), 20, 10, box_format) for p in (bounding_boxes, theirs)]
    for key in given:
        check(found[0][key], found[1][key])


@pytest.mark.parametrize("center", [{}, {"center_x": 0.2, "center_y": 0.7}], ids=str)
def test_affine_transform(center):
    names = ("angle", "translate_x", "translate_y", "scale", "shear_x", "shear_y")
    values = dict(zip(names, torch.tensor(RNG.uniform(0.2, 0.9, (6, 2)).astype("float32"))))
    values["angle"] = values["angle"] * 90
    found = [
        p.affine_transform(torch.tensor(BOXES), **values, height=60, width=40, **center)
        for p in (bounding_boxes, theirs)
    ]
    check(*found, atol=1e-3)


def test_crop_and_pad():
    boxes = torch.tensor(BOXES)
    check(*(p.crop(boxes, 5, 7, 20, 30) for p in (bounding_boxes, theirs)))
    check(*(p.pad(boxes, 5, 7) for p in (bounding_boxes, theirs)))


@pytest.mark.parametrize("shape", ["batch", "single"])
@pytest.mark.parametrize("options", [{}, {"use_masking": True, "mask_val": -2}], ids=str)
@pytest.mark.parametrize("box_format", ["xyxy", "yxyx", "center_xywh", "rel_xywh"])
def test_iou(shape, options, box_format):
    size = {"image_shape": (60, 40, 3)}
    a, b = (
        bounding_boxes.convert_format(x, "xyxy", box_format, 60, 40).numpy() for x in (BOXES, OTHERS[:, :2])
    )
    if options and box_format == "xyxy":
        a[:, 1] = -1
    a, b = (a, b) if shape == "batch" else (a[0], b[0])
    check(*(p.compute_iou(a, b, box_format, **options, **size) for p in (bounding_boxes, theirs)))


def test_ciou():
    check(*(p.compute_ciou(BOXES, OTHERS, "xyxy") for p in (bounding_boxes, theirs)))


@pytest.mark.parametrize("encoding", ["center_xywh", "center_yxhw"])
@pytest.mark.parametrize("variance", [None, [0.1, 0.1, 0.2, 0.2]])
def test_deltas(encoding, variance):
    anchors, boxes = BOXES[0], OTHERS
    deltas = [
        p.encode_box_to_deltas(anchors, boxes, "xyxy", "xyxy", encoding, variance)
        for p in (bounding_boxes, theirs)
    ]
    check(*deltas)
    back = [
        p.decode_deltas_to_boxes(anchors, deltas[1], "xyxy", "yxyx", encoding, variance)
        for p in (bounding_boxes, theirs)
    ]
    check(*back, atol=1e-2)
    levels = bounding_boxes.decode_deltas_to_boxes(
        {"p3": anchors}, {"p3": deltas[0]}, "xyxy", "xyxy", encoding, variance
    )
    np.testing.assert_allclose(levels["p3"].numpy(), boxes, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda b: b.convert_format(BOXES, "xyxy", "polar"), ValueError, "Invalid source or target format"),
        (
            lambda b: b.convert_format(BOXES, "xyxy", "rel_xyxy"),
            ValueError,
            "must receive `height` and `width`",
        ),
        (lambda b: b.convert_format(BOXES[..., :3], "xyxy", "xywh"), ValueError, "last dimension of 4"),
        (lambda b: b.clip_to_image_size({"boxes": BOXES}), ValueError, "`height` and `width` must be set"),
        (lambda b: b.crop(BOXES, 0, 0, 1, 1, "xywh"), NotImplementedError, "use `convert_format` first"),
        (lambda b: b.compute_iou(BOXES[0, 0], BOXES, "xyxy"), ValueError, "compute_iou.. expects boxes1"),
        (lambda b: b.compute_iou(BOXES, BOXES, "rel_xyxy"), ValueError, "`image_shape` argument must be"),
        (lambda b: b.compute_ciou(BOXES, BOXES, "rel_xyxy"), ValueError, "relative bounding box formats"),
        (
            lambda b: b.encode_box_to_deltas(BOXES, BOXES, "xyxy", "xyxy", "xyxy"),
            ValueError,
            "`encoding_format` should be one of",
        ),
        (
            lambda b: b.encode_box_to_deltas(BOXES, BOXES, "xyxy", "xyxy", variance=[1.0, 2.0]),
            ValueError,
            "`variance` must be length 4",
        ),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(bounding_boxes)
