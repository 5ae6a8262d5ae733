"""Schedule-free AdamW."""

import math

import torch

from kerastorch.optimizers.optimizer import Optimizer


class ScheduleFreeAdamW(Optimizer):
    """Adam's steps on a point of their own, of whose path the weights are the mean: no schedule is needed.

    With Adam's mean of squares `v_hat`: `z -= lr * g / (sqrt(v_hat) + epsilon)`, then `w += (z - w) / t`.
    After https://arxiv.org/abs/2405.15682.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        beta_1: Kept for the config; the weights are the mean itself.
        beta_2: What is kept of the mean of squares at each step.
        epsilon: A small number against division by zero.
        warmup_steps: Over how many steps the learning rate rises to its value.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.ScheduleFreeAdamW(0.1).apply([torch.tensor([5.0])], [w])
    >>> w.numpy().round(3)
    array([0.9], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.0025,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        warmup_steps=0,
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
        self.beta_1, self.beta_2, self.epsilon, self.warmup_steps = beta_1, beta_2, epsilon, warmup_steps

    def slots(self):
        return [{"momentum": 0.0, "velocity": 0.0}]

    def build(self, var_list):
        super().build(var_list)
        with torch.no_grad():
            for point, variable in zip(self._slots["momentum"], self._trainable_variables):
                point.copy_(variable)

    def update(self, group, grads, learning_rate, step):
        points, squares = group.slots["momentum"], group.slots["velocity"]
        if self.warmup_steps:
            learning_rate *= min(1.0, step / self.warmup_steps)
        torch._foreach_mul_(squares, self.beta_2)
        torch._foreach_addcmul_(squares, grads, grads, 1 - self.beta_2)
        roots = torch._foreach_sqrt(squares)
        torch._foreach_div_(roots, math.sqrt(1 - self.beta_2**step))
        torch._foreach_add_(roots, self.epsilon)
        torch._foreach_addcdiv_(points, grads, roots, -learning_rate)
        torch._foreach_lerp_(group.variables, points, 1 / step)
