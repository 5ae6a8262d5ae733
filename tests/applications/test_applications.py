"""The models for ImageNet, against the real Keras: layers, weights, outputs with the same weights."""

import inspect

import keras as real
import numpy as np
import pytest
import torch

from kerastorch import applications, backend, layers

# name: size of images, whether values are compared (else names and shapes only)
SHAPES = {
    "DenseNet121": (32, True),
    "EfficientNetB0": (35, True),
    "EfficientNetV2B0": (35, True),
    "InceptionResNetV2": (75, False),
    "InceptionV3": (75, True),
    "MobileNet": (32, True),
    "MobileNetV2": (35, True),
    "MobileNetV3Large": (32, False),
    "MobileNetV3Small": (35, True),
    "ResNet50": (32, True),
    "ResNet50V2": (35, True),
    "VGG16": (32, True),
    "VGG19": (32, False),
    "Xception": (71, True),
}
MODELS = [
    *(f"DenseNet{n}" for n in (121, 169, 201)),
    *(f"EfficientNetB{n}" for n in range(8)),
    *(f"EfficientNetV2{n}" for n in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    *("MobileNetV3Large", "MobileNetV3Small"),
    *(f"ResNet{n}{v}" for n in (50, 101, 152) for v in ("", "V2")),
    *("InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV2", "VGG16", "VGG19", "Xception"),
]


def make(package, name, **options):
    package.backend.clear_session()
    return getattr(package.applications, name)(weights=None, **options)


class Ours:
    applications, backend = applications, backend


def pair(name, **options):
    return make(Ours, name, **options), make(real, name, **options)


def described(model):
    return [
        (type(layer).__name__, layer.name, [tuple(w.shape) for w in layer.weights]) for layer in model.layers
    ]


@pytest.mark.parametrize("name", [name for name, (_, quick) in SHAPES.items() if quick])
def test_layers_and_values(name):
    size = SHAPES[name][0]
    options = {"input_shape": (size, size, 3)}
    if "VGG" in name:
        options.update(include_top=False, pooling="max")
    else:
        options["classes"] = 7
    ours, theirs = pair(name, **options)
    assert ours.name == theirs.name and ours.count_params() == theirs.count_params()
    assert described(ours) == described(theirs)
    rng = np.random.default_rng(0)
    weights = [
        np.abs(w) + 0.5 if "moving_variance" in v.path else w + rng.normal(0, 0.01, w.shape).astype(w.dtype)
        for v, w in zip(theirs.weights, theirs.get_weights())
    ]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    images = rng.uniform(0, 255, (2, size, size, 3)).astype("float32") / (1 if "Eff" in name else 255)
    with torch.no_grad():
        values = [model(torch.tensor(images), training=False).numpy() for model in (ours, theirs)]
    np.testing.assert_allclose(*values, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", [name for name, (_, quick) in SHAPES.items() if not quick])
@pytest.mark.parametrize("pooling", ["avg"])
def test_layers(name, pooling):
    ours, theirs = pair(name, include_top=False, pooling=pooling)
    assert ours.input_shape == theirs.input_shape and ours.output_shape == theirs.output_shape
    assert described(ours) == described(theirs)


@pytest.mark.parametrize("options", [{"minimalistic": True}, {"alpha": 1.25}], ids=str)
def test_mobile_variants(options):
    ours, theirs = pair("MobileNetV3Small", input_shape=(64, 64, 3), **options)
    assert described(ours) == described(theirs)


@pytest.mark.parametrize("alpha", [0.35, 1.4])
def test_mobile_widths(alpha):
    ours, theirs = pair("MobileNetV2", alpha=alpha, input_shape=(96, 96, 3), include_top=False)
    assert ours.name == theirs.name and described(ours) == described(theirs)


@pytest.mark.parametrize("name", MODELS)
def test_signature(name):
    assert inspect.signature(getattr(applications, name)) == inspect.signature(
        getattr(real.applications, name)
    )


MODULES = [
    *(
        "densenet",
        "efficientnet",
        "efficientnet_v2",
        "inception_resnet_v2",
        "inception_v3",
        "mobilenet",
        "mobilenet_v2",
    ),
    *("mobilenet_v3", "resnet", "resnet50"),
    *("resnet_v2", "vgg16", "vgg19", "xception"),
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
    model = make(Ours, "MobileNet", input_shape=(32, 32, 3), alpha=0.25, include_top=False)
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
