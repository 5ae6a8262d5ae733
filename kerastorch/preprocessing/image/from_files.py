"""Iterators over images that folders or tables list."""

import os
import warnings

import numpy as np

from kerastorch.callbacks.messages import print_msg
from kerastorch.core import settings
from kerastorch.preprocessing.image.iterators import FileIterator


class DirectoryIterator(FileIterator):
    """Batches of augmented images from a folder with one folder for each class.

    Args:
        directory: The folder.
        image_data_generator: The `ImageDataGenerator`, or None.
        target_size: (height, width) to which images are resized.
        color_mode: "rgb", "rgba" or "grayscale".
        classes: The folders in the order of the classes; by default all, sorted.
        class_mode: "categorical", "binary", "sparse", "input" (targets are the images), or None.
        batch_size, shuffle, seed: See `Iterator`.
        data_format: The layout of the images.
        save_to_dir, save_prefix, save_format: Where to write augmented images, and how.
        follow_links: Whether folders behind links are read.
        subset: "training" or "validation".
        interpolation: How images are resized: "nearest", "bilinear", "bicubic", ...
        keep_aspect_ratio: Whether images are cut to the proportions of `target_size` first.
        dtype: The dtype of the batches.
    """

    def __init__(
        self,
        directory,
        image_data_generator,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
        dtype=None,
    ):
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            keep_aspect_ratio,
        )
        self._check_class_mode(class_mode)
        self.directory, self.dtype = directory, dtype or settings.floatx()
        if not classes:
            names = sorted(os.listdir(directory))
            classes = [name for name in names if os.path.isdir(os.path.join(directory, name))]
        self.num_classes = len(classes)
        self.class_indices = dict(zip(classes, range(len(classes))))
        self.filenames, numbers = [], []
        for name, number in self.class_indices.items():
            found = self._cut(list(self._files(os.path.join(directory, name), follow_links)))
            self.filenames += [os.path.join(name, file) for file in found]
            numbers += [number] * len(found)
        self.samples = len(self.filenames)
        self.classes = np.array(numbers, dtype="int32")
        print_msg(f"Found {self.samples} images belonging to {self.num_classes} classes.")
        self._filepaths = [os.path.join(directory, name) for name in self.filenames]
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _files(self, folder, follow_links):
        for root, _, names in sorted(os.walk(folder, followlinks=follow_links), key=lambda step: step[0]):
            for name in sorted(names):
                if name.lower().endswith(self.white_list_formats):
                    yield os.path.relpath(os.path.join(root, name), folder)

    @property
    def filepaths(self):
        """The paths of the images."""
        return self._filepaths

    @property
    def labels(self):
        """The numbers of the images' classes."""
        return self.classes


class DataFrameIterator(FileIterator):
    """Batches of augmented images that a pandas DataFrame lists.

    Args:
        dataframe: The table.
        directory: The folder to which the names of files are relative, or None.
        image_data_generator: The `ImageDataGenerator`, or None.
        x_col: The column with the names of the files.
        y_col: The column with the targets, or a list of columns.
        weight_col: The column with the weights, or None.
        class_mode: "categorical", "binary", "sparse", "input", "multi_output", "raw" or None.
        validate_filenames: Whether rows without an image are left out.
        The others: See `DirectoryIterator`.
    """

    allowed_class_modes = {"binary", "categorical", "input", "multi_output", "raw", "sparse", None}

    def __init__(
        self,
        dataframe,
        directory=None,
        image_data_generator=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format="channels_last",
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
        dtype="float32",
        validate_filenames=True,
    ):
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            keep_aspect_ratio,
        )
        self._check_class_mode(class_mode)
        self.directory, self.dtype = directory or "", dtype
        frame = dataframe.copy()
        self._check(frame, x_col, y_col, weight_col, classes)
        if validate_filenames:
            frame = self._existing(frame, x_col)
        has_classes = class_mode in ("binary", "categorical", "sparse")
        if has_classes:
            frame, classes = _of_classes(frame, y_col, classes)
            self.class_indices = dict(zip(classes, range(len(classes))))
        frame = self._cut(frame)
        if has_classes:
            self.classes = [self._number(label) for label in frame[y_col]]
        self.filenames = frame[x_col].tolist()
        self.sample_weight = frame[weight_col].to_numpy() if weight_col else None
        if class_mode == "multi_output":
            self._targets = [np.array(frame[column].tolist()) for column in y_col]
        elif class_mode == "raw":
            self._targets = frame[y_col].to_numpy()
        self.samples = len(self.filenames)
        which = "validated" if validate_filenames else "non-validated"
        belonging = f" belonging to {len(classes)} classes" if has_classes else ""
        print_msg(f"Found {self.samples} {which} image filenames{belonging}.")
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _check(self, frame, x_col, y_col, weight_col, classes):
        mode = self.class_mode
        if mode == "multi_output" and not isinstance(y_col, list):
            raise TypeError(f'If class_mode="{mode}", y_col must be a list. Received {type(y_col).__name__}.')
        if not all(isinstance(name, str) for name in frame[x_col]):
            raise TypeError(f"All values in column x_col={x_col} must be strings.")
        if mode in ("binary", "sparse") and not all(isinstance(label, str) for label in frame[y_col]):
            raise TypeError(f'If class_mode="{mode}", y_col="{y_col}" column values must be strings.')
        if mode == "binary":
            count = len(set(classes)) if classes else frame[y_col].nunique()
            if count != 2:
                raise ValueError(f'If class_mode="binary" there must be 2 classes. Found {count} classes.')
        if mode == "categorical" and not all(isinstance(v, (str, list, tuple)) for v in frame[y_col]):
            raise TypeError(
                f'If class_mode="{mode}", y_col="{y_col}" column values must be type string, list or tuple.'
            )
        if classes and mode in ("input", "multi_output", "raw", None):
            warnings.warn(f'`classes` will be ignored given the class_mode="{mode}"', stacklevel=4)
        if weight_col and not np.issubdtype(frame[weight_col].dtype, np.number):
            raise TypeError(f"Column weight_col={weight_col} must be numeric.")

    def _existing(self, frame, x_col):
        """The rows whose file is there and may be an image."""
        paths = [os.path.join(self.directory, name) for name in frame[x_col]]
        good = np.array(
            [p.lower().endswith(self.white_list_formats) and os.path.isfile(p) for p in paths], bool
        )
        if not good.all():
            warnings.warn(
                f'Found {(~good).sum()} invalid image filename(s) in x_col="{x_col}". These filename(s) will be '
                "ignored.",
                stacklevel=4,
            )
        return frame[good]

    def _number(self, label):
        if isinstance(label, (list, tuple)):
            return [self.class_indices[part] for part in label]
        return self.class_indices[label]

    @property
    def filepaths(self):
        """The paths of the images."""
        return self._filepaths

    @property
    def labels(self):
        """The targets."""
        return self._targets if self.class_mode in ("multi_output", "raw") else self.classes


def _of_classes(frame, y_col, classes):
    """Return the rows whose label is among some classes (all if there are none), and the classes."""
    if not classes:
        found = {part for v in frame[y_col] for part in (v if isinstance(v, (list, tuple)) else [v])}
        return frame.dropna(subset=[y_col]), sorted(found)
    classes = list(dict.fromkeys(classes))

    def known(label):
        if isinstance(label, (list, tuple)):
            return [part for part in label if part in classes] or None
        return label if label in classes else None

    frame = frame.copy()
    frame[y_col] = [known(label) for label in frame[y_col]]
    return frame.dropna(subset=[y_col]), classes
