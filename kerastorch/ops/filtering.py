"""Images in other colours, filtered, compared."""

import torch
import torch.nn.functional as F

from kerastorch.core.infer import is_inferring
from kerastorch.core.op import Tensor, op
from kerastorch.core.settings import standardize_data_format
from kerastorch.ops.common import as_float
from kerastorch.ops.resizing import check_images

_LUMA = (0.2989, 0.5870, 0.1140)


def _channels_last(images, data_format):
    check_images(images)
    return images if standardize_data_format(data_format) == "channels_last" else images.movedim(-3, -1)


def _as_given(images, data_format):
    return images if standardize_data_format(data_format) == "channels_last" else images.movedim(-1, -3)


@op
def rgb_to_grayscale(images: Tensor, data_format=None):
    """The brightness of colour images, as one channel.

    >>> keras.ops.image.rgb_to_grayscale([[[1.0, 1.0, 1.0]]])
    tensor([[[0.9999]]])
    """
    x = _channels_last(images, data_format)
    if x.shape[-1] not in (1, 3):
        raise ValueError(
            f"Invalid channel size: expected 3 (RGB) or 1 (Grayscale). Received: "
            f"images.shape={tuple(images.shape)}"
        )
    if x.shape[-1] == 1:
        return images.clone()
    weights = torch.tensor(_LUMA, dtype=as_float(x[:0]).dtype, device=x.device)
    return _as_given((as_float(x) * weights).sum(-1, keepdim=True).to(images.dtype), data_format)


def _colours(images, data_format):
    x = _channels_last(images, data_format)
    if not x.is_floating_point():
        raise ValueError(f"Invalid images dtype: expected float dtype. Received: images.dtype={images.dtype}")
    if x.shape[-1] != 3:
        raise ValueError(
            f"Input images must have 3 channels, but received images with {x.shape[-1]} channels. "
            f"Received: images.shape={tuple(images.shape)}"
        )
    return x


@op
def rgb_to_hsv(images: Tensor, data_format=None):
    """Red, green, blue as hue, saturation, value, all in [0, 1].

    >>> keras.ops.image.rgb_to_hsv([[[0.0, 1.0, 0.0]]])
    tensor([[[0.3333, 1.0000, 1.0000]]])
    """
    x = _colours(images, data_format)
    r, g, b = x.unbind(-1)
    value, low = x.amax(-1), x.amin(-1)
    span = value - low
    safe = torch.where(span == 0, 1, span)
    hue = (
        torch.where(
            value == r, (g - b) / safe, torch.where(value == g, (b - r) / safe + 2, (r - g) / safe + 4)
        )
        / 6
    )
    hue = torch.where(span == 0, 0, torch.where(hue < 0, hue + 1, hue))
    saturation = torch.where(value > 0, span / torch.where(value == 0, 1, value), 0)
    return _as_given(torch.stack([hue, saturation, value], -1), data_format)


@op
def hsv_to_rgb(images: Tensor, data_format=None):
    """Hue, saturation, value as red, green, blue.

    >>> keras.ops.image.hsv_to_rgb([[[0.0, 1.0, 1.0]]])
    tensor([[[1., 0., 0.]]])
    """
    hue, saturation, value = _colours(images, data_format).unbind(-1)
    sixth = hue * 6
    shades = [
        ((sixth - 3).abs() - 1).clamp(0, 1),
        (2 - (sixth - 2).abs()).clamp(0, 1),
        (2 - (sixth - 4).abs()).clamp(0, 1),
    ]
    return _as_given(
        torch.stack([(1 - saturation + saturation * s) * value for s in shades], -1), data_format
    )


def _gaussian(size, sigma, like):
    x = torch.arange(int(size), dtype=like.dtype, device=like.device) - (int(size) - 1) / 2
    weights = torch.exp(-0.5 * (x / sigma) ** 2)
    return weights / weights.sum()


def _depthwise(x, kernel, padding):
    """Convolve each channel of (batch, channels, height, width) with one kernel (height, width)."""
    channels = x.shape[1]
    return F.conv2d(x, kernel.expand(channels, 1, *kernel.shape), padding=padding, groups=channels)


@op
def gaussian_blur(images: Tensor, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None):
    """Images convolved with a Gaussian, zeros being around them.

    >>> keras.ops.image.gaussian_blur(torch.ones(4, 4, 1)).shape
    torch.Size([4, 4, 1])
    """
    x = as_float(_channels_last(images, data_format))
    if is_inferring() and any(isinstance(v, torch.Tensor) for v in (kernel_size, sigma)):
        return images  # the shape of the images stays
    single = x.ndim == 3
    x = x.unsqueeze(0) if single else x
    kernel = torch.outer(_gaussian(kernel_size[1], sigma[1], x), _gaussian(kernel_size[0], sigma[0], x))
    kernel = kernel.reshape(int(kernel_size[0]), int(kernel_size[1]))
    blurred = _depthwise(x.permute(0, 3, 1, 2), kernel, "same").permute(0, 2, 3, 1)
    return _as_given(blurred.squeeze(0) if single else blurred, data_format).to(images.dtype)


@op
def sobel_edges(images: Tensor, data_format=None):
    """The slopes of images along height and width, along a new last axis of 2; images are mirrored at the
    border.

    >>> keras.ops.image.sobel_edges(torch.ones(1, 4, 4, 1)).shape
    torch.Size([1, 4, 4, 1, 2])
    """
    x = as_float(_channels_last(images, data_format))
    single = x.ndim == 3
    x = x.unsqueeze(0) if single else x
    x = F.pad(x.permute(0, 3, 1, 2), (1, 1, 1, 1), mode="reflect")
    along = torch.tensor(
        [[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]], dtype=x.dtype, device=x.device
    )
    edges = torch.stack([_depthwise(x, kernel, 0) for kernel in (along, along.T)], -1)
    if standardize_data_format(data_format) == "channels_last":
        edges = edges.permute(0, 2, 3, 1, 4)
    return edges.squeeze(0) if single else edges


@op
def ssim(
    image1: Tensor,
    image2: Tensor,
    max_val=1.0,
    filter_size=11,
    filter_sigma=1.5,
    k1=0.01,
    k2=0.03,
    data_format=None,
):
    """The structural similarity of images: 1 where they are equal. Wang et al., 2004.

    Args:
        image1, image2: One image each, or batches.
        max_val: The range of values.
        filter_size, filter_sigma: The Gaussian window.
        k1, k2: What guards the divisions.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.ops.image.ssim(torch.ones(16, 16, 1), torch.ones(16, 16, 1))
    tensor(1.)
    """
    a, b = as_float(_channels_last(image1, data_format)), as_float(_channels_last(image2, data_format))
    single = a.ndim == 3
    a, b = ((x.unsqueeze(0) if single else x).permute(0, 3, 1, 2) for x in (a, b))
    weights = _gaussian(filter_size, filter_sigma, a)
    kernel = torch.outer(weights, weights)

    def local(x):
        return _depthwise(x, kernel, 0)

    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    mean_a, mean_b = local(a), local(b)
    var_a, var_b = local(a * a) - mean_a**2, local(b * b) - mean_b**2
    covariance = local(a * b) - mean_a * mean_b
    quality = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    quality = quality / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
    found = quality.mean((1, 2, 3))
    return (found.squeeze(0) if single else found).to(image1.dtype)
