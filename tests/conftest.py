"""What tests outside docstrings need beside the conftest of the project's root."""

import importlib.util
import pathlib

import pytest
import torch


def torchvision_is_for_cuda():
    """Reads for what torchvision was built, without importing it (that takes seconds, or fails)."""
    spec = importlib.util.find_spec("torchvision")
    return spec is not None and "+cu" in (pathlib.Path(spec.origin).parent / "version.py").read_text()


def declare_missing_torchvision_ops():
    """Lets `import torchvision` work where its compiled ops do not load, so that its Python parts are tested.

    A CUDA build of torchvision beside a CPU build of torch registers shape rules for two operators that
    nobody declared, and its import stops. Declared without an implementation they let the import pass, and
    still fail when called. They last as long as the returned object.
    """
    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


def pytest_configure(config):
    if torch.version.cuda is None and torchvision_is_for_cuda():
        config.torchvision_library = declare_missing_torchvision_ops()


def pytest_collection_modifyitems(items):
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("cuda"):
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))
