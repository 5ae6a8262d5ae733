"""What the models for ImageNet share: inputs, the names of classes, the top, weights from elsewhere."""

import json
import os
import warnings

import numpy as np
import torch

from kerastorch import activations, layers
from kerastorch.core.edge import to_numpy
from kerastorch.core.keras_tensor import KerasTensor, is_keras_tensor
from kerastorch.core.op import Tensor, op
from kerastorch.core.settings import floatx, image_data_format, standardize_data_format
from kerastorch.models import Model
from kerastorch.ops.common import as_float
from kerastorch.utils.files import get_file
from kerastorch.utils.source_inputs import get_source_inputs

_CLASSES_URL = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
_CLASSES_HASH = "c2c37ea517e94d9795004a39431a14cb"
_MODES = ("caffe", "tf", "torch")
_MEAN_BGR, _MEAN_RGB, _DEVIATION_RGB = (
    (103.939, 116.779, 123.68),
    (0.485, 0.456, 0.406),
    (0.229, 0.224, 0.225),
)
WEIGHTS_URL = "https://storage.googleapis.com/tensorflow/keras-applications/"


class _ClassIndex:
    """The names of the classes, read once."""

    names: dict | None = None


def preprocess_input(x, data_format=None, mode="caffe"):
    """Images of values 0 ... 255 as a model was trained on them, in floats; an array stays an array.

    Args:
        x: One image or a batch, of three channels.
        data_format: "channels_last", "channels_first" or None for the default.
        mode: "caffe" (blue, green, red, less their means), "tf" (-1 ... 1) or "torch" (0 ... 1, less the means of
            ImageNet, divided by the deviations).

    >>> keras.applications.imagenet_utils.preprocess_input(np.array([[[0.0, 127.5, 255.0]]]), mode="tf")
    array([[[-1.,  0.,  1.]]])
    """
    if mode not in _MODES:
        raise ValueError(f"Expected mode to be one of `caffe`, `tf` or `torch`. Received: mode={mode}")
    if data_format not in (None, "channels_first", "channels_last"):
        raise ValueError(
            "Expected data_format to be one of `channels_first` or `channels_last`. "
            f"Received: data_format={data_format}"
        )
    data_format = standardize_data_format(data_format)
    if isinstance(x, np.ndarray):
        x = x if x.dtype.kind == "f" else x.astype(floatx())
        return to_numpy(_preprocessed(torch.from_numpy(np.ascontiguousarray(x)), data_format, mode))
    return _preprocessed(x, data_format, mode)


@op
def _preprocessed(x: Tensor, data_format, mode):
    x = as_float(x)
    if mode == "tf":
        return x / 127.5 - 1.0
    axis = -1 if data_format == "channels_last" else -3
    shape = (3,) if axis == -1 else (3, 1, 1)

    def channels(values):
        return torch.tensor(values, dtype=x.dtype, device=x.device).reshape(shape)

    if mode == "caffe":
        return x.flip(axis) - channels(_MEAN_BGR)
    return (x / 255.0 - channels(_MEAN_RGB)) / channels(_DEVIATION_RGB)


def decode_predictions(preds, top=5):
    """Return, for each image, the likeliest classes: tuples (identifier, name, probability).

    Args:
        preds: Probabilities (batch, 1000).
        top: How many classes.

    The names are fetched once, to `~/.keras/models`.
    """
    if len(preds.shape) != 2 or preds.shape[1] != 1000:
        raise ValueError(
            "`decode_predictions` expects a batch of predictions (i.e. a 2D array of shape (samples, 1000)). "
            f"Received array with shape: {tuple(preds.shape)}"
        )
    if _ClassIndex.names is None:
        path = get_file(
            "imagenet_class_index.json", _CLASSES_URL, cache_subdir="models", file_hash=_CLASSES_HASH
        )
        with open(path, encoding="utf-8") as file:
            _ClassIndex.names = json.load(file)
    names = _ClassIndex.names
    return [
        [(*names[str(i)], row[i]) for i in np.argsort(-row, kind="stable")[:top]] for row in to_numpy(preds)
    ]


# ---------------------------------------------------------------------- building
def channel_axis():
    """Return the axis of channels."""
    return 3 if image_data_format() == "channels_last" else 1


