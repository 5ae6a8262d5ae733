"""Images as files and arrays, against the real Keras."""

import io
import pathlib

import keras as real
import numpy as np
import pytest
import torch

from kerastorch import utils

pytest.importorskip("PIL")
RNG = np.random.default_rng(0)


def image(*shape):
    return RNG.uniform(-3, 300, shape)


@pytest.mark.parametrize("shape", [(5, 4, 1), (5, 4, 3), (5, 4, 4)])
@pytest.mark.parametrize(
    "options", [{}, {"scale": False}, {"dtype": "float64"}, {"data_format": "channels_first"}], ids=str
)
def test_arrays_become_images(shape, options):
    x = image(*shape).clip(0, 255)
    x = x.transpose(2, 0, 1) if options.get("data_format") == "channels_first" else x
    ours, theirs = utils.array_to_img(x, **options), real.utils.array_to_img(x, **options)
    assert ours.mode == theirs.mode and ours.size == theirs.size
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
    back = {k: v for k, v in options.items() if k in ("data_format", "dtype")}
    ours, theirs = utils.img_to_array(ours, **back), real.utils.img_to_array(theirs, **back)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)


def test_tensors_and_wide_values():
    assert utils.array_to_img(torch.zeros(2, 3, 3)).size == (3, 2)
    assert utils.array_to_img(np.full((2, 2, 1), 1000.0), scale=False).mode == "I"


@pytest.mark.parametrize("mode", ["rgb", "rgba", "grayscale"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"target_size": (6, 9)},
        {"target_size": (9, 4), "interpolation": "bilinear", "keep_aspect_ratio": True},
        {"target_size": (3, 3), "interpolation": "lanczos"},
    ],
    ids=str,
)
def test_files_are_read_as_keras_reads_them(tmp_path, mode, options):
    path = tmp_path / "image.png"
    utils.save_img(path, image(7, 5, 3))
    for source in (path, str(path), io.BytesIO(path.read_bytes())):
        ours, theirs = (u.load_img(source, color_mode=mode, **options) for u in (utils, real.utils))
        assert ours.mode == theirs.mode
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "a.JPG", "a.bmp"])
def test_formats_come_from_the_name(tmp_path, name):
    x = image(4, 4, 3)
    for package, folder in ((utils, "ours"), (real.utils, "theirs")):
        (tmp_path / folder).mkdir()
        package.save_img(tmp_path / folder / name, x)
    assert (tmp_path / "ours" / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes()


def test_transparency_is_lost_in_jpeg(tmp_path):
    with pytest.warns(UserWarning, match="does not support RGBA"):
        utils.save_img(tmp_path / "a.jpg", image(4, 4, 4))
    assert utils.load_img(tmp_path / "a.jpg").mode == "RGB"


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda u: u.array_to_img(np.zeros((2, 2))), ValueError, "Expected image array to have rank 3"),
        (lambda u: u.array_to_img(np.zeros((2, 2, 5))), ValueError, "Unsupported channel number: 5"),
        (lambda u: u.img_to_array(np.zeros((2, 2, 3, 1))), ValueError, "Unsupported image shape"),
        (lambda u: u.load_img(3), TypeError, "path should be path-like"),
        (lambda u: u.load_img("x", color_mode="cmyk"), ValueError, "color_mode must be"),
        (lambda u: u.load_img(pathlib.Path("absent.png")), FileNotFoundError, "absent.png"),
    ],
)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call(utils)


def test_interpolation_and_corrupt_files(tmp_path):
    path = tmp_path / "a.png"
    utils.save_img(path, image(4, 4, 3))
    with pytest.raises(ValueError, match="Invalid interpolation method cubic"):
        utils.load_img(path, target_size=(2, 2), interpolation="cubic")
    path.write_bytes(b"not an image")
    with pytest.raises(OSError, match="cannot identify image file"):
        utils.load_img(path)
