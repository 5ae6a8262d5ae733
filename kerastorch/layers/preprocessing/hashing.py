"""Hashing and HashedCrossing: values into bins, the same ones as in TensorFlow."""

import numpy as np
import torch

from kerastorch.core import settings
from kerastorch.core.edge import to_numpy
from kerastorch.core.hashing import crossed, fingerprints, keyed_hashes
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.layers.preprocessing.data_layer import (
    OUTPUT_MODES,
    DataLayer,
    check_choice,
    check_salt,
    check_sparse,
    encode,
    encoded_shape,
    is_ragged,
    is_sparse,
    on_flat_values,
    output,
    to_values,
)

_LARGEST = np.uint64(0x7FFFFFFFFFFFFFFF)


class Hashing(DataLayer):
    """The bin of each value: its FarmHash64 fingerprint, or its SipHash with a salt, modulo the number of bins.

    Integers and floats (whose fraction is dropped) are hashed as the texts that write them.

    Args:
        num_bins: How many bins there are, the one for `mask_value` included.
        mask_value: The value that goes to bin 0, which no other then does.
        salt: An integer, or two, that the hash depends on.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        sparse: Whether an encoded output is a sparse tensor.

    >>> keras.layers.Hashing(num_bins=3)([["A"], ["B"], ["C"], ["D"], ["E"]]).flatten()
    tensor([1, 0, 1, 1, 2])
    """

    def __init__(self, num_bins, mask_value=None, salt=None, output_mode="int", sparse=False, **kwargs):
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else settings.floatx()
        super().__init__(**kwargs)
        if num_bins is None or num_bins <= 0:
            raise ValueError(
                f"The `num_bins` for `Hashing` cannot be `None` or non-positive values. Received: num_bins={num_bins}."
            )
        if output_mode == "int" and self.dtype_policy.name not in ("int32", "int64"):
            raise ValueError(
                "When `output_mode=\"int\"`, `dtype` should be an integer type, 'int32' or 'int64'. "
                f"Received: dtype={kwargs['dtype']}"
            )
        if output_mode not in OUTPUT_MODES:
            raise ValueError(
                f"Invalid value for argument `output_mode`. Expected one of {OUTPUT_MODES}. "
                f"Received: output_mode={output_mode}"
            )
        if sparse and output_mode == "int":
            raise ValueError(
                '`sparse` may only be true if `output_mode` is `"one_hot"`, `"multi_hot"`, or `"count"`. '
                f"Received: sparse={sparse} and output_mode={output_mode}"
            )
        self.num_bins, self.mask_value, self.output_mode, self.sparse = (
            num_bins,
            mask_value,
            output_mode,
            sparse,
        )
        self.salt = check_salt(salt, "Hashing")
        self.autocast = False

    def call(self, inputs):
        if is_ragged(inputs) or is_sparse(inputs):
            return on_flat_values(self.call, inputs)
        inputs = to_values(inputs)
        if self.output_mode == "one_hot" and inputs.ndim and inputs.shape[-1] == 1:
            inputs = inputs.reshape(inputs.shape[:-1])
        return encode(self._bins(inputs), self.output_mode, self.num_bins, self.compute_dtype, self.sparse)

    def _bins(self, inputs):
        bins, masked = self.num_bins, None
        if self.mask_value is not None and bins > 1:
            bins -= 1
            masked = _equals(inputs, self.mask_value)
        texts = as_texts(inputs)
        hashes = fingerprints(texts) if self.salt is None else keyed_hashes(texts, self.salt)
        out = (hashes % np.uint64(bins)).astype(np.int64).reshape(inputs.shape)
        if masked is not None:
            out = np.where(masked, 0, out + 1)
        return output(out)

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shape of the input."""
        shape = tuple(input_shape)
        return shape if self.output_mode == "int" else (*shape[:-1], self.num_bins)

    def compute_output_spec(self, inputs):
        """Return the symbolic output for a symbolic input."""
        return KerasTensor(
            self.compute_output_shape(inputs.shape), dtype=self.compute_dtype, sparse=self.sparse
        )


def as_texts(values):
    """Return the elements of text or numbers as a list of bytes, numbers as they are written."""
    if isinstance(values, np.ndarray):
        return values.ravel().tolist()
    values = values.long() if values.is_floating_point() else values
    if values.dtype is torch.bool:
        return [b"true" if value else b"false" for value in values.flatten().tolist()]
    return [b"%d" % value for value in values.flatten().tolist()]


def _equals(values, value):
    if isinstance(values, np.ndarray):
        value = value.encode() if isinstance(value, str) else value
        return np.array([text == value for text in values.ravel()], bool).reshape(values.shape)
    return to_numpy(values) == value


class HashedCrossing(DataLayer):
    """The bin of each combination of features: the hash of all of them modulo the number of bins.

    Args:
        num_bins: How many bins there are.
        output_mode: "int" or "one_hot".
        sparse: Whether an encoded output is a sparse tensor.

    >>> layer = keras.layers.HashedCrossing(num_bins=5)
    >>> layer([np.array(["A", "B", "A", "B", "A"]), np.array([101, 101, 101, 102, 102])])
    tensor([1, 4, 1, 1, 3])
    """

    config_exclude = ("trainable", "activity_regularizer", "autocast")

    def __init__(self, num_bins, output_mode="int", sparse=False, name=None, dtype=None, **kwargs):
        if output_mode == "int" and dtype is None:
            dtype = "int64"
        super().__init__(name=name, dtype=dtype)
        check_sparse(sparse)
        check_choice(output_mode, ("int", "one_hot"), "output_mode", "HashedCrossing")
        self.num_bins, self.output_mode, self.sparse = num_bins, output_mode, sparse
        self.autocast = False

    def _config_value(self, name):
        return self.dtype if name == "dtype" else super()._config_value(name)

    def call(self, inputs):
        if isinstance(inputs, np.ndarray):
            inputs = list(inputs)  # a list of lists of text
        self._check_number(inputs)
        if any(is_ragged(x) or is_sparse(x) for x in inputs):
            raise ValueError(
                f"All `HashedCrossing` inputs should be dense tensors. Received: inputs={inputs}"
            )
        columns = [to_values(x) for x in inputs]
        _check_features([tuple(x.shape) for x in columns], columns)
        shape = tuple(columns[0].shape)
        hashes = crossed([_as_integers(x) for x in columns])
        bins = (hashes % np.uint64(self.num_bins or _LARGEST)).astype(np.int64).reshape(shape)
        return encode(output(bins), self.output_mode, self.num_bins, self.compute_dtype, self.sparse)

    def _check_number(self, inputs):
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(
                f"`HashedCrossing` should be called on a list or tuple of inputs. Received: inputs={inputs}"
            )
        if len(inputs) < 2:
            raise ValueError(
                f"`HashedCrossing` should be called on at least two inputs. Received: inputs={inputs}"
            )

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shapes of the inputs."""
        if len(input_shape) < 2 or not all(isinstance(shape, (tuple, list)) for shape in input_shape):
            raise ValueError(
                f"Expected as input a list/tuple of 2 tensors. Received input_shape={input_shape}"
            )
        if any(tuple(shape)[-1:] != tuple(input_shape[0])[-1:] for shape in input_shape):
            raise ValueError(
                f"Expected the two input tensors to have identical shapes. Received input_shape={input_shape}"
            )
        return encoded_shape(input_shape[0], self.output_mode, self.num_bins)

    def compute_output_spec(self, inputs):
        """Return the symbolic output for symbolic inputs."""
        self._check_number(inputs)
        shapes = [tuple(x.shape) for x in inputs]
        _check_features(shapes, inputs)
        return KerasTensor(
            encoded_shape(shapes[0], self.output_mode, self.num_bins),
            dtype=self.compute_dtype,
            sparse=self.sparse,
        )


def _check_features(shapes, inputs):
    first = shapes[0]
    if len(first) > 2 or (len(first) == 2 and first[-1] != 1):
        raise ValueError(
            "All `HashedCrossing` inputs should have shape `()`, `(batch_size)` or `(batch_size, 1)`. "
            f"Received: inputs={inputs}"
        )
    if any(shape != first for shape in shapes[1:]):
        raise ValueError(f"All `HashedCrossing` inputs should have equal shape. Received: inputs={inputs}")
    for x in inputs:
        name = str(getattr(x, "dtype", "string")).removeprefix("torch.")
        if not (name in ("string", "object") or name.startswith(("int", "uint"))):
            raise ValueError(
                f"All `HashedCrossing` inputs should have an integer or string dtype. Received: inputs={inputs}"
            )


def _as_integers(x):
    if isinstance(x, np.ndarray):
        return fingerprints(as_texts(x))
    return to_numpy(x).ravel().astype(np.int64).astype(np.uint64)
