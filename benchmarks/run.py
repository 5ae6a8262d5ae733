"""The same work by several contenders, side by side: `python benchmarks/run.py`.

Every measurement is a process of its own and the contenders take turns (A B C A B C ...), so that a machine
that slows down slows all of them. Printed are medians over the rounds and ratios to the hand-tuned PyTorch
loop, as Markdown. Cases are in `cases.py`, contenders in `contenders/`.
"""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys

import import_time
import report
from cases import CASES

ROOT = pathlib.Path(__file__).parents[1]
CONTENDERS = {
    "torch_tuned": "PyTorch, tuned by hand",
    "kerastorch_": "kerastorch",
    "torch_tutorial": "PyTorch, as in tutorials",
    "skorch_": "skorch",
    "keras_tensorflow": "Keras on TensorFlow",
    "keras_torch": "Keras on torch",
}
NEEDS = {
    "torch_tuned": "torch",
    "kerastorch_": "kerastorch",
    "torch_tutorial": "torch",
    "skorch_": "skorch",
    "keras_tensorflow": "tensorflow",
    "keras_torch": "keras",
}


def main():
    options = _parser().parse_args()
    pythons = dict.fromkeys(CONTENDERS, sys.executable)
    pythons["keras_tensorflow"] = options.tf_python or sys.executable
    present = [name for name in options.contenders if _is_installed(pythons[name], NEEDS[name])]
    for name in options.contenders:
        if name not in present:
            print(
                f"skipped: {CONTENDERS[name]} ({NEEDS[name]} is not installed in {pythons[name]})",
                file=sys.stderr,
            )
    measured = {}
    versions = {}
    for case in CASES:
        if case.name not in options.cases:
            continue
        runs = {name: [] for name in present}
        for turn in range(options.rounds):
            for name in present:
                result = _measure(pythons[name], name, case.name, options.quick)
                runs[name].append(result["milliseconds"])
                versions.update(result["versions"])
                line = f"{case.name} {turn + 1}/{options.rounds} {CONTENDERS[name]}: {runs[name][-1]:.3f} ms"
                print(line, file=sys.stderr)
        measured[case] = {CONTENDERS[name]: values for name, values in runs.items()}
    tables = [report.case_table(measured, CONTENDERS["torch_tuned"])]
    if options.imports:
        tables.append(import_time.table(import_time.measure(options.rounds)))
    text = "\n\n".join([*tables, report.conditions(versions, options.rounds, datetime.date.today())])
    print(text)
    if options.readme:
        report.write_into(ROOT / "README.md", text)


def _measure(python, contender, case, quick):
    command = [
        python,
        str(ROOT / "benchmarks" / "worker.py"),
        contender,
        case,
        *(["--quick"] if quick else []),
    ]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{done.stderr}\n{contender} failed on {case}, with exit status {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def _is_installed(python, package):
    program = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is None)"
    return subprocess.run([python, "-c", program], env=_environment(), check=False).returncode == 0


def _environment():
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    cases = [case.name for case in CASES]
    parser.add_argument("--rounds", type=int, default=3, help="turns that each contender gets (default: 3)")
    parser.add_argument(
        "--cases", nargs="+", choices=cases, default=cases, metavar="CASE", help=", ".join(cases)
    )
    parser.add_argument(
        "--contenders",
        nargs="+",
        choices=list(CONTENDERS),
        default=list(CONTENDERS),
        metavar="NAME",
        help=", ".join(CONTENDERS),
    )
    parser.add_argument(
        "--tf-python",
        default=os.environ.get("KERASTORCH_TF_PYTHON"),
        help="the Python that has TensorFlow, when it is not this one (or KERASTORCH_TF_PYTHON)",
    )
    parser.add_argument(
        "--no-imports", dest="imports", action="store_false", help="leave the import times out"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a few steps a case: shows that it runs, not how fast"
    )
    parser.add_argument("--readme", action="store_true", help="write the tables into README.md")
    return parser


if __name__ == "__main__":
    main()
