"""Drawing on images, against the real Keras where it draws without OpenCV; galleries where there is matplotlib."""

import io

import keras as real
import numpy as np
import pytest

from kerastorch import visualization

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (3, 8, 6, 3)).astype("uint8")
MASKS = RNG.integers(-1, 4, (3, 8, 6, 1))
BOXES = {"boxes": np.array([[[1, 1, 4, 5]]] * 3, "float32"), "labels": np.array([[1], [-1], [2]])}


@pytest.mark.parametrize(
    "options",
    [
        {"num_classes": 4},
        {"num_classes": 5, "color_mapping": {i: (i, 2 * i, 3) for i in range(5)}, "alpha": 0.3},
        {"num_classes": 4, "ignore_index": 1},
    ],
    ids=str,
)
def test_masks_are_drawn_as_keras_does(options):
    ours = visualization.draw_segmentation_masks(IMAGES, MASKS.clip(0), **options)
    theirs = real.visualization.draw_segmentation_masks(IMAGES, MASKS.clip(0), **options)
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours.astype(int), theirs.astype(int), atol=1)


def test_every_class_has_a_colour():
    given, found = (visualization.draw_segmentation_masks(IMAGES, MASKS, n) for n in (4, None))
    np.testing.assert_array_equal(given, found)


def test_masks_with_channels_first_and_without_blending():
    last = visualization.draw_segmentation_masks(IMAGES, MASKS, 4, blend=False)
    first = visualization.draw_segmentation_masks(
        IMAGES.transpose(0, 3, 1, 2),
        MASKS.transpose(0, 3, 1, 2),
        4,
        blend=False,
        data_format="channels_first",
    )
    np.testing.assert_array_equal(first, last)
    np.testing.assert_array_equal(last[MASKS[..., 0] == -1], IMAGES[MASKS[..., 0] == -1])


def test_boxes_are_drawn():
    out = visualization.draw_bounding_boxes(IMAGES, BOXES, "xyxy", color=(9, 8, 7), line_thickness=1)
    for i in (0, 2):
        changed = np.zeros((8, 6), bool)
        changed[1:6, 1:5] = True
        changed[2:5, 2:4] = False
        assert (out[i][changed] == (9, 8, 7)).all()
        np.testing.assert_array_equal(out[i][~changed], IMAGES[i][~changed])
    np.testing.assert_array_equal(out[1], IMAGES[1])


def test_float_images_and_names():
    pytest.importorskip("PIL")
    images = np.zeros((3, 40, 60, 3), "float32")
    boxes = {**BOXES, "confidences": np.array([[0.5]] * 3)}
    bare = visualization.draw_bounding_boxes(images, boxes, "xywh")
    named = visualization.draw_bounding_boxes(images, boxes, "xywh", class_mapping={1: "cat"})
    assert named.dtype == np.uint8 and (named[0] != bare[0]).any() and (named[2] == bare[2]).all()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda v: v.draw_bounding_boxes(IMAGES[0], BOXES, "xyxy"),
            ValueError,
            "`images` must be batched 4D tensor",
        ),
        (
            lambda v: v.draw_bounding_boxes(IMAGES, [1], "xyxy"),
            TypeError,
            "`bounding_boxes` should be a dict",
        ),
        (lambda v: v.draw_bounding_boxes(IMAGES, {}, "xyxy"), ValueError, "'boxes' and 'labels' keys"),
        (lambda v: v.draw_segmentation_masks(IMAGES, MASKS / 2), TypeError, "must be in integer dtype"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(visualization)


@pytest.mark.skipif(
    visualization.gallery.importlib.util.find_spec("matplotlib") is not None, reason="there is matplotlib"
)
def test_galleries_say_what_they_need():
    with pytest.raises(ImportError, match="pip install matplotlib"):
        visualization.plot_image_gallery(IMAGES)


def test_galleries():
    pytest.importorskip("matplotlib").use("Agg")
    for plot, options in (
        (visualization.plot_image_gallery, {"rows": 2, "y_true": [0, 1, 1], "label_map": {0: "a", 1: "b"}}),
        (
            visualization.plot_bounding_box_gallery,
            {"bounding_box_format": "xyxy", "y_true": BOXES, "legend": True},
        ),
        (visualization.plot_segmentation_mask_gallery, {"num_classes": 4, "y_true": MASKS, "y_pred": MASKS}),
    ):
        file = io.BytesIO()
        plot(IMAGES, path=file, **options)
        assert file.getvalue().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="a `label_map` must also be provided"):
        visualization.plot_image_gallery(IMAGES, y_true=[1, 2, 3])
    with pytest.raises(ValueError, match="either `path` to be set, or `show`"):
        visualization.plot_image_gallery(IMAGES, path="x.png", show=True)
