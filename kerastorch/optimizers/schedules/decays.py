"""The learning-rate schedules of Keras."""

import bisect
import math

from kerastorch.optimizers.schedules.schedule import LearningRateSchedule


def _positive(name, value):
    if value <= 0:
        raise ValueError(f"Argument `{name}` must be > 0. Received: {name}={value}")


class ExponentialDecay(LearningRateSchedule):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`.

    Args:
        initial_learning_rate: The learning rate at step 0.
        decay_steps: How many steps take it down by `decay_rate`.
        decay_rate: The factor.
        staircase: Whether `step / decay_steps` is rounded down.
        name: The name.

    >>> schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> schedule(20)
    tensor(0.0250)
    """

    def __init__(
        self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="ExponentialDecay"
    ):
        _positive("decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps, self.decay_rate = (
            initial_learning_rate,
            decay_steps,
            decay_rate,
        )
        self.staircase, self.name = staircase, name

    def value(self, step):
        p = step / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (math.floor(p) if self.staircase else p)


class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[0]` up to and including step `boundaries[0]`, then `values[1]`, and so on.

    Args:
        boundaries: Steps, increasing.
        values: One more than there are boundaries.
        name: The name.

    >>> schedule = keras.optimizers.schedules.PiecewiseConstantDecay([100], [0.1, 0.01])
    >>> schedule(100), schedule(101)
    (tensor(0.1000), tensor(0.0100))
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of length "
                f"{len(values)}."
            )
        self.boundaries, self.values, self.name = boundaries, values, name

    def value(self, step):
        return self.values[bisect.bisect_left(self.boundaries, step)]


class PolynomialDecay(LearningRateSchedule):
    """`(initial - end) * (1 - step / decay_steps) ** power + end`, and `end` after `decay_steps`.

    Args:
        initial_learning_rate: The learning rate at step 0.
        decay_steps: When the end is reached.
        end_learning_rate: The last learning rate.
        power: The power.
        cycle: Whether to start again with twice the steps, three times, ..., once the end is reached.
        name: The name.

    >>> keras.optimizers.schedules.PolynomialDecay(0.1, 100, end_learning_rate=0.0)(50)
    tensor(0.0500)
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        end_learning_rate=0.0001,
        power=1.0,
        cycle=False,
        name="PolynomialDecay",
    ):
        _positive("decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.end_learning_rate, self.power, self.cycle, self.name = end_learning_rate, power, cycle, name

    def value(self, step):
        if self.cycle:
            total = self.decay_steps * max(1, math.ceil(step / self.decay_steps))
        else:
            total = self.decay_steps
            step = min(step, total)
        span = self.initial_learning_rate - self.end_learning_rate
        return span * (1 - step / total) ** self.power + self.end_learning_rate


class InverseTimeDecay(LearningRateSchedule):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    Args:
        initial_learning_rate: The learning rate at step 0.
        decay_steps: The unit of time, in steps.
        decay_rate: How fast it falls.
        staircase: Whether `step / decay_steps` is rounded down.
        name: The name.

    >>> keras.optimizers.schedules.InverseTimeDecay(0.1, decay_steps=1, decay_rate=1.0)(3)
    tensor(0.0250)
    """

    def __init__(
        self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="InverseTimeDecay"
    ):
        _positive("decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps, self.decay_rate = (
            initial_learning_rate,
            decay_steps,
            decay_rate,
        )
        self.staircase, self.name = staircase, name

    def value(self, step):
        p = step / self.decay_steps
        return self.initial_learning_rate / (1 + self.decay_rate * (math.floor(p) if self.staircase else p))


class CosineDecay(LearningRateSchedule):
    """A linear rise to `warmup_target`, then half a cosine down to the fraction `alpha` of it.

    Without `warmup_target` it starts with the cosine, from `initial_learning_rate`:
    `initial * ((1 - alpha) * (1 + cos(pi * step / decay_steps)) / 2 + alpha)`.

    Args:
        initial_learning_rate: The learning rate at step 0.
        decay_steps: How many steps the cosine takes.
        alpha: What is left in the end, as a fraction.
        name: The name.
        warmup_target: The top of the rise, or None.
        warmup_steps: How many steps the rise takes.

    >>> keras.optimizers.schedules.CosineDecay(0.1, decay_steps=100)(50)
    tensor(0.0500)
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        _positive("decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps, self.alpha, self.name = (
            initial_learning_rate,
            decay_steps,
            alpha,
            name,
        )
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def value(self, step):
        top = self.initial_learning_rate
        if self.warmup_target is not None:
            top = self.warmup_target
            if step < self.warmup_steps:
                rise = (top - self.initial_learning_rate) * step / self.warmup_steps
                return self.initial_learning_rate + rise
            step -= self.warmup_steps
        cosine = 0.5 * (1 + math.cos(math.pi * min(step, self.decay_steps) / self.decay_steps))
        return top * ((1 - self.alpha) * cosine + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """Half cosines one after another, each `t_mul` times as long and `m_mul` times as high as the one before.

    After SGDR, https://arxiv.org/abs/1608.03983.

    Args:
        initial_learning_rate: The learning rate at step 0.
        first_decay_steps: How many steps the first one takes.
        t_mul: The factor of the length.
        m_mul: The factor of the height.
        alpha: What is left at the end of each, as a fraction of `initial_learning_rate`.
        name: The name.

    >>> schedule = keras.optimizers.schedules.CosineDecayRestarts(0.1, first_decay_steps=10)
    >>> schedule(5), schedule(10)
    (tensor(0.0500), tensor(0.1000))
    """

    def __init__(
        self,
        initial_learning_rate,
        first_decay_steps,
        t_mul=2.0,
        m_mul=1.0,
        alpha=0.0,
        name="SGDRDecay",
    ):
        _positive("first_decay_steps", first_decay_steps)
        self.initial_learning_rate, self.first_decay_steps = initial_learning_rate, first_decay_steps
        self.t_mul, self.m_mul, self.alpha, self.name = t_mul, m_mul, alpha, name

    def value(self, step):
        completed = step / self.first_decay_steps
        if self.t_mul == 1.0:
            restart = math.floor(completed)
            completed -= restart
        else:
            # the lengths of the periods are a geometric series
            restart = math.floor(math.log(1 - completed * (1 - self.t_mul)) / math.log(self.t_mul) + 1e-9)
            passed = (1 - self.t_mul**restart) / (1 - self.t_mul)
            completed = max(completed - passed, 0.0) / self.t_mul**restart
        cosine = 0.5 * self.m_mul**restart * (1 + math.cos(math.pi * completed))
        return self.initial_learning_rate * ((1 - self.alpha) * cosine + self.alpha)
