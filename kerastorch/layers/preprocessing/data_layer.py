"""What the layers that prepare data share: their inputs, their passes over data, their encodings."""

import itertools

import numpy as np
import torch

from kerastorch.core import edge, infer, settings, tree
from kerastorch.core.building import shape_of
from kerastorch.core.call_spec import is_tensor_like
from kerastorch.core.dtypes import standardize_dtype, to_torch_dtype
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from kerastorch.core.text import is_text, is_text_array, to_bytes
from kerastorch.layers.preprocessing.preparing import PreparingLayer

OUTPUT_MODES = ("int", "one_hot", "multi_hot", "count")


class DataLayer(PreparingLayer):
    """Base of the layers whose results depend on values, or whose inputs are text.

    A subclass states its outputs in `compute_output_spec`; `call` gets tensors, and arrays of text as they are.
    """

    reads_text = True

    def _run(self, args, kwargs):
        own = type(self)
        stated = (own.compute_output_spec, own.compute_output_shape) != (
            Layer.compute_output_spec,
            Layer.compute_output_shape,
        )
        if not infer.is_inferring() or not stated:
            return super()._run(args, kwargs)
        specs = tree.map_structure(_as_spec, (args, kwargs))
        return tree.map_structure(infer.filled, self.compute_output_spec(*specs[0], **specs[1]))

    def _is_simple(self, signature):
        return False


def _as_spec(x):
    if not is_tensor_like(x) or isinstance(x, KerasTensor):
        return x
    dtype = "string" if isinstance(x, np.ndarray) else standardize_dtype(x.dtype)
    return KerasTensor(shape_of(x), dtype)


def to_values(x, encoding="utf-8"):
    """Return anything like a tensor as a `torch.Tensor`, or as an object array of bytes if it is text."""
    if not isinstance(x, (torch.Tensor, np.ndarray)):
        if edge.is_tensor(x):
            x = edge.unwrap(x)
        elif is_text(x):
            return to_bytes(x, encoding)
        elif hasattr(x, "__array__") or isinstance(x, (list, tuple)):
            x = _as_array(x)
    return to_bytes(x, encoding) if is_text_array(x) else edge.as_tensor(x)


def _as_array(x):
    if isinstance(x, (list, tuple)) and any(edge.is_tensor(part) for part in x):
        parts = [to_values(part) for part in x]
        return np.stack(parts) if isinstance(parts[0], np.ndarray) else torch.stack(parts)
    if isinstance(x, (list, tuple)):
        return edge.as_tensor(x) if edge.is_numbers(x) else np.asarray(x)
    return np.asarray(x)


def batches_of(data, steps=None):
    """Return an iterator over the batches of what `adapt` takes, or None if it is one array.

    Args:
        data: An array, a tensor, a list of values, or something that yields batches.
        steps: How many batches to take, or None for all.
    """
    whole = isinstance(data, (list, tuple, np.ndarray, str)) or edge.is_tensor(data) or is_ragged(data)
    if whole or not hasattr(data, "__iter__") or hasattr(data, "iloc"):
        return None
    return itertools.islice(iter(data), steps)


def is_ragged(x):
    """Tell whether `x` is a ragged tensor: rows of different lengths around one flat tensor."""
    return hasattr(x, "flat_values") and hasattr(x, "with_flat_values")


def is_sparse(x):
    """Tell whether `x` is a sparse tensor of TensorFlow's kind."""
    return hasattr(x, "dense_shape") and hasattr(x, "with_values")


def on_flat_values(function, ragged):
    """Return a ragged or sparse tensor like the one given, with `function` of its flat values."""
    if is_sparse(ragged):
        return ragged.with_values(edge.wrap(function(edge.unwrap(ragged.values))))
    return ragged.with_flat_values(edge.wrap(function(edge.unwrap(ragged.flat_values))))


def check_choice(value, choices, name, layer):
    """Raise a ValueError unless `value` is one of the choices.

    Args:
        value: What was passed.
        choices: What it may be.
        name: The argument.
        layer: The layer's class name.
    """
    if value not in choices:
        raise ValueError(
            f"Unknown argument for `{name}` of layer {layer}. Expected one of {tuple(choices)}. Received: "
            f"{name}={value!r}"
        )


