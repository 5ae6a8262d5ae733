"""Every metric against the real Keras on torch, over sequences of updates."""

import keras as oracle
import numpy as np
import pytest
import torch

import kerastorch as keras

RNG = np.random.default_rng(0)


def batches(make, n=3):
    return [make() for _ in range(n)]


def numbers():
    return RNG.normal(size=(6, 4)).astype("float32"), RNG.normal(size=(6, 4)).astype("float32")


def one_hot():
    labels = np.eye(4, dtype="float32")[RNG.integers(0, 4, size=6)]
    return labels, RNG.dirichlet(np.ones(4), size=6).astype("float32")


def sparse():
    return RNG.integers(0, 4, size=6), RNG.dirichlet(np.ones(4), size=6).astype("float32")


def column():
    return RNG.integers(0, 4, size=(6, 1)).astype("float32"), RNG.dirichlet(np.ones(4), size=6).astype(
        "float32"
    )


def sequence():
    return RNG.integers(0, 4, size=(6, 3)), RNG.dirichlet(np.ones(4), size=(6, 3)).astype("float32")


def binary():
    return RNG.integers(0, 2, size=(6, 1)).astype("float32"), RNG.uniform(size=(6, 1)).astype("float32")


def flat():
    return RNG.integers(0, 2, size=6), RNG.uniform(size=6).astype("float32")


def labels():
    return RNG.integers(0, 2, size=(6, 3)).astype("float32"), RNG.uniform(size=(6, 3)).astype("float32")


def classes():
    return RNG.integers(0, 3, size=6), RNG.integers(0, 3, size=6)


def signs():
    return 2.0 * RNG.integers(0, 2, size=(6, 4)).astype("float32") - 1, RNG.normal(size=(6, 4)).astype(
        "float32"
    )


def distributions():
    return tuple(RNG.dirichlet(np.ones(4), size=6).astype("float32") for _ in range(2))


