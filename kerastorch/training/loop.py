"""The loops of `fit`, `evaluate` and `predict`: batches in, callbacks told, nothing waited for."""

import numpy as np
import torch

from kerastorch.callbacks.logs import LazyLogs
from kerastorch.core import edge, tree
from kerastorch.training.step import plain_logs


def run_batches(model, function, batches, callbacks, kind, steps_per_execution=1):
    """Run a step function over batches.

    Args:
        model: The model, asked for its metrics when somebody reads the logs.
        function: The step function; it gives logs, or None where the metrics are the logs.
        batches: Iterator of batches.
        callbacks: The `CallbackList`.
        kind: "train" or "test".
        steps_per_execution: How many batches pass between two calls of the callbacks.

    Returns the logs of the last step (None where the metrics are the logs), and the number of steps.
    """
    begins = callbacks.has_batch_hooks(f"{kind}_batch_begin")
    ends = callbacks.has_batch_hooks(f"{kind}_batch_end")
    on_begin = getattr(callbacks, f"on_{kind}_batch_begin")
    on_end = getattr(callbacks, f"on_{kind}_batch_end")
    logs, step = None, 0
    lazy = LazyLogs(lambda: plain_logs(model.get_metrics_result()))
    for data in batches:
        tells = step % steps_per_execution == 0
        if begins and tells:
            on_begin(step)
        logs = function(data)
        if ends and (step + 1) % steps_per_execution == 0:
            if logs is None:
                lazy.refresh()
                on_end(step, lazy)
            else:
                on_end(step, LazyLogs(lambda logs=logs: plain_logs(logs)))
        step += 1
        if model.stop_training and kind == "train":
            break
        if model.stop_evaluating and kind == "test":
            break
    if ends and step and step % steps_per_execution:
        on_end(step - 1, LazyLogs(lambda: plain_logs(model.get_metrics_result() if logs is None else logs)))
    return logs, step


def run_predictions(model, function, batches, callbacks):
    """Run a predict function over batches, and return the outputs as NumPy arrays."""
    begins = callbacks.has_batch_hooks("predict_batch_begin")
    ends = callbacks.has_batch_hooks("predict_batch_end")
    collected = None
    for step, data in enumerate(batches):
        if begins:
            callbacks.on_predict_batch_begin(step)
        outputs = edge.unwrap(function(data))
        if ends:
            callbacks.on_predict_batch_end(step, {"outputs": outputs})
        leaves = tree.flatten(outputs)
        if collected is None:
            collected, structure = [[] for _ in leaves], outputs
        for parts, leaf in zip(collected, leaves):
            parts.append(leaf)
        if model.stop_predicting:
            break
    if collected is None:
        raise ValueError(
            "`predict()` received no data: the input yielded no batch. Pass at least one sample."
        )
    return tree.pack_sequence_as(structure, [_concatenate(parts) for parts in collected])


def _concatenate(parts):
    if not isinstance(parts[0], torch.Tensor):
        return np.concatenate([edge.to_numpy(part) for part in parts])
    return edge.to_numpy(parts[0] if len(parts) == 1 else torch.cat(parts))
