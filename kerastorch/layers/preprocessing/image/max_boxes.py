"""MaxNumBoundingBoxes."""

import torch.nn.functional as F

from kerastorch.layers.preprocessing.image.base import BaseImagePreprocessingLayer


class MaxNumBoundingBoxes(BaseImagePreprocessingLayer):
    """As many bounding boxes for every image: further ones are dropped, missing ones filled in.

    Args:
        max_number: How many.
        fill_value: What missing boxes and labels hold.

    >>> layer = keras.layers.MaxNumBoundingBoxes(2, bounding_box_format="xyxy")
    >>> boxes = {"boxes": np.ones((1, 1, 4)), "labels": np.ones((1, 1))}
    >>> layer({"images": np.ones((1, 2, 2, 3)), "bounding_boxes": boxes})["bounding_boxes"]["labels"]
    tensor([[ 1., -1.]])
    """

    always = True

    def __init__(self, max_number, fill_value=-1, **kwargs):
        super().__init__(**kwargs)
        self.max_number, self.fill_value = int(max_number), int(fill_value)

    def transform_images(self, images, transformation=None, training=True):
        """Return images as they are."""
        return images

    def _move_boxes(self, boxes, transformation):
        kept = {key: boxes[key][:, : self.max_number] for key in ("boxes", "labels")}
        missing = self.max_number - kept["boxes"].shape[1]
        kept["boxes"] = F.pad(kept["boxes"], (0, 0, 0, missing), value=self.fill_value)
        behind = (0, 0) * (kept["labels"].ndim - 2)
        kept["labels"] = F.pad(kept["labels"], (*behind, 0, missing), value=self.fill_value)
        return {**boxes, **kept}

    def compute_output_shape(self, input_shape):
        """Return the shapes of the output for those of the input."""
        if not isinstance(input_shape, dict) or "bounding_boxes" not in input_shape:
            return input_shape
        boxes = input_shape["bounding_boxes"]
        unknown = sorted(set(boxes) - {"boxes", "labels"})
        if unknown:
            raise KeyError(
                f"There are unsupported keys in `bounding_boxes`: {unknown}. Only `boxes` and `labels` are supported."
            )
        boxes = {key: (shape[0], self.max_number, *shape[2:]) for key, shape in boxes.items()}
        return {**input_shape, "bounding_boxes": boxes}
