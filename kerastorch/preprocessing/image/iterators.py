"""Batches of augmented images, from arrays in memory or from files; the endless iterators of Keras 2."""

import os
import threading
import warnings

import numpy as np

from kerastorch import utils
from kerastorch.core import settings
from kerastorch.training.data.py_dataset import PyDataset


class Iterator(PyDataset):
    """Batches of numbered samples, without end.

    Args:
        n: The number of samples.
        batch_size: The size of a batch; the last one of a pass may be smaller.
        shuffle: Whether every pass has a new order.
        seed: A number, for the same orders and augmentations every time.
        **kwargs: `workers`, `use_multiprocessing`, `max_queue_size`.

    A subclass defines `_get_batches_of_transformed_samples(index_array)`.
    """

    white_list_formats = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")

    def __init__(self, n, batch_size, shuffle, seed, **kwargs):
        super().__init__(**kwargs)
        self.n, self.batch_size, self.shuffle, self.seed = n, batch_size, shuffle, seed
        self.batch_index = self.total_batches_seen = 0
        self.lock = threading.Lock()
        self.index_array = None

    def _set_index_array(self):
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _seed_next(self):
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def __getitem__(self, idx):
        """Return batch number `idx`."""
        if idx >= len(self):
            raise ValueError(f"Asked to retrieve element {idx}, but the Sequence has length {len(self)}")
        self._seed_next()
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        rows = self.index_array[self.batch_size * idx : self.batch_size * (idx + 1)]
        return self._get_batches_of_transformed_samples(rows)

    def __len__(self):
        return -(-self.n // self.batch_size)

    def on_epoch_end(self):
        """Choose a new order."""
        self._set_index_array()

    def reset(self):
        """Begin again with the first batch."""
        self.batch_index = 0

    def __iter__(self):
        return self

    def __next__(self):
        with self.lock:
            self._seed_next()
            if self.batch_index == 0:
                self._set_index_array()
            start = self.batch_index * self.batch_size % self.n if self.n else 0
            more = self.n > start + self.batch_size
            self.batch_index = self.batch_index + 1 if more else 0
            self.total_batches_seen += 1
            rows = self.index_array[start : start + self.batch_size]
        return self._get_batches_of_transformed_samples(rows)

    def _get_batches_of_transformed_samples(self, index_array):
        raise NotImplementedError(
            f"{type(self).__name__} must define `_get_batches_of_transformed_samples(self, index_array)`."
        )

    def _save(self, images, rows):
        """Write the images of a batch to the folder `save_to_dir`, if there is one."""
        if not self.save_to_dir:
            return
        for image, row in zip(images, rows):
            name = f"{self.save_prefix}_{row}_{np.random.randint(10**7)}.{self.save_format}"
            picture = utils.array_to_img(image, self.data_format, scale=True)
            picture.save(os.path.join(self.save_to_dir, name))


class NumpyArrayIterator(Iterator):
    """Batches of augmented images from an array.

    Args:
        x: The images, of rank 4; or a pair of them and other arrays, which are passed on.
        y: The targets, or None.
        image_data_generator: The `ImageDataGenerator`.
        batch_size, shuffle, seed: See `Iterator`.
        sample_weight: Weights, or None.
        data_format: The layout of the images.
        save_to_dir, save_prefix, save_format: Where to write augmented images, and how.
        subset: "training" or "validation".
        ignore_class_split: Whether the two subsets may have different classes.
        dtype: The dtype of the batches.
    """

    def __init__(
        self,
        x,
        y,
        image_data_generator,
        batch_size=32,
        shuffle=False,
        sample_weight=None,
        seed=None,
        data_format=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        ignore_class_split=False,
        dtype=None,
    ):
        self.data_format = settings.standardize_data_format(data_format)
        self.dtype = dtype or settings.floatx()
        misc = []
        if isinstance(x, (tuple, list)):
            others = x[1] if isinstance(x[1], list) else [x[1]]
            x, misc = x[0], [np.asarray(other) for other in others]
            for other in misc:
                if len(x) != len(other):
                    raise ValueError(
                        "All of the arrays in `x` should have the same length. Found a pair with: len(x[0]) = "
                        f"{len(x)}, len(x[?]) = {len(other)}"
                    )
        for name, other in (("`y` (labels)", y), ("`sample_weight`", sample_weight)):
            if other is not None and len(x) != len(other):
                raise ValueError(
                    f"`x` (images tensor) and {name} should have the same length. Found: x.shape = "
                    f"{np.asarray(x).shape}, and {np.asarray(other).shape}"
                )
        part = self._part(x, y, subset, image_data_generator, ignore_class_split)
        self.x = np.asarray(x[part], dtype=self.dtype)
        self.x_misc = [other[part] for other in misc]
        self.y = None if y is None else np.asarray(y[part])
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight[part])
        if self.x.ndim != 4:
            raise ValueError(
                "Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape "
                f"{self.x.shape}"
            )
        axis = 3 if self.data_format == "channels_last" else 1
        if self.x.shape[axis] not in (1, 3, 4):
            warnings.warn(
                f'NumpyArrayIterator is set to use the data format convention "{self.data_format}" (channels on axis '
                f"{axis}), i.e. expected either 1, 3, or 4 channels on axis {axis}. However, it was passed an array "
                f"with shape {self.x.shape} ({self.x.shape[axis]} channels).",
                stacklevel=3,
            )
        self.image_data_generator = image_data_generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        super().__init__(len(self.x), batch_size, shuffle, seed)

    @staticmethod
    def _part(x, y, subset, generator, ignore_class_split):
        """The slice of the samples that belongs to a subset: the first ones are for validation."""
        if subset is None:
            return slice(None)
        if subset not in ("training", "validation"):
            raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation".')
        count = int(len(x) * generator._validation_split)
        if (
            y is not None
            and not ignore_class_split
            and not np.array_equal(np.unique(y[:count]), np.unique(y[count:]))
        ):
            raise ValueError(
                "Training and validation subsets have different number of classes after the split. If your numpy "
                "arrays are sorted by the label, you might want to shuffle them."
            )
        return slice(None, count) if subset == "validation" else slice(count, None)

    def _get_batches_of_transformed_samples(self, index_array):
        images = np.zeros((len(index_array), *self.x.shape[1:]), dtype=self.dtype)
        for i, row in enumerate(index_array):
            images[i] = self.image_data_generator.augmented(self.x[row].astype(self.dtype))
        self._save(images, index_array)
        x = images if not self.x_misc else [images, *(other[index_array] for other in self.x_misc)]
        batch = (x,)
        if self.y is not None:
            batch += (self.y[index_array],)
        if self.sample_weight is not None:
            batch += (self.sample_weight[index_array],)
        return batch if len(batch) > 1 else batch[0]


