"""Functions of `tf` and `tf.math` that work element by element."""

import operator

import numpy as np
import torch

from ._dtypes import BY_TORCH, as_dtype, complex64, complex128
from ._failure import invalid
from ._tensor import EagerTensor
from ._wrap import Bool, Own, Ragged, Same, SameList, op, tensor
from .errors import InvalidArgumentError, UnimplementedError

REALS = (torch.bfloat16, torch.float16, torch.float32, torch.float64)
FLOATS = (*REALS, torch.complex64, torch.complex128)
INTS = (
    torch.uint8,
    torch.uint16,
    torch.uint32,
    torch.uint64,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
)
NUMBERS = (*REALS, *INTS, torch.complex64, torch.complex128)
ORDERED = (*REALS, *INTS)


@op(
    "AddV2", allowed=NUMBERS, strings=lambda x, y, name=None: _bytes(x + y), numbers=True, direct=operator.add
)
def add(x: Same, y: Same, name=None):
    """Return x + y, element by element, broadcasting.

    >>> print(tf.add([1, 2], [3, 4]))
    tf.Tensor([4 6], shape=(2,), dtype=int32)
    """
    return x + y


@op("Sub", allowed=NUMBERS, numbers=True, direct=operator.sub)
def subtract(x: Same, y: Same, name=None):
    """Return x - y."""
    return x - y


@op("Mul", allowed=NUMBERS, numbers=True, direct=operator.mul)
def multiply(x: Same, y: Same, name=None):
    """Return x * y.

    >>> tf.multiply(np.ones(2), 42)
    <tf.Tensor: shape=(2,), dtype=float64, numpy=array([42., 42.])>
    """
    return x * y


@op("RealDiv", allowed=FLOATS, numbers=True, direct=operator.truediv)
def _real_divide(x: Same, y: Same, name=None):
    return x / y


_QUOTIENTS = {torch.int8: torch.float32, torch.uint8: torch.float32, torch.int16: torch.float32}
_QUOTIENTS |= {torch.uint16: torch.float32, torch.int32: torch.float64, torch.int64: torch.float64}
_QUOTIENTS |= {torch.uint32: torch.float64, torch.uint64: torch.float64}


@op("Cast")
def _float_of(x: Own):
    return x.to(_QUOTIENTS.get(x.dtype, x.dtype))


def truediv(x, y, name=None):
    """Return x / y; integers divide to floats (float64 from int32 on)."""
    if isinstance(x, Ragged) or isinstance(y, Ragged):
        return Ragged.divide(x, y)
    if type(x) is not EagerTensor or x._t.dtype not in FLOATS:
        hint = x.dtype if _is_tensor(x) else y.dtype if _is_tensor(y) else None
        x = tensor(x, hint=hint) if not _is_symbolic(x) else x
        y = tensor(y, hint=x.dtype if hint is None else hint) if not _is_symbolic(y) else y
        if _is_tensor(x) and _is_tensor(y) and x.dtype != y.dtype:
            raise TypeError(f"`x` and `y` must have the same dtype, got {x.dtype!r} != {y.dtype!r}.")
        x, y = _float_of(x), _float_of(y)
    return _real_divide(x, y)


def divide(x, y, name=None):
    """Return x / y as Python divides."""
    if not _is_tensor(x) and not _is_tensor(y) and not isinstance(x, (list, tuple, np.ndarray)):
        x = tensor(x)
    return truediv(x, y)


def _is_tensor(x):
    return type(x) is EagerTensor or isinstance(x, torch.Tensor)


def _is_symbolic(x):
    return hasattr(x, "record_history")


@op("FloorDiv", allowed=ORDERED)
def floordiv(x: Same, y: Same, name=None):
    """Return the greatest whole number not above x / y."""
    return torch.div(x, y, rounding_mode="floor")


@op("FloorMod", allowed=ORDERED)
def floormod(x: Same, y: Same, name=None):
    """Return x - floor(x / y) * y, which has the sign of y."""
    return torch.remainder(x, y)


mod = floormod


