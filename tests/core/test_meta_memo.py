"""Results of torch's functions on the meta device, remembered: what comes back is what torch gives."""

import pytest
import torch
import torch.nn.functional as F

from kerastorch.core import meta_memo


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(meta_memo, "_results", {})
    with torch.no_grad():
        yield


def meta(*shape, dtype=torch.float32):
    return torch.empty(shape, dtype=dtype, device="meta")


def looks(x):
    if isinstance(x, (tuple, list)):
        return [looks(part) for part in x]
    return x.shape, x.stride(), x.dtype, x.device.type


IMAGES = meta(2, 8, 8, 4).permute(0, 3, 1, 2)
CALLS = {
    "addmm": (torch.addmm, (meta(3), meta(2, 4), meta(4, 3)), {}),
    "relu": (F.relu, (IMAGES,), {}),
    "number": (torch.mul, (meta(2, 3), 2.0), {}),
    "promotion": (torch.mul, (meta(2, 3, dtype=torch.int32), 2.0), {}),
    "convolution": (F.conv2d, (IMAGES, meta(5, 4, 3, 3)), {"padding": 1}),
    "batch norm": (F.batch_norm, (IMAGES, meta(4), meta(4), meta(4), meta(4)), {}),
    "tuple": (torch.var_mean, (meta(2, 3),), {"dim": 1}),
    "list": (torch.cat, ([meta(2, 3), meta(4, 3)],), {"dim": 0}),
    "dtype": (torch.Tensor.to, (meta(2, 3), torch.float16), {}),
    "view": (torch.Tensor.reshape, (meta(2, 3), (3, 2)), {}),
    "views": (torch.unbind, (meta(2, 3),), {}),
}


@pytest.mark.parametrize(("fn", "args", "kwargs"), CALLS.values(), ids=CALLS)
def test_results_look_as_torch_gives_them(fn, args, kwargs):
    expected = looks(fn(*args, **kwargs))
    assert [looks(meta_memo.call(fn, args, kwargs)) for _ in range(3)] == [expected] * 3


def test_a_second_call_does_not_compute():
    meta_memo.call(F.relu, (meta(2, 3),), {})
    (key,) = meta_memo._results
    meta_memo._results[key] = (torch.Size([7]), (1,), torch.float32)
    assert meta_memo.call(F.relu, (meta(2, 3),), {}).shape == (7,)


DIFFERENT = [
    ((meta(2, 3), 2), (meta(2, 3), 2.0)),
    ((meta(2, 3, dtype=torch.int32), 1), (meta(2, 3, dtype=torch.int32), True)),
    ((meta(2, 3), 2.0), (meta(3, 2), 2.0)),
    ((meta(2, 3), 2.0), (meta(2, 3, dtype=torch.float16), 2.0)),
    ((meta(2, 3), 2.0), (meta(3, 2).T, 2.0)),
]


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_arguments_that_differ_are_told_apart(first, second):
    meta_memo.call(torch.mul, first, {})
    assert looks(meta_memo.call(torch.mul, second, {})) == looks(torch.mul(*second))
    assert len(meta_memo._results) == 2


def test_the_default_dtype_counts():
    x = meta(2, dtype=torch.int32)
    meta_memo.call(torch.mul, (x, 2.0), {})
    saved = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        assert meta_memo.call(torch.mul, (x, 2.0), {}).dtype == torch.float64
    finally:
        torch.set_default_dtype(saved)


X = meta(2, 3)
NOT_KEPT = {
    "view": (torch.Tensor.view, (X, 3, 2), {}),
    "argument itself": (torch.Tensor.contiguous, (X,), {}),
    "in place": (F.relu, (X,), {"inplace": True}),
    "out": (torch.neg, (X,), {"out": meta(2, 3)}),
    "index": (torch.Tensor.__getitem__, (X, slice(1)), {}),
    "of a user": (lambda x: x + 1, (X,), {}),
    "complex": (torch.conj, (meta(2, dtype=torch.complex64),), {}),
    "a real tensor": (torch.add, (X, torch.tensor(1.0)), {}),
    "no tensor": (torch.Tensor.size, (X,), {}),
    "differentiable": (torch.relu, (meta(2).requires_grad_(),), {}),
}


@pytest.mark.parametrize(("fn", "args", "kwargs"), NOT_KEPT.values(), ids=NOT_KEPT)
def test_what_is_not_settled_by_its_arguments_is_not_kept(fn, args, kwargs):
    meta_memo.call(fn, args, kwargs)
    assert meta_memo._results == {}


def test_nothing_is_kept_with_gradients_or_transforms():
    with torch.enable_grad():
        meta_memo.call(torch.relu, (X,), {})
    batched = torch.vmap(lambda x: meta_memo.call(torch.relu, (x,), {}))(X)
    assert batched.shape == (2, 3)
    assert meta_memo._results == {}


def test_no_more_is_kept_than_the_limit(monkeypatch):
    monkeypatch.setattr(meta_memo, "LIMIT", 3)
    for size in range(1, 9):
        meta_memo.call(torch.relu, (meta(size),), {})
        assert len(meta_memo._results) <= 3


def test_errors_are_those_of_torch():
    for _ in range(2):
        with pytest.raises(RuntimeError):
            meta_memo.call(torch.mm, (meta(2, 3), meta(2, 3)), {})
