"""Random draws that are a pure function of their seed, and the generator of seeds.

Numbers equal those of Keras on TensorFlow for the same seed (uniform, normal, truncated normal, integers,
categorical,
shuffle, dropout, gamma, beta), so one `set_random_seed` gives one set of initial weights in both.
"""

import numbers
import random as _python_random

import numpy as np
import torch

from kerastorch.core import settings
from kerastorch.core.configurable import Configurable
from kerastorch.core.dtypes import FLOATS, standardize_dtype, to_torch_dtype
from kerastorch.core.edge import as_tensor
from kerastorch.core.infer import is_inferring
from kerastorch.core.naming import auto_name
from kerastorch.core.op import Tensor, op
from kerastorch.core.philox import Stream
from kerastorch.core.variable import Variable

_SEED_LIMIT = 2**31 - 2  # seeds are taken modulo this, as TensorFlow's int32 seeds need
_SECOND_SEED = 12  # what a draw that needs two independent streams adds for the second


class SeedGenerator(Configurable):
    """A source of seeds: each draw made with it differs from the one before.

    Its state is a Variable of two integers, the seed and the number of draws so far.

    Args:
        seed: The first seed, an integer; by default one is drawn from Python's `random`.
        name: The name.

    >>> generator = keras.random.SeedGenerator(seed=42)
    >>> bool((keras.random.normal((2,), seed=generator) == keras.random.normal((2,), seed=generator)).any())
    False
    """

    tracked_as = "seed_generator"

    def __init__(self, seed=None, name=None, **kwargs):
        kwargs.pop("backend", None)
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
        self.name = auto_name(type(self).__name__) if name is None else name
        first = make_default_seed() if seed is None else seed
        if not isinstance(first, numbers.Integral):
            raise ValueError(f"Argument `seed` must be an integer. Received: seed={seed}")
        self.state = Variable(
            torch.tensor([int(first), 0]), trainable=False, dtype="int64", name="seed_generator_state"
        )
        self.state.path = f"{self.name}/{self.state.name}"

    def next(self, ordered=True):
        """Return the present state, a tensor [seed, count], and move on."""
        state = self.state.detach().clone()
        if not is_inferring():
            with torch.no_grad():
                self.state[1] += 1
        return state


class _Global:
    """The seed of draws made with `seed=None`: set at the first of them from Python's `random`."""

    state: tuple[int, int] | None = None

    @classmethod
    def next(cls):
        first, second = cls.state or (make_default_seed(), 0)
        if not is_inferring():
            cls.state = ((first + 1) * 5387 % 933199, (second + 1) * 5387 % 933199)
        return first, second


seed_listeners = []  # functions of a seed, of packages that have generators of their own


def make_default_seed():
    """Return a seed drawn from Python's `random`."""
    return _python_random.randint(1, 10**9)


def set_random_seed(seed):
    """Seed Python's, NumPy's and torch's generators, and every later draw without a seed of its own.

    Args:
        seed: An integer from 0 to 2**32 - 1.
    """
    if not isinstance(seed, numbers.Integral):
        raise ValueError(
            f"Expected `seed` argument to be an integer. Received: seed={seed} (of type {type(seed)})"
        )
    _python_random.seed(int(seed))
    np.random.seed(int(seed))
    torch.manual_seed(int(seed))
    _Global.state = None
    for listener in seed_listeners:
        listener(int(seed))


def draw_seed(seed):
    """Return two integers for one draw from a seed, a SeedGenerator or None."""
    if seed is None:
        return _Global.next()
    if isinstance(seed, SeedGenerator):
        return tuple(seed.next().tolist())
    if isinstance(seed, numbers.Integral):
        return int(seed), 0
    raise ValueError(
        "Argument `seed` must be either an integer or an instance of `SeedGenerator`. "
        f"Received: seed={seed} (of type {type(seed)})"
    )


def _stream(seed, device=None, add=0):
    words = [(word % _SEED_LIMIT + add + 2**31) % 2**32 - 2**31 for word in seed]
    return Stream(words, settings.default_device() if device is None else device)


