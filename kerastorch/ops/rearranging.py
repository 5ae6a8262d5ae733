"""Axes moved, split and merged by a pattern, as in einops."""

import math
import re

from kerastorch.core.op import Tensor, op


def _groups(side):
    """Return the axes of one side of a pattern, each as the list of the names that it is made of."""
    return [token.strip("()").split() for token in re.findall(r"\([^()]*\)|\w+", side)]


@op
def rearrange(tensor: Tensor, pattern, **axes_lengths):
    """A tensor with its axes as a pattern says: in another order, split into several, or merged.
    Rogozhnikov, 2022.

    Args:
        tensor: The tensor.
        pattern: Names of the axes before and after, those of one axis in parentheses: "b (h p) c -> b h (p
            c)".
        **axes_lengths: The sizes of names in parentheses, all but one of each.

    >>> keras.ops.rearrange(torch.ones(2, 6, 3), "b (h p) c -> b h (p c)", p=2).shape
    torch.Size([2, 3, 6])
    """
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError(f"`pattern` must have the form 'before -> after'. Received: pattern={pattern!r}")
    before, after = (_groups(side) for side in sides)
    names = [name for group in before for name in group]
    wanted = [name for group in after for name in group]
    if len(before) != tensor.ndim or sorted(names) != sorted(wanted) or len(set(names)) != len(names):
        raise ValueError(
            "Both sides of `pattern` must have the same names, once each, and the left side as many axes "
            "as the tensor. "
            f"Received: pattern={pattern!r}, tensor.shape={tuple(tensor.shape)}"
        )
    sizes = dict(axes_lengths)
    for group, size in zip(before, tensor.shape):
        unknown = [name for name in group if name not in sizes]
        known = math.prod(sizes[name] for name in group if name in sizes)
        if len(unknown) > 1 or size % known or (not unknown and known != size):
            raise ValueError(
                f"The sizes of the names in {' '.join(group)!r} do not fit an axis of size {size}. "
                f"Received: {axes_lengths}"
            )
        sizes.update(dict.fromkeys(unknown, size // known))
    split = tensor.reshape([sizes[name] for name in names])
    moved = split.permute([names.index(name) for name in wanted])
    return moved.reshape([math.prod(sizes[name] for name in group) for group in after])
