"""Attention layers: masks, gradients of self-attention, dropout and errors; the real Keras is the oracle."""

import keras as real
import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch import layers

B, T, S, D = 3, 5, 4, 6
TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


def pair(make):
    """Return what `make` gives for our layers and for Keras's, with the same weights after a call."""
    return make(layers), make(real.layers)


def agree(ours, theirs, call, inputs):
    """Check outputs, masks and gradients; `call` is a function of (layer, inputs)."""
    call(ours, [torch.tensor(x) for x in inputs]), call(theirs, [torch.tensor(x) for x in inputs])
    theirs.set_weights(ours.get_weights())
    results = []
    for layer in (ours, theirs):
        tensors = [torch.tensor(x, requires_grad=x.dtype == np.float32) for x in inputs]
        outputs = call(layer, tensors)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        masks = [getattr(outputs[0], "_keras_mask", None)]  # Keras leaves one on the scores too
        weights = [w if isinstance(w, torch.Tensor) else w.value for w in layer.trainable_weights]
        sources = [x for x in [*tensors, *weights] if x.requires_grad]
        loss = sum((y * torch.arange(y.numel()).reshape(y.shape).cos()).sum() for y in outputs)
        gradients = torch.autograd.grad(loss, sources, allow_unused=True)
        results.append((outputs, masks, [torch.zeros(()) if g is None else g for g in gradients]))
    for ours_all, theirs_all in zip(*results):
        assert len(ours_all) == len(theirs_all)
        for x, y in zip(ours_all, theirs_all):
            assert (x is None) == (y is None)
            if x is not None:
                np.testing.assert_allclose(x.detach().numpy(), y.detach().numpy(), **TOLERANCE)


def draw(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def masked(module, x):
    """Return a tensor with a mask attached, as an Embedding does."""
    return module.layers.Masking(0.0)(x)


def padded(x, lengths):
    x = x.copy()
    for row, length in zip(x, lengths):
        row[length:] = 0
    return x


MULTI_HEAD = {
    "self": {},
    "causal": {"use_causal_mask": True},
    "scores": {"return_attention_scores": True},
    "causal scores": {"use_causal_mask": True, "return_attention_scores": True},
    "mask": {"attention_mask": torch.rand(B, T, T, generator=torch.Generator().manual_seed(0)) > 0.5},
    "mask of heads": {
        "attention_mask": torch.rand(B, 2, T, T, generator=torch.Generator().manual_seed(0)) > 0.5
    },
    "shared mask": {"attention_mask": torch.ones(T, T).tril() > 0},
}


@pytest.mark.parametrize("name", MULTI_HEAD)
def test_self_attention(name):
    ours, theirs = pair(lambda L: L.MultiHeadAttention(2, 4, value_dim=3))
    agree(ours, theirs, lambda layer, x: layer(x[0], x[0], **MULTI_HEAD[name]), draw((B, T, D)))


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "GroupQueryAttention"])
def test_query_key_and_value(kind):
    sizes = (2, 4) if kind == "MultiHeadAttention" else (4, 2, 1)
    ours, theirs = pair(lambda L: getattr(L, kind)(*sizes))
    agree(ours, theirs, lambda layer, x: layer(*x), draw((B, T, D), (B, S, D), (B, S, D)))


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "GroupQueryAttention"])
@pytest.mark.parametrize("which", ["query", "value", "key", "all"])
def test_masks_of_the_inputs_count(kind, which):
    sizes = (2, 4) if kind == "MultiHeadAttention" else (4, 2, 1)
    ours, theirs = pair(lambda L: getattr(L, kind)(*sizes))
    query, value, key = draw((B, T, D), (B, S, D), (B, S, D))
    query, value, key = padded(query, [2, 5, 3]), padded(value, [4, 1, 2]), padded(key, [3, 3, 0])

    def call(layer, x):
        module = keras if layer is ours else real
        chosen = [
            masked(module, tensor) if which in (name, "all") else tensor
            for name, tensor in zip(("query", "value", "key"), x)
        ]
        return layer(*chosen)

    agree(ours, theirs, call, [query, value, key])


def test_masks_of_the_inputs_stay_where_they_are():
    x = masked(keras, torch.tensor(padded(draw((B, T, D))[0], [2, 5, 3])))
    layer = layers.MultiHeadAttention(2, 4)
    outputs = layer(x, x)
    assert torch.equal(outputs._keras_mask, x._keras_mask)
    outputs, scores = layer(x, x, return_attention_scores=True)
    assert torch.equal(outputs._keras_mask, x._keras_mask) and not hasattr(scores, "_keras_mask")


