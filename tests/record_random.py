"""Record what Keras on TensorFlow draws: `python tests/record_random.py` writes
tests/random_of_tensorflow.json.
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

SEEDS = (1, 42, 123456789, -5, 3 * 10**9)
LOGITS = np.log([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]]).astype("float32")


def numbers(x):
    values = np.asarray(x if x.dtype.is_integer else tf.cast(x, tf.float64)).ravel().tolist()
    return [float(f"{value:.9g}") for value in values]


def draws():
    r = keras.random
    for s in SEEDS:
        for dtype in ("float32", "float16", "bfloat16", "float64"):
            yield f"uniform {s} {dtype}", r.uniform((9,), seed=s, dtype=dtype)
            yield f"normal {s} {dtype}", r.normal((9,), seed=s, dtype=dtype)
            yield f"truncated_normal {s} {dtype}", r.truncated_normal((50,), seed=s, dtype=dtype)
        yield f"randint {s} int32", r.randint((9,), -3, 1000, seed=s)
        yield f"randint {s} int64", r.randint((9,), -3, 1000, seed=s, dtype="int64")
        yield f"randint {s} int8", r.randint((9,), -3, 100, seed=s, dtype="int8")
        yield f"categorical {s}", r.categorical(LOGITS, 6, seed=s)
        yield f"shuffle {s}", r.shuffle(tf.range(10), seed=s)
        yield f"dropout {s}", r.dropout(tf.ones((12,)), 0.4, seed=s)
        yield f"gamma {s}", r.gamma((6,), 2.5, seed=s)
        yield f"gamma_small {s}", r.gamma((6,), 0.5, seed=s)
        yield f"beta {s}", r.beta((6,), 2.0, 3.0, seed=s)
    keras.utils.set_random_seed(7)
    for i in range(3):
        yield f"global uniform {i}", r.uniform((4,))
    yield "global normal", r.normal((4,))
    generator = r.SeedGenerator(5)
    for i in range(3):
        yield f"generator {i}", r.uniform((4,), seed=generator)
    yield "generator state", generator.state.value
    keras.utils.set_random_seed(7)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(3),
            layers.Dropout(0.5),
            layers.Dense(2, kernel_initializer="he_normal"),
        ]
    )
    yield "dense 0", model.layers[0].kernel.value
    yield "dense 1", model.layers[2].kernel.value


if __name__ == "__main__":
    lines = [f" {json.dumps(name)}: {json.dumps(numbers(x))}" for name, x in draws()]
    path = pathlib.Path(__file__).with_name("random_of_tensorflow.json")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