@op("TruncateDiv", allowed=NUMBERS)
def truncatediv(x: Same, y: Same, name=None):
    """Return x / y rounded towards 0."""
    return torch.div(x, y, rounding_mode="trunc")


@op("TruncateMod", allowed=ORDERED)
def truncatemod(x: Same, y: Same, name=None):
    """Return what `truncatediv` leaves, which has the sign of x."""
    return torch.fmod(x, y)


@op("DivNoNan", allowed=FLOATS)
def divide_no_nan(x: Same, y: Same, name=None):
    """Return x / y, and 0 where y is 0."""
    zero = y == 0
    return torch.where(zero, torch.zeros((), dtype=x.dtype, device=x.device), x / torch.where(zero, 1, y))


@op("MulNoNan", allowed=FLOATS)
def multiply_no_nan(x: Same, y: Same, name=None):
    """Return x * y, and 0 where y is 0 even if x is not finite."""
    zero = y == 0
    return torch.where(zero, torch.zeros((), dtype=x.dtype, device=x.device), torch.where(zero, 0, x) * y)


@op("Pow", allowed=NUMBERS, numbers=True)
def pow(x: Same, y: Same, name=None):
    """Return x to the power of y."""
    if isinstance(y, torch.Tensor) and not y.dtype.is_floating_point and not y.dtype.is_complex and y.is_cpu:
        _check_exponent(bool((y < 0).any()))
    elif isinstance(y, int) and y < 0 and not (x.dtype.is_floating_point or x.dtype.is_complex):
        _check_exponent(True)
    return x**y


def _check_exponent(negative):
    if negative:
        raise invalid("Pow", "Integers to negative integer powers are not allowed")


@op("Maximum", allowed=ORDERED, direct=torch.maximum)
def maximum(x: Same, y: Same, name=None):
    """Return the greater of x and y."""
    return torch.maximum(x, y)


@op("Minimum", allowed=ORDERED, direct=torch.minimum)
def minimum(x: Same, y: Same, name=None):
    """Return the lesser of x and y."""
    return torch.minimum(x, y)


@op("SquaredDifference", allowed=NUMBERS)
def squared_difference(x: Same, y: Same, name=None):
    """Return (x - y)**2."""
    return torch.square(x - y)


@op("Xlogy", allowed=FLOATS)
def xlogy(x: Same, y: Same, name=None):
    """Return x * log(y), and 0 where x is 0."""
    return torch.xlogy(x, y)


@op("Xlog1py", allowed=FLOATS)
def xlog1py(x: Same, y: Same, name=None):
    """Return x * log(1 + y), and 0 where x is 0."""
    return torch.special.xlog1py(x, y)


@op("Xdivy", allowed=FLOATS)
def xdivy(x: Same, y: Same, name=None):
    """Return x / y, and 0 where x is 0."""
    return torch.where(x == 0, torch.zeros((), dtype=x.dtype, device=x.device), x / y)


@op("Atan2", allowed=REALS)
def atan2(y: Same, x: Same, name=None):
    """Return the angle of the point (x, y)."""
    return torch.atan2(y, x)


@op("Zeta", allowed=REALS)
def zeta(x: Same, q: Same, name=None):
    """Return the Hurwitz zeta function."""
    return torch.special.zeta(x, q)


@op("Polygamma", allowed=REALS)
def polygamma(a: Same, x: Same, name=None):
    """Return the a-th derivative of `digamma` at x."""
    orders = torch.unique(a)
    out = torch.full(torch.broadcast_shapes(a.shape, x.shape), torch.nan, dtype=x.dtype, device=x.device)
    for order in orders.tolist():
        out = torch.where(a == order, torch.special.polygamma(int(order), x), out)
    return out


@op("Igamma", allowed=REALS)
def igamma(a: Same, x: Same, name=None):
    """Return the lower regularized incomplete Gamma function P(a, x)."""
    return torch.special.gammainc(a, x)


@op("Igammac", allowed=REALS)
def igammac(a: Same, x: Same, name=None):
    """Return the upper regularized incomplete Gamma function Q(a, x)."""
    return torch.special.gammaincc(a, x)


