"""CRC-32C, the checksum in TFRecord files: https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4"""

import functools

import numpy as np

_POLYNOMIAL = 0x82F63B78


def _make_table():
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1).astype(np.uint32)
    return table


_TABLE = _make_table()
_LIST = _TABLE.tolist()


@functools.cache
def _zeros(count):
    """Tables for the change of a state by `count` bytes of zero, one for each of its own bytes."""
    states = np.concatenate([np.arange(256, dtype=np.uint32) << np.uint32(8 * i) for i in range(4)])
    for _ in range(count):
        states = _TABLE[states & 0xFF] ^ (states >> np.uint32(8))
    return states.reshape(4, 256).tolist()


def crc32c(data):
    """Return the checksum of bytes.

    Long data are cut into parts that go through NumPy side by side; the checksums of parts are then joined.

    >>> from compat.data._crc import crc32c
    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    state, size, done = 0xFFFFFFFF, len(data), 0
    if size >= 256:
        length = 64 if size < 1 << 14 else 256 if size < 1 << 18 else 1024
        parts = np.frombuffer(data, np.uint8, size // length * length).reshape(-1, length)
        states = np.zeros(len(parts), np.uint32)
        states[0] = state
        for column in np.ascontiguousarray(parts.T):
            states = _TABLE[(states ^ column) & 0xFF] ^ (states >> np.uint32(8))
        first, *others = states.tolist()
        a, b, c, d = _zeros(length)
        state = first
        for other in others:
            state = a[state & 255] ^ b[state >> 8 & 255] ^ c[state >> 16 & 255] ^ d[state >> 24] ^ other
        done = parts.size
    for byte in data[done:]:
        state = _LIST[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state ^ 0xFFFFFFFF


def masked(data):
    """Return the checksum as files of records hold it."""
    value = crc32c(data)
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF
