"""Whole models in `.h5` files, as Keras 2 wrote them and Keras 3 still does: config and training config as JSON."""

import json
import logging

from kerastorch import losses, metrics, optimizers
from kerastorch.core import registry
from kerastorch.models import model as model_module
from kerastorch.saving.files import may_write, replacing
from kerastorch.saving.legacy_config import modern, plain
from kerastorch.saving.legacy_weights import load_in_order, open_h5, read_values, write_values, write_weights
from kerastorch.saving.store import h5, safe_group

_logger = logging.getLogger("kerastorch")
_VERSION, _BACKEND = "3.15.1", "torch"
_WORDS = ("accuracy", "acc", "crossentropy", "ce")  # what these mean depends on the model's outputs


def save_model_to_hdf5(model, filepath, overwrite=True, include_optimizer=True):
    """Save a model to an `.h5` file.

    Args:
        model: A `Model`, built.
        filepath: Where to; or an open `h5py.File`.
        overwrite: Whether a file that is there is replaced without asking.
        include_optimizer: Whether the optimizer and how the model was compiled are saved too.
    """
    if isinstance(filepath, h5().File):
        _write(model, filepath, include_optimizer)
    elif may_write(filepath, overwrite):
        with replacing(filepath, make_folder=True) as path, h5().File(path, "w") as file:
            _write(model, file, include_optimizer)


def _write(model, file, include_optimizer):
    file.attrs["keras_version"], file.attrs["backend"] = _VERSION, _BACKEND
    description = {
        "class_name": registry.get_registered_name(type(model)),
        "config": plain(model.get_config()),
    }
    file.attrs["model_config"] = json.dumps(description).encode("utf-8")
    optimizer = getattr(model, "optimizer", None)
    if include_optimizer and optimizer is not None and model.compiled:
        file.attrs["training_config"] = json.dumps(_training_config(model)).encode("utf-8")
    write_weights(file.create_group("model_weights"), model)
    if include_optimizer and optimizer is not None:
        write_values(file.create_group("optimizer_weights"), optimizer.variables)


def _training_config(model):
    config = {key: _written(value) for key, value in (model.get_compile_config() or {}).items()}
    config.pop("optimizer", None)
    written = registry.serialize_keras_object(model.optimizer)
    config["optimizer_config"] = {
        "class_name": written["registered_name"] or written["class_name"],
        "config": written["config"],
    }
    return config


def _written(value):
    """Return a part of the training config as Keras 2 writes it: classes and functions by name alone."""
    if isinstance(value, dict) and "class_name" in value and "config" in value:
        if value["class_name"] == "function":
            return value["config"]
        name = value.get("registered_name") or value["class_name"]
        return {"class_name": name, "config": value["config"]}
    if isinstance(value, dict):
        return {key: _written(x) for key, x in value.items()}
    return [_written(x) for x in value] if isinstance(value, (list, tuple)) else value


def load_model_from_hdf5(filepath, custom_objects=None, compile=True, safe_mode=True):
    """Load a model from an `.h5` file. Only known classes are built, and no code in the file is run.

    Args:
        filepath: The file; or an open `h5py.File`.
        custom_objects: Names of the user's own classes and functions.
        compile: Whether to compile the model as it was.
        safe_mode: Refuses lambdas in the file unless it `is False`.
    """
    with open_h5(filepath) as file, registry.CustomObjectScope(custom_objects or {}):
        config = _read_json(file, "model_config")
        if config is None:
            raise ValueError(f"No model config found in the file at {filepath}.")
        model = registry.deserialize_keras_object(modern(config), safe_mode=safe_mode)
        if not isinstance(model, model_module.Model):
            raise ValueError(f"The file does not describe a model. Received: {type(model).__name__}")
        group = safe_group(file, "model_weights")
        if group is None:
            raise ValueError(f"'{filepath}' has no group 'model_weights': it is no model, or it is damaged.")
        load_in_order(group, model)
        if compile:
            _compile(model, file)
    return model


def _read_json(file, key):
    text = file.attrs.get(key)
    if text is None:
        return None
    try:
        return json.loads(text.decode("utf-8") if isinstance(text, bytes) else text)
    except ValueError as e:
        raise ValueError(f"The file is damaged: its '{key}' is no JSON. {e}") from None


def _compile(model, file):
    config = _read_json(file, "training_config")
    if config is None:
        _logger.warning(
            "No training configuration found in the save file, so the model was *not* compiled. Compile it manually."
        )
        return
    model.compile(
        optimizer=optimizers.deserialize(modern(config["optimizer_config"])),
        loss=_read(losses.deserialize, config.get("loss")),
        metrics=_read(_read_metric, config.get("metrics")),
        weighted_metrics=_read(_read_metric, config.get("weighted_metrics")),
        loss_weights=config.get("loss_weights"),
    )
    group = safe_group(file, "optimizer_weights")
    if group is None:
        return
    model.optimizer.build(model.trainable_variables)
    try:
        model.optimizer.set_weights(read_values(group))
    except ValueError as error:
        _logger.warning(
            "The state of the optimizer in the file does not fit this one, which starts afresh: %s", error
        )


def _read(read_one, config):
    if config is None:
        return None
    if isinstance(config, str) or (isinstance(config, dict) and "class_name" in config):
        return read_one(config)
    if isinstance(config, dict):
        return {key: _read(read_one, value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [_read(read_one, value) for value in config]
    raise ValueError(f"A loss or metric in the file is not understood. Received: {config}")


def _read_metric(config):
    return config if config in _WORDS else metrics.deserialize(config)
