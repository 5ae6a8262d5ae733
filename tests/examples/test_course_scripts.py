"""Courses' first scripts, in the spellings they were published with, through `python -m kerastorch run`."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]

# The beginner's notebook: pip in a cell, `input_shape=`, values shown by naming them.
NOTEBOOK = [
    "!pip install -q tensorflow\nimport tensorflow as tf\nprint('TensorFlow version:', tf.__version__)",
    "mnist = tf.keras.datasets.mnist\n\n(x_train, y_train), (x_test, y_test) = mnist.load_data()\n"
    "x_train, x_test = x_train[:2000] / 255.0, x_test[:500] / 255.0\n"
    "y_train, y_test = y_train[:2000], y_test[:500]",
    "model = tf.keras.models.Sequential([\n  tf.keras.layers.Flatten(input_shape=(28, 28)),\n"
    "  tf.keras.layers.Dense(128, activation='relu'),\n  tf.keras.layers.Dropout(0.2),\n"
    "  tf.keras.layers.Dense(10)\n])",
    "predictions = model(x_train[:1]).numpy()\npredictions",
    "tf.nn.softmax(predictions).numpy().shape",
    "loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)\n"
    "loss_fn(y_train[:1], predictions).numpy()",
    "model.compile(optimizer='adam',\n              loss=loss_fn,\n              metrics=['accuracy'])",
    "model.fit(x_train, y_train, epochs=2)",
    "model.evaluate(x_test,  y_test, verbose=2)",
    "probability_model = tf.keras.Sequential([\n  model,\n  tf.keras.layers.Softmax()\n])\n"
    "probability_model(x_test[:5])",
]

# Keras's multilayer perceptron, with names imported one by one and layers added one by one.
KERAS_SCRIPT = """\
import keras
from keras.datasets import mnist
from keras.models import Sequential
from keras.layers import Dense, Dropout
from keras.optimizers import RMSprop

batch_size = 128
num_classes = 10
(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train[:4000].reshape(4000, 784).astype('float32') / 255
x_test = x_test[:500].reshape(500, 784).astype('float32') / 255
y_train = keras.utils.to_categorical(y_train[:4000], num_classes)
y_test = keras.utils.to_categorical(y_test[:500], num_classes)

model = Sequential()
model.add(Dense(128, activation='relu', input_shape=(784,)))
model.add(Dropout(0.2))
model.add(Dense(128, activation='relu'))
model.add(Dropout(0.2))
model.add(Dense(num_classes, activation='softmax'))
model.summary()
model.compile(loss='categorical_crossentropy', optimizer=RMSprop(), metrics=['accuracy'])
history = model.fit(x_train, y_train, batch_size=batch_size, epochs=2, verbose=1,
                    validation_data=(x_test, y_test))
score = model.evaluate(x_test, y_test, verbose=0)
print(sorted(history.history))
print('Test loss:', score[0])
print('Test accuracy:', score[1])
"""

# tf.keras's names imported in all the ways at once, datasets into fit, a scheduler, predictions in NumPy.
TF_KERAS_SCRIPT = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers, models
from tensorflow.keras.callbacks import EarlyStopping, LearningRateScheduler
from tensorflow.keras.layers import Conv2D, MaxPooling2D

(train_images, train_labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
train_images = (train_images[:2000] / 255.0).reshape(-1, 28, 28, 1)
test_images = (test_images[:500] / 255.0).reshape(-1, 28, 28, 1)
train_labels, test_labels = train_labels[:2000], test_labels[:500]
train = tf.data.Dataset.from_tensor_slices((train_images, train_labels)).shuffle(2000).batch(32)
test = tf.data.Dataset.from_tensor_slices((test_images, test_labels)).batch(32)

model = models.Sequential()
model.add(Conv2D(8, (3, 3), activation=tf.nn.relu, input_shape=(28, 28, 1)))
model.add(MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dense(10, activation=tf.nn.softmax))
model.compile(
    optimizer=tf.keras.optimizers.Adam(learning_rate=0.001),
    loss='sparse_categorical_crossentropy',
    metrics=['accuracy'],
)
callbacks = [EarlyStopping(patience=3), LearningRateScheduler(lambda epoch, rate: rate * 0.9)]
model.fit(train, epochs=2, validation_data=test, callbacks=callbacks, verbose=2)
test_loss, test_acc = model.evaluate(test, verbose=0)
predictions = model.predict(test_images)
print(np.argmax(predictions[0]), predictions.shape, type(predictions).__name__)
print('Test accuracy:', (np.argmax(predictions, axis=1) == test_labels).mean(), round(float(test_acc), 4))
"""


def run(path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "kerastorch", "run", path.name]
    return subprocess.run(command, cwd=path.parent, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("source", [KERAS_SCRIPT, TF_KERAS_SCRIPT], ids=["keras", "tf.keras"])
def test_course_script(source, tmp_path):
    (tmp_path / "course.py").write_text(source)
    done = run(tmp_path / "course.py")
    assert done.returncode == 0, done.stderr
    assert float(re.search(r"Test accuracy: ([\d.]+)", done.stdout).group(1)) > 0.5
    assert "Epoch 2/2" in done.stdout


def test_beginner_notebook(tmp_path):
    cells = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in NOTEBOOK]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "beginner.ipynb").write_text(json.dumps(content))
    done = run(tmp_path / "beginner.ipynb")
    assert done.returncode == 0, done.stderr
    for shown in (
        r"TensorFlow version: 2\.",
        r"Out\[4\]: \narray\(\[\[",
        r"Out\[5\]: \(1, 10\)",
        r"Out\[6\]: np\.float32\([\d.]+\)",
        r"Out\[8\]: <\S*History \S*",
        r"Out\[9\]: \[[\d.]+, [\d.]+\]",
        r"Out\[10\]: \n<tf\.Tensor: shape=\(5, 10\), dtype=float32, numpy=\narray",
    ):
        assert re.search(shown, done.stdout), f"{shown}\n{done.stdout}"
