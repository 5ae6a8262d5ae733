"""A dataset in two parts."""

import random
import time
import warnings

import numpy as np
import torch

from kerastorch.core import edge, tree
from kerastorch.training.pipeline.batches import Batch
from kerastorch.training.pipeline.present import dataset_class, is_dataset
from kerastorch.utils.directories import AUTOTUNE

_LONG = 10  # seconds after which a pass over a dataset is worth a warning


def split_dataset(dataset, left_size=None, right_size=None, shuffle=False, seed=None, preferred_backend=None):
    """Return a dataset in two parts, as for training and validation.

    Args:
        dataset: A dataset, a torch `Dataset`, or a list or tuple of arrays of one length.
        left_size: The size of the first part: a number of samples, or a fraction; by default what the other leaves.
        right_size: The size of the second part.
        shuffle: Whether samples are put in random order first.
        seed: A number, for the same order every time.
        preferred_backend: "torch" for two `torch.utils.data.Dataset`s, "tensorflow" for two datasets with the interface
            of `tf.data`; by default the kind of `dataset`, and "torch" for arrays.

    >>> left, right = keras.utils.split_dataset([np.arange(10), np.arange(10)], left_size=0.8)
    >>> len(left), len(right)
    (8, 2)
    """
    if not (is_dataset(dataset) or isinstance(dataset, (list, tuple, np.ndarray, torch.utils.data.Dataset))):
        raise TypeError(
            "The `dataset` argument must be either a dataset, a `torch.utils.data.Dataset` object, or a list/tuple of "
            f"arrays. Received: dataset={dataset} of type {type(dataset)}"
        )
    if preferred_backend not in (None, "tensorflow", "jax", "numpy", "torch"):
        raise ValueError(
            f"`preferred_backend` must be 'tensorflow', 'torch' or None. Received: {preferred_backend!r}"
        )
    if left_size is None and right_size is None:
        raise ValueError(
            "At least one of the `left_size` or `right_size` must be specified. Received: left_size=None and "
            "right_size=None"
        )
    if preferred_backend is None:
        foreign = is_dataset(dataset) or (
            edge.border.active and not isinstance(dataset, torch.utils.data.Dataset)
        )
        preferred_backend = "tensorflow" if foreign else "torch"
    if preferred_backend == "torch":
        return _split_torch(dataset, left_size, right_size, shuffle, seed)
    samples = _samples(dataset)
    if shuffle:
        order = random.Random(random.randint(0, 10**6) if seed is None else seed)
        order.shuffle(samples)
    left, right = split_sizes(left_size, right_size, len(samples))
    return tuple(_restored(part, dataset) for part in (samples[:left], samples[-right:]))


def _split_torch(dataset, left_size, right_size, shuffle, seed):
    if isinstance(dataset, np.ndarray):
        dataset = torch.utils.data.TensorDataset(torch.from_numpy(dataset))
    elif not isinstance(dataset, torch.utils.data.Dataset):
        columns = dataset if isinstance(dataset, (list, tuple)) else zip(*_samples(dataset))
        columns = [torch.from_numpy(np.array(column)) for column in columns]
        dataset = torch.utils.data.TensorDataset(*columns)
    count = len(dataset)
    left, right = split_sizes(left_size, right_size, count)
    if shuffle:
        generator = torch.Generator()
        if seed is None:
            generator.seed()
        else:
            generator.manual_seed(seed)
        sizes = [left, right, count - left - right]
        return tuple(torch.utils.data.random_split(dataset, sizes, generator=generator))[:2]
    return (
        torch.utils.data.Subset(dataset, range(left)),
        torch.utils.data.Subset(dataset, range(count - right, count)),
    )


