"""Checks of constructor arguments and input shapes that many layers share."""

import numbers


def positive_int(name, value):
    """Return `value` as an int, or raise a ValueError unless it is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value <= 0:
        raise ValueError(
            f"Received an invalid value for argument `{name}`: `{name}` must be a positive integer. "
            f"Received: {name}={value!r}"
        )
    return int(value)


def last_size(layer, shape):
    """Return the size of the last axis of an input shape, or raise a ValueError that names the layer."""
    return axis_size(layer, shape, -1)


def axis_size(layer, shape, axis):
    """Return the size of an axis of an input shape, or raise a ValueError that names the layer."""
    if not shape or not -len(shape) <= axis < len(shape):
        raise ValueError(
            f"Layer '{layer.name}' ({type(layer).__name__}) needs an input with axis {axis}. "
            f"Received: input_shape={shape}"
        )
    if shape[axis] is None:
        raise ValueError(
            f"Layer '{layer.name}' ({type(layer).__name__}) makes its weights from the size of axis {axis}, so the "
            "input tensor should have a defined dimension but the layer received an input with shape "
            f"{tuple(shape)}."
        )
    return shape[axis]


def check_rate(rate):
    """Raise a ValueError unless `rate` is a number from 0 to 1."""
    if isinstance(rate, bool) or not isinstance(rate, numbers.Real) or not 0 <= rate <= 1:
        raise ValueError(
            "Invalid value received for argument `rate`. Expected a float value between 0 and 1. "
            f"Received: rate={rate!r}"
        )
    return rate
