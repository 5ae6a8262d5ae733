"""Torch's fused recurrent kernels (cuDNN, oneDNN) on Keras's weights, with any mask.

B: batch, T: time, U: units. A kernel gives the outputs (B, T, U) and the final states, each (B, U).
Weights are in torch's layout, [input (G U, F), recurrent (G U, U), input bias (G U), recurrent bias (G U)]:
a cell's `fused_weights()` gives them as views and reordered copies of its variables, so gradients reach those.
"""

import torch
import torch.nn.functional as F

KERNELS = {name: getattr(torch._VF, name) for name in ("lstm", "gru", "rnn_tanh", "rnn_relu")}


def run(kind, x, states, weights, bidirectional=False):
    """Run a kernel over a sequence.

    Args:
        kind: A name in `KERNELS`.
        x: The sequence (B, T, F).
        states: The initial states, each (B, U), or (2, B, U) when bidirectional.
        weights: Two tensors (four with biases) for each direction.
        bidirectional: Whether the second half of the weights goes through the sequence backwards.

    Returns:
        The outputs, (B, T, U) or (B, T, 2 U), and the final states in the shape of the initial ones.
    """
    if (
        torch.compiler.is_compiling()
    ):  # the compiler cannot lower these kernels, and leaves torch's layers alone too
        return torch.compiler.disable(_run)(kind, x, states, weights, bidirectional)
    return _run(kind, x, states, weights, bidirectional)


def _run(kind, x, states, weights, bidirectional):
    hidden = [state if bidirectional else state.unsqueeze(0) for state in states]
    has_biases = len(weights) > (4 if bidirectional else 2)
    if x.is_cuda:
        weights = one_buffer(weights)
    outputs, *final = KERNELS[kind](
        x,
        hidden if kind == "lstm" else hidden[0],
        weights,
        has_biases,
        1,
        0.0,
        torch.is_grad_enabled(),
        bidirectional,
        True,
    )
    return outputs, final if bidirectional else [state.squeeze(0) for state in final]


def one_buffer(weights):
    """Return the weights as views of one new buffer, in cuDNN's order: matrices first, then biases."""
    order = sorted(range(len(weights)), key=lambda i: weights[i].ndim == 1)
    parts = [weights[i].reshape(-1) for i in order]
    buffer = torch.cat(parts).split([part.numel() for part in parts])
    placed = dict(zip(order, buffer))
    return [placed[i].view(weight.shape) for i, weight in enumerate(weights)]


def run_masked(kernel, x, states, mask):
    """Run a kernel over the steps that a mask keeps, and give what a loop that skips the others gives.

    Each row's kept steps are moved to its front, in order, so the kernel meets them first; its outputs are then
    spread out again: a skipped step repeats the output before it (zeros where there is none). Nothing waits for the
    device.

    Args:
        kernel: Function of (x, states, idle) to (outputs, final states), where idle (B, T) marks the steps that
            come after the kept ones. It may ignore idle; then only its first final state, the output of the last
            kept step, is used.
        x: The sequence (B, T, F).
        states: The initial states.
        mask: The steps to keep (B, T), bool.

    Returns:
        outputs, final states
    """
    counts = mask.cumsum(1)
    if not (x.device.type == "cpu" and _is_right_padded(mask)):
        x = _rows(x, torch.argsort(mask.logical_not().to(torch.uint8), dim=1, stable=True))
    total = counts[:, -1:]
    idle = torch.arange(mask.shape[1], device=mask.device) >= total
    outputs, final = kernel(x, states, idle)
    outputs = _rows(outputs, (counts - 1).clamp_(min=0))
    outputs = torch.where((counts > 0).unsqueeze(-1), outputs, 0)
    final[0] = torch.where(total > 0, outputs[:, -1], states[0])
    return outputs, final


def _is_right_padded(mask):
    return not bool((mask[:, 1:] & ~mask[:, :-1]).any())


def _rows(x, index):
    """Return x[b, index[b, t]] for x (B, T, F) and index (B, T)."""
    starts = torch.arange(x.shape[0], device=x.device).unsqueeze(1) * x.shape[1]
    return F.embedding(index + starts, x.reshape(-1, x.shape[-1]))  # fast backward pass, unlike `gather`
