"""The losses that `compile` was given, put to work on outputs of any structure."""

import typing

import torch

from kerastorch import losses as losses_module
from kerastorch import metrics as metrics_module
from kerastorch.core import edge, tree
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.training.structures import aligned, resolve

_CROSSENTROPIES = ("binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy")


class Term(typing.NamedTuple):
    """One summand of the total loss: a loss of what stands at a path of targets and outputs."""

    path: tuple
    loss: object
    weight: float | None
    name: str


class _Weighted:
    """A loss and its factor, a leaf in the structure of losses."""

    def __init__(self, loss, weight):
        self.loss, self.weight = loss, weight


class CompileLoss:
    """The total loss of a model.

    Args:
        loss: A loss (name, function, `Loss`), or a list or dict of them in the structure of the outputs. An entry may
            be None, and an inner entry may stand for all outputs below it.
        loss_weights: Factors in the same structure.
        output_names: The names of the outputs, if the model has any.
    """

    def __init__(self, loss, loss_weights=None, output_names=None):
        if loss_weights is not None and not isinstance(loss_weights, (list, tuple, dict, float)):
            raise ValueError(
                "Expected `loss_weights` argument to be a float (single output case) or a list, tuple, or dict "
                f"(multiple output case). Received instead: loss_weights={loss_weights} of type {type(loss_weights)}"
            )
        self.user_loss, self.user_weights, self.output_names = loss, loss_weights, output_names
        self.built = False
        self.metrics = []
        self._single = None
        for one in tree.flatten(loss):
            if one is not None and not is_name(one, ("crossentropy", "ce")):
                losses_module.as_loss(one)  # a wrong name is an error at once

    @property
    def variables(self):
        """The variables of the means of the single losses."""
        return [v for metric in self.metrics for v in metric.variables]

    # ------------------------------------------------------------------ build
    def build(self, y_true, y_pred):
        """Match losses and outputs; only the structures and shapes count."""
        losses, weights = self._by_position(y_pred)
        losses = _with_weights(losses, weights)
        if not tree.is_nested(losses):
            losses = tree.map_structure(lambda _: losses, y_pred)
        self.terms = []
        self._add_terms(losses, y_true, y_pred, self._names(y_pred), ())
        self.metrics = []
        if len(self.terms) > 1:
            self.metrics = [metrics_module.Mean(name=f"{term.name}_loss") for term in self.terms]
        only = self.terms[0] if len(self.terms) == 1 and not tree.is_nested(y_pred) else None
        self._single = only.loss if only is not None and only.weight is None else None
        self.built = True

    def _by_position(self, y_pred):
        """Return losses and weights; a dict by the names of outputs that are no dict becomes a list."""
        losses, weights, names = self.user_loss, self.user_weights, self.output_names
        if isinstance(losses, dict) and not isinstance(y_pred, dict):
            if not names or set(names) != set(losses):
                raise ValueError(
                    f"Expected keys {names} in loss dict, but found loss.keys()={list(losses)}. Name every output of "
                    "the model, with None for those without a loss."
                )
            losses = [losses[name] for name in names]
            weights = [weights[name] for name in names] if isinstance(weights, dict) else weights
        return losses, weights

    def _names(self, y_pred):
        """Return the names in the structure of the outputs, None where there are none."""
        flat = tree.flatten(y_pred)
        if self.output_names is not None and len(self.output_names) == len(flat):
            return tree.pack_sequence_as(y_pred, self.output_names)
        return tree.map_structure(_symbolic_name, y_pred)

    def _add_terms(self, losses, y_true, y_pred, names, path):
        """Add the terms for the outputs at a path."""
        if losses is None:
            return
        if not tree.is_nested(losses):
            loss = _get_loss(losses.loss, y_true, y_pred)
            name = _term_name(path, names, _loss_name(losses.loss, loss))
            self.terms.append(Term(path, loss, losses.weight, name))
            return
        if isinstance(losses, (list, tuple)):
            leaves = not any(tree.is_nested(loss) for loss in losses)
            if leaves and len(losses) == len(tree.flatten(y_pred)):
                losses = tree.pack_sequence_as(y_pred, losses)
                if not tree.is_nested(losses):
                    self._add_terms(losses, y_true, y_pred, names, path)
                    return
            elif not isinstance(y_pred, type(losses)):
                for loss in losses:  # each for the whole
                    self._add_terms(loss, y_true, y_pred, names, path)
                return
        if not isinstance(y_pred, type(losses)):
            raise KeyError(
                f"The path: {path} in the `loss` argument, can't be found in the model's output (`y_pred`)."
            )
        for key, loss in losses.items() if isinstance(losses, dict) else enumerate(losses):
            if loss is None:
                continue
            if not (_has(y_pred, key) and _has(y_true, key)):
                raise KeyError(
                    f"The path: {(*path, key)} in the `loss` argument, can't be found in either the model's output "
                    "(`y_pred`) or in the labels (`y_true`)."
                )
            self._add_terms(loss, y_true[key], y_pred[key], names[key], (*path, key))

    # ------------------------------------------------------------------ call
    def __call__(self, y_true, y_pred, sample_weight=None):
        """Return the weighted sum of the losses, a scalar."""
        if (
            self._single is not None
            and isinstance(y_true, torch.Tensor)
            and isinstance(y_pred, torch.Tensor)
            and not isinstance(sample_weight, (list, tuple, dict))
        ):
            return self._single(y_true, y_pred, sample_weight)
        y_true = aligned(y_true, y_pred, self.output_names, self.user_loss)
        if not self.built:
            self.build(y_true, y_pred)
        if (
            isinstance(y_pred, dict)
            and self.terms
            and self.terms[0].path
            and not _has(y_pred, self.terms[0].path[0])
        ):
            names = self.output_names or sorted(y_pred)  # built for a list of outputs
            y_true, y_pred = [y_true[name] for name in names], [y_pred[name] for name in names]
        weights = _weights_like(sample_weight, y_pred, self.output_names)
        total = None
        for index, (path, loss, weight, _) in enumerate(self.terms):
            outputs = resolve(path, y_pred)
            share = resolve(path, weights) if tree.is_nested(weights) else weights
            value = edge.unwrap(loss(resolve(path, y_true), outputs, share))
            if self.metrics:
                with torch.no_grad():
                    count = tree.flatten(outputs)[0].shape[0]
                    self.metrics[index].update_state(value.detach(), sample_weight=count)
            value = value if weight is None else value * weight
            total = value if total is None else total + value
        return total


