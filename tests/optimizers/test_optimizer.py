"""What every optimizer does: state, learning rate, missing gradients, a user's own rules, saving, copies."""

import copy
import pickle

import keras as real
import numpy as np
import pytest
import torch

from kerastorch import optimizers
from kerastorch.core.variable import Variable
from kerastorch.optimizers import schedules

NAMES = [
    *("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "Lion", "Lamb"),
    *("Adafactor", "Muon", "ScheduleFreeAdamW"),
]
WITH_STATE = [(name, {}) for name in NAMES] + [
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adam", {"amsgrad": True, "use_ema": True, "gradient_accumulation_steps": 2}),
    ("RMSprop", {"centered": True, "momentum": 0.9}),
]


def variables():
    torch.manual_seed(0)
    return [Variable(torch.randn(4, 3), name="kernel"), Variable(torch.randn(3), name="bias")]


def gradients(step=0):
    torch.manual_seed(step + 1)
    return [torch.randn(4, 3), torch.randn(3)]


def steps(optimizer, own, count, start=0):
    for step in range(start, start + count):
        optimizer.apply(gradients(step), own)
    return own


def assert_equal(ours, theirs):
    for a, b in zip(ours, theirs):
        torch.testing.assert_close(a.detach(), b.detach(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("name", "options"), WITH_STATE, ids=str)
@pytest.mark.parametrize("how", ["store", "set_weights", "deepcopy", "pickle", "config"])
def test_a_copy_goes_on_alike(name, options, how):
    own = variables()
    optimizer = getattr(optimizers, name)(**options)
    steps(optimizer, own, 3)
    if how in ("deepcopy", "pickle"):
        pair = (
            copy.deepcopy((own, optimizer))
            if how == "deepcopy"
            else pickle.loads(pickle.dumps((own, optimizer)))
        )
        others, other = pair
    else:
        others = copy.deepcopy(own)
        other = optimizers.deserialize(optimizers.serialize(optimizer))
        other.build(others)
        if how == "set_weights":
            other.set_weights([v.numpy() for v in optimizer.variables])
        else:
            store = {}
            optimizer.save_own_variables(store)
            other.load_own_variables(store)
    assert int(other._iterations) == 3
    assert_equal(steps(other, others, 3, 3), steps(optimizer, own, 3, 3))
    assert other.get_config() | {"name": ""} == optimizer.get_config() | {"name": ""}


@pytest.mark.parametrize(("name", "options"), WITH_STATE, ids=str)
def test_layout_of_memory_changes_nothing(name, options):
    plain, transposed = variables(), variables()
    transposed[0] = Variable._make(transposed[0].detach().t().contiguous().t(), True)
    one, other = (getattr(optimizers, name)(**options) for _ in range(2))
    for step in range(3):
        one.apply(gradients(step), plain)
        grads = gradients(step)
        other.apply([grads[0].t().contiguous().t() if step else grads[0], grads[1]], transposed)
    assert_equal(plain, transposed)


@pytest.mark.parametrize(("name", "options"), WITH_STATE, ids=str)
def test_one_by_one_is_the_same_rule(name, options):
    class Subclass(getattr(optimizers, name)):
        def update_step(self, gradient, variable, learning_rate):
            assert isinstance(learning_rate, torch.Tensor)
            super().update_step(gradient, variable, learning_rate)

    assert_equal(
        steps(Subclass(**options), variables(), 4),
        steps(getattr(optimizers, name)(**options), variables(), 4),
    )


def test_mixed_dtypes_and_some_of_the_variables():
    own = [Variable([1.0, 2.0]), Variable([1.0], dtype="float64"), Variable([1.0], dtype="bfloat16")]
    optimizer = optimizers.Adam(0.1)
    optimizer.build(own)
    optimizer.apply([torch.ones(2), torch.ones(1, dtype=torch.float64), torch.ones(1, dtype=torch.bfloat16)])
    optimizer.apply([torch.ones(1)], [own[1]])
    assert [v.dtype for v in own] == [torch.float32, torch.float64, torch.bfloat16]
    np.testing.assert_allclose(own[1].numpy(), [0.8], rtol=1e-5)
    np.testing.assert_allclose(own[0].numpy(), [0.9, 1.9], rtol=1e-5)


def test_plain_parameters_train():
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizers.SGD(0.5).apply_gradients([(torch.ones(2), parameter)])
    assert parameter.tolist() == [0.5, 0.5]


class TestLearningRate:
    def test_is_a_variable_that_can_be_assigned(self):
        optimizer, (w,) = optimizers.SGD(1.0), [Variable([10.0])]
        expected = 10.0
        for change, rate in (
            (lambda: None, 1.0),
            (lambda: setattr(optimizer, "learning_rate", 0.5), 0.5),
            (lambda: optimizer.learning_rate.assign(0.25), 0.25),
            (lambda: setattr(optimizer, "learning_rate", np.float32(2.0)), 2.0),
            (lambda: setattr(optimizer, "learning_rate", torch.tensor(1.5)), 1.5),
            (lambda: optimizer.learning_rate.assign_sub(0.5), 1.0),
        ):
            change()
            optimizer.apply([torch.ones(1)], [w])
            expected -= rate
            assert w.item() == expected
            assert float(optimizer.learning_rate) == rate

    def test_may_be_a_function(self):
        rates = iter([1.0, 2.0, 3.0])
        optimizer, w = optimizers.SGD(lambda: next(rates)), Variable([0.0])
        for _ in range(2):
            optimizer.apply([torch.ones(1)], [w])
        assert w.item() == -3.0
        assert float(optimizer.learning_rate) == 3.0

    def test_may_be_a_schedule_of_the_users(self):
        class Steps(schedules.LearningRateSchedule):
            def __call__(self, step):
                assert isinstance(step, torch.Tensor)
                return step + 1.0

            def get_config(self):
                return {}

        optimizer, w = optimizers.SGD(Steps()), Variable([0.0])
        for _ in range(3):
            optimizer.apply([torch.ones(1)], [w])
        assert w.item() == -6.0
        again = optimizers.SGD.from_config(optimizer.get_config())
        assert isinstance(again._learning_rate, Steps)

    def test_of_a_schedule_is_not_settable(self):
        optimizer = optimizers.SGD(schedules.ExponentialDecay(0.1, 1, 0.5))
        with pytest.raises(TypeError, match="not settable"):
            optimizer.learning_rate = 0.1
        optimizer.learning_rate = schedules.ExponentialDecay(0.2, 1, 0.5)
        assert float(optimizer.learning_rate) == pytest.approx(0.2)

    def test_can_become_a_schedule(self):
        optimizer = optimizers.SGD(0.1)
        optimizer.learning_rate = schedules.ExponentialDecay(0.2, 1, 0.5)
        assert len(optimizer.variables) == 1


class TestIterations:
    def test_read_right_at_any_time(self):
        optimizer, own = optimizers.Adam(), variables()
        held = optimizer.iterations
        steps(optimizer, own, 3)
        assert int(held) == int(optimizer.iterations) == 3
        assert held.dtype == torch.int64

    def test_assigned_they_count_on(self):
        optimizer, other = optimizers.Adam(), real.optimizers.Adam()
        own, theirs = variables(), [real.Variable(v.numpy()) for v in variables()]
        optimizer.iterations.assign(100)
        other._iterations.assign(100)
        for step in range(3):
            optimizer.apply(gradients(step), own)
            other.apply(gradients(step), theirs)
        for ours, their in zip(own, theirs):
            np.testing.assert_allclose(ours.numpy(), their.numpy(), rtol=1e-5, atol=1e-6)
        assert int(optimizer.iterations) == 103


class TestGradients:
    def test_missing_ones_are_left_out_with_a_warning(self):
        own = variables()
        before = own[1].numpy()
        with pytest.warns(UserWarning, match=r"Gradients do not exist for variables \['bias'\]"):
            optimizers.SGD().apply([torch.ones(4, 3), None], own)
        np.testing.assert_array_equal(own[1].numpy(), before)

    def test_sparse_other_dtypes_and_arrays_are_taken(self):
        w = Variable([1.0, 1.0])
        optimizer = optimizers.SGD(1.0)
        optimizer.apply([torch.tensor([1.0, 0.0]).to_sparse()], [w])
        optimizer.apply([np.array([0.0, 1.0])], [w])
        assert w.tolist() == [0.0, 0.0]

    def test_none_at_all_is_nothing_to_do(self):
        optimizer = optimizers.SGD()
        optimizer.apply([], [])
        assert int(optimizer.iterations) == 0

    def test_are_not_changed(self):
        for options in (
            {"clipnorm": 0.1},
            {"clipvalue": 0.1},
            {"global_clipnorm": 0.1},
            {"loss_scale_factor": 2.0},
        ):
            grads = gradients()
            optimizers.Adam(**options).apply(grads, variables())
            assert_equal(grads, gradients())

    def test_that_are_infinite_are_not_hidden_by_clipping(self):
        w = Variable([1.0, 1.0])
        optimizers.SGD(global_clipnorm=1.0).apply([torch.tensor([float("inf"), 0.0])], [w])
        assert w.isnan().all()


def test_weight_decay_spares_what_is_excluded():
    for exclusion in ({"var_names": ["bias"]}, {"var_list": None}):
        own = variables()
        before = [v.numpy() for v in own]
        optimizer = optimizers.SGD(0.1, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(
            **{"var_list": [own[1]]} if "var_list" in exclusion else exclusion
        )
        optimizer.apply([torch.zeros(4, 3), torch.zeros(3)], own)
        np.testing.assert_allclose(own[0].numpy(), before[0] * 0.95, rtol=1e-6)
        np.testing.assert_array_equal(own[1].numpy(), before[1])


@pytest.mark.parametrize("name", ["Adam", "AdamW"])
def test_fused_decay_is_decay(name):
    plain, fused = variables(), variables()
    one, other = (getattr(optimizers, name)(0.1, weight_decay=0.1) for _ in range(2))
    one.exclude_from_weight_decay(var_names=["nothing of this name"])
    one._fuses_decay = lambda group: False
    assert_equal(steps(one, plain, 5), steps(other, fused, 5))


def test_unfused_adam_is_adam():
    plain, fused = variables(), variables()
    one, other = optimizers.Adam(0.1, amsgrad=True), optimizers.Adam(0.1, amsgrad=True)
    one.build(plain)
    for group in one._plan_for([0, 1]).groups:
        group.fused = False
    assert_equal(steps(one, plain, 5), steps(other, fused, 5))


def test_constraints_hold_after_an_update():
    w = Variable([0.5, 1.0])
    w.constraint = lambda x: x.clamp_min(0.0)
    optimizers.SGD(1.0).apply([torch.tensor([2.0, 0.5])], [w])
    assert w.tolist() == [0.0, 0.5]


def test_averages_become_the_weights_in_the_end():
    w = Variable([1.0])
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    for _ in range(2):
        optimizer.apply([torch.ones(1)], [w])
    optimizer.finalize_variable_values([w])
    assert w.item() == -0.5


def test_stateless_apply_changes_nothing():
    own, optimizer = variables(), optimizers.Adam(0.1)
    optimizer.build(own)
    before = [v.numpy() for v in (*own, *optimizer.variables)]
    trained, state = optimizer.stateless_apply(optimizer.variables, gradients(), own)
    for variable, value in zip((*own, *optimizer.variables), before):
        np.testing.assert_array_equal(variable.numpy(), value)
    optimizer.apply(gradients(), own)
    assert_equal(trained, own)
    assert_equal(state, optimizer.variables)


class Momentum(optimizers.Optimizer):
    """A user's optimizer, written as the guide shows it."""

    def __init__(self, learning_rate=0.1, momentum=0.9, name="own", **kwargs):
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.velocities = [self.add_variable_from_reference(v, name="velocity") for v in variables]
        self.count = self.add_variable((), initializer="zeros", name="count")

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.velocities[self._get_variable_index(variable)]
        self.assign(velocity, velocity * self.momentum - gradient * learning_rate)
        self.assign_add(variable, velocity)
        self.assign_add(self.count, 1.0)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


def test_a_users_optimizer():
    optimizer = Momentum()
    assert_equal(steps(optimizer, variables(), 5), steps(optimizers.SGD(0.1, momentum=0.9), variables(), 5))
    assert [v.path for v in optimizer.variables[2:]] == [
        "own/kernel_velocity",
        "own/bias_velocity",
        "own/count",
    ]
    assert optimizer.count.item() == 10
    assert Momentum.from_config(optimizer.get_config()).momentum == 0.9


def test_loss_scaling_leaves_out_what_is_not_finite():
    w = Variable([1.0, 2.0])
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(1.0), initial_scale=4.0, dynamic_growth_steps=2)
    other = real.optimizers.LossScaleOptimizer(
        real.optimizers.SGD(1.0), initial_scale=4.0, dynamic_growth_steps=2
    )
    v = real.Variable([1.0, 2.0])
    optimizer.build([w])
    other.build([v])
    for gradient in ([4.0, float("inf")], [4.0, 4.0], [2.0, 2.0], [float("nan"), 0.0], [1.0, 1.0]):
        optimizer.apply([torch.tensor(gradient)])
        other.apply([torch.tensor(gradient)])
        np.testing.assert_array_equal(w.numpy(), v.numpy())
        assert optimizer.dynamic_scale.item() == float(other.dynamic_scale)
        assert int(optimizer.iterations) == int(other.iterations)
    assert optimizer.scale_loss(torch.tensor(1.0)).item() == float(other.scale_loss(torch.tensor(1.0)))
    ours, theirs = optimizer.get_config(), other.get_config()
    assert ours["inner_optimizer"]["config"].keys() == theirs["inner_optimizer"]["config"].keys()
    assert ours.keys() == theirs.keys()


def test_several_optimizers_do_what_they_do_in_keras():
    results = []
    for package, make in ((optimizers, Variable), (real.optimizers, real.Variable)):
        own = [make(v.numpy(), name=v.name) for v in variables()]
        by_path = package.OptimizerMap(package.Adam(0.1), {"b.*": package.SGD(0.1, momentum=0.9)})
        optimizer = package.MultiOptimizer(by_path, name="several")
        for step in range(4):
            optimizer.apply(gradients(step), own)
        results.append(([v.numpy() for v in (*own, *optimizer.variables)], optimizer))
    for ours, theirs in zip(results[0][0], results[1][0]):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    ours, theirs = results[0][1], results[1][1]
    assert ours.get_config().keys() == theirs.get_config().keys()
    again = optimizers.MultiOptimizer.from_config(ours.get_config())
    assert again.optimizer_map["bias"].momentum == 0.9
    with pytest.raises(AttributeError, match="Learning rate cannot be accessed"):
        _ = ours.learning_rate


def unknown_variable():
    optimizer = optimizers.SGD()
    optimizer.build([Variable([1.0])])
    optimizer.apply([torch.ones(1)], [Variable([1.0], name="other")])


ERRORS = {
    "unknown argument": (
        lambda: optimizers.SGD(lr=0.1),
        ValueError,
        r"Argument\(s\) not recognized: {'lr': 0.1}",
    ),
    "learning rate": (lambda: optimizers.SGD(learning_rate="x"), ValueError, "learning_rate=x"),
    "no learning rate": (lambda: optimizers.SGD(learning_rate=None), ValueError, "learning_rate=None"),
    "momentum": (lambda: optimizers.SGD(momentum=3.0), ValueError, "momentum=3.0"),
    "two clips": (lambda: optimizers.SGD(clipnorm=1.0, clipvalue=1.0), ValueError, "Only one of"),
    "ema momentum": (lambda: optimizers.SGD(use_ema=True, ema_momentum=2.0), ValueError, "ema_momentum=2.0"),
    "ema frequency": (
        lambda: optimizers.SGD(ema_overwrite_frequency=0),
        ValueError,
        "ema_overwrite_frequency=0",
    ),
    "accumulation": (lambda: optimizers.SGD(gradient_accumulation_steps=1), ValueError, "integer >= 2"),
    "weight decay": (lambda: optimizers.AdamW(weight_decay=None), ValueError, "must be a float"),
    "power": (lambda: optimizers.Ftrl(learning_rate_power=1.0), ValueError, "learning_rate_power=1.0"),
    "beta": (lambda: optimizers.Lion(beta_1=0.0), ValueError, "beta_1=0.0"),
    "no gradients": (
        lambda: optimizers.SGD().apply([None], [Variable([1.0])]),
        ValueError,
        "No gradients provided",
    ),
    "number of gradients": (
        lambda: optimizers.SGD().apply([None], []),
        ValueError,
        "1 gradients and 0 variables",
    ),
    "not built": (lambda: optimizers.SGD().apply([torch.ones(1)]), ValueError, "already be built"),
    "unknown variable": (unknown_variable, ValueError, "Unknown variable: <Variable path=other"),
    "no rule": (
        lambda: optimizers.Optimizer(0.1).apply([torch.ones(1)], [Variable([1.0])]),
        NotImplementedError,
        "must define `update_step",
    ),
    "unknown name": (lambda: optimizers.get("adma"), ValueError, "Did you mean 'adam'"),
    "unknown thing": (lambda: optimizers.get(3), ValueError, "identifier: 3"),
    "legacy": (lambda: optimizers.legacy.Adam(), ImportError, "not supported in Keras 3"),
    "decay steps": (lambda: schedules.ExponentialDecay(0.1, 0, 0.9), ValueError, "decay_steps=0"),
    "boundaries": (
        lambda: schedules.PiecewiseConstantDecay([1], [1]),
        ValueError,
        "1 less than the length of values",
    ),
    "no schedule": (
        lambda: schedules.LearningRateSchedule()(1),
        NotImplementedError,
        "must override `__call__",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_is_wrong(name):
    call, error, message = ERRORS[name]
    with pytest.raises(error, match=message):
        call()


def test_an_old_argument_is_ignored_with_a_warning():
    with pytest.warns(UserWarning, match="`decay` is no longer supported"):
        optimizers.SGD(decay=0.1)


def test_a_state_of_another_size_is_skipped_with_a_warning():
    optimizer = optimizers.SGD(momentum=0.9)
    optimizer.build(variables())
    with pytest.warns(UserWarning, match="has 4 variables whereas the saved optimizer has 1 variables"):
        optimizer.load_own_variables({"0": np.zeros(())})


@pytest.mark.parametrize("name", [*NAMES, "adam", "rmsprop", "adamw", "sgd"])
def test_names(name):
    optimizer = optimizers.get(name)
    assert type(optimizer).__name__.lower() == name.lower()
    assert optimizers.serialize(optimizer)["module"] == "keras.optimizers"
    assert optimizers.get(optimizer) is optimizer
    assert type(optimizers.get({"class_name": name, "config": {"learning_rate": 0.5}})) is type(optimizer)


@pytest.mark.cuda
@pytest.mark.parametrize(("name", "options"), WITH_STATE, ids=str)
def test_cuda_gives_what_the_cpu_gives(name, options):
    own = variables()
    moved = [Variable._make(v.detach().cuda(), True) for v in variables()]
    one, other = (getattr(optimizers, name)(**options) for _ in range(2))
    for step in range(5):
        one.apply(gradients(step), own)
        other.apply([g.cuda() for g in gradients(step)], moved)
    for ours, theirs in zip(own, moved):
        torch.testing.assert_close(ours.detach(), theirs.detach().cpu(), rtol=1e-5, atol=1e-6)
