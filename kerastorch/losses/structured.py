"""Losses over whole sets: overlaps of segmentations, pairs of embeddings, alignments of sequences."""

import torch
import torch.nn.functional as F

from kerastorch.core import settings
from kerastorch.core.op import Tensor, op
from kerastorch.losses.base import FunctionLoss, aligned


def _sum(x, axis):
    return x.sum() if axis is None else x.sum(axis)


@op
def dice(y_true: Tensor, y_pred: Tensor, axis=None):
    """1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred)), over `axis` or everything.

    >>> keras.losses.dice([1.0, 0.0], [1.0, 0.0]).abs() < 1e-6
    tensor(True)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    total = _sum(y_true, axis) + _sum(y_pred, axis) + settings.epsilon()
    return 1 - 2 * _sum(y_true * y_pred, axis) / total


@op
def tversky(y_true: Tensor, y_pred: Tensor, alpha=0.5, beta=0.5, axis=None):
    """1 - TP / (TP + alpha * FP + beta * FN), with sums of products for the counts.

    Salehi et al., 2017, with FP = sum(y_true * (1 - y_pred)) and FN = sum((1 - y_true) * y_pred), as in
    Keras.

    >>> keras.losses.tversky([1.0, 0.0], [1.0, 0.0]).abs() < 1e-6
    tensor(True)
    """
    y_true, y_pred = aligned(y_true, y_pred)
    both = _sum(y_true * y_pred, axis)
    missed = _sum(y_true * (1 - y_pred), axis)
    extra = _sum((1 - y_true) * y_pred, axis)
    return 1 - both / (both + alpha * missed + beta * extra + settings.epsilon())


@op
def circle(
    y_true: Tensor,
    y_pred: Tensor,
    ref_labels=None,
    ref_embeddings=None,
    remove_diagonal=True,
    gamma=80,
    margin=0.4,
):
    """softplus(logsumexp of weighted similarities to other labels + that of distances to the same label).

    Args:
        y_true: Integer labels (batch,).
        y_pred: Embeddings of norm 1 (batch, dimension).
        ref_labels, ref_embeddings: What to compare with, by default the batch itself.
        remove_diagonal: Whether an embedding is not compared with itself.
        gamma: The scale.
        margin: The margin.

    Source: Sun et al., CVPR 2020.

    >>> keras.losses.circle([0, 0, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]).shape
    torch.Size([3])
    """
    labels = y_true.reshape(-1).to(torch.int32)
    references = y_pred if ref_embeddings is None else torch.as_tensor(ref_embeddings).to(y_pred)
    ref_labels = labels if ref_labels is None else torch.as_tensor(ref_labels).to(labels).reshape(-1)
    distance = (1 - y_pred @ references.T).clamp(min=0)
    same = labels[:, None] == ref_labels[None, :]
    other = ~same
    if remove_diagonal:
        same = same & ~torch.eye(*same.shape, dtype=torch.bool, device=same.device)
    positive = -gamma * (margin + distance).clamp(min=0) * (margin - distance)
    negative = gamma * (1 + margin - distance).clamp(min=0) * (1 - margin - distance)
    infinite = float("-inf")
    values = F.softplus(
        torch.logsumexp(positive.where(same, infinite), 1)
        + torch.logsumexp(negative.where(other, infinite), 1)
    )
    values._keras_mask = values > 0  # a mean leaves out labels without a partner
    return values


@op
def ctc(y_true: Tensor, y_pred: Tensor):
    """-log(probability of the labels over all alignments). Graves et al., 2006.

    Args:
        y_true: Integer labels (batch, length), padded with 0, the blank.
        y_pred: Logits (batch, time, classes).

    >>> keras.losses.ctc([[1, 2, 0]], torch.zeros(1, 4, 3)).shape
    torch.Size([1])
    """
    if y_true.ndim != 2:
        raise ValueError(
            "Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` in integer "
            "format. "
            f"Received: y_true.shape={tuple(y_true.shape)}"
        )
    if y_pred.ndim != 3:
        raise ValueError(
            "Logits `y_pred` are expected to be a tensor of shape `(batch_size, max_length, num_classes)`. "
            f"Received: y_pred.shape={tuple(y_pred.shape)}"
        )
    batch, time = y_pred.shape[:2]
    labels = y_true.long()
    logits = y_pred if y_pred.dtype in (torch.float32, torch.float64) else y_pred.float()
    values = F.ctc_loss(
        F.log_softmax(logits, -1).transpose(0, 1),
        labels,
        torch.full((batch,), time, dtype=torch.long, device=y_pred.device),
        (labels != 0).sum(-1),
        blank=0,
        reduction="none",
    )
    return values if logits is y_pred else values.to(y_pred.dtype)


class Dice(FunctionLoss):
    """One less the overlap of truth and prediction.

    Args:
        axis: The axes of the sums; None: all.
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.Dice()([[1.0, 0.0]], [[1.0, 0.0]]).abs() < 1e-6
    tensor(True)
    """

    fn = staticmethod(dice)
    arguments = ("axis",)

    def __init__(self, reduction="sum_over_batch_size", name="dice", axis=None, dtype=None):
        self.axis = axis
        super().__init__(name, reduction, dtype)


class Tversky(FunctionLoss):
    """One less the overlap of truth and prediction, with weights for what only one of them has.

    Args:
        alpha: The weight of what is in the truth alone.
        beta: The weight of what is in the prediction alone.
        axis: The axes of the sums; None: all.
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.Tversky()([[1.0, 0.0]], [[0.5, 0.5]])
    tensor(0.5000)
    """

    fn = staticmethod(tversky)
    arguments = ("alpha", "beta", "axis")

    def __init__(
        self, alpha=0.5, beta=0.5, reduction="sum_over_batch_size", name="tversky", axis=None, dtype=None
    ):
        self.alpha, self.beta, self.axis = alpha, beta, axis
        super().__init__(name, reduction, dtype)


class Circle(FunctionLoss):
    """A loss of pairs of embeddings, for learning distances.

    Args:
        gamma: The scale.
        margin: The margin.
        remove_diagonal: Whether an embedding is not compared with itself.
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.Circle()([0, 0, 1], [[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    tensor(3.2008)
    """

    fn = staticmethod(circle)
    arguments = ("gamma", "margin", "remove_diagonal")

    def __init__(
        self,
        gamma=80.0,
        margin=0.4,
        remove_diagonal=True,
        reduction="sum_over_batch_size",
        name="circle",
        dtype=None,
    ):
        self.gamma, self.margin, self.remove_diagonal = gamma, margin, remove_diagonal
        super().__init__(name, reduction, dtype)


class CTC(FunctionLoss):
    """Connectionist temporal classification: labels of a sequence whose alignment is unknown.

    Args:
        reduction, name, dtype: As for `Loss`.

    >>> keras.losses.CTC()([[1, 2, 0]], [[[1.0, 2.0, 0.0], [0.0, 1.0, 2.0], [0.0, 0.0, 3.0]]])
    tensor(0.3864)
    """

    fn = staticmethod(ctc)

    def __init__(self, reduction="sum_over_batch_size", name="ctc", dtype=None):
        super().__init__(name, reduction, dtype)
