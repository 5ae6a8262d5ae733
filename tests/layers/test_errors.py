"""Wrong arguments and inputs: the rule, the received value, the layer's name."""

import numpy as np
import pytest
import torch

from kerastorch import layers as L

X = torch.ones(2, 5, 5, 4)
STEPS = torch.ones(2, 5, 4)

CONSTRUCTORS = [
    (lambda: L.Dense(-1), ValueError, "`units` must be a positive integer. Received: units=-1"),
    (lambda: L.Dense(2.5), ValueError, "units=2.5"),
    (lambda: L.Dense("3"), ValueError, "units='3'"),
    (lambda: L.Dense(3, activation="rel"), ValueError, "Did you mean 'relu'"),
    (lambda: L.Dense(3, foo=1), ValueError, "Unrecognized keyword arguments passed to Dense: {'foo': 1}"),
    (lambda: L.Dense(3, activaton="relu"), ValueError, "Did you mean 'activation'"),
    (lambda: L.Dense(3, lora_rank=0), ValueError, "`lora_rank` must be a positive integer"),
    (lambda: L.Dense(3, kernel_initializer="glorot"), ValueError, "initializer"),
    (lambda: L.Embedding(0, 3), ValueError, "`input_dim` must be a positive integer"),
    (lambda: L.Embedding(5, -3), ValueError, "output_dim=-3"),
    (lambda: L.Dropout(1.5), ValueError, "between 0 and 1. Received: rate=1.5"),
    (lambda: L.Dropout("a"), ValueError, "rate='a'"),
    (lambda: L.Dropout(0.5, noise_shape=(1, 2.5)), ValueError, "integers or None.*2.5"),
    (lambda: L.Dropout(0.5, noise_shape=3), ValueError, "a tuple or list of integers"),
    (lambda: L.GaussianNoise(-1), ValueError, "stddev=-1"),
    (lambda: L.Conv2D(0, 3), ValueError, "strictly positive value. Received filters=0"),
    (lambda: L.Conv2D(4, 3, groups=3), ValueError, "divisible by the number of groups"),
    (lambda: L.Conv2D(4, 3, groups=0), ValueError, "groups=0"),
    (lambda: L.Conv2D(3, 0), ValueError, "`kernel_size` argument must be a tuple of 2 integers"),
    (lambda: L.Conv2D(3, (3, 3, 3)), ValueError, r"kernel_size=\(3, 3, 3\)"),
    (lambda: L.Conv2D(3, 3, strides=2, dilation_rate=2), ValueError, "not supported in conjunction"),
    (lambda: L.Conv2D(3, 3, padding="causal"), ValueError, "padding='causal'"),
    (lambda: L.Conv2D(3, 3, data_format="foo"), ValueError, "data_format=foo"),
    (
        lambda: L.Conv2DTranspose(3, 3, strides=2, output_padding=2),
        ValueError,
        "strictly less than `strides`",
    ),
    (lambda: L.DepthwiseConv2D(3, depth_multiplier=0), ValueError, "depth_multiplier=0"),
    (lambda: L.MaxPooling2D(0), ValueError, "`pool_size`"),
    (lambda: L.MaxPooling2D(2, padding="foo"), ValueError, "padding='foo'"),
    (lambda: L.Reshape((-1, -1)), ValueError, "at most one unknown dimension"),
    (lambda: L.Permute((0, 1)), ValueError, "consecutive and start from 1"),
    (lambda: L.RepeatVector(-1), ValueError, "n=-1"),
    (lambda: L.RepeatVector(3.5), TypeError, "integer value for `n`"),
    (lambda: L.ZeroPadding2D((1, 2, 3)), ValueError, "2 elements"),
    (lambda: L.ZeroPadding2D(((1, 2), (3, -4))), ValueError, "2nd entry of padding"),
    (lambda: L.UpSampling2D(2, interpolation="foo"), ValueError, "interpolation='foo'"),
    (lambda: L.ReLU(-1), ValueError, "max_value=-1"),
    (lambda: L.ReLU(threshold=None), ValueError, "threshold=None"),
    (lambda: L.LeakyReLU(None), ValueError, "negative_slope=None"),
    (lambda: L.LayerNormalization(axis="a"), TypeError, "axis='a'"),
    (lambda: L.BatchNormalization(renorm=True, renorm_clipping={"foo": 1}), ValueError, "foo"),
    (lambda: L.Dot("a"), TypeError, "axes=a"),
    (lambda: L.Dot((1, 2, 3)), ValueError, "two elements"),
    (lambda: L.Lambda(3), TypeError, "function=3"),
    (lambda: L.TorchModuleWrapper(3), TypeError, "module=3"),
    (lambda: L.Input(), ValueError, "must pass a `shape`"),
    (lambda: L.Input((3,), batch_shape=(2, 3)), ValueError, "both `shape` and `batch_shape`"),
    (lambda: L.Input((-1,)), ValueError, "Negative dimensions"),
    (lambda: L.Input(3), ValueError, "shape=3"),
    (lambda: L.Input((3,), dtype="foo"), ValueError, "foo"),
    (lambda: L.Input(tensor=np.ones(3)), ValueError, "must be a KerasTensor"),
    (lambda: L.Input((3,), name="a/b"), ValueError, "cannot contain character `/`"),
]

