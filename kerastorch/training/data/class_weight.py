"""Weights of classes as weights of samples."""

import torch

from kerastorch.core import settings, tree
from kerastorch.core.dtypes import to_torch_dtype


class ClassWeight:
    """Gives each sample the weight of its class, and classes that are not listed 1.

    Args:
        weights: A dict from class indices to weights.
    """

    def __init__(self, weights):
        if not isinstance(weights, dict):
            raise ValueError(
                "`class_weight` must be a dict from class indices to weights, such as {0: 1.0, 1: 2.0}. "
                f"Received: class_weight={weights}"
            )
        classes = [int(key) for key in weights]
        if min(classes, default=0) < 0:
            raise ValueError(f"`class_weight` must have classes from 0 on. Received: class_weight={weights}")
        # one place more than the classes, for all that are not listed
        self.table = torch.ones(max(classes, default=-1) + 2, dtype=to_torch_dtype(settings.floatx()))
        for key, weight in weights.items():
            self.table[int(key)] = float(weight)

    def __call__(self, y):
        """Return the weights for targets of shape (n,), (n, 1) or (n, classes)."""
        if y.ndim > 1:
            y = y.argmax(-1) if y.shape[-1] != 1 else y.squeeze(-1)
        classes = y.round().long() if y.is_floating_point() else y.long()
        if self.table.device != y.device:
            self.table = self.table.to(y.device)
        last = len(self.table) - 1
        return self.table[torch.where((classes < 0) | (classes > last), last, classes)]


def check(class_weight, y, sample_weight):
    """Raise a ValueError if class weights cannot be used with these targets."""
    if sample_weight is not None:
        raise ValueError(
            "You cannot use `class_weight` and `sample_weight` at the same time. Pass only one of them."
        )
    if y is None:
        raise ValueError("`class_weight` needs targets. Received: y=None")
    if tree.is_nested(y):
        raise ValueError("`class_weight` is only supported for Models with a single output.")
