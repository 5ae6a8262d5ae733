"""Batches from every kind of input."""

import warnings

import keras as real
import numpy as np
import pandas as pd
import pytest
import torch

from kerastorch.training.data import data_to_batch, make_data, train_validation_split
from kerastorch.training.data.py_dataset import PyDataset

X = np.arange(30.0).reshape(10, 3)
Y = np.arange(10)


def batches(*arguments, epochs=1, **options):
    data = make_data(*arguments, **options)
    return [list(data.epoch_batches(epoch)) for epoch in range(epochs)]


def spec(structure):
    if isinstance(structure, torch.Tensor):
        return str(structure.dtype).removeprefix("torch."), tuple(structure.shape)
    if isinstance(structure, dict):
        return {key: spec(value) for key, value in structure.items()}
    return None if structure is None else type(structure)(spec(part) for part in structure)


class RealModel(real.Model):
    """Notes what the real Keras gives to `train_step`."""

    def __init__(self):
        super().__init__()
        self.built, self.seen = True, []

    def call(self, x):
        return x

    def train_step(self, data):
        self.seen.append(real.tree.map_structure(lambda x: None if x is None else x.cpu(), data))
        return {"loss": 0.0}


def real_batches(*arguments, **options):
    model = RealModel()
    model.compile("sgd")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(*arguments, verbose=0, shuffle=False, **options)
    return [data if isinstance(data, tuple) else (data,) for data in model.seen]


ARRAYS = {
    "float64": lambda: (X, Y),
    "float16, uint8": lambda: (X.astype("float16"), Y.astype("uint8")),
    "float32, int32": lambda: (X.astype("float32"), Y.astype("int32")),
    "tensors": lambda: (torch.tensor(X), torch.tensor(Y)),
    "list of inputs": lambda: ([X, X + 1], Y),
    "dicts": lambda: ({"b": X, "a": Y}, {"out": Y}),
    "nested": lambda: ({"b": [X, Y]}, Y),
    "only x": lambda: (X,),
    "a list of one": lambda: ([X],),
    "a frame and a series": lambda: (pd.DataFrame(X), pd.Series(Y)),
    "a frame of ints and floats": lambda: (pd.DataFrame({"a": Y, "b": Y / 2}), Y),
    "a frame of bools": lambda: (pd.DataFrame({"a": Y > 3, "b": Y > 5}), Y),
    "sample weights": lambda: (X, Y, Y / 10),
    "read-only": lambda: (np.broadcast_to(X[:1], X.shape), Y),
    "backwards": lambda: (X[::-1], Y[::-1]),
    "columns first": lambda: (np.asfortranarray(X), Y),
    "big-endian": lambda: (X.astype(">f8"), Y.astype(">i4")),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_give_the_batches_of_keras(name):
    x, y, sample_weight = (*ARRAYS[name](), None, None)[:3]
    (ours,) = batches(x, y, sample_weight, batch_size=4)
    if name in ("big-endian", "backwards"):  # the real Keras on torch cannot read these
        x, y = (
            np.ascontiguousarray(x).astype("float64"),
            np.ascontiguousarray(y).astype(y.dtype.newbyteorder("=")),
        )
    theirs = real_batches(x, y, sample_weight=sample_weight, batch_size=4)
    assert [spec(batch) for batch in ours] == [spec(batch) for batch in theirs]
    for our, their in zip(ours, theirs):
        real.tree.map_structure(lambda a, b: np.testing.assert_array_equal(a, b), our, their)


@pytest.mark.parametrize("shuffle", [True, "batch"])
@pytest.mark.parametrize("size", [1, 3, 10, 40])
def test_shuffling_keeps_rows_together_and_loses_none(shuffle, size):
    first, second = batches(X, Y, batch_size=size, shuffle=shuffle, epochs=2)
    for epoch in (first, second):
        assert torch.cat([y for _, y in epoch]).sort().values.tolist() == Y.tolist()
        for x, y in epoch:
            np.testing.assert_array_equal(x, X[y.numpy()])
    if size < 10:
        assert [y.tolist() for _, y in first] != [y.tolist() for _, y in second]
    if shuffle == "batch" and size == 3:
        assert first[-1][1].tolist() == [9]
        assert all((y.diff() == 1).all() for _, y in first)


def test_chunks_are_cut_at_batches(monkeypatch):
    monkeypatch.setattr("kerastorch.training.data.arrays.CHUNK_BYTES", 200)
    (epoch,) = batches(X, Y, batch_size=3)
    assert [len(y) for _, y in epoch] == [3, 3, 3, 1]
    np.testing.assert_array_equal(torch.cat([x for x, _ in epoch]), X)


def test_unshuffled_arrays_are_not_copied():
    x = X.astype("float32")
    (epoch,) = batches(x, batch_size=4)
    assert epoch[0][0].data_ptr() == x.__array_interface__["data"][0]


def test_nested_lists_of_numbers_are_arrays():
    assert spec(batches(X.tolist(), Y.tolist())[0][0]) == (("float32", (10, 3)), ("int64", (10,)))


def test_text_stays_in_numpy():
    (((x, _), *_),) = batches(np.array(["a", "b", "c"]), np.arange(3), batch_size=2, shuffle=True)
    assert isinstance(x, np.ndarray)
    assert len(x) == 2


CLASS_WEIGHTS = {
    "sparse": (Y % 3, [1.0, 2.0, 0.5]),
    "a column": ((Y % 3)[:, None], [1.0, 2.0, 0.5]),
    "one-hot": (np.eye(3)[Y % 3], [1.0, 2.0, 0.5]),
    "floats": ((Y % 3).astype("float32"), [1.0, 2.0, 0.5]),
}


@pytest.mark.parametrize("name", CLASS_WEIGHTS)
@pytest.mark.parametrize("shuffle", [False, True])
def test_class_weights_become_sample_weights(name, shuffle):
    y, weights = CLASS_WEIGHTS[name]
    data = make_data(X, y, batch_size=4, class_weight={1: 2.0, 2: 0.5}, shuffle=shuffle)
    for x, _, sample_weight in data.epoch_batches():
        rows = (x[:, 0] / 3).long()
        np.testing.assert_array_equal(sample_weight, np.array(weights)[rows % 3])
    assert data_to_batch(X, y, class_weight={1: 2.0})[2].tolist() == [1.0, 2.0, 1.0] * 3 + [1.0]


def generator(count=3):
    for i in range(count):
        yield X + i, Y


class Numbered(PyDataset):
    def __init__(self, count=6, **kwargs):
        super().__init__(**kwargs)
        self.count, self.calls = count, []

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return X + index, Y

    def on_epoch_begin(self):
        self.calls.append("begin")

    def on_epoch_end(self):
        self.calls.append("end")


def loader():
    dataset = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y))
    return torch.utils.data.DataLoader(dataset, batch_size=4)


