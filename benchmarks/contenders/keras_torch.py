"""The real Keras on its torch backend."""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch

from contenders import keras_api
from contenders.torch_common import DEVICE, wait


def versions():
    return {"keras": keras.__version__, "torch": torch.__version__}


def prepare(case):
    return keras_api.prepare(keras, case, lambda array: torch.from_numpy(array).to(DEVICE), wait)
