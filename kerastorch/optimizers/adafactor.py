"""Adafactor."""

import math

from kerastorch.optimizers.optimizer import Optimizer


class Adafactor(Optimizer):
    """Adam in little memory: the mean of squares of a matrix is kept as one row and one column.

    With `q = g**2 + epsilon_1` and `b = 1 - t**beta_2_decay`: the row `r` and the column `c` are running
    means (weight `b`) of the means of `q`, `v = r * c / mean(r)`, and `u = g / sqrt(v)` is divided by `max(1,
    rms(u) / clip_threshold)`. Then `w -= max(epsilon_2, rms(w)) * min(lr, 1 / sqrt(t)) * u`. After
    https://arxiv.org/abs/1804.04235.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        beta_2_decay: The power of the step in the weight of the running means.
        epsilon_1: Added to the squares.
        epsilon_2: The least root mean square of a variable that is reckoned with.
        clip_threshold: The largest root mean square of a step.
        relative_step: Whether the learning rate is at most `1 / sqrt(t)`.
        weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency,
            loss_scale_factor, gradient_accumulation_steps, name: See `Optimizer`.

    >>> w = keras.Variable([1.0])
    >>> keras.optimizers.Adafactor(0.1).apply([torch.tensor([5.0])], [w])
    >>> w.numpy().round(3)
    array([0.9], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_2_decay=-0.8,
        epsilon_1=1e-30,
        epsilon_2=0.001,
        clip_threshold=1.0,
        relative_step=True,
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
        self.beta_2_decay, self.epsilon_1, self.epsilon_2 = beta_2_decay, epsilon_1, epsilon_2
        self.clip_threshold, self.relative_step = clip_threshold, relative_step

    def build(self, var_list):
        super().build(var_list)
        rows, columns, squares = [], [], []
        for variable in self._trainable_variables:
            shape, path = tuple(variable.shape), getattr(variable, "path", "variable").replace("/", "_")
            row, column = (shape[:-1], shape[:-2] + shape[-1:]) if len(shape) >= 2 else ((), ())
            rows.append(self.add_variable(row, dtype=variable.dtype, name=f"{path}_row"))
            columns.append(self.add_variable(column, dtype=variable.dtype, name=f"{path}_column"))
            squares.append(self.add_variable_from_reference(variable, name="velocity"))
        self._slots.update(row=rows, column=columns, velocity=squares)

    def update(self, group, grads, learning_rate, step):
        rate = min(learning_rate, 1 / math.sqrt(step))
        kept = 1 - step**self.beta_2_decay
        slots = zip(
            grads, group.variables, group.slots["row"], group.slots["column"], group.slots["velocity"]
        )
        for g, w, row, column, v in slots:
            squares = g.square().add_(self.epsilon_1)
            if w.ndim >= 2:
                row.lerp_(squares.mean(-1), 1 - kept)
                column.lerp_(squares.mean(-2), 1 - kept)
                v.copy_((row / row.mean(-1, keepdim=True)).unsqueeze(-1) * column.unsqueeze(-2))
            else:
                v.lerp_(squares, 1 - kept)
            u = g / v.sqrt()
            u /= (_rms(u) / self.clip_threshold).clamp_min(1.0)
            w -= (_rms(w).clamp_min(self.epsilon_2) * rate) * u


def _rms(x):
    return x.square().mean().sqrt()
