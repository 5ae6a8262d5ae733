"""Order and search: sort, top k, unique values, places of values, counts, histograms."""

import torch

from kerastorch.core.dtypes import result_type, standardize_dtype, to_torch_dtype
from kerastorch.core.infer import infer_op, is_inferring
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.op import Tensor, Tensors, op
from kerastorch.ops.common import as_float, one_axis, promote_tensors


def _sortable(x):
    return x.to(torch.uint8) if x.dtype is torch.bool else x


@op
def sort(x: Tensor, axis=-1):
    """x in ascending order along an axis (flattened without one).

    >>> keras.ops.sort([3, 1, 2])
    tensor([1, 2, 3], dtype=torch.int32)
    """
    x, axis = (x.reshape(-1), 0) if axis is None else (x, one_axis(axis, x.ndim))
    return torch.sort(_sortable(x), dim=axis).values.to(x.dtype)


@op
def argsort(x: Tensor, axis=-1):
    """The indices that put x in ascending order, int32; equal values keep theirs.

    >>> keras.ops.argsort([3, 1, 2])
    tensor([1, 2, 0], dtype=torch.int32)
    """
    x, axis = (x.reshape(-1), 0) if axis is None else (x, one_axis(axis, x.ndim))
    return torch.argsort(_sortable(x), dim=axis, stable=True).to(torch.int32)


@op
def argpartition(x: Tensor, kth, axis=-1):
    """Indices that put the `kth` smallest value in its place, smaller ones before it, int32.

    >>> keras.ops.argpartition([3, 1, 2], 0)[:1]
    tensor([1], dtype=torch.int32)
    """
    if not isinstance(kth, int):
        raise ValueError(f"`kth` must be an integer. Received: kth={kth}")
    x, axis = (x.reshape(-1), 0) if axis is None else (x, one_axis(axis, x.ndim))
    return torch.argsort(_sortable(x), dim=axis, stable=True).to(torch.int32)


@op
def top_k(x: Tensor, k, sorted=True):
    """The k largest values along the last axis, and their indices (int32).

    >>> values, indices = keras.ops.top_k([3, 1, 2], 2)
    >>> values, indices
    (tensor([3, 2], dtype=torch.int32), tensor([0, 2], dtype=torch.int32))
    """
    values, indices = torch.topk(x, k, sorted=sorted)
    return values, indices.to(torch.int32)


@op
def in_top_k(targets: Tensor, predictions: Tensor, k):
    """Whether targets, class indices, are among the k largest predictions of their rows.

    >>> keras.ops.in_top_k([0], [[0.3, 0.7]], k=1)
    tensor([False])
    """
    classes = predictions.shape[-1]
    labels = targets.long()
    right = predictions.gather(-1, labels.clamp(0, classes - 1).unsqueeze(-1))
    inside = (labels >= 0) & (labels < classes) & right.squeeze(-1).isfinite()
    return ((predictions > right).sum(-1) < k) & inside


def _places(x):
    return tuple(KerasTensor((None,), dtype="int32") for _ in x.shape)


@op(shape=_places)
def nonzero(x: Tensor):
    """The indices of values that are not 0, one tensor for each axis, int32.

    >>> keras.ops.nonzero([0, 5, 6])
    (tensor([1, 2], dtype=torch.int32),)
    """
    return tuple(index.to(torch.int32) for index in torch.nonzero(x, as_tuple=True))


def _where_shape(condition, x1=None, x2=None):
    if x1 is None and x2 is None:
        return _places(condition)
    return infer_op(where.fn, (condition, x1, x2), {})


@op(shape=_where_shape)
def where(condition: Tensor, x1: Tensor = None, x2: Tensor = None):
    """x1 where the condition holds, else x2; without them, the places where it does.

    >>> keras.ops.where([True, False], 1.0, 0.0)
    tensor([1., 0.])
    """
    if x1 is None and x2 is None:
        return nonzero(condition)
    if x1 is None or x2 is None:
        raise ValueError(
            f"`x1` and `x2` either both should be `None` or both be given. Received: x1={x1}, x2={x2}"
        )
    if not isinstance(x1, torch.Tensor):
        if isinstance(x2, torch.Tensor):
            x2, x1 = promote_tensors(x2, x1)
        else:
            kinds = {
                bool: torch.bool,
                int: torch.int32,
                float: to_torch_dtype(None),
                complex: torch.complex64,
            }
            x1 = torch.tensor(x1, dtype=kinds[type(x1)], device=condition.device)
    if not (isinstance(x2, torch.Tensor) and x2.dtype is x1.dtype):
        x1, x2 = promote_tensors(x1, x2)
    return torch.where(condition.to(torch.bool), x1, x2)


@op
def select(condlist: Tensors, choicelist: Tensors, default=0):
    """The first of some choices whose condition holds, else the default.

    >>> keras.ops.select([[True, False], [True, True]], [[1, 1], [2, 2]])
    tensor([1, 2], dtype=torch.int32)
    """
    result = torch.as_tensor(default, device=choicelist[0].device)
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        result = where(condition, choice, result.to(choice.dtype))
    return result


