"""Text files in folders as a dataset."""

import numpy as np

from kerastorch.training.pipeline.spec import TEXT, Spec
from kerastorch.utils import directories


def text_dataset_from_directory(
    directory,
    labels="inferred",
    label_mode="int",
    class_names=None,
    batch_size=32,
    max_length=None,
    shuffle=True,
    seed=None,
    validation_split=None,
    subset=None,
    follow_links=False,
    format="tf",
    verbose=True,
):
    """Return a dataset of the text files (`.txt`) in a folder.

    Args:
        directory: The folder, with one folder for each class in it if `labels` is "inferred".
        labels: "inferred", a list of one integer for each file in sorted order, or None.
        label_mode: "int": int32 scalars; "categorical": one-hot float32 vectors; "binary": float32 0 or 1 of shape
            (1,); None: no labels.
        class_names: The folders in the order of the classes; by default sorted.
        batch_size: The size of batches, or None for single texts.
        max_length: The number of bytes after which texts are cut.
        shuffle: Whether they come in random order.
        seed: A number, for the same order every time.
        validation_split: The part of the files that is for validation.
        subset: "training", "validation" or "both".
        follow_links: Whether folders behind links are read.
        format: "tf"; or "grain": texts in elements are Python's, in lists.
        verbose: Whether to print how many files there are.

    Returns:
        A dataset of texts of shape (batch,), or of pairs of such and labels, with the attributes `class_names` and
        `file_paths`. For "both", a list of two.
    """
    labels, label_mode = directories.check_labels(labels, label_mode, class_names, "text")
    directories.check_format(format)
    directories.check_validation_split_arg(validation_split, subset, shuffle, seed)

    def load(path):
        with open(path, "rb") as file:
            return np.array(file.read() if max_length is None else file.read(max_length), dtype=object)

    folder = directories.Folder(
        "text files",
        (".txt",),
        load,
        Spec((), TEXT),
        directory,
        labels,
        label_mode,
        class_names,
        batch_size,
        shuffle,
        seed,
        format,
    )
    folder.find(follow_links, verbose)

    def batched(dataset):
        return (dataset if batch_size is None else dataset.batch(batch_size)).prefetch(directories.AUTOTUNE)

    return folder.datasets(validation_split, subset, batched)
