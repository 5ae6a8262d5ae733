"""Shapes, and where elements stand."""

import math

import torch
import torch.nn.functional as F

from kerastorch import ops
from kerastorch.core.op import Tensor, Tensors, op
from kerastorch.core.settings import image_data_format


@op
def reshape(x: Tensor, shape):
    """x in another shape; one size may be -1.

    >>> keras.backend.reshape([1, 2, 3, 4], (2, -1)).shape
    torch.Size([2, 2])
    """
    return x.reshape(tuple(int(size) for size in shape))


@op
def flatten(x: Tensor):
    """x as one row."""
    return x.reshape(-1)


@op
def batch_flatten(x: Tensor):
    """x with one row for each entry of the first axis."""
    return x.reshape(-1, math.prod(x.shape[1:]))


@op
def expand_dims(x: Tensor, axis=-1):
    """x with an axis of size 1 more."""
    return x.unsqueeze(axis)


@op
def squeeze(x: Tensor, axis):
    """x without an axis, whose size is 1."""
    return ops.squeeze(x, axis=axis)


@op
def transpose(x: Tensor):
    """x with its axes in the opposite order."""
    return x.permute(*reversed(range(x.ndim)))


@op
def permute_dimensions(x: Tensor, pattern):
    """x with its axes in another order."""
    return x.permute(tuple(pattern))


@op
def concatenate(tensors: Tensors, axis=-1):
    """Tensors one after the other along an axis."""
    return ops.concatenate(tensors, axis=axis)


@op
def stack(x: Tensors, axis=0):
    """Tensors side by side along a new axis."""
    return ops.stack(x, axis=axis)


@op
def tile(x: Tensor, n):
    """x repeated as a whole, n times along each axis."""
    return ops.tile(x, n)


@op
def repeat(x: Tensor, n):
    """Each row of a matrix n times: (batch, size) to (batch, n, size)."""
    if x.ndim != 2:
        raise ValueError(f"`repeat` needs a matrix. Received: shape {tuple(x.shape)}")
    return x[:, None].expand(-1, int(n), -1).clone()


@op
def repeat_elements(x: Tensor, rep, axis):
    """Each element `rep` times along an axis.

    >>> keras.backend.repeat_elements([1, 2], 2, axis=0)
    tensor([1, 1, 2, 2], dtype=torch.int32)
    """
    return torch.repeat_interleave(x, int(rep), axis)


@op
def reverse(x: Tensor, axes):
    """x the other way round along some axes."""
    return torch.flip(x, (axes,) if isinstance(axes, int) else tuple(axes))


@op
def gather(reference: Tensor, indices: Tensor):
    """Entries of the first axis, by their places."""
    return ops.take(reference, indices, axis=0)


@op
def one_hot(indices: Tensor, num_classes):
    """Rows with a 1 in the place of each index, in the default float type.

    >>> keras.backend.one_hot([1], 3)
    tensor([[0., 1., 0.]])
    """
    return ops.one_hot(indices, num_classes)


@op
def temporal_padding(x: Tensor, padding=(1, 1)):
    """Zeros before and after the middle axis of (batch, time, size)."""
    return F.pad(x, (0, 0, *padding))


@op
def spatial_2d_padding(x: Tensor, padding=((1, 1), (1, 1)), data_format=None):
    """Zeros around images.

    >>> keras.backend.spatial_2d_padding(np.ones((1, 4, 4, 3)), data_format="channels_last").shape
    torch.Size([1, 6, 6, 3])
    """
    return _pad_space(x, padding, data_format)


@op
def spatial_3d_padding(x: Tensor, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Zeros around volumes."""
    return _pad_space(x, padding, data_format)


def _pad_space(x, padding, data_format):
    sides = [side for pair in reversed(padding) for side in pair]
    return F.pad(x, sides if is_channels_first(data_format) else (0, 0, *sides))


@op
def resize_images(x: Tensor, height_factor, width_factor, data_format, interpolation="nearest"):
    """Images a whole number of times as high and as wide.

    Args:
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
    """
    start = 2 if is_channels_first(data_format) else 1
    size = (x.shape[start] * height_factor, x.shape[start + 1] * width_factor)
    return ops.image.resize(x, size, interpolation=interpolation, data_format=data_format)


@op
def resize_volumes(x: Tensor, depth_factor, height_factor, width_factor, data_format):
    """Volumes a whole number of times as deep, high and wide, by repetition."""
    start = 2 if is_channels_first(data_format) else 1
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), start):
        x = torch.repeat_interleave(x, factor, axis)
    return x


def is_channels_first(data_format):
    """Tell whether the channels come before space; None is the setting."""
    data_format = image_data_format() if data_format is None else data_format
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            f"`data_format` must be 'channels_first' or 'channels_last'. Received: data_format={data_format}"
        )
    return data_format == "channels_first"
