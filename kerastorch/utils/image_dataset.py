"""Images in folders as a dataset."""

import numpy as np
import torch

from kerastorch.core.settings import standardize_data_format
from kerastorch.ops import image as image_ops
from kerastorch.training.pipeline.spec import Spec
from kerastorch.utils import directories

ALLOWLIST_FORMATS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_MODES = {"rgb": ("RGB", 3), "rgba": ("RGBA", 4), "grayscale": ("L", 1)}
_INTERPOLATIONS = (
    "bilinear",
    "nearest",
    "bicubic",
    "area",
    "lanczos3",
    "lanczos5",
    "gaussian",
    "mitchellcubic",
)


def image_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    color_mode="rgb",
    batch_size=32,
    image_size=(256, 256),
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    interpolation="bilinear",
    follow_links=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    data_format=None,
    format="tf",
    verbose=True,
):
    """Return a dataset of the images in a folder.

    Args:
        directory: The folder, with one folder for each class in it if `labels` is "inferred".
        labels: "inferred", a list of one integer for each file in sorted order, or None.
        label_mode: "int": int32 scalars; "categorical": one-hot float32 vectors; "binary": float32 0 or 1 of shape
            (1,); None: no labels.
        class_names: The folders in the order of the classes; by default sorted.
        color_mode: "rgb", "rgba" or "grayscale".
        batch_size: The size of batches, or None for single images.
        image_size: (height, width) to which images are resized.
        shuffle: Whether they come in random order.
        seed: A number, for the same order every time.
        validation_split: The part of the images that is for validation.
        subset: "training", "validation" or "both".
        interpolation: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian" or "mitchellcubic".
        follow_links: Whether folders behind links are read.
        crop_to_aspect_ratio: Whether images are cut to the proportions of `image_size` instead of distorted.
        pad_to_aspect_ratio: Whether they are padded to these.
        data_format: "channels_last", "channels_first" or None for the default.
        format: "tf" or "grain": the dataset is the same.
        verbose: Whether to print how many files there are.

    Returns:
        A dataset of float32 images with values 0 to 255, of shape (batch, height, width, channels), or of pairs of such
        and labels. It has the attributes `class_names` and `file_paths`. For "both", a list of two.
    """
    labels, label_mode = directories.check_labels(labels, label_mode, class_names, "image")
    if color_mode not in _MODES:
        raise ValueError(
            f'`color_mode` must be one of {{"rgb", "rgba", "grayscale"}}. Received: color_mode={color_mode}'
        )
    if isinstance(image_size, int):
        image_size = (image_size, image_size)
    if not isinstance(image_size, (list, tuple)) or len(image_size) != 2:
        raise ValueError(
            f"Invalid `image_size` value. Expected a tuple of 2 integers. Received: image_size={image_size}"
        )
    interpolation = interpolation.lower()
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"Argument `interpolation` should be one of {_INTERPOLATIONS}. Received: interpolation={interpolation}"
        )
    directories.check_format(format)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError("Only one of `pad_to_aspect_ratio`, `crop_to_aspect_ratio` can be set to `True`.")
    directories.check_validation_split_arg(validation_split, subset, shuffle, seed)
    load = ImageLoader(
        color_mode,
        tuple(image_size),
        interpolation,
        crop_to_aspect_ratio,
        pad_to_aspect_ratio,
        standardize_data_format(data_format),
    )
    folder = directories.Folder(
        "images",
        ALLOWLIST_FORMATS,
        load,
        load.spec,
        directory,
        labels,
        label_mode,
        class_names,
        batch_size,
        shuffle,
        seed,
        format,
    )
    folder.find(follow_links, verbose)

    def batched(dataset):
        return (dataset if batch_size is None else dataset.batch(batch_size)).prefetch(directories.AUTOTUNE)

    return folder.datasets(validation_split, subset, batched)


class ImageLoader:
    """Reads image files as tensors of one size.

    Args:
        color_mode, size, interpolation, crop, pad, data_format: As `image_dataset_from_directory` has them.
    """

    def __init__(self, color_mode, size, interpolation, crop, pad, data_format):
        self.mode, channels = _MODES[color_mode]
        self.size, self.interpolation, self.crop, self.pad = size, interpolation, crop, pad
        self.first = data_format == "channels_first"
        self.spec = Spec((channels, *size) if self.first else (*size, channels), torch.float32)

    def __call__(self, path):
        """Return the image in a file."""
        image = decode(path, self.mode)
        if tuple(image.shape[:2]) != self.size:
            if self.interpolation in ("gaussian", "mitchellcubic"):
                image = _by_kernel(image, self.size, self.interpolation)
            else:
                # as a batch of one, in which form torch has a kernel
                batch = image_ops.resize(
                    image[None].float(),
                    self.size,
                    interpolation=self.interpolation,
                    crop_to_aspect_ratio=self.crop,
                    pad_to_aspect_ratio=self.pad,
                    data_format="channels_last",
                )
                image = batch[0]
        image = image.float()
        return image.permute(2, 0, 1).contiguous() if self.first else image


def decode(path, mode):
    """Return the image in a file as a uint8 tensor (height, width, channels).

    Args:
        path: The file.
        mode: "RGB", "RGBA" or "L".
    """
    import PIL.Image

    try:
        with PIL.Image.open(path) as image:
            array = np.array(image if image.mode == mode else image.convert(mode))
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from error
    image = torch.from_numpy(array)
    return image[:, :, None] if image.ndim == 2 else image


def _gaussian(x):
    return torch.exp(-(x**2) / (2 * 0.5**2)) * (x.abs() < 1.5)


def _mitchell(x):
    x = x.abs()
    near = ((7 / 6) * x - 2) * x * x + 8 / 9
    far = ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return torch.where(x < 1, near, torch.where(x < 2, far, 0))


def _by_kernel(image, size, name):
    """Resize by a kernel that torch does not have, as TensorFlow's `scale_and_translate` does."""
    kernel = _gaussian if name == "gaussian" else _mitchell
    image = image.float()
    for axis in (0, 1):
        weights = _weights(image.shape[axis], size[axis], kernel)
        image = torch.movedim(torch.tensordot(weights, image, dims=([1], [axis])), 0, axis)
    return image


def _weights(before, after, kernel):
    centres = (torch.arange(after) + 0.5) * before / after
    pixels = torch.arange(before) + 0.5
    distance = pixels[None, :] - centres[:, None]
    weights = kernel(distance)
    return weights / weights.sum(1, keepdim=True)
