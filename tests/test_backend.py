"""config, backend and tree: settings, dtype names, nested structures."""

import pytest

import kerastorch as keras


@pytest.fixture
def settings():
    saved = keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format()
    yield keras.config
    keras.config.set_floatx(saved[0])
    keras.config.set_epsilon(saved[1])
    keras.config.set_image_data_format(saved[2])


def test_settings(settings):
    settings.set_floatx("float64")
    assert keras.ops.zeros(()).dtype == keras.ops.convert_to_tensor(1.5).dtype == keras.ops.mean([1, 2]).dtype
    assert keras.backend.floatx() == "float64"
    settings.set_epsilon(1e-3)
    assert keras.backend.epsilon() == 1e-3
    settings.set_image_data_format("channels_first")
    assert keras.backend.image_data_format() == "channels_first"
    with pytest.raises(ValueError, match="Received: value='int32'"):
        settings.set_floatx("int32")
    with pytest.raises(ValueError, match="Received: backend='jax'"):
        settings.set_backend("jax")


def test_clear_session_numbers_names_afresh():
    keras.backend.clear_session()
    assert keras.metrics.AUC().name == "auc"
    assert keras.metrics.AUC().name == "auc_1"
    keras.backend.clear_session()
    assert keras.metrics.AUC().name == "auc"
    assert keras.backend.get_uid("x") == 1


def test_shapes_are_leaves():
    assert keras.tree.map_shape_structure(len, [(1, 2), (None,)]) == [2, 1]
