"""Datasets that are fetched: small files of the real formats, served from this machine."""

import functools
import gzip
import http.server
import io
import json
import os
import pickle
import struct
import tarfile
import threading

import numpy as np
import pytest

import kerastorch as keras
from kerastorch.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    reuters,
)
from kerastorch.datasets.remote import Remote
from kerastorch.datasets.safe import load_npz


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """A function that puts a file on a server in the place of a dataset's own."""
    (tmp_path / "served").mkdir()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    handler = functools.partial(_Quiet, directory=str(tmp_path / "served"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def put(module, attribute, content):
            old = getattr(module, attribute)
            name = os.path.basename(old.url)
            (tmp_path / "served" / name).write_bytes(content)
            url = f"http://127.0.0.1:{server.server_port}/{name}"
            new = Remote(old.name, url, None, old.folder, old.archive)
            monkeypatch.setattr(module, attribute, new)

        yield put
        server.shutdown()
        thread.join()


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def objects(lists):
    out = np.empty(len(lists), object)
    out[:] = lists
    return out


def tar(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def test_imdb(serve):
    x, y = objects([[1, 2, 3], [4, 5], [9] * 6, [7]]), np.array([0, 1, 0, 1])
    serve(imdb, "ARRAYS", npz(x_train=x, y_train=y, x_test=x, y_test=y))
    (x_train, y_train), (_x_test, _y_test) = keras.datasets.imdb.load_data()
    assert x_train.dtype == object and y_train.dtype == np.int64
    order = np.arange(4)
    np.random.RandomState(113).shuffle(order)
    # the largest number is no longer below `num_words`, as in Keras
    expected = [[1] + [w + 3 if w < 9 else 2 for w in x[i]] for i in order]
    assert list(x_train) == expected and y_train.tolist() == y[order].tolist()
    (x_train, _), _ = imdb.load_data(num_words=8, skip_top=5, oov_char=None, start_char=None, index_from=0)
    assert sorted(map(len, x_train)) == [0, 0, 1, 1]
    (x_train, y_train), _ = imdb.load_data(maxlen=4)
    assert sorted(map(len, x_train)) == [2, 3] and len(y_train) == 2
    with pytest.raises(ValueError, match="no sequence was kept"):
        imdb.load_data(maxlen=1)
    serve(imdb, "WORDS", json.dumps({"the": 1}).encode())
    assert imdb.get_word_index() == {"the": 1}


def test_reuters(serve):
    x, y = objects([[i] * (i + 1) for i in range(10)]), np.arange(10)
    serve(reuters, "ARRAYS", npz(x=x, y=y))
    (x_train, y_train), (x_test, y_test) = keras.datasets.reuters.load_data(num_words=8, test_split=0.3)
    assert (len(x_train), len(x_test)) == (7, 3) and sorted([*y_train, *y_test]) == list(range(10))
    assert all(len(s) == label + 2 and max(s) < 8 for s, label in zip(x_train, y_train))
    serve(reuters, "WORDS", b'{"a": 2}')
    assert reuters.get_word_index() == {"a": 2}
    assert len(reuters.get_label_names()) == 46


def test_tables(serve):
    x, y = np.arange(1400.0).reshape(700, 2), np.arange(700.0)
    for module in (boston_housing, california_housing):
        serve(module, "ARRAYS", npz(x=x, y=y))
        (x_train, y_train), (_x_test, y_test) = module.load_data(test_split=0.1)
        assert x_train.shape == (630, 2) and y_test.shape == (70,) and x_train.dtype == np.float64
        assert (x_train[:, 0] == 2 * y_train).all() and (y_train != np.arange(630)).any()
        with pytest.raises(ValueError, match="Invalid `test_split` argument"):
            module.load_data(test_split=1.0)
    (_, y_train), (_, y_test) = california_housing.load_data("small")
    assert len(y_train) + len(y_test) == 600
    with pytest.raises(ValueError, match="`version` must be one of"):
        california_housing.load_data("medium")


def batch(count, first, **labels):
    data = np.full((count, 3072), first, "uint8")
    return pickle.dumps({b"data": data, **{k.encode(): v for k, v in labels.items()}}, protocol=2)


def test_cifar10(serve):
    files = {f"cifar-10-batches-py/data_batch_{i}": batch(2, i, labels=[i, i]) for i in range(1, 6)}
    serve(cifar10, "ARCHIVE", tar({**files, "cifar-10-batches-py/test_batch": batch(3, 9, labels=[9, 8, 7])}))
    (x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
    assert x_train.shape == (10, 32, 32, 3) and x_test.shape == (3, 32, 32, 3)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype("uint8")}
    assert (x_train[:, 0, 0, 0] == y_train[:, 0]).all() and y_test.tolist() == [[9], [8], [7]]


def test_cifar100(serve, monkeypatch):
    monkeypatch.setattr("kerastorch.core.settings._image_data_format", "channels_first")
    files = {name: batch(2, 5, fine_labels=[50, 51], coarse_labels=[1, 2]) for name in ("train", "test")}
    serve(cifar100, "ARCHIVE", tar({f"cifar-100-python/{name}": data for name, data in files.items()}))
    (x_train, y_train), _ = keras.datasets.cifar100.load_data()
    assert x_train.shape == (2, 3, 32, 32) and y_train.tolist() == [[50], [51]]
    assert cifar100.load_data("coarse")[1][1].tolist() == [[1], [2]]
    with pytest.raises(ValueError, match="`label_mode` must be one of"):
        cifar100.load_data("other")


def test_fashion_mnist(serve, monkeypatch):
    monkeypatch.setattr(fashion_mnist, "FILES", list(fashion_mnist.FILES))
    images = np.arange(2 * 784, dtype="uint8").reshape(2, 28, 28)
    contents = [
        struct.pack(">IIII", 2051, 2, 28, 28) + images.tobytes(),
        struct.pack(">II", 2049, 2) + bytes([3, 4]),
    ] * 2

    class Holder:
        pass

    for i, content in enumerate(contents):
        Holder.file = fashion_mnist.FILES[i]
        serve(Holder, "file", gzip.compress(content))
        fashion_mnist.FILES[i] = Holder.file
    (x_train, y_train), (_x_test, y_test) = keras.datasets.fashion_mnist.load_data()
    assert (
        (x_train == images).all() and y_test.tolist() == [3, 4] and x_train.dtype == y_train.dtype == "uint8"
    )
    path = os.path.join(os.environ["KERAS_HOME"], "datasets", "fashion-mnist", "train-images-idx3-ubyte.gz")
    with gzip.open(path, "wb") as file:
        file.write(b"other")
    with pytest.raises(ValueError, match="format IDX"):
        fashion_mnist.load_data()


def test_without_a_connection_it_is_said_which_file_goes_where(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(imdb, "ARRAYS", Remote("imdb.npz", "http://127.0.0.1:9/imdb.npz"))
    with pytest.raises(OSError, match="place it at") as caught:
        imdb.load_data()
    assert str(tmp_path / "datasets" / "imdb.npz") in str(caught.value)
    monkeypatch.setattr(cifar10, "ARCHIVE", Remote("name", "http://127.0.0.1:9/c.tar.gz", archive=True))
    with pytest.raises(OSError, match="name_archive"):
        cifar10.load_data()


def test_files_with_another_hash_are_refused(serve):
    serve(imdb, "ARRAYS", npz(x=np.zeros(1)))
    imdb.ARRAYS = Remote("imdb.npz", imdb.ARRAYS.url, "0" * 64)
    with pytest.raises(ValueError, match="Incomplete or corrupted file"):
        imdb.load_data()


class Exploit:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def test_pickles_that_run_code_are_refused(tmp_path, serve):
    marker = tmp_path / "marker"
    path = tmp_path / "evil.npz"
    path.write_bytes(npz(x=objects([Exploit(marker)]), y=np.zeros(1)))
    with pytest.raises(pickle.UnpicklingError, match="Refusing"):
        load_npz(path)
    with pytest.raises(pickle.UnpicklingError, match="Refusing"):
        reuters.load_data(path=path)
    evil = pickle.dumps({b"data": Exploit(marker)})
    serve(cifar100, "ARCHIVE", tar({"cifar-100-python/train": evil}))
    with pytest.raises(pickle.UnpicklingError, match="Refusing"):
        cifar100.load_data()
    assert not marker.exists()
