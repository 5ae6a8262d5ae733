"""TensorBoard."""

import os
import time

from kerastorch.callbacks.callback import Callback
from kerastorch.callbacks.learning_rate import rates


class TensorBoard(Callback):
    """Writes results, weights and learning rates for TensorBoard to show.

    Needs the `tensorboard` package.

    Args:
        log_dir: The folder; training writes to "train" in it, validation to "validation".
        histogram_freq: How many epochs pass between two histograms of the weights; 0: none.
        write_graph: Whether the model's summary is written, as text.
        write_images: Whether kernels are written as images too, with the histograms.
        write_steps_per_second: Whether the speed is written.
        update_freq: "epoch", "batch", or a number of batches.
        profile_batch: Has no effect: use `torch.profiler`.
        embeddings_freq: How many epochs pass between two savings of embedding weights; 0: none.
        embeddings_metadata: A dict from names of Embedding layers to lists of labels.

    >>> callback = keras.callbacks.TensorBoard(log_dir="logs")
    """

    def __init__(
        self,
        log_dir="logs",
        histogram_freq=0,
        write_graph=True,
        write_images=False,
        write_steps_per_second=False,
        update_freq="epoch",
        profile_batch=0,
        embeddings_freq=0,
        embeddings_metadata=None,
    ):
        super().__init__()
        self.log_dir, self.histogram_freq = os.fspath(log_dir), histogram_freq
        self.write_graph, self.write_images = write_graph, write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.profile_batch = profile_batch
        self.embeddings_freq, self.embeddings_metadata = embeddings_freq, embeddings_metadata
        self._writers = {}
        self._step = self._test_step = 0
        self._in_fit = False

    def _writer(self, name):
        if name not in self._writers:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError as e:
                raise ImportError(
                    "TensorBoard requires the `tensorboard` package. Install it with `pip install "
                    "tensorboard`."
                ) from e
            self._writers[name] = SummaryWriter(os.path.join(self.log_dir, name))
        return self._writers[name]

    @property
    def summary(self):
        """The writer of the training's results, a `torch.utils.tensorboard.SummaryWriter`."""
        return self._writer("train")

    def on_train_begin(self, logs=None):
        self._in_fit = True
        self._step = 0
        writer = self._writer("train")
        if self.write_graph and self.model.built:
            lines = []
            self.model.summary(print_fn=lambda line, line_break=False: lines.append(str(line)))
            writer.add_text("model", "```\n" + "\n".join(lines) + "\n```")

    def on_train_end(self, logs=None):
        self._in_fit = False
        self._close()

    def on_test_begin(self, logs=None):
        self._test_step = 0

    def on_test_end(self, logs=None):
        if not self._in_fit:
            writer = self._writer("validation")
            for name, value in (logs or {}).items():
                writer.add_scalar(f"evaluation_{name}_vs_iterations", value, self._iterations())
            self._close()

    def _iterations(self):
        return 0 if self.model.optimizer is None else int(self.model.optimizer.iterations)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch_start, self._epoch_start_step = time.time(), self._step

    def on_train_batch_begin(self, batch, logs=None):
        self._batch_start = time.time()

    def on_train_batch_end(self, batch, logs=None):
        self._step += 1
        if self.update_freq == "epoch" or self._step % self.update_freq:
            return
        writer = self._writer("train")
        if self.write_steps_per_second:
            writer.add_scalar(
                "batch_steps_per_second", 1 / max(time.time() - self._batch_start, 1e-9), self._step
            )
        for name, value in (logs or {}).items():
            writer.add_scalar(f"batch_{name}", value, self._step)

    def on_epoch_end(self, epoch, logs=None):
        logs = dict(logs or {})
        if self.model.optimizer is not None:
            logs = {**rates(self.model.optimizer), **logs}
        for name, value in logs.items():
            kind = "validation" if name.startswith("val_") else "train"
            self._writer(kind).add_scalar(f"epoch_{name.removeprefix('val_')}", value, epoch)
        writer = self._writer("train")
        if self.write_steps_per_second:
            speed = (self._step - self._epoch_start_step) / max(time.time() - self._epoch_start, 1e-9)
            writer.add_scalar("epoch_steps_per_second", speed, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(writer, epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings(writer, epoch)

    def _write_weights(self, writer, epoch):
        for layer in self.model.layers:
            for weight in layer.weights:
                name = weight.path.replace(":", "_")
                values = weight.detach().float().cpu()
                writer.add_histogram(f"{name}/histogram", values, epoch)
                if self.write_images and 2 <= values.ndim <= 3:
                    image = values if values.ndim == 2 else values[..., 0]
                    image = (image - image.min()) / (image.max() - image.min()).clamp_min(1e-12)
                    writer.add_image(f"{name}/image", image, epoch, dataformats="HW")

    def _write_embeddings(self, writer, epoch):
        labels = self.embeddings_metadata or {}
        for layer in self.model.layers:
            if type(layer).__name__ == "Embedding":
                metadata = labels.get(layer.name) if isinstance(labels, dict) else labels
                writer.add_embedding(
                    layer.embeddings.detach().float().cpu(), metadata, global_step=epoch, tag=layer.name
                )

    def _close(self):
        for writer in self._writers.values():
            writer.close()
        self._writers = {}
