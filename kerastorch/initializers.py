"""Functions that make the first value of a weight from its shape."""

import functools
import importlib.util
import math
import numbers

import numpy as np
import torch

from kerastorch import random
from kerastorch.core import settings
from kerastorch.core.configurable import Configurable
from kerastorch.core.dtypes import standardize_dtype, to_torch_dtype
from kerastorch.core.edge import as_tensor
from kerastorch.core.registry import Family, deserialize_keras_object

_TRUNCATED_STDDEV = 0.87962566103423978  # of a standard normal cut at two standard deviations


class Initializer(Configurable):
    """Base of initializers: a subclass defines `__call__(shape, dtype=None)`.

    >>> class Halves(keras.initializers.Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return 0.5 * keras.ops.ones(shape, dtype=dtype)
    >>> keras.layers.Dense(2, kernel_initializer=Halves()).kernel_initializer.get_config()
    {}
    """

    keras_module = "keras"

    def __call__(self, shape, dtype=None):
        raise NotImplementedError("Initializer subclasses must implement the `__call__()` method.")

    def clone(self):
        """Return a new initializer of the same config."""
        return type(self).from_config(self.get_config())


class Zeros(Initializer):
    """All zeros.

    >>> keras.initializers.Zeros()((2,))
    tensor([0., 0.])
    """

    def __call__(self, shape, dtype=None):
        return torch.zeros(tuple(shape), dtype=to_torch_dtype(dtype), device=settings.default_device())


class Ones(Initializer):
    """All ones.

    >>> keras.initializers.Ones()((2,))
    tensor([1., 1.])
    """

    def __call__(self, shape, dtype=None):
        return torch.ones(tuple(shape), dtype=to_torch_dtype(dtype), device=settings.default_device())


class Constant(Initializer):
    """One value everywhere.

    Args:
        value: A number, or an array that broadcasts to the shape.

    >>> keras.initializers.Constant(3.0)((2,))
    tensor([3., 3.])
    """

    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        return as_tensor(self.value, dtype or settings.floatx()).expand(tuple(shape)).clone()

    @classmethod
    def from_config(cls, config):
        """Return a new initializer from what `get_config` gave."""
        return cls(deserialize_keras_object(config["value"]))


class Identity(Initializer):
    """The identity matrix times `gain`; only for matrices.

    >>> keras.initializers.Identity()((2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        if len(shape) != 2:
            raise ValueError(
                f"Identity matrix initializer can only be used for 2D matrices. Received: shape={shape} of "
                f"rank {len(shape)}."
            )
        return self.gain * torch.eye(*shape, dtype=to_torch_dtype(dtype), device=settings.default_device())

    def get_config(self):
        """Return the config, which names `gain` only where it is not 1."""
        return {} if self.gain == 1 else {"gain": self.gain}


class RandomInitializer(Initializer):
    """Base of initializers that draw: a seed given once gives the same values at every call.

    Args:
        seed: An integer, a SeedGenerator (then each call differs), or None for a seed drawn from Python's
            `random`.
    """

    def __init__(self, seed=None):
        if isinstance(seed, dict):
            seed = deserialize_keras_object(seed)
        if seed is not None and not isinstance(seed, (numbers.Integral, random.SeedGenerator)):
            raise ValueError(
                "`seed` argument should be an instance of `keras.random.SeedGenerator()` or an integer. "
                f"Received: seed={seed}"
            )
        self._given_seed = seed
        self.seed = random.make_default_seed() if seed is None else seed

    def _config_value(self, name):
        return self._given_seed if name == "seed" else super()._config_value(name)


class RandomNormal(RandomInitializer):
    """Normal numbers.

    >>> keras.initializers.RandomNormal(stddev=1.0, seed=42)((2,))
    tensor([ 0.0158, -1.5901])
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean, self.stddev = mean, stddev
        super().__init__(seed)

    def __call__(self, shape, dtype=None):
        return random.normal(shape, self.mean, self.stddev, dtype, self.seed)


class TruncatedNormal(RandomInitializer):
    """Normal numbers, those beyond two standard deviations drawn again.

    >>> bool((keras.initializers.TruncatedNormal(stddev=1.0)((100,)).abs() < 2).all())
    True
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean, self.stddev = mean, stddev
        super().__init__(seed)

    def __call__(self, shape, dtype=None):
        return random.truncated_normal(shape, self.mean, self.stddev, dtype, self.seed)


class RandomUniform(RandomInitializer):
    """Numbers uniform in [minval, maxval).

    >>> keras.initializers.RandomUniform(0.0, 1.0, seed=42)((2,))
    tensor([0.2824, 0.4984])
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval, self.maxval = minval, maxval
        super().__init__(seed)

    def __call__(self, shape, dtype=None):
        return random.uniform(shape, self.minval, self.maxval, dtype, self.seed)


