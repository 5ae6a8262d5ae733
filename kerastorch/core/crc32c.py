"""CRC-32C (Castagnoli), the checksum of TensorFlow's record, event and checkpoint files.

Long data are cut into lanes that NumPy works through side by side; the lanes' checksums are then joined two by two,
each moved past the bytes behind it by a linear map over single bits. https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4
"""

import functools

import numpy as np

_POLYNOMIAL = 0x82F63B78
_SMALL = 512
_MASK = 0xA282EAD8


def _tables():
    """Return T, where T[k][b] is the checksum of the byte b followed by k zero bytes."""
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = np.where(first & 1, (first >> np.uint32(1)) ^ np.uint32(_POLYNOMIAL), first >> np.uint32(1))
    tables = [first.astype(np.uint32)]
    for _ in range(3):
        tables.append(tables[0][tables[-1] & 0xFF] ^ (tables[-1] >> np.uint32(8)))
    return np.stack(tables)


_T = _tables()
_BYTE = _T[0].tolist()


def crc32c(data, value=0):
    """Return the checksum of some bytes.

    Args:
        data: Bytes, or anything that has them.
        value: The checksum of the bytes before these.

    >>> from kerastorch.core.crc32c import crc32c
    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    data = memoryview(data).cast("B")
    crc = value ^ 0xFFFFFFFF
    if len(data) < _SMALL:
        for byte in data:
            crc = _BYTE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
        return crc ^ 0xFFFFFFFF
    return _moved(crc, len(data)) ^ _raw(np.frombuffer(data, np.uint8)) ^ 0xFFFFFFFF


def masked(crc):
    """Return a checksum as files hold it, disguised so that a checksum of checksums stays useful."""
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF


def masked_crc32c(data):
    """Return the checksum of some bytes as files hold it."""
    return masked(crc32c(data))


def unmasked(crc):
    """Return the checksum that a file holds as it was computed."""
    crc = (crc - _MASK) & 0xFFFFFFFF
    return (crc >> 17 | crc << 15) & 0xFFFFFFFF


def _raw(data):
    """Return the checksum that starts at 0, for which zeros in front count nothing."""
    words = 16 if len(data) < 2**16 else 64 if len(data) < 2**22 else 512
    lanes = 1
    while lanes * words * 4 < len(data):
        lanes *= 2
    padded = np.zeros(lanes * words * 4, np.uint8)
    padded[len(padded) - len(data) :] = data
    columns = np.ascontiguousarray(padded.view("<u4").reshape(lanes, words).T)
    crc = np.zeros(lanes, np.uint32)
    for column in columns:
        crc ^= column
        crc = (
            _T[3][crc & 0xFF]
            ^ _T[2][(crc >> np.uint32(8)) & 0xFF]
            ^ _T[1][(crc >> np.uint32(16)) & 0xFF]
            ^ _T[0][crc >> np.uint32(24)]
        )
    level = (words * 4).bit_length() - 1
    while len(crc) > 1:
        crc = _applied(_shift(level), crc[0::2]) ^ crc[1::2]
        level += 1
    return int(crc[0])


def _moved(crc, count):
    """Return a checksum after `count` zero bytes."""
    vector, level = np.array([crc], np.uint32), 0
    while count:
        if count & 1:
            vector = _applied(_shift(level), vector)
        count >>= 1
        level += 1
    return int(vector[0])


def _applied(columns, values):
    """Return a linear map, given by what it makes of each bit, of some values."""
    out = np.zeros_like(values)
    for bit in range(32):
        out ^= np.where(values >> np.uint32(bit) & np.uint32(1), columns[bit], np.uint32(0))
    return out


@functools.lru_cache(64)
def _shift(level):
    """Return the map that moves a checksum past 2**level zero bytes."""
    if level:
        half = _shift(level - 1)
        return _applied(half, half)
    bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
    return _T[0][bits & 0xFF] ^ (bits >> np.uint32(8))