def check_sparse(sparse):
    """Raise a ValueError where sparse outputs are asked for and there are no tensors of TensorFlow's kind."""
    if sparse and not edge.border.active:
        raise ValueError(
            "`sparse=True` can only be used with the TensorFlow API: import `compat`, or leave `sparse` False. "
            f"Received: sparse={sparse}"
        )


def check_salt(salt, layer):
    """Return a salt as a list of two integers, or None."""
    if salt is None:
        return None
    if isinstance(salt, (tuple, list)) and len(salt) == 2:
        return list(salt)
    if isinstance(salt, int):
        return [salt, salt]
    raise ValueError(
        f"The `salt` argument for `{layer}` can only be a tuple of size 2 integers, or a single integer. "
        f"Received: salt={salt}."
    )


def encoded_shape(shape, output_mode, depth):
    """Return the shape of encoded indices: one vector for each element, or one for each row."""
    shape = tuple(shape)
    if output_mode == "int":
        return shape
    if output_mode == "one_hot" and shape:
        return (*shape[:-1], depth) if len(shape) > 1 and shape[-1] == 1 else (*shape, depth)
    return (*shape[:1], *shape[2:], depth) if len(shape) > 1 else (depth,)


def encode(indices, output_mode, depth, dtype, sparse=False, weights=None):
    """Return indices as they are, as one-hot vectors, or as the sets or counts of those in a row.

    Args:
        indices: A tensor of indices; those outside of 0 ... depth - 1 count for nothing.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        depth: The length of the vectors.
        dtype: The dtype of the result.
        sparse: Whether the result is a sparse tensor.
        weights: For counts: what each index counts, in the shape of the indices.
    """
    dtype = to_torch_dtype(dtype)
    if output_mode == "int":
        return indices.to(dtype)
    indices = indices.long()
    if indices.ndim == 0:
        indices = indices.reshape(1)
    shape = encoded_shape(indices.shape, output_mode, depth)
    if output_mode == "one_hot":
        rows = indices.reshape(-1, 1)
    else:
        rows = indices.reshape(1, -1) if indices.ndim == 1 else indices.movedim(1, -1).flatten(0, -2)
        if weights is not None:
            weights = weights.reshape(1, -1) if weights.ndim == 1 else weights.movedim(1, -1).flatten(0, -2)
    number = torch.arange(len(rows), device=rows.device)[:, None].expand_as(rows)
    rule = count_rows if output_mode == "count" else mark_rows
    options = {} if weights is None else {"weights": weights}
    flat = rule(number.flatten(), rows.flatten(), len(rows), depth, dtype, **options).reshape(shape)
    return as_sparse(flat) if sparse else flat


def as_sparse(x):
    """Return a tensor as a sparse one, of TensorFlow's kind where the caller works with that."""
    return edge.border.sparse(x.to_sparse()) if edge.border.active else x.to_sparse()


def count_rows(rows, indices, number, depth, dtype, weights=None):
    """Return how often each index is in each row: a tensor of shape (number, depth).

    Args:
        rows: The row of each index.
        indices: The indices; those outside of 0 ... depth - 1 are left out.
        number: How many rows there are.
        depth: How many indices there are.
        dtype: The dtype of the result.
        weights: What each index counts, by default 1.
    """
    place, valid = _places(rows, indices, depth)
    if weights is None:
        return torch.bincount(place, minlength=number * depth).reshape(number, depth).to(dtype)
    out = torch.zeros(number * depth, dtype=dtype, device=indices.device)
    return out.index_add_(0, place, weights.flatten()[valid].to(dtype)).reshape(number, depth)


def mark_rows(rows, indices, number, depth, dtype):
    """Return which indices are in each row, as ones and zeros of shape (number, depth)."""
    out = torch.zeros(number * depth, dtype=dtype, device=indices.device)
    out[_places(rows, indices, depth)[0]] = 1
    return out.reshape(number, depth)


def _places(rows, indices, depth):
    """The places of indices in the flattened whole, without those that are out of range, and which are not."""
    valid = (indices >= 0) & (indices < depth)
    return (rows * depth + indices)[valid], valid


def output(array):
    """Return a NumPy array of numbers as a tensor on the default device."""
    return torch.from_numpy(array).to(settings.default_device())
