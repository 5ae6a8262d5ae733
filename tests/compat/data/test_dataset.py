"""What holds for every pipeline of `tf.data`, beyond the values that `test_rows.py` compares."""

import random
import threading

import numpy as np
import pytest
import torch

import compat as tf
from kerastorch.random import set_random_seed

Dataset = tf.data.Dataset

STEPS = {
    "take": lambda d, n: d.take(n % 13),
    "skip": lambda d, n: d.skip(n % 5),
    "shard": lambda d, n: d.shard(2, n % 2),
    "repeat": lambda d, n: d.repeat(n % 3 + 1),
    "shuffle": lambda d, n: d.shuffle(n % 40 + 1, seed=n),
    "shuffled once": lambda d, n: d.shuffle(n % 40 + 1, seed=n, reshuffle_each_iteration=False),
    "cache": lambda d, n: d.cache(),
    "prefetch": lambda d, n: d.prefetch(2),
    "zip": lambda d, n: (
        Dataset.zip(d, d.skip(1)).map(lambda a, b: b) if n % 4 == 0 else d.enumerate().map(lambda i, x: x)
    ),
}


@pytest.mark.parametrize("seed", range(60))
def test_positions_give_what_elements_give(seed):
    """Whether a pipeline moves integers or tensors, it gives the same."""
    chosen = random.Random(seed)
    steps = [(chosen.choice(list(STEPS)), chosen.randrange(100)) for _ in range(4)]
    by_position = Dataset.from_tensor_slices((np.arange(23), np.arange(46.0).reshape(23, 2)))
    by_element = by_position.map(lambda *element: element)
    for name, number in steps:
        by_position, by_element = (STEPS[name](d, number) for d in (by_position, by_element))
    if seed % 2:
        size = chosen.randrange(1, 9)
        by_position, by_element = by_position.batch(size), by_element.batch(size)
    for _ in range(2):
        ours = [[x.tolist() for x in pair] for pair in by_position.as_numpy_iterator()]
        theirs = [[x.tolist() for x in pair] for pair in by_element.as_numpy_iterator()]
        assert ours == theirs, steps


def test_tensors_in_memory_are_batched_without_looking_at_elements(monkeypatch):
    dataset = Dataset.from_tensor_slices((np.zeros((100, 3)), np.arange(100)))
    dataset = dataset.cache().shuffle(100).repeat(2).take(150).prefetch(1).batch(32)
    path = "kerastorch.training.pipeline.table.Table.rows"
    monkeypatch.setattr(path, lambda *args: pytest.fail("went through elements"))
    assert [len(y) for _, y in dataset] == [32, 32, 32, 32, 22]


def test_float64_stays():
    x, y = next(iter(Dataset.from_tensor_slices((np.zeros((4, 2)), np.zeros(4, np.uint8))).batch(2)))
    assert (x.dtype, y.dtype) == (tf.float64, tf.uint8)


def test_the_source_is_a_copy():
    array = np.zeros(3)
    dataset = Dataset.from_tensor_slices(array)
    array[:] = 1
    assert list(dataset.as_numpy_iterator()) == [0, 0, 0]


def test_batches_do_not_share_memory_with_the_source():
    dataset = Dataset.from_tensor_slices(np.zeros(4)).batch(2)
    for batch in dataset._torch_batches():
        batch.add_(1)
    assert all((batch.numpy() == 0).all() for batch in dataset)


def test_torch_batches_are_plain_tensors():
    dataset = Dataset.from_tensor_slices({"x": np.zeros((3, 2)), "t": ["a", "b", "c"]}).batch(2)
    batch = next(dataset._torch_batches())
    assert type(batch["x"]) is torch.Tensor and isinstance(batch["t"], np.ndarray)


def test_functions_are_called_when_elements_are_asked_for():
    seen = []
    dataset = Dataset.range(10).map(lambda x: seen.append(int(x)) or x).batch(2)
    assert not seen
    iterator = iter(dataset)
    next(iterator)
    assert seen == [0, 1]


def test_every_pass_calls_the_generator_and_closes_it():
    log = []

    def generate():
        log.append("open")
        try:
            yield from range(5)
        finally:
            log.append("close")

    dataset = Dataset.from_generator(generate, output_signature=tf.TensorSpec((), tf.int32)).batch(2)
    list(dataset.take(1))
    list(dataset)
    assert log == ["open", "close"] * 2


def test_no_thread_is_left():
    before = threading.active_count()
    dataset = Dataset.range(100).map(lambda x: x, num_parallel_calls=4).prefetch(tf.data.AUTOTUNE).batch(3)
    iterator = iter(dataset)
    next(iterator)
    assert threading.active_count() > before
    del iterator
    assert threading.active_count() == before
    list(dataset)
    assert threading.active_count() == before


