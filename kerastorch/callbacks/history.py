"""History: the results of every epoch."""

from kerastorch.callbacks.callback import Callback


class History(Callback):
    """Keeps the results of every epoch. `fit` adds one and returns it.

    Attributes:
        history: A dict from names to lists, one value for each epoch.
        epoch: A list of the epochs.

    >>> model = keras.Sequential([keras.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> history = model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=3, verbose=0)
    >>> len(history.history["loss"]), history.epoch
    (3, [0, 1, 2])
    """

    def __init__(self):
        super().__init__()
        self.history = {}

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        # after `fit` of another model, the last one has it
        self.model.history = self
