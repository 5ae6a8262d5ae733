"""Images in another size: resized, scaled and moved, padded, cropped, cut into patches."""

import math

import torch
import torch.nn.functional as F

from kerastorch.core.infer import is_inferring, known
from kerastorch.core.op import Tensor, op
from kerastorch.core.settings import standardize_data_format
from kerastorch.ops.common import as_float
from kerastorch.ops.convolution import conv
from kerastorch.ops.elementwise import saturate_cast

_METHODS = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic", "area")
_KERNEL_NAMES = {
    **dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), "linear"),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), "cubic"),
    **{"lanczos3": "lanczos3", "lanczos5": "lanczos5"},
}


def check_images(images, name="images"):
    """Raise a ValueError unless images have 3 or 4 axes."""
    if images.ndim not in (3, 4):
        raise ValueError(
            "Invalid images rank: expected rank 3 (single image) or rank 4 (batch of images). "
            f"Received: {name}.shape={tuple(images.shape)}"
        )


def spatial_axes(images, data_format):
    """Return the axes of height and width."""
    return (
        (images.ndim - 3, images.ndim - 2)
        if data_format == "channels_last"
        else (images.ndim - 2, images.ndim - 1)
    )


def _triangle(x):
    return (1 - x).clamp(min=0)


def _keys_cubic(x):  # Keys, 1981, with a = -1/2
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return torch.where(x >= 2, 0, torch.where(x >= 1, far, near))


def _lanczos(radius):
    def kernel(x):
        return torch.where(x > radius, 0, torch.sinc(x) * torch.sinc(x / radius))

    return kernel


_KERNELS = {"linear": _triangle, "cubic": _keys_cubic, "lanczos3": _lanczos(3), "lanczos5": _lanczos(5)}


def _weights(size, output_size, scale, translation, kernel, antialias, like):
    """Return the weight (size, output_size) of each input in each output, along one axis."""
    inverse = 1.0 / scale
    width = max(float(inverse), 1.0) if antialias else 1.0
    places = torch.arange(output_size, dtype=like.dtype, device=like.device)
    sample = (places + 0.5) * inverse - translation * inverse - 0.5
    distance = (
        sample[None, :] - torch.arange(size, dtype=like.dtype, device=like.device)[:, None]
    ).abs() / width
    weights = kernel(distance)
    total = weights.sum(0, keepdim=True)
    weights = torch.where(total.abs() > 1e-4, weights / torch.where(total == 0, 1, total), 0)
    return torch.where((sample >= -0.5) & (sample <= size - 0.5), weights, 0)


def _along(x, axis, weights):
    return torch.tensordot(x, weights, ([axis], [0])).movedim(-1, axis)


@op
def resize(
    images: Tensor,
    size,
    interpolation="bilinear",
    antialias=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    fill_mode="constant",
    fill_value=0.0,
    data_format=None,
):
    """Images of another height and width, pixel centres corresponding.

    Args:
        images: One image or a batch.
        size: (height, width).
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5" or "area".
        antialias: Whether a smaller image is a mean over all the pixels that it stands for.
        crop_to_aspect_ratio: Whether to cut the images to the proportions of the size first.
        pad_to_aspect_ratio: Whether to pad them to these.
        fill_mode, fill_value: What with; the mode can only be "constant".
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.ops.image.resize(torch.ones(4, 6, 3), (2, 3)).shape
    torch.Size([2, 3, 3])
    """
    if interpolation not in _METHODS:
        raise ValueError(
            f"`interpolation` must be one of {_METHODS}. Received: interpolation={interpolation}"
        )
    if fill_mode != "constant":
        raise ValueError(f"`fill_mode` can only be 'constant'. Received: fill_mode={fill_mode}")
    if pad_to_aspect_ratio and crop_to_aspect_ratio:
        raise ValueError("Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`.")
    if len(size) != 2:
        raise ValueError(
            f"Argument `size` must be a tuple of two elements (height, width). Received: size={size}"
        )
    check_images(images)
    axes = spatial_axes(images, standardize_data_format(data_format))
    size = (int(size[0]), int(size[1]))
    if min(size) < 1:
        raise ValueError(f"`size` must have positive height and width. Received: size={size}")
    if crop_to_aspect_ratio:
        images = _cropped(images, axes, size)
    elif pad_to_aspect_ratio:
        images = _padded(images, axes, size, fill_value)
    if interpolation == "nearest":
        return _nearest(images, axes, size)
    x = _interpolated(_wide(images), axes, size, interpolation, antialias)
    return x.to(images.dtype) if images.is_floating_point() else saturate_cast(x.round(), images.dtype)


