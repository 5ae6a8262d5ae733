"""Stochastic gradient descent."""

import torch

from kerastorch.optimizers.optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent, with momentum.

    Without momentum `w -= lr * g`; with it `v = momentum * v - lr * g`, then `w += v`, or with `nesterov`
    `w += momentum * v - lr * g`.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        momentum: What is kept of the velocity at each step, from 0 to 1.
        nesterov: Whether to look one step ahead.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.SGD(0.1).apply([torch.tensor([5.0])], [w])
    >>> w.numpy().round(3)
    array([0.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.01,
        momentum=0.0,
        nesterov=False,
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
        if not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise ValueError(f"`momentum` must be a float between [0, 1]. Received: momentum={momentum}")
        self.momentum, self.nesterov = momentum, nesterov

    def build(self, variables):
        super().build(variables)

    def slots(self):
        return [{"momentum": 0.0}] if self.momentum else []

    def update(self, group, grads, learning_rate, step):
        variables = group.variables
        if not self.momentum:
            torch._foreach_add_(variables, grads, alpha=-learning_rate)
            return
        velocities = group.slots["momentum"]
        if group.fused and not self.nesterov:
            # torch computes b = momentum * b + (1 - dampening) * g; w -= lr * b: Keras's rule for these
            # values
            torch._fused_sgd_(
                variables,
                group.aligned(grads),
                velocities,
                weight_decay=0.0,
                momentum=self.momentum,
                lr=-1.0,
                dampening=1.0 + learning_rate,
                nesterov=False,
                maximize=False,
                is_first_step=False,
            )
            return
        torch._foreach_mul_(velocities, self.momentum)
        torch._foreach_add_(velocities, grads, alpha=-learning_rate)
        if self.nesterov:
            torch._foreach_add_(variables, velocities, alpha=self.momentum)
            torch._foreach_add_(variables, grads, alpha=-learning_rate)
        else:
            torch._foreach_add_(variables, velocities)
