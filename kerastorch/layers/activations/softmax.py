"""Softmax."""

from kerastorch import activations
from kerastorch.core.layer import Layer


class Softmax(Layer):
    """exp(x) / sum(exp(x)) along `axis`.

    Args:
        axis: An axis or several, taken together.

    The call takes a `mask`: positions where it is False get 0.

    Shapes: any, and the same. Raises ValueError for a mask that does not broadcast to the input.

    >>> keras.layers.Softmax()(np.zeros((1, 3), "float32"), mask=np.array([[True, False, True]]))
    tensor([[0.5000, 0.0000, 0.5000]])
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.supports_masking = True

    def call(self, inputs, mask=None):
        axis = self.axis
        if isinstance(axis, (list, tuple)) and len(axis) == 1:
            axis = axis[0]
        if mask is None:
            return activations.softmax.fn(inputs, axis)
        _check_mask(mask, inputs)
        mask = mask.bool()
        lowest = -3e4 if inputs.element_size() == 2 else -1e9
        return activations.softmax.fn(inputs.masked_fill(~mask, lowest), axis) * mask.to(inputs.dtype)


def _check_mask(mask, inputs):
    if mask.ndim > inputs.ndim:
        raise ValueError(
            "The mask must not have more dimensions than the inputs. "
            f"Received: mask.shape={tuple(mask.shape)}, inputs.shape={tuple(inputs.shape)}"
        )
    sizes = inputs.shape[inputs.ndim - mask.ndim :]
    if any(size not in (1, wanted) for size, wanted in zip(mask.shape, sizes)):
        raise ValueError(
            "The mask must be broadcastable to the shape of the inputs. "
            f"Received: mask.shape={tuple(mask.shape)}, inputs.shape={tuple(inputs.shape)}"
        )
