"""The functions of `tf.strings` that look at characters: between bytes, code points and encodings."""

import numpy as np

from ._convert import convert
from ._failure import invalid
from ._ragged import RaggedTensor, part
from ._scripts import script_of
from ._tensor import EagerTensor
from ._text_ops import each, in_rows, integers, numbers, on_ragged, rows_to_ragged, texts

_CODECS = {"UTF-8": "utf-8", "UTF-16-BE": "utf-16-be", "UTF-32-BE": "utf-32-be", "UTF-16": "utf-16-be"}


def _codec(name):
    return _CODECS.get(name.upper(), name)


def _decode(text, encoding, errors, replacement, control):
    """Return a text as a list of characters, in the way that `errors` says."""
    try:
        characters = text.decode(
            _codec(encoding), {"replace": "replace", "ignore": "ignore"}.get(errors, "strict")
        )
    except UnicodeDecodeError:
        raise invalid("UnicodeDecode", "Invalid formatting on input string", name="") from None
    new = chr(replacement)
    out = [new if c == "\ufffd" else c for c in characters] if replacement != 0xFFFD else list(characters)
    return [new if ord(c) <= 0x1F else c for c in out] if control else out


@on_ragged
def unicode_transcode(
    input,
    input_encoding,
    output_encoding,
    errors="replace",
    replacement_char=65533,
    replace_control_characters=False,
    name=None,
):
    """Return the texts in another encoding.

    >>> tf.strings.unicode_transcode(["é"], "UTF-8", "UTF-16-BE").numpy()
    array([b'\\x00\\xe9'], dtype=object)
    """

    def change(text):
        characters = _decode(text, input_encoding, errors, replacement_char, replace_control_characters)
        return "".join(characters).encode(_codec(output_encoding))

    return EagerTensor(each(change, texts(input)))


def _characters(input, encoding, errors, replacement, control=False):
    """The characters of each text, the row lengths, and the shape of the texts."""
    array = texts(input)
    rows = [_decode(text, encoding, errors, replacement, control) for text in array.ravel().tolist()]
    return rows, array.shape


def _on_rows(function, input, *args):
    """Apply a function that adds a dimension to the flat values of a ragged tensor too."""
    if not isinstance(input, RaggedTensor):
        return function(input, *args)
    result = function(input.flat_values, *args)
    if isinstance(result, tuple):
        return tuple(input.with_flat_values(r) for r in result)
    return input.with_flat_values(result)


def unicode_split(input, input_encoding, errors="replace", replacement_char=65533, name=None):
    """Return the characters of each text, in rows.

    >>> tf.strings.unicode_split(["hé", "x"], "UTF-8").to_list()
    [[b'h', b'\\xc3\\xa9'], [b'x']]
    """

    def split(input):
        rows, shape = _characters(input, input_encoding, errors, replacement_char)
        codec = _codec(input_encoding)
        return rows_to_ragged([[c.encode(codec) for c in row] for row in rows], shape)

    return _on_rows(split, input)


def unicode_decode(
    input,
    input_encoding,
    errors="replace",
    replacement_char=65533,
    replace_control_characters=False,
    name=None,
):
    """Return the code points of each text, in rows.

    >>> print(tf.strings.unicode_decode("aé", "UTF-8"))
    tf.Tensor([ 97 233], shape=(2,), dtype=int32)
    """

    def decode(input):
        rows, shape = _characters(input, input_encoding, errors, replacement_char, replace_control_characters)
        return _points(rows, shape)

    return _on_rows(decode, input)


def _points(rows, shape):
    flat = np.array([ord(c) for row in rows for c in row], np.int32)
    return in_rows(integers(flat), [len(row) for row in rows], shape)


def _offsets(rows, shape, encoding):
    codec = _codec(encoding)
    starts = [np.cumsum([0, *[len(c.encode(codec)) for c in row]])[:-1] for row in rows]
    flat = np.concatenate([np.zeros(0, np.int64), *starts]).astype(np.int64)
    return in_rows(integers(flat), [len(row) for row in rows], shape)


def unicode_split_with_offsets(input, input_encoding, errors="replace", replacement_char=65533, name=None):
    """Return the characters of each text, and the byte at which each begins."""

    def split(input):
        rows, shape = _characters(input, input_encoding, errors, replacement_char)
        characters = rows_to_ragged([[c.encode(_codec(input_encoding)) for c in row] for row in rows], shape)
        return characters, _offsets(rows, shape, input_encoding)

    return _on_rows(split, input)


def unicode_decode_with_offsets(
    input,
    input_encoding,
    errors="replace",
    replacement_char=65533,
    replace_control_characters=False,
    name=None,
):
    """Return the code points of each text, and the byte at which each begins."""

    def decode(input):
        rows, shape = _characters(input, input_encoding, errors, replacement_char, replace_control_characters)
        return _points(rows, shape), _offsets(rows, shape, input_encoding)

    return _on_rows(decode, input)


def unicode_encode(input, output_encoding, errors="replace", replacement_char=65533, name=None):
    """Return the texts that rows of code points make.

    >>> tf.strings.unicode_encode([[72, 105], [33, 33]], "UTF-8").numpy()
    array([b'Hi', b'!!'], dtype=object)
    """
    points = input if isinstance(input, RaggedTensor) else part(input)
    if isinstance(points, RaggedTensor) and isinstance(points.values, RaggedTensor):
        return points.with_values(unicode_encode(points.values, output_encoding, errors, replacement_char))
    if not isinstance(points, RaggedTensor) and len(points.shape) > 2:
        flat = points._t.flatten(0, -2)
        out = unicode_encode(EagerTensor(flat), output_encoding, errors, replacement_char)
        return EagerTensor(out._t.reshape(tuple(points.shape)[:-1]))
    rows = points.to_list() if isinstance(points, RaggedTensor) else points._numpy().tolist()
    single = bool(rows or not isinstance(points, RaggedTensor)) and not isinstance(points, RaggedTensor)
    if single and len(points.shape) == 1:
        return EagerTensor(np.array(_encode(rows, output_encoding, errors, replacement_char), object))
    out = np.empty(len(rows), object)
    out[:] = [_encode(row, output_encoding, errors, replacement_char) for row in rows]
    return EagerTensor(out)


def _encode(points, encoding, errors, replacement):
    characters = []
    for point in points:
        if 0 <= point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF:
            characters.append(chr(point))
        elif errors == "replace":
            characters.append(chr(replacement))
        elif errors == "strict":
            raise invalid(
                "UnicodeEncode",
                f"Code point is out of range for Unicode: {point}",
                name="",
            )
    return "".join(characters).encode(_codec(encoding))


@on_ragged
def unicode_script(input, name=None):
    """Return the number that ICU gives the script of each code point (25 is Latin), -1 for no code point."""
    raw = convert(input)
    return numbers(each(script_of, raw.cpu().numpy()), np.int32)
