"""Exported models give what the model gives: from a folder, from torch's own file, from ONNX."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch import layers
from kerastorch.export.directory import read_directory, read_functions
from kerastorch.export.graph import Program


def mlp():
    return keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(4, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(2, activation="softmax"),
        ]
    )


def convnet():
    x = keras.Input((12, 12, 3))
    y = layers.Conv2D(4, 3, padding="same", strides=2)(x)
    y = layers.DepthwiseConv2D(3)(y)
    return keras.Model(x, layers.Dense(2)(layers.Flatten()(layers.MaxPooling2D()(y))))


def recurrent():
    return keras.Sequential(
        [
            keras.Input((7, 3)),
            layers.Bidirectional(layers.GRU(4, return_sequences=True)),
            layers.LSTM(5, return_sequences=True),
            layers.GlobalAveragePooling1D(),
        ]
    )


def attention():
    x = keras.Input((None, 8))
    y = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 4)(x, x))
    return keras.Model(x, layers.GlobalMaxPooling1D()(y))


def two_inputs():
    a, b = keras.Input((3,)), keras.Input((3,))
    return keras.Model([a, b], [layers.Dense(2)(keras.ops.concatenate([a * 2, b], -1)), a - b])


def texts():
    return keras.Sequential([keras.Input((5,), dtype="int32"), layers.Embedding(9, 4), layers.Flatten()])


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, x, training=False):
        y = self.dense(x)
        return {"y": keras.ops.relu(y), "mean": keras.ops.mean(x, axis=-1, keepdims=True)}


def subclassed():
    model = Subclassed()
    model(torch.zeros(1, 4))
    return model


MODELS = {
    "mlp": (mlp, [(3,)]),
    "convnet": (convnet, [(12, 12, 3)]),
    "recurrent": (recurrent, [(7, 3)]),
    "attention": (attention, [(6, 8)]),
    "two_inputs": (two_inputs, [(3,), (3,)]),
    "texts": (texts, [(5,)]),
    "subclassed": (subclassed, [(4,)]),
}


def data(shapes, integers=False, batch=6):
    generator = torch.Generator().manual_seed(0)
    if integers:
        return [
            torch.randint(0, 9, (batch, *shape), generator=generator, dtype=torch.int32) for shape in shapes
        ]
    return [torch.rand(batch, *shape, generator=generator) for shape in shapes]


def outputs(model, tensors):
    return keras.tree.flatten(model(tensors[0] if len(tensors) == 1 else tensors, training=False))


@pytest.mark.parametrize("name", MODELS)
def test_a_folder_gives_what_the_model_gives(name, tmp_path):
    make, shapes = MODELS[name]
    model, tensors = make(), data(shapes, name == "texts")
    model.export(str(tmp_path / "model"), verbose=False)
    functions = read_functions(*read_directory(tmp_path / "model"))
    for ours, theirs in zip(functions["serve"](*tensors), outputs(model, tensors), strict=True):
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-5, atol=1e-6)


LOAD = """
import sys, numpy as np, torch, warnings
warnings.simplefilter("ignore")
for name in sys.argv[1:]:
    held = np.load(name + ".npz")
    inputs = [torch.from_numpy(held[key]) for key in held.files]
    result = torch.export.load(name + ".pt2").module()(inputs[0] if len(inputs) == 1 else inputs)
    flat = list(result.values()) if isinstance(result, dict) else result
    flat = flat if isinstance(flat, (list, tuple)) else [flat]
    np.savez(name + "_out.npz", *[part.detach().numpy() for part in flat])
