"""Adadelta."""

import torch

from kerastorch.optimizers.optimizer import Optimizer


class Adadelta(Optimizer):
    """Scales the gradient by the root mean square of the last steps over that of the last gradients.

    `a = rho * a + (1 - rho) * g**2`, `d = g * sqrt(b + epsilon) / sqrt(a + epsilon)`,
    `b = rho * b + (1 - rho) * d**2`, `w -= lr * d`. After https://arxiv.org/abs/1212.5701.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        rho: What is kept of the means at each step.
        epsilon: A small number against division by zero, and where the steps start from.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.Adadelta(1.0).apply([torch.tensor([5.0])], [w])
    >>> w.numpy().round(3)
    array([0.999], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.95,
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
        self.rho, self.epsilon = rho, epsilon

    def slots(self):
        return [{"accumulated_grad": 0.0, "accumulated_delta_var": 0.0}]

    def update_step(self, grad, variable, learning_rate):
        super().update_step(grad, variable, learning_rate)

    def update(self, group, grads, learning_rate, step):
        squares, deltas = group.slots["accumulated_grad"], group.slots["accumulated_delta_var"]
        torch._foreach_mul_(squares, self.rho)
        torch._foreach_addcmul_(squares, grads, grads, 1 - self.rho)
        scales = torch._foreach_add(deltas, self.epsilon)
        torch._foreach_div_(scales, torch._foreach_add(squares, self.epsilon))
        torch._foreach_sqrt_(scales)
        torch._foreach_mul_(scales, grads)
        torch._foreach_mul_(deltas, self.rho)
        torch._foreach_addcmul_(deltas, scales, scales, 1 - self.rho)
        torch._foreach_add_(group.variables, scales, alpha=-learning_rate)
