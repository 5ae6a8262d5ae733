"""What the layers for images do with what was drawn: the real Keras draws, and both apply it."""

import copy

import keras as real
import numpy as np
import pytest
import torch

from kerastorch import layers, models
from kerastorch.utils import bounding_boxes

BATCH, HEIGHT, WIDTH = 3, 10, 8
RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 255, (BATCH, HEIGHT, WIDTH, 3)).astype("float32")
MASKS = RNG.integers(0, 4, (BATCH, HEIGHT, WIDTH, 1)).astype("float32")
LABELS = RNG.uniform(size=(BATCH, 5)).astype("float32")
BOXES = np.array([[[2, 1, 4, 3], [6, 4, 8, 6]]] * BATCH, "float32") + np.arange(BATCH)[:, None, None] / 4
BOX_LABELS = np.array([[1, 2]] * BATCH)

# make, what is compared beside images: b(oxes), l(abels), m(asks)
ROWS = {
    "flip": (lambda L, **k: L.RandomFlip(seed=1, **k), "blm"),
    "flip sideways": (lambda L, **k: L.RandomFlip("horizontal", seed=1, **k), "blm"),
    "rotation": (lambda L, **k: L.RandomRotation(0.3, seed=1, **k), "blm"),
    "rotation, wrap": (lambda L, **k: L.RandomRotation(0.3, "wrap", "nearest", seed=1, **k), "blm"),
    "rotation, constant": (
        lambda L, **k: L.RandomRotation(0.3, "constant", fill_value=9.0, seed=1, **k),
        "blm",
    ),
    "rotation, nearest": (lambda L, **k: L.RandomRotation((0.1, 0.2), "nearest", seed=1, **k), "blm"),
    "translation": (lambda L, **k: L.RandomTranslation(0.3, (-0.2, 0.1), seed=1, **k), "blm"),
    "zoom": (lambda L, **k: L.RandomZoom(0.4, seed=1, **k), "blm"),
    "zoom two ways": (lambda L, **k: L.RandomZoom((-0.5, 0.1), 0.3, "constant", seed=1, **k), "blm"),
    "shear": (lambda L, **k: L.RandomShear((0.1, 0.3), (0.2, 0.4), seed=1, **k), "blm"),
    "shear one way": (lambda L, **k: L.RandomShear(0.3, seed=1, **k), "blm"),
    "perspective": (lambda L, **k: L.RandomPerspective(scale=0.3, seed=1, **k), "blm"),
    "perspective of some": (lambda L, **k: L.RandomPerspective(0.6, 0.5, "nearest", seed=1, **k), "blm"),
    "center crop": (lambda L, **k: L.CenterCrop(6, 5, **k), "blm"),
    "resizing": (lambda L, **k: L.Resizing(5, 16, **k), "blm"),
    "resizing, nearest": (lambda L, **k: L.Resizing(16, 5, "nearest", **k), "blm"),
    "resizing, cropped": (lambda L, **k: L.Resizing(12, 12, crop_to_aspect_ratio=True, **k), "blm"),
    "resizing, padded": (
        lambda L, **k: L.Resizing(12, 12, pad_to_aspect_ratio=True, fill_value=7.0, **k),
        "blm",
    ),
    "random crop": (lambda L, **k: L.RandomCrop(6, 5, seed=1, **k), "lm"),
    "random crop, larger": (lambda L, **k: L.RandomCrop(12, 5, seed=1, **k), "l"),
    "brightness": (lambda L, **k: L.RandomBrightness(0.4, seed=1, **k), "blm"),
    "contrast": (lambda L, **k: L.RandomContrast((0.3, 0.8), seed=1, **k), "blm"),
    "hue": (lambda L, **k: L.RandomHue(0.8, seed=1, **k), "blm"),
    "saturation": (lambda L, **k: L.RandomSaturation((0.2, 0.8), seed=1, **k), "blm"),
    "degeneration": (lambda L, **k: L.RandomColorDegeneration(0.8, seed=1, **k), "blm"),
    "invert": (lambda L, **k: L.RandomInvert(0.8, seed=1, **k), "blm"),
    "posterization": (lambda L, **k: L.RandomPosterization(5, seed=1, **k), "blm"),
    "posterization, other range": (lambda L, **k: L.RandomPosterization(3, (-300, 400), seed=1, **k), "blm"),
    "sharpness": (lambda L, **k: L.RandomSharpness(0.9, seed=1, **k), "blm"),
    "blur": (lambda L, **k: L.RandomGaussianBlur(0.9, 5, (0.4, 0.9), seed=1, **k), "blm"),
    "erasing": (lambda L, **k: L.RandomErasing(0.9, (0.2, 0.5), seed=1, **k), "blm"),
    "erasing by a number": (lambda L, **k: L.RandomErasing(fill_value=3.0, seed=1, **k), "blm"),
    "solarization": (lambda L, **k: L.Solarization(0.2, 0.7, seed=1, **k), "blm"),
    "solarization, other range": (lambda L, **k: L.Solarization(0.2, 0.7, (0, 300), seed=1, **k), "blm"),
    "auto contrast": (lambda L, **k: L.AutoContrast(**k), "blm"),
    "equalization": (lambda L, **k: L.Equalization(**k), "blm"),
    "equalization, few bins": (lambda L, **k: L.Equalization((0, 300), bins=16, **k), "blm"),
    "mix up": (lambda L, **k: L.MixUp(0.7, seed=1, **k), "l"),
    "cut mix": (lambda L, **k: L.CutMix(0.7, seed=1, **k), "lm"),
    "rand augment": (lambda L, **k: L.RandAugment(num_ops=3, seed=1, **k), "lm"),
}
every = pytest.mark.parametrize("name", ROWS)


