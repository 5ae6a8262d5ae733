"""EfficientNetV2: B0 to B3, S, M and L."""

import math

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
from kerastorch.initializers import VarianceScaling

_HASHES = {
    "b0": ("21ecbf6da12460d5c40bb2f29ceb2188", "893217f2bb855e2983157299931e43ff"),
    "b1": ("069f0534ff22adf035c89e2d9547a9dc", "0e80663031ca32d657f9caa404b6ec37"),
    "b2": ("424e49f28180edbde1e94797771950a7", "1dfe2e7a5d45b6632553a8961ea609eb"),
    "b3": ("1f1fc43bd98a6e4fd8fdfd551e02c7a0", "f6abf7b5849ac99a89b50dd3fd532856"),
    "s": ("e1d88a8495beba45748fedd0cecbe016", "af0682fb74e8c54910f2d4393339c070"),
    "m": ("a3bf6aa3276309f4fc6a34aa114c95cd", "1b8dc055df72dde80d614482840fe342"),
    "l": ("27e6d408b53c7ebc868fefa357689935", "b0b66b5c863aef5b46e8608fe1711615"),
}
_MEAN_RGB, _DEVIATION_RGB = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# repeats, filters in and out, expansion, stride; the first three stages are fused, the others excite channels
_B = (
    (1, 32, 16, 1, 1),
    (2, 16, 32, 4, 2),
    (2, 32, 48, 4, 2),
    (3, 48, 96, 4, 2),
    (5, 96, 112, 6, 1),
    (8, 112, 192, 6, 2),
)
_STAGES = {
    "b": _B,
    "s": (
        *((2, 24, 24, 1, 1), (4, 24, 48, 4, 2), (4, 48, 64, 4, 2)),
        *((6, 64, 128, 4, 2), (9, 128, 160, 6, 1), (15, 160, 256, 6, 2)),
    ),
    "m": (
        *((3, 24, 24, 1, 1), (5, 24, 48, 4, 2), (5, 48, 80, 4, 2)),
        *((7, 80, 160, 4, 2), (14, 160, 176, 6, 1), (18, 176, 304, 6, 2), (5, 304, 512, 6, 1)),
    ),
    "l": (
        *((4, 32, 32, 1, 1), (7, 32, 64, 4, 2), (7, 64, 96, 4, 2)),
        *((10, 96, 192, 4, 2), (19, 192, 224, 6, 1), (25, 224, 384, 6, 2), (7, 384, 640, 6, 1)),
    ),
}
# width, depth, size of images
_FACTORS = {"b0": (1.0, 1.0, 224), "b1": (1.0, 1.1, 240), "b2": (1.1, 1.2, 260), "b3": (1.2, 1.4, 300)}
_SIZES = {"s": 384, "m": 480, "l": 480}
_DROPPED_PATHS = _TOP_DROPOUT = 0.2


def _efficientnet_v2(
    kind,
    include_top,
    weights,
    input_tensor,
    input_shape,
    pooling,
    classes,
    classifier_activation,
    include_preprocessing,
    name,
):
    """Return an EfficientNetV2."""
    width, depth, size = _FACTORS[kind] if kind in _FACTORS else (1.0, 1.0, _SIZES[kind])
    image = x = image_input(weights, include_top, classes, input_tensor, input_shape, size)

    def wide(filters):
        return max(8, int(filters * width + 4) // 8 * 8)

    if include_preprocessing:
        x = _prepared(x, kind)
    stages = _STAGES[kind[0]]
    x = _activated(_conv(x, wide(stages[0][1]), 3, "stem_conv", 2), "stem_")
    done, total = 0, sum(stage[0] for stage in stages)
    for i, (repeats, filters_in, filters_out, expansion, stride) in enumerate(stages):
        filters_in, filters_out = wide(filters_in), wide(filters_out)
        block = _fused_block if i < 3 else _block
        for j in range(math.ceil(depth * repeats)):
            step = (filters_in, stride) if j == 0 else (filters_out, 1)
            drop = _DROPPED_PATHS * done / total
            x = block(x, *step, filters_out, expansion, drop, f"block{i + 1}{chr(97 + j)}_")
            done += 1
    x = _activated(_conv(x, wide(1280), 1, "top_conv"), "top_")
    if include_top:
        check_activation(classifier_activation, weights)
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        x = layers.Dropout(_TOP_DROPOUT, name="top_dropout")(x)
        start = VarianceScaling(1 / 3, "fan_out", "uniform")
        top = layers.Dense(classes, classifier_activation, kernel_initializer=start, name="predictions")
        x = top(x)
    else:
        x = pooled(x, pooling)
    file = f"efficientnetv2-{kind}{'' if include_top else '_notop'}.h5"
    file_hash = _HASHES[kind][0 if include_top else 1]
    url = f"{WEIGHTS_URL}efficientnet_v2/"
    return finished(image, input_tensor, x, name, weights, file, url, file_hash)


def _prepared(x, kind):
    if kind not in _FACTORS or x.shape[channel_axis()] != 3:
        return layers.Rescaling(1 / 128, offset=-1)(x)
    x = layers.Rescaling(1 / 255)(x)
    variance = [deviation**2 for deviation in _DEVIATION_RGB]
    return layers.Normalization(axis=channel_axis(), mean=list(_MEAN_RGB), variance=variance)(x)


def _conv(x, filters, kernel, name, strides=1, **options):
    conv = layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding="same",
        kernel_initializer=VarianceScaling(2.0, "fan_out", "truncated_normal"),
        name=name,
        **(options or {"use_bias": False}),
    )
    return conv(x)


