"""EfficientNetB0 to EfficientNetB7."""

import math

from kerastorch import layers
from kerastorch.applications import imagenet_utils
from kerastorch.applications.imagenet_utils import (
    channel_axis,
    correct_pad,
    divisible,
    finished,
    image_input,
    pooled,
)
from kerastorch.initializers import VarianceScaling

_URL = "https://storage.googleapis.com/keras-applications/"
_HASHES = {
    "b0": ("902e53a9f72be733fc0bcb005b3ebbac", "50bc09e76180e00e4465e1a485ddc09d"),
    "b1": ("1d254153d4ab51201f1646940f018540", "74c4e6b3e1f6a1eea24c589628592432"),
    "b2": ("b15cce36ff4dcbd00b6dd88e7857a6ad", "111f8e2ac8aa800a7a99e3239f7bfb39"),
    "b3": ("ffd1fdc53d0ce67064dc6a9c7960ede0", "af6d107764bb5b1abb91932881670226"),
    "b4": ("18c95ad55216b8f92d7e70b3a046e2fc", "ebc24e6d6c33eaebbd558eafbeedf1ba"),
    "b5": ("ace28f2a6363774853a83a0b21b9421a", "38879255a25d3c92d5e44e04ae6cec6f"),
    "b6": ("165f6e37dce68623721b423839de8be5", "9ecce42647a20130c1f39a5d4cb75743"),
    "b7": ("8c03f828fec3ef71311cd463b6759d99", "cbcfe4450ddf6f3ad90b1b398090fe4a"),
}
_DEVIATION_RGB = (0.229, 0.224, 0.225)
# kernel size, repeats, filters in and out, expansion, stride
_STAGES = (
    (3, 1, 32, 16, 1, 1),
    (3, 2, 16, 24, 6, 2),
    (5, 2, 24, 40, 6, 2),
    (3, 3, 40, 80, 6, 2),
    (5, 3, 80, 112, 6, 1),
    (5, 4, 112, 192, 6, 2),
    (3, 1, 192, 320, 6, 1),
)
_DROPPED_PATHS = 0.2


def _kernel():
    return VarianceScaling(2.0, "fan_out", "truncated_normal")


def _efficientnet(
    kind,
    width,
    depth,
    size,
    dropout,
    include_top,
    weights,
    input_tensor,
    input_shape,
    pooling,
    classes,
    classifier_activation,
    name,
):
    """Return an EfficientNet, its widths and depths those of B0 times factors."""
    image = image_input(weights, include_top, classes, input_tensor, input_shape, size)
    x = layers.Rescaling(1 / 255)(image)
    x = layers.Normalization(axis=channel_axis())(x)
    if weights == "imagenet":
        x = layers.Rescaling([1 / math.sqrt(deviation) for deviation in _DEVIATION_RGB])(x)
    x = layers.ZeroPadding2D(correct_pad(x, 3), name="stem_conv_pad")(x)
    x = _conv(x, divisible(32 * width), 3, "stem_conv", strides=2, padding="valid")
    x = _activated(x, "stem_")
    repeats = [math.ceil(depth * stage[1]) for stage in _STAGES]
    done = 0
    for i, (kernel, _, filters_in, filters_out, expansion, stride) in enumerate(_STAGES):
        filters_in, filters_out = divisible(filters_in * width), divisible(filters_out * width)
        for j in range(repeats[i]):
            drop = _DROPPED_PATHS * done / sum(repeats)
            step = (filters_in, stride) if j == 0 else (filters_out, 1)
            x = _block(x, kernel, *step, filters_out, expansion, drop, f"block{i + 1}{chr(97 + j)}_")
            done += 1
    x = _activated(_conv(x, divisible(1280 * width), 1, "top_conv"), "top_")
    if include_top:
        imagenet_utils.check_activation(classifier_activation, weights)
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        x = layers.Dropout(dropout, name="top_dropout")(x)
        start = VarianceScaling(1 / 3, "fan_out", "uniform")
        top = layers.Dense(classes, classifier_activation, kernel_initializer=start, name="predictions")
        x = top(x)
    else:
        x = pooled(x, pooling)
    file = f"efficientnet{kind}{'' if include_top else '_notop'}.h5"
    file_hash = _HASHES[kind][0 if include_top else 1]
    return finished(image, input_tensor, x, name, weights, file, _URL, file_hash)


