"""Record values and gradients of TensorFlow: `python -m tests.ops.record_convolutions`, from the project's root."""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf

from tests.ops.convolution_cases import CASES, label, numbers, upstream


def rounded(x):
    return [float(f"{v:.6g}") for v in x.numpy().ravel().tolist()]


def record(name, shapes, options):
    arrays = [tf.Variable(numbers(i, shape)) for i, shape in enumerate(shapes)]
    with tf.GradientTape() as tape:
        value = getattr(keras.ops, name)(*[tf.convert_to_tensor(a) for a in arrays], **options)
        loss = tf.reduce_sum(value * upstream(value.shape))
    gradients = tape.gradient(loss, arrays)
    return {"shape": list(value.shape), "value": rounded(value), "gradients": [rounded(g) for g in gradients]}


if __name__ == "__main__":
    lines, refused = [], []
    for case in CASES:
        try:
            lines.append(f"{json.dumps(label(case))}: {json.dumps(record(*case))}")
        except Exception as e:
            refused.append((label(case), str(e)[:80]))
    path = pathlib.Path(__file__).with_name("convolutions_of_tensorflow.json")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(len(lines), "recorded; TensorFlow on a CPU refuses", refused)
