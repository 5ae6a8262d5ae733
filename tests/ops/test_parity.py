"""Every op against the real Keras on torch: value, dtype, gradient, and the shape inferred for symbolic
inputs.
"""

import keras as oracle
import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch import ops
from kerastorch.core import tree


def f(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype("float32")


def pos(*shape):
    return np.random.default_rng(1 + len(shape)).uniform(0.1, 0.9, size=shape).astype("float32")


def i(*shape, high=5):
    return np.random.default_rng(2 + len(shape)).integers(0, high, size=shape).astype("int32")


def b(*shape):
    return i(*shape, high=2).astype(bool)


def square(n):
    return f(n, n) + 3 * np.eye(n, dtype="float32")


def row(name, *args, **kwargs):
    return pytest.param(name, args, kwargs, id=f"{name}-{_label(args, kwargs)}")


def _label(args, kwargs):
    shown = [f"{a.dtype}{list(a.shape)}" if isinstance(a, np.ndarray) else str(a)[:20] for a in args]
    return ",".join([*shown, *(f"{k}={v}" for k, v in kwargs.items() if not isinstance(v, np.ndarray))])


UNARY = [
    *("absolute", "abs", "fabs", "sign", "negative", "square", "exp", "expm1", "exp2", "sin", "cos"),
    *("tan", "sinh", "cosh", "tanh", "arctan", "arcsinh", "floor", "ceil", "trunc", "isnan", "isinf"),
    *("isfinite", "isposinf", "isneginf", "logical_not", "sinc", "erf", "erfc", "i0", "signbit"),
    *("deg2rad", "rad2deg", "cbrt", "nan_to_num", "real", "conj", "angle", "reciprocal", "round"),
    *("ravel", "copy", "ones_like", "zeros_like", "isreal", "transpose", "flip", "relu", "relu6"),
    *("sigmoid", "silu", "selu", "elu", "gelu", "softplus", "softsign", "log_sigmoid"),
    *("hard_sigmoid", "hard_silu", "hard_tanh", "tanh_shrink", "soft_shrink", "hard_shrink"),
    *("sparse_plus", "sparse_sigmoid", "squareplus", "leaky_relu", "celu", "softmax", "log_softmax"),
    *("glu", "sum", "mean", "max", "min", "prod", "std", "var", "any", "all", "argmax", "argmin"),
    *("count_nonzero", "cumsum", "cumprod", "amax", "amin", "ptp", "median", "logsumexp", "norm"),
    *("nansum", "nanmean", "nanmax", "nanmin", "nanprod", "nanstd", "nanvar", "nanmedian", "sort"),
    *("argsort", "size", "ndim", "squeeze", "average", "nancumsum", "nancumprod", "nanargmax"),
    *("nanargmin", "trace", "tril", "triu", "diag", "diagonal", "flipud", "fliplr", "rot90", "diff"),
]
POSITIVE = [
    *("sqrt", "rsqrt", "log", "log10", "log2", "log1p", "arcsin", "arccos", "arctanh", "erfinv"),
]
INTEGER = [
    *("absolute", "sign", "negative", "square", "exp", "sin", "sqrt", "floor", "ceil", "round"),
    *("sum", "prod", "mean", "max", "min", "std", "var", "any", "all", "argmax", "cumsum", "cumprod"),
    *("count_nonzero", "median", "sort", "argsort", "ones_like", "logical_not", "sigmoid", "tanh"),
    *("trace", "bitwise_not", "isnan", "average"),
]
BINARY = [
    *("add", "subtract", "multiply", "divide", "true_divide", "maximum", "minimum", "floor_divide"),
    *("mod", "power", "arctan2", "equal", "not_equal", "greater", "greater_equal", "less"),
    *("less_equal", "logical_and", "logical_or", "logical_xor", "hypot", "logaddexp", "logaddexp2"),
    *("fmax", "fmin", "fmod", "isclose", "divide_no_nan", "heaviside"),
]
OVER_AXIS = [
    *("sum", "mean", "max", "min", "prod", "std", "var", "any", "all", "argmax", "argmin"),
    *("logsumexp", "amax", "amin", "median", "ptp", "norm", "nanmean"),
]

ROWS = [
    *(row(name, f(3, 4)) for name in UNARY),
    *(row(name, pos(3, 3)) for name in POSITIVE),
    *(row(name, i(3, 4)) for name in INTEGER),
    *(
        row(name, i(3, 4).astype(dtype))
        for name in ("sum", "mean", "max", "std", "any")
        for dtype in ("bool", "uint8", "int8", "int16")
    ),
    *(row(name, pos(3, 4), pos(4)) for name in BINARY),
    *(row(name, i(3, 4) + 1, i(4) + 1) for name in BINARY),
    *(
        row(name, f(3, 4), 2)
        for name in ("add", "subtract", "multiply", "divide", "maximum", "power", "mod", "equal")
    ),
    *(row(name, i(3, 4), 2.5) for name in ("add", "subtract", "multiply", "divide", "maximum", "less")),
    *(row(name, 2, i(3, 4) + 1) for name in ("add", "subtract", "divide", "power", "greater")),
    *(row(name, i(3, 4), f(4)) for name in ("add", "multiply", "divide", "maximum")),
    *(
        row(name, i(4), i(4))
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "gcd", "lcm")
    ),
    *(row(name, f(2, 3, 4), axis=axis) for name in OVER_AXIS for axis in (1, -1)),
    *(
        row(name, f(2, 3, 4), axis=(0, 2))
        for name in ("sum", "mean", "max", "std", "var", "logsumexp", "median")
    ),
    *(
        row(name, f(2, 3, 4), axis=1, keepdims=True)
        for name in ("sum", "mean", "argmax", "std", "median", "any")
    ),
    *(
        row(name, f(2, 3, 4), axis=1)
        for name in ("cumsum", "cumprod", "sort", "argsort", "softmax", "log_softmax")
    ),
    *(
        row(name, f(3, 4), axis=())
        for name in (
            "sum",
            "mean",
            "max",
            "min",
            "var",
            "any",
            "all",
            "amax",
            "amin",
            "nansum",
            "nanmax",
        )
    ),
    *(
        row(name, empty)
        for empty in (f(0), f(0, 3), f(2, 0))
        for name in ("sum", "prod", "any", "all", "exp", "relu")
    ),
    *(row(name, f(0, 3), axis=1) for name in ("sum", "mean", "softmax", "cumsum", "sort")),
    *(row(name, f(0, 3), f(3)) for name in ("add", "multiply", "maximum", "equal", "power")),
    row("matmul", f(0, 3), f(3, 4)),
    row("concatenate", [f(0, 3), f(2, 3)]),
    row("reshape", f(0, 3), (3, 0)),
    row("transpose", f(0, 3)),
    row("max", f(3), initial=9.0),
    row("arccosh", pos(3) + 1),
    row("clip", f(3, 4), -0.5, 0.5),
    row("clip", i(3, 4), 1, 3),
    row("clip", f(3, 4), f(4) - 1, f(4) + 1),
    row("ldexp", f(3), i(3)),
    row("nextafter", f(3), f(3) + 1),
    row("round", f(3, 4), decimals=2),
    row("gelu", f(3, 4), approximate=False),
    row("threshold", f(3, 4), 0.2, 7.0),
    row("glu", f(3, 4), axis=-1),
    row("saturate_cast", 200 * f(3, 4), "uint8"),
    row("saturate_cast", i(3, 4), "int8"),
    row("cast", f(3, 4), "int32"),
    row("cast", i(3, 4), "bool"),
    # shapes
    row("reshape", f(3, 4), (2, -1)),
    row("expand_dims", f(3, 4), 1),
    row("expand_dims", f(3, 4), (0, -1)),
    row("squeeze", f(3, 1, 4), axis=1),
    row("transpose", f(2, 3, 4), (2, 0, 1)),
    row("moveaxis", f(2, 3, 4), 0, -1),
    row("swapaxes", f(2, 3, 4), 0, 2),
    row("broadcast_to", f(4), (3, 4)),
    row("concatenate", [f(2, 3), f(1, 3)]),
    row("concatenate", [f(2, 3), i(2, 1)], axis=-1),
    row("stack", [f(2, 3), f(2, 3)], axis=1),
    row("vstack", [f(3), f(3)]),
    row("hstack", [f(3), f(3)]),
    row("dstack", [f(3), f(3)]),
    row("append", f(2, 3), f(4)),
    row("append", f(2, 3), f(2, 3), axis=0),
    row("split", f(4, 6), 2, axis=1),
    row("split", f(6), [1, 4]),
    row("array_split", f(7), 3),
    row("hsplit", f(4, 6), 2),
    row("hsplit", f(6), [2, 5]),
    row("vsplit", f(4, 6), [1, 3]),
    row("dsplit", f(2, 3, 4), 2),
    row("unstack", f(2, 3), axis=1),
    row("repeat", f(2, 3), 2, axis=1),
    row("repeat", f(2, 3), 2),
    row("tile", f(2, 3), (2, 1, 2)),
    row("flip", f(2, 3), axis=1),
    row("roll", f(2, 3), 1, axis=1),
    row("roll", f(2, 3), 2),
    row("rot90", f(2, 3), k=3),
    row("pad", f(2, 3), ((1, 0), (2, 1))),
    row("pad", f(4, 5), ((1, 2), (2, 1)), mode="reflect"),
    row("pad", f(2, 3), ((1, 0), (2, 1)), constant_values=3.0),
    row("take", f(3, 4), i(2, 2, high=3), axis=0),
    row("take", f(3, 4), np.array([-1, 0], "int32"), axis=1),
    row("take", f(3, 4), i(5)),
    row("take_along_axis", f(3, 4), i(3, 2, high=4), axis=1),
    row("take_along_axis", f(6), i(4), axis=0),
    row("diagonal", f(3, 4), offset=1),
    row("diag", f(3)),
    row("diagflat", f(3), k=1),
    row("tril", f(3, 3), k=1),
    row("triu", f(3, 3), k=-1),
    row("diff", f(3, 5), n=2),
    row("meshgrid", f(2), f(3)),
    row("meshgrid", f(2), f(3), indexing="ij"),
    row("unravel_index", i(3), (2, 3)),
    row("view", f(4), "int32"),
    row("depth_to_space", f(1, 2, 3, 8), 2),
    row("space_to_depth", f(1, 4, 6, 2), 2),
    row("get_item", f(3, 4), (slice(None), 1)),
    row("slice", f(3, 4), (1, 1), (2, 2)),
    row("slice_update", f(3, 4), (1, 1), f(2, 2)),
    row("scatter", i(4, 1, high=3), f(4, 2), (3, 2)),
    row("scatter_update", f(3, 4), np.array([[0, 1], [2, 3]], "int32"), f(2)),
    row("scatter_update", f(3, 4), np.array([[0], [2]], "int32"), f(2, 4)),
    row("scatter_update", f(3, 4), np.array([[0, 1], [2, 3]], "int32"), f(2), reduction="add"),
    row("scatter_update", f(3, 4), np.array([[0, 1], [2, 3]], "int32"), f(2), reduction="max"),
    row("where", b(3, 4), f(3, 4), f(4)),
    row("where", b(3, 4), f(3, 4), 0),
    row("where", b(3, 4), 1, i(3, 4)),
    row("select", [b(3), b(3)], [f(3), f(3)], 7.0),
    # search
    row("searchsorted", np.array([1.0, 2.0, 3.0], "float32"), 3 * pos(5)),
    row("digitize", f(5), np.array([-1.0, 0.0, 1.0], "float32")),
    row("bincount", i(7)),
    row("bincount", i(7), weights=f(7), minlength=8),
    row("bincount", i(2, 7), minlength=8),
    row("histogram", f(20), bins=5),
    row("isin", i(5), i(2)),
    row("top_k", f(3, 6), 2),
    row("in_top_k", i(3, high=4), f(3, 4), 2),
    row("unique", i(9)),
    row("unique", i(9), return_counts=True, return_inverse=True, return_index=True),
    row("quantile", f(3, 5), 0.3, axis=1),
    row("quantile", f(3, 5), np.array([0.2, 0.7], "float32"), axis=0, keepdims=True),
    row("quantile", f(9), 0.3, method="nearest"),
    row("percentile", f(3, 5), 30.0),
    row("nanquantile", f(3, 5), 0.3, axis=1),
    row("nanpercentile", f(3, 5), 30.0, axis=1),
    row("average", f(3), weights=pos(3)),
    row("average", f(3, 4), axis=1),
    row("trapezoid", f(3, 4), dx=0.5),
    row("corrcoef", f(3, 8)),
    row("allclose", f(3), f(3)),
    row("argpartition", np.array([3, 1, 2], "int32"), 1),
    *(row(f"segment_{kind}", f(6, 2), np.array([0, 0, 1, 1, 1, 2], "int32")) for kind in ("sum", "max")),
    row("segment_min", pos(6, 2), np.array([0, 0, 1, 1, 1, 2], "int32")),
    row("segment_prod", pos(6, 2), np.array([0, 0, 1, 1, 1, 2], "int32")),
    row("segment_sum", f(6), np.array([0, 2, 1, 1, 0, 2], "int32"), num_segments=4),
    # creation
    row("arange", 5),
    row("arange", 1.0, 2.0, 0.25),
    row("arange", 1, 7, 2, dtype="float32"),
    row("linspace", 0, 1, 5),
    row("linspace", 0.0, 1.0, 5, endpoint=False),
    row("linspace", f(3), f(3) + 1, 4),
    row("logspace", 0.0, 2.0, 5),
    row("geomspace", 1.0, 100.0, 5),
    row("zeros", (2, 3)),
    row("ones", (2, 3), dtype="int32"),
    row("full", (2, 3), 4.0),
    row("full_like", f(2), 3),
    row("eye", 3, 4, k=1),
    row("identity", 3),
    row("tri", 3, 4, k=-1),
    row("vander", f(3), 4),
    *(row(name, 7) for name in ("hanning", "hamming", "blackman", "bartlett")),
    row("kaiser", 7, 5.0),
    row("one_hot", i(3, 2), 5),
    row("one_hot", i(3, 2), 5, axis=1, dtype="int32"),
    row("multi_hot", i(3, 2), 5),
    row("view_as_complex", f(3, 2)),
    row("view_as_real", f(3, 2).astype("complex64")),
    row("polar", pos(3, 4), f(3, 4)),
    # linear algebra
    row("matmul", f(2, 3), f(3, 4)),
    row("matmul", f(5, 2, 3), f(3, 4)),
    row("matmul", i(2, 3), i(3, 4)),
    row("matmul", i(2, 3).astype("int8"), i(3, 4).astype("int8")),
    row("matmul", f(3), f(3)),
    row("dot", f(2, 3), f(3)),
    row("tensordot", f(2, 3, 4), f(4, 3), axes=[[1, 2], [1, 0]]),
    row("tensordot", f(2, 3, 4), f(3, 4, 5), axes=2),
    row("inner", f(2, 3), f(4, 3)),
    row("outer", f(2, 3), f(4)),
    row("vdot", f(3), f(3)),
    row("kron", f(2, 2), f(2, 3)),
    row("cross", f(4, 3), f(4, 3)),
    row("einsum", "bij,bjk->bik", f(2, 3, 4), f(2, 4, 5)),
    row("einsum", "ij->ji", f(2, 3)),
    row("normalize", f(3, 4)),
    row("normalize", f(3, 4), axis=0, order=1),
    row("correlate", f(6), f(3)),
    row("correlate", f(6), f(3), mode="full"),
    row("correlate", f(6), f(3), mode="same"),
    row("det", square(3)),
    row("slogdet", square(3)),
    row("logdet", square(3) @ square(3).T),
    row("cdist", f(3, 4), pos(5, 4)),
    row("inv", square(3)),
    row("pinv", f(4, 3)),
    row("cholesky", square(3) @ square(3).T),
    row("cholesky", square(3) @ square(3).T, upper=True),
    row("solve", square(3), f(3, 2)),
    row("solve", square(3), f(3)),
    row("solve_triangular", np.tril(square(3)), f(3, 2), lower=True),
    row("lstsq", f(4, 3), f(4)),
    row("svd", f(4, 3), compute_uv=False),
    row("eigh", square(3) + square(3).T),
    row("lu_factor", square(3)),
    row("matrix_rank", f(4, 3)),
    row("norm", f(3, 4), ord="fro"),
    row("norm", f(3, 4), ord="nuc"),
    row("norm", f(3, 4), ord=1, axis=1),
    row("norm", f(3, 4), ord=np.inf, axis=-1, keepdims=True),
    # networks
    row("moments", f(3, 4), axes=[0]),
    row("batch_normalization", f(3, 4), f(4), pos(4), -1, f(4), pos(4)),
    row("batch_normalization", f(3, 4, 2), f(4), pos(4), 1),
    row("layer_normalization", f(3, 4), f(4), pos(4)),
    row("rms_normalization", f(3, 4), f(4)),
    row("binary_crossentropy", b(3, 4).astype("float32"), pos(3, 4)),
    row("binary_crossentropy", b(3, 4).astype("float32"), f(3, 4), from_logits=True),
    row("categorical_crossentropy", np.eye(4, dtype="float32")[i(3, high=4)], pos(3, 4)),
    row("categorical_crossentropy", np.eye(4, dtype="float32")[i(3, high=4)], f(3, 4), from_logits=True),
    row("sparse_categorical_crossentropy", i(3, high=4), f(3, 4), from_logits=True),
    row("ctc_loss", 1 + i(2, 3, high=3), f(2, 8, 5), np.array([2, 3], "int32"), np.array([8, 7], "int32")),
    row("dot_product_attention", f(2, 5, 4, 8), f(2, 6, 4, 8), f(2, 6, 4, 8)),
    row("dot_product_attention", f(2, 5, 4, 8), f(2, 5, 4, 8), f(2, 5, 4, 8), is_causal=True),
    row("dot_product_attention", f(2, 5, 4, 8), f(2, 6, 4, 8), f(2, 6, 4, 8), bias=f(2, 4, 5, 6)),
    *(
        row(f"adaptive_{kind}_pool", f(2, *sizes, 3), (size,) * len(sizes))
        for kind in ("max", "average")
        for sizes in ((7,), (7, 6), (4, 5, 6))
        for size in (1, 3)
    ),
    row("adaptive_max_pool", f(2, 3, 7, 6), (2, 4), data_format="channels_first"),
    row("psnr", pos(3, 4), pos(3, 4) * 0.5, 1.0),
    row("unfold", f(1, 2, 5, 5), 3),
    row("fold", f(1, 8, 4), (4, 4), 2, stride=2),
    row("extract_sequences", f(2, 8), 3, 2),
    row("rfft", f(2, 8)),
    row("rfft", f(2, 8), fft_length=6),
    row("fft", (f(2, 8), f(2, 8))),
    row("fft2", (f(4, 8), f(4, 8))),
    row("ifft2", (f(4, 8), f(4, 8))),
    row("irfft", (f(2, 5), f(2, 5))),
    row("stft", f(2, 32), 8, 4, 16),
    row("stft", f(2, 32), 8, 4, 8, window="hamming", center=False),
]
# Without a gradient in torch or in Keras on torch, or with a different choice among equal values.
NO_GRADIENT = {
    *("view", "median", "nanmedian", "prod", "nanprod", "cumprod", "eigh", "svd", "lu_factor", "matrix_rank"),
    *("floor_divide", "heaviside", "histogram", "bincount", "scatter_update", "vander"),
}
NO_HALF = {"erfinv", "sinc", "isreal"}
INT32 = {"top_k", "unique", "size"}  # int32 as on TensorFlow, int64 in Keras on torch


