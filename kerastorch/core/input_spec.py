"""InputSpec: the rank, dtype and dimensions that a layer's input must have."""

from kerastorch.core import tree
from kerastorch.core.configurable import Configurable
from kerastorch.core.dtypes import standardize_dtype
from kerastorch.core.variable import standardize_shape


class InputSpec(Configurable):
    """Rank, dtype and dimensions of an input.

    Args:
        dtype: The expected dtype.
        shape: The expected shape, None for any size.
        ndim, max_ndim, min_ndim: The expected rank, or its bounds.
        axes: Dict of axis to expected size.
        allow_last_axis_squeeze: Whether a last axis of size 1 may be missing or added.
        name: The key of the input in a dict of inputs.
        optional: Whether None is accepted.

    >>> keras.layers.InputSpec(min_ndim=2, axes={-1: 3})
    InputSpec(min_ndim=2, axes={-1: 3})
    """

    keras_module = "keras"

    def __init__(
        self,
        dtype=None,
        shape=None,
        ndim=None,
        max_ndim=None,
        min_ndim=None,
        axes=None,
        allow_last_axis_squeeze=False,
        name=None,
        optional=False,
    ):
        self.dtype = standardize_dtype(dtype) if dtype is not None else None
        self.shape = standardize_shape(shape) if shape is not None else None
        self.ndim = len(self.shape) if shape is not None else ndim
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.name, self.optional, self.allow_last_axis_squeeze = name, optional, allow_last_axis_squeeze
        try:
            self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        except (ValueError, TypeError, AttributeError):
            raise TypeError(
                f"Argument `axes` must be a dict with integer keys. Received: axes={axes}"
            ) from None
        limit = self.ndim if self.ndim is not None else self.max_ndim
        if self.axes and limit is not None and max(self.axes) > limit - 1:
            raise ValueError(f"Axis {max(self.axes)} is greater than the maximum allowed value: {limit - 1}")

    def __repr__(self):
        values = {
            "dtype": self.dtype,
            "shape": self.shape,
            "ndim": self.ndim,
            "max_ndim": self.max_ndim,
            "min_ndim": self.min_ndim,
            "axes": self.axes,
        }
        shown = [f"{key}={value}" for key, value in values.items() if value]
        return f"InputSpec({', '.join(shown)})"


def check_inputs(specs, inputs, layer_name):
    """Raise a ValueError unless the inputs have the rank, dtype and dimensions that `specs` name."""
    specs = tree.flatten(specs)
    if isinstance(inputs, dict) and all(spec is not None and spec.name is not None for spec in specs):
        missing = [spec.name for spec in specs if not spec.optional and spec.name not in inputs]
        if missing:
            raise ValueError(
                f'Missing data for input "{missing[0]}". You passed a data dictionary with keys '
                f"{list(inputs)}. Expected the following keys: {[spec.name for spec in specs]}"
            )
        inputs = [inputs.get(spec.name) for spec in specs]
    inputs = tree.flatten(inputs)
    if len(inputs) != len(specs):
        raise ValueError(
            f'Layer "{layer_name}" expects {len(specs)} input(s), but it received {len(inputs)} input tensors. '
            f"Inputs received: {inputs}"
        )
    for index, (spec, x) in enumerate(zip(specs, inputs)):
        if spec is None or (x is None and spec.optional):
            continue
        if not hasattr(x, "shape"):
            raise ValueError(
                f"Inputs to a layer should be tensors. Got '{x}' (of type {type(x)}) as input for layer '{layer_name}'."
            )
        _check_one(
            spec,
            tuple(x.shape),
            x,
            f"Input {index} with name '{getattr(x, 'name', None)}' of layer '{layer_name}' is incompatible with the "
            "layer: ",
        )


def _check_one(spec, shape, x, prefix):
    ndim = len(shape)
    if spec.ndim is not None and ndim != spec.ndim and not spec.allow_last_axis_squeeze:
        raise ValueError(
            f"{prefix}expected ndim={spec.ndim}, found ndim={ndim}. Full shape received: {shape}"
        )
    if spec.max_ndim is not None and ndim > spec.max_ndim:
        raise ValueError(f"{prefix}expected max_ndim={spec.max_ndim}, found ndim={ndim}")
    if spec.min_ndim is not None and ndim < spec.min_ndim:
        raise ValueError(
            f"{prefix}expected min_ndim={spec.min_ndim}, found ndim={ndim}. Full shape received: {shape}"
        )
    if spec.dtype is not None and standardize_dtype(x.dtype) != spec.dtype:
        raise ValueError(f"{prefix}expected dtype={spec.dtype}, found dtype={standardize_dtype(x.dtype)}")
    for axis, size in spec.axes.items():
        if size is not None and shape[axis] not in (size, None):
            raise ValueError(
                f"{prefix}expected axis {axis} of input shape to have value {size}, "
                f"but received input with shape {shape}"
            )
    if spec.shape is not None:
        expected = spec.shape
        if spec.allow_last_axis_squeeze:
            shape = shape[:-1] if shape and shape[-1] == 1 else shape
            expected = expected[:-1] if expected and expected[-1] == 1 else expected
        if any(a != b for a, b in zip(expected, shape) if a is not None and b is not None):
            raise ValueError(f"{prefix}expected shape={spec.shape}, found shape={shape}")
