"""The engine of datasets, as it works without TensorFlow's names: threads, files, what users see."""

import gc
import threading
import time
from collections import OrderedDict

import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch.training.pipeline import Dataset, Spec
from kerastorch.training.pipeline.disk import read


def values(dataset):
    return [x.tolist() for x in dataset]


def slow(x):
    time.sleep(0.002)
    return x * 10


def threads():
    """Those of pipelines that are alive."""
    return [t for t in threading.enumerate() if t.name.startswith(("prefetch", "pipeline"))]


def test_elements_are_torch_tensors():
    dataset = Dataset.from_tensor_slices({"x": np.zeros((4, 2)), "t": ["a", "b", "c", "d"]}).batch(3)
    batch = next(iter(dataset))
    assert type(batch["x"]) is torch.Tensor and batch["x"].dtype == torch.float64
    assert batch["t"].tolist() == [b"a", b"b", b"c"]
    assert dataset.element_spec == {"x": Spec((None, 2), torch.float64), "t": Spec((None,), "string")}
    seen = []
    list(dataset.map(lambda element: seen.append(type(element["x"])) or element["x"]))
    assert seen == [torch.Tensor] * 2


def test_python_values_become_tensors():
    element = next(iter(Dataset.range(1).map(lambda x: (1, 2.0, [x, x], None, True))))
    assert [None if x is None else x.dtype for x in element] == [
        torch.int32,
        torch.float32,
        torch.int64,
        None,
        torch.bool,
    ]


def test_a_model_trains_on_a_dataset():
    x, y = np.random.rand(64, 3).astype("float32"), np.random.rand(64, 1).astype("float32")
    dataset = Dataset.from_tensor_slices((x, y)).shuffle(64).batch(16).prefetch(2)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(loss="mse")
    history = model.fit(dataset, epochs=2, verbose=0, validation_data=dataset)
    assert len(history.history["val_loss"]) == 2
    assert model.predict(dataset.map(lambda x, y: x), verbose=0).shape == (64, 1)
    model.fit(dataset.repeat(), steps_per_epoch=3, verbose=0)


