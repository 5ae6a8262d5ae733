"""RMSprop."""

import torch

from kerastorch.optimizers.optimizer import Optimizer


class RMSprop(Optimizer):
    """Divides the gradient by the root of the mean of its squares.

    `v = rho * v + (1 - rho) * g**2`, and the step is `d = lr * g / sqrt(v + epsilon)`; with `centered` it is
    `lr * g / sqrt(v - mean(g)**2 + epsilon)`. With momentum `b = momentum * b + d` is taken off, otherwise
    `d`.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        rho: What is kept of the mean of squares at each step.
        momentum: What is kept of the last step.
        epsilon: A small number against division by zero.
        centered: Whether to divide by the deviation rather than by the root mean square.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.RMSprop(0.1).apply([torch.tensor([5.0])], [w])
    >>> w.numpy().round(3)
    array([0.684], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
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
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    def slots(self):
        slots = [{"velocity": 0.0}]
        if self.momentum > 0:
            slots.append({"momentum": 0.0})
        if self.centered:
            slots.append({"average_gradient": 0.0})
        return slots

    def update(self, group, grads, learning_rate, step):
        squares = group.slots["velocity"]
        torch._foreach_mul_(squares, self.rho)
        torch._foreach_addcmul_(squares, grads, grads, 1 - self.rho)
        if self.centered:
            means = group.slots["average_gradient"]
            torch._foreach_lerp_(means, grads, 1 - self.rho)
            roots = torch._foreach_addcmul(squares, means, means, -1.0)
            torch._foreach_add_(roots, self.epsilon)
        else:
            roots = torch._foreach_add(squares, self.epsilon)
        torch._foreach_sqrt_(roots)
        if self.momentum > 0:
            steps = group.slots["momentum"]
            torch._foreach_mul_(steps, self.momentum)
            torch._foreach_addcdiv_(steps, grads, roots, learning_rate)
            torch._foreach_sub_(group.variables, steps)
        else:
            torch._foreach_addcdiv_(group.variables, grads, roots, -learning_rate)
