"""The models whose layers are compared with recorded ones, and how layers are told apart in a few letters."""

import hashlib
import json

from keras.src.applications import nasnet

NAMES = [
    *(f"ConvNeXt{size}" for size in ("Tiny", "Small", "Base", "Large", "XLarge")),
    *(f"DenseNet{n}" for n in (121, 169, 201)),
    *(f"EfficientNetB{n}" for n in range(8)),
    *(f"EfficientNetV2{n}" for n in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    *("InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Large", "MobileNetV3Small"),
    *("NASNetMobile", "NASNetLarge"),
    *(f"ResNet{n}{v}" for n in (50, 101, 152) for v in ("", "V2")),
    *("VGG16", "VGG19", "Xception"),
]
_FEATURES = {"include_top": False, "pooling": "avg"}
_WITHOUT_TOP = (
    *("ConvNeXtTiny", "EfficientNetB0", "MobileNet", "MobileNetV2", "MobileNetV3Small"),
    *("ResNet50", "ResNet50V2", "VGG16", "Xception"),
)
ROWS = [
    *((name, {}) for name in NAMES),
    *((name, _FEATURES) for name in _WITHOUT_TOP),
    ("ConvNeXtTiny", {"include_preprocessing": False, "input_shape": [32, 32, 3]}),
    ("MobileNet", {"alpha": 0.25, "input_shape": [96, 96, 3]}),
    ("MobileNetV2", {"alpha": 0.35, "input_shape": [96, 96, 3]}),
    ("MobileNetV2", {"alpha": 1.4, "input_shape": [96, 96, 3], **_FEATURES}),
    ("MobileNetV3Small", {"alpha": 1.25, "input_shape": [64, 64, 3]}),
    ("MobileNetV3Small", {"minimalistic": True, "input_shape": [64, 64, 3]}),
    ("MobileNetV3Large", {"minimalistic": True, "input_shape": [64, 64, 3]}),
]


def row_name(name, options):
    return " ".join([name, *(f"{key}={value}" for key, value in options.items())])


def build(keras, name, **options):
    """Return a model of the package `keras`, with random weights."""
    keras.backend.clear_session()
    if name == "NASNetMobile" and not keras.__name__.startswith("kerastorch"):
        # The real one refuses torch, though what it calls works there.
        top = options.get("include_top", True)
        options = {"input_shape": (224, 224, 3), **options} if not top else options
        sizes = {"penultimate_filters": 1056, "num_blocks": 4, "stem_block_filters": 32, "default_size": 224}
        return nasnet.NASNet(weights=None, **sizes, skip_reduction=False, name="nasnet_mobile", **options)
    return getattr(keras.applications, name)(weights=None, **options)


def described(model):
    """Return the kind, name and shapes of weights of each layer, those of layers inside too."""
    return [
        [type(layer).__name__, layer.name, [list(w.shape) for w in layer.weights]]
        + ([described(layer)] if hasattr(layer, "layers") else [])
        for layer in model.layers
    ]


def observe(name, options, keras):
    model = build(keras, name, **options)
    digest = hashlib.sha256(json.dumps(described(model)).encode()).hexdigest()
    return {
        "name": model.name,
        "input": list(model.input_shape),
        "output": list(model.output_shape),
        "layers": len(model.layers),
        "parameters": model.count_params(),
        "digest": digest[:16],
    }
