"""Data: batches for the training loop, epoch by epoch."""

import warnings

RAN_OUT = (
    "Your input ran out of data; interrupting training. Make sure that your dataset or generator can "
    "generate at least "
    "`steps_per_epoch * epochs` batches. You may need to use the `.repeat()` function when building your "
    "dataset."
)


class Data:
    """Batches of one input, as tuples of tensors on the device. A subclass defines `batches`.

    Args:
        length: How many batches there are, or None.
        steps_per_epoch: How many batches an epoch takes, or None for all of them.
    """

    batch_size = None
    num_samples = None

    def __init__(self, length=None, steps_per_epoch=None):
        if steps_per_epoch is not None and steps_per_epoch < 1:
            raise ValueError(
                f"`steps_per_epoch` must be a positive integer. Received: steps_per_epoch={steps_per_epoch}"
            )
        self.length, self.steps_per_epoch = length, steps_per_epoch
        self._iterator, self._taken = None, 0

    def batches(self):
        """Iterate over all batches once."""
        raise NotImplementedError(f"{type(self).__name__} must define `batches(self)`.")

    @property
    def num_batches(self):
        """How many batches an epoch has; None while that is unknown."""
        return self.length if self.steps_per_epoch is None else self.steps_per_epoch

    def epoch_batches(self, epoch=0):
        """Iterate over the batches of one epoch, between `on_epoch_begin` and `on_epoch_end`.

        With `steps_per_epoch` an epoch goes on where the last one stopped.
        """
        self.on_epoch_begin()
        if self.steps_per_epoch is None:
            yield from self._whole_pass()
        else:
            yield from self._some_steps()
        self.on_epoch_end()

    def _whole_pass(self):
        count = 0
        for batch in self.batches():
            count += 1
            yield batch
        if self.length is None:
            self.length = count or None
        if count < (self.length or 1):
            warnings.warn(RAN_OUT, stacklevel=2)

    def _some_steps(self):
        for _ in range(self.steps_per_epoch):
            if self._iterator is None:
                self._iterator, self._taken = iter(self.batches()), 0
            batch = next(self._iterator, None)
            if batch is None:
                self._iterator = None
                warnings.warn(RAN_OUT, stacklevel=2)
                return
            self._taken += 1
            yield batch
        if self.length is not None and self._taken >= self.length:
            self._iterator = None

    def reset(self):
        """Begin the next epoch with the first batch, wherever the last one stopped."""
        self._iterator = None

    def on_epoch_begin(self):
        """Called before the first batch of an epoch."""

    def on_epoch_end(self):
        """Called after the last batch of an epoch."""
