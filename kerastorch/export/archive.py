"""`keras.export.ExportArchive`: functions of a model, written out for others to run.

https://keras.io/api/models/model_saving_apis/export/
"""

import inspect
import os

import torch

from kerastorch.core import tree
from kerastorch.core.edge import call_user
from kerastorch.core.layer import Layer
from kerastorch.core.variable import Variable
from kerastorch.export.directory import write_directory
from kerastorch.export.tracing import Spec, trace

_FORMATS = ("saved_model", "tf_saved_model", "torch", "onnx")


class ExportArchive:
    """Collects functions, with the layers that they use, and writes them out.

    The folder that `write_out` makes holds graphs of torch operations and their weights; `tf.saved_model.load` of
    `compat` and `keras.layers.TFSMLayer` read it. TensorFlow itself does not: its kernels are others.

    Args:
        format: "saved_model".

    >>> import os, tempfile
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> archive = keras.export.ExportArchive()
    >>> archive.track(model)
    >>> _ = archive.add_endpoint("serve", model.call, input_signature=[keras.InputSpec(shape=(None, 3))])
    >>> archive.write_out(os.path.join(tempfile.mkdtemp(), "model"), verbose=False)
    """

    def __init__(self, format="saved_model", **kwargs):
        if format not in _FORMATS:
            raise ValueError(
                f"`format` must be one of {', '.join(map(repr, _FORMATS))}. Received: format={format!r}"
            )
        self.format, self._resources, self._endpoints, self._variables = format, [], {}, {}

    @property
    def variables(self):
        """The variables of the tracked layers."""
        return [v for r in self._resources if hasattr(r, "variables") for v in r.variables]

    @property
    def trainable_variables(self):
        """The trainable variables of the tracked layers."""
        return [v for v in self.variables if v.trainable]

    @property
    def non_trainable_variables(self):
        """The other variables of the tracked layers."""
        return [v for v in self.variables if not v.trainable]

    def track(self, resource):
        """Add a layer, model or module whose weights the functions use. Raises ValueError if it is not built."""
        if isinstance(resource, Layer) and not resource.built:
            raise ValueError(
                f"The layer provided has not yet been built. It must be built before export. Received: {resource.name}"
            )
        if not isinstance(resource, torch.nn.Module):
            raise ValueError(f"Only layers, models and modules can be tracked. Received: {resource!r}")
        if all(resource is not known for known in self._resources):
            self._resources.append(resource)

    def add_endpoint(self, name, fn, input_signature=None, **kwargs):
        """Add a function.

        Args:
            name: Its name.
            fn: A function over tensors, of the tracked layers.
            input_signature: Specs of its arguments: `InputSpec`s, `KerasTensor`s, `tf.TensorSpec`s, or nested ones.

        Returns:
            The function.
        """
        if name in self._endpoints:
            raise ValueError(f"Endpoint name '{name}' is already taken.")
        if input_signature is None:
            owner = getattr(fn, "__self__", fn)
            input_signature = signature_of(owner) if isinstance(owner, Layer) else None
        if input_signature is None:
            raise ValueError(
                "`input_signature` must be given for a function that was not called as a tf.function. "
                f"Received: fn={fn!r}, input_signature=None"
            )
        signature = input_signature if isinstance(input_signature, (list, tuple)) else [input_signature]
        owner = getattr(fn, "__self__", None)
        resources = [*self._resources, *([owner] if isinstance(owner, torch.nn.Module) else [])]
        self._endpoints[name] = trace(inference(fn), resources, signature)
        return fn

    def track_and_add_endpoint(self, name, resource, input_signature, **kwargs):
        """Track a layer and add its call as a function."""
        self.track(resource)
        return self.add_endpoint(name, resource, input_signature, **kwargs)

    def add_variable_collection(self, name, variables):
        """Add variables under a name, which whoever loads the functions can ask for."""
        if not isinstance(variables, (list, tuple, set)):
            raise ValueError(
                f"Expected `variables` to be a list/tuple/set. Received instead object of type '{type(variables)}'."
            )
        for variable in variables:
            if not isinstance(variable, Variable):
                raise ValueError(
                    "Expected all elements in `variables` to be variables. Found instead the following types: "
                    f"{sorted({type(v).__name__ for v in variables})}"
                )
        self._variables[name] = list(variables)

    def write_out(self, filepath, options=None, verbose=True):
        """Write the functions to a folder. Raises ValueError if there are none."""
        if not self._endpoints:
            raise ValueError("No endpoints have been set yet. Call add_endpoint().")
        if self.format in ("torch", "onnx"):
            raise ValueError(
                f'An archive of format {self.format!r} is written by `model.export(path, format="{self.format}")`.'
            )
        tensors = {
            f"{name}/{i}": v.detach() for name, vs in self._variables.items() for i, v in enumerate(vs)
        }
        collections = {name: [f"{name}/{i}" for i in range(len(vs))] for name, vs in self._variables.items()}
        write_directory(filepath, self._endpoints, {"collections": collections}, tensors)
        if verbose:
            names = "\n".join(f"* Endpoint '{name}'" for name in self._endpoints)
            print(
                f"Saved artifact at '{os.fspath(filepath)}'. The following endpoints are available:\n\n{names}\n"
            )


def inference(fn):
    """The function as it is called for inference: on what its author computes with, layers not training."""
    target = fn if isinstance(fn, Layer) else getattr(fn, "__self__", None)
    bound = getattr(target, "call", None)
    if isinstance(target, Layer) and (fn is target or fn == bound):
        takes_training = "training" in inspect.signature(target.call).parameters
        options = {"training": False} if takes_training else {}
        return lambda *args: target(*args, **options)
    return lambda *args: call_user(fn, *args)


def signature_of(layer):
    """Return the arguments of a built layer as specs, None if they are not known."""
    inputs = getattr(layer, "input", None) if layer.built and hasattr(layer, "inputs") else None
    if inputs is not None:
        return [tree.map_structure(Spec.of, inputs)]
    shapes = getattr(layer, "_build_shapes", None)
    return [_specs(shape, layer.compute_dtype) for shape in shapes.values()] if shapes else None


def _specs(shape, dtype):
    if isinstance(shape, dict):
        return {key: _specs(part, dtype) for key, part in shape.items()}
    if shape and isinstance(shape[0], (list, tuple)):
        return type(shape)(_specs(part, dtype) for part in shape)
    return Spec((None, *shape[1:]), dtype)
