"""Datasets of files in folders, of windows of arrays, and of parts of datasets."""

import struct
import threading
import wave

import numpy as np
import PIL.Image
import pytest
import torch

from kerastorch import utils
from kerastorch.training.pipeline import Dataset, Spec


@pytest.fixture
def images(tmp_path):
    """Two folders of three images each, whose colour says which they are."""
    for label, name in enumerate(("cats", "dogs")):
        (tmp_path / name).mkdir()
        for i in range(3):
            array = np.full((6, 8, 3), 100 * label + 10 * i, "uint8")
            PIL.Image.fromarray(array).save(tmp_path / name / f"{i}.png")
    return tmp_path


def load(directory, **options):
    return utils.image_dataset_from_directory(directory, verbose=False, **{"image_size": (4, 4), **options})


def test_images_in_order(images):
    dataset = load(images, shuffle=False, batch_size=4)
    x, y = next(iter(dataset))
    assert type(x) is torch.Tensor and x.shape == (4, 4, 4, 3) and x.dtype == torch.float32
    assert x[:, 0, 0, 0].tolist() == [0, 10, 20, 100] and y.tolist() == [0, 0, 0, 1]
    assert dataset.class_names == ["cats", "dogs"] and len(dataset.file_paths) == 6 and len(dataset) == 2
    assert dataset.element_spec == (
        Spec((None, 4, 4, 3), torch.float32),
        Spec((None,), torch.int32),
    )


@pytest.mark.parametrize(
    ("options", "x_shape", "y"),
    [
        ({"label_mode": "binary"}, (6, 4, 4, 3), [[0.0]] * 3 + [[1.0]] * 3),
        ({"label_mode": "categorical"}, (6, 4, 4, 3), [[1.0, 0.0]] * 3 + [[0.0, 1.0]] * 3),
        ({"labels": [5, 4, 3, 2, 1, 0]}, (6, 4, 4, 3), [5, 4, 3, 2, 1, 0]),
        ({"class_names": ["dogs", "cats"]}, (6, 4, 4, 3), [0, 0, 0, 1, 1, 1]),
        ({"color_mode": "grayscale"}, (6, 4, 4, 1), [0, 0, 0, 1, 1, 1]),
        ({"color_mode": "rgba", "data_format": "channels_first"}, (6, 4, 4, 4), [0, 0, 0, 1, 1, 1]),
        ({"crop_to_aspect_ratio": True}, (6, 4, 4, 3), [0, 0, 0, 1, 1, 1]),
        ({"pad_to_aspect_ratio": True}, (6, 4, 4, 3), [0, 0, 0, 1, 1, 1]),
        ({"interpolation": "mitchellcubic"}, (6, 4, 4, 3), [0, 0, 0, 1, 1, 1]),
        ({"interpolation": "gaussian"}, (6, 4, 4, 3), [0, 0, 0, 1, 1, 1]),
    ],
    ids=str,
)
def test_arguments_of_image_datasets(images, options, x_shape, y):
    ((x, labels),) = load(images, shuffle=False, **options)
    assert tuple(x.shape) == x_shape and labels.tolist() == y


def test_parts_do_not_overlap(images):
    train, validation = load(images, validation_split=0.34, subset="both", seed=3, batch_size=None)
    assert sorted(train.file_paths + validation.file_paths) == sorted(load(images).file_paths)
    assert (len(train), len(validation)) == (4, 2)


def test_a_seed_means_an_order(images):
    orders = [
        [int(x[0, 0, 0, 0]) for x in load(images, labels=None, seed=s, batch_size=1)] for s in (1, 1, 2)
    ]
    assert orders[0] == orders[1] != orders[2]


def test_a_dataset_is_mapped_and_trained_on(images):
    dataset = load(images, label_mode="binary").map(lambda x, y: (x / 255, y)).cache().prefetch(1)
    assert float(max(x.max() for x, y in dataset)) <= 1
    assert [x.shape[0] for x in torch.utils.data.DataLoader(list(load(images, labels=None)), None)] == [6]


def test_broken_images_are_named(images):
    (images / "cats" / "9.png").write_bytes(b"no image")
    before = threading.active_count()
    with pytest.raises(ValueError, match=r"9\.png cannot be read as an image"):
        list(load(images))
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": "other"}, "`labels` argument should be a list/tuple"),
        ({"label_mode": "other"}, "`label_mode` argument must be one of"),
        ({"color_mode": "other"}, "`color_mode` must be one of"),
        ({"interpolation": "other"}, "Argument `interpolation` should be one of"),
        ({"image_size": (1, 2, 3)}, "Invalid `image_size` value"),
        ({"format": "other"}, '`format` should be either "tf" or "grain"'),
        ({"validation_split": 2}, "`validation_split` must be between 0 and 1"),
        ({"validation_split": 0.2}, "If `subset` is set, `validation_split` must be set"),
        ({"validation_split": 0.2, "subset": "other"}, "`subset` must be either"),
        ({"validation_split": 0.2, "subset": "training"}, "provide a `seed` argument"),
        ({"class_names": ["cows"]}, "The `class_names` passed did not match"),
        ({"labels": [0, 1]}, "Expected the lengths of `labels` to match"),
        ({"labels": None, "class_names": ["cats"]}, "`class_names` cannot be specified"),
        ({"labels": [0, 0, 1, 1, 2, 2], "label_mode": "binary"}, "there must be exactly 2 class_names"),
        ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, "Only one of `pad_to_aspect_ratio`"),
    ],
    ids=str,
)
def test_errors_of_image_datasets(images, options, message):
    with pytest.raises(ValueError, match=message):
        load(images, **options)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="No images found in directory"):
        load(tmp_path)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nowhere")


