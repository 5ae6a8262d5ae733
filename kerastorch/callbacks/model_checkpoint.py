"""ModelCheckpoint."""

import os
import warnings

from kerastorch.callbacks.messages import print_msg
from kerastorch.callbacks.monitor import MonitorCallback


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, while it trains.

    Args:
        filepath: Where to. It may have fields for `epoch` (from 1), `batch` and the results:
            "model-{epoch:02d}-{val_loss:.2f}.keras". Weights go to "*.weights.h5".
        monitor: The name of the result that says which epoch is best.
        verbose: 1 prints what it does.
        save_best_only: Whether only an improvement is saved (without the result, every time, with a warning).
        save_weights_only: Whether weights are saved rather than the model.
        mode: "min", "max" or "auto".
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: What the first result must better.

    >>> callback = keras.callbacks.ModelCheckpoint("best.keras", monitor="val_accuracy", save_best_only=True)
    """

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        super().__init__(monitor, mode, initial_value_threshold)
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(
                f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer values"
            )
        self.filepath = os.fspath(filepath)
        if save_weights_only:
            if not self.filepath.endswith(".weights.h5"):
                raise ValueError(
                    "When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must "
                    "end in "
                    f"`.weights.h5` (Keras weights format). Received: filepath={self.filepath}"
                )
        elif not self.filepath.endswith((".keras", ".h5")):
            raise ValueError(
                "The filepath provided must end in `.keras` (Keras model format). "
                f"Received: filepath={self.filepath}"
            )
        self.verbose, self.save_freq = verbose, save_freq
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self._current_epoch, self._batches_since_saving, self._last_batch = 0, 0, 0

    def on_epoch_begin(self, epoch, logs=None):
        self._current_epoch = epoch
        self._last_batch = 0

    def on_train_batch_end(self, batch, logs=None):
        if self.save_freq == "epoch":
            return
        # batches start again from 0 with each epoch
        self._batches_since_saving += batch + 1 - self._last_batch
        self._last_batch = batch + 1
        if self._batches_since_saving >= self.save_freq:
            self._batches_since_saving = 0
            self._save(self._current_epoch, batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._set_monitor_op() if self.save_best_only else None
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch, batch, logs):
        logs = {} if logs is None else logs
        filepath = self._formatted(epoch, batch, logs)
        where = f"\nEpoch {epoch + 1}: "
        if self.save_best_only and not self._is_best(where, filepath, logs):
            return
        if not self.save_best_only and self.verbose > 0:
            print_msg(f"{where}saving model to {filepath}")
        folder = os.path.dirname(filepath)
        if folder:
            os.makedirs(folder, exist_ok=True)
        if os.path.isdir(filepath):
            raise OSError(
                "Please specify a non-directory filepath for ModelCheckpoint. "
                f"Filepath used is an existing directory: {filepath}"
            )
        if self.save_weights_only:
            self.model.save_weights(filepath, overwrite=True)
        else:
            self.model.save(filepath, overwrite=True)
        if self.verbose > 0:
            print_msg(f"{where}finished saving model to {filepath}")

    def _is_best(self, where, filepath, logs):
        self._set_monitor_op()
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(f"Can save best model only with {self.monitor} available.", stacklevel=4)
            return True
        if not self._is_improvement(current, self.best):
            if self.verbose > 0:
                print_msg(f"{where}{self.monitor} did not improve from {self.best:.5f}")
            return False
        if self.verbose > 0:
            before = self.best if self.best is None else f"{self.best:.5f}"
            print_msg(
                f"{where}{self.monitor} improved from {before} to {current:.5f}, saving model to {filepath}"
            )
        self.best = current
        return True

    def _formatted(self, epoch, batch, logs):
        fields = {"epoch": epoch + 1, **logs}
        if batch is not None:
            fields["batch"] = batch + 1
        try:
            return self.filepath.format(**fields)
        except KeyError as e:
            raise KeyError(f'Failed to format this callback filepath: "{self.filepath}". Reason: {e}') from e
