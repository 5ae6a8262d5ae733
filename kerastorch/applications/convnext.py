"""ConvNeXtTiny, ConvNeXtSmall, ConvNeXtBase, ConvNeXtLarge, ConvNeXtXLarge."""

from kerastorch import initializers, layers
from kerastorch.applications import imagenet_utils
from kerastorch.applications.imagenet_utils import (
    WEIGHTS_URL,
    channel_axis,
    check_activation,
    finished,
    image_input,
    pooled,
)
from kerastorch.models import Sequential

_HASHES = {
    "tiny": (
        "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
        "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
    ),
    "small": (
        "ce1277d8f1ee5a0ef0e171469089c18f5233860ceaf9b168049cb9263fd7483c",
        "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab",
    ),
    "base": (
        "52cbb006d3dadd03f6e095a8ca1aca47aecdd75acb4bc74bce1f5c695d0086e6",
        "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45",
    ),
    "large": (
        "070c5ed9ed289581e477741d3b34beffa920db8cf590899d6d2c67fba2a198a6",
        "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd",
    ),
    "xlarge": (
        "c1f5ccab661354fc3a79a10fa99af82f0fbf10ec65cb894a3ae0815f17a889ee",
        "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05",
    ),
}
_MEAN_RGB = [0.485 * 255, 0.456 * 255, 0.406 * 255]
_VARIANCE_RGB = [(0.229 * 255) ** 2, (0.224 * 255) ** 2, (0.225 * 255) ** 2]
_EPSILON = 1e-6


class LayerScale(layers.Layer):
    """Multiply each channel by a weight of its own, which starts small.

    Args:
        init_values: What the weights start at.
        projection_dim: How many channels.

    Shapes: (..., projection_dim), and the same. Touvron et al., 2021, https://arxiv.org/abs/2103.17239

    >>> LayerScale(0.5, 2)(np.array([[2.0, 4.0]], "float32")).tolist()
    [[1.0, 2.0]]
    """

    keras_module = "keras.src.applications.convnext"

    def __init__(self, init_values, projection_dim, **kwargs):
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape):
        start = initializers.Constant(self.init_values)
        self.gamma = self.add_weight(shape=(self.projection_dim,), initializer=start)

    def call(self, inputs):
        return inputs * self.gamma


def _convnext(
    kind,
    depths,
    widths,
    include_top,
    include_preprocessing,
    weights,
    input_tensor,
    input_shape,
    pooling,
    classes,
    classifier_activation,
    name,
):
    """Return a ConvNeXt with so many blocks, of so many channels, in each of its four stages."""
    if channel_axis() == 1:
        raise ValueError(
            "ConvNeXt does not support the `channels_first` image data format. Switch to `channels_last` with "
            "`keras.config.set_image_data_format`."
        )
    image = image_input(weights, include_top, classes, input_tensor, input_shape)
    x = image
    if include_preprocessing and x.shape[-1] == 3:
        normalized = layers.Normalization(
            mean=_MEAN_RGB, variance=_VARIANCE_RGB, name=f"{name}_prestem_normalization"
        )
        x = normalized(x)
    for stage, (depth, width) in enumerate(zip(depths, widths)):
        x = (_shrinking(width, stage - 1, name) if stage else _stem(width, name))(x)
        for block in range(depth):
            x = _block(x, width, f"{name}_stage_{stage}_block_{block}")
    if include_top:
        check_activation(classifier_activation, weights)
        x = layers.GlobalAveragePooling2D(name=f"{name}_head_gap")(x)
        x = layers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_head_layernorm")(x)
        x = layers.Dense(classes, activation=classifier_activation, name=f"{name}_head_dense")(x)
    else:
        x = layers.LayerNormalization(epsilon=_EPSILON)(pooled(x, pooling, named=False))
    file = f"convnext_{kind}{'' if include_top else '_notop'}.h5"
    file_hash = _HASHES[kind][0 if include_top else 1]
    return finished(image, input_tensor, x, name, weights, file, f"{WEIGHTS_URL}convnext/", file_hash)


