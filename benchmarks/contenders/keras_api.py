"""The work in Keras's words, for all that speak them: our library, Keras on torch, Keras on TensorFlow."""

from cases import data


def build(keras, case):
    layers = keras.layers
    if case.model == "quickstart":
        model = keras.Sequential(
            [
                keras.Input((28, 28)),
                layers.Flatten(),
                layers.Dense(128, activation="relu"),
                layers.Dropout(0.2),
                layers.Dense(10),
            ]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    else:
        hidden = [layers.Dense(8, activation="relu") for _ in range(100)]
        model = keras.Sequential([keras.Input((8,)), *hidden, layers.Dense(1)])
        model.compile(optimizer="adam", loss="mse")
    return model


def prepare(keras, case, as_tensor, wait=lambda: None):
    """`as_tensor` makes the engine's tensor from an array; `wait` returns when the device is done."""
    keras.utils.set_random_seed(0)
    model = build(keras, case)
    x, y = data(case)
    if case.action == "fit":
        warm = case.warm_up * case.batch
        model.fit(x[:warm], y[:warm], batch_size=case.batch, epochs=1, verbose=0)

        def work():
            model.fit(x, y, batch_size=case.batch, epochs=case.epochs, verbose=0)
            wait()

        return work
    if case.action == "predict":
        one = x[:1]

        def calls(count):
            for _ in range(count):
                model.predict(one, verbose=0)

    else:
        one = as_tensor(x[:1].astype("float32"))

        def calls(count):
            for _ in range(count):
                model(one)
            wait()

    calls(case.warm_up)
    return lambda: calls(case.repeats)
