"""Reductions over axes: sums, means, extremes, statistics."""

import torch

from kerastorch.core.dtypes import to_torch_dtype
from kerastorch.core.op import Tensor, op
from kerastorch.ops.common import as_float, axes_of, one_axis, over, promote_all

_UNSIGNED = (torch.uint16, torch.uint32)
_SMALL = (torch.bool, torch.uint8, torch.int8, torch.int16)


def _sum_dtype(x):
    return torch.int32 if x.dtype in _SMALL else x.dtype


def _numbers(x):
    return x.to(torch.int32) if x.dtype is torch.bool else x


@op
def sum(x: Tensor, axis=None, keepdims=False):
    """The sum over axes; small integers are summed as int32.

    >>> keras.ops.sum([[1, 2], [3, 4]], axis=0)
    tensor([4, 6], dtype=torch.int32)
    """
    if axis is None and not keepdims:
        return torch.sum(x, dtype=_sum_dtype(x))
    x, axes, keepdims = over(x, axis, keepdims)
    return torch.sum(x, axes, keepdims, dtype=_sum_dtype(x))


@op
def prod(x: Tensor, axis=None, keepdims=False, dtype=None):
    """The product over axes.

    >>> keras.ops.prod([[1, 2], [3, 4]], axis=0)
    tensor([3, 8], dtype=torch.int32)
    """
    dtype = _sum_dtype(x) if dtype is None else to_torch_dtype(dtype)
    for a in sorted(axes_of(axis, x.ndim), reverse=True):
        x = torch.prod(x, a, keepdims, dtype=dtype)
    return x


@op
def mean(x: Tensor, axis=None, keepdims=False):
    """The mean over axes.

    >>> keras.ops.mean([[1, 2], [3, 4]], axis=0)
    tensor([2., 3.])
    """
    if axis is None and not keepdims:
        return torch.mean(as_float(x))
    x, axes, keepdims = over(x, axis, keepdims)
    return torch.mean(as_float(x), axes, keepdims)


@op
def var(x: Tensor, axis=None, keepdims=False):
    """The variance over axes.

    >>> keras.ops.var([1.0, 3.0])
    tensor(1.)
    """
    x, axes, keepdims = over(x, axis, keepdims)
    return torch.var(as_float(x), axes, correction=0, keepdim=keepdims)


@op
def std(x: Tensor, axis=None, keepdims=False):
    """The standard deviation over axes.

    >>> keras.ops.std([1.0, 3.0])
    tensor(1.)
    """
    x, axes, keepdims = over(x, axis, keepdims)
    return torch.std(as_float(x), axes, correction=0, keepdim=keepdims)


@op
def max(x: Tensor, axis=None, keepdims=False, initial=None):
    """The largest value over axes, not below `initial`.

    >>> keras.ops.max([[1, 2], [3, 4]], axis=0)
    tensor([3, 4], dtype=torch.int32)
    """
    return _extreme(x, axis, keepdims, initial, torch.amax, torch.maximum)


@op
def min(x: Tensor, axis=None, keepdims=False, initial=None):
    """The smallest value over axes, not above `initial`.

    >>> keras.ops.min([[1, 2], [3, 4]], axis=0)
    tensor([1, 2], dtype=torch.int32)
    """
    return _extreme(x, axis, keepdims, initial, torch.amin, torch.minimum)


def _extreme(x, axis, keepdims, initial, reduce, pair):
    if x.numel() == 0 and initial is not None:
        axes = axes_of(axis, x.ndim)
        shape = [1 if i in axes else size for i, size in enumerate(x.shape) if keepdims or i not in axes]
        return torch.full(shape, initial, dtype=x.dtype, device=x.device)
    value = _least_or_most(x, axis, keepdims, reduce)
    if initial is None:
        return value
    return pair(value, torch.as_tensor(initial, dtype=x.dtype, device=x.device))


def _least_or_most(x, axis, keepdims, reduce):
    x, axes, keepdims = over(x, axis, keepdims)
    if x.dtype in _UNSIGNED:  # torch has no kernels for these
        return reduce(x.to(torch.int64), axes, keepdims).to(x.dtype)
    return reduce(x, axes, keepdims)


@op
def amax(x: Tensor, axis=None, keepdims=False):
    """The largest value over axes.

    >>> keras.ops.amax([1, 3, 2])
    tensor(3, dtype=torch.int32)
    """
    return _least_or_most(x, axis, keepdims, torch.amax)


