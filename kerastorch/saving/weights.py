"""`save_weights` and `load_weights`: a `.weights.h5` file in the layout that Keras 3 writes and reads."""

import contextlib
import io
import zipfile

from kerastorch.models import model as model_module
from kerastorch.saving import legacy_weights, orbax
from kerastorch.saving.archive import WEIGHTS_NAME, read_member
from kerastorch.saving.files import may_write, replacing
from kerastorch.saving.sharded import ShardedReader, ShardedWriter, ShardReader, ShardWriter
from kerastorch.saving.state import Loading, save_state
from kerastorch.saving.store import Reader, h5


def save_weights(model, filepath, overwrite=True, max_shard_size=None, **kwargs):
    """Save the weights of a model, and the state of its optimizer, to a `.weights.h5` file or to several.

    The file is written beside and then moved, so that a crash leaves the old one.

    Args:
        model: A `Model` (or a layer) that is built.
        filepath: Where to, a path that ends in `.weights.h5`, or with `max_shard_size` in `.weights.json`.
        overwrite: Whether a file that is there is replaced without asking.
        max_shard_size: The most that one file may have, in GB; None: the weights go into one file.
        objects_to_skip: A list of layers that are left out.

    >>> import os, tempfile
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.weights.h5")
    ...     model.save_weights(path)
    ...     model.load_weights(path)
    """
    skip = kwargs.pop("objects_to_skip", None) or ()
    if kwargs:
        raise ValueError(f"Invalid keyword arguments: {sorted(kwargs)}")
    ending = ".weights.h5" if max_shard_size is None else ".weights.json"
    if not str(filepath).endswith(ending):
        raise ValueError(
            f"The filename must end in `{ending}`. Received: filepath={filepath}, max_shard_size={max_shard_size}"
        )
    if not model.built:
        raise ValueError(
            "You are saving a model that has not yet been built. "
            f"Call model '{model.name}' on some data, or build it with `build()`, first."
        )
    if not may_write(filepath, overwrite):
        return
    if max_shard_size is not None:
        with ShardedWriter(filepath, max_shard_size) as shards:
            save_state(model, shards, skip=skip, writer=ShardWriter)
        return
    with replacing(filepath) as path, h5().File(path, "w") as file:
        save_state(model, file, skip=skip)


def load_weights(model, filepath, skip_mismatch=False, **kwargs):
    """Load weights from a `.weights.h5` file, from several, from a `.keras` file, or from an old `.h5` file.

    Args:
        model: A `Model` of the same architecture, built.
        filepath: The file, or the index of several (`.weights.json`).
        skip_mismatch: Whether layers whose weights do not fit are left as they are, with a warning.
        objects_to_skip: A list of layers that are left as they are. Only for `.weights.h5` files.
        by_name: Whether layers get what the file has under their names. Only for old `.h5` files.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "model.weights.h5")
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> keras.saving.save_weights(model, path)
    >>> keras.saving.load_weights(model, path)
    """
    skip, by_name = kwargs.pop("objects_to_skip", None), kwargs.pop("by_name", None)
    if kwargs:
        raise ValueError(f"Invalid keyword arguments: {sorted(kwargs)}")
    name = str(filepath)
    save = orbax.find(filepath)
    if save is not None:
        orbax.load_weights(model, save)
        return
    is_new, is_old = name.endswith((".weights.h5", ".weights.json")), name.endswith((".h5", ".hdf5"))
    if not is_new and not is_old and not name.endswith(".keras"):
        raise ValueError(
            "File format not supported: weights are read from `.weights.h5`, `.weights.json`, `.keras` and old `.h5` "
            f"files. Received: {filepath}"
        )
    if skip is not None and not is_new:
        raise ValueError(
            "`objects_to_skip` only supports loading '.weights.h5' files. "
            f"Received: objects_to_skip={skip}, filepath={filepath}"
        )
    if by_name and (is_new or not is_old):
        raise ValueError(
            "`by_name` only supports loading legacy '.h5' or '.hdf5' files. "
            f"Received: by_name={by_name}, filepath={filepath}"
        )
    if not model.built:
        raise ValueError(
            "You are loading weights into a model that has not yet been built. "
            f"Call model '{model.name}' on some data, or build it with `build()`, first."
        )
    if is_old and not is_new:
        legacy_weights.load_file(model, filepath, bool(by_name), skip_mismatch)
        return
    reader = Reader
    with contextlib.ExitStack() as stack:
        if name.endswith(".json"):
            file, reader = stack.enter_context(ShardedReader(filepath)), ShardReader
        elif name.endswith(".keras"):
            archive = stack.enter_context(zipfile.ZipFile(filepath))
            file = stack.enter_context(h5().File(io.BytesIO(read_member(archive, WEIGHTS_NAME)), "r"))
        else:
            file = stack.enter_context(legacy_weights.open_h5(filepath))
        loading = Loading(file, skip=skip or (), reader=reader)
        loading.visit(model)
    loading.report(model, filepath, skip_mismatch)


model_module.FILES.update(save_weights=save_weights, load_weights=load_weights)
