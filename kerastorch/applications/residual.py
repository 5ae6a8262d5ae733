"""What the residual networks have in common."""

from kerastorch import layers
from kerastorch.applications.imagenet_utils import (
    WEIGHTS_URL,
    channel_axis,
    classified,
    finished,
    image_input,
    pooled,
)

_HASHES = {
    "resnet50": ("2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"),
    "resnet101": ("f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"),
    "resnet152": ("100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"),
    "resnet50v2": ("3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"),
    "resnet101v2": ("6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5"),
    "resnet152v2": ("a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33"),
}


def resnet(
    version,
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
    """Return a residual network with so many blocks in each of its four stacks."""
    image = image_input(weights, include_top, classes, input_tensor, input_shape)
    x = layers.ZeroPadding2D(3, name="conv1_pad")(image)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    if version == 1:
        x = _activated(x, "conv1")
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    stack = _stack_v1 if version == 1 else _stack_v2
    for i, depth in enumerate(depths):
        x = stack(x, 64 * 2**i, depth, i, f"conv{i + 2}")
    if version == 2:
        x = _activated(x, "post")
    if include_top:
        x = classified(x, classes, classifier_activation, weights)
    else:
        x = pooled(x, pooling)
    file = f"{kind}_weights_tf_dim_ordering_tf_kernels{'' if include_top else '_notop'}.h5"
    file_hash = _HASHES[kind][0 if include_top else 1]
    return finished(image, input_tensor, x, name, weights, file, f"{WEIGHTS_URL}resnet/", file_hash)


def _normalized(x, name):
    return layers.BatchNormalization(axis=channel_axis(), epsilon=1.001e-5, name=f"{name}_bn")(x)


def _activated(x, name):
    return layers.Activation("relu", name=f"{name}_relu")(_normalized(x, name))


def _stack_v1(x, filters, depth, index, name):
    for i in range(1, depth + 1):
        stride = 2 if i == 1 and index else 1
        x = _block_v1(x, filters, stride, i == 1, f"{name}_block{i}")
    return x


def _block_v1(x, filters, stride, projects, name):
    shortcut = x
    if projects:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x)
        shortcut = _normalized(shortcut, f"{name}_0")
    x = layers.Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x)
    x = _activated(x, f"{name}_1")
    x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x)
    x = _activated(x, f"{name}_2")
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    x = _normalized(x, f"{name}_3")
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.Activation("relu", name=f"{name}_out")(x)


def _stack_v2(x, filters, depth, index, name):
    for i in range(1, depth + 1):
        stride = 2 if i == depth and index < 3 else 1
        x = _block_v2(x, filters, stride, i == 1, f"{name}_block{i}")
    return x


def _block_v2(x, filters, stride, projects, name):
    active = _activated(x, f"{name}_preact")
    if projects:
        shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(active)
    else:
        shortcut = layers.MaxPooling2D(1, strides=stride)(x) if stride > 1 else x
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(active)
    x = _activated(x, f"{name}_1")
    x = layers.ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")(x)
    x = _activated(x, f"{name}_2")
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    return layers.Add(name=f"{name}_out")([shortcut, x])
