import importlib

import pytest

from kerastorch.core.torchvision import import_torchvision


@pytest.mark.parametrize(
    "error, raised, said",
    [
        (
            RuntimeError("operator torchvision::nms does not exist"),
            ImportError,
            "torchvision does not load: operator torchvision::nms does not exist.",
        ),
        (
            ModuleNotFoundError("No module named 'torchvision'", name="torchvision"),
            ImportError,
            "torchvision.ops is needed here and torchvision is not installed.",
        ),
        (
            ModuleNotFoundError("No module named 'PIL'", name="PIL"),
            ModuleNotFoundError,
            "No module named 'PIL'",
        ),
        (RuntimeError("something else"), RuntimeError, "something else"),
    ],
)
def test_a_torchvision_that_does_not_load_says_how_to_mend_it(error, raised, said, monkeypatch):
    def fail(name):
        raise error

    monkeypatch.setattr(importlib, "import_module", fail)
    with pytest.raises(raised, match=said):
        import_torchvision("torchvision.ops")


def test_the_python_parts_import_in_the_tests():
    assert import_torchvision("torchvision.transforms.v2").Resize
