"""The file that notes which checkpoint is the latest, and readers of checkpoints.

https://www.tensorflow.org/api_docs/python/tf/train/latest_checkpoint
"""

import os
import re
import time

from kerastorch.saving.tensor_bundle import BFLOAT16, CheckpointError, TensorBundle, delete_bundle

from .._dtypes import _TABLE, as_dtype
from ..errors import DataLossError, NotFoundError

_NAMES = {number: name for name, (number, _) in _TABLE.items()}
_LINE = re.compile(r'^\s*(\w+)\s*:\s*(?:"((?:[^"\\]|\\.)*)"|(\S+))\s*$')
_ESCAPE = re.compile(r"\\([0-7]{1,3}|.)")


def path_text(path):
    """Return a path as text, also of a tensor of one string."""
    if hasattr(path, "numpy"):
        path = path.numpy()
    return os.fsdecode(path)


class CheckpointState:
    """What the file `checkpoint` of a folder says."""

    def __init__(self, paths=(), latest="", timestamps=(), last_preserved=None):
        self.model_checkpoint_path, self.all_model_checkpoint_paths = latest, list(paths)
        self.all_model_checkpoint_timestamps, self.last_preserved_timestamp = list(timestamps), last_preserved

    def __str__(self):
        lines = [f'model_checkpoint_path: "{_quoted(self.model_checkpoint_path)}"']
        lines += [
            f'all_model_checkpoint_paths: "{_quoted(path)}"' for path in self.all_model_checkpoint_paths
        ]
        lines += [f"all_model_checkpoint_timestamps: {t!r}" for t in self.all_model_checkpoint_timestamps]
        if self.last_preserved_timestamp is not None:
            lines.append(f"last_preserved_timestamp: {self.last_preserved_timestamp!r}")
        return "".join(line + "\n" for line in lines)

    __repr__ = __str__


def _quoted(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _unquoted(text):
    return _ESCAPE.sub(lambda m: m[1] if not m[1].isdigit() else chr(int(m[1], 8)), text)


def record_checkpoint(folder, latest, paths, timestamps=None, last_preserved=None, latest_filename=None):
    """Write the file `checkpoint` of a folder, whole or not at all."""
    names = [_relative(path, folder) for path in paths]
    stamps = [time.time()] if timestamps is None else timestamps
    state = CheckpointState(names, _relative(latest, folder), stamps, last_preserved)
    path = os.path.join(folder, latest_filename or "checkpoint")
    temporary = f"{path}.tmp{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(str(state))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _relative(path, folder):
    inside = os.path.dirname(path) == folder
    return os.path.basename(path) if inside else path


def get_checkpoint_state(checkpoint_dir, latest_filename=None):
    """Return the `CheckpointState` of a folder, None if it has none."""
    folder = path_text(checkpoint_dir)
    try:
        with open(os.path.join(folder, latest_filename or "checkpoint"), encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    state = CheckpointState()
    for line in lines:
        found = _LINE.match(line)
        if not found:
            continue
        name, text, number = found.groups()
        if name == "model_checkpoint_path":
            state.model_checkpoint_path = _absolute(_unquoted(text), folder)
        elif name == "all_model_checkpoint_paths":
            state.all_model_checkpoint_paths.append(_absolute(_unquoted(text), folder))
        elif name == "all_model_checkpoint_timestamps":
            state.all_model_checkpoint_timestamps.append(float(number))
        elif name == "last_preserved_timestamp":
            state.last_preserved_timestamp = float(number)
    return state


def _absolute(path, folder):
    return path if os.path.isabs(path) else os.path.join(folder, path)


def latest_checkpoint(checkpoint_dir, latest_filename=None):
    """Return the path of the newest checkpoint of a folder, None if there is none."""
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state and state.model_checkpoint_path and os.path.exists(state.model_checkpoint_path + ".index"):
        return state.model_checkpoint_path
    return None


def _prefix(ckpt_dir_or_file):
    path = path_text(ckpt_dir_or_file)
    if os.path.isdir(path):
        latest = latest_checkpoint(path)
        if latest is None:
            raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {path}")
        return latest
    return path


class CheckpointReader:
    """The tensors of a checkpoint by name, made by `tf.train.load_checkpoint`."""

    def __init__(self, path):
        try:
            self._bundle = TensorBundle(path)
        except FileNotFoundError:
            raise NotFoundError(
                None,
                None,
                f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {path}",
            ) from None
        except CheckpointError as error:
            raise DataLossError(None, None, str(error)) from error

    def has_tensor(self, tensor_str):
        """Whether there is a tensor of this name."""
        return tensor_str in self._bundle

    def get_tensor(self, tensor_str):
        """Return a tensor as a NumPy value. Raises `tf.errors.NotFoundError` if there is none of this name."""
        if tensor_str not in self._bundle:
            raise NotFoundError(None, None, f"Key {tensor_str} not found in checkpoint")
        try:
            array = self._bundle.read(tensor_str)
        except CheckpointError as error:
            raise DataLossError(None, None, str(error)) from error
        if self._bundle.dtype(tensor_str) == BFLOAT16:
            array = array.view(as_dtype("bfloat16").as_numpy_dtype)
        return array if array.ndim else array[()]

    def get_variable_to_shape_map(self):
        """Return the shapes by name, as lists."""
        return {name: self._bundle.shape(name) for name in self._bundle}

    def get_variable_to_dtype_map(self):
        """Return the dtypes by name."""
        return {name: as_dtype(_NAMES[self._bundle.dtype(name)]) for name in self._bundle}

    def debug_string(self):
        """Return a line of name, dtype and shape for each tensor, as bytes."""
        shapes, dtypes = self.get_variable_to_shape_map(), self.get_variable_to_dtype_map()
        lines = [f"{n} (DT_{dtypes[n].name.upper()}) [{','.join(map(str, s))}]\n" for n, s in shapes.items()]
        return "".join(lines).encode()


def load_checkpoint(ckpt_dir_or_file):
    """Return a `CheckpointReader` of a checkpoint, or of the newest one in a folder."""
    return CheckpointReader(_prefix(ckpt_dir_or_file))


def load_variable(ckpt_dir_or_file, name):
    """Return a tensor of a checkpoint as a NumPy value."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file):
    """Return (name, shape) of the tensors of a checkpoint, in order."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def checkpoints_iterator(checkpoint_dir, min_interval_secs=0, timeout=None, timeout_fn=None):
    """Yield the path of each new checkpoint of a folder, as they come.

    Args:
        checkpoint_dir: The folder.
        min_interval_secs: The least time between two.
        timeout: How long to wait for the next, None for ever.
        timeout_fn: Called after the time is over: true ends the waiting.
    """
    latest, start = None, time.time()
    while True:
        found = latest_checkpoint(checkpoint_dir)
        if found is not None and found != latest:
            latest, start = found, time.time()
            yield found
            time.sleep(max(0, start + min_interval_secs - time.time()))
            continue
        if timeout is not None and time.time() - start > timeout:
            if timeout_fn is None or timeout_fn():
                return
            start = time.time()
        time.sleep(min(1.0, timeout / 10 if timeout else 1.0))


def remove_checkpoint(path):
    """Delete the files of a checkpoint."""
    delete_bundle(path)
