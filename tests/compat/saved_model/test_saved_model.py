"""Saved objects give what the objects gave, can be trained further, and run no code when they are loaded."""

import json

import numpy as np
import pytest

import compat as tf


class Line(tf.Module):
    def __init__(self):
        super().__init__()
        self.slope = tf.Variable([1.0, 2.0, 3.0], name="slope")
        self.parts = [tf.Variable(2.0)]
        self.dense = tf.keras.layers.Dense(2)

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    def __call__(self, x):
        return tf.nn.relu(x * self.slope + tf.reduce_sum(self.slope)) * self.parts[0]

    @tf.function
    def both(self, x, double=False):
        y = self.dense(x)
        return {"y": y * 2 if double else y, "n": tf.shape(x)}


@pytest.fixture
def line():
    made = Line()
    made(tf.ones([2, 3]))
    made.both(tf.ones([2, 3]))
    made.both(tf.ones([2, 3]), double=True)
    return made


@pytest.fixture
def loaded(line, tmp_path):
    tf.saved_model.save(line, str(tmp_path))
    return tf.saved_model.load(str(tmp_path))


def test_functions_give_the_same(line, loaded):
    x = tf.random.uniform([5, 3])
    np.testing.assert_allclose(loaded(x).numpy(), line(x).numpy(), rtol=1e-6)
    x = tf.random.uniform([2, 3])
    for double in (False, True):
        ours, theirs = loaded.both(x, double=double), line.both(x, double=double)
        np.testing.assert_allclose(ours["y"].numpy(), theirs["y"].numpy(), rtol=1e-6)
        assert ours["n"].numpy().tolist() == [2, 3]


def test_variables_are_there_by_name_and_in_use(line, loaded):
    assert loaded.slope.numpy().tolist() == [1, 2, 3]
    assert float(loaded.parts[0].numpy()) == 2.0
    loaded.slope.assign([0.0, 0.0, 0.0])
    assert loaded(tf.ones([1, 3])).numpy().tolist() == [[0, 0, 0]]


def test_a_loaded_function_can_be_trained(line, loaded):
    x = tf.ones([1, 3])
    gradients = []
    for one in (line, loaded):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(one(x) ** 2)
        gradients.append([g.numpy() for g in tape.gradient(loss, [one.slope, one.parts[0]])])
    for ours, theirs in zip(*gradients):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_other_arguments_are_refused(loaded):
    for args in ((tf.ones([4, 4]),), (tf.ones([4, 3], tf.int32),), (), (tf.ones([4, 3]), 1)):
        with pytest.raises(ValueError, match="Could not find matching concrete function"):
            loaded(*args)


def test_signatures_take_names_and_give_names(line, tmp_path):
    spec = tf.TensorSpec([None, 3], tf.float32)
    tf.saved_model.save(line, str(tmp_path), signatures=line.__call__.get_concrete_function(spec))
    signature = tf.saved_model.load(str(tmp_path)).signatures["serving_default"]
    x = tf.ones([1, 3])
    np.testing.assert_allclose(signature(x=x)["output_0"].numpy(), line(x).numpy())
    assert list(signature.structured_outputs) == ["output_0"]


@pytest.mark.parametrize(
    "write", [tf.saved_model.save, lambda model, path: model.export(path, verbose=False)]
)
def test_a_keras_model_is_served(write, tmp_path):
    model = tf.keras.Sequential([tf.keras.layers.Input((3,)), tf.keras.layers.Dense(2, activation="relu")])
    write(model, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    x = tf.random.uniform([4, 3])
    for call in (loaded, loaded.serve):
        np.testing.assert_allclose(call(x).numpy(), model(x).numpy(), rtol=1e-6)
    assert len(loaded.trainable_variables) == 2
    assert tf.saved_model.contains_saved_model(str(tmp_path))


class Counter(tf.Module):
    def __init__(self):
        super().__init__()
        self.count = tf.Variable(0)

    @tf.function(input_signature=[])
    def add(self):
        return self.count.assign_add(1)


ERRORS = [
    (lambda p: tf.saved_model.load(p + "/nothing"), OSError, "does not exist"),
    (lambda p: tf.saved_model.save(3, p), ValueError, "Expected an AutoTrackable object"),
    (lambda p: tf.saved_model.save(Line(), p, signatures=abs), ValueError, "Expected a TensorFlow function"),
    (
        lambda p: tf.saved_model.save(tf.keras.Sequential([tf.keras.layers.Dense(1)]), p),
        ValueError,
        "input shape",
    ),
    (lambda p: tf.saved_model.save(Counter(), p), RuntimeError, "assign"),
]


@pytest.mark.parametrize("call, error, words", ERRORS)
def test_errors_say_what_to_do(call, error, words, tmp_path):
    with pytest.raises(error, match=words):
        call(str(tmp_path))


def test_a_folder_of_tensorflow_says_so(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01")
    with pytest.raises(OSError, match="was written by TensorFlow"):
        tf.saved_model.load(str(tmp_path))


def test_a_damaged_folder_is_refused(line, tmp_path):
    tf.saved_model.save(line, str(tmp_path))
    path = tmp_path / "saved_model.json"
    document = json.loads(path.read_text())
    document["functions"]["__call__/0"]["nodes"][0][1] = "os.system"
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match="damaged"):
        tf.saved_model.load(str(tmp_path))
