"""The loop over time, for whatever the fused kernels cannot do."""

import torch

from kerastorch.core import tree


def scan(step, sequences, states, mask=None, zero_output_for_mask=False, return_all_outputs=True):
    """Call a step function on each time step.

    Args:
        step: Function of (input (B, ...), states) to (output, new states).
        sequences: The inputs (B, T, ...).
        states: The initial states, a list that may be nested.
        mask: The steps to keep (B, T), bool. A skipped step repeats the output before it (zeros where there is
            none) and leaves the states alone.
        zero_output_for_mask: Whether a skipped step gives zeros instead.
        return_all_outputs: Whether to keep the outputs of all steps.

    Returns:
        last output, all outputs (B, T, ...) or None, final states
    """
    if sequences.shape[1] == 0:
        raise ValueError(
            f"A recurrent layer needs at least one time step. Received: sequences.shape={tuple(sequences.shape)}"
        )
    kept = [None] * sequences.shape[1] if mask is None else mask.unbind(1)
    output, outputs = None, []
    for x, keep in zip(sequences.unbind(1), kept):
        new_output, new_states = step(x, states)
        if keep is not None:
            skipped = torch.zeros_like(new_output) if output is None or zero_output_for_mask else output
            new_output = _choose(keep, new_output, skipped)
            new_states = [
                _choose(keep, new, old) for new, old in zip(tree.flatten(new_states), tree.flatten(states))
            ]
        output = new_output
        states = tree.pack_sequence_as(states, tree.flatten(new_states))
        if return_all_outputs:
            outputs.append(output)
    return output, torch.stack(outputs, 1) if return_all_outputs else None, states


def _choose(keep, new, old):
    return torch.where(keep.view(-1, *[1] * (new.ndim - 1)), new, old)