def _shape(shape):
    if isinstance(shape, numbers.Integral):
        return (int(shape),)
    return tuple(int(size) for size in shape)


def _float_dtype(dtype, name):
    dtype = standardize_dtype(dtype)
    if dtype not in FLOATS:
        raise ValueError(f"`keras.random.{name}` requires a floating point `dtype`. Received: dtype={dtype}")
    return to_torch_dtype(dtype)


def _scaled(drawn, factor, shift):
    """Return fresh numbers times a factor plus a shift, in their own memory where both are plain numbers."""
    if isinstance(factor, (int, float)) and isinstance(shift, (int, float)):
        return drawn.mul_(factor).add_(shift)
    return drawn * factor + shift


@op
def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Return numbers with a normal distribution.

    Args:
        shape: The shape.
        mean, stddev: The mean and the standard deviation.
        dtype: A float type.
        seed: An integer (the same one gives the same numbers), a SeedGenerator, or None.

    >>> keras.random.normal((2,), seed=42)
    tensor([ 0.0158, -1.5901])
    """
    dtype = _float_dtype(dtype, "normal")
    return _scaled(_stream(draw_seed(seed)).normal(_shape(shape), dtype), stddev, mean)


@op
def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Return numbers with a normal distribution, those beyond two standard deviations drawn again.

    >>> bool((keras.random.truncated_normal((1000,), seed=1).abs() < 2).all())
    True
    """
    dtype = _float_dtype(dtype, "truncated_normal")
    return _scaled(_stream(draw_seed(seed)).truncated_normal(_shape(shape), dtype), stddev, mean)


@op
def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Return numbers uniform in [minval, maxval).

    >>> keras.random.uniform((2,), seed=42)
    tensor([0.2824, 0.4984])
    """
    dtype = _float_dtype(dtype, "uniform")
    numbers_ = _stream(draw_seed(seed)).uniform(_shape(shape), dtype)
    low, high = as_tensor(minval, dtype), as_tensor(maxval, dtype)
    if isinstance(minval, (int, float)) and isinstance(maxval, (int, float)):
        return numbers_.mul_(high - low).add_(low)
    return numbers_ * (high - low) + low


@op
def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Return integers uniform in [minval, maxval).

    >>> keras.random.randint((3,), 0, 10, seed=42)
    tensor([1, 2, 9], dtype=torch.int32)
    """
    dtype = standardize_dtype(dtype)
    if dtype in FLOATS:
        raise ValueError(f"`keras.random.randint` requires an integer `dtype`. Received: dtype={dtype}")
    low, high, shape = int(minval), int(maxval), _shape(shape)
    if low >= high:
        raise ValueError(
            f"`minval` must be smaller than `maxval`. Received: minval={minval}, maxval={maxval}"
        )
    stream = _stream(draw_seed(seed))
    if dtype == "int32":
        return (low + stream.bits(shape) % (high - low)).to(torch.int32)
    if is_inferring():
        return torch.empty(shape, dtype=to_torch_dtype(dtype))
    pairs = stream.bits((*shape, 2)).cpu().numpy().astype(np.uint64)
    words = pairs[..., 0] | (pairs[..., 1] << np.uint64(32))
    values = low + (words % np.uint64(high - low)).astype(np.int64)
    return torch.tensor(values, dtype=to_torch_dtype(dtype), device=settings.default_device())


@op(shape=lambda logits, num_samples, dtype="int32", seed=None: _samples(logits, num_samples, dtype))
def categorical(logits: Tensor, num_samples, dtype="int32", seed=None):
    """Return class indices drawn with probabilities softmax(logits).

    Args:
        logits: Shape (batch, classes).
        num_samples: The number of draws for each row.
        dtype: An integer type.
        seed: An integer, a SeedGenerator or None.

    >>> keras.random.categorical([[0.0, -1e9]], 3, seed=1)
    tensor([[0, 0, 0]], dtype=torch.int32)
    """
    if logits.ndim != 2:
        raise ValueError(f"`logits` must have shape (batch, classes). Received: shape {tuple(logits.shape)}")
    weights = logits.double().softmax(-1).cumsum(-1)
    draws = _stream(draw_seed(seed), logits.device).uniform((logits.shape[0], num_samples), torch.float64)
    found = torch.searchsorted(weights, draws * weights[:, -1:], right=True)
    return found.clamp(max=logits.shape[1] - 1).to(to_torch_dtype(dtype))


