"""Sums, means and extremes over groups of rows: `tf.math.segment_*` and `unsorted_segment_*`."""

import torch

from ._elementwise import NUMBERS, ORDERED
from ._failure import invalid
from ._wrap import Own, Same, op


def _reduce(kernel, data, ids, count, how, empty):
    """Reduce the rows of `data` that have the same id; groups without rows get `empty`."""
    if tuple(data.shape[: ids.ndim]) != tuple(ids.shape):
        raise invalid(
            kernel,
            f"data.shape = {list(data.shape)} does not start with segment_ids.shape = {list(ids.shape)}",
        )
    rows = data.reshape(-1, *data.shape[ids.ndim :])
    ids = ids.reshape(-1).to(torch.int64)
    rows, ids = rows[ids >= 0], ids[ids >= 0]
    if ids.numel() and not ids.is_meta and int(ids.max()) >= count:
        raise invalid(kernel, f"segment id {int(ids.max())} is out of range [0, {count})")
    out = torch.full((count, *rows.shape[1:]), empty, dtype=data.dtype, device=data.device)
    index = ids.reshape(-1, *[1] * (rows.ndim - 1)).expand_as(rows)
    return out.scatter_reduce(0, index, rows, how, include_self=how in ("sum", "prod"))


def _sorted(kernel, ids):
    if ids.numel() > 1 and bool((ids[1:] < ids[:-1]).any()):
        raise invalid(kernel, "segment ids are not increasing")
    return int(ids[-1]) + 1 if ids.numel() else 0


def _lowest(dtype, sign):
    info = torch.finfo(dtype) if dtype.is_floating_point else torch.iinfo(dtype)
    return info.min if sign < 0 else info.max


def _mean(data, ids, count, kernel):
    total = _reduce(kernel, data, ids, count, "sum", 0)
    rows = _reduce(kernel, torch.ones_like(ids, dtype=data.dtype), ids, count, "sum", 0).clamp(min=1)
    return total / rows.reshape(-1, *[1] * (total.ndim - 1)), rows


@op("SegmentSum", allowed=NUMBERS)
def segment_sum(data: Same, segment_ids: Own, name=None):
    """Return the sums of the rows with the same id; ids are sorted."""
    return _reduce("SegmentSum", data, segment_ids, _sorted("SegmentSum", segment_ids), "sum", 0)


@op("SegmentProd", allowed=NUMBERS)
def segment_prod(data: Same, segment_ids: Own, name=None):
    """Return the products of the rows with the same id; ids are sorted."""
    return _reduce("SegmentProd", data, segment_ids, _sorted("SegmentProd", segment_ids), "prod", 1)


@op("SegmentMax", allowed=ORDERED)
def segment_max(data: Same, segment_ids: Own, name=None):
    """Return the greatest of the rows with the same id; ids are sorted."""
    return _reduce("SegmentMax", data, segment_ids, _sorted("SegmentMax", segment_ids), "amax", 0)


@op("SegmentMin", allowed=ORDERED)
def segment_min(data: Same, segment_ids: Own, name=None):
    """Return the least of the rows with the same id; ids are sorted."""
    return _reduce("SegmentMin", data, segment_ids, _sorted("SegmentMin", segment_ids), "amin", 0)


@op("SegmentMean", allowed=NUMBERS)
def segment_mean(data: Same, segment_ids: Own, name=None):
    """Return the means of the rows with the same id; ids are sorted."""
    return _mean(data, segment_ids, _sorted("SegmentMean", segment_ids), "SegmentMean")[0].to(data.dtype)


@op("UnsortedSegmentSum", allowed=NUMBERS)
def unsorted_segment_sum(data: Same, segment_ids: Own, num_segments, name=None):
    """Return the sums of the rows with the same id; negative ids are left out."""
    return _reduce("UnsortedSegmentSum", data, segment_ids, int(num_segments), "sum", 0)


@op("UnsortedSegmentProd", allowed=NUMBERS)
def unsorted_segment_prod(data: Same, segment_ids: Own, num_segments, name=None):
    """Return the products of the rows with the same id; negative ids are left out."""
    return _reduce("UnsortedSegmentProd", data, segment_ids, int(num_segments), "prod", 1)


@op("UnsortedSegmentMax", allowed=ORDERED)
def unsorted_segment_max(data: Same, segment_ids: Own, num_segments, name=None):
    """Return the greatest of the rows with the same id; the least number where there is none."""
    return _reduce(
        "UnsortedSegmentMax", data, segment_ids, int(num_segments), "amax", _lowest(data.dtype, -1)
    )


@op("UnsortedSegmentMin", allowed=ORDERED)
def unsorted_segment_min(data: Same, segment_ids: Own, num_segments, name=None):
    """Return the least of the rows with the same id; the greatest number where there is none."""
    return _reduce("UnsortedSegmentMin", data, segment_ids, int(num_segments), "amin", _lowest(data.dtype, 1))


@op("UnsortedSegmentMean", allowed=NUMBERS)
def unsorted_segment_mean(data: Same, segment_ids: Own, num_segments, name=None):
    """Return the means of the rows with the same id; 0 where there is none."""
    return _mean(data, segment_ids, int(num_segments), "UnsortedSegmentMean")[0].to(data.dtype)


@op("UnsortedSegmentSqrtN", allowed=NUMBERS)
def unsorted_segment_sqrt_n(data: Same, segment_ids: Own, num_segments, name=None):
    """Return the sums of the rows with the same id, divided by the square root of how many there are."""
    mean, rows = _mean(data, segment_ids, int(num_segments), "UnsortedSegmentSqrtN")
    return mean * torch.sqrt(rows).reshape(-1, *[1] * (mean.ndim - 1))
