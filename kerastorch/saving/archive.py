"""`save_model` and `load_model`: a `.keras` file, which is a zip archive with a config, weights and assets."""

import contextlib
import datetime
import json
import logging
import os
import pathlib
import shutil
import tempfile
import zipfile

from kerastorch.core import registry
from kerastorch.models import model as model_module
from kerastorch.saving import legacy, orbax
from kerastorch.saving.files import may_write, replacing
from kerastorch.saving.state import Loading, save_state
from kerastorch.saving.store import UnsafeFileError, h5

CONFIG_NAME, METADATA_NAME, WEIGHTS_NAME = "config.json", "metadata.json", "model.weights.h5"
_ASSETS = "assets"
_OLD_FORMAT = (
    "You are saving your model as an HDF5 file. This file format is considered legacy. We recommend using instead the "
    "native Keras format, e.g. `model.save('my_model.keras')`."
)
_logger = logging.getLogger("kerastorch")
_KERAS_VERSION = "3.15.1"  # whose format is written
_LARGE_BYTES = 1 << 28  # a member below this is never refused for its size
_LARGEST_EXPANSION = 100


class MissingFileError(FileNotFoundError, ValueError):
    """Raised where there is no file to load."""


def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    """Save a model to a `.keras` file (or an old `.h5` file): architecture, weights, and how it was compiled.

    Args:
        model: A `Model`.
        filepath: A path that ends in `.keras`, or a file object open for writing bytes.
        overwrite: Whether a file that is there is replaced without asking.
        zipped: False writes a folder instead of a file.
        include_optimizer: Only for `.h5` files: whether the optimizer is saved too.

    >>> import os, tempfile
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.keras")
    ...     model.save(path)
    ...     again = keras.saving.load_model(path)
    >>> again.count_params()
    3
    """
    include_optimizer = kwargs.pop("include_optimizer", True)
    if kwargs.pop("save_format", None):
        raise ValueError(
            "The `save_format` argument is deprecated. Remove it, and pass a path that ends in `.keras` or `.h5`."
        )
    if kwargs:
        raise ValueError(f"The following argument(s) are not supported: {sorted(kwargs)}")
    if hasattr(filepath, "write"):
        _write(model, filepath)
        return
    if zipped is None and str(filepath).endswith((".h5", ".hdf5")):
        _logger.warning(_OLD_FORMAT)
        legacy.save_model_to_hdf5(model, filepath, overwrite, include_optimizer)
        return
    zipped = True if zipped is None else zipped
    if zipped and not str(filepath).endswith(".keras"):
        raise ValueError(
            "Invalid filepath extension for saving. The filename must end in `.keras` (or in `.h5`, the old format). "
            f"To write a model for serving use `model.export(filepath)`. Received: filepath={filepath}"
        )
    if not zipped and str(filepath).endswith(".keras"):
        raise ValueError(
            "With `zipped=False` a folder is written, whose name should not end in `.keras`. "
            f"Received: filepath={filepath}"
        )
    if not may_write(filepath, overwrite):
        return
    if zipped:
        with replacing(filepath) as path, open(path, "wb") as file:
            _write(model, file)
        return
    with tempfile.TemporaryDirectory() as folder:
        _write_folder(model, pathlib.Path(folder))
        shutil.copytree(folder, filepath, dirs_exist_ok=True)


def _descriptions(model):
    metadata = {
        "keras_version": _KERAS_VERSION,
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
    }
    with registry.sharing_scope():
        return json.dumps(registry.serialize_keras_object(model)), json.dumps(metadata)


def _write(model, file):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        _write_folder(model, folder)
        with zipfile.ZipFile(file, "w") as archive:
            for path in (folder / METADATA_NAME, folder / CONFIG_NAME, folder / WEIGHTS_NAME):
                archive.write(path, path.name)
            for path in sorted((folder / _ASSETS).rglob("*")):
                archive.write(path, path.relative_to(folder).as_posix())


