"""Images resized without distortion."""

import numpy as np

from kerastorch.core import edge, settings
from kerastorch.ops import image as image_ops


def smart_resize(x, size, interpolation="bilinear", data_format="channels_last", **kwargs):
    """Return images cut to the proportions of a size at their centre, then resized.

    Args:
        x: One image or a batch, an array (which gives an array) or a tensor.
        size: (height, width).
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5" or "area".
        data_format: "channels_last" or "channels_first".

    >>> keras.preprocessing.image.smart_resize(np.ones((8, 12, 3)), (4, 4)).shape
    (4, 4, 3)
    """
    kwargs.pop("backend_module", None)
    if kwargs:
        raise TypeError(f"smart_resize() got unexpected keyword arguments: {list(kwargs)}")
    if len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers, but got: {size}.")
    images = edge.as_tensor(edge.unwrap(x))
    if images.ndim not in (3, 4):
        raise ValueError(
            "Expected an image array with shape `(height, width, channels)`, or `(batch_size, height, width, "
            f"channels)`, but got input with incorrect rank, of shape {tuple(images.shape)}."
        )
    data_format = settings.standardize_data_format(data_format)
    rows = images.ndim - (3 if data_format == "channels_last" else 2)
    height, width = images.shape[rows : rows + 2]
    kept_height = max(1, min(height, int(width * size[0] / size[1])))
    kept_width = max(1, min(width, int(height * size[1] / size[0])))
    images = images.narrow(rows, (height - kept_height) // 2, kept_height)
    images = images.narrow(rows + 1, (width - kept_width) // 2, kept_width)
    resized = image_ops.resize(images, size, interpolation=interpolation, data_format=data_format)
    if isinstance(x, np.ndarray):
        return edge.to_numpy(resized)
    return edge.wrap(resized) if edge.border.active else resized
