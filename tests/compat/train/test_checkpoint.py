"""Checkpoints: TensorFlow's files, what is restored late, what is damaged.

`tensorflow.json` holds the two files that TensorFlow 2.21 wrote for the objects of `objects`.
"""

import base64
import json
import pathlib

import numpy as np
import pytest
import torch

import compat as tf
from kerastorch.saving.tensor_bundle import TensorBundle, write_bundle

RECORDED = json.loads((pathlib.Path(__file__).parent / "tensorflow.json").read_text())


def objects():
    model = tf.keras.Sequential(
        [tf.keras.Input((3,)), tf.keras.layers.Dense(2), tf.keras.layers.BatchNormalization()]
    )
    return tf.train.Checkpoint(
        model=model,
        v=tf.Variable([0.0, 0.0]),
        names=tf.Variable(["", ""]),
        half=tf.Variable(tf.cast([0.0], tf.bfloat16)),
        parts=[tf.Variable(0) for _ in range(20)],
        ok=tf.Variable([False, False]),
    )


@pytest.fixture
def theirs(tmp_path):
    for suffix, text in RECORDED.items():
        (tmp_path / f"ck-1.{suffix}").write_bytes(base64.b64decode(text))
    return str(tmp_path / "ck-1")


def test_restores_what_tensorflow_wrote(theirs):
    checkpoint = objects()
    checkpoint.restore(theirs).assert_consumed()
    kernel, bias = checkpoint.model.layers[0].get_weights()
    np.testing.assert_array_equal(kernel, [[1, 2], [3, 4], [5, 6]])
    np.testing.assert_array_equal(bias, [7, 8])
    assert checkpoint.names.numpy().tolist() == [b"hi", b"there"]
    assert checkpoint.v.numpy().tolist() == [1.5, -2.5]
    assert float(checkpoint.half.numpy()[0]) == 1.5
    assert [int(part) for part in checkpoint.parts] == list(range(20))
    assert checkpoint.ok.numpy().tolist() == [True, False]


def test_writes_the_names_and_bytes_of_tensorflow(theirs, tmp_path):
    checkpoint = objects()
    checkpoint.restore(theirs)
    ours = checkpoint.write(str(tmp_path / "ours"))
    assert tf.train.list_variables(ours) == tf.train.list_variables(theirs)
    left, right = TensorBundle(ours), TensorBundle(theirs)
    for name in left:
        if not name.startswith("_"):
            assert left.dtype(name) == right.dtype(name)
            np.testing.assert_array_equal(left.read(name), right.read(name))


class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(4)
        self.out = tf.keras.layers.Dense(1)

    def call(self, x):
        return self.out(self.hidden(x))


def train(net, optimizer, steps=1):
    x, y = tf.ones([2, 3]), tf.zeros([2, 1])
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((net(x) - y) ** 2)
        optimizer.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))
    return float(loss)


def test_restored_training_goes_on_as_it_would_have(tmp_path):
    """Weights and slots do not exist yet when they are restored."""
    net, optimizer = Net(), tf.keras.optimizers.Adam(0.1)
    train(net, optimizer, 3)
    path = tf.train.Checkpoint(net=net, optimizer=optimizer).save(str(tmp_path / "ck"))
    later, theirs = Net(), tf.keras.optimizers.Adam(0.1)
    status = tf.train.Checkpoint(net=later, optimizer=theirs).restore(path)
    assert train(later, theirs, 4) == train(net, optimizer, 4)
    status.assert_consumed()
    assert int(theirs.iterations) == 7


def test_a_variable_is_restored_when_it_is_attached(tmp_path):
    path = tf.train.Checkpoint(a=tf.Variable([1.0, 2.0])).save(str(tmp_path / "ck"))
    late = tf.train.Checkpoint()
    status = late.restore(path)
    with pytest.raises(AssertionError, match="Unresolved object in checkpoint"):
        status.assert_consumed()
    late.a = tf.Variable([0.0, 0.0])
    status.assert_consumed()
    assert late.a.numpy().tolist() == [1.0, 2.0]


def test_an_iterator_goes_on_where_it_was(tmp_path):
    def make():
        return iter(tf.data.Dataset.range(10).batch(2))

    first = make()
    next(first), next(first)
    path = tf.train.Checkpoint(i=first).save(str(tmp_path / "ck"))
    second = make()
    tf.train.Checkpoint(i=second).restore(path)
    assert next(second).numpy().tolist() == [4, 5]


def test_a_manager_takes_up_its_folder(tmp_path):
    counter = tf.Variable(0)
    make = lambda: tf.train.CheckpointManager(tf.train.Checkpoint(n=counter), str(tmp_path), 2)  # noqa: E731
    manager = make()
    assert manager.restore_or_initialize() is None
    for i in range(3):
        counter.assign(i)
        manager.save()
    counter.assign(0)
    again = make()
    assert again.restore_or_initialize().endswith("ckpt-3")
    assert int(counter) == 2
    assert sorted(p.name for p in tmp_path.glob("*.index")) == ["ckpt-2.index", "ckpt-3.index"]


@pytest.mark.parametrize("suffix", ["index", "data-00000-of-00001"])
@pytest.mark.parametrize("cut", [1, 7, 60])
def test_a_file_that_is_cut_off_is_refused(theirs, suffix, cut):
    path = pathlib.Path(f"{theirs}.{suffix}")
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(tf.errors.DataLossError):
        objects().restore(theirs).assert_consumed()


def test_every_changed_byte_is_noticed(theirs):
    """One byte changed in either file: an error of ours, or no change of a value."""
    whole = {name: TensorBundle(theirs).read(name) for name in TensorBundle(theirs)}
    rng = np.random.default_rng(0)
    for suffix in RECORDED:
        path = pathlib.Path(f"{theirs}.{suffix}")
        data = path.read_bytes()
        for at in rng.integers(0, len(data), 150):
            damaged = bytearray(data)
            damaged[at] ^= int(rng.integers(1, 256))
            path.write_bytes(damaged)
            try:
                bundle = TensorBundle(theirs)
                for name in bundle:
                    np.testing.assert_array_equal(bundle.read(name), whole[name])
            except ValueError:
                continue
        path.write_bytes(data)


def test_a_failed_write_leaves_the_last_one(tmp_path):
    path = str(tmp_path / "ck")
    write_bundle(path, {"x": (1, np.ones(3, np.float32))})
    with pytest.raises(AttributeError):
        write_bundle(path, {"x": (1, np.zeros(3, np.float32)), "y": (1, None)})
    assert TensorBundle(path).read("x").tolist() == [1, 1, 1]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_torch_module_is_saved_by_its_parameters(tmp_path):
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    path = tf.train.Checkpoint(net=module).write(str(tmp_path / "m"))
    other = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    tf.train.Checkpoint(net=other).read(path).assert_consumed()
    assert torch.equal(other[0].weight, module[0].weight)