def _write_folder(model, folder):
    config, metadata = _descriptions(model)
    (folder / METADATA_NAME).write_text(metadata)
    (folder / CONFIG_NAME).write_text(config)
    with h5().File(folder / WEIGHTS_NAME, "w") as weights:
        save_state(model, weights, assets=folder / _ASSETS)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """Load a model from a `.keras` or `.h5` file. Only known classes are built, and no code in the file is run.

    Args:
        filepath: The file, the folder that `zipped=False` wrote, or a file object.
        custom_objects: Names of the user's own classes and functions.
        compile: Whether to compile the model as it was.
        safe_mode: Refuses lambdas and other code in the file unless it `is False`.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "model.keras")
    >>> keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)], name="small").save(path)
    >>> keras.saving.load_model(path).name
    'small'
    """
    if str(filepath).endswith((".h5", ".hdf5")) and not hasattr(filepath, "read"):
        return legacy.load_model_from_hdf5(filepath, custom_objects, compile, safe_mode)
    save = None if hasattr(filepath, "read") else orbax.find(filepath)
    if save is not None:
        return orbax.load_model(save, custom_objects, compile, safe_mode)
    with contextlib.ExitStack() as stack:
        if not hasattr(filepath, "read") and os.path.isdir(filepath):
            folder = pathlib.Path(filepath)
        else:
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            _extract(filepath, folder)
        model = _from_config((folder / CONFIG_NAME).read_text(), custom_objects, compile, safe_mode)
        with h5().File(folder / WEIGHTS_NAME, "r") as weights:
            loading = Loading(weights, assets=str(folder / _ASSETS))
            loading.visit(model)
    loading.report(model, filepath, skip_mismatch=False)
    return model


def _from_config(text, custom_objects, compile, safe_mode):
    config = json.loads(text)
    if not compile and isinstance(config, dict):
        config["compile_config"] = None
    with registry.sharing_scope():
        model = registry.deserialize_keras_object(config, custom_objects=custom_objects, safe_mode=safe_mode)
    if not isinstance(model, model_module.Layer):
        raise ValueError(f"The file does not describe a model. Received: {type(model).__name__}")
    return model


def _extract(source, folder):
    """Unpack an archive member by member, each under the folder and none of them a link or too large."""
    if not hasattr(source, "read"):
        if not str(source).endswith(".keras"):
            raise ValueError(
                f"File format not supported: models are read from `.keras` and `.h5` files. Received: {source}"
            )
        if not os.path.exists(source):
            raise MissingFileError(
                f"File not found: there is no model at '{source}'. "
                "Please ensure the file is an accessible `.keras` file."
            )
        if not zipfile.is_zipfile(source):
            raise ValueError(f"'{source}' is no `.keras` file, or it is damaged: it must be a zip archive.")
    with zipfile.ZipFile(source) as archive:
        for name in (CONFIG_NAME, WEIGHTS_NAME):
            if name not in archive.namelist():
                raise ValueError(f"'{source}' is no `.keras` file, or it is damaged: '{name}' is missing.")
        for info in archive.infolist():
            name = info.filename
            if name not in (CONFIG_NAME, WEIGHTS_NAME, METADATA_NAME) and not name.startswith(f"{_ASSETS}/"):
                continue
            target = (folder / name).resolve()
            if not target.is_relative_to(folder.resolve()):
                raise UnsafeFileError(f"A file outside of the target folder is refused. Received: '{name}'")
            if (info.external_attr >> 16) & 0o170000 == 0o120000:
                raise UnsafeFileError(f"Archives with links are refused. Received: '{name}'")
            if info.is_dir():
                continue
            _check_size(info)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as packed, open(target, "wb") as file:
                shutil.copyfileobj(packed, file)


def _check_size(info):
    if info.file_size > _LARGE_BYTES and info.file_size > _LARGEST_EXPANSION * info.compress_size:
        raise UnsafeFileError(
            f"'{info.filename}' says that it has {info.file_size} bytes, but only {info.compress_size} are stored: an "
            "archive made to fill the memory is refused."
        )


def read_member(archive, name):
    """Return the bytes of a member of an archive."""
    if name not in archive.namelist():
        raise ValueError(f"'{archive.filename}' is no `.keras` file, or it is damaged: '{name}' is missing.")
    _check_size(archive.getinfo(name))
    return archive.read(name)


model_module.FILES.update(save_model=save_model, load_model=load_model)