# Keras on torch: places a wrapped image differently from TensorFlow; brightens images that others should change
NOT_KERAS_ON_TORCH = ("rotation, wrap", "rand augment")


def first_channels(x):
    return np.moveaxis(x, -1, 1).copy()


def drawn(theirs, images):
    return theirs.get_random_transformation(torch.tensor(images), training=True)


def compare(ours, theirs, step, value, transformation, key=None):
    ours_value = ours.__getattribute__(step)(copy.deepcopy(value), transformation, training=True)
    as_given = {k: torch.tensor(x) for k, x in value.items()} if key else torch.tensor(value)
    theirs_value = getattr(theirs, step)(as_given, transformation, training=True)
    if key:
        ours_value, theirs_value = ours_value[key], theirs_value[key]
    np.testing.assert_allclose(ours_value.numpy(), theirs_value.numpy(), rtol=1e-4, atol=2e-3)


@every
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_applies_what_keras_draws(name, data_format):
    make, others = ROWS[name]
    if data_format == "channels_first" and name == "auto contrast":
        pytest.skip("Keras stretches along the wrong axes")
    if name in NOT_KERAS_ON_TORCH:
        pytest.skip("Keras on torch differs from Keras on TensorFlow")
    options = {"data_format": data_format, "bounding_box_format": "xyxy"}
    ours, theirs = make(layers, **options), make(real.layers, **options)
    images, masks = IMAGES, MASKS
    if data_format == "channels_first":
        images, masks = first_channels(images), first_channels(masks)
    transformation = drawn(theirs, images)
    compare(ours, theirs, "transform_images", images, transformation)
    if "l" in others:
        compare(ours, theirs, "transform_labels", LABELS, transformation)
    if "m" in others:
        compare(ours, theirs, "transform_segmentation_masks", masks, transformation)
    if "b" in others:
        boxes = {"boxes": BOXES, "labels": BOX_LABELS}
        compare(ours, theirs, "transform_bounding_boxes", boxes, transformation, "boxes")
        compare(ours, theirs, "transform_bounding_boxes", boxes, transformation, "labels")


