"""`experimental_enable_numpy_behavior` changes all tensors: it runs in a process of its own."""

import subprocess
import sys

PROGRAM = """
import numpy as np
import compat as tf
tnp = tf.experimental.numpy
tnp.experimental_enable_numpy_behavior()
x = tnp.arange(24).reshape(2, 3, 4)
print(x.T.shape, x.size, x.astype(tnp.float32).dtype.name, x.transpose(1, 0, 2).shape, x.ravel().shape)
print(x[:, (True, False, True)].shape, x[1, (0, 0, 1), tnp.asarray([0, 1, 1])].tolist(), x[1, None, 1:3].shape)
print((tf.constant(1) + tf.constant(1.5)).dtype.name,
      (tf.constant(1.5) + 2).dtype.name, (1 / tf.constant([1, 2])).tolist())
with tf.GradientTape() as tape:
    w = tf.constant([2.0, 3.0])
    tape.watch(w)
    y = (w * tf.constant([1, 2])).astype("float32")
print(tape.gradient(y, w).tolist())
"""
SEEN = """(4, 3, 2) 24 float32 (3, 2, 4) (24,)
(2, 2, 4) [12, 13, 17] (1, 2, 4)
float64 float32 [1.0, 0.5]
[1.0, 2.0]
"""


def test_methods_and_operators_are_numpys():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stdout == SEEN, done.stderr
