"""Makes `import tensorflow`, `import keras` and everything below them find this library.

A finder at the head of `sys.meta_path` answers for those names with the very modules of `compat` and
`kerastorch`: `tensorflow.keras.layers`, `keras.layers` and `kerastorch.layers` are one object. A name that is
not there is an error that says so and where to look; nothing stands in for it.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import pathlib
import sys
import types

from .missing import explain_missing_attributes, missing_module_message

ALIASES = {"tensorflow": "compat", "keras": "kerastorch", "tf_keras": "compat.keras"}
OURS = ("compat", "kerastorch")


def install():
    """Puts the finder in place, once.

    Raises an `ImportError` when the real TensorFlow or Keras is already imported: two of them in one process
    would each know only their own layers and tensors.
    """
    if any(isinstance(finder, Finder) for finder in sys.meta_path):
        return
    for name in ALIASES:
        module = sys.modules.get(name)
        if module is not None and not _is_ours(module):
            raise ImportError(
                f"{name} is already imported, from {getattr(module, '__file__', None)}: "
                "`import kerastorch.as_tensorflow` must come before everything that imports TensorFlow or "
                "Keras. Make it the first line of the script; in a notebook, restart the kernel first."
            )
    sys.meta_path.insert(0, Finder())


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        root, _, rest = fullname.partition(".")
        if root in ALIASES:
            if rest:
                return _alias_spec(fullname, _submodule(fullname))
            return importlib.util.spec_from_loader(fullname, RootLoader(ALIASES[root]), is_package=True)
        if root in OURS:
            # `from tensorflow import nothing` asks for compat.nothing: here it is said to be missing.
            spec = importlib.machinery.PathFinder.find_spec(fullname, path if rest else _home())
            if spec is None and rest:
                raise _missing(fullname)
            return spec
        return None


class AliasLoader(importlib.abc.Loader):
    """Gives an import the module that there already is, and leaves it as it was."""

    def __init__(self, module):
        self.module = module

    def create_module(self, spec):
        self.own_spec = self.module.__spec__
        return self.module

    def exec_module(self, module):
        module.__spec__ = self.own_spec  # the import system had put the alias's there
        explain_missing_attributes(OURS)


class RootLoader(AliasLoader):
    """Imports the package behind an alias when it is imported, not when somebody asks whether it exists."""

    def __init__(self, name):
        self.name = name

    def create_module(self, spec):
        self.module = importlib.import_module(self.name)
        return super().create_module(spec)


def _alias_spec(fullname, module):
    return importlib.util.spec_from_loader(
        fullname, AliasLoader(module), is_package=hasattr(module, "__path__")
    )


def _submodule(fullname):
    """The module behind a dotted alias: a module of ours that the parent has, or a file below it."""
    parent, _, name = fullname.rpartition(".")
    parent = importlib.import_module(parent)
    value = vars(parent).get(name)
    if isinstance(value, types.ModuleType) and _is_ours(value):
        return value
    if not hasattr(parent, "__path__"):
        raise _missing(fullname)
    real = f"{parent.__name__}.{name}"
    if real not in sys.modules and importlib.machinery.PathFinder.find_spec(real, parent.__path__) is None:
        raise _missing(fullname)
    return importlib.import_module(real)


def _missing(fullname):
    # Without `name=`: `from package import name` swallows an error that carries it, and its words with it.
    return ModuleNotFoundError(missing_module_message(fullname))


def _is_ours(module):
    return module.__name__.partition(".")[0] in OURS


def _home():
    """The folder that holds both packages: a script's folder may have a `compat.py` of its own."""
    return [str(pathlib.Path(__file__).parents[2])]
