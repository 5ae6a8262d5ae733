"""Every loss against the real Keras on torch: value and gradient, with weights, masks and reductions."""

import keras as oracle
import numpy as np
import pytest
import torch

import kerastorch as keras

RNG = np.random.default_rng(0)
PROBABILITIES = RNG.dirichlet(np.ones(4), size=(6,)).astype("float32")
SEQUENCES = RNG.dirichlet(np.ones(4), size=(3, 5)).astype("float32")
LOGITS = RNG.normal(size=(6, 4)).astype("float32")
NUMBERS = RNG.normal(size=(6, 4)).astype("float32")
BINARY = RNG.integers(0, 2, size=(6, 4)).astype("float32")
LABELS = RNG.integers(0, 4, size=(6,))
ONE_HOT = np.eye(4, dtype="float32")[LABELS]
SIGNS = 2 * BINARY - 1

# Name, arguments, truths, predictions.
LOSSES = [
    ("MeanSquaredError", {}, NUMBERS, LOGITS),
    ("MeanAbsoluteError", {}, NUMBERS, LOGITS),
    ("MeanAbsolutePercentageError", {}, NUMBERS, LOGITS),
    ("MeanSquaredLogarithmicError", {}, PROBABILITIES, PROBABILITIES[::-1].copy()),
    ("Huber", {}, NUMBERS, LOGITS),
    ("Huber", {"delta": 0.3}, NUMBERS, LOGITS),
    ("LogCosh", {}, NUMBERS, LOGITS),
    ("Poisson", {}, BINARY, PROBABILITIES),
    ("CosineSimilarity", {}, NUMBERS, LOGITS),
    ("CosineSimilarity", {"axis": 0}, NUMBERS, LOGITS),
    ("KLDivergence", {}, PROBABILITIES[::-1].copy(), PROBABILITIES),
    ("BinaryCrossentropy", {}, BINARY, PROBABILITIES),
    ("BinaryCrossentropy", {"from_logits": True}, BINARY, LOGITS),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, BINARY, PROBABILITIES),
    ("BinaryFocalCrossentropy", {}, BINARY, PROBABILITIES),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "from_logits": True}, BINARY, LOGITS),
    ("CategoricalCrossentropy", {}, ONE_HOT, PROBABILITIES),
    ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, LOGITS),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, ONE_HOT, PROBABILITIES),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1, "from_logits": True}, ONE_HOT, LOGITS),
    ("CategoricalFocalCrossentropy", {}, ONE_HOT, PROBABILITIES),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "gamma": 1.0}, ONE_HOT, LOGITS),
    ("SparseCategoricalCrossentropy", {}, LABELS, PROBABILITIES),
    ("SparseCategoricalCrossentropy", {}, LABELS[:, None], PROBABILITIES),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS.astype("int32"), LOGITS),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS.astype("uint8"), LOGITS),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS.astype("float32"), LOGITS),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1, "from_logits": True}, LABELS, LOGITS),
    (
        "SparseCategoricalCrossentropy",
        {"ignore_class": -1, "from_logits": True},
        np.where(LABELS == 1, -1, LABELS),
        LOGITS,
    ),
    ("SparseCategoricalCrossentropy", {}, RNG.integers(0, 4, size=(3, 5)), SEQUENCES),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, RNG.integers(0, 4, size=(3, 5)), SEQUENCES),
    ("SparseCategoricalCrossentropy", {"axis": 1}, RNG.integers(0, 5, size=(3, 4)), SEQUENCES),
    (
        "CategoricalCrossentropy",
        {"axis": 1},
        np.swapaxes(np.eye(5, dtype="float32")[RNG.integers(0, 5, size=(3, 4))], 1, 2),
        SEQUENCES,
    ),
    (
        "CategoricalFocalCrossentropy",
        {"axis": 1, "alpha": 0.5},
        np.swapaxes(np.eye(5, dtype="float32")[RNG.integers(0, 5, size=(3, 4))], 1, 2),
        SEQUENCES,
    ),
    ("CategoricalFocalCrossentropy", {"label_smoothing": 0.2}, ONE_HOT, PROBABILITIES),
    ("BinaryCrossentropy", {"axis": 0}, BINARY, PROBABILITIES),
    ("BinaryFocalCrossentropy", {"label_smoothing": 0.2, "gamma": 3.0, "alpha": 0.6}, BINARY, PROBABILITIES),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, LABELS, PROBABILITIES),
    ("Tversky", {"axis": (1,)}, BINARY, PROBABILITIES),
    (
        "Circle",
        {"gamma": 10.0, "margin": 0.2, "remove_diagonal": False},
        LABELS,
        LOGITS / np.linalg.norm(LOGITS, axis=1, keepdims=True),
    ),
    ("CategoricalCrossentropy", {}, np.eye(4, dtype="float32")[RNG.integers(0, 4, size=(3, 5))], SEQUENCES),
    ("CategoricalGeneralizedCrossEntropy", {}, LABELS, PROBABILITIES),
    ("Hinge", {}, SIGNS, LOGITS),
    ("Hinge", {}, BINARY, LOGITS),
    ("SquaredHinge", {}, BINARY, LOGITS),
    ("CategoricalHinge", {}, ONE_HOT, LOGITS),
    ("Dice", {}, BINARY, PROBABILITIES),
    ("Dice", {"axis": (1,)}, BINARY, PROBABILITIES),
    ("Tversky", {"alpha": 0.3, "beta": 0.7}, BINARY, PROBABILITIES),
    ("Circle", {}, LABELS, LOGITS / np.linalg.norm(LOGITS, axis=1, keepdims=True)),
    ("CTC", {}, np.array([[1, 2, 0], [3, 1, 2]]), RNG.normal(size=(2, 8, 4)).astype("float32")),
]
IDS = [f"{name}-{i}" for i, (name, *_) in enumerate(LOSSES)]


