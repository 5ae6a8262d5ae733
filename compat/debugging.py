"""`tf.debugging`: assertions on tensors.

https://www.tensorflow.org/api_docs/python/tf/debugging
"""

import torch

from ._convert import convert
from ._dtypes import as_dtype
from ._shape import TensorShape
from ._tensor import EagerTensor, Tensor
from ._wrap import tensor
from .errors import InvalidArgumentError

_switches = {"device_placement": False, "check_numerics": False}


def _first(raw, count):
    return "[" + ", ".join(str(v) for v in raw.reshape(-1)[:count].tolist()) + "]"


def _compare(x, y, symbol, test, message, summarize):
    a = tensor(x, hint=getattr(y, "dtype", None) if isinstance(y, Tensor) else None)
    b = tensor(y, hint=a.dtype)
    holds = test(a._t, b._t)
    if bool(holds.all()):
        return
    lead = "" if not message else f"{message}\n"
    n = 3 if summarize is None else summarize
    raise InvalidArgumentError(
        None,
        None,
        f"{lead}Condition x {symbol} y did not hold.\nFirst "
        f"{min(n, a._t.reshape(-1).shape[0])} elements of x:\n{_first(a._t, n)}\n"
        f"First {min(n, b._t.reshape(-1).shape[0])} elements of y:\n{_first(b._t, n)}",
    )


def _binary(name, symbol, test):
    def check(x, y, message=None, summarize=None, name=None):
        _compare(x, y, symbol, test, message, summarize)

    check.__name__ = check.__qualname__ = name
    check.__doc__ = f"Raise an `InvalidArgumentError` unless x {symbol} y everywhere."
    return check


assert_equal = _binary("assert_equal", "==", lambda a, b: a == b)
assert_none_equal = _binary("assert_none_equal", "!=", lambda a, b: a != b)
assert_less = _binary("assert_less", "<", lambda a, b: a < b)
assert_less_equal = _binary("assert_less_equal", "<=", lambda a, b: a <= b)
assert_greater = _binary("assert_greater", ">", lambda a, b: a > b)
assert_greater_equal = _binary("assert_greater_equal", ">=", lambda a, b: a >= b)


def _sign(name, symbol, test):
    def check(x, message=None, summarize=None, name=None):
        x = tensor(x)
        if not bool(test(x._t).all()):
            shown = [str(v) for v in x._t.reshape(-1)[: 3 if summarize is None else summarize].tolist()]
            text = (
                f"\nCondition x {symbol} 0 did not hold element-wise:\nx (shape={x.shape} "
                f"dtype={x.dtype.name}) = \n{shown}"
            )
            raise InvalidArgumentError(None, None, (message or "") + text)

    check.__name__ = check.__qualname__ = name
    check.__doc__ = f"Raise an `InvalidArgumentError` unless x {symbol} 0 everywhere."
    return check


assert_positive = _sign("assert_positive", ">", lambda x: x > 0)
assert_negative = _sign("assert_negative", "<", lambda x: x < 0)
assert_non_negative = _sign("assert_non_negative", ">=", lambda x: x >= 0)
assert_non_positive = _sign("assert_non_positive", "<=", lambda x: x <= 0)


def assert_near(x, y, rtol=None, atol=None, message=None, summarize=None, name=None):
    """Raise an `InvalidArgumentError` unless |x - y| <= atol + rtol * |y| everywhere."""
    a = tensor(x)
    b = tensor(y, hint=a.dtype)
    eps = 10 * torch.finfo(a._t.dtype).eps
    rtol, atol = (eps if v is None else float(v) for v in (rtol, atol))
    _compare(a, b, "~=", lambda p, q: (p - q).abs() <= atol + rtol * q.abs(), message, summarize)


def Assert(condition, data, summarize=None, name=None):
    """Raise an `InvalidArgumentError` with the data unless the condition is true."""
    if not bool(tensor(condition)):
        shown = " ".join(str(tensor(d).numpy()) for d in data)
        raise InvalidArgumentError(None, None, f"Expected '{condition}' to be true. Summarized data: {shown}")


