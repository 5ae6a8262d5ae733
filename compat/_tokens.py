"""The functions of `tf.strings` that take texts apart into rows, and put the parts of rows together."""

import numpy as np

from ._convert import convert
from ._dtypes import string
from ._ragged import RaggedTensor, _splits_of, part
from ._reduce import axes_of
from ._tensor import EagerTensor
from ._text_ops import each, rows_to_ragged, texts


def split(input, sep=None, maxsplit=-1, name=None):
    """Return the parts of each text between separators, in rows; white space separates unless `sep` is given.

    >>> tf.strings.split(["hello world", "a b c"])
    <tf.RaggedTensor [[b'hello', b'world'], [b'a', b'b', b'c']]>
    """
    between = b"" if sep is None else sep.encode() if isinstance(sep, str) else bytes(texts(sep)[()])
    most = -1 if maxsplit is None or maxsplit <= 0 else int(maxsplit)
    return _on_rows(lambda text: text.split(between or None, most), input)


def bytes_split(input, name=None):
    """Return the single bytes of each text, in rows.

    >>> tf.strings.bytes_split(["hi", "you"])
    <tf.RaggedTensor [[b'h', b'i'], [b'y', b'o', b'u']]>
    """
    return _on_rows(lambda text: [text[i : i + 1] for i in range(len(text))], input)


def _on_rows(function, input):
    if isinstance(input, RaggedTensor):
        return input.with_flat_values(_on_rows(function, input.flat_values))
    array = texts(input)
    return rows_to_ragged(list(map(function, array.ravel().tolist())), array.shape)


def ngrams(
    data,
    ngram_width,
    separator=" ",
    pad_values=None,
    padding_width=None,
    preserve_short_sequences=False,
    name=None,
):
    """Return the runs of `ngram_width` neighbours in the last dimension, joined.

    Args:
        data: Texts, as a tensor or a ragged tensor.
        ngram_width: A number, or several, whose runs follow each other.
        separator: What stands between the parts of a run.
        pad_values: What is put in front of and behind each row: one text, or a pair.
        padding_width: How often; by default as often as the runs need.
        preserve_short_sequences: Whether a row that is too short for any run gives one run of all of it.

    >>> tf.strings.ngrams(["a", "b", "c"], 2).numpy()
    array([b'a b', b'b c'], dtype=object)
    """
    widths = [ngram_width] if isinstance(ngram_width, int) else list(ngram_width)
    between = separator.encode()
    pads = None
    if pad_values is not None:
        pads = (pad_values, pad_values) if isinstance(pad_values, (str, bytes)) else tuple(pad_values)
        pads = tuple(p.encode() if isinstance(p, str) else p for p in pads)
    if padding_width is not None and pads is None:
        raise ValueError("`pad_values` must be provided if `padding_width` is set.")
    data = part(data) if not isinstance(data, (list, tuple)) else EagerTensor(convert(data, string))

    def runs(row):
        out = []
        for width in widths:
            count = (
                0 if pads is None else width - 1 if padding_width is None else min(padding_width, width - 1)
            )
            filled = row if not count else [pads[0]] * count + row + [pads[1]] * count
            out += [between.join(filled[i : i + width]) for i in range(len(filled) - width + 1)]
        if not out and preserve_short_sequences and row:
            count = 0 if pads is None else padding_width or 0
            out = [between.join([pads[0]] * count + row + [pads[1]] * count if count else row)]
        return out

    return _last_rows(data, runs)


def _last_rows(data, function):
    if isinstance(data, RaggedTensor):
        if isinstance(data.values, RaggedTensor) or len(data.values.shape) > 1:
            return data.with_values(_last_rows(data.values, function))
        rows = [function(row) for row in data.to_list()]
        out = rows_to_ragged(rows, (len(rows),))
        return RaggedTensor(out.values, _splits_of(np.array([len(row) for row in rows], data._splits.dtype)))
    array = data._t
    rows = [function(row) for row in array.reshape(-1, array.shape[-1]).tolist()]
    flat = np.empty(sum(map(len, rows)), object)
    flat[:] = [token for row in rows for token in row]
    return EagerTensor(flat.reshape(*array.shape[:-1], len(rows[0]) if rows else 0))


def join(inputs, separator="", name=None):
    """Return the texts of several tensors joined.

    >>> tf.strings.join(["a", "b"], separator="-")
    <tf.Tensor: shape=(), dtype=string, numpy=b'a-b'>
    """
    between = separator.encode() if isinstance(separator, str) else bytes(separator)
    ragged = [x for x in inputs if isinstance(x, RaggedTensor)]
    if ragged:
        flat = [x.flat_values if isinstance(x, RaggedTensor) else x for x in inputs]
        return ragged[0].with_flat_values(join(flat, separator))
    return EagerTensor(each(lambda *parts: between.join(parts), *[texts(x) for x in inputs]))


def reduce_join(inputs, axis=None, keepdims=False, separator="", name=None):
    """Return the texts joined along the axes."""
    between = separator.encode()
    if isinstance(inputs, RaggedTensor):
        return _join_ragged(inputs, axis, keepdims, between)
    raw = texts(inputs)
    axes = axes_of(axis, raw.ndim)
    rest = [i for i in range(raw.ndim) if i not in axes]
    rows = raw.transpose([*rest, *axes]).reshape([*[raw.shape[i] for i in rest], -1])
    out = np.empty(rows.shape[:-1], object)
    for place in np.ndindex(*out.shape):
        out[place] = between.join(rows[place])
    if keepdims:
        out = out.reshape([1 if i in axes else n for i, n in enumerate(raw.shape)])
    return EagerTensor(out)


def _join_ragged(inputs, axis, keepdims, between):
    rank = len(inputs.shape)
    axis = None if axis is None else int(axis) + rank if axis < 0 else int(axis)
    if axis is None:
        return EagerTensor(np.array(between.join(inputs.flat_values._numpy().ravel().tolist()), object))
    if axis == 0:
        columns = inputs.to_list()
        width = max(map(len, columns), default=0)
        rows = [[row[i] for row in columns if i < len(row)] for i in range(width)]
    elif axis == 1 and inputs.ragged_rank == 1:
        rows = inputs.to_list()
    else:
        return inputs.with_values(_join_ragged(inputs.values, axis - 1, keepdims, between))
    out = np.empty(len(rows), object)
    out[:] = [between.join(row) for row in rows]
    return EagerTensor(out[:, None] if keepdims else out)


def unsorted_segment_join(inputs, segment_ids, num_segments, separator="", name=None):
    """Return the texts of each segment joined."""
    raw, ids = texts(inputs), convert(segment_ids).cpu().numpy()
    inner, between = raw.shape[ids.ndim :], separator.encode()
    rows, flat_ids = raw.reshape(ids.size, -1), ids.ravel()
    out = np.empty((int(num_segments), rows.shape[1]), object)
    for segment in range(len(out)):
        out[segment] = [between.join(column) for column in rows[flat_ids == segment].T.tolist()]
    return EagerTensor(out.reshape(len(out), *inner))
