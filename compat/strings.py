"""`tf.strings`: functions of texts, element by element; a text is bytes.

https://www.tensorflow.org/api_docs/python/tf/strings
"""

import builtins
import re

import numpy as np

from kerastorch.core.hashing import fingerprints, keyed_hashes, legacy_hashes

from ._convert import convert, dtype_of
from ._dtypes import as_dtype, float32
from ._failure import invalid
from ._print import tensor_text
from ._tensor import EagerTensor
from ._text_ops import each, integers, numbers, on_ragged, texts
from ._tokens import bytes_split as bytes_split
from ._tokens import join as join
from ._tokens import ngrams as ngrams
from ._tokens import reduce_join as reduce_join
from ._tokens import split as split
from ._tokens import unsorted_segment_join as unsorted_segment_join
from ._unicode import unicode_decode as unicode_decode
from ._unicode import unicode_decode_with_offsets as unicode_decode_with_offsets
from ._unicode import unicode_encode as unicode_encode
from ._unicode import unicode_script as unicode_script
from ._unicode import unicode_split as unicode_split
from ._unicode import unicode_split_with_offsets as unicode_split_with_offsets
from ._unicode import unicode_transcode as unicode_transcode
from ._wrap import tensor


def _decoded(function, encoding):
    if encoding == "":
        return lambda b: (
            bytes(function(b.decode("latin-1")), "latin-1") if b.isascii() else _ascii_only(function, b)
        )
    return lambda b: function(b.decode("utf-8")).encode("utf-8")


def _ascii_only(function, b):
    """A function of letters on the ASCII letters of a text, the other bytes as they are."""
    return bytes(ord(function(chr(c))) if c < 128 else c for c in b)


@on_ragged
def length(input, unit="BYTE", name=None):
    """Return the number of bytes (unit "BYTE") or characters ("UTF8_CHAR") of each text."""
    count = len if unit == "BYTE" else lambda b: len(b.decode("utf-8", "replace"))
    return numbers(each(count, texts(input)), np.int32)


@on_ragged
def upper(input, encoding="", name=None):
    """Return the texts in capitals; letters beyond ASCII only with encoding "utf-8"."""
    return EagerTensor(each(_decoded(str.upper, encoding), texts(input)))


@on_ragged
def lower(input, encoding="", name=None):
    """Return the texts in small letters; letters beyond ASCII only with encoding "utf-8"."""
    return EagerTensor(each(_decoded(str.lower, encoding), texts(input)))


@on_ragged
def strip(input, name=None):
    """Return the texts without white space at both ends."""
    return EagerTensor(each(bytes.strip, texts(input)))


@on_ragged
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

    return EagerTensor(each(part, texts(input), starts, counts))


def _length(text):
    return text.__len__()


@on_ragged
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

    return numbers(each(number, texts(input)), kind.as_numpy_dtype)


@on_ragged
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

    return EagerTensor(each(text, np.asarray(raw.cpu().numpy())))


@on_ragged
def regex_replace(input, pattern, rewrite, replace_global=True, name=None):
    """Return the texts with what fits the pattern replaced; `\\\\1` in `rewrite` is the first group."""
    find, new = regex(pattern), _rewriter(_text_of(rewrite))
    return EagerTensor(each(lambda b: find.sub(new, b, 0 if replace_global else 1), texts(input)))


@on_ragged
def regex_full_match(input, pattern, name=None):
    """Return whether the whole of each text fits the pattern."""
    find = regex(pattern)
    return numbers(each(lambda b: find.fullmatch(b) is not None, texts(input)), bool)


def _text_of(value):
    return value.encode() if isinstance(value, str) else bytes(texts(value)[()])


_CLASSES = {
    b"alnum": rb"0-9A-Za-z", b"alpha": rb"A-Za-z", b"ascii": rb"\x00-\x7F", b"blank": rb"\t ",
    b"cntrl": rb"\x00-\x1F\x7F", b"digit": rb"0-9", b"graph": rb"!-~", b"lower": rb"a-z", b"print": rb" -~",
    b"punct": rb"!-/:-@\[-`{-~", b"space": rb"\t\n\v\f\r ", b"upper": rb"A-Z", b"word": rb"0-9A-Za-z_",
    b"xdigit": rb"0-9A-Fa-f",
}  # fmt: skip


