"""`tf.keras` is kerastorch, and the user's own code in it works with `tf.Tensor`s."""

import importlib

import numpy as np
import pytest
import torch

import compat as tf
import kerastorch


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 4)).astype("float32")
    return x, (x.sum(1) > 0).astype("int32")


def dense_model():
    tf.keras.utils.set_random_seed(0)
    return tf.keras.Sequential(
        [tf.keras.Input((4,)), tf.keras.layers.Dense(8, "relu"), tf.keras.layers.Dense(2)]
    )


def sparse_loss():
    return tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    "name", ["layers", "losses", "optimizers", "models", "metrics", "callbacks", "initializers"]
)
def test_one_module_under_both_names(name):
    assert getattr(tf.keras, name) is importlib.import_module(f"kerastorch.{name}")
    assert importlib.import_module(f"compat.keras.{name}") is importlib.import_module(f"kerastorch.{name}")


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        (lambda: tf.ones([2, 4]), tf.Tensor),
        (lambda: torch.ones(2, 4), torch.Tensor),
        (lambda: np.ones((2, 4), "float32"), tf.Tensor),
    ],
)
def test_a_call_returns_what_it_was_given(given, returned):
    for layer in (kerastorch.layers.Dense(3), dense_model()):
        assert isinstance(layer(given()), returned)
    assert isinstance(tf.keras.activations.relu(given()), returned)


def test_outside_of_a_tape_nothing_is_recorded():
    out = dense_model()(tf.ones([2, 4]))
    assert not out._t.requires_grad
    assert dense_model()(torch.ones(2, 4)).requires_grad


class Scale(tf.keras.layers.Layer):
    def build(self, input_shape):
        self.w = self.add_weight(shape=(int(input_shape[-1]), 3), initializer="ones", name="w")
        self.b = tf.Variable(tf.zeros([3]), name="b")

    def call(self, inputs):
        assert isinstance(inputs, tf.Tensor)
        return tf.nn.relu(tf.matmul(inputs, self.w) + self.b)


def test_a_layer_of_tf_functions():
    layer = Scale()
    out = layer(tf.ones([2, 4]))
    np.testing.assert_array_equal(out.numpy(), np.full((2, 3), 4.0))
    assert [tuple(w.shape) for w in layer.trainable_variables] == [(4, 3), (3,)]


def test_a_layer_of_tf_functions_in_a_functional_model(data):
    inputs = tf.keras.Input((4,))
    hidden = Scale()(inputs)
    outputs = tf.keras.layers.Dense(2)(tf.concat([hidden, tf.square(hidden)], axis=-1))
    model = tf.keras.Model(inputs, tf.nn.softmax(outputs * 2.0))
    assert model.output_shape == (None, 2)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    before = [w.numpy() for w in model.trainable_variables]
    model.fit(*data, epochs=1, verbose=0)
    assert all((a != w.numpy()).any() for a, w in zip(before, model.trainable_variables))


def test_custom_loss_metric_and_lambda_see_tensors(data):
    seen = set()

    def loss(y_true, y_pred):
        seen.add(("loss", type(y_true), type(y_pred)))
        return tf.reduce_mean(tf.square(tf.cast(y_true, tf.float32) - y_pred[:, 0]))

    def error(y_true, y_pred):
        seen.add(("metric", type(y_true), type(y_pred)))
        return tf.abs(tf.cast(y_true, tf.float32) - y_pred[:, 0])

    model = tf.keras.Sequential(
        [tf.keras.Input((4,)), tf.keras.layers.Lambda(lambda x: tf.tanh(x) * 2), tf.keras.layers.Dense(1)]
    )
    model.compile("sgd", loss, metrics=[error])
    history = model.fit(*data, epochs=2, verbose=0)
    assert history.history["loss"][1] < history.history["loss"][0]
    assert {kind for kind, *_ in seen} == {"loss", "metric"}
    assert all(issubclass(t, tf.Tensor) for _, *types in seen for t in types)