CALLS = [
    (
        lambda: L.Dense(3, name="d")(torch.ones(3)),
        ValueError,
        "'d' is incompatible.*min_ndim=2, found ndim=1",
    ),
    (lambda: L.Dense(3, name="d")(L.Input((None,))), ValueError, "Layer 'd'.*defined dimension.*None"),
    (lambda: _twice(L.Dense(3, name="d"), (2, 3), (2, 4)), ValueError, "'d'.*axis -1.*value 3.*2, 4"),
    (lambda: L.Conv2D(3, 3, name="c")(STEPS), ValueError, "'c'.*ndim=4, found ndim=3"),
    (
        lambda: _twice(L.Conv2D(3, 3, name="c"), (2, 5, 5, 4), (2, 5, 5, 2)),
        ValueError,
        "'c'.*axis -1.*value 4",
    ),
    (lambda: L.Conv2D(3, 3, groups=3)(X), ValueError, "groups=3.*has 4 channels"),
    (lambda: L.Conv2D(3, 7, name="c")(X), ValueError, "'c'[\\s\\S]*would be zero or negative"),
    (lambda: L.Conv2D(3, 7)(L.Input((5, 5, 4))), ValueError, r"would be zero or negative.*\(None, 5, 5, 4\)"),
    (lambda: L.Conv1D(3, 7)(STEPS), ValueError, "would be zero or negative"),
    (lambda: L.MaxPooling2D(7)(X), ValueError, "would be zero or negative"),
    (lambda: L.AveragePooling1D(7)(STEPS), ValueError, "would be zero or negative"),
    (lambda: L.Conv2D(3, 3)(L.Input((5, 5, None))), ValueError, "defined dimension"),
    (
        lambda: L.Embedding(5, 3, name="e")(np.array([[1, 7]])),
        IndexError,
        "'e' has 5 rows.*from 0 to 4.*from 1 to 7",
    ),
    (lambda: L.Embedding(5, 3)(np.array([[1, -1]])), IndexError, "from -1 to 1"),
    (lambda: L.Reshape((5,))(STEPS), ValueError, r"input_shape=\(5, 4\), target_shape=\(5,\)"),
    (lambda: L.Reshape((5,))(L.Input((3, 4))), ValueError, r"input_shape=\(3, 4\)"),
    (lambda: L.Permute((2, 1, 3), name="p")(STEPS), ValueError, "'p'.*ndim=4, found ndim=3"),
    (lambda: L.Cropping1D(5)(STEPS), ValueError, r"smaller.*cropping=\(5, 5\)"),
    (lambda: L.Flatten()(torch.ones(())), ValueError, "min_ndim=1"),
    (lambda: L.EinsumDense("foo", 3)(STEPS), ValueError, "Invalid einsum equation 'foo'"),
    (lambda: L.EinsumDense("abc,cd->abd", (7, 3))(STEPS), ValueError, "shared dimension 'b'.*5.*7"),
    (
        lambda: L.EinsumDense("abc,cd->abd", (5, 3), bias_axes="c")(STEPS),
        ValueError,
        "not part of the output",
    ),
    (lambda: L.EinsumDense("abc,ce->abd", (5, 3))(STEPS), ValueError, "'e' did not have a match"),
    (lambda: L.Add()(STEPS), ValueError, "list of inputs"),
    (lambda: L.Add()([X, X[..., :3]]), ValueError, "incompatible shapes"),
    (lambda: L.Add()([STEPS, torch.ones(3, 5, 4)]), ValueError, "different batch sizes"),
    (lambda: L.Subtract()([X, X, X]), ValueError, "exactly 2 inputs"),
    (lambda: L.Concatenate()([X, X[:, :3]]), ValueError, "matching shapes except"),
    (lambda: L.Concatenate()([X, STEPS]), ValueError, "matching shapes except"),
    (lambda: L.Dot(2)([STEPS, torch.ones(2, 4, 3)]), ValueError, r"4 \(at axis 2\) != 3 \(at axis 2\)"),
    (lambda: L.Dot(0)([STEPS, STEPS]), ValueError, "not that of the batch"),
    (lambda: L.BatchNormalization(axis=3, name="b")(STEPS), ValueError, "'b'.*axis 3"),
    (lambda: L.LayerNormalization(axis=5)(X), ValueError, "axis 5"),
    (lambda: L.GroupNormalization(3)(X), ValueError, "must be a multiple of the number of channels"),
    (lambda: L.GroupNormalization(9)(X), ValueError, "cannot be more than"),
    (lambda: L.PReLU()(L.Input((None, 3))), ValueError, "known shape"),
    (lambda: L.GlobalAveragePooling1D(name="g")(X), ValueError, "'g'.*ndim=3, found ndim=4"),
    (lambda: L.Dense(3, name="d").enable_lora(2), ValueError, "isn't yet built: build layer 'd'"),
    (
        lambda: L.Dense(3, lora_rank=2, kernel_constraint="non_neg")(STEPS),
        ValueError,
        "incompatible with kernel constr",
    ),
    (lambda: L.Lambda(lambda x: x @ x, name="f")(STEPS), RuntimeError, "layer 'f'"),
]


def _twice(layer, first, second):
    layer(torch.ones(first))
    layer(torch.ones(second))


@pytest.mark.parametrize("make,error,words", CONSTRUCTORS, ids=range(len(CONSTRUCTORS)))
def test_constructor(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize("call,error,words", CALLS, ids=range(len(CALLS)))
def test_call(call, error, words):
    with pytest.raises(error, match=words):
        call()
