"""Ftrl."""

import torch

from kerastorch.optimizers.optimizer import Optimizer


class Ftrl(Optimizer):
    """Follow the regularized leader: sparse weights for linear models on large, sparse data.

    `n' = n + g**2`, `s = (n'**-p - n**-p) / lr` with `p = learning_rate_power`, `z += g - s * w`, and
    `w = (clip(z, -l1, l1) - z) / ((beta + n'**-p) / lr + 2 * l2)`; with shrinkage, `2 * shrinkage * w` is
    added to the `g` in `z`. After https://research.google.com/pubs/archive/41159.pdf.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        learning_rate_power: The power of the accumulated squares, at most 0.
        initial_accumulator_value: What the sum of squares starts with.
        l1_regularization_strength, l2_regularization_strength: Penalties of the weights.
        l2_shrinkage_regularization_strength: An L2 penalty of its size, which works through the gradient.
        beta: Added to the denominator of the learning rate.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.Ftrl(0.1).apply([torch.tensor([5.0])], [w])
    >>> w.numpy().round(3)
    array([0.837], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        l2_shrinkage_regularization_strength=0.0,
        beta=0.0,
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
        if initial_accumulator_value < 0.0:
            raise ValueError(
                "`initial_accumulator_value` needs to be positive or zero. "
                f"Received: initial_accumulator_value={initial_accumulator_value}."
            )
        if learning_rate_power > 0.0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero. "
                f"Received: learning_rate_power={learning_rate_power}."
            )
        for name, strength in (
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if strength < 0.0:
                raise ValueError(f"`{name}` needs to be positive or zero. Received: {name}={strength}.")
        self.learning_rate_power, self.initial_accumulator_value = (
            learning_rate_power,
            initial_accumulator_value,
        )
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def slots(self):
        return [{"accumulator": self.initial_accumulator_value, "linear": 0.0}]

    def update(self, group, grads, learning_rate, step):
        sums, linears, power = group.slots["accumulator"], group.slots["linear"], -self.learning_rate_power
        l1, l2 = self.l1_regularization_strength, self.l2_regularization_strength
        before = torch._foreach_pow(sums, power)
        torch._foreach_addcmul_(sums, grads, grads)
        after = torch._foreach_pow(sums, power)
        torch._foreach_add_(linears, grads)
        if self.l2_shrinkage_regularization_strength:
            torch._foreach_add_(linears, group.variables, alpha=2 * self.l2_shrinkage_regularization_strength)
        sigmas = torch._foreach_sub(after, before)
        torch._foreach_addcmul_(linears, sigmas, group.variables, -1 / learning_rate)
        # the L2 term stands beside lr * everything else: beta enters it as TensorFlow's kernel has it
        torch._foreach_mul_(after, 1 / learning_rate)
        torch._foreach_add_(after, 2 * (l2 + self.beta / (2 * learning_rate)))
        numerators = torch._foreach_clamp_max(torch._foreach_clamp_min(linears, -l1), l1)
        torch._foreach_sub_(numerators, linears)
        torch._foreach_div_(numerators, after)
        torch._foreach_copy_(group.variables, numerators)
