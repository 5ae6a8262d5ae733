"""What holds for every layer. The rows are in layer_cases.py; the oracle is the real Keras."""

import copy
import inspect
import json
import pickle

import keras as real
import numpy as np
import pytest
import torch

from kerastorch import layers
from kerastorch.core.keras_tensor import KerasTensor
from kerastorch.core.layer import Layer
from tests.contracts.data_cases import TEXT
from tests.contracts.layer_cases import CASES

WITHOUT_CASE = {
    *("Layer", "InputLayer", "Wrapper", "LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells"),
    *("JaxLayer", "FlaxLayer", "TFSMLayer"),  # tests/layers/test_foreign.py
    *TEXT,  # tests/layers/preprocessing
}
every = pytest.mark.parametrize("case", CASES, ids=[f"{i}-{c.name}" for i, c in enumerate(CASES)])
TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


def flat(values):
    if isinstance(values, dict):
        values = list(values.values())
    return list(values) if isinstance(values, (list, tuple)) else [values]


def as_tensors(arrays, grad=False):
    def convert(x):
        tensor = torch.tensor(x)
        return tensor.requires_grad_() if grad and tensor.is_floating_point() else tensor

    return [convert(x) for x in arrays] if isinstance(arrays, list) else convert(arrays)


def plain(config):
    """Return a config as JSON holds it, floats to seven digits: Keras passes some of them through float32."""
    return json.loads(json.dumps(config), parse_float=lambda text: float(f"{float(text):.7g}"))


def numpy(x):
    return x.detach().float().numpy() if x.dtype == torch.bfloat16 else x.detach().numpy()


def assert_equal(ours, theirs, **tolerance):
    assert len(flat(ours)) == len(flat(theirs))
    for a, b in zip(flat(ours), flat(theirs)):
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_allclose(numpy(a), numpy(b), **tolerance)