def test_a_training_step_by_hand_moves_as_fit_does(data):
    x, y = data
    by_hand, by_fit = dense_model(), dense_model()
    by_fit.compile(tf.keras.optimizers.SGD(0.1), sparse_loss())
    by_fit.fit(x, y, batch_size=64, epochs=3, shuffle=False, verbose=0)
    optimizer, loss_object, mean = tf.keras.optimizers.SGD(0.1), sparse_loss(), tf.keras.metrics.Mean()

    @tf.function
    def step(images, labels):
        with tf.GradientTape() as tape:
            loss = loss_object(labels, by_hand(images, training=True))
        gradients = tape.gradient(loss, by_hand.trainable_variables)
        assert all(isinstance(g, tf.Tensor) for g in gradients)
        optimizer.apply_gradients(zip(gradients, by_hand.trainable_variables))
        mean(loss)

    for _ in range(3):
        step(x, y)
    for a, b in zip(by_hand.get_weights(), by_fit.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert f"{mean.result():.2f}" == f"{float(mean.result()):.2f}"


def test_train_step_of_the_users_own(data):
    class Model(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = tf.keras.layers.Dense(2)
            self.seen = tf.keras.metrics.Mean(name="loss")

        def call(self, x):
            assert isinstance(x, tf.Tensor)
            return self.dense(x)

        def train_step(self, data):
            x, y = data
            assert isinstance(x, tf.Tensor)
            with tf.GradientTape() as tape:
                loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            variables = self.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
            self.seen.update_state(loss)
            return {"loss": self.seen.result()}

        @property
        def metrics(self):
            return [self.seen]

    model = Model()
    model.compile(tf.keras.optimizers.SGD(0.1), sparse_loss())
    losses = model.fit(*data, epochs=3, verbose=0).history["loss"]
    assert losses[2] < losses[0]


def test_gradients_of_inputs_and_of_weights_agree_with_torch():
    model, x = dense_model(), tf.constant(np.random.default_rng(1).normal(size=(3, 4)).astype("float32"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.reduce_sum(model(x) ** 2)
    by_input, by_weight = tape.gradient(y, x), tape.gradient(y, model.trainable_variables)
    raw = torch.tensor(x.numpy(), requires_grad=True)
    (model(raw) ** 2).sum().backward()
    np.testing.assert_allclose(by_input.numpy(), raw.grad.numpy(), rtol=1e-5)
    for g, w in zip(by_weight, model.parameters()):
        np.testing.assert_allclose(g.numpy(), w.grad.numpy(), rtol=1e-5)


def test_second_derivatives_through_a_model():
    tf.keras.utils.set_random_seed(0)
    model = tf.keras.Sequential(
        [tf.keras.Input((4,)), tf.keras.layers.Dense(8, "tanh"), tf.keras.layers.Dense(2)]
    )
    x = tf.ones([2, 4])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(model(x) ** 2)
        penalty = tf.reduce_sum(inner.gradient(y, x) ** 2)
    gradients = outer.gradient(penalty, model.trainable_variables)
    assert all(g is not None and np.isfinite(g.numpy()).all() for g in gradients)


def test_watched_variables_are_those_of_the_layers():
    layer, x = tf.keras.layers.Dense(2), tf.ones([1, 3])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(layer(x) ** 2)
    assert {id(v) for v in tape.watched_variables()} == {id(layer.kernel), id(layer.bias)}
    assert tape.gradient(loss, layer.kernel).shape == layer.kernel.shape


def test_stateful_values_do_not_carry_an_old_recording():
    cell, state = tf.keras.layers.Dense(3), tf.zeros([1, 3])
    for _ in range(3):
        with tf.GradientTape() as tape:
            state = tf.tanh(cell(state) + 1.0)
            loss = tf.reduce_sum(state)
        gradients = tape.gradient(loss, cell.trainable_variables)
        assert gradients[0] is not None


def test_optimizer_on_variables():
    x = tf.Variable(3.0)
    optimizer = tf.keras.optimizers.Adam(0.5)
    for _ in range(60):
        with tf.GradientTape() as tape:
            loss = (x - 1.0) ** 2
        optimizer.apply_gradients([(tape.gradient(loss, x), x)])
    assert abs(float(x) - 1.0) < 0.1
    assert isinstance(x, tf.Variable)


def test_predict_gives_numpy_and_results_give_tensors(data):
    model = dense_model()
    model.compile("adam", sparse_loss(), metrics=["accuracy"])
    assert isinstance(model.predict(data[0], verbose=0), np.ndarray)
    assert isinstance(model(data[0][:1]).numpy(), np.ndarray)
    assert isinstance(model.evaluate(*data, verbose=0)[0], float)
    assert tf.nn.softmax(model(data[0][:1])).numpy().shape == (1, 2)


def test_fit_on_tensors_and_on_a_dataset(data):
    x, y = data
    for given in ((tf.constant(x), tf.constant(y)), (tf.data.Dataset.from_tensor_slices((x, y)).batch(16),)):
        model = dense_model()
        model.compile("adam", sparse_loss())
        assert len(model.fit(*given, epochs=1, verbose=0).history["loss"]) == 1


def test_variables_of_layers_show_the_user_tensors_and_the_library_parameters():
    layer = tf.keras.layers.Dense(2, kernel_initializer="ones")
    layer(tf.ones([1, 3]))
    kernel = layer.kernel
    for value in (kernel * 2, 2 * kernel, kernel + kernel, kernel[0], -kernel, kernel > 0, kernel == kernel):
        assert isinstance(value, tf.Tensor)
    assert str(kernel.shape) == "(3, 2)" and kernel.dtype == "float32" == tf.float32
    assert type(np.add(kernel, 1)) is np.ndarray
    assert isinstance(kernel, torch.nn.Parameter) and kernel in set(layer.parameters())
    assert type(torch.nn.functional.relu(kernel)) is torch.Tensor
    kernel.assign(kernel * 3)
    assert float(tf.reduce_sum(kernel)) == 18.0


@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a `functools.lru_cache`")
def test_a_model_compiles_with_torch():
    model = dense_model()
    x = torch.ones(2, 4)
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), model(x))


def test_tf_functions_on_symbolic_tensors():
    x = tf.keras.Input((4, 6))
    outputs = [
        tf.reshape(x, [tf.shape(x)[0], 24]),
        x + tf.constant(1.0),
        tf.constant(1.0) + x,
        tf.divide(x, 2.0),
        tf.cast(tf.logical_and(x > 0, x < 2), tf.float32),
        tf.math.top_k(x, 2).values,
        tf.where(x > 0, x, tf.zeros_like(x)),
        tf.einsum("bij,bkj->bik", x, x),
        tf.keras.layers.Lambda(lambda z: z + tf.random.normal(tf.shape(z)))(x),
    ]
    results = tf.keras.Model(x, outputs)(np.ones((2, 4, 6), "float32"))
    for symbolic, value in zip(outputs, results):
        assert symbolic.shape[1:] == tuple(value.shape)[1:] and value.shape[0] == 2
