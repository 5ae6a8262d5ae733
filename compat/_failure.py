"""What is said when an operation cannot be done: TensorFlow's words for the errors that torch raises."""

import re

import torch

from ._dtypes import as_dtype
from .errors import InvalidArgumentError, ResourceExhaustedError, UnimplementedError

_ORDER = ("bfloat16", "float16", "float32", "float64", "uint8", "uint16", "uint32", "uint64")
_ORDER += ("int8", "int16", "int32", "int64", "bool", "complex64", "complex128")
_DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"
_MKL = {"MatMul": "__MklMatMul"}


def invalid(kernel, message, inner=None, name=" name: "):
    """Return the error of a kernel that refuses its input.

    Args:
        kernel: The operation.
        message: What is wrong.
        inner: The operation's name inside the message, where it is another.
        name: What follows the operation: its name, which is empty unless the user gave one.
    """
    where = f"{{{{function_node __wrapped__{inner or kernel}_device_{_DEVICE}}}}}"
    return InvalidArgumentError(None, None, f"{where} {message} [Op:{kernel}]{name}")


def wrong_dtype(kernel, index, expected, given):
    """Return the error for an input whose dtype differs from those before it."""
    return InvalidArgumentError(
        None,
        None,
        f"cannot compute {kernel} as input #{index}(zero-based) was expected to be a {expected._kernel_name} tensor "
        f"but is a {given._kernel_name} tensor [Op:{kernel}] name: ",
    )


def not_allowed(kernel, dtype, allowed):
    """Return the error for a dtype that an operation does not have."""
    names = [as_dtype(a).name for a in allowed or ()] or list(_ORDER)
    names = [as_dtype(n)._kernel_name for n in sorted(names, key=_ORDER.index)]
    return InvalidArgumentError(
        None,
        None,
        (
            f"Value for attr 'T' of {dtype._kernel_name} is not in the list of allowed "
            f"values: {', '.join(names)} [Op:{kernel}]"
        ),
    )


def shape_text(shape):
    """Return a shape as kernels print it.

    >>> from compat._failure import shape_text
    >>> shape_text((2, 3))
    '[2,3]'
    """
    return "[" + ",".join(map(str, shape)) + "]"


def failure(kernel, raws, error):
    """Return the exception that TensorFlow would raise for an error of torch's."""
    text = str(error)
    if isinstance(error, torch.OutOfMemoryError):
        return ResourceExhaustedError(None, None, f"{text} [Op:{kernel}]")
    shapes = [shape_text(raw.shape) for raw in raws if hasattr(raw, "shape")]
    if "must match the size of tensor" in text and len(shapes) > 1:
        return invalid(kernel, f"Incompatible shapes: {shapes[0]} vs. {shapes[1]}")
    if (
        re.search(r"mat1 and mat2 shapes|size mismatch|Expected size for first two dimensions", text)
        and len(shapes) > 1
    ):
        inner = _MKL.get(kernel)
        return invalid(kernel, f"Matrix size-incompatible: In[0]: {shapes[0]}, In[1]: {shapes[1]}", inner)
    if "ZeroDivisionError" in text:
        return invalid(kernel, "Integer division by zero")
    if "not implemented for" in text:
        return UnimplementedError(None, None, f"{text} [Op:{kernel}]")
    return invalid(kernel, f"{text} (inputs of shape {', '.join(shapes)})" if shapes else text)
