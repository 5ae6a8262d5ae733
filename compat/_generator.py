"""`tf.random.Generator`: random numbers from a state that the program holds.

https://www.tensorflow.org/api_docs/python/tf/random/Generator
"""

import math
import secrets

import numpy as np
import torch

from ._convert import convert
from ._dtypes import as_dtype, float32, int32, int64, uint64
from ._make import sizes
from ._stream import GROUPS_PER_OUTPUT, SeededStream, full_range, scaled, uniform_from
from ._tensor import EagerTensor
from ._variable import Variable

_PHILOX = 1


class Generator:
    """A stream of random numbers; two of the same seed give the same numbers.

    Args:
        copy_from: A generator to copy.
        state: Three whole numbers: the counter (two) and the key.
        alg: The algorithm, "philox" (1).

    >>> a, b = tf.random.Generator.from_seed(1), tf.random.Generator.from_seed(1)
    >>> bool(tf.reduce_all(a.normal([3]) == b.normal([3])))
    True
    """

    def __init__(self, copy_from=None, state=None, alg=None):
        if copy_from is not None:
            state = copy_from.state
        elif state is None or alg is None:
            raise ValueError("Both `state` and `alg` must be given, or `copy_from`.")
        elif str(alg).lower() not in ("1", "philox", "algorithm.philox", "auto_select", "3"):
            raise ValueError(f"Unsupported algorithm: {alg}. Only 'philox' is there.")
        self._state = Variable(convert(state).to(torch.int64), dtype=int64, trainable=False, name="StateVar")

    @classmethod
    def from_seed(cls, seed, alg=None):
        """Return the generator of a seed, one whole number or several."""
        words = np.asarray(seed).astype(np.int64).ravel().tolist()[:3]
        return cls(state=words + [0] * (3 - len(words)), alg=_PHILOX)

    @classmethod
    def from_state(cls, state, alg):
        """Return the generator with this state."""
        return cls(state=state, alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg=None):
        """Return a generator with a state that nobody knows."""
        return cls(state=[secrets.randbits(62) for _ in range(3)], alg=_PHILOX)

    @classmethod
    def from_key_counter(cls, key, counter, alg):
        """Return the generator with this key and counter."""
        return cls(
            state=[*np.asarray(counter).ravel().tolist()[:2], int(np.asarray(key).ravel()[0])], alg=alg
        )

    @property
    def state(self):
        """The variable that holds the counter and the key."""
        return self._state

    @property
    def algorithm(self):
        """The number of the algorithm."""
        return _PHILOX

    @property
    def key(self):
        """The key."""
        return self._state.value()[2]

    def reset(self, state):
        """Set the state."""
        self._state.assign(convert(state).to(torch.int64))

    def reset_from_seed(self, seed):
        """Set the state to that of a seed."""
        self._state.assign(type(self).from_seed(seed).state.value())

    def skip(self, delta):
        """Move on as far as giving `delta` numbers would."""
        self._take(int(delta) * GROUPS_PER_OUTPUT)

    def _take(self, groups):
        """The stream from here, after which the state stands `groups` further."""
        low, high, key = (int(v) for v in self._state.numpy())
        stream = SeededStream(key, high, low)
        self._state.assign(np.array([_signed(low + groups), high, key]))
        return stream

    def _stream(self, shape):
        return self._take(math.prod(shape) * GROUPS_PER_OUTPUT)

    def normal(self, shape, mean=0.0, stddev=1.0, dtype=float32, name=None):
        """Return numbers with the normal distribution."""
        dtype, shape = as_dtype(dtype), sizes(shape)
        return scaled(self._stream(shape).normal(shape, dtype._torch), mean, stddev, dtype)

    def truncated_normal(self, shape, mean=0.0, stddev=1.0, dtype=float32, name=None):
        """Return numbers with the normal distribution, those beyond two standard deviations drawn again."""
        dtype, shape = as_dtype(dtype), sizes(shape)
        return scaled(self._stream(shape).truncated_normal(shape, dtype._torch), mean, stddev, dtype)

    def uniform(self, shape, minval=0, maxval=None, dtype=float32, name=None):
        """Return numbers uniform in [minval, maxval)."""
        dtype, shape = as_dtype(dtype), sizes(shape)
        if maxval is None:
            if dtype.is_integer:
                raise ValueError(f"Must specify maxval for integer dtype {dtype!r}")
            maxval = 1
        return uniform_from(self._stream(shape), shape, minval, maxval, dtype)

    def uniform_full_int(self, shape, dtype=uint64, name=None):
        """Return whole numbers of which every bit is random."""
        shape = sizes(shape)
        return EagerTensor(full_range(self._stream(shape), shape, as_dtype(dtype)))

    def binomial(self, shape, counts, probs, dtype=int32, name=None):
        """Return how many of `counts` trials succeed, each with the probability `probs`."""
        counts, probs, shape = convert(counts).double(), convert(probs).double(), sizes(shape)
        generator = torch.Generator().manual_seed(int(self._stream(shape).bits([1])[0]))
        drawn = torch.binomial(
            counts.expand(shape).contiguous(), probs.expand(shape).contiguous(), generator=generator
        )
        return EagerTensor(drawn.to(as_dtype(dtype)._torch))

    def make_seeds(self, count=1):
        """Return `count` seeds for stateless functions, as columns of two numbers."""
        keys = self.uniform_full_int([count], dtype=int64)._t
        return EagerTensor(torch.stack([keys, torch.zeros_like(keys)]))

    def split(self, count=1):
        """Return `count` generators whose numbers do not depend on each other."""
        return [Generator(state=[0, 0, int(key)], alg=_PHILOX) for key in self.make_seeds(count).numpy()[0]]


def _signed(value):
    value &= 2**64 - 1
    return value - 2**64 if value >= 2**63 else value


class _Global:
    generator = None


def get_global_generator():
    """Return the generator that the whole program shares."""
    if _Global.generator is None:
        _Global.generator = Generator.from_non_deterministic_state()
    return _Global.generator


def set_global_generator(generator):
    """Set the generator that the whole program shares."""
    _Global.generator = generator
