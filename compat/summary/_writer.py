"""Writers of summaries, and which one is the default.

https://www.tensorflow.org/api_docs/python/tf/summary
"""

import contextlib
import itertools
import os
import socket
import threading
import time

from ..data._records import TFRecordWriter
from ._event import Event, Summary


class _State(threading.local):
    """The default writer, the step and the condition of a thread."""

    writer = None
    step = None
    condition = True


_state = _State()
_numbers = itertools.count()


class SummaryWriter:
    """Writes summaries: `tf.summary.create_file_writer` makes one."""

    def as_default(self, step=None):
        """Make this the writer of the summaries in a `with` block, with a step for those that name none."""
        return self._as_default(step)

    @contextlib.contextmanager
    def _as_default(self, step):
        before = _state.writer, _state.step
        _state.writer = self
        if step is not None:
            _state.step = step
        try:
            yield self
            self.flush()
        finally:
            _state.writer = before[0]
            if step is not None:
                _state.step = before[1]

    def set_as_default(self, step=None):
        """Make this the writer of all summaries from now on."""
        _state.writer = self
        if step is not None:
            _state.step = step

    def init(self):
        """Do nothing: the file is made with the writer."""

    def add(self, value, step):
        """Write nothing."""

    def flush(self):
        """Write nothing."""

    def close(self):
        """Close nothing."""


class _FileWriter(SummaryWriter):
    def __init__(self, logdir, suffix):
        os.makedirs(logdir, exist_ok=True)
        name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}"
        self._file = TFRecordWriter(os.path.join(logdir, name + suffix))
        self._closed = False
        self._put(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def _put(self, event):
        self._file.write(event.SerializeToString())

    def add(self, value, step):
        """Write one value at a step."""
        if self._closed:
            raise RuntimeError("SummaryWriter is already closed")
        self._put(Event(wall_time=time.time(), step=int(step), summary=Summary(value=[value])))

    def flush(self):
        """Hand what was written to the file."""
        if not self._closed:
            self._file.flush()

    def close(self):
        """Finish the file."""
        self._closed = True
        self._file.close()


def create_file_writer(
    logdir,
    max_queue=None,
    flush_millis=None,
    filename_suffix=None,
    name=None,
    experimental_trackable=False,
    experimental_mesh=None,
):
    """Return a writer of a new file of events in a folder.

    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> writer = tf.summary.create_file_writer(folder)
    >>> with writer.as_default():
    ...     tf.summary.scalar("loss", 0.5, step=1)
    <tf.Tensor: shape=(), dtype=bool, numpy=True>
    >>> writer.close()
    >>> [name.startswith("events.out.tfevents") for name in os.listdir(folder)]
    [True]
    """
    if logdir is None:
        return create_noop_writer()
    if hasattr(logdir, "numpy"):
        logdir = logdir.numpy().decode()
    return _FileWriter(os.fspath(logdir), ".v2" if filename_suffix is None else str(filename_suffix))


def create_noop_writer():
    """Return a writer that writes nothing."""
    return SummaryWriter()


def flush(writer=None, name=None):
    """Hand what was written to the file, of the default writer if none is given."""
    writer = _state.writer if writer is None else writer
    if writer is not None:
        writer.flush()


@contextlib.contextmanager
def record_if(condition):
    """A context whose summaries are written only if the condition, a boolean or a function, is true."""
    before, _state.condition = _state.condition, condition
    try:
        yield
    finally:
        _state.condition = before


def should_record_summaries():
    """Tell whether a summary would be written: there is a default writer, and `record_if` allows it."""
    condition = _state.condition() if callable(_state.condition) else _state.condition
    return _state.writer is not None and bool(condition)


def get_step():
    """Return the step of summaries that are given none, or None."""
    return _state.step


def set_step(step):
    """Set the step of summaries that are given none."""
    _state.step = step


def record(value, step):
    """Write a value with the default writer."""
    step = _state.step if step is None else step
    if step is None:
        raise ValueError(
            "No step set. Please specify one either through the `step` argument or through "
            "tf.summary.experimental.set_step()"
        )
    _state.writer.add(value, step)
