"""A convolutional network for MNIST, with validation data, callbacks, and weights saved and loaded.

`--quick` trains on a small part of the data, to see that everything works.
"""

import pathlib
import sys
import tempfile

import numpy as np

import kerastorch as keras
from kerastorch import layers

quick = "--quick" in sys.argv
keras.utils.set_random_seed(7)

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
if quick:
    x_train, y_train, x_test, y_test = x_train[:2000], y_train[:2000], x_test[:500], y_test[:500]

# Values from 0 to 1, a channel axis at the end, and a vector of ten zeros and ones for each label.
x_train = np.expand_dims(x_train.astype("float32") / 255, -1)
x_test = np.expand_dims(x_test.astype("float32") / 255, -1)
y_train = keras.utils.to_categorical(y_train, 10)
y_test = keras.utils.to_categorical(y_test, 10)

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ]
)
model.summary()
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

with tempfile.TemporaryDirectory() as folder:
    best = pathlib.Path(folder) / "best.weights.h5"
    model.fit(
        x_train,
        y_train,
        batch_size=128,
        epochs=1 if quick else 5,
        validation_split=0.1,
        callbacks=[
            keras.callbacks.ModelCheckpoint(
                best, save_weights_only=True, save_best_only=True, monitor="val_loss"
            ),
            keras.callbacks.EarlyStopping(monitor="val_loss", patience=2),
        ],
    )
    model.load_weights(best)

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"Test loss: {loss:.4f}")
print(f"Test accuracy: {accuracy:.4f}")
