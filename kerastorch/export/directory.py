"""A folder of exported functions: `saved_model.json`, the functions, and `variables/`, their tensors.

The tensors are in TensorFlow's checkpoint format. Loading reads these files and runs no code from them.
"""

import json
import os

import numpy as np
import torch

from kerastorch.core import settings
from kerastorch.export.graph import Program, encode
from kerastorch.layers.foreign.tfsm_layer import READERS
from kerastorch.saving.tensor_bundle import BFLOAT16, DTYPES, TensorBundle, write_bundle

_FORMAT = "kerastorch-saved-model"
_FILE = "saved_model.json"
_NUMBERS = {name: number for number, name in DTYPES.items()}
_MAX_JSON = 2**28


def write_directory(path, endpoints, extra=None, variables=None):
    """Write traced functions to a folder.

    Args:
        path: The folder.
        endpoints: `Traced` functions by name.
        extra: Anything else for the description, as JSON.
        variables: More tensors by name.
    """
    path = os.fspath(path)
    functions, tensors = {}, dict(variables or {})
    shared = {t.untyped_storage().data_ptr(): name for name, t in tensors.items()}
    for name, traced in endpoints.items():
        description, held = encode(traced)
        for key, tensor in held.items():
            place = tensor.untyped_storage().data_ptr()
            full = shared.setdefault(place, f"{name}/{key}") if place else f"{name}/{key}"
            tensors.setdefault(full, tensor)
            description["held"] = {n: full if k == key else k for n, k in description["held"].items()}
        functions[name] = description
    os.makedirs(os.path.join(path, "variables"), exist_ok=True)
    os.makedirs(os.path.join(path, "assets"), exist_ok=True)
    write_bundle(os.path.join(path, "variables", "variables"), {n: _array(t) for n, t in tensors.items()})
    document = {"format": _FORMAT, "version": 1, "functions": functions, **(extra or {})}
    final = os.path.join(path, _FILE)
    temporary = f"{final}.tmp{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, final)


def is_directory(path):
    """Whether a folder holds exported functions."""
    return os.path.isfile(os.path.join(os.fspath(path), _FILE))


def read_directory(path):
    """Return (the description, the tensors by name) of a folder.

    Raises:
        OSError: if there is no such folder.
        ValueError: if it is not one that `write_directory` wrote.
    """
    path = os.fspath(path)
    if not is_directory(path):
        if os.path.isfile(os.path.join(path, "saved_model.pb")):
            raise OSError(
                f"{path!r} was written by TensorFlow: its graph of TensorFlow's kernels cannot run here. Save the "
                "model there as `.keras` or `.h5`, or only its weights, and load that. The variables alone can be read "
                f"with tf.train.load_checkpoint({os.path.join(path, 'variables', 'variables')!r})."
            )
        raise OSError(f"SavedModel file does not exist at: {path}/{{saved_model.json}}")
    file = os.path.join(path, _FILE)
    if os.path.getsize(file) > _MAX_JSON:
        raise ValueError(f"{file!r} is larger than {_MAX_JSON} bytes.")
    with open(file, encoding="utf-8") as stream:
        document = json.load(stream)
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise ValueError(f"{file!r} does not describe exported functions.")
    bundle = TensorBundle(os.path.join(path, "variables", "variables"))
    return document, {name: _tensor(bundle.dtype(name), bundle.read(name)) for name in bundle}


def read_functions(document, tensors):
    """Return the `Program`s of a folder by name."""
    functions = document.get("functions")
    if not isinstance(functions, dict):
        raise ValueError("The description names no functions.")
    return {name: Program(description, tensors) for name, description in functions.items()}


def _array(tensor):
    raw = tensor.detach().cpu()
    if raw.dtype == torch.bfloat16:
        return BFLOAT16, raw.contiguous().view(torch.int16).numpy().view(np.uint16)
    array = raw.resolve_conj().numpy()
    if array.dtype.name not in _NUMBERS:
        raise ValueError(f"A tensor of dtype {raw.dtype} cannot be stored.")
    return _NUMBERS[array.dtype.name], array


def _tensor(number, array):
    if array.dtype == object:
        return array
    tensor = (
        torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
        if number == BFLOAT16
        else torch.from_numpy(array)
    )
    return tensor.to(settings.default_device())


def read_for_layer(path, hold):
    """Return the `Program`s of a folder by name, over the tensors that `hold(name, tensor)` returns."""
    document, tensors = read_directory(path)
    held = {name: hold(name, tensor) for name, tensor in tensors.items() if isinstance(tensor, torch.Tensor)}
    functions = read_functions(document, {**tensors, **held})
    methods = {
        n: functions[kinds[0]["function"]] for n, kinds in document.get("methods", {}).items() if kinds
    }
    signatures = {n: functions[kind["function"]] for n, kind in document.get("signatures", {}).items()}
    return {**functions, **signatures, **methods}


READERS["saved_model"] = read_for_layer