@op
def amin(x: Tensor, axis=None, keepdims=False):
    """The smallest value over axes.

    >>> keras.ops.amin([1, 3, 2])
    tensor(1, dtype=torch.int32)
    """
    return _least_or_most(x, axis, keepdims, torch.amin)


@op
def ptp(x: Tensor, axis=None, keepdims=False):
    """The largest value less the smallest, over axes.

    >>> keras.ops.ptp([1, 3, 2])
    tensor(2, dtype=torch.int32)
    """
    x, axes, keepdims = over(x, axis, keepdims)
    return torch.amax(x, axes, keepdims) - torch.amin(x, axes, keepdims)


@op
def argmax(x: Tensor, axis=None, keepdims=False):
    """The index of the largest value, int32; without an axis, in the flattened tensor.

    >>> keras.ops.argmax([[1, 9], [3, 4]], axis=1)
    tensor([1, 1], dtype=torch.int32)
    """
    return torch.argmax(_numbers(x), axis, keepdims).to(torch.int32)


@op
def argmin(x: Tensor, axis=None, keepdims=False):
    """The index of the smallest value, int32; without an axis, in the flattened tensor.

    >>> keras.ops.argmin([[1, 9], [3, 4]], axis=1)
    tensor([0, 0], dtype=torch.int32)
    """
    return torch.argmin(_numbers(x), axis, keepdims).to(torch.int32)


@op
def all(x: Tensor, axis=None, keepdims=False):
    """Whether all values over axes are true.

    >>> keras.ops.all([[True, False], [True, True]], axis=1)
    tensor([False,  True])
    """
    x, axes, keepdims = over(x, axis, keepdims)
    return torch.all(x.to(torch.bool), axes, keepdims)


@op
def any(x: Tensor, axis=None, keepdims=False):
    """Whether any value over axes is true.

    >>> keras.ops.any([[True, False], [False, False]], axis=1)
    tensor([ True, False])
    """
    x, axes, keepdims = over(x, axis, keepdims)
    return torch.any(x.to(torch.bool), axes, keepdims)


@op
def count_nonzero(x: Tensor, axis=None):
    """How many values over axes are not 0, int32.

    >>> keras.ops.count_nonzero([[1, 0], [3, 4]], axis=0)
    tensor([2, 1], dtype=torch.int32)
    """
    x, axes, _ = over(x, axis)
    return torch.sum(x != 0, axes, dtype=torch.int32)


@op
def cumsum(x: Tensor, axis=None, dtype=None):
    """Sums of all values so far along an axis (flattened without one).

    >>> keras.ops.cumsum([1, 2, 3])
    tensor([1, 3, 6], dtype=torch.int32)
    """
    x, axis = _flat(x, axis)
    return torch.cumsum(x, axis, dtype=_numbers(x).dtype if dtype is None else to_torch_dtype(dtype))


@op
def cumprod(x: Tensor, axis=None, dtype=None):
    """Products of all values so far along an axis (flattened without one).

    >>> keras.ops.cumprod([1, 2, 3])
    tensor([1, 2, 6], dtype=torch.int32)
    """
    x, axis = _flat(x, axis)
    return torch.cumprod(x, axis, dtype=_numbers(x).dtype if dtype is None else to_torch_dtype(dtype))


def _flat(x, axis):
    return (x.reshape(-1), 0) if axis is None else (x, one_axis(axis, x.ndim))


@op
def logsumexp(x: Tensor, axis=None, keepdims=False):
    """log(sum(exp(x))) over axes.

    >>> keras.ops.logsumexp([0.0, 0.0])
    tensor(0.6931)
    """
    x, axes, keepdims = over(x, axis, keepdims)
    return torch.logsumexp(as_float(x), axes, keepdims)


@op
def average(x: Tensor, axis=None, weights: Tensor = None):
    """The weighted mean along an axis.

    >>> keras.ops.average([1.0, 3.0], weights=[3.0, 1.0])
    tensor(1.5000)
    """
    x = as_float(x)
    if weights is None:
        x, axes, _ = over(x, axis)
        return torch.mean(x, axes)
    x, weights = promote_all([x, torch.as_tensor(weights, device=x.device)])
    if axis is not None and weights.ndim == 1 and x.ndim > 1:
        shape = [1] * x.ndim
        shape[one_axis(axis, x.ndim)] = -1
        weights = weights.reshape(shape)
    weighted, axes, _ = over(x * weights, axis)
    return torch.sum(weighted, axes) / torch.sum(weights.expand(x.shape).reshape(weighted.shape), axes)


