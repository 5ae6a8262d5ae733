"""Run every program of `rows.txt` and write down what it gives.

With TensorFlow installed, `python tests/compat/data/record.py` writes `rows.json`; the tests run the same programs with
`compat` in the place of TensorFlow. A row is one expression; `\\n` in it separates statements, of which the last is the
expression. `file(text)` writes a file, with `|` for the ends of lines, and returns its path.
"""

import gzip
import json
import pathlib
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).parent


def sources():
    """The programs."""
    lines = (HERE / "rows.txt").read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def observe(source, tf):
    """What a program gives, as JSON."""
    *statements, expression = source.split("\\n")
    folder = pathlib.Path(tempfile.mkdtemp())
    namespace = {"tf": tf, "np": np, "D": tf.data.Dataset, "folder": str(folder)}
    namespace["file"] = lambda text, name="a.txt": write(folder / name, text.replace("|", "\n").encode())
    namespace["bytes_of"] = lambda path: list(pathlib.Path(path).read_bytes())
    tf.random.set_seed(None)
    try:
        exec("\n".join(statements), namespace)
        return show(eval(expression, namespace))
    except Exception as error:
        message = str(error).split("}} ")[-1].split("\nTraceback")[0]
        return {"error": type(error).__name__, "message": message}


def write(path, content):
    """Write a file, and return its path."""
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return str(path)


def show(value):
    """A value as JSON, with the class of everything in it."""
    if isinstance(value, dict):
        return {str(key): show(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(show, value)]
    if isinstance(value, (np.ndarray, np.generic)):
        shown = value.tolist() if value.dtype.kind != "O" else [part.decode() for part in value.ravel()]
        return {"array": str(value.dtype), "shape": list(value.shape), "values": shown}
    if isinstance(value, bytes):
        return {"bytes": value.decode()}
    if isinstance(value, (bool, int, float, str, type(None))):
        return value
    return repr(value)


if __name__ == "__main__":
    import tensorflow

    rows = [[source, observe(source, tensorflow)] for source in sources()]
    text = ",\n".join(json.dumps(row) for row in rows)
    (HERE / "rows.json").write_text(f"[\n{text}\n]\n")
    for source, seen in rows:
        if isinstance(seen, dict) and "error" in seen:
            print(source, seen)
