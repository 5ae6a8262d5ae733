"""InceptionResNetV2."""

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
from kerastorch.core.layer import Layer

_HASHES = {True: "e693bd0210a403b3192acc6073ad2e96", False: "d19885ff4a710c122648d3b5c3b684e4"}
# the branches of the residual blocks, convolutions (filters, rows, columns) one after the other
_BRANCHES = {
    "block35": (((32, 1, 1),), ((32, 1, 1), (32, 3, 3)), ((32, 1, 1), (48, 3, 3), (64, 3, 3))),
    "block17": (((192, 1, 1),), ((128, 1, 1), (160, 1, 7), (192, 7, 1))),
    "block8": (((192, 1, 1),), ((192, 1, 1), (224, 1, 3), (256, 3, 1))),
}


class CustomScaleLayer(Layer):
    """The first input plus the second one times a scale.

    Args:
        scale: The scale.
    """

    def __init__(self, scale, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs):
        return inputs[0] + inputs[1] * self.scale


def InceptionResNetV2(
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="inception_resnet_v2",
):
    """The Inception network with residual blocks. Szegedy et al., 2017.

    Args:
        include_top: Whether the model classifies.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.

    >>> keras.applications.InceptionResNetV2(weights=None, include_top=False, input_shape=(75, 75, 3)).name
    'inception_resnet_v2'
    """
    image = image_input(weights, include_top, classes, input_tensor, input_shape, 299, 75)
    x = _conv(image, 32, 3, 3, "valid", 2)
    x = _conv(x, 32, 3, 3, "valid")
    x = _conv(x, 64, 3, 3)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = _conv(x, 80, 1, 1, "valid")
    x = _conv(x, 192, 3, 3, "valid")
    x = layers.MaxPooling2D(3, strides=2)(x)
    branches = [_chain(x, (96, 1, 1)), _chain(x, (48, 1, 1), (64, 5, 5))]
    branches.append(_chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)))
    branches.append(_conv(layers.AveragePooling2D(3, strides=1, padding="same")(x), 64, 1, 1))
    x = _joined(branches, "mixed_5b")
    for i in range(1, 11):
        x = _block(x, "block35", i, 0.17)
    branches = [_shrunk(x, 384), _shrunk(_chain(x, (256, 1, 1), (256, 3, 3)), 384)]
    x = _joined([*branches, layers.MaxPooling2D(3, strides=2)(x)], "mixed_6a")
    for i in range(1, 21):
        x = _block(x, "block17", i, 0.1)
    branches = [_shrunk(_chain(x, (256, 1, 1)), 384), _shrunk(_chain(x, (256, 1, 1)), 288)]
    branches.append(_shrunk(_chain(x, (256, 1, 1), (288, 3, 3)), 320))
    x = _joined([*branches, layers.MaxPooling2D(3, strides=2)(x)], "mixed_7a")
    for i in range(1, 11):
        x = _block(x, "block8", i, 1.0 if i == 10 else 0.2, active=i < 10)
    x = _conv(x, 1536, 1, 1, name="conv_7b")
    if include_top:
        x = classified(x, classes, classifier_activation, weights)
    else:
        x = pooled(x, pooling, named=False)
    file = f"inception_resnet_v2_weights_tf_dim_ordering_tf_kernels{'' if include_top else '_notop'}.h5"
    url = f"{WEIGHTS_URL}inception_resnet_v2/"
    return finished(image, input_tensor, x, name, weights, file, url, _HASHES[bool(include_top)])


def _conv(x, filters, rows, columns, padding="same", strides=1, name=None):
    x = layers.Conv2D(filters, (rows, columns), strides, padding, use_bias=False, name=name)(x)
    x = layers.BatchNormalization(axis=channel_axis(), scale=False, name=name and f"{name}_bn")(x)
    return layers.Activation("relu", name=name and f"{name}_ac")(x)


def _shrunk(x, filters):
    return _conv(x, filters, 3, 3, "valid", 2)


def _chain(x, *steps):
    """Convolutions one after the other: (filters, rows, columns) each."""
    for step in steps:
        x = _conv(x, *step)
    return x


def _joined(branches, name):
    return layers.Concatenate(axis=channel_axis(), name=name)(branches)


def _block(x, kind, index, scale, active=True):
    name = f"{kind}_{index}"
    mixed = _joined([_chain(x, *steps) for steps in _BRANCHES[kind]], f"{name}_mixed")
    up = layers.Conv2D(x.shape[channel_axis()], 1, padding="same", name=f"{name}_conv")(mixed)
    x = CustomScaleLayer(scale)([x, up])
    return layers.Activation("relu", name=f"{name}_ac")(x) if active else x


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