class VarianceScaling(RandomInitializer):
    """Numbers whose variance is `scale / n`, n being the number of inputs, of outputs, or their mean.

    Args:
        scale: The factor, above 0.
        mode: "fan_in" (n is the number of inputs), "fan_out" or "fan_avg".
        distribution: "truncated_normal" (also called "normal"), "untruncated_normal" or "uniform".
        seed: As for every random initializer.
        input_axes, output_axes: Which axes of the shape are inputs and outputs, where they are not the last
            two.

    Source: Glorot and Bengio, AISTATS 2010; He et al., ICCV 2015.

    >>> keras.initializers.VarianceScaling(scale=2.0, seed=1)((1000, 10)).var().item()
    0.0020...
    """

    def __init__(
        self,
        scale=1.0,
        mode="fan_in",
        distribution="truncated_normal",
        seed=None,
        input_axes=None,
        output_axes=None,
    ):
        if scale <= 0.0:
            raise ValueError(f"Argument `scale` must be positive float. Received: scale={scale}")
        modes = {"fan_in", "fan_out", "fan_avg"}
        if mode not in modes:
            raise ValueError(f"Invalid `mode` argument: {mode}. Please use one of {sorted(modes)}")
        distribution = (
            "truncated_normal" if str(distribution).lower() == "normal" else str(distribution).lower()
        )
        distributions = {"uniform", "truncated_normal", "untruncated_normal"}
        if distribution not in distributions:
            raise ValueError(
                f"Invalid `distribution` argument: {distribution}. Please use one of {sorted(distributions)}"
            )
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes
        super().__init__(seed)

    def __call__(self, shape, dtype=None):
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        scale = self.scale / max(1.0, n)
        if self.distribution == "truncated_normal":
            return random.truncated_normal(shape, 0.0, math.sqrt(scale) / _TRUNCATED_STDDEV, dtype, self.seed)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, math.sqrt(scale), dtype, self.seed)
        limit = math.sqrt(3.0 * scale)
        return random.uniform(shape, -limit, limit, dtype, self.seed)


class _Scaled(VarianceScaling):
    """A VarianceScaling with its first three arguments settled."""

    settled = ()

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(*self.settled, seed=seed, input_axes=input_axes, output_axes=output_axes)


class GlorotUniform(_Scaled):
    """Uniform in ±sqrt(6 / (inputs + outputs)). Glorot and Bengio, AISTATS 2010.

    >>> keras.initializers.GlorotUniform(seed=1)((3, 3)).abs().max() <= 1
    tensor(True)
    """

    settled = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Scaled):
    """Truncated normal of standard deviation sqrt(2 / (inputs + outputs)).

    Glorot and Bengio, AISTATS 2010.
    """

    settled = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_Scaled):
    """Truncated normal of standard deviation sqrt(1 / inputs). Klambauer et al., 2017."""

    settled = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_Scaled):
    """Uniform in ±sqrt(3 / inputs). Klambauer et al., 2017."""

    settled = (1.0, "fan_in", "uniform")


class HeNormal(_Scaled):
    """Truncated normal of standard deviation sqrt(2 / inputs). He et al., ICCV 2015."""

    settled = (2.0, "fan_in", "truncated_normal")


class HeUniform(_Scaled):
    """Uniform in ±sqrt(6 / inputs). He et al., ICCV 2015."""

    settled = (2.0, "fan_in", "uniform")


class Orthogonal(RandomInitializer):
    """An orthogonal matrix times `gain`; further leading axes count as rows. Saxe et al., 2013.

    >>> q = keras.initializers.Orthogonal(seed=1)((3, 3))
    >>> bool(torch.allclose(q @ q.T, torch.eye(3), atol=1e-5))
    True
    """

    def __init__(self, gain=1.0, seed=None):
        self.gain = gain
        super().__init__(seed)

    def __call__(self, shape, dtype=None):
        if len(shape) < 2:
            raise ValueError(
                f"The tensor to initialize must be at least two-dimensional. Received: shape={shape} of "
                f"rank {len(shape)}."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        a = random.normal((max(rows, columns), min(rows, columns)), dtype="float32", seed=self.seed)
        q, r = torch.linalg.qr(a)
        diagonal = torch.diagonal(r)
        q = q * torch.where(diagonal < 0, -1.0, 1.0)  # makes the choice unique, and the distribution uniform
        q = q.T if rows < columns else q
        return (self.gain * q).reshape(tuple(shape)).to(to_torch_dtype(dtype))


class STFT(Initializer):
    """The kernel of a convolution that computes a short-time Fourier transform.

    The shape is (frame length, 1, frequencies).

    Args:
        side: "real" or "imag", the part of the transform.
        window: The name of a window of `scipy.signal`, an array, or None.
        scaling: "density", "spectrum" or None.
        periodic: Whether the window is periodic rather than symmetric.

    >>> keras.initializers.STFT(window=None, scaling=None)((4, 1, 3)).shape
    torch.Size([4, 1, 3])
    """

    def __init__(self, side="real", window="hann", scaling="density", periodic=False):
        if side not in ("real", "imag"):
            raise ValueError(f"`side` should be 'real' or 'imag'. Received: side={side}")
        if scaling not in ("density", "spectrum", None):
            raise ValueError(
                f"Scaling is invalid, it must be `None`, 'density' or 'spectrum'. Received: scaling={scaling}"
            )
        if isinstance(window, str):
            _window(window, 1, periodic)
        self.side, self.window, self.scaling, self.periodic = side, window, scaling, periodic

    def __call__(self, shape, dtype=None):
        length, bins = shape[0], shape[2]
        phase = 2 * np.pi * np.outer(np.arange(length), np.arange(bins)) / ((bins - 1) * 2)
        values = np.cos(phase) if self.side == "real" else -np.sin(phase)
        if self.window is not None:
            window = self.window
            window = _window(window, length, self.periodic) if isinstance(window, str) else np.asarray(window)
            if window.shape != (length,):
                raise ValueError(
                    f"The shape of `window` must be equal to [fft_length]. Received: window "
                    f"shape={window.shape}"
                )
            values = values * window[:, None]
            if self.scaling == "density":
                values = values / np.sqrt(np.sum(window**2))
            elif self.scaling == "spectrum":
                values = values / np.sum(np.abs(window))
        return as_tensor(values[:, None, :], standardize_dtype(dtype))


_COSINES = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "boxcar": (1.0,),
    "bartlett": None,
    "triang": None,
    "tukey": None,
}


