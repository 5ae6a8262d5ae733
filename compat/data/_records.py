"""Files of records: `tf.io.TFRecordWriter`, and the reader of `tf.data.TFRecordDataset`.

A record is its length (8 bytes), the masked CRC-32C of these, the data, and the masked CRC-32C of the data.
https://www.tensorflow.org/tutorials/load_data/tfrecord
"""

import gzip
import struct
import zlib

from compat import errors
from kerastorch.core.crc32c import masked_crc32c
from kerastorch.training.pipeline.lines import opened
from kerastorch.training.pipeline.lines import text as raw_text

from ._face import text

_MOST = 1 << 40  # bytes that a record may announce


class TFRecordOptions:
    """How a `TFRecordWriter` compresses: `compression_type` is "", "GZIP" or "ZLIB"."""

    def __init__(
        self,
        compression_type=None,
        flush_mode=None,
        input_buffer_size=None,
        output_buffer_size=None,
        window_bits=None,
        compression_level=None,
        compression_method=None,
        mem_level=None,
        compression_strategy=None,
    ):
        self.compression_type = compression_type or ""
        if self.compression_type not in ("", "GZIP", "ZLIB"):
            raise ValueError(
                f'`compression_type` must be "", "GZIP" or "ZLIB". Received: {compression_type!r}'
            )
        self.compression_level = -1 if compression_level is None else compression_level


class TFRecordWriter:
    """Writes records into a file.

    Args:
        path: The file.
        options: A `TFRecordOptions`, or its compression type.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.tfrecord")
    >>> with tf.io.TFRecordWriter(path) as writer:
    ...     writer.write(b"one")
    >>> list(tf.data.TFRecordDataset(path).as_numpy_iterator())
    [b'one']
    """

    def __init__(self, path, options=None):
        options = options if isinstance(options, TFRecordOptions) else TFRecordOptions(options)
        self._file = open(text(path), "wb")  # noqa: SIM115 (closed by `close`)
        self._pack = None
        if options.compression_type:
            bits = 31 if options.compression_type == "GZIP" else 15
            self._pack = zlib.compressobj(options.compression_level, zlib.DEFLATED, bits)

    def write(self, record):
        """Write one record: bytes, or text."""
        record = record.encode() if isinstance(record, str) else bytes(_bytes(record))
        length = struct.pack("<Q", len(record))
        data = (
            length
            + struct.pack("<I", masked_crc32c(length))
            + record
            + struct.pack("<I", masked_crc32c(record))
        )
        self._file.write(data if self._pack is None else self._pack.compress(data))

    def flush(self):
        """Hand what was written to the file."""
        if self._pack is not None:
            self._file.write(self._pack.flush(zlib.Z_SYNC_FLUSH))
        self._file.flush()

    def close(self):
        """Finish the file."""
        if not self._file.closed:
            if self._pack is not None:
                self._file.write(self._pack.flush())
            self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def _bytes(record):
    return record.numpy() if hasattr(record, "numpy") else record


def read_records(path, compression=None):
    """Yield the records of a file as raw values."""
    with opened(path, compression) as file:
        at = 0
        while True:
            try:
                head = file.read(12)
                if not head:
                    return
                if len(head) < 12:
                    raise _lost(f"truncated record at {at}")
                (length,), (check,) = struct.unpack("<Q", head[:8]), struct.unpack("<I", head[8:])
                if masked_crc32c(head[:8]) != check or length > _MOST:
                    hint = "" if at else " (Is this even a TFRecord file?)"
                    raise _lost(f"corrupted record at {at}{hint}")
                data = file.read(length + 4)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise _lost(f"corrupted record at {at}: {error}") from error
            if len(data) < length + 4:
                raise _lost(f"truncated record at {at}")
            record = data[:length]
            if masked_crc32c(record) != struct.unpack("<I", data[length:])[0]:
                raise _lost(f"corrupted record at {at}")
            at += length + 16
            yield raw_text(record)


def _lost(message):
    return errors.DataLossError(None, None, message)
