"""Files in folders, one folder for each class: found, numbered, split and turned into datasets."""

import multiprocessing.pool
import os

import numpy as np
import torch

from kerastorch.callbacks.messages import print_msg
from kerastorch.training.pipeline.functions import UserFunction
from kerastorch.training.pipeline.order import Shuffle, Zip
from kerastorch.training.pipeline.parallel import ParallelMap
from kerastorch.training.pipeline.present import dataset_class
from kerastorch.training.pipeline.sources import TensorSlices

AUTOTUNE = -1


def check_labels(labels, label_mode, class_names, kind):
    """Check the arguments of a function that reads a folder, and return `(labels, label_mode)`.

    Args:
        labels, label_mode, class_names: The arguments.
        kind: What the files hold, for messages: "image", "text", "audio".
    """
    if labels not in ("inferred", None):
        if not isinstance(labels, (list, tuple)):
            raise ValueError(
                f"`labels` argument should be a list/tuple of integer labels, of the same size as the number of {kind} "
                "files in the target directory. If you wish to infer the labels from the subdirectory names in the "
                'target directory, pass `labels="inferred"`. If you wish to get a dataset that only contains '
                f"{kind} samples (no labels), pass `labels=None`. Received: labels={labels}"
            )
        if class_names:
            raise ValueError(
                f'You can only pass `class_names` if `labels="inferred"`. Received: labels={labels}, and '
                f"class_names={class_names}"
            )
    if label_mode not in ("int", "categorical", "binary", None):
        raise ValueError(
            '`label_mode` argument must be one of "int", "categorical", "binary", or None. Received: '
            f"label_mode={label_mode}"
        )
    return (None, None) if labels is None or label_mode is None else (labels, label_mode)


def check_format(format):
    """Refuse another format of datasets than Keras has."""
    if format not in ("tf", "grain"):
        raise ValueError(f'`format` should be either "tf" or "grain". Received: format={format}')


def check_validation_split_arg(validation_split, subset, shuffle, seed):
    """Check the arguments that say which part of the files is wanted."""
    if validation_split and not 0 < validation_split < 1:
        raise ValueError(f"`validation_split` must be between 0 and 1, received: {validation_split}")
    if bool(validation_split) != bool(subset):
        raise ValueError("If `subset` is set, `validation_split` must be set, and inversely.")
    if subset not in ("training", "validation", "both", None):
        raise ValueError(f'`subset` must be either "training", "validation" or "both", received: {subset}')
    if validation_split and shuffle and seed is None:
        raise ValueError(
            "If using `validation_split` and shuffling the data, you must provide a `seed` argument, to make sure that "
            "there is no overlap between the training and validation subset."
        )


def index_directory(
    directory, labels, formats, class_names=None, shuffle=True, seed=None, follow_links=False, verbose=True
):
    """Return the paths of the files in a folder, their labels, and the names of the classes.

    Args:
        directory: The folder.
        labels: "inferred" from the names of its folders, a list of integers, or None.
        formats: The endings that names of files must have, a tuple.
        class_names: The folders to read, in the order of the classes; by default all, sorted.
        shuffle: Whether the files come in random order; otherwise they are sorted.
        seed: A number, for the same order every time.
        follow_links: Whether folders behind links are read.
        verbose: Whether to print how many files there are.
    """
    if labels == "inferred":
        folders = sorted(
            name
            for name in os.listdir(directory)
            if os.path.isdir(os.path.join(directory, name)) and not name.startswith(".")
        )
        if class_names is not None:
            if not set(class_names).issubset(folders):
                raise ValueError(
                    "The `class_names` passed did not match the names of the subdirectories of the target directory. "
                    f"Expected: {folders} (or a subset of it), but received: class_names={class_names}"
                )
            folders = list(class_names)
    else:
        if class_names is not None:
            raise ValueError(
                "When `labels=None` (no labels), argument `class_names` cannot be specified."
                if labels is None
                else "When argument `labels` is specified, argument `class_names` cannot be specified (the "
                "`class_names` will be the sorted list of labels)."
            )
        if not os.path.isdir(directory):
            raise NotADirectoryError(f"There is no directory of files at {directory}")
        folders = [""]
    with multiprocessing.pool.ThreadPool() as pool:
        found = pool.map(
            lambda folder: _files_in(os.path.join(directory, folder), follow_links, formats), folders
        )
    paths = [path for paths in found for path in paths]
    if labels == "inferred":
        labels = np.repeat(np.arange(len(folders), dtype="int32"), [len(paths) for paths in found])
        class_names = folders
    elif labels is not None:
        if len(labels) != len(paths):
            raise ValueError(
                "Expected the lengths of `labels` to match the number of files in the target directory. len(labels) is "
                f"{len(labels)} while we found {len(paths)} files in directory {directory}."
            )
        class_names = [str(label) for label in sorted(set(labels))]
        labels = list(labels)
    if verbose:
        classes = "." if labels is None else f" belonging to {len(class_names)} classes."
        print_msg(f"Found {len(paths)} files{classes}")
    if shuffle:
        seed = np.random.randint(1e6) if seed is None else seed
        np.random.RandomState(seed).shuffle(paths)
        if labels is not None:
            np.random.RandomState(seed).shuffle(labels)
    return paths, labels, class_names


