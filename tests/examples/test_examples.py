"""Every example runs to its end on a small part of the data, and learns something there."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
RESULT = {"functional_api": r"sum_accuracy: ([\d.]+)"}


def run_example(path, *arguments):
    """Runs an example as its docstring says: those written for TensorFlow through the `run` command."""
    for_tensorflow = "import tensorflow" in path.read_text()
    command = [sys.executable, "-W", "error", *(["-m", "kerastorch", "run"] if for_tensorflow else [])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [*command, str(path), *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example_runs_and_learns(path):
    done = run_example(path, "--quick")
    assert done.returncode == 0, done.stderr
    found = re.findall(RESULT.get(path.stem, r"Test accuracy: ([\d.]+)"), done.stdout)
    assert found, done.stdout
    assert float(found[-1]) > 0.3  # ten classes, or nineteen sums


def test_all_ways_in_are_shown():
    sources = [path.read_text() for path in EXAMPLES]
    for line in ("import tensorflow as tf", "import kerastorch as keras"):
        assert any(f"\n{line}\n" in source for source in sources)
