"""The work that every contender does: one row a case.

A case is data, a model and what is timed. A contender is a module in `contenders/` with two functions:
`prepare(case)` builds everything that is not timed and returns a function that does the case's work once and
waits for its end; `versions()` names what did it.
"""

import dataclasses
import pathlib

import numpy as np

MNIST = pathlib.Path(__file__).parents[1] / "kerastorch" / "datasets" / "data" / "mnist.npz"


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    title: str
    action: (
        str  # fit: epochs over the data; predict: predict() on one sample; call: model(tensor) on one sample
    )
    model: str  # a name that contenders know how to build
    batch: int = 32
    samples: int = 60000
    epochs: int = 1
    repeats: int = 1  # calls that one measurement makes, for `predict` and `call`
    warm_up: int = 300  # steps, or calls, before the measurement

    @property
    def steps(self):
        """What a measurement is divided by: training steps, or calls."""
        return self.epochs * -(-self.samples // self.batch) if self.action == "fit" else self.repeats

    def quick(self):
        """The same work, only for seeing that it runs."""
        return dataclasses.replace(
            self, samples=self.batch * 10, epochs=1, repeats=min(self.repeats, 10), warm_up=5
        )


CASES = [
    Case("quickstart", "Train the quickstart model, batch 32", "fit", "quickstart"),
    Case("quickstart-512", "The same, batch 512", "fit", "quickstart", batch=512, epochs=3, warm_up=50),
    Case("deep", "Train 100 layers Dense(8), batch 32", "fit", "deep", samples=32 * 200, warm_up=30),
    Case("predict-one", "predict() on one sample", "predict", "quickstart", repeats=200, warm_up=20),
    Case("call-one", "model(x) on one sample", "call", "quickstart", repeats=2000, warm_up=200),
]


def data(case):
    """The case's inputs as a course script has them, float64 NumPy arrays, with labels or targets."""
    if case.model == "quickstart":
        with np.load(MNIST, allow_pickle=False) as archive:
            return archive["x_train"][: case.samples] / 255.0, archive["y_train"][: case.samples]
    random = np.random.default_rng(0)
    x = random.normal(size=(case.samples, 8))
    return x, x.sum(axis=1, keepdims=True)