class Foreign:
    """A dataset that only has __iter__ and cardinality()."""

    def __init__(self, known=True):
        self.known = known

    def __iter__(self):
        return generator()

    def cardinality(self):
        return np.int64(3 if self.known else -2)


SOURCES = {
    "generator": (lambda: generator(), None, 3),
    "loader": (loader, 3, 3),
    "loader of dicts": (
        lambda: torch.utils.data.DataLoader([{"a": X[i], "b": Y[i]} for i in range(10)], 4),
        3,
        3,
    ),
    "PyDataset": (lambda: Numbered(), 6, 6),
    "PyDataset with threads": (lambda: Numbered(workers=3, max_queue_size=2), 6, 6),
    "PyDataset with processes": (lambda: Numbered(workers=2, use_multiprocessing=True), 6, 6),
    "dataset": (lambda: Foreign(), 3, 3),
    "dataset of unknown size": (lambda: Foreign(known=False), None, 3),
}


@pytest.mark.parametrize("name", SOURCES)
def test_sources_yield_tuples_of_tensors(name):
    make, length, count = SOURCES[name]
    data = make_data(make())
    assert data.num_batches == length
    epoch = list(data.epoch_batches(0))
    assert len(epoch) == count == data.num_batches
    for batch in epoch:
        assert isinstance(batch, tuple)
        leaves = [x for part in batch for x in (part.values() if isinstance(part, dict) else [part])]
        assert all(isinstance(x, torch.Tensor) and x.dtype in (torch.float32, torch.int64) for x in leaves)
    if name != "generator":
        assert len(list(data.epoch_batches(1))) == count


@pytest.mark.parametrize("options", [{"workers": 4}, {"workers": 2, "use_multiprocessing": True}], ids=str)
def test_workers_keep_the_order(options):
    (epoch,) = batches(Numbered(20, **options))
    assert [x[0, 0].item() for x, _ in epoch] == list(range(20))


def test_a_py_dataset_is_told_about_epochs_and_shuffled():
    source = Numbered(20)
    first, _ = batches(source, shuffle=True, epochs=2)
    order = [x[0, 0].item() for x, _ in first]
    assert order != sorted(order)
    assert sorted(order) == list(range(20))
    assert source.calls == ["begin", "end"] * 2


@pytest.mark.parametrize("processes", [False, True])
def test_an_error_in_a_worker_reaches_the_caller(processes):
    class Broken(Numbered):
        def __getitem__(self, index):
            raise KeyError("broken batch")

    with pytest.raises(KeyError, match="broken batch"):
        batches(Broken(workers=2, use_multiprocessing=processes))


