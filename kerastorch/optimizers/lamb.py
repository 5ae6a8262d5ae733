"""Lamb."""

import torch

from kerastorch.optimizers.optimizer import Optimizer


class Lamb(Optimizer):
    """Adam whose step is scaled, for each variable, to the norm of the variable.

    `r = m_hat / (sqrt(v_hat) + epsilon)` as in Adam, then `w -= lr * |w| / |r| * r`, the ratio being 1 where
    one of the norms is 0. After https://arxiv.org/abs/1904.00962.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        beta_1: What is kept of the mean of gradients at each step.
        beta_2: What is kept of the mean of squares at each step.
        epsilon: A small number against division by zero.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.Lamb(0.1).apply([torch.tensor([5.0])], [w])
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
        return [{"momentum": 0.0, "velocity": 0.0}]

    def update(self, group, grads, learning_rate, step):
        means, squares = group.slots["momentum"], group.slots["velocity"]
        torch._foreach_lerp_(means, grads, 1 - self.beta_1)
        torch._foreach_mul_(squares, self.beta_2)
        torch._foreach_addcmul_(squares, grads, grads, 1 - self.beta_2)
        roots = torch._foreach_div(squares, 1 - self.beta_2**step)
        torch._foreach_sqrt_(roots)
        torch._foreach_add_(roots, self.epsilon)
        steps = torch._foreach_div(means, 1 - self.beta_1**step)
        torch._foreach_div_(steps, roots)
        norms = torch.stack(torch._foreach_norm(group.variables))
        step_norms = torch.stack(torch._foreach_norm(steps))
        ratios = torch.where((norms > 0) & (step_norms > 0), norms / step_norms, 1.0)
        torch._foreach_mul_(steps, list((ratios * -learning_rate).unbind()))
        torch._foreach_add_(group.variables, steps)
