"""The behaviour of losses beyond their values: names, fused forms, users' own, errors."""

import copy
import pickle

import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch.core.call import Seen

LOGITS = torch.randn(8, 5, generator=torch.Generator().manual_seed(0))
LABELS = torch.tensor([0, 1, 2, 3, 4, 0, 1, 2])
NAMES = [
    ("mse", "mean_squared_error"),
    ("MSE", "mean_squared_error"),
    ("mae", "mean_absolute_error"),
    ("mape", "mean_absolute_percentage_error"),
    ("msle", "mean_squared_logarithmic_error"),
    ("bce", "binary_crossentropy"),
    ("kld", "kl_divergence"),
    ("hinge", "hinge"),
    ("huber", "huber"),
]


@pytest.mark.parametrize("short, name", NAMES)
def test_names(short, name):
    assert keras.losses.get(short) is getattr(keras.losses, name)


def test_unknown_name_suggests_one():
    with pytest.raises(ValueError, match="Did you mean 'mean_squared_error'"):
        keras.losses.get("mean_squared_eror")


FUSED = [
    (keras.losses.SparseCategoricalCrossentropy(from_logits=True), LABELS, LOGITS),
    (keras.losses.SparseCategoricalCrossentropy(), LABELS[:, None], LOGITS.softmax(-1)),
    (keras.losses.CategoricalCrossentropy(from_logits=True), torch.eye(5)[LABELS], LOGITS),
    (keras.losses.CategoricalCrossentropy(label_smoothing=0.1), torch.eye(5)[LABELS], LOGITS.softmax(-1)),
    (keras.losses.BinaryCrossentropy(), torch.eye(5)[LABELS], LOGITS.sigmoid()),
    (keras.losses.BinaryCrossentropy(from_logits=True), torch.eye(5)[LABELS], LOGITS),
    (keras.losses.MeanSquaredError(), torch.eye(5)[LABELS], LOGITS),
    (keras.losses.MeanAbsoluteError(), torch.eye(5)[LABELS].double(), LOGITS),
]


@pytest.mark.parametrize("loss, y_true, y_pred", FUSED, ids=lambda x: getattr(x, "name", ""))
def test_fused_form_equals_the_general_one(loss, y_true, y_pred):
    general = loss(y_true, y_pred, sample_weight=torch.ones(8))
    assert loss._fused(y_true, y_pred) is not None
    torch.testing.assert_close(loss(y_true, y_pred), general)


def test_probabilities_are_clipped_as_on_tensorflow():
    p = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    value = keras.losses.SparseCategoricalCrossentropy(reduction="none")(torch.tensor([1, 1]), p)
    torch.testing.assert_close(value, torch.tensor([16.118095, 1.1920929e-07]), rtol=1e-5, atol=1e-7)
    binary = keras.losses.binary_crossentropy(torch.tensor([[1.0]]), torch.tensor([[0.0]]))
    torch.testing.assert_close(binary, torch.tensor([16.118095]), rtol=1e-5, atol=0)


class MeanCube(keras.losses.Loss):
    """A loss of the user's."""

    def call(self, y_true, y_pred):
        assert y_true.dtype == y_pred.dtype == torch.float32
        return ((y_true - y_pred) ** 3).mean(-1)


def test_users_loss():
    assert float(MeanCube()([[1, 2]], np.array([[0.0, 0.0]]))) == 4.5
    assert (
        float(MeanCube(reduction="sum")([[1, 2], [1, 2]], np.zeros((2, 2)), sample_weight=[1.0, 0.0])) == 4.5
    )
    assert MeanCube().name.startswith("mean_cube")


def test_integer_predictions_become_floats():
    assert keras.losses.mean_squared_error([1, 2], [1, 4]).dtype == torch.float32


def test_mask_counts_only_what_is_left(monkeypatch):
    monkeypatch.setattr(Seen, "masks", True)
    y_pred = torch.tensor([[1.0], [2.0], [9.0]])
    y_pred._keras_mask = torch.tensor([True, True, False])
    assert float(keras.losses.MeanSquaredError()(torch.zeros(3, 1), y_pred)) == 2.5


@pytest.mark.parametrize(
    "clone", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "pickle"]
)
@pytest.mark.parametrize("loss, y_true, y_pred", FUSED, ids=lambda x: getattr(x, "name", ""))
def test_copies(loss, y_true, y_pred, clone):
    assert torch.equal(clone(loss)(y_true, y_pred), loss(y_true, y_pred))


ERRORS = [
    (
        lambda: keras.losses.MeanSquaredError()(torch.zeros(4, 3), torch.zeros(4, 2)),
        r"y_true.shape=\(4, 3\), y_pred.shape=\(4, 2\)",
    ),
    (
        lambda: keras.losses.CategoricalCrossentropy()(LABELS, LOGITS),
        r"y_true.shape=\(8,\).*sparse categorical crossentropy",
    ),
    (
        lambda: keras.losses.SparseCategoricalCrossentropy()(torch.eye(5)[LABELS], LOGITS),
        r"y_true.shape=\(8, 5\), y_pred.shape=\(8, 5\). For one-hot labels use the categorical crossentropy",
    ),
    (
        lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True)(LABELS + 1, LOGITS),
        r"\[0, 5\).*label value of 5, and 1 of 8",
    ),
    (
        lambda: keras.losses.SparseCategoricalCrossentropy()(LABELS - 1, LOGITS.softmax(-1)),
        r"label value of -1, and 2 of 8",
    ),
    (
        lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True)(LABELS * 0 - 100, LOGITS),
        r"label value of -100, and 8 of 8",
    ),
    (lambda: keras.losses.MeanSquaredError(reduction="average"), "Received: reduction=average"),
    (
        lambda: keras.losses.MeanSquaredError()(
            torch.zeros(4, 3), torch.zeros(4, 3), sample_weight=torch.ones(3)
        ),
        r"sample_weight.shape=\(3,\)",
    ),
]


@pytest.mark.parametrize("call, message", ERRORS)
def test_errors_name_rule_and_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_one_column_of_classes_is_warned_of():
    with pytest.warns(SyntaxWarning, match="binary_crossentropy"):
        keras.losses.categorical_crossentropy(torch.ones(2, 1), torch.ones(2, 1))


@pytest.mark.parametrize(
    "short, full",
    [
        ("mae", "mean_absolute_error"),
        ("MAPE", "mean_absolute_percentage_error"),
        ("mse", "mean_squared_error"),
        ("MSLE", "mean_squared_logarithmic_error"),
        ("kld", "kl_divergence"),
        ("kullback_leibler_divergence", "kl_divergence"),
        ("logcosh", "log_cosh"),
    ],
)
def test_short_names_of_tensorflow(short, full):
    assert getattr(keras.losses, short) is getattr(keras.losses, full) is getattr(keras.metrics, short)


def test_reductions_have_names():
    loss = keras.losses.MeanSquaredError(reduction=keras.losses.Reduction.SUM)
    assert loss([[1.0], [2.0]], [[0.0], [0.0]]).item() == 5
    with pytest.raises(ValueError, match="Received: key='max'"):
        keras.losses.Reduction.validate("max")
