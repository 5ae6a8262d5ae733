"""Keras and plain PyTorch, in both directions: a model is a `torch.nn.Module`, a module is a layer.

`--quick` trains on a small part of the data, to see that everything works.
"""

import sys

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import kerastorch as keras

quick = "--quick" in sys.argv
keras.utils.set_random_seed(7)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
if quick:
    x_train, y_train, x_test, y_test = x_train[:2000], y_train[:2000], x_test[:500], y_test[:500]
x_train, x_test = torch.from_numpy(x_train).float() / 255, torch.from_numpy(x_test).float() / 255
y_train, y_test = torch.from_numpy(y_train).long(), torch.from_numpy(y_test).long()
epochs = 1 if quick else 2


def accuracy(model):
    model.eval()
    with torch.no_grad():
        return (model(x_test.to(device)).argmax(1) == y_test.to(device)).float().mean().item()


# 1. A Keras model in a loop written by hand, with torch's optimizer and loss.
model = keras.Sequential(
    [
        keras.Input((28, 28)),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10),
    ]
)
assert isinstance(model, nn.Module)
optimizer = torch.optim.Adam(model.parameters())
for epoch in range(epochs):
    model.train()  # Dropout follows it
    for x, y in DataLoader(TensorDataset(x_train, y_train), batch_size=64, shuffle=True):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
    print(
        f"Keras model, torch loop: epoch {epoch + 1}, last loss {loss.item():.4f}, test {accuracy(model):.4f}"
    )

# Its weights are an ordinary state_dict.
print("state_dict:", {name: tuple(value.shape) for name, value in model.state_dict().items()})


# 2. A torch module in a Keras model, trained by `fit`.
class Wrapped(keras.Model):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)
        )

    def call(self, x):
        return self.net(x)


wrapped = Wrapped()
wrapped.compile(
    optimizer="adam",
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
wrapped.fit(x_train, y_train, batch_size=64, epochs=epochs, verbose=2)
print(f"Torch module, Keras fit: test {wrapped.evaluate(x_test, y_test, verbose=0)[1]:.4f}")


# 3. Modules and torch functions in a Functional model, among Keras layers.
inputs = keras.Input((28, 28))
x = torch.flatten(inputs, 1)
x = nn.Linear(784, 64)(x)
x = torch.relu(x)
mixed = keras.Model(inputs, keras.layers.Dense(10)(x))
mixed.compile(
    optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
)
mixed.fit(DataLoader(TensorDataset(x_train, y_train), batch_size=64, shuffle=True), epochs=epochs, verbose=2)
print(f"Test accuracy: {mixed.evaluate(x_test, y_test, verbose=0)[1]:.4f}")
