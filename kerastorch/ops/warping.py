"""Images with their pixels elsewhere: affine, perspective and elastic transforms, values at coordinates."""

import itertools

import torch

from kerastorch.core.op import Tensor, op
from kerastorch.core.settings import standardize_data_format
from kerastorch.ops.common import as_float
from kerastorch.ops.filtering import gaussian_blur
from kerastorch.ops.resizing import check_images
from kerastorch.random import draw_seed, normal

_INTERPOLATIONS = ("nearest", "bilinear")
_FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


def _check(images, interpolation, fill_mode):
    check_images(images)
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"`interpolation` must be one of {_INTERPOLATIONS}. Received: interpolation={interpolation}"
        )
    if fill_mode not in _FILL_MODES:
        raise ValueError(f"`fill_mode` must be one of {_FILL_MODES}. Received: fill_mode={fill_mode}")


def _folded(place, size, fill_mode):
    """Return places outside the image as places inside, as TensorFlow maps them."""
    if fill_mode == "constant":
        return place
    if fill_mode == "reflect":
        place = torch.remainder(place, 2 * size)
        place = torch.where(place >= size, 2 * size - place - 1, place)
    elif fill_mode == "mirror":
        period = max(2 * (size - 1), 1)
        place = torch.remainder(place, period)
        place = torch.where(place > size - 1, period - place, place)
    elif fill_mode == "wrap":
        period = max(size - 1, 1)
        below = place + size * (torch.trunc(-place / period) + 1)
        above = place - size * torch.trunc(place / period)
        place = torch.where(place < 0, below, torch.where(place > size - 1, above, place))
    return place.clamp(0, size - 1)


def _rounded(place):
    """Return places rounded, halves away from 0."""
    return place.sign() * (place.abs() + 0.5).floor()


def _sampled(images, x, y, interpolation, fill_mode, fill_value):
    """Return images (batch, height, width, channels) read at places x and y (batch, height, width)."""
    batch, height, width = images.shape[:3]
    x, y = _folded(x, width, fill_mode), _folded(y, height, fill_mode)
    rows = torch.arange(batch, device=images.device).reshape(-1, 1, 1)

    def read(row, column):
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        found = images[rows, row.clamp(0, height - 1).long(), column.clamp(0, width - 1).long()]
        return torch.where(
            inside.unsqueeze(-1), found, torch.as_tensor(fill_value, dtype=found.dtype, device=x.device)
        )

    if interpolation == "nearest":
        return read(_rounded(y), _rounded(x))
    left, top = x.floor(), y.floor()
    right_share, bottom_share = (x - left).unsqueeze(-1), (y - top).unsqueeze(-1)
    upper = (1 - right_share) * read(top, left) + right_share * read(top, left + 1)
    lower = (1 - right_share) * read(top + 1, left) + right_share * read(top + 1, left + 1)
    return (1 - bottom_share) * upper + bottom_share * lower


def _projected(images, transform, interpolation, fill_mode, fill_value, data_format):
    """Return images whose pixel (x, y) is read at ((a x + b y + c) / k, (d x + e y + f) / k), k = g x + h y
    + 1.
    """
    single = images.ndim == 3
    x = images.unsqueeze(0) if single else images
    x = x.movedim(1, -1) if data_format == "channels_first" else x
    wide = as_float(x)
    transform = (transform.unsqueeze(0) if transform.ndim == 1 else transform).to(torch.float32)
    columns = torch.arange(x.shape[2], dtype=torch.float32, device=x.device)
    rows = torch.arange(x.shape[1], dtype=torch.float32, device=x.device)[:, None]
    a, b, c, d, e, f, g, h = (p.reshape(-1, 1, 1) for p in transform.unbind(1))
    scale = g * columns + h * rows + 1
    place_x, place_y = (a * columns + b * rows + c) / scale, (d * columns + e * rows + f) / scale
    shape = x.shape[:3]
    found = _sampled(wide, place_x.expand(shape), place_y.expand(shape), interpolation, fill_mode, fill_value)
    found = found.to(images.dtype)
    found = found.movedim(-1, 1) if data_format == "channels_first" else found
    return found.squeeze(0) if single else found


