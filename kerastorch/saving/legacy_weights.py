"""Weights in the HDF5 layout of Keras 1 and 2: a group for each layer, and the names of its weights beside it."""

import contextlib
import warnings

import numpy as np

from kerastorch.core.edge import to_numpy
from kerastorch.saving.store import h5, safe_dataset, safe_group

_HEADER_LIMIT = 64512  # bytes that one attribute may have in HDF5
_VERSION, _BACKEND = b"3.15.1", b"torch"  # whose layout is written


def layer_weights(layer):
    """Return the weights of a layer in the order of the files: trainable ones first."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def top_level_weights(model):
    """Return the weights that a model has itself, outside of its layers."""
    own = {id(w) for w in model._saved_variables()}
    return [w for w in layer_weights(model) if id(w) in own]


def write_weights(group, model):
    """Write the weights of a model, layer by layer."""
    write_names(group, "layer_names", [layer.name for layer in model.layers])
    group.attrs["backend"], group.attrs["keras_version"] = _BACKEND, _VERSION
    for layer in sorted(model.layers, key=lambda layer: layer.name):
        write_values(group.create_group(layer.name), layer_weights(layer))
    write_values(group.create_group("top_level_model_weights"), top_level_weights(model))


def write_values(group, variables):
    """Write variables under their paths, and the list of the paths."""
    names = [getattr(v, "path", None) or v.name for v in variables]
    write_names(group, "weight_names", names)
    for name, variable in zip(names, variables):
        group.create_dataset(name, data=to_numpy(variable))


def write_names(group, key, names):
    """Write a list of names as an attribute, or as several where one cannot hold it."""
    names = [name.encode("utf-8") for name in names]
    longest = max(map(len, names), default=0)
    if longest > _HEADER_LIMIT:
        raise ValueError(
            f"An HDF5 file cannot hold a name of more than {_HEADER_LIMIT} bytes. Received: {longest}"
        )
    at_once = max(_HEADER_LIMIT // max(longest, 1), 1)
    if len(names) <= at_once:
        group.attrs[key] = names
        return
    for part, start in enumerate(range(0, len(names), at_once)):
        group.attrs[f"{key}{part}"] = names[start : start + at_once]


def read_names(group, key):
    """Return a list of names that `write_names` wrote."""
    if key in group.attrs:
        return [_text(name) for name in group.attrs[key]]
    names, part = [], 0
    while f"{key}{part}" in group.attrs:
        names += [_text(name) for name in group.attrs[f"{key}{part}"]]
        part += 1
    return names


def _text(name):
    return name.decode("utf-8") if isinstance(name, bytes) else str(name)


def read_values(group):
    """Return the arrays in a group, in the order in which they are listed."""
    return [_read_path(group, name) for name in read_names(group, "weight_names")]


def _read_path(group, name):
    folder, _, last = name.rpartition("/")
    inner = safe_group(group, folder) if folder else group
    if inner is None or last not in inner:
        raise ValueError(f"The file is damaged: '{name}' is listed in '{group.name}', and is not there.")
    return np.asarray(safe_dataset(inner, last)[()])


def _layer_group(group, name):
    found = safe_group(group, name)
    if found is None:
        raise ValueError(f"The file is damaged: layer '{name}' is listed, and is not there.")
    return found


def load_in_order(group, model, skip_mismatch=False):
    """Load weights into the layers of a model that have any, in the order of both."""
    layers = [layer for layer in model.layers if layer_weights(layer)]
    named = [(name, _layer_group(group, name)) for name in read_names(group, "layer_names")]
    saved = [(name, found) for name, found in named if read_names(found, "weight_names")]
    if len(saved) != len(layers):
        raise ValueError(
            "Layer count mismatch when loading weights from file. "
            f"Model expected {len(layers)} layers, found {len(saved)} saved layers."
        )
    for k, (layer, (name, found)) in enumerate(zip(layers, saved)):
        values, variables = read_values(found), layer_weights(layer)
        if len(values) != len(variables):
            raise ValueError(
                f"Weight count mismatch for layer #{k} (named {layer.name} in the current model, {name} in the save "
                f"file). Layer expects {len(variables)} weight(s). Received {len(values)} saved weight(s)"
            )
        _assign(variables, values, f"layer #{k} (named {layer.name})", skip_mismatch)
    _load_top_level(group, model, skip_mismatch, count_may_differ=False)


def load_by_name(group, model, skip_mismatch=False):
    """Load weights into the layers that have the names in the file; others are left as they are."""
    index = {}
    for layer in model.layers:
        index.setdefault(layer.name, []).append(layer)
    for k, name in enumerate(read_names(group, "layer_names")):
        values = read_values(_layer_group(group, name)) if name in index else []
        for layer in index.get(name, ()):
            variables = layer_weights(layer)
            if len(values) == len(variables):
                _assign(variables, values, f"layer #{k} (named {layer.name})", skip_mismatch)
                continue
            message = (
                f"for layer #{k} (named {layer.name}). Layer expects {len(variables)} weight(s). "
                f"Received {len(values)} saved weight(s)"
            )
            if not skip_mismatch:
                raise ValueError(f"Weight count mismatch {message}")
            warnings.warn(
                f"Skipping loading of weights due to mismatch in number of weights {message}", stacklevel=4
            )
    _load_top_level(group, model, skip_mismatch, count_may_differ=skip_mismatch)


def _load_top_level(group, model, skip_mismatch, count_may_differ):
    if "top_level_model_weights" not in group:
        return
    values = read_values(_layer_group(group, "top_level_model_weights"))
    variables = top_level_weights(model)
    if len(values) != len(variables):
        message = (
            f"Weight count mismatch for top-level weights of the model. It expects {len(variables)} top-level "
            f"weight(s). Received {len(values)} saved top-level weight(s)"
        )
        if not count_may_differ:
            raise ValueError(message)
        warnings.warn(f"Skipping loading. {message}", stacklevel=4)
        return
    _assign(variables, values, "top-level model", skip_mismatch)


def _assign(variables, values, where, skip_mismatch):
    for variable, value in zip(variables, values):
        if tuple(variable.shape) == value.shape:
            variable.assign(value)
            continue
        message = (
            f"in {where} for weight {getattr(variable, 'path', variable.name)}. Weight expects shape "
            f"{tuple(variable.shape)}. Received saved weight with shape {value.shape}"
        )
        if not skip_mismatch:
            raise ValueError(f"Shape mismatch {message}")
        warnings.warn(f"Skipping loading weights due to mismatch in shape {message}", stacklevel=5)


def load_file(model, filepath, by_name=False, skip_mismatch=False):
    """Load the weights in an `.h5` file of weights or of a whole model."""
    with open_h5(filepath) as file:
        group = file
        if "layer_names" not in file.attrs and "layer_names0" not in file.attrs:
            group = safe_group(file, "model_weights")
            if group is None:
                raise ValueError(
                    f"'{filepath}' has no weights in Keras's old layout: it has neither a list of layers nor a group "
                    "'model_weights'."
                )
        (load_by_name if by_name else load_in_order)(group, model, skip_mismatch)


@contextlib.contextmanager
def open_h5(filepath):
    """Context that gives an HDF5 file, open for reading; one that is open already stays so."""
    if isinstance(filepath, h5().File):
        yield filepath
        return
    try:
        file = h5().File(filepath, "r")
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no file of weights at '{filepath}'.") from None
    except OSError as error:
        raise OSError(f"'{filepath}' is no HDF5 file, or it is damaged: {error}") from error
    with file:
        yield file
