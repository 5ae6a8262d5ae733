"""RandAugment, AugMix: random layers, one after the other."""

import torch

from kerastorch import random
from kerastorch.layers.preprocessing.image.affine import RandomRotation, RandomShear, RandomTranslation
from kerastorch.layers.preprocessing.image.arguments import check_factor
from kerastorch.layers.preprocessing.image.base import RandomImageLayer
from kerastorch.layers.preprocessing.image.blur import RandomSharpness
from kerastorch.layers.preprocessing.image.color import RandomBrightness, RandomContrast
from kerastorch.layers.preprocessing.image.histogram import AutoContrast, Equalization
from kerastorch.layers.preprocessing.image.tones import (
    RandomColorDegeneration,
    RandomPosterization,
    Solarization,
)

_GEOMETRY = ("random_shear", "random_translation", "random_rotation")
_COLOURS = ("random_brightness", "random_color_degeneration", "random_contrast", "random_sharpness")
_TONES = ("random_posterization", "solarization", "auto_contrast", "equalization")


class ChainLayer(RandomImageLayer):
    """A layer with a set of others, each an attribute, among which it draws."""

    moves_pixels = True

    def __init__(self, value_range, factor, interpolation, **kwargs):
        super().__init__(**kwargs)
        self.value_range, self.interpolation = value_range, interpolation
        self.factor = check_factor(factor, (0, 1))

    def _make(self, names):
        """Make the layers of these names, with the strength of this one."""
        common = {
            "data_format": self.data_format,
            "bounding_box_format": self.bounding_box_format,
            "dtype": self.dtype_policy,
        }
        seeded = {"seed": self.seed, **common}
        valued = {"value_range": self.value_range, **seeded}
        moved = {"interpolation": self.interpolation, **seeded}
        f = self.factor
        makers = {
            "random_shear": lambda: RandomShear(f, f, **moved),
            "random_translation": lambda: RandomTranslation(f, f, **moved),
            "random_rotation": lambda: RandomRotation(f, **moved),
            "random_brightness": lambda: RandomBrightness(f, **valued),
            "random_color_degeneration": lambda: RandomColorDegeneration(f, **valued),
            "random_contrast": lambda: RandomContrast(f, **valued),
            "random_sharpness": lambda: RandomSharpness(f, **valued),
            "random_posterization": lambda: RandomPosterization(max(1, int(8 * f[1])), **valued),
            "solarization": lambda: Solarization(f, f, **valued),
            "auto_contrast": lambda: AutoContrast(self.value_range, **common),
            "equalization": lambda: Equalization(self.value_range, **common),
        }
        for name in names:
            setattr(self, name, makers[name]())
        self._names = tuple(names)

    def build(self, input_shape):
        """Build the layers."""
        for name in self._names:
            getattr(self, name).build(input_shape)


class RandAugment(ChainLayer):
    """In training, a few random changes of place and colour, the same for a whole batch. Cubuk et al., 2019.

    Args:
        value_range: The range of values.
        num_ops: How many changes.
        factor: Their strength: a number f for [0, f], or (lower, upper), in [0, 1].
        interpolation: "bilinear" or "nearest".
        seed: An integer for draws that are the same in every run.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.RandAugment(seed=1)(np.ones((2, 8, 8, 3), "float32")).shape
    torch.Size([2, 8, 8, 3])
    """

    def __init__(
        self,
        value_range=(0, 255),
        num_ops=2,
        factor=0.5,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(value_range, factor, interpolation, seed=seed, data_format=data_format, **kwargs)
        self.num_ops = num_ops
        self._make((*_GEOMETRY, *_COLOURS, *_TONES))

    def _draw(self, images, seed):
        chosen = random.randint((self.num_ops,), 0, len(self._names), seed=seed)
        drawn = {
            name: getattr(self, name).get_random_transformation(images, seed=seed) for name in self._names
        }
        return {"transforms": drawn, "layer_idxes": chosen}

    def _chosen(self, transformation):
        """Yield the layers to apply, with what was drawn for them."""
        names = list(transformation["transforms"])
        for index in transformation["layer_idxes"].tolist():
            yield getattr(self, names[index]), transformation["transforms"][names[index]]

    def _apply(self, images, transformation, interpolation):
        for layer, drawn in self._chosen(transformation):
            images = layer.transform_images(images, drawn)
        return images

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """Return segmentation masks moved as the images are."""
        if self._acts(transformation, training):
            for layer, drawn in self._chosen(transformation):
                segmentation_masks = layer.transform_segmentation_masks(segmentation_masks, drawn)
        return segmentation_masks

    def _move_boxes(self, boxes, transformation):
        for layer, drawn in self._chosen(transformation):
            boxes = layer.transform_bounding_boxes(boxes, drawn)
        return boxes


class AugMix(ChainLayer):
    """In training, a weighted mean of images and of several chains of random changes of them. Hendrycks et al., 2020.

    Args:
        value_range: The range of values.
        num_chains: How many chains.
        chain_depth: How many changes in each.
        factor: Their strength: a number f for [0, f], or (lower, upper), in [0, 1].
        alpha: The weights have the distributions dirichlet(alpha) and beta(alpha, alpha).
        all_ops: Whether changes of brightness, colour, contrast and sharpness are among them.
        interpolation: "bilinear" or "nearest".
        seed: An integer for draws that are the same in every run.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.layers.AugMix(seed=1)(np.ones((2, 8, 8, 3), "float32")).shape
    torch.Size([2, 8, 8, 3])
    """

    def __init__(
        self,
        value_range=(0, 255),
        num_chains=3,
        chain_depth=3,
        factor=0.3,
        alpha=1.0,
        all_ops=True,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(value_range, factor, interpolation, seed=seed, data_format=data_format, **kwargs)
        self.num_chains, self.chain_depth = num_chains, chain_depth
        self.alpha, self.all_ops = alpha, all_ops
        self._make((*_GEOMETRY, *_TONES, *(_COLOURS if all_ops else ())))

    def _draw(self, images, seed):
        weights = random.gamma((self.num_chains,), self.alpha, seed=seed)
        share = random.beta((), self.alpha, self.alpha, seed=seed)
        # one more than there are layers: that one stands for no change
        shape = (self.num_chains, self.chain_depth)
        chosen = random.randint(shape, 0, len(self._names) + 1, seed=seed).tolist()
        chains = [
            [
                {
                    "layer_name": self._names[index],
                    "transformation": getattr(self, self._names[index]).get_random_transformation(
                        images, seed=seed
                    ),
                }
                for index in row
                if index < len(self._names)
            ]
            for row in chosen
        ]
        return {
            "chain_mixing_weights": weights / weights.sum(-1, keepdim=True),
            "weight_sample": share,
            "chain_transforms": chains,
        }

    def _mix(self, values, transformation, step):
        """Return the mean of values and of the chains; `step` names the method of the layers."""
        weights, share = (
            transformation[name].to(values.device, self._torch_dtype)
            for name in ("chain_mixing_weights", "weight_sample")
        )
        total = torch.zeros_like(values, dtype=self._torch_dtype)
        for weight, chain in zip(weights, transformation["chain_transforms"]):
            changed = values
            for link in chain:
                changed = getattr(getattr(self, link["layer_name"]), step)(changed, link["transformation"])
            total = total + changed * weight
        return share * values + (1 - share) * total

    def _apply(self, images, transformation, interpolation):
        return self._mix(images, transformation, "transform_images").clamp(*self.value_range)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """Return segmentation masks mixed as the images are."""
        if not self._acts(transformation, training):
            return segmentation_masks
        return self._mix(segmentation_masks, transformation, "transform_segmentation_masks")
