"""Dropout."""

import torch.nn.functional as F

from kerastorch import random
from kerastorch.core.layer import Layer
from kerastorch.layers.core.arguments import check_rate


class Dropout(Layer):
    """In training, set a fraction `rate` of the input to 0 and divide the rest by 1 - rate.

    Args:
        rate: The fraction, from 0 to 1.
        noise_shape: The shape of the choice, broadcast to the input; None stands for the size of the input.
        seed: An integer for a choice that is the same in every run; without one torch's own generator chooses.

    Shapes: any, and the same. Raises ValueError for a rate outside of 0 to 1, or a noise shape of other than
    positive integers and None.

    Srivastava et al., 2014, https://jmlr.org/papers/v15/srivastava14a.html

    >>> layer = keras.layers.Dropout(0.5, seed=1)
    >>> layer(np.ones((1, 4), "float32"), training=True)
    tensor([[2., 0., 2., 0.]])
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = check_rate(rate)
        self.seed = seed
        self.noise_shape = _check_noise_shape(noise_shape)
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        if self.seed is None and self.noise_shape is None:
            return F.dropout(inputs, self.rate)
        seed = None if self.seed is None else self.seed_generator
        return random.dropout(inputs, self.rate, self.noise_shape, seed)


def _check_noise_shape(noise_shape):
    if noise_shape is None:
        return None
    if isinstance(noise_shape, (str, int)) or not hasattr(noise_shape, "__iter__"):
        raise ValueError(
            "Invalid value received for argument `noise_shape`. Expected a tuple or list of integers. "
            f"Received: noise_shape={noise_shape!r}"
        )
    for size in noise_shape:
        if size is not None and (isinstance(size, bool) or not isinstance(size, int)):
            raise ValueError(
                "Invalid value received for argument `noise_shape`. Expected all elements to be integers or None. "
                f"Received: noise_shape={noise_shape!r}"
            )
        if size is not None and size <= 0:
            raise ValueError(
                "Invalid value received for argument `noise_shape`. Expected all dimensions to be positive "
                f"integers or None. Received: noise_shape={noise_shape!r}"
            )
    return tuple(noise_shape)
