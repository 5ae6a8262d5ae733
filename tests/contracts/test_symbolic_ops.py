"""What holds for every op as a node of a Functional model: shapes inferred from unknown sizes, summary, JSON, clones.

The rows are those of tests/ops/test_parity.py. A row joins in with the first size of its arrays unknown; for
elementwise functions all sizes are unknown.
"""

import keras as real
import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch.core import tree
from tests.ops.test_parity import BINARY, ROWS, UNARY

# Made from no symbolic tensor, or of values that only an eager call has.
NOT_NODES = {"identity", "tri", "eye", "zeros", "ones", "full", "arange", "unravel_index"}
# The shape of the result depends on values: nothing to compare with.
BY_VALUE = {"unique", "bincount", "segment_sum", "segment_max", "segment_min", "segment_prod"}
# Their first size must be known: it is the size of a matrix, of what is contracted, or of what is cut or joined.
SQUARE = {
    *("det", "slogdet", "inv", "cholesky", "cholesky_inverse", "solve", "solve_triangular", "eigh", "logdet", "trace"),
    *("vdot", "dot", "diag", "diagflat", "correlate", "split", "vsplit", "array_split", "hsplit", "reshape", "lstsq"),
    *("lu_factor", "corrcoef", "view", "histogram", "in_top_k", "average", "scatter", "scatter_update", "einsum"),
    *("slice", "slice_update", "broadcast_to", "ctc_loss", "tensordot", "norm", "cross", "kron", "unfold", "fold"),
    *("matrix_rank", "pinv", "unstack", "psnr", "outer", "trapezoid", "get_item", "fft2", "ifft2"),
    "sparse_categorical_crossentropy",
}  # fmt: skip


def arrays_of(structure):
    return [x for x in tree.flatten(structure) if isinstance(x, np.ndarray)]


def is_node(row):
    name, args, kwargs = row.values
    return name not in NOT_NODES and bool(arrays_of((args, kwargs))) and all(x.size for x in arrays_of(args))


NODES = [row for row in ROWS if is_node(row)]
ONE_EACH = list({row.values[0]: row for row in reversed(NODES)}.values())[::-1]


def over(rows):
    return pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in rows])


def substitute(structure, function):
    """Replace each array of a row, in order."""
    count = iter(range(100))

    def walk(x):
        if isinstance(x, np.ndarray):
            return function(next(count), x)
        if isinstance(x, (list, tuple)) and not hasattr(x, "_fields"):
            return type(x)(walk(part) for part in x)
        return {key: walk(part) for key, part in x.items()} if isinstance(x, dict) else x

    return walk(structure)


def build(package, row, unknown=None):
    """Return a model of one op; of its inputs no size is unknown, or the "batch", or "all"."""
    name, args, kwargs = row.values
    inputs, many = [], batches(row)

    def symbol(i, x):
        shape = x.shape
        if unknown == "all":
            shape = (None,) * x.ndim
        elif unknown == "batch" and many[i]:
            shape = (None, *shape[1:])
        inputs.append(package.Input(batch_shape=shape, dtype=x.dtype.name, name=f"x{i}"))
        return inputs[-1]

    args, kwargs = substitute((list(args), kwargs), symbol)
    outputs = package.tree.flatten(getattr(package.ops, name)(*args, **kwargs))
    outputs = [x for x in outputs if isinstance(x, package.KerasTensor)]
    return package.Model(inputs, outputs) if outputs else None


def batches(row):
    """Return which arrays of a row have the batch first: those alike the first one."""
    arrays = arrays_of((list(row.values[1]), row.values[2]))
    first = arrays[0]
    return [x.ndim == first.ndim and x.shape[:1] == first.shape[:1] and x.ndim > 0 for x in arrays]


def values_of(model, row, times=1):
    arrays = arrays_of((list(row.values[1]), row.values[2]))
    if times > 1:
        arrays = [np.concatenate([x] * times) if many else x for x, many in zip(arrays, batches(row))]
    return model([torch.tensor(x) for x in arrays])


def flat(outputs):
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [x for x in outputs if isinstance(x, torch.Tensor)]


def assert_fits(symbols, tensors):
    """Check that inferred shapes and dtypes are those that came out."""
    assert len(symbols) == len(tensors)
    for symbol, tensor in zip(symbols, tensors):
        assert symbol.dtype == keras.backend.standardize_dtype(tensor.dtype)
        assert len(symbol.shape) == tensor.ndim
        assert all(a in (None, b) for a, b in zip(symbol.shape, tensor.shape)), (symbol.shape, tensor.shape)


def assert_same(mine, theirs):
    for a, b in zip(flat(mine), flat(theirs), strict=True):
        torch.testing.assert_close(a, b.to(a.dtype), rtol=1e-4, atol=1e-5, equal_nan=True)


@over(NODES)
def test_shape_and_dtype_are_inferred_for_an_unknown_batch(row):
    name = row.values[0]
    free = name not in SQUARE | BY_VALUE
    model = build(keras, row, "batch" if free else None)
    if model is None:
        return
    assert_fits(model.outputs, flat(values_of(model, row)))
    if free:
        assert_fits(model.outputs, flat(values_of(model, row, times=2)))


ELEMENTWISE = [row for row in NODES if row.values[0] in {*UNARY[:60], *BINARY} and not row.values[2]]


@over(ELEMENTWISE)
def test_every_size_may_be_unknown(row):
    model = build(keras, row, "all")
    if model is not None:
        assert_fits(model.outputs, flat(values_of(model, row)))


@over(ONE_EACH)
def test_json_clone_and_summary(row):
    model = build(keras, row)
    if model is None:
        return
    expected = values_of(model, row)
    assert_same(values_of(keras.models.model_from_json(model.to_json()), row), expected)
    assert_same(values_of(keras.models.clone_model(model), row), expected)
    lines = []
    model.summary(print_fn=lines.append, line_length=120)
    operation = model.operations[-1]
    assert operation.name in "\n".join(lines)


# Keras's own code cannot write or read these, or its symbolic call has other arguments than its eager one.
NOT_IN_KERAS = {"hstack", "histogram", "ndim", "adaptive_max_pool", "adaptive_average_pool"}


@pytest.mark.parametrize("way", ["to Keras", "from Keras"])
@over([row for row in ONE_EACH if row.values[0] not in NOT_IN_KERAS])
def test_json_goes_both_ways(row, way):
    writer, reader = (keras, real) if way == "to Keras" else (real, keras)
    model = build(writer, row)
    if model is None:
        return
    other = reader.models.model_from_json(model.to_json())
    assert_same(values_of(other, row), values_of(model, row))
