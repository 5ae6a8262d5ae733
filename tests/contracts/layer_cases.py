"""One row for every layer: how to make it, and what to call it on. `make` takes a `layers` module, ours or Keras's."""

import dataclasses
import functools
import typing

import numpy as np
import torch

from tests.contracts.data_cases import ROWS as DATA
from tests.contracts.image_cases import ROWS as IMAGES

F, I = "float32", "int32"


@dataclasses.dataclass(frozen=True)
class Case:
    """A layer and its input.

    Attributes:
        name: The class.
        make: Function from a `layers` module to the layer.
        shapes: The shape of the input, or a list of shapes for a list of inputs.
        dtype: Of the input; integers are drawn from [0, 4).
        call: Keyword arguments of the call.
        values: Whether the real Keras on torch gives right values.
        random: Whether its values in training are random.
        symbolic: Whether its symbolic call can be compared (not for wrappers of torch modules in Keras).
        half: Whether it can compute in bfloat16.
        config: Whether its config can be compared with Keras's.
    """

    name: str
    make: typing.Callable
    shapes: typing.Any
    dtype: str = F
    call: dict = dataclasses.field(default_factory=dict)
    values: bool = True
    random: bool = False
    symbolic: bool = True
    half: bool = True
    config: bool = True

    def inputs(self, seed=0):
        """Return the input as NumPy arrays."""
        rng = np.random.default_rng(seed)

        def draw(shape):
            if self.dtype == F:
                return rng.normal(size=shape).astype(F)
            return rng.integers(0, 4, size=shape).astype(self.dtype)

        return [draw(s) for s in self.shapes] if isinstance(self.shapes, list) else draw(self.shapes)


def _pool(name, options, L):
    return getattr(L, name)(**options)


def _double(x):
    return 2 * x


