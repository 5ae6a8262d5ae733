"""One measurement in a process of its own: `worker.py CONTENDER CASE [--quick]` prints one line of JSON."""

import importlib
import json
import sys
import time

from cases import CASES


def main(contender, name, *options):
    case = next(case for case in CASES if case.name == name)
    if "--quick" in options:
        case = case.quick()
    module = importlib.import_module(f"contenders.{contender}")
    work = module.prepare(case)
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(json.dumps({"milliseconds": 1000 * seconds / case.steps, "versions": module.versions()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
