"""MixUp, CutMix: images that are made of two."""

import torch

from kerastorch import random
from kerastorch.core.edge import as_tensor
from kerastorch.layers.preprocessing.image.arguments import check_factor
from kerastorch.layers.preprocessing.image.base import RandomImageLayer, batch_size, per_image
from kerastorch.layers.preprocessing.image.erasing import WindowLayer


def _permutation(images, seed, dtype):
    order = random.shuffle(torch.arange(batch_size(images), dtype=dtype), seed=seed)
    return order.to(getattr(images, "device", order.device))


def _mixed(x, transformation):
    """Return weight * x + (1 - weight) * others."""
    weight = as_tensor(transformation["mix_weight"]).to(x.device).reshape(-1, *[1] * (x.ndim - 1))
    return weight * x + (1 - weight) * x[_order(transformation)]


def _order(transformation):
    return as_tensor(transformation["permutation_order"]).long()


class MixUp(RandomImageLayer):
    """In training, a weighted mean of each image, and of its label, with another of the batch. Zhang et al., 2018.

    Bounding boxes are those of both images.

    Args:
        alpha: The weight has the distribution beta(alpha, alpha).
        data_format: "channels_last", "channels_first" or None for the default.
        seed: An integer for draws that are the same in every run.

    >>> drawn = {"mix_weight": np.array([0.75, 1.0]), "permutation_order": np.array([1, 0])}
    >>> keras.layers.MixUp().transform_labels(np.array([[0.0], [4.0]]), drawn).flatten()
    tensor([1., 4.], dtype=torch.float64)
    """

    makes_batch = True

    def __init__(self, alpha=0.2, data_format=None, seed=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.alpha = alpha

    def _draw(self, images, seed):
        order = _permutation(images, seed, torch.int64)
        weight = random.beta((batch_size(images),), self.alpha, self.alpha, seed=seed)
        return {"mix_weight": weight.to(order.device), "permutation_order": order}

    def _apply(self, images, transformation, interpolation):
        return _mixed(images, transformation).to(images.dtype)

    def transform_labels(self, labels, transformation, training=True):
        """Return labels mixed as the images are."""
        return _mixed(labels, transformation) if self._acts(transformation, training) else labels

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """Return segmentation masks mixed as the images are."""
        if not self._acts(transformation, training):
            return segmentation_masks
        return _mixed(segmentation_masks, transformation)

    def _move_boxes(self, boxes, transformation):
        order = _order(transformation)

        def both(x):
            return torch.cat([x, x[order]], min(1, x.ndim - 1))

        return {key: both(boxes[key]) for key in ("boxes", "labels")}


class CutMix(WindowLayer):
    """In training, a window of each image comes from another of the batch, and labels are mixed by area.

    Yun et al., 2019. Single images, and bounding boxes, cannot be mixed.

    Args:
        factor: The window's share of the image has the distribution beta(a, a), a from a number f for [0, f], or
            (lower, upper), in [0, 1].
        seed: An integer for draws that are the same in every run.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.CutMix(seed=1)(np.ones((2, 8, 8, 3), "float32")).shape
    torch.Size([2, 8, 8, 3])
    """

    moves_pixels = True

    def __init__(self, factor=1.0, seed=None, data_format=None, **kwargs):
        super().__init__(seed=seed, data_format=data_format, **kwargs)
        self.factor = check_factor(factor, (0, 1))

    def _draw(self, images, seed):
        if len(images.shape) == 3:
            return None
        count, (height, width) = images.shape[0], self._size(images.shape)
        alpha = self._uniform(images, (), *self.factor, seed, self.compute_dtype) + 1e-6
        weight = random.beta((count,), alpha, alpha, dtype=self.compute_dtype, seed=seed).to(alpha.device)
        part = (1 - weight).sqrt()
        x_ends, y_ends = self._side(images, width, part, seed), self._side(images, height, part, seed)
        area = (x_ends[1] - x_ends[0]) * (y_ends[1] - y_ends[0])
        return {
            "permutation_order": _permutation(images, seed, torch.int32),
            "batch_masks": self._window_mask(images.shape, x_ends, y_ends),
            "mix_weight": per_image(1 - area / (width * height)),
        }

    def _apply(self, images, transformation, interpolation):
        others = images[_order(transformation)]
        return torch.where(transformation["batch_masks"], others, images)

    def transform_labels(self, labels, transformation, training=True):
        """Return labels mixed by area."""
        return _mixed(labels, transformation) if self._acts(transformation, training) else labels

    def _move_boxes(self, boxes, transformation):
        raise NotImplementedError("CutMix cannot mix bounding boxes: leave them out, or use MixUp.")