@every
def test_draws_what_keras_draws(name):
    """Keys and shapes, and the ranges of values over many images."""
    make, _ = ROWS[name]
    images = np.zeros((200, HEIGHT, WIDTH, 3), "float32")
    ours, theirs = (make(L).get_random_transformation(torch.tensor(images)) for L in (layers, real.layers))
    same_structure(ours, theirs)


def same_structure(ours, theirs):
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs)
        for key in theirs:
            same_structure(ours[key], theirs[key])
    elif isinstance(theirs, torch.Tensor) and theirs.ndim and theirs.dtype.is_floating_point:
        assert ours.dtype == theirs.dtype and ours.shape[:1] in (theirs.shape[:1], ())
        if ours.shape == theirs.shape and len(ours) > 100:
            np.testing.assert_allclose(ours.mean(), theirs.mean(), atol=0.2 * float(theirs.std()) + 1e-4)
            np.testing.assert_allclose(ours.std(), theirs.std(), rtol=0.25, atol=1e-4)


@every
def test_seed_decides(name):
    make, _ = ROWS[name]
    outputs = [make(layers)(IMAGES) for _ in range(2)]
    assert torch.equal(*outputs)


@every
def test_single_image_is_a_batch_of_one(name):
    make, _ = ROWS[name]
    one, batch = make(layers)(IMAGES[0]), make(layers)(IMAGES[:1])
    if name == "cut mix":
        assert torch.equal(one, torch.tensor(IMAGES[0]))
    else:
        torch.testing.assert_close(one, batch[0])


@every
def test_integer_images(name):
    make, _ = ROWS[name]
    whole = IMAGES.astype("uint8")
    as_floats, as_ints = make(layers)(whole.astype("float32")), make(layers)(whole)
    assert as_ints.dtype is (torch.uint8 if "resizing" in name else torch.float32)
    torch.testing.assert_close(as_ints.float(), as_floats, atol=1.0 if "resizing" in name else 1e-4, rtol=0)


@every
def test_unknown_sizes(name):
    make, _ = ROWS[name]
    shape = make(layers)(layers.Input((None, None, 3))).shape if "crop" not in name else (None, None, None, 3)
    assert shape in ((None, None, None, 3), (None, 5, 16, 3), (None, 16, 5, 3), (None, 12, 12, 3))


def test_training_is_the_default_until_somebody_says_otherwise():
    image = IMAGES[:1]

    class Stack(models.Model):
        def __init__(self):
            super().__init__()
            self.flip = layers.RandomBrightness((0.5, 0.5))

        def call(self, x):
            return self.flip(x)

    for make in (lambda: models.Sequential([layers.RandomBrightness((0.5, 0.5))]), Stack):
        model = make()
        for _ in range(2):
            assert not np.allclose(model(image).numpy(), image)
            assert np.allclose(model(image, training=False).numpy(), image)
        if make is not Stack:  # as in Keras: its `call` is never told
            assert np.allclose(model.predict(image, verbose=0), image)
        model.eval()
        assert np.allclose(model(image).numpy(), image)
        model.train()
        assert not np.allclose(model(image).numpy(), image)


