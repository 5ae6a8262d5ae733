"""`tf.io.parse_example`: records to tensors, as a table of features says.

https://www.tensorflow.org/api_docs/python/tf/io/parse_example
"""

import collections

import numpy as np
import torch

from kerastorch.core.proto import DecodeError

from .._convert import convert
from .._dtypes import as_dtype, int64, numpy_type, string
from .._failure import invalid
from .._ragged import RaggedTensor
from .._shape import as_shape
from .._sparse_tensor import SparseTensor
from .._tensor import EagerTensor
from ..train._example import Example, SequenceExample
from ._codec import from_numpy, scalar_text, texts

_KINDS = {"int64": "int64_list", "float32": "float_list", "string": "bytes_list"}
_LIST_NAMES = {"int64_list": "int64", "float_list": "float", "bytes_list": "string"}


class FixedLenFeature(collections.namedtuple("FixedLenFeature", ["shape", "dtype", "default_value"])):
    """A feature of a fixed shape.

    Args:
        shape: The shape in one record.
        dtype: `tf.float32`, `tf.int64` or `tf.string`.
        default_value: What stands where a record lacks the feature; None if none may.
    """

    __slots__ = ()

    def __new__(cls, shape, dtype, default_value=None):
        return super().__new__(cls, shape, dtype, default_value)


class VarLenFeature(collections.namedtuple("VarLenFeature", ["dtype"])):
    """A feature of any length, which comes as a `SparseTensor`."""

    __slots__ = ()


class FixedLenSequenceFeature(
    collections.namedtuple("FixedLenSequenceFeature", ["shape", "dtype", "allow_missing", "default_value"])
):
    """A sequence of any length of elements of a fixed shape, which comes as a dense tensor, filled up."""

    __slots__ = ()

    def __new__(cls, shape, dtype, allow_missing=False, default_value=None):
        return super().__new__(cls, shape, dtype, allow_missing, default_value)


class SparseFeature(
    collections.namedtuple("SparseFeature", ["index_key", "value_key", "dtype", "size", "already_sorted"])
):
    """A `SparseTensor` from a feature with indices (one, or a list) and one with values."""

    __slots__ = ()

    def __new__(cls, index_key, value_key, dtype, size, already_sorted=False):
        return super().__new__(cls, index_key, value_key, dtype, size, already_sorted)


class RaggedFeature(
    collections.namedtuple(
        "RaggedFeature", ["dtype", "value_key", "partitions", "row_splits_dtype", "validate"]
    )
):
    """A feature of any length, which comes as a `RaggedTensor`."""

    __slots__ = ()

    def __new__(cls, dtype, value_key=None, partitions=(), row_splits_dtype="int32", validate=False):
        if partitions:
            raise ValueError(
                "RaggedFeature takes no partitions here. Parse the lengths as a feature of their own, and use "
                "`tf.RaggedTensor.from_row_lengths`."
            )
        return super().__new__(cls, as_dtype(dtype), value_key, tuple(partitions), row_splits_dtype, validate)


def parse_example(serialized, features, example_names=None, name=None):
    """Parse a batch of serialized `tf.train.Example`s.

    Args:
        serialized: Strings of shape (batch,).
        features: A dict of the features by name: `FixedLenFeature`, `VarLenFeature`, `RaggedFeature`, ...

    Returns:
        A dict of tensors: dense of shape (batch, ...), sparse or ragged.

    Raises:
        tf.errors.InvalidArgumentError: if a record cannot be parsed, or lacks what it must have.

    >>> one = tf.train.Feature(int64_list=tf.train.Int64List(value=[3]))
    >>> data = tf.train.Example(features=tf.train.Features(feature={"x": one})).SerializeToString()
    >>> tf.io.parse_example([data], {"x": tf.io.FixedLenFeature([], tf.int64)})["x"].numpy()
    array([3])
    """
    records = texts(serialized, "ParseExample")
    if records.ndim == 0:
        return parse_single_example(serialized, features, example_names)
    if not features:
        raise ValueError(f"Argument `features` cannot be empty or None. Received: {features!r}")
    parsed = [_features(Example, data, i) for i, data in enumerate(records.reshape(-1).tolist())]
    return {key: _column(key, spec, parsed) for key, spec in _ordered(features)}


def parse_single_example(serialized, features, example_names=None, name=None):
    """Parse one serialized `tf.train.Example`: like `parse_example`, without the axis of the batch."""
    if not features:
        raise ValueError(f"Argument `features` cannot be empty or None. Received: {features!r}")
    found = _features(Example, scalar_text(serialized, "ParseSingleExample"), None)
    return {key: _single(_column(key, spec, [found])) for key, spec in _ordered(features)}