def _wide(x):
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else as_float(x)


def _interpolated(x, axes, size, interpolation, antialias):
    if interpolation == "area":
        for axis, length in zip(axes, size):
            x = _along(x, axis, _area_weights(x.shape[axis], length, x))
        return x
    if interpolation == "bilinear" and not antialias and x.ndim == 4:
        channels_first = x if axes == (2, 3) else x.permute(0, 3, 1, 2)
        found = F.interpolate(channels_first, size, mode="bilinear", align_corners=False)
        return found if axes == (2, 3) else found.permute(0, 2, 3, 1)
    kernel = _KERNELS[_KERNEL_NAMES[interpolation]]
    for axis, length in zip(axes, size):
        scale = length / x.shape[axis]
        x = _along(x, axis, _weights(x.shape[axis], length, scale, 0.0, kernel, antialias, x))
    return x


def _nearest(images, axes, size):
    for axis, length in zip(axes, size):
        scale = images.shape[axis] / length
        places = ((torch.arange(length, device=images.device) + 0.5) * scale).floor().long()
        images = images.index_select(axis, places.clamp(max=images.shape[axis] - 1))
    return images


def _area_weights(size, length, like):
    """Return how much of each output each input covers."""
    scale = size / length
    start = torch.arange(length, dtype=like.dtype, device=like.device) * scale
    pixel = torch.arange(size, dtype=like.dtype, device=like.device)[:, None]
    overlap = torch.minimum(pixel + 1, start + scale) - torch.maximum(pixel, start)
    return overlap.clamp(min=0) / scale


def _cropped(images, axes, size):
    height, width = (images.shape[axis] for axis in axes)
    crop = (
        max(min(height, int(width * size[0] / size[1])), 1),
        max(min(width, int(height * size[1] / size[0])), 1),
    )
    for axis, length in zip(axes, crop):
        images = images.narrow(axis, int((images.shape[axis] - length) / 2), length)
    return images


def _padded(images, axes, size, value):
    height, width = (images.shape[axis] for axis in axes)
    target = (max(height, int(width * size[0] / size[1])), max(width, int(height * size[1] / size[0])))
    for axis, length in zip(axes, target):
        before = (length - images.shape[axis]) // 2
        if before:
            images = F.pad(images, [0, 0] * (images.ndim - 1 - axis) + [before, before], value=value)
    return images


@op
def scale_and_translate(
    images: Tensor, output_shape, scale: Tensor, translation: Tensor, spatial_dims, method, antialias=True
):
    """Images scaled and moved along some axes, in an output of another shape.

    Args:
        images: The images.
        output_shape: The sizes along `spatial_dims` (in their order).
        scale, translation: One number for each of these axes.
        spatial_dims: The axes.
        method: "linear", "cubic", "lanczos3" or "lanczos5".
        antialias: Whether a smaller image is a mean over all the pixels that it stands for.

    >>> keras.ops.image.scale_and_translate(torch.ones(4, 4), (2, 2), [0.5, 0.5], [0.0, 0.0], (0, 1),
    ... "linear").shape
    torch.Size([2, 2])
    """
    if method not in _KERNEL_NAMES:
        raise ValueError(f"`method` must be one of {sorted(_KERNEL_NAMES)}. Received: method={method}")
    kernel = _KERNELS[_KERNEL_NAMES[method]]
    if scale.is_meta or translation.is_meta:  # the shape does not depend on them
        shape = list(images.shape)
        for size, axis in zip(output_shape, spatial_dims):
            shape[axis] = size
        return images.new_empty(shape)
    x = as_float(images)
    for i, axis in enumerate(spatial_dims):
        axis = axis % x.ndim
        weights = _weights(x.shape[axis], output_shape[i], scale[i], translation[i], kernel, antialias, x)
        x = _along(x, axis, weights)
    if not images.is_floating_point():
        return x.round().clamp(images.min(), images.max()).to(images.dtype)
    return x


def _pair(before, after, target, size, names, sign):
    """Return the two ends from those of them and the target that are given.

    `sign` is 1 when the image grows, -1 when it is cut. An unknown size fits any target.
    """
    if sum(v is None for v in (before, after, target)) != 1:
        raise ValueError(
            f"Must specify exactly two of {', '.join(names)}. Received: {(before, after, target)}"
        )
    if target is not None and target < 0:
        raise ValueError(f"{names[2]} must be >= 0. Received: {names[2]}={target}")
    if before is None:
        before = sign * (target - size) - after
    if after is None:
        after = sign * (target - size) - before
    for name, value in zip(names, (before, after)):
        if value < 0 and not _is_unknown(size):
            raise ValueError(f"{name} must be >= 0. Received: {name}={value}")
    return before, after


