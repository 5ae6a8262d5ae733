"""Loss scaling for float16."""

import torch

from kerastorch.core import edge
from kerastorch.core.registry import deserialize_keras_object
from kerastorch.optimizers.mirror import Mirror
from kerastorch.optimizers.optimizer import Optimizer

_OF_INNER = {  # arguments of every optimizer that this one leaves to the inner one
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


class LossScaleOptimizer(Optimizer):
    """Trains with a scaled loss, so that small gradients survive in float16.

    The loss is multiplied by a scale and the gradients divided by it. Where a gradient is not finite the step
    is left out and the scale halved; after `dynamic_growth_steps` steps in a row that were taken, it is
    doubled.

    Args:
        inner_optimizer: The optimizer that takes the steps.
        initial_scale: The first scale.
        dynamic_growth_steps: After how many good steps the scale grows.
        name: The name, by default made from the class.

    >>> optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), initial_scale=8.0)
    >>> w = keras.Variable([1.0])
    >>> optimizer.build([w])
    >>> optimizer.scale_loss(torch.tensor(2.0))
    tensor(16.)
    >>> optimizer.apply([torch.tensor([8.0])])
    >>> w.numpy().round(3)
    array([0.5], dtype=float32)
    """

    def __init__(
        self,
        inner_optimizer,
        initial_scale=2.0**15,
        dynamic_growth_steps=2000,
        name=None,
        **kwargs,
    ):
        if not kwargs.pop("dynamic", True):
            raise ValueError(
                "LossScaleOptimizer does not support `dynamic=False`. For a fixed scale, set `loss_scale_factor` on "
                "the optimizer itself."
            )
        if not isinstance(inner_optimizer, Optimizer):
            raise ValueError(
                f"`inner_optimizer` must be an `Optimizer`. Received: inner_optimizer={inner_optimizer}"
            )
        for key, default in _OF_INNER.items():
            if kwargs.pop(key, default) not in (default, None):
                raise ValueError(
                    f"LossScaleOptimizer does not take `{key}`. Set it on the `inner_optimizer` instead."
                )
        if kwargs:
            raise ValueError(
                f"LossScaleOptimizer received unexpected arguments: {', '.join(f'`{key}`' for key in kwargs)}"
            )
        super().__init__(learning_rate=0.0, name=name)
        self.inner_optimizer = inner_optimizer
        inner_optimizer.loss_scale_factor = None  # this one divides the gradients
        self.initial_scale, self.dynamic_growth_steps = initial_scale, dynamic_growth_steps
        self._good_steps = self._scale = None

    def build(self, var_list):
        if self._scale is None:
            self._good_steps = Mirror(0, torch.int64, "step_counter", f"{self.name}/step_counter")
            self._scale = Mirror(
                self.initial_scale, torch.float32, "dynamic_scale", f"{self.name}/dynamic_scale"
            )
            self._variables += [self._good_steps.variable, self._scale.variable]
        self.inner_optimizer.build(var_list)
        self._trainable_variables = list(var_list)
        self.built = True

    @property
    def dynamic_scale(self):
        """The scale, as a Variable, once built."""
        return None if self._scale is None else self._scale.variable

    @property
    def step_counter(self):
        """How many steps in a row were taken since the scale last changed, as a Variable, once built."""
        return None if self._good_steps is None else self._good_steps.variable

    @property
    def variables(self):
        """The state, and that of the inner optimizer."""
        return [*self._variables, *self.inner_optimizer.variables]

    def scale_loss(self, loss):
        """Return the loss times the scale."""
        return loss * (self._scale.get() if self._scale is not None else self.initial_scale)

    def apply(self, grads, trainable_variables=None):
        """Take a step with the gradients divided by the scale, if all of them are finite."""
        if not self.built:
            if trainable_variables is None:
                raise ValueError(
                    "When passing `grads` without `variables`, the optimizer must already be built on a list "
                    "of "
                    "variables. Call `optimizer.build(trainable_variables)` first."
                )
            self.build(trainable_variables)
        variables = self._trainable_variables if trainable_variables is None else list(trainable_variables)
        grads = [None if g is None else edge.as_tensor(g) for g in grads]
        with torch.no_grad():
            if self.check_finite(grads):
                inverse = 1.0 / self._scale.get()
                grads = [
                    g if g is None or getattr(v, "overwrite_with_gradient", False) else g * inverse
                    for g, v in zip(grads, variables)
                ]
                self.inner_optimizer.apply(grads, variables)
                self._after_good_step()
            else:
                self._good_steps.set(0)
                self._scale.set(self._scale.get() / 2)
            self._clock.set(self._clock.get() + 1)

    def _after_good_step(self):
        if self._good_steps.get() + 1 < self.dynamic_growth_steps:
            self._good_steps.set(self._good_steps.get() + 1)
        else:
            self._good_steps.set(0)
            self._scale.set(self._scale.get() * 2)

    def check_finite(self, grads):
        """Tell whether every number in a list of gradients is finite."""
        grads = [g for g in grads if g is not None]
        if not grads:
            return True
        # inf * 0 and nan * 0 are nan, and the norms of finite numbers in float32 may overflow
        sums = torch._foreach_norm([g.float() for g in torch._foreach_mul(grads, 0.0)])
        return bool((torch.stack([s.to(sums[0].device) for s in sums]) == 0).all())

    @property
    def learning_rate(self):
        """The learning rate of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        self.inner_optimizer.learning_rate = learning_rate

    @property
    def iterations(self):
        """How many updates the inner optimizer made."""
        return self.inner_optimizer.iterations

    def save_own_variables(self, store):
        """Write the state into a dict-like store."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = edge.to_numpy(variable).copy()

    def load_own_variables(self, store):
        """Read the state from a store."""
        self._load(self.variables, store)

    def set_weights(self, weights):
        """Set all of `variables` from a list of arrays."""
        self._set(self.variables, weights)

    def finalize_variable_values(self, var_list):
        """Set the variables to their moving averages, if the inner optimizer keeps them."""
        self.inner_optimizer.finalize_variable_values(var_list)

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Exempt variables from the inner optimizer's weight decay."""
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    @property
    def use_ema(self):
        """Whether the inner optimizer keeps moving averages."""
        return self.__dict__["inner_optimizer"].use_ema if "inner_optimizer" in self.__dict__ else False

    @use_ema.setter
    def use_ema(self, value):
        if value:
            raise ValueError("Set `use_ema` on the inner optimizer.")

    def get_config(self):
        """Return the arguments that rebuild this object, ready for JSON."""
        config = super().get_config()
        return {
            key: config[key] for key in ("name", "inner_optimizer", "initial_scale", "dynamic_growth_steps")
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Return a new optimizer from what `get_config` gave."""
        config = dict(config)
        inner = deserialize_keras_object(config.pop("inner_optimizer"), custom_objects=custom_objects)
        return cls(inner, **config)
