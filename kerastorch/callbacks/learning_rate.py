"""Callbacks that change the learning rate."""

import inspect
import warnings

import numpy as np
import torch

from kerastorch.callbacks.callback import Callback
from kerastorch.callbacks.messages import print_msg
from kerastorch.callbacks.monitor import MonitorCallback
from kerastorch.core import edge


def rates(optimizer):
    """Return the learning rates of an optimizer, or of each of a `MultiOptimizer`'s, by their names in logs."""
    if not hasattr(optimizer, "optimizers"):
        return {"learning_rate": _rate(optimizer)}
    return {f"learning_rate_{each.name}": _rate(each) for each in optimizer.optimizers}


def _each(optimizer):
    return getattr(optimizer, "optimizers", [optimizer])


def _rate(optimizer):
    return float(edge.to_numpy(optimizer.learning_rate))


class ReduceLROnPlateau(MonitorCallback):
    """Lowers the learning rate when a result has stopped improving.

    Args:
        monitor: The name of the result.
        factor: What the learning rate is multiplied by.
        patience: How many epochs without improvement it waits for.
        verbose: 1 prints what it does.
        mode: "min", "max" or "auto".
        min_delta: The least change that counts as an improvement.
        cooldown: How many epochs it rests after a change.
        min_lr: The least learning rate.

    >>> callback = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1)
    >>> model = keras.Sequential([keras.layers.Dense(1, trainable=True)])
    >>> model.compile(keras.optimizers.SGD(1e-9), "mse")
    >>> history = model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=3, verbose=0, callbacks=[callback])
    >>> [f"{rate:.2e}" for rate in history.history["learning_rate"]]
    ['1.00e-09', '1.00e-09', '5.00e-10']
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
        **kwargs,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0. Received factor={factor}")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs=None):
        self.wait = self.cooldown_counter = 0
        self.best = None

    def on_epoch_end(self, epoch, logs=None):
        self._set_monitor_op()
        logs = {} if logs is None else logs
        logs.update(rates(self.model.optimizer))
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(
                f"Learning rate reduction is conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs)}.",
                stacklevel=2,
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best, self.wait = current, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch):
        for optimizer in _each(self.model.optimizer):
            old = _rate(optimizer)
            if old > np.float32(self.min_lr):
                optimizer.learning_rate = new = max(old * self.factor, self.min_lr)
                if self.verbose > 0:
                    which = "" if optimizer is self.model.optimizer else f"{optimizer.name} "
                    print_msg(
                        f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing {which}learning rate to {new}."
                    )
                self.cooldown_counter, self.wait = self.cooldown, 0

    def in_cooldown(self):
        """Tell whether it rests after a change."""
        return self.cooldown_counter > 0


class LearningRateScheduler(Callback):
    """Sets the learning rate before every epoch.

    Args:
        schedule: A function of the epoch, or of the epoch and the learning rate, that returns a float.
        verbose: 1 prints the learning rate.

    >>> callback = keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2)
    >>> model = keras.Sequential([keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(1.0), "mse")
    >>> history = model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=2, verbose=0, callbacks=[callback])
    >>> history.history["learning_rate"]
    [0.5, 0.25]
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch, logs=None):
        for optimizer in _each(self.model.optimizer):
            if not hasattr(optimizer, "learning_rate"):
                raise ValueError('Optimizer must have a "learning_rate" attribute.')
            self._set_rate(optimizer, epoch)

    def _set_rate(self, optimizer, epoch):
        rate = self.schedule(epoch, _rate(optimizer)) if self._takes_the_rate() else self.schedule(epoch)
        value = edge.unwrap(rate)
        if isinstance(value, (torch.Tensor, np.ndarray)) and value.ndim == 0:
            value = float(value)
        if not isinstance(value, (float, np.floating)):
            raise ValueError(f"The output of the `schedule` function should be a float. Got: {rate}")
        optimizer.learning_rate = value
        if self.verbose > 0:
            which = "" if optimizer is self.model.optimizer else f"{optimizer.name} "
            print_msg(f"\nEpoch {epoch + 1}: LearningRateScheduler setting {which}learning rate to {value}.")

    def _takes_the_rate(self):
        try:
            inspect.signature(self.schedule).bind(0, 0.0)
        except TypeError:
            return False
        except ValueError:  # a built-in function without a signature
            return False
        return True

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs.update(rates(self.model.optimizer))
