"""Record what tf.keras.backend gives: `python tests/record_backend.py` writes tests/backend_of_tensorflow.json."""

import json
import pathlib

import numpy as np
import tensorflow as tf

K = tf.keras.backend


def a(*shape, dtype="float32"):
    """An array of numbers between -1.5 and 1.5 that look random."""
    n = int(np.prod(shape))
    return (np.sin(np.arange(1, n + 1) * 12.9898) * 1.5).astype(dtype).reshape(shape)


def p(*shape):
    """Probabilities along the last axis."""
    e = np.exp(a(*shape))
    return (e / e.sum(-1, keepdims=True)).astype("float32")


ints = np.array([[3, 1, 2], [0, 2, 1]], "int32")
labels, one = np.array([2, 0], "int32"), np.eye(3, dtype="float32")[[2, 0]]
binary, unit = np.array([[1, 0, 1], [0, 0, 1]], "float32"), (a(2, 3) + 1.5) / 3
mask = np.array([[True, True, False], [False, True, True]])
image, volume = a(2, 5, 6, 3), a(2, 4, 4, 5, 2)
first, axis = {"data_format": "channels_first"}, {"axis": 1, "keepdims": True}

ROWS = [
    *[
        (n, [a(2, 3)])
        for n in [
            "abs",
            "exp",
            "cos",
            "sin",
            "sign",
            "square",
            "sigmoid",
            "softplus",
            "softsign",
            "tanh",
            "sqrt",
            "round",
            "elu",
        ]
    ],
    *[
        (n, [a(2, 3)])
        for n in [
            "hard_sigmoid",
            "relu",
            "softmax",
            "sum",
            "prod",
            "mean",
            "std",
            "var",
            "max",
            "min",
            "argmax",
            "argmin",
        ]
    ],
    *[
        (n, [a(2, 3)])
        for n in [
            "flatten",
            "transpose",
            "zeros_like",
            "ones_like",
            "cumsum",
            "cumprod",
            "l2_normalize",
        ]
    ],
    *[(n, [a(2, 3)], axis) for n in ["sum", "prod", "mean", "std", "var", "max", "min"]],
    *[
        (n, [a(2, 3), a(2, 3) * [1, -1, 1]])
        for n in ["maximum", "minimum", "equal", "not_equal", "less", "less_equal"]
    ],
    *[(n, [a(2, 3), a(2, 3) * [1, -1, 1]]) for n in ["greater", "greater_equal"]],
    ("log", [unit]),
    ("pow", [unit, 3.0]),
    ("clip", [a(2, 3), -0.5, 0.5]),
    ("any", [mask], {"axis": 1}),
    ("all", [mask], {"axis": 1}),
    ("any", [ints], {"axis": 1}),
    ("all", [ints]),
    ("softmax", [a(2, 3)], {"axis": 0}),
    ("elu", [a(2, 3)], {"alpha": 0.3}),
    ("relu", [a(2, 3)], {"alpha": 0.2}),
    ("relu", [a(2, 3)], {"max_value": 0.5}),
    ("relu", [a(2, 3)], {"alpha": 0.2, "max_value": 1.0, "threshold": 0.3}),
    ("relu", [a(2, 3)], {"threshold": 0.3}),
    ("l2_normalize", [a(2, 3)], {"axis": 1}),
    ("argmax", [a(2, 3)], {"axis": 0}),
    ("cumsum", [a(2, 3)], {"axis": 1}),
    ("cumprod", [a(2, 3)], {"axis": 1}),
    ("cast", [a(2, 3), "int32"]),
    ("cast_to_floatx", [ints]),
    ("arange", [4]),
    ("arange", [1, 7, 2]),
    ("arange", [-3]),
    ("arange", [0, 1, 0.25, "float32"]),
    ("eye", [3]),
    ("ones", [[2, 3]]),
    ("zeros", [[2, 3], "int32"]),
    ("constant", [[1, 2]]),
    ("constant", [3, "int32", [2, 2]]),
    ("dot", [a(2, 3), a(3, 4)]),
    ("dot", [a(2, 3, 4), a(5, 4, 2)]),
    ("batch_dot", [a(2, 3), a(2, 3)], {"axes": 1}),
    ("batch_dot", [a(2, 3, 4), a(2, 4, 5)]),
    ("batch_dot", [a(2, 3, 4), a(2, 5, 4)], {"axes": 2}),
    ("batch_dot", [a(2, 3, 4), a(2, 5, 3)], {"axes": [1, 2]}),
    ("batch_dot", [a(2, 3, 4), a(2, 4)]),
    ("batch_dot", [a(2, 4), a(2, 3, 4)], {"axes": [1, 2]}),
    ("batch_dot", [a(2, 3, 4, 5), a(2, 5, 6)], {"axes": [3, 1]}),
    ("reshape", [a(2, 3), [3, -1]]),
    ("batch_flatten", [a(2, 3, 2)]),
    ("expand_dims", [a(2, 3), 1]),
    ("squeeze", [a(2, 1, 3), 1]),
    ("permute_dimensions", [a(2, 3, 4), [2, 0, 1]]),
    ("tile", [a(2, 3), [2, 1]]),
    ("concatenate", [[a(2, 3), a(2, 1)]]),
    ("stack", [[a(2, 3), a(2, 3)]], {"axis": 1}),
    ("repeat", [a(2, 3), 2]),
    ("repeat_elements", [a(2, 3), 2, 1]),
    ("reverse", [a(2, 3), 1]),
    ("reverse", [a(2, 3), [0, 1]]),
    ("gather", [a(4, 3), np.array([[2, 0], [1, 1]], "int32")]),
    ("one_hot", [ints, 4]),
    ("temporal_padding", [a(2, 3, 2)], {"padding": [2, 1]}),
    ("spatial_2d_padding", [image], {"padding": [[1, 2], [0, 1]]}),
    ("spatial_2d_padding", [image], {"padding": [[1, 2], [0, 1]], **first}),
    ("spatial_3d_padding", [volume], {"padding": [[1, 2], [0, 1], [1, 0]]}),
    ("resize_images", [image, 2, 3, "channels_last"]),
    ("resize_images", [image, 2, 2, "channels_first"]),
    ("resize_images", [image, 2, 2, "channels_last", "bilinear"]),
    ("resize_volumes", [a(1, 2, 2, 2, 1), 1, 2, 3, "channels_last"]),
    ("in_top_k", [a(2, 3), labels, 2]),
    ("bias_add", [image, a(3)]),
    ("bias_add", [image, a(5, 6, 3)]),
    ("bias_add", [image, a(5)], first),
    ("bias_add", [image, a(6, 3, 5)], first),
    ("bias_add", [a(2, 3), a(3)]),
    ("batch_normalization", [image, a(3), unit[0], a(3), a(3) * 2]),
    ("conv1d", [a(2, 7, 3), a(3, 3, 2)]),
    ("conv1d", [a(2, 7, 3), a(3, 3, 2)], {"padding": "same", "strides": 2}),
    ("conv1d", [a(2, 7, 3), a(3, 3, 2)], {"padding": "causal", "dilation_rate": 2}),
    ("conv2d", [image, a(3, 2, 3, 4)], {"strides": [2, 1], "padding": "same"}),
    ("conv2d", [image, a(3, 2, 3, 4)]),
    ("conv2d", [image, a(3, 2, 3, 4)], {"dilation_rate": [2, 1]}),
    ("conv3d", [volume, a(2, 2, 2, 2, 3)], {"padding": "same"}),
    ("depthwise_conv2d", [image, a(3, 3, 3, 2)], {"padding": "same"}),
    ("separable_conv2d", [image, a(3, 3, 3, 2), a(1, 1, 6, 4)]),
    *[
        ("conv2d_transpose", [a(2, 3, 3, 4), a(k, k, 2, 4), [2, n, n, 2], [2, 2], "same"])
        for k, n in [(3, 6), (3, 5), (2, 6), (2, 5), (5, 6)]
    ],
    *[
        ("conv2d_transpose", [a(2, 3, 3, 4), a(k, k, 2, 4), [2, n, n, 2], [2, 2]])
        for k, n in [(3, 7), (3, 8), (2, 6), (5, 9)]
    ],
    *[
        ("pool2d", [image, [2, 3]], {"pool_mode": m, "padding": q, "strides": [2, 1]})
        for m in ("max", "avg")
        for q in ("same", "valid")
    ],
    ("pool3d", [volume, [2, 2, 2]], {"pool_mode": "avg"}),
    ("binary_crossentropy", [binary, unit]),
    ("binary_crossentropy", [binary, a(2, 3), True]),
    ("binary_crossentropy", [binary, binary]),
    ("binary_focal_crossentropy", [binary, unit]),
    ("binary_focal_crossentropy", [binary, a(2, 3), True, 0.3, 1.5, True]),
    ("categorical_crossentropy", [one, unit]),
    ("categorical_crossentropy", [one, a(2, 3), True]),
    ("categorical_focal_crossentropy", [one, unit]),
    ("categorical_focal_crossentropy", [one, a(2, 3), 0.3, 1.0, True]),
    ("sparse_categorical_crossentropy", [labels, unit]),
    ("sparse_categorical_crossentropy", [labels, a(2, 3), True]),
    ("sparse_categorical_crossentropy", [labels, unit], {"ignore_class": 0}),
    ("ctc_batch_cost", [np.array([[1, 2], [3, 0]]), p(2, 6, 5), np.array([[6], [5]]), np.array([[2], [1]])]),
    ("ctc_decode", [p(2, 6, 5), np.array([6, 5])]),
    ("ctc_decode", [p(2, 6, 5), np.array([6, 5]), False, 10, 2]),
    *[
        (
            "rnn",
            [a(2, 3, 2), [a(2, 2)], back],
            {"zero_output_for_mask": zero, "time_major": False, "mask": kept},
        )
        for back in (False, True)
        for zero in (False, True)
        for kept in (None, mask)
    ],
    ("rnn", [a(3, 2, 2), [a(2, 2)]], {"time_major": True}),
    ("rnn", [a(2, 3, 2), [a(2, 2)]], {"return_all_outputs": False}),
]