def _ordered(features):
    """Return the features in the order of the results: sparse, dense, ragged, each by name."""
    ranks = {VarLenFeature: 0, SparseFeature: 0, RaggedFeature: 2}
    return sorted(features.items(), key=lambda item: (ranks.get(type(item[1]), 1), item[0]))


def _single(value):
    if isinstance(value, EagerTensor):
        return EagerTensor(
            value._t[0] if isinstance(value._t, torch.Tensor) else value._t[:1].reshape(value._t.shape[1:])
        )
    if isinstance(value, RaggedTensor):
        return value[0]
    shape = value._dense_shape[1:]
    return SparseTensor(EagerTensor(value._indices[:, 1:]), value.values, EagerTensor(shape))


def _features(kind, data, index):
    try:
        message = kind.FromString(data)
    except DecodeError as error:
        at = "" if index is None else f" at index {index}"
        raise invalid("ParseExampleV2", f"Could not parse example input, value: '{data!r}'{at}") from error
    return message.features.feature


def _values(found, key, dtype, where=""):
    """Return the values of a feature of a record as a list, None if it is not there."""
    feature = found.get(key)
    kind = feature.WhichOneof("kind") if feature is not None else None
    if kind is None:
        return None
    if _KINDS.get(dtype.name) is None:
        raise ValueError(
            f"Features are of dtype int64, float32 or string. Received: {dtype.name} for {key!r}"
        )
    if kind != _KINDS[dtype.name]:
        raise invalid(
            "ParseExampleV2",
            f"Key: {key}.  Data types don't match. Data type: {_LIST_NAMES[kind]} but expected type: "
            f"{dtype._kernel_name}{where}",
        )
    return list(getattr(feature, kind).value)


def _array(values, dtype):
    if dtype is not string:
        return np.array(values, numpy_type(dtype))
    out = np.empty(len(values), object)
    out[:] = values
    return out


def _column(key, spec, parsed):
    """Return the tensor of a feature over all records."""
    if isinstance(spec, SparseFeature):
        return _sparse_feature(spec, parsed)
    dtype = as_dtype(spec.dtype)
    if isinstance(spec, FixedLenFeature):
        return _fixed(key, spec, dtype, parsed)
    if isinstance(spec, FixedLenSequenceFeature):
        return _sequence(key, spec, dtype, parsed)
    if isinstance(spec, VarLenFeature):
        return _sparse([_values(found, key, dtype) or [] for found in parsed], dtype)
    if isinstance(spec, RaggedFeature):
        rows = [_values(found, spec.value_key or key, dtype) or [] for found in parsed]
        return _ragged(rows, dtype, spec)
    raise ValueError(f"Invalid feature {key}: {spec!r}. Use FixedLenFeature, VarLenFeature or RaggedFeature.")


def _fixed(key, spec, dtype, parsed):
    shape = as_shape(spec.shape)
    if not shape.is_fully_defined():
        raise ValueError(
            f"First dimension of shape for feature {key} unknown. Consider using FixedLenSequenceFeature."
        )
    size = int(np.prod(shape.as_list()))
    rows = []
    for i, found in enumerate(parsed):
        values = _values(found, key, dtype)
        if values is None:
            if spec.default_value is None:
                raise invalid(
                    "ParseExampleV2",
                    f"Feature: {key} (data type: {dtype._kernel_name}) is required but could not be found.",
                )
            default = convert(spec.default_value, dtype)
            default = np.asarray(default if isinstance(default, np.ndarray) else default.cpu()).reshape(-1)
            values = np.broadcast_to(default, (size,)) if len(default) == 1 else default
        if len(values) != size:
            raise invalid(
                "ParseExampleV2",
                f"Key: {key}, Index: {i}.  Number of {dtype._kernel_name} values != expected.  "
                f"values size: {len(values)} but output shape: {shape}",
            )
        rows.append(_array(values, dtype))
    joined = np.concatenate(rows) if rows else _array([], dtype)
    return from_numpy(joined.reshape(len(parsed), *shape.as_list()))


