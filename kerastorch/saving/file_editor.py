"""KerasFileEditor: looks into a file of weights, changes what is there, and writes it again."""

import contextlib
import io
import json
import zipfile

import numpy as np

from kerastorch.saving import walk
from kerastorch.saving.archive import CONFIG_NAME, METADATA_NAME, WEIGHTS_NAME, read_member
from kerastorch.saving.files import replacing
from kerastorch.saving.legacy_weights import open_h5
from kerastorch.saving.store import Reader, Writer, child_groups, h5


class KerasFileEditor:
    """Shows and edits the weights in a `.keras` or `.weights.h5` file, and saves them to another.

    Objects are named by their path ("layers/dense_1"), or by its last part where only one object has it.

    Args:
        filepath: The file.

    >>> import os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.save_weights(os.path.join(folder, "old.weights.h5"))
    >>> editor = keras.saving.KerasFileEditor(os.path.join(folder, "old.weights.h5"))
    Keras weights file '...old.weights.h5'
    >>> editor.add_object("layers/dense_1", {"0": np.ones((1, 3)), "1": np.ones(3)})
    >>> editor.save(os.path.join(folder, "new.weights.h5"))
    >>> deeper = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1), keras.layers.Dense(3)])
    >>> deeper.load_weights(os.path.join(folder, "new.weights.h5"))
    """

    def __init__(self, filepath):
        self.filepath, self.metadata, self.config, self.model = str(filepath), None, None, None
        self.object_metadata = {}
        with contextlib.ExitStack() as stack:
            if self.filepath.endswith(".keras"):
                archive = stack.enter_context(zipfile.ZipFile(self.filepath))
                self.config = json.loads(read_member(archive, CONFIG_NAME))
                self.metadata = json.loads(read_member(archive, METADATA_NAME))
                file = stack.enter_context(h5().File(io.BytesIO(read_member(archive, WEIGHTS_NAME)), "r"))
            elif self.filepath.endswith(".weights.h5"):
                file = stack.enter_context(open_h5(self.filepath))
            else:
                raise ValueError(
                    "Invalid filename: expected a `.keras` or `.weights.h5` extension. "
                    f"Received: filepath={filepath}"
                )
            self.weights_dict = self._read(file, "")
        kind = "model" if self.config is not None else "weights"
        print(f"Keras {kind} file '{self.filepath}'")
        if self.metadata is not None:
            version, date = self.metadata.get("keras_version"), self.metadata.get("date_saved")
            print(f"    Keras version: {version}\n    Date saved: {date}")

    def _read(self, file, path):
        found = dict(Reader(file, path))
        for name, group in child_groups(file, path):
            inner = f"{path}/{name}" if path else name
            if name == "vars":
                label = group.attrs.get("name")
                if isinstance(label, (str, bytes)):
                    self.object_metadata[path] = label.decode() if isinstance(label, bytes) else label
            else:
                found[name] = self._read(file, inner)
        return found

    def summary(self):
        """Print what is in the file."""
        print("Weights structure")
        for line in self._lines(self.weights_dict, "", "  "):
            print(line)

    def _lines(self, content, path, prefix):
        for index, (key, value) in enumerate(content.items()):
            last = index == len(content) - 1
            start = prefix + ("└─ " if last else "├─ ")
            if isinstance(value, dict):
                inner = f"{path}/{key}" if path else key
                name = self.object_metadata.get(inner)
                yield f"{start}{key}" + (f" ('{name}')" if name else "")
                yield from self._lines(value, inner, prefix + ("   " if last else "│  "))
            else:
                yield f"{start}{key}: shape={np.shape(value)}, dtype={np.asarray(value).dtype}"

    def compare(self, reference_model):
        """Print where the file and a model differ.

        Args:
            reference_model: The model.

        Returns:
            A dict: "status" ("success" or "error"), "error_count" and "match_count".
        """
        expected, errors, matches = weight_shapes(reference_model), [], 0
        found = dict(_flat(self.weights_dict))
        for objects, others, where in (
            (expected, found, "the saved file"),
            (found, expected, "the reference model"),
        ):
            missing = set()
            for path in objects:
                known = _first_unknown(path, others)
                if known is not None and known not in missing:
                    missing.add(known)
                    errors.append(f"'{known}' is missing from {where}")
        for path, shape in expected.items():
            if path in found and np.shape(found[path]) == shape:
                matches += 1
            elif path in found:
                errors.append(
                    f"'{path}' has shape {np.shape(found[path])} in the saved file and {shape} in the model"
                )
        for error in errors:
            print(f"...{error}")
        if errors:
            print(f"Found {len(errors)} error(s): the saved file is not compatible with the reference model")
        else:
            print(
                f"Comparison successful: the saved file is compatible with the reference model ({matches} weights)"
            )
        return {
            "status": "error" if errors else "success",
            "error_count": len(errors),
            "match_count": matches,
        }

    def _find(self, name):
        """Return the dict that has the object, and the object's key there."""
        *parents, last = name.split("/")
        if parents:
            content = self.weights_dict
            for parent in parents:
                content = content.get(parent) if isinstance(content, dict) else None
            if not isinstance(content, dict) or last not in content:
                raise ValueError(f"Path '{name}' not found in model.")
            return content, last
        found = list(_having(self.weights_dict, last))
        if len(found) > 1:
            raise ValueError(f"Name '{name}' occurs more than once in the model; try passing a complete path")
        if not found:
            raise ValueError(
                f"Source name '{name}' does not appear in the model. Use `editor.summary()` to list all objects."
            )
        return found[0], last

    def _find_object(self, name):
        content, key = self._find(name)
        if not isinstance(content[key], dict):
            raise ValueError(f"'{name}' is a weight, and must be an object that has weights.")
        return content[key]

    def rename_object(self, object_name, new_name):
        """Give an object another name, a last part of a path."""
        if "/" in new_name:
            raise ValueError(
                f"Argument `new_name` should be a leaf name, not a full path name. Received: new_name='{new_name}'"
            )
        content, key = self._find(object_name)
        content[new_name] = content.pop(key)

    def delete_object(self, object_name):
        """Remove an object with all that is below it."""
        content, key = self._find(object_name)
        del content[key]

    def add_object(self, object_path, weights):
        """Add an object.

        Args:
            object_path: Its whole path ("layers/dense_2").
            weights: A dict from names ("0", "1") to arrays.
        """
        _check_weights(weights)
        *parents, last = object_path.split("/")
        content = self.weights_dict
        for parent in parents:
            if not isinstance(content.get(parent), dict):
                raise ValueError(f"Path '{'/'.join(parents)}' not found in model.")
            content = content[parent]
        content[last] = dict(weights)

    def delete_weight(self, object_name, weight_name):
        """Remove one weight of an object."""
        content = self._find_object(object_name)
        if weight_name not in content:
            raise ValueError(
                f"Weight {weight_name} not found in object {object_name}. Weights found: {list(content)}"
            )
        del content[weight_name]

    def add_weights(self, object_name, weights):
        """Add weights, a dict from names to arrays, to an object."""
        _check_weights(weights)
        self._find_object(object_name).update(weights)

    def save(self, filepath):
        """Write the weights to a `.weights.h5` file."""
        if not str(filepath).endswith(".weights.h5"):
            raise ValueError(
                "Invalid `filepath` argument: expected a `.weights.h5` extension. "
                f"Received: filepath={filepath}"
            )
        with replacing(filepath) as path, h5().File(path, "w") as file:
            self._write(file, self.weights_dict, "")

    def resave_weights(self, filepath):
        """Write the weights to a `.weights.h5` file, as `save` does."""
        self.save(filepath)

    def _write(self, file, content, path):
        writer = Writer(file, path, self.object_metadata.get(path))
        for key, value in content.items():
            if isinstance(value, dict):
                self._write(file, value, f"{path}/{key}" if path else key)
            else:
                writer[key] = np.asarray(value)