def _comparison(name, kernel, function, allowed, symbol):
    @op(kernel, allowed=allowed, numbers=True, direct=function)
    def compare(x: Same, y: Same, name=None):
        return function(x, y)

    compare.__name__ = compare.__qualname__ = name
    compare.__doc__ = f"Return x {symbol} y, as booleans."
    return compare


less = _comparison("less", "Less", operator.lt, ORDERED, "<")
less_equal = _comparison("less_equal", "LessEqual", operator.le, ORDERED, "<=")
greater = _comparison("greater", "Greater", operator.gt, ORDERED, ">")
greater_equal = _comparison("greater_equal", "GreaterEqual", operator.ge, ORDERED, ">=")


@op(
    "Equal",
    strings=lambda x, y, name=None: torch.from_numpy(np.asarray(x == y, dtype=bool)),
    numbers=True,
    direct=operator.eq,
)
def equal(x: Same, y: Same, name=None):
    """Return x == y, as booleans."""
    return x == y


@op(
    "NotEqual",
    strings=lambda x, y, name=None: torch.from_numpy(np.asarray(x != y, dtype=bool)),
    numbers=True,
    direct=operator.ne,
)
def not_equal(x: Same, y: Same, name=None):
    """Return x != y, as booleans."""
    return x != y


@op("LogicalAnd")
def logical_and(x: Bool, y: Bool, name=None):
    """Return x and y, element by element."""
    return x & y


@op("LogicalOr")
def logical_or(x: Bool, y: Bool, name=None):
    """Return x or y, element by element."""
    return x | y


@op("LogicalNot")
def logical_not(x: Bool, name=None):
    """Return not x, element by element."""
    return ~x


def logical_xor(x, y, name="LogicalXor"):
    """Return whether exactly one of x and y is true."""
    return _logical_xor(x, y)


@op("LogicalXor")
def _logical_xor(x: Bool, y: Bool):
    return x ^ y


@op("ApproximateEqual", allowed=NUMBERS)
def approximate_equal(x: Same, y: Same, tolerance=1e-5, name=None):
    """Return whether |x - y| < tolerance."""
    return (x - y).abs() < tolerance


def _round(x):
    return torch.round(x) if x.dtype.is_floating_point else x.clone()


def _sign(x):
    return torch.sgn(x)


def _reciprocal(x):
    return torch.reciprocal(x)


def _same(x):
    return x if not x.dtype.is_complex else torch.conj_physical(x)


def _complex_abs(x):
    return torch.abs(x)