def image_input(weights, include_top, classes, input_tensor, input_shape, default_size=224, min_size=32):
    """Check what a model is asked for, and return its input.

    Args:
        weights: "imagenet", a path or None.
        include_top: Whether the model classifies.
        classes: How many classes.
        input_tensor: A symbolic tensor to start from, or None.
        input_shape: The shape of an image, or None.
        default_size: Height and width, where nothing else is said.
        min_size: The least height and width.
    """
    if not (weights in ("imagenet", None) or os.path.exists(weights)):
        raise ValueError(
            "The `weights` argument should be either `None` (random initialization), 'imagenet' (pre-training on "
            f"ImageNet), or the path to the weights file to be loaded. Received: weights={weights}"
        )
    if weights == "imagenet" and include_top and classes != 1000:
        raise ValueError(
            "If using `weights='imagenet'` with `include_top=True`, `classes` should be 1000. "
            f"Received classes={classes}"
        )
    shape = _image_shape(input_shape, default_size, min_size, include_top, weights)
    if input_tensor is None:
        return layers.Input(shape=shape)
    return input_tensor if is_keras_tensor(input_tensor) else layers.Input(tensor=input_tensor, shape=shape)


def _image_shape(shape, default_size, min_size, include_top, weights):
    first = image_data_format() == "channels_first"
    channel = 0 if first else -1

    def with_channels(size, channels):
        return (channels, size, size) if first else (size, size, channels)

    if shape is not None:
        shape = tuple(shape)
        if len(shape) != 3:
            raise ValueError(
                f"`input_shape` must be a tuple of three integers. Received: input_shape={shape}"
            )
        if weights == "imagenet" and shape[channel] != 3:
            raise ValueError(f"The input must have 3 channels; Received `input_shape={shape}`")
        if shape[channel] not in (1, 3):
            warnings.warn(
                "This model usually expects 1 or 3 input channels. However, it was passed an input_shape with "
                f"{shape[channel]} input channels.",
                stacklevel=4,
            )
    default = with_channels(default_size, 3)
    if weights == "imagenet" and include_top:
        if shape not in (None, default):
            raise ValueError(
                "When setting `include_top=True` and loading `imagenet` weights, `input_shape` should be "
                f"{default}. Received: input_shape={shape}"
            )
        return default
    if shape is None:
        shape = default if include_top else with_channels(None, 3)
    sizes = shape[1:] if first else shape[:2]
    if any(size is not None and size < min_size for size in sizes):
        raise ValueError(f"Input size must be at least {min_size}x{min_size}; Received: input_shape={shape}")
    if include_top and None in shape:
        raise ValueError(
            "If `include_top` is True, you should specify a static `input_shape`. "
            f"Received: input_shape={shape}"
        )
    return shape


def pooled(x, pooling, named=True):
    """Return features pooled as asked."""
    if pooling == "avg":
        return layers.GlobalAveragePooling2D(name="avg_pool" if named else None)(x)
    if pooling == "max":
        return layers.GlobalMaxPooling2D(name="max_pool" if named else None)(x)
    return x


def check_activation(classifier_activation, weights):
    """Raise unless weights from elsewhere fit the activation of the top."""
    allowed = (activations.get("softmax"), activations.get(None))
    if weights is not None and activations.get(classifier_activation) not in allowed:
        raise ValueError(
            "Only `None` and `softmax` activations are allowed for the `classifier_activation` argument when using "
            "pretrained weights, with `include_top=True`; "
            f"Received: classifier_activation={classifier_activation}"
        )


def classified(x, classes, classifier_activation, weights, pool_name="avg_pool", **options):
    """Return the probabilities of classes, from pooled features."""
    check_activation(classifier_activation, weights)
    x = layers.GlobalAveragePooling2D(name=pool_name)(x)
    return layers.Dense(classes, activation=classifier_activation, name="predictions", **options)(x)


def finished(image, input_tensor, outputs, name, weights, file=None, url=None, file_hash=None):
    """Return the model, with its weights.

    Args:
        image: Its input.
        input_tensor: What the input was made from, or None.
        outputs: Its output.
        name: Its name.
        weights: "imagenet", a path or None.
        file, url, file_hash: Where the weights for ImageNet are.
    """
    inputs = image
    if input_tensor is not None and isinstance(image, KerasTensor):
        inputs = get_source_inputs(image)
    model = Model(inputs, outputs, name=name)
    if weights == "imagenet":
        weights = get_file(file, url + file, cache_subdir="models", file_hash=file_hash)
    if weights is not None:
        model.load_weights(weights)
    return model


def correct_pad(x, kernel_size):
    """Return the padding before a convolution of stride 2 such that pixels come out as TensorFlow has them."""
    sizes = x.shape[1:3] if channel_axis() == 3 else x.shape[2:4]
    adjust = [1, 1] if sizes[0] is None else [1 - size % 2 for size in sizes]
    half = kernel_size // 2
    return tuple((half - a, half) for a in adjust)


def divisible(value, divisor=8):
    """Return a number near the value that the divisor divides, no less than nine tenths of it."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return int(rounded + divisor if rounded < 0.9 * value else rounded)
