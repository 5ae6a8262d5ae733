"""The command line: `python -m kerastorch run SCRIPT.py`."""

import argparse
import os
import platform
import sys

import torch

from kerastorch.migrate.run import run
from kerastorch.version import __version__

_RUN = """\
Runs a Python script, or the cells of a Jupyter notebook in order, with `import tensorflow`,
`import keras` and `import tf_keras` meaning this library. Nothing in the file has to change, and
the real packages may be installed. A notebook runs in its own folder, as in Jupyter; what its
cells show is printed."""


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    if options.command == "run":
        if not os.path.isfile(options.file):
            print(
                f"kerastorch run: FILE must be an existing .py or .ipynb. Received: {options.file}",
                file=sys.stderr,
            )
            return 2
        try:
            return run(options.file, options.arguments)
        except ValueError as error:  # the file's format; what the script raises does not come out of `run`
            print(f"kerastorch run: {error}", file=sys.stderr)
            return 2
    _parser().print_help()
    return 2


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m kerastorch", description="Keras and TensorFlow programs on PyTorch."
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"kerastorch {__version__} (PyTorch {torch.__version__}, Python {platform.python_version()})",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    command = commands.add_parser(
        "run",
        help="run a script or notebook that imports tensorflow or keras",
        description=_RUN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("file", metavar="FILE", help="a .py or .ipynb file")
    command.add_argument(
        "arguments", metavar="ARGS", nargs=argparse.REMAINDER, help="what the script finds in sys.argv"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
