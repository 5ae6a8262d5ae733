"""Adamax."""

import torch

from kerastorch.optimizers.optimizer import Optimizer


class Adamax(Optimizer):
    """Adam with the largest recent gradient in place of the root mean square.

    `m = beta_1 * m + (1 - beta_1) * g`, `u = max(beta_2 * u, |g|)`,
    `w -= lr / (1 - beta_1**t) * m / (u + epsilon)`. After https://arxiv.org/abs/1412.6980, section 7.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        beta_1: What is kept of the mean of gradients at each step.
        beta_2: What is kept of the largest gradient at each step.
        epsilon: A small number against division by zero.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.Adamax(0.1).apply([torch.tensor([5.0])], [w])
    >>> w.numpy().round(3)
    array([0.9], dtype=float32)
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
        return [{"momentum": 0.0, "norm": 0.0}]

    def update(self, group, grads, learning_rate, step):
        means, norms = group.slots["momentum"], group.slots["norm"]
        torch._foreach_lerp_(means, grads, 1 - self.beta_1)
        torch._foreach_mul_(norms, self.beta_2)
        torch._foreach_maximum_(norms, torch._foreach_abs(grads))
        scales = torch._foreach_add(norms, self.epsilon)
        torch._foreach_addcdiv_(group.variables, means, scales, -learning_rate / (1 - self.beta_1**step))
