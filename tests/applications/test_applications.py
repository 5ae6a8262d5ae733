"""The models for ImageNet, against the real Keras: layers, weights, outputs with the same weights.

Every model's layers are compared with recorded ones (record.py), the smallest models with the real Keras itself.
"""

import inspect
import json
import pathlib

import keras as real
import numpy as np
import pytest
import torch
from keras.src.applications import convnext as real_convnext

import kerastorch
from kerastorch import applications, layers

from .rows import NAMES, ROWS, build, described, observe, row_name

RECORDED = json.loads((pathlib.Path(__file__).parent / "recorded.json").read_text(encoding="utf-8"))
# The smallest model of each family, and the size of images: these are compared with the real Keras in values too.
SIZES = {
    "ConvNeXtTiny": 32,
    "DenseNet121": 32,
    "EfficientNetB0": 35,
    "EfficientNetV2B0": 35,
    "InceptionV3": 75,
    "MobileNet": 32,
    "MobileNetV2": 35,
    "MobileNetV3Small": 35,
    "NASNetMobile": 35,
    "ResNet50": 32,
    "ResNet50V2": 35,
    "VGG16": 32,
    "Xception": 71,
}
# Those compared without a top, and their pooling.
FEATURES = {
    "DenseNet121": "avg",
    "EfficientNetV2B0": "max",
    "InceptionV3": "avg",
    "NASNetMobile": "avg",
    "VGG16": "max",
}


@pytest.mark.parametrize(("name", "options"), ROWS, ids=[row_name(*row) for row in ROWS])
def test_layers(name, options):
    with kerastorch.device("meta"):  # no memory, no random numbers: names and shapes alone
        assert observe(name, options, kerastorch) == RECORDED[row_name(name, options)]


@pytest.mark.parametrize("name", SIZES)
def test_values(name):
    size = SIZES[name]
    options = {"input_shape": (size, size, 3)}
    if name in FEATURES:
        options.update(include_top=False, pooling=FEATURES[name])
    else:
        options["classes"] = 7
    ours, theirs = build(kerastorch, name, **options), build(real, name, **options)
    assert ours.name == theirs.name and ours.count_params() == theirs.count_params()
    assert described(ours) == described(theirs)
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.01, 2**16).astype("float32")
    weights = [
        np.abs(w) + 0.5 if "moving_variance" in v.path else w + np.resize(noise, w.shape)
        for v, w in zip(theirs.weights, theirs.get_weights())
    ]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    scale = 1 if name.startswith(("Eff", "Conv")) else 255
    images = rng.uniform(0, 255, (2, size, size, 3)).astype("float32") / scale
    with torch.no_grad():
        values = [model(torch.tensor(images), training=False).numpy() for model in (ours, theirs)]
    np.testing.assert_allclose(*values, rtol=1e-3, atol=1e-4)


def test_layer_scale_is_written_as_keras_writes_it():
    written = kerastorch.saving.serialize_keras_object(applications.convnext.LayerScale(0.5, 3, name="scale"))
    theirs = real.saving.serialize_keras_object(real_convnext.LayerScale(0.5, 3, name="scale"))
    assert written == theirs
    assert kerastorch.saving.deserialize_keras_object(theirs).get_config() == written["config"]


@pytest.mark.parametrize("name", NAMES)
def test_signature(name):
    assert inspect.signature(getattr(applications, name)) == inspect.signature(
        getattr(real.applications, name)
    )


MODULES = [
    *(
        "convnext",
        "densenet",
        "efficientnet",
        "efficientnet_v2",
        "inception_resnet_v2",
        "inception_v3",
        "mobilenet",
    ),
    *(
        "mobilenet_v2",
        "mobilenet_v3",
        "nasnet",
        "resnet",
        "resnet50",
        "resnet_v2",
        "vgg16",
        "vgg19",
        "xception",
    ),
]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_preprocessing(module, data_format):
    rng = np.random.default_rng(0)
    for shape in ((2, 3, 4, 3), (3, 4, 3)):
        x = rng.uniform(0, 255, shape).astype("float32")
        x = np.moveaxis(x, -1, -3).copy() if data_format == "channels_first" else x
        ours, theirs = (
            getattr(p, module).preprocess_input(x.copy(), data_format)
            for p in (applications, real.applications)
        )
        assert isinstance(ours, np.ndarray) and ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_preprocessing_inside_a_model():
    x = layers.Input((None, None, 3))
    assert applications.resnet50.preprocess_input(x).shape == (None, None, None, 3)


def test_weights_from_a_file(tmp_path):
    model = build(kerastorch, "MobileNet", input_shape=(32, 32, 3), alpha=0.25, include_top=False)
    path = str(tmp_path / "some.weights.h5")
    model.save_weights(path)
    again = applications.MobileNet((32, 32, 3), alpha=0.25, include_top=False, weights=path)
    for a, b in zip(model.get_weights(), again.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_input_tensor():
    image = layers.Input((40, 40, 3))
    model = applications.ResNet50(weights=None, include_top=False, input_tensor=layers.Rescaling(2.0)(image))
    assert model.inputs == [image] and model.layers[1].__class__.__name__ == "Rescaling"


def test_names_of_classes(monkeypatch):
    names = {str(i): [f"n{i}", f"class {i}"] for i in range(1000)}
    monkeypatch.setattr(applications.imagenet_utils._ClassIndex, "names", names)
    probabilities = np.zeros((1, 1000), "float32")
    probabilities[0, [3, 7]] = 0.25, 0.75
    found = applications.vgg16.decode_predictions(probabilities, top=2)
    assert found == [[("n7", "class 7", 0.75), ("n3", "class 3", 0.25)]]
    with pytest.raises(ValueError, match="expects a batch of predictions"):
        applications.vgg16.decode_predictions(probabilities[0])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weights": "elsewhere"}, "The `weights` argument should be either"),
        ({"weights": "imagenet", "classes": 10}, "`classes` should be 1000"),
        ({"weights": None, "input_shape": (16, 16, 3)}, "Input size must be at least 32x32"),
        ({"weights": None, "input_shape": (None, None, 3)}, "you should specify a static `input_shape`"),
        ({"weights": None, "input_shape": (32, 32)}, "must be a tuple of three integers"),
        ({"weights": "imagenet", "input_shape": (64, 64, 3)}, r"should be \(224, 224, 3\)"),
        ({"weights": "imagenet", "include_top": False, "input_shape": (64, 64, 1)}, "must have 3 channels"),
        ({"weights": __file__, "classifier_activation": "relu"}, "Only `None` and `softmax` activations"),
    ],
)
def test_errors(options, words):
    with pytest.raises(ValueError, match=words):
        applications.ResNet50(**options)


def test_unknown_mode():
    with pytest.raises(ValueError, match="Expected mode to be one of"):
        applications.imagenet_utils.preprocess_input(np.zeros((2, 2, 3)), mode="pil")
