"""`tf.DType`: TensorFlow's names for dtypes, over the dtypes of torch and NumPy.

https://www.tensorflow.org/api_docs/python/tf/dtypes/DType
"""

import importlib.util

import numpy as np
import torch

from kerastorch.core.dtypes import TORCH_DTYPES

# name: (number in TensorFlow's protocol, the name that its kernels use in messages)
_TABLE = {
    "float32": (1, "float"),
    "float64": (2, "double"),
    "int32": (3, "int32"),
    "uint8": (4, "uint8"),
    "int16": (5, "int16"),
    "int8": (6, "int8"),
    "string": (7, "string"),
    "complex64": (8, "complex64"),
    "int64": (9, "int64"),
    "bool": (10, "bool"),
    "bfloat16": (14, "bfloat16"),
    "uint16": (17, "uint16"),
    "complex128": (18, "complex128"),
    "float16": (19, "half"),
    "resource": (20, "resource"),
    "variant": (21, "variant"),
    "uint32": (22, "uint32"),
    "uint64": (23, "uint64"),
    "float8_e5m2": (24, "float8_e5m2"),
    "float8_e4m3fn": (25, "float8_e4m3fn"),
}
_SMALL_FLOATS = ("bfloat16", "float8_e5m2", "float8_e4m3fn")


class DType:
    """The type of the elements of a `Tensor`.

    It equals its name, NumPy's dtype and torch's dtype of the same elements.

    >>> tf.float32, tf.float32 == "float32", tf.float32 == np.float32, tf.float32 == torch.float32
    (tf.float32, True, True, True)
    """

    __slots__ = ("_enum", "_kernel_name", "_name", "_torch")

    def __init__(self, name):
        self._name = name
        self._enum, self._kernel_name = _TABLE[name]
        self._torch = TORCH_DTYPES.get(name)

    @property
    def name(self):
        """The name, such as "float32"."""
        return self._name

    @property
    def as_datatype_enum(self):
        """The number that stands for this type in TensorFlow's files."""
        return self._enum

    @property
    def as_numpy_dtype(self):
        """The NumPy scalar type; `object` for strings, and float32 for bfloat16 where ml_dtypes is not installed."""
        return numpy_type(self)

    @property
    def as_torch_dtype(self):
        """The `torch.dtype`; None for strings."""
        return self._torch

    @property
    def base_dtype(self):
        """This type: reference types are gone from TensorFlow 2."""
        return self

    @property
    def real_dtype(self):
        """The type of the real part of a complex type, else this type."""
        return {"complex64": float32, "complex128": float64}.get(self._name, self)

    @property
    def is_floating(self):
        """Whether this is a floating point type."""
        return self._torch is not None and self._torch.is_floating_point

    @property
    def is_complex(self):
        """Whether this is a complex type."""
        return self._name.startswith("complex")

    @property
    def is_integer(self):
        """Whether this is an integer type; bool is none."""
        return self._name.startswith(("int", "uint"))

    @property
    def is_unsigned(self):
        """Whether this is an unsigned integer type."""
        return self._name.startswith("uint")

    @property
    def is_bool(self):
        """Whether this is the boolean type."""
        return self._name == "bool"

    @property
    def is_numeric(self):
        """Whether values are numbers."""
        return self.is_floating or self.is_integer or self.is_complex

    @property
    def is_numpy_compatible(self):
        """Whether NumPy arrays of it exist."""
        return self._name not in ("resource", "variant")

    @property
    def is_quantized(self):
        """Whether this is a quantized type; torch's are others, so never."""
        return False

    @property
    def size(self):
        """The number of bytes of one element."""
        return 1 if self._torch is None else self._torch.itemsize

    @property
    def min(self):
        """The least finite value."""
        return self._limit("min")

    @property
    def max(self):
        """The greatest finite value."""
        return self._limit("max")

    @property
    def limits(self, clip_negative=True):
        """The pair (least, greatest) in which images of this type lie: (0, 1) for floats."""
        if self.is_floating:
            return 0, 1
        return 0 if clip_negative else self.min, self.max

    def _limit(self, which):
        if self.is_bool:
            return which == "max"
        if self.is_floating:
            value = getattr(torch.finfo(self._torch), which)
            return (
                value if self._name == "float64" or self._name in _SMALL_FLOATS else numpy_type(self)(value)
            )
        if self.is_integer:
            return numpy_type(self)(getattr(np.iinfo(numpy_type(self)), which)).item()
        raise TypeError(f"Cannot find {which}imum value of {self!s}.")

    def is_compatible_with(self, other):
        """Whether `other` is the same type."""
        return self is as_dtype(other)

    def __eq__(self, other):
        if self is other:
            return True
        if other is None or isinstance(other, DType):
            return False
        try:
            return self is as_dtype(other)
        except TypeError:
            return False

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return self._enum

    def __repr__(self):
        return f"tf.{self._name}"

    def __str__(self):
        return f"<dtype: '{self._name}'>"

    def __int__(self):
        return self._enum

    def __reduce__(self):
        return as_dtype, (self._name,)


