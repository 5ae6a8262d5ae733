"""Nadam."""

import torch

from kerastorch.optimizers.mirror import Mirror
from kerastorch.optimizers.optimizer import Optimizer


class Nadam(Optimizer):
    """Adam with Nesterov's momentum, whose weight rises with time.

    With `u(t) = beta_1 * (1 - 0.5 * 0.96**t)` and `U(t)` the product of all `u` so far, the mean of gradients
    that Adam uses becomes `u(t+1) * m / (1 - U(t+1)) + (1 - u(t)) * g / (1 - U(t))`.
    After https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        beta_1: What is kept of the mean of gradients at each step.
        beta_2: What is kept of the mean of squares at each step.
        epsilon: A small number against division by zero.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.Nadam(0.1).apply([torch.tensor([5.0])], [w])
    >>> w.numpy().round(3)
    array([0.894], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        **kwargs,
    ):
        super().__init__(
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
            **kwargs,
        )
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def slots(self):
        return [{"momentum": 0.0, "velocity": 0.0}]

    def build(self, var_list):
        super().build(var_list)
        self._product = Mirror(1.0, torch.float32, "u_product", f"{self.name}/u_product")
        self._variables.append(self._product.variable)

    def _weight(self, step):
        return self.beta_1 * (1 - 0.5 * 0.96**step)

    def _update_all(self, plan, grads, learning_rate, step):
        self._product.set(self._product.get() * self._weight(step))
        super()._update_all(plan, grads, learning_rate, step)

    def update(self, group, grads, learning_rate, step):
        means, squares = group.slots["momentum"], group.slots["velocity"]
        product = self._product.get()
        now, following = self._weight(step), self._weight(step + 1)
        torch._foreach_lerp_(means, grads, 1 - self.beta_1)
        torch._foreach_mul_(squares, self.beta_2)
        torch._foreach_addcmul_(squares, grads, grads, 1 - self.beta_2)
        ahead = torch._foreach_mul(means, following / (1 - product * following))
        torch._foreach_add_(ahead, grads, alpha=(1 - now) / (1 - product))
        roots = torch._foreach_div(squares, 1 - self.beta_2**step)
        torch._foreach_sqrt_(roots)
        torch._foreach_add_(roots, self.epsilon)
        torch._foreach_addcdiv_(group.variables, ahead, roots, -learning_rate)