# name: (kernel, torch function, dtypes, what it returns)
_UNARY = {
    "abs": ("Abs", _complex_abs, NUMBERS, "|x|"),
    "negative": ("Neg", torch.neg, NUMBERS, "-x"),
    "sign": ("Sign", _sign, NUMBERS, "-1, 0 or 1"),
    "square": ("Square", torch.square, NUMBERS, "x * x"),
    "round": ("Round", _round, NUMBERS, "x rounded to the nearest whole number, halves to the even one"),
    "rint": ("Rint", torch.round, REALS, "x rounded to the nearest whole number, halves to the even one"),
    "floor": ("Floor", torch.floor, REALS, "the greatest whole number not above x"),
    "ceil": ("Ceil", torch.ceil, REALS, "the least whole number not below x"),
    "sqrt": ("Sqrt", torch.sqrt, FLOATS, "the square root of x"),
    "rsqrt": ("Rsqrt", torch.rsqrt, FLOATS, "1 / sqrt(x)"),
    "exp": ("Exp", torch.exp, FLOATS, "e to the power of x"),
    "expm1": ("Expm1", torch.expm1, FLOATS, "exp(x) - 1"),
    "log": ("Log", torch.log, FLOATS, "the natural logarithm of x"),
    "log1p": ("Log1p", torch.log1p, FLOATS, "log(1 + x)"),
    "sin": ("Sin", torch.sin, FLOATS, "the sine of x"),
    "cos": ("Cos", torch.cos, FLOATS, "the cosine of x"),
    "tan": ("Tan", torch.tan, FLOATS, "the tangent of x"),
    "asin": ("Asin", torch.asin, FLOATS, "the inverse sine of x"),
    "acos": ("Acos", torch.acos, FLOATS, "the inverse cosine of x"),
    "atan": ("Atan", torch.atan, FLOATS, "the inverse tangent of x"),
    "sinh": ("Sinh", torch.sinh, FLOATS, "the hyperbolic sine of x"),
    "cosh": ("Cosh", torch.cosh, FLOATS, "the hyperbolic cosine of x"),
    "tanh": ("Tanh", torch.tanh, FLOATS, "the hyperbolic tangent of x"),
    "asinh": ("Asinh", torch.asinh, FLOATS, "the inverse hyperbolic sine of x"),
    "acosh": ("Acosh", torch.acosh, FLOATS, "the inverse hyperbolic cosine of x"),
    "atanh": ("Atanh", torch.atanh, FLOATS, "the inverse hyperbolic tangent of x"),
    "sigmoid": ("Sigmoid", torch.sigmoid, FLOATS, "1 / (1 + exp(-x))"),
    "erf": ("Erf", torch.erf, REALS, "the error function of x"),
    "erfc": ("Erfc", torch.erfc, REALS, "1 - erf(x)"),
    "erfinv": ("Erfinv", torch.erfinv, REALS, "the inverse of erf"),
    "erfcinv": ("Erfcinv", lambda x: torch.erfinv(1 - x), REALS, "the inverse of erfc"),
    "ndtri": ("Ndtri", torch.special.ndtri, REALS, "the quantile x of the normal distribution"),
    "lgamma": ("Lgamma", torch.lgamma, REALS, "log(|Gamma(x)|)"),
    "digamma": ("Digamma", torch.digamma, REALS, "the derivative of lgamma at x"),
    "log_sigmoid": ("LogSigmoid", torch.nn.functional.logsigmoid, REALS, "log(sigmoid(x))"),
    "reciprocal": ("Reciprocal", _reciprocal, FLOATS, "1 / x"),
    "conj": ("Conj", _same, None, "the complex conjugate of x"),
    "is_nan": ("IsNan", torch.isnan, REALS, "whether x is not a number"),
    "is_inf": ("IsInf", torch.isinf, REALS, "whether x is infinite"),
    "is_finite": ("IsFinite", torch.isfinite, REALS, "whether x is finite"),
}


def _make_unary(name, kernel, function, allowed, meaning):
    @op(kernel, allowed=allowed, direct=function)
    def apply(x: Same, name=None):
        return function(x)

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"Return {meaning}, element by element."
    return apply


globals().update({name: _make_unary(name, *row) for name, row in _UNARY.items()})


@op("Softplus", allowed=REALS)
def softplus(features: Same, name=None):
    """Return log(1 + exp(features))."""
    return torch.logaddexp(features, torch.zeros((), dtype=features.dtype, device=features.device))


@op("Real")
def real(input: Own, name=None):
    """Return the real part."""
    return torch.real(input).clone() if input.is_complex() else input


@op("Imag")
def imag(input: Own, name=None):
    """Return the imaginary part."""
    return torch.imag(input).clone() if input.is_complex() else torch.zeros_like(input)


@op("Angle")
def angle(input: Own, name=None):
    """Return the argument of complex numbers; 0 or pi for real ones."""
    return torch.angle(input)


@op("Complex", allowed=(torch.float32, torch.float64))
def complex(real: Same, imag: Same, name=None):
    """Return real + imag * j."""
    real, imag = torch.broadcast_tensors(real, imag)
    return torch.complex(real.contiguous(), imag.contiguous())


def cast(x, dtype, name=None):
    """Return x with another dtype; floats are cut towards 0 to integers.

    >>> tf.cast([1.8, -1.8], tf.int32)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 1, -1], dtype=int32)>
    """
    dtype = as_dtype(dtype)
    if type(x) is EagerTensor and not isinstance(x._t, np.ndarray) and x._t.dtype is dtype._torch:
        return x
    return _cast(x, dtype)


