"""Adagrad."""

import torch

from kerastorch.optimizers.optimizer import Optimizer


class Adagrad(Optimizer):
    """Divides the gradient by the root of the sum of all its squares so far.

    `a += g**2`, then `w -= lr * g / sqrt(a + epsilon)`. After https://jmlr.org/papers/v12/duchi11a.html.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        initial_accumulator_value: What the sum starts with.
        epsilon: A small number against division by zero.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.Adagrad(0.1).apply([torch.tensor([5.0])], [w])
    >>> w.numpy().round(3)
    array([0.9], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.001,
        initial_accumulator_value=0.1,
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
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def slots(self):
        return [{"accumulator": self.initial_accumulator_value}]

    def update(self, group, grads, learning_rate, step):
        sums = group.slots["accumulator"]
        torch._foreach_addcmul_(sums, grads, grads)
        roots = torch._foreach_add(sums, self.epsilon)
        torch._foreach_sqrt_(roots)
        torch._foreach_addcdiv_(group.variables, grads, roots, -learning_rate)
