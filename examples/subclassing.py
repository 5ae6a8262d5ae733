"""Subclassing: a layer with weights of its own, a model with a training step of its own.

A tensor is a `torch.Tensor` everywhere, so torch's own functions do the work in between.
`--quick` trains on a small part of the data, to see that everything works.
"""

import sys

import torch

import kerastorch as keras

quick = "--quick" in sys.argv
keras.utils.set_random_seed(7)


class Linear(keras.layers.Layer):
    """A dense layer from scratch: the weights are made when the first input tells its size."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="kernel"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs):
        return torch.matmul(inputs, self.kernel.value) + self.bias.value

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class ResidualBlock(keras.layers.Layer):
    """x + f(x). Layers assigned to attributes are found, and their weights with them."""

    def __init__(self, units, rate, **kwargs):
        super().__init__(**kwargs)
        self.inner = Linear(units)
        self.outer = Linear(units)
        self.dropout = keras.layers.Dropout(rate)

    def call(self, inputs, training=False):
        x = torch.relu(self.inner(inputs))
        x = self.dropout(x, training=training)
        return inputs + self.outer(x)


class Classifier(keras.Model):
    """`fit` calls `train_step` for every batch; this one limits the size of the gradients, and reports it."""

    def __init__(self, blocks=2, units=64, classes=10, **kwargs):
        super().__init__(**kwargs)
        self.flatten = keras.layers.Flatten()
        self.enter = Linear(units)
        self.blocks = [ResidualBlock(units, rate=0.1) for _ in range(blocks)]
        self.leave = Linear(classes)
        self.gradient_size = keras.metrics.Mean(name="gradient_size")

    def call(self, inputs, training=False):
        x = self.enter(self.flatten(inputs))
        for block in self.blocks:
            x = block(x, training=training)
        return self.leave(x)

    def train_step(self, data):
        x, y = data
        self.zero_grad()
        y_pred = self(x, training=True)
        loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        loss.backward()

        size = torch.nn.utils.clip_grad_norm_(self.parameters(), max_norm=1.0)
        gradients = [variable.value.grad for variable in self.trainable_weights]
        with torch.no_grad():
            self.optimizer.apply(gradients, self.trainable_weights)

        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            elif metric is self.gradient_size:
                metric.update_state(size)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train, x_test = x_train.astype("float32") / 255, x_test.astype("float32") / 255
if quick:
    x_train, y_train, x_test, y_test = x_train[:2000], y_train[:2000], x_test[:500], y_test[:500]

model = Classifier()
model.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
)
model.fit(x_train, y_train, batch_size=64, epochs=1 if quick else 3)
model.summary()

predicted = model.predict(x_test, verbose=0).argmax(axis=1)
print(f"Test accuracy: {(predicted == y_test).mean():.4f}")