def _cast_strings(x, dtype, name=None):
    if dtype._torch is None:
        return x
    raise UnimplementedError(
        None, None, f"Cast string to {dtype._kernel_name} is not supported [Op:Cast] name: "
    )


@op("Cast", strings=_cast_strings)
def _cast(x: Own, dtype, name=None):
    if dtype._torch is None:
        raise UnimplementedError(
            None, None, f"Cast {BY_TORCH[x.dtype]._kernel_name} to string is not supported [Op:Cast] name: "
        )
    if x.is_complex() and not dtype.is_complex:
        x = x.real
    return x.to(dtype._torch)


def saturate_cast(value, dtype, name=None):
    """Return value with another dtype, cut to the range of that dtype first."""
    dtype = as_dtype(dtype)
    return _saturate(value, dtype)


@op("SaturateCast")
def _saturate(value: Own, dtype):
    if dtype.is_floating or dtype.is_integer:
        info = torch.finfo(dtype._torch) if dtype.is_floating else torch.iinfo(dtype._torch)
        if value.dtype.is_floating_point:
            high = float(info.max)
            while dtype.is_integer and int(torch.tensor(high, dtype=value.dtype)) > info.max:
                high = float(np.nextafter(np.float32(high), np.float32(0)))
            value = value.clamp(float(info.min), high)
        else:
            mine = torch.iinfo(value.dtype)
            value = value.clamp(
                max(mine.min, info.min) if dtype.is_integer else None, min(mine.max, int(info.max))
            )
    return value.to(dtype._torch)


@op("Bitcast")
def bitcast(input: Own, type, name=None):
    """Return the same bits, read as another dtype."""
    return input.clone().view(as_dtype(type)._torch)


@op("AddN", allowed=NUMBERS)
def _add_n(inputs: SameList):
    total = inputs[0]
    for x in inputs[1:]:
        if x.shape != total.shape:
            raise InvalidArgumentError(
                None,
                None,
                (
                    "Shapes must be equal rank: all inputs of AddN must have one shape. "
                    f"Received: {[tuple(x.shape) for x in inputs]}"
                ),
            )
        total = total + x
    return total if len(inputs) > 1 else total.clone()


def add_n(inputs, name=None):
    """Return the sum of a list of tensors of one shape and dtype."""
    if not isinstance(inputs, (list, tuple)):
        inputs = [inputs]
    if not inputs:
        raise ValueError(
            "Inputs must be an iterable of at least one Tensor/IndexedSlices with the same dtype and shape."
        )
    return _add_n(list(inputs))


def accumulate_n(inputs, shape=None, tensor_dtype=None, name=None):
    """Return the sum of a list of tensors of one shape and dtype."""
    return add_n(inputs)


def scalar_mul(scalar, x, name=None):
    """Return x times a number."""
    return multiply(tensor(scalar, hint=x.dtype if _is_tensor(x) else None), x)


@op("ClipByValue", allowed=ORDERED)
def clip_by_value(t: Same, clip_value_min: Same, clip_value_max: Same, name=None):
    """Return t, cut to lie between the two values.

    >>> tf.clip_by_value([1, 5, 9], 2, 6)
    <tf.Tensor: shape=(3,), dtype=int32, numpy=array([2, 5, 6], dtype=int32)>
    """
    out = torch.maximum(torch.minimum(t, clip_value_max), clip_value_min)
    if out.shape != t.shape:
        raise ValueError(f"Shapes {tuple(t.shape)} and {tuple(out.shape)} are incompatible")
    return out


def polyval(coeffs, x, name=None):
    """Return the polynomial with these coefficients, the highest power first, at x (Horner's rule)."""
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type. Received type {type(coeffs)}.")
    if not coeffs:
        return multiply(x, 0)
    x = tensor(x)
    total = tensor(coeffs[0], hint=x.dtype)
    for c in coeffs[1:]:
        total = add(tensor(c, hint=x.dtype), multiply(total, x))
    return total


def _bytes(array):
    out = np.empty(np.shape(array), object)
    out[...] = array
    return out


COMPLEX = {complex64, complex128}
