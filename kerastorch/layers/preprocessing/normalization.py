"""Normalization."""

import itertools
import math

import numpy as np
import torch

from kerastorch.core import edge, settings
from kerastorch.core.edge import as_tensor
from kerastorch.layers.preprocessing.preparing import PreparingLayer


class Normalization(PreparingLayer):
    """(inputs - mean) / max(sqrt(variance), epsilon), with a mean and variance that `adapt` learns or that are given.

    Args:
        axis: The axis, or axes, each position of which has a mean and variance of its own; None for a single one.
        mean: The mean, to be broadcast over the axes; with `variance`, nothing is learned.
        variance: The variance.
        invert: Whether to compute mean + inputs * max(sqrt(variance), epsilon).

    >>> layer = keras.layers.Normalization(axis=-1)
    >>> layer.adapt(np.array([[0.0, 7.0, 4.0], [2.0, 9.0, 6.0], [0.0, 7.0, 4.0], [2.0, 9.0, 6.0]], "float32"))
    >>> layer(np.array([[0.0, 7.0, 4.0]], "float32"))
    tensor([[-1., -1., -1.]])
    """

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        self.input_mean, self.input_variance, self.invert = mean, variance, invert
        self.supports_masking = True
        self.mean = self.variance = self._build_input_shape = None
        if (mean is not None) != (variance is not None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. "
                f"Received: mean={mean} and variance={variance}"
            )
        if mean is None:
            return
        shape, other = np.shape(mean), np.shape(variance)
        if shape != other:
            raise ValueError(
                "When setting values directly, `mean` and `variance` must have the same shape. "
                f"Received: mean shape {shape} and variance shape {other}"
            )
        if len(shape) > len(self.axis):
            raise ValueError(
                f"The rank of `mean` must be less than or equal to the number of axes ({len(self.axis)}). "
                f"Received: mean shape {shape} for axis {self.axis}"
            )

    def build(self, input_shape):
        if input_shape is None:
            return
        ndim = len(input_shape)
        if any(axis < -ndim or axis >= ndim for axis in self.axis):
            raise ValueError(
                "All `axis` values must be in the range [-ndim, ndim). "
                f"Received inputs with ndim={ndim}, while axis={self.axis}"
            )
        self._build_input_shape = input_shape
        self._keep_axis = tuple(sorted(axis % ndim for axis in self.axis))
        for axis in self._keep_axis:
            if input_shape[axis] is None:
                raise ValueError(
                    "All `axis` values to be kept must have a known shape. "
                    f"Received axis={self.axis}, inputs.shape={input_shape}, with unknown axis at index {axis}"
                )
        self._reduce_axis = tuple(axis for axis in range(ndim) if axis not in self._keep_axis)
        self._broadcast_shape = [input_shape[d] if d in self._keep_axis else 1 for d in range(ndim)]
        if self.input_mean is not None:
            self.mean, self.variance = self._given(self.input_mean), self._given(self.input_variance)
            return
        shape = tuple(input_shape[axis] for axis in self._keep_axis)
        self.adapt_mean = self.add_weight(name="mean", shape=shape, initializer="zeros", trainable=False)
        self.adapt_variance = self.add_weight(
            name="variance", shape=shape, initializer="ones", trainable=False
        )
        self.count = self.add_weight(
            name="count", shape=(), dtype="int", initializer="zeros", trainable=False
        )  # has no use but its place in files
        self.built = True
        self.finalize_state()

    def _given(self, value):
        """A mean or variance that was passed, in the shape of the kept axes, the rightmost aligned."""
        value = as_tensor(value, self.compute_dtype)
        shape = [1] * len(self._broadcast_shape)
        for place, size in zip(reversed(self._keep_axis), reversed(value.shape)):
            shape[place] = size
        return value.reshape(shape).broadcast_to(self._broadcast_shape)

    # ------------------------------------------------------------------ adapt
    def adapt(self, data):
        """Learn the mean and variance.

        Args:
            data: An array, a tensor, or something that yields batches (`x`, or tuples that begin with it): a dataset,
                a `PyDataset`, a `DataLoader`, a generator, a list of arrays.
        """
        if hasattr(data, "iloc"):
            data = data.to_numpy()
        if isinstance(data, np.ndarray) or edge.is_tensor(data):
            data = edge.unwrap(data)
            self._prepare(tuple(data.shape))
            mean, variance = self._moments(data)
        else:
            shape, batches = _batches(data)
            self._prepare(shape)
            mean, variance = self._accumulated(batches)
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(variance)
        self.finalize_state()

    def _prepare(self, shape):
        if not self.built:
            self.build(shape)
        elif any(shape[axis] != self._build_input_shape[axis] for axis in self._keep_axis):
            raise ValueError(
                f"The layer was built with input_shape={self._build_input_shape}, but adapt() is being called with "
                f"data with an incompatible shape, data.shape={shape}"
            )
        if self.input_mean is not None:
            raise ValueError(
                "Cannot `adapt` a Normalization layer that is initialized with static `mean` and `variance`, you "
                f"passed mean {self.input_mean} and variance {self.input_variance}."
            )

    def _moments(self, data):
        if isinstance(data, np.ndarray):
            return np.mean(data, axis=self._reduce_axis), np.var(data, axis=self._reduce_axis)
        data = data.detach()
        data = data if data.is_floating_point() else data.to(self._torch_dtype)
        if not self._reduce_axis:
            return data, torch.zeros_like(data)
        variance, mean = torch.var_mean(data, self._reduce_axis, correction=0)
        return mean, variance

    def _accumulated(self, batches):
        """The mean and variance of all batches, from those of each."""
        total_mean = total_variance = 0.0
        count = 0
        for batch in batches:
            batch = as_tensor(batch, self.compute_dtype)
            if any(batch.shape[axis] != self._build_input_shape[axis] for axis in self._keep_axis):
                raise ValueError(
                    f"adapt() yielded a batch with incompatible shape. Expected {self._build_input_shape}, got "
                    f"{tuple(batch.shape)}."
                )
            mean, variance = self._moments(batch)
            size = math.prod(batch.shape[axis] for axis in self._reduce_axis)
            count += size
            share = size / count
            new_mean = total_mean * (1.0 - share) + mean * share
            # https://en.wikipedia.org/wiki/Lack-of-fit_sum_of_squares
            total_variance = (total_variance + (total_mean - new_mean) ** 2) * (1.0 - share) + (
                variance + (mean - new_mean) ** 2
            ) * share
            total_mean = new_mean
        return total_mean, total_variance

    def finalize_state(self):
        """Take what was learned into use."""
        if self.input_mean is not None or not self.built:
            return
        self.mean = self.adapt_mean.detach().reshape(self._broadcast_shape).to(self._torch_dtype)
        self.variance = self.adapt_variance.detach().reshape(self._broadcast_shape).to(self._torch_dtype)

    # ------------------------------------------------------------------ call
    def call(self, inputs):
        x = inputs if inputs.dtype is self._torch_dtype else inputs.to(self._torch_dtype)
        mean, deviation = self.mean, self.variance.sqrt().clamp(min=settings.epsilon())
        if mean.device != x.device:
            mean, deviation = mean.to(x.device), deviation.to(x.device)
        return mean + x * deviation if self.invert else (x - mean) / deviation

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for the shape of the input."""
        return input_shape

    def _config_value(self, name):
        if name in ("mean", "variance"):
            return np.array(getattr(self, f"input_{name}")).tolist()
        return super()._config_value(name)

    def load_own_variables(self, store):
        """Read what was learned."""
        super().load_own_variables(store)
        self.finalize_state()

    def get_build_config(self):
        """Return the shape that the layer was built for."""
        return {"input_shape": self._build_input_shape} if self._build_input_shape else None


def _batches(data):
    """Return the shape of a batch of what was passed to `adapt`, and an iterator over all batches."""
    if hasattr(data, "element_spec"):
        spec = data.element_spec
        spec = spec[0] if isinstance(spec, tuple) else spec
        shape = tuple(spec.shape)
        if shape == (None,):  # batches of single numbers
            data = (_inputs_of(batch)[:, None] for batch in data)
        elif len(shape) == 1:
            data = data.batch(128)
    if hasattr(data, "__getitem__") and hasattr(data, "num_batches"):
        data = map(data.__getitem__, range(data.num_batches))  # without its endless passes
    if not hasattr(data, "__iter__"):
        raise TypeError(
            f"Unsupported data type: {type(data)}. `adapt` supports arrays, tensors, datasets, `keras.utils.PyDataset`"
            ", and iterables of batches (e.g. list, generator)."
        )
    batches = map(_inputs_of, data)
    first = next(batches, None)
    if first is None:
        raise ValueError(
            "adapt() received an empty iterable (no batches). Expected at least one batch. Pass a non-empty iterable "
            "of arrays or tensors, e.g. layer.adapt([x]) or layer.adapt(list_of_batches)."
        )
    if not hasattr(first, "shape"):
        raise TypeError(
            "adapt() expects an iterable that yields arrays or tensors with a `.shape` attribute (e.g. numpy arrays "
            f"or tensors). Got an element of type {type(first).__name__}. Ensure each yielded element is array-like "
            "with a `.shape` attribute."
        )
    return tuple(first.shape), itertools.chain([first], batches)


def _inputs_of(batch):
    if isinstance(batch, tuple) or (isinstance(batch, list) and batch and hasattr(batch[0], "shape")):
        return batch[0]
    return batch
