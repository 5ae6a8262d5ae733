"""`tf.strings`: functions of texts, element by element; a text is bytes.

https://www.tensorflow.org/api_docs/python/tf/strings
"""

import builtins
import re

import numpy as np
import torch

from ._convert import convert, dtype_of
from ._dtypes import as_dtype, float32, string
from ._failure import invalid
from ._print import tensor_text
from ._reduce import axes_of
from ._tensor import EagerTensor
from ._wrap import tensor


def texts(value):
    """Return the object array of bytes of anything that is like a tensor of strings."""
    return convert(value, string)


def _each(function, *arrays):
    """The results of a function on each element, as an object array."""
    out = np.empty(np.broadcast_shapes(*(a.shape for a in arrays)), object)
    parts = [np.broadcast_to(a, out.shape).ravel() for a in arrays]
    out.ravel()[...] = [function(*values) for values in zip(*parts)] if out.size else []
    return out


def _numbers(array, dtype):
    return EagerTensor(torch.from_numpy(np.asarray(array.tolist(), dtype=dtype).reshape(array.shape)))


def _decoded(function, encoding):
    if encoding == "":
        return lambda b: (
            bytes(function(b.decode("latin-1")), "latin-1") if b.isascii() else _ascii_only(function, b)
        )
    return lambda b: function(b.decode("utf-8")).encode("utf-8")


def _ascii_only(function, b):
    """A function of letters on the ASCII letters of a text, the other bytes as they are."""
    return bytes(ord(function(chr(c))) if c < 128 else c for c in b)


def length(input, unit="BYTE", name=None):
    """Return the number of bytes (unit "BYTE") or characters ("UTF8_CHAR") of each text."""
    count = len if unit == "BYTE" else lambda b: len(b.decode("utf-8", "replace"))
    return _numbers(_each(count, texts(input)), np.int32)


def join(inputs, separator="", name=None):
    """Return the texts of several tensors joined.

    >>> tf.strings.join(["a", "b"], separator="-")
    <tf.Tensor: shape=(), dtype=string, numpy=b'a-b'>
    """
    between = separator.encode() if isinstance(separator, str) else bytes(separator)
    return EagerTensor(_each(lambda *parts: between.join(parts), *[texts(x) for x in inputs]))


def reduce_join(inputs, axis=None, keepdims=False, separator="", name=None):
    """Return the texts joined along the axes."""
    raw, between = texts(inputs), separator.encode()
    axes = axes_of(axis, raw.ndim)
    rest = [i for i in range(raw.ndim) if i not in axes]
    rows = raw.transpose([*rest, *axes]).reshape([*[raw.shape[i] for i in rest], -1])
    out = np.empty(rows.shape[:-1], object)
    for place in np.ndindex(*out.shape):
        out[place] = between.join(rows[place])
    if keepdims:
        out = out.reshape([1 if i in axes else n for i, n in enumerate(raw.shape)])
    return EagerTensor(out)


def upper(input, encoding="", name=None):
    """Return the texts in capitals; letters beyond ASCII only with encoding "utf-8"."""
    return EagerTensor(_each(_decoded(str.upper, encoding), texts(input)))


def lower(input, encoding="", name=None):
    """Return the texts in small letters; letters beyond ASCII only with encoding "utf-8"."""
    return EagerTensor(_each(_decoded(str.lower, encoding), texts(input)))


def strip(input, name=None):
    """Return the texts without white space at both ends."""
    return EagerTensor(_each(bytes.strip, texts(input)))


def substr(input, pos, len, unit="BYTE", name=None):
    """Return the parts of the texts that start at `pos` and are `len` long."""
    starts, counts = (np.asarray(tensor(v).numpy()) for v in (pos, len))

    def part(b, start, count):
        text = b if unit == "BYTE" else b.decode("utf-8")
        size = _length(text)
        if not -size <= start <= size:
            raise invalid("Substr", f"pos {start} out of range for string of length {size}", name="")
        start = start + size if start < 0 else start
        out = text[start : start + count]
        return out if unit == "BYTE" else out.encode("utf-8")

    return EagerTensor(_each(part, texts(input), starts, counts))


def _length(text):
    return text.__len__()


def to_number(input, out_type=float32, name=None):
    """Return the numbers that the texts write."""
    kind = as_dtype(out_type)

    def number(b):
        try:
            return float(b) if kind.is_floating else int(b)
        except ValueError:
            shown = b.decode(errors="replace")
            raise invalid(
                "StringToNumber", f"StringToNumberOp could not correctly convert string: {shown}", name=""
            ) from None

    return _numbers(_each(number, texts(input)), kind.as_numpy_dtype)


def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill="", name=None):
    """Return the numbers as texts."""
    raw = convert(input)
    if isinstance(raw, np.ndarray):
        return EagerTensor(raw)
    kind = dtype_of(raw)
    style = "e" if scientific else "g" if shortest else "f"
    digits = "" if precision < 0 else f".{precision}"
    space = f"{fill}{width}" if width > 0 else ""

    def text(value):
        if kind.is_bool:
            return b"true" if value else b"false"
        if kind.is_integer:
            return builtins.format(int(value), f"{space}d").encode()
        if kind.is_complex:
            return f"({value.real:{digits}{style}},{value.imag:{digits}{style}})".encode()
        return builtins.format(float(value), f"{space}{digits}{style}").encode()

    return EagerTensor(_each(text, np.asarray(raw.cpu().numpy())))


def regex_replace(input, pattern, rewrite, replace_global=True, name=None):
    """Return the texts with what fits the pattern replaced; `\\\\1` in `rewrite` is the first group."""
    find, new = re.compile(_pattern(pattern)), _pattern(rewrite)
    return EagerTensor(_each(lambda b: find.sub(new, b, 0 if replace_global else 1), texts(input)))


def regex_full_match(input, pattern, name=None):
    """Return whether the whole of each text fits the pattern."""
    find = re.compile(_pattern(pattern))
    return _numbers(_each(lambda b: find.fullmatch(b) is not None, texts(input)), bool)


def _pattern(value):
    return value.encode() if isinstance(value, str) else bytes(texts(value)[()])


def format(template, inputs, placeholder="{}", summarize=3, name=None):
    """Return the template with tensors in the place of the placeholders."""
    if not isinstance(inputs, (list, tuple)):
        inputs = [inputs]
    parts = template.split(placeholder)
    if len(parts) != len(inputs) + 1:
        raise ValueError(
            f"{len(inputs)} input(s) provided, but {len(parts) - 1} placeholder(s) found in template: {template}"
        )
    shown = [tensor_text(x, summarize) for x in inputs] + [""]
    return EagerTensor(np.array("".join(a + b for a, b in zip(parts, shown)).encode(), dtype=object))
