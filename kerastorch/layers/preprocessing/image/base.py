"""What all layers for images share: inputs alone or in a dict, one image or a batch, the draw, what follows it.

A layer says what is drawn (`_draw`), what that does to images (`_apply`) and, if it moves pixels, to boxes
(`_move_boxes`). Inside, images are always a batch in the layer's float type.
"""

import functools

import numpy as np
import torch

from kerastorch import random
from kerastorch.core import edge, tree
from kerastorch.core.call import context
from kerastorch.core.edge import as_tensor
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.preprocessing.image.boxes import clip_to_image_size, convert_format
from kerastorch.layers.preprocessing.image.dense_boxes import dense_boxes
from kerastorch.layers.preprocessing.preparing import PreparingLayer

_INPUTS = ("images", "labels", "segmentation_masks", "bounding_boxes")
_TRANSFORMS = tuple(f"transform_{name}" for name in _INPUTS)


class BaseImagePreprocessingLayer(PreparingLayer):
    """A layer that changes images, and what belongs to them.

    It is called on images, (height, width, channels) or (batch, height, width, channels), or on a dict with "images"
    and any of "labels", "bounding_boxes" (a dict of "boxes" and "labels") and "segmentation_masks".

    Args:
        bounding_box_format: The format of bounding boxes, needed when there are any.
        data_format: "channels_last", "channels_first" or None for the default.
    """

    always = False  # whether inference changes images too
    makes_batch = False  # whether the transform of a single image is a batch of one, as in Keras
    draws = False  # whether nothing drawn means nothing to do
    moves_pixels = False  # whether segmentation masks change as images do
    interpolation = "bilinear"

    def __init__(self, bounding_box_format=None, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.bounding_box_format = bounding_box_format
        self.data_format = standardize_data_format(data_format)
        last = self.data_format == "channels_last"
        self._height_axis, self._width_axis, self._channel_axis = (-3, -2, -1) if last else (-2, -1, -3)

    # ------------------------------------------------------------------ to override
    def _draw(self, images, seed):
        """Return what is drawn for images; `images` may be one image or a batch."""
        return None

    def _apply(self, images, transformation, interpolation):
        """Return a batch of images changed."""
        return images

    def _move_boxes(self, boxes, transformation):
        """Return a dict with "boxes" (batch, boxes, 4) changed."""
        return boxes

    # ------------------------------------------------------------------ the public steps
    def get_random_transformation(self, data, training=True, seed=None):
        """Return what is to happen to these images, drawn with a seed or with the layer's own."""
        if not training and not self.always:
            return None
        images = data["images"] if isinstance(data, dict) else data
        images = edge.unwrap(images)
        if len(images.shape) not in (3, 4):
            raise ValueError(
                "Expected the input image to be rank 3 or 4: rank 3 (single image) or 4 (batch of images). "
                f"Received: data.shape={tuple(images.shape)}"
            )
        return self._draw(images, getattr(self, "generator", None) if seed is None else seed)

    def transform_images(self, images, transformation=None, training=True):
        """Return images changed as `get_random_transformation` says."""
        images = images.to(self._torch_dtype)
        if not self._acts(transformation, training):
            return images
        single = images.ndim == 3
        images = images.unsqueeze(0) if single else images
        images = self._apply(images, transformation, self.interpolation)
        return images.squeeze(0) if single and not self.makes_batch else images

    def transform_labels(self, labels, transformation=None, training=True):
        """Return labels changed as `get_random_transformation` says."""
        return labels

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """Return a dict of "boxes" and "labels", of a batch, changed as `get_random_transformation` says."""
        if not self._acts(transformation, training):
            return bounding_boxes
        return self._move_boxes(bounding_boxes, transformation)

    def transform_segmentation_masks(self, segmentation_masks, transformation=None, training=True):
        """Return segmentation masks changed as `get_random_transformation` says."""
        if not self.moves_pixels or not self._acts(transformation, training):
            return segmentation_masks
        if segmentation_masks.ndim == 3:
            return self._apply(segmentation_masks.unsqueeze(0), transformation, "nearest").squeeze(0)
        return self._apply(segmentation_masks, transformation, "nearest")

    def transform_single_image(self, image, transformation, training=True):
        """Return one image changed."""
        return self.transform_images(
            as_tensor(image).unsqueeze(0), transformation, training=training
        ).squeeze(0)

    def transform_single_label(self, label, transformation, training=True):
        """Return one label changed."""
        labels = as_tensor(label).unsqueeze(0)
        return self.transform_labels(labels, transformation, training=training).squeeze(0)

    def transform_single_bounding_box(self, bounding_box, transformation, training=True):
        """Return the bounding boxes of one image changed."""
        batch = {key: as_tensor(value).unsqueeze(0) for key, value in bounding_box.items()}
        batch = self.transform_bounding_boxes(batch, transformation, training=training)
        return {key: value.squeeze(0) for key, value in batch.items()}

    def transform_single_segmentation_mask(self, segmentation_mask, transformation, training=True):
        """Return the segmentation mask of one image changed."""
        masks = as_tensor(segmentation_mask).unsqueeze(0)
        return self.transform_segmentation_masks(masks, transformation, training=training).squeeze(0)

    # ------------------------------------------------------------------ the call
    def call(self, data, training=True):
        transformation = self.get_random_transformation(data, training=training)
        if not isinstance(data, dict):
            step = self.transform_images if data.ndim == 4 else self.transform_single_image
            return step(data, transformation, training=training)
        batched = data["images"].ndim == 4
        if "bounding_boxes" in data and not self.bounding_box_format:
            raise ValueError(
                "You passed an input with a 'bounding_boxes' key, but you didn't specify a bounding box format. "
                f"Pass a `bounding_box_format` argument to your {type(self).__name__} layer, e.g. "
                "`bounding_box_format='xyxy'`."
            )
        steps = {
            "images": (self.transform_single_image, self.transform_images),
            "bounding_boxes": (self.transform_single_bounding_box, self.transform_bounding_boxes),
            "labels": (self.transform_single_label, self.transform_labels),
            "segmentation_masks": (
                self.transform_single_segmentation_mask,
                self.transform_segmentation_masks,
            ),
        }
        result = dict(data)
        for key, step in steps.items():
            if key in data:
                result[key] = step[batched](data[key], transformation, training=training)
        return result

    def compute_output_shape(self, input_shape):
        """Return the shape of the output: that of the input."""
        return input_shape

    def get_config(self):
        """Return the arguments that rebuild this layer, ready for JSON."""
        config = super().get_config()
        if config["bounding_box_format"] is None:
            del config["bounding_box_format"]
        return config

    # ------------------------------------------------------------------ arrays from outside
    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in _TRANSFORMS:
            if name in cls.__dict__:
                setattr(cls, name, _taking_arrays(cls.__dict__[name]))

    def _convert(self, values):
        return super()._convert(_dense(values))

    # ------------------------------------------------------------------ help for the layers
    def _acts(self, transformation, training):
        return (training or self.always) and not (self.draws and transformation is None)

    def _to_corners(self, boxes, shape):
        """Return boxes of an image of this shape as pixels (left, top, right, bottom)."""
        height, width = self._size(shape)
        return convert_format(boxes, self.bounding_box_format, "xyxy", height, width)

    def _from_corners(self, boxes, shape, clip=True):
        """Return such boxes in the layer's format, cut at the border of an image of this shape."""
        height, width = self._size(shape)
        if clip:
            boxes = clip_to_image_size(boxes, height, width)
        return convert_format(boxes, "xyxy", self.bounding_box_format, height, width)

    def _size(self, shape):
        """Return height and width from a shape."""
        return shape[self._height_axis], shape[self._width_axis]

    def _uniform(self, images, shape, low, high, seed, dtype=None):
        """Return uniform draws on the device of the images."""
        drawn = random.uniform(shape, low, high, dtype=dtype, seed=seed)
        return drawn.to(images.device) if isinstance(images, torch.Tensor) else drawn


class RandomImageLayer(BaseImagePreprocessingLayer):
    """A layer for images that draws, with a seed.

    Args:
        seed: An integer for draws that are the same in every run.
        **kwargs: See the base.
    """

    draws = True

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = random.SeedGenerator(seed)


def batch_size(images):
    """Return the number of images, 1 for a single one."""
    return images.shape[0] if len(images.shape) == 4 else 1


def per_image(values, dtype=None):
    """Return one number for each image, (batch, ...), as it broadcasts with images."""
    return values.reshape(-1, 1, 1, 1).to(dtype or values.dtype)


def to_range(images, source, target):
    """Return images with values in the range `source` stretched to the range `target`."""
    if tuple(source) == tuple(target):
        return images
    return (images - source[0]) / (source[1] - source[0]) * (target[1] - target[0]) + target[0]


def _dense(values):
    """Return arguments with the bounding boxes of their dicts as arrays."""
    if isinstance(values, dict) and "bounding_boxes" in values:
        return {**values, "bounding_boxes": dense_boxes(values["bounding_boxes"])}
    if isinstance(values, dict):
        return {key: _dense(x) for key, x in values.items()}
    return tuple(_dense(x) for x in values) if isinstance(values, tuple) else values


def _taking_arrays(method):
    """Return a transform that also takes arrays, lists and foreign tensors when it is called by itself."""

    @functools.wraps(method)
    def transform(self, *args, **kwargs):
        if context.depth:
            return method(self, *args, **kwargs)
        name = None if args else next(name for name in kwargs if name in _INPUTS)
        values = args[0] if args else kwargs.pop(name)
        foreign = edge.border.type is not None and edge.holds_foreign(values)
        values = {k: _tensor(x) for k, x in values.items()} if isinstance(values, dict) else _tensor(values)
        args, kwargs = tree.map_structure(_drawn_tensor, edge.unwrap((args[1:], kwargs)))
        result = (
            method(self, values, *args, **kwargs)
            if name is None
            else method(self, **{name: values}, **kwargs)
        )
        return edge.wrap(result) if foreign else result

    return transform


def _tensor(x):
    return x if isinstance(x, KerasTensor) else as_tensor(x)


def _drawn_tensor(x):
    return as_tensor(x) if isinstance(x, np.ndarray) else x


for _name in _TRANSFORMS:
    setattr(BaseImagePreprocessingLayer, _name, _taking_arrays(BaseImagePreprocessingLayer.__dict__[_name]))
