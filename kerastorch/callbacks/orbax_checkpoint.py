"""OrbaxCheckpoint."""

import warnings

from kerastorch.callbacks.monitor import MonitorCallback
from kerastorch.core import tree


def _orbax():
    """Return the first version of Orbax's interface, which is imported when the first callback is made."""
    try:
        from orbax.checkpoint import v1
    except ImportError as e:
        raise ImportError(
            "OrbaxCheckpoint requires the package `orbax-checkpoint`, which brings JAX along. Without it, use "
            "`keras.callbacks.ModelCheckpoint` or `keras.callbacks.BackupAndRestore`."
        ) from e
    return v1


class OrbaxCheckpoint(MonitorCallback):
    """Saves the state of the model while it trains, in the format of Orbax, beside the training if asked to.

    Needs the package `orbax-checkpoint`. Each save is a folder, named by the epoch, or by the number of batches.

    Args:
        directory: The folder that has the saves, a whole path.
        monitor: The name of the result that says which epoch is best.
        verbose: Has no effect, as in Keras.
        save_best_only: Whether only an improvement is saved.
        mode: "min", "max" or "auto".
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: What the first result must better.
        max_to_keep: How many saves are kept, the last ones; None: all.
        save_on_background: Whether training goes on while a save is written.
        save_weights_only: Whether weights are saved without the optimizer, the metrics and the model's config.

    >>> import os, tempfile
    >>> saves = os.path.join(tempfile.mkdtemp(), "saves")
    >>> callback = keras.callbacks.OrbaxCheckpoint(saves, monitor="loss")  # doctest: +SKIP
    """

    def __init__(
        self,
        directory,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
        max_to_keep=1,
        save_on_background=True,
        save_weights_only=False,
    ):
        super().__init__(monitor, mode, initial_value_threshold)
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(
                f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer values"
            )
        self.directory, self.verbose, self.save_freq = directory, verbose, save_freq
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.max_to_keep, self.save_on_background = max_to_keep, save_on_background
        self._batches_since_saving, self._last_batch, self._total_batches = 0, -1, 0
        self._orbax = _orbax()
        training = self._orbax.training
        kept = None if max_to_keep is None else training.preservation_policies.LatestN(max_to_keep)
        self.checkpointer = training.Checkpointer(
            directory=directory,
            preservation_policy=kept,
            save_decision_policy=training.save_decision_policies.FixedIntervalPolicy(1),
        )

    def set_model(self, model):
        super().set_model(model)
        if getattr(model, "optimizer", None) is not None:
            self._total_batches = int(model.optimizer.iterations)

    def is_multihost_enabled(self):
        """Tell whether several hosts save together, which needs JAX to compute: never here."""
        return False

    def is_primary_host(self):
        """Tell whether this process is the one that writes: always here."""
        return True

    def on_train_batch_end(self, batch, logs=None):
        if self.save_freq == "epoch":
            return
        seen = batch + 1 if batch <= self._last_batch else batch - self._last_batch
        self._last_batch = batch
        self._batches_since_saving, self._total_batches = (
            self._batches_since_saving + seen,
            self._total_batches + seen,
        )
        if self._batches_since_saving >= self.save_freq:
            self._batches_since_saving = 0
            if self._is_wanted(logs, f"batch {batch}"):
                self._save(self._total_batches)

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch" and self._is_wanted(logs, f"epoch {epoch}"):
            self._save(epoch)

    def _is_wanted(self, logs, when):
        if not self.save_best_only:
            return True
        self._set_monitor_op()
        current = (logs or {}).get(self.monitor)
        if current is None:
            warnings.warn(
                f"Can save best model only with {self.monitor} available, skipping save at {when}.",
                stacklevel=3,
            )
            return False
        if not self._is_improvement(current, self.best):
            return False
        self.best = current
        return True

    def _save(self, step):
        state = self.model.get_state_tree(value_format="numpy_array")
        if self.save_weights_only:
            state = {key: state[key] for key in ("trainable_variables", "non_trainable_variables")}
        content = {"pytree": tree.map_structure(_plain_scalar, state)}
        if not self.save_weights_only:
            content["model_config"] = {"config": self.model.to_json()}
        if self.save_on_background:
            self.checkpointer.save_checkpointables_async(step, content)
        else:
            self.checkpointer.save_checkpointables(step, content)

    def on_train_end(self, logs=None):
        self.checkpointer.close()

    def wait_until_finished(self):
        """Wait until all saves are written."""
        self.checkpointer.wait()


def _plain_scalar(x):
    return x.item() if getattr(x, "ndim", None) == 0 else x
