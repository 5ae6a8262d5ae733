"""What every test has, those in docstrings too: fixed seeds, and the names that examples use."""

import importlib
import os
import random
import sys

os.environ["KERAS_BACKEND"] = "torch"  # before anything imports the real Keras, which is an oracle here
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pytest
import torch

# Importing this module points `import tensorflow` at compat, for the whole process.
collect_ignore = ["kerastorch/as_tensorflow.py"]
collect_ignore_glob = ["*record*.py"]  # these run in a TensorFlow interpreter, to write down what it gives

if "PYTEST_XDIST_WORKER" in os.environ:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def fixed_seeds():
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def kind_of_tensors(request):
    """Only tests of compat see its tensors: once imported, it changes what calls in the whole process return."""
    if "compat" in sys.modules:
        importlib.import_module("kerastorch.core.edge").set_wrapping("compat" in request.node.path.parts)


@pytest.fixture(autouse=True)
def example_names(request, doctest_namespace):
    """`keras`, `np`, `torch`, and in compat `tf`, are there in every docstring's example."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    doctest_namespace.update(np=np, torch=torch, keras=importlib.import_module("kerastorch"))
    if request.node.path.is_relative_to(request.config.rootpath / "compat"):
        doctest_namespace["tf"] = importlib.import_module("compat")
