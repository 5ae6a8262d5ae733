"""MobileNetV3Large, MobileNetV3Small."""

import warnings

from kerastorch import layers
from kerastorch.applications import imagenet_utils
from kerastorch.applications.imagenet_utils import (
    WEIGHTS_URL,
    channel_axis,
    check_activation,
    correct_pad,
    divisible,
    finished,
    image_input,
    pooled,
)

_HASHES = {
    "large_224_0.75_float": ("765b44a33ad4005b3ac83185abf1d0eb", "40af19a13ebea4e2ee0c676887f69a2e"),
    "large_224_1.0_float": ("59e551e166be033d707958cf9e29a6a7", "07fb09a5933dd0c8eaafa16978110389"),
    "large_minimalistic_224_1.0_float": (
        "675e7b876c45c57e9e63e6d90a36599c",
        "ec5221f64a2f6d1ef965a614bdae7973",
    ),
    "small_224_0.75_float": ("cb65d4e5be93758266aa0a7f2c6708b7", "ebdb5cc8e0b497cd13a7c275d475c819"),
    "small_224_1.0_float": ("8768d4c2e7dee89b9d02b2d03d65d862", "d3e8ec802a04aa4fc771ee12a9a9b836"),
    "small_minimalistic_224_1.0_float": (
        "99cd97fb2fcdad2bf028eb838de69e37",
        "cde8136e733e811080d9fcd8a252f7e4",
    ),
}
# expansion, filters, whether the kernel is large, stride, whether channels are excited, whether the activation is swish
_BLOCKS = {
    "small": (
        *(
            (1, 16, False, 2, True, False),
            (72 / 16, 24, False, 2, False, False),
            (88 / 24, 24, False, 1, False, False),
        ),
        *((4, 40, True, 2, True, True), (6, 40, True, 1, True, True), (6, 40, True, 1, True, True)),
        *((3, 48, True, 1, True, True), (3, 48, True, 1, True, True), (6, 96, True, 2, True, True)),
        *((6, 96, True, 1, True, True), (6, 96, True, 1, True, True)),
    ),
    "large": (
        *((1, 16, False, 1, False, False), (4, 24, False, 2, False, False), (3, 24, False, 1, False, False)),
        *((3, 40, True, 2, True, False), (3, 40, True, 1, True, False), (3, 40, True, 1, True, False)),
        *((6, 80, False, 2, False, True), (2.5, 80, False, 1, False, True), (2.3, 80, False, 1, False, True)),
        *((2.3, 80, False, 1, False, True), (6, 112, False, 1, True, True), (6, 112, False, 1, True, True)),
        *((6, 160, True, 2, True, True), (6, 160, True, 1, True, True), (6, 160, True, 1, True, True)),
    ),
}
_LAST = {"small": 1024, "large": 1280}


def _mobilenet_v3(
    kind,
    input_shape,
    alpha,
    minimalistic,
    include_top,
    weights,
    input_tensor,
    classes,
    pooling,
    dropout_rate,
    classifier_activation,
    include_preprocessing,
    name,
):
    """Return a MobileNetV3."""
    if input_shape is None:
        given = (None, None, None) if input_tensor is None else tuple(input_tensor.shape[1:])
        sizes = given[1:] if channel_axis() == 1 else given[:2]
        input_shape = (3, *sizes) if channel_axis() == 1 else (*sizes, 3)
    rows, columns = input_shape[1:3] if channel_axis() == 1 else input_shape[:2]
    # its layers leave height and width open, and its top is a convolution
    image = x = image_input(weights, False, classes, input_tensor, input_shape)
    if weights == "imagenet":
        _check_trained(alpha, minimalistic, include_top, classes, rows, columns)
    swish = _relu if minimalistic else _hard_swish
    if include_preprocessing:
        x = layers.Rescaling(1 / 127.5, offset=-1.0)(x)
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
    x = swish(_normalized(x, "conv_bn"))
    for i, (expansion, filters, large, stride, excites, swishes) in enumerate(_BLOCKS[kind]):
        kernel = 5 if large and not minimalistic else 3
        activation = swish if swishes else _relu
        excites = excites and not minimalistic
        x = _block(x, expansion, divisible(filters * alpha), kernel, stride, excites, activation, i)
    filters = divisible(x.shape[channel_axis()] * 6)
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name="conv_1")(x)
    x = swish(_normalized(x, "conv_1_bn"))
    if include_top:
        check_activation(classifier_activation, weights)
        last = divisible(_LAST[kind] * alpha) if alpha > 1 else _LAST[kind]
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = swish(layers.Conv2D(last, 1, padding="same", name="conv_2")(x))
        x = layers.Dropout(dropout_rate)(x) if dropout_rate else x
        x = layers.Conv2D(classes, 1, padding="same", name="logits")(x)
        x = layers.Activation(classifier_activation, name="predictions")(layers.Flatten()(x))
    else:
        x = pooled(x, pooling)
    trained = f"{kind}{'_minimalistic' if minimalistic else ''}_224_{alpha}_float"
    file = f"weights_mobilenet_v3_{trained}{'' if include_top else '_no_top_v2'}.h5"
    file_hash = _HASHES.get(trained, (None, None))[0 if include_top else 1]
    url = f"{WEIGHTS_URL}mobilenet_v3/"
    return finished(image, input_tensor, x, name, weights, file, url, file_hash)


