"""Bounding boxes as two arrays, whatever they are given as."""

from kerastorch.core.edge import as_tensor
from kerastorch.core.keras_tensor import KerasTensor


def dense_boxes(bounding_boxes):
    """Return a dict of "boxes" (..., boxes, 4) and "labels", images with fewer boxes filled up with zeros and label -1.

    Args:
        bounding_boxes: A dict of "boxes" and "labels": arrays, nested lists, or ragged tensors.
    """
    if not isinstance(bounding_boxes, dict) or not {"boxes", "labels"} <= set(bounding_boxes):
        raise ValueError(
            "Expected `bounding_boxes` argument to be a dict with keys 'boxes' and 'labels'. "
            f"Received: bounding_boxes={bounding_boxes}"
        )
    boxes, labels = bounding_boxes["boxes"], bounding_boxes["labels"]
    if hasattr(boxes, "to_tensor"):
        boxes, labels = boxes.to_tensor(default_value=0), labels.to_tensor(default_value=-1)
    elif isinstance(boxes, list):
        boxes, labels = _from_lists(boxes, labels)
    if not isinstance(boxes, KerasTensor):
        boxes, labels = as_tensor(boxes, "float32"), as_tensor(labels)
    if len(boxes.shape) not in (2, 3):
        raise ValueError(
            "Expected `bounding_boxes['boxes']` to have rank 2 or 3, with shape (num_boxes, 4) or "
            f"(batch_size, num_boxes, 4). Received: bounding_boxes['boxes'].shape={tuple(boxes.shape)}"
        )
    if len(labels.shape) not in (len(boxes.shape) - 1, len(boxes.shape)):
        ranks = f"{len(boxes.shape) - 1} or {len(boxes.shape)}"
        raise ValueError(
            f"Found bounding_boxes['boxes'].shape={tuple(boxes.shape)} and expected bounding_boxes['labels'] to have "
            f"rank {ranks}, but received: bounding_boxes['labels'].shape={tuple(labels.shape)}"
        )
    return {**bounding_boxes, "boxes": boxes, "labels": labels}


def _from_lists(boxes, labels):
    if not isinstance(labels, list):
        raise ValueError(
            "If `bounding_boxes['boxes']` is a list, then `bounding_boxes['labels']` must also be a list. "
            f"Received: bounding_boxes['labels']={labels}"
        )
    if len(boxes) != len(labels):
        raise ValueError(
            "If `bounding_boxes['boxes']` and `bounding_boxes['labels']` are both lists, they must have the same "
            f"length. Received: len(bounding_boxes['boxes'])={len(boxes)} and "
            f"len(bounding_boxes['labels'])={len(labels)}"
        )
    nested = any(isinstance(row, list) and row and isinstance(row[0], (list, tuple)) for row in boxes)
    if not nested:
        return boxes, labels
    most = max(len(row) for row in boxes)
    boxes = [[*row, *([[0.0] * 4] * (most - len(row)))] for row in boxes]
    return boxes, [[*row, *([-1] * (most - len(row)))] for row in labels]