@op
def searchsorted(sorted_sequence: Tensor, values: Tensor, side="left"):
    """Where to insert values to keep the order, int32.

    >>> keras.ops.searchsorted([1, 3, 5], [3, 4])
    tensor([1, 2], dtype=torch.int32)
    """
    if sorted_sequence.ndim != 1:
        raise ValueError(
            "`searchsorted` only supports 1-D sorted sequences. "
            f"Received: sorted_sequence.shape={tuple(sorted_sequence.shape)}"
        )
    sequence, values = promote_tensors(sorted_sequence, values)
    return torch.searchsorted(sequence.contiguous(), values.contiguous(), side=side).to(torch.int32)


@op
def digitize(x: Tensor, bins: Tensor):
    """The number of the bin in which each value lies, int32.

    >>> keras.ops.digitize([0.5, 1.5], [0.0, 1.0])
    tensor([1, 2], dtype=torch.int32)
    """
    if bins.ndim != 1:
        raise ValueError(f"`bins` must be a vector. Received: bins.shape={tuple(bins.shape)}")
    x, bins = (_sortable(v) for v in promote_tensors(x, bins))
    return torch.bucketize(x.contiguous(), bins.contiguous(), right=True).to(torch.int32)


def _bins(x, weights=None, minlength=0, sparse=False):
    return KerasTensor(
        (*x.shape[:-1], minlength or None), dtype="int32" if weights is None else weights.dtype
    )


@op(shape=_bins)
def bincount(x: Tensor, weights: Tensor = None, minlength=0, sparse=False):
    """How often each integer occurs along the last axis, at least `minlength` counts.

    >>> keras.ops.bincount([1, 1, 2])
    tensor([0, 2, 1], dtype=torch.int32)
    """
    x = x.long()
    length = max(int(x.max()) + 1 if x.numel() else 0, minlength)
    dtype = torch.int32 if weights is None else weights.dtype
    values = torch.ones_like(x, dtype=dtype) if weights is None else weights
    counts = torch.zeros(*x.shape[:-1], length, dtype=dtype, device=x.device)
    return counts.scatter_add_(-1, x, values)


def _edges(x, bins=10, range=None):
    dtype = result_type(standardize_dtype(x.dtype), float)
    return KerasTensor((bins,), dtype=dtype), KerasTensor((bins + 1,), dtype=dtype)


@op(shape=_edges)
def histogram(x: Tensor, bins=10, range=None):
    """The counts of values in bins of equal width, and the edges of the bins.

    >>> keras.ops.histogram([1.0, 2.0, 2.5], bins=2)
    (tensor([1., 2.]), tensor([1.0000, 1.7500, 2.5000]))
    """
    if not isinstance(bins, int) or bins < 0:
        raise ValueError(f"Argument `bins` should be a non-negative integer. Received: bins={bins}")
    if range is not None and (not isinstance(range, (tuple, list)) or len(range) != 2):
        raise ValueError(f"Argument `range` must be a tuple of two elements. Received: range={range}")
    if range is not None and range[1] < range[0]:
        raise ValueError(
            f"The second element of `range` must be greater than the first. Received: range={range}"
        )
    if x.ndim != 1:
        raise ValueError(f"Input tensor must be 1-dimensional. Received: x.shape={tuple(x.shape)}")
    x = as_float(x)
    if is_inferring():
        return x.new_empty(bins), x.new_empty(bins + 1)
    low, high = (x.min(), x.max()) if range is None else range
    low, high = float(low), float(high)
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = torch.linspace(low, high, bins + 1, dtype=x.dtype, device=x.device)
    place = (torch.bucketize(x, edges, right=True) - 1 - (x == high).long())[(x >= low) & (x <= high)]
    counts = torch.zeros(bins, dtype=x.dtype, device=x.device)
    return counts.index_add_(0, place, torch.ones_like(place, dtype=x.dtype)), edges


@op
def isin(x1: Tensor, x2: Tensor, assume_unique=False, invert=False):
    """Whether values of x1 are among those of x2.

    >>> keras.ops.isin([1, 2], [2, 3])
    tensor([False,  True])
    """
    x1, x2 = promote_tensors(x1, x2)
    return torch.isin(x1, x2, assume_unique=assume_unique, invert=invert)


