"""Xception."""

from kerastorch import layers
from kerastorch.applications import imagenet_utils
from kerastorch.applications.imagenet_utils import (
    WEIGHTS_URL,
    channel_axis,
    classified,
    finished,
    image_input,
    pooled,
)

_HASHES = {True: "0a58e3b7378bc2990ea3b43d5981f1f6", False: "b0042744bf5b25fce3cb969f33bebb97"}


def Xception(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="xception",
):
    """The network of depthwise separable convolutions of Chollet, 2017.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.

    >>> keras.applications.Xception(weights=None, include_top=False, input_shape=(71, 71, 3)).name
    'xception'
    """
    image = image_input(weights, include_top, classes, input_tensor, input_shape, 299, 71)
    x = _plain(image, 32, 2, "block1_conv1")
    x = _plain(x, 64, 1, "block1_conv2")
    for block, filters in ((2, 128), (3, 256), (4, 728)):
        x = _shrinking(x, (filters, filters), block, acts_first=block > 2)
    for block in range(5, 13):
        residual = x
        for i in (1, 2, 3):
            x = _separable(_active(x, f"block{block}_sepconv{i}"), 728, f"block{block}_sepconv{i}")
        x = layers.add([x, residual])
    x = _shrinking(x, (728, 1024), 13)
    for i, filters in ((1, 1536), (2, 2048)):
        x = _active(_separable(x, filters, f"block14_sepconv{i}"), f"block14_sepconv{i}")
    if include_top:
        x = classified(x, classes, classifier_activation, weights)
    else:
        x = pooled(x, pooling, named=False)
    file = f"xception_weights_tf_dim_ordering_tf_kernels{'' if include_top else '_notop'}.h5"
    url = f"{WEIGHTS_URL}xception/"
    return finished(image, input_tensor, x, name, weights, file, url, _HASHES[bool(include_top)])


def _active(x, name):
    return layers.Activation("relu", name=f"{name}_act")(x)


def _plain(x, filters, stride, name):
    x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=name)(x)
    return _active(layers.BatchNormalization(axis=channel_axis(), name=f"{name}_bn")(x), name)


def _separable(x, filters, name):
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return layers.BatchNormalization(axis=channel_axis(), name=f"{name}_bn")(x)


def _shrinking(x, filters, block, acts_first=True):
    """Two separable convolutions and a pooling, beside a convolution of stride 2."""
    residual = layers.Conv2D(filters[1], 1, strides=2, padding="same", use_bias=False)(x)
    residual = layers.BatchNormalization(axis=channel_axis())(residual)
    for i in (1, 2):
        name = f"block{block}_sepconv{i}"
        x = _active(x, name) if i == 2 or acts_first else x
        x = _separable(x, filters[i - 1], name)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool")(x)
    return layers.add([x, residual])


def preprocess_input(x, data_format=None):
    """Images with values from -1 to 1.

    Args:
        x: Images of values 0 ... 255.
        data_format: "channels_last", "channels_first" or None for the default.
    """
    return imagenet_utils.preprocess_input(x, data_format=data_format, mode="tf")


def decode_predictions(preds, top=5):
    """Return, for each image, the likeliest classes: tuples (identifier, name, probability)."""
    return imagenet_utils.decode_predictions(preds, top=top)
