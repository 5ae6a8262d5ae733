"""Callbacks of a few lines."""

import json
import math
import warnings

from kerastorch.callbacks.callback import Callback
from kerastorch.callbacks.messages import print_msg
from kerastorch.core import settings


class LambdaCallback(Callback):
    """A callback made of functions.

    Args:
        on_epoch_begin, on_epoch_end: Called with `(epoch, logs)`.
        on_train_begin, on_train_end: Called with `(logs)`.
        on_train_batch_begin, on_train_batch_end: Called with `(batch, logs)`.
        **kwargs: Any other method of `Callback`.

    >>> callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(f"epoch {epoch} done"))
    >>> model = keras.Sequential([keras.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> history = model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0, callbacks=[callback])
    epoch 0 done
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **kwargs,
    ):
        super().__init__()
        self.__dict__.update(kwargs)
        for moment, function in (
            ("epoch_begin", on_epoch_begin),
            ("epoch_end", on_epoch_end),
            ("train_batch_begin", on_train_batch_begin),
            ("train_batch_end", on_train_batch_end),
        ):
            if function is not None:
                setattr(self, f"on_{moment}", _of_two(function))
        if on_train_begin is not None:
            self.on_train_begin = _of_one(on_train_begin)
        if on_train_end is not None:
            self.on_train_end = _of_one(on_train_end)


def _of_one(function):
    return lambda logs=None: function(logs)


def _of_two(function):
    return lambda index, logs=None: function(index, logs)


class TerminateOnNaN(Callback):
    """Stops training when the loss is not finite.

    Reading the loss makes a GPU's host wait, so there it is read every 16 batches and at the end of each
    epoch: once not finite, the mean over the epoch stays so.

    Args:
        raise_error: Whether to raise a RuntimeError instead.

    >>> callback = keras.callbacks.TerminateOnNaN()
    """

    def __init__(self, raise_error=False):
        super().__init__()
        self.raise_error = raise_error
        self._every = 1

    def on_train_begin(self, logs=None):
        self._every = 1 if settings.default_device().type == "cpu" else 16

    def on_batch_end(self, batch, logs=None):
        if batch % self._every == 0:
            self._check(batch, logs)
        self._last_batch = batch

    def on_epoch_end(self, epoch, logs=None):
        if self._every > 1 and not self.model.stop_training:
            self._check(self._last_batch, logs)

    def _check(self, batch, logs):
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. Terminating training "
                "immediately."
            )
        print_msg(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True


class SwapEMAWeights(Callback):
    """Exchanges the model's weights with their moving averages before evaluation, and back after it.

    The optimizer must keep averages (`use_ema=True`).

    Args:
        swap_on_epoch: Whether to exchange at the end of each epoch and back at the start of the next, so that
            what is saved in between are the averages.

    >>> model = keras.Sequential([keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(use_ema=True), "mse")
    >>> data = np.ones((4, 2)), np.ones((4, 1))
    >>> swap = keras.callbacks.SwapEMAWeights()
    >>> history = model.fit(*data, verbose=0, validation_data=data, callbacks=[swap])
    """

    def __init__(self, swap_on_epoch=False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._in_fit = self._is_swapped = False

    def _pairs(self):
        """Return the variables that have moving averages, each with its average."""
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        averaging = [o for o in getattr(optimizer, "optimizers", [optimizer]) if getattr(o, "use_ema", False)]
        if not averaging:
            raise ValueError(
                "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer, or on at least one inner "
                "optimizer. Received: use_ema=False"
            )
        return [
            pair
            for each in averaging
            for pair in zip(each._trainable_variables, each._model_variables_moving_average)
        ]

    def _swap(self):
        for variable, average in self._pairs():
            kept = variable.detach().clone()
            variable.assign(average)
            average.assign(kept)
        self._is_swapped = not self._is_swapped

    def on_train_begin(self, logs=None):
        self._in_fit = True

    def on_train_end(self, logs=None):
        self._in_fit = False

    def on_epoch_begin(self, epoch, logs=None):
        if self.swap_on_epoch and self._is_swapped:
            self._swap()

    def on_epoch_end(self, epoch, logs=None):
        if self.swap_on_epoch:
            self._swap()
            if epoch + 1 == self.params.get("epochs") or self.model.stop_training:
                # training ends with the averages as weights, which must not be averaged once more
                for variable, average in self._pairs():
                    average.assign(variable)
                self._is_swapped = False

    def on_test_begin(self, logs=None):
        self._swap()

    def on_test_end(self, logs=None):
        self._swap()

    def on_predict_begin(self, logs=None):
        if not self._in_fit:
            self._swap()

    def on_predict_end(self, logs=None):
        if not self._in_fit:
            self._swap()


class RemoteMonitor(Callback):
    """Sends the results of every epoch to a server, by HTTP.

    Args:
        root: The server's address.
        path: The path there.
        field: The name of the form field that holds the JSON.
        headers: HTTP headers.
        send_as_json: Whether the JSON is the body itself.

    >>> callback = keras.callbacks.RemoteMonitor(root="http://localhost:9000", send_as_json=True)
    """

    def __init__(
        self,
        root="http://localhost:9000",
        path="/publish/epoch/end/",
        field="data",
        headers=None,
        send_as_json=False,
    ):
        super().__init__()
        self.root, self.path, self.field = root, path, field
        self.headers, self.send_as_json = headers, send_as_json

    def on_epoch_end(self, epoch, logs=None):
        try:
            import requests
        except ImportError as e:
            raise ImportError("RemoteMonitor requires the `requests` library.") from e
        content = {"epoch": epoch, **(logs or {})}
        try:
            if self.send_as_json:
                requests.post(self.root + self.path, json=content, headers=self.headers)
            else:
                requests.post(self.root + self.path, {self.field: json.dumps(content)}, headers=self.headers)
        except requests.exceptions.RequestException:
            warnings.warn(f"Could not reach RemoteMonitor root server at {self.root}", stacklevel=2)
