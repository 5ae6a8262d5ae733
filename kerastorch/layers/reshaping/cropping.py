"""Cropping1D, Cropping2D, Cropping3D."""

from kerastorch.core import infer
from kerastorch.core.input_spec import InputSpec
from kerastorch.core.layer import Layer
from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.core.window import edges, sizes


class BaseCropping(Layer):
    """Cuts off the ends of the spatial axes."""

    config_exclude = ("rank",)

    def __init__(self, cropping, data_format, rank, **kwargs):
        super().__init__(**kwargs)
        self.cropping = cropping
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=rank + 2)
        pairs = [cropping] if rank == 1 else list(cropping)
        first = 2 if self.data_format == "channels_first" else 1
        self._cuts = [(first + i, *pair) for i, pair in enumerate(pairs) if pair != (0, 0)]

    def call(self, inputs):
        for axis, before, after in self._cuts:
            size = inputs.shape[axis] - before - after
            if size <= 0:
                name = type(self).__name__
                raise ValueError(
                    f"`cropping` parameter of `{name}` layer must be smaller than the input: Values in `cropping` "
                    "argument should be smaller than the corresponding spatial dimension of the input. "
                    f"Received: input shape {infer.known(inputs.shape)}, cropping={self.cropping}"
                )
            inputs = inputs.narrow(axis, before, size)
        return inputs


class Cropping1D(BaseCropping):
    """Cut off the ends of each sequence, of shape (batch, steps, features).

    Args:
        cropping: How many steps at each end, or (before, after).

    Shapes: (batch, length, channels) to the same with smaller sizes. Raises ValueError where nothing is left
    of the input.

    >>> keras.layers.Cropping1D(1)(np.ones((1, 5, 1))).shape
    torch.Size([1, 3, 1])
    """

    config_exclude = ("rank", "data_format")

    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__(sizes(cropping, 2, "cropping", allow_zero=True), "channels_last", 1, **kwargs)


class Cropping2D(BaseCropping):
    """Cut off the sides of images.

    Args:
        cropping: How many on every side, or (rows, columns), or ((top, bottom), (left, right)).
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, rows, columns, channels) to the same with smaller sizes. With "channels_first" the
    channels come second. Raises ValueError where nothing is left of the input.

    >>> keras.layers.Cropping2D(((1, 0), (0, 2)))(np.ones((1, 5, 5, 1))).shape
    torch.Size([1, 4, 3, 1])
    """

    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(edges(cropping, 2, "cropping"), data_format, 2, **kwargs)


class Cropping3D(BaseCropping):
    """Cut off the sides of volumes.

    Args:
        cropping: How many on every side, or one number or pair for each of the three axes.
        data_format: "channels_last" or "channels_first".

    Shapes: (batch, depth, rows, columns, channels) to the same with smaller sizes. With "channels_first" the
    channels come second. Raises ValueError where nothing is left of the input.

    >>> keras.layers.Cropping3D(1)(np.ones((1, 5, 5, 5, 1))).shape
    torch.Size([1, 3, 3, 3, 1])
    """

    def __init__(self, cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(edges(cropping, 3, "cropping"), data_format, 3, **kwargs)
