"""`python -m kerastorch run`, and `import kerastorch.as_tensorflow`, in processes of their own."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]


def python(*arguments, cwd, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, **options)


def run(file, *arguments, cwd):
    return python("-m", "kerastorch", "run", file, *arguments, cwd=cwd)


def write_notebook(path, *cells, tags=(), language="python"):
    cells = [
        {
            "cell_type": "code",
            "source": cell.splitlines(keepends=True),
            "metadata": {"tags": list(tags)},
            "outputs": [],
        }
        for cell in cells
    ]
    cells.insert(0, {"cell_type": "markdown", "source": ["# Title"], "metadata": {}})
    metadata = {"language_info": {"name": language}}
    path.write_text(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))


FACTS = """\
import sys, pickle, __main__
import beside
class Thing: pass
thing = pickle.loads(pickle.dumps(Thing()))
print(__name__, __file__, sys.argv, sys.path[0], __doc__, __spec__, __main__.Thing is Thing, beside.name)
def fails():
    raise KeyError("the user's")
print(type(sys.stdin).__name__, flush=True)
if "exit" in sys.argv: sys.exit(7)
if "interrupt" in sys.argv: raise KeyboardInterrupt
fails()
"""


@pytest.mark.parametrize("argument", ["--help", "exit"])
def test_a_script_sees_and_prints_what_python_gives_it(argument, tmp_path):
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "facts.py").write_text(FACTS)
    (folder / "beside.py").write_text("name = 'beside'")
    ours = run("scripts/facts.py", argument, "two words", cwd=tmp_path)
    plain = python("scripts/facts.py", argument, "two words", cwd=tmp_path)
    assert ours.stdout == plain.stdout
    assert ours.stderr == plain.stderr
    assert ours.returncode == plain.returncode == (7 if argument == "exit" else 1)


def test_interrupt_and_syntax_error(tmp_path):
    (tmp_path / "beside.py").write_text("name = 'beside'")
    (tmp_path / "facts.py").write_text(FACTS)
    assert run("facts.py", "interrupt", cwd=tmp_path).returncode == 130
    (tmp_path / "wrong.py").write_text("x = = 1\n")
    ours, plain = run("wrong.py", cwd=tmp_path), python("wrong.py", cwd=tmp_path)
    assert (ours.stderr, ours.returncode) == (plain.stderr, 1)


ALIASES = """\
import importlib.util
assert importlib.util.find_spec("tensorflow") is not None
import tensorflow as tf
import tensorflow.keras.backend as K
import tensorflow.keras.layers
from tensorflow import keras
from tensorflow.keras.layers import Dense
from tensorflow.keras import layers, datasets
from tensorflow.keras.datasets import mnist
import keras as plain
import keras.layers as plain_layers
import tf_keras
from keras.models import Sequential
import compat, kerastorch, sys

assert tf is compat and plain is kerastorch and keras is tf.keras and tf_keras is tf.keras
assert layers is plain_layers is kerastorch.layers is sys.modules["tensorflow.keras.layers"]
assert Dense is kerastorch.layers.Dense and Sequential is kerastorch.Sequential
assert mnist is kerastorch.datasets.mnist
for module in (compat, kerastorch, kerastorch.layers):
    assert module.__spec__.name == module.__name__, module
assert importlib.util.find_spec("keras") is not None

def error(code):
    try:
        exec(code, globals())
    except Exception as caught:
        return f"{type(caught).__name__}: {caught}"
    return "no error"

for code in sys.argv[1:]:
    print(error(code))
