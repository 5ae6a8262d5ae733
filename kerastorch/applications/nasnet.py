"""NASNetMobile, NASNetLarge."""

from kerastorch import layers
from kerastorch.applications import imagenet_utils
from kerastorch.applications.imagenet_utils import (
    WEIGHTS_URL,
    channel_axis,
    check_activation,
    correct_pad,
    finished,
    image_input,
    pooled,
)
from kerastorch.utils.files import get_file

_HASHES = {
    "mobile": ("020fb642bf7360b370c678b08e0adf61", "1ed92395b5b598bdda52abe5c0dbfd63"),
    "large": ("11577c9a518f0070763c2b964a382f17", "d81d89dc07e6e56530c4e77faddd61b5"),
}


def _nasnet(
    kind,
    size,
    stem_filters,
    filters,
    repeats,
    skip_reduction,
    input_shape,
    include_top,
    weights,
    input_tensor,
    pooling,
    classes,
    classifier_activation,
    name,
):
    """Return three stages of normal cells with reduction cells between, each cell fed by the two before it.

    Args:
        kind: "mobile" or "large".
        size: The height and width of images.
        stem_filters: Of the first convolution.
        filters: Of the cells of the first stage; each stage has twice those of the one before.
        repeats: How many cells a stage has.
        skip_reduction: Whether the cell after a reduction sees, beside it, the same as the reduction's second input.
    """
    if channel_axis() == 1:
        raise ValueError(
            "NASNet does not support the `channels_first` image data format. Switch to `channels_last` with "
            "`keras.config.set_image_data_format`."
        )
    if weights == "imagenet" and input_shape is not None and None in input_shape:
        raise ValueError(
            "When specifying the input shape of a NASNet and loading `ImageNet` weights, the input_shape argument "
            f"must be static (no None entries). Received: input_shape={input_shape}"
        )
    image = image_input(weights, include_top, classes, input_tensor, input_shape, size)
    x = layers.Conv2D(
        stem_filters, 3, strides=2, use_bias=False, name="stem_conv1", kernel_initializer="he_normal"
    )(image)
    x = _normalized(x, "stem_bn1")
    x, previous = _reduction_cell(x, None, filters // 4, "stem_1")
    x, previous = _reduction_cell(x, previous, filters // 2, "stem_2")
    for stage in range(3):
        if stage:
            x, before = _reduction_cell(x, previous, filters * 2**stage, f"reduce_{stage * repeats}")
            previous = previous if skip_reduction else before
        for i in range(repeats):
            number = stage * repeats + i + (1 if stage else 0)
            x, previous = _normal_cell(x, previous, filters * 2**stage, number)
    x = layers.Activation("relu")(x)
    if include_top:
        x = layers.GlobalAveragePooling2D()(x)
        check_activation(classifier_activation, weights)
        x = layers.Dense(classes, activation=classifier_activation, name="predictions")(x)
    else:
        x = pooled(x, pooling, named=False)
    if weights == "imagenet":
        weights = _fetched(kind, include_top)
    return finished(image, input_tensor, x, name, weights)


def _fetched(kind, include_top):
    """Return the path of the weights for ImageNet, whose file has another name there than here."""
    return get_file(
        f"nasnet_{kind}{'' if include_top else '_no_top'}.h5",
        f"{WEIGHTS_URL}nasnet/NASNet-{kind}{'' if include_top else '-no-top'}.h5",
        cache_subdir="models",
        file_hash=_HASHES[kind][0 if include_top else 1],
    )


def _normalized(x, name):
    return layers.BatchNormalization(axis=channel_axis(), momentum=0.9997, epsilon=1e-3, name=name)(x)


def _pointwise(x, filters, name):
    return layers.Conv2D(
        filters, 1, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )(x)


def _squeezed(x, filters, name, norm_name):
    return _normalized(_pointwise(layers.Activation("relu")(x), filters, name), norm_name)


def _separable(x, filters, kernel, name, strides=1):
    """Two separable convolutions, of which the first may halve height and width."""
    x = layers.Activation("relu")(x)
    if strides == 2:
        x = layers.ZeroPadding2D(correct_pad(x, kernel), name=f"separable_conv_1_pad_{name}")(x)
    for i, stride in ((1, strides), (2, 1)):
        if i == 2:
            x = layers.Activation("relu")(x)
        conv = layers.SeparableConv2D(
            filters,
            kernel,
            strides=stride,
            padding="valid" if stride == 2 else "same",
            use_bias=False,
            name=f"separable_conv_{i}_{name}",
        )
        x = _normalized(conv(x), f"separable_conv_{i}_bn_{name}")
    return x


def _fitted(previous, x, filters, block):
    """Return the output of the cell before the last with the height and width of the last, and so many channels."""
    if previous is None:
        return x
    if previous.shape[-2] != x.shape[-2]:
        return _halved(previous, filters, block)
    if previous.shape[channel_axis()] != filters:
        return _squeezed(previous, filters, f"adjust_conv_projection_{block}", f"adjust_bn_{block}")
    return previous


def _halved(x, filters, block):
    """Every second pixel, and beside it every second pixel of the image moved by one."""
    x = layers.Activation("relu", name=f"adjust_relu_1_{block}")(x)
    even = layers.AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_1_{block}")(x)
    even = _pointwise(even, filters // 2, f"adjust_conv_1_{block}")
    odd = layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
    odd = layers.Cropping2D(((1, 0), (1, 0)))(odd)
    odd = layers.AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_2_{block}")(odd)
    odd = _pointwise(odd, filters // 2, f"adjust_conv_2_{block}")
    return _normalized(layers.concatenate([even, odd], axis=channel_axis()), f"adjust_bn_{block}")


def _normal_cell(x, previous, filters, block):
    """Return a cell that keeps height and width, and the input that the next cell sees beside it."""

    def averaged(x, name):
        return layers.AveragePooling2D(3, strides=1, padding="same", name=f"normal_{name}_{block}")(x)

    def added(x1, x2, number):
        return layers.add([x1, x2], name=f"normal_add_{number}_{block}")

    p = _fitted(previous, x, filters, block)
    h = _squeezed(x, filters, f"normal_conv_1_{block}", f"normal_bn_1_{block}")
    left = _separable(h, filters, 5, f"normal_left1_{block}")
    x1 = added(left, _separable(p, filters, 3, f"normal_right1_{block}"), 1)
    left = _separable(p, filters, 5, f"normal_left2_{block}")
    x2 = added(left, _separable(p, filters, 3, f"normal_right2_{block}"), 2)
    x3 = added(averaged(h, "left3"), p, 3)
    x4 = added(averaged(p, "left4"), averaged(p, "right4"), 4)
    x5 = added(_separable(h, filters, 3, f"normal_left5_{block}"), h, 5)
    joined = layers.concatenate([p, x1, x2, x3, x4, x5], axis=channel_axis(), name=f"normal_concat_{block}")
    return joined, x


def _reduction_cell(x, previous, filters, block):
    """Return a cell that halves height and width, and the input that the next cell sees beside it."""

    def separable(x, kernel, name):
        return _separable(x, filters, kernel, f"reduction_{name}_{block}", strides=2)

    def shrunk(pooling, name):
        return pooling(3, strides=2, name=f"reduction_{name}_{block}")(padded)

    p = _fitted(previous, x, filters, block)
    h = _squeezed(x, filters, f"reduction_conv_1_{block}", f"reduction_bn_1_{block}")
    padded = layers.ZeroPadding2D(correct_pad(h, 3), name=f"reduction_pad_1_{block}")(h)
    left = separable(h, 5, "left1")
    x1 = layers.add([left, separable(p, 7, "right1")], name=f"reduction_add_1_{block}")
    left = shrunk(layers.MaxPooling2D, "left2")
    x2 = layers.add([left, separable(p, 7, "right2")], name=f"reduction_add_2_{block}")
    left = shrunk(layers.AveragePooling2D, "left3")
    x3 = layers.add([left, separable(p, 5, "right3")], name=f"reduction_add3_{block}")
    x4 = layers.AveragePooling2D(3, strides=1, padding="same", name=f"reduction_left4_{block}")(x1)
    x4 = layers.add([x2, x4])
    left = _separable(x1, filters, 3, f"reduction_left4_{block}")
    x5 = layers.add([left, shrunk(layers.MaxPooling2D, "right5")], name=f"reduction_add4_{block}")
    joined = layers.concatenate([x2, x3, x4, x5], axis=channel_axis(), name=f"reduction_concat_{block}")
    return joined, x


def NASNetMobile(
    input_shape=None,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="nasnet_mobile",
):
    """The mobile network whose cells were found by a search, for images of 224 by 224. Zoph et al., 2018.

    Args:
        input_shape: Of an image, where the model does not classify, or is not trained.
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.

    >>> keras.applications.NASNetMobile((32, 32, 3), weights=None, include_top=False).name
    'nasnet_mobile'
    """
    if not include_top and input_shape is None:
        input_shape = (224, 224, 3)
    return _nasnet(
        "mobile",
        224,
        32,
        44,
        4,
        False,
        input_shape,
        include_top,
        weights,
        input_tensor,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def NASNetLarge(
    input_shape=None,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="nasnet_large",
):
    """The large network whose cells were found by a search, for images of 331 by 331. Zoph et al., 2018.

    Args:
        input_shape: Of an image, where the model does not classify, or is not trained.
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _nasnet(
        "large",
        331,
        96,
        168,
        6,
        True,
        input_shape,
        include_top,
        weights,
        input_tensor,
        pooling,
        classes,
        classifier_activation,
        name,
    )


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
