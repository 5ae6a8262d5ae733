"""Images seen through windows: patches, edges, gradients, structural similarity."""

import torch

from .._dtypes import float32
from .._make import sizes
from .._wrap import Own, Same, op, tensor
from ._color import convert_image_dtype


def _spaces(name, values):
    values = sizes(values)
    if len(values) != 4 or values[0] != 1 or values[3] != 1 or min(values) < 1:
        raise ValueError(f"{name} must be [1, rows, columns, 1]. Received: {name}={values}")
    return values[1:3]


@op("ExtractImagePatches")
def _patches(images: Own, size, strides, rates, padding):
    images = images.movedim(-1, 1)
    wide = [(k - 1) * r + 1 for k, r in zip(size, rates)]
    if padding == "SAME":
        around = []
        for count, window, stride in zip(images.shape[2:], wide, strides):
            missing = max((-(-count // stride) - 1) * stride + window - count, 0)
            around = [missing // 2, missing - missing // 2, *around]
        images = torch.nn.functional.pad(images, around)
    for axis, window, stride, rate in zip((2, 3), wide, strides, rates):
        images = images.unfold(axis, window, stride)[..., ::rate]
    return images.permute(0, 2, 3, 4, 5, 1).flatten(3)


def extract_patches(images, sizes, strides, rates, padding, name=None):
    """Return windows of images (batch, height, width, channels), each flattened in the last axis.

    >>> tf.image.extract_patches(tf.ones([1, 10, 10, 3]), [1, 3, 3, 1], [1, 5, 5, 1], [1, 1, 1, 1], "VALID").shape
    TensorShape([1, 2, 2, 27])
    """
    padding = str(padding).upper()
    if padding not in ("SAME", "VALID"):
        raise ValueError(f'padding must be "SAME" or "VALID". Received: padding={padding!r}')
    spaces = [_spaces(n, v) for n, v in (("sizes", sizes), ("strides", strides), ("rates", rates))]
    return _patches(images, *spaces, padding)


@op("DepthwiseConv2dNative")
def sobel_edges(image: Own):
    """Return the changes down and right of images (..., height, width, channels): (..., channels, 2)."""
    flat = image.reshape(-1, *image.shape[-3:])
    x = torch.nn.functional.pad(flat.movedim(-1, 1), [1, 1, 1, 1], mode="reflect").movedim(1, -1)
    down = x[:, 2:] - x[:, :-2]
    right = x[:, :, 2:] - x[:, :, :-2]
    down = down[:, :, :-2] + 2 * down[:, :, 1:-1] + down[:, :, 2:]
    right = right[:, :-2] + 2 * right[:, 1:-1] + right[:, 2:]
    return torch.stack([down, right], -1).reshape(*image.shape, 2)


@op("Sub")
def _differences(image: Own):
    down, right = torch.zeros_like(image), torch.zeros_like(image)
    down[:, :-1] = image[:, 1:] - image[:, :-1]
    right[:, :, :-1] = image[:, :, 1:] - image[:, :, :-1]
    return down, right


def image_gradients(image):
    """Return (dy, dx) of images (batch, height, width, channels): differences of neighbours, 0 at the end."""
    image = tensor(image)
    if image.ndim != 4:
        raise ValueError(f"image_gradients expects a 4D tensor [batch_size, h, w, d], not {image.shape}.")
    return _differences(image)


def _pair(a, b, max_val):
    """Two images, and the greatest value, as floats from 0 to 1 where they were whole numbers."""
    a, b = tensor(a), tensor(b)
    top = tensor(max_val, dtype=None if hasattr(max_val, "dtype") else a.dtype)
    floats = [convert_image_dtype(x, float32) for x in (a, b, top)]
    return floats[0], floats[1], float(floats[2])


@op("Mean")
def _ratio(a: Same, b: Same, top):
    error = ((a - b) ** 2).mean(dim=(-3, -2, -1))
    return 20 * torch.log10(torch.as_tensor(top, dtype=a.dtype)).to(a.device) - 10 * torch.log10(error)


def psnr(a, b, max_val, name=None):
    """Return the peak signal-to-noise ratio, 10 log10(max_val^2 / mean squared difference), of each image.

    >>> float(tf.image.psnr(tf.zeros([4, 4, 1]), tf.ones([4, 4, 1]), max_val=1.0))
    0.0
    """
    return _ratio(*_pair(a, b, max_val))


def _smoothed(x, window):
    """Each channel of (n, height, width, channels) through a window, where it fits."""
    size = len(window)
    x = x.movedim(-1, 1)
    flat = x.reshape(-1, 1, *x.shape[-2:])
    flat = torch.nn.functional.conv2d(flat, (window[:, None] * window)[None, None])
    return flat.reshape(*x.shape[:2], x.shape[2] - size + 1, x.shape[3] - size + 1).movedim(1, -1)


def _similarity(a, b, top, size, sigma, k1, k2):
    """(similarity, contrast) at each place: https://ece.uwaterloo.ca/~z70wang/research/ssim/"""
    place = torch.arange(size, dtype=a.dtype, device=a.device) - (size - 1) / 2
    window = torch.softmax(-(place**2) / (2 * sigma**2), 0)
    c1, c2 = (k1 * top) ** 2, (k2 * top) ** 2
    mean_a, mean_b = _smoothed(a, window), _smoothed(b, window)
    product, squares = 2 * mean_a * mean_b, mean_a**2 + mean_b**2
    luminance = (product + c1) / (squares + c1)
    both, alone = 2 * _smoothed(a * b, window), _smoothed(a**2 + b**2, window)
    contrast = (both - product + c2) / (alone - squares + c2)
    return luminance * contrast, contrast


def _batched(x):
    return x.reshape(-1, *x.shape[-3:])


@op("SSIM")
def _ssim(a: Same, b: Same, top, size, sigma, k1, k2, index_map):
    outer = torch.broadcast_shapes(a.shape[:-3], b.shape[:-3])
    values, _ = _similarity(_batched(a), _batched(b), top, size, sigma, k1, k2)
    values = values.mean(-1) if index_map else values.mean(dim=(1, 2, 3))
    return values.reshape([*outer, *values.shape[1:]])


def ssim(img1, img2, max_val, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03, return_index_map=False):
    """Return the structural similarity of two images (..., height, width, channels), 1 for equal ones.

    >>> float(tf.image.ssim(tf.ones([16, 16, 1]), tf.ones([16, 16, 1]), max_val=1.0))
    1.0
    """
    pair = _pair(img1, img2, max_val)
    return _ssim(*pair, int(filter_size), float(filter_sigma), k1, k2, return_index_map)


@op("SSIMMultiscale")
def _ssim_multiscale(a: Same, b: Same, top, powers, size, sigma, k1, k2):
    outer, result = a.shape[:-3], 1.0
    a, b = _batched(a), _batched(b)
    for index, power in enumerate(powers):
        if index:
            a, b = _halved(a), _halved(b)
        similarity, contrast = _similarity(a, b, top, size, sigma, k1, k2)
        values = similarity if index == len(powers) - 1 else contrast
        result = result * torch.relu(values.mean(dim=(1, 2))) ** power
    return result.mean(-1).reshape(outer)


def _halved(x):
    x = x.movedim(-1, 1)
    x = torch.nn.functional.pad(x, [0, x.shape[3] % 2, 0, x.shape[2] % 2], mode="replicate")
    return torch.nn.functional.avg_pool2d(x, 2).movedim(1, -1)


def ssim_multiscale(
    img1,
    img2,
    max_val,
    power_factors=(0.0448, 0.2856, 0.3001, 0.2363, 0.1333),
    filter_size=11,
    filter_sigma=1.5,
    k1=0.01,
    k2=0.03,
):
    """Return the structural similarity over several sizes, each half of the one before, with their powers."""
    pair = _pair(img1, img2, max_val)
    return _ssim_multiscale(*pair, tuple(power_factors), int(filter_size), float(filter_sigma), k1, k2)