METRICS = [
    ("Accuracy", {}, classes),
    ("BinaryAccuracy", {}, binary),
    ("BinaryAccuracy", {"threshold": 0.3}, labels),
    ("BinaryAccuracy", {}, flat),
    ("CategoricalAccuracy", {}, one_hot),
    ("SparseCategoricalAccuracy", {}, sparse),
    ("SparseCategoricalAccuracy", {}, column),
    ("SparseCategoricalAccuracy", {}, sequence),
    ("TopKCategoricalAccuracy", {"k": 2}, one_hot),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, sparse),
    ("MeanSquaredError", {}, numbers),
    ("RootMeanSquaredError", {}, numbers),
    ("MeanAbsoluteError", {}, numbers),
    ("MeanAbsolutePercentageError", {}, numbers),
    ("MeanSquaredLogarithmicError", {}, distributions),
    ("LogCoshError", {}, numbers),
    ("CosineSimilarity", {}, numbers),
    ("R2Score", {}, numbers),
    ("R2Score", {"class_aggregation": None}, numbers),
    ("R2Score", {"class_aggregation": "variance_weighted_average", "num_regressors": 2}, numbers),
    ("PearsonCorrelation", {}, numbers),
    ("ConcordanceCorrelation", {}, numbers),
    ("KLDivergence", {}, distributions),
    ("Poisson", {}, distributions),
    ("BinaryCrossentropy", {}, binary),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, labels),
    ("CategoricalCrossentropy", {}, one_hot),
    ("SparseCategoricalCrossentropy", {}, sparse),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, sequence),
    ("Hinge", {}, signs),
    ("SquaredHinge", {}, signs),
    ("CategoricalHinge", {}, one_hot),
    *((name, {}, binary) for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")),
    *((name, {"thresholds": [0.2, 0.8, 0.5]}, labels) for name in ("TruePositives", "FalseNegatives")),
    *((name, {}, binary) for name in ("Precision", "Recall")),
    *((name, {"thresholds": [0.7, 0.3]}, labels) for name in ("Precision", "Recall")),
    *((name, {"top_k": 2}, one_hot) for name in ("Precision", "Recall")),
    *((name, {"top_k": 2, "class_id": 1}, one_hot) for name in ("Precision", "Recall")),
    ("Precision", {"class_id": 2}, one_hot),
    ("SensitivityAtSpecificity", {"specificity": 0.5}, binary),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5}, binary),
    ("PrecisionAtRecall", {"recall": 0.5}, binary),
    ("RecallAtPrecision", {"precision": 0.5, "num_thresholds": 50}, flat),
    ("AUC", {}, binary),
    ("AUC", {"num_thresholds": 10}, labels),
    ("AUC", {"curve": "PR"}, binary),
    ("AUC", {"curve": "PR", "summation_method": "minoring"}, binary),
    ("AUC", {"curve": "PRGAIN"}, binary),
    ("AUC", {"summation_method": "majoring"}, binary),
    ("AUC", {"thresholds": [0.2, 0.5, 0.9]}, binary),
    ("AUC", {"multi_label": True, "num_labels": 3}, labels),
    ("AUC", {"multi_label": True, "curve": "PR", "label_weights": [0.2, 1.0, 0.5]}, labels),
    ("AUC", {"from_logits": True}, binary),
    ("F1Score", {}, one_hot),
    ("F1Score", {"average": "macro", "threshold": 0.5}, labels),
    ("FBetaScore", {"average": "micro", "beta": 2.0}, one_hot),
    ("FBetaScore", {"average": "weighted", "beta": 0.5}, one_hot),
    ("BinaryAccuracy", {"threshold": 0.8}, binary),
    ("TopKCategoricalAccuracy", {"k": 1}, one_hot),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, sequence),
    ("CosineSimilarity", {"axis": 0}, numbers),
    ("R2Score", {"class_aggregation": "uniform_average"}, numbers),
    ("PearsonCorrelation", {"axis": 0}, numbers),
    ("ConcordanceCorrelation", {"axis": 0}, numbers),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, binary),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, one_hot),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, sequence),
    *((name, {"thresholds": 0.3}, binary) for name in ("TrueNegatives", "FalsePositives")),
    *((name, {"class_id": 1, "thresholds": [0.2, 0.4]}, one_hot) for name in ("Precision", "Recall")),
    *((name, {"top_k": 3, "thresholds": 0.2}, one_hot) for name in ("Precision", "Recall")),
    ("SensitivityAtSpecificity", {"specificity": 0.3, "num_thresholds": 1}, binary),
    ("SensitivityAtSpecificity", {"specificity": 0.3, "class_id": 1}, one_hot),
    ("SpecificityAtSensitivity", {"sensitivity": 0.7, "num_thresholds": 20}, binary),
    ("PrecisionAtRecall", {"recall": 0.8, "num_thresholds": 20, "class_id": 0}, one_hot),
    ("RecallAtPrecision", {"precision": 0.3}, binary),
    ("AUC", {"curve": "PR", "summation_method": "majoring"}, binary),
    ("AUC", {"summation_method": "minoring"}, flat),
    ("AUC", {"multi_label": True, "curve": "PRGAIN"}, labels),
    ("AUC", {"multi_label": True, "from_logits": True, "summation_method": "minoring"}, labels),
    ("F1Score", {"average": "weighted"}, one_hot),
    ("F1Score", {"average": "micro", "threshold": 0.3}, labels),
    ("FBetaScore", {"average": "macro", "beta": 0.5}, one_hot),
    (
        "IoU",
        {"num_classes": 4, "target_class_ids": [1], "sparse_y_true": False, "sparse_y_pred": False},
        one_hot,
    ),
    ("MeanIoU", {"num_classes": 3, "ignore_class": 0}, classes),
    ("BinaryIoU", {"target_class_ids": [1]}, binary),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [2], "ignore_class": 0}, one_hot),
    ("OneHotMeanIoU", {"num_classes": 4, "ignore_class": 3}, one_hot),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, classes),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2], "ignore_class": 1}, classes),
    ("MeanIoU", {"num_classes": 3}, classes),
    ("BinaryIoU", {"threshold": 0.4}, labels),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 1]}, one_hot),
    ("OneHotMeanIoU", {"num_classes": 4}, one_hot),
]
IDS = [f"{name}-{make.__name__}-{i}" for i, (name, _, make) in enumerate(METRICS)]
UNWEIGHTED = {"IoU", "MeanIoU", "BinaryIoU", "OneHotIoU", "OneHotMeanIoU"}  # counted in integers


def build(library, name, arguments):
    return getattr(library.metrics, name)(**arguments)


