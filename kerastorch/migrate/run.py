"""`python -m kerastorch run FILE`: a script or notebook, as Python or Jupyter would run it."""

import io
import os
import sys
import types

from .frames import with_users_frames
from .notebook import run_notebook
from .resolve import install


def run(path, arguments=()):
    """Runs a script or notebook in this process with `tensorflow` and `keras` being this library.

    `sys.argv`, `__main__`, `__file__` and `sys.path[0]` are what `python FILE` gives. Returns the exit
    status: 0, 1 after an uncaught exception, whose traceback then shows the user's frames alone, 130 after an
    interrupt. `sys.exit` in the script is passed on.
    """
    path = os.fspath(path)
    install()
    sys.argv = [path, *arguments]
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    main = types.ModuleType("__main__")
    main.__dict__.update(__builtins__=__builtins__, __spec__=None, __loader__=None)
    sys.modules["__main__"] = main
    if path.endswith(".ipynb"):
        return run_notebook(path, vars(main))
    return _run_script(os.path.abspath(path), vars(main))


def _run_script(path, namespace):
    namespace.update(__file__=path, __cached__=None)
    with io.open_code(path) as file:
        source = file.read()
    try:
        exec(compile(source, path, "exec", dont_inherit=True), namespace)
    except SystemExit:
        raise
    except BaseException as error:
        error = with_users_frames(error)
        sys.excepthook(type(error), error, error.__traceback__)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0
