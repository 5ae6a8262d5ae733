"""Callback: what is told about every stage of `fit`, `evaluate` and `predict`."""


class Callback:
    """Base of callbacks: a subclass overrides the methods whose moment it waits for.

    `self.model` is the model, `self.params` a dict with `verbose`, `epochs` and `steps`. `logs` are dicts of
    numbers: empty at a beginning, the loss and metrics at an end.

    >>> class Announce(keras.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, sorted(logs))
    >>> model = keras.Sequential([keras.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> history = model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0, callbacks=[Announce()])
    0 ['loss']
    """

    def __init__(self):
        self.params = None
        self._model = None

    def set_params(self, params):
        """Receive what is known about the training: `verbose`, `epochs`, `steps`."""
        self.params = params

    def set_model(self, model):
        """Receive the model."""
        self._model = model

    @property
    def model(self):
        """The model."""
        return self._model

    def on_batch_begin(self, batch, logs=None):
        """The older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None):
        """The older name of `on_train_batch_end`."""

    def on_epoch_begin(self, epoch, logs=None):
        """Called before an epoch of training; epochs count from 0."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after an epoch of training, and its validation, with the results of both."""

    def on_train_batch_begin(self, batch, logs=None):
        """Called before a batch of training; batches count from 0 in each epoch."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called after a batch of training, with the results of the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch, logs=None):
        """Called before a batch of evaluation or validation."""

    def on_test_batch_end(self, batch, logs=None):
        """Called after a batch of evaluation or validation, with the results so far."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Called before a batch of prediction."""

    def on_predict_batch_end(self, batch, logs=None):
        """Called after a batch of prediction, with `logs["outputs"]`."""

    def on_train_begin(self, logs=None):
        """Called before training."""

    def on_train_end(self, logs=None):
        """Called after training, with the results of the last epoch."""

    def on_test_begin(self, logs=None):
        """Called before evaluation or validation."""

    def on_test_end(self, logs=None):
        """Called after evaluation or validation, with the results."""

    def on_predict_begin(self, logs=None):
        """Called before prediction."""

    def on_predict_end(self, logs=None):
        """Called after prediction."""
