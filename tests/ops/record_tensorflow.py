"""Record what Keras's ops give on TensorFlow: `python tests/ops/record_tensorflow.py` writes
tests/ops/tensorflow.json.
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

CORNERS = [[0.0, 0.0], [5.0, 0.0], [0.0, 4.0], [5.0, 4.0]]
MOVED = [[0.5, 0.2], [4.5, 0.0], [0.0, 4.0], [5.0, 3.5]]
AFFINE = [0.9, 0.1, -1.3, -0.1, 1.1, 0.7, 0.0, 0.0]
FLIP_AND_MOVE = [-1.0, 0.0, 8.3, 0.0, 1.0, -7.6, 0.0, 0.0]


def normal(*shape):
    return {"normal": shape}


def uniform(*shape):
    return {"uniform": shape}


def integers(*shape):
    return {"integers": shape}


CASES = [
    *(
        ("conv", [normal(2, *sizes, 4), normal(*window, 4, 3)], dict(strides=s, padding=p, dilation_rate=d))
        for sizes, window in (((7,), (3,)), ((7, 6), (3, 2)), ((4, 5, 4), (2, 3, 2)))
        for s, p, d in ((1, "valid", 1), (2, "same", 1), (1, "same", 2), (3, "same", 1), (2, "valid", 1))
    ),
    ("conv", [normal(1, 6, 6, 4), normal(3, 3, 2, 6)], dict(padding="same")),
    *(
        ("depthwise_conv", [normal(2, 7, 6, 3), normal(3, 3, 3, 2)], dict(strides=s, padding=p))
        for s, p in ((1, "same"), (2, "same"), (1, "valid"))
    ),
    (
        "separable_conv",
        [normal(2, 7, 6, 3), normal(3, 3, 3, 2), normal(1, 1, 6, 4)],
        dict(strides=2, padding="same"),
    ),
    *(
        ("conv_transpose", [normal(2, 4, 5, 3), normal(*window, 2, 3)], dict(strides=s, padding=p))
        for window in ((3, 3), (2, 4), (5, 2))
        for s in (1, 2, 3)
        for p in ("valid", "same")
    ),
    ("conv_transpose", [normal(2, 5, 3), normal(4, 2, 3)], dict(strides=2, padding="same")),
    *(
        (name, [normal(2, 7, 6, 3)], dict(pool_size=w, strides=s, padding=p))
        for name in ("max_pool", "average_pool")
        for w, s, p in (
            (2, None, "valid"),
            (3, 2, "same"),
            (2, 1, "same"),
            ((3, 2), (2, 3), "valid"),
            (4, 2, "same"),
        )
    ),
    *(
        ("image.resize", [uniform(2, 5, 6, 2), size], dict(interpolation=m, antialias=a))
        for size in ((8, 9), (3, 4), (10, 3))
        for m in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area")
        for a in ((False, True) if m != "nearest" else (False,))
        if not (m == "area" and a)
    ),
    ("image.resize", [uniform(5, 6, 2), (4, 4)], {}),
    ("image.resize", [integers(2, 5, 6, 2), (8, 9)], {}),
    ("image.resize", [integers(2, 5, 6, 2), (8, 9)], dict(interpolation="nearest")),
    ("image.resize", [uniform(2, 5, 8, 2), (4, 4)], dict(crop_to_aspect_ratio=True)),
    ("image.resize", [uniform(2, 5, 8, 2), (4, 4)], dict(pad_to_aspect_ratio=True, fill_value=0.5)),
    *(
        (
            "image.affine_transform",
            [uniform(2, 5, 6, 2), {"values": matrix}],
            dict(interpolation=m, fill_mode=f, fill_value=0.5),
        )
        for matrix in (AFFINE, FLIP_AND_MOVE)
        for m in ("bilinear", "nearest")
        for f in ("constant", "nearest", "wrap", "reflect")
    ),
    *(
        (
            "image.perspective_transform",
            [uniform(2, 5, 6, 2), {"values": CORNERS}, {"values": MOVED}],
            dict(interpolation=m),
        )
        for m in ("bilinear", "nearest")
    ),
    *(
        (
            "image.map_coordinates",
            [uniform(5, 6), {"values": [[0.2, 1.7, -1.3, 5.2], [0.4, 5.5, 2.1, -2.2]]}],
            dict(order=o, fill_mode=f),
        )
        for o in (0, 1)
        for f in ("constant", "nearest", "wrap")
    ),
    ("image.rgb_to_grayscale", [uniform(2, 3, 4, 3)], {}),
    ("image.rgb_to_grayscale", [integers(2, 3, 4, 3)], {}),
    ("image.rgb_to_hsv", [uniform(2, 3, 4, 3)], {}),
    ("image.hsv_to_rgb", [uniform(2, 3, 4, 3)], {}),
    ("image.gaussian_blur", [uniform(2, 6, 7, 3)], dict(kernel_size=(3, 3), sigma=(1.0, 2.0))),
    ("image.sobel_edges", [uniform(2, 5, 6, 2)], {}),
    ("image.ssim", [uniform(2, 14, 13, 3), {"uniform": (2, 14, 13, 3), "seed": 9}], {}),
    ("image.extract_patches", [uniform(2, 6, 7, 2), (2, 3)], dict(padding="same")),
    ("image.extract_patches", [uniform(2, 6, 7, 2), 3], dict(strides=2)),
    ("image.extract_patches_3d", [uniform(1, 4, 4, 4, 2), 2], {}),
    ("image.pad_images", [uniform(2, 3, 4, 1), 1, 2], dict(target_height=6, target_width=9)),
    ("image.crop_images", [uniform(2, 5, 6, 1), 1, 2], dict(target_height=3, target_width=2)),
    *(
        (
            "image.scale_and_translate",
            [uniform(5, 6), (7, 4), {"values": [1.3, 0.6]}, {"values": [0.3, -0.4]}, (0, 1), m],
            dict(antialias=a),
        )
        for m in ("linear", "cubic", "lanczos3")
        for a in (True, False)
    ),
    ("ctc_decode", [normal(3, 8, 4), {"values": [8, 5, 7]}], {}),
    ("ctc_decode", [normal(3, 8, 4), {"values": [8, 5, 7]}], dict(merge_repeated=False, mask_index=3)),
    ("ctc_decode", [normal(3, 8, 4), {"values": [8, 5, 7]}], dict(strategy="beam_search", top_paths=2)),
    ("ctc_decode", [normal(3, 8, 4), {"values": [8, 5, 7]}], dict(strategy="beam_search", mask_index=2)),
    ("rearrange", [normal(2, 6, 3), "b (h p) c -> (p b) c h"], dict(p=3)),
    ("softmax", [normal(3, 4)], {}),
    ("one_hot", [{"values": [0, -1, 5, 2]}, 4], {}),
    ("histogram", [normal(9)], dict(bins=4)),
]


def build(spec):
    if not isinstance(spec, dict):
        return spec
    if "values" in spec:
        values = np.array(spec["values"])
        return values.astype("float32" if values.dtype.kind == "f" else "int32")
    kind, shape = next(iter(spec.items()))
    rng = np.random.default_rng(spec.get("seed", 0))
    if kind == "integers":
        return rng.integers(0, 256, size=shape).astype("uint8")
    return getattr(rng, kind)(size=shape).astype("float32")


def record(name, args, kwargs):
    op = keras.ops
    for part in name.split("."):
        op = getattr(op, part)
    value = op(*(build(a) for a in args), **kwargs)
    value = (
        value[-1 if name == "ctc_decode" and kwargs.get("top_paths") else 0]
        if isinstance(value, tuple)
        else value
    )
    value = np.asarray(value)
    numbers = [float(f"{x:.6g}") for x in value.ravel().tolist()]
    return {
        "name": name,
        "args": args,
        "kwargs": kwargs,
        "shape": value.shape,
        "dtype": str(value.dtype),
        "value": numbers,
    }


if __name__ == "__main__":
    rows = [json.dumps(record(*case)) for case in CASES]
    path = pathlib.Path(__file__).with_name("tensorflow.json")
    path.write_text("[\n" + ",\n".join(rows) + "\n]\n")
