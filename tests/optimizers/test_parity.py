"""Fifty steps of every optimizer, against the real Keras."""

import keras as real
import numpy as np
import pytest
import torch

from kerastorch import constraints, optimizers
from kerastorch.core.variable import Variable

SHAPES = {"kernel": (5, 4), "bias": (4,), "deep": (2, 3, 4)}
STEPS = 50
COMMON = [
    {},
    {"weight_decay": 0.01},
    {"clipnorm": 0.5},
    {"clipvalue": 0.1},
    {"global_clipnorm": 0.7},
    {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 7},
    {"gradient_accumulation_steps": 3},
    {"loss_scale_factor": 8.0},
    {"use_ema": True, "gradient_accumulation_steps": 2, "clipnorm": 0.4, "weight_decay": 0.1},
]
OWN = {
    "SGD": [{"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"momentum": 0.5, "weight_decay": 0.01}],
    "Adam": [{"amsgrad": True}, {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}, {"learning_rate": 0.02}],
    "AdamW": [{"weight_decay": 0.1, "amsgrad": True}, {"learning_rate": 0.02}],
    "RMSprop": [{"momentum": 0.9}, {"centered": True}, {"centered": True, "momentum": 0.5, "rho": 0.5}],
    "Adagrad": [{"initial_accumulator_value": 0.0, "epsilon": 1e-2}],
    "Adadelta": [{"rho": 0.5, "learning_rate": 1.0}],
    "Adamax": [{"beta_1": 0.5, "epsilon": 1e-2}],
    "Nadam": [{"beta_1": 0.5, "epsilon": 1e-2}],
    "Ftrl": [
        {"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.02},
        {"l2_shrinkage_regularization_strength": 0.1, "beta": 0.3, "learning_rate_power": -0.7},
    ],
    "Lion": [{"beta_1": 0.5, "beta_2": 0.5}],
    "Lamb": [{"beta_1": 0.5, "epsilon": 1e-2}],
    "Adafactor": [
        {"relative_step": False, "learning_rate": 0.5},
        {"learning_rate": 0.5},
        {"clip_threshold": 0.1},
    ],
    "Muon": [
        {"rms_rate": None, "nesterov": False, "learning_rate": 0.01},
        {"exclude_layers": ["ker"], "adam_lr_ratio": 0.5, "adam_beta_1": 0.5, "adam_weight_decay": 0.1},
    ],
    "ScheduleFreeAdamW": [{"beta_1": 0.5, "warmup_steps": 10, "weight_decay": 0.1}],
}
ROWS = [(name, options) for name, own in OWN.items() for options in [*COMMON, *own]]


def real_keras_steps(name, options, values, grads):
    variables = [real.Variable(value, name=key) for key, value in values.items()]
    optimizer = getattr(real.optimizers, name)(**options)
    for step in grads:
        optimizer.apply([torch.tensor(g) for g in step], variables)
    return [v.numpy() for v in variables], optimizer


def our_steps(name, options, values, grads):
    variables = [Variable(value, name=key) for key, value in values.items()]
    optimizer = getattr(optimizers, name)(**options)
    for step in grads:
        optimizer.apply([torch.tensor(g) for g in step], variables)
    return [v.numpy() for v in variables], optimizer


def problem(steps=STEPS):
    rng = np.random.default_rng(0)
    values = {key: rng.normal(size=shape).astype("float32") for key, shape in SHAPES.items()}
    grads = [[rng.normal(size=s).astype("float32") for s in SHAPES.values()] for _ in range(steps)]
    return values, grads


@pytest.mark.parametrize(("name", "options"), ROWS, ids=str)
def test_fifty_steps(name, options):
    values, grads = problem()
    ours, our_optimizer = our_steps(name, options, values, grads)
    theirs, their_optimizer = real_keras_steps(name, options, values, grads)
    for our, their in zip(ours, theirs):
        np.testing.assert_allclose(our, their, rtol=1e-5, atol=2e-6)
    assert [tuple(v.shape) for v in our_optimizer.variables] == [
        tuple(v.shape) for v in their_optimizer.variables
    ]
    for our, their in zip(our_optimizer.variables, their_optimizer.variables):
        np.testing.assert_allclose(our.numpy(), their.numpy(), rtol=1e-4, atol=1e-5, err_msg=our.path)
    assert int(our_optimizer.iterations) == int(their_optimizer.iterations)


def exclude_by_name(optimizer, variables, constraints):
    optimizer.exclude_from_weight_decay(var_names=["bias", "^deep"])


def exclude_by_variable(optimizer, variables, constraints):
    optimizer.exclude_from_weight_decay(var_list=[variables[0]])


def constrain(optimizer, variables, constraints):
    variables[0].constraint = constraints.NonNeg()


@pytest.mark.parametrize("change", [exclude_by_name, exclude_by_variable, constrain])
@pytest.mark.parametrize("name", OWN)
def test_variables_that_are_treated_apart(name, change):
    values, grads = problem(10)
    results = []
    for package, make, bounds in (
        (optimizers, Variable, constraints),
        (real.optimizers, real.Variable, real.constraints),
    ):
        variables = [make(value, name=key) for key, value in values.items()]
        optimizer = getattr(package, name)(learning_rate=0.05, weight_decay=0.1)
        change(optimizer, variables, bounds)
        optimizer.build(variables)
        for step in grads:
            optimizer.apply([torch.tensor(g) for g in step], variables)
        results.append([v.numpy() for v in variables])
    for our, their in zip(*results):
        np.testing.assert_allclose(our, their, rtol=1e-5, atol=5e-6)


@pytest.mark.parametrize(
    "options", [{}, {"clipnorm": 0.3}, {"global_clipnorm": 0.3}, {"weight_decay": 0.1}], ids=str
)
@pytest.mark.parametrize("name", OWN)
@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_gradients_that_are_missing_or_mostly_zeros(name, options):
    values, grads = problem(6)
    results = []
    for package, make in ((optimizers, Variable), (real.optimizers, real.Variable)):
        variables = [make(value, name=key) for key, value in values.items()]
        optimizer = getattr(package, name)(**options)
        for i, step in enumerate(grads):
            own = [torch.tensor(g) for g in step]
            own[0][i % 4 + 1 :] = 0  # as those of an embedding are
            own[1] = None if i % 2 else own[1]
            optimizer.apply(own, variables)
        results.append([v.numpy() for v in variables])
    for our, their in zip(*results):
        np.testing.assert_allclose(our, their, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("name", OWN)
def test_double_precision(name):
    values, grads = problem(5)
    results = []
    for package, make in ((optimizers, Variable), (real.optimizers, real.Variable)):
        variables = [make(value, name=key, dtype="float64") for key, value in values.items()]
        optimizer = getattr(package, name)(learning_rate=0.01)
        try:
            for step in grads:
                optimizer.apply([torch.tensor(g).double() for g in step], variables)
        except (RuntimeError, TypeError):
            if package is optimizers:
                raise
            pytest.skip("Keras on torch cannot")
        results.append([v.numpy() for v in variables])
    for our, their in zip(*results):
        assert our.dtype == their.dtype == np.float64
        np.testing.assert_allclose(our, their, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", OWN)
def test_half_precision_stays_near_single_precision(name):
    """Keras rounds its own coefficients to half precision too, so that it is no judge here."""
    values, grads = problem(5)
    results = []
    for dtype in (torch.bfloat16, torch.float32):
        variables = [Variable(value, name=key, dtype=dtype) for key, value in values.items()]
        optimizer = getattr(optimizers, name)(learning_rate=0.01)
        for step in grads:
            optimizer.apply([torch.tensor(g).to(dtype) for g in step], variables)
        results.append([v.detach().float().numpy() for v in variables])
    for half, single in zip(*results):
        np.testing.assert_allclose(half, single, rtol=3e-2, atol=3e-2)


@pytest.mark.parametrize("name", OWN)
def test_config_has_the_same_keys_and_values(name):
    ours = getattr(optimizers, name)(name="x").get_config()
    assert ours == getattr(real.optimizers, name)(name="x").get_config()


SCHEDULES = {
    "ExponentialDecay": [(0.1, 10, 0.9), (0.1, 10, 0.5, True)],
    "PiecewiseConstantDecay": [([10, 40], [0.1, 0.01, 0.001])],
    "PolynomialDecay": [(0.1, 30), (0.1, 30, 0.01, 2.0), (0.1, 30, 0.01, 0.5, True)],
    "InverseTimeDecay": [(0.1, 10, 0.9), (0.1, 10, 0.5, True)],
    "CosineDecay": [(0.1, 30), (0.1, 30, 0.2), (0.0, 30, 0.1, "x", 0.5, 20)],
    "CosineDecayRestarts": [(0.1, 10), (0.1, 10, 1.0, 0.5), (0.1, 7, 3.0, 0.9, 0.1), (0.1, 9, 1.5)],
}


@pytest.mark.parametrize(
    ("name", "arguments"), [(n, a) for n, rows in SCHEDULES.items() for a in rows], ids=str
)
def test_schedules(name, arguments):
    ours = getattr(optimizers.schedules, name)(*arguments)
    theirs = getattr(real.optimizers.schedules, name)(*arguments)
    expected = [float(theirs(step)) for step in range(100)]
    np.testing.assert_allclose([float(ours(step)) for step in range(100)], expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose([ours._at(step, None) for step in range(100)], expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(ours(torch.arange(100)).numpy(), expected, rtol=1e-5, atol=1e-7)
    assert ours.get_config() == theirs.get_config()
    assert optimizers.schedules.serialize(ours) == real.optimizers.schedules.serialize(theirs)


@pytest.mark.parametrize("options", [{}, {"gradient_accumulation_steps": 3}], ids=str)
def test_an_optimizer_with_a_schedule(options):
    values, grads = problem()
    ours, theirs = (
        steps(
            "SGD",
            {**options, "learning_rate": package.schedules.ExponentialDecay(0.1, 5, 0.7)},
            values,
            grads,
        )[0]
        for steps, package in ((our_steps, optimizers), (real_keras_steps, real.optimizers))
    )
    for our, their in zip(ours, theirs):
        np.testing.assert_allclose(our, their, rtol=1e-5, atol=1e-6)