def assert_rank(x, rank, message=None, name=None):
    """Raise a ValueError unless x has this rank."""
    x = tensor(x)
    if x.ndim != int(rank):
        raise ValueError(
            f"{message or ''}Tensor {x} must have rank {int(rank)}.  Received rank {x.ndim}, shape {x.shape}"
        )


def assert_rank_at_least(x, rank, message=None, name=None):
    """Raise a ValueError unless x has at least this rank."""
    x = tensor(x)
    if x.ndim < int(rank):
        raise ValueError(
            f"{message or ''}Tensor {x} must have rank at least {int(rank)}.  Received rank {x.ndim}, shape {x.shape}"
        )


def assert_rank_in(x, ranks, message=None, name=None):
    """Raise a ValueError unless x has one of these ranks."""
    x = tensor(x)
    if x.ndim not in [int(r) for r in ranks]:
        raise ValueError(
            f"{message or ''}Tensor {x} must have rank in {tuple(ranks)}.  Received rank {x.ndim}, shape {x.shape}"
        )


def assert_scalar(tensor, message=None, name=None):
    """Return the tensor, which must have rank 0."""
    value = EagerTensor(convert(tensor))
    if value.ndim:
        raise ValueError(f"{message or ''}Expected scalar shape, saw shape: {value.shape}.")
    return value


def assert_type(tensor, tf_type, message=None, name=None):
    """Raise a TypeError unless the tensor has this dtype."""
    value = EagerTensor(convert(tensor))
    if value.dtype != as_dtype(tf_type):
        raise TypeError(f"{message or ''}{value} must be of type {as_dtype(tf_type)!r}; got {value.dtype!r}")


def assert_shapes(shapes, data=None, summarize=None, message=None, name=None):
    """Raise a ValueError unless the tensors have these shapes; equal letters stand for equal sizes.

    >>> tf.debugging.assert_shapes([(tf.ones([2, 3]), ("N", 3)), (tf.ones([2]), ("N",))])
    """
    known = {}
    for x, symbols in shapes.items() if isinstance(shapes, dict) else shapes:
        size = tuple(EagerTensor(convert(x)).shape)
        symbols = list(symbols) if isinstance(symbols, (tuple, list, str, TensorShape)) else [symbols]
        if "..." in symbols or Ellipsis in symbols:
            at = next(i for i, s in enumerate(symbols) if s in ("...", Ellipsis))
            behind = len(symbols) - at - 1
            pairs = [*zip(symbols[:at], size[:at]), *zip(symbols[at + 1 :], size[len(size) - behind :])]
        elif len(symbols) != len(size):
            raise ValueError(
                f"{message or ''}Specified shape {tuple(symbols)} does not match tensor of shape {size}: ranks differ."
            )
        else:
            pairs = zip(symbols, size)
        for symbol, n in pairs:
            wanted = (
                int(symbol)
                if isinstance(symbol, int) or str(symbol).isdigit()
                else known.setdefault(symbol, n)
            )
            if symbol is not None and symbol != "." and n != wanted:
                raise ValueError(
                    f"{message or ''}Specified by tensor dimension {symbol!r}: size {n} was given, {wanted} expected."
                )


def check_numerics(tensor, message, name=None):
    """Return the tensor, which must hold neither NaN nor infinities."""
    value = EagerTensor(convert(tensor))
    for test, word in ((torch.isnan, "NaN"), (torch.isinf, "Inf")):
        if bool(test(value._t).any()):
            raise InvalidArgumentError(None, None, f"{message} : Tensor had {word} values [Op:CheckNumerics]")
    return value


assert_all_finite = check_numerics


def is_numeric_tensor(tensor):
    """Tell whether this is a tensor of numbers."""
    return isinstance(tensor, Tensor) and tensor.dtype.is_numeric


def set_log_device_placement(enabled):
    """Choose whether TensorFlow would write where each operation runs."""
    _switches["device_placement"] = bool(enabled)


def get_log_device_placement():
    """Tell what `set_log_device_placement` chose."""
    return _switches["device_placement"]


def enable_traceback_filtering():
    """Hide the library's own frames in errors."""
    _switches["filtering"] = True


def disable_traceback_filtering():
    """Show the library's own frames in errors."""
    _switches["filtering"] = False


def is_traceback_filtering_enabled():
    """Tell whether the library's own frames are hidden."""
    return _switches.get("filtering", True)
