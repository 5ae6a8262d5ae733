"""Layers whose values TensorFlow decides: windows, strides, odd paddings. See record_tensorflow.py."""

import itertools

import numpy as np


def _rows():
    for size, k, s, padding in itertools.product((6, 7), (2, 3, 5), (1, 2, 3), ("same", "valid")):
        yield "Conv1D", {"filters": 2, "kernel_size": k, "strides": s, "padding": padding}, (2, size, 3)
        yield (
            "Conv1DTranspose",
            {"filters": 2, "kernel_size": k, "strides": s, "padding": padding},
            (1, size, 3),
        )
        for pool in ("MaxPooling1D", "AveragePooling1D"):
            yield pool, {"pool_size": k, "strides": s, "padding": padding}, (2, size, 2)
    for k, d in itertools.product((2, 3), (1, 2, 3)):
        yield "Conv1D", {"filters": 2, "kernel_size": k, "dilation_rate": d, "padding": "causal"}, (2, 8, 3)
        yield "Conv2D", {"filters": 2, "kernel_size": k, "dilation_rate": d, "padding": "same"}, (1, 8, 7, 2)
    for strides, padding in itertools.product((1, 2), ("same", "valid")):
        yield "Conv1D", {"filters": 2, "kernel_size": 3, "strides": strides, "padding": "causal"}, (2, 7, 2)
        yield (
            "Conv2D",
            {"filters": 2, "kernel_size": (2, 3), "strides": strides, "padding": padding},
            (1, 7, 6, 2),
        )
        yield (
            "Conv3D",
            {"filters": 2, "kernel_size": (2, 3, 1), "strides": strides, "padding": padding},
            (1, 4, 5, 3, 2),
        )
        yield "DepthwiseConv1D", {"kernel_size": 3, "strides": strides, "padding": padding}, (2, 6, 3)
        yield (
            "DepthwiseConv2D",
            {"kernel_size": 3, "strides": strides, "padding": padding, "depth_multiplier": 2},
            (1, 6, 7, 3),
        )
        yield (
            "SeparableConv1D",
            {"filters": 2, "kernel_size": 3, "strides": strides, "padding": padding},
            (2, 6, 3),
        )
        yield (
            "SeparableConv2D",
            {"filters": 3, "kernel_size": 2, "strides": strides, "padding": padding, "depth_multiplier": 2},
            (1, 6, 7, 2),
        )
        yield (
            "Conv3DTranspose",
            {"filters": 2, "kernel_size": 3, "strides": strides, "padding": padding},
            (1, 2, 3, 2, 2),
        )
        for pool in ("MaxPooling2D", "AveragePooling2D"):
            yield pool, {"pool_size": (2, 3), "strides": (2, strides), "padding": padding}, (1, 7, 6, 2)
        for pool in ("MaxPooling3D", "AveragePooling3D"):
            yield pool, {"pool_size": (2, 3, 1), "strides": strides, "padding": padding}, (1, 5, 4, 3, 2)
    for k, s, padding in itertools.product((2, 3, 4), (2, 3), ("same", "valid")):
        yield (
            "Conv2DTranspose",
            {"filters": 2, "kernel_size": k, "strides": (s, 1), "padding": padding},
            (1, 3, 4, 2),
        )
    for k, s, padding in itertools.product((1, 2, 3, 4, 5), (2, 3), ("same", "valid")):
        for extra in range(s):
            yield (
                "Conv2DTranspose",
                {
                    "filters": 2,
                    "kernel_size": (k, 3),
                    "strides": s,
                    "padding": padding,
                    "output_padding": extra,
                },
                (1, 3, 4, 2),
            )
    for size, interpolation in itertools.product(
        (2, (3, 1)), ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    ):
        yield "UpSampling2D", {"size": size, "interpolation": interpolation}, (1, 4, 5, 2)
    for options in (
        {},
        {"axis": 1},
        {"axis": [1, 2]},
        {"axis": [1, 3], "epsilon": 0.1},
        {"axis": [3, 1]},
        {"axis": -1, "scale": False},
        {"axis": 1, "center": False},
        {"rms_scaling": True},
    ):
        yield "LayerNormalization", options, (2, 3, 4, 3)
    yield "RMSNormalization", {"epsilon": 0.1}, (2, 3, 4, 3)
    for options in ({"groups": 2}, {"groups": -1, "axis": 1}, {"groups": 2, "scale": False}):
        yield "GroupNormalization", options, (2, 4, 3, 4)
    for options in ({}, {"axis": 1}, {"axis": [1, 2]}):
        yield "UnitNormalization", options, (2, 4, 3, 4)
    yield from _combinations()


