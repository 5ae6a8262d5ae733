"""Distillation against the real Keras: losses, logs and the student's weights after training."""

import keras as oracle
import numpy as np
import pytest
import torch

import kerastorch as keras

D = keras.distillation
X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
Y = np.arange(32) % 3


def make(k, seed):
    rng = np.random.default_rng(seed)
    layers = [k.layers.Dense(8, activation="relu", name="hidden"), k.layers.Dense(3, name="logits")]
    model = k.Sequential([k.Input((4,)), *layers])
    model.set_weights([rng.normal(size=w.shape).astype("float32") for w in model.get_weights()])
    return model


LOSSES = {
    "kl": lambda d: d.LogitsDistillation(),
    "logits": lambda d: d.LogitsDistillation(2.0, "mse"),
    "hidden": lambda d: d.FeatureDistillation("mse", "hidden", "hidden"),
    "both": lambda d: [
        d.LogitsDistillation(4, "mae"),
        d.FeatureDistillation("cosine_similarity", "hidden", "hidden"),
    ],
}


def train(k, name, weights, share):
    distiller = k.distillation.Distiller(make(k, 0), make(k, 1), LOSSES[name](k.distillation), weights, share)
    loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    distiller.compile(k.optimizers.SGD(0.05), loss, metrics=["accuracy"])
    history = distiller.fit(X, Y, batch_size=12, epochs=2, shuffle=False, verbose=0).history
    return distiller, history, distiller.evaluate(X, Y, verbose=0, return_dict=True)


@pytest.mark.parametrize(
    "name, weights, share",
    [
        ("kl", None, 0.5),
        ("logits", None, 0.3),
        ("hidden", [0.5], 0.5),
        ("both", [1.0, 0.5], 0.7),
        ("both", None, 1),
    ],
)
def test_training_is_that_of_keras(name, weights, share):
    ours, theirs = train(keras, name, weights, share), train(oracle, name, weights, share)
    for mine, expected in zip(ours[1:], theirs[1:]):
        assert sorted(mine) == sorted(expected)
        for key in expected:
            np.testing.assert_allclose(mine[key], expected[key], rtol=1e-4, err_msg=key)
    for mine, expected in zip(ours[0].student.get_weights(), theirs[0].student.get_weights()):
        np.testing.assert_allclose(mine, expected, rtol=1e-4, atol=1e-4)
    assert len(ours[0].trainable_variables) == 4 and not ours[0].teacher.trainable
    np.testing.assert_array_equal(ours[0].teacher.get_weights()[0], make(keras, 0).get_weights()[0])
    np.testing.assert_allclose(ours[0].predict(X, verbose=0), ours[0].student.predict(X, verbose=0))


STRUCTURES = [
    (2.0, "mse", lambda t: t),
    (2.0, "categorical_crossentropy", lambda t: t),
    (2.0, "kl_divergence", lambda t: t),
    (3.0, ["mse", None], lambda t: [t, t * 2]),
    (3.0, ["mse", "mae"], lambda t: [t, t * 2]),
    (3.0, {"a": "mse", "b": "mae"}, lambda t: {"b": t, "a": t * 2}),
    (1.0, "mse", lambda t: [t, t * 2]),
]


@pytest.mark.parametrize("temperature, loss, outputs", STRUCTURES)
def test_structures(temperature, loss, outputs):
    t, s = torch.tensor(X[:, :3]), torch.tensor(X[:, 1:])
    for make_one in (
        lambda k: k.LogitsDistillation(temperature, loss),
        lambda k: k.FeatureDistillation(loss),
    ):
        mine, expected = make_one(D), make_one(oracle.distillation)
        values = [one.compute_loss(outputs(t), outputs(s)) for one in (mine, expected)]
        torch.testing.assert_close(*values)
        config = mine.get_config()
        assert config == expected.get_config()
        torch.testing.assert_close(
            type(mine).from_config(config).compute_loss(outputs(t), outputs(s)), values[0]
        )


def test_save_and_load(tmp_path):
    distiller, _, results = train(keras, "both", None, 0.5)
    distiller.save(tmp_path / "d.keras")
    again = keras.models.load_model(tmp_path / "d.keras")
    assert again.evaluate(X, Y, verbose=0, return_dict=True) == pytest.approx(results)


def test_own_loss():
    class Gap(D.DistillationLoss):
        def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
            return keras.ops.max(keras.ops.abs(teacher_outputs - student_outputs))

    distiller = D.Distiller(make(keras, 0), make(keras, 1), Gap(), student_loss_weight=0.0)
    distiller.compile("sgd", "mse")
    y = np.zeros((32, 3))
    before = np.abs(distiller.teacher.predict(X, verbose=0) - distiller.predict(X, verbose=0)).max()
    assert distiller.evaluate(X, y, batch_size=32, verbose=0, return_dict=True)["loss"] == pytest.approx(
        before
    )
    with pytest.raises(NotImplementedError, match="compute_loss"):
        D.DistillationLoss().compute_loss(1, 2)


def other(size, outputs):
    return keras.Sequential([keras.Input((size,)), keras.layers.Dense(outputs)])


@pytest.mark.parametrize(
    "build, message",
    [
        (lambda t, s: D.LogitsDistillation(0), "must be positive"),
        (lambda t, s: D.LogitsDistillation("a"), "must be a number"),
        (lambda t, s: D.LogitsDistillation(2.0, [None]), "non-`None`"),
        (lambda t, s: D.FeatureDistillation(None), "FeatureDistillation"),
        (lambda t, s: D.Distiller(t, 3, []), "Student must be a keras.Model"),
        (lambda t, s: D.Distiller(t, s, [], student_loss_weight=2), "between 0.0 and 1.0, got 2"),
        (lambda t, s: D.Distiller(t, s, [D.LogitsDistillation()], [1.0, 2.0]), r"\(2\) must match"),
        (
            lambda t, s: D.Distiller(t, s, D.FeatureDistillation("mse", "none")),
            "In teacher model: No such layer",
        ),
        (lambda t, s: D.Distiller(t, other(5, 3), []), "input shapes are incompatible"),
        (lambda t, s: D.Distiller(t, other(4, 2), []), "output shapes are incompatible"),
        (lambda t, s: D.Distiller(t, s, []).compile("sgd"), "'loss' cannot be `None`"),
    ],
)
def test_errors(build, message):
    with pytest.raises(ValueError, match=message):
        build(make(keras, 0), make(keras, 1))
