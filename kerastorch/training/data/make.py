"""What `fit`, `evaluate` and `predict` take their batches from.

`make_data(x, y, sample_weight, batch_size=..., ...)` looks at what it is given and returns a `Data`:

- `data.num_batches`: steps in an epoch, or None while unknown (it is known after the first full pass);
- `data.batch_size`, `data.num_samples`: or None where the source does not say;
- `data.epoch_batches(epoch)`: an iterator over the batches of one epoch. It calls `data.on_epoch_begin()`
before the
  first and `data.on_epoch_end()` after the last one. Each batch is a tuple `(x,)`, `(x, y)` or `(x, y,
  sample_weight)`, in which `x`, `y` and `sample_weight` have the structure that was passed (lists stay lists,
  dicts stay dicts) and the leaves are `torch.Tensor`s on the device (NumPy arrays where there is text). Class
  weights are sample weights already. A None in a structure of sample weights stays None.

Floats come out as the default float type (from iterables: only float64 is changed), integers as they are.
Batches of unshuffled arrays may be views of the user's own memory.

`data_to_batch(x, y, sample_weight, class_weight)` makes one such tuple, for `train_on_batch` and its like.
`train_validation_split((x, y, sample_weight), fraction)` makes two such triples without copying; for what is
not an array it raises a ValueError.
"""

import torch

from kerastorch.core import settings, tree
from kerastorch.training.data.arrays import ArrayData
from kerastorch.training.data.arrays import check_cardinality as check_cardinality
from kerastorch.training.data.arrays import train_validation_split as train_validation_split
from kerastorch.training.data.base import Data
from kerastorch.training.data.class_weight import ClassWeight, check
from kerastorch.training.data.columns import Column, is_array, is_arrays, to_arrays
from kerastorch.training.data.iterables import IterableData
from kerastorch.training.data.pack import as_batch
from kerastorch.training.data.py_dataset import PyDataset, PyDatasetData


def make_data(
    x,
    y=None,
    sample_weight=None,
    batch_size=None,
    steps_per_epoch=None,
    shuffle=False,
    class_weight=None,
    device=None,
    epochs=1,
    initial_epoch=0,
):
    """Return the `Data` for what was passed to `fit`, `evaluate` or `predict`.

    Args:
        x: Arrays (NumPy, tensors, pandas, nested lists and dicts of them), a `PyDataset`, a torch
            `DataLoader`, a generator, or anything that can be iterated over and yields batches.
        y: Targets, for arrays.
        sample_weight: Weights of samples, for arrays.
        batch_size: For arrays: how many samples a batch has, by default 32.
        steps_per_epoch: How many batches an epoch takes, or None for all.
        shuffle: True, False, or for arrays "batch".
        class_weight: A dict from classes to weights.
        device: Where batches go, by default the default device.
        epochs, initial_epoch: Which epochs will be asked for.

    >>> from kerastorch.training.data.make import make_data
    >>> data = make_data(np.zeros((5, 2)), np.zeros(5), batch_size=4)
    >>> data.num_batches, [tuple(x.shape) for x, y in data.epoch_batches()]
    (2, [(4, 2), (1, 2)])
    """
    device = _indexed(torch.device(device) if device is not None else settings.default_device())
    if isinstance(x, Data):
        return x
    kind = _kind(x)
    if kind is None:
        if (
            is_arrays(x)
            and (y is None or is_arrays(y))
            and (sample_weight is None or is_arrays(sample_weight))
        ):
            return ArrayData(x, y, sample_weight, device, batch_size, shuffle, class_weight, steps_per_epoch)
        raise ValueError(_unrecognized(x, y, sample_weight))
    for label, part in (("y", y), ("sample_weight", sample_weight)):
        if part is not None:
            what = "targets" if label == "y" else "sample weights"
            raise ValueError(
                f"When providing `x` as a {kind}, `{label}` should not be passed. Instead, the {what} should "
                "be "
                f"included as part of the {kind}."
            )
    if kind == "PyDataset":
        return PyDatasetData(x, device, bool(shuffle), class_weight, steps_per_epoch)
    return IterableData(x, device, class_weight, steps_per_epoch)


def data_to_batch(x, y=None, sample_weight=None, class_weight=None, device=None):
    """Return arrays that are one batch as the tuple of tensors on the device that an iteration would yield.

    >>> from kerastorch.training.data.make import data_to_batch
    >>> data_to_batch(np.zeros((2, 3)), np.array([0, 1]))[1]
    tensor([0, 1])
    """
    for part in (x, y, sample_weight):
        if part is not None and not is_arrays(part):
            raise ValueError(_unrecognized(x, y, sample_weight))
    x, y, sample_weight = (None if part is None else to_arrays(part) for part in (x, y, sample_weight))
    samples = check_cardinality(x, y, sample_weight)
    device = _indexed(torch.device(device) if device is not None else settings.default_device())

    def whole(leaf):
        return Column(leaf, device).narrow(0, samples) if isinstance(leaf, torch.Tensor) else leaf

    x, y, sample_weight = tree.map_structure(whole, (x, y, sample_weight))
    if class_weight is not None:
        check(class_weight, y, sample_weight)
        sample_weight = ClassWeight(class_weight)(y)
    return as_batch((x, y, sample_weight))


def _indexed(device):
    if device.type == "cuda" and device.index is None:
        return torch.device("cuda", torch.cuda.current_device())
    return device


def _kind(x):
    """Return what kind of source of batches `x` is; None for arrays and anything unknown."""
    if isinstance(x, PyDataset):
        return "PyDataset"
    if isinstance(x, torch.utils.data.DataLoader):
        return "torch DataLoader"
    if is_array(x) or isinstance(x, (list, tuple, dict, str, bytes)):
        return None
    if hasattr(x, "__next__"):
        return "generator"
    if hasattr(x, "__iter__"):
        return "dataset"
    if hasattr(x, "__getitem__") and hasattr(x, "__len__") and hasattr(x, "on_epoch_end"):
        return "PyDataset"
    return None


def _unrecognized(x, y, sample_weight):
    parts = [
        f"{label}={tree.map_structure(_brief, part)} (of type {type(part)})"
        for label, part in (("x", x), ("y", y), ("sample_weight", sample_weight))
        if part is not None
    ]
    hint = ""
    if isinstance(x, torch.utils.data.Dataset):
        hint = " Wrap a torch Dataset in a `torch.utils.data.DataLoader`."
    if x is None:
        return "Training data is missing: pass arrays, a dataset or a generator as `x`. Received: x=None"
    return f"Unrecognized data type: {', '.join(parts)}.{hint}"


def _brief(leaf):
    return f"<{type(leaf).__name__} of shape {tuple(leaf.shape)}>" if hasattr(leaf, "shape") else leaf
