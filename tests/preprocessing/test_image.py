"""keras.preprocessing.image: the augmenting generator of Keras 2."""

import keras.src.legacy.preprocessing.image as real
import numpy as np
import pandas
import PIL.Image
import pytest

import kerastorch as keras
from kerastorch.preprocessing import image


def square(shape=(6, 6, 3)):
    return np.random.RandomState(0).rand(*shape).astype("float32")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, lambda x: x),
        # the first of the two shifts is along the columns
        ({"ty": 1}, lambda x: np.concatenate([x[1:], x[-1:]])),
        ({"tx": -2}, lambda x: np.concatenate([x[:, :1], x[:, :1], x[:, :-2]], 1)),
        ({"ty": 1, "fill_mode": "constant", "cval": 7}, lambda x: np.concatenate([x[1:], 0 * x[-1:] + 7])),
        ({"ty": 2, "fill_mode": "reflect"}, lambda x: np.concatenate([x[2:], x[-1:], x[-2:-1]])),
        ({"ty": 1, "fill_mode": "wrap"}, lambda x: np.concatenate([x[1:], x[1:2]])),
        ({"theta": 180}, lambda x: x[::-1, ::-1]),
        ({"tx": 0.5}, lambda x: np.concatenate([(x[:, 1:] + x[:, :-1]) / 2, x[:, -1:]], 1)),
        ({"tx": 0.4, "order": 0}, lambda x: x),
    ],
    ids=range(9),
)
def test_affine_transforms(options, expected):
    x = square()
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    moved = image.apply_affine_transform(x, **options, **axes)
    np.testing.assert_allclose(moved, expected(x), atol=1e-5)
    first = image.apply_affine_transform(x.transpose(2, 0, 1), **options)
    np.testing.assert_allclose(first, moved.transpose(2, 0, 1), atol=1e-6)


def test_rotation_and_zoom_of_a_square():
    x = square((5, 5, 1))
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    turned = image.apply_affine_transform(x, theta=90, **axes)[..., 0]
    assert np.allclose(turned, np.rot90(x[..., 0]), atol=1e-5) or np.allclose(
        turned, np.rot90(x[..., 0], -1), atol=1e-5
    )
    zoomed = image.apply_affine_transform(x, zx=0.5, zy=0.5, **axes)
    np.testing.assert_allclose(zoomed[2, 2], x[2, 2], atol=1e-6)
    np.testing.assert_allclose(zoomed[0, 0], x[1, 1], atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rotation_range": 30, "width_shift_range": 0.3, "height_shift_range": 3, "shear_range": 10},
        {"zoom_range": 0.2, "channel_shift_range": 5.0, "horizontal_flip": True, "vertical_flip": True},
        {"zoom_range": (0.5, 2.0), "brightness_range": (0.5, 1.5), "width_shift_range": [1, 2, 4]},
    ],
    ids=str,
)
def test_random_parameters_are_those_of_keras(options):
    ours, theirs = image.ImageDataGenerator(**options), real.ImageDataGenerator(**options)
    for seed in range(3):
        mine, other = (g.get_random_transform((20, 30, 3), seed) for g in (ours, theirs))
        assert {k: None if v is None else float(v) for k, v in mine.items()} == {
            k: None if v is None else float(v) for k, v in other.items()
        }


@pytest.mark.parametrize(
    "options",
    [
        {"featurewise_center": True, "featurewise_std_normalization": True, "rescale": 0.5},
        {"samplewise_center": True, "samplewise_std_normalization": True},
        {"featurewise_center": True, "zca_whitening": True},
        {"preprocessing_function": lambda x: x + 1, "horizontal_flip": True},
    ],
    ids=",".join,
)
def test_normalization_is_that_of_keras(options):
    x = square((6, 4, 4, 3))
    results = []
    for module in (image, real):
        generator = module.ImageDataGenerator(**options)
        generator.fit(x, seed=0)
        flow = generator.flow(x, np.arange(6), batch_size=4, seed=3)
        results.append([next(flow), next(flow), next(flow), flow[1]])
    for (x1, y1), (x2, y2) in zip(*results):
        np.testing.assert_allclose(x1, x2, atol=1e-4)
        np.testing.assert_array_equal(y1, y2)


def test_subsets_weights_and_other_inputs():
    x, y = square((10, 4, 4, 1)), np.arange(10) % 2
    generator = image.ImageDataGenerator(validation_split=0.4)
    assert (generator.flow(x, y, subset="training").n, generator.flow(x, y, subset="validation").n) == (6, 4)
    (images, other), labels, weights = next(
        generator.flow((x, y * 2), y, sample_weight=y * 3, shuffle=False, batch_size=3)
    )
    assert images.shape == (3, 4, 4, 1) and other.tolist() == [0, 2, 0] and weights.tolist() == [0, 3, 0]
    assert labels.tolist() == [0, 1, 0]
    with pytest.raises(ValueError, match="different number of classes"):
        generator.flow(x, np.arange(10), subset="training")


@pytest.fixture
def folder(tmp_path):
    for label, name in enumerate(("a", "b")):
        (tmp_path / name).mkdir()
        for i in range(3):
            array = np.full((6, 8, 3), 100 * label + 10 * i, "uint8")
            PIL.Image.fromarray(array).save(tmp_path / name / f"{i}.png")
    return tmp_path


