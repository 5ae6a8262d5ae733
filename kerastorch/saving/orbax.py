"""Reads what `OrbaxCheckpoint` wrote: a folder of saves, each of which is a folder with a number for its name."""

import json
import os
import pathlib

import numpy as np

from kerastorch.core import registry, tree
from kerastorch.models import model as model_module


def _v1():
    """Return the first version of Orbax's interface, which is imported when the first save is read."""
    try:
        from orbax.checkpoint import v1
    except ImportError as e:
        raise ImportError("Reading a save of OrbaxCheckpoint requires the package `orbax-checkpoint`.") from e
    return v1


def find(path):
    """Return the last save in a folder, or the folder where it is a save itself; None where there is none."""
    path = pathlib.Path(path)
    if not path.is_dir():
        return None
    if (path / "pytree").is_dir() and (path / "_CHECKPOINT_METADATA").exists():
        return path
    saves = [folder for folder in path.iterdir() if folder.name.isdigit() and (folder / "pytree").is_dir()]
    return max(saves, key=lambda folder: int(folder.name), default=None)


def load_weights(model, path):
    """Set a model's variables from a save, all those that it has."""
    state = _v1().load_checkpointables(os.path.abspath(path))["pytree"]
    _assign(model, state, path)


def _assign(model, state, path):
    """Assign saved values by the paths of their variables, with or without the model's own name in them."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and state.get("optimizer_variables") and not optimizer.built:
        optimizer.build(model.trainable_variables)
    groups = {
        "trainable_variables": model.trainable_variables,
        "non_trainable_variables": model.non_trainable_variables,
        "optimizer_variables": optimizer.variables if optimizer is not None else [],
    }
    for kind, variables in groups.items():
        if kind not in state:
            continue
        values = {
            _key("/".join(map(str, keys)), model): value
            for keys, value in tree.flatten_with_path(state[kind])
        }
        for variable in variables:
            key = _key(variable.path, model)
            if key not in values:
                raise ValueError(
                    f"The save '{path}' has no value for '{variable.path}'. It has: {sorted(values)}. Load it into a "
                    "model of the same architecture and names."
                )
            variable.assign(np.asarray(values[key]))


def _key(path, model):
    *parents, last = path.split("/")
    parents = [part for part in parents if part != model.name]
    return "/".join([*parents, last.removeprefix(f"{model.name}_")])


def load_model(path, custom_objects=None, compile=True, safe_mode=True):
    """Load a model from a save that has its config."""
    content = _v1().load_checkpointables(os.path.abspath(path))
    if "model_config" not in content:
        raise ValueError(
            f"'{path}' has weights only, and no model. Make the model, and use `model.load_weights(...)`."
        )
    config = json.loads(content["model_config"]["config"])
    if not compile:
        config["compile_config"] = None
    with registry.sharing_scope():
        model = registry.deserialize_keras_object(config, custom_objects=custom_objects, safe_mode=safe_mode)
    if not isinstance(model, model_module.Model):
        raise ValueError(f"The save does not describe a model. Received: {type(model).__name__}")
    _assign(model, content["pytree"], path)
    return model
