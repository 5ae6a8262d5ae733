"""Every public callable has a parity case: whoever adds one without a case is told here.

A family is the public callables of a namespace, and the names that the rows of its tests cover. Where a new row goes:

- ops: `ROWS` in tests/ops/test_parity.py (value, dtype and gradient of the real Keras; the symbolic contract takes the
  same rows), `CASES` in tests/ops/record_tensorflow.py or tests/ops/convolution_cases.py where TensorFlow decides, or
  `ELSEWHERE` below where the test is no row (loops, gradients of the user's own).
- activations, regularizers, constraints: tests/test_activations.py. Initializers: tests/test_initializers.py.
- random functions: `DRAWS` and `DISTRIBUTIONS` in tests/test_random.py.
- losses, metrics, optimizers, schedules: the tables of tests/losses/test_parity.py, tests/metrics/test_parity.py and
  tests/optimizers/test_parity.py; `collect` takes the first entry of each row, or the keys of a dict.

Another name for the same function or class needs no row of its own.
"""

import inspect
import json
import pathlib

import pytest

import kerastorch as keras
from tests import test_activations, test_initializers, test_random
from tests.losses import test_parity as losses
from tests.metrics import test_parity as metrics
from tests.ops import convolution_cases
from tests.ops import test_parity as ops
from tests.optimizers import test_parity as optimizers

TESTS = pathlib.Path(__file__).parents[1]
# Tests that are no rows: by family, the file and the names that it tests.
ELSEWHERE = {
    "ops": {
        "tests/ops/test_ops.py": (
            "while_loop fori_loop switch scan associative_scan map vectorized_map vectorize custom_gradient cond "
            "convert_to_numpy convert_to_tensor array is_tensor shape dtype ndim stop_gradient empty empty_like "
            "nonzero sparsemax istft scatter imag qr eig eigh svd lu_factor cholesky_inverse jvp "
            "image.elastic_transform"
        ),
    },
    "activations": {
        "tests/test_activations.py": "sparsemax"
    },  # Keras on torch gives no projection on the simplex
    "initializers": {"tests/test_initializers.py": "STFT"},
    "random": {"tests/test_random.py": "SeedGenerator binomial"},
    "metrics": {
        "tests/metrics/test_parity.py": "Mean Sum",
        "tests/metrics/test_metrics.py": "MeanMetricWrapper",
    },
    "losses": {"tests/losses/test_losses.py": "Reduction"},
    "optimizers": {"tests/optimizers/test_optimizer.py": "LossScaleOptimizer MultiOptimizer OptimizerMap"},
}
# Bases, registries, and helpers that are no functions on tensors.
NO_CASE = {
    *(
        "Initializer",
        "RandomInitializer",
        "Constraint",
        "Regularizer",
        "Loss",
        "Metric",
        "Optimizer",
        "FunctionWrapper",
    ),
    *("LearningRateSchedule", "get", "serialize", "deserialize", "compute_fans", "as_loss", "is_op"),
    *("draw_seed", "make_default_seed", "set_random_seed"),
}


def collect(*tables):
    """Return the names of the rows of tables: what pytest's rows, tuples and dicts have first."""
    names = set()
    for table in tables:
        for row in table:
            row = row.values if hasattr(row, "values") and hasattr(row, "marks") else row
            names.add((row if isinstance(row, str) else row[0]).split()[0])
    return names


def public(module):
    """Return the public functions and classes of a namespace, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and name not in NO_CASE
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__.startswith("kerastorch.")
        and not value.__module__.startswith("kerastorch.core.")
    }


def recorded():
    """Return the names of the ops for which TensorFlow's values are recorded."""
    return collect([row["name"] for row in json.loads((TESTS / "ops/tensorflow.json").read_text())])


def elsewhere(family):
    return {name for names in ELSEWHERE[family].values() for name in names.split()}


def images():
    return {f"image.{name}": value for name, value in public(keras.ops.image).items()}


def linalg():
    """Return what keras.ops.linalg offers; the file also has helpers."""
    return {name: value for name, value in public(keras.ops.linalg).items() if hasattr(keras.ops, name)}


OPS = collect(ops.ROWS, convolution_cases.CASES) | recorded() | elsewhere("ops")
ACTIVATIONS = collect(test_activations.CASES) | elsewhere("activations")
DRAWS = collect(test_random.DRAWS, test_random.DISTRIBUTIONS) | elsewhere("random")
FAMILIES = {
    "ops": (public(keras.ops), OPS),
    "ops.nn": (public(keras.ops.nn), OPS),
    "ops.numpy": (public(keras.ops.numpy), OPS),
    "ops.linalg": (linalg(), OPS),
    "ops.image": (images(), OPS),
    "activations": (public(keras.activations), ACTIVATIONS),
    "regularizers": (public(keras.regularizers), collect(test_activations.REGULARIZERS)),
    "constraints": (public(keras.constraints), collect(test_activations.CONSTRAINTS)),
    "initializers": (
        public(keras.initializers),
        collect(test_initializers.CASES) | elsewhere("initializers"),
    ),
    "random": (public(keras.random), DRAWS),
    "losses": (public(keras.losses), collect(losses.LOSSES) | elsewhere("losses")),
    "metrics": (public(keras.metrics), collect(metrics.METRICS) | elsewhere("metrics")),
    "optimizers": (public(keras.optimizers), collect(optimizers.OWN) | elsewhere("optimizers")),
    "schedules": (public(keras.optimizers.schedules), collect(optimizers.SCHEDULES)),
}
SHARED = {id(value) for value in vars(keras.losses).values()}  # functions that metrics offer too


def without_case(members, covered):
    """Return the names of members without a row, under this name or another of the same object."""
    done = set()
    for name in covered & set(members):
        done.add(id(members[name]))
        done.add(id(getattr(members[name], "fn", None)))  # a class made from its function covers it
    return sorted(name for name, value in members.items() if id(value) not in done)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_public_callable_has_a_parity_case(family):
    members, covered = FAMILIES[family]
    if family == "metrics":
        members = {name: value for name, value in members.items() if id(value) not in SHARED}
    assert members, f"keras.{family} has no public callables"
    missing = without_case(members, covered)
    assert not missing, (
        f"no parity case for keras.{family}: {missing}; see the docstring for where to add one"
    )


def test_a_new_function_is_missed():
    def brand_new(x):
        return x

    assert without_case({"abs": keras.ops.abs, "brand_new": brand_new}, {"abs"}) == ["brand_new"]


def test_tests_named_here_exist():
    for files in ELSEWHERE.values():
        for path, names in files.items():
            text = (TESTS.parent / path).read_text()
            absent = [name for name in names.split() if name.split(".")[-1] not in text]
            assert not absent, f"{path} does not mention {absent}"