def _conv(x, filters, kernel, name, strides=1, padding="same", **options):
    conv = layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding=padding,
        kernel_initializer=_kernel(),
        name=name,
        **(options or {"use_bias": False}),
    )
    return conv(x)


def _activated(x, prefix):
    x = layers.BatchNormalization(axis=channel_axis(), name=f"{prefix}bn")(x)
    return layers.Activation("swish", name=f"{prefix}activation")(x)


def _block(x, kernel, filters_in, stride, filters_out, expansion, drop, name):
    """An inverted residual block with squeeze and excitation."""
    inputs, filters = x, filters_in * expansion
    if expansion != 1:
        x = _activated(_conv(x, filters, 1, f"{name}expand_conv"), f"{name}expand_")
    if stride == 2:
        x = layers.ZeroPadding2D(correct_pad(x, kernel), name=f"{name}dwconv_pad")(x)
    depthwise = layers.DepthwiseConv2D(
        kernel,
        strides=stride,
        padding="valid" if stride == 2 else "same",
        use_bias=False,
        depthwise_initializer=_kernel(),
        name=f"{name}dwconv",
    )
    x = _activated(depthwise(x), name)
    x = _excited(x, filters, max(1, filters_in // 4), name)
    x = _conv(x, filters_out, 1, f"{name}project_conv")
    x = layers.BatchNormalization(axis=channel_axis(), name=f"{name}project_bn")(x)
    if stride != 1 or filters_in != filters_out:
        return x
    if drop:
        x = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
    return layers.add([x, inputs], name=f"{name}add")


def _excited(x, filters, few, name):
    weight = layers.GlobalAveragePooling2D(name=f"{name}se_squeeze")(x)
    shape = (filters, 1, 1) if channel_axis() == 1 else (1, 1, filters)
    weight = layers.Reshape(shape, name=f"{name}se_reshape")(weight)
    weight = _conv(weight, few, 1, f"{name}se_reduce", activation="swish")
    weight = _conv(weight, filters, 1, f"{name}se_expand", activation="sigmoid")
    return layers.multiply([x, weight], name=f"{name}se_excite")


def EfficientNetB0(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb0",
):
    """EfficientNet B0, for images of 224 by 224. Tan and Le, 2019.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.

    >>> keras.applications.EfficientNetB0(weights=None, include_top=False, input_shape=(32, 32, 3)).name
    'efficientnetb0'
    """
    return _efficientnet(
        "b0",
        1.0,
        1.0,
        224,
        0.2,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def EfficientNetB1(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb1",
):
    """EfficientNet B1, for images of 240 by 240. Tan and Le, 2019.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _efficientnet(
        "b1",
        1.0,
        1.1,
        240,
        0.2,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def EfficientNetB2(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb2",
):
    """EfficientNet B2, for images of 260 by 260. Tan and Le, 2019.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _efficientnet(
        "b2",
        1.1,
        1.2,
        260,
        0.3,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def EfficientNetB3(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb3",
):
    """EfficientNet B3, for images of 300 by 300. Tan and Le, 2019.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _efficientnet(
        "b3",
        1.2,
        1.4,
        300,
        0.3,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def EfficientNetB4(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb4",
):
    """EfficientNet B4, for images of 380 by 380. Tan and Le, 2019.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _efficientnet(
        "b4",
        1.4,
        1.8,
        380,
        0.4,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def EfficientNetB5(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb5",
):
    """EfficientNet B5, for images of 456 by 456. Tan and Le, 2019.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _efficientnet(
        "b5",
        1.6,
        2.2,
        456,
        0.4,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def EfficientNetB6(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb6",
):
    """EfficientNet B6, for images of 528 by 528. Tan and Le, 2019.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _efficientnet(
        "b6",
        1.8,
        2.6,
        528,
        0.5,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def EfficientNetB7(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="efficientnetb7",
):
    """EfficientNet B7, for images of 600 by 600. Tan and Le, 2019.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _efficientnet(
        "b7",
        2.0,
        3.1,
        600,
        0.5,
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def preprocess_input(x, data_format=None):
    """Images as they are: the model prepares them itself.

    Args:
        x: Images of values 0 ... 255.
        data_format: "channels_last", "channels_first" or None for the default.
    """
    return x


def decode_predictions(preds, top=5):
    """Return, for each image, the likeliest classes: tuples (identifier, name, probability)."""
    return imagenet_utils.decode_predictions(preds, top=top)
