"""Writes down what the real Keras gives on TensorFlow: `python tests/layers/preprocessing/record.py`."""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
from rows import SOURCES, observe

if __name__ == "__main__":
    recorded = {source: observe(source, keras, np) for source in SOURCES}
    path = pathlib.Path(__file__).parent / "recorded.json"
    path.write_text(json.dumps(recorded, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
