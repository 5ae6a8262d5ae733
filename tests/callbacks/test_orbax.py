"""OrbaxCheckpoint: saves that load again, where the package is installed; a clear error where it is not."""

import importlib.util

import numpy as np
import pytest

import kerastorch as keras

HAS_ORBAX = importlib.util.find_spec("orbax") is not None
X, Y = np.random.default_rng(0).random((8, 3)).astype("float32"), np.ones((8, 2), "float32")


def trained(*callbacks, epochs=3):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="only")], name="model")
    model.compile("adam", "mse")
    model.fit(X, Y, batch_size=4, epochs=epochs, verbose=0, callbacks=list(callbacks))
    return model


@pytest.mark.skipif(HAS_ORBAX, reason="orbax-checkpoint is installed")
def test_without_the_package(tmp_path):
    with pytest.raises(ImportError, match="ModelCheckpoint"):
        keras.callbacks.OrbaxCheckpoint(str(tmp_path))


def test_bad_frequency(tmp_path):
    with pytest.raises(ValueError, match="Unrecognized save_freq"):
        keras.callbacks.OrbaxCheckpoint(str(tmp_path), save_freq="often")


@pytest.mark.skipif(not HAS_ORBAX, reason="needs orbax-checkpoint")
@pytest.mark.parametrize("background", [False, True])
def test_a_save_goes_on_training(background, tmp_path):
    callback = keras.callbacks.OrbaxCheckpoint(str(tmp_path / "saves"), save_on_background=background)
    model = trained(callback)
    assert [path.name for path in (tmp_path / "saves").iterdir()] == ["2"]
    again = keras.saving.load_model(tmp_path / "saves")
    assert int(again.optimizer.iterations) == 6
    for m in (model, again):
        m.fit(X, Y, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), again.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.skipif(not HAS_ORBAX, reason="needs orbax-checkpoint")
def test_weights_alone(tmp_path):
    callback = keras.callbacks.OrbaxCheckpoint(
        str(tmp_path / "saves"), save_freq=2, max_to_keep=2, save_weights_only=True
    )
    model = trained(callback)
    assert sorted(path.name for path in (tmp_path / "saves").iterdir()) == ["4", "6"]
    other = trained(epochs=1)
    other.load_weights(tmp_path / "saves")
    for a, b in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="weights only"):
        keras.saving.load_model(tmp_path / "saves")