def _joined(x, axis):
    """Return x with the axes of a reduction joined as the last one, and its shape if the reduced axes are
    kept.
    """
    axes = axes_of(axis, x.ndim)
    kept = [i for i in range(x.ndim) if i not in axes]
    shape = [1 if i in axes else size for i, size in enumerate(x.shape)]
    return x.permute(*kept, *axes).reshape([*(x.shape[i] for i in kept), -1]), shape


@op
def median(x: Tensor, axis=None, keepdims=False):
    """The middle value over axes, or the mean of the two middle ones.

    >>> keras.ops.median([1, 4, 2, 3])
    tensor(2.5000)
    """
    return _quantile(x, 0.5, axis, keepdims, "linear", torch.quantile)


@op
def quantile(x: Tensor, q: Tensor, axis=None, method="linear", keepdims=False):
    """The value below which a fraction q of the values over axes lies.

    >>> keras.ops.quantile([0.0, 1.0, 2.0], 0.25)
    tensor(0.5000)
    """
    return _quantile(x, q, axis, keepdims, method, torch.quantile)


@op
def percentile(x: Tensor, q: Tensor, axis=None, method="linear", keepdims=False):
    """The value below which q per cent of the values over axes lie.

    >>> keras.ops.percentile([0.0, 1.0, 2.0], 25)
    tensor(0.5000)
    """
    return _quantile(x, q / 100, axis, keepdims, method, torch.quantile)


def _quantile(x, q, axis, keepdims, method, function):
    x = as_float(x)
    wide = x if x.dtype in (torch.float32, torch.float64) else x.float()
    joined, shape = _joined(wide, axis)
    q = torch.as_tensor(q, device=x.device).to(wide.dtype)
    value = function(joined, q, -1, interpolation=method)
    if keepdims:
        value = value.reshape([*q.shape, *shape])
    return value.to(x.dtype)


@op
def nansum(x: Tensor, axis=None, keepdims=False):
    """The sum over axes, NaN counting as 0.

    >>> keras.ops.nansum([1.0, float("nan")])
    tensor(1.)
    """
    x, axes, keepdims = over(x, axis, keepdims)
    return torch.sum(_filled(x, 0), axes, keepdims, dtype=_sum_dtype(x))


@op
def nanprod(x: Tensor, axis=None, keepdims=False):
    """The product over axes, NaN counting as 1.

    >>> keras.ops.nanprod([2.0, float("nan")])
    tensor(2.)
    """
    return prod(_filled(x, 1), axis, keepdims)


@op
def nanmean(x: Tensor, axis=None, keepdims=False):
    """The mean over axes, without NaN.

    >>> keras.ops.nanmean([1.0, float("nan")])
    tensor(1.)
    """
    x, axes, keepdims = over(x, axis, keepdims)
    return torch.nanmean(as_float(x), axes, keepdims)


@op
def nanvar(x: Tensor, axis=None, keepdims=False):
    """The variance over axes, without NaN.

    >>> keras.ops.nanvar([1.0, 3.0, float("nan")])
    tensor(1.)
    """
    x, axes, keepdims = over(as_float(x), axis, keepdims)
    return torch.nanmean((x - torch.nanmean(x, axes, True)).square(), axes, keepdims)


@op
def nanstd(x: Tensor, axis=None, keepdims=False):
    """The standard deviation over axes, without NaN.

    >>> keras.ops.nanstd([1.0, 3.0, float("nan")])
    tensor(1.)
    """
    return nanvar(x, axis, keepdims).sqrt()


@op
def nanmax(x: Tensor, axis=None, keepdims=False):
    """The largest value over axes, without NaN.

    >>> keras.ops.nanmax([1.0, float("nan")])
    tensor(1.)
    """
    return _nan_extreme(x, axis, keepdims, torch.amax, float("-inf"))


@op
def nanmin(x: Tensor, axis=None, keepdims=False):
    """The smallest value over axes, without NaN.

    >>> keras.ops.nanmin([1.0, float("nan")])
    tensor(1.)
    """
    return _nan_extreme(x, axis, keepdims, torch.amin, float("inf"))


def _filled(x, value):
    return torch.where(torch.isnan(x), value, x) if x.is_floating_point() else x


def _nan_extreme(x, axis, keepdims, reduce, fill):
    if not x.is_floating_point():
        return _least_or_most(x, axis, keepdims, reduce)
    x, axes, keepdims = over(x, axis, keepdims)
    empty = torch.all(torch.isnan(x), axes, keepdims)
    return torch.where(empty, float("nan"), reduce(_filled(x, fill), axes, keepdims))


