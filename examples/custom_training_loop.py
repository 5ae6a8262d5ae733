"""A training loop written out with tf.GradientTape: batches, losses, gradients, metrics, all in the open.

    python -m kerastorch run examples/custom_training_loop.py       on PyTorch
    python examples/custom_training_loop.py                         on TensorFlow

`--quick` trains on a small part of the data, to see that everything works.
"""

import sys
import time

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

quick = "--quick" in sys.argv
keras.utils.set_random_seed(7)

(x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
x = x.reshape(-1, 784).astype("float32") / 255
x_test = x_test.reshape(-1, 784).astype("float32") / 255
x_train, y_train, x_val, y_val = x[:-10000], y[:-10000], x[-10000:], y[-10000:]
if quick:
    x_train, y_train, x_val, y_val = x_train[:2000], y_train[:2000], x_val[:500], y_val[:500]

batch_size = 64
train = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(1024).batch(batch_size)
validation = tf.data.Dataset.from_tensor_slices((x_val, y_val)).batch(batch_size)

inputs = keras.Input(shape=(784,), name="digits")
hidden = layers.Dense(64, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-5))(inputs)
hidden = layers.Dropout(0.1)(hidden)
hidden = layers.Dense(64, activation="relu")(hidden)
outputs = layers.Dense(10, name="logits")(hidden)
model = keras.Model(inputs, outputs)

loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
schedule = keras.optimizers.schedules.ExponentialDecay(1e-3, decay_steps=1000, decay_rate=0.9)
optimizer = keras.optimizers.Adam(learning_rate=schedule)
train_accuracy = keras.metrics.SparseCategoricalAccuracy()
val_accuracy = keras.metrics.SparseCategoricalAccuracy()


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss = loss_fn(y, logits)
        loss += sum(model.losses)  # what the regularizer asks for
    gradients = tape.gradient(loss, model.trainable_weights)
    optimizer.apply_gradients(zip(gradients, model.trainable_weights))
    train_accuracy.update_state(y, logits)
    return loss


@tf.function
def validation_step(x, y):
    val_accuracy.update_state(y, model(x, training=False))


for epoch in range(1 if quick else 4):
    print(f"\nEpoch {epoch + 1}")
    start = time.time()
    for step, (x_batch, y_batch) in enumerate(train):
        loss = train_step(x_batch, y_batch)
        if step % 200 == 0:
            print(f"  step {step}: loss {float(loss):.4f}, {(step + 1) * batch_size} samples seen")
    for x_batch, y_batch in validation:
        validation_step(x_batch, y_batch)
    print(f"  accuracy {float(train_accuracy.result()):.4f}, validation {float(val_accuracy.result()):.4f}")
    print(f"  {time.time() - start:.1f} s")
    train_accuracy.reset_state()
    val_accuracy.reset_state()

print(f"Learning rate at the end: {float(optimizer.learning_rate):.6f}")
predicted = model.predict(x_test, verbose=0).argmax(axis=1)
print(f"Test accuracy: {(predicted == y_test).mean():.4f}")
