"""What `compile` was given, put to work: the total loss, and the metrics, of any structure of outputs."""

import torch

from kerastorch import losses as losses_module
from kerastorch import metrics as metrics_module
from kerastorch.core import edge, tree
from kerastorch.core.naming import to_snake_case
from kerastorch.core.registry import suggest


def output_names(y_pred, names=None):
    """Return a name for each output: those of the model, the keys of a dict, or "output_0", ..."""
    count = len(tree.flatten(y_pred))
    if names is not None and len(names) == count:
        return list(names)
    if isinstance(y_pred, dict):
        return [".".join(map(str, path)) for path, _ in tree.flatten_with_path(y_pred)]
    return [f"output_{index}" for index in range(count)]


def _keyed(value, names, what):
    """Return what was given per output (one, a list, a dict) as a list in the order of the outputs."""
    if isinstance(value, dict):
        unknown = [key for key in value if key not in names]
        if unknown:
            raise ValueError(
                f"In the dict argument `{what}`, key '{unknown[0]}' does not correspond to any model output. "
                f"The outputs are: {names}.{suggest(unknown[0], names)}"
            )
        return [value.get(name) for name in names]
    if isinstance(value, (list, tuple)):
        if len(value) != len(names):
            raise ValueError(
                f"For a model with multiple outputs, when providing the `{what}` argument as a list, it should have as "
                f"many entries as the model has outputs. Received:\n{what}={value}\nof length {len(value)} whereas the "
                f"model has {len(names)} outputs."
            )
        return list(value)
    return [value] * len(names)


def flat_targets(y, names):
    """Return the targets in the order of the outputs."""
    if isinstance(y, dict) and set(y) <= set(names):
        return [y.get(name) for name in names]
    return tree.flatten(y)


