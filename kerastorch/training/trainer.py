"""Trainer: `compile`, `fit`, `evaluate` and `predict`."""

import warnings

import torch

from kerastorch import losses as losses_module
from kerastorch import metrics as metrics_module
from kerastorch import optimizers
from kerastorch.callbacks import CallbackList
from kerastorch.core import registry, settings, tracking
from kerastorch.core.call_spec import call_signature
from kerastorch.core.holder import Holder
from kerastorch.core.layer import Layer
from kerastorch.training.compile_loss import CompileLoss
from kerastorch.training.compile_metrics import CompileMetrics
from kerastorch.training.data import make_data, train_validation_split, unpack_x_y_sample_weight
from kerastorch.training.loop import run_batches, run_predictions
from kerastorch.training.step import Steps, plain_logs


class Trainer(Steps):
    """Training for a `Layer`: what makes it a `Model`."""

    _untracked = Layer._untracked | {
        "_compile_arguments",
        "_compile_loss",
        "_compile_metrics",
        "_loss_tracker",
        "loss",
    }

    def __init__(self):
        self._call_has_training = call_signature(type(self).call).training
        self.compiled = False
        self.loss = None
        self.optimizer = None
        self.steps_per_execution = 1
        self.stop_training = self.stop_evaluating = self.stop_predicting = False
        self.train_function = self.test_function = self.predict_function = None
        self._compile_loss = self._compile_metrics = self._loss_tracker = None
        self._compile_arguments = None
        self._run_eagerly, self._jit_compile = False, "auto"
        self._trained = self._regularized = None
        self._scales_loss = False
        self.history = None

    def __getstate__(self):
        """What copies and pickles hold: the step functions belong to this model, a copy makes its own."""
        made = ("train_function", "test_function", "predict_function", "_trained")
        state = {**super().__getstate__(), **dict.fromkeys(made)}
        state.pop("_foreign_modules", None)
        return state

    # ------------------------------------------------------------------ compile
    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
    ):
        """Say how to train: optimizer, loss and metrics.

        Args:
            optimizer: An optimizer or its name.
            loss: A loss (name, function, `Loss`), or a list or dict of them for several outputs.
            loss_weights: Factors of the losses, in the same form.
            metrics: A list of metrics (or a list or dict of lists for several outputs). "accuracy" becomes the binary,
                categorical or sparse categorical accuracy that fits the output and the targets.
            weighted_metrics: Like `metrics`, evaluated with sample and class weights.
            run_eagerly: Whether to keep every step plain Python.
            steps_per_execution: How many batches pass between two calls of batch callbacks.
            jit_compile: Whether to compile the step; "auto" decides.
            auto_scale_loss: Whether the loss is scaled for a float16 policy.

        >>> model = keras.Sequential([keras.layers.Dense(1)])
        >>> model.compile(optimizer="adam", loss="mse", metrics=["mae"])
        """
        optimizer = optimizers.get(optimizer)
        if auto_scale_loss and optimizer is not None and self.dtype_policy.name == "mixed_float16":
            optimizer = _with_loss_scale(optimizer)
        if int(steps_per_execution) < 1:
            raise ValueError(
                f"`steps_per_execution` must be a positive integer. Received: {steps_per_execution}"
            )
        if run_eagerly and jit_compile is True:
            warnings.warn(
                "If `run_eagerly` is True, then `jit_compile` cannot also be True. Disabling `jit_compile`.",
                stacklevel=2,
            )
            jit_compile = False
        if jit_compile not in (True, False, "auto"):
            raise ValueError(
                f"`jit_compile` must be True, False or 'auto'. Received: jit_compile={jit_compile}"
            )
        names = getattr(self, "output_names", None)
        compile_loss = CompileLoss(loss, loss_weights, names) if loss is not None else None
        compile_metrics = (
            CompileMetrics(metrics, weighted_metrics, names) if metrics or weighted_metrics else None
        )
        self.optimizer, self.loss = optimizer, loss
        self._compile_loss, self._compile_metrics = compile_loss, compile_metrics
        self._loss_tracker = metrics_module.Mean(name="loss")
        self.steps_per_execution = int(steps_per_execution)
        self._run_eagerly, self._jit_compile = bool(run_eagerly), jit_compile
        self._compile_arguments = {
            "optimizer": optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile if jit_compile != "auto" else False,
        }
        self.stop_training = False
        self.train_function = self.test_function = self.predict_function = None
        self.compiled = True
        self._refresh_step()

    @property
    def run_eagerly(self):
        """Whether every step is plain Python."""
        return self._run_eagerly

    @run_eagerly.setter
    def run_eagerly(self, value):
        self._run_eagerly = bool(value)

    @property
    def jit_compile(self):
        """Whether the step is compiled."""
        return self._jit_compile is True

    @jit_compile.setter
    def jit_compile(self, value):
        self._jit_compile = value
        self.train_function = self.test_function = self.predict_function = None

    @property
    def metrics(self):
        """The loss tracker, the compiled metrics, and the metrics of the model and its layers."""
        found = []
        if self.compiled:
            found.append(self._loss_tracker)
            if self._compile_metrics is not None:
                found.append(self._compile_metrics)
            if self._compile_loss is not None:
                found.extend(self._compile_loss.metrics)
        compiled = {id(metric) for part in found for metric in (part, *getattr(part, "metrics", ()))}
        own = tracking.tracked(self, "metric")
        for child in tracking.child_modules(self):
            if isinstance(child, Holder) and not isinstance(child, Trainer):  # a model inside keeps its own
                own += child.metrics
        found += [metric for metric in tracking.unique(own) if id(metric) not in compiled]
        return found

    @property
    def metrics_names(self):
        """The names of the metrics."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self):
        """Start all metrics afresh."""
        for metric in self.metrics:
            metric.reset_state()

    def get_compile_config(self):
        """Return what `compile` was given, ready for JSON."""
        if not self.compiled or self._compile_arguments is None:
            return {}
        return {key: registry.serialize_value(value) for key, value in self._compile_arguments.items()}

    def compile_from_config(self, config):
        """Compile with what `get_compile_config` gave."""
        if self._overrides("compile"):
            warnings.warn(
                "`compile()` was not called as part of model loading because the model's `compile()` method is "
                "custom. All subclassed Models that have `compile()` overridden should also override "
                "`get_compile_config()` and `compile_from_config(config)`.",
                stacklevel=2,
            )
            return
        families = {"optimizer": optimizers, "loss": losses_module}
        config = {
            key: families[key].get(value)
            if key in families and isinstance(value, str)
            else registry.deserialize_nested(value)
            for key, value in config.items()
        }
        self.compile(**config)
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def _assert_compile_called(self, method):
        if not self.compiled:
            raise ValueError(f"You must call `compile()` before calling `{method}()`.")

    # ------------------------------------------------------------------ fit
    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Train for a number of epochs, and return a `History`.

        Args:
            x: Inputs: an array or tensor, a list or dict of them, a generator, a `DataLoader`, a `PyDataset` or a
                dataset that yields `(x, y)` or `(x, y, sample_weight)`.
            y: Targets, unless `x` yields them.
            batch_size: Samples a batch, 32 by default.
            epochs: The epoch at which to stop.
            verbose: 0 silent, 1 a progress bar, 2 a line an epoch; "auto" is 1 for most cases.
            callbacks: List of callbacks.
            validation_split: Fraction of the samples, taken from the end, to evaluate after each epoch.
            validation_data: Data to evaluate after each epoch.
            shuffle: Whether to shuffle the samples before each epoch.
            class_weight: Dict of class index to weight of its samples in the loss.
            sample_weight: Weight of each sample in the loss.
            initial_epoch: The epoch at which to start.
            steps_per_epoch: Batches an epoch, for inputs without end.
            validation_steps, validation_batch_size, validation_freq: The same for validation.

        >>> model = keras.Sequential([keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit(np.ones((8, 2)), np.ones((8, 1)), epochs=2, verbose=0)
        >>> len(history.history["loss"])
        2
        """
        self._assert_compile_called("fit")
        if settings.max_epochs() is not None and epochs > settings.max_epochs():
            warnings.warn(f"Limiting epochs to {settings.max_epochs()}", stacklevel=2)
            epochs = settings.max_epochs()
        if not isinstance(validation_freq, (int, list, tuple, set)):
            raise ValueError(
                f"`validation_freq` must be an integer or a list of epochs. Received: {validation_freq}"
            )
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = train_validation_split(
                (x, y, sample_weight), validation_split=validation_split
            )
        validation_weight = None
        validation_x = validation_y = None
        if validation_data is not None:
            validation_x, validation_y, validation_weight = unpack_x_y_sample_weight(validation_data)
        data = make_data(
            x,
            y,
            sample_weight,
            batch_size=batch_size,
            steps_per_epoch=steps_per_epoch or settings.max_steps_per_epoch(),
            shuffle=shuffle,
            class_weight=class_weight,
            epochs=epochs,
            initial_epoch=initial_epoch,
            device=self.device,
        )
        if not isinstance(callbacks, CallbackList):
            callbacks = CallbackList(
                callbacks,
                add_history=True,
                add_progbar=verbose != 0,
                verbose=verbose,
                epochs=epochs,
                steps=data.num_batches,
                model=self,
            )
        self.stop_training = False
        validation = None
        self._check_no_lost_batches(data)
        training_logs = {}
        with self._training_mode():
            callbacks.on_train_begin()
            # BackupAndRestore says where an interrupted training goes on
            initial_epoch = self.__dict__.pop("_initial_epoch", None) or initial_epoch
            for epoch in range(initial_epoch, epochs):
                self._refresh_step()
                function = self.make_train_function()
                self.reset_metrics()
                self._in_mode(True)
                callbacks.on_epoch_begin(epoch)
                logs, steps = run_batches(
                    self, function, data.epoch_batches(epoch), callbacks, "train", self.steps_per_execution
                )
                if not steps:
                    raise ValueError(
                        "`fit()` received no data: the input yielded no batch. Pass at least one sample."
                    )
                epoch_logs = plain_logs(self._results_or(logs))
                if validation_data is not None and _is_due(epoch, validation_freq):
                    if validation is None:
                        validation = make_data(
                            validation_x,
                            validation_y,
                            validation_weight,
                            batch_size=validation_batch_size or batch_size,
                            steps_per_epoch=validation_steps,
                            shuffle=False,
                            device=self.device,
                        )
                    results = self._evaluate_data(validation, callbacks)
                    epoch_logs.update({f"val_{name}": value for name, value in results.items()})
                callbacks.on_epoch_end(epoch, epoch_logs)
                training_logs = epoch_logs
                if self.stop_training:
                    break
            if self.optimizer is not None and epochs > initial_epoch:
                self.optimizer.finalize_variable_values(self.trainable_weights)
            callbacks.on_train_end(logs=training_logs)
        return self.history

    def _check_no_lost_batches(self, data):
        if data.num_samples == 0:
            raise ValueError("`fit()` received empty data: 0 samples. Pass arrays with at least one sample.")

    def _results_or(self, logs):
        """Return the results of the metrics, or a user step's own logs where these say something else."""
        results = self.get_metrics_result()
        if logs is not None and isinstance(logs, dict) and set(logs) != set(results):
            return logs
        return results

    # ------------------------------------------------------------------ evaluate
    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        **kwargs,
    ):
        """Return the loss and metrics on data.

        Args:
            x, y, sample_weight, batch_size, verbose, callbacks: As for `fit`.
            steps: Number of batches, for inputs without end.
            return_dict: Whether to return a dict rather than a list.
        """
        self._assert_compile_called("evaluate")
        if kwargs:
            raise ValueError(f"Arguments not recognized: {kwargs}")
        data = make_data(
            x,
            y,
            sample_weight,
            batch_size=batch_size,
            steps_per_epoch=steps,
            shuffle=False,
            device=self.device,
        )
        if not isinstance(callbacks, CallbackList):
            callbacks = CallbackList(
                callbacks,
                add_progbar=verbose != 0,
                verbose=verbose,
                epochs=1,
                steps=data.num_batches,
                model=self,
            )
        with self._training_mode():
            logs = self._evaluate_data(data, callbacks)
        return logs if return_dict else self._flat_results(logs)

    def _evaluate_data(self, data, callbacks):
        self._refresh_step()
        function = self.make_test_function()
        self.stop_evaluating = False
        self._in_mode(False)
        callbacks.on_test_begin()
        self.reset_metrics()
        data.reset()
        with torch.no_grad():
            logs, _ = run_batches(
                self, function, data.epoch_batches(0), callbacks, "test", self.steps_per_execution
            )
        logs = plain_logs(self._results_or(logs))
        callbacks.on_test_end(logs)
        return logs

    # ------------------------------------------------------------------ predict
    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """Return the outputs for the samples of `x` as NumPy arrays.

        Args:
            x, batch_size, verbose, callbacks: As for `fit`.
            steps: Number of batches, for inputs without end.
        """
        data = make_data(x, batch_size=batch_size, steps_per_epoch=steps, shuffle=False, device=self.device)
        if not isinstance(callbacks, CallbackList):
            callbacks = CallbackList(
                callbacks,
                add_progbar=verbose != 0,
                verbose=verbose,
                epochs=1,
                steps=data.num_batches,
                model=self,
            )
        function = self.make_predict_function()
        self.stop_predicting = False
        with self._training_mode():
            self._in_mode(False)
            callbacks.on_predict_begin()
            outputs = run_predictions(self, function, data.epoch_batches(0), callbacks)
            callbacks.on_predict_end()
        return outputs

    # ------------------------------------------------------------------ modes
    def _in_mode(self, training):
        """Put plain torch modules inside the model in train or eval mode."""
        for module in self._torch_modules():
            module.train(training)

    def _torch_modules(self):
        found = self.__dict__.get("_foreign_modules")
        if found is None or not self.built:
            found = [
                m
                for m in self.modules()
                if not isinstance(m, Layer) and not registry.is_library(type(m).__module__)
            ]
            object.__setattr__(self, "_foreign_modules", tuple(found))
        return found

    def _training_mode(self):
        return _Modes(self)


class _Modes:
    """Context that leaves the modes of torch modules, and the model's own state, as they were."""

    def __init__(self, model):
        self.model = model

    def __enter__(self):
        self.saved = [(module, module.training) for module in self.model._torch_modules()]

    def __exit__(self, *exc):
        for module, mode in self.saved:
            module.training = mode


def _with_loss_scale(optimizer):
    if isinstance(optimizer, optimizers.LossScaleOptimizer):
        return optimizer
    return optimizers.LossScaleOptimizer(optimizer, name="loss_scale_optimizer")


def _is_due(epoch, freq):
    """Tell whether to validate after an epoch (counted from 0)."""
    return (epoch + 1) % freq == 0 if isinstance(freq, int) else (epoch + 1) in freq
