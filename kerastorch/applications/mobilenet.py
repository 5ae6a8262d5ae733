"""MobileNet."""

import warnings

from kerastorch import layers
from kerastorch.applications import imagenet_utils
from kerastorch.applications.imagenet_utils import (
    WEIGHTS_URL,
    channel_axis,
    check_activation,
    finished,
    image_input,
    pooled,
)

_ALPHAS = {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"}
_SIZES = (128, 160, 192, 224)
# filters and stride of the blocks
_BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)


def MobileNet(
    input_shape=None,
    alpha=1.0,
    depth_multiplier=1,
    dropout=0.001,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name=None,
):
    """The network of depthwise separable convolutions of Howard et al., 2017.

    Args:
        input_shape: Of an image, where the model does not classify, or is not trained.
        alpha: A factor for all numbers of filters.
        depth_multiplier: The filters of a depthwise convolution for each channel.
        dropout: The rate before the top.
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.

    >>> keras.applications.MobileNet((32, 32, 3), weights=None, include_top=False).name
    'mobilenet_1.00_32'
    """
    size = matching_size(input_shape, _SIZES)
    image = image_input(weights, include_top, classes, input_tensor, input_shape, size)
    rows, columns = spatial(input_shape, include_top, size)
    if weights == "imagenet":
        if depth_multiplier != 1:
            raise ValueError(
                "If imagenet weights are being loaded, depth multiplier must be 1. "
                f"Received depth_multiplier={depth_multiplier}"
            )
        rows = check_trained(alpha, tuple(_ALPHAS), rows, columns, _SIZES)
    filters = int(32 * alpha)
    x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False, name="conv1")(image)
    x = _activated(x, "conv1")
    for i, (filters, stride) in enumerate(_BLOCKS, 1):
        x = _block(x, int(filters * alpha), stride, depth_multiplier, i)
    if include_top:
        check_activation(classifier_activation, weights)
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = layers.Dropout(dropout, name="dropout")(x)
        x = layers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        x = layers.Reshape((classes,), name="reshape_2")(x)
        x = layers.Activation(classifier_activation, name="predictions")(x)
    else:
        x = pooled(x, pooling, named=False)
    file = f"mobilenet_{_ALPHAS.get(alpha)}_{rows}_tf{'' if include_top else '_no_top'}.h5"
    name = name or f"mobilenet_{alpha:0.2f}_{rows}"
    return finished(image, input_tensor, x, name, weights, file, f"{WEIGHTS_URL}mobilenet/")


def _activated(x, name):
    x = layers.BatchNormalization(axis=1 if channel_axis() == 1 else -1, name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def _block(x, filters, stride, depth_multiplier, index):
    if stride != 1:
        x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{index}")(x)
    depthwise = layers.DepthwiseConv2D(
        3,
        padding="same" if stride == 1 else "valid",
        depth_multiplier=depth_multiplier,
        strides=stride,
        use_bias=False,
        name=f"conv_dw_{index}",
    )
    x = _activated(depthwise(x), f"conv_dw_{index}")
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"conv_pw_{index}")(x)
    return _activated(x, f"conv_pw_{index}")


def matching_size(input_shape, known, default=224):
    """Return the height of images, if it is one that there are weights for."""
    if input_shape is None:
        return default
    sizes = input_shape[1:3] if channel_axis() == 1 else input_shape[:2]
    return sizes[0] if sizes[0] == sizes[1] and sizes[0] in known else default


def spatial(input_shape, include_top, size):
    """Return height and width of the images that a model is for, None where they are open."""
    if input_shape is None:
        return (size, size) if include_top else (None, None)
    return tuple(input_shape[1:3] if channel_axis() == 1 else input_shape[:2])


def check_trained(alpha, alphas, rows, columns, sizes):
    """Return the size for which to load weights, or raise where there are none for this width."""
    if alpha not in alphas:
        raise ValueError(
            f"If imagenet weights are being loaded, alpha must be one of {alphas} only. Received alpha={alpha}"
        )
    if rows == columns and rows in sizes:
        return rows
    warnings.warn(
        f"`input_shape` is undefined or non-square, or `rows` is not in {list(sizes)}. Weights for input shape "
        "(224, 224) will be loaded as the default.",
        stacklevel=3,
    )
    return 224


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
