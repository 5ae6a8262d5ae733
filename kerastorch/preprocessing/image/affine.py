"""Images moved, turned, sheared, zoomed and recoloured: what the image generator of Keras 2 is made of.

Images are NumPy arrays of three axes. New code uses the augmentation layers.
"""

import numpy as np

from kerastorch import utils


def _rotation(theta):
    c, s = np.cos(np.deg2rad(theta)), np.sin(np.deg2rad(theta))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def _shear(shear):
    angle = np.deg2rad(shear)
    return np.array([[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]])


def apply_affine_transform(
    x,
    theta=0,
    tx=0,
    ty=0,
    shear=0,
    zx=1,
    zy=1,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    order=1,
):
    """Return an image turned, shifted, sheared and zoomed around its centre.

    Args:
        x: The image.
        theta: The angle of rotation, in degrees.
        tx, ty: The shift in pixels, of columns and of rows (where columns come after rows).
        shear: The angle of shear, in degrees.
        zx, zy: The zoom; below 1 it enlarges.
        row_axis, col_axis, channel_axis: The axes of the image.
        fill_mode: What is outside: "nearest", "constant", "reflect" or "wrap".
        cval: The constant.
        order: 0 for the nearest pixel, 1 for linear interpolation; higher orders take SciPy.
    """
    if len({row_axis, col_axis, channel_axis}) != 3:
        raise ValueError("'row_axis', 'col_axis', and 'channel_axis' must be distinct")
    if {row_axis, col_axis, channel_axis} != {0, 1, 2}:
        raise ValueError(f"Invalid axis' indices: { {row_axis, col_axis, channel_axis} - {0, 1, 2} }")
    if x.ndim != 3:
        raise ValueError("Input arrays must be multi-channel 2D images.")
    if channel_axis not in (0, 2):
        raise ValueError("Channels are allowed and the first and last dimensions.")
    matrices = []
    if theta != 0:
        matrices.append(_rotation(theta))
    if tx != 0 or ty != 0:
        matrices.append(np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]]))
    if shear != 0:
        matrices.append(_shear(shear))
    if zx != 1 or zy != 1:
        matrices.append(np.diag([zx, zy, 1.0]))
    if not matrices:
        return x
    matrix = _around_centre(matrices, x.shape[row_axis], x.shape[col_axis])
    if col_axis > row_axis:
        # rows and columns stand in the other order than x and y
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    channels = np.moveaxis(x, channel_axis, 0)
    moved = [_sampled(channel, matrix, fill_mode, cval, order) for channel in channels]
    return np.moveaxis(np.stack(moved), 0, channel_axis)


def _around_centre(matrices, height, width):
    place = np.array([[1, 0, height / 2 - 0.5], [0, 1, width / 2 - 0.5], [0, 0, 1]])
    back = np.array([[1, 0, 0.5 - height / 2], [0, 1, 0.5 - width / 2], [0, 0, 1]])
    product = place
    for matrix in matrices:
        product = product @ matrix
    return product @ back


def _sampled(image, matrix, mode, cval, order):
    """Return an image whose pixel at p is that of `image` at `matrix @ p`."""
    if order > 1:
        from scipy import ndimage

        return ndimage.affine_transform(
            image, matrix[:2, :2], matrix[:2, 2], order=order, mode=mode, cval=cval
        )
    grid = np.indices(image.shape).reshape(2, -1)
    places = matrix[:2, :2] @ grid + matrix[:2, 2:3]
    inside = np.ones(places.shape[1], bool)
    for place, size in zip(places, image.shape):
        inside &= (place >= -1e-9) & (place <= size - 1 + 1e-9)
    places = np.stack([_moved_inside(p, size, mode) for p, size in zip(places, image.shape)])
    lower = np.floor(places + (0.5 if order == 0 else 0)).astype(int)
    parts = [(lower, np.ones(places.shape[1]))]
    if order == 1:
        rest = places - lower
        parts = []
        for corner in np.ndindex(2, 2):
            weight = np.prod([r if c else 1 - r for r, c in zip(rest, corner)], axis=0)
            parts.append((lower + np.array(corner)[:, None], weight))
    out = 0
    for index, weight in parts:
        rows, columns = (_index(i, size, mode) for i, size in zip(index, image.shape))
        out = out + image[rows, columns] * weight
    if mode == "constant":
        out = np.where(inside, out, cval)
    return out.reshape(image.shape).astype(image.dtype)


def _moved_inside(place, size, mode):
    """Coordinates of a repeated image, whose last pixel is the first of the next."""
    if mode != "wrap" or size < 2:
        return place
    return np.where((place < 0) | (place > size - 1), np.mod(place, size - 1), place)


def _index(index, size, mode):
    if mode == "reflect":
        index = np.mod(index, 2 * size)
        return np.where(index >= size, 2 * size - 1 - index, index)
    if mode not in ("nearest", "constant", "wrap"):
        raise ValueError(
            f'`fill_mode` must be "nearest", "constant", "reflect" or "wrap". Received: {mode!r}'
        )
    return np.clip(index, 0, size - 1)


def flip_axis(x, axis):
    """Return an image with one axis turned round."""
    return np.flip(np.asarray(x), axis)


def random_rotation(
    x, rg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):
    """Return an image turned by a random angle of at most `rg` degrees."""
    theta = np.random.uniform(-rg, rg)
    axes = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return apply_affine_transform(x, theta, 0, 0, 0, 1, 1, *axes)


def random_shift(
    x, wrg, hrg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1
):
    """Return an image shifted by random parts of its width and height, at most `wrg` and `hrg`."""
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    axes = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return apply_affine_transform(x, 0, tx, ty, 0, 1, 1, *axes)


def random_shear(
    x,
    intensity,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """Return an image sheared by a random angle of at most `intensity` degrees."""
    shear = np.random.uniform(-intensity, intensity)
    axes = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return apply_affine_transform(x, 0, 0, 0, shear, 1, 1, *axes)


def random_zoom(
    x,
    zoom_range,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """Return an image zoomed by random factors from `zoom_range`, a pair."""
    if len(zoom_range) != 2:
        raise ValueError(f"`zoom_range` should be a tuple or list of two floats. Received: {zoom_range}")
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else np.random.uniform(*zoom_range, 2)
    axes = (row_axis, col_axis, channel_axis, fill_mode, cval, interpolation_order)
    return apply_affine_transform(x, 0, 0, 0, 0, zx, zy, *axes)


def apply_channel_shift(x, intensity, channel_axis=0):
    """Return an image with a number added to all its values, which stay between the smallest and the largest."""
    return np.clip(x + intensity, np.min(x), np.max(x))


def random_channel_shift(x, intensity_range, channel_axis=0):
    """Return `apply_channel_shift` by a random number of at most `intensity_range`."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis)


def apply_brightness_shift(x, brightness, scale=True):
    """Return an image with its brightness multiplied.

    Args:
        x: The image.
        brightness: The factor.
        scale: Whether values are brought to 0 to 255 first.
    """
    from PIL import ImageEnhance

    low, high = np.min(x), np.max(x)
    outside = low < 0 or high > 255
    image = utils.array_to_img(x, scale=outside or scale)
    x = utils.img_to_array(ImageEnhance.Brightness(image).enhance(brightness))
    return x / 255 * (high - low) + low if outside and not scale else x


def random_brightness(x, brightness_range, scale=True):
    """Return `apply_brightness_shift` by a random factor from a pair."""
    if len(brightness_range) != 2:
        raise ValueError(
            f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}"
        )
    return apply_brightness_shift(x, np.random.uniform(*brightness_range), scale)
