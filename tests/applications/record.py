"""Writes down what layers the real Keras's models have, for any backend: `python tests/applications/record.py`."""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "torch"

import keras
from rows import ROWS, observe, row_name

if __name__ == "__main__":
    with keras.device("meta"):
        lines = [
            f"{json.dumps(row_name(name, options))}: {json.dumps(observe(name, options, keras))}"
            for name, options in ROWS
        ]
    path = pathlib.Path(__file__).parent / "recorded.json"
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