def to_torch(x, requires_grad=False):
    if isinstance(x, np.ndarray):
        return torch.tensor(x, requires_grad=requires_grad and x.dtype == np.float32)
    if isinstance(x, (list, tuple)) and any(isinstance(part, np.ndarray) for part in x):
        return type(x)(to_torch(part, requires_grad) for part in x)
    return x


def run(module, name, args, kwargs, backward):
    args = [to_torch(a, backward) for a in args]
    kwargs = {key: to_torch(value, backward) for key, value in kwargs.items()}
    outputs = [x for x in tree.flatten(getattr(module, name)(*args, **kwargs)) if isinstance(x, torch.Tensor)]
    outputs = [torch.view_as_real(x) if x.is_complex() else x for x in outputs]
    gradients = []
    if backward:
        loss = sum(
            (x * torch.cos(torch.arange(x.numel()).reshape(x.shape))).sum()
            for x in outputs
            if x.requires_grad
        )
        inputs = [x for x in tree.flatten((args, kwargs)) if isinstance(x, torch.Tensor) and x.requires_grad]
        if inputs and isinstance(loss, torch.Tensor):
            gradients = torch.autograd.grad(loss, inputs, allow_unused=True)
    return outputs, gradients


@pytest.mark.parametrize("name, args, kwargs", ROWS)
def test_value_dtype_and_gradient(name, args, kwargs):
    backward = name not in NO_GRADIENT
    expected, expected_gradients = run(oracle.ops, name, args, kwargs, backward)
    actual, gradients = run(ops, name, args, kwargs, backward)
    assert len(actual) == len(expected)
    for mine, theirs in zip(actual, expected):
        assert mine.shape == theirs.shape
        assert mine.dtype == theirs.dtype or (name in INT32 and mine.dtype == torch.int32)
        torch.testing.assert_close(mine, theirs.to(mine.dtype), rtol=1e-5, atol=2e-6, equal_nan=True)
    for mine, theirs in zip(gradients, expected_gradients):
        assert (mine is None) == (theirs is None)
        if mine is not None:
            torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=5e-6, equal_nan=True)