class CompileLoss:
    """The total loss of a model.

    Args:
        loss: A loss (name, function, `Loss`), or a list or dict of them, one for each output.
        loss_weights: Factors in the same form.
        names: The names of the outputs, if the model has any.
    """

    def __init__(self, loss, loss_weights=None, names=None):
        if isinstance(loss_weights, (int, float)):
            loss_weights = [loss_weights]
        self.user_loss, self.user_weights, self.names = loss, loss_weights, names
        self.built = False
        self.metrics = []
        for one in tree.flatten(loss):
            if not _is_resolved(one, ("crossentropy", "ce")):
                losses_module.as_loss(one)  # a wrong name is an error at once

    def build(self, y_true, y_pred):
        """Match losses and outputs."""
        self.names = output_names(y_pred, self.names)
        if isinstance(self.user_loss, (list, tuple)) and len(self.user_loss) == 1 and len(self.names) == 1:
            self.user_loss = self.user_loss[0]
        given = _keyed(self.user_loss, self.names, "loss")
        targets, outputs = self._aligned(y_true, y_pred)
        self.losses = [_get_loss(*one) for one in zip(given, targets, outputs)]
        weights = _keyed(self.user_weights, self.names, "loss_weights")
        self.weights = [1.0 if weight is None else float(weight) for weight in weights]
        if len(self.names) > 1:
            self.metrics = [
                metrics_module.Mean(name=f"{name}_loss") if loss is not None else None
                for name, loss in zip(self.names, self.losses)
            ]
            self.trackers, self.metrics = self.metrics, [m for m in self.metrics if m is not None]
        self._single = self.losses[0] if len(self.names) == 1 and self.weights[0] == 1.0 else None
        self.built = True

    def _aligned(self, y_true, y_pred):
        targets, outputs = flat_targets(y_true, self.names), tree.flatten(y_pred)
        if len(targets) != len(outputs):
            raise ValueError(
                f"y_true and y_pred have different structures: the model has {len(outputs)} outputs ({self.names}), "
                f"but {len(targets)} targets were given."
            )
        return targets, outputs

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Return the weighted sum of the losses, a scalar."""
        if not self.built:
            self.build(y_true, y_pred)
        if self._single is not None and isinstance(y_true, torch.Tensor) and isinstance(y_pred, torch.Tensor):
            return self._single(y_true, y_pred, sample_weight)
        targets, outputs = self._aligned(y_true, y_pred)
        weights = _flat_weights(sample_weight, self.names)
        total = None
        for index, (loss, target, output, weight) in enumerate(zip(self.losses, targets, outputs, weights)):
            if loss is None:
                continue
            value = loss(target, output, weight)
            if self.metrics:
                with torch.no_grad():
                    self.trackers[index].update_state(value.detach(), sample_weight=output.shape[0])
            value = value if self.weights[index] == 1.0 else value * self.weights[index]
            total = value if total is None else total + value
        return total


def _flat_weights(sample_weight, names):
    if sample_weight is None or isinstance(sample_weight, torch.Tensor):
        return [sample_weight] * len(names)
    return flat_targets(sample_weight, names)


class CompileMetrics:
    """The metrics of a model.

    Args:
        metrics: Metrics (names, functions, `Metric`s): one, a list, or a list or dict of lists, one per output.
        weighted_metrics: The same, evaluated with sample weights.
        names: The names of the outputs, if the model has any.
    """

    name = "compile_metrics"
    dtype = "float32"

    def __init__(self, metrics, weighted_metrics, names=None):
        self.user_metrics, self.user_weighted, self.names = metrics, weighted_metrics, names
        self.built = False
        for given in (metrics, weighted_metrics):
            if given is not None and not isinstance(given, (list, tuple, dict)):
                raise ValueError(
                    f"Expected `metrics` argument to be a list, tuple, or dict. "
                    f"Received instead: metrics={given} of type {type(given)}"
                )
            for one in tree.flatten(given if given is not None else []):
                if isinstance(one, str) and not _is_resolved(one, ("accuracy", "acc")):
                    metrics_module.get(one)  # a wrong name is an error at once

    def build(self, y_true, y_pred):
        """Match metrics and outputs, and choose the accuracy that fits each."""
        self.names = output_names(y_pred, self.names)
        targets, outputs = flat_targets(y_true, self.names), tree.flatten(y_pred)
        self.entries = []  # (position of the output, metric, name in the logs, weighted)
        for given, weighted in ((self.user_metrics, False), (self.user_weighted, True)):
            for index, found in enumerate(self._per_output(given)):
                for identifier in found:
                    if identifier is None:
                        continue
                    target = targets[index] if index < len(targets) else None
                    metric = _get_metric(identifier, target, outputs[index])
                    name = self._log_name(index, metric.name, weighted)
                    self.entries.append((index, metric, name, weighted))
        self._plain = len(self.names) == 1
        self.built = True

    def _per_output(self, given):
        if not given:
            return [[] for _ in self.names]
        if isinstance(given, dict):
            return [_as_list(x) for x in _keyed(given, self.names, "metrics")]
        if len(self.names) == 1:
            return [tree.flatten(given)]
        if any(isinstance(x, (list, tuple)) for x in given):
            return [_as_list(x) for x in _keyed(given, self.names, "metrics")]
        if len(given) == len(self.names):
            return [[x] for x in given]
        if len(given) == 1:
            return [list(given) for _ in self.names]
        return [_as_list(x) for x in _keyed(given, self.names, "metrics")]

    def _log_name(self, index, name, weighted):
        """Return the name in the logs: that of the output before it, "weighted_" or a number where it is taken."""
        taken = {entry[2] for entry in self.entries}
        prefix = "" if len(self.names) == 1 else f"{self.names[index]}_"
        if weighted and prefix + name in taken:
            name = f"weighted_{name}"
        name = prefix + name
        count, unique = 1, name
        while unique in taken:
            unique, count = f"{name}_{count}", count + 1
        return unique

    @property
    def metrics(self):
        """The metrics, once they are built."""
        return [entry[1] for entry in self.entries] if self.built else []

    @property
    def variables(self):
        """The variables of the metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in a batch."""
        if not self.built:
            self.build(y_true, y_pred)
        if self._plain and isinstance(y_true, torch.Tensor) and isinstance(y_pred, torch.Tensor):
            for _, metric, _, weighted in self.entries:
                metric.update_state(y_true, y_pred, sample_weight if weighted else None)
            return
        targets, outputs = flat_targets(y_true, self.names), tree.flatten(y_pred)
        weights = _flat_weights(sample_weight, self.names)
        for index, metric, _, weighted in self.entries:
            metric.update_state(targets[index], outputs[index], weights[index] if weighted else None)

    def result(self):
        """Return a dict of the results."""
        if not self.built:
            return {}
        results = {}
        for _, metric, name, _ in self.entries:
            value = metric.result()
            results.update(value if isinstance(value, dict) else {name: value})
        return results

    def reset_state(self):
        """Start afresh."""
        for metric in self.metrics:
            metric.reset_state()


def _as_list(value):
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


_ACCURACIES = ("BinaryAccuracy", "SparseCategoricalAccuracy", "CategoricalAccuracy")
_CROSSENTROPIES = ("binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy")


def _is_resolved(identifier, names):
    return isinstance(identifier, str) and identifier.lower() in names


def _by_shapes(choices, y_true, y_pred):
    """Return the binary, sparse or categorical choice: what fits the targets and the output."""
    last_true = y_true.shape[-1] if y_true.ndim else 1
    last_pred = y_pred.shape[-1] if y_pred.ndim else 1
    sparse = y_true.ndim < y_pred.ndim or (last_true == 1 and last_pred > 1)
    return choices[0 if last_pred == 1 else 1 if sparse else 2]


def _get_loss(identifier, y_true, y_pred):
    if _is_resolved(identifier, ("crossentropy", "ce")):
        identifier = _by_shapes(_CROSSENTROPIES, y_true, y_pred)
    return losses_module.as_loss(identifier)


def _get_metric(identifier, y_true, y_pred):
    if _is_resolved(identifier, ("accuracy", "acc")):
        return getattr(metrics_module, _by_shapes(_ACCURACIES, y_true, y_pred))(name=identifier)
    metric = metrics_module.get(identifier)
    if not isinstance(metric, metrics_module.Metric):
        name = getattr(metric, "__name__", None) or to_snake_case(type(metric).__name__)
        metric = metrics_module.MeanMetricWrapper(edge.for_user(metric), name=name)
    if isinstance(identifier, str):
        metric.name = identifier
    return metric
