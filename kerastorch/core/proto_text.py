"""The text format of protocol buffer messages: what printing one shows.

https://protobuf.dev/reference/protobuf/textformat-spec/
"""

import numpy as np


def lines(message, indent=""):
    """Yield the lines of a message in the text format."""
    for field, value in message.ListFields():
        if field.key:
            for key in sorted(value):
                yield f"{indent}{field.name} {{"
                yield f"{indent}  key: {_scalar(value._key.field, key)}"
                yield from _one(value._value.field, value[key], indent + "  ")
                yield f"{indent}}}"
            continue
        for one in value if field.repeated else (value,):
            yield from _one(field, one, indent)


def _one(field, value, indent):
    if field.is_message:
        yield f"{indent}{field.name} {{"
        yield from lines(value, indent + "  ")
        yield f"{indent}}}"
    else:
        yield f"{indent}{field.name}: {_scalar(field, value)}"


_ESCAPES = {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    ord('"'): '\\"',
    ord("'"): "\\'",
    ord("\\"): "\\\\",
}


def _scalar(field, value):
    if field.kind in ("bytes", "string"):
        data = value if isinstance(value, bytes) else value.encode()
        return (
            '"' + "".join(_ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in data) + '"'
        )
    if field.kind == "bool":
        return "true" if value else "false"
    if field.kind in ("float", "double"):
        digits, kind = ((6, 9), np.float32) if field.kind == "float" else ((15, 17), np.float64)
        texts = [f"{value:.{n}g}" for n in digits]
        return next((text for text in texts if kind(text) == kind(value)), texts[-1])
    return (field.names or {}).get(value, str(value))