@op
def affine_transform(
    images: Tensor,
    transform: Tensor,
    interpolation="bilinear",
    fill_mode="constant",
    fill_value=0,
    data_format=None,
):
    """Images whose pixel (x, y) is read at the place that a transform of 8 numbers gives.

    Args:
        images: One image or a batch.
        transform: (a, b, c, d, e, f, g, h), one or one for each image: the place is
            ((a x + b y + c) / k, (d x + e y + f) / k) with k = g x + h y + 1.
        interpolation: "bilinear" or "nearest".
        fill_mode: What is outside: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: The constant.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.ops.image.affine_transform([[[1.0], [2.0]]], [1, 0, 1, 0, 1, 0, 0, 0])[..., 0]
    tensor([[2., 0.]])
    """
    _check(images, interpolation, fill_mode)
    if transform.ndim not in (1, 2):
        raise ValueError(
            "Invalid transform rank: expected rank 1 (single transform) or rank 2 (batch of transforms). "
            f"Received: transform.shape={tuple(transform.shape)}"
        )
    data_format = standardize_data_format(data_format)
    return _projected(images, transform, interpolation, fill_mode, fill_value, data_format)


@op
def perspective_transform(
    images: Tensor,
    start_points: Tensor,
    end_points: Tensor,
    interpolation="bilinear",
    fill_value=0,
    data_format=None,
):
    """Images moved such that four points go to four others.

    Args:
        images: One image or a batch.
        start_points, end_points: Points (x, y): (4, 2), or (batch, 4, 2).
        interpolation: "bilinear" or "nearest".
        fill_value: What is outside.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> corners = [[0.0, 0.0], [3.0, 0.0], [0.0, 3.0], [3.0, 3.0]]
    >>> keras.ops.image.perspective_transform(torch.ones(4, 4, 1), corners, corners).shape
    torch.Size([4, 4, 1])
    """
    _check(images, interpolation, "constant")
    for name, points in (("start_points", start_points), ("end_points", end_points)):
        if points.shape[-2:] != (4, 2) or points.ndim not in (2, 3):
            raise ValueError(
                f"Invalid {name} shape: expected (4,2) for a single image or (N,4,2) for a batch. "
                f"Received: {name}.shape={tuple(points.shape)}"
            )
    transform = homography(start_points.float().reshape(-1, 4, 2), end_points.float().reshape(-1, 4, 2))
    data_format = standardize_data_format(data_format)
    return _projected(images, transform, interpolation, "constant", fill_value, data_format)


def homography(start, end):
    """Return the 8 numbers (batch, 8) of the projective map from `end` to `start` points (batch, 4, 2)."""
    (sx, sy), (ex, ey) = start.unbind(-1), end.unbind(-1)
    one, zero = torch.ones_like(ex), torch.zeros_like(ex)
    x_rows = torch.stack([ex, ey, one, zero, zero, zero, -sx * ex, -sx * ey], -1)
    y_rows = torch.stack([zero, zero, zero, ex, ey, one, -sy * ex, -sy * ey], -1)
    matrix = torch.stack([x_rows, y_rows], 2).reshape(-1, 8, 8)
    return torch.linalg.solve(matrix, torch.stack([sx, sy], -1).reshape(-1, 8))


