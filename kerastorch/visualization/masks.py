"""draw_segmentation_masks, plot_segmentation_mask_gallery."""

import numpy as np

from kerastorch.core.dtypes import standardize_dtype
from kerastorch.core.edge import to_numpy
from kerastorch.visualization.gallery import plot_image_gallery, to_batch


def draw_segmentation_masks(
    images,
    segmentation_masks,
    num_classes=None,
    color_mapping=None,
    alpha=0.8,
    blend=True,
    ignore_index=-1,
    data_format=None,
):
    """Return images with their pixels coloured by class: an array of uint8, channels last.

    Args:
        images: A batch of images, of values 0 ... 255.
        segmentation_masks: Integers, (batch, height, width, 1), the class of each pixel.
        num_classes: How many classes there are, by default those up to the greatest in the masks.
        color_mapping: A dict from classes to colours (red, green, blue), by default colours that differ.
        alpha: How strong the colours are, from 0 to 1.
        blend: Whether the images are seen through the colours; else colours replace them, in floats.
        ignore_index: The class of pixels that are left as they are.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> masks = np.array([[[[0], [1]]]])
    >>> keras.visualization.draw_segmentation_masks(np.zeros((1, 1, 2, 3)), masks, 2, {0: (0,) * 3, 1: (10, 20, 30)})
    array([[[[ 0,  0,  0],
             [ 8, 16, 24]]]], dtype=uint8)
    """
    images = to_batch(images, data_format).astype("float32")
    masks = to_batch(segmentation_masks, data_format)
    if masks.dtype.kind not in "iu":
        raise TypeError(
            "`segmentation_masks` must be in integer dtype. "
            f"Received: segmentation_masks.dtype={standardize_dtype(masks.dtype)}"
        )
    masks = masks[..., 0]
    classes = int(masks.max()) + 1 if num_classes is None else num_classes
    colours = _palette(classes) if color_mapping is None else [color_mapping[i] for i in range(classes)]
    drawn = images.copy()
    for index, colour in enumerate(colours):
        drawn[masks == index] = colour
    if not blend:
        return drawn
    mixed = images * np.float32(1 - alpha) + drawn * np.float32(alpha)
    return np.where((masks != ignore_index)[..., None], mixed, images).astype("uint8")


def _palette(count):
    """Return colours (red, green, blue) that differ from one class to the next."""
    steps = np.array([2**25 - 1, 2**15 - 1, 2**21 - 1])
    return [(i * steps % 255).tolist() for i in range(count)]


def plot_segmentation_mask_gallery(
    images,
    num_classes,
    value_range=(0, 255),
    y_true=None,
    y_pred=None,
    color_mapping=None,
    blend=True,
    alpha=0.8,
    ignore_index=-1,
    data_format=None,
    **kwargs,
):
    """Show images, each beside its true and its predicted segmentation, with matplotlib.

    Args:
        images: A batch of images.
        num_classes: How many classes there are.
        value_range: The range of values.
        y_true, y_pred: Masks, (batch, height, width, 1).
        color_mapping, blend, alpha, ignore_index: See `draw_segmentation_masks`.
        data_format: "channels_last", "channels_first" or None for the default.
        **kwargs: See `plot_image_gallery`.
    """
    images = to_batch(images, data_format)
    columns = [images]
    for masks in (y_true, y_pred):
        if masks is not None:
            masks = to_batch(to_numpy(masks).astype("int32"), data_format)
            columns.append(
                draw_segmentation_masks(
                    images, masks, num_classes, color_mapping, alpha, blend, ignore_index, "channels_last"
                )
            )
    gallery = np.stack(columns, 1).reshape(-1, *images.shape[1:])
    return plot_image_gallery(
        gallery,
        value_range=value_range,
        rows=len(images),
        cols=len(columns),
        data_format="channels_last",
        **kwargs,
    )