def _files_in(folder, follow_links, formats):
    walk = sorted(os.walk(folder, followlinks=follow_links), key=lambda step: step[0])
    return [
        os.path.join(root, name)
        for root, _, names in walk
        for name in sorted(names)
        if name.lower().endswith(formats)
    ]


def get_training_or_validation_split(samples, labels, validation_split, subset):
    """Return the samples and labels of a part: the last ones are for validation."""
    if not validation_split:
        return samples, labels
    count = int(validation_split * len(samples))
    if subset == "training":
        print_msg(f"Using {len(samples) - count} files for training.")
        part = slice(None, -count)
    elif subset == "validation":
        print_msg(f"Using {count} files for validation.")
        part = slice(-count, None)
    else:
        raise ValueError(f'`subset` must be either "training" or "validation", received: {subset}')
    return samples[part], None if labels is None else labels[part]


class Folder:
    """The files of a folder and what is known of them, from which datasets are made.

    Args:
        kind: What the files hold, for messages: "images", "text files", "audio files".
        formats: The endings that names of files may have.
        load: A function from a path to a raw value.
        spec: The `Spec` of the values.
        directory, labels, label_mode, class_names, batch_size, shuffle, seed, format: What the functions are told.
    """

    def __init__(
        self,
        kind,
        formats,
        load,
        spec,
        directory,
        labels,
        label_mode,
        class_names,
        batch_size,
        shuffle,
        seed,
        format="tf",
    ):
        self.kind, self.formats, self.load, self.spec = kind, formats, load, spec
        self.directory, self.labels, self.label_mode, self.class_names = (
            directory,
            labels,
            label_mode,
            class_names,
        )
        self.batch_size, self.shuffle, self.format = batch_size, shuffle, format
        self.seed = np.random.randint(1e6) if seed is None else seed

    def find(self, follow_links, verbose):
        """Look for the files."""
        self.paths, self.labels, self.class_names = index_directory(
            self.directory,
            self.labels,
            self.formats,
            self.class_names,
            self.shuffle,
            self.seed,
            follow_links,
            verbose,
        )
        if self.label_mode == "binary" and len(self.class_names) != 2:
            raise ValueError(
                'When passing `label_mode="binary"`, there must be exactly 2 class_names. Received: '
                f"class_names={self.class_names}"
            )

    def datasets(self, validation_split, subset, batched):
        """Return the dataset of a part, or a list of two for "both".

        Args:
            validation_split, subset: The part.
            batched: A function from a dataset to one of batches.
        """
        if subset != "both":
            return self._dataset(validation_split, subset, "", batched, self.shuffle)
        return [
            self._dataset(validation_split, "training", "training ", batched, self.shuffle),
            self._dataset(validation_split, "validation", "validation ", batched, False),
        ]

    def _dataset(self, validation_split, subset, what, batched, shuffle):
        paths, labels = get_training_or_validation_split(self.paths, self.labels, validation_split, subset)
        if not paths:
            endings = ", ".join(self.formats)
            raise ValueError(
                f"No {what}{self.kind} found in directory {self.directory}. Allowed formats: {endings}"
            )
        cls = dataset_class(self.format)
        node = TensorSlices(list(paths), cls._face)
        if self.label_mode:
            node = Zip((node, TensorSlices(self._encoded(labels), cls._face)))
        if shuffle:
            buffer = 8 * self.batch_size if self.batch_size is not None else 1024
            node = Shuffle(node, buffer, cls._seeds(int(self.seed)), self.format == "tf")
        node = _Loading(node, self.load, self.spec)
        dataset = batched(cls._of(node))
        dataset.class_names, dataset.file_paths = self.class_names, paths
        return dataset

    def _encoded(self, labels):
        labels = torch.as_tensor(np.asarray(labels, dtype="int32"))
        if self.label_mode == "binary":
            return labels[:, None].float()
        if self.label_mode == "categorical":
            classes = torch.arange(len(self.class_names))
            return (labels[:, None] == classes).to(torch.float32)
        return labels


class _Loading(ParallelMap):
    """The contents of files for their paths."""

    method = "load"

    def __init__(self, node, load, spec):
        super().__init__(node, UserFunction(load, None), AUTOTUNE)
        self.load, self._loaded = load, spec

    def one(self, position, element):
        """Return the element with the content in the place of the path."""
        path, *labels = element if isinstance(element, tuple) else (element,)
        name = path.item().decode()
        try:
            content = self.load(name)
        except Exception as error:
            self.function.note(error, f"{self.method}, reading {name},", position)
            raise
        return (content, *labels) if labels else content

    def infer_spec(self):
        below = self.inputs[0].spec()
        return (self._loaded, *below[1:]) if isinstance(below, tuple) else self._loaded