def _sequence(key, spec, dtype, parsed):
    if not spec.allow_missing:
        raise ValueError(
            f"Unsupported: FixedLenSequenceFeature requires allow_missing to be True. Feature: {key}"
        )
    shape = as_shape(spec.shape).as_list()
    size = int(np.prod(shape))
    rows = [_values(found, key, dtype) or [] for found in parsed]
    for row in rows:
        if len(row) % size:
            raise invalid(
                "ParseExampleV2", f"Key: {key}. {len(row)} values do not make elements of shape {shape}"
            )
    length = max([len(row) // size for row in rows], default=0)
    filler = spec.default_value if spec.default_value is not None else (b"" if dtype is string else 0)
    filler = filler.encode() if isinstance(filler, str) else filler
    filled = [row + [filler] * (length * size - len(row)) for row in rows]
    joined = np.concatenate([_array(row, dtype) for row in filled]) if filled else _array([], dtype)
    return from_numpy(joined.reshape(len(rows), length, *shape))


def _sparse(rows, dtype):
    indices = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = from_numpy(_array([value for row in rows for value in row], dtype))
    shape = [len(rows), max(map(len, rows), default=0)]
    return SparseTensor(
        EagerTensor(torch.tensor(indices, dtype=torch.int64).reshape(-1, 2)),
        values,
        EagerTensor(torch.tensor(shape)),
    )


def _ragged(rows, dtype, spec):
    values = from_numpy(_array([value for row in rows for value in row], dtype))
    splits = np.cumsum([0, *map(len, rows)]).astype(numpy_type(as_dtype(spec.row_splits_dtype)))
    return RaggedTensor.from_row_splits(values, from_numpy(splits))


def _sparse_feature(spec, parsed):
    keys = [spec.index_key] if isinstance(spec.index_key, str) else list(spec.index_key)
    sizes = list(spec.size) if isinstance(spec.size, (list, tuple)) else [spec.size]
    dtype = as_dtype(spec.dtype)
    entries, values = [], []
    for i, found in enumerate(parsed):
        places = [_values(found, key, int64) or [] for key in keys]
        row = _values(found, spec.value_key, dtype) or []
        if any(len(place) != len(row) for place in places):
            raise invalid(
                "ParseExampleV2", f"Features {keys} and {spec.value_key} have different lengths in record {i}"
            )
        order = sorted(range(len(row)), key=lambda j: [place[j] for place in places])
        order = range(len(row)) if spec.already_sorted else order
        entries += [(i, *(place[j] for place in places)) for j in order]
        values += [row[j] for j in order]
    indices = torch.tensor(entries, dtype=torch.int64).reshape(-1, 1 + len(keys))
    shape = torch.tensor([len(parsed), *map(int, sizes)])
    return SparseTensor(EagerTensor(indices), from_numpy(_array(values, dtype)), EagerTensor(shape))


def parse_single_sequence_example(
    serialized, context_features=None, sequence_features=None, example_name=None, name=None
):
    """Parse one serialized `tf.train.SequenceExample`.

    Args:
        serialized: A scalar string.
        context_features: The features of the whole: `FixedLenFeature`, `VarLenFeature` or `RaggedFeature`.
        sequence_features: The features of each step: `FixedLenSequenceFeature`, `VarLenFeature` or `RaggedFeature`.

    Returns:
        (a dict of the context, a dict of the sequences, with the steps as the first axis).
    """
    if not (context_features or sequence_features):
        raise ValueError(
            "Both `context_features` and `sequence_features` argument are None, but at least one should have values."
        )
    data = scalar_text(serialized, "ParseSequenceExample")
    try:
        message = SequenceExample.FromString(data)
    except DecodeError as error:
        raise invalid(
            "ParseSequenceExampleV2", f"Could not parse example input, value: '{data!r}'"
        ) from error
    context = message.context.feature
    parsed = {key: _single(_column(key, spec, [context])) for key, spec in _ordered(context_features or {})}
    lists = message.feature_lists.feature_list
    return parsed, {key: _steps(key, spec, lists) for key, spec in _ordered(sequence_features or {})}


def _steps(key, spec, lists):
    dtype = as_dtype(spec.dtype)
    steps = lists.get(key)
    if steps is None and isinstance(spec, FixedLenSequenceFeature) and not spec.allow_missing:
        raise invalid(
            "ParseSequenceExampleV2",
            f"Name: <unknown>, Feature list '{key}' is required but could not be found.  Did you mean to include it in "
            "feature_list_dense_missing_assumed_empty or feature_list_dense_defaults?",
        )
    found = [{key: step} for step in (steps.feature if steps is not None else [])]
    if isinstance(spec, FixedLenSequenceFeature):
        return _fixed(key, FixedLenFeature(spec.shape, dtype), dtype, found)
    rows = [_values(step, key, dtype) or [] for step in found]
    return _ragged(rows, dtype, spec) if isinstance(spec, RaggedFeature) else _sparse(rows, dtype)
