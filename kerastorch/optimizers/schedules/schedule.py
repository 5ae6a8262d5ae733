"""LearningRateSchedule: a learning rate that depends on the step."""

import numpy as np
import torch

from kerastorch.core import edge
from kerastorch.core.configurable import Configurable
from kerastorch.core.registry import deserialize_keras_object


class LearningRateSchedule(Configurable):
    """Base of learning-rate schedules: a user's schedule overrides `__call__(step)` and `get_config`.

    The library's own override `value(step)`, which works on Python numbers: an optimizer asks for it at every
    step, and nothing waits for the device.

    >>> class Halving(keras.optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 * 0.5**step
    >>> float(keras.optimizers.SGD(Halving()).learning_rate)
    0.10000000149011612
    """

    def value(self, step):
        """Return the learning rate at a step, both Python numbers."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
        )

    def __call__(self, step):
        """Return the learning rate at a step, or at each of several, as a tensor."""
        steps = edge.to_numpy(step)
        if steps.ndim == 0:
            result = edge.as_tensor(self.value(steps.item()))
        else:
            result = edge.as_tensor(
                np.array([self.value(s) for s in steps.ravel().tolist()]).reshape(steps.shape), "float32"
            )
        return result if isinstance(step, torch.Tensor) or not edge.border.active else edge.wrap(result)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "__call__" in cls.__dict__:
            cls._is_users = True

    _is_users = False

    def _at(self, count, iterations):
        """Return the learning rate as a Python number, after `count` steps; a user's schedule gets a tensor."""
        if self._is_users:
            return float(edge.call_user(self, iterations.detach()))
        return float(self.value(count))

    @classmethod
    def _rebuild(cls, config, custom_objects=None):
        return deserialize_keras_object(config, custom_objects=custom_objects)