def _combinations():
    """Every padding, stride, dilation and number of groups that TensorFlow has, over odd and even sizes."""
    for groups, (strides, dilation), padding in itertools.product(
        (1, 2), ((1, 1), (2, 1), (3, 1), (1, 2), (1, 3)), ("same", "valid")
    ):
        shared = {"strides": strides, "dilation_rate": dilation, "padding": padding, "groups": groups}
        yield "Conv1D", {"filters": 4, "kernel_size": 4, **shared}, (2, 11, 2)
        yield "Conv2D", {"filters": 2, "kernel_size": (3, 2), **shared}, (1, 9, 8, 2)
        if groups == 1:
            yield "Conv3D", {"filters": 2, "kernel_size": (2, 1, 3), **shared}, (1, 5, 4, 8, 2)
    for (strides, dilation), padding in itertools.product(
        ((1, 1), (2, 1), (1, 2), (1, 3)), ("same", "valid")
    ):
        shared = {"strides": strides, "dilation_rate": dilation, "padding": padding}
        yield "DepthwiseConv1D", {"kernel_size": 2, "depth_multiplier": 3, **shared}, (2, 9, 2)
        yield "DepthwiseConv2D", {"kernel_size": (2, 3), **shared}, (1, 9, 8, 2)
        yield "SeparableConv1D", {"filters": 2, "kernel_size": 2, "depth_multiplier": 2, **shared}, (2, 9, 2)
        yield "SeparableConv2D", {"filters": 3, "kernel_size": (2, 3), **shared}, (1, 9, 8, 2)
        yield "Conv1DTranspose", {"filters": 2, "kernel_size": 3, **shared}, (1, 5, 2)
        yield "Conv2DTranspose", {"filters": 2, "kernel_size": (2, 3), **shared}, (1, 4, 3, 2)
        yield "Conv3DTranspose", {"filters": 1, "kernel_size": (2, 3, 1), **shared}, (1, 3, 2, 3, 2)
    for kernel, strides, padding in itertools.product((2, 3), (2, 3), ("same", "valid")):
        yield (
            "Conv3DTranspose",
            {"filters": 1, "kernel_size": kernel, "strides": (strides, 1, 2), "padding": padding},
            (1, 2, 3, 2, 2),
        )
    for pool, strides, padding in itertools.product(((3, 2), (4, 1)), ((1, 3), (3, 2)), ("same", "valid")):
        for name in ("MaxPooling2D", "AveragePooling2D"):
            yield name, {"pool_size": pool, "strides": strides, "padding": padding}, (2, 9, 8, 3)
    for pool, strides, padding in itertools.product((2, 3), (1, 3), ("same", "valid")):
        for name in ("MaxPooling3D", "AveragePooling3D"):
            yield name, {"pool_size": pool, "strides": strides, "padding": padding}, (1, 5, 4, 7, 2)
    for size, interpolation in itertools.product(((1, 4), (5, 2)), ("nearest", "bilinear", "bicubic")):
        yield "UpSampling2D", {"size": size, "interpolation": interpolation}, (2, 3, 1, 3)


ROWS = list(_rows())


def arrays(index, shape, weight_shapes):
    """Return the input and the weights of a row."""
    rng = np.random.default_rng(index)
    return rng.normal(size=shape).astype("float32"), [
        rng.normal(size=s).astype("float32") for s in weight_shapes
    ]


def factors(shape):
    """Return what each output counts for in the sum whose gradient is taken."""
    return np.cos(np.arange(np.prod(shape)).reshape(shape)).astype("float32")
