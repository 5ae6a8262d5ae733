"""The Functional API: a graph of layers with two inputs, a part that both share, and two outputs.

Two images of digits go in. The model says what the digits add up to, and whether they are the same.
`--quick` trains on a small part of the data, to see that everything works.
"""

import sys

import numpy as np

import kerastorch as keras
from kerastorch import layers

quick = "--quick" in sys.argv
keras.utils.set_random_seed(7)


def pairs(images, digits, count, seed):
    """Random pairs of images; every second pair shows the same digit."""
    rng = np.random.default_rng(seed)
    left = rng.integers(0, len(images), count)
    right = rng.integers(0, len(images), count)
    for digit in range(10):
        same = np.flatnonzero((digits[left] == digit) & (np.arange(count) % 2 == 0))
        right[same] = rng.choice(np.flatnonzero(digits == digit), len(same))
    inputs = {"left": images[left], "right": images[right]}
    targets = {
        "sum": digits[left].astype("int64") + digits[right],
        "same": (digits[left] == digits[right]).astype("float32"),
    }
    return inputs, targets


(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
train_inputs, train_targets = pairs(x_train, y_train, 2000 if quick else 60000, seed=0)
test_inputs, test_targets = pairs(x_test, y_test, 500 if quick else 10000, seed=1)

# One encoder, a model of its own: both images go through the same weights.
image = keras.Input((28, 28), name="image")
x = layers.Rescaling(1 / 255)(image)
x = layers.Reshape((28, 28, 1))(x)
x = layers.Conv2D(16, 3, strides=2, activation="relu")(x)
x = layers.Conv2D(32, 3, strides=2, activation="relu")(x)
x = layers.Flatten()(x)
encoder = keras.Model(image, layers.Dense(64, activation="relu")(x), name="encoder")

left = keras.Input((28, 28), name="left")
right = keras.Input((28, 28), name="right")
both = layers.concatenate([encoder(left), encoder(right)])
both = layers.Dense(128, activation="relu")(both)
total = layers.Dense(19, name="sum")(both)  # 0 + 0 to 9 + 9
same = layers.Dense(1, activation="sigmoid", name="same")(both)
model = keras.Model(inputs={"left": left, "right": right}, outputs={"sum": total, "same": same})
model.summary()

model.compile(
    optimizer="adam",
    loss={"sum": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "same": "binary_crossentropy"},
    loss_weights={"sum": 1.0, "same": 0.5},
    metrics={"sum": ["accuracy"], "same": ["accuracy"]},
)
model.fit(train_inputs, train_targets, batch_size=64, epochs=1 if quick else 3)
results = model.evaluate(test_inputs, test_targets, return_dict=True, verbose=0)
for name, value in results.items():
    print(f"{name}: {float(value):.4f}")

# A layer, and what flows out of it, can be had by name. This model shows the encoder's features of one image.
features = keras.Model(encoder.input, encoder.get_layer(index=-1).output)
print("Features of one image:", tuple(features(test_inputs["left"][:1]).shape))
