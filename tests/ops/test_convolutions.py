"""Convolutions and pooling against TensorFlow: values and gradients for every padding, stride and dilation, in both
layouts, and in half precision.
"""

import json
import pathlib

import pytest
import torch

from kerastorch import ops
from tests.ops.convolution_cases import CASES, label, numbers, upstream

RECORDED = json.loads(pathlib.Path(__file__).with_name("convolutions_of_tensorflow.json").read_text())
ROWS = [case for case in CASES if label(case) in RECORDED]
every = pytest.mark.parametrize("case", ROWS, ids=label)


def inputs(case, dtype=torch.float32):
    return [
        torch.tensor(numbers(i, shape), dtype=dtype, requires_grad=True) for i, shape in enumerate(case[1])
    ]


def test_hardly_any_row_is_refused_by_tensorflow():
    refused = [label(case) for case in CASES if label(case) not in RECORDED]
    assert len(refused) <= 12, refused


@every
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
def test_value_and_gradients_are_those_of_tensorflow(case, layout):
    name, _, options = case
    x, *others = arrays = inputs(case)
    recorded = RECORDED[label(case)]
    value = getattr(ops, name)(
        x if layout == "channels_last" else x.movedim(-1, 1), *others, data_format=layout, **options
    )
    value = value if layout == "channels_last" else value.movedim(1, -1)
    assert list(value.shape) == recorded["shape"]
    gradients = torch.autograd.grad((value * torch.tensor(upstream(value.shape))).sum(), arrays)
    for mine, theirs in zip([value, *gradients], [recorded["value"], *recorded["gradients"]]):
        torch.testing.assert_close(
            mine.detach(), torch.tensor(theirs).reshape(mine.shape), rtol=2e-5, atol=2e-5
        )


@every
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_keeps_its_dtype(case, dtype):
    name, _, options = case
    value = getattr(ops, name)(*inputs(case, dtype), **options)
    assert value.dtype is dtype
    expected = torch.tensor(RECORDED[label(case)]["value"]).reshape(value.shape)
    torch.testing.assert_close(value.detach().float(), expected, rtol=0.05, atol=0.3)


EMPTY = [
    ("conv", [(0, 6, 5, 2), (3, 2, 2, 3)], dict(padding="same")),
    ("max_pool", [(0, 6, 5, 2)], dict(pool_size=2)),
]


@pytest.mark.parametrize("case", EMPTY, ids=label)
def test_empty_batches(case):
    name, shapes, options = case
    value = getattr(ops, name)(*inputs(case), **options)
    full = getattr(ops, name)(*inputs((name, [(1, *shapes[0][1:]), *shapes[1:]], options)), **options)
    assert value.shape == (0, *full.shape[1:])
