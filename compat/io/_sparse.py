"""Sparse tensors as strings: `serialize_sparse`, `deserialize_many_sparse`.

https://www.tensorflow.org/api_docs/python/tf/io/serialize_sparse
"""

import numpy as np
import torch

from .._convert import convert, dtype_of
from .._dtypes import as_dtype, string
from .._failure import invalid
from .._sparse_tensor import SparseTensor
from .._tensor import EagerTensor
from .._tensor_proto import DecodeError, from_bytes, to_proto
from ._codec import from_numpy, texts


def _strings(parts):
    protos = [to_proto(part, dtype_of(part)).SerializeToString() for part in parts]
    out = np.empty(len(protos), object)
    out[:] = protos
    return out


def serialize_sparse(sp_input, out_type=string, name=None):
    """Return a `SparseTensor` as three strings: its indices, values and shape."""
    return EagerTensor(_strings([sp_input._indices, convert(sp_input.values), sp_input._dense_shape]))


def serialize_many_sparse(sp_input, out_type=string, name=None):
    """Return a `SparseTensor` as strings of shape (n, 3): each of its n rows by itself."""
    indices, values, shape = sp_input._indices, convert(sp_input.values), sp_input._dense_shape
    rows = []
    for i in range(int(shape[0])):
        mine = indices[:, 0] == i
        kept = values[mine.numpy()] if isinstance(values, np.ndarray) else values[mine]
        rows.append(_strings([indices[mine][:, 1:], kept, shape[1:]]))
    return EagerTensor(np.stack(rows) if rows else np.empty((0, 3), object))


def deserialize_many_sparse(serialized_sparse, dtype, rank=None, name=None):
    """Return one `SparseTensor` of what `serialize_sparse` made of several, with one more axis in front.

    Raises:
        tf.errors.InvalidArgumentError: if a string holds no tensor, or the dtype is another.
    """
    table, wanted = texts(serialized_sparse, "DeserializeManySparse"), as_dtype(dtype)
    if table.ndim != 2 or table.shape[1] != 3:
        raise invalid(
            "DeserializeManySparse",
            f"The strings must have shape (n, 3). Received: {table.shape}",
        )
    indices, values, shapes = [], [], []
    for i, row in enumerate(table):
        try:
            (where, _), (what, kind), (size, _) = map(from_bytes, row)
        except DecodeError as error:
            raise invalid(
                "DeserializeManySparse", f"Could not parse serialized sparse tensor {i}: {error}"
            ) from error
        if kind is not wanted:
            raise invalid(
                "DeserializeManySparse", f"Requested SparseTensor of type {wanted.name}, found {kind.name}"
            )
        indices.append(np.concatenate([np.full((len(where), 1), i), where], 1))
        values.append(what)
        shapes.append(size)
    shape = [len(table), *np.max(shapes, 0).tolist()]
    joined = np.concatenate(indices).astype(np.int64)
    return SparseTensor(
        from_numpy(joined), from_numpy(np.concatenate(values)), EagerTensor(torch.tensor(shape))
    )
