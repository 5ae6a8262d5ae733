"""Write tensorflow.npz: the values and gradients of the rows, from Keras on TensorFlow.

KERAS_BACKEND=tensorflow python tests/layers/record_tensorflow.py
"""

import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf

FOLDER = pathlib.Path(__file__).parent
sys.path.insert(0, str(FOLDER))
from tensorflow_rows import ROWS, arrays, factors  # noqa: E402


def record():
    """Return the arrays of every row: "3.y", "3.dx", "3.dw0", ..."""
    results = {}
    for index, (name, options, shape) in enumerate(ROWS):
        layer = getattr(keras.layers, name)(**options)
        layer.build((None, *shape[1:]))
        x, weights = arrays(index, shape, [tuple(w.shape) for w in layer.weights])
        layer.set_weights(weights)
        x = tf.constant(x)
        try:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = layer(x)
                total = tf.reduce_sum(y * factors(y.shape))
            grads = tape.gradient(total, [x, *(w.value for w in layer.weights)])
        except (tf.errors.OpError, ValueError) as error:
            print(f"{index} {name} {options} {shape}: {str(error)[:150]}")
            continue
        results[f"{index}.y"] = y.numpy()
        for key, grad in zip(("dx", *(f"dw{i}" for i in range(len(layer.weights)))), grads):
            results[f"{index}.{key}"] = grad.numpy()
    return results


if __name__ == "__main__":
    np.savez_compressed(FOLDER / "tensorflow.npz", **record())
