"""Run every snippet of `snippets.txt` and write down what it prints.

With TensorFlow installed, `python tests/compat/record.py` writes `recorded.json` beside this file. The tests run
the same snippets against `compat` through `observe` and compare.
"""

import ast
import contextlib
import io
import json
import linecache
import os
import pathlib
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).parent
PATH = HERE / "recorded.json"


def rows(block):
    """The programs of a block of `snippets.txt` and its like (`snippets_*.txt`)."""
    found, current = [], None
    lines = [line for path in sorted(HERE.glob("snippets*.txt")) for line in path.read_text().splitlines()]
    for line in lines:
        if line.startswith("[") and line.endswith("]") and line[1:-1].isupper():
            current = line[1:-1]
        elif line and not line.startswith("#") and current == block:
            found.append(line.replace("\\n", "\n"))
    return found


def observe(source, tf):
    """What running `source` shows: printed text, or the value of its last expression, or the error."""
    namespace = {"tf": tf, "np": np, "__name__": "snippet"}
    name = f"<snippet {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)  # what inspect.getsource reads
    tree = ast.parse(source)
    last = tree.body[-1]
    expression = None
    if isinstance(last, ast.Expr) and not _is_print(last.value):
        expression = compile(ast.Expression(tree.body.pop().value), name, "eval")
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), kernel_output(out, "tf.print" in source):
            exec(compile(tree, name, "exec"), namespace)
            value = eval(expression, namespace) if expression else None
    except Exception as error:
        bases = [c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins" and c is not object]
        return {"error": type(error).__name__, "bases": bases, "message": str(error)}
    if expression is None:
        return {"out": out.getvalue()}
    seen = {"out": out.getvalue(), "str": str(value), "repr": repr(value), "type": type(value).__name__}
    array = (
        np.asarray(value.numpy())
        if not isinstance(value, type) and hasattr(value, "numpy")
        else np.asarray("")
    )
    if array.dtype.kind in "fiub":
        seen |= {
            "dtype": str(array.dtype),
            "shape": list(array.shape),
            "values": array.ravel()[:1000].tolist(),
        }
    return seen


@contextlib.contextmanager
def kernel_output(out, wanted):
    """Adds to `out` what is written to the process's standard output past Python, as TensorFlow's kernels do."""
    if not wanted:
        yield
        return
    with tempfile.TemporaryFile() as file:
        saved = os.dup(1)
        os.dup2(file.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(saved, 1)
            os.close(saved)
            file.seek(0)
            out.write(file.read().decode())


def _is_print(node):
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "tf.print")


def main():
    import tensorflow as tf

    blocks = ("EXACT", "CLOSE", "RAISES", "MESSAGE")
    recorded = {source: observe(source, tf) for block in blocks for source in rows(block)}
    PATH.write_text(json.dumps({"tensorflow": tf.__version__, "snippets": recorded}, indent=1) + "\n")
    print(f"{len(recorded)} snippets written to {PATH}")


if __name__ == "__main__":
    main()