float32 = DType("float32")
float64 = double = DType("float64")
float16 = half = DType("float16")
bfloat16 = DType("bfloat16")
int8, int16, int32, int64 = DType("int8"), DType("int16"), DType("int32"), DType("int64")
uint8, uint16, uint32, uint64 = DType("uint8"), DType("uint16"), DType("uint32"), DType("uint64")
bool_ = DType("bool")
string = DType("string")
complex64, complex128 = DType("complex64"), DType("complex128")
resource, variant = DType("resource"), DType("variant")
float8_e5m2, float8_e4m3fn = DType("float8_e5m2"), DType("float8_e4m3fn")

_ALL = [value for value in list(globals().values()) if isinstance(value, DType)]
BY_NAME = {dtype.name: dtype for dtype in _ALL} | {"half": float16, "double": float64, "float": float32}
BY_TORCH = {dtype._torch: dtype for dtype in _ALL if dtype._torch is not None}
_BY_ENUM = {dtype._enum: dtype for dtype in _ALL}
_BY_NUMPY = {
    np.dtype(name).type: BY_NAME[name]
    for name in BY_NAME
    if name in TORCH_DTYPES and name not in _SMALL_FLOATS
}
_BY_NUMPY |= {np.object_: string, np.str_: string, np.bytes_: string}
# Python's types that TensorFlow knows: `int` and `str` are not among them.
_BY_PYTHON = {float: float32, bool: bool_, object: string, bytes: string}


def as_dtype(type_value):
    """Return the `DType` for a name, number, NumPy dtype or torch dtype.

    >>> tf.as_dtype("float32"), tf.as_dtype(np.int64), tf.as_dtype(torch.uint8)
    (tf.float32, tf.int64, tf.uint8)
    """
    if isinstance(type_value, DType):
        return type_value
    if isinstance(type_value, torch.dtype) and type_value in BY_TORCH:
        return BY_TORCH[type_value]
    if isinstance(type_value, str) and type_value in BY_NAME:
        return BY_NAME[type_value]
    if isinstance(type_value, type):
        found = _BY_NUMPY.get(type_value) or _BY_PYTHON.get(type_value) or BY_NAME.get(type_value.__name__)
        if found is not None and (
            type_value in _BY_NUMPY or type_value in _BY_PYTHON or issubclass(type_value, np.generic)
        ):
            return found
    if isinstance(type_value, np.dtype):
        found = _BY_NUMPY.get(type_value.type) or BY_NAME.get(type_value.name)
        if found is not None:
            return found
    if isinstance(type_value, int) and not isinstance(type_value, bool) and type_value in _BY_ENUM:
        return _BY_ENUM[type_value]
    inner = getattr(type_value, "dtype", None)
    if isinstance(inner, (np.dtype, DType)):
        return as_dtype(inner)
    raise TypeError(f"Cannot convert the argument `type_value`: {type_value!r} to a TensorFlow DType.")


_ml_dtypes = None


def numpy_type(dtype):
    """Return the NumPy scalar type of a `DType`."""
    if dtype._name in _SMALL_FLOATS:
        return getattr(_small_float_types(), dtype._name, np.float32)
    return object if dtype._torch is None else np.dtype(dtype._name).type


def _small_float_types():
    """The module ml_dtypes, NumPy's bfloat16 and float8, where it is installed; else None."""
    global _ml_dtypes
    if _ml_dtypes is None and importlib.util.find_spec("ml_dtypes") is not None:
        import ml_dtypes

        _ml_dtypes = ml_dtypes
    return _ml_dtypes
