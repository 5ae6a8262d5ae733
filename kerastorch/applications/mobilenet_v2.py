"""MobileNetV2."""

from kerastorch import layers
from kerastorch.applications import imagenet_utils
from kerastorch.applications.imagenet_utils import (
    WEIGHTS_URL,
    channel_axis,
    classified,
    correct_pad,
    divisible,
    finished,
    image_input,
    pooled,
)
from kerastorch.applications.mobilenet import check_trained, matching_size, spatial

_ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
_SIZES = (96, 128, 160, 192, 224)
# filters, stride of the first block, and number of blocks, of the stages
_STAGES = ((16, 1, 1), (24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1))


def MobileNetV2(
    input_shape=None,
    alpha=1.0,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name=None,
):
    """The network of inverted residual blocks of Sandler et al., 2018.

    Args:
        input_shape: Of an image, where the model does not classify, or is not trained.
        alpha: A factor for all numbers of filters.
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.

    >>> keras.applications.MobileNetV2((32, 32, 3), weights=None, include_top=False).name
    'mobilenetv2_1.00_32'
    """
    if input_shape is None and input_tensor is not None and len(input_tensor.shape) == 4:
        size = matching_size(tuple(input_tensor.shape[1:]), _SIZES)
    else:
        size = matching_size(input_shape, _SIZES)
    image = image_input(weights, include_top, classes, input_tensor, input_shape, size)
    rows, columns = spatial(input_shape, include_top, size)
    if weights == "imagenet":
        rows = check_trained(alpha, _ALPHAS, rows, columns, _SIZES)
    x = layers.Conv2D(divisible(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1")(
        image
    )
    x = layers.ReLU(6.0, name="Conv1_relu")(_normalized(x, "bn_Conv1"))
    index = 0
    for filters, stride, count in _STAGES:
        for i in range(count):
            x = _block(x, divisible(int(filters * alpha)), stride if i == 0 else 1, index)
            index += 1
    filters = divisible(1280 * alpha) if alpha > 1 else 1280
    x = layers.Conv2D(filters, 1, use_bias=False, name="Conv_1")(x)
    x = layers.ReLU(6.0, name="out_relu")(_normalized(x, "Conv_1_bn"))
    if include_top:
        x = classified(x, classes, classifier_activation, weights, pool_name=None)
    else:
        x = pooled(x, pooling, named=False)
    top = "" if include_top else "_no_top"
    file = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(alpha)}_{rows}{top}.h5"
    name = name or f"mobilenetv2_{alpha:0.2f}_{rows}"
    return finished(image, input_tensor, x, name, weights, file, f"{WEIGHTS_URL}mobilenet_v2/")


def _normalized(x, name):
    axis = 1 if channel_axis() == 1 else -1
    return layers.BatchNormalization(axis=axis, epsilon=1e-3, momentum=0.999, name=name)(x)


def _activated(x, name):
    return layers.ReLU(6.0, name=f"{name}_relu")(_normalized(x, f"{name}_BN"))


def _block(inputs, filters, stride, index):
    x, channels = inputs, inputs.shape[channel_axis()]
    prefix = f"block_{index}_" if index else "expanded_conv_"
    if index:
        x = layers.Conv2D(6 * channels, 1, padding="same", use_bias=False, name=f"{prefix}expand")(x)
        x = _activated(x, f"{prefix}expand")
    if stride == 2:
        x = layers.ZeroPadding2D(correct_pad(x, 3), name=f"{prefix}pad")(x)
    padding = "same" if stride == 1 else "valid"
    x = layers.DepthwiseConv2D(3, strides=stride, use_bias=False, padding=padding, name=f"{prefix}depthwise")(
        x
    )
    x = _activated(x, f"{prefix}depthwise")
    x = layers.Conv2D(filters, 1, padding="same", use_bias=False, name=f"{prefix}project")(x)
    x = _normalized(x, f"{prefix}project_BN")
    return layers.Add(name=f"{prefix}add")([inputs, x]) if channels == filters and stride == 1 else x


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
