"""What callbacks share that watch one of the results."""

import warnings

from kerastorch import ops
from kerastorch.callbacks.callback import Callback

_DOWN = ("loss", "error", "divergence", "poisson", "crossentropy", "logcosh", "log_cosh", "perplexity")
_DOWN_EXACT = ("mae", "mse", "mape", "msle", "rmse", "kld", "bce")


class MonitorCallback(Callback):
    """Base of callbacks that watch one of the results.

    Args:
        monitor: The name of the result.
        mode: "min", "max", or "auto": as the metric of that name says.
        baseline: The value to start from, or None.
        min_delta: What counts as an improvement.
    """

    def __init__(self, monitor="val_loss", mode="auto", baseline=None, min_delta=0):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__} mode '{mode}' is unknown, fallback to auto mode.", stacklevel=3
            )
            mode = "auto"
        self.monitor, self.mode, self.best = monitor, mode, baseline
        self.min_delta = abs(min_delta)
        self.monitor_op = {"min": ops.less, "max": ops.greater}.get(mode)

    def _set_monitor_op(self):
        if self.monitor_op is None:
            self.monitor_op = self._found_op()
        if self.monitor_op is None:
            raise ValueError(
                f"{type(self).__name__} callback received monitor={self.monitor}, but Keras isn't able to "
                "automatically "
                "determine whether that metric should be maximized or minimized. Pass `mode='max'` in order "
                "to monitor "
                "based on the highest metric value, or pass `mode='min'` in order to use the lowest value."
            )

    def _found_op(self):
        name = self.monitor.removeprefix("val_")
        if name == "loss" or name.endswith("_loss"):
            return ops.less
        for metric in _flat_metrics(getattr(self.model, "metrics", ())):
            own = getattr(metric, "name", None)
            if own is None or (name != own and not name.endswith(f"_{own}")):
                continue
            direction = getattr(metric, "_direction", None)
            if direction in ("up", "down"):
                return ops.greater if direction == "up" else ops.less
            if own in _DOWN_EXACT or own.endswith(_DOWN):
                return ops.less
        return None

    def _is_improvement(self, value, reference):
        """Tell whether `value` is better than `reference`, by more than `min_delta`."""
        if reference is None:
            return True
        delta = self.min_delta if self.monitor_op is ops.greater else -self.min_delta
        return bool(self.monitor_op(value - delta, reference))


def _flat_metrics(metrics):
    for metric in metrics:
        yield metric
        yield from _flat_metrics(getattr(metric, "metrics", ()))
