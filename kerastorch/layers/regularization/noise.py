"""GaussianNoise, GaussianDropout, AlphaDropout."""

import math
import numbers

import torch

from kerastorch import random
from kerastorch.core.layer import Layer
from kerastorch.layers.core.arguments import check_rate


class BaseNoise(Layer):
    """A layer that draws random numbers in training, from torch's own generator unless there is a seed."""

    def __init__(self, active, seed, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        if active:
            self.seed_generator = random.SeedGenerator(seed)
        self.supports_masking = True

    def _normal(self, inputs):
        if self.seed is None:
            return torch.randn_like(inputs)
        return random.normal(inputs.shape, dtype=inputs.dtype, seed=self.seed_generator).to(inputs.device)

    def _uniform(self, inputs, shape):
        if self.seed is None:
            return torch.rand(shape, device=inputs.device)
        return random.uniform(shape, seed=self.seed_generator).to(inputs.device)


class GaussianNoise(BaseNoise):
    """In training, add normal noise of mean 0.

    Args:
        stddev: The standard deviation of the noise, from 0 to 1.
        seed: An integer for noise that is the same in every run.

    Shapes: any, and the same. Raises ValueError for a standard deviation outside of 0 to 1.

    >>> keras.layers.GaussianNoise(0.1)(np.ones((1, 2), "float32"))
    tensor([[1., 1.]])
    """

    config_exclude = ("active",)

    def __init__(self, stddev, seed=None, **kwargs):
        if not isinstance(stddev, numbers.Real) or not 0 <= stddev <= 1:
            raise ValueError(
                "Invalid value received for argument `stddev`. Expected a float value between 0 and 1. "
                f"Received: stddev={stddev!r}"
            )
        super().__init__(stddev > 0, seed, **kwargs)
        self.stddev = stddev

    def call(self, inputs, training=False):
        if not training or self.stddev == 0:
            return inputs
        return inputs + self._normal(inputs) * self.stddev


class GaussianDropout(BaseNoise):
    """In training, multiply by normal noise of mean 1 and variance rate / (1 - rate).

    Args:
        rate: The drop probability that the noise stands for, from 0 to 1.
        seed: An integer for noise that is the same in every run.

    Shapes: any, and the same. Raises ValueError for a rate outside of 0 to 1.

    Srivastava et al., 2014, https://jmlr.org/papers/v15/srivastava14a.html

    >>> keras.layers.GaussianDropout(0.1)(np.ones((1, 2), "float32"))
    tensor([[1., 1.]])
    """

    config_exclude = ("active",)

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(check_rate(rate) > 0, seed, **kwargs)
        self.rate = rate

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        return inputs * (1 + self._normal(inputs) * math.sqrt(self.rate / (1 - self.rate)))


# The value that SELU gives to minus infinity, -alpha * scale
_ALPHA = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946


class AlphaDropout(BaseNoise):
    """In training, set a fraction `rate` to SELU's lowest value, then restore mean and variance.

    Args:
        rate: The fraction, from 0 to 1.
        noise_shape: The shape of the choice, broadcast to the input; None stands for the size of the input.
        seed: An integer for a choice that is the same in every run.

    Shapes: any, and the same. Raises ValueError for a rate outside of 0 to 1.

    Klambauer et al., 2017, https://arxiv.org/abs/1706.02515

    >>> keras.layers.AlphaDropout(0.1)(np.ones((1, 2), "float32"))
    tensor([[1., 1.]])
    """

    config_exclude = ("active",)

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(check_rate(rate) > 0, seed, **kwargs)
        self.rate = rate
        self.noise_shape = noise_shape

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        shape = inputs.shape
        if self.noise_shape is not None:
            shape = tuple(n if want is None else want for n, want in zip(shape, self.noise_shape))
        kept = self._uniform(inputs, shape) >= self.rate
        a = ((1 - self.rate) * (1 + self.rate * _ALPHA**2)) ** -0.5
        b = -a * _ALPHA * self.rate
        return a * torch.where(kept, inputs, _ALPHA) + b
