"""One batch: forward, loss, backward, update, metrics; and the single-batch methods around it."""

import warnings

import numpy as np
import torch

from kerastorch.core import edge, tree
from kerastorch.core.call import Seen, calling
from kerastorch.core.call_spec import call_signature
from kerastorch.core.registry import is_library
from kerastorch.training.data import data_to_batch, unpack_x_y_sample_weight


class Steps:
    """The steps of a model that `fit`, `evaluate` and `predict` run; each can be overridden."""

    def train_step(self, data):
        """Train on one batch, and return a dict of metric results.

        Override it to train differently: `data` is what the input yields, usually `(x, y)` or `(x, y, sample_weight)`.
        """
        self._update(data)
        return self.get_metrics_result()

    def test_step(self, data):
        """Evaluate one batch, and return a dict of metric results."""
        self._evaluate_batch(data)
        return self.get_metrics_result()

    def predict_step(self, data):
        """Return the outputs for one batch."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self(x, training=False) if self._call_has_training else self(x)

    def _update(self, data):
        """Run forward, loss, backward, optimizer and metrics on one batch."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        if Seen.losses:
            self._clear_losses()
        with calling(True):
            y_pred = self(x)
            loss = self._loss_of(x, y, y_pred, sample_weight, True)
        variables = self._update_variables()
        grad_enabled = torch.is_grad_enabled()
        if variables:
            scaled = self.optimizer.scale_loss(loss) if self._scales_loss else loss
            if not scaled.requires_grad:
                raise ValueError(
                    "The loss does not depend on any trainable weight, so there is nothing to train. Check that "
                    "`call` uses the layers, and that the loss is computed with differentiable operations."
                )
            gradients = torch.autograd.grad(scaled, variables, allow_unused=True)
            torch._C._set_grad_enabled(False)
            try:
                self.optimizer.apply(gradients, variables)
                self._after_update(loss, x, y, y_pred, sample_weight)
            finally:
                torch._C._set_grad_enabled(grad_enabled)
        else:
            warnings.warn("The model does not have any trainable weights.", stacklevel=2)
            with torch.no_grad():
                self._after_update(loss, x, y, y_pred, sample_weight)

    def _evaluate_batch(self, data):
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        if Seen.losses:
            self._clear_losses()
        with calling(False):
            y_pred = self(x)
            loss = self._loss_of(x, y, y_pred, sample_weight, False)
        self._after_update(loss, x, y, y_pred, sample_weight)

    def _after_update(self, loss, x, y, y_pred, sample_weight):
        self._loss_tracker.update_state(loss.detach(), sample_weight=_batch_size(x))
        if self._overrides("compute_metrics"):
            edge.call_user(self.compute_metrics, x, y, y_pred, sample_weight)
        elif self._compile_metrics is not None and y is not None:
            self._compile_metrics.update_state(y, y_pred, sample_weight)

    def _loss_of(self, x, y, y_pred, sample_weight, training):
        """Return the scalar to minimise, from the user's `compute_loss` where there is one."""
        if self._overrides("compute_loss"):
            arguments = {"x": x, "y": y, "y_pred": y_pred, "sample_weight": sample_weight}
            if _takes(self.compute_loss, "training"):
                arguments["training"] = training
            with edge.recording():
                return edge.call_user(self.compute_loss, **arguments)
        return self.compute_loss(x, y, y_pred, sample_weight, training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the loss of a batch: the compiled loss, plus the losses of the layers.

        Args:
            x, y, y_pred, sample_weight: The batch and the outputs.
            training: Whether the batch is trained on.
        """
        total = None
        if self._compile_loss is not None and y is not None:
            total = self._compile_loss(y, y_pred, sample_weight)
        if Seen.losses or self._has_regularizers():
            for loss in self.losses:
                total = loss.sum() if total is None else total + loss.sum()
        if total is None:
            if self._compile_loss is not None:
                raise ValueError(
                    "No targets were passed, and the model has no losses of its own. Pass `y`, or add losses with "
                    f"`add_loss()`. Received: y={y}"
                )
            raise ValueError(
                "No loss to compute. Provide a `loss` argument in `compile()`, or add losses with `add_loss()`."
            )
        return total

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Update the compiled metrics with a batch, and return a dict of all results."""
        if self._compile_metrics is not None and y is not None:
            x, y, y_pred, sample_weight = edge.unwrap((x, y, y_pred, sample_weight))
            with torch.no_grad():
                self._compile_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self):
        """Return a dict of the results of all metrics."""
        results = {}
        with torch.no_grad():
            for metric in self.metrics:
                value = metric.result()
                results.update(value if isinstance(value, dict) else {metric.name: value})
        return results

    # ------------------------------------------------------------------ the step functions
    def make_train_function(self, force=False):
        """Make the function that trains on one batch of data."""
        if self.train_function is None or force:
            self.train_function = self._step_function("train_step", self._update, grad=True)
        return self.train_function

    def make_test_function(self, force=False):
        """Make the function that evaluates one batch of data."""
        if self.test_function is None or force:
            self.test_function = self._step_function("test_step", self._evaluate_batch, grad=False)
        return self.test_function

    def make_predict_function(self, force=False):
        """Make the function that predicts one batch of data."""
        if self.predict_function is None or force:
            self.predict_function = self._step_function("predict_step", self.predict_step, grad=False)
        return self.predict_function

    def _step_function(self, name, default, grad):
        """Return the user's step, or the default one, which gives no logs: they are read off the metrics on demand."""
        step = default
        if self._overrides(name):
            method = getattr(self, name)

            def step(data):
                return edge.call_user(method, _as_given(data))

        elif self._overrides("compute_metrics") and name != "predict_step":
            step = getattr(self, name)

        if grad:

            def function(data):
                with edge.recording():
                    return step(data)

            return function if edge.border.type is not None else step

        def inference(data):
            with torch.no_grad():
                return step(data)

        return inference

    def _overrides(self, name):
        """Tell whether the user's class has its own version of a method."""
        own = self.__dict__.setdefault("_override_cache", {})
        if name not in own:
            method = getattr(type(self), name)
            own[name] = not is_library(method.__module__)
        return own[name]

    def _update_variables(self):
        """Return the trainable weights, looked up once an epoch."""
        if self._trained is None:
            self._trained = self.trainable_weights
        return self._trained

    def _has_regularizers(self):
        if self._regularized is None:
            self._regularized = any(getattr(v, "regularizer", None) is not None for v in self.weights)
        return self._regularized

    def _refresh_step(self):
        """Forget what was looked up, so that changes to `trainable` and to the layers take effect."""
        self._trained = self._regularized = None
        optimizer = self.optimizer
        self._scales_loss = optimizer is not None and (
            getattr(optimizer, "loss_scale_factor", None) is not None
            or type(optimizer).scale_loss.__qualname__ != "Optimizer.scale_loss"
        )

    # ------------------------------------------------------------------ one batch
    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """Train on one batch and return the metrics.

        Args:
            x, y, sample_weight: The batch.
            class_weight: Dict of class index to weight.
            return_dict: Whether to return a dict rather than a list.
        """
        self._assert_compile_called("train_on_batch")
        if class_weight is not None and sample_weight is not None:
            raise ValueError(
                "Arguments `sample_weight` and `class_weight` cannot be specified at the same time. "
                f"Received: sample_weight={sample_weight}, class_weight={class_weight}"
            )
        data = data_to_batch(x, y, sample_weight, class_weight)
        self._refresh_step()
        self._in_mode(True)
        self.reset_metrics()
        logs = self.make_train_function()(data)
        return self._batch_logs(logs, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Evaluate one batch and return the metrics."""
        self._assert_compile_called("test_on_batch")
        data = data_to_batch(x, y, sample_weight)
        self._refresh_step()
        self._in_mode(False)
        self.reset_metrics()
        logs = self.make_test_function()(data)
        return self._batch_logs(logs, return_dict)

    def predict_on_batch(self, x):
        """Return the outputs for one batch as NumPy arrays."""
        data = data_to_batch(x)
        self._in_mode(False)
        outputs = self.make_predict_function()(data)
        return tree.map_structure(edge.to_numpy, outputs)

    def _batch_logs(self, logs, return_dict):
        logs = plain_logs(self.get_metrics_result() if logs is None else logs)
        if return_dict:
            return {
                key: np.float32(value) if isinstance(value, float) else value for key, value in logs.items()
            }
        return self._flat_results(logs)

    def _flat_results(self, logs):
        """Return results as a list: those named after a metric first, then the others by name; or the only one."""
        names = []
        for metric in self.metrics:
            names += [m.name for m in metric.metrics] if metric is self._compile_metrics else [metric.name]
        values = [logs[name] for name in names if name in logs]
        values += [logs[name] for name in sorted(logs) if name not in names]
        return values[0] if len(values) == 1 else values


def plain_logs(logs):
    """Return logs as a dict of Python floats, sorted by name; nested dicts are laid flat."""
    result = {}
    for key, value in sorted(logs.items()):
        if isinstance(value, dict):
            result.update(plain_logs(value))
            continue
        try:
            result[key] = float(edge.unwrap(value))
        except (TypeError, ValueError, RuntimeError):
            result[key] = value  # not a scalar: shown as it is
    return result


def _as_given(data):
    """Return a batch as a user's step expects it: a single input without targets is not in a tuple."""
    if len(data) == 1 and not isinstance(data[0], (list, tuple)):
        return data[0]
    return tuple(data)


def _takes(method, name):
    """Tell whether a method takes a keyword argument."""
    signature = call_signature(method.__func__)
    return name in signature.names or signature.keywords


def _batch_size(x):
    if isinstance(x, torch.Tensor):
        return x.shape[0] if x.ndim else 1
    for part in tree.flatten(x):
        if part is not None and getattr(part, "ndim", 0):
            return part.shape[0]
    return 1
