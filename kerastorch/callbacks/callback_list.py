"""CallbackList: tells each callback what it waits for, and nobody what nobody waits for."""

import sys

from kerastorch.callbacks.callback import Callback
from kerastorch.callbacks.history import History
from kerastorch.callbacks.logs import LazyLogs
from kerastorch.callbacks.progbar_logger import ProgbarLogger
from kerastorch.core import tree
from kerastorch.core.registry import is_library

_OLD_NAMES = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


class CallbackList(Callback):
    """Several callbacks as one.

    Args:
        callbacks: A callback, or a list of them.
        add_history: Whether to add a `History`, unless there is one.
        add_progbar: Whether to add a `ProgbarLogger`, unless there is one.
        model: The model.
        **params: What `Callback.params` holds.

    >>> end = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print("end of", epoch))
    >>> callbacks = keras.callbacks.CallbackList([end])
    >>> callbacks.on_epoch_end(3)
    end of 3
    """

    def __init__(self, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        super().__init__()
        self.callbacks = [] if callbacks is None else [c for c in tree.flatten(callbacks) if c is not None]
        for callback in self.callbacks:
            if not hasattr(callback, "set_model") or isinstance(callback, type):
                raise ValueError(
                    "`callbacks` must be a list of `keras.callbacks.Callback` instances. "
                    f"Received: {callback} (of type {type(callback)})"
                )
        self._history = next((c for c in self.callbacks if isinstance(c, History)), None)
        if add_progbar and not any(isinstance(c, ProgbarLogger) for c in self.callbacks):
            self.callbacks.append(ProgbarLogger())
        if add_history and self._history is None:
            self._history = History()
            self.callbacks.append(self._history)
        self._hooks = {}
        self.params = params
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def append(self, callback):
        """Add a callback."""
        self.callbacks.append(callback)
        self._hooks = {}

    def __iter__(self):
        return iter(self.callbacks)

    def set_params(self, params):
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def has_batch_hooks(self, name):
        """Tell whether any callback waits for a moment, such as "train_batch_end"."""
        hook = f"on_{name}"
        self._hooks.pop(hook, None)
        return bool(self._hook(hook))

    def _hook(self, name):
        """Return the methods of the library's callbacks, and those of the user's, that wait for a moment."""
        hooks = self._hooks.get(name)
        if hooks is None:
            waiting = [c for c in self.callbacks if _waits(c, name) or _waits(c, _OLD_NAMES.get(name))]
            hooks = self._hooks[name] = [
                (getattr(c, name), not is_library(type(c).__module__)) for c in waiting
            ]
        return hooks

    def _tell(self, name, logs):
        logs = {} if logs is None else logs
        for method, _ in self._hook(name):
            method(logs=logs)

    def _tell_epoch(self, name, epoch, logs):
        logs = {} if logs is None else logs
        for method, _ in self._hook(name):
            method(epoch, logs)

    def _tell_batch(self, name, batch, logs):
        logs = {} if logs is None else logs
        own = None
        for method, is_users in self._hook(name):
            if not is_users:
                method(batch, logs=logs)
                continue
            if own is None:
                own = _Snapshot(logs)
            method(batch, logs=own.logs)
        if own is not None:
            own.settle()

    def on_batch_begin(self, batch, logs=None):
        self._tell_batch("on_train_batch_begin", batch, logs)

    def on_batch_end(self, batch, logs=None):
        self._tell_batch("on_train_batch_end", batch, logs)

    def on_epoch_begin(self, epoch, logs=None):
        self._hooks = {}
        self._tell_epoch("on_epoch_begin", epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._tell_epoch("on_epoch_end", epoch, logs)

    def on_train_batch_begin(self, batch, logs=None):
        self._tell_batch("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        self._tell_batch("on_train_batch_end", batch, logs)

    def on_test_batch_begin(self, batch, logs=None):
        self._tell_batch("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch, logs=None):
        self._tell_batch("on_test_batch_end", batch, logs)

    def on_predict_batch_begin(self, batch, logs=None):
        self._tell_batch("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch, logs=None):
        self._tell_batch("on_predict_batch_end", batch, logs)

    def on_train_begin(self, logs=None):
        self._hooks = {}
        self._tell("on_train_begin", logs)

    def on_train_end(self, logs=None):
        self._tell("on_train_end", logs)

    def on_test_begin(self, logs=None):
        self._hooks = {}
        self._tell("on_test_begin", logs)

    def on_test_end(self, logs=None):
        self._tell("on_test_end", logs)

    def on_predict_begin(self, logs=None):
        self._hooks = {}
        self._tell("on_predict_begin", logs)

    def on_predict_end(self, logs=None):
        self._tell("on_predict_end", logs)


class _Snapshot:
    """Logs for a user's callback, which may keep them: then they are read before the next batch changes them."""

    def __init__(self, logs):
        self.logs = LazyLogs(lambda: dict(logs.items())) if type(logs) is LazyLogs else logs

    def settle(self):
        """Read the logs if somebody else still holds them."""
        if type(self.logs) is LazyLogs and sys.getrefcount(self.logs) > 2:
            self.logs.read()


def _waits(callback, name):
    """Tell whether a callback does anything at a moment."""
    if name is None:
        return False
    if name in getattr(callback, "__dict__", ()):
        return True
    own = getattr(type(callback), name, None)
    return own is not None and own is not getattr(Callback, name)
