"""InceptionV3."""

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

_HASHES = {True: "9a0d58056eeedaa3f26cb7ebd46da564", False: "bcbd6486424b2319ff4ef7d526e38f63"}


def InceptionV3(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="inception_v3",
):
    """The third Inception network. Szegedy et al., 2016.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.

    >>> keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(75, 75, 3)).name
    'inception_v3'
    """
    image = image_input(weights, include_top, classes, input_tensor, input_shape, 299, 75)
    x = _conv(image, 32, 3, 3, strides=2, padding="valid")
    x = _conv(x, 32, 3, 3, padding="valid")
    x = _conv(x, 64, 3, 3)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = _conv(x, 80, 1, 1, padding="valid")
    x = _conv(x, 192, 3, 3, padding="valid")
    x = layers.MaxPooling2D(3, strides=2)(x)
    for i, filters in enumerate((32, 64, 64)):
        x = _block_35(x, filters, f"mixed{i}")
    x = _shrunk_35(x)
    for i, filters in enumerate((128, 160, 160, 192), 4):
        x = _block_17(x, filters, f"mixed{i}")
    x = _shrunk_17(x)
    for i in (9, 10):
        x = _block_8(x, i)
    if include_top:
        x = classified(x, classes, classifier_activation, weights)
    else:
        x = pooled(x, pooling, named=False)
    file = f"inception_v3_weights_tf_dim_ordering_tf_kernels{'' if include_top else '_notop'}.h5"
    url = f"{WEIGHTS_URL}inception_v3/"
    return finished(image, input_tensor, x, name, weights, file, url, _HASHES[bool(include_top)])


def _conv(x, filters, rows, columns, padding="same", strides=1):
    x = layers.Conv2D(filters, (rows, columns), strides=strides, padding=padding, use_bias=False)(x)
    x = layers.BatchNormalization(axis=channel_axis(), scale=False)(x)
    return layers.Activation("relu")(x)


def _chain(x, *steps):
    """Convolutions one after the other: (filters, rows, columns) each."""
    for step in steps:
        x = _conv(x, *step)
    return x


def _averaged(x, filters):
    return _conv(layers.AveragePooling2D(3, strides=1, padding="same")(x), filters, 1, 1)


def _joined(branches, name=None):
    return layers.concatenate(branches, axis=channel_axis(), name=name)


def _block_35(x, filters, name):
    ones = _conv(x, 64, 1, 1)
    fives = _chain(x, (48, 1, 1), (64, 5, 5))
    threes = _chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3))
    return _joined([ones, fives, threes, _averaged(x, filters)], name)


def _shrunk_35(x):
    three = _conv(x, 384, 3, 3, "valid", 2)
    threes = _conv(_chain(x, (64, 1, 1), (96, 3, 3)), 96, 3, 3, "valid", 2)
    return _joined([three, threes, layers.MaxPooling2D(3, strides=2)(x)], "mixed3")


def _block_17(x, n, name):
    ones = _conv(x, 192, 1, 1)
    sevens = _chain(x, (n, 1, 1), (n, 1, 7), (192, 7, 1))
    double = _chain(x, (n, 1, 1), (n, 7, 1), (n, 1, 7), (n, 7, 1), (192, 1, 7))
    return _joined([ones, sevens, double, _averaged(x, 192)], name)


def _shrunk_17(x):
    three = _conv(_conv(x, 192, 1, 1), 320, 3, 3, "valid", 2)
    sevens = _conv(_chain(x, (192, 1, 1), (192, 1, 7), (192, 7, 1)), 192, 3, 3, "valid", 2)
    return _joined([three, sevens, layers.MaxPooling2D(3, strides=2)(x)], "mixed8")


def _block_8(x, index):
    ones = _conv(x, 320, 1, 1)
    threes = _conv(x, 384, 1, 1)
    threes = _joined([_conv(threes, 384, 1, 3), _conv(threes, 384, 3, 1)], f"mixed9_{index - 9}")
    double = _chain(x, (448, 1, 1), (384, 3, 3))
    double = _joined([_conv(double, 384, 1, 3), _conv(double, 384, 3, 1)])
    return _joined([ones, threes, double, _averaged(x, 192)], f"mixed{index}")


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