@pytest.mark.parametrize(
    "make",
    [lambda L: L.Attention(), lambda L: L.Attention(True, "concat"), lambda L: L.AdditiveAttention()],
    ids=["dot", "concat", "additive"],
)
@pytest.mark.parametrize("causal", [False, True])
def test_masks_of_attention(make, causal):
    ours, theirs = pair(make)
    query, value = draw((B, T, D), (B, S, D))
    inputs = [padded(query, [2, 5, 3]), padded(value, [4, 1, 2])]

    def call(layer, x):
        module = keras if layer is ours else real
        x = [masked(module, tensor) for tensor in x]
        return layer(x, use_causal_mask=causal, return_attention_scores=True)

    agree(ours, theirs, call, inputs)


def test_attention_with_a_list_of_masks():
    query, value = map(torch.tensor, draw((B, T, D), (B, S, D)))
    mask = [torch.rand(B, T) > 0.3, torch.arange(S) < torch.tensor([[4], [2], [1]])]
    ours = layers.Attention()([query, value], mask=mask)
    theirs = real.layers.Attention()([query, value], mask=mask)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), **TOLERANCE)


@pytest.mark.parametrize("seed", [None, 3])
@pytest.mark.parametrize("masked", [False, True])
def test_dropout_keeps_the_mean(seed, masked):
    layer = layers.MultiHeadAttention(2, 4, dropout=0.4, seed=seed)
    x = torch.tensor(draw((1, T, D))[0]).expand(512, T, D)
    mask = torch.ones(T, T).tril() > 0 if masked else None
    expected = layer(x, x, attention_mask=mask)
    outputs = layer(x, x, attention_mask=mask, training=True)
    assert not torch.allclose(outputs, expected)
    torch.testing.assert_close(outputs.mean(0), expected.mean(0), rtol=0.2, atol=0.1)


def test_dropout_with_a_seed_can_be_repeated():
    x = torch.ones(2, T, D)
    first, second = (layers.Attention(dropout=0.5, seed=1) for _ in range(2))
    torch.testing.assert_close(first([x, x], training=True), second([x, x], training=True))


def test_a_subclass_gets_the_causal_mask():
    seen = []

    class Recording(layers.MultiHeadAttention):
        def _compute_attention(self, query, key, value, attention_mask=None, *args, **kwargs):
            seen.append(attention_mask)
            return super()._compute_attention(query, key, value, attention_mask, *args, **kwargs)

    x = torch.ones(2, T, D)
    Recording(2, 4)(x, x, use_causal_mask=True)
    assert torch.equal(seen[0], torch.ones(1, T, T).tril() > 0)


def test_symbolic_scores_have_the_length_of_the_keys():
    query, value = keras.Input((None, D)), keras.Input((S, D))
    outputs, scores = layers.MultiHeadAttention(2, 4)(query, value, return_attention_scores=True)
    assert outputs.shape == (None, None, D) and scores.shape == (None, 2, None, S)


def test_initializers_with_a_seed_give_each_projection_its_own_copy():
    layer = layers.MultiHeadAttention(2, 4, kernel_initializer=keras.initializers.GlorotUniform(seed=1))
    theirs = real.layers.MultiHeadAttention(2, 4, kernel_initializer=real.initializers.GlorotUniform(seed=1))
    x = torch.ones(1, T, D)
    layer(x, x), theirs(x, x)
    assert [tuple(w.shape) for w in layer.weights] == [tuple(w.shape) for w in theirs.weights]
    assert torch.equal(layer.query_dense.kernel, layer.key_dense.kernel)


x = torch.ones(2, T, D)
ERRORS = {
    "heads": (lambda: layers.MultiHeadAttention(0, 4), r"`num_heads`.*Received: num_heads=0"),
    "key_dim": (lambda: layers.MultiHeadAttention(2, 4.0), r"`key_dim`.*Received: key_dim=4.0"),
    "axes": (lambda: layers.MultiHeadAttention(2, 4, attention_axes="a"), r"Received: attention_axes=a"),
    "window": (lambda: layers.MultiHeadAttention(2, 4, sliding_window=0), r"Received: sliding_window=0"),
    "flash": (lambda: layers.MultiHeadAttention(2, 4, dropout=0.1, flash_attention=True), r"dropout=0.1"),
    "scores": (
        lambda: layers.MultiHeadAttention(2, 4, flash_attention=True)(x, x, return_attention_scores=True),
        r"Returning attention scores is not supported",
    ),
    "key": (
        lambda: layers.MultiHeadAttention(2, 4)(x, x, x[:, :3]),
        r"value_shape=\(2, 5, 6\) and key_shape=\(2, 3, 6\)",
    ),
    "groups": (lambda: layers.GroupQueryAttention(4, 3, 2), r"num_query_heads=3, num_key_value_heads=2"),
    "mode": (lambda: layers.Attention(score_mode="max"), r"Received: score_mode=max"),
    "list": (
        lambda: layers.Attention(name="a")(x),
        r"'a' must be called on a list of inputs of length 2 or 3.*\(2, 5, 6\)",
    ),
    "masks": (lambda: layers.Attention()([x, x], mask=[x]), r"mask must be a list of length 2 or 3"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_is_wrong(name):
    make, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        make()
