"""Losses without a reduction: one number for each row or element."""

import torch
import torch.nn.functional as F

from kerastorch import ops
from kerastorch.core import settings
from kerastorch.core.op import Tensor, op


def _probabilities(output):
    epsilon = settings.epsilon()
    return output.clamp(epsilon, 1 - epsilon)


@op
def binary_crossentropy(target: Tensor, output: Tensor, from_logits=False):
    """-target * log(output) - (1 - target) * log(1 - output), element by element.

    >>> keras.backend.binary_crossentropy([1.0, 0.0], [0.5, 0.5])
    tensor([0.6931, 0.6931])
    """
    target = target.to(output.dtype)
    if from_logits:
        return F.binary_cross_entropy_with_logits(output, target, reduction="none")
    output, epsilon = _probabilities(output), settings.epsilon()
    return -target * torch.log(output + epsilon) - (1 - target) * torch.log(1 - output + epsilon)


@op
def binary_focal_crossentropy(
    target: Tensor,
    output: Tensor,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
):
    """The binary crossentropy times (1 - p) ** gamma, p being the probability of the target. Lin et al., 2018."""
    target = target.to(output.dtype)
    output = torch.sigmoid(output) if from_logits else output
    p = target * output + (1 - target) * (1 - output)
    loss = (1 - p).pow(gamma) * binary_crossentropy(target, output)
    return loss * (target * alpha + (1 - target) * (1 - alpha)) if apply_class_balancing else loss


@op
def categorical_crossentropy(target: Tensor, output: Tensor, from_logits=False, axis=-1):
    """-sum(target * log(output)) along an axis, the outputs scaled to sum to 1.

    >>> keras.backend.categorical_crossentropy([[0.0, 1.0]], [[1.0, 3.0]])
    tensor([0.2877])
    """
    target = target.to(output.dtype)
    if from_logits:
        return -(target * F.log_softmax(output, axis)).sum(axis)
    output = output / output.sum(axis, keepdim=True)
    return -(target * torch.log(_probabilities(output))).sum(axis)


@op
def categorical_focal_crossentropy(
    target: Tensor, output: Tensor, alpha=0.25, gamma=2.0, from_logits=False, axis=-1
):
    """The categorical crossentropy with each class's term times alpha * (1 - output) ** gamma."""
    target = target.to(output.dtype)
    output = torch.softmax(output, axis) if from_logits else output
    output = _probabilities(output / output.sum(axis, keepdim=True))
    return (alpha * (1 - output).pow(gamma) * -target * torch.log(output)).sum(axis)


@op
def sparse_categorical_crossentropy(
    target: Tensor, output: Tensor, from_logits=False, axis=-1, ignore_class=None
):
    """-log of the output for the target's class; 0 where the target is `ignore_class`.

    >>> keras.backend.sparse_categorical_crossentropy([1], [[0.25, 0.75]])
    tensor([0.2877])
    """
    logits = (output if from_logits else torch.log(_probabilities(output))).movedim(axis, -1)
    target = target.long().reshape(logits.shape[:-1])
    kept = torch.ones_like(target, dtype=torch.bool) if ignore_class is None else target != ignore_class
    chosen = F.log_softmax(logits, -1).gather(-1, torch.where(kept, target, 0).unsqueeze(-1)).squeeze(-1)
    return torch.where(kept, -chosen, 0)


@op
def ctc_batch_cost(y_true: Tensor, y_pred: Tensor, input_length: Tensor, label_length: Tensor):
    """The CTC loss of each row (batch, 1). Graves et al., 2006.

    Args:
        y_true: Labels (batch, length).
        y_pred: Probabilities (batch, time, classes); the last class is the blank.
        input_length, label_length: How much of each row counts (batch, 1).
    """
    if y_pred.is_meta:  # torch's loss does not run there
        return y_pred.new_empty((y_pred.shape[0], 1))
    logits = torch.log(y_pred.transpose(0, 1) + settings.epsilon())
    loss = F.ctc_loss(
        F.log_softmax(logits, -1),
        y_true.long(),
        input_length.reshape(-1).long(),
        label_length.reshape(-1).long(),
        blank=y_pred.shape[-1] - 1,
        reduction="none",
    )
    return loss.unsqueeze(1)


@op
def ctc_decode(y_pred: Tensor, input_length: Tensor, greedy=True, beam_width=100, top_paths=1):
    """The labels that outputs of a CTC network stand for.

    Args:
        y_pred: Probabilities (batch, time, classes); the last class is the blank.
        input_length: How much of each row counts (batch,).
        greedy: Whether to take the best class at each time rather than the best labels over all alignments.
        beam_width: How many beginnings are followed at a time.
        top_paths: How many results are given.

    Returns:
        A list of labels (batch, time), padded with -1, and scores (batch, paths).
    """
    labels, scores = ops.ctc_decode(
        torch.log(y_pred + settings.epsilon()),
        input_length.reshape(-1),
        strategy="greedy" if greedy else "beam_search",
        beam_width=beam_width,
        top_paths=top_paths,
        mask_index=y_pred.shape[-1] - 1,
    )
    return [path.long() for path in labels.unbind(0)], scores


@op
def ctc_label_dense_to_sparse(labels: Tensor, label_lengths: Tensor):
    """Labels (batch, length) as a sparse tensor of the first `label_lengths` of each row."""
    kept = torch.arange(labels.shape[1], device=labels.device) < label_lengths.reshape(-1, 1)
    places = kept.nonzero().t()
    return torch.sparse_coo_tensor(
        places, labels[kept], labels.shape, is_coalesced=True, check_invariants=False
    )
