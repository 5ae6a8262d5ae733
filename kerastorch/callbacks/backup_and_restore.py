"""BackupAndRestore."""

import json
import os
import shutil
import warnings

from kerastorch.callbacks.callback import Callback


class BackupAndRestore(Callback):
    """Lets an interrupted training go on: it saves the weights while training, and `fit` starts from them.

    Args:
        backup_dir: A folder for this training alone.
        save_freq: "epoch", or a number of batches. (False: only with the model's own means.)
        double_checkpoint: Whether the save before the last is kept too, for when the last cannot be read.
        delete_checkpoint: Whether the folder is removed when training has ended.

    >>> callback = keras.callbacks.BackupAndRestore("backup")
    """

    def __init__(self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True):
        super().__init__()
        if not backup_dir:
            raise ValueError("Empty `backup_dir` argument passed")
        if save_freq != "epoch" and (not isinstance(save_freq, int) or isinstance(save_freq, bool)):
            raise ValueError(
                f"Invalid value for argument `save_freq`. Received: save_freq={save_freq}. "
                "Expected either 'epoch' or an integer value."
            )
        self.backup_dir, self.save_freq = os.fspath(backup_dir), save_freq
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._weights_path = os.path.join(self.backup_dir, "latest.weights.h5")
        self._training_metadata_path = os.path.join(self.backup_dir, "training_metadata.json")
        self._prev_weights_path = f"{self._weights_path}.bkp.weights.h5"
        self._prev_training_metadata_path = f"{self._training_metadata_path}.bkp"
        self._current_epoch, self._batches_since_saving, self._last_batch_seen = 0, 0, -1

    def on_train_begin(self, logs=None):
        found = [
            (weights, metadata)
            for weights, metadata in (
                (self._weights_path, self._training_metadata_path),
                (self._prev_weights_path, self._prev_training_metadata_path),
            )
            if os.path.exists(weights) and os.path.exists(metadata)
        ]
        if not found:
            return
        if not self.model.built:
            raise ValueError(
                "To use the BackupAndRestore callback, you model must be built before you call `fit()`. "
                f"Model {self.model} is unbuilt. You can build it beforehand by calling it on a batch of "
                "data."
            )
        if self.model.optimizer is not None and not self.model.optimizer.built:
            self.model.optimizer.build(self.model.trainable_variables)
        self.model._initial_epoch = self._read(*found[0]) if len(found) == 1 else self._read_either(found)

    def _read(self, weights, metadata):
        """Load the weights, and return the epoch that they are of."""
        self.model.load_weights(weights)
        with open(metadata) as file:
            return json.load(file)["epoch"]

    def _read_either(self, found):
        try:
            return self._read(*found[0])
        except (OSError, ValueError, KeyError) as error:
            warnings.warn(
                f"The last save in '{self.backup_dir}' cannot be read, the one before it is used: {error}",
                stacklevel=4,
            )
            return self._read(*found[1])

    def on_epoch_begin(self, epoch, logs=None):
        self._current_epoch, self._last_batch_seen = epoch, -1

    def on_epoch_end(self, epoch, logs=None):
        self._current_epoch, self._last_batch_seen = epoch + 1, -1
        if self.save_freq == "epoch":
            self._save(batch=0)

    def on_train_batch_end(self, batch, logs=None):
        if self.save_freq == "epoch":
            return
        self._batches_since_saving += batch - self._last_batch_seen
        self._last_batch_seen = batch
        if self._batches_since_saving >= self.save_freq:
            self._batches_since_saving = 0
            self._save(batch)

    def _save(self, batch):
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint:
            for path, previous in (
                (self._weights_path, self._prev_weights_path),
                (self._training_metadata_path, self._prev_training_metadata_path),
            ):
                if os.path.exists(path):
                    os.replace(path, previous)
        self.model.save_weights(self._weights_path, overwrite=True)
        temporary = f"{self._training_metadata_path}.new"
        with open(temporary, "w") as file:
            json.dump({"epoch": self._current_epoch, "batch": batch}, file)
        os.replace(temporary, self._training_metadata_path)

    def on_train_end(self, logs=None):
        if self.delete_checkpoint and os.path.exists(self.backup_dir):
            shutil.rmtree(self.backup_dir)
