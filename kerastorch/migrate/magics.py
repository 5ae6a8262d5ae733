"""What notebooks write that is not Python: `%magic`, `%%cell magic`, `!command`, `name?`."""

import contextlib
import io
import os
import re
import runpy
import shlex
import subprocess
import sys
import time
import timeit
import tokenize
import warnings

_ASSIGN = re.compile(
    r"^(?P<indent>\s*)(?P<target>[\w.,\[\]'\" ]+?)\s*=\s*(?P<mark>[!%])(?P<rest>[^=].*)$", re.DOTALL
)
_MARKED = re.compile(r"^(?P<indent>\s*)(?P<mark>!!|!|%)(?P<rest>[^=].*)$", re.DOTALL)
_HELP = re.compile(r"^\s*(\?{1,2}\s*[\w.*]+|[\w.*\[\]()]+\s*\?{1,2})\s*$")
_INSTALL = re.compile(r"^\s*(?:(?:sudo\s+)?(?:pip3?|conda|mamba|uv|apt|apt-get)|python3?\s+-m\s+pip)\s")

SILENT = {
    "matplotlib",
    "config",
    "autoreload",
    "load_ext",
    "reload_ext",
    "precision",
    "tensorflow_version",
    "xmode",
}
INSTALLERS = {"pip", "conda", "mamba", "uv"}
COMMANDS = {"ls", "mkdir", "rm", "rmdir", "cp", "mv", "cat", "ll"}
SHOWN_ELSEWHERE = {"html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG"}
SHELLS = {"bash": "bash", "sh": "sh", "shell": "bash", "system": "sh", "!": "sh"}


def translate(source):
    """Python for a cell in IPython's language, line for line; a cell that is Python already is not touched.

    >>> from kerastorch.migrate.magics import translate
    >>> translate("%matplotlib inline\\nx = 1")
    "get_ipython().run_line_magic('matplotlib', 'inline')\\nx = 1"
    """
    first, newline, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        name, _, line = first[2:].strip().partition(" ")
        blank = "\n" * source[: len(source) - len(source.lstrip())].count("\n")
        return f"{blank}get_ipython().run_cell_magic({name!r}, {line.strip()!r}, {newline + rest!r})"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "<cell>", "exec", dont_inherit=True)
        return source
    except SyntaxError:
        pass  # magics, or a mistake that is reported when the translated cell is compiled
    lines = []
    pending = iter(source.split("\n"))
    for line in pending:
        if not _inside_statement(lines):
            joined = 0
            while line.rstrip().endswith("\\") and (_MARKED.match(line) or _ASSIGN.match(line)):
                line = line.rstrip()[:-1] + next(pending, "")
                joined += 1
            lines.append(_translate_line(line) + "\n" * joined)
        else:
            lines.append(line)
    return "\n".join(lines)


def _translate_line(line):
    if _HELP.match(line):
        return f"get_ipython().run_line_magic('pinfo', {line.strip(' ?')!r})"
    if match := _MARKED.match(line):
        indent, mark, rest = match.group("indent", "mark", "rest")
        if mark == "%":
            return indent + _line_magic(rest)
        return f"{indent}get_ipython().system({rest.strip()!r})"
    if match := _ASSIGN.match(line):
        indent, target, mark, rest = match.group("indent", "target", "mark", "rest")
        call = _line_magic(rest) if mark == "%" else f"get_ipython().getoutput({rest.strip()!r})"
        return f"{indent}{target} = {call}"
    if _INSTALL.match(line):
        return f"get_ipython().system({line.strip()!r})"
    return line


def _line_magic(rest):
    name, _, line = rest.strip().partition(" ")
    return f"get_ipython().run_line_magic({name!r}, {line.strip()!r})"


def _inside_statement(lines):
    """Whether the lines so far end within a string or brackets, or in a backslash."""
    if lines and lines[-1].endswith("\\"):
        return True
    try:
        for _ in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
            pass
    except tokenize.TokenError:
        return True
    except SyntaxError:
        return False
    return False


