"""Runs a notebook's code cells in order and prints what Jupyter would show below them, as text."""

import __future__

import ast
import json
import linecache
import os
import pprint
import sys
import traceback
import warnings

from .frames import with_users_frames
from .magics import Shell, translate

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


def run_notebook(path, namespace):
    """Runs all cells in `namespace`, in the notebook's folder. Returns 0, or 1 when a cell failed.

    A failing cell ends the run, with its traceback and its number on stderr, unless it is tagged
    `raises-exception`. A `ValueError` says what is wrong with a file that is no Python notebook.
    """
    cells = code_cells(path)
    os.environ.setdefault("MPLBACKEND", "agg")  # nobody is there to close a window
    warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")
    os.chdir(os.path.dirname(os.path.abspath(path)))
    notebook = Notebook(os.path.basename(path), namespace)
    for source, tags in cells:
        status = notebook.run_cell(source)
        if status and "raises-exception" not in tags:
            return status
    return 0


def code_cells(path):
    """The notebook's code cells, as pairs of source and tags."""
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        cells = content["cells"] if "cells" in content else content["worksheets"][0]["cells"]
        metadata = content.get("metadata", {})
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"{path} must be a Jupyter notebook (JSON with cells). Received: {error}") from error
    language = metadata.get("language_info", metadata.get("kernelspec", {})).get("name", "python")
    if not language.lower().startswith(("python", "ipython")) and "language_info" in metadata:
        raise ValueError(f"{path} must be a notebook in Python. Received: a notebook in {language}")
    found = []
    for cell in cells:
        if cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            source = source if isinstance(source, str) else "".join(source)
            found.append((source, cell.get("metadata", {}).get("tags", [])))
    return found


class Notebook:
    """The state that cells share: their names, `In`, `Out`, `_`, and the number of the running one."""

    def __init__(self, name, namespace):
        self.name = name
        self.namespace = namespace
        self.number = 0
        self.flags = 0
        self.inputs = [""]
        self.outputs = {}
        shell = Shell(namespace, self.execute, self.label)
        namespace.update(In=self.inputs, Out=self.outputs, get_ipython=lambda: shell, display=display)

    def filename(self):
        return f"<{self.name} In[{self.number}]>"

    def label(self):
        return f"cell {self.number} of {self.name}"

    def run_cell(self, source):
        """Runs one cell. Returns 0, 1 when it failed (which is told on stderr), 130 after an interrupt."""
        if not source.strip():
            return 0
        self.number += 1
        self.inputs.append(source)
        lines = source.splitlines(keepends=True)
        linecache.cache[self.filename()] = (len(source), None, lines, self.filename())  # for tracebacks
        try:
            self.execute(source)
        except SystemExit:
            raise
        except BaseException as error:
            self.report(error)
            return 130 if isinstance(error, KeyboardInterrupt) else 1
        return 0

    def report(self, error):
        sys.stdout.flush()
        traceback.print_exception(with_users_frames(error))
        print(f"kerastorch run: {self.label()} failed", file=sys.stderr)

    def execute(self, source):
        """Runs a cell's code, and prints the value of a last expression that no semicolon follows."""
        body = ast.parse(translate(source), self.filename())
        last = None
        if body.body and isinstance(body.body[-1], ast.Expr) and not _ends_in_semicolon(source):
            last = ast.Expression(body.body.pop().value)
        self._run(body, "exec")
        if last is not None:
            self.show(self._run(last, "eval"))

    def _run(self, tree, mode):
        code = compile(tree, self.filename(), mode, flags=self.flags, dont_inherit=True)
        self.flags |= code.co_flags & _FUTURES  # a `from __future__ import` holds for the cells that follow
        return eval(code, self.namespace)

    def show(self, value):
        if value is None:
            return
        self.outputs[self.number] = value
        self.namespace.update({"_": value, f"_{self.number}": value})
        text = pretty(value)
        print(f"Out[{self.number}]: " + ("\n" if "\n" in text else "") + text)


def display(*values, **_):
    """What a notebook calls `display`: prints each value's text."""
    for value in values:
        print(pretty(value))


def pretty(value):
    """A value as a prompt shows it: containers broken into lines, everything else its `repr`."""
    if type(value) in (list, tuple, dict, set, frozenset):
        return pprint.pformat(value, width=79, sort_dicts=False)
    return repr(value)


def _ends_in_semicolon(code):
    lines = code.rstrip().splitlines()
    last = lines[-1].split("#")[0] if lines else ""
    return last.rstrip().endswith(";")
