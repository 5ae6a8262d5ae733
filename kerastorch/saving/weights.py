"""`save_weights` and `load_weights`: a `.weights.h5` file in the layout that Keras 3 writes and reads."""

import contextlib
import io
import zipfile

from kerastorch.models import model as model_module
from kerastorch.saving.archive import WEIGHTS_NAME, read_member
from kerastorch.saving.files import may_write, replacing
from kerastorch.saving.state import Loading, save_state
from kerastorch.saving.store import h5


def save_weights(model, filepath, overwrite=True, max_shard_size=None, **kwargs):
    """Save the weights of a model, and the state of its optimizer, to a `.weights.h5` file.

    The file is written beside and then moved, so that a crash leaves the old one.

    Args:
        model: A `Model` (or a layer) that is built.
        filepath: Where to, a path that ends in `.weights.h5`.
        overwrite: Whether a file that is there is replaced without asking.
        max_shard_size: Only None: the weights go into one file.

    >>> import os, tempfile
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.weights.h5")
    ...     model.save_weights(path)
    ...     model.load_weights(path)
    """
    if kwargs:
        raise ValueError(f"Invalid keyword arguments: {sorted(kwargs)}")
    if not str(filepath).endswith(".weights.h5"):
        raise ValueError(f"The filename must end in `.weights.h5`. Received: filepath={filepath}")
    if max_shard_size is not None:
        raise ValueError(
            "The weights are written into one file: `max_shard_size` must be None. "
            f"Received: max_shard_size={max_shard_size}"
        )
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' has no weights to save yet. Call it on some data, or build it with `build()`, first."
        )
    if not may_write(filepath, overwrite):
        return
    with replacing(filepath) as path, h5().File(path, "w") as file:
        save_state(model, file)


def load_weights(model, filepath, skip_mismatch=False, **kwargs):
    """Load weights from a `.weights.h5` file, or from those in a `.keras` file.

    Args:
        model: A `Model` of the same architecture, built.
        filepath: The file.
        skip_mismatch: Whether layers whose weights do not fit are left as they are, with a warning.
        objects_to_skip: A list of layers that are left as they are.
    """
    skip, by_name = kwargs.pop("objects_to_skip", None), kwargs.pop("by_name", None)
    if kwargs:
        raise ValueError(f"Invalid keyword arguments: {sorted(kwargs)}")
    name = str(filepath)
    if not name.endswith((".weights.h5", ".keras")):
        raise ValueError(
            f"File format not supported: weights are read from `.weights.h5` and `.keras` files. Received: {filepath}"
        )
    if by_name:
        raise ValueError(
            f"`by_name` is only for files of Keras 2. Received: by_name={by_name}, filepath={filepath}"
        )
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' has no weights to load into yet. Call it on some data, or build it with `build()`, "
            "first."
        )
    with contextlib.ExitStack() as stack:
        if name.endswith(".keras"):
            archive = stack.enter_context(zipfile.ZipFile(filepath))
            file = stack.enter_context(h5().File(io.BytesIO(read_member(archive, WEIGHTS_NAME)), "r"))
        else:
            file = stack.enter_context(open_file(filepath))
        loading = Loading(file, skip=skip or ())
        loading.visit(model)
    loading.report(model, filepath, skip_mismatch)


def open_file(filepath):
    """Return an HDF5 file, open for reading."""
    try:
        return h5().File(filepath, "r")
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no file of weights at '{filepath}'.") from None
    except OSError as error:
        raise OSError(f"'{filepath}' is no HDF5 file, or it is damaged: {error}") from error


model_module.FILES.update(save_weights=save_weights, load_weights=load_weights)
