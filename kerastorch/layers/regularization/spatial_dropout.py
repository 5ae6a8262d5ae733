"""SpatialDropout1D, SpatialDropout2D, SpatialDropout3D."""

from kerastorch import random
from kerastorch.core.input_spec import InputSpec
from kerastorch.core.settings import standardize_data_format
from kerastorch.layers.regularization.dropout import Dropout


class BaseSpatialDropout(Dropout):
    """Dropout of whole channels."""

    config_exclude = ("noise_shape", "trainable", "autocast", "activity_regularizer")
    rank = 1
    data_format = "channels_last"

    def __init__(self, rate, seed=None, name=None, dtype=None):
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        ones = (1,) * self.rank
        if self.data_format == "channels_last":
            shape = (inputs.shape[0], *ones, inputs.shape[-1])
        else:
            shape = (*inputs.shape[:2], *ones)
        if self.seed is not None:
            return random.dropout(inputs, self.rate, shape, self.seed_generator)
        kept = inputs.new_empty(shape).bernoulli_(1 - self.rate)
        return inputs * (kept.div_(1 - self.rate) if self.rate < 1 else kept)

    def _config_value(self, name):
        return self.dtype if name == "dtype" else super()._config_value(name)


class SpatialDropout1D(BaseSpatialDropout):
    """In training, set a fraction `rate` of the channels of sequences to 0 and divide the rest by 1 - rate.

    Args:
        rate: The fraction, from 0 to 1.
        seed: An integer for a choice that is the same in every run.
        name: The name of the layer.
        dtype: The dtype of computations.

    Shapes: (batch, length, channels), and the same. Raises ValueError for a rate outside of 0 to 1, or unless
    the input has 3 axes.

    Tompson et al., 2014, https://arxiv.org/abs/1411.4280

    >>> layer = keras.layers.SpatialDropout1D(0.5, seed=1)
    >>> layer(np.ones((1, 2, 4), "float32"), training=True)
    tensor([[[2., 0., 2., 0.],
             [2., 0., 2., 0.]]])
    """

    rank = 1


class SpatialDropout2D(BaseSpatialDropout):
    """In training, set a fraction `rate` of the channels of images to 0 and divide the rest by 1 - rate.

    Args:
        rate: The fraction, from 0 to 1.
        data_format: "channels_last" or "channels_first".
        seed: An integer for a choice that is the same in every run.
        name: The name of the layer.
        dtype: The dtype of computations.

    Shapes: (batch, rows, columns, channels), and the same. With "channels_first" the channels come second.
    Raises ValueError for a rate outside of 0 to 1, or unless the input has 4 axes.

    >>> keras.layers.SpatialDropout2D(0.5)(np.ones((1, 2, 2, 4))).shape
    torch.Size([1, 2, 2, 4])
    """

    rank = 2

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None):
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.data_format = standardize_data_format(data_format)


class SpatialDropout3D(BaseSpatialDropout):
    """In training, set a fraction `rate` of the channels of volumes to 0 and divide the rest by 1 - rate.

    Args:
        rate: The fraction, from 0 to 1.
        data_format: "channels_last" or "channels_first".
        seed: An integer for a choice that is the same in every run.
        name: The name of the layer.
        dtype: The dtype of computations.

    Shapes: (batch, depth, rows, columns, channels), and the same. With "channels_first" the channels come
    second. Raises ValueError for a rate outside of 0 to 1, or unless the input has 5 axes.

    >>> keras.layers.SpatialDropout3D(0.5)(np.ones((1, 2, 2, 2, 4))).shape
    torch.Size([1, 2, 2, 2, 4])
    """

    rank = 3

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None):
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.data_format = standardize_data_format(data_format)
