"""Tables as text: `CsvDataset` and `make_csv_dataset`.

https://www.tensorflow.org/api_docs/python/tf/data/experimental/make_csv_dataset
"""

import collections
import csv
import io

import numpy as np
import torch

from compat import errors
from compat._dtypes import DType, as_dtype
from kerastorch.training.pipeline.arguments import path as path_of
from kerastorch.training.pipeline.lines import matching, opened
from kerastorch.training.pipeline.lines import text as raw_text
from kerastorch.training.pipeline.spec import TEXT, Spec

from ._dataset import AUTOTUNE, Dataset
from ._face import FACE
from ._files import _FileDataset

_INT32, _INT64 = torch.iinfo(torch.int32), torch.iinfo(torch.int64)


class _Column:
    """One column: its dtype, and the value where a field is empty.

    Args:
        default: A dtype, for a column whose fields must not be empty; or a value.
    """

    def __init__(self, default):
        if isinstance(default, (DType, type)) or (isinstance(default, str) and default in _NAMES):
            self.dtype, self.default = FACE.own_dtype(as_dtype(default)), None
        else:
            raw = FACE.raw(default)
            self.dtype = Spec.of(raw).dtype
            empty = raw.numel() == 0 if isinstance(raw, torch.Tensor) else raw.size == 0
            self.default = None if empty else raw.reshape(())
        self.spec = Spec((), self.dtype)

    def value(self, field, number, na_value):
        """Return the raw value of a field."""
        if field in ("", na_value):
            if self.default is None:
                raise _wrong(f"Field {number} is required but missing in record!")
            return self.default
        if self.dtype == TEXT:
            return raw_text(field.encode())
        try:
            return torch.tensor(_parse(field, self.dtype), dtype=self.dtype)
        except (ValueError, OverflowError, RuntimeError) as error:
            name = FACE.dtype_name(self.dtype)
            raise _wrong(f"Field {number} in record is not a valid {name}: {field}") from error


_NAMES = {"int32", "int64", "float32", "float64", "string"}


def _parse(field, dtype):
    if dtype == torch.bool:
        return {"true": True, "false": False, "1": True, "0": False}[field.strip().lower()]
    return float(field) if dtype.is_floating_point else int(field)


def _wrong(message):
    return errors.InvalidArgumentError(None, None, message)


class CsvDatasetV2(_FileDataset):
    """The rows of CSV files, as tuples of scalars.

    Args:
        filenames: The files.
        record_defaults: For each column a dtype, or the value that stands for empty fields.
        compression_type: None, "", "ZLIB" or "GZIP".
        buffer_size: Not used.
        header: Whether files begin with a row of names.
        field_delim: What separates fields.
        use_quote_delim: Whether fields may stand in quotes.
        na_value: What stands for an empty field, beside no text at all.
        select_cols: The numbers of the columns to read.
        exclude_cols: The numbers of the columns not to read.
    """

    def __init__(
        self,
        filenames,
        record_defaults,
        compression_type=None,
        buffer_size=None,
        header=False,
        field_delim=",",
        use_quote_delim=True,
        na_value="",
        select_cols=None,
        exclude_cols=None,
    ):
        if select_cols is not None and exclude_cols is not None:
            raise ValueError("`select_cols` and `exclude_cols` cannot be used together.")
        columns = [_Column(default) for default in record_defaults]

        def read(path):
            for row in rows_of(path, compression_type, header, field_delim, use_quote_delim):
                numbers = _chosen(len(row), select_cols, exclude_cols)
                if len(numbers) != len(columns) or (numbers and max(numbers) >= len(row)):
                    raise _wrong(f"Expect {len(columns)} fields but have {len(numbers)} in record")
                yield tuple(c.value(row[n], i, na_value) for i, (c, n) in enumerate(zip(columns, numbers)))

        self._open(filenames, read, None, tuple(column.spec for column in columns))


def _chosen(count, select, exclude):
    if select is not None:
        return list(select)
    return [number for number in range(count) if not exclude or number not in exclude]


def rows_of(path, compression=None, header=False, delimiter=",", quotes=True, encoding="utf-8"):
    """Yield the rows of a CSV file as lists of texts; empty lines are passed over."""
    with opened(path, compression) as file:
        data = file.read().decode(encoding)
    quoting = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE
    rows = csv.reader(io.StringIO(data, newline=""), delimiter=delimiter, quoting=quoting, strict=True)
    try:
        for number, row in enumerate(rows):
            if row and not (header and number == 0):
                yield row
    except csv.Error as error:
        raise _wrong(f"{path} is no valid CSV file: {error}") from error


