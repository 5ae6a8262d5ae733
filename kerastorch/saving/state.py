"""The state of a model, object by object, into a store and out of one."""

import os
import pathlib
import warnings

from kerastorch.core.edge import as_tensor
from kerastorch.core.holder import Holder
from kerastorch.optimizers import Optimizer
from kerastorch.saving import walk
from kerastorch.saving.store import Reader, UnsafeFileError, Writer


def save_state(model, file, assets=None, skip=(), writer=Writer):
    """Write the state of a model and of all that it holds.

    Args:
        model: The model.
        file: An open `h5py.File`, or what `writer` writes to.
        assets: The folder in which objects with `save_assets` get a folder of their own, or None.
        skip: Objects that are left out.
        writer: Called with the file, an object's path and its name, gives the dict that takes its values.
    """
    seen = set(map(id, skip))

    def visit(saveable, path):
        if id(saveable) in seen:
            return
        seen.add(id(saveable))
        module = walk.torch_module(saveable)
        if module is not None or hasattr(saveable, "save_own_variables"):
            name = getattr(saveable, "name", None)
            store = writer(file, path, name if isinstance(name, str) else None)
            if module is None:
                saveable.save_own_variables(store)
            else:
                for key, value in module.state_dict().items():
                    store[key] = value
        if assets is not None and hasattr(saveable, "save_assets"):
            folder = pathlib.Path(assets, *path.split("/"))
            folder.mkdir(parents=True, exist_ok=True)
            saveable.save_assets(str(folder))
        for name, child in walk.children(saveable):
            visit(child, f"{path}/{name}" if path else name)

    visit(model, "")


class Loading:
    """Reads state into a model, and remembers what could not be read.

    An object that fails under one path may be found under another, so only what was read is done with.

    Args:
        file: An open `h5py.File`, or what `reader` reads from.
        assets: The folder with the assets, or None.
        skip: Objects that are left as they are.
        reader: Called with the file and an object's path, gives a dict of its values.
    """

    def __init__(self, file, assets=None, skip=(), reader=Reader):
        self.file, self.assets, self.skip, self.reader = file, assets, list(skip), reader
        self.done = {id(saveable) for saveable in self.skip}
        self.failed = {}  # by identity: (object, path, error)

    def visit(self, saveable, path=""):
        """Read the state of an object and of all that it holds."""
        if id(saveable) in self.done:
            return
        error = self._load(saveable, path)
        if error is None:
            self.failed.pop(id(saveable), None)
            self.done.add(id(saveable))
        else:
            self.failed.setdefault(id(saveable), (saveable, path, error))
        for name, child in walk.children(saveable):
            self.visit(child, f"{path}/{name}" if path else name)

    def _load(self, saveable, path):
        """Read an object's own state, and return what does not fit, if anything does not."""
        try:
            module = walk.torch_module(saveable)
            if module is not None:
                store = self.reader(self.file, path)
                module.load_state_dict({key: as_tensor(value) for key, value in store.items()})
            elif hasattr(saveable, "load_own_variables"):
                store = self.reader(self.file, path)
                _check_shapes(saveable, store)
                saveable.load_own_variables(store)
            if self.assets is not None and hasattr(saveable, "load_assets"):
                saveable.load_assets(os.path.join(self.assets, *path.split("/")))
        except UnsafeFileError:
            raise
        except Exception as error:
            return error
        return None

    def report(self, model, source, skip_mismatch):
        """Raise an error that names all that could not be read, or warn of it."""
        if not self.failed:
            return
        lines = [
            f"  {path or '(the model itself)'} ({type(saveable).__name__} '{getattr(saveable, 'name', '')}'): {error}"
            for saveable, path, error in self.failed.values()
        ]
        message = (
            f"A total of {len(lines)} objects could not be loaded from '{source}' into model '{model.name}':\n"
            + "\n".join(lines)
        )
        if skip_mismatch:
            warnings.warn(f"{message}\nThey keep the values that they had.", stacklevel=3)
        else:
            first = next(iter(self.failed.values()))[2]
            raise ValueError(
                f"{message}\nLoad into a model of the same architecture, or pass `skip_mismatch=True` to leave these "
                "objects as they are."
            ) from first


def _check_shapes(saveable, store):
    """Refuse values of other shapes than the variables they are for, before any of them is read."""
    method = getattr(type(saveable), "load_own_variables", None)
    if method is Holder.load_own_variables:
        variables = saveable._saved_variables()
    elif method is Optimizer.load_own_variables:
        variables = saveable.variables
    else:
        return
    shapes = store.shapes()
    if len(shapes) != len(variables):
        return  # `load_own_variables` has an error for that
    for index, variable in enumerate(variables):
        shape = shapes.get(str(index))
        if shape is not None and shape != tuple(variable.shape):
            raise ValueError(
                f"variable '{variable.name}' has shape {tuple(variable.shape)}, but the file has shape {shape}: "
                "they must match."
            )
