"""Datasets of files: lines, records, blocks of bytes."""

import functools

import torch

from compat import errors
from kerastorch.training.pipeline.arguments import integer
from kerastorch.training.pipeline.lines import FileItems, lines_of, opened
from kerastorch.training.pipeline.lines import text as raw_text
from kerastorch.training.pipeline.sources import Listed

from ._dataset import Dataset
from ._face import FACE, text
from ._records import read_records


class _FileDataset(Dataset):
    """A dataset of what files hold."""

    def _open(self, filenames, read, num_parallel_reads, spec=None):
        turns = 1 if num_parallel_reads is None else integer(num_parallel_reads, "num_parallel_reads")
        turns = 16 if turns == -1 else turns
        if turns < 1:
            raise ValueError(
                f"Invalid `num_parallel_reads`. It must be positive or AUTOTUNE. Received: {turns}"
            )
        self._node = FileItems(names_of(filenames), read, type(self).__name__, spec, turns)


def names_of(filenames):
    """Return the node of the names of files, given as text, a list, a tensor or a dataset."""
    if isinstance(filenames, Dataset):
        return filenames._node
    if not isinstance(filenames, (str, bytes)) and hasattr(filenames, "__fspath__"):
        filenames = filenames.__fspath__()
    if isinstance(filenames, (list, tuple)):
        filenames = [text(name) for name in filenames]
    raw = FACE.raw(filenames)
    if isinstance(raw, torch.Tensor):
        raise TypeError(
            "The `filenames` argument must contain `tf.string` elements. Got "
            f"`{FACE.shown(raw).dtype!r}` elements."
        )
    return Listed([raw])


class TextLineDatasetV2(_FileDataset):
    """The lines of text files.

    Args:
        filenames: The files: a name, a list of names, or a dataset of names.
        compression_type: None, "", "ZLIB" or "GZIP".
        buffer_size: Not used.
        num_parallel_reads: How many files take turns.
        name: Not used.
    """

    def __init__(
        self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None, name=None
    ):
        self._open(filenames, functools.partial(lines_of, compression=compression_type), num_parallel_reads)


class TFRecordDatasetV2(_FileDataset):
    """The records of TFRecord files, as bytes.

    Args:
        filenames: The files: a name, a list of names, or a dataset of names.
        compression_type: None, "", "ZLIB" or "GZIP".
        buffer_size: Not used.
        num_parallel_reads: How many files take turns.
        name: Not used.
    """

    def __init__(
        self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None, name=None
    ):
        read = functools.partial(read_records, compression=compression_type)
        self._open(filenames, read, num_parallel_reads)


class FixedLengthRecordDatasetV2(_FileDataset):
    """The records of files whose records all have one length.

    Args:
        filenames: The files.
        record_bytes: The length of a record.
        header_bytes, footer_bytes: What is passed over at the beginning and the end of a file.
        buffer_size: Not used.
        compression_type: None, "", "ZLIB" or "GZIP".
        num_parallel_reads: How many files take turns.
        name: Not used.
    """

    def __init__(
        self,
        filenames,
        record_bytes,
        header_bytes=None,
        footer_bytes=None,
        buffer_size=None,
        compression_type=None,
        num_parallel_reads=None,
        name=None,
    ):
        def read(path):
            with opened(path, compression_type) as file:
                data = file.read()
            data = data[header_bytes or 0 : len(data) - (footer_bytes or 0)]
            if len(data) % record_bytes:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"Excess bytes of {len(data) % record_bytes} in input file {path}: its length is no multiple of "
                    f"{record_bytes}.",
                )
            return (raw_text(data[i : i + record_bytes]) for i in range(0, len(data), record_bytes))

        self._open(filenames, read, num_parallel_reads)