def test_a_dataset_goes_into_a_loader_and_back():
    class Items(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(Dataset.range(6).batch(2))

    loaded = torch.utils.data.DataLoader(Items(), batch_size=None)
    assert values(loaded) == [[0, 1], [2, 3], [4, 5]]
    back = Dataset.from_generator(lambda: iter(loaded), output_signature=Spec((None,), torch.int64))
    assert values(back.unbatch()) == list(range(6))


@pytest.mark.parametrize("deterministic", [True, False])
def test_several_threads_call_a_slow_function(deterministic):
    who = set()

    def function(x):
        who.add(threading.get_ident())
        return slow(x)

    dataset = Dataset.range(40).map(function, num_parallel_calls=4, deterministic=deterministic)
    found = values(dataset)
    assert (found if deterministic else sorted(found)) == [10 * i for i in range(40)]
    assert len(who) > 1 and not threads()


def test_a_quick_function_stays_in_its_thread():
    who = []
    list(Dataset.range(50).map(lambda x: who.append(threading.get_ident()) or x, num_parallel_calls=4))
    assert set(who) == {threading.get_ident()}


def test_few_elements_are_under_way():
    asked = []

    def numbers():
        for i in range(100):
            asked.append(i)
            yield i

    signature = Spec((), torch.int64)
    dataset = Dataset.from_generator(numbers, output_signature=signature).map(slow, num_parallel_calls=2)
    iterator = iter(dataset)
    for _ in range(10):
        next(iterator)
    assert len(asked) <= 10 + 4 + 1
    del iterator
    gc.collect()
    assert not threads()


def test_prefetch_makes_elements_ahead_and_not_too_many():
    made = []
    dataset = Dataset.range(100).map(lambda x: made.append(int(x)) or x).prefetch(3)
    iterator = iter(dataset)
    next(iterator)
    deadline = time.monotonic() + 5
    while len(made) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert 4 <= len(made) <= 6
    iterator = None
    gc.collect()
    assert not threads()


@pytest.mark.parametrize(
    "steps",
    [
        lambda d: d.prefetch(2),
        lambda d: d.map(slow, num_parallel_calls=3),
        lambda d: d.map(slow, num_parallel_calls=3).prefetch(2).batch(2).prefetch(1),
        lambda d: d.interleave(lambda x: Dataset.range(2).map(slow), 2, num_parallel_calls=2),
    ],
)
def test_threads_end_with_their_pass(steps):
    dataset = steps(Dataset.range(30).map(lambda x: x))
    assert len(values(dataset)) == len(values(dataset))
    assert not threads()
    iterator = iter(dataset)
    next(iterator)
    del iterator
    gc.collect()
    assert not threads()


def test_threads_end_after_an_interrupt():
    dataset = Dataset.range(30).map(slow, num_parallel_calls=3).prefetch(2)
    with pytest.raises(KeyboardInterrupt):
        for i, _ in enumerate(dataset):
            if i == 2:
                raise KeyboardInterrupt
    gc.collect()
    assert not threads()


@pytest.mark.parametrize("options", [{}, {"num_parallel_calls": 3}])
def test_errors_arrive_with_their_position(options):
    def function(x):
        time.sleep(0.001)
        if x == 17:
            raise KeyError("unlucky")
        return x

    dataset = Dataset.range(30).map(function, **options).prefetch(4)
    seen = []
    with pytest.raises(KeyError, match="unlucky") as caught:
        for x in dataset:
            seen.append(int(x))
    assert seen == list(range(17))
    notes = getattr(caught.value, "__notes__", None) or caught.value.args
    assert "Dataset.map at element 17" in notes[0]
    del caught
    gc.collect()
    assert not threads()


def test_errors_can_be_passed_over():
    def function(x):
        if x % 3 == 0:
            raise ValueError("no")
        return x

    assert values(Dataset.range(7).map(function).ignore_errors()) == [1, 2, 4, 5]
    with pytest.warns(UserWarning, match="no"):
        list(Dataset.range(2).map(function).ignore_errors(log_warning=True))


def test_a_generator_is_closed_with_its_pass():
    log = []

    def numbers():
        try:
            yield from range(100)
        finally:
            log.append("closed")

    dataset = Dataset.from_generator(numbers, output_signature=Spec((), torch.int64)).prefetch(2)
    iterator = iter(dataset)
    next(iterator)
    del iterator
    gc.collect()
    assert log == ["closed"]


def test_tensors_in_memory_need_no_thread():
    dataset = Dataset.from_tensor_slices(np.arange(100)).shuffle(100).batch(10).prefetch(2)
    iterator = iter(dataset)
    next(iterator)
    assert not threads()


def test_a_cache_in_a_file(tmp_path):
    calls = []
    dataset = Dataset.range(4).map(lambda x: calls.append(1) or (x, {"t": "ä", "b": x.bfloat16()}))
    dataset = dataset.cache(tmp_path / "cache")
    next(iter(dataset))
    assert not list(tmp_path.iterdir())
    first, second = list(dataset), list(dataset)
    assert len(calls) == 1 + 4 and [p.name for p in tmp_path.iterdir()] == ["cache.data"]
    for a, b in zip(first, second):
        assert a[0] == b[0] and a[1]["t"] == b[1]["t"] == "ä".encode() and b[1]["b"].dtype == torch.bfloat16


def test_saved_datasets(tmp_path):
    dataset = Dataset.from_tensor_slices((np.random.rand(5, 2), ["a", "b", "c", "d", "e"])).batch(2)
    dataset.save(str(tmp_path / "data"))
    loaded = Dataset.load(tmp_path / "data")
    assert loaded.element_spec == dataset.element_spec and len(loaded) == 3
    for (x, t), (y, u) in zip(dataset, loaded):
        assert torch.equal(x, y) and t.tolist() == u.tolist()
    shuffled = Dataset.load(
        tmp_path / "data", reader_func=lambda files: files.flat_map(lambda file: file.take(1))
    )
    assert len(list(shuffled)) == 1


def test_saved_dicts_keep_their_order(tmp_path):
    element = (
        OrderedDict(b=torch.tensor(1), a=np.array(b"x", object)),
        {"d": np.array(b"y", object), "c": 2},
    )
    Dataset.from_tensors(element).save(str(tmp_path))
    ordered, plain = next(iter(Dataset.load(tmp_path)))
    assert list(ordered) == ["b", "a"] and ordered["b"] == 1 and ordered["a"].item() == b"x"
    assert plain["c"] == 2 and plain["d"].item() == b"y"


def test_broken_files_are_told(tmp_path):
    path = tmp_path / "elements.data"
    with pytest.raises(FileNotFoundError, match="no file of elements"):
        Dataset.load(tmp_path)
    path.write_bytes(b"something else\n")
    with pytest.raises(ValueError, match="is not a file of elements"):
        Dataset.load(tmp_path)
    Dataset.range(5).save(tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match="ends in the middle"):
        list(read(str(path)))


def test_sampling_follows_weights_and_seeds():
    datasets = [Dataset.range(1).repeat(), Dataset.range(1, 2).repeat()]
    sampled = Dataset.sample_from_datasets(datasets, [0.9, 0.1], seed=1).take(1000)
    found = values(sampled)
    assert 60 < sum(found) < 140
    again = Dataset.sample_from_datasets(datasets, [0.9, 0.1], seed=1).take(1000)
    assert values(again) == found


def test_rejection_makes_classes_even():
    labels = np.array([0] * 900 + [1] * 100, "int32")
    dataset = Dataset.from_tensor_slices(labels).shuffle(1000, seed=3)
    for initial in (None, [0.9, 0.1]):
        kept = dataset.rejection_resample(lambda x: x, [0.5, 0.5], initial, seed=0)
        classes = [int(c) for c, _ in kept]
        assert 0.35 < np.mean(classes) < 0.65


def test_ragged_batches_are_nested_tensors():
    dataset = Dataset.range(1, 4).map(lambda x: (torch.arange(int(x)), x)).ragged_batch(3)
    ((rows, numbers),) = dataset
    assert [row.tolist() for row in rows.unbind()] == [[0], [0, 1], [0, 1, 2]] and numbers.tolist() == [
        1,
        2,
        3,
    ]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dataset(), TypeError, "from_tensor_slices"),
        (lambda: Dataset.range(3).batch(0), ValueError, "Batch size must be greater than zero"),
        (lambda: Dataset.range(3).map(5), ValueError, "must be a callable"),
        (lambda: Dataset.range(3).map(slow, num_parallel_calls=-3), ValueError, "num_parallel_calls"),
        (
            lambda: list(Dataset.range(3).map(lambda x: torch.ones(int(x))).batch(3)),
            ValueError,
            "different shapes",
        ),
        (lambda: Dataset.zip(5), TypeError, "Invalid input to `zip`"),
        (lambda: len(Dataset.range(3).repeat()), TypeError, "The dataset is infinite"),
        (lambda: Dataset.list_files("/nowhere/*"), ValueError, "No files matched pattern"),
        (lambda: Dataset.from_tensor_slices([object()]), ValueError, "numbers or texts"),
        (lambda: Dataset.range(3).concatenate(5), TypeError, "is needed here"),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_threads_leave_torch_as_it_was():
    before = torch.get_num_threads()
    list(Dataset.range(20).map(slow, num_parallel_calls=2).prefetch(1))
    found = []
    thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert torch.get_num_threads() == before == found[0]