@pytest.mark.parametrize("name, arguments, make", METRICS, ids=IDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_updates(name, arguments, make, weighted):
    if weighted and ("axis" in arguments or (make is sequence and "ignore_class" in arguments)):
        pytest.skip("its values are not those of samples")
    mine, theirs = build(keras, name, arguments), build(oracle, name, arguments)
    for y_true, y_pred in batches(make):
        weight = (
            np.linspace(0.5, 2, len(y_pred)).astype("float32")
            if weighted and name not in UNWEIGHTED
            else None
        )
        weight = weight if weight is None else torch.tensor(weight)
        for metric in (mine, theirs):
            metric.update_state(torch.tensor(y_true), torch.tensor(y_pred), sample_weight=weight)
        torch.testing.assert_close(mine.result(), theirs.result(), rtol=1e-4, atol=1e-5)
    assert len(mine.variables) == len(theirs.variables)
    for a, b in zip(mine.variables, theirs.variables):
        assert a.name == b.name
        torch.testing.assert_close(a.detach(), b.value.detach(), rtol=1e-4, atol=1e-4)
    mine.reset_state()
    assert all(not bool(v.any()) for v in mine.variables)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("name, arguments, make", METRICS, ids=IDS)
def test_dtype_and_shape_of_the_result(name, arguments, make, dtype):
    if dtype == "float16" and name == "CosineSimilarity":
        pytest.skip("Keras overflows")
    results = []
    y_true, y_pred = make()
    for library in (keras, oracle):
        metric = build(library, name, {**arguments, "dtype": dtype})
        try:
            metric.update_state(torch.tensor(y_true), torch.tensor(y_pred))
            results.append(metric.result())
        except (RuntimeError, NotImplementedError):
            if library is oracle:
                pytest.skip("Keras on torch cannot")
            raise
    # a mean in float64 is one in float32 in Keras
    torch.testing.assert_close(
        *results, rtol=2e-2 if dtype == "float16" else 1e-4, atol=1e-2, check_dtype=dtype != "float64"
    )


PLAIN = [("MeanSquaredError", numbers), ("SparseCategoricalAccuracy", sequence), ("BinaryAccuracy", binary)]
COUNTS = [("Precision", labels), ("TruePositives", binary), ("AUC", flat), ("F1Score", one_hot)]
WEIGHTS = {
    "number": lambda y: torch.tensor(2.0),
    "samples": lambda y: torch.linspace(0, 2, len(y)),
    "column": lambda y: torch.linspace(0, 2, len(y))[:, None],
    "all": lambda y: torch.linspace(0, 2, y.size).reshape(y.shape),
    "zeros": lambda y: torch.zeros(len(y)),
    "integers": lambda y: torch.arange(len(y)),
}


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize(("name", "make"), [*PLAIN, *COUNTS])
def test_shapes_of_weights(name, make, weight):
    y_true, y_pred = make()
    sizes = y_true if name != "MeanSquaredError" else y_true[:, 0]
    results = []
    for library in (keras, oracle):
        metric = build(library, name, {})
        try:
            metric.update_state(
                torch.tensor(y_true), torch.tensor(y_pred), sample_weight=WEIGHTS[weight](sizes)
            )
        except (RuntimeError, ValueError, TypeError, AssertionError):
            if library is oracle:
                pytest.skip("Keras refuses it")
            results.append(None)
            continue
        results.append(metric.result())
    assert results[0] is not None, "Keras takes these weights"
    torch.testing.assert_close(*results, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name, arguments, make", METRICS, ids=IDS)
def test_stateless_updates(name, arguments, make):
    metric = build(keras, name, arguments)
    first, second = make(), make()
    metric.update_state(*map(torch.tensor, first))
    values = [v.detach().clone() for v in metric.variables]
    after = metric.stateless_update_state(values, *map(torch.tensor, second))
    for kept, variable in zip(values, metric.variables):
        torch.testing.assert_close(kept, variable.detach())
    result = metric.stateless_result(after)
    metric.update_state(*map(torch.tensor, second))
    torch.testing.assert_close(result, metric.result())


@pytest.mark.parametrize("name, arguments, make", METRICS, ids=IDS)
def test_config_is_that_of_keras_and_round_trips(name, arguments, make):
    metric = build(keras, name, arguments)
    config, expected = metric.get_config(), build(oracle, name, arguments).get_config()
    if name == "CosineSimilarity" and "axis" in arguments:
        assert config.pop("axis") == arguments["axis"]  # Keras forgets it
    for c in (config, expected):
        c["name"] = c["name"].rstrip("0123456789").rstrip("_")
        if c.get("label_weights") is not None:
            c["label_weights"] = np.asarray(c["label_weights"]).tolist()
    assert config == expected
    again = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()


@pytest.mark.parametrize("weight", [None, [1.0, 0.0, 2.0], 2.0])
@pytest.mark.parametrize("name", ["Mean", "Sum"])
@pytest.mark.parametrize("values", [[1.0, 2.0, 6.0], [[1.0, 2.0], [3.0, 4.0], [5.0, 9.0]], 4.0])
def test_reductions(name, values, weight):
    if weight == [1.0, 0.0, 2.0] and values == 4.0:
        return
    mine, theirs = build(keras, name, {}), build(oracle, name, {})
    for metric in (mine, theirs):
        metric.update_state(
            torch.tensor(values), sample_weight=None if weight is None else torch.tensor(weight)
        )
        metric.update_state(torch.tensor(values))
    torch.testing.assert_close(mine.result(), theirs.result())