def run(library, name, arguments, y_true, y_pred, weight=None, mask=None, **options):
    y_pred = torch.tensor(y_pred, requires_grad=True)
    if mask is not None:
        y_pred._keras_mask = torch.tensor(mask)
        keras.core.call.Seen.masks = True
    loss = getattr(library.losses, name)(**arguments, **options)
    weight = None if weight is None else torch.tensor(weight)
    value = loss(torch.tensor(y_true), y_pred, sample_weight=weight)
    (gradient,) = torch.autograd.grad(value.sum(), y_pred)
    return value.detach(), gradient


def compare(*args, **kwargs):
    torch.manual_seed(0)
    value, gradient = run(keras, *args, **kwargs)
    expected, expected_gradient = run(oracle, *args, **kwargs)
    torch.testing.assert_close(value, expected, rtol=2e-5, atol=1e-6)
    torch.testing.assert_close(gradient, expected_gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "none", "mean_with_sample_weight"])
@pytest.mark.parametrize("name, arguments, y_true, y_pred", LOSSES, ids=IDS)
def test_loss(name, arguments, y_true, y_pred, reduction):
    compare(name, arguments, y_true, y_pred, reduction=reduction)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("name, arguments, y_true, y_pred", LOSSES, ids=IDS)
def test_weighted_loss(name, arguments, y_true, y_pred, reduction):
    samples = 1 if name in ("Dice", "Tversky") else len(y_pred)
    if name in ("Dice", "Tversky") and "axis" in arguments:
        samples = len(y_pred)
    weight = np.linspace(0, 2, samples).astype("float32")
    if y_pred.ndim == 3 and name != "CTC":
        values = np.delete(y_pred.shape, arguments.get("axis", -1))
        weight = np.broadcast_to(weight[:, None], values).copy()
    if name in ("CosineSimilarity", "BinaryCrossentropy") and arguments.get("axis") == 0:
        weight = weight[: y_pred.shape[1]]
    compare(name, arguments, y_true, y_pred, weight=weight, reduction=reduction)


WEIGHTS = {
    "number": np.float32(1.5),
    "samples": np.linspace(0, 2, 6).astype("float32"),
    "column": np.linspace(0, 2, 6).astype("float32")[:, None],
    "integers": np.arange(6),
    "bools": np.arange(6) % 2 == 0,
    "zeros": np.zeros(6, "float32"),
}


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "none", "mean_with_sample_weight"])
@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize(
    "name", ["MeanSquaredError", "BinaryCrossentropy", "CategoricalCrossentropy", "Hinge"]
)
def test_shapes_of_weights(name, weight, reduction):
    compare(name, {}, ONE_HOT, PROBABILITIES, weight=WEIGHTS[weight], reduction=reduction)


@pytest.mark.parametrize("name, arguments, y_true, y_pred", LOSSES, ids=IDS)
def test_half_precision(name, arguments, y_true, y_pred):
    values = []
    for library in (keras, oracle):
        loss = getattr(library.losses, name)(**arguments, dtype="float16")
        try:
            values.append(loss(torch.tensor(y_true), torch.tensor(y_pred)))
        except NotImplementedError:
            pytest.skip("torch has no half precision for it")
    assert values[0].dtype is values[1].dtype is torch.float16
    torch.testing.assert_close(*values, rtol=2e-2, atol=2e-2, equal_nan=True)


MASKED = [
    row
    for row in LOSSES
    if row[0] in ("MeanSquaredError", "BinaryCrossentropy", "KLDivergence", "Hinge") and "axis" not in row[1]
]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("name, arguments, y_true, y_pred", MASKED)
def test_masked_loss(name, arguments, y_true, y_pred, reduction, weighted, monkeypatch):
    monkeypatch.setattr(keras.core.call.Seen, "masks", True)
    weight = np.linspace(0.5, 2, len(y_pred)).astype("float32") if weighted else None
    mask = np.array([True, True, False, True, False, False])
    compare(name, arguments, y_true, y_pred, weight=weight, mask=mask, reduction=reduction)


@pytest.mark.parametrize("name, arguments, y_true, y_pred", LOSSES, ids=IDS)
def test_config_is_that_of_keras_and_round_trips(name, arguments, y_true, y_pred):
    defaults = getattr(keras.losses, name)().get_config()
    assert defaults == getattr(oracle.losses, name)().get_config()
    loss = getattr(keras.losses, name)(**arguments, reduction="sum")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()
    torch.testing.assert_close(
        again(torch.tensor(y_true), torch.tensor(y_pred)), loss(torch.tensor(y_true), torch.tensor(y_pred))
    )