def _check_trained(alpha, minimalistic, include_top, classes, rows, columns):
    if include_top and classes != 1000:
        raise ValueError(
            "If using `weights='imagenet'` with `include_top=True`, `classes` should be 1000. "
            f"Received classes={classes}"
        )
    if alpha not in ((1.0,) if minimalistic else (0.75, 1.0)):
        raise ValueError(
            "If imagenet weights are being loaded, alpha can be one of `0.75`, `1.0` for non minimalistic or `1.0` for "
            f"minimalistic only. Received alpha={alpha}, minimalistic={minimalistic}"
        )
    if (rows, columns) != (224, 224):
        warnings.warn(
            "`input_shape` is undefined or non-square, or `rows` is not 224. Weights for input shape (224, 224) will "
            "be loaded as the default.",
            stacklevel=4,
        )


def _relu(x):
    return layers.ReLU()(x)


def _hard_swish(x):
    return layers.Activation("hard_swish")(x)


def _normalized(x, name):
    axis = 1 if channel_axis() == 1 else -1
    return layers.BatchNormalization(axis=axis, epsilon=1e-3, momentum=0.999, name=name)(x)


def _block(inputs, expansion, filters, kernel, stride, excites, activation, index):
    """An inverted residual block."""
    x, channels = inputs, inputs.shape[channel_axis()]
    prefix = f"expanded_conv_{index}_" if index else "expanded_conv_"
    many = divisible(channels * expansion)
    if index:
        x = layers.Conv2D(many, 1, padding="same", use_bias=False, name=f"{prefix}expand")(x)
        x = activation(_normalized(x, f"{prefix}expand_bn"))
    if stride == 2:
        x = layers.ZeroPadding2D(correct_pad(x, kernel), name=f"{prefix}depthwise_pad")(x)
    padding = "same" if stride == 1 else "valid"
    x = layers.DepthwiseConv2D(
        kernel, strides=stride, padding=padding, use_bias=False, name=f"{prefix}depthwise"
    )(x)
    x = activation(_normalized(x, f"{prefix}depthwise_bn"))
    x = _excited(x, many, f"{prefix}squeeze_excite_") if excites else x
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")(x)
    x = _normalized(x, f"{prefix}project_bn")
    return layers.Add(name=f"{prefix}add")([inputs, x]) if stride == 1 and channels == filters else x


def _excited(x, filters, prefix):
    weight = layers.GlobalAveragePooling2D(keepdims=True, name=f"{prefix}avg_pool")(x)
    weight = layers.Conv2D(divisible(filters / 4), 1, padding="same", name=f"{prefix}conv")(weight)
    weight = layers.ReLU(name=f"{prefix}relu")(weight)
    weight = layers.Conv2D(filters, 1, padding="same", name=f"{prefix}conv_1")(weight)
    weight = layers.ReLU(6.0)(weight + 3.0) * (1 / 6)  # hard sigmoid
    return layers.Multiply(name=f"{prefix}mul")([x, weight])


def MobileNetV3Large(
    input_shape=None,
    alpha=1.0,
    minimalistic=False,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    classes=1000,
    pooling=None,
    dropout_rate=0.2,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="MobileNetV3Large",
):
    """The large one of the networks of Howard et al., 2019.

    Args:
        input_shape: Of an image; height and width may be open.
        alpha: A factor for all numbers of filters.
        minimalistic: Whether to do without large kernels, excitation and hard swish.
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        classes: How many classes.
        pooling: Without a top: "avg", "max" or None for feature maps.
        dropout_rate: The rate before the top.
        classifier_activation: Of the top; None for logits.
        include_preprocessing: Whether the model prepares images of values 0 ... 255 itself.
        name: The name.
    """
    return _mobilenet_v3(
        "large",
        input_shape,
        alpha,
        minimalistic,
        include_top,
        weights,
        input_tensor,
        classes,
        pooling,
        dropout_rate,
        classifier_activation,
        include_preprocessing,
        name,
    )


def MobileNetV3Small(
    input_shape=None,
    alpha=1.0,
    minimalistic=False,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    classes=1000,
    pooling=None,
    dropout_rate=0.2,
    classifier_activation="softmax",
    include_preprocessing=True,
    name="MobileNetV3Small",
):
    """The small one of the networks of Howard et al., 2019.

    Args:
        input_shape: Of an image; height and width may be open.
        alpha: A factor for all numbers of filters.
        minimalistic: Whether to do without large kernels, excitation and hard swish.
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        classes: How many classes.
        pooling: Without a top: "avg", "max" or None for feature maps.
        dropout_rate: The rate before the top.
        classifier_activation: Of the top; None for logits.
        include_preprocessing: Whether the model prepares images of values 0 ... 255 itself.
        name: The name.
    """
    return _mobilenet_v3(
        "small",
        input_shape,
        alpha,
        minimalistic,
        include_top,
        weights,
        input_tensor,
        classes,
        pooling,
        dropout_rate,
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
