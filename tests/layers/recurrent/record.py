"""Records what Keras on TensorFlow computes for the rows of cases.py: run it where TensorFlow is installed."""

import os
import pathlib
import sys

import numpy as np

PATH = pathlib.Path(__file__).with_name("recorded.npz")


def values(row, cases, layers, tf):
    """Return the outputs of a row, and the gradients of the input and the weights, as one array each."""
    x, states, mask = cases.inputs(row)
    x = tf.constant(x)
    layer = row.make(layers)
    keywords = {"training": row.training}
    if states:
        keywords["initial_state"] = [tf.constant(state) for state in states]
    if mask is not None:
        keywords["mask"] = tf.constant(mask)
    layer(x, **keywords)
    layer.set_weights(cases.weights([w.shape for w in layer.weights]))
    if row.calls > 1:
        layer.reset_state()
    with tf.GradientTape() as tape:
        tape.watch(x)
        for _ in range(row.calls):
            outputs = cases.flat(layer(x, **keywords))
        loss = sum(tf.reduce_sum(tf.cos(y + i)) for i, y in enumerate(outputs))
    sources = [x, *[w.value for w in layer.trainable_weights]]
    gradients = tape.gradient(loss, sources, unconnected_gradients="zero")
    return [np.concatenate([np.asarray(v, "float32").ravel() for v in part]) for part in (outputs, gradients)]


def main():
    os.environ["KERAS_BACKEND"] = "tensorflow"
    sys.path.insert(0, str(PATH.parent))
    import keras
    import tensorflow as tf

    import cases

    names, arrays = [], []
    for row in cases.ROWS:
        for kind, array in zip("yg", values(row, cases, keras.layers, tf)):
            names.append(f"{row.name}/{kind}")
            arrays.append(array)
    sizes = [array.size for array in arrays]
    np.savez_compressed(PATH, names=names, ends=np.cumsum(sizes)[:-1], values=np.concatenate(arrays))


def load():
    """Return the recorded arrays by name."""
    with np.load(PATH) as stored:
        return dict(zip(stored["names"], np.split(stored["values"], stored["ends"])))


if __name__ == "__main__":
    main()