def written(x):
    if isinstance(x, (list, tuple)):
        return [written(part) for part in x]
    if isinstance(x, tf.Tensor | tf.Variable):
        x = np.asarray(x)
    if isinstance(x, np.ndarray):
        x = x.astype("float32") if x.dtype == np.float64 else x
        values = x.astype("float64") if x.dtype.kind == "f" else x
        flat = [float(f"{v:.8g}") if x.dtype.kind == "f" else v for v in values.ravel().tolist()]
        return {"dtype": x.dtype.name, "shape": list(x.shape), "values": flat}
    return x


def step(x, states):
    return x + states[0], [x * 0.5 + states[0]]


def given(x):
    """What TensorFlow takes: tensors for arrays, tuples for sizes."""
    if isinstance(x, np.ndarray):
        return tf.constant(x.astype("float32") if x.dtype == np.float64 else x)
    if isinstance(x, list):
        parts = [given(part) for part in x]
        return parts if any(tf.is_tensor(part) for part in parts) else tuple(parts)
    return x


def main():
    rows = []
    for name, args, *rest in ROWS:
        kwargs = rest[0] if rest else {}
        first = [step] if name == "rnn" else []
        result = getattr(K, name)(*first, *map(given, args), **{key: given(x) for key, x in kwargs.items()})
        kwargs = {key: written(x) for key, x in kwargs.items()}
        rows.append({"name": name, "args": written(args), "kwargs": kwargs, "result": written(result)})
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
    pathlib.Path(__file__).with_name("backend_of_tensorflow.json").write_text(text)


if __name__ == "__main__":
    main()
