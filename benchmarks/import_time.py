"""How long the imports take in a fresh process: `import torch`, ours over it, compat over ours."""

import argparse
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
STEPS = ["torch", "kerastorch", "compat"]
_PROGRAM = """
import importlib, sys, time
for name in sys.argv[1:]:
    start = time.perf_counter()
    importlib.import_module(name)
    print(time.perf_counter() - start)
"""


def measure(rounds):
    """Median seconds that each import of `STEPS` takes when those before it are done."""
    command = [sys.executable, "-c", _PROGRAM, *STEPS]
    runs = []
    for _ in range(rounds + 1):
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        runs.append([float(line) for line in done.stdout.split()])
    return dict(zip(STEPS, map(statistics.median, zip(*runs[1:]))))  # the first filled the file cache


def table(seconds):
    rows = ["| import | seconds |", "|---|---:|", f"| `import torch` | {seconds['torch']:.2f} |"]
    rows.append(f"| `import kerastorch`, over `import torch` | {seconds['kerastorch']:.2f} |")
    rows.append(f"| `import compat`, over both | {seconds['compat']:.2f} |")
    return "\n".join(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    print(table(measure(parser.parse_args().rounds)))