class FileIterator(Iterator):
    """Batches of augmented images from files.

    A subclass sets `filepaths`, `classes`, `class_indices`, `labels` and `sample_weight`.
    """

    allowed_class_modes = {"categorical", "binary", "sparse", "input", None}
    sample_weight = None

    def set_processing_attrs(
        self,
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
    ):
        """Remember how files become images."""
        channels = {"rgb": 3, "rgba": 4, "grayscale": 1}
        if color_mode not in channels:
            raise ValueError(f'Invalid color mode: {color_mode}; expected "rgb", "rgba", or "grayscale".')
        self.image_data_generator = image_data_generator
        self.target_size, self.color_mode = tuple(target_size), color_mode
        self.data_format = settings.standardize_data_format(data_format)
        last = self.data_format == "channels_last"
        depth = (channels[color_mode],)
        self.image_shape = self.target_size + depth if last else depth + self.target_size
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self.interpolation, self.keep_aspect_ratio = interpolation, keep_aspect_ratio
        self.subset, self.split = subset, None
        if subset is not None:
            border = image_data_generator._validation_split
            splits = {"validation": (0, border), "training": (border, 1)}
            if subset not in splits:
                raise ValueError(f'Invalid subset name: {subset}; expected "training" or "validation"')
            self.split = splits[subset]

    def _check_class_mode(self, class_mode):
        if class_mode not in self.allowed_class_modes:
            raise ValueError(f"Invalid class_mode: {class_mode}; expected one of: {self.allowed_class_modes}")
        self.class_mode = class_mode

    def _cut(self, items):
        """The part of a list that belongs to the subset."""
        if not self.split:
            return items
        return items[int(self.split[0] * len(items)) : int(self.split[1] * len(items))]

    def _image(self, path):
        image = utils.load_img(
            path,
            color_mode=self.color_mode,
            target_size=self.target_size,
            interpolation=self.interpolation,
            keep_aspect_ratio=self.keep_aspect_ratio,
        )
        x = utils.img_to_array(image, data_format=self.data_format)
        return self.image_data_generator.augmented(x) if self.image_data_generator else x

    def _get_batches_of_transformed_samples(self, index_array):
        images = np.zeros((len(index_array), *self.image_shape), dtype=self.dtype)
        for i, row in enumerate(index_array):
            images[i] = self._image(self.filepaths[row])
        self._save(images, index_array)
        if self.class_mode is None:
            return images
        y = self._targets_of(images, index_array)
        if self.sample_weight is None:
            return images, y
        return images, y, self.sample_weight[index_array]

    def _targets_of(self, images, rows):
        if self.class_mode == "input":
            return images.copy()
        if self.class_mode in ("binary", "sparse"):
            return np.array([self.classes[row] for row in rows], dtype=self.dtype)
        if self.class_mode == "categorical":
            y = np.zeros((len(rows), len(self.class_indices)), dtype=self.dtype)
            for i, row in enumerate(rows):
                y[i, self.classes[row]] = 1.0
            return y
        if self.class_mode == "multi_output":
            return [output[rows] for output in self.labels]
        return self.labels[rows]