def _samples(dataset):
    """The samples as a list, checked."""
    if isinstance(dataset, (list, tuple)):
        _check_arrays(dataset)
        samples = iter(zip(*dataset))
    elif is_dataset(dataset):
        unbatched = dataset.unbatch() if _batch_size(dataset) else dataset
        samples = unbatched.as_numpy_iterator()
    else:
        samples = iter(dataset)
    first, listed = None, []
    started, warned = time.monotonic(), False
    for i, sample in enumerate(samples):
        if first is None:
            first = sample
        elif (edge.is_tensor(sample) or isinstance(sample, np.ndarray)) and sample.shape != first.shape:
            raise ValueError(
                f"All `dataset` samples must have same shape, Expected shape: {first.shape} "
                f"Received shape: {sample.shape} at index {i}."
            )
        if not warned and i % 10 == 0 and time.monotonic() - started > _LONG:
            warnings.warn(
                "The dataset is taking longer than 10 seconds to iterate over. This may be due to the size of the "
                "dataset. Keep in mind that the `split_dataset` utility is only for small in-memory dataset (e.g. < "
                "10,000 samples).",
                category=ResourceWarning,
                stacklevel=3,
            )
            warned = True
        listed.append(sample)
    if not listed:
        raise ValueError(
            "Received an empty dataset. Argument `dataset` must be a non-empty list/tuple of `numpy.ndarray` objects "
            "or a dataset."
        )
    return listed


def _check_arrays(arrays):
    kind = type(arrays).__name__
    if not arrays:
        raise ValueError(f"Received an empty {kind} dataset. Please provide a non-empty {kind} of arrays.")
    for i, array in enumerate(arrays):
        if not isinstance(array, np.ndarray):
            raise ValueError(
                f"Expected a {kind} of `numpy.ndarray` objects, Received: {type(array)} at index {i}."
            )
        if len(array) != len(arrays[0]):
            raise ValueError(
                f"Received a {kind} of NumPy arrays with different lengths. Mismatch found at index {i}, Expected "
                f"shape={arrays[0].shape} Received shape={array.shape}. Please provide a {kind} of NumPy arrays of the "
                "same length."
            )


def _batch_size(dataset):
    return dataset._node.batch_size if isinstance(dataset._node, Batch) else None


def _restored(samples, original):
    """A dataset of samples, batched as the original was."""
    structure = samples[0]
    columns = [np.array(column) for column in zip(*map(tree.flatten, samples))]
    packed = tree.pack_sequence_as(structure, columns)
    dataset = dataset_class().from_tensor_slices(tuple(packed) if isinstance(packed, list) else packed)
    if is_dataset(original) and _batch_size(original):
        dataset = dataset.batch(_batch_size(original))
    return dataset.prefetch(AUTOTUNE)


def split_sizes(left, right, total):
    """Return the two sizes as integers.

    >>> from kerastorch.utils.splitting import split_sizes
    >>> split_sizes(0.8, None, 10), split_sizes(None, 3, 10)
    ((8, 2), (7, 3))
    """
    for name, size in (("left_size", left), ("right_size", right)):
        if size is not None and (isinstance(size, bool) or not isinstance(size, (int, float))):
            which = (
                f"Invalid `left_size` and `right_size` Types. Expected: integer or float or None, Received: "
                f"type(left_size)={type(left)} and type(right_size)={type(right)}"
                if not isinstance(left, (int, float, type(None)))
                and not isinstance(right, (int, float, type(None)))
                else f"Invalid `{name}` Type. Expected: int or float or None, Received: type({name})={type(size)}."
            )
            raise TypeError(which)
    if left == 0 and right == 0:
        raise ValueError(
            "Both `left_size` and `right_size` are zero. At least one of the split sizes must be non-zero."
        )
    for name, size in (("left_size", left), ("right_size", right)):
        if size is not None and not 0 < size < (total if isinstance(size, int) else 1):
            raise ValueError(
                f"`{name}` should be either a positive integer smaller than {total}, or a float within the range "
                f"`[0, 1]`. Received: {name}={size}"
            )
    if isinstance(left, float) and isinstance(right, float) and left + right > 1:
        raise ValueError(
            "The sum of `left_size` and `right_size` is greater than 1. It must be less than or equal to 1."
        )
    left, right = (round(s * total) if isinstance(s, float) else s for s in (left, right))
    left = total - right if left is None else left
    right = total - left if right is None else right
    if left + right > total:
        raise ValueError(
            f"The sum of `left_size` and `right_size` should be smaller than the {total}. Received: left_size + "
            f"right_size = {left + right} and total_length = {total}"
        )
    for side, size in (("left", left), ("right", right)):
        if size == 0:
            raise ValueError(
                f"With `dataset` of length={total}, `left_size`={left} and `right_size`={right}. Resulting {side} side "
                "dataset split will be empty. Adjust any of the aforementioned parameters"
            )
    return left, right
