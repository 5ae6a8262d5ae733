"""The metrics that `compile` was given, put to work on outputs of any structure."""

import torch

from kerastorch import metrics as metrics_module
from kerastorch.core import edge, tree
from kerastorch.core.naming import to_snake_case
from kerastorch.training.compile_loss import by_shapes, is_name
from kerastorch.training.structures import dict_names, flat_outputs

_ACCURACIES = ("BinaryAccuracy", "SparseCategoricalAccuracy", "CategoricalAccuracy")
_CROSSENTROPIES = ("BinaryCrossentropy", "SparseCategoricalCrossentropy", "CategoricalCrossentropy")


class CompileMetrics:
    """The metrics of a model.

    Args:
        metrics: Metrics (names, functions, `Metric`s): one, a list, or a list or dict of lists, one per output.
        weighted_metrics: The same, evaluated with sample weights.
        output_names: The names of the outputs, if the model has any.
    """

    name = "compile_metrics"
    dtype = "float32"

    def __init__(self, metrics, weighted_metrics, output_names=None):
        self.user_metrics, self.user_weighted, self.output_names = metrics, weighted_metrics, output_names
        self.built = False
        for argument, given in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if given and not isinstance(given, (list, tuple, dict)):
                raise ValueError(
                    f"Expected `{argument}` argument to be a list, tuple, or dict. "
                    f"Received instead: {argument}={given} of type {type(given)}"
                )
            for one in tree.flatten(given or []):
                if isinstance(one, str) and not _by_shape(one):
                    metrics_module.get(one)  # a wrong name is an error at once

    # ------------------------------------------------------------------ build
    def build(self, y_true, y_pred):
        """Match metrics and outputs, and choose the accuracy that fits each."""
        count = len(tree.flatten(y_pred))
        flat = tree.is_nested(y_pred) and len(y_pred) == count
        names = (
            dict_names(y_pred, self.output_names) if flat and isinstance(y_pred, dict) else self.output_names
        )
        if names is not None and len(names) != count:
            names = None
        self._order = names if flat and count > 1 else None
        self.entries = []  # (position of the output, metric, name in the logs, weighted)
        for argument, given, weighted in (
            ("metrics", self.user_metrics, False),
            ("weighted_metrics", self.user_weighted, True),
        ):
            found = self._per_output(argument, given, y_pred, names, count, flat)
            for index, (one, target, output) in enumerate(
                zip(found, flat_outputs(y_true, self._order), flat_outputs(y_pred, self._order))
            ):
                for identifier in one:
                    if identifier is not None:
                        metric = _get_metric(identifier, target, output)
                        name = self._log_name(
                            names[index] if names and count > 1 else None, metric.name, weighted
                        )
                        self.entries.append((index, metric, name, weighted))
        self._plain = count == 1
        self.built = True

    def _per_output(self, argument, given, y_pred, names, count, flat):
        """Return a list of metrics for each output."""
        if not given:
            return [[] for _ in range(count)]
        if count == 1:
            return [tree.flatten(given)]
        if flat and isinstance(given, (list, tuple)) and len(given) == count:
            return [_as_list(one) for one in given]
        if flat and names and isinstance(given, dict) and set(given) <= set(names):
            return [_as_list(given.get(name)) for name in names]
        try:
            found = []
            tree.map_structure_up_to(
                tree.lists_to_tuples(y_pred),
                lambda one: found.append(_as_list(one)),
                tree.lists_to_tuples(given),
            )
            return found
        except (ValueError, TypeError) as e:
            own = f"a dict or a list matching the output names of the model {self.output_names}, or "
            raise ValueError(
                f"Invalid `{argument}`. `{argument}` should contain metrics objects and be "
                f"{own if self.output_names else ''}of the output structure of the model: "
                f"{tree.map_structure(lambda _: 'X', y_pred)}.\nReceived: {argument}={given}"
            ) from e

    def _log_name(self, output, name, weighted):
        """Return the name in the logs: that of the output before it, "weighted_" or a number where it is taken."""
        taken = {entry[2] for entry in self.entries}
        prefix = "" if output is None else f"{output}_"
        if weighted and prefix + name in taken:
            name = f"weighted_{name}"
        name = prefix + name
        count, unique = 1, name
        while unique in taken:
            unique, count = f"{name}_{count}", count + 1
        return unique

    # ------------------------------------------------------------------ what a metric does
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
        targets, outputs = flat_outputs(y_true, self._order), flat_outputs(y_pred, self._order)
        weights = flat_outputs(sample_weight, self._order)
        weights = weights * len(outputs) if len(weights) == 1 else weights
        for index, metric, _, weighted in self.entries:
            if index < len(targets):
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


def _by_shape(identifier):
    """Return the classes among which the shapes decide, or None."""
    if is_name(identifier, ("accuracy", "acc")):
        return _ACCURACIES
    return _CROSSENTROPIES if is_name(identifier, ("crossentropy", "ce")) else None


def _get_metric(identifier, y_true, y_pred):
    choices = _by_shape(identifier)
    if choices is not None:
        return getattr(metrics_module, by_shapes(choices, y_true, y_pred))(name=identifier)
    metric = metrics_module.get(identifier)
    if not isinstance(metric, metrics_module.Metric):
        name = getattr(metric, "__name__", None) or to_snake_case(type(metric).__name__)
        metric = metrics_module.MeanMetricWrapper(edge.for_user(metric), name=name)
    if isinstance(identifier, str):
        metric.name = identifier
    return metric
