"""Add, Subtract, Multiply, Average, Maximum, Minimum: several tensors into one, element by element."""

import functools

import torch

from kerastorch import ops
from kerastorch.core.call import get_mask
from kerastorch.core.layer import Layer


class Merge(Layer):
    """A layer of a list of tensors that broadcast; those of lower rank get axes of size 1 after the batch."""

    creates_mask = False

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        if not isinstance(input_shape, list) or not isinstance(input_shape[0], (tuple, list)):
            raise ValueError(
                "A merge layer should be called on a list of inputs. "
                f"Received: input_shape={input_shape} (not a list of shapes)"
            )
        batches = {shape[0] for shape in input_shape if shape} - {None}
        if len(batches) > 1:
            raise ValueError(
                "Cannot merge tensors with different batch sizes. "
                f"Received tensors with shapes {[tuple(shape) for shape in input_shape]}"
            )
        functools.reduce(_broadcast_shapes, (tuple(shape[1:]) for shape in input_shape))

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(f"A merge layer should be called on a list of inputs. Received: inputs={inputs}")
        masks = [get_mask(x) for x in inputs]
        rank = max(x.ndim for x in inputs)
        return self._merge([_with_rank(x, rank) for x in inputs], masks)

    def _merge(self, inputs, masks):
        raise NotImplementedError(f"{type(self).__name__} must define `_merge(inputs, masks)`.")

    def compute_mask(self, inputs, mask=None):
        if mask is None:
            return None
        check_masks(inputs, mask)
        return None if any(m is None for m in mask) else functools.reduce(ops.logical_or, mask)


def check_masks(inputs, mask):
    """Raise a ValueError unless inputs and masks are lists of one length."""
    if not isinstance(mask, (list, tuple)):
        raise ValueError(f"`mask` should be a list. Received: mask={mask}")
    if not isinstance(inputs, (list, tuple)):
        raise ValueError(f"`inputs` should be a list. Received: inputs={inputs}")
    if len(mask) != len(inputs):
        raise ValueError(
            "The lists `inputs` and `mask` should have the same length. "
            f"Received: {len(inputs)} inputs and {len(mask)} masks"
        )


def _broadcast_shapes(a, b):
    if len(a) < len(b):
        a, b = b, a
    result = list(a[: len(a) - len(b)])
    for m, n in zip(a[len(a) - len(b) :], b):
        if m is None or n is None:
            result.append(None)
        elif 1 in (m, n) or m == n:
            result.append(max(m, n) if 0 not in (m, n) else 0)
        else:
            raise ValueError(f"Inputs have incompatible shapes. Received shapes {a} and {b}")
    return tuple(result)


def _with_rank(x, rank):
    return x if x.ndim == rank else x[(slice(None), *(None,) * (rank - x.ndim))]


def _of_features(mask, x):
    """Return a mask of steps with an axis of size 1 for the features."""
    return mask if mask.ndim == x.ndim else mask.unsqueeze(-1)


class Add(Merge):
    """The sum of the inputs.

    Shapes: tensors that broadcast, of which those of lower rank get axes of size 1 after the batch. Raises
    ValueError for a single tensor, different batches, or shapes that do not broadcast.

    >>> keras.layers.Add()([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[3.]])
    """

    def _merge(self, inputs, masks):
        return functools.reduce(torch.add, inputs)


class Subtract(Merge):
    """The first of two inputs minus the second.

    Shapes: tensors that broadcast, of which those of lower rank get axes of size 1 after the batch. Raises
    ValueError unless there are two inputs whose shapes broadcast.

    >>> keras.layers.Subtract()([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[-1.]])
    """

    def build(self, input_shape):
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError(
                "A `Subtract` layer should be called on exactly 2 inputs. Received: "
                f"input_shape={input_shape}"
            )

    def _merge(self, inputs, masks):
        if len(inputs) != 2:
            raise ValueError(
                f"A `Subtract` layer should be called on exactly 2 inputs. Received: {len(inputs)} inputs"
            )
        return inputs[0] - inputs[1]