def _normalized(x, prefix):
    return layers.BatchNormalization(axis=channel_axis(), momentum=0.9, name=f"{prefix}bn")(x)


def _activated(x, prefix):
    return layers.Activation("swish", name=f"{prefix}activation")(_normalized(x, prefix))


def _block(inputs, filters_in, stride, filters_out, expansion, drop, name):
    """An inverted residual block with squeeze and excitation."""
    filters = filters_in * expansion
    x = _activated(_conv(inputs, filters, 1, f"{name}expand_conv"), f"{name}expand_")
    depthwise = layers.DepthwiseConv2D(
        3,
        strides=stride,
        padding="same",
        depthwise_initializer=VarianceScaling(2.0, "fan_out", "truncated_normal"),
        use_bias=False,
        name=f"{name}dwconv2",
    )
    x = _activated(depthwise(x), name)
    weight = layers.GlobalAveragePooling2D(name=f"{name}se_squeeze")(x)
    shape = (filters, 1, 1) if channel_axis() == 1 else (1, 1, filters)
    weight = layers.Reshape(shape, name=f"{name}se_reshape")(weight)
    weight = _conv(weight, max(1, filters_in // 4), 1, f"{name}se_reduce", activation="swish")
    weight = _conv(weight, filters, 1, f"{name}se_expand", activation="sigmoid")
    x = layers.multiply([x, weight], name=f"{name}se_excite")
    x = _normalized(_conv(x, filters_out, 1, f"{name}project_conv"), f"{name}project_")
    return _with_shortcut(x, inputs, stride, filters_in == filters_out, drop, name)


def _fused_block(inputs, filters_in, stride, filters_out, expansion, drop, name):
    """The same with one convolution for expansion and depthwise convolution."""
    x = inputs
    if expansion != 1:
        x = _activated(_conv(x, filters_in * expansion, 3, f"{name}expand_conv", stride), f"{name}expand_")
        x = _normalized(_conv(x, filters_out, 1, f"{name}project_conv"), f"{name}project_")
    else:
        x = _activated(_conv(x, filters_out, 3, f"{name}project_conv", stride), f"{name}project_")
    return _with_shortcut(x, inputs, stride, filters_in == filters_out, drop, name)


def _with_shortcut(x, inputs, stride, same, drop, name):
    if stride != 1 or not same:
        return x
    if drop:
        x = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
    return layers.add([x, inputs], name=f"{name}add")


def EfficientNetV2B0(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-b0",
):
    """EfficientNetV2 B0, for images of 224 by 224. Tan and Le, 2021.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        include_preprocessing: Whether the model prepares images of values 0 ... 255 itself.
        name: The name.
    """
    return _efficientnet_v2(
        "b0",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        include_preprocessing,
        name,
    )


def EfficientNetV2B1(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-b1",
):
    """EfficientNetV2 B1, for images of 240 by 240. Tan and Le, 2021.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        include_preprocessing: Whether the model prepares images of values 0 ... 255 itself.
        name: The name.
    """
    return _efficientnet_v2(
        "b1",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        include_preprocessing,
        name,
    )


def EfficientNetV2B2(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-b2",
):
    """EfficientNetV2 B2, for images of 260 by 260. Tan and Le, 2021.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        include_preprocessing: Whether the model prepares images of values 0 ... 255 itself.
        name: The name.
    """
    return _efficientnet_v2(
        "b2",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        include_preprocessing,
        name,
    )


def EfficientNetV2B3(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-b3",
):
    """EfficientNetV2 B3, for images of 300 by 300. Tan and Le, 2021.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        include_preprocessing: Whether the model prepares images of values 0 ... 255 itself.
        name: The name.
    """
    return _efficientnet_v2(
        "b3",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        include_preprocessing,
        name,
    )


def EfficientNetV2S(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-s",
):
    """EfficientNetV2 S, for images of 384 by 384. Tan and Le, 2021.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        include_preprocessing: Whether the model prepares images of values 0 ... 255 itself.
        name: The name.
    """
    return _efficientnet_v2(
        "s",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        include_preprocessing,
        name,
    )


def EfficientNetV2M(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-m",
):
    """EfficientNetV2 M, for images of 480 by 480. Tan and Le, 2021.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        include_preprocessing: Whether the model prepares images of values 0 ... 255 itself.
        name: The name.
    """
    return _efficientnet_v2(
        "m",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        include_preprocessing,
        name,
    )


def EfficientNetV2L(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="efficientnetv2-l",
):
    """EfficientNetV2 L, for images of 480 by 480. Tan and Le, 2021.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        include_preprocessing: Whether the model prepares images of values 0 ... 255 itself.
        name: The name.
    """
    return _efficientnet_v2(
        "l",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        include_preprocessing,
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
