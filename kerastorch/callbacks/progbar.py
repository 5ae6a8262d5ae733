"""Progbar: a line that shows how far a loop is."""

import math
import os
import sys
import time

import numpy as np

from kerastorch.callbacks.messages import print_msg
from kerastorch.core import edge

_BOLD, _GREEN, _WHITE, _END = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"


class Progbar:
    """Shows progress, the time that is left, and the latest values.

    Args:
        target: How many steps there are; None if that is unknown.
        width: The width of the bar, in characters.
        verbose: 0: silent; 1: a line that moves; 2: one line at the end.
        interval: The least time between two drawings, in seconds.
        stateful_metrics: Names of values that are shown as they are. The others are averaged over the steps.
        stateless_metrics: Names of the only values that are averaged, if given.
        unit_name: What a step is called.

    >>> bar = keras.utils.Progbar(2, verbose=2)
    >>> bar.update(2, [("loss", 0.5)])
    2/2 - 0s - ...s/step - loss: 0.5000
    """

    def __init__(
        self,
        target,
        width=20,
        verbose=1,
        interval=0.05,
        stateful_metrics=None,
        stateless_metrics=None,
        unit_name="step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Only one of `stateful_metrics` and `stateless_metrics` can be given. Received: "
                f"stateful_metrics={stateful_metrics}, stateless_metrics={stateless_metrics}"
            )
        self.target, self.width, self.verbose, self.interval = target, width, verbose, interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._values = {}  # name -> (sum, count), or text
        self._seen = 0
        self._start = time.time()
        self._last_update = 0.0
        self._time_after_first_step = None
        self._line_width = 0
        stdout = sys.stdout
        self._moves = (
            (hasattr(stdout, "isatty") and stdout.isatty())
            or os.name == "posix"
            or "ipykernel" in sys.modules
            or "PYCHARM_HOSTED" in os.environ
        )

    def add(self, n, values=None):
        """Go on by `n` steps."""
        self.update(self._seen + n, values)

    def is_due(self, current):
        """Note the time, and tell whether `update` would draw anything now."""
        now = time.time()
        if current == 1:
            self._time_after_first_step = now
        return self.verbose == 1 and now - self._last_update >= self.interval

    def update(self, current, values=None, finalize=None):
        """Go to step `current`.

        Args:
            current: The step.
            values: (name, value) pairs.
            finalize: Whether this is the last time; by default when `current` reaches the target.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._take(name, value, current, finalize)
        now = time.time()
        step_time = self._step_time(current, now)
        if self.verbose == 1 and (finalize or now - self._last_update >= self.interval):
            self._draw(current, now, step_time, finalize)
        elif self.verbose == 2 and finalize:
            print_msg(self._summary(current, now, step_time))
        self._seen = current

    def _take(self, name, value, current, finalize):
        if isinstance(value, str):
            self._values[name] = value
            return
        if self.stateless_metrics is not None:
            averaged = name in self.stateless_metrics
        else:
            averaged = name not in self.stateful_metrics
        old = self._values.get(name)
        if finalize or not averaged:
            self._values[name] = (value, 1)
        else:
            steps = max(current - self._seen, 1)
            total, count = old if isinstance(old, tuple) else (0.0, 0)
            self._values[name] = (total + value * steps, count + steps)

    def _draw(self, current, now, step_time, finalize):
        # escape codes take no room on the screen
        back = "\b" * self._line_width + "\r" if self._moves else "\n"
        bar, hidden = self._bar(current)
        if self.target is not None and not finalize:
            clock = format_eta(step_time * (self.target - current))
        else:
            clock = f"{now - self._start:.0f}s"
        info = f" {_BOLD}{clock}{_END}" + format_step_time(step_time, self.unit_name) + self._shown_values()
        width = len(bar) + len(info) - hidden - len(_BOLD + _END)
        padding = " " * max(self._line_width - width, 0)
        self._line_width = width
        print_msg(back + bar + info + padding + ("\n" if finalize else ""), line_break=False)
        self._last_update = now

    def _bar(self, current):
        """Return the bar, and how many of its characters take no room."""
        if self.target is None:
            return f"{current:7d}/Unknown", 0
        done = int(self.width * current / self.target) if self.target else 0
        bar = f"{_BOLD}{self._count(current)}{_END} "
        hidden = len(_BOLD + _END)
        if done > 0:
            bar += f"{_GREEN}{'━' * done}{_END}"
            hidden += len(_GREEN + _END)
        bar += f"{_WHITE}{'━' * (self.width - done)}{_END}"
        return bar, hidden + len(_WHITE + _END)

    def _count(self, current):
        digits = int(math.log10(self.target)) + 1 if self.target else 1
        return f"{current:{digits}d}/{self.target}"

    def _summary(self, current, now, step_time):
        count = self._count(current) if self.target is not None else f"{current:7d}/Unknown"
        elapsed = f"{now - self._start:.0f}s"
        return f"{count} - {elapsed} -{format_step_time(step_time, self.unit_name)}{self._shown_values()}"

    def _shown_values(self):
        shown = ""
        for name, value in self._values.items():
            if isinstance(value, tuple):
                average = float(np.mean(edge.to_numpy(value[0]) / max(1, value[1])))
                style = ".4e" if abs(average) <= 1e-3 else ".4f"
                shown += f" - {name}: {average:{style}}"
            else:
                shown += f" - {name}: {value}"
        return shown

    def _step_time(self, current, now):
        """Return the time a step takes; the first one, in which much is set up, is left out."""
        if not current:
            return 0
        if self._time_after_first_step is not None and current > 1:
            step_time = (now - self._time_after_first_step) / (current - 1)
        else:
            step_time = (now - self._start) / current
        if current == 1:
            self._time_after_first_step = now
        return step_time


def format_eta(seconds):
    """Return a duration as h:mm:ss, m:ss, or seconds."""
    if seconds > 3600:
        return f"{seconds // 3600:.0f}:{seconds % 3600 // 60:02.0f}:{int(seconds % 60):02d}"
    if seconds > 60:
        return f"{seconds // 60:.0f}:{int(seconds % 60):02d}"
    return f"{int(seconds)}s"


def format_step_time(seconds, unit_name):
    """Return the time of a step in seconds, milliseconds or microseconds."""
    if seconds >= 1 or seconds == 0:
        return f" {seconds:.0f}s/{unit_name}"
    if seconds >= 1e-3:
        return f" {seconds * 1e3:.0f}ms/{unit_name}"
    return f" {seconds * 1e6:.0f}us/{unit_name}"