def make_csv_dataset(
    file_pattern,
    batch_size,
    column_names=None,
    column_defaults=None,
    label_name=None,
    select_columns=None,
    field_delim=",",
    use_quote_delim=True,
    na_value="",
    header=True,
    num_epochs=None,
    shuffle=True,
    shuffle_buffer_size=10000,
    shuffle_seed=None,
    prefetch_buffer_size=None,
    num_parallel_reads=None,
    sloppy=False,
    num_rows_for_inference=100,
    compression_type=None,
    ignore_errors=False,
    encoding="utf-8",
):
    """Return a dataset of batches of the rows of CSV files: dicts from columns to tensors, and a label if one is named.

    Args:
        file_pattern: The files: a pattern, or a list of them.
        batch_size: The number of rows in a batch.
        column_names: The names of the columns; by default those in the first row.
        column_defaults: For each column that is read a dtype, or the value of empty fields; by default found by
            looking at the first rows.
        label_name: The column that is the label.
        select_columns: The names or the numbers of the columns to read.
        field_delim, use_quote_delim, na_value: See `CsvDataset`.
        header: Whether files begin with a row of names.
        num_epochs: How often to go through the files; without end by default.
        shuffle, shuffle_buffer_size, shuffle_seed: Whether and how rows are put in random order.
        prefetch_buffer_size: How many batches are made ahead.
        num_parallel_reads: How many files take turns.
        sloppy: Not used.
        num_rows_for_inference: How many rows say what the dtypes are.
        compression_type: None, "", "ZLIB" or "GZIP".
        ignore_errors: Whether rows that cannot be read are left out.
        encoding: The encoding of the files.
    """
    patterns = [file_pattern] if isinstance(file_pattern, (str, bytes)) else file_pattern
    files = matching([path_of(pattern) for pattern in patterns])

    def rows(path, header=header):
        return rows_of(path, compression_type, header, field_delim, use_quote_delim, encoding)

    if column_names is None:
        if not header:
            raise ValueError("Cannot infer column names without a header line.")
        column_names = next(iter(rows(files[0], header=False)), [])
        for file in files[1:]:
            if next(iter(rows(file, header=False)), None) != column_names:
                raise ValueError("All input files should have the same column names in the header row.")
    if len(column_names) != len(set(column_names)):
        raise ValueError("Cannot have duplicate column names.")
    numbers = _numbers(select_columns, column_names)
    if column_defaults is None:
        column_defaults = _inferred(files, rows, numbers, na_value, num_rows_for_inference)
    elif len(column_defaults) != len(numbers):
        raise ValueError(
            f"`column_defaults` must have one entry for each of the {len(numbers)} columns. Received: "
            f"{len(column_defaults)}"
        )
    names = [column_names[number] for number in numbers]
    if label_name is not None and label_name not in names:
        raise ValueError(
            f"`label_name` provided must be one of the columns: {names}. Received: {label_name}."
        )
    columns = [_Column(default) for default in column_defaults]

    def read(path):
        for row in rows(path):
            try:
                if len(row) != len(column_names):
                    raise _wrong(f"Expect {len(column_names)} fields but have {len(row)} in record")
                fields = [c.value(row[n], i, na_value) for i, (c, n) in enumerate(zip(columns, numbers))]
            except errors.InvalidArgumentError:
                if ignore_errors:
                    continue
                raise
            features = collections.OrderedDict(zip(names, fields))
            yield features if label_name is None else (features, features.pop(label_name))

    spec = collections.OrderedDict((name, column.spec) for name, column in zip(names, columns))
    spec = spec if label_name is None else (spec, spec.pop(label_name))
    dataset = Dataset.from_tensor_slices(files)
    if shuffle:
        dataset = dataset.shuffle(len(files), shuffle_seed)
    reader = object.__new__(_FileDataset)
    reader._open(dataset, read, num_parallel_reads, spec)
    dataset = Dataset._of(reader._node, "_PrefetchDataset")
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    if num_epochs != 1:
        dataset = dataset.repeat(num_epochs)
    dataset = dataset.batch(batch_size, drop_remainder=num_epochs is None)
    return dataset.prefetch(AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size)


def _numbers(select, names):
    """The numbers of the columns to read."""
    if select is None:
        return list(range(len(names)))
    numbers = []
    for column in select:
        if isinstance(column, str):
            if column not in names:
                raise ValueError(f"The column {column!r} of `select_columns` is not among {names}.")
            column = names.index(column)
        elif not 0 <= column < len(names):
            raise ValueError(f"`select_columns` must be below {len(names)}. Received: {column}")
        numbers.append(column)
    if len(set(numbers)) != len(numbers):
        raise ValueError(f"`select_columns` must not repeat a column. Received: {list(select)}")
    return sorted(numbers)


_ZEROS = {
    "int32": np.int32(0),
    "int64": np.int64(0),
    "float32": np.float32(0),
    "float64": np.float64(0),
    "string": "",
}
_RANKS = list(_ZEROS)


def _inferred(files, rows, numbers, na_value, count):
    """The default of each column: 0 or empty text of the narrowest dtype that fits the first rows."""
    ranks = [-1] * len(numbers)
    left = count if count is not None else float("inf")
    for file in files:
        for row in rows(file):
            if left <= 0:
                break
            left -= 1
            for i, number in enumerate(numbers):
                if number >= len(row):
                    raise ValueError(f"Problem inferring types: CSV row {row} has too few columns.")
                ranks[i] = max(ranks[i], _rank(row[number], na_value))
    return [_ZEROS[_RANKS[rank] if rank >= 0 else "string"] for rank in ranks]


def _rank(field, na_value):
    if field in ("", na_value):
        return -1
    try:
        value = int(field)
    except ValueError:
        pass
    else:
        if _INT32.min <= value <= _INT32.max:
            return 0
        if _INT64.min <= value <= _INT64.max:
            return 1
    try:
        value = float(field)
    except ValueError:
        return 4
    return 2 if not np.isfinite(value) or abs(value) <= float(np.finfo(np.float32).max) else 3