def regex(pattern):
    """Return the compiled form, in Python's syntax, of a pattern in that of RE2 (https://github.com/google/re2)."""
    source = _text_of(pattern)
    try:
        compiled = re.compile(_in_python(source))
        whole = source.isascii() and rb"\p{" not in source and not _matches_any(source)
        return compiled if whole else _Characters(compiled)
    except re.error as error:
        shown = source.decode(errors="replace")
        raise invalid("RegexReplace", f"Invalid pattern: {shown}, error: {error}", name="") from None


def _in_python(source):
    """Return a pattern with what RE2 writes differently: named classes, and what needs no escape in a set."""
    out, at, inside = [], 0, False
    while at < len(source):
        rest = source[at:]
        piece = rest[:2] if rest.startswith(b"\\") else rest[:1]
        named = re.match(rb"\[:(\^?)([a-z]+):\]", rest) if inside else None
        if named and named[2] in _CLASSES:
            piece = named[0]
            out.append(_CLASSES[named[2]])
        elif inside and piece in (b"[", b"&", b"~", b"|"):
            out.append(b"\\" + piece)
        elif piece == b"[":
            piece = re.match(rb"\[\^?\]?", rest)[0]  # a bracket that follows at once is one of the set
            out.append(piece.replace(b"]", b"\\]"))
            inside = True
        else:
            inside = inside and piece != b"]"
            out.append(rb"\Z" if piece == rb"\z" else piece)
        at += len(piece)
    return b"".join(out)


def _matches_any(source):
    """Whether a pattern can match one character of several bytes: `.` and classes stand for whole characters."""
    return b"." in source or b"[^" in source


class _Characters:
    """A pattern that looks at characters rather than bytes, for texts that are not all ASCII."""

    def __init__(self, compiled):
        self.bytes = compiled
        self.pattern = re.compile(compiled.pattern.decode(), re.ASCII)

    def sub(self, new, text, count):
        """Return a text with what fits replaced."""
        if text.isascii() and self.bytes.pattern.isascii():
            return self.bytes.sub(new, text, count)
        shown = text.decode("utf-8", "surrogateescape")
        out = self.pattern.sub(
            lambda m: new(_Match(m)).decode("utf-8", "surrogateescape"), shown, count=count
        )
        return out.encode("utf-8", "surrogateescape")

    def fullmatch(self, text):
        """Return whether the whole of a text fits."""
        return self.pattern.fullmatch(text.decode("utf-8", "surrogateescape"))


class _Match:
    """The match of a pattern of characters, seen as bytes."""

    def __init__(self, match):
        self.match = match

    def group(self, number):
        """Return a group as bytes."""
        found = self.match.group(number)
        return None if found is None else found.encode("utf-8", "surrogateescape")


def _rewriter(rewrite):
    """Return the function that gives the text in the place of a match: backslash and digit stand for a group."""
    parts = re.split(rb"\\(\d|\\)", rewrite)

    def new(match):
        out = [parts[0]]
        for escape, rest in zip(parts[1::2], parts[2::2]):
            out += [b"\\" if escape == b"\\" else match.group(int(escape)) or b"", rest]
        return b"".join(out)

    return new


def _buckets(input, num_buckets, hashes):
    if int(num_buckets) < 1:
        raise invalid(
            "StringToHashBucketFast", f"num_buckets must be at least 1. Received: {num_buckets}", name=""
        )
    array = texts(input)
    bins = hashes(array.ravel().tolist()) % np.uint64(int(num_buckets))
    return integers(bins.astype(np.int64).reshape(array.shape))


@on_ragged
def to_hash_bucket_fast(input, num_buckets, name=None):
    """Return the FarmHash64 fingerprint of each text modulo `num_buckets`.

    >>> print(tf.strings.to_hash_bucket_fast(["Hello", "TensorFlow", "2.x"], 3))
    tf.Tensor([0 2 2], shape=(3,), dtype=int64)
    """
    return _buckets(input, num_buckets, fingerprints)


@on_ragged
def to_hash_bucket_strong(input, num_buckets, key, name=None):
    """Return the SipHash of each text, with a key of two integers, modulo `num_buckets`."""
    return _buckets(input, num_buckets, lambda listed: keyed_hashes(listed, key))


@on_ragged
def to_hash_bucket(input, num_buckets, name=None):
    """Return a hash of each text modulo `num_buckets`, the one of TensorFlow's first versions."""
    return _buckets(input, num_buckets, legacy_hashes)


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
