"""`tf.print`, which writes numbers as briefly as they can be read back, and long tensors in part.

https://www.tensorflow.org/api_docs/python/tf/print
"""

import logging
import sys

import numpy as np
import torch

from kerastorch.core import tree

from ._convert import convert
from ._tensor import Tensor


def print(*inputs, **kwargs):
    """Write the inputs, tensors by their values.

    Args:
        *inputs: What to write.
        output_stream: `sys.stderr` (the default), `sys.stdout`, a logging function, or "file://" and a path.
        summarize: How many first and last elements of each axis to write (3); -1 for all.
        sep, end: What stands between the inputs and behind the last.
    """
    stream = kwargs.pop("output_stream", sys.stderr)
    summarize, sep, end = kwargs.pop("summarize", 3), kwargs.pop("sep", " "), kwargs.pop("end", "\n")
    kwargs.pop("name", None)
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {kwargs}")
    summarize = 3 if summarize is None else summarize
    text = sep.join(_item(item, summarize) for item in inputs)
    if isinstance(stream, str):
        if not stream.startswith("file://"):
            raise ValueError(
                f"output_stream must be a stream, a logging function or 'file://...'. Received: {stream!r}"
            )
        with open(stream.removeprefix("file://"), "a") as file:
            file.write(text + end)
    elif hasattr(stream, "write"):
        stream.write(text + end)
        stream.flush()
    elif callable(stream) and getattr(stream, "__module__", None) == logging.__name__:
        stream(text)
    else:
        raise ValueError(
            f"output_stream must be a stream, a logging function or 'file://...'. Received: {stream!r}"
        )


class _Verbatim:
    """Text inside a structure, without quotes around it."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def _item(item, summarize):
    if isinstance(item, str):
        return item
    shown = tree.map_structure(lambda x: _Verbatim(tensor_text(x, summarize)) if _is_tensor(x) else x, item)
    return repr(shown) if isinstance(shown, np.ndarray) else str(shown)


def _is_tensor(x):
    return isinstance(x, (Tensor, torch.Tensor)) or hasattr(x, "__tf_tensor__")


def tensor_text(value, summarize=3):
    """Return the elements of a tensor as text, `summarize` from both ends of each axis.

    >>> from compat._print import tensor_text
    >>> tensor_text(tf.range(8))
    '[0 1 2 ... 5 6 7]'
    """
    raw = convert(value)
    if isinstance(raw, torch.Tensor):
        raw = raw.detach()
        raw = raw.float() if raw.dtype in (torch.bfloat16, torch.float16) else raw
        raw = raw.cpu().numpy()
    if raw.ndim == 0:
        return _element(raw[()])
    return _nested(raw, summarize, 1)


def _nested(array, summarize, depth):
    n = len(array)
    whole = summarize < 0 or n <= 2 * summarize
    picked = range(n) if whole else [*range(summarize), None, *range(n - summarize, n)]
    if array.ndim == 1:
        return "[" + " ".join("..." if i is None else _element(array[i]) for i in picked) + "]"
    between = "\n" * (array.ndim - 1) + " " * depth
    return (
        "["
        + between.join("..." if i is None else _nested(array[i], summarize, depth + 1) for i in picked)
        + "]"
    )


def _element(value):
    if isinstance(value, bytes):
        return '"' + value.decode(errors="backslashreplace") + '"'
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, np.complexfloating):
        return "?"
    if isinstance(value, np.floating):
        kind, digits = (np.float64, (15, 17)) if value.dtype == np.float64 else (np.float32, (6, 9))
        if not np.isfinite(value):
            return str(float(value))
        short = f"{float(value):.{digits[0]}g}"
        return short if kind(short) == value else f"{float(value):.{digits[1]}g}"
    return str(value)
