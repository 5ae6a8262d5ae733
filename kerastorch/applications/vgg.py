"""What VGG16 and VGG19 have in common."""

from kerastorch import layers
from kerastorch.applications.imagenet_utils import (
    WEIGHTS_URL,
    check_activation,
    finished,
    image_input,
    pooled,
)

_FILTERS = (64, 128, 256, 512, 512)


def vgg(
    depth,
    counts,
    hashes,
    include_top,
    weights,
    input_tensor,
    input_shape,
    pooling,
    classes,
    classifier_activation,
    name,
):
    """Return a VGG network with so many convolutions in each of its five blocks."""
    image = x = image_input(weights, include_top, classes, input_tensor, input_shape)
    for block, (count, filters) in enumerate(zip(counts, _FILTERS), 1):
        for i in range(1, count + 1):
            conv = layers.Conv2D(filters, 3, activation="relu", padding="same", name=f"block{block}_conv{i}")
            x = conv(x)
        x = layers.MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    if include_top:
        check_activation(classifier_activation, weights)
        x = layers.Flatten(name="flatten")(x)
        for i in (1, 2):
            x = layers.Dense(4096, activation="relu", name=f"fc{i}")(x)
        x = layers.Dense(classes, activation=classifier_activation, name="predictions")(x)
    else:
        x = pooled(x, pooling, named=False)
    top = "" if include_top else "_notop"
    file = f"vgg{depth}_weights_tf_dim_ordering_tf_kernels{top}.h5"
    url = f"{WEIGHTS_URL}vgg{depth}/"
    return finished(image, input_tensor, x, name, weights, file, url, hashes[bool(include_top)])