@op
def nanargmax(x: Tensor, axis=None, keepdims=False):
    """The index of the largest value, without NaN; -1 where there is no other.

    >>> keras.ops.nanargmax([1.0, float("nan"), 3.0])
    tensor(2, dtype=torch.int32)
    """
    return _nan_arg(x, axis, keepdims, torch.argmax, float("-inf"))


@op
def nanargmin(x: Tensor, axis=None, keepdims=False):
    """The index of the smallest value, without NaN; -1 where there is no other.

    >>> keras.ops.nanargmin([1.0, float("nan"), 3.0])
    tensor(0, dtype=torch.int32)
    """
    return _nan_arg(x, axis, keepdims, torch.argmin, float("inf"))


def _nan_arg(x, axis, keepdims, reduce, fill):
    found = reduce(_filled(_numbers(x), fill), axis, keepdims)
    if not x.is_floating_point():
        return found.to(torch.int32)
    empty = torch.all(torch.isnan(x), axes_of(axis, x.ndim), keepdims)
    return torch.where(empty, -1, found).to(torch.int32)


@op
def nanmedian(x: Tensor, axis=None, keepdims=False):
    """The middle value over axes, without NaN.

    >>> keras.ops.nanmedian([1.0, float("nan"), 3.0])
    tensor(2.)
    """
    return _quantile(x, 0.5, axis, keepdims, "linear", torch.nanquantile)


@op
def nanquantile(x: Tensor, q: Tensor, axis=None, method="linear", keepdims=False):
    """The value below which a fraction q of the values over axes lies, without NaN.

    >>> keras.ops.nanquantile([0.0, 1.0, float("nan")], 0.5)
    tensor(0.5000)
    """
    return _quantile(x, q, axis, keepdims, method, torch.nanquantile)


@op
def nanpercentile(x: Tensor, q: Tensor, axis=None, method="linear", keepdims=False):
    """The value below which q per cent of the values over axes lie, without NaN.

    >>> keras.ops.nanpercentile([0.0, 1.0, float("nan")], 50)
    tensor(0.5000)
    """
    return _quantile(x, q / 100, axis, keepdims, method, torch.nanquantile)


@op
def nancumsum(x: Tensor, axis=None, dtype=None):
    """Sums of all values so far along an axis, NaN counting as 0.

    >>> keras.ops.nancumsum([1.0, float("nan"), 2.0])
    tensor([1., 1., 3.])
    """
    return _cumulated(cumsum, _filled(x, 0), axis, dtype)


def _cumulated(function, x, axis, dtype):
    """Cumulate along one axis, given as an integer or a tuple of at most one."""
    if isinstance(axis, (tuple, list)):
        if not axis:
            return x if dtype is None else x.to(to_torch_dtype(dtype))
        (axis,) = axis
    return function(x, axis, dtype)


@op
def nancumprod(x: Tensor, axis=None, dtype=None):
    """Products of all values so far along an axis, NaN counting as 1.

    >>> keras.ops.nancumprod([2.0, float("nan"), 3.0])
    tensor([2., 2., 6.])
    """
    return _cumulated(cumprod, _filled(x, 1), axis, dtype)


@op
def allclose(x1: Tensor, x2: Tensor, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether all elements are close, a boolean scalar.

    >>> bool(keras.ops.allclose([1.0], [1.0]))
    True
    """
    x2 = torch.as_tensor(x2, device=x1.device)
    x1, x2 = as_float(x1), as_float(x2)
    return torch.isclose(x1, x2.to(x1.dtype), rtol, atol, equal_nan).all()


@op
def corrcoef(x: Tensor):
    """Pearson's correlation between rows.

    >>> keras.ops.corrcoef([[1.0, 2.0], [2.0, 4.0]])
    tensor([[1., 1.],
            [1., 1.]])
    """
    x = as_float(x)
    x = x.unsqueeze(0) if x.ndim == 1 else x
    x = x - x.mean(1, keepdim=True)
    covariance = x @ x.T
    deviation = covariance.diagonal().sqrt()
    return (covariance / deviation / deviation[:, None]).squeeze()


@op
def trapezoid(y: Tensor, x: Tensor = None, dx=1.0, axis=-1):
    """The integral along an axis by the trapezoidal rule.

    >>> keras.ops.trapezoid([1.0, 2.0, 3.0])
    tensor(4.)
    """
    y = as_float(y)
    return torch.trapezoid(y, dx=dx, dim=axis) if x is None else torch.trapezoid(y, x, dim=axis)