class Multiply(Merge):
    """The product of the inputs; a masked step counts as 1, and as 0 where all inputs are masked.

    Shapes: tensors that broadcast, of which those of lower rank get axes of size 1 after the batch. Raises
    ValueError for a single tensor, different batches, or shapes that do not broadcast.

    >>> keras.layers.Multiply()([torch.tensor([[2.0]]), torch.tensor([[3.0]])])
    tensor([[6.]])
    """

    def _merge(self, inputs, masks):
        pairs = list(zip(inputs, masks))
        inputs = [x if m is None else torch.where(_of_features(m, x), x, 1) for x, m in pairs]
        output = functools.reduce(torch.mul, inputs)
        if any(m is None for m in masks):
            return output
        kept = functools.reduce(torch.logical_or, [_of_features(m, x) for x, m in pairs])
        return torch.where(kept, output, 0)


class Average(Merge):
    """The mean of the inputs.

    Shapes: tensors that broadcast, of which those of lower rank get axes of size 1 after the batch. Raises
    ValueError for a single tensor, different batches, or shapes that do not broadcast.

    >>> keras.layers.Average()([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[1.5000]])
    """

    def _merge(self, inputs, masks):
        return functools.reduce(torch.add, inputs) / len(inputs)


class _Extremum(Merge):
    """Maximum or minimum; a masked step does not count, unless all inputs are masked."""

    function: object

    def _merge(self, inputs, masks):
        output, kept = None, None
        for x, mask in zip(inputs, masks):
            mask = None if mask is None else _of_features(mask, x).expand(x.shape)
            if output is None:
                output, kept = x, mask
                continue
            if mask is not None:
                x = torch.where(mask, x, output)
            if kept is not None:
                output = torch.where(kept, output, x)
            kept = None if mask is None or kept is None else kept | mask
            output = type(self).function(output, x)
        return output


class Maximum(_Extremum):
    """The element-by-element maximum of the inputs.

    Shapes: tensors that broadcast, of which those of lower rank get axes of size 1 after the batch. Raises
    ValueError for a single tensor, different batches, or shapes that do not broadcast.

    >>> keras.layers.Maximum()([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[2.]])
    """

    function = staticmethod(torch.maximum)


class Minimum(_Extremum):
    """The element-by-element minimum of the inputs.

    Shapes: tensors that broadcast, of which those of lower rank get axes of size 1 after the batch. Raises
    ValueError for a single tensor, different batches, or shapes that do not broadcast.

    >>> keras.layers.Minimum()([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[1.]])
    """

    function = staticmethod(torch.minimum)


def add(inputs, **kwargs):
    """Return the sum of a list of tensors, as the layer `Add` gives it.

    >>> keras.layers.add([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[3.]])
    """
    return Add(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """Return the first of two tensors minus the second, as the layer `Subtract` gives it.

    >>> keras.layers.subtract([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[-1.]])
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """Return the product of a list of tensors, as the layer `Multiply` gives it.

    >>> keras.layers.multiply([torch.tensor([[2.0]]), torch.tensor([[3.0]])])
    tensor([[6.]])
    """
    return Multiply(**kwargs)(inputs)


def average(inputs, **kwargs):
    """Return the mean of a list of tensors, as the layer `Average` gives it.

    >>> keras.layers.average([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[1.5000]])
    """
    return Average(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    """Return the maximum of a list of tensors, as the layer `Maximum` gives it.

    >>> keras.layers.maximum([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[2.]])
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """Return the minimum of a list of tensors, as the layer `Minimum` gives it.

    >>> keras.layers.minimum([torch.tensor([[1.0]]), torch.tensor([[2.0]])])
    tensor([[1.]])
    """
    return Minimum(**kwargs)(inputs)