@pytest.mark.parametrize("name, args, kwargs", ROWS)
def test_symbolic_shape_is_the_eager_shape(name, args, kwargs):
    def symbolic(x):
        if isinstance(x, np.ndarray):
            return keras.KerasTensor(x.shape, dtype=x.dtype.name)
        if isinstance(x, (list, tuple)) and any(isinstance(part, np.ndarray) for part in x):
            return type(x)(symbolic(part) for part in x)
        return x

    if not any(isinstance(x, np.ndarray) for x in tree.flatten(args)):
        return
    eager = tree.flatten(run(ops, name, args, kwargs, False)[0])
    inferred = tree.flatten(
        getattr(ops, name)(*(symbolic(a) for a in args), **{k: symbolic(v) for k, v in kwargs.items()})
    )
    inferred = [x for x in inferred if isinstance(x, keras.KerasTensor)]
    for mine, real in zip(inferred, eager):
        assert len(mine.shape) == real.ndim - (mine.dtype == "complex64")
        assert all(size in (None, actual) for size, actual in zip(mine.shape, real.shape))
        assert mine.dtype == keras.backend.standardize_dtype(real.dtype) or mine.dtype == "complex64"


HALF = [
    *(row(name, pos(3, 4)) for name in (*UNARY, "sqrt", "log", "log1p", "rsqrt") if name not in NO_HALF),
    *(row(name, pos(3, 4), pos(4)) for name in BINARY),
    row("matmul", f(2, 3), f(3, 4)),
    row("einsum", "bij,bjk->bik", f(2, 3, 4), f(2, 4, 5)),
    row("layer_normalization", f(3, 4), f(4), pos(4)),
    row("rms_normalization", f(3, 4), f(4)),
    row("dot_product_attention", f(2, 5, 4, 8), f(2, 6, 4, 8), f(2, 6, 4, 8)),
]


def narrow(x, dtype):
    if isinstance(x, np.ndarray):
        return torch.tensor(x).to(dtype)
    return [narrow(part, dtype) for part in x] if isinstance(x, list) else x


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name, args, kwargs", HALF)
def test_half_precision(name, args, kwargs, dtype):
    values = []
    for module in (oracle.ops, ops):
        found = getattr(module, name)(*(narrow(a, dtype) for a in args), **kwargs)
        values.append([x for x in tree.flatten(found) if isinstance(x, torch.Tensor)])
    for mine, theirs in zip(values[1], values[0]):
        assert mine.dtype == theirs.dtype or (name in INT32 and mine.dtype == torch.int32)
        coarse = 0.02 if dtype is torch.bfloat16 else 0.003
        torch.testing.assert_close(mine, theirs.to(mine.dtype), rtol=coarse, atol=coarse, equal_nan=True)