def pair(case, **options):
    """Return our layer and Keras's, built, with the same weights, and the input."""
    ours, theirs = case.make(layers), case.make(real.layers)
    inputs = case.inputs()
    ours(as_tensors(inputs), **case.call)
    theirs(as_tensors(inputs), **case.call)
    rng = np.random.default_rng(1)
    weights = [w + 0.1 * rng.normal(size=w.shape) if w.dtype.kind == "f" else w for w in ours.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs, inputs


def test_every_layer_has_a_case():
    public = {
        getattr(cls, "keras_name", cls.__name__)
        for cls in vars(layers).values()
        if inspect.isclass(cls) and issubclass(cls, Layer)
    }
    assert public - WITHOUT_CASE == {case.name for case in CASES}


@pytest.mark.parametrize("name", sorted({case.name for case in CASES}))
def test_signature_is_keras(name):
    def parameters(cls):
        return [
            (p.name, p.default, p.kind.name)
            for p in list(inspect.signature(cls.__init__).parameters.values())[1:]
        ]

    assert parameters(getattr(layers, name)) == parameters(getattr(real.layers, name))


@every
def test_symbolic_shape_is_eager_shape(case):
    inputs = case.inputs()
    eager = case.make(layers)(as_tensors(inputs), **case.call)

    def symbol(x):
        return KerasTensor((None, *x.shape[1:]), dtype=x.dtype.name)

    symbols = [symbol(x) for x in inputs] if isinstance(inputs, list) else symbol(inputs)
    outputs = case.make(layers)(symbols, **case.call)
    for x, y in zip(flat(eager), flat(outputs)):
        assert y.shape[1:] == tuple(x.shape[1:]) and y.dtype == str(x.dtype).removeprefix("torch.")
    if case.symbolic:
        their_symbols = real.tree.map_structure(lambda s: real.KerasTensor(s.shape, s.dtype), symbols)
        theirs = case.make(real.layers)(their_symbols, **case.call)
        for x, y in zip(flat(outputs), flat(theirs)):
            assert len(x.shape) == len(y.shape) and y.dtype == x.dtype
            assert all(b in (a, None) for a, b in zip(x.shape, y.shape)), (x.shape, y.shape)


@every
def test_output_shape_is_computed_without_data(case):
    if case.call or case.dtype != "float32":
        pytest.skip("needs more than the shape of its input")
    inputs = case.inputs()
    layer = case.make(layers)
    shapes = [x.shape for x in inputs] if isinstance(inputs, list) else inputs.shape
    computed = layer.compute_output_shape(shapes)
    outputs = layer(as_tensors(inputs))
    if isinstance(outputs, torch.Tensor):
        assert computed == tuple(outputs.shape)
    else:
        assert list(computed) == [tuple(y.shape) for y in outputs]


@every
def test_values_and_gradients_are_keras(case):
    if not case.values:
        pytest.skip("compared with recorded values elsewhere")
    ours, theirs, inputs = pair(case)
    assert [w.shape for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    for training in (False,) if case.random else (False, True):
        results = []
        for layer in (ours, theirs):
            x = as_tensors(inputs, grad=True)
            with_training = {"training": training} if training else {}
            y = layer(x, **case.call, **with_training)
            variables = [v if isinstance(v, torch.Tensor) else v.value for v in layer.trainable_weights]
            leaves = [t for t in [*flat(x), *variables] if t.requires_grad]
            targets = [t for t in flat(y) if t.is_floating_point() and t.requires_grad]
            grads = []
            if targets:
                total = sum((t * torch.arange(t.numel()).reshape(t.shape).cos()).sum() for t in targets)
                grads = torch.autograd.grad(total, leaves, allow_unused=True)
            results.append((flat(y), [torch.zeros(()) if g is None else g for g in grads]))
        assert_equal(results[0][0], results[1][0], **TOLERANCE)
        assert_equal(results[0][1], results[1][1], **TOLERANCE)
    for a, b in zip(ours.weights, theirs.weights):
        np.testing.assert_allclose(numpy(a), b.numpy(), err_msg="weights after training", **TOLERANCE)


@every
def test_config_is_keras_and_rebuilds(case):
    if not case.config:
        pytest.skip("Keras on torch cannot make it")
    ours, theirs, _ = pair(case)
    config = ours.get_config()
    if case.config:
        assert plain(config) == plain({**theirs.get_config(), "name": config["name"]})
        assert ours.supports_masking == theirs.supports_masking
        assert [w.name for w in ours.weights] == [w.name for w in theirs.weights]
        assert [w.path.split("/")[1:] for w in ours.weights] == [
            w.path.split("/")[1:] for w in theirs.weights
        ]
    if case.name == "Lambda" or not case.config:
        return
    again = type(ours).from_config(json.loads(json.dumps(config)))
    assert json.dumps(again.get_config()) == json.dumps(config)
    serialized = layers.serialize(ours)
    assert serialized["module"] == "keras.layers" and serialized["class_name"] == case.name
    rebuilt = layers.deserialize(json.loads(json.dumps(serialized)))
    assert [w.shape for w in rebuilt.weights] == [w.shape for w in ours.weights]


@every
def test_copies_compute_the_same(case):
    ours = case.make(layers)
    x = as_tensors(case.inputs())
    ours(x, **case.call)
    expected = ours(x, **case.call)
    other = case.make(layers)
    other(x, **case.call)
    other.load_state_dict(ours.state_dict())
    copies = [copy.deepcopy(ours), other]
    if case.name != "Lambda":
        copies.append(pickle.loads(pickle.dumps(ours)))
    for layer in copies:
        assert_equal(layer(x, **case.call), expected, rtol=1e-6)
        assert [type(w) for w in layer.weights] == [type(w) for w in ours.weights]
        assert [w.name for w in layer.weights] == [w.name for w in ours.weights]


@every
def test_gradient_reaches_every_weight(case):
    layer = case.make(layers)
    outputs = layer(as_tensors(case.inputs()), **case.call)
    if not layer.trainable_weights:
        return
    sum((y * torch.randn_like(y)).sum() for y in flat(outputs) if y.is_floating_point()).backward()
    unreached = [w.name for w in layer.trainable_weights if w.grad is None]
    assert unreached == [] or (case.name == "ReversibleEmbedding" and unreached == ["reverse_embeddings"])


@every
@pytest.mark.parametrize("policy", ["float64", "mixed_bfloat16"])
def test_dtype_policy_is_obeyed(case, policy):
    if not case.half:
        pytest.skip("has one dtype")
    compute, variable = {"float64": ("float64", "float64"), "mixed_bfloat16": ("bfloat16", "float32")}[policy]
    layer = case.make(layers)
    layer = (
        type(layer).from_config({**layer.get_config(), "dtype": policy}) if case.name != "Lambda" else layer
    )
    if case.name == "Lambda":
        layer.dtype_policy = policy
    outputs = layer(as_tensors(case.inputs()), **case.call)
    for y in flat(outputs):
        assert not y.is_floating_point() or str(y.dtype) == f"torch.{compute}"
    weights = [
        w for w in layer.weights if w.is_floating_point() and "lora" not in w.name
    ]  # those are float32
    assert all(str(w.dtype) == f"torch.{variable}" for w in weights)


@every
def test_second_call_and_empty_batch(case):
    layer = case.make(layers)
    x = as_tensors(case.inputs())
    first = layer(x, **case.call)
    assert_equal(layer(x, **case.call), first, rtol=1e-6)


@every
@pytest.mark.parametrize("policy", ["float16", "mixed_bfloat16"])
def test_small_floats_are_keras(case, policy):
    if not case.half or not case.values or case.random or case.name in ("Lambda", "CategoryEncoding"):
        pytest.skip("has one dtype, other values, or none")
    tolerance = {"float16": 4e-3, "mixed_bfloat16": 3e-2}[policy]
    results = []
    for module in (layers, real.layers):
        layer = case.make(module)
        layer = type(layer).from_config({**layer.get_config(), "dtype": policy})
        try:
            layer(as_tensors(case.inputs()), **case.call)
        except (NotImplementedError, TypeError) as error:
            if module is layers:
                raise
            pytest.skip(f"Keras on torch cannot: {error}"[:60])
        if module is layers:
            weights = [np.asarray(w) for w in layer.get_weights()]
        layer.set_weights(weights)
        x = as_tensors(case.inputs(), grad=True)
        outputs = flat(layer(x, **case.call))
        leaves = [t for t in flat(x) if t.requires_grad]
        total = sum(
            (y.float() * torch.arange(y.numel()).reshape(y.shape).cos()).sum()
            for y in outputs
            if y.is_floating_point() and y.requires_grad
        )
        gradients = torch.autograd.grad(total, leaves, allow_unused=True) if leaves else ()
        results.append((outputs, [torch.zeros(()) if g is None else g for g in gradients]))
    for a, b in zip(*(part for part, _ in results)):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a.detach().float(), b.detach().float(), rtol=tolerance, atol=tolerance)
    for a, b in zip(*(part for _, part in results)):
        np.testing.assert_allclose(a.float(), b.float(), rtol=5 * tolerance, atol=5 * tolerance)


def _unknown(case):
    shapes = case.shapes if isinstance(case.shapes, list) else [case.shapes]
    return [tuple(None if 0 < i < len(s) - 1 else n for i, n in enumerate(s)) for s in shapes]


# These need a known size: they make weights of it, or give it back.
KNOWN_SIZES = {"PReLU", "Reshape", "Permute", "ZeroPadding1D", "GroupNormalization", "BatchNormalization"}


@every
def test_unknown_sizes_are_inferred_as_in_keras(case):
    if not case.symbolic or case.call or case.name in KNOWN_SIZES or "channels_first" in str(case.config):
        pytest.skip("needs known sizes")
    results = []
    for package, module in ((None, layers), (real, real.layers)):
        symbol = KerasTensor if package is None else real.KerasTensor
        inputs = [symbol((None, *s[1:]), dtype=case.dtype) for s in _unknown(case)]
        try:
            outputs = case.make(module)(inputs if isinstance(case.shapes, list) else inputs[0])
        except Exception as error:
            outputs = error
        results.append(outputs)
    ours, theirs = results
    if isinstance(theirs, Exception):
        pytest.skip(f"Keras cannot: {theirs}"[:80])
    if isinstance(ours, Exception):
        raise ours
    for x, y in zip(flat(ours), flat(theirs)):
        assert len(x.shape) == len(y.shape) and x.dtype == y.dtype
        assert all(a in (b, None) or b is None for a, b in zip(x.shape, y.shape)), (x.shape, y.shape)
