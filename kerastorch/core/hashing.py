"""Hashes of texts with TensorFlow's values, for many texts at once.

FarmHash64: https://github.com/google/farmhash. SipHash-2-4: https://www.aumasson.jp/siphash/siphash.pdf.
Texts lie one after the other in one buffer, from which words are read at any byte; unsigned integers wrap around.
"""

import numpy as np

_U64 = np.uint64
_K0, _K1, _K2 = _U64(0xC3A5C85C97CB3127), _U64(0xB492B66FBE98F273), _U64(0x9AE16A3B2F90404F)
_MURMUR = _U64(0xC6A4A7935BD1E995)
_MURMUR_SEED = 0xDECAFCAFFE  # of the hash that TensorFlow calls legacy, and of crossed features


class _Texts:
    """Texts in one buffer: `word(at)` is the 8 bytes at some offset from the start of each text."""

    def __init__(self, texts):
        self.length = np.fromiter(map(len, texts), np.int64, len(texts))
        self.start = np.concatenate([[0], np.cumsum(self.length)[:-1]]) if len(texts) else self.length
        self.buffer = np.frombuffer(b"".join(texts) + bytes(8), np.uint8)
        self._words = self._view("<u8")
        self._halves = self._view("<u4")

    def _view(self, dtype):
        size = np.dtype(dtype).itemsize
        return np.ndarray((len(self.buffer) - size + 1,), dtype, self.buffer, strides=(1,))

    def rows(self, which):
        """Return the texts that `which` picks."""
        part = object.__new__(_Texts)
        part.length, part.start = self.length[which], self.start[which]
        part.buffer, part._words, part._halves = self.buffer, self._words, self._halves
        return part

    def word(self, at):
        return self._words[self.start + at]

    def half(self, at):
        return self._halves[self.start + at].astype(_U64)

    def byte(self, at):
        return self.buffer[self.start + at].astype(_U64)


def fingerprints(texts):
    """Return the FarmHash64 fingerprints of a list of bytes, as uint64.

    >>> from kerastorch.core.hashing import fingerprints
    >>> fingerprints([b"Hello", b"TensorFlow"]) % np.uint64(3)
    array([0, 2], dtype=uint64)
    """
    source, out = _Texts(texts), np.full(len(texts), _K2, _U64)
    size = source.length
    for low, high, rule in (
        (1, 3, _farm_1_to_3),
        (4, 7, _farm_4_to_7),
        (8, 16, _farm_8_to_16),
        (17, 32, _farm_17_to_32),
        (33, 64, _farm_33_to_64),
        (65, None, _farm_long),
    ):
        rows = np.flatnonzero((size >= low) & (size <= high) if high else size >= low)
        if len(rows):
            part = source.rows(rows)
            out[rows] = rule(part, part.length.astype(_U64))
    return out


def _rotate(x, bits):
    return (x >> _U64(bits)) | (x << _U64(64 - bits))


def _shift_mix(x):
    return x ^ (x >> _U64(47))


def _mix(u, v, factor):
    a = _shift_mix((u ^ v) * factor)
    return _shift_mix((v ^ a) * factor) * factor


def _farm_1_to_3(s, n):
    size = s.length
    y = s.byte(0) + (s.byte(size >> 1) << _U64(8))
    z = n + (s.byte(size - 1) << _U64(2))
    return _shift_mix((y * _K2) ^ (z * _K0)) * _K2


def _farm_4_to_7(s, n):
    return _mix(n + (s.half(0) << _U64(3)), s.half(s.length - 4), _K2 + n * _U64(2))


def _farm_8_to_16(s, n):
    factor = _K2 + n * _U64(2)
    a, b = s.word(0) + _K2, s.word(s.length - 8)
    return _mix(_rotate(b, 37) * factor + a, (_rotate(a, 25) + b) * factor, factor)


def _farm_17_to_32(s, n):
    factor = _K2 + n * _U64(2)
    a, b, c, d = s.word(0) * _K1, s.word(8), s.word(s.length - 8) * factor, s.word(s.length - 16) * _K2
    return _mix(_rotate(a + b, 43) + _rotate(c, 30) + d, a + _rotate(b + _K2, 18) + c, factor)


def _farm_33_to_64(s, n):
    factor, end = _K2 + n * _U64(2), s.length
    a, b, c, d = s.word(0) * _K2, s.word(8), s.word(end - 8) * factor, s.word(end - 16) * _K2
    y = _rotate(a + b, 43) + _rotate(c, 30) + d
    z = _mix(y, a + _rotate(b + _K2, 18) + c, factor)
    e, f = s.word(16) * factor, s.word(24)
    g, h = (y + s.word(end - 32)) * factor, (z + s.word(end - 24)) * factor
    return _mix(_rotate(e + f, 43) + _rotate(g, 30) + h, e + _rotate(f + a, 18) + g, factor)


def _weak(s, at, a, b):
    """Mix 32 bytes into a pair of words."""
    w, x, y, z = (s.word(at + 8 * i) for i in range(4))
    a = a + w
    b = _rotate(b + a + z, 21)
    c = a
    a = a + x + y
    return a + z, b + _rotate(a, 44) + c