def _stem(width, name):
    """Patches of 4 by 4."""
    return Sequential(
        [
            layers.Conv2D(width, 4, strides=4, name=f"{name}_stem_conv"),
            layers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_stem_layernorm"),
        ],
        name=f"{name}_stem",
    )


def _shrinking(width, number, name):
    return Sequential(
        [
            layers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_downsampling_layernorm_{number}"),
            layers.Conv2D(width, 2, strides=2, name=f"{name}_downsampling_conv_{number}"),
        ],
        name=f"{name}_downsampling_block_{number}",
    )


def _block(inputs, width, name):
    """A wide depthwise convolution and two dense layers over channels, beside the inputs."""
    x = layers.Conv2D(width, 7, padding="same", groups=width, name=f"{name}_depthwise_conv")(inputs)
    x = layers.LayerNormalization(epsilon=_EPSILON, name=f"{name}_layernorm")(x)
    x = layers.Dense(4 * width, name=f"{name}_pointwise_conv_1")(x)
    x = layers.Activation("gelu", name=f"{name}_gelu")(x)
    x = layers.Dense(width, name=f"{name}_pointwise_conv_2")(x)
    x = LayerScale(1e-6, width, name=f"{name}_layer_scale")(x)
    return inputs + layers.Activation("linear", name=f"{name}_identity")(x)


def ConvNeXtTiny(
    include_top=True,
    include_preprocessing=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="convnext_tiny",
):
    """ConvNeXt with 18 blocks, the first of 96 channels. Liu et al., 2022.

    Args:
        include_top: Whether the model classifies.
        include_preprocessing: Whether the model normalizes images of values 0 ... 255 itself.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.

    >>> keras.applications.ConvNeXtTiny(weights=None, include_top=False, input_shape=(32, 32, 3)).name
    'convnext_tiny'
    """
    return _convnext(
        "tiny",
        (3, 3, 9, 3),
        (96, 192, 384, 768),
        include_top,
        include_preprocessing,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def ConvNeXtSmall(
    include_top=True,
    include_preprocessing=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="convnext_small",
):
    """ConvNeXt with 36 blocks, the first of 96 channels. Liu et al., 2022.

    Args:
        include_top: Whether the model classifies.
        include_preprocessing: Whether the model normalizes images of values 0 ... 255 itself.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _convnext(
        "small",
        (3, 3, 27, 3),
        (96, 192, 384, 768),
        include_top,
        include_preprocessing,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def ConvNeXtBase(
    include_top=True,
    include_preprocessing=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="convnext_base",
):
    """ConvNeXt with 36 blocks, the first of 128 channels. Liu et al., 2022.

    Args:
        include_top: Whether the model classifies.
        include_preprocessing: Whether the model normalizes images of values 0 ... 255 itself.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _convnext(
        "base",
        (3, 3, 27, 3),
        (128, 256, 512, 1024),
        include_top,
        include_preprocessing,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def ConvNeXtLarge(
    include_top=True,
    include_preprocessing=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="convnext_large",
):
    """ConvNeXt with 36 blocks, the first of 192 channels. Liu et al., 2022.

    Args:
        include_top: Whether the model classifies.
        include_preprocessing: Whether the model normalizes images of values 0 ... 255 itself.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _convnext(
        "large",
        (3, 3, 27, 3),
        (192, 384, 768, 1536),
        include_top,
        include_preprocessing,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        name,
    )


def ConvNeXtXLarge(
    include_top=True,
    include_preprocessing=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="convnext_xlarge",
):
    """ConvNeXt with 36 blocks, the first of 256 channels. Liu et al., 2022.

    Args:
        include_top: Whether the model classifies.
        include_preprocessing: Whether the model normalizes images of values 0 ... 255 itself.
        weights: "imagenet" for those trained on ImageNet, a path, or None for random ones.
        input_tensor: A symbolic tensor to start from.
        input_shape: Of an image, where the model does not classify, or is not trained.
        pooling: Without a top: "avg", "max" or None for feature maps.
        classes: How many classes.
        classifier_activation: Of the top; None for logits.
        name: The name.
    """
    return _convnext(
        "xlarge",
        (3, 3, 27, 3),
        (256, 512, 1024, 2048),
        include_top,
        include_preprocessing,
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