def test_texts(tmp_path):
    for name, texts in {"neg": ["bad", "awful"], "pos": ["good ü"]}.items():
        (tmp_path / name).mkdir()
        for i, text in enumerate(texts):
            (tmp_path / name / f"{i}.txt").write_text(text, encoding="utf-8")
    options = {"shuffle": False, "verbose": False}
    ((x, y),) = utils.text_dataset_from_directory(tmp_path, **options)
    assert x.tolist() == [b"bad", b"awful", "good ü".encode()] and y.tolist() == [0, 0, 1]
    (x,) = utils.text_dataset_from_directory(tmp_path, labels=None, max_length=2, **options)
    assert x.tolist() == [b"ba", b"aw", b"go"]
    ((x, _),) = utils.text_dataset_from_directory(tmp_path, format="grain", **options)
    assert x == ["bad", "awful", "good ü"]


def write_wav(path, values, rate=8000, width=2):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(values)}h", *values))


def test_audio(tmp_path):
    (tmp_path / "a").mkdir()
    write_wav(tmp_path / "a" / "0.wav", [0, 16384, -32768])
    write_wav(tmp_path / "a" / "1.wav", [8192] * 5)
    options = {"shuffle": False, "verbose": False}
    ((x, y),) = utils.audio_dataset_from_directory(tmp_path, **options)
    assert x[:, :, 0].tolist() == [[0, 0.5, -1, 0, 0], [0.25] * 5] and y.tolist() == [0, 0]
    (x,) = utils.audio_dataset_from_directory(tmp_path, labels=None, output_sequence_length=4, **options)
    assert x.shape == (2, 4, 1)
    with pytest.raises(ValueError, match="Cannot set both"):
        utils.audio_dataset_from_directory(tmp_path, ragged=True, output_sequence_length=4)
    (tmp_path / "a" / "2.wav").write_bytes(b"RIFF")
    with pytest.raises(ValueError, match=r"2\.wav cannot be read as a WAV file"):
        list(utils.audio_dataset_from_directory(tmp_path, **options))


def test_audio_is_resampled(tmp_path):
    (tmp_path / "a").mkdir()
    times = np.arange(800) / 8000
    write_wav(tmp_path / "a" / "0.wav", (20000 * np.sin(2 * np.pi * 200 * times)).astype(int).tolist())
    options = {"labels": None, "verbose": False, "sampling_rate": 16000}
    (x,) = utils.audio_dataset_from_directory(tmp_path, **options)
    assert x.shape == (1, 1600, 1)
    expected = 20000 / 32768 * np.sin(2 * np.pi * 200 * np.arange(1600) / 16000)
    assert np.abs(x[0, 100:-100, 0].numpy() - expected[100:-100]).max() < 5e-3


def test_windows():
    data = np.arange(20)
    dataset = utils.timeseries_dataset_from_array(
        data, data * 2, 3, sequence_stride=4, sampling_rate=2, batch_size=2, start_index=1, end_index=18
    )
    found = [(x.tolist(), y.tolist()) for x, y in dataset]
    assert found[0] == ([[1, 3, 5], [5, 7, 9]], [2, 10])
    (first,) = utils.timeseries_dataset_from_array(data, None, 18, batch_size=None).take(1)
    assert first.tolist() == list(range(18))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start_index": -1}, "`start_index` must be 0 or greater"),
        ({"start_index": 30}, "`start_index` must be lower than the length"),
        ({"end_index": 30}, "`end_index` must be lower than the length"),
        ({"start_index": 5, "end_index": 3}, "`end_index` must be higher than `start_index`"),
        ({"sampling_rate": 0}, "`sampling_rate` must be higher than 0"),
        ({"sequence_stride": 40}, "`sequence_stride` must be lower than the length"),
    ],
    ids=str,
)
def test_errors_of_windows(options, message):
    with pytest.raises(ValueError, match=message):
        utils.timeseries_dataset_from_array(np.arange(20), None, 3, **options)


def test_split_arrays_and_datasets():
    x, y = np.arange(10.0), np.arange(10)
    left, right = utils.split_dataset((x, y), left_size=0.7)
    assert [float(a) for a, b in left] == list(range(7)) and len(right) == 3
    dataset = Dataset.from_tensor_slices((x, y)).batch(4)
    left, right = utils.split_dataset(dataset, right_size=2)
    assert [len(a) for a, b in left] == [4, 4] and [b.tolist() for a, b in right] == [[8, 9]]
    left, right = utils.split_dataset((x,), left_size=5, shuffle=True, seed=1)
    assert sorted(float(a) for (a,) in [*left, *right]) == x.tolist()


@pytest.mark.parametrize(
    ("dataset", "options", "error", "message"),
    [
        (3, {"left_size": 0.5}, TypeError, "must be either a dataset"),
        ([np.arange(4)], {}, ValueError, "At least one of the `left_size`"),
        ([np.arange(4)], {"left_size": "a"}, TypeError, "Invalid `left_size` Type"),
        ([np.arange(4)], {"left_size": 9}, ValueError, "`left_size` should be either a positive integer"),
        ([np.arange(4)], {"left_size": 0.9, "right_size": 0.9}, ValueError, "greater than 1"),
    ],
)
def test_errors_of_splits(dataset, options, error, message):
    with pytest.raises(error, match=message):
        utils.split_dataset(dataset, **options)
