"""Adam, and Adam with decoupled weight decay."""

import math

import torch

from kerastorch.optimizers.optimizer import Optimizer


class Adam(Optimizer):
    """Steps by the mean of gradients over the root of the mean of their squares.

    `m = beta_1 * m + (1 - beta_1) * g`, `v = beta_2 * v + (1 - beta_2) * g**2`, then with
    `alpha = lr * sqrt(1 - beta_2**t) / (1 - beta_1**t)`: `w -= alpha * m / (sqrt(v) + epsilon)`.
    After https://arxiv.org/abs/1412.6980.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        beta_1: What is kept of the mean of gradients at each step.
        beta_2: What is kept of the mean of squares at each step.
        epsilon: A small number against division by zero.
        amsgrad: Whether to divide by the largest mean of squares so far.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.Adam(0.1).apply([torch.tensor([5.0])], [w])
    >>> w.numpy().round(3)
    array([0.9], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
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
        self.amsgrad = amsgrad

    def slots(self):
        return [{"momentum": 0.0, "velocity": 0.0}] + ([{"velocity_hat": 0.0}] if self.amsgrad else [])

    def update(self, group, grads, learning_rate, step):
        alpha = learning_rate * math.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
        slots = group.slots
        if not group.fused:
            self._update_unfused(group, grads, alpha)
            return
        weight_decay, kernel = 0.0, torch._fused_adam_
        if self._fuses_decay(group) and alpha:
            weight_decay, kernel = self.weight_decay * learning_rate / alpha, torch._fused_adamw_
        kernel(
            group.variables,
            group.aligned(grads),
            slots["momentum"],
            slots["velocity"],
            slots["velocity_hat"] if self.amsgrad else [],
            group.extra.get("steps") or self._endless_steps(group),
            lr=alpha,
            beta1=self.beta_1,
            beta2=self.beta_2,
            weight_decay=weight_decay,
            eps=self.epsilon,
            amsgrad=self.amsgrad,
            maximize=False,
        )

    def _endless_steps(self, group):
        """Return step counts at which torch's own bias correction is 1: Keras's is in `alpha`."""
        endless = torch.tensor(1e30, dtype=torch.float32, device=group.device)
        steps = group.extra["steps"] = [endless] * len(group.variables)
        return steps

    def _fuses_decay(self, group):
        return group.fused and len(group.decayed) == len(group.variables)

    def _apply_weight_decay(self, group, learning_rate):
        if not self._fuses_decay(group):
            super()._apply_weight_decay(group, learning_rate)

    def _update_unfused(self, group, grads, alpha):
        means, squares = group.slots["momentum"], group.slots["velocity"]
        torch._foreach_lerp_(means, grads, 1 - self.beta_1)
        torch._foreach_mul_(squares, self.beta_2)
        torch._foreach_addcmul_(squares, grads, grads, 1 - self.beta_2)
        if self.amsgrad:
            torch._foreach_maximum_(group.slots["velocity_hat"], squares)
            squares = group.slots["velocity_hat"]
        roots = torch._foreach_sqrt(squares)
        torch._foreach_add_(roots, self.epsilon)
        torch._foreach_addcdiv_(group.variables, means, roots, -alpha)


class AdamW(Adam):
    """Adam, and at each step `w -= lr * weight_decay * w` before it.

    After https://arxiv.org/abs/1711.05101. `exclude_from_weight_decay` exempts variables.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        weight_decay: The fraction of each variable, times the learning rate, that each step takes off.
        beta_1: What is kept of the mean of gradients at each step.
        beta_2: What is kept of the mean of squares at each step.
        epsilon: A small number against division by zero.
        amsgrad: Whether to divide by the largest mean of squares so far.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.AdamW(0.1, weight_decay=0.1).apply([torch.tensor([5.0])], [w])
    >>> w.numpy().round(3)
    array([0.89], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
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
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            amsgrad=amsgrad,
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
        if weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None")