STEPS = [
    (lambda: (X, Y), 2, 3, [2, 1, 2], 1),
    (lambda: (X, Y), 5, 2, [3, 3], 2),
    (lambda: (X, Y), 3, 2, [3, 3], 0),
    (lambda: (generator(),), 1, 3, [1, 1, 1], 0),
    (lambda: (generator(),), 2, 2, [2, 1], 1),
    (lambda: (generator(),), None, 2, [3, 2], 1),  # Keras begins each pass with the two batches it looked at
    (lambda: (Foreign(),), 2, 3, [2, 1, 2], 1),
    (lambda: (Foreign(known=False),), None, 2, [3, 3], 0),
    (lambda: (loader(),), 2, 2, [2, 1], 1),
]


@pytest.mark.parametrize(("make", "steps", "epochs", "lengths", "warned"), STEPS)
def test_an_epoch_of_some_steps_goes_on_where_the_last_one_stopped(make, steps, epochs, lengths, warned):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = batches(*make(), steps_per_epoch=steps, epochs=epochs, batch_size=4)
    assert [len(epoch) for epoch in result] == lengths
    assert len(caught) == warned
    assert all("Your input ran out of data; interrupting training" in str(w.message) for w in caught)


ERRORS = {
    "sizes": (lambda: make_data(X, Y[:5]), ValueError, r"ambiguous.*'x' sizes: 10\n'y' sizes: 5\n"),
    "sizes of many": (lambda: make_data({"a": X, "b": X[:3]}, Y), ValueError, "'x' sizes: 10, 3"),
    "empty": (lambda: make_data(X[:0], Y[:0]), ValueError, "0 samples"),
    "scalar": (lambda: make_data(np.float64(3.0), Y), ValueError, "`x` is a scalar"),
    "batch size": (lambda: make_data(X, Y, batch_size=0), ValueError, "batch_size=0"),
    "odd batch size": (lambda: make_data(X, Y, batch_size=2.5), ValueError, "batch_size=2.5"),
    "shuffle": (lambda: make_data(X, Y, shuffle="foo"), ValueError, "shuffle='foo'"),
    "steps": (lambda: make_data(X, Y, steps_per_epoch=0), ValueError, "steps_per_epoch=0"),
    "text": (lambda: make_data("abc"), ValueError, "Unrecognized data type: x=abc"),
    "nothing": (lambda: make_data(None), ValueError, "x=None"),
    "ragged": (lambda: make_data(np.array([[1], [2, 3]], dtype=object)), ValueError, "dtype object"),
    "frame with text": (lambda: make_data(pd.DataFrame({"a": [1], "b": ["x"]})), ValueError, r"\['b'\]"),
    "torch Dataset": (
        lambda: make_data(torch.utils.data.TensorDataset(torch.zeros(2))),
        ValueError,
        "DataLoader",
    ),
    "generator and y": (
        lambda: make_data(generator(), Y),
        ValueError,
        "as a generator, `y` should not be passed",
    ),
    "loader and weights": (
        lambda: make_data(loader(), None, Y),
        ValueError,
        "sample weights should be included",
    ),
    "both weights": (lambda: make_data(X, Y, Y, class_weight={0: 1}), ValueError, "at the same time"),
    "class weight, outputs": (lambda: make_data(X, [Y, Y], class_weight={0: 1}), ValueError, "single output"),
    "class weight, no dict": (lambda: make_data(X, Y, class_weight=[1, 2]), ValueError, "must be a dict"),
    "four parts": (lambda: batches(iter([(1, 2, 3, 4)])), ValueError, "Data is expected to be in format"),
    "split of a generator": (
        lambda: train_validation_split((generator(), None), 0.2),
        ValueError,
        "only supported",
    ),
    "split of one": (lambda: train_validation_split((X[:1], Y[:1]), 0.2), ValueError, "contains 1 samples"),
    "split of all": (lambda: train_validation_split((X, Y), 1.2), ValueError, "validation_split=1.2"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_is_wrong(name):
    call, error, message = ERRORS[name]
    with pytest.raises(error, match=message):
        call()


def test_the_split_takes_the_end_without_copying():
    (x, y, w), (x_val, y_val, w_val) = train_validation_split((X, pd.Series(Y), None), 0.2)
    assert np.shares_memory(x, X)
    assert (len(x), len(y), w) == (8, 8, None)
    assert (x_val[0, 0], y_val.tolist(), w_val) == (24.0, [8, 9], None)


@pytest.mark.cuda
@pytest.mark.parametrize("share", [0.25, 0.0])
def test_batches_are_on_the_device(share, monkeypatch):
    monkeypatch.setattr("kerastorch.training.data.arrays.RESIDENT_SHARE", share)
    for x, y in make_data(X, Y, batch_size=4, shuffle=True, device="cuda").epoch_batches():
        assert x.is_cuda
        assert y.is_cuda
        np.testing.assert_array_equal(x.cpu(), X[y.cpu().numpy()])
