"""What the docstring of every layer tells: arguments, shapes, errors, an example; the doctests run the examples."""

import inspect
import re

import pytest

from kerastorch import layers
from kerastorch.core.layer import Layer

CLASSES = sorted(
    {
        cls
        for cls in vars(layers).values()
        if inspect.isclass(cls)
        and issubclass(cls, Layer)
        and cls is not Layer
        and ".preprocessing." not in cls.__module__
    },
    key=lambda cls: cls.__name__,
)
COMMON = {"self", "name", "dtype", "trainable"}  # arguments of every layer
PAPERS = {  # layers that someone published
    *("AdditiveAttention", "Attention", "GroupedQueryAttention", "MultiHeadAttention"),
    *("BatchNormalization", "GroupNormalization", "LayerNormalization", "RMSNormalization"),
    *(
        "Bidirectional",
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
        "GRU",
        "GRUCell",
        "LSTM",
        "LSTMCell",
        "SimpleRNN",
    ),
    *("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "DepthwiseConv1D", "DepthwiseConv2D"),
    *("SeparableConv1D", "SeparableConv2D", "SpectralNormalization"),
    *("AlphaDropout", "Dropout", "GaussianDropout", "SpatialDropout1D", "ELU", "PReLU"),
}
every = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)


@every
def test_docstring(cls):
    text = cls.__dict__.get("__doc__") or ""
    first = text.strip().split("\n\n")[0]
    assert first.rstrip().endswith((".", ":")), "begins with a sentence"
    assert ">>>" in text, "has an example"
    assert re.search(r"[Ss]hape|\(B|\(batch", text), "tells the shapes"
    assert "Raises" in text, "tells the errors"
    if cls.__name__ in PAPERS:
        assert "http" in text, "names its paper"


@every
def test_arguments(cls):
    text = cls.__doc__
    arguments = {
        name
        for name, parameter in inspect.signature(cls.__init__).parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD and name not in COMMON
    }
    untold = sorted(name for name in arguments if not re.search(rf"\b{name}\b", text))
    assert untold == [] or "Further arguments as in" in text
