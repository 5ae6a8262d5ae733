"""Random numbers as a pure function of a seed: Philox 4x32-10, laid out as in TensorFlow's stateless ops.

The same seed gives the same numbers here, in Keras on TensorFlow, and on every device. The generator turns a
128-bit counter and a 64-bit key into four 32-bit words; group `i` of the output has counter `i`. Words live
in int64 tensors, whose products keep the 64 bits that the rounds need; on the CPU the rounds run in numpy, which
starts each of their many small steps sooner.

Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

import math

import numpy as np
import torch

_MASK = 0xFFFFFFFF
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_SCRAMBLING_KEY = (0x3EC8F720, 0x02461E29)
_CHUNK = 1 << 15  # groups computed together: small enough for the cache
_RESERVED = 256  # samples reserved for one output of a rejection method
_SMALLEST = 1e-7  # below this the logarithm of a uniform is clipped
# Words of one group, read as fractions in [1, 2): bits kept, bits of 1.0, type of the bits, type of the
# number.
_FRACTIONS = {
    torch.float32: (0x7FFFFF, 0x3F800000, torch.int32),
    torch.float16: (0x3FF, 0x3C00, torch.int16),
    torch.bfloat16: (0x7F, 0x3F80, torch.int16),
}


def _rounds(counter, key):
    """Return four words from a counter of four words and a key of two.

    Each is an integer, an int64 tensor or a uint64 array; the counter may mix integers with one of the others.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        a_high, b_high = a >> 32, b >> 32
        a_high &= _MASK
        b_high &= _MASK
        a &= _MASK
        b &= _MASK
        b_high ^= c1
        b_high ^= k0
        a_high ^= c3
        a_high ^= k1
        c0, c1, c2, c3 = b_high, b, a_high, a
        k0, k1 = (k0 + _KEY_STEPS[0]) & _MASK, (k1 + _KEY_STEPS[1]) & _MASK
    return c0, c1, c2, c3


