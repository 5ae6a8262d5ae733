"""ProgbarLogger: the progress bar of `fit`, `evaluate` and `predict`."""

from kerastorch.callbacks.callback import Callback
from kerastorch.callbacks.messages import print_msg
from kerastorch.callbacks.progbar import Progbar
from kerastorch.core import settings

INTERVAL = 0.1  # seconds between two readings of the logs


class ProgbarLogger(Callback):
    """Shows a progress bar. `fit`, `evaluate` and `predict` add one unless `verbose=0`.

    It reads the logs at most ten times a second: nothing waits for the device in between.

    >>> callback = keras.callbacks.ProgbarLogger()
    """

    def __init__(self):
        super().__init__()
        self.seen, self.progbar, self.target = 0, None, None
        self.verbose, self.epochs = 1, 1
        self._in_fit = False

    def set_params(self, params):
        super().set_params(params)
        verbose = params.get("verbose", 1)
        if verbose == "auto":
            verbose = 1 if settings.is_interactive_logging_enabled() else 2
        self.verbose = int(verbose)
        self.epochs = params.get("epochs", 1)
        self.target = params.get("steps")

    def on_train_begin(self, logs=None):
        self._in_fit = True

    def on_test_begin(self, logs=None):
        if not self._in_fit:
            self._start()

    def on_predict_begin(self, logs=None):
        self._start()

    def on_epoch_begin(self, epoch, logs=None):
        self._start()
        if self.verbose and self.epochs > 1:
            print_msg(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch, logs=None):
        self._update(batch, logs)

    def on_test_batch_end(self, batch, logs=None):
        if not self._in_fit:
            self._update(batch, logs)

    def on_predict_batch_end(self, batch, logs=None):
        self._update(batch, None)

    def on_epoch_end(self, epoch, logs=None):
        self._finish(logs)

    def on_train_end(self, logs=None):
        self._in_fit = False

    def on_test_end(self, logs=None):
        if not self._in_fit:
            self._finish(logs)

    def on_predict_end(self, logs=None):
        self._finish(None)

    def _start(self):
        self.seen = 0
        self.progbar = Progbar(self.target, verbose=self.verbose, interval=INTERVAL)

    def _update(self, batch, logs):
        self.seen = batch + 1
        if self.progbar is None:
            self._start()
        if self.progbar.is_due(self.seen):
            # metrics are averages of the epoch already
            self.progbar._values = {}
            self.progbar.update(self.seen, list((logs or {}).items()), finalize=False)

    def _finish(self, logs):
        if self.progbar is None:
            self._start()
        if self.target is None:
            self.target = self.seen
            self.progbar.target = self.target
        self.progbar.update(self.target, list((logs or {}).items()), finalize=True)
