"""The one door to torchvision, which is slow to import and easy to install in the wrong build."""

import importlib

import torch

_INSTALL = "https://pytorch.org/get-started/locally lists the pairs of torch and torchvision that fit"


def import_torchvision(module="torchvision"):
    """Imports torchvision, or a module of it, where it is used.

    `module`: the full name, such as `"torchvision.transforms.v2"`. Raises an `ImportError` that says how to
    mend the installation when torchvision is missing or was built for another torch.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != "torchvision":
            raise
        raise ImportError(
            f"{module} is needed here, and torchvision is not installed. Install the release that belongs to "
            f"torch {torch.__version__} ({_INSTALL})."
        ) from error
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
        raise ImportError(
            f"torchvision is installed, but was built for another torch than this one (torch {torch.__version__}, "
            f"{_build()}): its compiled operators do not load ({error}). Reinstall it from the same place as "
            f"torch, in the same build: {_advice()} ({_INSTALL})."
        ) from error


def _build():
    return f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "a build without CUDA"


def _advice():
    """The pip arguments that get torchvision from the index of this torch's build."""
    local = torch.__version__.partition("+")[2] or ("cpu" if torch.version.cuda is None else "")
    index = f" --index-url https://download.pytorch.org/whl/{local}" if local else ""
    return f"pip install --force-reinstall --no-deps torchvision{index}"
