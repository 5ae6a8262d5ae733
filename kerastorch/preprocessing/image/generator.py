"""ImageDataGenerator: random augmentation of images, as Keras 2 had it. New code uses the augmentation layers."""

import warnings

import numpy as np

from kerastorch.core import settings
from kerastorch.preprocessing.image import affine
from kerastorch.preprocessing.image.from_files import DataFrameIterator, DirectoryIterator
from kerastorch.preprocessing.image.iterators import NumpyArrayIterator

_UNFIT = (
    "This ImageDataGenerator specifies `{}`, but it hasn't been fit on any training data. Fit it first by calling "
    "`.fit(numpy_data)`."
)


class ImageDataGenerator:
    """Makes batches of images that are moved, turned, flipped and recoloured at random.

    Args:
        featurewise_center, featurewise_std_normalization: Whether the mean over the data is subtracted, and whether
            it is divided by the standard deviation; `fit` finds both.
        samplewise_center, samplewise_std_normalization: The same with those of each image.
        zca_whitening, zca_epsilon: Whether pixels are decorrelated, and the number that guards it.
        rotation_range: The largest angle, in degrees.
        width_shift_range, height_shift_range: The largest shift, as a part of the size or in pixels (from 1 on); or a
            list of shifts to choose from.
        brightness_range: A pair of factors.
        shear_range: The largest angle of shear, in degrees.
        zoom_range: A number z for factors from 1 - z to 1 + z, or a pair.
        channel_shift_range: The largest number added to values.
        fill_mode, cval: What is outside of an image; see `apply_affine_transform`.
        horizontal_flip, vertical_flip: Whether half of the images are flipped.
        rescale: What values are multiplied by.
        preprocessing_function: A function from an image to one, called after augmentation.
        data_format: The layout of the images.
        validation_split: The part of the images that is for validation.
        interpolation_order: 0 for the nearest pixel, 1 for linear.
        dtype: The dtype of the batches.

    >>> generator = keras.preprocessing.image.ImageDataGenerator(rescale=0.5, horizontal_flip=True)
    >>> batches = generator.flow(np.ones((5, 4, 4, 1)), np.arange(5), batch_size=2, shuffle=False)
    >>> x, y = next(batches)
    >>> x.shape, float(x.max()), y.tolist(), len(batches)
    ((2, 4, 4, 1), 0.5, [0, 1], 3)
    """

    def __init__(
        self,
        featurewise_center=False,
        samplewise_center=False,
        featurewise_std_normalization=False,
        samplewise_std_normalization=False,
        zca_whitening=False,
        zca_epsilon=1e-06,
        rotation_range=0,
        width_shift_range=0.0,
        height_shift_range=0.0,
        brightness_range=None,
        shear_range=0.0,
        zoom_range=0.0,
        channel_shift_range=0.0,
        fill_mode="nearest",
        cval=0.0,
        horizontal_flip=False,
        vertical_flip=False,
        rescale=None,
        preprocessing_function=None,
        data_format=None,
        validation_split=0.0,
        interpolation_order=1,
        dtype=None,
    ):
        self.featurewise_center, self.samplewise_center = featurewise_center, samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range, self.shear_range = rotation_range, shear_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.channel_shift_range, self.fill_mode, self.cval = channel_shift_range, fill_mode, cval
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.interpolation_order, self.dtype = interpolation_order, dtype or settings.floatx()
        if data_format not in (None, "channels_last", "channels_first"):
            raise ValueError(
                '`data_format` should be `"channels_last"` (channel after row and column) or `"channels_first"` '
                f"(channel before row and column). Received: {data_format}"
            )
        self.data_format = settings.standardize_data_format(data_format)
        last = self.data_format == "channels_last"
        self.channel_axis, self.row_axis, self.col_axis = (3, 1, 2) if last else (1, 2, 3)
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(
                f"`validation_split` must be strictly between 0 and 1. Received: {validation_split}"
            )
        self._validation_split = validation_split
        self.mean = self.std = self.zca_whitening_matrix = None
        self.zoom_range = _zoom_range(zoom_range)
        if brightness_range is not None and (
            not isinstance(brightness_range, (tuple, list)) or len(brightness_range) != 2
        ):
            raise ValueError(
                f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}"
            )
        self.brightness_range = brightness_range
        self._settle()

    def _settle(self):
        """Switch on what other switches need, and tell."""
        for given, other, value in (
            ("zca_whitening", "featurewise_center", True),
            ("zca_whitening", "featurewise_std_normalization", False),
            ("featurewise_std_normalization", "featurewise_center", True),
            ("samplewise_std_normalization", "samplewise_center", True),
        ):
            if getattr(self, given) and getattr(self, other) != value:
                setattr(self, other, value)
                warnings.warn(
                    f"This ImageDataGenerator specifies `{given}`, which overrides setting of `{other}`.",
                    stacklevel=3,
                )

    def flow(
        self,
        x,
        y=None,
        batch_size=32,
        shuffle=True,
        sample_weight=None,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        ignore_class_split=False,
        subset=None,
    ):
        """Return batches of augmented images from arrays; see `NumpyArrayIterator`."""
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            ignore_class_split=ignore_class_split,
            subset=subset,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
    ):
        """Return batches of augmented images from a folder; see `DirectoryIterator`."""
        return DirectoryIterator(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            keep_aspect_ratio=keep_aspect_ratio,
            dtype=self.dtype,
        )

    def flow_from_dataframe(
        self,
        dataframe,
        directory=None,
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
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        validate_filenames=True,
        **kwargs,
    ):
        """Return batches of augmented images that a table lists; see `DataFrameIterator`."""
        for name in kwargs:
            warnings.warn(f"{name} is deprecated and not used.", DeprecationWarning, stacklevel=2)
        return DataFrameIterator(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode="raw" if class_mode == "other" else class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
            validate_filenames=validate_filenames,
        )

    def augmented(self, x):
        """Return an image after a random transformation and standardization."""
        return self.standardize(self.apply_transform(x, self.get_random_transform(x.shape)))

    def standardize(self, x):
        """Return an image (or a batch) rescaled and normalized; the array may be changed."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + 1e-6
        if self._fitted("featurewise_center", self.mean):
            x -= self.mean
        if self._fitted("featurewise_std_normalization", self.std):
            x /= self.std + 1e-6
        if self._fitted("zca_whitening", self.zca_whitening_matrix):
            flat = x.reshape(-1, np.prod(x.shape[-3:]))
            x = (flat @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    def _fitted(self, name, value):
        """Whether a normalization is wanted and can be done."""
        if getattr(self, name) and value is None:
            warnings.warn(_UNFIT.format(name), stacklevel=4)
        return getattr(self, name) and value is not None

    def get_random_transform(self, img_shape, seed=None):
        """Return the parameters of a random transformation as a dict, for `apply_transform`."""
        if seed is not None:
            np.random.seed(seed)
        uniform = np.random.uniform
        theta = uniform(-self.rotation_range, self.rotation_range) if self.rotation_range else 0
        tx = _shift(self.height_shift_range, img_shape[self.row_axis - 1])
        ty = _shift(self.width_shift_range, img_shape[self.col_axis - 1])
        shear = uniform(-self.shear_range, self.shear_range) if self.shear_range else 0
        zx, zy = (1, 1) if self.zoom_range == [1, 1] else uniform(*self.zoom_range, 2)
        flips = [(np.random.random() < 0.5) * flip for flip in (self.horizontal_flip, self.vertical_flip)]
        channel, brightness = None, None
        if self.channel_shift_range != 0:
            channel = uniform(-self.channel_shift_range, self.channel_shift_range)
        if self.brightness_range is not None:
            brightness = uniform(*self.brightness_range)
        return {
            "theta": theta,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": flips[0],
            "flip_vertical": flips[1],
            "channel_shift_intensity": channel,
            "brightness": brightness,
        }

    def apply_transform(self, x, transform_parameters):
        """Return an image after the transformation that parameters say."""
        given = transform_parameters.get
        row, column, channel = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = affine.apply_affine_transform(
            x,
            given("theta", 0),
            given("tx", 0),
            given("ty", 0),
            given("shear", 0),
            given("zx", 1),
            given("zy", 1),
            row_axis=row,
            col_axis=column,
            channel_axis=channel,
            fill_mode=self.fill_mode,
            cval=self.cval,
            order=self.interpolation_order,
        )
        if given("channel_shift_intensity") is not None:
            x = affine.apply_channel_shift(x, given("channel_shift_intensity"), channel)
        if given("flip_horizontal", False):
            x = affine.flip_axis(x, column)
        if given("flip_vertical", False):
            x = affine.flip_axis(x, row)
        if given("brightness") is not None:
            x = affine.apply_brightness_shift(x, given("brightness"), False)
        return x

    def random_transform(self, x, seed=None):
        """Return an image after a random transformation."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Find the mean, the standard deviation and the whitening matrix of images.

        Args:
            x: The images, of rank 4.
            augment: Whether to augment them first.
            rounds: How many times.
            seed: The seed of that.
        """
        x = np.array(x, dtype=self.dtype)
        if x.ndim != 4:
            raise ValueError(f"Input to `.fit()` should have rank 4. Got array with shape: {x.shape}")
        channels = x.shape[self.channel_axis]
        if channels not in (1, 3, 4):
            warnings.warn(
                "Expected input to be images (as Numpy array) following the data format convention "
                f'"{self.data_format}" (channels on axis {self.channel_axis}), i.e. expected either 1, 3 or 4 channels '
                f"on axis {self.channel_axis}. However, it was passed an array with shape {x.shape} ({channels} "
                "channels).",
                stacklevel=2,
            )
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            x *= self.rescale
        if augment:
            x = np.stack([self.random_transform(image) for _ in range(rounds) for image in x])
        shape = [1, 1, 1]
        shape[self.channel_axis - 1] = channels
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(x, axis=axes).reshape(shape)
            x -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(x, axis=axes).reshape(shape)
            x /= self.std + 1e-6
        if self.zca_whitening:
            u, s, _ = np.linalg.svd(x.reshape(len(x), -1).T, full_matrices=False)
            self.zca_whitening_matrix = (u * (np.sqrt(len(x)) / (s + self.zca_epsilon))) @ u.T


def _zoom_range(given):
    if isinstance(given, (float, int)):
        return [1 - given, 1 + given]
    if len(given) == 2 and all(isinstance(value, (float, int)) for value in given):
        return list(given)
    raise ValueError(f"`zoom_range` should be a float or a tuple or list of two floats. Received: {given}")


def _shift(given, size):
    """A random shift in pixels; `given` is a part of the size, a number of pixels, or a list to choose from."""
    if not np.any(given):
        return 0
    try:
        shift = np.random.choice(given) * np.random.choice([-1, 1])
    except ValueError:  # a float
        shift = np.random.uniform(-given, given)
    return shift * size if np.max(given) < 1 else shift