def test_dict_input():
    boxes = {"boxes": BOXES, "labels": BOX_LABELS}
    data = {
        "images": IMAGES,
        "labels": LABELS,
        "segmentation_masks": MASKS,
        "bounding_boxes": boxes,
        "name": 3,
    }
    layer = layers.RandomFlip("horizontal", seed=1, bounding_box_format="xyxy")
    out = layer(data)
    flips = layers.RandomFlip("horizontal", seed=1).get_random_transformation(IMAGES)["flips"].flatten()
    for i, flipped in enumerate(flips):
        step = -1 if flipped else 1
        np.testing.assert_allclose(out["images"][i], IMAGES[i][:, ::step])
        np.testing.assert_allclose(out["segmentation_masks"][i], MASKS[i][:, ::step])
        mirrored = BOXES[i][:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [WIDTH, 0, WIDTH, 0]
        expected = (mirrored if flipped else BOXES[i]).clip(0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
        np.testing.assert_allclose(out["bounding_boxes"]["boxes"][i], expected)
    assert torch.equal(out["labels"], torch.tensor(LABELS)) and out["name"] == 3
    assert data["images"] is IMAGES and data["bounding_boxes"] is boxes


@pytest.mark.parametrize("box_format", ["xywh", "rel_xyxy", "center_yxhw"])
@pytest.mark.parametrize(
    "name", ["flip", "rotation", "zoom", "perspective", "center crop", "resizing, padded"]
)
def test_box_formats_agree(name, box_format):
    make, _ = ROWS[name]
    outputs = []
    for given in ("xyxy", box_format):
        boxes = bounding_boxes.convert_format(BOXES, "xyxy", given, HEIGHT, WIDTH)
        data = {"images": IMAGES, "bounding_boxes": {"boxes": boxes, "labels": BOX_LABELS}}
        out = make(layers, bounding_box_format=given)(data)
        height, width = out["images"].shape[1:3]
        found = out["bounding_boxes"]["boxes"]
        outputs.append(bounding_boxes.convert_format(found, given, "xyxy", height, width))
    torch.testing.assert_close(*outputs, rtol=1e-4, atol=1e-4)


def test_boxes_in_lists_are_filled_up():
    layer = layers.RandomFlip(bounding_box_format="xyxy")
    boxes = {
        "boxes": [[[0.0, 0.0, 1.0, 1.0]], [[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 2.0, 2.0]]],
        "labels": [[3], [4, 5]],
    }
    out = layer({"images": IMAGES[:2], "bounding_boxes": boxes}, training=False)["bounding_boxes"]
    assert out["boxes"].shape == (2, 2, 4) and out["labels"].tolist() == [[3, -1], [4, 5]]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: layers.RandomRotation(2.0), ValueError, "The `factor` argument should be a number"),
        (lambda: layers.RandomRotation(0.2, "mean"), NotImplementedError, "Unknown `fill_mode`"),
        (lambda: layers.RandomZoom(-1.0), ValueError, r"range \(-1.0, 1.0\].*height_factor=-1.0"),
        (lambda: layers.RandomTranslation(0.1, "a"), ValueError, "`factor` argument should be a number"),
        (lambda: layers.RandomShear((0.1, -0.2)), ValueError, r"range \[0, 1.0\]"),
        (lambda: layers.RandomFlip("diagonal"), ValueError, "`mode` must be one of"),
        (lambda: layers.RandomPerspective(scale=2), ValueError, "The `scale` argument"),
        (lambda: layers.RandomGrayscale(1.5), ValueError, "`factor` should be between 0 and 1"),
        (lambda: layers.RandomBrightness(0.1, value_range=3), ValueError, "list of two numbers"),
        (lambda: layers.RandomGaussianBlur(kernel_size=4), ValueError, "odd number"),
        (lambda: layers.RandomErasing(fill_value=[1, 2]), ValueError, "list of three numbers"),
        (lambda: layers.RandomFlip()(np.ones((2, 2))), ValueError, "rank 3 or 4"),
        (
            lambda: layers.RandomFlip()(
                {"images": IMAGES, "bounding_boxes": {"boxes": BOXES, "labels": BOX_LABELS}}
            ),
            ValueError,
            "you didn't specify a bounding box format",
        ),
        (
            lambda: layers.CutMix(bounding_box_format="xyxy")(
                {"images": IMAGES, "bounding_boxes": {"boxes": BOXES, "labels": BOX_LABELS}}
            ),
            NotImplementedError,
            "CutMix cannot mix bounding boxes",
        ),
        (
            lambda: layers.RandomFlip(bounding_box_format="xyxy")(
                {"images": IMAGES, "bounding_boxes": BOXES}
            ),
            ValueError,
            "dict with keys 'boxes' and 'labels'",
        ),
    ],
)
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()