"""

ERRORS = [
    (
        "tf.reduce_summ",
        "AttributeError: kerastorch does not have tf.reduce_summ. Did you mean tf.reduce_sum?",
    ),
    (
        "keras.layers.Dens",
        "AttributeError: kerastorch does not have keras.layers.Dens. Did you mean keras.layers.Dense?",
    ),
    (
        "tf.nothing_like_it",
        "AttributeError: kerastorch does not have tf.nothing_like_it. dir(tf) lists what is there",
    ),
    ("import tensorflow.nothing", "ModuleNotFoundError: kerastorch does not have tf.nothing."),
    ("from tensorflow import nothing", "ModuleNotFoundError: kerastorch does not have tf.nothing."),
    (
        "from keras.layers import Nothing",
        "ModuleNotFoundError: kerastorch does not have keras.layers.Nothing.",
    ),
    (
        "from tensorflow.python.keras import layers",
        "ModuleNotFoundError: kerastorch does not have tf.python. That is",
    ),
    (
        "import keras.src.layers",
        "ModuleNotFoundError: kerastorch does not have keras.src. That is Keras's private code",
    ),
    (
        "import tensorflow.contrib.slim",
        "ModuleNotFoundError: kerastorch does not have tf.contrib. TensorFlow 2 has no",
    ),
    ("tf.__nothing__", "AttributeError: module 'compat' has no attribute '__nothing__'"),
]


@pytest.mark.parametrize("way", ["run", "as_tensorflow"])
def test_every_spelling_finds_one_module_and_a_missing_name_is_said_to_be_missing(way, tmp_path):
    (tmp_path / "compat.py").write_text(
        "raise RuntimeError('not this one')"
    )  # the user's own, of the same name
    prefix = "import kerastorch.as_tensorflow\n" if way == "as_tensorflow" else ""
    (tmp_path / "aliases.py").write_text(prefix + ALIASES)
    codes = [code for code, _ in ERRORS]
    result = (run if way == "run" else python)("aliases.py", *codes, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for line, (code, message) in zip(result.stdout.splitlines(), ERRORS, strict=True):
        assert line.startswith(message), code


def test_the_real_ones_must_not_be_there_first(tmp_path):
    (tmp_path / "keras.py").write_text("")  # stands for the real package
    (tmp_path / "late.py").write_text("import keras\nimport kerastorch.as_tensorflow\n")
    result = python("late.py", cwd=tmp_path)
    assert result.returncode == 1
    assert "ImportError: keras is already imported, from" in result.stderr
    assert "must come before everything that imports TensorFlow or Keras" in result.stderr


NOTEBOOK = [
    "%matplotlib inline\n!pip install something\n%pip install more\nimport os, keras\nkeras.__name__",
    "from __future__ import annotations\nlines = !echo one; echo two\nlines",
    "%%time\nvalue = 3\n!echo {value} $value\n{'a': [value] * 3}",
    "text = '''\n%stays\n!stays\n'''\n%env SHOWN=5\nprint(repr(text), os.environ['SHOWN'])\nvalue;",
    "if True:\n    !echo indented\n%nothing_known here\nos?\ndisplay(lines, value)\n_",
    "%%writefile made.py\nmade = 1 % 1",
    "import made\nget_ipython().system('echo exported')\nmade.made, In[1][:3], Out[2]",
    "",
    "def f(x: Nothing):\n    return 1 / 0\n\nf(1)",
    "print('never')",
]
PRINTED = """\
Out[1]: 'kerastorch'
Out[2]: ['one', 'two']
3 3
Out[3]: {'a': [3, 3, 3]}
env: SHOWN=5
'\\n%stays\\n!stays\\n' 5
indented
['one', 'two']
3
Out[5]: {'a': [3, 3, 3]}
Writing made.py
exported
Out[7]: (0, '%ma', ['one', 'two'])
"""


def test_a_notebook_runs_cell_by_cell(tmp_path):
    (tmp_path / "books").mkdir()
    write_notebook(tmp_path / "books" / "book.ipynb", *NOTEBOOK)
    result = run("books/book.ipynb", cwd=tmp_path)
    lines = [line for line in result.stdout.splitlines() if not line.startswith(("CPU times:", "Wall time:"))]
    assert lines == PRINTED.splitlines()
    assert "Wall time:" in result.stdout
    assert result.returncode == 1
    for said in (
        "cell 1 of book.ipynb: skipped the installation `pip install something`",
        "cell 1 of book.ipynb: skipped the installation `%pip install more`",
        "cell 5 of book.ipynb: skipped `%nothing_known here`, which needs Jupyter",
        'File "<book.ipynb In[8]>", line 2, in f\n    return 1 / 0\n',
        "ZeroDivisionError: division by zero\nkerastorch run: cell 8 of book.ipynb failed",
    ):
        assert said in result.stderr
    assert "migrate" not in result.stderr  # the traceback shows the user's frames alone
    assert (tmp_path / "books" / "made.py").exists()


def test_a_cell_that_may_raise_does_not_end_the_notebook(tmp_path):
    write_notebook(tmp_path / "book.ipynb", "1 / 0", "print('on')", tags=["raises-exception"])
    result = run("book.ipynb", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, "on\n")


def test_command_line(tmp_path):
    (tmp_path / "text.ipynb").write_text("no JSON")
    write_notebook(tmp_path / "julia.ipynb", "1", language="julia")
    for arguments, status, said in [
        (["run", "nowhere.py"], 2, "FILE must be an existing .py or .ipynb. Received: nowhere.py"),
        (["run", "text.ipynb"], 2, "text.ipynb must be a Jupyter notebook"),
        (["run", "julia.ipynb"], 2, "Received: a notebook in julia"),
        (["--version"], 0, "PyTorch"),
        (["--help"], 0, "run a script or notebook"),
    ]:
        result = python("-m", "kerastorch", *arguments, cwd=tmp_path)
        assert result.returncode == status
        assert said in result.stdout + result.stderr


def test_the_traceback_of_a_missing_name_ends_at_the_users_line(tmp_path):
    (tmp_path / "attribute.py").write_text("import keras\n\nkeras.nothing_here()\n")
    (tmp_path / "module.py").write_text("import keras.nothing_here\n")
    for name, error in [("attribute", "AttributeError"), ("module", "ModuleNotFoundError")]:
        said = run(f"{name}.py", cwd=tmp_path).stderr.splitlines()
        assert said[-1].startswith(f"{error}: kerastorch does not have keras.nothing_here.")
        assert [line for line in said if line.startswith("  File")] == [said[1]]
        assert f"{name}.py" in said[1]
