"""`.weights.h5` files go both ways between this library and the real Keras."""

import os

import h5py
import keras as real
import numpy as np
import pytest
import torch

import kerastorch as keras
from tests.saving.models import BUILDERS, nested, sequential

BY_NAME = pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)


def scramble(model, seed=0):
    """Give every weight of a model random values, and return them."""
    random = np.random.default_rng(seed)
    model.set_weights([random.random(np.shape(w)).astype(w.dtype) for w in model.get_weights()])
    return model.get_weights()


def contents(path):
    """The datasets of an HDF5 file: the path of each, with its shape and kind of type."""
    found = {}

    def visit(name, x):
        if isinstance(x, h5py.Dataset):
            found[name] = (x.shape, x.dtype.kind)

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def named(path):
    """The groups of an HDF5 file that have a name, but for those of softmax layers inside others."""
    found = set()
    with h5py.File(path) as file:
        file.visititems(lambda name, x: found.add(name) if "name" in x.attrs else None)
    return {name for name in found if "_softmax" not in name}


@BY_NAME
def test_keras_reads_what_is_written(build, tmp_path):
    ours, theirs = build(keras), build(real)
    expected = scramble(ours)
    ours.save_weights(tmp_path / "m.weights.h5")
    theirs.load_weights(tmp_path / "m.weights.h5")
    assert_same(theirs.get_weights(), expected)


@BY_NAME
def test_files_of_keras_are_read(build, tmp_path):
    ours, theirs = build(keras), build(real)
    expected = scramble(theirs)
    theirs.save_weights(tmp_path / "m.weights.h5")
    ours.load_weights(tmp_path / "m.weights.h5")
    assert_same(ours.get_weights(), expected)


@BY_NAME
def test_files_have_the_same_groups(build, tmp_path):
    build(keras).save_weights(tmp_path / "ours.weights.h5")
    build(real).save_weights(tmp_path / "theirs.weights.h5")
    ours, theirs = contents(tmp_path / "ours.weights.h5"), contents(tmp_path / "theirs.weights.h5")
    assert ours == theirs
    assert named(tmp_path / "ours.weights.h5") == named(tmp_path / "theirs.weights.h5")


def assert_same(ours, theirs):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        np.testing.assert_array_equal(a, b)


OPTIMIZERS = ["sgd", "adam", "adamw", "rmsprop", "adagrad"]


@pytest.mark.parametrize("name", [*OPTIMIZERS, "momentum"])
def test_training_goes_on_where_it_was(name, tmp_path):
    """The optimizer's state goes along: after loading, both take the same next steps."""
    random = np.random.default_rng(0)
    x, y = random.random((8, 5)).astype("float32"), random.random((8, 2)).astype("float32")

    def make(package):
        layers = package.layers
        model = package.Sequential([package.Input((5,)), layers.Dense(4, activation="tanh"), layers.Dense(2)])
        optimizer = package.optimizers.SGD(0.1, momentum=0.9) if name == "momentum" else name
        model.compile(optimizer, "mse")
        return model

    theirs = make(real)
    theirs.fit(x, y, epochs=3, batch_size=4, shuffle=False, verbose=0)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    ours = make(keras)
    ours.optimizer.build(ours.trainable_variables)
    ours.load_weights(tmp_path / "theirs.weights.h5")
    ours.save_weights(tmp_path / "ours.weights.h5")
    assert contents(tmp_path / "ours.weights.h5") == contents(tmp_path / "theirs.weights.h5")
    for model in (ours, theirs):
        model.fit(x, y, epochs=2, batch_size=4, shuffle=False, verbose=0)
    assert int(ours.optimizer.iterations) == 10
    for a, b in zip(ours.get_weights(), theirs.get_weights()):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)
    theirs.load_weights(tmp_path / "ours.weights.h5")


