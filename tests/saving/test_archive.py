"""`.keras` files go both ways between this library and the real Keras."""

import io
import json
import zipfile

import keras as real
import numpy as np
import pytest

import kerastorch as keras
from tests.saving.models import BUILDERS, sequential
from tests.saving.test_weights import assert_same, scramble

# Their classes exist in one function only.
REBUILT = [build for build in BUILDERS if build.__name__ not in ("subclassed", "subclassed_functional")]
BY_NAME = pytest.mark.parametrize("build", REBUILT, ids=lambda build: build.__name__)


@BY_NAME
def test_a_model_comes_back(build, tmp_path):
    model = build(keras)
    expected = scramble(model)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert_same(again.get_weights(), expected)
    assert again.get_config() == model.get_config()
    assert [layer.trainable for layer in again.layers] == [layer.trainable for layer in model.layers]


@BY_NAME
def test_keras_reads_what_is_written(build, tmp_path):
    model = build(keras)
    expected = scramble(model)
    model.save(tmp_path / "m.keras")
    assert_same(real.saving.load_model(tmp_path / "m.keras").get_weights(), expected)


@BY_NAME
def test_files_of_keras_are_read(build, tmp_path):
    model = build(real)
    expected = scramble(model)
    model.save(tmp_path / "m.keras")
    assert_same(keras.saving.load_model(tmp_path / "m.keras").get_weights(), expected)


@pytest.mark.parametrize(("writer", "reader"), [(keras, keras), (keras, real), (real, keras)])
def test_a_compiled_model_goes_on_training(writer, reader, tmp_path):
    random = np.random.default_rng(0)
    x, y = random.random((8, 3)).astype("float32"), random.random((8, 2)).astype("float32")
    model = writer.Sequential([writer.Input((3,)), writer.layers.Dense(2)])
    model.compile(writer.optimizers.Adam(0.01), "mse", metrics=["mae"])
    model.fit(x, y, epochs=2, shuffle=False, verbose=0)
    model.save(tmp_path / "m.keras")
    again = reader.saving.load_model(tmp_path / "m.keras")
    assert int(again.optimizer.iterations) == 2
    for m in (model, again):
        m.fit(x, y, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), again.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-5)
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), again.evaluate(x, y, verbose=0), rtol=1e-5)


def test_weights_of_an_archive(tmp_path):
    model = sequential(keras)
    expected = scramble(model)
    model.save(tmp_path / "m.keras")
    scramble(model, seed=1)
    model.load_weights(tmp_path / "m.keras")
    assert_same(model.get_weights(), expected)


def test_a_folder_and_a_file_object(tmp_path):
    model = sequential(keras)
    expected = scramble(model)
    model.save(tmp_path / "folder", zipped=False)
    assert_same(keras.saving.load_model(tmp_path / "folder").get_weights(), expected)
    file = io.BytesIO()
    keras.saving.save_model(model, file)
    file.seek(0)
    assert_same(keras.saving.load_model(file).get_weights(), expected)


def test_without_compiling(tmp_path):
    model = sequential(keras)
    model.compile("adam", "mse")
    model.save(tmp_path / "m.keras")
    assert keras.saving.load_model(tmp_path / "m.keras", compile=False).optimizer is None
    with pytest.warns(
        UserWarning, match="Skipping variable loading for optimizer"
    ):  # as in Keras: it never ran
        assert keras.saving.load_model(tmp_path / "m.keras").optimizer is not None


def test_custom_objects(tmp_path):
    class Twice(keras.layers.Layer):
        def call(self, x):
            return 2 * x

        def save_assets(self, folder):
            with open(f"{folder}/note.txt", "w") as file:
                file.write("two")

        def load_assets(self, folder):
            with open(f"{folder}/note.txt") as file:
                self.note = file.read()

    model = keras.Sequential([keras.Input((2,)), Twice(name="twice")])
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras", custom_objects={"Twice": Twice})
    assert type(again.layers[0]) is Twice and again.layers[0].note == "two"


def test_code_in_a_file_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x * 3)])
    model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="lambda"):
        keras.saving.load_model(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="lambda"):
        keras.saving.load_model(tmp_path / "m.keras", safe_mode=0)
    again = keras.saving.load_model(tmp_path / "m.keras", safe_mode=False)
    assert float(again(np.ones((1, 2)))[0, 0]) == 3


def repack(source, target, **changes):
    """Copy an archive with other members: bytes replace one, None leaves it out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, data in changes.items():
            if data is not None:
                new.writestr(name, data)


def test_members_outside_of_the_folder_are_refused(tmp_path):
    sequential(keras).save(tmp_path / "m.keras")
    repack(tmp_path / "m.keras", tmp_path / "evil.keras", **{"assets/../../../evil.txt": b"x"})
    with pytest.raises(ValueError, match="outside"):
        keras.saving.load_model(tmp_path / "evil.keras")


def test_links_in_an_archive_are_refused(tmp_path):
    sequential(keras).save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras", "a") as archive:
        link = zipfile.ZipInfo("assets/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ValueError, match="links"):
        keras.saving.load_model(tmp_path / "m.keras")


def test_members_that_unpack_to_much_are_refused(tmp_path):
    sequential(keras).save(tmp_path / "m.keras")
    repack(tmp_path / "m.keras", tmp_path / "bomb.keras", **{"assets/zeros": bytes((1 << 28) + 1)})
    with pytest.raises(ValueError, match="fill the memory"):
        keras.saving.load_model(tmp_path / "bomb.keras")


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_missing_member_is_named(name, tmp_path):
    sequential(keras).save(tmp_path / "m.keras")
    repack(tmp_path / "m.keras", tmp_path / "n.keras", **{name: None})
    with pytest.raises(ValueError, match=name):
        keras.saving.load_model(tmp_path / "n.keras")


def test_a_config_that_names_other_things_is_refused(tmp_path):
    sequential(keras).save(tmp_path / "m.keras")
    config = {"module": "os", "class_name": "system", "config": {"command": "true"}, "registered_name": None}
    repack(tmp_path / "m.keras", tmp_path / "n.keras", **{"config.json": json.dumps(config)})
    with pytest.raises(TypeError, match="Could not locate class 'system'"):
        keras.saving.load_model(tmp_path / "n.keras")


@pytest.mark.parametrize(
    ("action", "error", "words"),
    [
        (lambda m, d: m.save(d / "m.txt"), ValueError, "must end in `.keras`"),
        (lambda m, d: m.save(d / "m.keras", zipped=False), ValueError, "folder"),
        (lambda m, d: m.save(d / "m.keras", nonsense=1), ValueError, "nonsense"),
        (lambda m, d: keras.saving.load_model(d / "none.keras"), FileNotFoundError, "no model"),
        (lambda m, d: keras.saving.load_model(__file__), ValueError, "File format not supported"),
    ],
)
def test_bad_arguments(action, error, words, tmp_path):
    with pytest.raises(error, match=words):
        action(sequential(keras), tmp_path)


def test_a_damaged_file(tmp_path):
    (tmp_path / "m.keras").write_bytes(b"PK not really")
    with pytest.raises(ValueError, match="zip archive"):
        keras.saving.load_model(tmp_path / "m.keras")