class Shell:
    """The part of IPython's shell that translated cells, and exported notebooks, call."""

    def __init__(self, namespace, execute, label):
        self.namespace = namespace
        self.execute = execute
        self.label = label

    def note(self, text):
        print(f"kerastorch run: {self.label()}: {text}", file=sys.stderr)

    def system(self, command):
        """Runs `!command` in the shell, but no package installation: that is no business of a run."""
        if _INSTALL.match(command):
            self.note(f"skipped the installation `{command}`")
            return
        sys.stdout.flush()
        self.namespace["_exit_code"] = subprocess.run(
            self._expand(command), shell=True, check=False
        ).returncode

    def getoutput(self, command):
        """`lines = !command`: what the command prints, as a list of lines."""
        done = subprocess.run(self._expand(command), shell=True, check=False, capture_output=True, text=True)
        return (done.stdout + done.stderr).splitlines()

    def run_line_magic(self, name, line, *_):
        method = getattr(self, f"line_{name}", None)
        if method is not None:
            return method(line)
        if name in INSTALLERS:
            self.note(f"skipped the installation `%{name} {line}`")
        elif name in COMMANDS:
            self.system(f"{name} {line}")
        elif name not in SILENT:
            self.note(f"skipped `%{name} {line}`, which needs Jupyter".replace(" `,", "`,"))

    def run_cell_magic(self, name, line, cell):
        method = getattr(self, f"cell_{name}", None)
        if method is not None:
            method(line, cell)
        elif name in SHELLS or name == "script":
            command = [SHELLS[name]] if name in SHELLS else shlex.split(line)
            sys.stdout.flush()
            subprocess.run(command, input=cell, text=True, check=True)
        elif name in SHOWN_ELSEWHERE:
            self.note(f"skipped %%{name}, which only a browser shows")
        else:
            raise ValueError(f"a cell magic must be one that runs without Jupyter. Received: %%{name}")

    magic = run_line_magic

    def _expand(self, command):
        """Fills in `{expression}` and `$name` from the notebook's names, and leaves what is none of them."""

        def fill(match):
            text = match.group(1) or match.group(2)
            names = set(re.findall(r"[A-Za-z_]\w*", text))
            if match.group(2) is not None and text not in self.namespace:
                return match.group(0)
            if match.group(1) is not None and not names & set(self.namespace):
                return match.group(0)
            return str(eval(text, self.namespace))

        return re.sub(r"(?<!\$)\{([^{}]+)\}|\$([A-Za-z_]\w*)", fill, command)

    # Line magics.

    def line_cd(self, line):
        os.chdir(os.path.expanduser(self._expand(line.strip("'\"")) or "~"))
        print(os.getcwd())

    def line_pwd(self, line):
        return os.getcwd()

    def line_env(self, line):
        name, equals, value = line.partition("=") if "=" in line else line.partition(" ")
        if not equals:
            return os.environ.get(name) if name else dict(os.environ)
        os.environ[name.strip()] = self._expand(value.strip())
        print(f"env: {name.strip()}={os.environ[name.strip()]}")

    line_set_env = line_env

    def line_run(self, line):
        path, *arguments = shlex.split(line)
        before, sys.argv = sys.argv, [path, *arguments]
        try:
            self.namespace.update(runpy.run_path(path, self.namespace, "__main__"))
        finally:
            sys.argv = before

    def line_time(self, line):
        with _timed():
            return self.execute(line)

    def line_timeit(self, line):
        self._timeit(re.sub(r"^(\s*-\w+\s*\d*)+\s", "", line), "pass")

    def line_pinfo(self, name):
        self.note(f"skipped the help on {name}")

    # Cell magics.

    def cell_time(self, line, cell):
        with _timed():
            self.execute(line + cell)

    def cell_timeit(self, line, cell):
        self._timeit(cell, line or "pass")

    def cell_capture(self, line, cell):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            self.execute(cell)

    def cell_writefile(self, line, cell):
        append = line.startswith("-a ")
        path = self._expand(line.removeprefix("-a ").strip().strip("'\""))
        with open(path, "a" if append else "w", encoding="utf-8") as file:
            file.write(cell.removeprefix("\n"))
        print(f"{'Appending to' if append else 'Writing'} {path}")

    cell_file = cell_writefile

    def _timeit(self, statement, setup):
        timer = timeit.Timer(statement.strip(), setup, globals=self.namespace)
        number, seconds = timer.autorange()
        print(f"{_readable(seconds / number)} per loop (mean of {number:,} loops)")


@contextlib.contextmanager
def _timed():
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"CPU times: {_readable(cpu)}\nWall time: {_readable(wall)}")


def _readable(seconds):
    for unit, scale in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