def _window(name, length, periodic):
    if name not in _COSINES:
        if importlib.util.find_spec("scipy") is not None:
            import scipy.signal

            return scipy.signal.get_window(name, length, periodic)
        raise ValueError(
            f"`window` must be one of {sorted(_COSINES)}, an array or None (others need scipy). "
            f"Received: window={name}"
        )
    if length == 1:
        return np.ones(1)
    total = length + 1 if periodic else length
    n = np.arange(total)
    if name == "bartlett":
        window = 1 - np.abs(2 * n / (total - 1) - 1)
    elif name == "tukey":  # half of it is a taper: a quarter at each end
        edge = np.minimum(n, total - 1 - n) / (total - 1)
        window = np.where(edge < 0.25, 0.5 * (1 - np.cos(4 * np.pi * edge)), 1.0)
    elif name == "triang":
        window = 1 - np.abs((2 * n - total + 1) / (total + total % 2))
    else:
        window = sum(
            (-1) ** k * a * np.cos(2 * np.pi * k * n / (total - 1)) for k, a in enumerate(_COSINES[name])
        )
    return window[:length]


def compute_fans(shape, input_axes=None, output_axes=None):
    """Return how many inputs and outputs a weight of this shape connects.

    >>> from kerastorch.initializers import compute_fans
    >>> compute_fans((3, 3, 8, 16))
    (72, 144)
    """
    shape = tuple(shape)
    if input_axes is not None or output_axes is not None:
        rank = len(shape)
        inputs = _axes(input_axes, rank, "input_axes")
        outputs = _axes(output_axes, rank, "output_axes")
        rest = math.prod(size for i, size in enumerate(shape) if i not in inputs and i not in outputs)
        return (
            rest * math.prod(shape[i] for i in inputs),
            rest * math.prod(shape[i] for i in outputs),
        )
    if len(shape) < 1:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    receptive_field = math.prod(shape[:-2])
    return shape[-2] * receptive_field, shape[-1] * receptive_field


def _axes(axes, rank, name):
    if axes is None:
        return ()
    axes = (axes,) if isinstance(axes, int) else tuple(axes)
    for axis in axes:
        if not -rank <= axis < rank:
            raise ValueError(f"`{name}` must be axes of a shape of rank {rank}. Received: {name}={axes}")
    return tuple(axis % rank for axis in axes)


zeros, ones, constant, identity, orthogonal, stft = Zeros, Ones, Constant, Identity, Orthogonal, STFT
IdentityInitializer, OrthogonalInitializer, STFTInitializer = Identity, Orthogonal, STFT
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
variance_scaling, glorot_uniform, glorot_normal = VarianceScaling, GlorotUniform, GlorotNormal
he_uniform, he_normal, lecun_uniform, lecun_normal = HeUniform, HeNormal, LecunUniform, LecunNormal

_family = Family(
    "initializer",
    "keras.initializers",
    base=Initializer,
    aliases={
        "IdentityInitializer": Identity,
        "OrthogonalInitializer": Orthogonal,
        "STFTInitializer": STFT,
        "stft": STFT,
        "normal": RandomNormal,
        "uniform": RandomUniform,
        "zero": Zeros,
        "one": Ones,
    },
)
deserialize = _family.deserialize


def get(identifier):
    """Return the initializer that a name, a config, a class, a callable or an array of values stands for."""
    if isinstance(identifier, (torch.Tensor, np.ndarray)):
        return functools.partial(_given, as_tensor(identifier))
    return _family.get(identifier)


def _given(values, shape, dtype=None):
    return values if dtype is None else values.to(to_torch_dtype(dtype))


def serialize(initializer):
    """Return the config of an initializer."""
    return _family.serialize(initializer)
