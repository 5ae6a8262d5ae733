"""This library, through `import kerastorch as keras`."""

import torch

import kerastorch
from contenders import keras_api
from contenders.torch_common import DEVICE, wait


def versions():
    return {"kerastorch": kerastorch.__version__, "torch": torch.__version__}


def prepare(case):
    return keras_api.prepare(kerastorch, case, lambda array: torch.from_numpy(array).to(DEVICE), wait)