class Stream:
    """The words that belong to one seed.

    Args:
        seed: Two integers; each is taken modulo 2**64.
        device: Where the numbers are made.
    """

    def __init__(self, seed, device="cpu"):
        words = [(int(s) >> shift) & _MASK for s in seed for shift in (0, 32)]
        mixed = _rounds(words, _SCRAMBLING_KEY)
        self.key, self.high = mixed[:2], mixed[2:]
        self.device = device

    def words(self, index):
        """Return the words of the groups `index`, an int64 tensor of any shape, along a new last axis of
        4.
        """
        if type(index) is torch.Tensor and index.device.type == "cpu" and not torch.compiler.is_compiling():
            flat = index.reshape(-1).numpy().view(np.uint64)
            words = np.stack(_rounds((flat & _MASK, flat >> 32, *self.high), self.key), axis=-1)
            return torch.from_numpy(words.view(np.int64)).reshape(*index.shape, 4)
        return torch.stack(_rounds((index & _MASK, index >> 32, *self.high), self.key), dim=-1)

    def _fill(self, shape, dtype, per_group, convert):
        """Return `convert(words)`, which gives `per_group` numbers for each group, for as many groups as
        `shape` needs.
        """
        count = math.prod(shape)
        groups = -(-count // per_group)
        values = torch.empty(groups * per_group, dtype=dtype, device=self.device)
        if values.device.type != "meta":
            for start in range(0, groups, _CHUNK):
                stop = min(start + _CHUNK, groups)
                words = self.words(torch.arange(start, stop, device=self.device))
                values[start * per_group : stop * per_group] = convert(words).reshape(-1)
        return values[:count].reshape(shape)

    def bits(self, shape):
        """Return words of 32 bits, as int64."""
        return self._fill(shape, torch.int64, 4, lambda words: words)

    def uniform(self, shape, dtype=torch.float32):
        """Return numbers uniform in [0, 1)."""
        return self._fill(shape, dtype, _per_group(dtype), lambda words: _fractions(words, dtype))

    def normal(self, shape, dtype=torch.float32):
        """Return numbers with the standard normal distribution."""
        wide = torch.float64 if dtype == torch.float64 else torch.float32
        return self._fill(shape, dtype, _per_group(dtype), lambda words: _box_muller(words, wide))

    def truncated_normal(self, shape, dtype=torch.float32):
        """Return standard normal numbers, those beyond two standard deviations drawn again."""
        wide, per_group = torch.float64 if dtype == torch.float64 else torch.float32, _per_group(dtype)
        count = math.prod(shape)
        groups = -(-count // per_group)
        values = torch.empty(groups, per_group, dtype=dtype, device=self.device)
        if values.device.type != "meta":
            for start in range(0, groups, _CHUNK):
                stop = min(start + _CHUNK, groups)
                # A stretch of the counter for each group, wide enough that it never runs into the next.
                base = torch.arange(start, stop, device=self.device) * (per_group * _RESERVED // 4)
                values[start:stop] = self._inside(base, wide, per_group, 2 if per_group == 4 else 3)
        return values.reshape(-1)[:count].reshape(shape)

    def _inside(self, base, wide, per_group, blocks):
        """Return the first `per_group` normals below 2 from each counter on, looking at `blocks` groups of
        words.
        """
        words = self.words(base[:, None] + torch.arange(blocks, device=self.device))
        normals = _box_muller(words.reshape(-1, 4), wide).reshape(len(base), -1)
        keep = normals.abs() < 2
        rank = keep.cumsum(1, dtype=torch.int32)
        keep &= rank <= per_group
        short = rank[:, -1] < per_group
        if not bool(short.any()):
            return normals[keep].reshape(-1, per_group)
        out = torch.empty(len(base), per_group, dtype=wide, device=self.device)
        out[~short] = normals[keep & ~short[:, None]].reshape(-1, per_group)
        out[short] = self._inside(base[short], wide, per_group, 2 * blocks)
        return out

    def gamma(self, shape, alpha):
        """Return numbers with the gamma distribution of shape `alpha` (a float64 tensor) and rate 1.

        Marsaglia and Tsang, "A simple method for generating gamma variables", 2000; below 1 by the power of
        a uniform.
        """
        alpha = alpha.to(torch.float64).expand(shape).reshape(-1)
        base = torch.arange(alpha.numel(), device=self.device) * _RESERVED
        small = alpha < 1
        d = alpha + torch.where(small, 2 / 3, -1 / 3)
        c = 1 / (3 * d.sqrt())
        draws = _Draws(self, base)
        out = torch.zeros_like(alpha)
        todo = torch.arange(alpha.numel(), device=self.device)
        exponential = alpha[todo] == 1
        if bool(exponential.any()):
            out[exponential] = -torch.log1p(-draws.uniform(todo[exponential]))
            todo = todo[~exponential]
        while todo.numel():
            x = draws.normal(todo)
            v = 1 + c[todo] * x
            todo_positive, x, v = todo[v > 0], x[v > 0], v[v > 0] ** 3
            u = draws.uniform(todo_positive)
            bound = 0.5 * x * x + d[todo_positive] * (1 - v + v.log())
            accepted = (u < 1 - 0.0331 * x**4) | (u.log() < bound)
            done = todo_positive[accepted]
            out[done] = d[done] * v[accepted]
            rejected = torch.ones(alpha.numel(), dtype=torch.bool, device=self.device)
            rejected[done] = False
            todo = todo[rejected[todo]]
        lower = torch.nonzero(small).reshape(-1)
        if lower.numel():
            out[lower] *= draws.uniform(lower) ** (1 / alpha[lower])
        return out.reshape(shape)


class _Draws:
    """Normals and uniforms drawn one by one, from a stretch of the stream for each output.

    A group of words gives two numbers, of which the second is handed out first.
    """

    def __init__(self, stream, base):
        self.stream, self.position = stream, base.clone()
        self.spare = {
            kind: torch.full(base.shape, math.nan, dtype=torch.float64, device=base.device) for kind in "nu"
        }

    def normal(self, index):
        """Return the next normal of each output in `index`."""
        return self._next("n", index, lambda words: _box_muller(words, torch.float64))

    def uniform(self, index):
        """Return the next uniform of each output in `index`."""
        return self._next("u", index, lambda words: _fractions(words, torch.float64))

    def _next(self, kind, index, convert):
        spare = self.spare[kind]
        values = spare[index]
        fresh = values.isnan()
        new = index[fresh]
        spare[index[~fresh]] = math.nan
        if new.numel():
            pair = convert(self.stream.words(self.position[new]))
            self.position[new] += 1
            spare[new] = pair[:, 0]
            values[fresh] = pair[:, 1]
        return values


def _per_group(dtype):
    """Return how many numbers of a type four words give."""
    return 2 if dtype == torch.float64 else 4


def _fractions(words, dtype):
    """Return words (n, 4) as numbers in [0, 1): (n, 4), or (n, 2) for float64."""
    if dtype == torch.float64:
        bits = ((words[:, 0::2] & 0xFFFFF) << 32) | words[:, 1::2] | (1023 << 52)
        return bits.view(torch.float64) - 1
    kept, one, integer = _FRACTIONS[dtype]
    return words.to(integer).bitwise_and_(kept).bitwise_or_(one).view(dtype).sub_(1)


def _box_muller(words, dtype):
    """Return words (n, 4) as standard normal numbers: (n, 4), or (n, 2) for float64."""
    uniform = _fractions(words, dtype)
    radius = (-2 * uniform[:, 0::2].clamp(min=_SMALLEST).log()).sqrt()
    angle = (2 * math.pi * uniform[:, 1::2].double()).to(dtype)  # rounded once, as in TensorFlow
    return torch.stack([radius * angle.sin(), radius * angle.cos()], dim=-1).reshape(len(words), -1)
