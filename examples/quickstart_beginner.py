"""TensorFlow's quickstart for beginners: a first neural network that reads handwritten digits.

    python -m kerastorch run examples/quickstart_beginner.py        on PyTorch
    python examples/quickstart_beginner.py                          on TensorFlow

`--quick` trains on a small part of the data, to see that everything works.
"""

import sys

import tensorflow as tf

quick = "--quick" in sys.argv
print("TensorFlow version:", tf.__version__)

# MNIST: 28 by 28 pixels with values from 0 to 255, and the digit that each image shows.
mnist = tf.keras.datasets.mnist
(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0
if quick:
    x_train, y_train, x_test, y_test = x_train[:2000], y_train[:2000], x_test[:500], y_test[:500]

model = tf.keras.models.Sequential(
    [
        tf.keras.Input(shape=(28, 28)),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(128, activation="relu"),
        tf.keras.layers.Dropout(0.2),
        tf.keras.layers.Dense(10),
    ]
)

# Untrained, the model gives one number ("logit") a class; softmax makes probabilities of them.
predictions = model(x_train[:1]).numpy()
print("Logits:", predictions)
print("Probabilities:", tf.nn.softmax(predictions).numpy())

# The loss of an untrained model is about -log(1/10) = 2.3.
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
print("Loss before training:", loss_fn(y_train[:1], predictions).numpy())

model.compile(optimizer="adam", loss=loss_fn, metrics=["accuracy"])
model.fit(x_train, y_train, epochs=1 if quick else 5)

loss, accuracy = model.evaluate(x_test, y_test, verbose=2)
print(f"Test accuracy: {accuracy:.4f}")

# A model can be a layer of another one: this one ends in probabilities.
probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
print(probability_model(x_test[:5]))