def test_bfloat16_both_ways(tmp_path):
    def make(package):
        layer = package.layers.Dense(3, dtype=package.dtype_policies.DTypePolicy("bfloat16"))
        return package.Sequential([package.Input((2,)), layer])

    ours, theirs = make(keras), make(real)
    theirs.layers[0].kernel.assign(np.arange(6.0).reshape(2, 3) / 3)
    expected = theirs.layers[0].kernel.value.float().detach().numpy()
    theirs.save_weights(tmp_path / "m.weights.h5")
    ours.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(ours.layers[0].kernel.detach().float().numpy(), expected)
    ours.save_weights(tmp_path / "n.weights.h5")
    theirs.layers[0].kernel.assign(np.zeros((2, 3)))
    theirs.load_weights(tmp_path / "n.weights.h5")
    np.testing.assert_array_equal(theirs.layers[0].kernel.value.float().detach().numpy(), expected)


def test_torch_modules_are_saved_whole(tmp_path):
    class Mixed(keras.Model):
        def __init__(self):
            super().__init__()
            self.net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
            self.out = keras.layers.Dense(1)

        def call(self, x):
            return self.out(self.net(x))

    models = [Mixed(), Mixed()]
    for model in models:
        model(torch.zeros(2, 3))
    models[0](torch.rand(5, 3), training=True)
    models[0].save_weights(tmp_path / "m.weights.h5")
    models[1].load_weights(tmp_path / "m.weights.h5")
    for a, b in zip(models[0].state_dict().values(), models[1].state_dict().values()):
        torch.testing.assert_close(a, b)


def test_a_missing_layer_is_named(tmp_path):
    model = sequential(keras)
    model.save_weights(tmp_path / "m.weights.h5")
    other = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(4), keras.layers.Dense(7), keras.layers.Dense(2)]
    )
    with pytest.raises(ValueError) as info:
        other.load_weights(tmp_path / "m.weights.h5")
    message = str(info.value)
    assert "A total of 2 objects could not be loaded" in message
    assert "layers/dense_1 (Dense 'dense" in message
    assert "variable 'kernel' has shape (4, 7), but the file has shape (4, 4)" in message
    assert "layers/dense_2" in message and "skip_mismatch=True" in message


def test_skip_mismatch_leaves_what_does_not_fit(tmp_path):
    model = sequential(keras)
    expected = scramble(model)
    model.save_weights(tmp_path / "m.weights.h5")
    other = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(4), keras.layers.Dense(7), keras.layers.Dense(2)]
    )
    before = scramble(other, seed=1)
    with pytest.warns(UserWarning, match="They keep the values"):
        other.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    after = other.get_weights()
    assert_same(after[:2], expected[:2])
    assert_same(after[2:], before[2:])


def test_a_mismatch_inside_a_nested_model_is_named_by_its_path(tmp_path):
    nested(keras).save_weights(tmp_path / "m.weights.h5")
    model = nested(keras)
    with h5py.File(tmp_path / "m.weights.h5", "r+") as file:
        del file["layers/functional/layers/dense_1/vars/1"]
    with pytest.raises(
        ValueError, match=r"layers/functional/layers/dense_1 .*expected 2 variables, but received 1"
    ):
        model.load_weights(tmp_path / "m.weights.h5")


def test_objects_to_skip(tmp_path):
    model = sequential(keras)
    scramble(model)
    model.save_weights(tmp_path / "m.weights.h5")
    before = scramble(model, seed=1)
    model.load_weights(tmp_path / "m.weights.h5", objects_to_skip=[model.layers[0]])
    assert_same(model.get_weights()[:2], before[:2])
    assert not np.array_equal(model.get_weights()[2], before[2])


