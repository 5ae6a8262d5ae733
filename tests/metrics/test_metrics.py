"""The behaviour of metrics beyond their values: names, users' own metrics, state, errors."""

import copy
import pickle

import numpy as np
import pytest
import torch

import kerastorch as keras
from kerastorch.core import edge

Y_TRUE, Y_PRED = torch.tensor([0, 1, 1]), torch.tensor([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
NAMES = [
    ("mse", keras.metrics.MeanSquaredError),
    ("MAE", keras.metrics.MeanAbsoluteError),
    ("bce", keras.metrics.BinaryCrossentropy),
    ("accuracy", keras.metrics.Accuracy),
    ("auc", keras.metrics.AUC),
    ("AUC", keras.metrics.AUC),
    ("f1_score", keras.metrics.F1Score),
    ("mean_io_u", keras.metrics.MeanIoU),
    ("sparse_categorical_accuracy", keras.metrics.SparseCategoricalAccuracy),
]


@pytest.mark.parametrize("name, cls", NAMES)
def test_names(name, cls):
    if cls is keras.metrics.MeanIoU:
        with pytest.raises(TypeError, match="num_classes"):
            keras.metrics.get(name)
    else:
        assert type(keras.metrics.get(name)) is cls


def test_unknown_name_suggests_one():
    with pytest.raises(ValueError, match="Did you mean 'precision'"):
        keras.metrics.get("precison")


class Positives(keras.metrics.Metric):
    """A metric of the user's."""

    def __init__(self, name="positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.count = self.add_weight(name="count", initializer="zeros")
        self.mean = keras.metrics.Mean(name="inner")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(keras.ops.sum(y_pred))
        self.mean.update_state(y_pred)

    def result(self):
        return {"count": self.count.detach(), "mean": self.mean.result()}


def test_users_metric_with_a_metric_inside():
    metric = Positives()
    assert metric(torch.zeros(2), torch.ones(2))["count"] == 2
    assert [v.name for v in metric.variables] == ["count", "total", "count"]
    metric.reset_state()
    assert float(metric.result()["mean"]) == 0
    assert metric.get_config() == {"name": "positives", "dtype": "float32"}
    assert Positives.from_config(metric.get_config()).name == "positives"


def test_function_of_the_users():
    metric = keras.metrics.MeanMetricWrapper(
        lambda y, p, power: (y - p).abs() ** power, name="error", power=2
    )
    metric.update_state([0.0, 0.0], [1.0, 3.0], sample_weight=[1, 0])
    assert float(metric.result()) == 1.0


def test_super_must_be_called():
    class Forgetful(keras.metrics.Metric):
        def __init__(self):
            self.total = self.add_weight(name="total")

    with pytest.raises(RuntimeError, match=r"Forgetful.__init__ must call `super\(\).__init__\(\)`"):
        Forgetful()


def test_stateless():
    metric = keras.metrics.Mean()
    state = metric.stateless_update_state([torch.tensor(0.0), torch.tensor(0.0)], [2.0, 4.0])
    assert [float(v) for v in state] == [6.0, 2.0]
    assert float(metric.stateless_result(state)) == 3.0
    assert float(metric.result()) == 0.0
    metric.update_state([5.0])
    assert [float(v) for v in metric.stateless_reset_state()] == [0.0, 0.0]
    assert float(metric.result()) == 5.0
    with pytest.raises(ValueError, match="expected 2 variables"):
        metric.stateless_result([0.0])


@pytest.mark.parametrize(
    "clone", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"]
)
def test_copies_have_a_state_of_their_own(clone):
    metric = keras.metrics.SparseCategoricalAccuracy()
    metric.update_state(Y_TRUE, Y_PRED)
    other = clone(metric)
    other.update_state(Y_TRUE, Y_PRED * -1)
    assert float(metric.result()) == pytest.approx(2 / 3)
    assert float(other.result()) == pytest.approx(0.5)


def test_gradients_are_not_kept():
    x = torch.ones(3, requires_grad=True)
    for metric in (keras.metrics.Mean(), keras.metrics.Sum()):
        metric.update_state(x * 2)
        metric.update_state((x * 2).sum())
        assert not metric.result().requires_grad
    metric = keras.metrics.MeanSquaredError()
    metric.update_state(torch.zeros(3, 1), (x * 2)[:, None])
    assert not metric.total.requires_grad and float(metric.result()) == 4.0


class Boxed:
    """A foreign tensor type, as compat registers one."""

    def __init__(self, value):
        self.value = value


@pytest.fixture
def border():
    saved = dict(edge.border.__dict__)
    edge.register_wrapper(Boxed, Boxed, lambda x: x.value)
    yield
    edge.border.__dict__.update(saved)


def test_foreign_tensors_in_and_out(border):
    metric = keras.metrics.SparseCategoricalAccuracy()
    assert isinstance(metric(Boxed(Y_TRUE), Boxed(Y_PRED)), Boxed)
    mean = keras.metrics.Mean()
    mean.update_state(Boxed(torch.tensor(3.0)))
    assert float(mean.result().value) == 3.0

    class Mine(keras.metrics.Metric):
        def update_state(self, y_true, y_pred, sample_weight=None):
            assert isinstance(y_true, Boxed) and isinstance(y_pred, Boxed)

        def result(self):
            return torch.zeros(())

    assert isinstance(Mine()(Y_TRUE, Y_PRED), Boxed)


ERRORS = [
    (
        lambda: keras.metrics.SparseCategoricalAccuracy().update_state(torch.zeros(3, 2), Y_PRED),
        r"y_true.shape=\(3, 2\)",
    ),
    (
        lambda: keras.metrics.CategoricalAccuracy().update_state(Y_TRUE, Y_PRED),
        r"y_true.shape=\(3,\), y_pred.shape=\(3, 2\)",
    ),
    (
        lambda: keras.metrics.Precision().update_state(torch.zeros(2), torch.zeros(3)),
        r"y_true.shape=\(2,\), y_pred.shape=\(3,\)",
    ),
    (lambda: keras.metrics.Precision(thresholds=2.0), r"must be in \[0, 1\]. Received: \[2.0\]"),
    (lambda: keras.metrics.AUC(curve="bogus"), "bogus"),
    (lambda: keras.metrics.AUC(num_thresholds=1), "Received: num_thresholds=1"),
    (lambda: keras.metrics.BinaryAccuracy(threshold=3), "Received: threshold=3"),
    (lambda: keras.metrics.IoU(2, [2]), "Target class id 2 is out of range"),
    (
        lambda: keras.metrics.MeanSquaredError().update_state([1.0, 2.0], [1.0, 2.0], [1.0, 2.0, 3.0]),
        r"sample_weight.shape=\(3,\)",
    ),
    (lambda: keras.metrics.SensitivityAtSpecificity(2.0), "Received: specificity=2.0"),
    (lambda: keras.metrics.F1Score(average="bogus"), "Received: average=bogus"),
]


@pytest.mark.parametrize("call, message", ERRORS)
def test_errors_name_rule_and_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_weights_cut_to_integers_are_warned_of():
    with pytest.warns(UserWarning, match="dtype='float32'"):
        keras.metrics.MeanIoU(2).update_state([0, 1], [0, 1], sample_weight=np.array([0.5, 1.0], "float32"))