def _is_unknown(size):
    return is_inferring() and known((size,)) == (None,)


@op
def pad_images(
    images: Tensor,
    top_padding=None,
    left_padding=None,
    bottom_padding=None,
    right_padding=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Images with zeros around them, given by two of top, bottom and target height, and likewise for the
    width.

    >>> keras.ops.image.pad_images(torch.ones(2, 2, 1), 1, 2, target_height=4, target_width=5).shape
    torch.Size([4, 5, 1])
    """
    check_images(images)
    axes = spatial_axes(images, standardize_data_format(data_format))
    height, width = (images.shape[axis] for axis in axes)
    names = (
        ("top_padding", "bottom_padding", "target_height"),
        ("left_padding", "right_padding", "target_width"),
    )
    top, bottom = _pair(top_padding, bottom_padding, target_height, height, names[0], 1)
    left, right = _pair(left_padding, right_padding, target_width, width, names[1], 1)
    return F.pad(images, [0, 0] * (images.ndim - 1 - axes[1]) + [left, right, top, bottom])


@op
def crop_images(
    images: Tensor,
    top_cropping=None,
    left_cropping=None,
    bottom_cropping=None,
    right_cropping=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Images with pixels cut off, given by two of top, bottom and target height, and likewise for the width.

    >>> keras.ops.image.crop_images(torch.ones(4, 4, 1), 1, 1, target_height=2, target_width=2).shape
    torch.Size([2, 2, 1])
    """
    check_images(images)
    axes = spatial_axes(images, standardize_data_format(data_format))
    height, width = (images.shape[axis] for axis in axes)
    names = (
        ("top_cropping", "bottom_cropping", "target_height"),
        ("left_cropping", "right_cropping", "target_width"),
    )
    top, bottom = _pair(top_cropping, bottom_cropping, target_height, height, names[0], -1)
    left, right = _pair(left_cropping, right_cropping, target_width, width, names[1], -1)
    if height - top - bottom < 1 or width - left - right < 1:
        raise ValueError(
            f"The cropped images must have a positive height and width. Received: images.shape={tuple(images.shape)}, "
            f"top={top}, bottom={bottom}, left={left}, right={right}"
        )
    images = images.narrow(axes[0], top, height - top - bottom)
    return images.narrow(axes[1], left, width - left - right)


def _patches(images, size, strides, dilation_rate, padding, data_format, n):
    size = (size,) * n if isinstance(size, int) else tuple(size)
    if len(size) != n:
        raise ValueError(
            f"Invalid `size` argument. Expected an int or a tuple of length {n}. Received: size={size}"
        )
    data_format = standardize_data_format(data_format)
    single = images.ndim == n + 1
    images = images.unsqueeze(0) if single else images
    channels = images.shape[-1 if data_format == "channels_last" else 1]
    total = math.prod(size) * channels
    kernel = torch.eye(total, dtype=images.dtype, device=images.device).reshape(*size, channels, total)
    found = conv(images, kernel, strides or size, padding, data_format, dilation_rate)
    return found.squeeze(0) if single else found


@op
def extract_patches(images: Tensor, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """The windows of images, each flattened into the channels of one pixel.

    >>> keras.ops.image.extract_patches(torch.ones(1, 4, 4, 3), 2).shape
    torch.Size([1, 2, 2, 12])
    """
    if not isinstance(size, (int, tuple, list)):
        raise TypeError(f"Invalid `size` argument. Expected an int or a tuple. Received: size={size}")
    if isinstance(size, int):
        return _patches(images, size, strides, dilation_rate, padding, data_format, 2)
    if len(size) not in (2, 3):
        raise ValueError(f"Invalid `size` argument. Expected a tuple of length 2 or 3. Received: size={size}")
    return _patches(images, size, strides, dilation_rate, padding, data_format, len(size))


@op
def extract_patches_3d(
    volumes: Tensor, size, strides=None, dilation_rate=1, padding="valid", data_format=None
):
    """The windows of volumes, each flattened into the channels of one voxel.

    >>> keras.ops.image.extract_patches_3d(torch.ones(1, 4, 4, 4, 1), 2).shape
    torch.Size([1, 2, 2, 2, 8])
    """
    return _patches(volumes, size, strides, dilation_rate, padding, data_format, 3)