def is_name(identifier, names):
    """Tell whether an identifier is one of some names, in whatever case."""
    return isinstance(identifier, str) and identifier.lower() in names


def by_shapes(choices, y_true, y_pred):
    """Return the binary, sparse or categorical choice: what fits the targets and the output."""
    last_true = y_true.shape[-1] if len(y_true.shape) else 1
    last_pred = y_pred.shape[-1] if len(y_pred.shape) else 1
    sparse = len(y_true.shape) < len(y_pred.shape) or (last_true == 1 and last_pred != 1)
    return choices[0 if last_pred == 1 else 1 if sparse else 2]


def _get_loss(identifier, y_true, y_pred):
    if is_name(identifier, ("crossentropy", "ce")):
        identifier = by_shapes(_CROSSENTROPIES, y_true, y_pred)
    return losses_module.as_loss(identifier)


def _loss_name(identifier, loss):
    if isinstance(identifier, str):
        return identifier
    return loss.name if identifier is loss else getattr(identifier, "__name__", loss.name)


def _term_name(path, names, loss_name):
    """Return the name in the logs: the keys on the way, with the output's (or the loss's) name for an index."""
    if not tree.is_nested(names):
        own = names if names is not None else loss_name
        if not path:
            path = (own,)
        elif isinstance(path[-1], int):
            path = (*path[:-1], own)
    if not path:
        flat = list(names) if isinstance(names, dict) else tree.flatten(names)
        return "_".join(str(name) for name in flat if name is not None) or loss_name
    return "/".join(str(key) for key in path)


def _symbolic_name(x):
    if not isinstance(x, KerasTensor):
        return None
    history = getattr(x, "_keras_history", None)
    return history.operation.name if history is not None else x.name


def _with_weights(losses, weights):
    """Return the losses with their factors, None where there is no loss."""
    if weights is None:
        weights = tree.map_structure(lambda _: None, losses)
    flat, flat_weights = tree.flatten(losses), tree.flatten(weights)
    if len(flat) != len(flat_weights):
        raise ValueError(
            f"`loss_weights` must match the number of losses, got {len(flat)} losses and {len(flat_weights)} weights."
        )
    if isinstance(losses, dict) and isinstance(weights, (list, tuple)) and len(losses) == len(flat):
        weights = dict(zip(sorted(losses), weights))
    if isinstance(losses, dict) and isinstance(weights, dict) and set(losses) != set(weights):
        raise ValueError(
            f"The keys of `loss_weights` must be those of `loss`. Received: loss.keys()={list(losses)}, "
            f"loss_weights.keys()={list(weights)}"
        )
    pairs = [None if loss is None else _Weighted(loss, w) for loss, w in zip(flat, tree.flatten(weights))]
    return tree.pack_sequence_as(losses, pairs)


def _weights_like(sample_weight, y_pred, names):
    """Return sample weights in the structure of the outputs, or the one for all of them."""
    if not tree.is_nested(sample_weight):
        return sample_weight
    if len(tree.flatten(sample_weight)) == 1:
        return tree.flatten(sample_weight)[0]
    return aligned(sample_weight, y_pred, names, None)


def _has(structure, key):
    if isinstance(structure, dict):
        return key in structure
    return isinstance(structure, (list, tuple)) and isinstance(key, int) and key < len(structure)