class Scale(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(4, 2)

    def forward(self, x):
        return self.linear(x)


CORE = [
    Case("Dense", lambda L: L.Dense(3), (2, 5)),
    Case("Dense", lambda L: L.Dense(3, activation="relu", use_bias=False), (2, 4, 5)),
    Case(
        "Dense",
        lambda L: L.Dense(3, "tanh", kernel_regularizer="l2", bias_constraint="non_neg"),
        (2, 1, 4, 5),
    ),
    Case("Dense", lambda L: L.Dense(3, activity_regularizer="l1", kernel_initializer="he_normal"), (2, 5)),
    Case("EinsumDense", lambda L: L.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d"), (2, 4, 5)),
    Case("EinsumDense", lambda L: L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de"), (2, 4, 5)),
    Case("EinsumDense", lambda L: L.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="e"), (2, 4, 5)),
    Case(
        "EinsumDense",
        lambda L: L.EinsumDense("abde,dec->abc", (None, 3), "relu", bias_axes="c"),
        (2, 4, 5, 3),
    ),
    Case("EinsumDense", lambda L: L.EinsumDense("...x,xy->...y", 6, bias_axes="y"), (2, 4, 5)),
    Case("EinsumDense", lambda L: L.EinsumDense("ab...,bc->ac...", 6, bias_axes="c"), (2, 4, 5, 3)),
    Case("EinsumDense", lambda L: L.EinsumDense("abc,cbd->adb", (3, 4), bias_axes="d"), (2, 4, 5)),
    Case("Dense", lambda L: L.Dense(3, lora_rank=2), (2, 5)),
    Case("EinsumDense", lambda L: L.EinsumDense("abc,cde->abde", (None, 2, 3), lora_rank=2), (2, 4, 5)),
    Case("Embedding", lambda L: L.Embedding(4, 3, lora_rank=2), (2, 5), I),
    Case("Activation", lambda L: L.Activation("softmax"), (2, 5)),
    Case("Activation", lambda L: L.Activation(None), (2, 5)),
    Case("Embedding", lambda L: L.Embedding(4, 3), (2, 5), I),
    Case(
        "Embedding", lambda L: L.Embedding(4, 3, mask_zero=True, embeddings_regularizer="l2"), (2, 5), "uint8"
    ),
    Case("ReversibleEmbedding", lambda L: L.ReversibleEmbedding(4, 3), (2, 5), I),
    Case("ReversibleEmbedding", lambda L: L.ReversibleEmbedding(4, 3, tie_weights=False), (2, 5), "int64"),
    Case("Identity", lambda L: L.Identity(), (2, 5)),
    Case("Masking", lambda L: L.Masking(1), (2, 5, 1), "int32", half=False, symbolic=False),
    Case("Masking", lambda L: L.Masking(), (2, 5, 3)),
    Case("Lambda", lambda L: L.Lambda(lambda x: x**2), (2, 5), symbolic=False, config=False),
    Case("Lambda", lambda L: L.Lambda(_double, output_shape=(5,)), (2, 5)),
    Case(
        "TorchModuleWrapper",
        lambda L: L.TorchModuleWrapper(Scale()),
        (2, 4),
        symbolic=False,
        half=False,
        config=False,
    ),
    Case("Rescaling", lambda L: L.Rescaling(1 / 255, offset=-1), (2, 5), "uint8"),
    Case("Rescaling", lambda L: L.Rescaling([1.0, 2.0, 0.5], [0.0, 1.0, 2.0]), (2, 3)),
]

RESHAPING = [
    Case("Flatten", lambda L: L.Flatten(), (2, 3, 4)),
    Case("Flatten", lambda L: L.Flatten(), (3,)),
    Case("Flatten", lambda L: L.Flatten("channels_first"), (2, 3, 4, 2)),
    Case("Reshape", lambda L: L.Reshape((6, -1)), (2, 3, 4)),
    Case("Reshape", lambda L: L.Reshape((4, 3)), (2, 3, 4)),
    Case("Permute", lambda L: L.Permute((2, 3, 1)), (2, 3, 4, 5)),
    Case("RepeatVector", lambda L: L.RepeatVector(3), (2, 4)),
    Case("ZeroPadding1D", lambda L: L.ZeroPadding1D((1, 2)), (2, 3, 4)),
    Case("ZeroPadding1D", lambda L: L.ZeroPadding1D(2, data_format="channels_first"), (2, 3, 4)),
    Case("ZeroPadding2D", lambda L: L.ZeroPadding2D(((1, 2), (3, 0))), (2, 3, 4, 2)),
    Case("ZeroPadding2D", lambda L: L.ZeroPadding2D((1, 2), data_format="channels_first"), (2, 3, 4, 2)),
    Case("ZeroPadding3D", lambda L: L.ZeroPadding3D((1, 2, 3)), (2, 3, 4, 2, 2)),
    Case("Cropping1D", lambda L: L.Cropping1D((1, 2)), (2, 5, 4)),
    Case("Cropping2D", lambda L: L.Cropping2D(((1, 0), (0, 2))), (2, 3, 4, 2)),
    Case("Cropping2D", lambda L: L.Cropping2D(1, data_format="channels_first"), (2, 3, 4, 5)),
    Case("Cropping3D", lambda L: L.Cropping3D(), (2, 3, 4, 5, 2)),
    Case("UpSampling1D", lambda L: L.UpSampling1D(3), (2, 5, 4)),
    Case("UpSampling2D", lambda L: L.UpSampling2D((2, 3)), (2, 3, 4, 2)),
    Case("UpSampling2D", lambda L: L.UpSampling2D(2, "channels_first", "bilinear"), (2, 3, 4, 5)),
    Case("UpSampling2D", lambda L: L.UpSampling2D((2, 3), interpolation="bilinear"), (2, 3, 4, 5)),
    Case(
        "UpSampling2D", lambda L: L.UpSampling2D((2, 3), interpolation="bicubic"), (2, 3, 4, 5), values=False
    ),
    Case("UpSampling3D", lambda L: L.UpSampling3D((1, 2, 3)), (2, 3, 4, 2, 2)),
]


RECURRENT = [
    Case("LSTM", lambda L: L.LSTM(3), (2, 4, 5)),
    Case("LSTM", lambda L: L.LSTM(3, return_sequences=True, return_state=True, go_backwards=True), (2, 4, 5)),
    Case(
        "LSTM",
        lambda L: L.LSTM(3, unit_forget_bias=False, use_bias=False, kernel_regularizer="l2"),
        (2, 4, 5),
    ),
    Case("LSTM", lambda L: L.LSTM(3, "relu", "hard_sigmoid", unroll=True, return_sequences=True), (2, 4, 5)),
    Case("GRU", lambda L: L.GRU(3), (2, 4, 5)),
    Case("GRU", lambda L: L.GRU(3, return_sequences=True, return_state=True, go_backwards=True), (2, 4, 5)),
    Case("GRU", lambda L: L.GRU(3, use_bias=False, recurrent_constraint="unit_norm"), (2, 4, 5)),
    Case("GRU", lambda L: L.GRU(3, reset_after=False, return_sequences=True), (2, 4, 5)),
    Case("GRU", lambda L: L.GRU(3, "elu", activity_regularizer="l2"), (2, 4, 5)),
    Case("SimpleRNN", lambda L: L.SimpleRNN(3), (2, 4, 5)),
    Case("SimpleRNN", lambda L: L.SimpleRNN(3, "relu", return_sequences=True, return_state=True), (2, 4, 5)),
    Case("SimpleRNN", lambda L: L.SimpleRNN(3, "sigmoid", use_bias=False, go_backwards=True), (2, 4, 5)),
    Case("RNN", lambda L: L.RNN(L.LSTMCell(3, name="c"), return_state=True), (2, 4, 5), half=False),
    Case(
        "RNN",
        lambda L: L.RNN(L.StackedRNNCells([L.GRUCell(3, name="a"), L.LSTMCell(2, name="b")], name="s")),
        (2, 4, 5),
        half=False,
    ),
]

CONV_LSTM = [
    Case("ConvLSTM1D", lambda L: L.ConvLSTM1D(3, 2), (2, 3, 6, 4)),
    Case("ConvLSTM1D", lambda L: L.ConvLSTM1D(3, 2, dilation_rate=2, use_bias=False), (2, 3, 6, 4)),
    Case("ConvLSTM2D", lambda L: L.ConvLSTM2D(3, (3, 2), padding="same", strides=2), (2, 3, 5, 6, 4)),
    Case(
        "ConvLSTM2D",
        lambda L: L.ConvLSTM2D(3, 2, return_sequences=True, return_state=True, go_backwards=True),
        (2, 3, 5, 6, 4),
    ),
    Case("ConvLSTM2D", lambda L: L.ConvLSTM2D(3, 2, data_format="channels_first"), (2, 3, 4, 5, 6)),
    Case(
        "ConvLSTM3D",
        lambda L: L.ConvLSTM3D(2, 2, activation="relu", unit_forget_bias=False),
        (2, 3, 3, 4, 5, 2),
    ),
]

_MEMORY = {"value": torch.arange(2 * 3 * 4).reshape(2, 3, 4).cos()}
_FRAMES = {"value": torch.arange(2 * 3 * 2 * 4).reshape(2, 3, 2, 4).cos()}
_MASKED = {**_MEMORY, "attention_mask": torch.tensor([[[True, False, True]] * 5, [[False] * 3] * 5])}

ATTENTION = [
    Case("MultiHeadAttention", lambda L: L.MultiHeadAttention(2, 3), (2, 5, 4), call=_MEMORY),
    Case(
        "MultiHeadAttention", lambda L: L.MultiHeadAttention(2, 3, 5, use_bias=False), (2, 5, 6), call=_MEMORY
    ),
    Case("MultiHeadAttention", lambda L: L.MultiHeadAttention(2, 3), (2, 5, 4), call=_MASKED),
    Case(
        "MultiHeadAttention",
        lambda L: L.MultiHeadAttention(2, 3, dropout=0.5),
        (2, 5, 4),
        call=_MASKED,
        random=True,
    ),
    Case(
        "MultiHeadAttention",
        lambda L: L.MultiHeadAttention(2, 3, output_shape=(2, 7), use_gate=True),
        (2, 5, 4),
        call={**_MEMORY, "use_causal_mask": True},
    ),
    Case(
        "MultiHeadAttention",
        lambda L: L.MultiHeadAttention(2, 3, kernel_regularizer="l2", bias_initializer="ones"),
        (2, 5, 4),
        call={**_MASKED, "return_attention_scores": True, "use_causal_mask": True},
        symbolic=False,
    ),
    Case(
        "MultiHeadAttention", lambda L: L.MultiHeadAttention(2, 3, sliding_window=2), (2, 5, 4), call=_MEMORY
    ),
    Case("MultiHeadAttention", lambda L: L.MultiHeadAttention(2, 3), (2, 5, 2, 4), call=_FRAMES),
    Case(
        "MultiHeadAttention",
        lambda L: L.MultiHeadAttention(2, 3, attention_axes=1),
        (2, 5, 2, 4),
        call=_FRAMES,
    ),
    Case(
        "MultiHeadAttention",
        lambda L: L.MultiHeadAttention(2, 3, attention_axes=(-2,)),
        (2, 3, 5, 4),
        call=_FRAMES,
    ),
    Case("GroupQueryAttention", lambda L: L.GroupQueryAttention(3, 4, 2), (2, 5, 4), call=_MEMORY),
    Case(
        "GroupQueryAttention",
        lambda L: L.GroupQueryAttention(3, 4, 1, use_bias=False),
        (2, 5, 4),
        call=_MASKED,
    ),
    Case(
        "GroupQueryAttention",
        lambda L: L.GroupQueryAttention(3, 4, 4, use_gate=True, sliding_window=3),
        (2, 5, 4),
        call={**_MEMORY, "use_causal_mask": True},
    ),
    Case(
        "GroupQueryAttention",
        lambda L: L.GroupQueryAttention(3, 4, 2, kernel_regularizer="l1"),
        (2, 5, 4),
        call={**_MEMORY, "return_attention_scores": True, "use_causal_mask": True},
        symbolic=False,
    ),
    Case("Attention", lambda L: L.Attention(), [(2, 5, 4), (2, 3, 4)]),
    Case("Attention", lambda L: L.Attention(use_scale=True), [(2, 5, 4), (2, 3, 6), (2, 3, 4)]),
    Case(
        "Attention",
        lambda L: L.Attention(True, "concat"),
        [(2, 5, 4), (2, 3, 4)],
        call={"use_causal_mask": True},
    ),
    Case("AdditiveAttention", lambda L: L.AdditiveAttention(), [(2, 5, 4), (2, 3, 4)]),
    Case(
        "AdditiveAttention",
        lambda L: L.AdditiveAttention(False),
        [(2, 5, 4), (2, 3, 4)],
        call={"return_attention_scores": True},
    ),
]

WRAPPERS = [
    Case("Bidirectional", lambda L: L.Bidirectional(L.LSTM(3, name="r")), (2, 4, 5), half=False),
    Case(
        "Bidirectional",
        lambda L: L.Bidirectional(L.LSTM(3, name="r", return_sequences=True), "sum"),
        (2, 4, 5),
        half=False,
    ),
    Case(
        "Bidirectional",
        lambda L: L.Bidirectional(L.GRU(3, name="r", return_sequences=True), None),
        (2, 4, 5),
        half=False,
    ),
    Case(
        "Bidirectional",
        lambda L: L.Bidirectional(L.GRU(3, name="r", return_state=True), "ave"),
        (2, 4, 5),
        half=False,
    ),
    Case(
        "Bidirectional",
        lambda L: L.Bidirectional(L.SimpleRNN(3, name="r", return_sequences=True)),
        (2, 4, 5),
        half=False,
    ),
    Case(
        "Bidirectional",
        lambda L: L.Bidirectional(
            L.LSTM(3, name="r"), "mul", backward_layer=L.GRU(3, go_backwards=True, name="b")
        ),
        (2, 4, 5),
        half=False,
    ),
    Case("TimeDistributed", lambda L: L.TimeDistributed(L.Dense(3, name="d")), (2, 4, 5), half=False),
    Case(
        "TimeDistributed",
        lambda L: L.TimeDistributed(L.LSTM(3, name="r", return_sequences=True)),
        (2, 4, 3, 5),
        half=False,
    ),
    Case(
        "TimeDistributed",
        lambda L: L.TimeDistributed(L.Flatten(name="f")),
        (2, 4, 3, 5),
        config=False,
        half=False,
    ),
    Case(
        "SpectralNormalization",
        lambda L: L.SpectralNormalization(L.Dense(3, name="d"), 3),
        (2, 5),
        half=False,
    ),
]

CONVOLUTION = [
    Case("Conv1D", lambda L: L.Conv1D(3, 3, padding="causal", dilation_rate=2), (2, 7, 4)),
    Case("Conv1D", lambda L: L.Conv1D(4, 2, strides=2, groups=2, data_format="channels_first"), (2, 4, 7)),
    Case("Conv2D", lambda L: L.Conv2D(3, 3), (2, 5, 6, 4)),
    Case("Conv2D", lambda L: L.Conv2D(4, (2, 3), groups=2, use_bias=False, activation="relu"), (2, 5, 6, 4)),
    Case("Conv2D", lambda L: L.Conv2D(3, 3, padding="SAME", data_format="channels_first"), (2, 4, 5, 6)),
    Case("Conv3D", lambda L: L.Conv3D(3, (1, 2, 3), kernel_regularizer="l2"), (2, 3, 4, 5, 2)),
    Case("Conv3D", lambda L: L.Conv3D(4, 1, groups=2, data_format="channels_first"), (2, 2, 3, 4, 5)),
    Case("DepthwiseConv1D", lambda L: L.DepthwiseConv1D(3, depth_multiplier=2), (2, 6, 3)),
    Case("DepthwiseConv2D", lambda L: L.DepthwiseConv2D(3, strides=2, activation="tanh"), (2, 6, 5, 3)),
    Case("SeparableConv1D", lambda L: L.SeparableConv1D(4, 3, pointwise_regularizer="l1"), (2, 6, 3)),
    Case("SeparableConv2D", lambda L: L.SeparableConv2D(4, 3, depth_multiplier=2), (2, 6, 5, 3)),
    Case("Conv1DTranspose", lambda L: L.Conv1DTranspose(3, 3), (2, 5, 4)),
    Case("Conv2DTranspose", lambda L: L.Conv2DTranspose(3, 3, strides=2), (2, 3, 4, 4)),
    Case(
        "Conv2DTranspose",
        lambda L: L.Conv2DTranspose(3, 3, strides=2, output_padding=1),
        (2, 3, 4, 4),
        values=False,
    ),
    Case("Conv3DTranspose", lambda L: L.Conv3DTranspose(3, 2, strides=2), (2, 2, 3, 2, 4)),
]

POOLING = [
    Case("MaxPooling1D", lambda L: L.MaxPooling1D(), (2, 7, 3)),
    Case("MaxPooling2D", lambda L: L.MaxPooling2D((2, 3), 2, data_format="channels_first"), (2, 3, 7, 8)),
    Case("MaxPooling3D", lambda L: L.MaxPooling3D(strides=1), (2, 3, 4, 5, 2)),
    Case("AveragePooling1D", lambda L: L.AveragePooling1D(2, strides=1), (2, 7, 3)),
    Case("AveragePooling2D", lambda L: L.AveragePooling2D((2, 3), name="pool"), (2, 7, 8, 3)),
    Case("AveragePooling3D", lambda L: L.AveragePooling3D(2), (2, 3, 4, 5, 2)),
    *(
        Case(
            f"Global{kind}Pooling{rank}D",
            functools.partial(_pool, f"Global{kind}Pooling{rank}D", options),
            shape,
        )
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
        for options, shape in [
            ({}, (2, *(5, 4, 3)[:rank], 3)),
            ({"data_format": "channels_first", "keepdims": True}, (2, 3, *(5, 4, 3)[:rank])),
        ]
    ),
    *(
        Case(
            f"Adaptive{kind}Pooling{rank}D",
            functools.partial(_pool, f"Adaptive{kind}Pooling{rank}D", options),
            shape,
        )
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
        for options, shape in [
            ({"output_size": 2}, (2, *(5, 4, 3)[:rank], 3)),
            ({"output_size": (3, 1, 2)[:rank], "data_format": "channels_first"}, (2, 3, *(5, 4, 3)[:rank])),
        ]
    ),
]

REGULARIZATION = [
    Case("Dropout", lambda L: L.Dropout(0.0), (2, 5)),
    Case("Dropout", lambda L: L.Dropout(0.5, (None, 1), seed=1), (2, 5), random=True),
    Case("SpatialDropout1D", lambda L: L.SpatialDropout1D(0.5, seed=1), (2, 4, 3), random=True),
    Case("SpatialDropout2D", lambda L: L.SpatialDropout2D(0.5, "channels_first"), (2, 4, 3, 2), random=True),
    Case("SpatialDropout3D", lambda L: L.SpatialDropout3D(0.5, name="drop"), (2, 4, 3, 2, 2), random=True),
    Case("GaussianNoise", lambda L: L.GaussianNoise(0.5, seed=1), (2, 5), random=True),
    Case("GaussianDropout", lambda L: L.GaussianDropout(0.5), (2, 5), random=True),
    Case("AlphaDropout", lambda L: L.AlphaDropout(0.5, noise_shape=(2, 1)), (2, 5), random=True),
    Case("ActivityRegularization", lambda L: L.ActivityRegularization(l1=0.5), (2, 5)),
]

ACTIVATIONS = [
    Case("ReLU", lambda L: L.ReLU(), (2, 5)),
    Case("ReLU", lambda L: L.ReLU(1, 0.1, threshold=0.2), (2, 5)),
    Case("LeakyReLU", lambda L: L.LeakyReLU(), (2, 5)),
    Case("PReLU", lambda L: L.PReLU("ones", alpha_regularizer="l1"), (2, 5)),
    Case("PReLU", lambda L: L.PReLU(shared_axes=[1, 2]), (2, 4, 3, 5)),
    Case("ELU", lambda L: L.ELU(0.5), (2, 5)),
    Case("Softmax", lambda L: L.Softmax(), (2, 5)),
    Case("Softmax", lambda L: L.Softmax((1, 2)), (2, 5, 3)),
    Case(
        "Softmax",
        lambda L: L.Softmax(1),
        (2, 3),
        call={"mask": torch.tensor([[True, False, True]])},
    ),
]

_PAIR = [(2, 4, 3), (2, 4, 3)]
MERGING = [
    *(
        Case(name, functools.partial(_pool, name, {}), shapes)
        for name in ("Add", "Multiply", "Average", "Maximum", "Minimum")
        for shapes in ([*_PAIR, (2, 4, 3)], [(2, 4, 3), (2, 1, 3)], [(2, 4, 3), (2, 3)])
    ),
    Case("Subtract", lambda L: L.Subtract(), _PAIR),
    Case("Concatenate", lambda L: L.Concatenate(), [(2, 4, 3), (2, 4, 5)]),
    Case("Concatenate", lambda L: L.Concatenate(axis=1), [(2, 4, 3), (2, 1, 3), (2, 2, 3)]),
    Case("Dot", lambda L: L.Dot(1), [(2, 5), (2, 5)]),
    Case("Dot", lambda L: L.Dot((2, 1), normalize=True), [(2, 4, 3), (2, 3, 5)]),
    Case("Dot", lambda L: L.Dot(-1), [(2, 4, 3), (2, 3)]),
    Case("Dot", lambda L: L.Dot([1, 2]), [(2, 4, 3, 2), (2, 5, 4)]),
]

_STEPS = torch.tensor([[True, True, False, False], [True] * 4])
NORMALIZATION = [
    Case("BatchNormalization", lambda L: L.BatchNormalization(momentum=0.5), (6, 3)),
    Case("BatchNormalization", lambda L: L.BatchNormalization(axis=1, epsilon=0.1), (6, 3, 4)),
    Case("BatchNormalization", lambda L: L.BatchNormalization(scale=False), (6, 3, 4)),
    Case(
        "BatchNormalization",
        lambda L: L.BatchNormalization(center=False, gamma_regularizer="l2"),
        (2, 3, 4, 5),
    ),
    Case("BatchNormalization", lambda L: L.BatchNormalization(axis=1), (2, 3, 4, 5)),
    Case("BatchNormalization", lambda L: L.BatchNormalization(trainable=False), (2, 3, 4)),
    Case(
        "BatchNormalization", lambda L: L.BatchNormalization(momentum=0.5), (2, 4, 3), call={"mask": _STEPS}
    ),
    Case("BatchNormalization", lambda L: L.BatchNormalization(), (1, 3)),
    Case(
        "BatchNormalization",
        lambda L: L.BatchNormalization(
            renorm=True,
            momentum=0.5,
            renorm_momentum=0.7,
            renorm_clipping={"rmax": 1.5, "rmin": 0.5, "dmax": 0.3},
        ),
        (6, 3),
    ),
    Case("LayerNormalization", lambda L: L.LayerNormalization(), (2, 3, 4)),
    Case(
        "LayerNormalization",
        lambda L: L.LayerNormalization(axis=1, scale=False),
        (2, 3, 4),
        values=False,
        config=False,
    ),
    Case("LayerNormalization", lambda L: L.LayerNormalization(axis=[1, 3], epsilon=0.1), (2, 3, 4, 5)),
    Case("LayerNormalization", lambda L: L.LayerNormalization(axis=(2, 3), center=False), (2, 3, 4, 5)),
    Case("LayerNormalization", lambda L: L.LayerNormalization(rms_scaling=True), (2, 3, 4)),
    Case("GroupNormalization", lambda L: L.GroupNormalization(2), (2, 3, 4)),
    Case("GroupNormalization", lambda L: L.GroupNormalization(-1, axis=1, center=False), (2, 3, 4, 5)),
    Case("GroupNormalization", lambda L: L.GroupNormalization(3, scale=False, epsilon=0.1), (2, 4, 5, 6)),
    Case("RMSNormalization", lambda L: L.RMSNormalization(), (2, 3, 4)),
    Case(
        "RMSNormalization",
        lambda L: L.RMSNormalization(axis=1, epsilon=0.1),
        (2, 3, 4),
        values=False,
        config=False,
    ),
    Case("UnitNormalization", lambda L: L.UnitNormalization(), (2, 3, 4)),
    Case("UnitNormalization", lambda L: L.UnitNormalization(axis=[1, 2]), (2, 3, 4)),
]

STFT = {"values": False, "symbolic": False, "config": False}  # Keras makes it only where there is scipy
AUDIO = [
    Case("STFTSpectrogram", lambda L: L.STFTSpectrogram(frame_length=16), (2, 40, 2), **STFT),
    Case(
        "STFTSpectrogram",
        lambda L: L.STFTSpectrogram("magnitude", 12, 5, expand_dims=True),
        (2, 40, 2),
        **STFT,
    ),
    Case(
        "STFTSpectrogram", lambda L: L.STFTSpectrogram("psd", 16, 4, 32, padding="same"), (2, 40, 2), **STFT
    ),
    Case("STFTSpectrogram", lambda L: L.STFTSpectrogram("real", 16, window=None), (2, 40, 1)),
    Case("STFTSpectrogram", lambda L: L.STFTSpectrogram("imag", 16, scaling="spectrum"), (2, 40, 1), **STFT),
    Case("STFTSpectrogram", lambda L: L.STFTSpectrogram("stft", 16, window=None), (2, 40, 2)),
    Case("STFTSpectrogram", lambda L: L.STFTSpectrogram("angle", 16, window="hamming"), (2, 40, 1), **STFT),
    Case("MelSpectrogram", lambda L: L.MelSpectrogram(64, 16, num_mel_bins=8), (2, 200), half=False),
    Case(
        "MelSpectrogram",
        lambda L: L.MelSpectrogram(64, 16, 48, None, num_mel_bins=9, mag_exp=1.0, top_db=9.0),
        (2, 99),
        half=False,
    ),
    Case(
        "Pipeline",
        lambda L: L.Pipeline([L.Rescaling(2.0), L.CenterCrop(2, 2)]),
        (2, 4, 4, 3),
        half=False,
        config=False,
    ),
]
IMAGE_CASES = [
    Case(name, make, (2, 8, 8, 3), call={"training": False}, random=True, **dict(*options))
    for name, make, *options in IMAGES
]

DATA_CASES = [
    Case(name, make, shapes, dtype, **(options[0] if options else {}))
    for name, make, shapes, dtype, *options in DATA
]

CASES = CORE + RESHAPING + CONVOLUTION + POOLING + REGULARIZATION + ACTIVATIONS + MERGING + NORMALIZATION
CASES += RECURRENT + CONV_LSTM + ATTENTION + WRAPPERS + AUDIO + IMAGE_CASES + DATA_CASES