@pytest.mark.parametrize("method", ["map", "filter", "flat_map", "reduce"])
def test_errors_of_functions_say_which_element(method):
    def refuse(*args):
        value = int(args[-1])
        if value == 13:
            raise KeyError("unlucky")
        return {"map": 1, "filter": True, "flat_map": Dataset.range(1), "reduce": args[0]}[method]

    dataset = Dataset.range(10, 20)
    with pytest.raises(KeyError, match="unlucky") as info:
        dataset.reduce(0, refuse) if method == "reduce" else list(getattr(dataset, method)(refuse))
    text = f"Raised by the function {refuse.__qualname__} of Dataset.{method} at element 3."
    assert text in (getattr(info.value, "__notes__", None) or info.value.args[0])


def test_a_pass_goes_on_after_an_error():
    iterator = iter(Dataset.from_tensor_slices([1, 0, 2]).map(lambda x: 6 // int(x)))
    assert int(next(iterator)) == 6
    with pytest.raises(ZeroDivisionError):
        next(iterator)
    assert next(iterator, None) is None


def test_functions_are_not_recorded():
    weight = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        (x,) = Dataset.from_tensors(3.0).map(lambda x: x * weight)
        y = x * weight
    assert float(tape.gradient(y, weight)) == 6.0


def test_the_spec_of_a_function_leaves_no_trace():
    def make():
        noisy = lambda x: tf.cast(x, tf.float32) + float(torch.rand(())) + np.random.rand()  # noqa: E731
        return Dataset.range(8).shuffle(8, seed=1).map(noisy)

    torch.manual_seed(0)
    np.random.seed(0)
    plain = list(make().as_numpy_iterator())
    torch.manual_seed(0)
    np.random.seed(0)
    dataset = make()
    assert dataset.element_spec == tf.TensorSpec((), tf.float32)
    assert list(dataset.as_numpy_iterator()) == plain


def test_the_spec_comes_from_an_element_where_zeros_are_refused():
    dataset = Dataset.from_tensor_slices(["3", "4"]).map(lambda t: 10 // int(t.numpy()))
    assert dataset.element_spec == tf.TensorSpec((), tf.int32)
    dataset = Dataset.from_generator(lambda: [[1], [1, 1]], output_types=tf.int32).map(lambda x: (x, x[0]))
    assert dataset.element_spec[1] == tf.TensorSpec((), tf.int32)


def test_a_batch_of_unknown_size_stays_unknown_where_zeros_are_refused():
    dataset = (
        Dataset.from_tensor_slices(np.ones((7, 2), int)).batch(4).map(lambda x: (12 // x.numpy().sum(1), x))
    )
    assert dataset.element_spec[1] == tf.TensorSpec((None, 2), tf.int64)


def test_shuffling_without_seeds_follows_the_process_seed():
    dataset = Dataset.range(50)
    orders = []
    for seed in (1, 1, 2):
        set_random_seed(seed)
        orders.append(list(dataset.shuffle(50).as_numpy_iterator()))
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == list(range(50))


def test_every_pass_has_an_order_of_its_own():
    dataset = Dataset.range(50).shuffle(50)
    assert list(dataset.as_numpy_iterator()) != list(dataset.as_numpy_iterator())


def test_a_buffer_moves_elements_no_further_than_its_size():
    order = np.array(list(Dataset.range(1000).shuffle(20).as_numpy_iterator()))
    assert sorted(order) == list(range(1000))
    assert (np.arange(1000) - order > -20).all()


def test_a_broken_pass_is_not_cached():
    calls = []
    dataset = Dataset.range(4).map(lambda x: calls.append(1) or x).cache()
    next(iter(dataset))
    list(dataset)
    list(dataset)
    assert len(calls) == 5


def test_named_tuples_and_none_are_kept():
    import collections

    Pair = collections.namedtuple("Pair", "a b")
    (element,) = Dataset.from_tensors(Pair(1, None))
    assert type(element) is Pair and element.b is None
    batch = next(iter(Dataset.range(3).map(lambda x: Pair(x, {"c": x})).batch(2)))
    assert type(batch) is Pair and batch.b["c"].numpy().tolist() == [0, 1]


def test_a_class_may_return_a_dataset():
    class Ones(tf.data.Dataset):
        def __new__(cls, count):
            return tf.data.Dataset.from_generator(
                lambda: iter([1] * count), output_signature=tf.TensorSpec((), tf.int32)
            )

    assert len(list(Ones(3))) == 3
    with pytest.raises(TypeError, match="from_tensor_slices"):
        tf.data.Dataset()


def test_options_merge():
    first, second = tf.data.Options(), tf.data.Options()
    first.threading.private_threadpool_size = 3
    first.deterministic = False
    second.deterministic = True
    options = Dataset.range(1).with_options(first).with_options(second).options()
    assert (options.threading.private_threadpool_size, options.deterministic) == (3, True)
