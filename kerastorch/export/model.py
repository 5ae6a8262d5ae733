"""`model.export`: a model as a file or folder that others run."""

import os

import torch

from kerastorch.export.archive import ExportArchive, inference, signature_of
from kerastorch.export.tracing import trace
from kerastorch.models.model import FILES

_TORCH_OPTIONS = {
    "strict",
    "dynamic_shapes",
    "preserve_module_call_signature",
    "prefer_deferred_runtime_asserts_over_guards",
}
_ELSEWHERE = {
    "openvino": "OpenVINO converts ONNX files: use format='onnx', then `openvino.convert_model(path)`",
    "litert": "LiteRT's converter takes torch's programs: use format='torch', then `litert_torch`",
}


def export_model(model, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs):
    """Write a model for inference.

    Args:
        model: A built model.
        filepath: Where to: a folder, a `.pt2` file for "torch", a `.onnx` file for "onnx".
        format: "tf_saved_model", a folder of graphs and weights that `tf.saved_model.load` of `compat` and
            `keras.layers.TFSMLayer` read (TensorFlow itself does not); "torch", a program that `torch.export.load`
            reads without this library; "onnx".
        verbose: Whether to say what was written; yes by default.
        input_signature: Specs of the inputs, by default those that the model was built with.
        **kwargs: For `torch.export.export` or `torch.onnx.export`.

    Raises:
        ValueError: for another format, an unbuilt model, or a path without its extension.
        RuntimeError: if the model cannot be traced.
        ImportError: if the format needs a package that is not installed.
    """
    if format in _ELSEWHERE:
        raise ValueError(f"format={format!r} is not written here. {_ELSEWHERE[format]}.")
    if format not in ("tf_saved_model", "torch", "onnx"):
        raise ValueError(f"Unrecognized format={format}. Supported formats are: tf_saved_model, torch, onnx.")
    if not model.built:
        raise ValueError(
            "The layer provided has not yet been built. It must be built before export: call it on data first."
        )
    if input_signature is None:
        input_signature = signature_of(model)
    elif not isinstance(input_signature, (list, tuple)):
        input_signature = [input_signature]
    say = verbose is None or verbose
    path = os.fspath(filepath)
    if format == "torch":
        _export_torch(model, path, input_signature, kwargs)
    elif format == "onnx":
        _export_onnx(model, path, input_signature, kwargs)
    else:
        archive = ExportArchive()
        archive.track(model)
        archive.add_endpoint("serve", model, input_signature)
        archive.write_out(path, verbose=say)
        return
    if say:
        print(f"Saved {'PyTorch ExportedProgram' if format == 'torch' else 'artifact'} at '{path}'.")


def _traced(model, signature, options):
    program = trace(inference(model), [model], signature, flat=False, **options).program
    buffers = set(program.graph_signature.buffers)
    for name, value in program.state_dict.items():  # plain tensors, which load without this library
        plain = value.detach().clone(memory_format=torch.contiguous_format)
        trained = name not in buffers and value.requires_grad
        program.state_dict[name] = (
            plain if name in buffers else torch.nn.Parameter(plain, requires_grad=trained)
        )
    return program


def _export_torch(model, path, signature, options):
    if not path.endswith(".pt2"):
        raise ValueError(f"The PyTorch export requires the filepath to end with '.pt2'. Received: {path}")
    unknown = sorted(set(options) - _TORCH_OPTIONS)
    if unknown:
        raise ValueError(
            f'Unsupported arguments for `format="torch"`: {", ".join(unknown)}. '
            f"Supported arguments are: {', '.join(sorted(_TORCH_OPTIONS))}."
        )
    program = _traced(model, signature, options)
    temporary = f"{path}.tmp{os.getpid()}.pt2"
    try:
        torch.export.save(program, temporary)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def _export_onnx(model, path, signature, options):
    try:
        import onnxscript  # noqa: F401
    except ImportError:
        raise ImportError(
            "format='onnx' needs the packages onnx and onnxscript: install the extra `onnx` of this project."
        ) from None
    program = _traced(model, signature, {})
    written = torch.onnx.export(program, dynamo=True, verbose=False, **options)
    temporary = f"{path}.tmp{os.getpid()}"
    try:
        written.save(temporary)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


FILES["export"] = export_model