def _samples(logits, num_samples, dtype):
    return type(logits)((logits.shape[0], num_samples), dtype=dtype)


@op
def shuffle(x: Tensor, axis=0, seed=None):
    """Return `x` with its slices along `axis` in random order.

    >>> keras.random.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], seed=1)
    tensor([8, 4, 6, 3, 5, 1, 2, 7, 9, 0], dtype=torch.int32)
    """
    order = _stream(draw_seed(seed), x.device).uniform((x.shape[axis],)).argsort(stable=True)
    return x.index_select(axis, order)


@op
def dropout(inputs: Tensor, rate, noise_shape=None, seed=None):
    """Return `inputs` with a fraction `rate` of it set to 0 and the rest divided by 1 - rate.

    Without a seed the choice comes from torch's own generator, which is faster.

    Args:
        inputs: The tensor.
        rate: The fraction, from 0 to 1.
        noise_shape: The shape of the choice, broadcast to `inputs`; None stands for the size of `inputs`.
        seed: An integer, a SeedGenerator or None.

    >>> keras.random.dropout([1.0, 1.0, 1.0, 1.0], 0.5, seed=1)
    tensor([2., 0., 2., 0.])
    """
    if seed is None and noise_shape is None:
        return torch.nn.functional.dropout(inputs, rate, True)
    if rate in (0, 1):
        return inputs if rate == 0 else torch.zeros_like(inputs)
    if noise_shape is None:
        shape = inputs.shape
    else:
        shape = tuple(inputs.shape[i] if size is None else size for i, size in enumerate(noise_shape))
    if seed is None:
        draws = torch.rand(shape, dtype=inputs.dtype, device=inputs.device)
    else:
        draws = _stream(draw_seed(seed), inputs.device).uniform(shape, inputs.dtype)
    return torch.where(draws >= rate, inputs * (1 / (1 - rate)), 0)


@op
def gamma(shape, alpha, dtype=None, seed=None):
    """Return numbers with the gamma distribution of shape parameter `alpha` and rate 1.

    >>> bool((keras.random.gamma((1000,), 3.0, seed=1).mean() - 3).abs() < 0.2)
    True
    """
    return _gamma(shape, alpha, _float_dtype(dtype, "gamma"), draw_seed(seed))


def _gamma(shape, alpha, dtype, seed, add=0):
    if is_inferring():
        return torch.empty(_shape(shape), dtype=dtype)
    alpha = as_tensor(alpha, "float64")
    return _stream(seed, alpha.device, add).gamma(_shape(shape), alpha).to(dtype)


@op
def beta(shape, alpha, beta, dtype=None, seed=None):
    """Return numbers with the beta distribution of parameters `alpha` and `beta`.

    >>> bool((keras.random.beta((1000,), 1.0, 3.0, seed=1).mean() - 0.25).abs() < 0.05)
    True
    """
    dtype, seed = _float_dtype(dtype, "beta"), draw_seed(seed)
    x = _gamma(shape, alpha, dtype, seed)
    y = _gamma(shape, beta, dtype, seed, add=_SECOND_SEED)
    return x / (x + y)


@op
def binomial(shape, counts, probabilities, dtype=None, seed=None):
    """Return how many of `counts` trials succeed, each with probability `probabilities`.

    >>> bool((keras.random.binomial((1000,), 10.0, 0.3, seed=1).mean() - 3).abs() < 0.2)
    True
    """
    dtype, shape = _float_dtype(dtype, "binomial"), _shape(shape)
    seed = draw_seed(seed)
    if is_inferring():
        return torch.empty(shape, dtype=dtype)
    counts, probabilities = as_tensor(counts, "float32"), as_tensor(probabilities, "float32")
    generator = torch.Generator(counts.device)
    generator.manual_seed(int(_stream(seed).bits((1,))))
    return torch.binomial(counts.expand(shape), probabilities.expand(shape), generator=generator).to(dtype)