def _round(s, at, x, y, z, v, w, factor, weight):
    x = _rotate(x + y + v[0] + s.word(at + 8), 37) * factor
    y = _rotate(y + v[1] + s.word(at + 48), 42) * factor
    x = x ^ (w[1] * weight)
    y = y + v[0] * weight + s.word(at + 40)
    z = _rotate(z + w[0], 33) * factor
    v = _weak(s, at, v[1] * factor, x + w[0])
    w = _weak(s, at + 32, z + w[1], y + s.word(at + 16))
    return z, y, x, v, w  # x and z change places


def _farm_long(s, n):
    order = np.argsort(-s.length, kind="stable")  # those with most blocks first, so that the others drop out
    s, n = s.rows(order), n[order]
    blocks = (s.length - 1) // 64
    seed = np.full(len(n), 81, _U64)
    y = seed * _K1 + _U64(113)
    z = _shift_mix(y * _K2 + _U64(113)) * _K2
    x = seed * _K2 + s.word(0)
    state = np.stack([x, y, z, *np.zeros((4, len(n)), _U64)])
    for block in range(int(blocks[0])):
        active = int(np.searchsorted(-blocks, -block))  # those with more blocks than that
        part, (x, y, z, v0, v1, w0, w1) = s.rows(slice(active)), state[:, :active]
        x, y, z, v, w = _round(part, 64 * block, x, y, z, (v0, v1), (w0, w1), _K1, _U64(1))
        state[:, :active] = np.stack([x, y, z, *v, *w])
    x, y, z, v0, v1, w0, w1 = state
    rest = (s.length - 1) & 63
    factor = _K1 + ((z & _U64(0xFF)) << _U64(1))
    w0 = w0 + rest.astype(_U64)
    v0 = v0 + w0
    w0 = w0 + v0
    x, y, z, v, w = _round(s, 64 * blocks + rest - 63, x, y, z, (v0, v1), (w0, w1), factor, _U64(9))
    out = np.empty_like(x)
    out[order] = _mix(
        _mix(v[0], w[0], factor) + _shift_mix(y) * _K0 + z, _mix(v[1], w[1], factor) + x, factor
    )
    return out


def keyed_hashes(texts, key):
    """Return the SipHash-2-4 hashes of a list of bytes with a key of two integers, as uint64."""
    source = _Texts(texts)
    order = np.argsort(-source.length, kind="stable")
    source = source.rows(order)
    low, high = (_U64(int(part) & 0xFFFFFFFFFFFFFFFF) for part in key)
    start = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
    state = np.stack([np.full(len(texts), _U64(c) ^ k, _U64) for c, k in zip(start, (low, high, low, high))])
    blocks = source.length >> 3
    for block in range(int(blocks[0]) if len(texts) else 0):
        active = int(np.searchsorted(-blocks, -block))
        _absorb(state[:, :active], source.rows(slice(active)).word(8 * block))
    rest = (source.length & 7).astype(_U64)
    kept = (_U64(1) << (rest * _U64(8))) - _U64(1)
    _absorb(state, (source.word(8 * blocks) & kept) | (source.length.astype(_U64) << _U64(56)))
    state[2] ^= _U64(0xFF)
    for _ in range(4):
        _sip_round(state)
    out = np.empty(len(texts), _U64)
    out[order] = state[0] ^ state[1] ^ state[2] ^ state[3]
    return out


def _absorb(state, words):
    state[3] ^= words
    _sip_round(state)
    _sip_round(state)
    state[0] ^= words


def _sip_round(v):
    # turned to the left by 13, 32, 16, 21, 17 and 32 bits, that is to the right by the rest of 64
    v[0] += v[1]
    v[1] = _rotate(v[1], 51) ^ v[0]
    v[0] = _rotate(v[0], 32)
    v[2] += v[3]
    v[3] = _rotate(v[3], 48) ^ v[2]
    v[0] += v[3]
    v[3] = _rotate(v[3], 43) ^ v[0]
    v[2] += v[1]
    v[1] = _rotate(v[1], 47) ^ v[2]
    v[2] = _rotate(v[2], 32)


def legacy_hashes(texts):
    """Return the hashes of a list of bytes that `tf.strings.to_hash_bucket` uses (MurmurHash64A), as uint64."""
    return np.array([_murmur(text) for text in texts], _U64)


def _murmur(text):
    factor, limit = int(_MURMUR), 0xFFFFFFFFFFFFFFFF
    size = len(text)
    h = _MURMUR_SEED ^ (size * factor & limit)
    whole = size & ~7
    for at in range(0, whole, 8):
        k = int.from_bytes(text[at : at + 8], "little") * factor & limit
        k = (k ^ (k >> 47)) * factor & limit
        h = (h ^ k) * factor & limit
    if size > whole:
        h = (h ^ int.from_bytes(text[whole:], "little")) * factor & limit
    h = (h ^ (h >> 47)) * factor & limit
    return h ^ (h >> 47)


def crossed(columns):
    """Return the hashes of rows of features, each column an array of uint64 (fingerprints, or integers)."""
    out = np.full(len(columns[0]), _MURMUR_SEED, _U64)
    for column in columns:
        out = (out ^ _MURMUR) ^ (_shift_mix(column * _MURMUR) * _MURMUR)
        out = _shift_mix(_shift_mix(out * _MURMUR) * _MURMUR)
    return out