assert "kerastorch" not in sys.modules
"""


def test_torchs_file_is_read_without_this_library(tmp_path):
    wanted = {}
    for name, (make, shapes) in MODELS.items():
        model, tensors = make(), data(shapes, name == "texts")
        path = str(tmp_path / name)
        model.export(path + ".pt2", format="torch", verbose=False)
        np.savez(path + ".npz", *[tensor.numpy() for tensor in tensors])
        result = model(tensors[0] if len(tensors) == 1 else tensors, training=False)
        wanted[path] = list(result.values()) if isinstance(result, dict) else keras.tree.flatten(result)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    subprocess.run([sys.executable, "-c", LOAD, *wanted], check=True, cwd=tmp_path, env=environment)
    for path, expected in wanted.items():
        held = np.load(path + "_out.npz")
        for key, tensor in zip(held.files, expected, strict=True):
            np.testing.assert_allclose(held[key], tensor.detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["mlp", "convnet", "recurrent", "two_inputs"])
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_onnx_gives_what_the_model_gives(name, tmp_path):
    pytest.importorskip("onnxscript")
    runtime = pytest.importorskip("onnxruntime")
    make, shapes = MODELS[name]
    model, tensors = make(), data(shapes)
    path = str(tmp_path / "model.onnx")
    model.export(path, format="onnx", verbose=False)
    session = runtime.InferenceSession(path)
    names = [given.name for given in session.get_inputs()]
    results = session.run(None, {n: tensor.numpy() for n, tensor in zip(names, tensors)})
    for ours, theirs in zip(results, outputs(model, tensors), strict=True):
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-4, atol=1e-5)


def test_an_archive_holds_functions_of_a_users_own(tmp_path):
    model = mlp()
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("logits", lambda x: model(x) * 2, [keras.InputSpec(shape=(None, 3))])
    archive.add_endpoint("pair", lambda d: (d["a"] + 1, [d["b"]]), [{"a": (None,), "b": (2,)}])
    archive.add_variable_collection("kernels", [model.layers[0].kernel])
    archive.write_out(tmp_path / "model", verbose=False)
    document, tensors = read_directory(tmp_path / "model")
    functions = read_functions(document, tensors)
    x = torch.rand(4, 3)
    torch.testing.assert_close(functions["logits"](x)[0], (model(x) * 2).detach())
    a, b = functions["pair"](torch.ones(3), torch.zeros(2))
    assert a.tolist() == [2, 2, 2] and b.tolist() == [0, 0]
    name = document["collections"]["kernels"][0]
    torch.testing.assert_close(tensors[name], model.layers[0].kernel.detach())


class Branching(keras.Model):
    def call(self, x):
        return x * 2 if x.sum() > 0 else x


def branching():
    model = Branching()
    model(torch.ones(2, 3))
    return model


ERRORS = [
    (lambda p: keras.Sequential([layers.Dense(2)]).export(p), ValueError, "not yet been built"),
    (lambda p: mlp().export(p, format="h5"), ValueError, "Unrecognized format=h5"),
    (lambda p: mlp().export(p, format="litert"), ValueError, "format='torch'"),
    (lambda p: mlp().export(p, format="torch"), ValueError, "'.pt2'"),
    (lambda p: mlp().export(p + ".pt2", format="torch", opset=3), ValueError, "Unsupported arguments"),
    (
        lambda p: branching().export(p),
        RuntimeError,
        "cannot be exported for inputs of shape",
    ),
    (lambda p: keras.export.ExportArchive().write_out(p), ValueError, "No endpoints"),
    (lambda p: keras.export.ExportArchive().add_endpoint("f", abs), ValueError, "input_signature"),
    (lambda p: keras.export.ExportArchive().track(layers.Dense(1)), ValueError, "not yet been built"),
    (lambda p: keras.export.ExportArchive(format="x"), ValueError, "must be one of"),
    (lambda p: read_directory(p), OSError, "does not exist"),
]


@pytest.mark.parametrize("call, error, words", ERRORS)
def test_errors_say_what_to_do(call, error, words, tmp_path):
    with pytest.raises(error, match=words):
        call(str(tmp_path / "model"))


HOSTILE = [
    ["x", "aten.from_file.default", ["/etc/passwd", None, 10], {"dict": {}}],
    ["x", "os.system", ["true"], {"dict": {}}],
    ["x", "aten.__class__.default", [], {"dict": {}}],
    ["x", "prim.Print.default", [], {"dict": {}}],
    ["x", "eval", ["1"], {"dict": {}}],
]


@pytest.mark.parametrize("step", HOSTILE, ids=lambda step: step[1])
def test_a_folder_can_name_torchs_operations_only(step, tmp_path):
    mlp().export(tmp_path / "model", verbose=False)
    path = tmp_path / "model" / "saved_model.json"
    document = json.loads(path.read_text())
    document["functions"]["serve"]["nodes"].insert(0, step)
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match="damaged"):
        read_functions(*read_directory(tmp_path / "model"))


def test_values_are_freed_after_their_last_use():
    nodes = [["a", "aten.mul.Tensor", [{"node": "x"}, 2], {"dict": {}}]]
    nodes.append(["b", "aten.add.Tensor", [{"node": "a"}, 1], {"dict": {}}])
    spec = {"node": "x", "name": "x", "shape": [None], "dtype": "float32"}
    description = {"inputs": [spec], "arguments": 0, "results": 0, "held": {}, "nodes": nodes}
    program = Program({**description, "outputs": [{"node": "b"}]}, {})
    assert program(torch.ones(2))[0].tolist() == [3, 3]
    assert program._dead == [{"x"}, {"a"}]
