"""Small functions over arrays: one-hot vectors, unit vectors."""

import numpy as np

from kerastorch.core import edge


def to_categorical(x, num_classes=None):
    """Return class indices as one-hot vectors.

    Args:
        x: Integers of any shape (a last axis of size 1 is dropped): an array, a list or a tensor.
        num_classes: How many classes there are; by default the largest index plus one.

    Returns:
        A float64 NumPy array of shape `(*x.shape, num_classes)`; for a tensor, a float32 tensor.

    >>> keras.utils.to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    if edge.is_tensor(x):
        indices = edge.to_numpy(x)
        result = edge.as_tensor(_one_hot(indices, num_classes).astype("float32")).to(edge.unwrap(x).device)
        return result if not edge.border.active else edge.wrap(result)
    return _one_hot(np.asarray(x), num_classes)


def _one_hot(x, num_classes):
    indices = x.astype("int64")
    shape = indices.shape
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    indices = indices.reshape(-1)
    if not num_classes:
        num_classes = int(indices.max(initial=-1)) + 1
    if indices.size and (indices.max() >= num_classes or indices.min() < -num_classes):
        worst = indices.max() if indices.max() >= num_classes else indices.min()
        raise IndexError(
            f"`x` must hold class indices below `num_classes`. Received: num_classes={num_classes} and the index "
            f"{worst}"
        )
    result = np.zeros((indices.size, num_classes))
    result[np.arange(indices.size), indices] = 1
    return result.reshape(*shape, num_classes)


def normalize(x, axis=-1, order=2):
    """Return `x` divided by its norms along an axis; where the norm is 0, `x` itself.

    Args:
        x: An array (a NumPy array gives a NumPy array) or a tensor.
        axis: The axis.
        order: The order of the norm, at least 1; 2 is the Euclidean one.

    >>> keras.utils.normalize(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"Argument `order` must be an integer >= 1. Received: order={order}")
    if isinstance(x, np.ndarray):
        norm = np.atleast_1d(np.linalg.norm(x, order, axis))
        norm[norm == 0] = 1
        return x / np.expand_dims(norm, axis)
    tensor = edge.as_tensor(x)
    norm = tensor.norm(p=order, dim=axis, keepdim=True)
    result = tensor / norm.where(norm != 0, 1)
    return result if not edge.border.active else edge.wrap(result)
