"""`tf.train.CheckpointManager`: the newest checkpoints of a folder, old ones deleted.

https://www.tensorflow.org/api_docs/python/tf/train/CheckpointManager
"""

import os
import time

from ._files import get_checkpoint_state, path_text, record_checkpoint, remove_checkpoint


class CheckpointManager:
    """Keeps the last checkpoints of a folder.

    Args:
        checkpoint: The `tf.train.Checkpoint` to save.
        directory: The folder.
        max_to_keep: How many checkpoints stay; None keeps all.
        keep_checkpoint_every_n_hours: Besides these, one that is this much newer than the last such one stays for ever.
        checkpoint_name: What the files' names begin with.
        step_counter: A variable that counts steps, for `checkpoint_interval`.
        checkpoint_interval: The least number of steps between two checkpoints.
        init_fn: Called by `restore_or_initialize` where there is no checkpoint.
        last_checkpoint_step: The step of the last checkpoint of an earlier run.
    """

    def __init__(
        self,
        checkpoint,
        directory,
        max_to_keep,
        keep_checkpoint_every_n_hours=None,
        checkpoint_name="ckpt",
        step_counter=None,
        checkpoint_interval=None,
        init_fn=None,
        last_checkpoint_step=None,
    ):
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(
                f"`max_to_keep` must be None or a positive integer. Received: max_to_keep={max_to_keep}"
            )
        if checkpoint_interval is not None and step_counter is None:
            raise ValueError("`step_counter` should be passed if `checkpoint_interval` is not None.")
        self._checkpoint, self._directory = checkpoint, path_text(directory)
        self._max_to_keep, self._hours = max_to_keep, keep_checkpoint_every_n_hours
        self._name, self._counter, self._interval = checkpoint_name, step_counter, checkpoint_interval
        self._init_fn, self._last_step = init_fn, last_checkpoint_step
        os.makedirs(self._directory, exist_ok=True)
        self._stamps, self._latest, self._preserved = {}, None, time.time()
        state = get_checkpoint_state(self._directory)
        if state is not None:
            stamps = state.all_model_checkpoint_timestamps
            paths = state.all_model_checkpoint_paths
            stamps = stamps if len(stamps) == len(paths) else [time.time()] * len(paths)
            self._stamps = {p: t for p, t in zip(paths, stamps) if os.path.exists(p + ".index")}
            self._latest = state.model_checkpoint_path if self._stamps else None
            self._preserved = state.last_preserved_timestamp or self._preserved

    @property
    def checkpoint(self):
        """The `tf.train.Checkpoint`."""
        return self._checkpoint

    @property
    def directory(self):
        """The folder."""
        return self._directory

    @property
    def checkpoint_interval(self):
        """The least number of steps between two checkpoints."""
        return self._interval

    @property
    def checkpoints(self):
        """The paths of the checkpoints that are kept, the oldest first."""
        return list(self._stamps)

    @property
    def latest_checkpoint(self):
        """The path of the newest checkpoint, None if there is none."""
        return self._latest

    def save(self, checkpoint_number=None, check_interval=True, options=None):
        """Save a checkpoint, delete those that are one too many, and return the path.

        Args:
            checkpoint_number: The number in its name, by default a count of the saves.
            check_interval: Whether to skip if too few steps have gone by; then None is returned.
        """
        if self._interval is not None:
            step = int(self._counter)
            if check_interval and self._last_step is not None and step - self._last_step < self._interval:
                return None
            self._last_step = step
        counter = self._checkpoint.save_counter
        number = int(counter.assign_add(1).numpy()) if checkpoint_number is None else int(checkpoint_number)
        path = self._checkpoint.write(os.path.join(self._directory, f"{self._name}-{number}"), options)
        self._stamps.pop(path, None)
        self._stamps[path], self._latest = time.time(), path
        self._note()
        self._sweep()
        return path

    def _sweep(self):
        """Delete the oldest, but for one every so many hours; the newest is whole by then."""
        while self._max_to_keep is not None and len(self._stamps) > self._max_to_keep:
            path, stamp = next(iter(self._stamps.items()))
            del self._stamps[path]
            if self._hours and stamp - self._hours * 3600.0 >= self._preserved:
                self._preserved = stamp
            else:
                self._note()
                remove_checkpoint(path)
        self._note()

    def _note(self):
        record_checkpoint(
            self._directory, self._latest, self._stamps, list(self._stamps.values()), self._preserved
        )

    def restore_or_initialize(self):
        """Restore the newest checkpoint and return its path; without one, call `init_fn` and return None."""
        if self._latest is not None:
            self._checkpoint.restore(self._latest)
            if self._interval is not None:
                self._last_step = int(self._counter)
            return self._latest
        if self._init_fn is not None:
            self._init_fn()
        return None

    def sync(self):
        """Wait for what is being written: everything is written at once here."""