@pytest.mark.parametrize(
    ("action", "error", "words"),
    [
        (lambda m, d: m.save_weights(d / "m.h5"), ValueError, "must end in `.weights.h5`"),
        (
            lambda m, d: m.save_weights(d / "none" / "m.weights.h5"),
            FileNotFoundError,
            "folder of the file does not exist",
        ),
        (lambda m, d: m.load_weights(d / "none.weights.h5"), FileNotFoundError, "no file of weights"),
        (lambda m, d: m.load_weights(d / "model.pt"), ValueError, "File format not supported"),
        (lambda m, d: m.load_weights(d / "m.weights.h5", nonsense=1), ValueError, "nonsense"),
        (
            lambda m, d: keras.Sequential([keras.layers.Dense(1)]).save_weights(d / "m.weights.h5"),
            ValueError,
            "not yet been built",
        ),
        (
            lambda m, d: keras.Sequential([keras.layers.Dense(1)]).load_weights(d / "m.weights.h5"),
            ValueError,
            "not yet been built",
        ),
    ],
)
def test_bad_arguments(action, error, words, tmp_path):
    with pytest.raises(error, match=words):
        action(sequential(keras), tmp_path)


def test_a_file_that_is_no_hdf5(tmp_path):
    (tmp_path / "m.weights.h5").write_bytes(b"not at all")
    with pytest.raises(OSError, match="no HDF5 file"):
        sequential(keras).load_weights(tmp_path / "m.weights.h5")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    model = sequential(keras)
    model.save_weights(tmp_path / "m.weights.h5")
    before = (tmp_path / "m.weights.h5").read_bytes()
    monkeypatch.setattr(type(model.layers[-1]), "save_own_variables", lambda self, store: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        model.save_weights(tmp_path / "m.weights.h5")
    assert (tmp_path / "m.weights.h5").read_bytes() == before
    assert os.listdir(tmp_path) == ["m.weights.h5"]


def test_overwriting_asks(tmp_path, monkeypatch):
    model = sequential(keras)
    model.save_weights(tmp_path / "m.weights.h5")
    before = (tmp_path / "m.weights.h5").read_bytes()
    scramble(model)
    answers = iter(["what", "n", "y"])
    monkeypatch.setattr("builtins.input", lambda text: next(answers))
    model.save_weights(tmp_path / "m.weights.h5", overwrite=False)
    assert (tmp_path / "m.weights.h5").read_bytes() == before
    model.save_weights(tmp_path / "m.weights.h5", overwrite=False)
    assert (tmp_path / "m.weights.h5").read_bytes() != before


def soft_link(file, tmp_path):
    file["layers/dense/vars/0"] = h5py.SoftLink("/layers/dense_1/vars/0")


def external_link(file, tmp_path):
    file["layers/dense/vars"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/secret")


def external_data(file, tmp_path):
    (tmp_path / "raw").write_bytes(bytes(80))
    file.create_dataset("layers/dense/vars/0", (5, 4), "f4", external=[(str(tmp_path / "raw"), 0, 80)])


def virtual_data(file, tmp_path):
    layout = h5py.VirtualLayout((5, 4), "f4")
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "secret", (5, 4))
    file.create_virtual_dataset("layers/dense/vars/0", layout)


def bomb(file, tmp_path):
    file.create_dataset(
        "layers/dense/vars/0", (1 << 20, 1 << 12), "f4", chunks=(1 << 10, 1 << 10), compression="gzip"
    )


@pytest.mark.parametrize("attack", [soft_link, external_link, external_data, virtual_data, bomb])
@pytest.mark.parametrize("skip_mismatch", [False, True])
def test_hostile_files_are_refused(attack, skip_mismatch, tmp_path):
    model = sequential(keras)
    model.save_weights(tmp_path / "m.weights.h5")
    before = model.get_weights()
    with h5py.File(tmp_path / "m.weights.h5", "r+") as file:
        del file["layers/dense/vars"]
        if attack is not external_link:
            file.create_dataset("layers/dense/vars/1", (4,), "f4")
        attack(file, tmp_path)
    with pytest.raises(ValueError, match="refused"):
        model.load_weights(tmp_path / "m.weights.h5", skip_mismatch=skip_mismatch)
    assert_same(model.get_weights()[:2], before[:2])
