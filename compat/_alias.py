"""Gives the modules of one package the names of another, so that both names import the same module."""

import sys


def alias_submodules(alias, package):
    """Let `import alias.x` find `package.x`, for every public module below `package` that is loaded."""
    for name in list(sys.modules):
        head, _, rest = name.partition(".")
        if head == package and rest and not any(part.startswith("_") for part in rest.split(".")):
            sys.modules.setdefault(f"{alias}.{rest}", sys.modules[name])