@op
def map_coordinates(inputs: Tensor, coordinates: Tensor, order, fill_mode="constant", fill_value=0):
    """The values of a tensor at coordinates that need not be integers.

    Args:
        inputs: The tensor.
        coordinates: One coordinate for each axis: (axes, ...).
        order: 0 for the nearest value, 1 for linear interpolation.
        fill_mode: What is outside: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: The constant.

    >>> keras.ops.image.map_coordinates([0.0, 10.0], [[0.5]], order=1)
    tensor([5.])
    """
    if coordinates.shape[0] != inputs.ndim:
        raise ValueError(
            "First dim of `coordinates` must be the same as the rank of `inputs`. "
            f"Received: coordinates.shape={tuple(coordinates.shape)}, inputs.shape={tuple(inputs.shape)}"
        )
    if fill_mode not in (*_FILL_MODES, "mirror"):
        raise ValueError(
            f"`fill_mode` must be one of {(*_FILL_MODES, 'mirror')}. Received: fill_mode={fill_mode}"
        )
    if order not in (0, 1):
        raise ValueError(f"`order` must be 0 or 1. Received: order={order}")
    coordinates = as_float(coordinates)
    nodes = []
    for place, size in zip(coordinates, inputs.shape):
        if order == 0:
            nodes.append([(*_index(place.round().long(), size, fill_mode), torch.ones_like(place))])
        else:
            lower = place.floor()
            share = place - lower
            lower = lower.long()
            nodes.append(
                [
                    (*_index(lower, size, fill_mode), 1 - share),
                    (*_index(lower + 1, size, fill_mode), share),
                ]
            )
    total = torch.zeros_like(coordinates[0])
    for corner in itertools.product(*nodes):
        values = as_float(inputs[tuple(index for index, _, _ in corner)]).to(total.dtype)
        if fill_mode == "constant":
            inside = torch.stack([valid for _, valid, _ in corner]).all(0)
            values = torch.where(inside, values, fill_value)
        for _, _, weight in corner:
            values = values * weight
        total = total + values
    return total.to(inputs.dtype) if inputs.is_floating_point() else total.round().to(inputs.dtype)


def _index(index, size, fill_mode):
    """Return an index inside the axis, and whether it was there."""
    valid = (index >= 0) & (index < size)
    if fill_mode in ("constant", "nearest"):
        return index.clamp(0, size - 1), valid
    if fill_mode == "wrap":
        return index % size, valid
    if fill_mode == "mirror":
        period = max(2 * (size - 1), 1)
        index = index % period
        return torch.where(index < size, index, period - index), valid
    index = index % (2 * size)
    return torch.where(index < size, index, 2 * size - 1 - index), valid


@op
def elastic_transform(
    images: Tensor,
    alpha=20.0,
    sigma=5.0,
    interpolation="bilinear",
    fill_mode="reflect",
    fill_value=0.0,
    seed=None,
    data_format=None,
):
    """Images whose pixels are moved by smooth random amounts. Simard et al., 2003.

    Args:
        images: One image or a batch.
        alpha: How far.
        sigma: How smooth, in pixels.
        interpolation: "bilinear" or "nearest".
        fill_mode: What is outside: "constant", "nearest", "wrap" or "reflect".
        fill_value: The constant.
        seed: An integer, a SeedGenerator or None.
        data_format: "channels_last", "channels_first" or None for the default.

    >>> keras.ops.image.elastic_transform(torch.ones(8, 8, 1), seed=1).shape
    torch.Size([8, 8, 1])
    """
    _check(images, interpolation, fill_mode)
    data_format = standardize_data_format(data_format)
    single = images.ndim == 3
    x = images.unsqueeze(0) if single else images
    x = x.movedim(1, -1) if data_format == "channels_first" else x
    wide = as_float(x)
    first = draw_seed(seed)[0]
    size = 6 * int(sigma) | 1
    moves = []
    for _ in range(2):
        noise = normal(x.shape[:3], dtype=wide.dtype, seed=first).to(x.device) * sigma
        moves.append(
            alpha * gaussian_blur(noise.unsqueeze(-1), (size, size), (sigma, sigma), "channels_last")[..., 0]
        )
    place_x = torch.arange(x.shape[2], dtype=wide.dtype, device=x.device) + moves[0]
    place_y = torch.arange(x.shape[1], dtype=wide.dtype, device=x.device)[:, None] + moves[1]
    found = _sampled(wide, place_x, place_y, interpolation, fill_mode, fill_value).to(images.dtype)
    found = found.movedim(-1, 1) if data_format == "channels_first" else found
    return found.squeeze(0) if single else found
