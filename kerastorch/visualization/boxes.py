"""draw_bounding_boxes, plot_bounding_box_gallery."""

import importlib
import importlib.util

import numpy as np

from kerastorch.core.edge import to_numpy
from kerastorch.layers.preprocessing.image.boxes import convert_format
from kerastorch.visualization.gallery import matplotlib, plot_image_gallery, to_batch


def draw_bounding_boxes(
    images,
    bounding_boxes,
    bounding_box_format,
    class_mapping=None,
    color=(128, 128, 128),
    line_thickness=2,
    text_thickness=1,
    font_scale=1.0,
    data_format=None,
):
    """Return images with boxes, and the names of their classes, drawn on them: an array of uint8, channels last.

    Args:
        images: A batch of images, of values 0 ... 255, or 0 ... 1 in floats.
        bounding_boxes: A dict of "boxes" (batch, boxes, 4), "labels" (batch, boxes; -1 for none) and, if wanted,
            "confidences" (batch, boxes).
        bounding_box_format: The format of the boxes.
        class_mapping: A dict from labels to names; names are written with Pillow.
        color: (red, green, blue).
        line_thickness: In pixels.
        text_thickness: In pixels.
        font_scale: The size of the names, 1 for 12 pixels.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> boxes = {"boxes": [[[0, 0, 3, 3]]], "labels": [[1]]}
    >>> image = keras.visualization.draw_bounding_boxes(np.zeros((1, 4, 4, 3)), boxes, "xyxy", line_thickness=1)
    >>> image[0, :, :, 0]
    array([[128, 128, 128, 128],
           [128,   0,   0, 128],
           [128,   0,   0, 128],
           [128, 128, 128, 128]], dtype=uint8)
    """
    if not isinstance(bounding_boxes, dict):
        raise TypeError(
            f"`bounding_boxes` should be a dict. Received: bounding_boxes={bounding_boxes} of type "
            f"{type(bounding_boxes)}"
        )
    if "boxes" not in bounding_boxes or "labels" not in bounding_boxes:
        raise ValueError(
            "`bounding_boxes` should be a dict containing 'boxes' and 'labels' keys. "
            f"Received: bounding_boxes={bounding_boxes}"
        )
    images = _as_bytes(to_batch(images, data_format))
    height, width = images.shape[1:3]
    boxes = to_numpy(convert_format(bounding_boxes["boxes"], bounding_box_format, "xyxy", height, width))
    labels = to_numpy(bounding_boxes["labels"]).astype(int)
    confidences = bounding_boxes.get("confidences")
    confidences = None if confidences is None else to_numpy(confidences)
    for i, image in enumerate(images):
        for j, (box, label) in enumerate(zip(boxes[i].astype(int), labels[i])):
            if label == -1:
                continue
            _outline(image, box, color, line_thickness)
            if class_mapping and int(label) in class_mapping:
                text = str(class_mapping[int(label)])
                if confidences is not None:
                    text = f"{text} | {confidences[i][j]:.2f}"
                _write(image, text, box[:2], color, font_scale, text_thickness or line_thickness)
    return images


def _as_bytes(images):
    if images.dtype.kind == "f" and images.size:
        images = np.clip(images, 0, 1) * 255 if images.max() <= 1 else np.clip(images, 0, 255)
    return np.ascontiguousarray(images.astype("uint8"))


def _outline(image, box, color, thickness):
    """Draw a box on one image, its lines centred on its sides."""
    (left, top, right, bottom), height, width = box, *image.shape[:2]
    before, after = (thickness - 1) // 2, thickness // 2 + 1

    def near(x, size):
        return slice(min(max(x - before, 0), size), min(max(x + after, 0), size))

    rows = slice(near(top, height).start, near(bottom, height).stop)
    columns = slice(near(left, width).start, near(right, width).stop)
    for row in (top, bottom):
        image[near(row, height), columns] = color
    for column in (left, right):
        image[rows, near(column, width)] = color


def _write(image, text, corner, color, scale, thickness):
    """Write a text above a corner of a box on one image, or below it where there is no room."""
    if importlib.util.find_spec("PIL") is None:
        raise ImportError(
            "The `draw_bounding_boxes` function requires the `pillow` package to write names of classes. Please "
            "install it with `pip install pillow`, or leave out `class_mapping`."
        )
    pictures, drawing, fonts = (
        importlib.import_module(f"PIL.{name}") for name in ("Image", "ImageDraw", "ImageFont")
    )
    size = max(int(12 * scale), 1)
    x, y = (int(value) for value in corner)
    y = y - 4 - size if y - 4 - size > 0 else y + thickness + 3
    picture = pictures.fromarray(image)
    font = fonts.load_default(size)
    drawing.Draw(picture).text(
        (x + 3, y), text, fill=tuple(color), font=font, stroke_width=max(thickness - 1, 0)
    )
    image[:] = np.asarray(picture)


def plot_bounding_box_gallery(
    images,
    bounding_box_format,
    y_true=None,
    y_pred=None,
    value_range=(0, 255),
    true_color=(0, 188, 212),
    pred_color=(255, 235, 59),
    line_thickness=2,
    font_scale=1.0,
    text_thickness=None,
    class_mapping=None,
    ground_truth_mapping=None,
    prediction_mapping=None,
    legend=False,
    legend_handles=None,
    rows=None,
    cols=None,
    data_format=None,
    **kwargs,
):
    """Show images with true and predicted boxes, with matplotlib.

    Args:
        images: A batch of images.
        bounding_box_format: The format of the boxes.
        y_true, y_pred: Boxes, see `draw_bounding_boxes`.
        value_range: The range of values.
        true_color, pred_color: (red, green, blue).
        line_thickness, font_scale, text_thickness: See `draw_bounding_boxes`.
        class_mapping: A dict from labels to names.
        ground_truth_mapping, prediction_mapping: The same for one of the two kinds of boxes.
        legend: Whether to explain the colours.
        legend_handles: Of matplotlib, for a legend of one's own.
        rows, cols: How many; a square by default.
        data_format: "channels_last", "channels_first" or None for the default.
        **kwargs: See `plot_image_gallery`.
    """
    patches = matplotlib("patches", "plot_bounding_box_gallery")
    plotted = to_batch(images, data_format)
    for boxes, color, mapping in (
        (y_true, true_color, ground_truth_mapping or class_mapping),
        (y_pred, pred_color, prediction_mapping or class_mapping),
    ):
        if boxes is not None:
            plotted = draw_bounding_boxes(
                plotted,
                boxes,
                bounding_box_format,
                mapping,
                color,
                line_thickness,
                text_thickness,
                font_scale,
                "channels_last",
            )
            value_range = (0, 255)
    if legend and legend_handles:
        raise ValueError(
            "Only pass `legend` OR `legend_handles` to `keras.visualization.plot_bounding_box_gallery()`."
        )
    if legend:
        legend_handles = [
            patches.Patch(color=np.array(color) / 255.0, label=label)
            for color, label in ((true_color, "Ground Truth"), (pred_color, "Prediction"))
        ]
    return plot_image_gallery(
        plotted,
        value_range=value_range,
        legend_handles=legend_handles,
        rows=rows,
        cols=cols,
        data_format="channels_last",
        **kwargs,
    )
