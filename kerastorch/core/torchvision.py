"""The one door to torchvision, which is slow to import and easy to install in the wrong build."""

import importlib

import torch

_COMMANDS = "https://pytorch.org/get-started/locally gives the command that installs a pair that fits"


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
            f"{module} is needed here and torchvision is not installed. Install the release that belongs to "
            f"torch {torch.__version__}: {_COMMANDS}."
        ) from error
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
        build = f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "built without CUDA"
        raise ImportError(
            f"{module} is needed here and torchvision does not load: {error}. It was built for another torch "
            f"than this one ({torch.__version__}, {build}). Reinstall torchvision from the same index as torch, "
            f"with `pip install --force-reinstall --no-deps torchvision`: {_COMMANDS}."
        ) from error