def test_flow_from_directory(folder, capsys):
    generator = image.ImageDataGenerator(rescale=1 / 255, validation_split=0.34)
    flow = generator.flow_from_directory(folder, target_size=(4, 4), batch_size=4, shuffle=False)
    assert "Found 6 images belonging to 2 classes." in capsys.readouterr().out
    x, y = next(flow)
    assert x.shape == (4, 4, 4, 3) and y.tolist() == [[1, 0]] * 3 + [[0, 1]] and len(flow) == 2
    np.testing.assert_allclose(x[:, 0, 0, 0] * 255, [0, 10, 20, 100], atol=1e-4)
    assert flow.class_indices == {"a": 0, "b": 1} and flow.classes.tolist() == [0, 0, 0, 1, 1, 1]
    assert [len(next(flow)[0]) for _ in range(3)] == [2, 4, 2]
    for subset, count in (("training", 4), ("validation", 2)):
        assert generator.flow_from_directory(folder, subset=subset).samples == count
    x = next(generator.flow_from_directory(folder, class_mode=None, color_mode="grayscale", batch_size=6))
    assert x.shape == (6, 256, 256, 1)
    with pytest.raises(ValueError, match="Invalid class_mode"):
        generator.flow_from_directory(folder, class_mode="other")
    with pytest.raises(ValueError, match="Invalid color mode"):
        generator.flow_from_directory(folder, color_mode="other")


def test_flow_from_dataframe(folder):
    frame = pandas.DataFrame(
        {
            "filename": ["a/0.png", "a/1.png", "b/0.png", "b/9.png"],
            "class": ["x", "y", "x", "y"],
            "value": [1.0, 2.0, 3.0, 4.0],
        }
    )
    generator = image.ImageDataGenerator()
    options = {"directory": folder, "target_size": (4, 4), "shuffle": False}
    with pytest.warns(UserWarning, match="Found 1 invalid image filename"):
        flow = generator.flow_from_dataframe(frame, class_mode="binary", **options)
    assert next(flow)[1].tolist() == [0, 1, 0]
    frame = frame[:3]
    flow = generator.flow_from_dataframe(
        frame, y_col="value", class_mode="raw", weight_col="value", **options
    )
    _, y, weights = next(flow)
    assert y.tolist() == weights.tolist() == [1, 2, 3]
    flow = generator.flow_from_dataframe(
        frame, y_col=["value", "value"], class_mode="multi_output", **options
    )
    assert [output.tolist() for output in next(flow)[1]] == [[1, 2, 3]] * 2
    flow = generator.flow_from_dataframe(frame, classes=["x"], **options)
    assert next(flow)[1].tolist() == [[1], [1]]
    with pytest.raises(TypeError, match="column values must be strings"):
        generator.flow_from_dataframe(frame, y_col="value", class_mode="sparse", **options)


def test_a_model_trains_on_a_generator(folder):
    generator = image.ImageDataGenerator(rotation_range=20, brightness_range=(0.8, 1.2), zoom_range=0.1)
    flow = generator.flow_from_directory(
        folder, target_size=(8, 8), class_mode="sparse", batch_size=2, seed=1
    )
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    history = model.fit(flow, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2


def test_augmented_images_are_saved(tmp_path):
    flow = image.ImageDataGenerator().flow(square((2, 4, 4, 3)), save_to_dir=str(tmp_path), save_prefix="p")
    next(flow)
    assert len(list(tmp_path.glob("p_*.png"))) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data_format": "other"}, "`data_format` should be"),
        ({"zoom_range": (1, 2, 3)}, "`zoom_range` should be a float"),
        ({"brightness_range": 3}, "`brightness_range should be tuple"),
        ({"validation_split": 1.5}, "`validation_split` must be strictly between"),
    ],
    ids=str,
)
def test_errors_of_the_generator(options, message):
    with pytest.raises(ValueError, match=message):
        image.ImageDataGenerator(**options)


def test_switches_that_need_others_say_so():
    with pytest.warns(UserWarning, match="overrides setting of `featurewise_center`"):
        generator = image.ImageDataGenerator(featurewise_std_normalization=True)
    with pytest.warns(UserWarning, match="hasn't been fit"):
        generator.standardize(square())
    with pytest.raises(ValueError, match="should have rank 4"):
        generator.fit(square())


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(
    ("shape", "size"), [((8, 12, 3), (4, 4)), ((2, 7, 5, 3), (6, 9)), ((5, 9, 3), (10, 3))]
)
def test_smart_resize(shape, size, data_format):
    import keras as oracle

    x = np.random.RandomState(0).rand(*shape).astype("float32")
    x = x if data_format == "channels_last" else np.moveaxis(x, -1, -3)
    options = {"size": size, "data_format": data_format, "interpolation": "bilinear"}
    ours = image.smart_resize(x, **options)
    np.testing.assert_allclose(ours, oracle.preprocessing.image.smart_resize(x, **options), atol=1e-5)
    assert isinstance(ours, np.ndarray)


def test_errors_of_smart_resize():
    with pytest.raises(ValueError, match="Expected `size` to be a tuple of 2 integers"):
        image.smart_resize(np.zeros((4, 4, 3)), (3, 3, 3))
    with pytest.raises(ValueError, match="incorrect rank"):
        image.smart_resize(np.zeros((4, 4)), (3, 3))
