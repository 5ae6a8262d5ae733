"""plot_image_gallery, and what the galleries share."""

import importlib
import importlib.util
import math

import numpy as np

from kerastorch.core.edge import to_numpy
from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.preprocessing.image.base import to_range


def matplotlib(module, caller):
    """Return a module of matplotlib, or say what needs it."""
    if importlib.util.find_spec("matplotlib") is None:
        raise ImportError(
            f"The `{caller}` function requires the `matplotlib` package. Please install it with "
            "`pip install matplotlib`."
        )
    return importlib.import_module(f"matplotlib.{module}")


def to_batch(images, data_format):
    """Return a batch of images as an array with channels last."""
    images = to_numpy(images)
    if images.ndim != 4:
        raise ValueError(f"`images` must be batched 4D tensor. Received: images.shape={images.shape}")
    return (
        images.transpose(0, 2, 3, 1) if standardize_data_format(data_format) == "channels_first" else images
    )


def plot_image_gallery(
    images,
    y_true=None,
    y_pred=None,
    label_map=None,
    rows=None,
    cols=None,
    value_range=(0, 255),
    scale=2,
    path=None,
    show=None,
    transparent=True,
    dpi=60,
    legend_handles=None,
    data_format=None,
):
    """Show images in rows and columns, with matplotlib.

    Args:
        images: A batch of images.
        y_true, y_pred: Labels of them, for titles.
        label_map: A dict from labels to names, needed with these.
        rows, cols: How many; a square by default.
        value_range: The range of values.
        scale: The size of an image, in inches.
        path: A file to write to.
        show: Whether to show the figure, by default if there is no path.
        transparent: Whether the background of the file is transparent.
        dpi: Dots per inch, in the file.
        legend_handles: Of matplotlib, for a legend.
        data_format: "channels_last", "channels_first" or None for the default.
    """
    plt = matplotlib("pyplot", "plot_image_gallery")
    if path is not None and show:
        raise ValueError("plot_gallery() expects either `path` to be set, or `show` to be true.")
    if (y_true is not None or y_pred is not None) and label_map is None:
        raise ValueError("If `y_true` or `y_pred` are provided, a `label_map` must also be provided.")
    if len(np.shape(images)) != 4:
        raise ValueError(
            "`plot_image_gallery()` requires you to batch your `np.array` samples together. "
            f"Received: images.shape={tuple(np.shape(images))}"
        )
    images = to_batch(images, data_format)
    rows = rows or math.ceil(math.sqrt(len(images)))
    cols = cols or math.ceil(len(images) / rows)
    images = to_range(images[: rows * cols], value_range, (0, 255)).clip(0, 255).astype("uint8")
    labels = {
        title: to_numpy(values)
        for title, values in (("Label", y_true), ("Pred", y_pred))
        if values is not None
    }
    figure, axes = plt.subplots(
        rows,
        cols,
        figsize=(cols * scale, rows * scale),
        frameon=False,
        layout="tight",
        squeeze=False,
        sharex="row",
        sharey="col",
    )
    if legend_handles is not None:
        figure.legend(handles=legend_handles, loc="lower center")
    for index, axis in enumerate(axes.flat):
        axis.axis("off")
        if index >= len(images):
            continue
        axis.imshow(images[index])
        axis.margins(x=0, y=0)
        parts = [
            f"{title}: {label_map.get(values[index].item(), 'Unknown')}"
            for title, values in labels.items()
            if index < len(values)
        ]
        if parts:
            axis.set_title("  ".join(parts), fontsize=8)
    if path is not None:
        figure.savefig(path, pad_inches=0, bbox_inches="tight", transparent=transparent, dpi=dpi)
        plt.close(figure)
    elif show or show is None:
        plt.show()
        plt.close(figure)