def _check_weights(weights):
    if not isinstance(weights, dict):
        raise ValueError(
            "Argument `weights` should be a dict where keys are weight names (usually '0', '1', etc.) and values are "
            f"NumPy arrays. Received: type(weights)={type(weights)}"
        )


def _having(content, name):
    """Yield the dicts, at any depth, that have the name."""
    if name in content:
        yield content
    for value in content.values():
        if isinstance(value, dict):
            yield from _having(value, name)


def _flat(content, path=""):
    for key, value in content.items():
        inner = f"{path}/{key}" if path else key
        if isinstance(value, dict):
            yield from _flat(value, inner)
        else:
            yield inner, value


def _first_unknown(path, others):
    """Return the shortest beginning of a path that no other path has, or None."""
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        start = "/".join(parts[:count])
        if start not in others and not any(other.startswith(f"{start}/") for other in others):
            return start
    return None


def weight_shapes(model):
    """Return the shapes of all that `save_weights` would write for a model, by path."""
    shapes, seen = {}, set()

    def visit(saveable, path):
        if id(saveable) in seen:
            return
        seen.add(id(saveable))
        module, store = walk.torch_module(saveable), {}
        if module is not None:
            store = module.state_dict()
        elif hasattr(saveable, "save_own_variables"):
            saveable.save_own_variables(store)
        for key, value in store.items():
            shapes[f"{path}/{key}" if path else key] = tuple(np.shape(value))
        for name, child in walk.children(saveable):
            visit(child, f"{path}/{name}" if path else name)

    visit(model, "")
    return shapes
