"""TimeDistributed: a layer on every time step."""

import torch

from kerastorch.core import registry
from kerastorch.core.layer import Layer
from kerastorch.layers.wrappers.wrapper import Wrapper


class TimeDistributed(Wrapper):
    """Apply a layer to every time step of an input (B, T, ...).

    The time steps are computed together, as one large batch. One after the other they are computed only where that
    could make a difference: with batch normalization in training, and with layers that are not the library's own.

    Args:
        layer: The layer.

    Raises ValueError for an input of fewer than 3 axes, or a mask that does not begin with the axes of batch
    and time.

    >>> layer = keras.layers.TimeDistributed(keras.layers.Dense(8))
    >>> layer(np.ones((2, 10, 16, 16, 3))).shape
    torch.Size([2, 10, 16, 16, 8])
    """

    def __init__(self, layer, **kwargs):
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def _step_shape(self, shape):
        if not isinstance(shape, (tuple, list)) or len(shape) < 3:
            raise ValueError(
                f"`TimeDistributed` layer '{self.name}' needs an input with at least 3 dimensions "
                f"(batch, time, ...). Received: input_shape={shape}"
            )
        return (shape[0], *shape[2:])

    def build(self, input_shape):
        super().build(self._step_shape(input_shape))

    def compute_output_shape(self, input_shape):
        output = self.layer.compute_output_shape(self._step_shape(input_shape))
        return (output[0], input_shape[1], *output[1:])

    def call(self, inputs, training=None, mask=None):
        if mask is not None and (mask.ndim < 2 or tuple(mask.shape[:2]) != tuple(inputs.shape[:2])):
            raise ValueError(
                f"The `mask` passed to the `TimeDistributed` layer has a shape {tuple(mask.shape)} that does not "
                f"start with the batch and time axes of the input. Received by layer '{self.name}': "
                f"inputs.shape={tuple(inputs.shape)}"
            )
        if not self.layer._call_takes_mask:
            mask = None
        if self._joins_steps(training):
            outputs = self._run_layer(
                inputs.flatten(0, 1), training, None if mask is None else mask.flatten(0, 1)
            )
            return outputs.unflatten(0, inputs.shape[:2])
        masks = [None] * inputs.shape[1] if mask is None else mask.unbind(1)
        steps = zip(inputs.unbind(1), masks)
        return torch.stack([self._run_layer(x, training, step_mask) for x, step_mask in steps], 1)

    def _run_layer(self, inputs, training, mask):
        keywords = {} if mask is None else {"mask": mask}
        if self.layer._takes_training:
            keywords["training"] = training
        return self.layer(inputs, **keywords)

    def _joins_steps(self, training):
        """Tell whether each sample's output depends on that sample alone."""
        return all(_is_per_sample(module, training) for module in self.layer.modules())


def _is_per_sample(module, training):
    if not isinstance(module, Layer):
        return type(module).__module__.startswith(("torch.nn", "kerastorch.core")) and not isinstance(
            module, torch.nn.modules.batchnorm._NormBase
        )
    return (
        registry.is_library(type(module).__module__)
        and not getattr(module, "stateful", False)
        and not (training and type(module).__name__ in ("BatchNormalization", "SpectralNormalization"))
        and type(module).__name__ != "Lambda"
    )