def _unique_shape(
    x,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    shape = (
        (size,)
        if axis is None
        else tuple(size if i == axis % len(x.shape) else s for i, s in enumerate(x.shape))
    )
    found = [KerasTensor(shape, dtype=x.dtype)]
    inverse = x.shape if axis is None else (x.shape[axis],)
    for wanted, extra in ((return_index, (size,)), (return_inverse, inverse), (return_counts, (size,))):
        if wanted:
            found.append(KerasTensor(extra, dtype="int32"))
    return tuple(found) if len(found) > 1 else found[0]


@op(shape=_unique_shape)
def unique(
    x: Tensor,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    """The different values (or slices along an axis), in ascending order.

    Args:
        x: The tensor.
        sorted: Ignored: the values are always sorted.
        return_index: Whether to give the first place of each.
        return_inverse: Whether to give the number of the value of each element.
        return_counts: Whether to give how often each occurs.
        axis: The axis, or None for single values.
        size: If set, the number of values returned; fewer are filled up.
        fill_value: What with; by default the first value.

    >>> keras.ops.unique([3, 1, 1])
    tensor([1, 3], dtype=torch.int32)
    """
    values, inverse, counts = torch.unique(x, sorted=True, return_inverse=True, return_counts=True, dim=axis)
    along = 0 if axis is None else axis % x.ndim
    number = values.shape[along]
    flat = inverse.reshape(-1)
    places = torch.arange(flat.numel(), device=x.device)
    first = torch.full((number,), flat.numel(), device=x.device).scatter_reduce_(0, flat, places, "amin")
    if size is not None:
        values, first, counts = (
            _resized(v, size, a, f) for v, a, f in _fills(values, first, counts, along, fill_value)
        )
    found = [values]
    if return_index:
        found.append(first.to(torch.int32))
    if return_inverse:
        found.append(inverse.to(torch.int32))
    if return_counts:
        found.append(counts.to(torch.int32))
    return tuple(found) if len(found) > 1 else values


def _fills(values, first, counts, along, fill_value):
    return (values, along, fill_value), (first, 0, None), (counts, 0, 0)


def _resized(values, size, axis, fill_value):
    number = values.shape[axis]
    if number >= size:
        return values.narrow(axis, 0, size)
    extra = values.narrow(axis, 0, 1)
    if fill_value is not None:
        extra = torch.full_like(extra, fill_value)
    return torch.cat([values, extra.repeat_interleave(size - number, axis)], axis)


def _segments_shape(data, segment_ids, num_segments=None, sorted=False):
    return KerasTensor((num_segments, *data.shape[1:]), dtype=standardize_dtype(data.dtype))


@op(shape=_segments_shape)
def segment_sum(data: Tensor, segment_ids: Tensor, num_segments=None, sorted=False):
    """The sum of the rows of each segment.

    >>> keras.ops.segment_sum([1, 2, 3], [0, 0, 1])
    tensor([3, 3], dtype=torch.int32)
    """
    return _segments(data, segment_ids, num_segments, "sum", 0)


@op(shape=_segments_shape)
def segment_prod(data: Tensor, segment_ids: Tensor, num_segments=None, sorted=False):
    """The product of the rows of each segment.

    >>> keras.ops.segment_prod([1, 2, 3], [0, 0, 1])
    tensor([2, 3], dtype=torch.int32)
    """
    return _segments(data, segment_ids, num_segments, "prod", 1)


@op(shape=_segments_shape)
def segment_max(data: Tensor, segment_ids: Tensor, num_segments=None, sorted=False):
    """The largest value of the rows of each segment; the smallest number of the dtype where there is none.

    >>> keras.ops.segment_max([1, 2, 3], [0, 0, 1])
    tensor([2, 3], dtype=torch.int32)
    """
    return _segments(data, segment_ids, num_segments, "amax", _limit(data, "min"))


@op(shape=_segments_shape)
def segment_min(data: Tensor, segment_ids: Tensor, num_segments=None, sorted=False):
    """The smallest value of the rows of each segment; the largest number of the dtype where there is none.

    >>> keras.ops.segment_min([1, 2, 3], [0, 0, 1])
    tensor([1, 3], dtype=torch.int32)
    """
    return _segments(data, segment_ids, num_segments, "amin", _limit(data, "max"))


def _limit(data, which):
    if data.is_floating_point():
        return float("-inf") if which == "min" else float("inf")
    return getattr(torch.iinfo(data.dtype), which)


def _segments(data, ids, number, reduce, start):
    if ids.ndim != 1:
        raise ValueError(
            "Argument `segment_ids` should be an 1-D vector, one id for each row of `data`. "
            f"Received: shape {tuple(ids.shape)}"
        )
    if data.shape[:1] != ids.shape:
        raise ValueError(
            "Argument `segment_ids` and `data` should have same leading dimension. "
            f"Received: segment_ids.shape={tuple(ids.shape)}, data.shape={tuple(data.shape)}"
        )
    ids = ids.long()
    number = (int(ids.max()) + 1 if ids.numel() else 0) if number is None else number
    valid = (ids >= 0) & (ids < number)
    # Rows outside every segment go to one more, which is cut off.
    places = torch.where(valid, ids, number).reshape([-1] + [1] * (data.ndim - 1)).expand(data.shape)
    out = torch.full((number + 1, *data.shape[1:]), start, dtype=data.dtype, device=data.device)
    return out.scatter_reduce(0, places, data, reduce)[:number]
