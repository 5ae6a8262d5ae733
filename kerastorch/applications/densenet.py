"""DenseNet121, DenseNet169, DenseNet201."""

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

_HASHES = {
    121: ("9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"),
    169: ("d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"),
    201: ("1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"),
}
_GROWTH = 32


def _densenet(
    kind,
    depths,
    include_top,
    weights,
    input_tensor,
    input_shape,
    pooling,
    classes,
    classifier_activation,
    name,
):
    """Return a densely connected network with so many layers in each of its four blocks."""
    if channel_axis() == 1:
        raise ValueError(
            "DenseNet does not support the `channels_first` image data format. Switch to `channels_last` with "
            "`keras.config.set_image_data_format`."
        )
    image = image_input(weights, include_top, classes, input_tensor, input_shape)
    x = layers.ZeroPadding2D(3)(image)
    x = layers.Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(x)
    x = _activated(x, "conv1_")
    x = layers.ZeroPadding2D(1)(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for i, depth in enumerate(depths, 2):
        for j in range(1, depth + 1):
            x = _dense_layer(x, f"conv{i}_block{j}")
        if i < 5:
            x = _halved(x, f"pool{i}")
    x = _activated(x, "")
    x = classified(x, classes, classifier_activation, weights) if include_top else pooled(x, pooling)
    file = f"densenet{kind}_weights_tf_dim_ordering_tf_kernels{'' if include_top else '_notop'}.h5"
    file_hash = _HASHES[kind][0 if include_top else 1]
    return finished(image, input_tensor, x, name, weights, file, f"{WEIGHTS_URL}densenet/", file_hash)


def _activated(x, prefix):
    x = layers.BatchNormalization(axis=channel_axis(), epsilon=1.001e-5, name=f"{prefix}bn")(x)
    return layers.Activation("relu", name=f"{prefix}relu")(x)


def _dense_layer(x, name):
    new = _activated(x, f"{name}_0_")
    new = layers.Conv2D(4 * _GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(new)
    new = _activated(new, f"{name}_1_")
    new = layers.Conv2D(_GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(new)
    return layers.Concatenate(axis=channel_axis(), name=f"{name}_concat")([x, new])


def _halved(x, name):
    x = _activated(x, f"{name}_")
    x = layers.Conv2D(x.shape[channel_axis()] // 2, 1, use_bias=False, name=f"{name}_conv")(x)
    return layers.AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)


def DenseNet121(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="densenet121",
):
    """The densely connected network of 121 layers. Huang et al., 2017.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.

    >>> keras.applications.DenseNet121(weights=None, include_top=False, input_shape=(32, 32, 3)).name
    'densenet121'
    """
    return _densenet(
        121,
        (6, 12, 24, 16),
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def DenseNet169(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="densenet169",
):
    """The densely connected network of 169 layers. Huang et al., 2017.

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
    return _densenet(
        169,
        (6, 12, 32, 32),
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def DenseNet201(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="densenet201",
):
    """The densely connected network of 201 layers. Huang et al., 2017.

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
    return _densenet(
        201,
        (6, 12, 48, 32),
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
    """Images with values 0 ... 1, less the means of ImageNet, divided by the deviations.

    Args:
        x: Images of values 0 ... 255.
        data_format: "channels_last", "channels_first" or None for the default.
    """
    return imagenet_utils.preprocess_input(x, data_format=data_format, mode="torch")


def decode_predictions(preds, top=5):
    """Return, for each image, the likeliest classes: tuples (identifier, name, probability)."""
    return imagenet_utils.decode_predictions(preds, top=top)
