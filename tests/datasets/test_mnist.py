import numpy as np
import pytest

from kerastorch.datasets import mnist


def arrays(n_train=3, n_test=2):
    return {
        "x_train": np.arange(n_train * 784, dtype="uint8").reshape(n_train, 28, 28),
        "y_train": np.arange(n_train, dtype="uint8"),
        "x_test": np.zeros((n_test, 28, 28), "uint8"),
        "y_test": np.ones(n_test, "uint8"),
    }


def test_embedded_data_is_the_real_mnist():
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    assert x_train.dtype == y_train.dtype == x_test.dtype == y_test.dtype == np.uint8
    assert y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert x_train.mean() == pytest.approx(33.318421) and x_test.mean() == pytest.approx(33.791224)


def test_an_existing_file_is_read(tmp_path):
    np.savez(tmp_path / "mine.npz", **arrays())
    for path in (tmp_path / "mine.npz", str(tmp_path / "mine.npz")):
        (x_train, y_train), (x_test, y_test) = mnist.load_data(path=path)
        for name, value in dict(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test).items():
            np.testing.assert_array_equal(value, arrays()[name])


@pytest.mark.parametrize("path", ["mnist.npz", "elsewhere.npz", "folder/mnist.npz"])
def test_a_name_where_keras_would_download_to_gives_the_embedded_data(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez(tmp_path / "mnist.npz", **arrays())
    assert mnist.load_data(path)[0][0].shape == (60000, 28, 28)


def write_missing(path):
    np.savez(path, **{name: value for name, value in arrays().items() if name != "y_test"})


def write_lengths(path):
    np.savez(path, **{**arrays(), "y_train": np.zeros(7, "uint8")})


def write_pickled(path):
    np.savez(path, **{**arrays(), "y_test": np.array([object()], dtype=object)})


def write_single_array(path):
    with open(path, "wb") as file:
        np.save(file, np.zeros(3))


def write_text(path):
    path.write_text("not an archive")


def write_nothing(path):
    path.write_bytes(b"")


def write_broken_zip(path):
    path.write_bytes(b"PK\x03\x04 and then something else")


@pytest.mark.parametrize(
    "write, message",
    [
        (write_missing, r"it has no y_test"),
        (write_lengths, r"x_train and y_train must have the same length.*\(3, 28, 28\).*\(7,\)"),
        (write_pickled, r"pickled objects are not read.*wrong\.npz"),
        (write_single_array, r"path must name an \.npz file with the arrays"),
        (write_text, r"path must name an \.npz file with the arrays"),
        (write_nothing, r"path must name an \.npz file with the arrays"),
        (write_broken_zip, r"path must name an \.npz file with the arrays"),
    ],
)
def test_wrong_content_is_a_clear_error(write, message, tmp_path):
    write(tmp_path / "wrong.npz")
    with pytest.raises(ValueError, match=message):
        mnist.load_data(tmp_path / "wrong.npz")
