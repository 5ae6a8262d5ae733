"""Muon."""

import math
import re

import torch

from kerastorch.core import edge
from kerastorch.optimizers.optimizer import Optimizer


class Muon(Optimizer):
    """Steps that are orthogonal matrices, for the weights inside a network; Adam for all others.

    For a matrix `m = momentum * m + g`, and the step is `m` (with `nesterov`: `g + momentum * m`) made orthogonal by
    Newton and Schulz's iteration, times `lr * rms_rate * sqrt(max(rows, columns))`. Variables that are not matrices,
    embeddings, and those whose path matches `exclude_layers` are left to Adam. After
    https://kellerjordan.github.io/posts/muon and https://arxiv.org/abs/2502.16982.

    Args:
        learning_rate: A number, a `LearningRateSchedule`, or a function without arguments.
        adam_beta_1, adam_beta_2, epsilon: Adam's.
        adam_weight_decay: Weight decay of Adam's variables.
        weight_decay: Weight decay of the matrices.
        clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor,
            gradient_accumulation_steps, name: See `Optimizer`.
        exclude_layers: Regular expressions for paths of variables that Adam gets.
        exclude_embeddings: Whether Adam gets the variables with "embedding" in their path.
        muon_a, muon_b, muon_c: The coefficients of the iteration.
        adam_lr_ratio: Adam's learning rate, as a multiple.
        momentum: What is kept of the mean of gradients at each step.
        ns_steps: How many iterations.
        nesterov: Whether to look one step ahead.
        rms_rate: The size of a step, as a root mean square; None: the orthogonal matrix itself.

    >>> w = keras.Variable([[3.0, 0.0], [0.0, 1.0]])
    >>> keras.optimizers.Muon(0.1, weight_decay=None).apply([torch.eye(2)], [w])
    >>> w.numpy().round(1)
    array([[3., 0.],
           [0., 1.]], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.001,
        adam_beta_1=0.9,
        adam_beta_2=0.999,
        adam_weight_decay=0.004,
        epsilon=1e-7,
        weight_decay=0.004,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        exclude_layers=None,
        exclude_embeddings=True,
        muon_a=3.4445,
        muon_b=-4.775,
        muon_c=2.0315,
        adam_lr_ratio=1,
        momentum=0.95,
        ns_steps=5,
        nesterov=True,
        rms_rate=0.2,
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
        self.adam_beta_1, self.adam_beta_2, self.epsilon = adam_beta_1, adam_beta_2, epsilon
        self.adam_weight_decay, self.adam_lr_ratio = adam_weight_decay, adam_lr_ratio
        self.exclude_layers, self.exclude_embeddings = list(exclude_layers or []), exclude_embeddings
        self.muon_a, self.muon_b, self.muon_c = muon_a, muon_b, muon_c
        self.momentum, self.ns_steps, self.nesterov, self.rms_rate = momentum, ns_steps, nesterov, rms_rate

    def _should_use_adamw(self, variable):
        path = getattr(variable, "path", "")
        return (
            variable.ndim != 2
            or (self.exclude_embeddings and "embedding" in path.lower())
            or any(re.search(pattern, path) for pattern in self.exclude_layers)
        )

    def build(self, var_list):
        super().build(var_list)
        means, squares = [], []
        for variable in self._trainable_variables:
            means.append(self.add_variable_from_reference(variable, name="momentum"))
            adam = self._should_use_adamw(variable)
            squares.append(self.add_variable_from_reference(variable, name="velocity") if adam else None)
        self._slots.update(momentum=means, velocity=squares)

    def _apply_weight_decay(self, group, learning_rate):
        for variable in group.decayed:
            decay = self.adam_weight_decay if self._should_use_adamw(variable) else self.weight_decay
            if decay:
                variable.mul_(1 - decay * learning_rate)

    def update(self, group, grads, learning_rate, step):
        for g, w, mean, squares in zip(
            grads, group.variables, group.slots["momentum"], group.slots["velocity"]
        ):
            if squares is not None:
                self._adam(g, w, mean, squares, learning_rate * self.adam_lr_ratio, step)
                continue
            mean.mul_(self.momentum).add_(g)
            direction = g + self.momentum * mean if self.nesterov else mean
            w.sub_(
                self.lr_adjust(self.zeropower_via_newtonschulz5(direction, self.ns_steps)),
                alpha=learning_rate,
            )

    def _adam(self, g, w, mean, squares, learning_rate, step):
        mean.lerp_(g, 1 - self.adam_beta_1)
        squares.mul_(self.adam_beta_2).addcmul_(g, g, value=1 - self.adam_beta_2)
        alpha = learning_rate * math.sqrt(1 - self.adam_beta_2**step) / (1 - self.adam_beta_1**step)
        w.addcdiv_(mean, squares.sqrt().add_(self.epsilon), value=-alpha)

    def transpose_last_axis(self, X):
        """Return `X` with its last two axes exchanged."""
        return edge.as_tensor(X).mT

    def lr_adjust(self, x):
        """Return a step scaled to its size."""
        return x if self.rms_rate is None else x * (self.rms_rate * math.sqrt(max(x.shape[0], x.shape[1])))

    def zeropower_via_newtonschulz5(self, x, steps):
        """Return a matrix with the singular vectors of `x` and singular values near 1."""
        x = edge.as_tensor(x)
        is_tall = x.shape[-2] > x.shape[-1]
        x = x.mT if is_tall else x
        x = x / (torch.linalg.matrix_norm(x, keepdim=True) + 1e-7)
        for _ in range(steps):
            square = x @ x.mT
            x = self.muon_a * x + (self.muon_b * square + self.muon_c * square @ square) @ x
        return x.mT if is_tall else x
