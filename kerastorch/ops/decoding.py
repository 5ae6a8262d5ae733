"""Labels from the outputs of a network trained with connectionist temporal classification."""

import math

import torch
import torch.nn.functional as F

from kerastorch.core.dtypes import standardize_dtype
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.op import Tensor, op

_IMPOSSIBLE = -math.inf


def _decoded(
    inputs,
    sequence_lengths,
    strategy="greedy",
    beam_width=100,
    top_paths=1,
    merge_repeated=True,
    mask_index=0,
):
    paths = 1 if strategy == "greedy" else top_paths
    dtype = "float64" if standardize_dtype(inputs.dtype) == "float64" else "float32"
    return (
        KerasTensor((paths, *inputs.shape[:2]), dtype="int32"),
        KerasTensor((inputs.shape[0], paths), dtype=dtype),
    )


@op(shape=_decoded)
def ctc_decode(
    inputs: Tensor,
    sequence_lengths: Tensor,
    strategy="greedy",
    beam_width=100,
    top_paths=1,
    merge_repeated=True,
    mask_index=0,
):
    """The labels that outputs (batch, time, classes) of a CTC network stand for. Graves et al., 2006.

    Args:
        inputs: Logits.
        sequence_lengths: How much of each row counts (batch,).
        strategy: "greedy" (the best class at each time) or "beam_search" (the best labels over all
            alignments).
        beam_width: How many beginnings are followed at a time.
        top_paths: How many results are given, the best first.
        merge_repeated: Whether equal neighbours are one label ("greedy").
        mask_index: The class of the blank.

    Returns:
        Labels (paths, batch, time), int32, padded with -1, and scores (batch, paths): for "greedy" the
        negative sum of
        the best logits, for "beam_search" the logarithm of the probability.

    >>> labels, scores = keras.ops.ctc_decode([[[0.0, 9.0], [0.0, 9.0], [9.0, 0.0]]], [3])
    >>> labels
    tensor([[[ 1, -1, -1]]], dtype=torch.int32)
    """
    if strategy not in ("greedy", "beam_search"):
        raise ValueError(f"Invalid strategy {strategy}. Supported values are 'greedy' and 'beam_search'.")
    inputs = inputs if inputs.dtype in (torch.float32, torch.float64) else inputs.float()
    blank = mask_index % inputs.shape[-1]
    if strategy == "greedy":
        return _greedy(inputs, sequence_lengths, merge_repeated, blank)
    found = [
        _beam(row[: int(length)], beam_width, top_paths, blank)
        for row, length in zip(F.log_softmax(inputs, -1).tolist(), sequence_lengths)
    ]
    labels = [_dense([paths[i][0] for paths in found], inputs) for i in range(top_paths)]
    scores = torch.tensor(
        [[score for _, score in paths] for paths in found], dtype=inputs.dtype, device=inputs.device
    )
    return torch.stack(labels), scores


def _greedy(inputs, sequence_lengths, merge_repeated, blank):
    best, classes = inputs.max(-1)
    inside = torch.arange(inputs.shape[1], device=inputs.device) < sequence_lengths.reshape(-1, 1)
    kept = inside & (classes != blank)
    if merge_repeated:
        kept[:, 1:] &= classes[:, 1:] != classes[:, :-1]
    rows = [row[keep].tolist() for row, keep in zip(classes, kept)]
    return _dense(rows, inputs).unsqueeze(0), -(best * inside).sum(1, keepdim=True)


def _dense(rows, inputs):
    time = inputs.shape[1]
    padded = [list(row) + [-1] * (time - len(row)) for row in rows]
    return torch.tensor(padded, dtype=torch.int32, device=inputs.device).reshape(len(rows), time)


def _add(a, b):
    """Return log(exp(a) + exp(b))."""
    high, low = (a, b) if a > b else (b, a)
    return high if low == _IMPOSSIBLE else high + math.log1p(math.exp(low - high))


def _beam(row, beam_width, top_paths, blank):
    """Return the best label sequences of one row of log probabilities, with theirs.

    Each beginning has two probabilities: of the alignments that end in a blank, and of those that do not.
    """
    beams = {(): (0.0, _IMPOSSIBLE)}
    for step in row:
        following = {}

        def add(labels, ends_blank, value, following=following):
            old = following.get(labels, (_IMPOSSIBLE, _IMPOSSIBLE))
            new = (_add(old[0], value), old[1]) if ends_blank else (old[0], _add(old[1], value))
            following[labels] = new

        for labels, (blank_end, label_end) in beams.items():
            either = _add(blank_end, label_end)
            add(labels, True, either + step[blank])
            for label, value in enumerate(step):
                if label == blank:
                    continue
                if labels and labels[-1] == label:
                    add(labels, False, label_end + value)
                    add((*labels, label), False, blank_end + value)
                else:
                    add((*labels, label), False, either + value)
        best = sorted(following.items(), key=lambda item: -_add(*item[1]))
        beams = dict(best[:beam_width])
    ordered = sorted(((labels, _add(*ends)) for labels, ends in beams.items()), key=lambda item: -item[1])
    return (ordered + [((), _IMPOSSIBLE)] * top_paths)[:top_paths]
