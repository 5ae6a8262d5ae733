"""Input: where a Functional model begins."""

import warnings

from kerastorch.core.dtypes import standardize_dtype
from kerastorch.core.keras_tensor import KerasTensor, Node
from kerastorch.core.layer import Layer
from kerastorch.core.settings import floatx
from kerastorch.core.variable import standardize_shape


class InputLayer(Layer):
    """The layer whose output is an input of a model.

    Args:
        shape: The shape without the batch; None is an unknown size.
        batch_size: The size of the batch, if it is fixed.
        dtype: The dtype, by default the default float type.
        sparse, ragged: Whether the input is a sparse or ragged tensor.
        batch_shape: The shape with the batch, instead of `shape` and `batch_size`.
        input_tensor: A KerasTensor to use instead of a new one.
        optional: Whether the model may be called with None in its place.
        name: The name of the layer.

    Raises ValueError without a shape, with two of them, or where `input_tensor` has another.

    >>> keras.layers.InputLayer(shape=(3,)).output.shape
    (None, 3)
    """

    config_exclude = ("shape", "batch_size", "input_tensor", "trainable", "activity_regularizer", "autocast")

    def __init__(
        self,
        shape=None,
        batch_size=None,
        dtype=None,
        sparse=None,
        ragged=None,
        batch_shape=None,
        input_tensor=None,
        optional=False,
        name=None,
        **kwargs,
    ):
        if "input_shape" in kwargs:
            warnings.warn("Argument `input_shape` is deprecated. Use `shape` instead.", stacklevel=2)
            shape = kwargs.pop("input_shape")
        if "batch_input_shape" in kwargs:
            batch_shape = kwargs.pop("batch_input_shape")
        super().__init__(name=name, dtype=_input_dtype(dtype, input_tensor))
        if input_tensor is not None and not isinstance(input_tensor, KerasTensor):
            raise ValueError(
                "Argument `input_tensor` must be a KerasTensor. Received invalid type: "
                f"input_tensor={input_tensor} "
                f"(of type {type(input_tensor)})"
            )
        if sparse and ragged:
            raise ValueError("`sparse` and `ragged` cannot both be True.")
        if input_tensor is not None:
            _check_tensor(input_tensor, batch_size=batch_size, dtype=dtype, sparse=sparse, ragged=ragged)
        self.batch_shape = _batch_shape(shape, batch_size, batch_shape, input_tensor)
        self.sparse, self.ragged, self.optional = bool(sparse), bool(ragged), bool(optional)
        self._dtype = _input_dtype(dtype, input_tensor)
        self.built = True
        output = (
            input_tensor
            if input_tensor is not None
            else KerasTensor(self.batch_shape, self._dtype, sparse=sparse, ragged=ragged, name=name)
        )
        Node(self, outputs=output)

    def call(self):
        """Return nothing: the values come from whoever calls the model."""

    @property
    def dtype(self):
        """The dtype of the input."""
        return self._dtype

    def _config_value(self, name):
        return self._dtype if name == "dtype" else super()._config_value(name)


def Input(
    shape=None,
    batch_size=None,
    dtype=None,
    sparse=None,
    ragged=None,
    batch_shape=None,
    name=None,
    tensor=None,
    optional=False,
):
    """Return a symbolic tensor, the input of a Functional model.

    Args:
        shape: The shape without the batch; None is an unknown size.
        batch_size: The size of the batch, if it is fixed.
        dtype: The dtype, by default the default float type.
        sparse, ragged: Whether the input is a sparse or ragged tensor.
        batch_shape: The shape with the batch, instead of `shape` and `batch_size`.
        name: The name of the input.
        tensor: A KerasTensor to use instead of a new one.
        optional: Whether the model may be called with None in its place.

    >>> x = keras.Input((3,))
    >>> keras.layers.Dense(2)(x).shape
    (None, 2)
    """
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        name=name,
        input_tensor=tensor,
        optional=optional,
    )
    return layer.output


def _input_dtype(dtype, tensor):
    if dtype is None:
        return floatx() if tensor is None or not hasattr(tensor, "dtype") else standardize_dtype(tensor.dtype)
    return standardize_dtype(dtype)


def _check_tensor(tensor, **given):
    """Raise a ValueError where a given argument is not what the tensor has."""
    values = {"batch_size": tensor.shape[0], **{k: getattr(tensor, k) for k in given if k != "batch_size"}}
    for name, value in given.items():
        if value is None:
            continue
        known = standardize_dtype(value) if name == "dtype" else value
        if known != (bool(values[name]) if name in ("sparse", "ragged") else values[name]):
            raise ValueError(
                f"When passing `input_tensor`, you cannot provide an incompatible `{name}`. "
                f"Received: {name}={value}, input_tensor={tensor}"
            )


def _batch_shape(shape, batch_size, batch_shape, tensor):
    if shape is not None and batch_shape is not None:
        raise ValueError("You cannot pass both `shape` and `batch_shape` at the same time.")
    if batch_size is not None and batch_shape is not None:
        raise ValueError("You cannot pass both `batch_size` and `batch_shape` at the same time.")
    if tensor is not None:
        given = batch_shape if shape is None else (batch_size, *standardize_shape(shape))
        if given is not None and standardize_shape(given) != tensor.shape:
            name = "batch_shape" if shape is None else "shape"
            raise ValueError(
                f"When passing `input_tensor`, you cannot provide an incompatible `{name}`. "
                f"Received: {name}={batch_shape if shape is None else shape}, input_tensor={tensor}"
            )
        return tensor.shape
    if batch_shape is not None:
        return standardize_shape(batch_shape)
    if shape is None:
        raise ValueError("You must pass a `shape` argument.")
    return (batch_size, *standardize_shape(shape))
