"""Arrays from files that hold pickles, without running anything that they say."""

import io
import pickle
import zipfile

import numpy as np

_reconstruct = np.ndarray.__reduce__(np.empty(0))[0]


def _encode(text, encoding="latin1"):
    """The bytes of a text, as pickles of Python 2's protocol write bytes."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"Refusing to deserialize text encoded as {encoding!r}.")
    return text.encode("latin1")


_ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("_codecs", "encode"): _encode,
}


class RestrictedUnpickler(pickle.Unpickler):
    """An unpickler that knows arrays, numbers, texts, lists and dicts, and refuses everything else."""

    def find_class(self, module, name):
        """Return what rebuilds arrays."""
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"Refusing to deserialize `{module}.{name}` while loading a dataset. The file may be corrupted or "
                "malicious: delete it, and it will be fetched again."
            ) from None

    def persistent_load(self, pid):
        """Refuse references to objects elsewhere."""
        raise pickle.UnpicklingError("Refusing to deserialize a reference to an object outside of the file.")


def load_npz(path):
    """Return the arrays of an `.npz` file as a dict; arrays of lists are read by `RestrictedUnpickler`."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if member.endswith(".npy"):
                arrays[member.removesuffix(".npy")] = _array(archive.read(member))
    return arrays


def _array(data):
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    if version[0] not in (1, 2, 3):
        raise ValueError(f"Unsupported `.npy` file version: {version}.")
    read_header = (
        np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read_header(file)
    if not dtype.hasobject:
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)
    array = RestrictedUnpickler(file).load()
    if not isinstance(array, np.ndarray) or array.shape != shape:
        raise ValueError(f"An array of shape {shape} was announced. Received: {type(array)}")
    return array
